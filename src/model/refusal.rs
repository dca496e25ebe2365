//! Refusals: the reason why a value is not accepted, and a hint with what to write instead. Every refusal has both.

use std::fmt;

use super::quantity::QuantityError;
use super::unit::{Unit, UnitError};

/// The reason why a value is not accepted, and a hint.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// The reason.
    pub reason: String,
    /// The hint.
    pub hint: String,
}

impl Refusal {
    /// A refusal with its hint.
    pub fn new(reason: impl Into<String>, hint: impl Into<String>) -> Self {
        Self {
            reason: reason.into(),
            hint: hint.into(),
        }
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}; {}", self.reason, self.hint)
    }
}

impl std::error::Error for Refusal {}

impl From<QuantityError> for Refusal {
    fn from(error: QuantityError) -> Self {
        let hint = match &error {
            QuantityError::Bare => "give both, as in CNY and PAID_IN".into(),
            QuantityError::NeedsAmount(_) => "give the amount, or write UNKNOWN".into(),
            QuantityError::HasNoAmount(_) => "leave the amount empty, or give another qualifier".into(),
            QuantityError::HalfRange { has_lower: true } => {
                "write AT_LEAST where only the lower end is stated".into()
            }
            QuantityError::HalfRange { has_lower: false } => {
                "write AT_MOST where only the upper end is stated".into()
            }
            QuantityError::HasOneEnd(_) => "write RANGE where both ends are stated".into(),
            QuantityError::NotBelow { .. } => "give a larger upper end".into(),
            QuantityError::Inverted { lower, upper } => {
                format!("write {upper} to {lower}, or correct one end")
            }
            QuantityError::NotAbove { .. } => "give a larger upper end, or none".into(),
            QuantityError::HasNoUpper(_) => "leave the upper end empty, or write RANGE".into(),
            QuantityError::Negative(_) => {
                "only a CHANGE may be negative; money given back is a RETURNS_TO of its positive amount"
                    .into()
            }
        };
        Self::new(error.to_string(), hint)
    }
}

impl From<UnitError> for Refusal {
    fn from(error: UnitError) -> Self {
        let hint = unit_hint(&error.0);
        Self::new(error.to_string(), hint)
    }
}

/// A hint with the unit that was probably meant.
fn unit_hint(text: &str) -> String {
    let meant = match text.to_lowercase().as_str() {
        "元" | "¥" | "yuan" | "rmb" | "人民币" => "CNY".to_string(),
        "€" | "euro" | "euros" => "EUR".into(),
        "$" | "dollar" | "dollars" | "美元" => "USD".into(),
        "人" | "persons" | "people" => "PERSON".into(),
        "%" | "percent" => "PERCENT".into(),
        _ => text.trim().to_ascii_uppercase().replace([' ', '-'], "_"),
    };
    match Unit::parse(&meant) {
        Ok(unit) => format!("write {}", unit.as_str()),
        Err(_) => "write a code of capital letters, as CNY, PERSON, PROJECT".into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_unit_is_suggested_where_one_is_near() {
        let hint = |text| Refusal::from(Unit::parse(text).unwrap_err()).hint;
        assert_eq!(hint("€"), "write EUR");
        assert_eq!(hint("eur"), "write EUR");
        assert_eq!(hint("yuan"), "write CNY");
        assert_eq!(hint("core hour"), "write CORE_HOUR");
        assert_eq!(
            hint("亿"),
            "write a code of capital letters, as CNY, PERSON, PROJECT"
        );
    }
}
