//! The deletions among the fields of `Mutation`: of records, sources, data sets and statements.

use async_graphql::{Context, ID};

use super::checks::{check_size, terms};
use super::rejection::{rejection, rejection_of_drafts};
use super::upsert;
use crate::graphql::errors::Result;
use crate::graphql::inputs::write::{DraftLocation, InputReader, StatementMatchInput};
use crate::graphql::request_context::request_context;
use crate::graphql::types::write_result::DeleteResult;
use crate::model::change::Revision;
use crate::model::id::SourceId;
use crate::service::ServiceError;
use crate::service::write::{Deletion, DeletionKind, DeletionSummary, Retraction, WriteOutcome};

/// Options of a deletion.
#[derive(Clone, Copy, Default)]
pub(super) struct DeleteOptions {
    /// Whether to also delete what refers to the deleted.
    pub(super) cascade: bool,
    /// Whether to report what would be deleted without deleting it.
    pub(super) dry_run: bool,
}

/// The statements to delete: those of one data set about one record that match.
pub(super) struct StatementSelection {
    pub(super) subject_id: ID,
    pub(super) statements: Vec<StatementMatchInput>,
    pub(super) dataset_id: Option<ID>,
}

/// Deletes records, sources or data sets.
pub(super) async fn records(
    ctx: &Context<'_>,
    kind: DeletionKind,
    ids: &[ID],
    options: DeleteOptions,
    if_revision: Option<String>,
) -> Result<DeleteResult> {
    let context = request_context(ctx);
    // A request that is executed again after a stale read does not repeat its writes.
    if let Some(done) = context.previous_write(ctx)? {
        return Ok(done);
    }
    check_size(ctx, "ids", ids.len())?;
    let locations: Vec<DraftLocation> = (0..ids.len())
        .map(|index| DraftLocation::for_id(format!("ids[{index}]")))
        .collect();
    let deletion = Deletion {
        kind,
        ids: ids.iter().map(|id| id.to_string()).collect(),
        cascade: options.cascade,
        dry_run: options.dry_run,
        terms: terms(context, if_revision)?,
    };
    finish(ctx, context.service.delete(deletion).await, &locations).await
}

/// Deletes statements about a record.
pub(super) async fn statements(
    ctx: &Context<'_>,
    selection: StatementSelection,
    options: DeleteOptions,
    if_revision: Option<String>,
) -> Result<DeleteResult> {
    let context = request_context(ctx);
    // A request that is executed again after a stale read does not repeat its writes.
    if let Some(done) = context.previous_write(ctx)? {
        return Ok(done);
    }
    context.service.check_role(context.session.principal())?;
    check_size(ctx, "statements", selection.statements.len())?;
    let dataset_id = selection.dataset_id.map(|id| ("datasetId".to_string(), id));
    let dataset = upsert::dataset(context, dataset_id).await?;
    let mut reader = InputReader::default();
    // The ids of all records have the form of a source id, whatever the record is; the service looks it up.
    let subject = reader.parse(|| "subjectId".to_string(), &selection.subject_id, SourceId::parse);
    let (mut matches, mut locations) = (Vec::new(), Vec::new());
    for (index, statement_match) in selection.statements.into_iter().enumerate() {
        let path = format!("statements[{index}]");
        matches.extend(statement_match.read(&mut reader, &path));
        locations.push(DraftLocation::for_id(path));
    }
    let Some(subject) = subject.filter(|_| reader.problems.is_empty()) else {
        return Err(rejection(&[], &reader.problems));
    };
    let retraction = Retraction {
        dataset: dataset.id,
        subject: subject.to_string(),
        matches,
        cascade: options.cascade,
        dry_run: options.dry_run,
        terms: terms(context, if_revision)?,
    };
    finish(ctx, context.service.retract(retraction).await, &locations).await
}

/// The response to a deletion, which is noted as the write of this field; the fields after it read at its revision.
async fn finish(
    ctx: &Context<'_>,
    outcome: std::result::Result<WriteOutcome<(DeletionSummary, Revision)>, ServiceError>,
    locations: &[DraftLocation],
) -> Result<DeleteResult> {
    let context = request_context(ctx);
    let done = match outcome {
        Ok(WriteOutcome::Done((removed, revision))) => Ok(DeleteResult { removed, revision }),
        Ok(WriteOutcome::Refused(problems)) => Err(rejection_of_drafts(&problems, locations)),
        Err(error) => Err(error.into()),
    };
    context.finish_write(ctx, done).await
}
