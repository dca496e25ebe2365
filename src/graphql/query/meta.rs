//! `rules`, `ontology`, `vocabulary`, `datasets` and `revision`.

use std::sync::Arc;

use async_graphql::{Context, ID, Object};

use crate::graphql::cost::{cost, list_size};
use crate::graphql::errors::{Failure, Result};
use crate::graphql::request_context::request_context;
use crate::graphql::types::dataset::{self, Dataset};
use crate::graphql::types::ontology::Ontology;
use crate::graphql::types::rule::Rule;
use crate::graphql::types::vocabulary::VocabularyEntry;
use crate::model::id::EntityId;
use crate::model::record::RuleType;
use crate::service::vocabulary;

#[derive(Default)]
pub(super) struct MetaFields;

#[Object]
impl MetaFields {
    /// Rules that prescribe how parties must divide or match an amount, sorted by id.
    async fn rules(
        &self,
        ctx: &Context<'_>,
        #[graphql(
            desc = "Id of the program or fund that has the rules. An unknown id is rejected. Default: all."
        )]
        bearer_id: Option<ID>,
        #[graphql(desc = "Types of rules to return. Default: all.")] types: Option<Vec<RuleType>>,
    ) -> Result<Vec<Rule>> {
        let session = &request_context(ctx).session;
        let bearer = bearer_id.map(|id| EntityId::parse(&id)).transpose();
        let bearer = bearer.map_err(|error| Failure::input(format!("bearerId: {error}")))?;
        let bearers = match bearer {
            Some(bearer) => Some(session.require_ids("entity", &[bearer]).await?),
            None => None,
        };
        let rules = session.list_rules(bearers.as_deref(), types.as_deref()).await?;
        request_context(ctx).spend_rows(rules.len())?;
        Ok(rules.into_iter().map(|rule| Rule(Arc::new(rule))).collect())
    }

    /// Kinds of entity, relation and amount that the graph can contain, with the meaning of each kind for a trace.
    async fn ontology(&self) -> Ontology {
        Ontology::new()
    }

    /// Labels and descriptions of the values of enums, units, bases and other codes, in Chinese and English: list by list, each in its
    /// own order.
    #[expect(clippy::unused_async, reason = "every field is")]
    #[graphql(directive = cost::apply(20_000), directive = list_size::apply(vocabulary::size()))]
    async fn vocabulary(
        &self,
        ctx: &Context<'_>,
        #[graphql(
            desc = "Name of the list to return, such as `Resource`, `Unit` or `Basis`. Default: all lists.",
            name = "type"
        )]
        list: Option<String>,
    ) -> Result<Vec<VocabularyEntry>> {
        let lists = vocabulary::vocabulary(list.as_deref())?;
        request_context(ctx).spend_rows(lists.iter().map(|list| list.terms.len()).sum())?;
        Ok(lists.into_iter().flat_map(VocabularyEntry::entries).collect())
    }

    /// Data sets, sorted by id.
    async fn datasets(&self, ctx: &Context<'_>) -> Result<Vec<Dataset>> {
        dataset::datasets(ctx).await
    }

    /// Revision of the graph at which this response was read.
    async fn revision(&self, ctx: &Context<'_>) -> String {
        request_context(ctx).session.revision().to_string()
    }
}
