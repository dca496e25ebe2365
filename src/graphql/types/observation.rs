//! Observations: quantities of an entity that are no flow.

use std::sync::Arc;

use async_graphql::{Context, ID, Object, SimpleObject};

use super::entity::Record;
use super::kinds::Entity;
use super::page::{Connection, Edge, Total, edges, wants_rows};
use super::quantity::Quantity;
use super::statement::{self, Statement};
use crate::graphql::errors::Result;
use crate::graphql::inputs::page::PageArgs;
use crate::graphql::loaders::ObservationQuery;
use crate::graphql::scalars::PartialDate;
use crate::graphql::schema::asker;
use crate::model;
use crate::model::change::Subject;
use crate::model::page::Page;
use crate::model::selector::AsOf;

/// A page of observations.
pub(in crate::graphql) type ObservationConnection = Connection<Edge<Observation>>;

/// An observation, and the date that was asked for above it.
#[derive(Clone)]
pub(in crate::graphql) struct Observation {
    pub(in crate::graphql) observation: Arc<model::record::Observation>,
    pub(in crate::graphql) at: AsOf,
}

/// A quantity of an entity that is no flow.
#[Object]
impl Observation {
    /// Its key.
    pub(in crate::graphql) async fn id(&self) -> ID {
        self.observation.id.as_str().into()
    }
    /// Of whom.
    async fn entity(&self, ctx: &Context<'_>) -> Result<Entity> {
        Record::entity(ctx, &self.observation.entity, self.at).await
    }
    /// What was observed: `COMMUTERS_GROWTH`.
    async fn indicator(&self) -> &str {
        &self.observation.indicator
    }
    /// How much, as it is known on the day asked.
    async fn quantity(&self, ctx: &Context<'_>) -> Quantity {
        let (quantity, id) = (self.observation.quantity.clone(), self.observation.id.as_str());
        asker(ctx).session.known_amount(quantity, self.at, id).into()
    }
    /// When; null where it is not known.
    async fn period(&self) -> Option<Period> {
        self.observation.period.map(Into::into)
    }
    /// The evidence for it.
    async fn statements(&self, ctx: &Context<'_>) -> Result<Vec<Statement>> {
        statement::statements(ctx, Subject::Observation(self.observation.id.clone())).await
    }
}

/// The time that an observation speaks of.
#[derive(SimpleObject)]
pub(in crate::graphql) struct Period {
    /// Its start; null where open.
    from: Option<PartialDate>,
    /// Its end; null where open.
    to: Option<PartialDate>,
    /// As it is written: `2024`, `2024-01/2024-06`.
    text: String,
}

impl From<model::period::Period> for Period {
    fn from(period: model::period::Period) -> Self {
        Self {
            from: period.from.map(PartialDate),
            to: period.to.map(PartialDate),
            text: period.to_string(),
        }
    }
}

/// One page of an entity's observations.
pub(in crate::graphql) async fn of_entity(
    ctx: &Context<'_>,
    of: &Record,
    indicators: Option<Vec<String>>,
    args: &PageArgs,
) -> Result<ObservationConnection> {
    let id = &of.entity.id;
    let scope = format!("{id}.observations");
    let query = Arc::new(ObservationQuery {
        indicators,
        page: args.parse(&scope)?,
    });
    let page = if wants_rows(ctx) {
        asker(ctx).loaders.observed.load(&query, id.clone()).await?
    } else {
        Arc::new(Page::empty())
    };
    asker(ctx).spend_rows(page.items.len())?;
    let at = of.at;
    let row = |observation: model::record::Observation| {
        (
            observation.id.clone(),
            Observation {
                observation: Arc::new(observation),
                at,
            },
        )
    };
    Ok(Connection {
        page: edges(Page::clone(&page), &scope, row),
        total: Total::Observations(id.clone(), query),
    })
}
