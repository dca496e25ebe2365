//! Amounts.

use async_graphql::InputObject;

use super::Reading;
use crate::graphql::scalars::Decimal;
use crate::model::basis::Basis;
use crate::model::quantity::{Measure, Qualifier, Quantity, QuantityParts, Unit};

/// An amount as far as it is known. No qualifier: EXACT with `lower` alone, RANGE with both, UNKNOWN with neither.
#[derive(InputObject, Clone, Debug)]
pub(in crate::graphql) struct QuantityInput {
    /// The amount, or its lower end.
    lower: Option<Decimal>,
    /// The upper end; of an exact amount it may be said again.
    upper: Option<Decimal>,
    /// True where the amount is strictly above `lower`: then it is `MORE_THAN`.
    lower_exclusive: Option<bool>,
    /// The unit's code: CNY, PERSON, PROJECT … An amount needs one.
    unit: Option<String>,
    /// What kind of amount it is: `PAID_IN`, `INVESTED`, `MEASURED` … An amount needs one; `ontology` lists them.
    basis: Option<String>,
    /// How it relates to time; CUMULATIVE of a relation, STOCK of all else.
    measure: Option<Measure>,
    /// How the source gives it.
    qualifier: Option<Qualifier>,
    /// The words of the source.
    original_text: Option<String>,
}

impl QuantityInput {
    /// Its parts, not yet checked together.
    pub(super) fn parts(self, reading: &mut Reading, path: &str) -> QuantityParts {
        let unit = self
            .unit
            .and_then(|text| reading.parse(|| format!("{path}.unit"), &text, Unit::parse));
        let basis = self.basis.and_then(|text| {
            let parse =
                |text: &str| Basis::parse(text).ok_or("no basis: `ontology { bases { basis } }` lists them");
            reading.parse(|| format!("{path}.basis"), &text, parse)
        });
        let (lower, upper) = (self.lower.map(|one| one.0), self.upper.map(|one| one.0));
        let qualifier = match (self.qualifier, self.lower_exclusive) {
            (None, Some(true)) => Some(Qualifier::MoreThan),
            (None, _) => match (lower, upper) {
                (Some(lower), Some(upper)) if lower != upper => Some(Qualifier::Range),
                _ => None,
            },
            (Some(qualifier), exclusive) => {
                if exclusive.is_some_and(|exclusive| exclusive != (qualifier == Qualifier::MoreThan)) {
                    let reason =
                        format!("an amount that is {qualifier} is not told so: only MORE_THAN is exclusive");
                    reading.note(
                        format!("{path}.lowerExclusive"),
                        exclusive.unwrap_or_default(),
                        reason,
                    );
                }
                Some(qualifier)
            }
        };
        // What an answer gives can be sent again: one number is its own upper end, and none is 0.
        let (lower, upper) = match qualifier {
            None | Some(Qualifier::Exact | Qualifier::Rounded) if lower == upper => (lower, None),
            Some(Qualifier::None)
                if lower.is_none_or(|one| one.is_zero()) && upper.is_none_or(|one| one.is_zero()) =>
            {
                (None, None)
            }
            _ => (lower, upper),
        };
        QuantityParts {
            amount: lower,
            amount_max: upper,
            qualifier,
            unit,
            basis,
            measure: self.measure,
            original_text: self.original_text.filter(|text| !text.is_empty()),
        }
    }

    /// A whole quantity.
    pub(super) fn read(self, reading: &mut Reading, path: &str, measure: Measure) -> Option<Quantity> {
        let parts = self.parts(reading, path);
        check(reading, path, parts, measure)
    }

    /// A quantity whose unit and basis what it is of says.
    pub(super) fn read_as(
        self,
        reading: &mut Reading,
        path: &str,
        unit: &str,
        basis: Basis,
    ) -> Option<Quantity> {
        let given = self.parts(reading, path);
        let wanted = reading.parse(|| format!("{path}.unit"), unit, Unit::parse);
        if given.unit.is_some() && given.unit != wanted {
            let value = given
                .unit
                .as_ref()
                .map(Unit::as_str)
                .unwrap_or_default()
                .to_string();
            reading.note(format!("{path}.unit"), value, format!("this amount is in {unit}"));
        }
        if let Some(other) = given.basis.filter(|given| *given != basis) {
            reading.note(format!("{path}.basis"), other, format!("this amount is {basis}"));
        }
        let parts = QuantityParts {
            unit: wanted,
            basis: Some(basis),
            ..given
        };
        check(reading, path, parts, Measure::Stock)
    }
}

fn check(reading: &mut Reading, path: &str, parts: QuantityParts, measure: Measure) -> Option<Quantity> {
    let value = parts.amount.map(|amount| amount.to_string()).unwrap_or_default();
    match Quantity::new(parts, measure) {
        Ok(quantity) => Some(quantity),
        Err(error) => {
            reading.note(path.to_string(), value, error);
            None
        }
    }
}
