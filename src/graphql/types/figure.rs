//! The figures of a ledger: sums of amounts with their parts, and amounts that come from or go elsewhere.

use async_graphql::futures_util::future::try_join_all;
use async_graphql::{Context, ID, Object, SimpleObject};

use super::entity::EntityAtDate;
use super::incident::{self, RelationConnection};
use super::kinds::Entity;
use super::quantity::Quantity;
use crate::graphql::errors::{Failure, Result};
use crate::graphql::inputs::page::PageArgs;
use crate::graphql::scalars::int;
use crate::model;
use crate::model::id::RelationId;
use crate::model::quantity::{QuantityStatus, Unit};
use crate::model::resource::Resource;
use crate::model::selector::AsOf;
use crate::service;

/// A figure of a ledger row. The ledger is the `mechanisms` field of the API.
pub(in crate::graphql) struct MechanismFigure {
    figure: service::Figure,
    /// The time filter of the ledger, with which the entities and relations of the figure are read.
    at: AsOf,
}

impl MechanismFigure {
    pub(super) fn new(figure: &service::Figure, at: AsOf) -> Self {
        Self {
            figure: figure.clone(),
            at,
        }
    }

    /// An amount of the figure, with the status that all its amounts have.
    fn quantity(&self, quantity: &model::quantity::Quantity) -> Quantity {
        Quantity::of_status(quantity.clone(), self.figure.key.status)
    }

    /// One of the parts that the total is divided into, if there is such a part.
    fn part(&self, part: Option<&model::quantity::Quantity>) -> Option<Quantity> {
        part.map(|part| self.quantity(part))
    }

    /// A page of the relations in one of the figure's lists, given by the name of the list and its ids.
    async fn relation_page(
        &self,
        ctx: &Context<'_>,
        (name, ids): (&str, &[RelationId]),
        page: PageArgs,
    ) -> Result<RelationConnection> {
        // The scope names the list, not the figure: a cursor is a relation id, which is a valid position in
        // the same list of every figure.
        let scope = format!("mechanisms.figures.{name}");
        incident::page_by_ids(ctx, ids, &scope, page.defaulted(ctx), self.at).await
    }
}

/// Sum of the amounts of one status, resource, unit and basis. Of amounts in series, such as 10 issued to a program and 10 issued by
/// it, only the last one before the targets counts; the others are its stages.
#[Object]
impl MechanismFigure {
    /// Status of the amounts: realized, promised or claimed.
    async fn status(&self) -> QuantityStatus {
        self.figure.key.status
    }
    /// Resource of the amounts. Null if it is not stated.
    async fn resource(&self) -> Option<Resource> {
        self.figure.key.resource
    }
    /// Unit of the amounts. Null if it is not stated.
    async fn unit(&self) -> Option<&str> {
        self.figure.key.unit.as_ref().map(Unit::as_str)
    }
    /// Basis of the amounts: `PAID_IN`, `INVESTED`, `COMMITTED` and so on. Null if it is not stated.
    async fn basis(&self) -> Option<&'static str> {
        self.figure.key.basis.map(model::quantity::Basis::name)
    }
    /// Sum of the parts.
    async fn total(&self) -> Quantity {
        self.quantity(&self.figure.total)
    }
    /// Part of which both ends are stated: it comes from the sources and goes to the targets. Null if there is none.
    async fn both_stated(&self) -> Option<Quantity> {
        self.part(self.figure.both_stated.as_ref())
    }
    /// Part that goes to the targets and whose origin is not stated. Null if there is none.
    async fn origin_not_stated(&self) -> Option<Quantity> {
        self.part(self.figure.origin_not_stated.as_ref())
    }
    /// Part that comes from the sources and whose destination is not stated. Null if there is none.
    async fn destination_not_stated(&self) -> Option<Quantity> {
        self.part(self.figure.destination_not_stated.as_ref())
    }
    /// Part of which neither end is stated; it counts because the program is tied to one of the sides. Null if there is none.
    async fn neither_stated(&self) -> Option<Quantity> {
        self.part(self.figure.neither_stated.as_ref())
    }
    /// Totals that are stated for the program or for a fund at an end of its relations.
    async fn totals(&self, ctx: &Context<'_>) -> Result<Vec<StatedTotal>> {
        let stated = async |total: &service::StatedTotal| {
            Ok::<_, Failure>(StatedTotal {
                entity: EntityAtDate::entity(ctx, &total.entity, self.at).await?,
                observation_id: total.observation.as_ref().map(|id| id.as_str().into()),
                quantity: total.quantity.clone().into(),
                counts: total.counts,
            })
        };
        try_join_all(self.figure.totals.iter().map(stated)).await
    }
    /// Relations whose amounts are added up, sorted by id.
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
        self.relation_page(ctx, ("relations", &self.figure.relations), page)
            .await
    }
    /// Relations whose amounts are not added because they are stages or parts of those that are; sorted by id.
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
        self.relation_page(ctx, ("stages", &self.figure.stages), page)
            .await
    }
    /// Relations of unknown amount upstream or downstream of a stated amount, sorted by id. Only the division of that amount among
    /// them is not stated, so that they leave the sum bounded.
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
        self.relation_page(ctx, ("split", &self.figure.split_not_stated), page)
            .await
    }
    /// Relations of unknown amount that are not part of a stated amount, so that the sum has no upper bound; sorted by id.
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
        self.relation_page(ctx, ("open", &self.figure.open), page).await
    }
}

/// A total that is stated for a program or a fund.
#[derive(SimpleObject)]
pub(in crate::graphql) struct StatedTotal {
    /// Program or fund.
    entity: Entity,
    /// Id of the observation that states the total. Null if the total is the committed or paid-in amount of a fund.
    observation_id: Option<ID>,
    /// Stated total.
    quantity: Quantity,
    /// Whether the total is part of the sum. If not, it is a stage of an amount that is, or part of it goes elsewhere.
    counts: bool,
}

/// Relations of a program that come from or go elsewhere.
pub(in crate::graphql) struct Elsewhere {
    elsewhere: service::ElsewhereFigures,
    at: AsOf,
}

impl Elsewhere {
    pub(super) fn new(elsewhere: &service::ElsewhereFigures, at: AsOf) -> Self {
        Self {
            elsewhere: elsewhere.clone(),
            at,
        }
    }
}

/// Relations of a program that come from or go elsewhere: every possible origin, or every possible destination, is known to lie
/// neither among the selected entities nor in a region above them.
#[Object]
impl Elsewhere {
    /// Number of relations.
    async fn relation_count(&self) -> i32 {
        int(self.elsewhere.relations.len())
    }
    /// Sums of their amounts, one for each status, resource, unit and basis.
    async fn amounts(&self) -> Vec<Quantity> {
        let figures = self.elsewhere.figures.iter();
        figures
            .map(|figure| Quantity::of_status(figure.total.clone(), figure.key.status))
            .collect()
    }
    /// Relations, sorted by id.
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
        incident::page_by_ids(
            ctx,
            &self.elsewhere.relations,
            "mechanisms.elsewhere",
            page,
            self.at,
        )
        .await
    }
}
