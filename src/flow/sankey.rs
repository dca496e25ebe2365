//! The Sankey: what comes from the sources and leads to the targets, link by link, and of each giver what leaves for elsewhere.

use std::collections::BTreeSet;

use super::circulation::loops;
use super::extent::Grains;
use super::mixing::Mixing;
use super::network::{Link, Network, NodeIndex};
use super::reach::NodeSet;
use super::real::{Real, decimal, ratio, real, zero};
use crate::model::Decimal;
use crate::model::id::{EntityId, RelationId};
use crate::model::job;

/// Links between entities.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sankey {
    /// By giver, then taker, what leaves for elsewhere last. What may come from the sources is there too where it is not known.
    pub links: Vec<SankeyLink>,
}

/// What comes from the sources on one link: all relations from one entity to another, or to elsewhere, together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SankeyLink {
    /// Who gives.
    pub from: EntityId,
    /// Who takes; none: all who do not lead to the targets.
    pub to: Option<EntityId>,
    /// How much of it comes from the sources; none: not known.
    pub amount: Option<Decimal>,
    /// Whether it lies in a loop: drawn apart, the rest has none.
    pub circulating: bool,
    /// The relations, by id.
    pub relations: Vec<RelationId>,
}

/// What goes through each entity comes from the sources by so much. `reached`: where anything may come from them;
/// `inside`: what leads to the targets as well.
pub(super) fn sankey(
    network: &Network,
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
    let taker = |link: &Link| Some(link.to).filter(|to| inside[*to]);
    let flows = |together: &[&Link]| {
        let (from, to) = (together[0].from, taker(together[0]));
        let through = network.nodes[from].through().certain();
        let given: Option<Grains> = together.iter().map(|link| link.extent.certain()).sum();
        let part = given.zip(through).filter(|_| mixing.is_known(from));
        let amount = part.map(|(given, through)| from_sources[from] * ratio(real(given), real(through)));
        let relations: BTreeSet<&RelationId> = together
            .iter()
            .map(|link| &network.relations[link.relation])
            .collect();
        let is_nothing = amount.is_some_and(|amount| amount <= zero());
        (!is_nothing).then(|| SankeyLink {
            from: network.entities[from].clone(),
            to: to.map(|to| network.entities[to].clone()),
            amount: amount.and_then(|amount| decimal(amount, network.scale)),
            circulating: to.is_some_and(|to| loops.of[from] == loops.of[to]),
            relations: relations.into_iter().cloned().collect(),
        })
    };
    let mut links = Vec::new();
    for from in reached.nodes().iter().filter(|node| inside[**node]) {
        job::step();
        let given = network.outgoing(*from).iter().map(|link| &network.links[*link]);
        let mut given: Vec<&Link> = given.filter(|link| !link.extent.is_zero()).collect();
        given.sort_by_key(|link| (taker(link).is_none(), taker(link)));
        links.extend(given.chunk_by(|a, b| taker(a) == taker(b)).filter_map(flows));
    }
    Sankey { links }
}
