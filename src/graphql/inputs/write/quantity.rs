//! Amounts.

use async_graphql::InputObject;

use super::Reading;
use crate::graphql::scalars::Decimal;
use crate::model::basis::Basis;
use crate::model::free_text::visible;
use crate::model::quantity::{Measure, Qualifier, Quantity, QuantityParts, Unit};
use crate::model::refusal::Refusal;
use crate::service::suggest;

/// An amount as far as it is known. No qualifier: EXACT with `lower` alone, RANGE with both, `AT_MOST` with `upper` alone, UNKNOWN
/// with neither.
#[derive(InputObject, Clone, Debug)]
pub(in crate::graphql) struct QuantityInput {
    /// The amount, or its lower end.
    lower: Option<Decimal>,
    /// The upper end; of an exact amount it may be said again.
    upper: Option<Decimal>,
    /// True where the amount is strictly above `lower`: then it is `MORE_THAN`.
    lower_exclusive: Option<bool>,
    /// True where the amount is strictly below `upper`: then it is `LESS_THAN`.
    upper_exclusive: Option<bool>,
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
            .filter(|text| !text.is_empty())
            .and_then(|text| reading.parse(|| format!("{path}.unit"), &text, Unit::parse));
        let basis = self.basis.filter(|text| !text.is_empty()).and_then(|text| {
            let parse = |text: &str| {
                let reason = || format!("`{}` is not a valid basis", visible(text));
                let hint = || suggest(text, Basis::ALL.iter().map(|basis| basis.name()));
                Basis::parse(text).ok_or_else(|| Refusal::new(reason(), hint()))
            };
            reading.parse(|| format!("{path}.basis"), &text, parse)
        });
        let (lower, upper) = (self.lower.map(|one| one.0), self.upper.map(|one| one.0));
        let qualifier = match (self.qualifier, self.lower_exclusive, self.upper_exclusive) {
            (Some(qualifier), above, below) => {
                for (field, exclusive, of) in [
                    ("lowerExclusive", above, Qualifier::MoreThan),
                    ("upperExclusive", below, Qualifier::LessThan),
                ] {
                    if let Some(exclusive) = exclusive.filter(|exclusive| *exclusive != (qualifier == of)) {
                        let reason =
                            format!("an amount that is {qualifier} is not told so: only {of} is exclusive");
                        let hint = format!("leave {field} out, or write {of}");
                        reading.note(format!("{path}.{field}"), exclusive, Refusal::new(reason, hint));
                    }
                }
                Some(qualifier)
            }
            (None, Some(true), Some(true)) => {
                let hint = "leave one of the two out, which only widens it";
                let refusal = Refusal::new("an amount is exclusive at one end at most", hint);
                reading.note(format!("{path}.upperExclusive"), true, refusal);
                None
            }
            (None, Some(true), _) => Some(Qualifier::MoreThan),
            (None, _, Some(true)) => Some(Qualifier::LessThan),
            (None, ..) => match (lower, upper) {
                (Some(lower), Some(upper)) if lower != upper => Some(Qualifier::Range),
                (None, Some(_)) => Some(Qualifier::AtMost),
                _ => None,
            },
        };
        if let Some(qualifier @ (Qualifier::AtMost | Qualifier::LessThan)) = qualifier
            && let (Some(lower), None) = (lower, upper)
        {
            let refusal = Refusal::new(format!("{qualifier} is said of the upper end"), "give `upper`");
            reading.note(format!("{path}.lower"), lower, refusal);
        }
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

    /// An amount of money of a basis, in any currency.
    pub(super) fn read_money(self, reading: &mut Reading, path: &str, basis: Basis) -> Option<Quantity> {
        match &self.unit {
            Some(unit) => {
                reading.parse(|| format!("{path}.unit"), unit, Unit::parse_currency)?;
            }
            None if self.lower.is_some() || self.upper.is_some() => {
                let hint = "give its ISO 4217 code, as CNY, EUR, USD";
                let refusal = Refusal::new("an amount of money needs its currency", hint);
                reading.note(format!("{path}.unit"), "", refusal);
                return None;
            }
            None => {}
        }
        let unit = self.unit.clone();
        let given = self.parts(reading, path);
        refuse_basis(reading, path, given.basis, basis);
        refuse_measure(reading, path, given.measure);
        let unit = unit.and_then(|unit| Unit::parse_currency(&unit).ok());
        let parts = QuantityParts {
            unit,
            basis: Some(basis),
            ..given
        };
        check(reading, path, parts, Measure::Stock)
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
            let refusal = Refusal::new(
                format!("this amount is in {unit}"),
                format!("write {unit}, or leave it out"),
            );
            reading.note(format!("{path}.unit"), value, refusal);
        }
        refuse_basis(reading, path, given.basis, basis);
        refuse_measure(reading, path, given.measure);
        let parts = QuantityParts {
            unit: wanted,
            basis: Some(basis),
            ..given
        };
        check(reading, path, parts, Measure::Stock)
    }
}

fn refuse_basis(reading: &mut Reading, path: &str, given: Option<Basis>, basis: Basis) {
    if let Some(other) = given.filter(|given| *given != basis) {
        let refusal = Refusal::new(
            format!("this amount is {basis}"),
            format!("write {basis}, or leave it out"),
        );
        reading.note(format!("{path}.basis"), other, refusal);
    }
}

/// A size, or money of a fund, is so at one time, and a file has no column to say otherwise.
fn refuse_measure(reading: &mut Reading, path: &str, given: Option<Measure>) {
    if let Some(other) = given.filter(|given| *given != Measure::Stock) {
        let refusal = Refusal::new("this amount is STOCK", "write STOCK, or leave it out");
        reading.note(format!("{path}.measure"), other, refusal);
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
