//! Upserts: what all of them do.

use std::collections::BTreeSet;
use std::sync::Arc;

use async_graphql::{Context, ID};

use super::{check_size, terms};
use crate::graphql::errors::{Code, Failure, Result};
use crate::graphql::front::UnreadBatch;
use crate::graphql::inputs::write::{Fault, Reading, Written as Input, places};
use crate::graphql::schema::{Asker, Done, asker};
use crate::graphql::types::written::UpsertResult;
use crate::model::principal::Scope;
use crate::model::record::Dataset;
use crate::service::write::{Batch, Cause, Mode, Problem, WriteOutcome};

/// How many problems, and how many data sets, a message lists.
const LISTED_MAX: usize = 100;
const NAMED_MAX: usize = 20;

/// Writes records.
pub(super) async fn records<T: Input>(
    ctx: &Context<'_>,
    input: Vec<T>,
    if_revision: Option<String>,
) -> Result<UpsertResult> {
    check_size(ctx, "input", input.len())?;
    let unread = unread(ctx);
    let named = one_dataset(&input, unread)?;
    let ids = input.iter().map(|one| one.key().to_string()).collect();
    drafts(ctx, Reading::of(input, unread), named, ids, if_revision).await
}

/// What of the batch at hand could not be read.
pub(super) fn unread<'a>(ctx: &Context<'a>) -> Option<&'a UnreadBatch> {
    ctx.data_opt::<Arc<UnreadBatch>>().map(AsRef::as_ref)
}

/// Writes drafts in one data set.
pub(super) async fn drafts(
    ctx: &Context<'_>,
    reading: Reading,
    named: Option<(String, ID)>,
    ids: Vec<String>,
    if_revision: Option<String>,
) -> Result<UpsertResult> {
    let asker = asker(ctx);
    if let Some(Done::Upserted(done)) = asker.done(ctx)? {
        return Ok(done);
    }
    asker.service.check_role(asker.session.principal())?;
    let dataset = dataset(asker, named).await?;
    let Reading {
        drafts,
        places,
        mut faults,
        unread,
    } = reading;
    let batch = Batch {
        dataset,
        drafts,
        mode: Mode::Curate,
        terms: terms(asker, if_revision)?,
        unread,
    };
    // Where something could not be read nothing is written, and the rest is checked all the same.
    let written = if faults.is_empty() {
        asker.service.write(batch).await
    } else {
        asker.service.check(batch).await
    };
    let done = match written {
        Ok(WriteOutcome::Done(done)) if faults.is_empty() => Ok(UpsertResult { done, ids }),
        Ok(written) => {
            let problems = match written {
                WriteOutcome::Refused(problems) => problems,
                WriteOutcome::Done(_) => Vec::new(),
            };
            faults.extend(problems.iter().map(|problem| Fault::of(problem, &places)));
            Err(refusal(&problems, &faults))
        }
        Err(error) => Err(error.into()),
    };
    asker.note(ctx, done.clone().map(Done::Upserted));
    let done = done?;
    asker.renew().await?;
    Ok(done)
}

/// Why nothing was written: the first problem in the message, all of them beside it.
pub(super) fn refusal(problems: &[Problem], faults: &[Fault]) -> Failure {
    let all = |cause: Cause| {
        problems.len() == faults.len() && problems.iter().all(|problem| problem.cause == cause)
    };
    let code = if all(Cause::Unknown) {
        Code::NotFound
    } else if problems.iter().any(|problem| problem.cause == Cause::Forbidden) {
        Code::Forbidden
    } else {
        Code::BadUserInput
    };
    let first = faults.first().map(Fault::sentence).unwrap_or_default();
    let message = match faults.len() {
        0 | 1 => format!("nothing was written: {first}"),
        count => {
            format!("nothing was written: {count} problems, all in `extensions.problems`; the first: {first}")
        }
    };
    let listed = faults.iter().take(LISTED_MAX).map(Fault::to_value).collect();
    Failure::new(code, message).with_problems(listed, faults.len())
}

/// The one data set that a call names.
fn one_dataset<T: Input>(input: &[T], unread: Option<&UnreadBatch>) -> Result<Option<(String, ID)>> {
    let mut named: Option<(String, ID)> = None;
    for (index, one) in places(unread).zip(input) {
        let Some(id) = one.dataset() else { continue };
        let path = format!("input[{index}].datasetId");
        match &named {
            None => named = Some((path, id.clone())),
            Some((_, first)) if first == id => {}
            Some((place, first)) => {
                return Err(Failure::input(format!(
                    "one call writes in one data set: {place} is `{}`, {path} is `{}`; send two calls",
                    first.as_str(),
                    id.as_str()
                )));
            }
        }
    }
    Ok(named)
}

/// The data set to write in: the one named; else the only one that the principal is for; else the only one there is.
pub(super) async fn dataset(asker: &Asker, named: Option<(String, ID)>) -> Result<Dataset> {
    let mut all = asker.session.datasets().await?;
    if let Some((path, id)) = named {
        let found = all
            .into_iter()
            .find(|info| info.dataset.id.as_str() == id.as_str());
        return found.map(|info| info.dataset).ok_or_else(|| {
            let reason = format!(
                "{path} `{}`: no data set has this id; `datasets` lists those there are, `upsertDataset` makes one",
                id.as_str()
            );
            Failure::new(Code::NotFound, reason)
        });
    }
    let own: BTreeSet<_> = match &asker.session.principal().scope {
        Scope::Only(given) => given.clone(),
        Scope::Unscoped => BTreeSet::new(),
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
        "there is no data set yet: make one with `upsertDataset`, then name it in `datasetId`".to_string()
    } else {
        format!("say in which data set, as `datasetId`: {}", ids.join(", "))
    }))
}
