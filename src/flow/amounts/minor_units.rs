//! Conversion between decimal amounts and whole minor units.

use super::amount_range::{AmountRange, ENDLESS, MinorUnits};
use crate::model::Decimal;

/// An amount needs more digits than the integer type holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "the amounts between `from` and `to`, with their shares, need more than the 28 digits that a flow computes with"
)]
pub struct TooLarge;

/// Converts an amount to minor units; the scale must be fine enough to hold it.
pub(in crate::flow) fn minor_units(amount: Decimal, scale: u32) -> Result<MinorUnits, TooLarge> {
    let amount = amount.normalize();
    let more = scale.saturating_sub(amount.scale());
    let factor = 10_i128.checked_pow(more).ok_or(TooLarge)?;
    let minor_units = amount.mantissa().checked_mul(factor);
    minor_units
        .filter(|minor_units| *minor_units < ENDLESS)
        .ok_or(TooLarge)
}

/// A share of an amount: exact for amounts of relations, because the scale has room for both; otherwise
/// rounded outward.
pub(in crate::flow) fn times(total: AmountRange, share: Decimal) -> Result<AmountRange, TooLarge> {
    let share = share.normalize();
    let (mantissa, divisor) = (
        share.mantissa(),
        10_i128.checked_pow(share.scale()).ok_or(TooLarge)?,
    );
    let lower = total.lower.checked_mul(mantissa).ok_or(TooLarge)?;
    let upper = total
        .upper
        .map(|upper| upper.checked_mul(mantissa).ok_or(TooLarge))
        .transpose()?;
    Ok(AmountRange {
        lower: lower.div_euclid(divisor),
        upper: upper
            .map(|upper| upper.div_euclid(divisor) + MinorUnits::from(upper.rem_euclid(divisor) != 0)),
    })
}

/// The quotient and remainder of a product, with a factor that is at most the divisor.
pub(in crate::flow) fn mul_div(
    amount: MinorUnits,
    by: MinorUnits,
    divisor: MinorUnits,
) -> (MinorUnits, MinorUnits) {
    let (mut quotient, mut rest) = (0, 0);
    for bit in (0..MinorUnits::BITS - 1).rev() {
        quotient *= 2;
        rest *= 2;
        if amount >> bit & 1 == 1 {
            rest += by;
        }
        while rest >= divisor {
            rest -= divisor;
            quotient += 1;
        }
    }
    (quotient, rest)
}

/// Converts minor units to a decimal of the unit without trailing zeros.
pub(in crate::flow) fn decimal(mut minor_units: MinorUnits, mut scale: u32) -> Result<Decimal, TooLarge> {
    while scale > 0 && minor_units % 10 == 0 {
        (minor_units, scale) = (minor_units / 10, scale - 1);
    }
    Decimal::try_from_i128_with_scale(minor_units, scale).map_err(|_| TooLarge)
}
