//! What is said to have come of what was put in, and how sums are divided.

use std::sync::Arc;

use async_graphql::{Context, Object};

use super::entity::Record;
use super::indicator::MissingInput;
use super::kinds::Entity;
use super::observation::Observation;
use super::quantity::Quantity;
use super::record::Rule;
use super::relation::Relation;
use crate::graphql::errors::Result;
use crate::graphql::scalars::Decimal;
use crate::model::quantity::{QuantityStatus, Unit};
use crate::model::record::RulePart;
use crate::service::{self, Amount, AmountFact};

/// One output over one input of the same unit.
pub(in crate::graphql) struct Leverage(pub(in crate::graphql) service::LeverageRow);

fn quantity(amount: &Amount) -> Quantity {
    let quantity = amount.quantity.clone();
    match &amount.fact {
        AmountFact::Relation(relation) => Quantity::of_relation(quantity, relation.kind),
        AmountFact::PaidIn | AmountFact::Observation(_) => quantity.into(),
    }
}

fn relation(amount: &Amount) -> Option<Relation> {
    match &amount.fact {
        AmountFact::Relation(relation) => Some(Relation::new(Arc::new((**relation).clone()), None)),
        AmountFact::PaidIn | AmountFact::Observation(_) => None,
    }
}

fn observation(amount: &Amount) -> Option<Observation> {
    match &amount.fact {
        AmountFact::Observation(observation) => Some(Observation {
            observation: Arc::new((**observation).clone()),
            at: None,
        }),
        AmountFact::PaidIn | AmountFact::Relation(_) => None,
    }
}

/// One output over one input of the same unit. A claim: that the one came of the other is what its source says. The two may be
/// of different bases, which `input` and `output` name.
#[Object]
impl Leverage {
    /// What was put in.
    async fn input(&self) -> Quantity {
        quantity(&self.0.input)
    }
    /// What is said to have come of it.
    async fn output(&self) -> Quantity {
        quantity(&self.0.output)
    }
    /// The least that it may be: the least output over the most input; null where one is not known.
    async fn lower(&self) -> Option<Decimal> {
        self.0.ratio.lower.map(Decimal::rounded)
    }
    /// The most that it may be: the most output over the least input; null where one is not known, or nothing may have been put
    /// in.
    async fn upper(&self) -> Option<Decimal> {
        self.0.ratio.upper.map(Decimal::rounded)
    }
    /// What it is worth as a fact: CLAIMED, always.
    async fn label(&self) -> QuantityStatus {
        QuantityStatus::Claimed
    }
    /// Why an end is not known.
    async fn missing(&self) -> Vec<MissingInput> {
        self.0
            .ratio
            .gaps
            .iter()
            .copied()
            .map(MissingInput::from)
            .collect()
    }
    /// The relation that states the input, where one does; with none and no observation either it is the fund's `paidIn`.
    async fn input_relation(&self) -> Option<Relation> {
        relation(&self.0.input)
    }
    /// The observation that states the input, where one does.
    async fn input_observation(&self) -> Option<Observation> {
        observation(&self.0.input)
    }
    /// The relation that states the output, where one does.
    async fn output_relation(&self) -> Option<Relation> {
        relation(&self.0.output)
    }
    /// The observation that states the output, where one does.
    async fn output_observation(&self) -> Option<Observation> {
        observation(&self.0.output)
    }
}

/// A sum divided as a rule says.
pub(in crate::graphql) struct Allocation(pub(in crate::graphql) service::Allocation);

/// A sum divided as a rule says: how it ought to be, not how it was.
#[Object]
impl Allocation {
    /// The rule.
    async fn rule(&self) -> Rule {
        Rule(Arc::new(self.0.rule.clone()))
    }
    /// The currency of the sum, where it was named.
    async fn currency(&self) -> Option<&str> {
        self.0.currency.as_ref().map(Unit::as_str)
    }
    /// What each party gets, in the order of the rule's parts. Weights give amounts that sum to the whole, to the minor unit;
    /// ranges leave them open.
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

/// What one party gets.
pub(in crate::graphql) struct AllocationPart {
    part: RulePart,
    portion: service::Portion,
}

/// What one party gets, in the currency of the sum.
#[Object]
impl AllocationPart {
    /// Who; null where the party is not an entity here.
    async fn party(&self, ctx: &Context<'_>) -> Result<Option<Entity>> {
        let Some(party) = &self.part.party else {
            return Ok(None);
        };
        Ok(Record::load(ctx, party, None).await?.map(Entity::from))
    }
    /// Who, in words.
    async fn label(&self) -> Option<&str> {
        self.part.label.as_deref()
    }
    /// So much, to the minor unit; null where the rule gives a range.
    async fn amount(&self) -> Option<Decimal> {
        self.portion.amount.map(Decimal)
    }
    /// The least that the rule allows.
    async fn min(&self) -> Decimal {
        Decimal::rounded(self.portion.min)
    }
    /// The most that the rule allows; all of it where it does not say.
    async fn max(&self) -> Decimal {
        Decimal::rounded(self.portion.max)
    }
}
