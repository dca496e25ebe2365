//! Allocation: an amount divided by the rule of a program or fund.

use super::{Result, ServiceError, Session};
use crate::indicators::{DIGITS_DEFAULT, Portion, allocate};
use crate::model::Decimal;
use crate::model::currency::minor_digits;
use crate::model::id::EntityId;
use crate::model::record::{Rule, RuleType};
use crate::model::unit::Unit;

/// A divided amount.
#[derive(Clone, Debug, PartialEq)]
pub struct Allocation {
    /// The rule that divides it.
    pub rule: Rule,
    /// The portion of each part of the rule, in their order.
    pub portions: Vec<Portion>,
    /// The currency of the amount, if it was given.
    pub currency: Option<Unit>,
}

impl Session {
    /// Divides an amount, to the minor unit of its currency, by the first ALLOCATION rule of a bearer by id,
    /// or else its first `CO_INVEST` rule. Without a currency, amounts have hundredths. Two store calls.
    pub async fn allocate(
        &self,
        bearer: &EntityId,
        amount: Decimal,
        currency: Option<Unit>,
    ) -> Result<Allocation> {
        let digits = currency.as_ref().and_then(|unit| minor_digits(unit.as_str()));
        let bearers = self.require_ids("entity", std::slice::from_ref(bearer)).await?;
        let types = [RuleType::Allocation, RuleType::CoInvest];
        let rules = self.list_rules(Some(&bearers), Some(&types)).await?;
        // The first of the minimums: rules are sorted by id.
        let rule = rules
            .into_iter()
            .min_by_key(|rule| rule.rule_type != RuleType::Allocation);
        let rule = rule.ok_or_else(|| {
            ServiceError::Absent(format!(
                "`{bearer}` has no ALLOCATION or CO_INVEST rule at revision {}; `rules` lists those that there are",
                self.revision()
            ))
        })?;
        let portions = allocate(amount, digits.unwrap_or(DIGITS_DEFAULT), &rule)
            .map_err(|error| ServiceError::Input(format!("amount: {error}")))?;
        Ok(Allocation {
            rule,
            portions,
            currency,
        })
    }
}
