//! The facts that a flow misses.

use async_graphql::{Context, Object};

use crate::graphql::errors::Result;
use crate::graphql::scalars::Decimal;
use crate::graphql::schema::asker;
use crate::graphql::types::entity::Record;
use crate::graphql::types::kinds::Entity;
use crate::graphql::types::relation::Relation;
use crate::model::language::Language;
use crate::model::selector::AsOf;
use crate::service::FlowAnswer;
use crate::service::flow::{self, MissingReason, Question};

/// A fact that is not known whole.
pub(super) struct MissingFact {
    fact: flow::MissingFact,
    question: Question,
    at: AsOf,
}

impl MissingFact {
    pub(super) async fn rows(ctx: &Context<'_>, answer: &FlowAnswer, at: AsOf) -> Result<Vec<Self>> {
        let missing = answer.missing().await?;
        asker(ctx).spend_rows(missing.facts.len())?;
        let questions = answer.questions().await?;
        let rows = missing.facts.iter().zip(questions).map(|(fact, question)| Self {
            fact: fact.clone(),
            question,
            at,
        });
        Ok(rows.collect())
    }
}

/// A fact that is not known whole, and what knowing it would tell.
#[Object]
impl MissingFact {
    /// The relation of which something is not known; null for a conduit that was not named.
    async fn relation(&self, ctx: &Context<'_>) -> Result<Option<Relation>> {
        match &self.fact.relation {
            Some(relation) => Relation::load(ctx, relation, self.at).await,
            None => Ok(None),
        }
    }
    /// The entity of which something is not known: which part of it is in an industry, or with a carrier; or the conduit that was not
    /// named.
    async fn entity(&self, ctx: &Context<'_>) -> Result<Option<Entity>> {
        if !self.fact.is_share && self.fact.relation.is_some() {
            return Ok(None);
        }
        Record::entity(ctx, &self.fact.giver, self.at).await.map(Some)
    }
    /// What is not known.
    async fn reason(&self) -> MissingReason {
        self.fact.reason
    }
    /// The same in words.
    async fn detail(&self, #[graphql(desc = "zh or en.", default = "zh")] lang: String) -> &str {
        self.question.detail.of(Language::of(&lang))
    }
    /// What to ask.
    async fn question(&self, #[graphql(desc = "zh or en.", default = "zh")] lang: String) -> &str {
        self.question.question.of(Language::of(&lang))
    }
    /// Of whom to ask it: who gives, and who takes; or the conduit.
    async fn ask(&self, ctx: &Context<'_>) -> Result<Vec<Entity>> {
        let ends = std::iter::once(&self.fact.giver).chain(&self.fact.taker);
        let entities = Record::entities(ctx, ends, self.at).await?;
        Ok(entities.into_iter().map(Entity::from).collect())
    }
    /// By how much knowing it would narrow the bounds of `total` at most; null where they have no upper end, and for a
    /// conduit that was not named.
    async fn narrows(&self) -> Option<Decimal> {
        self.fact.narrows.map(Decimal)
    }
}
