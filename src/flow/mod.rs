//! Flow: how much some entities receive from others, along which relations, and how certain that is.
//!
//! Pure and bounded: a [`Flow`] is built from the facts of one [`Layer`], and each of its answers spends a
//! [`WorkBudget`]. If the budget runs out, the answer contains what was computed and says so. Amounts are
//! exact integers of minor units, not floating point; results of divisions have 31 digits.
//!
//! - `facts` has what is known of the layer, and `network` makes nodes and edges of it.
//! - `attribution`: proportional, so that outflows mix in proportion to inflows.
//! - `bounds`: the proven minimum and maximum, whatever mixes with what.
//! - `answers`: the methods of [`Flow`] that answer a query.

mod amounts;
mod answers;
mod attribution;
mod bounds;
mod facts;
mod network;

pub use amounts::minor_units::TooLarge;
pub use answers::circulation::Circulation;
pub use answers::missing::{MissingFact, MissingFacts};
pub use answers::pairs::{Pair, Pairs};
pub use answers::rows::{
    FlowAmount, FlowRow, FlowRows, HasAmount, IndustryRow, OriginKind, OriginRow, within_total,
};
pub use answers::sankey::{Sankey, SankeyLink};
pub use bounds::linear;
pub use bounds::solver::{Bounds, BoundsKind};
pub use facts::carriers::{CarrierFact, FlowEnds};
pub use facts::edge_fact::EdgeFact;
pub use facts::layer::{
    Heading, Layer, LayerContribution, MissingReason, StatedAmount, is_asserted, is_counted,
};
pub use facts::layer_facts::LayerFacts;
pub use facts::layers::{FlowLayer, LayerRelation, layers};
pub use network::assumption::{Assumption, Scenario};

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::model::budget::{BudgetExhausted, WorkBudget};
use crate::model::id::RelationId;
use attribution::mixing::Mixing;
use network::flow_network::FlowNetwork;
use network::indices::NodeIndex;
use network::layer_part::{LayerPart, LayerScope};
use network::reach::{NodeSet, downstream};

/// The flow from some entities to others in one layer. It depends on the part of the layer between them
/// (`LayerPart`).
#[derive(Debug)]
pub struct Flow {
    ends: FlowEnds,
    /// The facts of the whole layer.
    facts: Arc<LayerFacts>,
    what_if: (Option<Scenario>, Option<Assumption>),
    network: FlowNetwork,
    /// Whether each node is an entity of the part that the answer depends on; others are the far ends of
    /// relations.
    inside: Vec<bool>,
    /// Whether the own supply of each entity counts.
    credited: Vec<bool>,
    /// Relations of the part from an entity to itself.
    selves: Vec<EdgeFact>,
    /// The proportional attribution, or the exhausted budget.
    mixing: Result<Mixing, BudgetExhausted>,
}

impl Flow {
    /// Builds the network between the ends and prepares it.
    pub fn new(
        facts: LayerFacts,
        ends: FlowEnds,
        scenario: Option<Scenario>,
        assumption: Option<Assumption>,
        budget: &mut WorkBudget,
    ) -> Result<Self, TooLarge> {
        let what_if = (scenario, assumption);
        Self::over(Arc::new(facts), ends, what_if, LayerScope::Between, budget)
    }

    fn over(
        facts: Arc<LayerFacts>,
        ends: FlowEnds,
        what_if: (Option<Scenario>, Option<Assumption>),
        scope: LayerScope,
        budget: &mut WorkBudget,
    ) -> Result<Self, TooLarge> {
        let part = LayerPart::new(&facts, &ends, scope);
        let network = FlowNetwork::new(&part.edges, &[], &part.splits, what_if.0, what_if.1)?;
        let inside: Vec<bool> = network
            .entities
            .iter()
            .map(|id| part.inside.contains(id))
            .collect();
        let selves = part.edges.iter().filter(|edge| edge.from == edge.to);
        Ok(Self {
            credited: network.entities.iter().map(|id| ends.credit(id)).collect(),
            mixing: Mixing::new(&network, &inside, budget),
            selves: selves.map(|edge| (*edge).clone()).collect(),
            ends,
            what_if,
            network,
            inside,
            facts,
        })
    }

    /// The same query over another part of the layer.
    fn elsewhere(&self, scope: LayerScope, budget: &mut WorkBudget) -> Result<Self, TooLarge> {
        Self::over(self.facts.clone(), self.ends.clone(), self.what_if, scope, budget)
    }

    /// The relations of the part, including those without accepted evidence.
    pub fn relations(&self) -> BTreeSet<RelationId> {
        self.network.relations.iter().cloned().collect()
    }

    /// The relations that the answer depends on: relations of the layer with an end between the ends of the
    /// flow, and relations that pass on what entities there would keep. Relations without accepted evidence
    /// are excluded.
    pub fn rests_on(&self) -> BTreeSet<RelationId> {
        let network = &self.network;
        let doubted = network
            .gaps
            .iter()
            .filter(|gap| gap.reason == MissingReason::Doubted);
        let doubted: BTreeSet<usize> = doubted.map(|gap| gap.relation).collect();
        let relations = network.relations.iter().enumerate();
        let counted = relations.filter(|(place, _)| !doubted.contains(place));
        counted.map(|(_, relation)| relation.clone()).collect()
    }

    /// Whether the own supply of an entity counts.
    fn is_credited(&self, node: NodeIndex) -> bool {
        self.credited[node]
    }

    /// The targets in the part.
    fn targets(&self) -> Vec<NodeIndex> {
        let targets = self.ends.targets.iter();
        let targets = targets.filter_map(|target| self.network.node(target));
        targets.filter(|node| self.inside[*node]).collect()
    }

    /// The nodes that anything from a source may reach.
    fn reached(&self, budget: &mut WorkBudget) -> Result<NodeSet, BudgetExhausted> {
        let network = &self.network;
        let starts = (0..network.entities.len())
            .filter(|node| self.is_credited(*node) && !network.nodes[*node].injected.is_zero());
        downstream(network, starts, None, budget)
    }
}
