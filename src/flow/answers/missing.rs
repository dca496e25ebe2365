//! The unknown facts of a flow, first those whose knowledge would narrow its bounds most.

use std::cmp::Reverse;

use crate::flow::Flow;
use crate::flow::amounts::amount_range::{AmountRange, MinorUnits};
use crate::flow::amounts::minor_units::TooLarge;
use crate::flow::bounds::solver::{Bounds, BoundsSolver, SourceSinkQuery};
use crate::flow::facts::layer::MissingReason;
use crate::flow::network::flow_network::{FlowGap, FlowNetwork, GapKind};
use crate::flow::network::indices::NodeIndex;
use crate::flow::network::reach::{NodeSet, upstream};
use crate::flow::network::split::SplitSize;
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
    /// The entity that gives the amount, or the one that the fact is about.
    pub giver: EntityId,
    /// The entity that takes the amount; `None` if the fact is about one entity.
    pub taker: Option<EntityId>,
    /// Whether the unknown fact is a share of what the giver keeps, rather than an amount or a direction.
    pub is_share: bool,
    /// The reason: what is not known.
    pub reason: MissingReason,
    /// The most by which knowing the fact could narrow the bounds of the total; `None` if that cannot be said,
    /// because the total has no upper bound or work ran out.
    pub narrows: Option<Decimal>,
}

