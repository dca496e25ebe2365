//! Errors of quantities; their hints are in `refusal`.

use rust_decimal::Decimal;

use super::Qualifier;

/// Why cells or fields are not a valid quantity. The message is shown to the client.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum QuantityError {
    /// An amount without unit or basis.
    #[error("an amount needs a unit and a basis")]
    Bare,
    /// A qualifier that needs an amount.
    #[error("{0} needs an amount")]
    NeedsAmount(Qualifier),
    /// A qualifier that has no amount.
    #[error("{0} takes no amount")]
    HasNoAmount(Qualifier),
    /// A range with one end.
    #[error("RANGE needs both amount and amount_max")]
    HalfRange {
        /// Whether it is the upper end that is missing.
        has_lower: bool,
    },
    /// Ends in the wrong order.
    #[error("the range is inverted: {lower} is above {upper}")]
    Inverted {
        /// The lower end given.
        lower: Decimal,
        /// The upper end given.
        upper: Decimal,
    },
    /// More than a number that is not below the upper end.
    #[error("MORE_THAN {lower} cannot end at {upper}")]
    NotAbove {
        /// The lower end given.
        lower: Decimal,
        /// The upper end given.
        upper: Decimal,
    },
    /// Less than a number that is not above the lower end.
    #[error("LESS_THAN {upper} cannot begin at {lower}")]
    NotBelow {
        /// The lower end given.
        lower: Decimal,
        /// The upper end given.
        upper: Decimal,
    },
    /// An upper end that the qualifier does not have.
    #[error("{0} takes one amount, without amount_max")]
    HasNoUpper(Qualifier),
    /// Two ends where the qualifier has one.
    #[error("{0} takes one end, but both amount and amount_max are given")]
    HasOneEnd(Qualifier),
    /// An amount below zero where none can be.
    #[error("an amount cannot be negative: {0}")]
    Negative(Decimal),
}
