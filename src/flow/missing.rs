//! The unknown facts of a flow, those first that would narrow its bounds most.

use std::cmp::Reverse;

use super::amount_range::{AmountRange, MinorUnits};
use super::bounds::{Bounds, BoundsSolver, SourceSinkQuery};
use super::layer::MissingReason;
use super::minor_units::TooLarge;
use super::network::{FlowGap, GapKind, Network};
use super::reach::{NodeSet, upstream};
use super::split::SplitSize;
use crate::model::Decimal;
use crate::model::budget::WorkBudget;
use crate::model::id::{EntityId, RelationId};
use crate::model::job;
use crate::model::walk::TruncationReason;

/// A fact that is not fully known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MissingFact {
    /// The relation; `None` if the fact is about an entity.
    pub relation: Option<RelationId>,
    /// The giver, or the entity.
    pub giver: EntityId,
    /// The taker.
    pub taker: Option<EntityId>,
    /// Whether the fact is the share of what the giver keeps.
    pub is_share: bool,
    /// The reason: what is not known.
    pub reason: MissingReason,
    /// The maximum by which knowing it would narrow the total; `None` if the total has no upper bound.
    pub narrows: Option<Decimal>,
}

impl MissingFact {
    /// The fact that a conduit is selected without being named, so that nobody is credited with what it puts
    /// in.
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

/// The unknown facts of an answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MissingFacts {
    /// First those that give the total an upper bound; then those that narrow it most; then by relation.
    pub facts: Vec<MissingFact>,
    /// Why some may be out of order and without a number; `None` if none is.
    pub truncated: Option<TruncationReason>,
}

/// Lists the unknown facts that affect the total from the sources to the sinks.
///
/// `narrows` of an amount is W − min(W(l), W(u)), with W the width of the bounds and W(v) the width with this
/// amount at v and all else unchanged. W is concave in one amount, so that its minimum lies at a bound.
pub(super) fn missing(
    network: &Network,
    query: &SourceSinkQuery<'_>,
    budget: &mut WorkBudget,
) -> Result<MissingFacts, TooLarge> {
    let total = BoundsSolver::new(network).between(query, budget)?;
    let wide = width(&total);
    let mut truncated = total.truncated;
    let near = match upstream(network, query.sinks, budget) {
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
            let known = width_when_known(network, &mut known, gap, query, budget)?;
            truncated = truncated.or(known.truncated);
            known.width.filter(|_| truncated.is_none())
        } else {
            None
        };
        let narrows = wide
            .zip(known)
            .map(|(wide, known)| (wide - known).max(Decimal::ZERO).normalize());
        let ends_it = wide.is_none() && known.is_some();
        let edge = &network.edges[edge_of(network, gap)];
        let fact = MissingFact {
            relation: Some(network.relations[gap.relation].clone()),
            giver: network.entities[edge.from].clone(),
            taker: Some(network.entities[edge.to].clone()),
            is_share: matches!(gap.kind, GapKind::Share(..)),
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

/// The width of bounds; `None` without an upper bound.
fn width(bounds: &Bounds) -> Option<Decimal> {
    bounds.max.map(|max| max - bounds.min)
}

struct NarrowedWidth {
    width: Option<Decimal>,
    truncated: Option<TruncationReason>,
}

/// The smallest width of the bounds if one fact is known, at either bound. `known` is a copy of the network
/// to change.
fn width_when_known(
    network: &Network,
    known: &mut Network,
    gap: &FlowGap,
    query: &SourceSinkQuery<'_>,
    budget: &mut WorkBudget,
) -> Result<NarrowedWidth, TooLarge> {
    let mut least: Option<Decimal> = None;
    let mut truncated = None;
    for end in [RangeEnd::Least, RangeEnd::Most] {
        if let Err(spent) = budget.spend_many(network.edges.len() as u64) {
            truncated = Some(spent.0);
            break;
        }
        if !set(known, network, gap, end)? {
            continue;
        }
        let bounds = BoundsSolver::new(known).between(query, budget)?;
        truncated = truncated.or(bounds.truncated);
        let found = width(&bounds);
        least = least.into_iter().chain(found).min();
    }
    Ok(NarrowedWidth {
        width: least,
        truncated,
    })
}

/// Whether a gap lies upstream of the sinks.
fn matters(network: &Network, gap: &FlowGap, near: &NodeSet) -> bool {
    let edge = &network.edges[edge_of(network, gap)];
    near.contains(edge.from) || near.contains(edge.to)
}

fn edge_of(network: &Network, gap: &FlowGap) -> usize {
    match gap.kind {
        GapKind::Amount(edge) => edge,
        GapKind::Direction(pair) => network.pairs[pair].forward,
        GapKind::Share(split, part) | GapKind::PartAmount(split, part) => {
            network.splits[split].parts[part].edge
        }
    }
}

/// A bound of an unknown amount; for a direction, one of both.
#[derive(Clone, Copy, PartialEq, Eq)]
enum RangeEnd {
    Least,
    Most,
}

/// Sets one fact in a copy of a network; false if the amount has no such bound.
fn set(known: &mut Network, network: &Network, gap: &FlowGap, end: RangeEnd) -> Result<bool, TooLarge> {
    let at = |range: AmountRange| -> Option<MinorUnits> {
        match end {
            RangeEnd::Least => Some(range.lower),
            RangeEnd::Most => range.upper,
        }
    };
    known.edges.clone_from(&network.edges);
    known.splits.clone_from(&network.splits);
    match gap.kind {
        GapKind::Amount(edge) => match at(network.edges[edge].range) {
            Some(amount) => known.edges[edge].range = AmountRange::exact(amount),
            None => return Ok(false),
        },
        GapKind::Direction(pair) => {
            let pair = network.pairs[pair];
            let (with, without) = match end {
                RangeEnd::Least => (pair.forward, pair.backward),
                RangeEnd::Most => (pair.backward, pair.forward),
            };
            known.edges[with].range = pair.range;
            known.edges[without].range = AmountRange::ZERO;
        }
        GapKind::Share(split, part) => known.splits[split].settle(part, end == RangeEnd::Most),
        GapKind::PartAmount(split, part) => {
            let size = &mut known.splits[split].parts[part].size;
            match *size {
                SplitSize::Amount(range) => match at(range) {
                    Some(amount) => *size = SplitSize::Amount(AmountRange::exact(amount)),
                    None => return Ok(false),
                },
                SplitSize::Share(_) | SplitSize::Between(..) | SplitSize::Open => {
                    return Ok(false);
                }
            }
        }
    }
    known.derive()?;
    Ok(true)
}
