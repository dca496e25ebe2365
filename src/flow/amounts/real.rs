//! Numbers of about 31 digits for results of divisions: an amount with 12 decimals is exact below 10^16.

use twofloat::TwoFloat;

use super::amount_range::MinorUnits;
use crate::model::Decimal;

/// A number in double-double arithmetic. All computations add and multiply non-negative numbers, so that the
/// relative error grows by at most 2^-100 for each operation.
pub(in crate::flow) type Real = TwoFloat;

/// Decimals of a computed value.
pub(in crate::flow) const DECIMALS: u32 = 12;

/// Zero.
pub(in crate::flow) fn zero() -> Real {
    Real::from(0.0)
}

/// A quotient to 31 digits. The division of the crate is accurate to only 17, because it computes the
/// remainder of the first digit without a fused multiplication.
pub(in crate::flow) fn ratio(value: Real, by: Real) -> Real {
    let first = value.hi() / by.hi();
    let rest = value - by * first;
    let second = rest.hi() / by.hi();
    let rest = rest - by * second;
    Real::new_add(first, second) + rest.hi() / by.hi()
}

/// Whether a number is zero or less.
pub(in crate::flow) fn is_nothing(value: Real) -> bool {
    value <= zero()
}

/// A quotient; 0 for a closed loop, in which nothing leaves and nothing enters.
pub(in crate::flow) fn over(value: Real, by: Real) -> Real {
    if is_nothing(by) { zero() } else { ratio(value, by) }
}

/// An amount in minor units, to 31 digits.
#[expect(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    reason = "the second part holds what the first rounds off"
)]
pub(in crate::flow) fn real(minor_units: MinorUnits) -> Real {
    let high = minor_units as f64;
    let low = (minor_units - high as MinorUnits) as f64;
    Real::new_add(high, low)
}

/// Converts minor units to a decimal of the unit, rounded half away from zero at 12 decimals; `None` if it is
/// too large.
#[expect(clippy::cast_possible_truncation, reason = "the ends are tested")]
pub(in crate::flow) fn decimal(value: Real, scale: u32) -> Option<Decimal> {
    let ten = |power: u32| {
        let power = 10_i128.checked_pow(power).unwrap_or(i128::MAX);
        real(power)
    };
    let scaled = if scale <= DECIMALS {
        value * ten(DECIMALS - scale)
    } else {
        ratio(value, ten(scale - DECIMALS))
    };
    let half = Real::from(0.5);
    let rounded = (scaled + half).floor();
    let (high, low) = (rounded.hi(), rounded.lo());
    if !(0.0..1.0e28).contains(&high) {
        return whole(value, scale);
    }
    let units = high as i128 + low as i128;
    Decimal::try_from_i128_with_scale(units, DECIMALS)
        .ok()
        .map(|value| value.normalize())
}

/// A number too large for 12 decimals, rounded to whole units.
#[expect(clippy::cast_possible_truncation, reason = "the end is tested")]
fn whole(value: Real, scale: u32) -> Option<Decimal> {
    let units = (ratio(value, real(10_i128.checked_pow(scale)?)) + Real::from(0.5)).floor();
    if !(0.0..7.9e28).contains(&units.hi()) {
        return None;
    }
    Decimal::try_from_i128_with_scale(units.hi() as i128 + units.lo() as i128, 0).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Amounts up to 10^15 come back to the last of 12 decimals, whatever they were multiplied and divided by.
    #[test]
    fn what_is_divided_and_multiplied_again_is_the_same() {
        for (amount, by) in [
            (147_600_000_000, 147_600_000_000),
            (99_999_999_999_999_999, 7),
            (1, 3),
            (511_300_000_000, 147_600_000_000),
        ] {
            let round = ratio(real(amount), real(by)) * real(by);
            assert_eq!(
                decimal(round, 2),
                Some(Decimal::from_i128_with_scale(amount, 2).normalize()),
                "{amount} / {by}"
            );
            let other = real(amount) * ratio(real(by), real(by));
            assert_eq!(
                decimal(other, 2),
                Some(Decimal::from_i128_with_scale(amount, 2).normalize()),
                "{amount}"
            );
            assert_eq!(
                decimal(real(amount), 2),
                Some(Decimal::from_i128_with_scale(amount, 2).normalize()),
                "{amount}"
            );
        }
    }
}
