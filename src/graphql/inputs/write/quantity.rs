//! Input type for amounts.

use async_graphql::InputObject;

use super::InputReader;
use crate::graphql::scalars::Decimal;
use crate::model::basis::Basis;
use crate::model::free_text::visible;
use crate::model::quantity::{Measure, Qualifier, Quantity, QuantityParts, Unit};
use crate::model::refusal::Refusal;
use crate::service::suggest;

/// An amount, as far as it is known. Without a qualifier it is EXACT with `lower` alone, RANGE with both
/// ends, `AT_MOST` with `upper` alone, and UNKNOWN with neither.
#[derive(InputObject, Clone, Debug)]
pub(in crate::graphql) struct QuantityInput {
    /// Amount, or its lower end.
    lower: Option<Decimal>,
    /// Upper end; for an exact amount it may repeat `lower`.
    upper: Option<Decimal>,
    /// True if the amount is strictly above `lower`; it is then `MORE_THAN`.
    lower_exclusive: Option<bool>,
    /// True if the amount is strictly below `upper`; it is then `LESS_THAN`.
    upper_exclusive: Option<bool>,
    /// Code of the unit: CNY, PERSON, PROJECT and so on. Required for an amount.
    unit: Option<String>,
    /// Basis, the kind of amount: `PAID_IN`, `INVESTED`, `MEASURED` and so on. Required for an amount;
    /// `ontology` lists all.
    basis: Option<String>,
    /// Relation of the amount to time. Default: CUMULATIVE for a relation, STOCK for everything else.
    measure: Option<Measure>,
    /// Precision with which the source gives the amount.
    qualifier: Option<Qualifier>,
    /// Wording of the source.
    original_text: Option<String>,
}

