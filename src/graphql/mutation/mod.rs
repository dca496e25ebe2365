//! The fields of `Mutation`. Each parses its input, lets the service write all of it or nothing, and reads
//! its response at the revision of that write.
//!
//! The doc comments in `impl Mutation` are descriptions of the schema.

mod checks;
mod dataset;
mod delete;
mod merge;
mod rejection;
mod upsert;

use async_graphql::{Context, ID, Object};

use super::errors::Result;
use super::inputs::write::{
    DatasetInput, DraftLocation, EntityInput, InputReader, ObservationInput, RelationInput, RuleInput,
    SourceInput, StatementInput, StatementMatchInput, item_indexes,
};
use super::types::write_result::{DeleteResult, MergeResult, UpsertResult};
use crate::model::id::SourceId;
use crate::service::write::{DeletionKind, Draft};
use delete::{DeleteOptions, StatementSelection};

/// The fields of `Mutation`.
pub(super) struct Mutation;

/// Write access to the graph. Each field is executed completely or not at all, and reports all its problems at once
/// (`extensions.problems`, each with its input path). Fields are executed one after the other; if one fails, those
/// after it are not executed. Requires role editor or above.
#[Object]
impl Mutation {
    /// Creates or replaces the record of a data set. Requires role admin.
    async fn upsert_dataset(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Record of the data set.")] input: DatasetInput,
        #[graphql(
            desc = "Expected revision of the graph; at another one the write is rejected (CONFLICT), unless it changes nothing."
        )]
        if_revision: Option<String>,
    ) -> Result<UpsertResult> {
        dataset::upsert(ctx, input, if_revision).await
    }

    /// Creates or replaces sources.
    async fn upsert_sources(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Sources to write.")] input: Vec<SourceInput>,
        #[graphql(
            desc = "Expected revision of the graph; at another one the write is rejected (CONFLICT), unless it changes nothing."
        )]
        if_revision: Option<String>,
    ) -> Result<UpsertResult> {
        upsert::records(ctx, input, if_revision).await
    }

    /// Creates or replaces entities, each as a whole and with its evidence. An entity with the id of a merged
    /// one adds its data to the entity that one was merged into.
    async fn upsert_entities(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Entities to write.")] input: Vec<EntityInput>,
        #[graphql(
            desc = "Expected revision of the graph; at another one the write is rejected (CONFLICT), unless it changes nothing."
        )]
        if_revision: Option<String>,
    ) -> Result<UpsertResult> {
        upsert::records(ctx, input, if_revision).await
    }

    /// Creates or replaces relations, each as a whole and with its evidence.
    async fn upsert_relations(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Relations to write.")] input: Vec<RelationInput>,
        #[graphql(
            desc = "Expected revision of the graph; at another one the write is rejected (CONFLICT), unless it changes nothing."
        )]
        if_revision: Option<String>,
    ) -> Result<UpsertResult> {
        upsert::records(ctx, input, if_revision).await
    }

    /// Creates or replaces observations, each as a whole and with its evidence.
    async fn upsert_observations(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Observations to write.")] input: Vec<ObservationInput>,
        #[graphql(
            desc = "Expected revision of the graph; at another one the write is rejected (CONFLICT), unless it changes nothing."
        )]
        if_revision: Option<String>,
    ) -> Result<UpsertResult> {
        upsert::records(ctx, input, if_revision).await
    }

    /// Creates or replaces rules, each as a whole and with its evidence.
    async fn upsert_rules(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Rules to write.")] input: Vec<RuleInput>,
        #[graphql(
            desc = "Expected revision of the graph; at another one the write is rejected (CONFLICT), unless it changes nothing."
        )]
        if_revision: Option<String>,
    ) -> Result<UpsertResult> {
        upsert::records(ctx, input, if_revision).await
    }

    /// Adds evidence to a record, whichever data set states it. Amounts that differ are combined into the
    /// smallest range that contains them all, and the quantity is `contested`; an amount of rank PREFERRED
    /// counts alone.
    async fn add_statements(
        &self,
        ctx: &Context<'_>,
        #[graphql(
            desc = "Id of the record that they are about: an entity, a relation, an observation or a rule."
        )]
        subject_id: ID,
        #[graphql(desc = "Statements to add.")] statements: Vec<StatementInput>,
        #[graphql(
            desc = "Id of the data set that states them. Default: the only one that the key is for, or the only one there is."
        )]
        dataset_id: Option<ID>,
        #[graphql(
            desc = "Expected revision of the graph; at another one the write is rejected (CONFLICT), unless it changes nothing."
        )]
        if_revision: Option<String>,
    ) -> Result<UpsertResult> {
        let batch = upsert::partial_batch(ctx);
        let mut reader = InputReader::new(batch);
        // The ids of all records have the form of a source id, whatever the record is; the service looks it up.
        let subject = reader.parse(|| "subjectId".to_string(), &subject_id, SourceId::parse);
        // In a partial batch `statements` lacks the invalid items; the batch has the indexes of the others.
        for (index, statement) in item_indexes(batch).zip(statements) {
            let path = format!("statements[{index}]");
            let statement = statement.read(&mut reader, &path);
            if let Some((subject, statement)) = subject.as_ref().zip(statement) {
                let subject = subject.to_string();
                reader.drafts.push(Draft::Statement { subject, statement });
                reader.locations.push(DraftLocation::for_statement(path));
            }
        }
        let dataset = dataset_id.map(|id| ("datasetId".to_string(), id));
        upsert::drafts(ctx, reader, dataset, vec![subject_id.to_string()], if_revision).await
    }

    /// Deletes entities. Records that refer to an entity prevent its deletion unless `cascade` is true: then
    /// its relations, observations and rules are deleted too, and relations that only fall under it are kept
    /// without it.
    async fn delete_entities(
        &self,
        ctx: &Context<'_>,
        #[graphql(
            desc = "Ids of the entities. An id that was deleted already has no effect; one that never existed is rejected (NOT_FOUND)."
        )]
        ids: Vec<ID>,
        #[graphql(desc = "Whether to also delete records that refer to them.", default)] cascade: bool,
        #[graphql(
            desc = "Whether to report what would be deleted without deleting it.",
            default
        )]
        dry_run: bool,
        #[graphql(
            desc = "Expected revision of the graph; at another one the write is rejected (CONFLICT), unless it changes nothing."
        )]
        if_revision: Option<String>,
    ) -> Result<DeleteResult> {
        delete::records(
            ctx,
            DeletionKind::Entity,
            &ids,
            DeleteOptions { cascade, dry_run },
            if_revision,
        )
        .await
    }

    /// Deletes relations.
    async fn delete_relations(
        &self,
        ctx: &Context<'_>,
        #[graphql(
            desc = "Ids of the relations. An id that was deleted already has no effect; one that never existed is rejected (NOT_FOUND)."
        )]
        ids: Vec<ID>,
        #[graphql(
            desc = "Expected revision of the graph; at another one the write is rejected (CONFLICT), unless it changes nothing."
        )]
        if_revision: Option<String>,
    ) -> Result<DeleteResult> {
        delete::records(
            ctx,
            DeletionKind::Relation,
            &ids,
            DeleteOptions::default(),
            if_revision,
        )
        .await
    }

    /// Deletes observations.
    async fn delete_observations(
        &self,
        ctx: &Context<'_>,
        #[graphql(
            desc = "Ids of the observations. An id that was deleted already has no effect; one that never existed is rejected (NOT_FOUND)."
        )]
        ids: Vec<ID>,
        #[graphql(
            desc = "Expected revision of the graph; at another one the write is rejected (CONFLICT), unless it changes nothing."
        )]
        if_revision: Option<String>,
    ) -> Result<DeleteResult> {
        delete::records(
            ctx,
            DeletionKind::Observation,
            &ids,
            DeleteOptions::default(),
            if_revision,
        )
        .await
    }

    /// Deletes rules.
    async fn delete_rules(
        &self,
        ctx: &Context<'_>,
        #[graphql(
            desc = "Ids of the rules. An id that was deleted already has no effect; one that never existed is rejected (NOT_FOUND)."
        )]
        ids: Vec<ID>,
        #[graphql(
            desc = "Expected revision of the graph; at another one the write is rejected (CONFLICT), unless it changes nothing."
        )]
        if_revision: Option<String>,
    ) -> Result<DeleteResult> {
        delete::records(
            ctx,
            DeletionKind::Rule,
            &ids,
            DeleteOptions::default(),
            if_revision,
        )
        .await
    }

    /// Deletes sources. A statement that cites a source prevents its deletion unless `cascade` is true: then
    /// the statements that cite it are deleted too, and so is every record that no statement states as a
    /// whole any more, with everything that refers to it.
    async fn delete_sources(
        &self,
        ctx: &Context<'_>,
        #[graphql(
            desc = "Ids of the sources. An id that was deleted already has no effect; one that never existed is rejected (NOT_FOUND)."
        )]
        ids: Vec<ID>,
        #[graphql(desc = "Whether to also delete the statements that cite them.", default)] cascade: bool,
        #[graphql(
            desc = "Whether to report what would be deleted without deleting it.",
            default
        )]
        dry_run: bool,
        #[graphql(
            desc = "Expected revision of the graph; at another one the write is rejected (CONFLICT), unless it changes nothing."
        )]
        if_revision: Option<String>,
    ) -> Result<DeleteResult> {
        delete::records(
            ctx,
            DeletionKind::Source,
            &ids,
            DeleteOptions { cascade, dry_run },
            if_revision,
        )
        .await
    }

    /// Deletes data sets: their own records, their statements, and the records that no other data set has a
    /// row for. A record that other data sets state too is kept with their statements. A reference to a
    /// record that would be deleted prevents the deletion of the data set unless `cascade` is true. Importing
    /// the data set again restores it. Requires role admin.
    async fn delete_datasets(
        &self,
        ctx: &Context<'_>,
        #[graphql(
            desc = "Ids of the data sets. An id that was deleted already has no effect; one that never existed is rejected (NOT_FOUND)."
        )]
        ids: Vec<ID>,
        #[graphql(
            desc = "Whether to also delete records of other data sets that refer to deleted records.",
            default
        )]
        cascade: bool,
        #[graphql(
            desc = "Whether to report what would be deleted without deleting it.",
            default
        )]
        dry_run: bool,
        #[graphql(
            desc = "Expected revision of the graph; at another one the write is rejected (CONFLICT), unless it changes nothing."
        )]
        if_revision: Option<String>,
    ) -> Result<DeleteResult> {
        delete::records(
            ctx,
            DeletionKind::Dataset,
            &ids,
            DeleteOptions { cascade, dry_run },
            if_revision,
        )
        .await
    }

    /// Deletes statements of one data set about one record. The last statement about the record as a whole
    /// can only be deleted with `cascade`: then the record is deleted too, with everything that refers to it.
    #[expect(clippy::too_many_arguments, reason = "the arguments of the field")]
    async fn delete_statements(
        &self,
        ctx: &Context<'_>,
        #[graphql(
            desc = "Id of the record that they are about: an entity, a relation, an observation or a rule."
        )]
        subject_id: ID,
        #[graphql(desc = "Selections of statements, each of which selects all that match it.")]
        statements: Vec<StatementMatchInput>,
        #[graphql(
            desc = "Id of the data set that states them. Default: the only one that the key is for, or the only one there is."
        )]
        dataset_id: Option<ID>,
        #[graphql(
            desc = "Whether to also delete the record if nothing states it any more.",
            default
        )]
        cascade: bool,
        #[graphql(
            desc = "Whether to report what would be deleted without deleting it.",
            default
        )]
        dry_run: bool,
        #[graphql(
            desc = "Expected revision of the graph; at another one the write is rejected (CONFLICT), unless it changes nothing."
        )]
        if_revision: Option<String>,
    ) -> Result<DeleteResult> {
        let selection = StatementSelection {
            subject_id,
            statements,
            dataset_id,
        };
        delete::statements(ctx, selection, DeleteOptions { cascade, dry_run }, if_revision).await
    }

    /// Merges several entities into one. References to the others then point to the entity that is kept,
    /// duplicate statements are combined, and the old ids lead to it permanently.
    async fn merge_entities(
        &self,
        ctx: &Context<'_>,
        #[graphql(
            desc = "Id of the entity to keep; the id of a merged entity stands for the entity it was merged into."
        )]
        keep: ID,
        #[graphql(
            desc = "Ids of the entities to merge into it, of the same kind. Ids merged into them earlier lead to it too."
        )]
        merge: Vec<ID>,
        #[graphql(
            desc = "Expected revision of the graph; at another one the write is rejected (CONFLICT), unless it changes nothing."
        )]
        if_revision: Option<String>,
    ) -> Result<MergeResult> {
        merge::entities(ctx, &keep, &merge, if_revision).await
    }
}
