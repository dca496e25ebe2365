//! Exact sums of amounts.

use rust_decimal::Decimal;

use super::quantity::{Basis, Measure, Qualifier, Quantity, Unit};

/// The exact sum of quantities, which the caller must have chosen to be of one unit.
///
/// A quantity is an interval, so the sum is one: the lower ends add up, and so do the upper ends. An unknown amount
/// has neither: it adds nothing to the lower end and removes the upper end.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "independent flags, each true if it is true of any amount"
)]
pub struct QuantitySum {
    /// None after an overflow.
    lower: Option<Decimal>,
    /// None after an overflow, or if an amount has no upper end.
    upper: Option<Decimal>,
    /// Whether the sum is strictly above `lower`, because an amount is strictly above its lower end.
    lower_exclusive: bool,
    /// Whether the sum is strictly below `upper`, because an amount is strictly below its upper end.
    upper_exclusive: bool,
    /// Whether an amount is rounded.
    rounded: bool,
    /// Whether the statements about an amount differ.
    contested: bool,
    /// The number of amounts added.
    count: usize,
    /// The number of them that have a lower end.
    known: usize,
}

impl Default for QuantitySum {
    fn default() -> Self {
        Self {
            lower: Some(Decimal::ZERO),
            upper: Some(Decimal::ZERO),
            lower_exclusive: false,
            upper_exclusive: false,
            rounded: false,
            contested: false,
            count: 0,
            known: 0,
        }
    }
}

impl QuantitySum {
    /// An empty sum.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds an amount.
    pub fn add(&mut self, quantity: &Quantity) {
        self.count += 1;
        self.known += usize::from(quantity.lower().is_some());
        let lower = quantity.lower().unwrap_or_default();
        self.lower = self.lower.and_then(|sum| sum.checked_add(lower));
        self.upper = self
            .upper
            .zip(quantity.upper())
            .and_then(|(a, b)| a.checked_add(b));
        self.lower_exclusive |= quantity.lower_exclusive();
        self.upper_exclusive |= quantity.upper_exclusive();
        self.rounded |= quantity.qualifier() == Qualifier::Rounded;
        self.contested |= quantity.is_contested();
    }

    /// Adds an unknown amount.
    pub fn add_unknown(&mut self) {
        self.count += 1;
        self.upper = None;
    }

    /// The number of amounts added.
    pub fn count(&self) -> usize {
        self.count
    }
    /// The number of known amounts added: those with a lower end.
    pub fn known(&self) -> usize {
        self.known
    }

    /// The sum as a quantity: unknown if none of its amounts is known, contested if one is.
    pub fn quantity(&self, unit: Option<Unit>, basis: Option<Basis>, measure: Measure) -> Quantity {
        // Without a known amount, the sum is unknown rather than "at least zero".
        let lower = self.lower.filter(|_| self.known > 0);
        let upper = self.upper.filter(|_| lower.is_some());
        let flags = (
            self.lower_exclusive,
            self.upper_exclusive,
            self.rounded,
            self.contested,
        );
        Quantity::computed((lower, upper), flags, unit, (basis, measure))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::quantity::QuantityParts;

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
        let mut sum = QuantitySum::new();
        sum.add(&quantity(Some(10), None, None));
        sum.add(&quantity(Some(5), Some(7), Some(Qualifier::Range)));
        let known = sum.quantity(None, None, Measure::Cumulative);
        assert_eq!((known.lower(), known.upper()), (Some(15.into()), Some(17.into())));
        sum.add(&quantity(None, None, None));
        let open = sum.quantity(None, None, Measure::Cumulative);
        assert_eq!(
            (open.lower(), open.upper(), sum.known(), sum.count()),
            (Some(15.into()), None, 2, 3)
        );
        assert!(!open.lower_exclusive(), "the unknown may be nothing");
        sum.add(&quantity(Some(1), None, Some(Qualifier::MoreThan)));
        let more = sum.quantity(None, None, Measure::Flow);
        assert!(more.lower_exclusive() && !more.is_contested());
        assert_eq!(more.measure(), Measure::Flow);
    }

    #[test]
    fn a_sum_is_strictly_inside_an_end_where_an_amount_is() {
        let one = |amount, qualifier| quantity(Some(amount), None, Some(qualifier));
        let sum = |all: &[Quantity]| {
            let mut sum = QuantitySum::new();
            for quantity in all {
                sum.add(quantity);
            }
            let sum = sum.quantity(None, None, Measure::Cumulative);
            (
                sum.lower(),
                sum.upper(),
                sum.lower_exclusive(),
                sum.upper_exclusive(),
            )
        };
        let three = one(3, Qualifier::Exact);
        let ends = |lower: i64, upper: Option<i64>| (Some(Decimal::from(lower)), upper.map(Decimal::from));
        let expected = |(lower, upper), above, below| (lower, upper, above, below);
        assert_eq!(
            sum(&[three.clone(), one(5, Qualifier::AtMost)]),
            expected(ends(3, Some(8)), false, false)
        );
        assert_eq!(
            sum(&[three.clone(), one(5, Qualifier::LessThan)]),
            expected(ends(3, Some(8)), false, true)
        );
        assert_eq!(
            sum(&[three.clone(), one(5, Qualifier::AtLeast)]),
            expected(ends(8, None), false, false)
        );
        let open = [one(5, Qualifier::AtLeast), one(5, Qualifier::LessThan)];
        assert_eq!(sum(&open), expected(ends(5, None), false, false));
    }

    #[test]
    fn a_sum_is_contested_where_an_amount_is() {
        let mut sum = QuantitySum::new();
        sum.add(&quantity(Some(10), None, None).hull(&quantity(Some(12), None, None)));
        sum.add(&quantity(Some(1), None, None));
        let sum = sum.quantity(None, None, Measure::Cumulative);
        assert_eq!((sum.lower(), sum.upper()), (Some(11.into()), Some(13.into())));
        assert!(sum.is_contested());
    }
}
