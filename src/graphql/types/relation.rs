//! Relations: edges with their own ids, amounts and evidence.

use std::sync::Arc;

use async_graphql::{Context, ID, Object};

use super::dataset::{self, Dataset};
use super::entity::EntityAtDate;
use super::kinds::{Entity, Program};
use super::quantity::Quantity;
use super::statement::{self, Statement};
use crate::graphql::errors::Result;
use crate::graphql::request_context::request_context;
use crate::graphql::scalars::{Decimal, PartialDate};
use crate::model;
use crate::model::change::Subject;
use crate::model::flow_direction::FlowDirection;
use crate::model::id::RelationId;
use crate::model::ontology::RelationKind;
use crate::model::relation::Driver;
use crate::model::resource::Resource;
use crate::model::selector::AsOf;

/// A relation, and the date at which it and its nested fields are read.
#[derive(Clone)]
pub(in crate::graphql) struct Relation {
    relation: Arc<model::relation::Relation>,
    at: AsOf,
}

impl Relation {
    pub(in crate::graphql) fn new(relation: impl Into<Arc<model::relation::Relation>>, at: AsOf) -> Self {
        Self {
            relation: relation.into(),
            at,
        }
    }

    /// Loads a relation by id, in one batch with others.
    pub(in crate::graphql) async fn load(
        ctx: &Context<'_>,
        id: &RelationId,
        at: AsOf,
    ) -> Result<Option<Self>> {
        let loaders = &request_context(ctx).loaders;
        let relation = loaders.one(&loaders.relations, id.clone()).await?;
        Ok(relation.map(|relation| Self { relation, at }))
    }

    /// Loads several relations in the order of the ids, without those that do not exist.
    pub(in crate::graphql) async fn load_all(
        ctx: &Context<'_>,
        ids: &[RelationId],
        at: AsOf,
    ) -> Result<Vec<Self>> {
        request_context(ctx).spend_rows(ids.len())?;
        let waiting: Vec<_> = ids.iter().map(|id| Self::load(ctx, id, at)).collect();
        let found = async_graphql::futures_util::future::try_join_all(waiting).await?;
        Ok(found.into_iter().flatten().collect())
    }
}

/// A directed fact between two entities. There may be several relations of one kind between the same two entities.
#[Object]
impl Relation {
    /// Id of the relation.
    pub(in crate::graphql) async fn id(&self) -> ID {
        self.relation.id.as_str().into()
    }
    /// Kind of the relation; `ontology` describes each kind.
    async fn kind(&self) -> RelationKind {
        self.relation.kind
    }
    /// Entity at which the relation starts.
    async fn from(&self, ctx: &Context<'_>) -> Result<Entity> {
        EntityAtDate::entity(ctx, &self.relation.from, self.at).await
    }
    /// Entity at which the relation ends.
    async fn to(&self, ctx: &Context<'_>) -> Result<Entity> {
        EntityAtDate::entity(ctx, &self.relation.to, self.at).await
    }
    /// Resource that the relation carries. Null if it is not stated, if the relation passes on what comes in, or if it carries
    /// nothing.
    async fn resource(&self) -> Option<Resource> {
        self.relation.resource()
    }
    /// Direction in which the relation carries the resource.
    async fn flow(&self) -> FlowDirection {
        self.relation.flow()
    }
    /// Resource that the relation itself states. Null if it follows from the kind.
    async fn stated_resource(&self) -> Option<Resource> {
        self.relation.stated_resource
    }
    /// Direction of flow that the relation itself states. Null if it follows from the kind.
    async fn stated_flow(&self) -> Option<FlowDirection> {
        self.relation.stated_flow
    }
    /// Whether amounts of the relation add up along a path.
    async fn conserved(&self) -> bool {
        self.relation.is_conserved()
    }
    /// Amount, as known at the requested date. Null if no amount is recorded, not even as unknown.
    async fn quantity(&self, ctx: &Context<'_>) -> Option<Quantity> {
        let (quantity, id) = (self.relation.quantity.clone()?, self.relation.id.as_str());
        let quantity = request_context(ctx).session.known_amount(quantity, self.at, id);
        Some(Quantity::of_relation(quantity, self.relation.kind))
    }
    /// Share of the whole that the relation passes on, from 0 to 1. Null if it is not stated.
    async fn share(&self) -> Option<Decimal> {
        self.relation.share.map(Decimal)
    }
    /// Programs under which the relation falls.
    async fn under(&self, ctx: &Context<'_>) -> Result<Vec<Program>> {
        Ok(EntityAtDate::load_all(ctx, &self.relation.under, self.at)
            .await?
            .into_iter()
            .map(Program)
            .collect())
    }
    /// What drives the relation: government, the market or both.
    async fn driver(&self) -> Driver {
        self.relation.driver
    }
    /// Date from which the relation holds. Null if open or unknown.
    async fn valid_from(&self) -> Option<PartialDate> {
        self.relation.validity.from().map(PartialDate)
    }
    /// First day on which the relation no longer holds. Null if open or unknown.
    async fn valid_to(&self) -> Option<PartialDate> {
        self.relation.validity.to().map(PartialDate)
    }
    /// Statements that support the relation.
    async fn statements(&self, ctx: &Context<'_>) -> Result<Vec<Statement>> {
        statement::statements(ctx, Subject::Relation(self.relation.id.clone())).await
    }
    /// Data sets that contain a row for the relation.
    async fn datasets(&self, ctx: &Context<'_>) -> Result<Vec<Dataset>> {
        dataset::datasets_of(ctx, Subject::Relation(self.relation.id.clone())).await
    }
}
