//! Nodes, loaded by their ids.

use async_graphql::Context;

use super::dataset::dataset;
use super::entity::EntityAtDate;
use super::kinds::{Entity, Node};
use super::observation::Observation;
use super::relation::Relation;
use super::rule::Rule;
use super::statement::Source;
use crate::graphql::errors::Result;
use crate::graphql::request_context::request_context;
use crate::model::change::Subject;
use crate::model::id::EntityId;

/// Loads the object with an id. Entities are tried first: only they have redirects, and the id of a relation may look like that of an
/// entity.
pub(in crate::graphql) async fn find_node(ctx: &Context<'_>, id: &str) -> Result<Option<Node>> {
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

/// Loads a record as a node. A merged entity id loads the entity into which it was merged.
pub(super) async fn load_node(ctx: &Context<'_>, subject: Subject) -> Result<Option<Node>> {
    let loaders = &request_context(ctx).loaders;
    Ok(match subject {
        Subject::Entity(id) => EntityAtDate::load(ctx, &id, None)
            .await?
            .map(|record| Node::Entity(record.into())),
        Subject::Relation(id) => Relation::load(ctx, &id, None).await?.map(Node::Relation),
        Subject::Observation(id) => {
            let observation = loaders.one(&loaders.observations, id).await?;
            observation.map(|observation| {
                Node::Observation(Observation {
                    observation,
                    at: None,
                })
            })
        }
        Subject::Rule(id) => loaders
            .one(&loaders.rules, id)
            .await?
            .map(|rule| Node::Rule(Rule(rule))),
        Subject::Source(id) => loaders
            .one(&loaders.sources, id)
            .await?
            .map(|source| Node::Source(Source(source))),
    })
}
