//! Amounts of a flow, and the rows that contain one.

use async_graphql::{Context, SimpleObject};

use crate::graphql::errors::Result;
use crate::graphql::scalars::Decimal;
use crate::graphql::types::entity::EntityAtDate;
use crate::graphql::types::kinds::{Entity, Industry};
use crate::model::id::EntityId;
use crate::model::quantity::Unit;
use crate::model::selector::AsOf;
use crate::model::walk::TruncationReason;
use crate::service::flow::{self, BoundsKind, FlowRow, FlowRows, IndustryRow, OriginKind, OriginRow};

/// An attributed amount: `min` ≤ `proportional` ≤ `max`.
#[derive(SimpleObject, Clone)]
pub(in crate::graphql) struct FlowAmount {
    /// Minimum, for any mixing of inflows.
    min: Option<Decimal>,
    /// Amount if the outflows of each entity mix in proportion to its inflows. Null if it depends on an amount that is not
    /// known as one number.
    proportional: Option<Decimal>,
    /// Maximum, for any mixing of inflows. Null if there is no upper bound.
    max: Option<Decimal>,
    /// Whether the bounds are exact or may be too wide.
    bounds: BoundsKind,
    /// Unit of the amounts.
    unit: String,
    /// Limit because of which the bounds may be wider than necessary. Null if no limit was reached.
    truncated_by: Option<TruncationReason>,
}

impl FlowAmount {
    pub(in crate::graphql) fn new(amount: flow::FlowAmount, unit: &Unit) -> Self {
        Self {
            min: Some(Decimal(amount.bounds.min)),
            proportional: amount.proportional.map(Decimal),
            max: amount.bounds.max.map(Decimal),
            bounds: amount.bounds.kind,
            unit: unit.as_str().into(),
            truncated_by: amount.bounds.truncated,
        }
    }
}

/// Amount of one entity.
#[derive(SimpleObject)]
pub(super) struct FlowShare {
    /// Entity that supplies or receives the amount.
    entity: Entity,
    /// Amount.
    amount: FlowAmount,
}

/// Amount of one industry.
#[derive(SimpleObject)]
pub(super) struct IndustryFlow {
    /// Industry. Null for the part whose industry is not known.
    industry: Option<Industry>,
    /// Amount.
    amount: FlowAmount,
}

/// Amount that comes from an entity other than the sources.
#[derive(SimpleObject)]
pub(super) struct FlowOrigin {
    /// Entity from which the amount comes.
    entity: Entity,
    /// Kind of origin.
    origin: OriginKind,
    /// Amount.
    amount: FlowAmount,
}

/// The rows with their entities, which are loaded in one batch.
async fn with_entities<'r, R>(
    ctx: &Context<'_>,
    rows: &'r [R],
    entity: impl Fn(&R) -> &EntityId,
    at: AsOf,
) -> Result<impl Iterator<Item = (Entity, &'r R)>> {
    let entities = EntityAtDate::entities(ctx, rows.iter().map(entity), at).await?;
    Ok(entities.into_iter().map(Entity::from).zip(rows))
}

impl FlowShare {
    pub(super) async fn rows(
        ctx: &Context<'_>,
        rows: &FlowRows<FlowRow>,
        unit: &Unit,
        at: AsOf,
    ) -> Result<Vec<Self>> {
        let rows = with_entities(ctx, &rows.rows, |row| &row.entity, at).await?;
        let row = |(entity, row): (Entity, &FlowRow)| Self {
            entity,
            amount: FlowAmount::new(row.amount, unit),
        };
        Ok(rows.map(row).collect())
    }
}

impl FlowOrigin {
    pub(super) async fn rows(
        ctx: &Context<'_>,
        rows: &FlowRows<OriginRow>,
        unit: &Unit,
        at: AsOf,
    ) -> Result<Vec<Self>> {
        let rows = with_entities(ctx, &rows.rows, |row| &row.entity, at).await?;
        let row = |(entity, row): (Entity, &OriginRow)| Self {
            entity,
            origin: row.origin,
            amount: FlowAmount::new(row.amount, unit),
        };
        Ok(rows.map(row).collect())
    }
}

impl IndustryFlow {
    pub(super) async fn rows(
        ctx: &Context<'_>,
        rows: &FlowRows<IndustryRow>,
        unit: &Unit,
        at: AsOf,
    ) -> Result<Vec<Self>> {
        let known = rows.rows.iter().filter_map(|row| row.industry.as_ref());
        let mut industries = EntityAtDate::entities(ctx, known, at)
            .await?
            .into_iter()
            .map(Industry);
        let row = |row: &IndustryRow| Self {
            industry: row.industry.as_ref().and_then(|_| industries.next()),
            amount: FlowAmount::new(row.amount, unit),
        };
        Ok(rows.rows.iter().map(row).collect())
    }
}
