//! Allocation: division of an amount by a rule, to the minor unit of its currency.
//!
//! The method is that of the largest remainder (Hamilton): each party gets the whole minor units of its quota, its
//! proportional part of the amount. The units that are left go one each to the parties with the largest fractions;
//! of equal fractions, to the earlier party. The portions therefore sum to the amount exactly, whatever the weights.

use std::cmp::Reverse;

use crate::model::Decimal;
use crate::model::record::{Rule, RulePart};

/// Number of decimals of the minor unit if no currency is given: most currencies have hundredths.
pub const DIGITS_DEFAULT: u32 = 2;

/// The portion of one party in a divided amount.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Portion {
    /// The amount; `None` if the rule only gives a range.
    pub amount: Option<Decimal>,
    /// The minimum.
    pub min: Decimal,
    /// The maximum: at most what remains if the other parties get their minimum.
    pub max: Decimal,
}

/// The reason why an amount cannot be divided. Clients see the message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AllocationError {
    /// The amount is negative.
    #[error("{0} is negative: give an amount of 0 or more")]
    Negative(Decimal),
    /// The amount is finer than the minor unit.
    #[error("{amount} is finer than the smallest unit of the currency: give at most {digits} decimals")]
    Finer {
        /// The amount.
        amount: Decimal,
        /// The number of decimals of the currency.
        digits: u32,
    },
    /// All weights of the rule are 0.
    #[error("the weights of the rule are all 0: correct the rule, of which one weight must be above 0")]
    NoWeight,
    /// The amount is too large to divide exactly.
    #[error("{0} is too large to divide exactly: give a smaller amount")]
    TooLarge(Decimal),
}

/// Divides an amount of a currency with `digits` decimals among the parts of a rule; the portions are in the order
/// of the parts. If the parts are weights, each portion is one amount, otherwise a range.
pub fn allocate(amount: Decimal, digits: u32, rule: &Rule) -> Result<Vec<Portion>, AllocationError> {
    if amount.is_sign_negative() && !amount.is_zero() {
        return Err(AllocationError::Negative(amount));
    }
    let amount = amount.normalize();
    if amount.scale() > digits {
        return Err(AllocationError::Finer { amount, digits });
    }
    let portions = match rule.weights() {
        Some(weights) if weights.iter().all(Decimal::is_zero) => return Err(AllocationError::NoWeight),
        Some(weights) => by_weights(amount, digits, &weights),
        None => by_ranges(amount, rule),
    };
    portions.ok_or(AllocationError::TooLarge(amount))
}

/// Portions in proportion to weights, which are not all 0; `None` if a number does not fit.
fn by_weights(amount: Decimal, digits: u32, weights: &[Decimal]) -> Option<Vec<Portion>> {
    let weights = in_integers(weights)?;
    let weight_sum = weights
        .iter()
        .try_fold(0_i128, |sum, weight| sum.checked_add(*weight))?;
    let minor_units = in_scale(amount, digits)?;
    // For each party the whole minor units of its quota, and the remainder, in fractions of the sum of weights.
    let mut quotas = Vec::with_capacity(weights.len());
    for weight in weights {
        let product = minor_units.checked_mul(weight)?;
        quotas.push((product.checked_div(weight_sum)?, product.checked_rem(weight_sum)?));
    }
    let given: i128 = quotas.iter().map(|(units, _)| units).sum();
    let units_left = usize::try_from(minor_units - given).ok()?;
    let mut order: Vec<usize> = (0..quotas.len()).collect();
    // The sort is stable: among equal remainders the earlier party comes first.
    order.sort_by_key(|index| Reverse(quotas[*index].1));
    for index in order.into_iter().take(units_left) {
        quotas[index].0 += 1;
    }
    let portion = |(units, _)| {
        let amount = Decimal::try_from_i128_with_scale(units, digits).ok()?;
        Some(Portion {
            amount: Some(amount),
            min: amount,
            max: amount,
        })
    };
    quotas.into_iter().map(portion).collect()
}

