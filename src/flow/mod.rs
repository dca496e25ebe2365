//! Flow: how much some entities receive from others, along which relations, and how certain that is.
//!
//! Pure and bounded: a [`Flow`] is built from the facts of one [`Layer`], and each of its answers spends a
//! [`WorkBudget`]. If the budget runs out, the answer contains what was computed and says so. Amounts are
//! exact integers of minor units, not floating point; results of divisions have 31 digits.
//!
//! - [`mixing`]: proportional attribution, in which outflows mix in proportion to inflows.
//! - [`bounds`]: the proven minimum and maximum, whatever mixes with what.
//! - [`missing`]: the unknown facts that would narrow the result.

mod amount_range;
mod assume;
mod between;
mod bounds;
mod carriers;
mod circulation;
mod components;
mod core;
mod cuts;
mod elimination;
mod facts;
mod flow_error;
mod grouped;
mod indices;
mod industries;
mod industry_tally;
mod layer;
mod layers;
pub mod linear;
mod max_flow;
mod minor_units;
mod missing;
mod mixing;
mod names;
mod network;
mod network_construction;
mod pairs;
mod passing;
mod program;
mod reach;
mod real;
mod rows;
mod sankey;
mod split;

pub use assume::{Assumption, Scenario};
pub use bounds::{Bounds, BoundsKind};
pub use carriers::{CarrierFact, FlowEnds};
pub use circulation::Circulation;
pub use facts::EdgeFact;
pub use layer::{Heading, Layer, LayerContribution, MissingReason, StatedAmount, is_asserted, is_counted};
pub use layers::{FlowLayer, LayerRelation, layers};
pub use minor_units::TooLarge;
pub use missing::{MissingFact, MissingFacts};
pub use pairs::{Pair, Pairs};
pub use rows::{FlowAmount, FlowRow, FlowRows, HasAmount, IndustryRow, OriginKind, OriginRow, within_total};
pub use sankey::{Sankey, SankeyLink};

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::model::budget::{BudgetExhausted, WorkBudget};
use crate::model::id::{EntityId, RelationId};
use between::{LayerPart, LayerScope, part_of};
use carriers::Carriers;
use indices::NodeIndex;
use mixing::Mixing;
use network::Network;
use reach::{NodeSet, downstream};

/// The facts of a layer as a store returned them: all that are valid and count.
#[derive(Clone, Debug, Default)]
pub struct LayerFacts {
    /// The relations of the layer, by id.
    pub edges: Vec<EdgeFact>,
    /// The relations that pass on what an entity would keep.
    pub carriers: Vec<CarrierFact>,
    /// Whether implied statements count.
    pub may_imply: bool,
}

/// The flow from some entities to others in one layer. It depends on the part of the layer between them; see
/// [`between`].
#[derive(Debug)]
pub struct Flow {
    ends: FlowEnds,
    /// The facts of the whole layer.
    facts: Arc<LayerFacts>,
    what_if: (Option<Scenario>, Option<Assumption>),
    network: Network,
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
        let part = part(&facts, &ends, scope);
        let network = Network::new(&part.edges, &[], &part.splits, what_if.0, what_if.1)?;
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

    /// The conduits among the sources, if no source is credited: those that put something in, otherwise all
    /// in the part.
    fn unnamed(&self) -> Vec<EntityId> {
        if self.ends.sources.iter().any(|source| self.ends.credit(source)) {
            return Vec::new();
        }
        let network = &self.network;
        let sources = self.ends.sources.iter();
        let sources = sources
            .filter_map(|id| network.node(id))
            .filter(|node| self.inside[*node]);
        let (giving, passing): (Vec<NodeIndex>, Vec<NodeIndex>) =
            sources.partition(|node| !network.nodes[*node].injected.is_zero());
        let listed = if giving.is_empty() { passing } else { giving };
        listed
            .into_iter()
            .map(|node| network.entities[node].clone())
            .collect()
    }

    /// The nodes that anything from a source may reach.
    fn reached(&self, budget: &mut WorkBudget) -> Result<NodeSet, BudgetExhausted> {
        let network = &self.network;
        let starts = (0..network.entities.len())
            .filter(|node| self.is_credited(*node) && !network.nodes[*node].injected.is_zero());
        downstream(network, starts, None, budget)
    }

    /// The circulations of the part.
    pub fn circulations(&self) -> Result<Vec<Circulation>, TooLarge> {
        circulation::circulations(&self.network, &self.selves)
    }

    /// The edges of a Sankey diagram from the sources to the targets, and what leaves for elsewhere. An error
    /// if work runs out, because a part of it would look complete.
    pub fn sankey(&self, budget: &mut WorkBudget) -> Result<Sankey, BudgetExhausted> {
        let mixing = self.mixing.as_ref().map_err(|spent| *spent)?;
        let through = mixing.throughput(&self.network, &self.injections(), budget)?;
        let reached = self.reached(budget)?;
        Ok(sankey::sankey(
            &self.network,
            mixing,
            &through,
            &reached,
            &self.inside,
        ))
    }

    /// The unknown facts that would narrow the total.
    pub fn missing(&self, budget: &mut WorkBudget) -> Result<MissingFacts, TooLarge> {
        let targets = self.targets();
        let query = bounds::SourceSinkQuery {
            sources: &|node| self.is_credited(node),
            sinks: &targets,
        };
        let mut missing = missing::missing(&self.network, &query, budget)?;
        let unnamed = self.unnamed().into_iter().map(MissingFact::not_named);
        missing.facts.splice(0..0, unnamed);
        Ok(missing)
    }
}

/// The part of the layer for a scope.
fn part<'f>(facts: &'f LayerFacts, ends: &FlowEnds, scope: LayerScope) -> LayerPart<'f> {
    let splits = Carriers::new(&facts.carriers, facts.may_imply).passing(&facts.edges, ends);
    part_of(&facts.edges, splits, ends, scope)
}
