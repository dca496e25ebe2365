//! Flow: who supplied how much, by which way, and how sure that is.
//!
//! Pure and bounded: a [`Flow`] is built on the facts of one [`Layer`], and each of its answers spends a [`WorkBudget`]; where that
//! runs out, the answer has what it has and says so. Amounts are exact: whole grains of the unit, never floating point, but where
//! something is divided, and there to 31 digits.
//!
//! - [`mixing`]: the proportional answer, if what leaves an entity is mixed as what goes through it is.
//! - [`bounds`]: what must and what can be, whatever was mixed with what.
//! - [`missing`]: which facts would tell more.

mod assume;
mod between;
mod bounds;
mod carriers;
mod circulation;
mod components;
mod core;
mod cuts;
mod elimination;
mod extent;
mod facts;
mod grains;
mod grouped;
mod industries;
mod layer;
mod layers;
pub mod linear;
mod max_flow;
mod missing;
mod mixing;
mod names;
mod network;
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
pub use carriers::{CarrierFact, Ends};
pub use circulation::Circulation;
pub use facts::{LinkFact, StatedAmount};
pub use grains::TooLarge;
pub use layer::{Carried, Heading, Layer, MissingReason, asserted, is_counted};
pub use layers::{FlowLayer, LayerRelation, layers};
pub use missing::{MissingFact, MissingFacts};
pub use pairs::{Pair, Pairs};
pub use rows::{Amount, HasAmount, IndustryRow, OriginKind, OriginRow, Row, Rows, within_total};
pub use sankey::{Sankey, SankeyLink};

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::model::budget::{OutOfWork, WorkBudget};
use crate::model::id::{EntityId, RelationId};
use between::{PartOfLayer, Scope, part_of};
use carriers::Carriers;
use mixing::Mixing;
use network::{Network, NodeIndex};
use reach::{NodeSet, downstream};

/// What a flow rests on, as a store gave it: all that is valid and counts.
#[derive(Clone, Debug, Default)]
pub struct Facts {
    /// The relations of the layer, by id.
    pub links: Vec<LinkFact>,
    /// What passes on what an entity would keep.
    pub carriers: Vec<CarrierFact>,
    /// Whether what is implied counts.
    pub may_imply: bool,
}

/// How much some entities take in from others, in one layer. It rests on what lies between them; see [`between`].
#[derive(Debug)]
pub struct Flow {
    ends: Ends,
    /// Of the whole layer.
    facts: Arc<Facts>,
    what_if: (Option<Scenario>, Option<Assumption>),
    network: Network,
    /// By node, whether it is an entity of the part that the answer rests on; others are the far ends of relations.
    inside: Vec<bool>,
    /// By entity, whether its own supply is what is asked for.
    credited: Vec<bool>,
    /// Relations of the part from an entity to itself.
    selves: Vec<LinkFact>,
    /// None: what it says ran out of work.
    mixing: Result<Mixing, OutOfWork>,
}

impl Flow {
    /// Builds the network of what lies between the ends, and makes it ready.
    pub fn new(
        facts: Facts,
        ends: Ends,
        scenario: Option<Scenario>,
        assumption: Option<Assumption>,
        budget: &mut WorkBudget,
    ) -> Result<Self, TooLarge> {
        let what_if = (scenario, assumption);
        Self::over(Arc::new(facts), ends, what_if, Scope::Between, budget)
    }

    fn over(
        facts: Arc<Facts>,
        ends: Ends,
        what_if: (Option<Scenario>, Option<Assumption>),
        scope: Scope,
        budget: &mut WorkBudget,
    ) -> Result<Self, TooLarge> {
        let part = part(&facts, &ends, scope);
        let network = Network::new(&part.links, &[], &part.splits, what_if.0, what_if.1)?;
        let inside: Vec<bool> = network
            .entities
            .iter()
            .map(|id| part.inside.contains(id))
            .collect();
        let selves = part.links.iter().filter(|link| link.from == link.to);
        Ok(Self {
            credited: network.entities.iter().map(|id| ends.credit(id)).collect(),
            mixing: Mixing::new(&network, &inside, budget),
            selves: selves.map(|link| (*link).clone()).collect(),
            ends,
            what_if,
            network,
            inside,
            facts,
        })
    }

    /// The same question over another part of the layer.
    fn elsewhere(&self, scope: Scope, budget: &mut WorkBudget) -> Result<Self, TooLarge> {
        Self::over(self.facts.clone(), self.ends.clone(), self.what_if, scope, budget)
    }

    /// The relations of the part, those in doubt among them.
    pub fn relations(&self) -> BTreeSet<RelationId> {
        self.network.relations.iter().cloned().collect()
    }

    /// The relations that the answer rests on: those of the layer that have an end between the ends of the flow, and those that pass on
    /// what entities there would keep. Those in doubt are left out.
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

    /// Whether an entity's own supply is what is asked for.
    fn is_credited(&self, node: NodeIndex) -> bool {
        self.credited[node]
    }

    /// The targets that are in the part.
    fn targets(&self) -> Vec<NodeIndex> {
        let targets = self.ends.targets.iter();
        let targets = targets.filter_map(|target| self.network.node(target));
        targets.filter(|node| self.inside[*node]).collect()
    }

    /// The conduits among the sources, where no source is credited with anything: those that put something in, or else all in the part.
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

    /// Where anything may come that a source puts in.
    fn reached(&self, budget: &mut WorkBudget) -> Result<NodeSet, OutOfWork> {
        let network = &self.network;
        let starts = (0..network.entities.len())
            .filter(|node| self.is_credited(*node) && !network.nodes[*node].injected.is_zero());
        downstream(network, starts, None, budget)
    }

    /// The loops of the part.
    pub fn circulations(&self) -> Result<Vec<Circulation>, TooLarge> {
        circulation::circulations(&self.network, &self.selves)
    }

    /// The links from the sources to the targets, and what leaves for elsewhere. None and why, where work runs out: a part of it would look whole.
    pub fn sankey(&self, budget: &mut WorkBudget) -> Result<Sankey, OutOfWork> {
        let mixing = self.mixing.as_ref().map_err(|spent| *spent)?;
        let through = mixing.through(&self.network, &self.put_in(), budget)?;
        let reached = self.reached(budget)?;
        Ok(sankey::sankey(
            &self.network,
            mixing,
            &through,
            &reached,
            &self.inside,
        ))
    }

    /// The facts that the total misses.
    pub fn missing(&self, budget: &mut WorkBudget) -> Result<MissingFacts, TooLarge> {
        let targets = self.targets();
        let route = bounds::Route {
            sources: &|node| self.is_credited(node),
            sinks: &targets,
        };
        let mut missing = missing::missing(&self.network, &route, budget)?;
        let unnamed = self.unnamed().into_iter().map(MissingFact::not_named);
        missing.facts.splice(0..0, unnamed);
        Ok(missing)
    }
}

/// A part of the layer that some facts make.
fn part<'f>(facts: &'f Facts, ends: &Ends, scope: Scope) -> PartOfLayer<'f> {
    let splits = Carriers::new(&facts.carriers, facts.may_imply).passing(&facts.links, ends);
    part_of(&facts.links, splits, ends, scope)
}
