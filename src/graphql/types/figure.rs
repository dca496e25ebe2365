//! The figures of a ledger: what amounts come to, with their parts, and what goes elsewhere.

use async_graphql::futures_util::future::try_join_all;
use async_graphql::{Context, ID, Object, SimpleObject};

use super::entity::Record;
use super::incident::{self, RelationConnection};
use super::kinds::Entity;
use super::quantity::Quantity;
use crate::graphql::errors::{Failure, Result};
use crate::graphql::inputs::page::PageArgs;
use crate::graphql::scalars::int;
use crate::model;
use crate::model::id::RelationId;
use crate::model::quantity::{QuantityStatus, Unit};
use crate::model::relation::Resource;
use crate::model::selector::AsOf;
use crate::service;

/// One figure of a row.
pub(in crate::graphql) struct MechanismFigure {
    figure: service::Figure,
    at: AsOf,
}

impl MechanismFigure {
    pub(super) fn new(figure: &service::Figure, at: AsOf) -> Self {
        Self {
            figure: figure.clone(),
            at,
        }
    }

    fn quantity(&self, quantity: &model::quantity::Quantity) -> Quantity {
        Quantity::of_status(quantity.clone(), self.figure.key.status)
    }

    fn part(&self, part: Option<&model::quantity::Quantity>) -> Option<Quantity> {
        part.map(|part| self.quantity(part))
    }

    async fn list(
        &self,
        ctx: &Context<'_>,
        (name, ids): (&str, &[RelationId]),
        page: PageArgs,
    ) -> Result<RelationConnection> {
        // One cursor for all figures: each lists by id, and they stand beside each other in a list.
        let scope = format!("mechanisms.figures.{name}");
        incident::listed(ctx, ids, &scope, page.defaulted(ctx), self.at).await
    }
}

/// What amounts of one status, resource, unit and basis come to. Of amounts in series, as 10 issued to a programme and 10 issued by
/// it, only the last before the targets counts; the others are its stages.
#[Object]
impl MechanismFigure {
    /// What the amounts are worth as facts.
    async fn status(&self) -> QuantityStatus {
        self.figure.key.status
    }
    /// What they are of; null where it is not stated.
    async fn resource(&self) -> Option<Resource> {
        self.figure.key.resource
    }
    /// Their unit; null where it is not stated.
    async fn unit(&self) -> Option<&str> {
        self.figure.key.unit.as_ref().map(Unit::as_str)
    }
    /// What kind of amounts they are: `PAID_IN`, `INVESTED`, `COMMITTED` …
    async fn basis(&self) -> Option<&'static str> {
        self.figure.key.basis.map(model::quantity::Basis::name)
    }
    /// The sum of the parts.
    async fn total(&self) -> Quantity {
        self.quantity(&self.figure.total)
    }
    /// The part that is known to come from one side and to go to the other; null where there is none.
    async fn both_stated(&self) -> Option<Quantity> {
        self.part(self.figure.both_stated.as_ref())
    }
    /// The part that is known to go to the targets, and of which it is not stated where it comes from.
    async fn origin_not_stated(&self) -> Option<Quantity> {
        self.part(self.figure.origin_not_stated.as_ref())
    }
    /// The part that is known to come from the sources, and of which it is not stated where it goes.
    async fn destination_not_stated(&self) -> Option<Quantity> {
        self.part(self.figure.destination_not_stated.as_ref())
    }
    /// The part of which neither is stated; it counts because the programme is tied to one of the sides.
    async fn neither_stated(&self) -> Option<Quantity> {
        self.part(self.figure.neither_stated.as_ref())
    }
    /// Totals that are stated of the programme, or of a fund at an end of its relations.
    async fn totals(&self, ctx: &Context<'_>) -> Result<Vec<StatedTotal>> {
        let stated = async |total: &service::StatedTotal| {
            Ok::<_, Failure>(StatedTotal {
                entity: Record::entity(ctx, &total.entity, self.at).await?,
                observation_id: total.observation.as_ref().map(|id| id.as_str().into()),
                quantity: total.quantity.clone().into(),
                counts: total.counts,
            })
        };
        try_join_all(self.figure.totals.iter().map(stated)).await
    }
    /// The relations that were added up, by id.
    async fn relations(
        &self,
        ctx: &Context<'_>,
        #[graphql(
            desc = "Number of rows from the start, 0–1000. Default: 100, where `last` is not given.",
            default_with = "Some(100)"
        )]
        first: Option<i32>,
        #[graphql(desc = "Rows after this cursor.")] after: Option<String>,
        #[graphql(desc = "Number of rows from the end, 0–1000, in list order.")] last: Option<i32>,
        #[graphql(desc = "Rows before this cursor.")] before: Option<String>,
    ) -> Result<RelationConnection> {
        let page = PageArgs {
            first,
            after,
            last,
            before,
        };
        self.list(ctx, ("relations", &self.figure.relations), page).await
    }
    /// Relations whose amounts are stages or parts of what was added up, and so are not added, by id.
    async fn stages(
        &self,
        ctx: &Context<'_>,
        #[graphql(
            desc = "Number of rows from the start, 0–1000. Default: 100, where `last` is not given.",
            default_with = "Some(100)"
        )]
        first: Option<i32>,
        #[graphql(desc = "Rows after this cursor.")] after: Option<String>,
        #[graphql(desc = "Number of rows from the end, 0–1000, in list order.")] last: Option<i32>,
        #[graphql(desc = "Rows before this cursor.")] before: Option<String>,
    ) -> Result<RelationConnection> {
        let page = PageArgs {
            first,
            after,
            last,
            before,
        };
        self.list(ctx, ("stages", &self.figure.stages), page).await
    }
    /// Relations of unknown amount up- or downstream of a stated one: only the split is not stated, and the sum is not open for
    /// it. By id.
    async fn split_not_stated(
        &self,
        ctx: &Context<'_>,
        #[graphql(
            desc = "Number of rows from the start, 0–1000. Default: 100, where `last` is not given.",
            default_with = "Some(100)"
        )]
        first: Option<i32>,
        #[graphql(desc = "Rows after this cursor.")] after: Option<String>,
        #[graphql(desc = "Number of rows from the end, 0–1000, in list order.")] last: Option<i32>,
        #[graphql(desc = "Rows before this cursor.")] before: Option<String>,
    ) -> Result<RelationConnection> {
        let page = PageArgs {
            first,
            after,
            last,
            before,
        };
        self.list(ctx, ("split", &self.figure.split_not_stated), page)
            .await
    }
    /// Relations of unknown amount that are no part of a stated one, so that nothing bounds the sum above. By id.
    async fn open(
        &self,
        ctx: &Context<'_>,
        #[graphql(
            desc = "Number of rows from the start, 0–1000. Default: 100, where `last` is not given.",
            default_with = "Some(100)"
        )]
        first: Option<i32>,
        #[graphql(desc = "Rows after this cursor.")] after: Option<String>,
        #[graphql(desc = "Number of rows from the end, 0–1000, in list order.")] last: Option<i32>,
        #[graphql(desc = "Rows before this cursor.")] before: Option<String>,
    ) -> Result<RelationConnection> {
        let page = PageArgs {
            first,
            after,
            last,
            before,
        };
        self.list(ctx, ("open", &self.figure.open), page).await
    }
}

