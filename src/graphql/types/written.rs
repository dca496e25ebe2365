//! What came of a write, read again at the revision that it made.

use async_graphql::{Context, ID, Object};

use super::entity::Record;
use super::kinds::{Entity, Node};
use crate::graphql::errors::{Failure, Result};
use crate::graphql::query::node;
use crate::graphql::scalars::int;
use crate::graphql::schema::asker;
use crate::model::change::Revision;
use crate::model::id::EntityId;
use crate::service::write::{DeletionSummary, EntityMergeSummary, UpsertSummary};

/// What came of an upsert.
#[derive(Clone, Debug)]
pub(in crate::graphql) struct UpsertResult {
    pub(in crate::graphql) done: UpsertSummary,
    /// What was sent, in its order.
    pub(in crate::graphql) ids: Vec<String>,
}

/// What came of an upsert. What stood so already is `unchanged`, and makes no revision.
#[Object]
impl UpsertResult {
    /// How many records are new.
    async fn created(&self) -> i32 {
        int(self.done.created)
    }
    /// How many are another now, or have other evidence.
    async fn updated(&self) -> i32 {
        int(self.done.updated)
    }
    /// How many stand as they stood.
    async fn unchanged(&self) -> i32 {
        int(self.done.unchanged)
    }
    /// The records as they are now, in the order in which they were sent.
    async fn nodes(&self, ctx: &Context<'_>) -> Result<Vec<Node>> {
        asker(ctx).spend_rows(self.ids.len())?;
        let found = self.ids.iter().map(|id| node::find(ctx, id));
        let found = async_graphql::futures_util::future::try_join_all(found).await?;
        Ok(found.into_iter().flatten().collect())
    }
    /// The revision of the graph afterwards.
    async fn revision(&self) -> String {
        self.done.revision.to_string()
    }
}

/// What came of a deletion.
#[derive(Clone, Debug)]
pub(in crate::graphql) struct DeleteResult {
    pub(in crate::graphql) removed: DeletionSummary,
    pub(in crate::graphql) revision: Revision,
}

/// What came of a deletion.
#[Object]
impl DeleteResult {
    /// How many entities are gone.
    async fn deleted_entities(&self) -> i32 {
        int(self.removed.entities)
    }
    /// How many relations.
    async fn deleted_relations(&self) -> i32 {
        int(self.removed.relations)
    }
    /// How many observations.
    async fn deleted_observations(&self) -> i32 {
        int(self.removed.observations)
    }
    /// How many rules.
    async fn deleted_rules(&self) -> i32 {
        int(self.removed.rules)
    }
    /// How many sources.
    async fn deleted_sources(&self) -> i32 {
        int(self.removed.sources)
    }
    /// How many data sets.
    async fn deleted_datasets(&self) -> i32 {
        int(self.removed.datasets)
    }
    /// How many statements were taken from records that stay. Those of records that are gone are not among them.
    async fn deleted_statements(&self) -> i32 {
        int(self.removed.statements)
    }
    /// The ids of what is gone: data sets first, then rules, observations, relations, entities and sources; at most 1000.
    async fn deleted_ids(&self) -> Vec<ID> {
        self.removed.ids.iter().map(|id| ID(id.clone())).collect()
    }
    /// How many records stay and are another: they lost statements, a programme that they fell under, or a data set that lists them.
    async fn changed_records(&self) -> i32 {
        int(self.removed.changed)
    }
    /// Their ids; at most 1000.
    async fn changed_ids(&self) -> Vec<ID> {
        self.removed.changed_ids.iter().map(|id| ID(id.clone())).collect()
    }
    /// The ids sent of which nothing was left to delete: they were deleted already, or are former ids of what was.
    async fn absent_ids(&self) -> Vec<ID> {
        self.removed.absent.iter().map(|id| ID(id.clone())).collect()
    }
    /// The revision of the graph afterwards.
    async fn revision(&self) -> String {
        self.revision.to_string()
    }
}

/// What came of a merger.
#[derive(Clone, Debug)]
pub(in crate::graphql) struct MergeResult {
    pub(in crate::graphql) kept: EntityId,
    pub(in crate::graphql) merged: EntityMergeSummary,
    pub(in crate::graphql) revision: Revision,
}

/// What came of a merger.
#[Object]
impl MergeResult {
    /// The entity kept, as it is now.
    async fn entity(&self, ctx: &Context<'_>) -> Result<Entity> {
        let record = Record::load(ctx, &self.kept, None).await?;
        let gone = || Failure::fault("the entity kept by a merger is gone");
        Ok(Entity::from(record.ok_or_else(gone)?))
    }
    /// The ids that lead to it from now on; those that did already are not among them.
    async fn merged_ids(&self) -> Vec<ID> {
        self.merged.ids.iter().map(|id| ID(id.to_string())).collect()
    }
    /// How many relations began or ended at one of the others, or fell under it. One that then says what another says is
    /// part of that one now.
    async fn relations_moved(&self) -> i32 {
        int(self.merged.relations_moved)
    }
    /// The revision of the graph afterwards.
    async fn revision(&self) -> String {
        self.revision.to_string()
    }
}
