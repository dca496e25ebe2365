//! `neighborhood`: the part of the graph around some entities.

use std::collections::HashMap;

use async_graphql::{Context, ID, Object};

use crate::graphql::cost::cost;
use crate::graphql::errors::{Failure, Result};
use crate::graphql::inputs::filter::{RelationFilter, parse_ids};
use crate::graphql::inputs::redirects::resolve_redirects;
use crate::graphql::inputs::time::{DateRange, time_filter};
use crate::graphql::request_context::request_context;
use crate::graphql::scalars::{Date, int};
use crate::graphql::types::entity::EntityAtDate;
use crate::graphql::types::kinds::Entity;
use crate::graphql::types::relation::Relation;
use crate::graphql::types::subgraph::{HiddenCount, Subgraph};
use crate::model::id::EntityId;
use crate::model::period::UndatedFacts;
use crate::model::selector::AsOf;
use crate::service::Neighborhood;

const DEPTH_MAX: u32 = 6;

#[derive(Default)]
pub(super) struct NeighborhoodFields;

#[Object]
impl NeighborhoodFields {
    /// Part of the graph around some entities, along relations of every kind in both directions. If there are more entities than
    /// `maxEntities`, the nearest are returned, and `hidden` counts the relations that are left out.
    #[expect(clippy::too_many_arguments, reason = "the schema has them")]
    #[graphql(directive = cost::apply(50_000))]
    async fn neighborhood(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Ids of the entities at the center. An unknown id is rejected.")] ids: Vec<ID>,
        #[graphql(
            desc = "Maximum number of steps from these entities, 0–6.",
            default_with = "Some(1)"
        )]
        depth: Option<i32>,
        #[graphql(desc = "Conditions that the relations must meet.")] filter: Option<RelationFilter>,
        #[graphql(
            desc = "Day on which facts must be valid. A year or month, such as `2023`, means its last day. Default: any time. Also applies to nested fields."
        )]
        as_of: Option<Date>,
        #[graphql(
            desc = "Range of days; facts must be valid on at least one of them, and on `asOf` if both are given."
        )]
        during: Option<DateRange>,
        #[graphql(
            desc = "Whether facts without a date count. Has no effect without `asOf` or `during`.",
            default_with = "Some(UndatedFacts::Include)"
        )]
        undated: Option<UndatedFacts>,
        #[graphql(desc = "Maximum number of entities.", default_with = "Some(500)")] max_entities: Option<
            i32,
        >,
    ) -> Result<Subgraph> {
        let session = &request_context(ctx).session;
        let depth = check_range("depth", depth.unwrap_or(1), DEPTH_MAX as usize)?;
        let entities_max = check_range(
            "maxEntities",
            max_entities.unwrap_or(500),
            session.limits().neighbourhood_entities_max,
        )?;
        let ids = parse_ids("ids", &ids, EntityId::parse)?;
        if ids.len() > entities_max {
            return Err(Failure::input(format!(
                "ids: {} ids exceed `maxEntities: {entities_max}`",
                ids.len()
            )));
        }
        let filter = resolve_redirects(
            ctx,
            filter.map(RelationFilter::parse).transpose()?.unwrap_or_default(),
        )
        .await?;
        let at = time_filter(as_of, during, undated)?;
        let around = session
            .neighborhood(&ids, int(depth).unsigned_abs(), &filter, at, entities_max)
            .await?;
        request_context(ctx)
            .spend_rows(around.entities.len() + around.relations.len() + around.hidden.len())?;
        Ok(subgraph(ctx, around, at))
    }
}

fn check_range(argument: &str, given: i32, max: usize) -> Result<usize> {
    let inside = usize::try_from(given).ok().filter(|given| *given <= max);
    inside.ok_or_else(|| {
        Failure::input(format!(
            "`{argument}: {given}` is out of range (expected 0 to {max})"
        ))
    })
}

fn subgraph(ctx: &Context<'_>, around: Neighborhood, at: AsOf) -> Subgraph {
    request_context(ctx).loaders.prime_entities(&around.entities);
    let entity = |entity: &crate::model::entity::SharedEntity| {
        Entity::from(EntityAtDate {
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
