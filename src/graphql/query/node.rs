//! `node` and `nodes`: whatever has an id.

use async_graphql::futures_util::future::try_join_all;
use async_graphql::{Context, ID, Object};

use crate::graphql::errors::{Failure, Result};
use crate::graphql::schema::asker;
use crate::graphql::types::change::node_of;
use crate::graphql::types::entity::Record;
use crate::graphql::types::kinds::{Entity, Node};
use crate::graphql::types::record::dataset;
use crate::model::id::EntityId;

#[derive(Default)]
pub(super) struct NodeFields;

#[Object]
impl NodeFields {
    /// Whatever has the id; null where nothing has. An id that was merged away gives the entity kept.
    async fn node(&self, ctx: &Context<'_>, #[graphql(desc = "The id.")] id: ID) -> Result<Option<Node>> {
        find(ctx, &id).await
    }

    /// The same for several ids, in their order; null for an id that nothing has.
    async fn nodes(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The ids.")] ids: Vec<ID>,
    ) -> Result<Vec<Option<Node>>> {
        let max = asker(ctx).session.limits().ids_max;
        if ids.len() > max {
            return Err(Failure::limit(format!(
                "ids: {}, at most {max}; ask for fewer at a time",
                ids.len()
            )));
        }
        asker(ctx).spend_rows(ids.len())?;
        try_join_all(ids.iter().map(|id| find(ctx, id))).await
    }
}

/// An entity first: a redirect is found nowhere else. A relation's id may look like an entity's.
pub(in crate::graphql) async fn find(ctx: &Context<'_>, id: &str) -> Result<Option<Node>> {
    if let Ok(id) = EntityId::parse(id)
        && let Some(record) = Record::load(ctx, &id, None).await?
    {
        return Ok(Some(Node::Entity(Entity::from(record))));
    }
    let loaders = &asker(ctx).loaders;
    Ok(match loaders.one(&loaders.occupants, id.to_string()).await? {
        Some(subject) => node_of(ctx, subject).await?,
        None => dataset(ctx, id).await?.map(Node::Dataset),
    })
}
