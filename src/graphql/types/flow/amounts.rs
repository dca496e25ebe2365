//! Amounts of a flow, and the rows that have one.

use async_graphql::{Context, SimpleObject};

use crate::graphql::errors::Result;
use crate::graphql::scalars::Decimal;
use crate::graphql::schema::asker;
use crate::graphql::types::entity::Record;
use crate::graphql::types::kinds::{Entity, Industry};
use crate::model::id::EntityId;
use crate::model::quantity::Unit;
use crate::model::selector::AsOf;
use crate::service::FlowAnswer;
use crate::service::flow::{self, BoundsKind, OriginKind, OriginRow, Row, Rows};

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
}

impl FlowAmount {
    pub(in crate::graphql) fn new(amount: flow::Amount, unit: &Unit) -> Self {
        Self {
            min: Some(Decimal(amount.bounds.min)),
            proportional: amount.proportional.map(Decimal),
            max: amount.bounds.max.map(Decimal),
            bounds: amount.bounds.kind,
            unit: unit.as_str().into(),
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

impl FlowShare {
    pub(super) async fn rows(
        ctx: &Context<'_>,
        rows: &Rows<Row>,
        answer: &FlowAnswer,
        at: AsOf,
    ) -> Result<Vec<Self>> {
        let ids: Vec<EntityId> = rows.rows.iter().filter_map(|row| row.entity.clone()).collect();
        asker(ctx).spend_rows(ids.len())?;
        let entities = Record::load_all(ctx, &ids, at).await?;
        let rows = entities.into_iter().zip(&rows.rows).map(|(entity, row)| Self {
            entity: entity.into(),
            amount: FlowAmount::new(row.amount, answer.unit()),
        });
        Ok(rows.collect())
    }
}

impl IndustryFlow {
    pub(super) async fn rows(
        ctx: &Context<'_>,
        rows: &Rows<Row>,
        answer: &FlowAnswer,
        at: AsOf,
    ) -> Result<Vec<Self>> {
        let ids: Vec<EntityId> = rows.rows.iter().filter_map(|row| row.entity.clone()).collect();
        asker(ctx).spend_rows(rows.rows.len())?;
        let mut entities = Record::load_all(ctx, &ids, at).await?.into_iter();
        let rows = rows.rows.iter().map(|row| Self {
            industry: row.entity.as_ref().and_then(|_| entities.next()).map(Industry),
            amount: FlowAmount::new(row.amount, answer.unit()),
        });
        Ok(rows.collect())
    }
}

impl FlowOrigin {
    pub(super) async fn rows(
        ctx: &Context<'_>,
        rows: &Rows<OriginRow>,
        answer: &FlowAnswer,
        at: AsOf,
    ) -> Result<Vec<Self>> {
        let ids: Vec<EntityId> = rows.rows.iter().map(|row| row.entity.clone()).collect();
        asker(ctx).spend_rows(ids.len())?;
        let entities = Record::load_all(ctx, &ids, at).await?;
        let rows = entities.into_iter().zip(&rows.rows).map(|(entity, row)| Self {
            entity: entity.into(),
            origin: row.origin,
            amount: FlowAmount::new(row.amount, answer.unit()),
        });
        Ok(rows.collect())
    }
}
