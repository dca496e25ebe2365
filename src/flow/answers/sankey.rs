//! The edges of a Sankey diagram: what comes from the sources and leads to the targets, and for each giver
//! what leaves for elsewhere.

use std::collections::BTreeSet;

use super::circulation::loops;
use crate::flow::Flow;
use crate::flow::amounts::amount_range::MinorUnits;
use crate::flow::amounts::real::{Real, decimal, ratio, real, zero};
use crate::flow::attribution::mixing::Mixing;
use crate::flow::network::flow_network::{FlowEdge, FlowNetwork};
use crate::flow::network::indices::NodeIndex;
use crate::flow::network::reach::NodeSet;
use crate::model::Decimal;
use crate::model::budget::{BudgetExhausted, WorkBudget};
use crate::model::id::{EntityId, RelationId};
use crate::model::job;

/// A Sankey diagram.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sankey {
    /// The links by giver, then taker, with elsewhere last. Includes links whose amount from the sources is
    /// not known.
    pub links: Vec<SankeyLink>,
}

/// The amount from the sources on one link: all relations from one entity to another, or to elsewhere,
/// together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SankeyLink {
    /// The giver.
    pub from: EntityId,
    /// The taker; `None` for all that do not lead to the targets.
    pub to: Option<EntityId>,
    /// The amount that comes from the sources; `None` if it is not known.
    pub amount: Option<Decimal>,
    /// Whether it lies in a loop; without these links the diagram has no loop.
    pub circulating: bool,
    /// The relations, by id.
    pub relations: Vec<RelationId>,
}

impl Flow {
    /// The edges of a Sankey diagram from the sources to the targets, and what leaves for elsewhere. An error
    /// if work runs out, because a part of it would look complete.
    pub fn sankey(&self, budget: &mut WorkBudget) -> Result<Sankey, BudgetExhausted> {
        let mixing = self.mixing.as_ref().map_err(|spent| *spent)?;
        let through = mixing.throughput(&self.network, &self.injections(), budget)?;
        let reached = self.reached(budget)?;
        Ok(sankey(&self.network, mixing, &through, &reached, &self.inside))
    }
}

/// Builds the diagram. `through`: the part of each throughput that comes from the sources; `reached`: the
/// nodes that the sources reach; `inside`: whether a node leads to the targets as well.
fn sankey(
    network: &FlowNetwork,
    mixing: &Mixing,
    through: &[(NodeIndex, Real)],
    reached: &NodeSet,
    inside: &[bool],
) -> Sankey {
    let loops = loops(network);
    let mut from_sources = vec![zero(); network.entities.len()];
    for (node, amount) in through {
        job::step();
        from_sources[*node] = *amount;
    }
    let taker = |edge: &FlowEdge| Some(edge.to).filter(|to| inside[*to]);
    let flows = |together: &[&FlowEdge]| {
        let (from, to) = (together[0].from, taker(together[0]));
        let through = network.nodes[from].throughput().certain();
        let given: Option<MinorUnits> = together.iter().map(|edge| edge.range.certain()).sum();
        let part = given.zip(through).filter(|_| mixing.is_known(from));
        let amount = part.map(|(given, through)| from_sources[from] * ratio(real(given), real(through)));
        let relations: BTreeSet<&RelationId> = together
            .iter()
            .map(|edge| &network.relations[edge.relation])
            .collect();
        let is_nothing = amount.is_some_and(|amount| amount <= zero());
        (!is_nothing).then(|| SankeyLink {
            from: network.entities[from].clone(),
            to: to.map(|to| network.entities[to].clone()),
            amount: amount.and_then(|amount| decimal(amount, network.scale)),
            circulating: to.is_some_and(|to| loops.component_of[from] == loops.component_of[to]),
            relations: relations.into_iter().cloned().collect(),
        })
    };
    let mut links = Vec::new();
    for from in reached.nodes().iter().filter(|node| inside[**node]) {
        job::step();
        let given = network.outgoing(*from).iter().map(|edge| &network.edges[*edge]);
        let mut given: Vec<&FlowEdge> = given.filter(|edge| !edge.range.is_zero()).collect();
        given.sort_by_key(|edge| (taker(edge).is_none(), taker(edge)));
        links.extend(given.chunk_by(|a, b| taker(a) == taker(b)).filter_map(flows));
    }
    Sankey { links }
}
