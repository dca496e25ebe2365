//! Allocation: an amount divided by the rule of a program or fund.

use super::{Result, ServiceError, Session};
use crate::indicators::{AllocationError, DIGITS_DEFAULT, Portion, allocate};
use crate::model::Decimal;
use crate::model::currency::minor_digits;
use crate::model::id::EntityId;
use crate::model::record::{Rule, RuleType};
use crate::model::unit::Unit;

/// A divided amount.
#[derive(Clone, Debug, PartialEq)]
pub struct Allocation {
    /// The rule by which it is divided.
    pub rule: Rule,
    /// The portion of each part of the rule, in the order of the parts.
    pub portions: Vec<Portion>,
    /// The currency of the amount, if it was given.
    pub currency: Option<Unit>,
}

impl Session {
    /// Divides an amount by a rule of a program or fund, its bearer, to the minor unit of the currency. The rule
    /// is the ALLOCATION rule with the lowest id, or else the `CO_INVEST` rule with the lowest id. Without a
    /// currency, or with a unit that is not one, the minor unit is a hundredth. Two store calls.
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
        // Rules are sorted by id, and `min_by_key` returns the first of the rules with the preferred type.
        let rule = rules
            .into_iter()
            .min_by_key(|rule| rule.rule_type != RuleType::Allocation);
        let rule = rule.ok_or_else(|| {
            ServiceError::Absent(format!(
                "`{bearer}` has no ALLOCATION or CO_INVEST rule at revision {}; `rules` lists those that there are",
                self.revision()
            ))
        })?;
        let portions = allocate(amount, digits.unwrap_or(DIGITS_DEFAULT), &rule).map_err(|error| {
            ServiceError::Input(match error {
                AllocationError::NoWeight => format!("{}: {error}", rule.id),
                _ => format!("amount: {error}"),
            })
        })?;
        Ok(Allocation {
            rule,
            portions,
            currency,
        })
    }
}
