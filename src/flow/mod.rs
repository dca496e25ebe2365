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
mod bounds;
mod carriers;
mod circulation;
mod components;
mod core;
mod elimination;
mod extent;
mod facts;
mod grains;
mod layer;
mod layers;
pub mod linear;
mod max_flow;
mod missing;
mod mixing;
mod network;
mod pairs;
mod program;
mod real;
mod rows;
mod sankey;

pub use assume::{Assumption, Scenario};
pub use bounds::{Bounds, BoundsKind};
pub use carriers::{CarrierFact, Ends};
pub use circulation::Circulation;
pub use facts::LinkFact;
pub use grains::TooLarge;
pub use layer::{Carried, Heading, Layer, MissingReason, asserted, is_counted};
pub use layers::{FlowLayer, LayerRelation, layers};
pub use missing::{MissingFact, MissingFacts};
pub use pairs::{Pair, Pairs};
pub use rows::{Amount, OriginKind, OriginRow, Row, Rows};
pub use sankey::{Sankey, SankeyLink};

use crate::model::budget::{OutOfWork, WorkBudget};
use carriers::Carriers;
use facts::SplitFact;
use mixing::Mixing;
use network::{Network, NodeIndex};

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

/// How much some entities take in from others, in one layer.
#[derive(Debug)]
pub struct Flow {
    ends: Ends,
    facts: Facts,
    scenario: Option<Scenario>,
    assumption: Option<Assumption>,
    network: Network,
    /// None: what it says ran out of work.
    mixing: Result<Mixing, OutOfWork>,
}

impl Flow {
    /// Builds the network of some facts and makes it ready.
    pub fn new(
        facts: Facts,
        ends: Ends,
        scenario: Option<Scenario>,
        assumption: Option<Assumption>,
        budget: &mut WorkBudget,
    ) -> Result<Self, TooLarge> {
        let splits = {
            let carriers = Carriers::new(&facts.carriers, facts.may_imply);
            if ends.are_industries() {
                carriers.to_industries(&facts.links, &ends)
            } else {
                carriers.to_companies(&facts.links, &ends)
            }
        };
        let network = Network::new(&facts.links, &splits, scenario, assumption)?;
        let mixing = Mixing::new(&network, budget);
        Ok(Self {
            ends,
            facts,
            scenario,
            assumption,
            network,
            mixing,
        })
    }

    /// The same with what the targets keep split over the industries they are in; those are then the last to take in.
    fn by_industries(&self, budget: &mut WorkBudget) -> Result<Self, TooLarge> {
        let carriers = Carriers::new(&self.facts.carriers, self.facts.may_imply);
        let mut splits: Vec<SplitFact> = carriers.to_companies(&self.facts.links, &self.ends);
        splits.extend(carriers.of_targets(&self.ends));
        let network = Network::new(&self.facts.links, &splits, self.scenario, self.assumption)?;
        let mixing = Mixing::new(&network, budget);
        Ok(Self {
            ends: self.ends.clone(),
            facts: Facts::default(),
            scenario: self.scenario,
            assumption: self.assumption,
            network,
            mixing,
        })
    }

    /// Whether an entity's own supply is what is asked for: it is among the sources, and no conduit, or a conduit named by id. Where a
    /// conduit lies says nothing of where what it puts in came from.
    fn is_credited(&self, node: NodeIndex) -> bool {
        let id = &self.network.entities[node];
        self.ends.sources.contains(id) && (!id.kind().is_conduit() || self.ends.named.contains(id))
    }

    /// The targets that are in the layer.
    fn targets(&self) -> Vec<NodeIndex> {
        let targets = self.ends.targets.iter();
        targets.filter_map(|target| self.network.node(target)).collect()
    }

    /// Where anything may come that a source puts in.
    fn reached(&self, budget: &mut WorkBudget) -> Result<Vec<bool>, OutOfWork> {
        let network = &self.network;
        let starts = (0..network.entities.len())
            .filter(|node| self.is_credited(*node) && !network.nodes[*node].injected.is_zero());
        reach(network, starts, budget)
    }

    /// The loops of the layer.
    pub fn circulations(&self) -> Result<Vec<Circulation>, TooLarge> {
        circulation::circulations(&self.network, &self.facts.links)
    }

    /// The links from the sources on. None and why, where work runs out: a part of it would look whole.
    pub fn sankey(&self, budget: &mut WorkBudget) -> Result<Sankey, OutOfWork> {
        let mixing = self.mixing.as_ref().map_err(|spent| *spent)?;
        let through = mixing.through(&self.network, &self.put_in(), budget)?;
        let reached = self.reached(budget)?;
        Ok(sankey::sankey(&self.network, mixing, &through, &reached))
    }

    /// The facts that the total misses.
    pub fn missing(&self, budget: &mut WorkBudget) -> Result<MissingFacts, TooLarge> {
        let targets = self.targets();
        let route = bounds::Route {
            sources: &|node| self.is_credited(node),
            sinks: &targets,
        };
        missing::missing(&self.network, &route, budget)
    }
}

/// Where something may come from some entities.
fn reach(
    network: &Network,
    starts: impl Iterator<Item = NodeIndex>,
    budget: &mut WorkBudget,
) -> Result<Vec<bool>, OutOfWork> {
    let mut reached = vec![false; network.entities.len()];
    let mut open = Vec::new();
    for start in starts {
        if !std::mem::replace(&mut reached[start], true) {
            open.push(start);
        }
    }
    while let Some(node) = open.pop() {
        budget.spend_many(network.outgoing(node).len() as u64)?;
        for link in network.outgoing(node) {
            let link = &network.links[*link];
            if !link.extent.is_zero() && !std::mem::replace(&mut reached[link.to], true) {
                open.push(link.to);
            }
        }
    }
    Ok(reached)
}
