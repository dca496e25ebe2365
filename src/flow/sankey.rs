//! The Sankey: all that comes from the sources, link by link, also what ends outside the targets.

use std::collections::{BTreeMap, BTreeSet};

use super::circulation::loops;
use super::mixing::Mixing;
use super::network::{Network, NodeIndex};
use super::reach::NodeSet;
use super::real::{Real, decimal, ratio, real, zero};
use crate::model::Decimal;
use crate::model::id::{EntityId, RelationId};

/// Links between entities.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sankey {
    /// By giver, then taker. What may come from the sources is there too where it is not known.
    pub links: Vec<SankeyLink>,
}

/// What comes from the sources on one link: all relations from one entity to another together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SankeyLink {
    /// Who gives.
    pub from: EntityId,
    /// Who takes.
    pub to: EntityId,
    /// How much of it comes from the sources; none: not known.
    pub amount: Option<Decimal>,
    /// Whether it lies in a loop: drawn apart, the rest has none.
    pub circulating: bool,
    /// The relations, by id.
    pub relations: Vec<RelationId>,
}

/// What goes through each entity comes from the sources by so much. `reached`: where anything may come from them.
pub(super) fn sankey(
    network: &Network,
    mixing: &Mixing,
    through: &[(NodeIndex, Real)],
    reached: &NodeSet,
) -> Sankey {
    let loops = loops(network);
    let from_sources: BTreeMap<NodeIndex, Real> = through.iter().copied().collect();
    let mut links: BTreeMap<(NodeIndex, NodeIndex), Link> = BTreeMap::new();
    let possible = network
        .links
        .iter()
        .filter(|link| reached.contains(link.from) && !link.extent.is_zero());
    for link in possible {
        let through = network.nodes[link.from].through().certain();
        let mixed = through
            .zip(link.extent.certain())
            .filter(|_| mixing.is_known(link.from));
        let amount = mixed.map(|(through, amount)| {
            let part = from_sources.get(&link.from).copied().unwrap_or_else(zero);
            part * ratio(real(amount), real(through))
        });
        let sum = links.entry((link.from, link.to)).or_insert_with(Link::new);
        sum.amount = sum.amount.zip(amount).map(|(sum, amount)| sum + amount);
        sum.relations.insert(&network.relations[link.relation]);
    }
    let links = links
        .into_iter()
        .filter(|(_, link)| link.amount.is_none_or(|amount| amount > zero()));
    let links = links.map(|((from, to), link)| SankeyLink {
        from: network.entities[from].clone(),
        to: network.entities[to].clone(),
        amount: link.amount.and_then(|amount| decimal(amount, network.scale)),
        circulating: loops.of[from] == loops.of[to],
        relations: link.relations.into_iter().cloned().collect(),
    });
    Sankey {
        links: links.collect(),
    }
}

struct Link<'n> {
    amount: Option<Real>,
    relations: BTreeSet<&'n RelationId>,
}

impl Link<'_> {
    fn new() -> Self {
        Self {
            amount: Some(zero()),
            relations: BTreeSet::new(),
        }
    }
}
