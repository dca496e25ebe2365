//! `indicators`, `brokerage`, `leverage`, `allocate`: what the record comes to in numbers.

use async_graphql::{Context, ID, Object};

use crate::graphql::errors::{Failure, Result};
use crate::graphql::inputs::filter::ids as parse_ids;
use crate::graphql::inputs::time::{DateRange, when};
use crate::graphql::scalars::{Date, Decimal};
use crate::graphql::schema::asker;
use crate::graphql::types::indicator::{Brokerage, Indicator};
use crate::graphql::types::leverage::{Allocation, Leverage};
use crate::model::id::EntityId;
use crate::model::period::UndatedFacts;
use crate::model::quantity::Unit;
use crate::model::relation::Resource;
use crate::service::IndicatorCode;

#[derive(Default)]
pub(super) struct IndicatorFields;

#[Object]
impl IndicatorFields {
    /// Numbers about regions, in the order of the codes, then of the regions as given. Members of a region are the entities in
    /// it or below it, industries never; ties are relations of kinds that carry a resource, between two of them or one of
    /// them and another.
    async fn indicators(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Of these, at most 50; an unknown id is refused.")] regions: Vec<ID>,
        #[graphql(desc = "Only these; not given: all.")] codes: Option<Vec<IndicatorCode>>,
        #[graphql(desc = "Valid on that day; less than a day, as `2023`, means its last.")] as_of: Option<
            Date,
        >,
        #[graphql(desc = "Valid on some day of it; with `asOf`, on that day too.")] during: Option<DateRange>,
        #[graphql(
            desc = "Whether facts without a date count; says something only with `asOf` or `during`.",
            default_with = "Some(UndatedFacts::Include)"
        )]
        undated: Option<UndatedFacts>,
    ) -> Result<Vec<Indicator>> {
        let at = when(as_of, during, undated)?;
        let regions = parse_ids("regions", &regions, EntityId::parse)?;
        let codes = codes.unwrap_or_else(|| IndicatorCode::ALL.to_vec());
        let codes = codes.into_iter().collect();
        let rows = asker(ctx).session.indicators(&regions, &codes, at).await?;
        asker(ctx).spend_rows(rows.len())?;
        Ok(rows.into_iter().map(|row| Indicator { row, at }).collect())
    }

    /// Who stands between two others that nothing joins directly, and for whom: most often first, then by id. Each entity counts
    /// to the first of the regions that it is in.
    async fn brokerage(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The groups, at most 50; an unknown id is refused.")] regions: Vec<ID>,
        #[graphql(desc = "Along relations that carry one of these; not given: any.")] resources: Option<
            Vec<Resource>,
        >,
        #[graphql(desc = "Valid on that day; less than a day, as `2023`, means its last.")] as_of: Option<
            Date,
        >,
        #[graphql(desc = "Valid on some day of it; with `asOf`, on that day too.")] during: Option<DateRange>,
        #[graphql(
            desc = "Whether facts without a date count; says something only with `asOf` or `during`.",
            default_with = "Some(UndatedFacts::Include)"
        )]
        undated: Option<UndatedFacts>,
    ) -> Result<Vec<Brokerage>> {
        let at = when(as_of, during, undated)?;
        let regions = parse_ids("regions", &regions, EntityId::parse)?;
        let rows = asker(ctx)
            .session
            .brokerage(&regions, resources.as_deref(), at)
            .await?;
        asker(ctx).spend_rows(rows.len())?;
        Ok(rows.into_iter().map(|row| Brokerage { row, at }).collect())
    }

    /// What is said to have come of what a fund or programme put in: each output over each input of the same unit.
    async fn leverage(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Of whom; an unknown id is refused.")] id: ID,
    ) -> Result<Vec<Leverage>> {
        let id = entity_id("id", &id)?;
        let rows = asker(ctx).session.leverage(&id).await?;
        asker(ctx).spend_rows(rows.len())?;
        Ok(rows.into_iter().map(Leverage).collect())
    }

    /// A sum of money, divided as a programme's or fund's first ALLOCATION rule says, else its first `CO_INVEST` rule. By largest
    /// remainder to the minor unit of its currency; among equal remainders the earlier party gets it.
    async fn allocate(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Whose rule; an unknown id is refused.")] bearer_id: ID,
        #[graphql(desc = "How much: not below zero, no finer than the currency's minor unit.")]
        amount: Decimal,
        #[graphql(
            desc = "The ISO 4217 code of the currency: CNY, EUR, JPY … Null: none is assumed, and the sum has hundredths."
        )]
        currency: Option<String>,
    ) -> Result<Allocation> {
        let bearer = entity_id("bearerId", &bearer_id)?;
        let currency = currency.as_deref().map(Unit::parse_currency).transpose();
        let currency = currency.map_err(|error| Failure::input(format!("currency: {error}")))?;
        Ok(Allocation(
            asker(ctx).session.allocate(&bearer, amount.0, currency).await?,
        ))
    }
}

fn entity_id(argument: &str, id: &str) -> Result<EntityId> {
    EntityId::parse(id).map_err(|error| Failure::input(format!("{argument}: {error}")))
}
