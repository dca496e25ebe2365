//! Deletes records, sources, data sets and statements.

use async_graphql::{Context, ID};

use super::checks::{check_size, terms};
use super::rejection::{rejection, rejection_of_drafts};
use super::upsert;
use crate::graphql::errors::{Failure, Result};
use crate::graphql::inputs::write::{DraftLocation, InputReader, StatementMatchInput};
use crate::graphql::schema::{WriteResult, request_context};
use crate::graphql::types::write_result::DeleteResult;
use crate::model::change::Revision;
use crate::model::id::SourceId;
use crate::service::ServiceError;
use crate::service::write::{
    Deletion, DeletionKind, DeletionSummary, Retraction, WriteOutcome, WriteProblem,
};

/// Options of a deletion.
#[derive(Clone, Copy, Default)]
pub(super) struct DeleteOptions {
    pub(super) cascade: bool,
    pub(super) dry_run: bool,
}

/// The statements to delete.
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
    how: DeleteOptions,
    if_revision: Option<String>,
) -> Result<DeleteResult> {
    let context = request_context(ctx);
    if let Some(WriteResult::Delete(done)) = context.previous_write(ctx)? {
        return Ok(done);
    }
    check_size(ctx, "ids", ids.len())?;
    let locations: Vec<DraftLocation> = (0..ids.len())
        .map(|index| DraftLocation::for_id(format!("ids[{index}]")))
        .collect();
    let deletion = Deletion {
        kind,
        ids: ids.iter().map(|id| id.to_string()).collect(),
        cascade: how.cascade,
        dry_run: how.dry_run,
        terms: terms(context, if_revision)?,
    };
    finish(ctx, context.service.delete(deletion).await, |problems| {
        rejection_of_drafts(problems, &locations)
    })
    .await
}

/// Deletes statements about a record.
pub(super) async fn statements(
    ctx: &Context<'_>,
    selection: StatementSelection,
    how: DeleteOptions,
    if_revision: Option<String>,
) -> Result<DeleteResult> {
    let context = request_context(ctx);
    if let Some(WriteResult::Delete(done)) = context.previous_write(ctx)? {
        return Ok(done);
    }
    context.service.check_role(context.session.principal())?;
    check_size(ctx, "statements", selection.statements.len())?;
    let named = selection.dataset_id.map(|id| ("datasetId".to_string(), id));
    let dataset = upsert::dataset(context, named).await?;
    let mut reader = InputReader::default();
    let subject = reader.parse(|| "subjectId".to_string(), &selection.subject_id, SourceId::parse);
    let (mut matches, mut locations) = (Vec::new(), Vec::new());
    for (index, one) in selection.statements.into_iter().enumerate() {
        let path = format!("statements[{index}]");
        matches.extend(one.read(&mut reader, &path));
        locations.push(DraftLocation::for_id(path));
    }
    let Some(subject) = subject.filter(|_| reader.problems.is_empty()) else {
        return Err(rejection(&[], &reader.problems));
    };
    let retraction = Retraction {
        dataset: dataset.id,
        subject: subject.to_string(),
        matches,
        cascade: how.cascade,
        dry_run: how.dry_run,
        terms: terms(context, if_revision)?,
    };
    finish(ctx, context.service.retract(retraction).await, |problems| {
        rejection_of_drafts(problems, &locations)
    })
    .await
}

async fn finish(
    ctx: &Context<'_>,
    written: std::result::Result<WriteOutcome<(DeletionSummary, Revision)>, ServiceError>,
    rejection: impl FnOnce(&[WriteProblem]) -> Failure,
) -> Result<DeleteResult> {
    let context = request_context(ctx);
    let done = match written {
        Ok(WriteOutcome::Done((removed, revision))) => Ok(DeleteResult { removed, revision }),
        Ok(WriteOutcome::Refused(problems)) => Err(rejection(&problems)),
        Err(error) => Err(error.into()),
    };
    context.record_write(ctx, done.clone().map(WriteResult::Delete));
    let done = done?;
    context.advance().await?;
    Ok(done)
}
