//! Checks and conversions that all mutations have in common.

use async_graphql::Context;

use crate::graphql::errors::{Failure, Result};
use crate::graphql::request_context::{RequestContext, request_context};
use crate::model::change::Revision;
use crate::service::write::Terms;

/// The terms of a write: the principal, and the revision that it expects.
pub(super) fn terms(context: &RequestContext, if_revision: Option<String>) -> Result<Terms> {
    Ok(Terms {
        by: context.session.principal().clone(),
        if_revision: revision(if_revision)?,
    })
}

fn revision(given: Option<String>) -> Result<Option<Revision>> {
    let read = |text: String| {
        text.parse().map(Revision).map_err(|_| {
            Failure::input(format!(
                "ifRevision: `{text}` is not a revision (expected a value of `revision`)"
            ))
        })
    };
    given.map(read).transpose()
}

/// Rejects more items than one write may have.
pub(super) fn check_size(ctx: &Context<'_>, what: &str, count: usize) -> Result<()> {
    let max = request_context(ctx).session.limits().write_records_max;
    if count > max {
        return Err(Failure::limit(format!(
            "{what}: {count}, at most {max} allowed; send them in several calls"
        )));
    }
    Ok(())
}
