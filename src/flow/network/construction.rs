//! The construction of a network from facts and assumptions.

use super::assumption::{self, Assumption, Scenario};
use super::flow_network::FlowNetwork;
use super::passing::OnwardEdge;
use super::scale::scale;
use crate::flow::amounts::minor_units::TooLarge;
use crate::flow::facts::edge_fact::EdgeFact;
use crate::flow::facts::split_fact::SplitFact;
use crate::model::job;

impl FlowNetwork {
    /// Builds the network from facts and assumptions. Relations from an entity to itself are omitted. A split
    /// of a giver must precede those of its receivers.
    pub(in crate::flow) fn new<'f>(
        edges: &[&'f EdgeFact],
        onward: &'f [OnwardEdge],
        splits: &'f [SplitFact],
        scenario: Option<Scenario>,
        assumption: Option<Assumption>,
    ) -> Result<Self, TooLarge> {
        let finer = if assumption.is_some() {
            assumption::FINER
        } else {
            0
        };
        Self::at_scale(
            edges,
            onward,
            splits,
            (scenario, assumption),
            scale(edges, splits) + finer,
        )
    }

    /// The same at a scale that is known to be fine enough.
    pub(in crate::flow) fn at_scale<'f>(
        edges: &[&'f EdgeFact],
        onward: &'f [OnwardEdge],
        splits: &'f [SplitFact],
        (scenario, assumption): (Option<Scenario>, Option<Assumption>),
        scale: u32,
    ) -> Result<Self, TooLarge> {
        let mut network = Self::of_relations(edges, splits, scale)?;
        if let Some(scenario) = scenario {
            assumption::at_ends(&mut network, scenario);
        }
        for edge in onward {
            job::step();
            network.add_onward(edge);
        }
        network.add_splits(splits, (scenario, assumption))?;
        network.sort_edges();
        network.index();
        if assumption == Some(Assumption::EqualSplit) {
            assumption::split_equally(&mut network)?;
        }
        network.derive()?;
        Ok(network)
    }
}