/// A total that is stated of a programme or of a fund.
#[derive(SimpleObject)]
pub(in crate::graphql) struct StatedTotal {
    /// The programme or fund.
    entity: Entity,
    /// The observation that states it; null where it is what was committed or paid in to a fund.
    observation_id: Option<ID>,
    /// How much.
    quantity: Quantity,
    /// Whether it was added up. Where it was not, it is a stage of what was, or a part of it goes elsewhere.
    counts: bool,
}

/// What comes from elsewhere or goes elsewhere.
pub(in crate::graphql) struct Elsewhere {
    elsewhere: service::Elsewhere,
    at: AsOf,
}

impl Elsewhere {
    pub(super) fn new(elsewhere: &service::Elsewhere, at: AsOf) -> Self {
        Self {
            elsewhere: elsewhere.clone(),
            at,
        }
    }
}

/// What comes from elsewhere or goes elsewhere: all that it can come from, or go to, is known to lie neither among what was asked for
/// nor in a region above it.
#[Object]
impl Elsewhere {
    /// Number of relations.
    async fn relation_count(&self) -> i32 {
        int(self.elsewhere.relations.len())
    }
    /// What their amounts come to: one for each status, resource, unit and basis.
    async fn amounts(&self) -> Vec<Quantity> {
        let figures = self.elsewhere.figures.iter();
        figures
            .map(|figure| Quantity::of_status(figure.total.clone(), figure.key.status))
            .collect()
    }
    /// The relations, by id.
    async fn relations(
        &self,
        ctx: &Context<'_>,
        #[graphql(
            desc = "Number of rows from the start, 0–1000. Default: 100, where `last` is not given.",
            default_with = "Some(100)"
        )]
        first: Option<i32>,
        #[graphql(desc = "Rows after this cursor.")] after: Option<String>,
        #[graphql(desc = "Number of rows from the end, 0–1000, in list order.")] last: Option<i32>,
        #[graphql(desc = "Rows before this cursor.")] before: Option<String>,
    ) -> Result<RelationConnection> {
        let page = PageArgs {
            first,
            after,
            last,
            before,
        };
        let page = page.defaulted(ctx);
        incident::listed(
            ctx,
            &self.elsewhere.relations,
            "mechanisms.elsewhere",
            page,
            self.at,
        )
        .await
    }
}
