//! The input of a trace: a subgraph, its relations in order, and the query over its indices.

use std::sync::Arc;

use super::order::{OutEdge, RelationOrder, RelationRank};
use super::rules::{PathPosition, TraceEnds, TraceQuery, TraceRules};
use crate::model::subgraph::{EntityIndex, SubRelation, Subgraph};
use crate::model::walk::WalkRefusal;

/// A subgraph with the query of a trace over its indices.
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
    /// The relation is a carrier, and nothing has arrived that it could carry.
    NothingToPassOn,
    /// It carries another resource than the one that arrived.
    OtherResource,
    /// One end is an Industry restricted to a region, and the other end is not in that region.
    Gated,
    /// It is walked. `middle` is the state if the path goes on, `closing` the state if it ends there; with
    /// neither, it leads back to an entity that no path may pass.
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

    /// The relation at a rank.
    pub(super) fn relation(&self, rank: RelationRank) -> &SubRelation {
        self.order.relation(&self.subgraph, rank)
    }

    /// Follows an edge from an entity at a position of a path, regardless of the length.
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
        let opens = |position: &PathPosition| query.gate_opens(edge.to, *position, entity);
        let (may_pass, may_end) = (query.may_pass(edge.to), query.is_target[edge.to as usize]);
        let middle = may_pass.then_some(PathPosition::Middle(carried)).filter(opens);
        let closing = may_end.then_some(PathPosition::Final(carried)).filter(opens);
        let is_shut = (may_pass || may_end) && middle.is_none() && closing.is_none();
        if is_shut {
            EdgeOutcome::Gated
        } else {
            EdgeOutcome::Walked { middle, closing }
        }
    }
}
