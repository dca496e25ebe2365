//! Amounts of a flow, and the rows that have one.

use async_graphql::{Context, SimpleObject};

use crate::graphql::errors::Result;
use crate::graphql::scalars::Decimal;
use crate::graphql::types::entity::Record;
use crate::graphql::types::kinds::{Entity, Industry};
use crate::model::id::EntityId;
use crate::model::quantity::Unit;
use crate::model::selector::AsOf;
use crate::model::walk::TruncationReason;
use crate::service::flow::{self, BoundsKind, IndustryRow, OriginKind, OriginRow, Row, Rows};

/// An amount: `min` ≤ `proportional` ≤ `max`.
#[derive(SimpleObject, Clone)]
pub(in crate::graphql) struct FlowAmount {
    /// At least, whatever mixes with what.
    min: Option<Decimal>,
    /// If what leaves an entity is mixed as what goes through it is; null where an uncertain amount decides on it.
    proportional: Option<Decimal>,
    /// At most, whatever mixes with what; null: no upper bound.
    max: Option<Decimal>,
    /// What the bounds are worth.
    bounds: BoundsKind,
    /// The unit.
    unit: String,
    /// Why the bounds may be wider than they must be; null: they need not be.
    truncated_by: Option<TruncationReason>,
}

impl FlowAmount {
    pub(in crate::graphql) fn new(amount: flow::Amount, unit: &Unit) -> Self {
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

/// An amount at an entity.
#[derive(SimpleObject)]
pub(super) struct FlowShare {
    /// The entity.
    entity: Entity,
    /// How much.
    amount: FlowAmount,
}

/// An amount by industry.
#[derive(SimpleObject)]
pub(super) struct IndustryFlow {
    /// The industry; null for what is in none that is known.
    industry: Option<Industry>,
    /// How much.
    amount: FlowAmount,
}

/// An amount that comes from elsewhere.
#[derive(SimpleObject)]
pub(super) struct FlowOrigin {
    /// From whom.
    entity: Entity,
    /// What kind of origin that is.
    origin: OriginKind,
    /// How much.
    amount: FlowAmount,
}

/// Rows, each with the entity it is of, all read together.
async fn with_entities<'r, R>(
    ctx: &Context<'_>,
    rows: &'r [R],
    entity: impl Fn(&R) -> &EntityId,
    at: AsOf,
) -> Result<impl Iterator<Item = (Entity, &'r R)>> {
    let entities = Record::entities(ctx, rows.iter().map(entity), at).await?;
    Ok(entities.into_iter().map(Entity::from).zip(rows))
}

impl FlowShare {
    pub(super) async fn rows(
        ctx: &Context<'_>,
        rows: &Rows<Row>,
        unit: &Unit,
        at: AsOf,
    ) -> Result<Vec<Self>> {
        let rows = with_entities(ctx, &rows.rows, |row| &row.entity, at).await?;
        let row = |(entity, row): (Entity, &Row)| Self {
            entity,
            amount: FlowAmount::new(row.amount, unit),
        };
        Ok(rows.map(row).collect())
    }
}

impl FlowOrigin {
    pub(super) async fn rows(
        ctx: &Context<'_>,
        rows: &Rows<OriginRow>,
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
        rows: &Rows<IndustryRow>,
        unit: &Unit,
        at: AsOf,
    ) -> Result<Vec<Self>> {
        let known = rows.rows.iter().filter_map(|row| row.industry.as_ref());
        let mut industries = Record::entities(ctx, known, at).await?.into_iter().map(Industry);
        let row = |row: &IndustryRow| Self {
            industry: row.industry.as_ref().and_then(|_| industries.next()),
            amount: FlowAmount::new(row.amount, unit),
        };
        Ok(rows.rows.iter().map(row).collect())
    }
}
