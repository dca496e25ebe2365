//! The GraphQL types of rules: how parties must divide or match an amount.

use std::sync::Arc;

use async_graphql::{Context, ID, Object};

use super::entity::EntityAtDate;
use super::kinds::Entity;
use super::relation::Relation;
use super::statement::{self, Statement};
use super::vocabulary::language;
use crate::graphql::errors::{Failure, Result};
use crate::graphql::request_context::request_context;
use crate::graphql::scalars::Decimal;
use crate::model;
use crate::model::change::Subject;
use crate::model::language::Bilingual;
use crate::model::record::RuleType;
use crate::service::RuleStatus;

/// A rule: how parties must divide or match an amount.
#[derive(Clone)]
pub(in crate::graphql) struct Rule(pub(in crate::graphql) Arc<model::record::Rule>);

/// A rule that prescribes how parties must divide or match an amount. It states no actual amounts and is never part of a flow.
#[Object]
impl Rule {
    /// Id of the rule.
    pub(in crate::graphql) async fn id(&self) -> ID {
        self.0.id.as_str().into()
    }
    /// Program or fund to which the rule belongs.
    async fn bearer(&self, ctx: &Context<'_>) -> Result<Entity> {
        EntityAtDate::entity(ctx, &self.0.bearer, None).await
    }
    /// Type of rule.
    #[graphql(name = "type")]
    async fn rule_type(&self) -> RuleType {
        self.0.rule_type
    }
    /// What is divided. Null if it is not stated.
    async fn base(&self) -> Option<&str> {
        self.0.base.as_deref()
    }
    /// Parts of the parties, in the order of the rule.
    async fn parts(&self) -> Vec<RulePart> {
        self.0.parts.iter().cloned().map(RulePart).collect()
    }
    /// Statements that support the rule.
    async fn statements(&self, ctx: &Context<'_>) -> Result<Vec<Statement>> {
        statement::statements(ctx, Subject::Rule(self.0.id.clone())).await
    }
    /// Comparison of the rule with the recorded amounts.
    async fn check(&self, ctx: &Context<'_>) -> Result<RuleCheck> {
        let loaders = &request_context(ctx).loaders;
        let check = loaders.one(&loaders.checks, self.0.id.clone()).await?;
        let check = check.ok_or_else(|| {
            Failure::internal(&format!(
                "the rule `{}` does not exist at the revision at which it was read",
                self.0.id
            ))
        })?;
        Ok(RuleCheck {
            status: check.status,
            reason: check.reason.clone(),
            relations: check
                .relations
                .iter()
                .map(|relation| Relation::new(relation.clone(), None))
                .collect(),
        })
    }
}

/// The part of one party in a rule.
pub(in crate::graphql) struct RulePart(model::record::RulePart);

/// The part of one party in a rule. `lower` and `upper` are weights if they are equal in every part (5, 3, 2), otherwise fractions
/// of 1.
#[Object]
impl RulePart {
    /// Party. Null if it is not an entity of the graph.
    async fn party(&self, ctx: &Context<'_>) -> Result<Option<Entity>> {
        let Some(party) = &self.0.party else {
            return Ok(None);
        };
        Ok(EntityAtDate::load(ctx, party, None).await?.map(Entity::from))
    }
    /// Name of the party in words.
    async fn label(&self) -> Option<&str> {
        self.0.label.as_deref()
    }
    /// Minimum. Null if it is not stated.
    async fn lower(&self) -> Option<Decimal> {
        self.0.lower.map(Decimal)
    }
    /// Maximum. Null if it is not stated.
    async fn upper(&self) -> Option<Decimal> {
        self.0.upper.map(Decimal)
    }
}

/// Result of comparing a rule with the recorded amounts.
pub(in crate::graphql) struct RuleCheck {
    status: RuleStatus,
    reason: Bilingual,
    relations: Vec<Relation>,
}

/// Result of comparing a rule with the recorded amounts.
#[Object]
impl RuleCheck {
    /// Result of the comparison.
    async fn status(&self) -> RuleStatus {
        self.status
    }
    /// Reason for the result, as a sentence.
    async fn reason(
        &self,
        #[graphql(desc = "Language: `zh` or `en`.", default_with = "Some(String::from(\"zh\"))")]
        lang: Option<String>,
    ) -> &str {
        self.reason.of(language(lang.as_deref()))
    }
    /// Relations whose amounts were compared.
    async fn relations(&self) -> &[Relation] {
        &self.relations
    }
}
