//! Observations: quantities of an entity that are not flows.

use std::sync::Arc;

use async_graphql::{Context, ID, Object, SimpleObject};

use super::entity::EntityAtDate;
use super::kinds::Entity;
use super::page::{Connection, Edge, TotalCount, edges, wants_rows};
use super::quantity::Quantity;
use super::statement::{self, Statement};
use crate::graphql::errors::Result;
use crate::graphql::inputs::page::PageArgs;
use crate::graphql::loaders::ObservationQuery;
use crate::graphql::request_context::request_context;
use crate::graphql::scalars::PartialDate;
use crate::model;
use crate::model::change::Subject;
use crate::model::page::Page;
use crate::model::selector::AsOf;

/// A page of observations.
pub(in crate::graphql) type ObservationConnection = Connection<Edge<Observation>>;

/// An observation, and the date at which it is read.
#[derive(Clone)]
pub(in crate::graphql) struct Observation {
    pub(in crate::graphql) observation: Arc<model::record::Observation>,
    pub(in crate::graphql) at: AsOf,
}

/// A quantity of an entity that is not a flow.
#[Object]
impl Observation {
    /// Id of the observation.
    pub(in crate::graphql) async fn id(&self) -> ID {
        self.observation.id.as_str().into()
    }
    /// Entity that is observed.
    async fn entity(&self, ctx: &Context<'_>) -> Result<Entity> {
        EntityAtDate::entity(ctx, &self.observation.entity, self.at).await
    }
    /// Indicator that is observed, such as `COMMUTERS_GROWTH`.
    async fn indicator(&self) -> &str {
        &self.observation.indicator
    }
    /// Observed quantity, as known at the requested date.
    async fn quantity(&self, ctx: &Context<'_>) -> Quantity {
        let (quantity, id) = (self.observation.quantity.clone(), self.observation.id.as_str());
        request_context(ctx)
            .session
            .known_amount(quantity, self.at, id)
            .into()
    }
    /// Period of the observation. Null if it is not known.
    async fn period(&self) -> Option<Period> {
        self.observation.period.map(Into::into)
    }
    /// Statements that support the observation.
    async fn statements(&self, ctx: &Context<'_>) -> Result<Vec<Statement>> {
        statement::statements(ctx, Subject::Observation(self.observation.id.clone())).await
    }
}

/// Period to which an observation applies.
#[derive(SimpleObject)]
pub(in crate::graphql) struct Period {
    /// Start of the period. Null if open.
    from: Option<PartialDate>,
    /// End of the period. Null if open.
    to: Option<PartialDate>,
    /// The period as text: `2024`, `2024-01/2024-06`.
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

/// Loads a page of the observations of an entity.
pub(in crate::graphql) async fn page_of_entity(
    ctx: &Context<'_>,
    of: &EntityAtDate,
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
        request_context(ctx)
            .loaders
            .entity_observations
            .load(&query, id.clone())
            .await?
    } else {
        Arc::new(Page::empty())
    };
    request_context(ctx).spend_rows(page.items.len())?;
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
        total: TotalCount::Observations(id.clone(), query),
    })
}
