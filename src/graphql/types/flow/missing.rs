//! Facts that are missing for a flow.

use async_graphql::{Context, Object};

use crate::graphql::errors::Result;
use crate::graphql::request_context::request_context;
use crate::graphql::scalars::Decimal;
use crate::graphql::types::entity::EntityAtDate;
use crate::graphql::types::kinds::Entity;
use crate::graphql::types::relation::Relation;
use crate::model::language::Language;
use crate::model::selector::AsOf;
use crate::service::FlowAnswer;
use crate::service::flow::{self, FollowUpQuestion, MissingReason};

/// A missing or incomplete fact.
pub(super) struct MissingFact {
    fact: flow::MissingFact,
    question: FollowUpQuestion,
    at: AsOf,
}

impl MissingFact {
    pub(super) async fn rows(ctx: &Context<'_>, answer: &FlowAnswer, at: AsOf) -> Result<Vec<Self>> {
        let missing = answer.missing().await?;
        request_context(ctx).spend_rows(missing.facts.len())?;
        let questions = answer.questions().await?;
        let rows = missing.facts.iter().zip(questions).map(|(fact, question)| Self {
            fact: fact.clone(),
            question,
            at,
        });
        Ok(rows.collect())
    }
}

/// A missing or incomplete fact, with the question to ask and how much the answer would narrow the total.
#[Object]
impl MissingFact {
    /// Relation about which something is not known. Null for a conduit that was not named.
    async fn relation(&self, ctx: &Context<'_>) -> Result<Option<Relation>> {
        match &self.fact.relation {
            Some(relation) => Relation::load(ctx, relation, self.at).await,
            None => Ok(None),
        }
    }
    /// Entity about which something is not known: its share in an industry or of a carrier, or the conduit that was not named. Null
    /// otherwise.
    async fn entity(&self, ctx: &Context<'_>) -> Result<Option<Entity>> {
        if !self.fact.is_share && self.fact.relation.is_some() {
            return Ok(None);
        }
        EntityAtDate::entity(ctx, &self.fact.giver, self.at)
            .await
            .map(Some)
    }
    /// What is not known, as a code.
    async fn reason(&self) -> MissingReason {
        self.fact.reason
    }
    /// What is not known, in words.
    async fn detail(
        &self,
        #[graphql(desc = "Language: `zh` or `en`.", default = "zh")] lang: String,
    ) -> &str {
        self.question.detail.of(Language::of(&lang))
    }
    /// Question to ask.
    async fn question(
        &self,
        #[graphql(desc = "Language: `zh` or `en`.", default = "zh")] lang: String,
    ) -> &str {
        self.question.question.of(Language::of(&lang))
    }
    /// Entities to ask: giver and receiver, or the conduit.
    async fn ask(&self, ctx: &Context<'_>) -> Result<Vec<Entity>> {
        let ends = std::iter::once(&self.fact.giver).chain(&self.fact.taker);
        let entities = EntityAtDate::entities(ctx, ends, self.at).await?;
        Ok(entities.into_iter().map(Entity::from).collect())
    }
    /// Maximum by which the answer would narrow the bounds of `total`. Null if they have no upper bound, and for a conduit that was
    /// not named.
    async fn narrows(&self) -> Option<Decimal> {
        self.fact.narrows.map(Decimal)
    }
}
