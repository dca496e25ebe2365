//! Resolution of the ids of merged entities in filters. The ids of all fields of a request are read together.

use async_graphql::Context;
use async_graphql::futures_util::future::try_join_all;

use crate::graphql::errors::Result;
use crate::graphql::request_context::request_context;
use crate::service::{ResolveRedirects, ResolvedIds};

/// Resolves the ids of a filter to canonical ids. A filter that is too large is rejected.
pub(in crate::graphql) async fn resolve_redirects<F: ResolveRedirects>(
    ctx: &Context<'_>,
    filter: F,
) -> Result<F> {
    filter.weight().check(request_context(ctx).session.limits())?;
    let named = filter.named_ids();
    if named.is_empty() {
        return Ok(filter);
    }
    let context = request_context(ctx);
    let kept = try_join_all(
        named
            .iter()
            .map(|id| context.loaders.one(&context.loaders.canonical_ids, id.clone())),
    )
    .await?;
    let kept = ResolvedIds {
        ids: named.into_iter().zip(kept).collect(),
        revision: context.session.revision(),
    };
    Ok(filter.resolve_redirects(&kept)?)
}
