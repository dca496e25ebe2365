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
mod cuts;
mod elimination;
mod extent;
mod facts;
mod grains;
mod grouped;
mod layer;
mod layers;
pub mod linear;
mod max_flow;
mod missing;
mod mixing;
mod names;
mod network;
mod pairs;
mod program;
mod reach;
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
pub use rows::{Amount, IndustryRow, OriginKind, OriginRow, Row, Rows};
pub use sankey::{Sankey, SankeyLink};

use crate::model::budget::{OutOfWork, WorkBudget};
use carriers::Carriers;
use facts::SplitFact;
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

/// How much some entities take in from others, in one layer.
#[derive(Debug)]
pub struct Flow {
    ends: Ends,
    facts: Facts,
    scenario: Option<Scenario>,
    assumption: Option<Assumption>,
    network: Network,
    /// By entity, whether its own supply is what is asked for.
    credited: Vec<bool>,
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
        Ok(Self {
            credited: network.entities.iter().map(|id| ends.credit(id)).collect(),
            mixing: Mixing::new(&network, budget),
            ends,
            facts,
            scenario,
            assumption,
            network,
        })
    }

    /// The same with what the targets keep split over the industries they are in; those are then the last to take in.
    fn by_industries(&self, budget: &mut WorkBudget) -> Result<Self, TooLarge> {
        let carriers = Carriers::new(&self.facts.carriers, self.facts.may_imply);
        let mut splits: Vec<SplitFact> = carriers.to_companies(&self.facts.links, &self.ends);
        splits.extend(carriers.of_targets(&self.ends));
        let network = Network::new(&self.facts.links, &splits, self.scenario, self.assumption)?;
        Ok(Self {
            credited: network.entities.iter().map(|id| self.ends.credit(id)).collect(),
            mixing: Mixing::new(&network, budget),
            ends: self.ends.clone(),
            facts: Facts::default(),
            scenario: self.scenario,
            assumption: self.assumption,
            network,
        })
    }

    /// Whether an entity's own supply is what is asked for.
    fn is_credited(&self, node: NodeIndex) -> bool {
        self.credited[node]
    }

    /// The targets that are in the layer.
    fn targets(&self) -> Vec<NodeIndex> {
        let targets = self.ends.targets.iter();
        targets.filter_map(|target| self.network.node(target)).collect()
    }

    /// Where anything may come that a source puts in.
    fn reached(&self, budget: &mut WorkBudget) -> Result<NodeSet, OutOfWork> {
        let network = &self.network;
        let starts = (0..network.entities.len())
            .filter(|node| self.is_credited(*node) && !network.nodes[*node].injected.is_zero());
        downstream(network, starts, None, budget)
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
