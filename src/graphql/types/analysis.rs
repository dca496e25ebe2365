//! Criticality and robustness of a trace or flow.

use async_graphql::{Context, Object, SimpleObject};

use super::entity::EntityAtDate;
use super::flow::FlowAmount;
use super::kinds::Entity;
use super::relation::Relation;
use super::trace::PathCount;
use crate::graphql::errors::Result;
use crate::graphql::scalars::{float, int};
use crate::model::quantity::Unit;
use crate::model::selector::AsOf;
use crate::model::walk::TruncationReason;
use crate::service::{self, CriticalPart};

/// A row of `criticality`.
pub(in crate::graphql) struct Criticality {
    pub(in crate::graphql) row: service::CriticalityRow,
    pub(in crate::graphql) at: AsOf,
}

/// How much of a trace depends on one entity or relation. It describes the recorded graph: an entity that is not recorded may be
/// able to replace this one.
#[Object]
impl Criticality {
    /// Entity on which the trace depends. Null if it is a relation.
    async fn entity(&self, ctx: &Context<'_>) -> Result<Option<Entity>> {
        match &self.row.criticality.part {
            CriticalPart::Entity(id) => Ok(Some(EntityAtDate::entity(ctx, id, self.at).await?)),
            CriticalPart::Relation(_) => Ok(None),
        }
    }
    /// Relation on which the trace depends. Null if it is an entity.
    async fn relation(&self, ctx: &Context<'_>) -> Result<Option<Relation>> {
        match &self.row.criticality.part {
            CriticalPart::Entity(_) => Ok(None),
            CriticalPart::Relation(id) => Relation::load(ctx, id, self.at).await,
        }
    }
    /// Share of the connected pairs of source and target that no path connects without it, from 0 to 1.
    async fn value(&self) -> f64 {
        float(self.row.criticality.value())
    }
    /// Whether it lies on every path.
    async fn single_point(&self) -> bool {
        self.row.criticality.is_single_point()
    }
    /// Whether it is a cohort or a relation of one. One recorded cohort may stand for many independent members.
    async fn cohort(&self) -> bool {
        self.row.cohort
    }
    /// Number of sources that support it, among those that pass the evidence filter. A single source may be wrong.
    async fn source_count(&self) -> i32 {
        int(self.row.source_count)
    }
    /// Limit because of which `value` may not be exact. Null if it is exact. If the work ended before this row was fully tested,
    /// `value` is the maximum that it may be.
    async fn truncated_by(&self) -> Option<TruncationReason> {
        self.row.criticality.truncated
    }
}

/// Result of a trace or flow without part of its evidence.
#[derive(SimpleObject)]
pub(in crate::graphql) struct RobustnessRow {
    /// Evidence that is left out: `SELF_REPORTED`, `IMPLIED` or the id of a source.
    without: String,
    /// Whether the result holds. For a trace: at least one path remains. For a flow: the new bounds of the total lie within the old
    /// ones.
    holds: bool,
    /// Number of paths that remain. Null for a flow.
    path_count: Option<PathCount>,
    /// Total without the evidence. Null for a trace.
    total: Option<FlowAmount>,
    /// Number of relations that are lost. For a trace: relations that were on a path and are no longer on any. For a flow: relations
    /// that no longer count or whose amount becomes unknown.
    lost: i32,
    /// Limit because of which the row may not be exact. Null if it is exact.
    truncated_by: Option<TruncationReason>,
}

impl RobustnessRow {
    /// Creates a row. `unit` is the unit of the total of a flow.
    pub(in crate::graphql) fn new(row: service::RobustnessRow, unit: Option<&Unit>) -> Self {
        Self {
            total: row
                .total
                .zip(unit)
                .map(|(total, unit)| FlowAmount::new(total, unit)),
            without: row.without,
            holds: row.holds,
            path_count: row.path_count.map(PathCount::from),
            lost: int(row.lost),
            truncated_by: row.truncated,
        }
    }
}
