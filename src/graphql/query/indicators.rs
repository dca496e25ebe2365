//! `indicators`, `brokerage`, `leverage` and `allocate`: figures that are computed from the graph.

use async_graphql::{Context, ID, Object};

use crate::graphql::cost::cost;
use crate::graphql::errors::{Failure, Result};
use crate::graphql::inputs::filter::parse_ids;
use crate::graphql::inputs::time::{DateRange, time_filter};
use crate::graphql::request_context::request_context;
use crate::graphql::scalars::{Date, Decimal};
use crate::graphql::types::indicator::{Brokerage, Indicator};
use crate::graphql::types::leverage::{Allocation, Leverage};
use crate::model::id::EntityId;
use crate::model::period::UndatedFacts;
use crate::model::quantity::Unit;
use crate::model::resource::Resource;
use crate::service::IndicatorCode;

#[derive(Default)]
pub(super) struct IndicatorFields;

#[Object]
impl IndicatorFields {
    /// Indicators of regions, in the order of the codes, then of `regions`. The members of a region are the entities in it or in a region
    /// below it, except industries. Ties are relations of kinds that carry a resource, between two members or between a member
    /// and another entity.
    #[graphql(directive = cost::apply(200_000))]
    async fn indicators(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Ids of the regions, at most 50. An unknown id is rejected.")] regions: Vec<ID>,
        #[graphql(desc = "Codes of the indicators to compute. Default: all.")] codes: Option<
            Vec<IndicatorCode>,
        >,
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
    ) -> Result<Vec<Indicator>> {
        let at = time_filter(as_of, during, undated)?;
        let regions = parse_ids("regions", &regions, EntityId::parse)?;
        let codes = codes.unwrap_or_else(|| IndicatorCode::ALL.to_vec());
        let codes = codes.into_iter().collect();
        let rows = request_context(ctx)
            .session
            .indicators(&regions, &codes, at)
            .await?;
        request_context(ctx).spend_rows(rows.len())?;
        Ok(rows.into_iter().map(|row| Indicator { row, at }).collect())
    }

    /// Entities that connect two others that are not directly connected, sorted by frequency in descending order, then by id. Each entity
    /// counts in the first of the regions to which it belongs.
    #[graphql(directive = cost::apply(200_000))]
    async fn brokerage(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Ids of the regions that form the groups, at most 50. An unknown id is rejected.")]
        regions: Vec<ID>,
        #[graphql(desc = "Only relations that carry one of these resources. Default: any.")]
        resources: Option<Vec<Resource>>,
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
    ) -> Result<Vec<Brokerage>> {
        let at = time_filter(as_of, during, undated)?;
        let regions = parse_ids("regions", &regions, EntityId::parse)?;
        let rows = request_context(ctx)
            .session
            .brokerage(&regions, resources.as_deref(), at)
            .await?;
        request_context(ctx).spend_rows(rows.len())?;
        Ok(rows.into_iter().map(|row| Brokerage { row, at }).collect())
    }

    /// Claimed leverage of a fund or program: the ratio of each output to each input of the same unit.
    #[graphql(directive = cost::apply(50_000))]
    async fn leverage(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Id of the fund or program. An unknown id is rejected.")] id: ID,
    ) -> Result<Vec<Leverage>> {
        let id = entity_id("id", &id)?;
        let rows = request_context(ctx).session.leverage(&id).await?;
        request_context(ctx).spend_rows(rows.len())?;
        Ok(rows.into_iter().map(Leverage).collect())
    }

    /// Division of a sum of money by the first ALLOCATION rule of a program or fund, or its first `CO_INVEST` rule if it has none. Amounts
    /// are rounded to the minor unit of the currency by the largest-remainder method; of equal remainders the earlier party's is
    /// rounded up.
    async fn allocate(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Id of the program or fund that has the rule. An unknown id is rejected.")]
        bearer_id: ID,
        #[graphql(
            desc = "Sum to divide: zero or greater, with no more decimals than the minor unit of the currency."
        )]
        amount: Decimal,
        #[graphql(
            desc = "ISO 4217 code of the currency, such as CNY, EUR or JPY. If null, no currency is assumed and the minor unit is one hundredth."
        )]
        currency: Option<String>,
    ) -> Result<Allocation> {
        let bearer = entity_id("bearerId", &bearer_id)?;
        let currency = currency.as_deref().map(Unit::parse_currency).transpose();
        let currency = currency.map_err(|error| Failure::input(format!("currency: {error}")))?;
        Ok(Allocation(
            request_context(ctx)
                .session
                .allocate(&bearer, amount.0, currency)
                .await?,
        ))
    }
}

fn entity_id(argument: &str, id: &str) -> Result<EntityId> {
    EntityId::parse(id).map_err(|error| Failure::input(format!("{argument}: {error}")))
}
