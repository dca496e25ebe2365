//! The error of a bound: an amount is too large, or the work budget ran out.

use crate::flow::amounts::minor_units::TooLarge;
use crate::model::budget::BudgetExhausted;

/// The reason for which a computation has no result.
pub(in crate::flow) enum FlowError {
    TooLarge(TooLarge),
    BudgetExhausted(BudgetExhausted),
}

impl From<TooLarge> for FlowError {
    fn from(error: TooLarge) -> Self {
        Self::TooLarge(error)
    }
}

impl From<BudgetExhausted> for FlowError {
    fn from(spent: BudgetExhausted) -> Self {
        Self::BudgetExhausted(spent)
    }
}

/// A result, or the exhaustion of the budget, for which wider bounds are the answer. An amount that is too large
/// has no bounds.
pub(super) fn unless_too_large<T>(
    found: Result<T, FlowError>,
) -> Result<Result<T, BudgetExhausted>, TooLarge> {
    match found {
        Ok(found) => Ok(Ok(found)),
        Err(FlowError::BudgetExhausted(spent)) => Ok(Err(spent)),
        Err(FlowError::TooLarge(error)) => Err(error),
    }
}
