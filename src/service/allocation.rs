//! Allocation: a sum divided as the rule of a programme or fund says.

use super::{Result, ServiceError, Session};
use crate::indicators::{Portion, allocate};
use crate::model::Decimal;
use crate::model::id::EntityId;
use crate::model::record::{Rule, RuleType};

/// A sum divided.
#[derive(Clone, Debug, PartialEq)]
pub struct Allocation {
    /// As which rule says.
    pub rule: Rule,
    /// What each of its parts gets, in their order.
    pub portions: Vec<Portion>,
}

impl Session {
    /// Divides an amount, in yuan, as the first ALLOCATION rule of a bearer says, by id; where it has none, as its first
    /// `CO_INVEST` rule says. Two calls of the store.
    pub async fn allocate(&self, bearer: &EntityId, amount: Decimal) -> Result<Allocation> {
        let bearers = self.known("entity", std::slice::from_ref(bearer)).await?;
        let types = [RuleType::Allocation, RuleType::CoInvest];
        let rules = self.list_rules(Some(&bearers), Some(&types)).await?;
        // The first of the least: rules come by id.
        let rule = rules
            .into_iter()
            .min_by_key(|rule| rule.rule_type != RuleType::Allocation);
        let rule = rule.ok_or_else(|| {
            ServiceError::Absent(format!(
                "`{bearer}` has no ALLOCATION or CO_INVEST rule at revision {}; `rules` lists those that there are",
                self.revision()
            ))
        })?;
        let portions =
            allocate(amount, &rule).map_err(|error| ServiceError::Input(format!("amount: {error}")))?;
        Ok(Allocation { rule, portions })
    }
}
