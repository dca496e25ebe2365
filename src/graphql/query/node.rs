//! `node` and `nodes`: objects by id.

use async_graphql::futures_util::future::try_join_all;
use async_graphql::{Context, ID, Object};

use crate::graphql::errors::{Failure, Result};
use crate::graphql::request_context::request_context;
use crate::graphql::types::kinds::Node;
use crate::graphql::types::node::find_node;

#[derive(Default)]
pub(super) struct NodeFields;

#[Object]
impl NodeFields {
    /// Object with the given id, or null if there is none. A merged id returns the entity into which it was merged.
    async fn node(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Id of the object.")] id: ID,
    ) -> Result<Option<Node>> {
        find_node(ctx, &id).await
    }

    /// Objects with the given ids, in the order of the ids; null for an id that does not exist.
    async fn nodes(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Ids of the objects.")] ids: Vec<ID>,
    ) -> Result<Vec<Option<Node>>> {
        let max = request_context(ctx).session.limits().ids_max;
        if ids.len() > max {
            return Err(Failure::limit(format!(
                "ids: {} ids exceed the maximum of {max}; request fewer at a time",
                ids.len()
            )));
        }
        request_context(ctx).spend_rows(ids.len())?;
        try_join_all(ids.iter().map(|id| find_node(ctx, id))).await
    }
}
