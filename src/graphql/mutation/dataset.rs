//! Writes the record of a data set.

use std::collections::HashSet;

use async_graphql::Context;

use super::checks::terms;
use super::rejection::rejection;
use crate::graphql::errors::Result;
use crate::graphql::inputs::write::{DatasetInput, InputProblem, InputReader};
use crate::graphql::request_context::request_context;
use crate::graphql::types::write_result::UpsertResult;
use crate::service::write::{Batch, UpsertSummary, WriteMode, WriteOutcome};

/// Creates or replaces the record of a data set.
pub(super) async fn upsert(
    ctx: &Context<'_>,
    input: DatasetInput,
    if_revision: Option<String>,
) -> Result<UpsertResult> {
    let context = request_context(ctx);
    if let Some(done) = context.previous_write(ctx)? {
        return Ok(done);
    }
    context.service.check_admin(context.session.principal())?;
    let mut reader = InputReader::default();
    let dataset = input.read(&mut reader);
    let Some(dataset) = dataset.filter(|_| reader.problems.is_empty()) else {
        return Err(rejection(&[], &reader.problems));
    };
    let id = dataset.id.to_string();
    let existing = context.session.datasets().await?;
    let is_new = existing.iter().all(|info| info.dataset.id != dataset.id);
    let before = context.session.revision();
    let batch = Batch {
        dataset,
        drafts: Vec::new(),
        mode: WriteMode::Describe,
        terms: terms(context, if_revision)?,
        unread: HashSet::new(),
    };
    let done = match context.service.write(batch).await {
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
            let converted: Vec<_> = problems
                .iter()
                .map(|problem| InputProblem::from_service(problem, &[]))
                .collect();
            Err(rejection(&problems, &converted))
        }
        Err(error) => Err(error.into()),
    };
    context.finish_write(ctx, done).await
}
