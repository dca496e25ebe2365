//! Writing a data set's own record.

use std::collections::HashSet;

use async_graphql::Context;

use super::{terms, upsert};
use crate::graphql::errors::Result;
use crate::graphql::inputs::write::{DatasetInput, Reading};
use crate::graphql::schema::{Done, asker};
use crate::graphql::types::written::UpsertResult;
use crate::service::write::{Batch, Mode, UpsertSummary, WriteOutcome};

/// Writes it.
pub(super) async fn upsert(
    ctx: &Context<'_>,
    input: DatasetInput,
    if_revision: Option<String>,
) -> Result<UpsertResult> {
    let asker = asker(ctx);
    if let Some(Done::Upserted(done)) = asker.done(ctx)? {
        return Ok(done);
    }
    asker.service.check_admin(asker.session.principal())?;
    let mut reading = Reading::default();
    let dataset = input.read(&mut reading);
    let Some(dataset) = dataset.filter(|_| reading.faults.is_empty()) else {
        return Err(upsert::refusal(&[], &reading.faults));
    };
    let id = dataset.id.to_string();
    let standing = asker.session.datasets().await?;
    let is_new = standing.iter().all(|info| info.dataset.id != dataset.id);
    let before = asker.session.revision();
    let batch = Batch {
        dataset,
        drafts: Vec::new(),
        mode: Mode::Describe,
        terms: terms(asker, if_revision)?,
        unread: HashSet::new(),
    };
    let done = match asker.service.write(batch).await {
        Ok(WriteOutcome::Done(done)) => {
            let changed = done.revision != before;
            let done = UpsertSummary {
                created: usize::from(changed && is_new),
                updated: usize::from(changed && !is_new),
                unchanged: usize::from(!changed),
                ..done
            };
            Ok(UpsertResult { done, ids: vec![id] })
        }
        Ok(WriteOutcome::Refused(problems)) => {
            let faults: Vec<_> = problems
                .iter()
                .map(|problem| crate::graphql::inputs::write::Fault::of(problem, &[]))
                .collect();
            Err(upsert::refusal(&problems, &faults))
        }
        Err(error) => Err(error.into()),
    };
    asker.note(ctx, done.clone().map(Done::Upserted));
    let done = done?;
    asker.renew().await?;
    Ok(done)
}
