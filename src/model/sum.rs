//! Exact sums of amounts.

use rust_decimal::Decimal;

use super::quantity::{Basis, Qualifier, Quantity, Unit};

/// Exact sums of quantities of one unit and status: lower ends add up, and an unknown amount leaves no upper end.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sum {
    lower: Decimal,
    upper: Option<Decimal>,
    strict: bool,
    rounded: bool,
    count: usize,
    known: usize,
    overflow: bool,
}

impl Sum {
    /// A sum of nothing.
    pub fn new() -> Self {
        Self {
            upper: Some(Decimal::ZERO),
            ..Self::default()
        }
    }

    /// Adds one amount.
    pub fn add(&mut self, quantity: &Quantity) {
        self.count += 1;
        self.known += usize::from(quantity.lower().is_some());
        match self.lower.checked_add(quantity.lower().unwrap_or_default()) {
            Some(sum) => self.lower = sum,
            None => self.overflow = true,
        }
        self.upper = self
            .upper
            .zip(quantity.upper())
            .and_then(|(a, b)| a.checked_add(b));
        self.strict |= quantity.lower_exclusive();
        self.rounded |= quantity.qualifier() == Qualifier::Rounded;
    }

    /// How many amounts were added.
    pub fn count(&self) -> usize {
        self.count
    }
    /// How many of them said something.
    pub fn known(&self) -> usize {
        self.known
    }

    /// The sum as a quantity; unknown where none of its amounts was known.
    pub fn quantity(&self, unit: Option<Unit>, basis: Option<Basis>) -> Quantity {
        let unknown = self.known == 0 || self.overflow;
        let lower = (!unknown).then_some(self.lower);
        let upper = if unknown { None } else { self.upper };
        Quantity::computed((lower, upper), self.strict, self.rounded, unit, basis)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::quantity::{Measure, QuantityParts};

    fn quantity(amount: Option<i64>, amount_max: Option<i64>, qualifier: Option<Qualifier>) -> Quantity {
        let parts = QuantityParts {
            amount: amount.map(Decimal::from),
            amount_max: amount_max.map(Decimal::from),
            qualifier,
            unit: Some(Unit::parse("CNY").unwrap()),
            basis: Some(Basis::Invested),
            ..QuantityParts::default()
        };
        Quantity::new(parts, Measure::Cumulative).unwrap()
    }

    #[test]
    fn a_sum_with_an_unknown_has_no_upper_end() {
        let mut sum = Sum::new();
        sum.add(&quantity(Some(10), None, None));
        sum.add(&quantity(Some(5), Some(7), Some(Qualifier::Range)));
        let known = sum.quantity(None, None);
        assert_eq!((known.lower(), known.upper()), (Some(15.into()), Some(17.into())));
        sum.add(&quantity(None, None, None));
        let open = sum.quantity(None, None);
        assert_eq!(
            (open.lower(), open.upper(), sum.known(), sum.count()),
            (Some(15.into()), None, 2, 3)
        );
    }
}
