//! Results of mutations. The records in a result are read at the revision of its write.

use async_graphql::{Context, ID, Object};

use super::entity::EntityAtDate;
use super::kinds::{Entity, Node};
use super::node::find_node;
use crate::graphql::errors::{Failure, Result};
use crate::graphql::request_context::request_context;
use crate::graphql::scalars::int;
use crate::model::change::Revision;
use crate::model::id::EntityId;
use crate::service::write::{DeletionSummary, EntityMergeSummary, UpsertSummary};

/// The result of an upsert.
#[derive(Clone, Debug)]
pub(in crate::graphql) struct UpsertResult {
    pub(in crate::graphql) done: UpsertSummary,
    /// The ids of the records, in the order of the input.
    pub(in crate::graphql) ids: Vec<String>,
}

/// Result of an upsert. Records that are already stored with the same content are `unchanged`; a write that changes nothing makes no
/// revision.
#[Object]
impl UpsertResult {
    /// Number of new records.
    async fn created(&self) -> i32 {
        int(self.done.created)
    }
    /// Number of records whose content or evidence changed.
    async fn updated(&self) -> i32 {
        int(self.done.updated)
    }
    /// Number of unchanged records.
    async fn unchanged(&self) -> i32 {
        int(self.done.unchanged)
    }
    /// Records after the write, in the order of the input.
    async fn nodes(&self, ctx: &Context<'_>) -> Result<Vec<Node>> {
        request_context(ctx).spend_rows(self.ids.len())?;
        let reads = self.ids.iter().map(|id| find_node(ctx, id));
        let found = async_graphql::futures_util::future::try_join_all(reads).await?;
        Ok(found.into_iter().flatten().collect())
    }
    /// Revision of the graph after the write.
    async fn revision(&self) -> String {
        self.done.revision.to_string()
    }
}

/// The result of a deletion.
#[derive(Clone, Debug)]
pub(in crate::graphql) struct DeleteResult {
    pub(in crate::graphql) removed: DeletionSummary,
    pub(in crate::graphql) revision: Revision,
}

/// Result of a deletion.
#[Object]
impl DeleteResult {
    /// Number of deleted entities.
    async fn deleted_entities(&self) -> i32 {
        int(self.removed.entities)
    }
    /// Number of deleted relations.
    async fn deleted_relations(&self) -> i32 {
        int(self.removed.relations)
    }
    /// Number of deleted observations.
    async fn deleted_observations(&self) -> i32 {
        int(self.removed.observations)
    }
    /// Number of deleted rules.
    async fn deleted_rules(&self) -> i32 {
        int(self.removed.rules)
    }
    /// Number of deleted sources.
    async fn deleted_sources(&self) -> i32 {
        int(self.removed.sources)
    }
    /// Number of deleted data sets.
    async fn deleted_datasets(&self) -> i32 {
        int(self.removed.datasets)
    }
    /// Number of statements deleted from records that remain. Statements of deleted records do not count.
    async fn deleted_statements(&self) -> i32 {
        int(self.removed.statements)
    }
    /// Ids of everything that was deleted: data sets first, then rules, observations, relations, entities and sources; at most 1000.
    async fn deleted_ids(&self) -> Vec<ID> {
        self.removed.ids.iter().map(|id| ID(id.clone())).collect()
    }
    /// Number of records that remain and changed: they lost statements, a program under which they fell, or a data set that lists
    /// them.
    async fn changed_records(&self) -> i32 {
        int(self.removed.changed)
    }
    /// Ids of the changed records; at most 1000.
    async fn changed_ids(&self) -> Vec<ID> {
        self.removed.changed_ids.iter().map(|id| ID(id.clone())).collect()
    }
    /// Ids of the input for which there was nothing to delete: they were already deleted, or are former ids of deleted entities.
    async fn absent_ids(&self) -> Vec<ID> {
        self.removed.absent.iter().map(|id| ID(id.clone())).collect()
    }
    /// Revision of the graph after the write.
    async fn revision(&self) -> String {
        self.revision.to_string()
    }
}

/// The result of merging entities.
#[derive(Clone, Debug)]
pub(in crate::graphql) struct MergeResult {
    /// The entity that remains.
    pub(in crate::graphql) kept: EntityId,
    /// The entities that were merged into it, and what moved with them.
    pub(in crate::graphql) merged: EntityMergeSummary,
    pub(in crate::graphql) revision: Revision,
}

/// Result of merging entities.
#[Object]
impl MergeResult {
    /// Entity that remains, after the merge.
    async fn entity(&self, ctx: &Context<'_>) -> Result<Entity> {
        let record = EntityAtDate::load(ctx, &self.kept, None).await?;
        let missing = || Failure::internal("the entity that remains after a merge does not exist");
        Ok(Entity::from(record.ok_or_else(missing)?))
    }
    /// Ids that redirect to the entity from now on, without those that already did.
    async fn merged_ids(&self) -> Vec<ID> {
        self.merged.ids.iter().map(|id| ID(id.to_string())).collect()
    }
    /// Number of relations that started or ended at one of the merged entities, or fell under it. A relation that is then identical to
    /// another is combined with it.
    async fn relations_moved(&self) -> i32 {
        int(self.merged.relations_moved)
    }
    /// Revision of the graph after the write.
    async fn revision(&self) -> String {
        self.revision.to_string()
    }
}
