//! What is not known and would tell more: the facts that an answer misses, those first that narrow it most.

use std::cmp::Reverse;

use super::bounds::{Bounding, Bounds, Route};
use super::extent::{Extent, Grains};
use super::grains::TooLarge;
use super::layer::MissingReason;
use super::network::{Gap, GapIn, Network};
use super::reach::{NodeSet, upstream};
use super::split::Size;
use crate::model::Decimal;
use crate::model::budget::WorkBudget;
use crate::model::id::{EntityId, RelationId};
use crate::model::job;
use crate::model::walk::TruncationReason;

/// A fact that is not known whole.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MissingFact {
    /// The relation of which it is not known; none where it is of an entity.
    pub relation: Option<RelationId>,
    /// Who gives by it; or the entity.
    pub giver: EntityId,
    /// Who takes by it.
    pub taker: Option<EntityId>,
    /// Whether it is a share of what the giver keeps that is not known.
    pub is_share: bool,
    /// What is not known.
    pub reason: MissingReason,
    /// By how much knowing it would narrow the total at most; none where the total has no upper bound.
    pub narrows: Option<Decimal>,
}

impl MissingFact {
    /// That a conduit was picked without being named, so that what it puts in is credited to nobody.
    pub(super) fn not_named(conduit: EntityId) -> Self {
        Self {
            relation: None,
            giver: conduit,
            taker: None,
            is_share: false,
            reason: MissingReason::ConduitNotNamed,
            narrows: None,
        }
    }
}

/// The facts that an answer misses.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MissingFacts {
    /// First those that give the total an upper bound; then the more they narrow it the earlier; then by relation.
    pub facts: Vec<MissingFact>,
    /// Why some may be out of order and without a number; none: none is.
    pub truncated: Option<TruncationReason>,
}

/// The facts missed by the total from some sources to some sinks.
///
/// `narrows` of an amount is W − min(W(l), W(u)), W being the width of the bounds and W(v) what it is with this amount at v, all else
/// unchanged: W is concave in one amount, so that the least lies at an end.
pub(super) fn missing(
    network: &Network,
    route: &Route<'_>,
    budget: &mut WorkBudget,
) -> Result<MissingFacts, TooLarge> {
    let total = Bounding::new(network).between(route, budget)?;
    let wide = width(&total);
    let mut truncated = total.truncated;
    let near = match upstream(network, route.sinks, budget) {
        Ok(near) => near,
        Err(spent) => {
            truncated = Some(spent.0);
            NodeSet::all(network)
        }
    };
    let mut ranked = Vec::new();
    let mut known = network.clone();
    for gap in network.gaps.iter().filter(|gap| matters(network, gap, &near)) {
        job::step();
        let known = if truncated.is_none() {
            let known = width_when_known(network, &mut known, gap, route, budget)?;
            truncated = truncated.or(known.truncated);
            known.width.filter(|_| truncated.is_none())
        } else {
            None
        };
        let narrows = wide
            .zip(known)
            .map(|(wide, known)| (wide - known).max(Decimal::ZERO).normalize());
        let ends_it = wide.is_none() && known.is_some();
        let link = &network.links[link_of(network, gap)];
        let fact = MissingFact {
            relation: Some(network.relations[gap.relation].clone()),
            giver: network.entities[link.from].clone(),
            taker: Some(network.entities[link.to].clone()),
            is_share: matches!(gap.what, GapIn::Share(..)),
            reason: gap.reason,
            narrows,
        };
        ranked.push((Reverse(ends_it), Reverse(narrows), fact));
    }
    ranked.sort_by(|a, b| (a.0, a.1, &a.2.relation).cmp(&(b.0, b.1, &b.2.relation)));
    Ok(MissingFacts {
        facts: ranked.into_iter().map(|(_, _, fact)| fact).collect(),
        truncated,
    })
}

/// The width of bounds; none: they have no upper end.
fn width(bounds: &Bounds) -> Option<Decimal> {
    bounds.max.map(|max| max - bounds.min)
}

struct Known {
    width: Option<Decimal>,
    truncated: Option<TruncationReason>,
}

/// The least width of the bounds when one fact is known, at either end of what it may be. `known` is a copy of the network to be
/// changed.
fn width_when_known(
    network: &Network,
    known: &mut Network,
    gap: &Gap,
    route: &Route<'_>,
    budget: &mut WorkBudget,
) -> Result<Known, TooLarge> {
    let mut least: Option<Decimal> = None;
    let mut truncated = None;
    for end in [End::Least, End::Most] {
        if let Err(spent) = budget.spend_many(network.links.len() as u64) {
            truncated = Some(spent.0);
            break;
        }
        if !set(known, network, gap, end)? {
            continue;
        }
        let bounds = Bounding::new(known).between(route, budget)?;
        truncated = truncated.or(bounds.truncated);
        let found = width(&bounds);
        least = least.into_iter().chain(found).min();
    }
    Ok(Known {
        width: least,
        truncated,
    })
}

/// Whether what a gap is at lies upstream of the sinks.
fn matters(network: &Network, gap: &Gap, near: &NodeSet) -> bool {
    let link = &network.links[link_of(network, gap)];
    near.contains(link.from) || near.contains(link.to)
}

fn link_of(network: &Network, gap: &Gap) -> usize {
    match gap.what {
        GapIn::Amount(link) => link,
        GapIn::Direction(pair) => network.pairs[pair].forward,
        GapIn::Share(split, part) | GapIn::PartAmount(split, part) => network.splits[split].parts[part].link,
    }
}

/// An end of what something may be; of a direction, one of both.
#[derive(Clone, Copy, PartialEq, Eq)]
enum End {
    Least,
    Most,
}

/// Makes of a copy of a network the one with one fact known; false where the amount has no such end.
fn set(known: &mut Network, network: &Network, gap: &Gap, end: End) -> Result<bool, TooLarge> {
    let at = |extent: Extent| -> Option<Grains> {
        match end {
            End::Least => Some(extent.lower),
            End::Most => extent.upper,
        }
    };
    known.links.clone_from(&network.links);
    known.splits.clone_from(&network.splits);
    match gap.what {
        GapIn::Amount(link) => match at(network.links[link].extent) {
            Some(amount) => known.links[link].extent = Extent::exact(amount),
            None => return Ok(false),
        },
        GapIn::Direction(pair) => {
            let pair = network.pairs[pair];
            let (with, without) = match end {
                End::Least => (pair.forward, pair.backward),
                End::Most => (pair.backward, pair.forward),
            };
            known.links[with].extent = pair.extent;
            known.links[without].extent = Extent::ZERO;
        }
        GapIn::Share(split, part) => known.splits[split].settle(part, end == End::Most),
        GapIn::PartAmount(split, part) => {
            let size = &mut known.splits[split].parts[part].size;
            match *size {
                Size::Amount(extent) => match at(extent) {
                    Some(amount) => *size = Size::Amount(Extent::exact(amount)),
                    None => return Ok(false),
                },
                Size::Share(_) | Size::Between(..) | Size::Open => return Ok(false),
            }
        }
    }
    known.derive()?;
    Ok(true)
}
