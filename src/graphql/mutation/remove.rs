//! Deleting.

use async_graphql::{Context, ID};

use super::{check_size, refused, terms, upsert};
use crate::graphql::errors::{Failure, Result};
use crate::graphql::inputs::write::{Place, Reading, StatementMatchInput};
use crate::graphql::schema::{Done, asker};
use crate::graphql::types::written::DeleteResult;
use crate::model::change::Revision;
use crate::model::id::SourceId;
use crate::service::ServiceError;
use crate::service::write::{Deletion, DeletionKind, DeletionSummary, Problem, Retraction, WriteOutcome};

/// How far a deletion goes.
#[derive(Clone, Copy, Default)]
pub(super) struct DeleteOptions {
    pub(super) cascade: bool,
    pub(super) dry_run: bool,
}

/// Statements that are asked to go.
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
    let asker = asker(ctx);
    if let Some(Done::Removed(done)) = asker.done(ctx)? {
        return Ok(done);
    }
    check_size(ctx, "ids", ids.len())?;
    let places: Vec<Place> = (0..ids.len())
        .map(|index| Place::of_id(format!("ids[{index}]")))
        .collect();
    let removal = Deletion {
        kind,
        ids: ids.iter().map(|id| id.to_string()).collect(),
        cascade: how.cascade,
        dry_run: how.dry_run,
        terms: terms(asker, if_revision)?,
    };
    finish(ctx, asker.service.delete(removal).await, |problems| {
        refused(problems, &places)
    })
    .await
}

/// Deletes statements on a record.
pub(super) async fn statements(
    ctx: &Context<'_>,
    asked: StatementSelection,
    how: DeleteOptions,
    if_revision: Option<String>,
) -> Result<DeleteResult> {
    let asker = asker(ctx);
    if let Some(Done::Removed(done)) = asker.done(ctx)? {
        return Ok(done);
    }
    asker.service.check_role(asker.session.principal())?;
    check_size(ctx, "statements", asked.statements.len())?;
    let named = asked.dataset_id.map(|id| ("datasetId".to_string(), id));
    let dataset = upsert::dataset(asker, named).await?;
    let mut reading = Reading::default();
    let subject = reading.parse(|| "subjectId".to_string(), &asked.subject_id, SourceId::parse);
    let (mut matches, mut places) = (Vec::new(), Vec::new());
    for (index, one) in asked.statements.into_iter().enumerate() {
        let path = format!("statements[{index}]");
        matches.extend(one.read(&mut reading, &path));
        places.push(Place::of_id(path));
    }
    let Some(subject) = subject.filter(|_| reading.faults.is_empty()) else {
        return Err(upsert::refusal(&[], &reading.faults));
    };
    let retraction = Retraction {
        dataset: dataset.id,
        subject: subject.to_string(),
        matches,
        cascade: how.cascade,
        dry_run: how.dry_run,
        terms: terms(asker, if_revision)?,
    };
    finish(ctx, asker.service.retract(retraction).await, |problems| {
        refused(problems, &places)
    })
    .await
}

async fn finish(
    ctx: &Context<'_>,
    written: std::result::Result<WriteOutcome<(DeletionSummary, Revision)>, ServiceError>,
    refused: impl FnOnce(&[Problem]) -> Failure,
) -> Result<DeleteResult> {
    let asker = asker(ctx);
    let done = match written {
        Ok(WriteOutcome::Done((removed, revision))) => Ok(DeleteResult { removed, revision }),
        Ok(WriteOutcome::Refused(problems)) => Err(refused(&problems)),
        Err(error) => Err(error.into()),
    };
    asker.note(ctx, done.clone().map(Done::Removed));
    let done = done?;
    asker.renew().await?;
    Ok(done)
}
