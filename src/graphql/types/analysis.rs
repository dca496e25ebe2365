//! What hangs on what in a trace: criticality and robustness.

use async_graphql::{Context, Object, SimpleObject};

use super::entity::Record;
use super::flow::FlowAmount;
use super::kinds::Entity;
use super::relation::Relation;
use super::trace::PathCount;
use crate::graphql::errors::Result;
use crate::graphql::scalars::{float, int};
use crate::model::quantity::Unit;
use crate::model::selector::AsOf;
use crate::model::walk::TruncationReason;
use crate::service::{self, Part};

/// How much hangs on one entity or relation.
pub(in crate::graphql) struct Criticality {
    pub(in crate::graphql) row: service::CriticalityRow,
    pub(in crate::graphql) at: AsOf,
}

/// How much of a trace hangs on one entity or relation. It describes the record: who is not recorded may stand in.
#[Object]
impl Criticality {
    /// The entity; null where it is a relation.
    async fn entity(&self, ctx: &Context<'_>) -> Result<Option<Entity>> {
        match &self.row.found.part {
            Part::Entity(id) => Ok(Some(Record::entity(ctx, id, self.at).await?)),
            Part::Relation(_) => Ok(None),
        }
    }
    /// The relation; null where it is an entity.
    async fn relation(&self, ctx: &Context<'_>) -> Result<Option<Relation>> {
        match &self.row.found.part {
            Part::Entity(_) => Ok(None),
            Part::Relation(id) => Relation::load(ctx, id, self.at).await,
        }
    }
    /// The part of the joined pairs of source and target that no path joins without it: 0 to 1.
    async fn value(&self) -> f64 {
        float(self.row.found.value())
    }
    /// Whether it lies on every path.
    async fn single_point(&self) -> bool {
        self.row.found.is_single_point()
    }
    /// Whether it is a cohort, or a relation with one at an end: then many may stand where one is recorded.
    async fn cohort(&self) -> bool {
        self.row.cohort
    }
    /// How many sources support it, of those that pass the evidence filter. One alone may be wrong.
    async fn source_count(&self) -> i32 {
        int(self.row.source_count)
    }
    /// Why `value` may be another; null where it is exact. Where the work ended before it was tried to the end, `value` is the
    /// most that it may be.
    async fn truncated_by(&self) -> Option<TruncationReason> {
        self.row.found.truncated
    }
}

/// What becomes of an answer where some evidence counts no more.
#[derive(SimpleObject)]
pub(in crate::graphql) struct RobustnessRow {
    /// Without what: `SELF_REPORTED`, `IMPLIED`, or the key of a source.
    without: String,
    /// Whether the answer stands: a path remains; of a flow, the new bounds of its total lie within the old.
    holds: bool,
    /// How many paths remain; null for a flow.
    path_count: Option<PathCount>,
    /// What the total is then; null for a trace.
    total: Option<FlowAmount>,
    /// How many relations that lay on a path lie on none any more; of a flow, how many that counted are out, or their amounts in doubt.
    lost: i32,
    /// Why that may be otherwise; null where it is exact.
    truncated_by: Option<TruncationReason>,
}

impl RobustnessRow {
    /// A row; of a flow, with the unit of its total.
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
