//! `neighborhood`: the part of the graph around some entities.

use std::collections::HashMap;

use async_graphql::{Context, ID, Object};

use crate::graphql::errors::{Failure, Result};
use crate::graphql::inputs::filter::{RelationFilter, ids as parse_ids};
use crate::graphql::inputs::follow::follow;
use crate::graphql::inputs::time::{DateRange, when};
use crate::graphql::scalars::{Date, int};
use crate::graphql::schema::asker;
use crate::graphql::types::entity::Record;
use crate::graphql::types::kinds::Entity;
use crate::graphql::types::relation::Relation;
use crate::graphql::types::subgraph::{HiddenCount, Subgraph};
use crate::model::id::EntityId;
use crate::model::period::UndatedFacts;
use crate::model::selector::AsOf;
use crate::service::Neighbourhood;

const DEPTH_MAX: u32 = 6;

#[derive(Default)]
pub(super) struct NeighborhoodFields;

#[Object]
impl NeighborhoodFields {
    /// The part of the graph around some entities: relations of every kind, either way. Over `maxEntities`, what is
    /// nearest is kept, and `hidden` counts the rest.
    #[expect(clippy::too_many_arguments, reason = "what it asks is told by each")]
    async fn neighborhood(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Around these entities; an unknown id is refused.")] ids: Vec<ID>,
        #[graphql(desc = "How many steps away, 0 to 6.", default_with = "Some(1)")] depth: Option<i32>,
        #[graphql(desc = "Along these relations only.")] filter: Option<RelationFilter>,
        #[graphql(desc = "Valid on that day; less than a day, as `2023`, means its last. Holds below it.")]
        as_of: Option<Date>,
        #[graphql(desc = "Valid on some day of it; with `asOf`, on that day too.")] during: Option<DateRange>,
        #[graphql(
            desc = "Whether facts without a date count; says something only with `asOf` or `during`.",
            default_with = "Some(UndatedFacts::Include)"
        )]
        undated: Option<UndatedFacts>,
        #[graphql(desc = "How many entities at most.", default_with = "Some(500)")] max_entities: Option<i32>,
    ) -> Result<Subgraph> {
        let session = &asker(ctx).session;
        let depth = in_range("depth", depth.unwrap_or(1), DEPTH_MAX as usize)?;
        let entities_max = in_range(
            "maxEntities",
            max_entities.unwrap_or(500),
            session.limits().neighbourhood_entities_max,
        )?;
        let ids = parse_ids("ids", &ids, EntityId::parse)?;
        if ids.len() > entities_max {
            return Err(Failure::input(format!(
                "ids: {} ids do not fit in `maxEntities: {entities_max}`",
                ids.len()
            )));
        }
        let filter = follow(
            ctx,
            filter.map(RelationFilter::parse).transpose()?.unwrap_or_default(),
        )
        .await?;
        let at = when(as_of, during, undated)?;
        let around = session
            .neighbourhood(&ids, int(depth).unsigned_abs(), &filter, at, entities_max)
            .await?;
        asker(ctx).spend_rows(around.entities.len() + around.relations.len() + around.hidden.len())?;
        Ok(subgraph(ctx, around, at))
    }
}

fn in_range(argument: &str, given: i32, max: usize) -> Result<usize> {
    let inside = usize::try_from(given).ok().filter(|given| *given <= max);
    inside.ok_or_else(|| Failure::input(format!("`{argument}: {given}` is out of range: 0 to {max}")))
}

fn subgraph(ctx: &Context<'_>, around: Neighbourhood, at: AsOf) -> Subgraph {
    asker(ctx).loaders.prime_entities(&around.entities);
    let entity = |entity: &crate::model::entity::SharedEntity| {
        Entity::from(Record {
            entity: entity.clone(),
            at,
        })
    };
    let by_id: HashMap<&EntityId, _> = around
        .entities
        .iter()
        .map(|entity| (&entity.id, entity))
        .collect();
    let hidden = around.hidden.iter().filter_map(|(id, kind)| {
        Some(HiddenCount {
            entity: entity(by_id.get(id)?),
            kind: kind.kind,
            count: int(kind.count),
        })
    });
    Subgraph {
        hidden: hidden.collect(),
        entities: around.entities.iter().map(entity).collect(),
        relations: around
            .relations
            .into_iter()
            .map(|relation| Relation::new(relation, at))
            .collect(),
        truncated: around.truncated,
    }
}
