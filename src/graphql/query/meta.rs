//! What there is to ask about: the ontology, data sets, rules, the revision.

use std::sync::Arc;

use async_graphql::{Context, ID, Object};

use crate::graphql::errors::{Failure, Result};
use crate::graphql::schema::asker;
use crate::graphql::types::ontology::Ontology;
use crate::graphql::types::record::{self, Dataset, Rule};
use crate::graphql::types::vocabulary::VocabularyEntry;
use crate::model::id::EntityId;
use crate::model::record::RuleType;
use crate::service::vocabulary::vocabulary;

#[derive(Default)]
pub(super) struct MetaFields;

#[Object]
impl MetaFields {
    /// Rules by id: how things are to be shared, not how they were.
    async fn rules(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Of this programme or fund; an unknown id is refused.")] bearer_id: Option<ID>,
        #[graphql(desc = "Of these types.")] types: Option<Vec<RuleType>>,
    ) -> Result<Vec<Rule>> {
        let session = &asker(ctx).session;
        let bearer = bearer_id.map(|id| EntityId::parse(&id)).transpose();
        let bearer = bearer.map_err(|error| Failure::input(format!("bearerId: {error}")))?;
        let bearers = match bearer {
            Some(bearer) => Some(session.known("entity", &[bearer]).await?),
            None => None,
        };
        let rules = session.list_rules(bearers.as_deref(), types.as_deref()).await?;
        asker(ctx).spend_rows(rules.len())?;
        Ok(rules.into_iter().map(|rule| Rule(Arc::new(rule))).collect())
    }

    /// What there can be in the graph, and what each kind means for a trace.
    async fn ontology(&self) -> Ontology {
        Ontology::new()
    }

    /// What the values of enums, units, bases and other codes are called and what they mean, in Chinese and English: list by
    /// list, each in its own order.
    #[expect(clippy::unused_async, reason = "every field is")]
    async fn vocabulary(
        &self,
        ctx: &Context<'_>,
        #[graphql(
            desc = "Only this list: `Resource`, `Unit`, `Basis`, … Default: all.",
            name = "type"
        )]
        list: Option<String>,
    ) -> Result<Vec<VocabularyEntry>> {
        let lists = vocabulary(list.as_deref())?;
        asker(ctx).spend_rows(lists.iter().map(|list| list.terms.len()).sum())?;
        Ok(lists.into_iter().flat_map(VocabularyEntry::of).collect())
    }

    /// The data sets, by id.
    async fn datasets(&self, ctx: &Context<'_>) -> Result<Vec<Dataset>> {
        record::datasets(ctx).await
    }

    /// The number of the newest change of the graph that this answer sees.
    async fn revision(&self, ctx: &Context<'_>) -> String {
        asker(ctx).session.revision().to_string()
    }
}