impl QuantityInput {
    /// The parts of the quantity, not yet checked together.
    pub(super) fn parts(self, reader: &mut InputReader, path: &str) -> QuantityParts {
        let unit = self
            .unit
            .filter(|text| !text.is_empty())
            .and_then(|text| reader.parse(|| format!("{path}.unit"), &text, Unit::parse));
        let basis = self.basis.filter(|text| !text.is_empty()).and_then(|text| {
            let parse = |text: &str| {
                let reason = || format!("`{}` is not a valid basis", visible(text));
                let hint = || suggest(text, Basis::ALL.iter().map(|basis| basis.name()));
                Basis::parse(text).ok_or_else(|| Refusal::new(reason(), hint()))
            };
            reader.parse(|| format!("{path}.basis"), &text, parse)
        });
        let (lower, upper) = (self.lower.map(|one| one.0), self.upper.map(|one| one.0));
        let qualifier = match (self.qualifier, self.lower_exclusive, self.upper_exclusive) {
            (Some(qualifier), above, below) => {
                for (field, exclusive, of, inclusive) in [
                    ("lowerExclusive", above, Qualifier::MoreThan, Qualifier::AtLeast),
                    ("upperExclusive", below, Qualifier::LessThan, Qualifier::AtMost),
                ] {
                    let Some(exclusive) = exclusive.filter(|exclusive| *exclusive != (qualifier == of))
                    else {
                        continue;
                    };
                    let (reason, instead) = if exclusive {
                        (format!(": only {of} is exclusive at this end"), of)
                    } else if lower.is_some() && upper.is_some() {
                        (", which is exclusive at this end".into(), Qualifier::Range)
                    } else {
                        (", which is exclusive at this end".into(), inclusive)
                    };
                    let reason = format!("does not match the qualifier {qualifier}{reason}");
                    let hint = format!("leave {field} out, or write {instead}");
                    reader.reject(format!("{path}.{field}"), exclusive, Refusal::new(reason, hint));
                }
                Some(qualifier)
            }
            (None, Some(true), Some(true)) => {
                let hint = "leave out one of the two, which only widens the range";
                let refusal = Refusal::new("an amount can be exclusive at one end only", hint);
                reader.reject(format!("{path}.upperExclusive"), true, refusal);
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
            let refusal = Refusal::new(format!("{qualifier} needs an upper end"), "give `upper`");
            reader.reject(format!("{path}.lower"), lower, refusal);
        }
        // A quantity can be sent as a response has it: one number is its own upper end, and NONE is 0.
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

    /// Reads a complete quantity.
    pub(super) fn read(self, reader: &mut InputReader, path: &str, measure: Measure) -> Option<Quantity> {
        let parts = self.parts(reader, path);
        check(reader, path, parts, measure)
    }

    /// Reads an amount of money, in any currency, with a given basis.
    pub(super) fn read_money(self, reader: &mut InputReader, path: &str, basis: Basis) -> Option<Quantity> {
        match &self.unit {
            Some(unit) => {
                reader.parse(|| format!("{path}.unit"), unit, Unit::parse_currency)?;
            }
            None if self.lower.is_some() || self.upper.is_some() => {
                let hint = "give its ISO 4217 code, such as CNY, EUR or USD";
                let refusal = Refusal::new("an amount of money needs a currency", hint);
                reader.reject(format!("{path}.unit"), "", refusal);
                return None;
            }
            None => {}
        }
        let unit = self.unit.clone();
        let given = self.parts(reader, path);
        refuse_basis(reader, path, given.basis, basis);
        refuse_measure(reader, path, given.measure);
        let unit = unit.and_then(|unit| Unit::parse_currency(&unit).ok());
        let parts = QuantityParts {
            unit,
            basis: Some(basis),
            ..given
        };
        check(reader, path, parts, Measure::Stock)
    }

    /// Reads a quantity whose unit and basis are given by the field it belongs to.
    pub(super) fn read_as(
        self,
        reader: &mut InputReader,
        path: &str,
        unit: &str,
        basis: Basis,
    ) -> Option<Quantity> {
        let given = self.parts(reader, path);
        let wanted = reader.parse(|| format!("{path}.unit"), unit, Unit::parse);
        if given.unit.is_some() && given.unit != wanted {
            let value = given
                .unit
                .as_ref()
                .map(Unit::as_str)
                .unwrap_or_default()
                .to_string();
            let refusal = Refusal::new(
                format!("the unit of this amount is {unit}"),
                format!("write {unit}, or leave it out"),
            );
            reader.reject(format!("{path}.unit"), value, refusal);
        }
        refuse_basis(reader, path, given.basis, basis);
        refuse_measure(reader, path, given.measure);
        let parts = QuantityParts {
            unit: wanted,
            basis: Some(basis),
            ..given
        };
        check(reader, path, parts, Measure::Stock)
    }
}

fn refuse_basis(reader: &mut InputReader, path: &str, given: Option<Basis>, basis: Basis) {
    if let Some(other) = given.filter(|given| *given != basis) {
        let refusal = Refusal::new(
            format!("the basis of this amount is {basis}"),
            format!("write {basis}, or leave it out"),
        );
        reader.reject(format!("{path}.basis"), other, refusal);
    }
}

/// Rejects every measure but STOCK: a size or the money of a fund holds at one time, and CSV files have no
/// column for another measure.
fn refuse_measure(reader: &mut InputReader, path: &str, given: Option<Measure>) {
    if let Some(other) = given.filter(|given| *given != Measure::Stock) {
        let refusal = Refusal::new(
            "the measure of this amount is STOCK",
            "write STOCK, or leave it out",
        );
        reader.reject(format!("{path}.measure"), other, refusal);
    }
}

fn check(reader: &mut InputReader, path: &str, parts: QuantityParts, measure: Measure) -> Option<Quantity> {
    let value = parts.amount.map(|amount| amount.to_string()).unwrap_or_default();
    match Quantity::new(parts, measure) {
        Ok(quantity) => Some(quantity),
        Err(error) => {
            reader.reject(path.to_string(), value, error);
            None
        }
    }
}
