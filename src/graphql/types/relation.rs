//! Relations: edges with their own keys, amounts and evidence.

use std::sync::Arc;

use async_graphql::{Context, ID, Object};

use super::entity::Record;
use super::kinds::{Entity, Program};
use super::quantity::Quantity;
use super::record::{self, Dataset};
use super::statement::{self, Statement};
use crate::graphql::errors::Result;
use crate::graphql::scalars::{Decimal, PartialDate};
use crate::graphql::schema::asker;
use crate::model;
use crate::model::change::Subject;
use crate::model::id::RelationId;
use crate::model::ontology::RelationKind;
use crate::model::relation::{Driver, FlowDirection, Resource};
use crate::model::selector::AsOf;

/// A relation, and the date that was asked for above it.
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

    /// A relation by id, read together with others.
    pub(in crate::graphql) async fn load(
        ctx: &Context<'_>,
        id: &RelationId,
        at: AsOf,
    ) -> Result<Option<Self>> {
        let loaders = &asker(ctx).loaders;
        let relation = loaders.one(&loaders.relations, id.clone()).await?;
        Ok(relation.map(|relation| Self { relation, at }))
    }

    /// Several at once; one that nothing has is left out.
    pub(in crate::graphql) async fn load_all(
        ctx: &Context<'_>,
        ids: &[RelationId],
        at: AsOf,
    ) -> Result<Vec<Self>> {
        asker(ctx).spend_rows(ids.len())?;
        let waiting: Vec<_> = ids.iter().map(|id| Self::load(ctx, id, at)).collect();
        let found = async_graphql::futures_util::future::try_join_all(waiting).await?;
        Ok(found.into_iter().flatten().collect())
    }
}

/// An edge of the graph. Parallel relations of one kind between the same two entities are allowed.
#[Object]
impl Relation {
    /// Its key.
    pub(in crate::graphql) async fn id(&self) -> ID {
        self.relation.id.as_str().into()
    }
    /// What it says; `ontology` tells what the kind means.
    async fn kind(&self) -> RelationKind {
        self.relation.kind
    }
    /// Where it begins.
    async fn from(&self, ctx: &Context<'_>) -> Result<Entity> {
        Record::entity(ctx, &self.relation.from, self.at).await
    }
    /// Where it ends.
    async fn to(&self, ctx: &Context<'_>) -> Result<Entity> {
        Record::entity(ctx, &self.relation.to, self.at).await
    }
    /// What it carries; null where it is not stated, where it passes on what comes in, or where it carries nothing.
    async fn resource(&self) -> Option<Resource> {
        self.relation.resource()
    }
    /// Which way it carries.
    async fn flow(&self) -> FlowDirection {
        self.relation.flow()
    }
    /// What it says itself of what it carries; null where that is left to its kind.
    async fn stated_resource(&self) -> Option<Resource> {
        self.relation.stated_resource
    }
    /// What it says itself of which way it carries; null where that is left to its kind.
    async fn stated_flow(&self) -> Option<FlowDirection> {
        self.relation.stated_flow
    }
    /// Whether its amounts add up along a path.
    async fn conserved(&self) -> bool {
        self.relation.is_conserved()
    }
    /// How much, as it is known on the day asked; null where no amount is recorded, not even that it is unknown.
    async fn quantity(&self, ctx: &Context<'_>) -> Option<Quantity> {
        let (quantity, id) = (self.relation.quantity.clone()?, self.relation.id.as_str());
        let quantity = asker(ctx).session.known_amount(quantity, self.at, id);
        Some(Quantity::of_relation(quantity, self.relation.kind))
    }
    /// The part of the whole that it passes on, 0 to 1; null where not stated.
    async fn share(&self) -> Option<Decimal> {
        self.relation.share.map(Decimal)
    }
    /// The programmes it falls under.
    async fn under(&self, ctx: &Context<'_>) -> Result<Vec<Program>> {
        Ok(Record::load_all(ctx, &self.relation.under, self.at)
            .await?
            .into_iter()
            .map(Program)
            .collect())
    }
    /// What drives it.
    async fn driver(&self) -> Driver {
        self.relation.driver
    }
    /// From when it holds; null where open or not known.
    async fn valid_from(&self) -> Option<PartialDate> {
        self.relation.validity.from().map(PartialDate)
    }
    /// The first day on which it holds no more; null where open or not known.
    async fn valid_to(&self) -> Option<PartialDate> {
        self.relation.validity.to().map(PartialDate)
    }
    /// The evidence for it.
    async fn statements(&self, ctx: &Context<'_>) -> Result<Vec<Statement>> {
        statement::statements(ctx, Subject::Relation(self.relation.id.clone())).await
    }
    /// The data sets that have a row for it.
    async fn datasets(&self, ctx: &Context<'_>) -> Result<Vec<Dataset>> {
        record::datasets_of(ctx, Subject::Relation(self.relation.id.clone())).await
    }
}
