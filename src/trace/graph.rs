//! The input of a trace: a subgraph, its relations in path order, and the query as tables over the indices of the
//! subgraph. It decides where an edge leads from a position of a path.

use std::sync::Arc;

use super::order::{OutEdge, RelationOrder, RelationRank};
use super::rules::{PathPosition, TraceEnds, TraceQuery, TraceRules};
use crate::model::subgraph::{EntityIndex, SubRelation, Subgraph};
use crate::model::walk::WalkRefusal;

/// A subgraph, the order of its relations, and the query of a trace in terms of its indices.
#[derive(Debug)]
pub(super) struct TraceGraph {
    pub(super) subgraph: Arc<Subgraph>,
    pub(super) order: RelationOrder,
    pub(super) query: TraceQuery,
}

/// The result of following an edge from a state.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum EdgeOutcome {
    /// The relation, or the entity it leads to, is excluded.
    Refused(WalkRefusal),
    /// The path starts here and the relation is a carrier, which can only pass on a resource that has arrived.
    NothingToPassOn,
    /// The relation carries another resource than the one that has arrived.
    OtherResource,
    /// One end is an Industry restricted to a region, and the other end is not in that region.
    Gated,
    /// The relation is walked. `middle` is the position at the next entity if the path goes on, `closing` the
    /// position if it ends there. With neither, the relation leads to a source that no path may pass.
    Walked {
        middle: Option<PathPosition>,
        closing: Option<PathPosition>,
    },
}

impl TraceGraph {
    pub(super) fn new(subgraph: Arc<Subgraph>, ends: &TraceEnds, rules: TraceRules) -> Self {
        Self {
            order: RelationOrder::new(&subgraph),
            query: TraceQuery::new(&subgraph, ends, rules),
            subgraph,
        }
    }

    /// The relation with a rank.
    pub(super) fn relation(&self, rank: RelationRank) -> &SubRelation {
        self.order.relation(&self.subgraph, rank)
    }

    /// Follows an edge from an entity at a position of a path, whatever the maximum length.
    pub(super) fn edge_outcome(
        &self,
        entity: EntityIndex,
        position: PathPosition,
        edge: &OutEdge,
    ) -> EdgeOutcome {
        let query = &self.query;
        if let Some(refusal) = edge.refusal {
            return EdgeOutcome::Refused(refusal);
        }
        let Some(carried) = query.carry(position, self.relation(edge.rank)) else {
            return if position == PathPosition::Start {
                EdgeOutcome::NothingToPassOn
            } else {
                EdgeOutcome::OtherResource
            };
        };
        if !query.gate_opens(entity, position, edge.to) {
            return EdgeOutcome::Gated;
        }
        // The gates of the entity were checked above; these are the gates of the next entity.
        let opens = |position: &PathPosition| query.gate_opens(edge.to, *position, entity);
        let (may_pass, may_end) = (query.may_pass(edge.to), query.is_target[edge.to as usize]);
        let middle = may_pass.then_some(PathPosition::Middle(carried)).filter(opens);
        let closing = may_end.then_some(PathPosition::Final(carried)).filter(opens);
        let is_gated = (may_pass || may_end) && middle.is_none() && closing.is_none();
        if is_gated {
            EdgeOutcome::Gated
        } else {
            EdgeOutcome::Walked { middle, closing }
        }
    }
}
