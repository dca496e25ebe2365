//! `aggregate`: counts of entities by group.

use async_graphql::{Context, Object};

use crate::graphql::cost::cost;
use crate::graphql::errors::Result;
use crate::graphql::inputs::filter::EntityFilter;
use crate::graphql::inputs::redirects::resolve_redirects;
use crate::graphql::inputs::time::{DateRange, time_filter};
use crate::graphql::request_context::request_context;
use crate::graphql::scalars::{Date, int};
use crate::graphql::types::aggregate::{AggregateGroup, GroupValue};
use crate::graphql::types::entity::EntityAtDate;
use crate::graphql::types::kinds::Entity;
use crate::model::period::UndatedFacts;
use crate::model::selector::{AsOf, GroupKey};
use crate::service;

#[derive(Default)]
pub(super) struct AggregateFields;

#[Object]
impl AggregateFields {
    /// Counts of entities by group, sorted by the values of the groups. An entity with several values of a key counts under each of
    /// them, and an entity without a value under null, so that the counts of groups must not be added up.
    #[graphql(directive = cost::apply(200_000))]
    async fn aggregate(
        &self,
        ctx: &Context<'_>,
        #[graphql(
            desc = "Keys by which entities are grouped, without duplicates. An empty list makes one group of all entities."
        )]
        group_by: Vec<GroupKey>,
        #[graphql(desc = "Conditions that the entities must meet.")] filter: Option<EntityFilter>,
        #[graphql(
            desc = "Day on which facts must be valid. A year or month, such as `2023`, means its last day. Default: any time."
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
    ) -> Result<Vec<AggregateGroup>> {
        let at = time_filter(as_of, during, undated)?;
        let filter = resolve_redirects(
            ctx,
            filter.map(EntityFilter::parse).transpose()?.unwrap_or_default(),
        )
        .await?;
        let session = &request_context(ctx).session;
        let groups = session.aggregate(&group_by, filter, at).await?;
        request_context(ctx).spend_rows(groups.len())?;
        let group = |group| translate(ctx, &group_by, group, at);
        async_graphql::futures_util::future::try_join_all(groups.into_iter().map(group)).await
    }
}

async fn translate(
    ctx: &Context<'_>,
    keys: &[GroupKey],
    group: service::AggregateGroup,
    at: AsOf,
) -> Result<AggregateGroup> {
    let mut values = Vec::with_capacity(keys.len());
    for (key, value) in keys.iter().copied().zip(group.values) {
        values.push(match value {
            service::GroupValue::Null => GroupValue {
                key,
                value: None,
                entity: None,
            },
            service::GroupValue::Text(text) => GroupValue {
                key,
                value: Some(text),
                entity: None,
            },
            service::GroupValue::Entity(id) => {
                let entity = EntityAtDate::load(ctx, &id, at).await?.map(Entity::from);
                GroupValue {
                    key,
                    value: Some(id.to_string()),
                    entity,
                }
            }
        });
    }
    Ok(AggregateGroup {
        keys: values,
        count: int(group.count),
        members: group.members.into(),
    })
}
