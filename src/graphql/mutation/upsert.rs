//! The steps that all upserts have in common.

use std::collections::BTreeSet;
use std::sync::Arc;

use async_graphql::{Context, ID};

use super::checks::{check_size, terms};
use super::rejection::rejection;
use crate::graphql::errors::{ErrorCode, Failure, Result};
use crate::graphql::inputs::write::{InputProblem, InputReader, RecordInput, item_indexes};
use crate::graphql::request_context::{RequestContext, request_context};
use crate::graphql::types::write_result::UpsertResult;
use crate::graphql::validation::PartialBatch;
use crate::model::principal::DatasetScope;
use crate::model::record::Dataset;
use crate::service::write::{Batch, WriteMode, WriteOutcome};

/// Number of data sets that a message names.
const NAMED_MAX: usize = 20;

/// Writes records.
pub(super) async fn records<T: RecordInput>(
    ctx: &Context<'_>,
    input: Vec<T>,
    if_revision: Option<String>,
) -> Result<UpsertResult> {
    check_size(ctx, "input", input.len())?;
    let batch = partial_batch(ctx);
    let named = one_dataset(&input, batch)?;
    let ids = input.iter().map(|one| one.key().to_string()).collect();
    drafts(ctx, InputReader::read_all(input, batch), named, ids, if_revision).await
}

/// The batch of the request, if some of its items could not be coerced.
pub(super) fn partial_batch<'a>(ctx: &Context<'a>) -> Option<&'a PartialBatch> {
    ctx.data_opt::<Arc<PartialBatch>>().map(AsRef::as_ref)
}

/// Writes drafts in one data set.
pub(super) async fn drafts(
    ctx: &Context<'_>,
    reader: InputReader,
    named: Option<(String, ID)>,
    ids: Vec<String>,
    if_revision: Option<String>,
) -> Result<UpsertResult> {
    let context = request_context(ctx);
    if let Some(done) = context.previous_write(ctx)? {
        return Ok(done);
    }
    context.service.check_role(context.session.principal())?;
    let dataset = dataset(context, named).await?;
    let InputReader {
        drafts,
        locations,
        problems: mut input_problems,
        invalid_keys,
    } = reader;
    let batch = Batch {
        dataset,
        drafts,
        mode: WriteMode::Curate,
        terms: terms(context, if_revision)?,
        unread: invalid_keys,
    };
    // If some of the input is invalid, nothing is written, and the rest is still checked.
    let outcome = if input_problems.is_empty() {
        context.service.write(batch).await
    } else {
        context.service.check(batch).await
    };
    let done = match outcome {
        Ok(WriteOutcome::Done(done)) if input_problems.is_empty() => Ok(UpsertResult { done, ids }),
        Ok(outcome) => {
            let problems = match outcome {
                WriteOutcome::Refused(problems) => problems,
                WriteOutcome::Done(_) => Vec::new(),
            };
            input_problems.extend(
                problems
                    .iter()
                    .map(|problem| InputProblem::from_service(problem, &locations)),
            );
            Err(rejection(&problems, &input_problems))
        }
        Err(error) => Err(error.into()),
    };
    context.finish_write(ctx, done).await
}

/// The id of the only data set that the records of a call name, with its path.
fn one_dataset<T: RecordInput>(input: &[T], batch: Option<&PartialBatch>) -> Result<Option<(String, ID)>> {
    let mut named: Option<(String, ID)> = None;
    for (index, one) in item_indexes(batch).zip(input) {
        let Some(id) = one.dataset_id() else { continue };
        let path = format!("input[{index}].datasetId");
        match &named {
            None => named = Some((path, id.clone())),
            Some((_, first)) if first == id => {}
            Some((place, first)) => {
                return Err(Failure::input(format!(
                    "one call writes to one data set, but {place} is `{}` and {path} is `{}`; send two calls",
                    first.as_str(),
                    id.as_str()
                )));
            }
        }
    }
    Ok(named)
}

/// The data set to write to: the named one; else the only one in the scope of the principal; else the only one there is.
pub(super) async fn dataset(context: &RequestContext, named: Option<(String, ID)>) -> Result<Dataset> {
    let mut all = context.session.datasets().await?;
    if let Some((path, id)) = named {
        let found = all
            .into_iter()
            .find(|info| info.dataset.id.as_str() == id.as_str());
        return found.map(|info| info.dataset).ok_or_else(|| {
            let reason = format!(
                "{path} `{}`: no data set has this id; `datasets` lists the existing ones, `upsertDataset` creates one",
                id.as_str()
            );
            Failure::new(ErrorCode::NotFound, reason)
        });
    }
    let own: BTreeSet<_> = match &context.session.principal().scope {
        DatasetScope::Only(given) => given.clone(),
        DatasetScope::Unscoped => BTreeSet::new(),
    };
    if own.len() == 1 {
        all.retain(|info| own.contains(&info.dataset.id));
    }
    if all.len() == 1 {
        return Ok(all.remove(0).dataset);
    }
    let ids: Vec<&str> = all
        .iter()
        .take(NAMED_MAX)
        .map(|info| info.dataset.id.as_str())
        .collect();
    Err(Failure::input(if ids.is_empty() {
        "no data set exists yet; create one with `upsertDataset`, then name it in `datasetId`".to_string()
    } else {
        format!("`datasetId` is missing (expected one of {})", ids.join(", "))
    }))
}
