//! `aggregate`: entities counted by groups.

use async_graphql::{Context, Object};

use crate::graphql::errors::Result;
use crate::graphql::inputs::filter::EntityFilter;
use crate::graphql::inputs::follow::follow;
use crate::graphql::inputs::time::{DateRange, when};
use crate::graphql::scalars::{Date, int};
use crate::graphql::schema::asker;
use crate::graphql::types::aggregate::{AggregateGroup, GroupValue};
use crate::graphql::types::entity::Record;
use crate::graphql::types::kinds::Entity;
use crate::model::period::UndatedFacts;
use crate::model::selector::{AsOf, GroupKey};
use crate::service;

#[derive(Default)]
pub(super) struct AggregateFields;

#[Object]
impl AggregateFields {
    /// Entities counted by groups, sorted by the groups' values. An entity with several values of a key counts under each,
    /// one with none under null: the counts of groups are not to be added up.
    async fn aggregate(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Grouped by these, each once; none: one group of all.")] group_by: Vec<GroupKey>,
        #[graphql(desc = "Which entities.")] filter: Option<EntityFilter>,
        #[graphql(desc = "Valid on that day; less than a day, as `2023`, means its last.")] as_of: Option<
            Date,
        >,
        #[graphql(desc = "Valid on some day of it; with `asOf`, on that day too.")] during: Option<DateRange>,
        #[graphql(
            desc = "Whether facts without a date count; says something only with `asOf` or `during`.",
            default_with = "Some(UndatedFacts::Include)"
        )]
        undated: Option<UndatedFacts>,
    ) -> Result<Vec<AggregateGroup>> {
        let at = when(as_of, during, undated)?;
        let filter = follow(
            ctx,
            filter.map(EntityFilter::parse).transpose()?.unwrap_or_default(),
        )
        .await?;
        let session = &asker(ctx).session;
        let groups = session.aggregate(&group_by, filter, at).await?;
        asker(ctx).spend_rows(groups.len())?;
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
                let entity = Record::load(ctx, &id, at).await?.map(Entity::from);
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
