//! Ids in filters, led to the entities kept: read together for all the fields of a request.

use async_graphql::Context;
use async_graphql::futures_util::future::try_join_all;

use crate::graphql::errors::Result;
use crate::graphql::schema::asker;
use crate::service::{Follow, Kept};

/// The same filter with the ids in it led to the entities kept; one that is too large is refused.
pub(in crate::graphql) async fn follow<F: Follow>(ctx: &Context<'_>, filter: F) -> Result<F> {
    filter.weight().check(asker(ctx).session.limits())?;
    let named = filter.named();
    if named.is_empty() {
        return Ok(filter);
    }
    let asker = asker(ctx);
    let kept = try_join_all(
        named
            .iter()
            .map(|id| asker.loaders.one(&asker.loaders.kept, id.clone())),
    )
    .await?;
    let kept = Kept {
        ids: named.into_iter().zip(kept).collect(),
        revision: asker.session.revision(),
    };
    Ok(filter.follow(&kept)?)
}
