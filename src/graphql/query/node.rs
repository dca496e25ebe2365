//! `node` and `nodes`: objects by id.

use async_graphql::futures_util::future::try_join_all;
use async_graphql::{Context, ID, Object};

use crate::graphql::errors::{Failure, Result};
use crate::graphql::schema::request_context;
use crate::graphql::types::change::load_node;
use crate::graphql::types::dataset::dataset;
use crate::graphql::types::entity::EntityAtDate;
use crate::graphql::types::kinds::{Entity, Node};
use crate::model::id::EntityId;

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
        find(ctx, &id).await
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
        try_join_all(ids.iter().map(|id| find(ctx, id))).await
    }
}

/// Loads the object with an id. Entities are tried first: only they have redirects, and the id of a relation may look like that of an
/// entity.
pub(in crate::graphql) async fn find(ctx: &Context<'_>, id: &str) -> Result<Option<Node>> {
    if let Ok(id) = EntityId::parse(id)
        && let Some(record) = EntityAtDate::load(ctx, &id, None).await?
    {
        return Ok(Some(Node::Entity(Entity::from(record))));
    }
    let loaders = &request_context(ctx).loaders;
    Ok(match loaders.one(&loaders.occupants, id.to_string()).await? {
        Some(subject) => load_node(ctx, subject).await?,
        None => dataset(ctx, id).await?.map(Node::Dataset),
    })
}
