//! The construction of a network from facts and assumptions.

use super::assume::{self, Assumption, Scenario};
use super::facts::{EdgeFact, OnwardEdge, SplitFact};
use super::minor_units::{TooLarge, scale};
use super::network::Network;
use crate::model::job;

impl Network {
    /// Builds the network from facts and assumptions. Relations from an entity to itself are omitted. A split
    /// of a giver must precede those of its receivers.
    pub(super) fn new<'f>(
        edges: &[&'f EdgeFact],
        onward: &'f [OnwardEdge],
        splits: &'f [SplitFact],
        scenario: Option<Scenario>,
        assumption: Option<Assumption>,
    ) -> Result<Self, TooLarge> {
        let finer = if assumption.is_some() { assume::FINER } else { 0 };
        Self::at_scale(
            edges,
            onward,
            splits,
            (scenario, assumption),
            scale(edges, splits) + finer,
        )
    }

    /// The same at a scale that is known to be fine enough.
    pub(super) fn at_scale<'f>(
        edges: &[&'f EdgeFact],
        onward: &'f [OnwardEdge],
        splits: &'f [SplitFact],
        (scenario, assumption): (Option<Scenario>, Option<Assumption>),
        scale: u32,
    ) -> Result<Self, TooLarge> {
        let mut network = Self::of_relations(edges, splits, scale)?;
        if let Some(scenario) = scenario {
            assume::at_ends(&mut network, scenario);
        }
        for edge in onward {
            job::step();
            network.add_onward(edge);
        }
        network.add_splits(splits, (scenario, assumption))?;
        network.sort_edges();
        network.index();
        if assumption == Some(Assumption::EqualSplit) {
            assume::split_equally(&mut network)?;
        }
        network.derive()?;
        Ok(network)
    }
}