impl MissingFact {
    /// The fact that a conduit is selected but not named by id, so that what it puts in counts as no one's.
    fn not_named(conduit: EntityId) -> Self {
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
    /// First the facts that would give the total an upper bound; then those that would narrow it most; then by
    /// relation.
    pub facts: Vec<MissingFact>,
    /// Why some facts may be out of order and without `narrows`; `None` if none is.
    pub truncated: Option<TruncationReason>,
}

impl Flow {
    /// The unknown facts that would narrow the total.
    pub fn missing(&self, budget: &mut WorkBudget) -> Result<MissingFacts, TooLarge> {
        let targets = self.targets();
        let query = SourceSinkQuery {
            sources: &|node| self.is_credited(node),
            sinks: &targets,
        };
        let mut missing = missing(&self.network, &query, budget)?;
        let unnamed = self.unnamed().into_iter().map(MissingFact::not_named);
        missing.facts.splice(0..0, unnamed);
        Ok(missing)
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
}

/// Lists the unknown facts that affect the total from the sources to the sinks.
///
/// For an amount between l and u, `narrows` is W − min(W(l), W(u)), where W is the width of the bounds of the total
/// and W(v) the width if this amount is v and all else is unchanged. W(v) is concave, so that its minimum lies at
/// l or u.
fn missing(
    network: &FlowNetwork,
    query: &SourceSinkQuery<'_>,
    budget: &mut WorkBudget,
) -> Result<MissingFacts, TooLarge> {
    let total = BoundsSolver::new(network).between(query, budget)?;
    let total_width = width(&total);
    let mut truncated = total.truncated;
    let relevant = match upstream(network, query.sinks, budget) {
        Ok(nodes) => nodes,
        Err(exhausted) => {
            truncated = Some(exhausted.0);
            NodeSet::all(network)
        }
    };
    let mut ranked = Vec::new();
    // One copy for all facts, so that its memory is allocated once.
    let mut scratch = network.clone();
    for gap in network.gaps.iter().filter(|gap| touches(network, gap, &relevant)) {
        job::step();
        let known_width = if truncated.is_none() {
            let narrowed = width_when_known(network, &mut scratch, gap, query, budget)?;
            truncated = truncated.or(narrowed.truncated);
            narrowed.width.filter(|_| truncated.is_none())
        } else {
            None
        };
        let narrows = total_width
            .zip(known_width)
            .map(|(total, known)| (total - known).max(Decimal::ZERO).normalize());
        let gives_bound = total_width.is_none() && known_width.is_some();
        let edge = &network.edges[edge_of(network, gap)];
        let fact = MissingFact {
            relation: Some(network.relations[gap.relation].clone()),
            giver: network.entities[edge.from].clone(),
            taker: Some(network.entities[edge.to].clone()),
            is_share: matches!(gap.kind, GapKind::Share(..)),
            reason: gap.reason,
            narrows,
        };
        ranked.push((Reverse(gives_bound), Reverse(narrows), fact));
    }
    ranked.sort_by(|a, b| (a.0, a.1, &a.2.relation).cmp(&(b.0, b.1, &b.2.relation)));
    Ok(MissingFacts {
        facts: ranked.into_iter().map(|(_, _, fact)| fact).collect(),
        truncated,
    })
}

/// The distance between the bounds; `None` without an upper bound.
fn width(bounds: &Bounds) -> Option<Decimal> {
    bounds.max.map(|max| max - bounds.min)
}

/// The width of the bounds of the total if one more fact were known.
struct NarrowedWidth {
    /// `None` if the total still has no upper bound, or work ran out before any width was computed.
    width: Option<Decimal>,
    truncated: Option<TruncationReason>,
}

/// The smaller of the widths of the bounds of the total with one fact fixed to its lower or upper end. `scratch` is a
/// copy of the network, which is changed.
fn width_when_known(
    network: &FlowNetwork,
    scratch: &mut FlowNetwork,
    gap: &FlowGap,
    query: &SourceSinkQuery<'_>,
    budget: &mut WorkBudget,
) -> Result<NarrowedWidth, TooLarge> {
    let mut least: Option<Decimal> = None;
    let mut truncated = None;
    for end in [RangeEnd::Least, RangeEnd::Most] {
        if let Err(exhausted) = budget.spend_many(network.edges.len() as u64) {
            truncated = Some(exhausted.0);
            break;
        }
        if !fix(scratch, network, gap, end)? {
            continue;
        }
        let bounds = BoundsSolver::new(scratch).between(query, budget)?;
        truncated = truncated.or(bounds.truncated);
        // The smaller of both; a width that is unbounded does not count.
        least = least.into_iter().chain(width(&bounds)).min();
    }
    Ok(NarrowedWidth {
        width: least,
        truncated,
    })
}

/// Whether the edge of a gap starts or ends at one of the nodes.
fn touches(network: &FlowNetwork, gap: &FlowGap, nodes: &NodeSet) -> bool {
    let edge = &network.edges[edge_of(network, gap)];
    nodes.contains(edge.from) || nodes.contains(edge.to)
}

/// The edge of a gap; for a direction, the forward one of its two edges.
fn edge_of(network: &FlowNetwork, gap: &FlowGap) -> usize {
    match gap.kind {
        GapKind::Amount(edge) => edge,
        GapKind::Direction(pair) => network.pairs[pair].forward,
        GapKind::Share(split, part) | GapKind::PartAmount(split, part) => {
            network.splits[split].parts[part].edge
        }
    }
}

/// An end of the range of an unknown fact: the bounds of an amount, nothing or everything for a share, forward or
/// backward for a direction.
#[derive(Clone, Copy, PartialEq, Eq)]
enum RangeEnd {
    Least,
    Most,
}

/// Makes `scratch` a copy of the network in which one fact is known; false if the amount has no such bound.
fn fix(
    scratch: &mut FlowNetwork,
    network: &FlowNetwork,
    gap: &FlowGap,
    end: RangeEnd,
) -> Result<bool, TooLarge> {
    let at = |range: AmountRange| -> Option<MinorUnits> {
        match end {
            RangeEnd::Least => Some(range.lower),
            RangeEnd::Most => range.upper,
        }
    };
    scratch.edges.clone_from(&network.edges);
    scratch.splits.clone_from(&network.splits);
    match gap.kind {
        GapKind::Amount(edge) => match at(network.edges[edge].range) {
            Some(amount) => scratch.edges[edge].range = AmountRange::exact(amount),
            None => return Ok(false),
        },
        GapKind::Direction(pair) => {
            let pair = network.pairs[pair];
            let (full, empty) = match end {
                RangeEnd::Least => (pair.forward, pair.backward),
                RangeEnd::Most => (pair.backward, pair.forward),
            };
            scratch.edges[full].range = pair.range;
            scratch.edges[empty].range = AmountRange::ZERO;
        }
        GapKind::Share(split, part) => scratch.splits[split].settle(part, end == RangeEnd::Most),
        GapKind::PartAmount(split, part) => {
            let size = &mut scratch.splits[split].parts[part].size;
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
    scratch.derive()?;
    Ok(true)
}