/// The range of each part, as fractions of the amount; `None` if a number does not fit.
fn by_ranges(amount: Decimal, rule: &Rule) -> Option<Vec<Portion>> {
    let minimum = |part: &RulePart| part.lower.unwrap_or_default().checked_mul(amount);
    let minimum_sum = rule
        .parts
        .iter()
        .try_fold(Decimal::ZERO, |sum, part| sum.checked_add(minimum(part)?))?;
    let parts = rule.parts.iter().map(|part| {
        let min = minimum(part)?;
        // The minimums of a rule stand even if they exceed the amount together.
        let left = (amount - (minimum_sum - min)).max(min);
        let stated = part.upper.map_or(Some(left), |upper| upper.checked_mul(amount))?;
        Some(Portion {
            amount: None,
            min,
            max: stated.min(left),
        })
    });
    parts.collect()
}

/// Weights as integers in the same proportion.
fn in_integers(weights: &[Decimal]) -> Option<Vec<i128>> {
    let scale = weights.iter().map(|weight| weight.normalize().scale()).max()?;
    weights
        .iter()
        .map(|weight| in_scale(weight.normalize(), scale))
        .collect()
}

/// A number in units of 10^-scale; `None` if it is finer than that unit, or too large.
fn in_scale(number: Decimal, scale: u32) -> Option<i128> {
    let added_digits = scale.checked_sub(number.scale())?;
    number.mantissa().checked_mul(10_i128.checked_pow(added_digits)?)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::model::id::{EntityId, RuleId};
    use crate::model::record::RuleType;

    fn rule(parts: &[(Option<&str>, Option<&str>)]) -> Rule {
        let number = |text: Option<&str>| text.map(|text| text.parse().unwrap());
        let part = |(lower, upper): &(Option<&str>, Option<&str>)| RulePart {
            party: None,
            label: None,
            lower: number(*lower),
            upper: number(*upper),
        };
        Rule {
            id: RuleId::parse("rule:r").unwrap(),
            bearer: EntityId::parse("program:p").unwrap(),
            rule_type: RuleType::Allocation,
            base: None,
            parts: parts.iter().map(part).collect(),
        }
    }

    fn weighted(weights: &[&str]) -> Rule {
        let parts: Vec<_> = weights
            .iter()
            .map(|weight| (Some(*weight), Some(*weight)))
            .collect();
        rule(&parts)
    }

    fn amounts(amount: &str, weights: &[&str]) -> Vec<String> {
        let portions = allocate(amount.parse().unwrap(), 2, &weighted(weights)).unwrap();
        portions
            .iter()
            .map(|portion| portion.amount.unwrap().to_string())
            .collect()
    }

    #[test]
    fn five_three_two_of_470_million() {
        assert_eq!(
            amounts("470000000", &["5", "3", "2"]),
            ["235000000.00", "141000000.00", "94000000.00"]
        );
    }

    #[test]
    fn what_is_left_goes_to_the_largest_fraction_then_to_the_earlier_party() {
        assert_eq!(amounts("0.01", &["5", "3", "2"]), ["0.01", "0.00", "0.00"]);
        assert_eq!(amounts("0.02", &["1", "1", "1"]), ["0.01", "0.01", "0.00"]);
        assert_eq!(amounts("0.01", &["1", "2", "2"]), ["0.00", "0.01", "0.00"]);
        assert_eq!(amounts("100", &["0.5", "0.25", "0"]), ["66.67", "33.33", "0.00"]);
    }

    #[test]
    fn a_range_leaves_the_amount_open() {
        let rule = rule(&[(Some("0.2"), Some("0.3")), (None, None)]);
        let portions = allocate(Decimal::from(1000), 2, &rule).unwrap();
        let ends = |portion: &Portion| (portion.amount, portion.min, portion.max);
        assert_eq!(ends(&portions[0]), (None, 200.into(), 300.into()));
        // The other party gets 200 at least, so that this one gets no more than 800.
        assert_eq!(ends(&portions[1]), (None, Decimal::ZERO, 800.into()));
    }

    #[test]
    fn no_portion_is_more_than_the_others_leave() {
        let maxes = |parts: &[(Option<&str>, Option<&str>)]| {
            let portions = allocate(Decimal::from(1000), 2, &rule(parts)).unwrap();
            let max = portions.iter().map(|portion| i64::try_from(portion.max).unwrap());
            max.collect::<Vec<_>>()
        };
        assert_eq!(maxes(&[(None, None)]), [1000]);
        assert_eq!(
            maxes(&[(Some("0.6"), Some("0.9")), (Some("0.3"), None)]),
            [700, 400]
        );
        // The minimums of a rule are returned as stated, even if together they exceed the amount.
        assert_eq!(maxes(&[(Some("0.7"), None), (Some("0.6"), None)]), [700, 600]);
    }

    #[test]
    fn what_cannot_be_divided_is_refused() {
        let refused =
            |amount: &str| allocate(amount.parse().unwrap(), 2, &weighted(&["5", "3"])).unwrap_err();
        assert!(matches!(refused("-0.01"), AllocationError::Negative(_)));
        assert!(matches!(
            refused("0.001"),
            AllocationError::Finer { digits: 2, .. }
        ));
        assert!(matches!(
            refused("79228162514264337593543950335"),
            AllocationError::TooLarge(_)
        ));
        // Also of a rule without parts, and of an amount of 0: nobody has a claim to a portion of it.
        for weights in [&["0", "0.00"][..], &[]] {
            for amount in [Decimal::ZERO, Decimal::ONE_HUNDRED] {
                let none = allocate(amount, 2, &weighted(weights));
                assert_eq!(none, Err(AllocationError::NoWeight));
            }
        }
        assert_eq!(
            allocate("1.100".parse().unwrap(), 2, &weighted(&["1"])).unwrap()[0].amount,
            Some("1.10".parse().unwrap())
        );
    }

    #[test]
    fn a_currency_is_divided_to_its_own_minor_unit() {
        let divide = |amount: &str, digits| {
            let portions = allocate(amount.parse().unwrap(), digits, &weighted(&["1", "1", "1"]))?;
            let amounts = portions.iter().map(|portion| portion.amount.unwrap().to_string());
            Ok::<_, AllocationError>(amounts.collect::<Vec<_>>())
        };
        assert_eq!(divide("100", 0).unwrap(), ["34", "33", "33"]);
        assert_eq!(divide("0.100", 3).unwrap(), ["0.034", "0.033", "0.033"]);
        assert_eq!(
            divide("0.5", 0).unwrap_err().to_string(),
            "0.5 is finer than the smallest unit of the currency: give at most 0 decimals"
        );
    }

    proptest! {
        #[test]
        fn the_portions_sum_to_the_amount_and_none_is_a_minor_unit_from_its_quota(
            units in 0_i64..1_000_000_000_000, digits in 0_u32..4,
            weights in prop::collection::vec(0_i64..100_000, 1..8),
        ) {
            prop_assume!(weights.iter().sum::<i64>() > 0);
            let texts: Vec<String> = weights.iter().map(ToString::to_string).collect();
            let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
            let amount = Decimal::new(units, digits);
            let portions: Vec<Decimal> = allocate(amount, digits, &weighted(&texts)).unwrap()
                .into_iter().map(|portion| portion.amount.unwrap()).collect();
            prop_assert_eq!(portions.iter().sum::<Decimal>(), amount);
            let whole: i64 = weights.iter().sum();
            for (portion, weight) in portions.iter().zip(&weights) {
                let quota = amount * Decimal::from(*weight) / Decimal::from(whole);
                prop_assert!((portion - quota).abs() < Decimal::new(1, digits));
            }
        }
    }
}
