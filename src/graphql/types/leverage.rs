//! Claimed leverage, and the allocation of sums by rules.

use std::sync::Arc;

use async_graphql::{Context, Object};

use super::entity::EntityAtDate;
use super::indicator::MissingInput;
use super::kinds::Entity;
use super::observation::Observation;
use super::quantity::Quantity;
use super::relation::Relation;
use super::rule::Rule;
use crate::graphql::errors::Result;
use crate::graphql::scalars::Decimal;
use crate::model::quantity::{QuantityStatus, Unit};
use crate::model::record::RulePart;
use crate::service::{self, AmountFact, LeverageAmount};

/// A row of `leverage`.
pub(in crate::graphql) struct Leverage(pub(in crate::graphql) service::LeverageRow);

fn quantity(amount: &LeverageAmount) -> Quantity {
    let quantity = amount.quantity.clone();
    match &amount.fact {
        AmountFact::Relation(relation) => Quantity::of_relation(quantity, relation.kind),
        AmountFact::PaidIn | AmountFact::Observation(_) => quantity.into(),
    }
}

fn relation(amount: &LeverageAmount) -> Option<Relation> {
    match &amount.fact {
        AmountFact::Relation(relation) => Some(Relation::new(Arc::new((**relation).clone()), None)),
        AmountFact::PaidIn | AmountFact::Observation(_) => None,
    }
}

fn observation(amount: &LeverageAmount) -> Option<Observation> {
    match &amount.fact {
        AmountFact::Observation(observation) => Some(Observation {
            observation: Arc::new((**observation).clone()),
            at: None,
        }),
        AmountFact::PaidIn | AmountFact::Relation(_) => None,
    }
}

/// Ratio of one claimed output to one input of the same unit. It is a claim: only the source states that the output results from the
/// input. The two may have different bases; see `input` and `output`.
#[Object]
impl Leverage {
    /// Amount put in.
    async fn input(&self) -> Quantity {
        quantity(&self.0.input)
    }
    /// Claimed result of the input.
    async fn output(&self) -> Quantity {
        quantity(&self.0.output)
    }
    /// Minimum of the ratio: minimum output over maximum input. Null if one of them is unknown.
    async fn lower(&self) -> Option<Decimal> {
        self.0.ratio.lower.map(Decimal::rounded)
    }
    /// Maximum of the ratio: maximum output over minimum input. Null if one of them is unknown, or if the input may be
    /// zero.
    async fn upper(&self) -> Option<Decimal> {
        self.0.ratio.upper.map(Decimal::rounded)
    }
    /// Status of the ratio; always CLAIMED.
    async fn label(&self) -> QuantityStatus {
        QuantityStatus::Claimed
    }
    /// Inputs because of which `lower` or `upper` is null.
    async fn missing(&self) -> Vec<MissingInput> {
        self.0
            .ratio
            .gaps
            .iter()
            .copied()
            .map(MissingInput::from)
            .collect()
    }
    /// Relation that states the input. If both this and `inputObservation` are null, the input is the `paidIn` of the fund.
    async fn input_relation(&self) -> Option<Relation> {
        relation(&self.0.input)
    }
    /// Observation that states the input, or null.
    async fn input_observation(&self) -> Option<Observation> {
        observation(&self.0.input)
    }
    /// Relation that states the output, or null.
    async fn output_relation(&self) -> Option<Relation> {
        relation(&self.0.output)
    }
    /// Observation that states the output, or null.
    async fn output_observation(&self) -> Option<Observation> {
        observation(&self.0.output)
    }
}

/// A sum divided by a rule.
pub(in crate::graphql) struct Allocation(pub(in crate::graphql) service::Allocation);

/// A sum divided by a rule: the prescribed division, not the actual one.
#[Object]
impl Allocation {
    /// Rule that divides the sum.
    async fn rule(&self) -> Rule {
        Rule(Arc::new(self.0.rule.clone()))
    }
    /// Currency of the sum. Null if none was given.
    async fn currency(&self) -> Option<&str> {
        self.0.currency.as_ref().map(Unit::as_str)
    }
    /// Portions of the parties, in the order of the rule's parts. Weights give amounts that add up to the sum exactly, to the minor
    /// unit; ranges give only a minimum and maximum.
    async fn parts(&self) -> Vec<AllocationPart> {
        let parts = self.0.rule.parts.iter().zip(&self.0.portions);
        parts
            .map(|(part, portion)| AllocationPart {
                part: part.clone(),
                portion: portion.clone(),
            })
            .collect()
    }
}

/// The portion of one party.
pub(in crate::graphql) struct AllocationPart {
    part: RulePart,
    portion: service::Portion,
}

/// Portion of one party, in the currency of the sum.
#[Object]
impl AllocationPart {
    /// Party. Null if it is not an entity of the graph.
    async fn party(&self, ctx: &Context<'_>) -> Result<Option<Entity>> {
        let Some(party) = &self.part.party else {
            return Ok(None);
        };
        Ok(EntityAtDate::load(ctx, party, None).await?.map(Entity::from))
    }
    /// Name of the party in words.
    async fn label(&self) -> Option<&str> {
        self.part.label.as_deref()
    }
    /// Amount, rounded to the minor unit. Null if the rule gives a range.
    async fn amount(&self) -> Option<Decimal> {
        self.portion.amount.map(Decimal)
    }
    /// Minimum that the rule allows.
    async fn min(&self) -> Decimal {
        Decimal::rounded(self.portion.min)
    }
    /// Maximum that the rule allows; the whole sum if the rule states none.
    async fn max(&self) -> Decimal {
        Decimal::rounded(self.portion.max)
    }
}
