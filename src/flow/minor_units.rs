//! Conversion between decimal amounts and whole minor units.

use super::amount_range::{AmountRange, ENDLESS, MinorUnits};
use super::facts::{EdgeFact, PartSize, SplitFact};
use crate::model::Decimal;
use crate::model::entity::EntityKind;
use crate::model::job::Paced as _;

/// An amount needs more digits than the integer type holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "the amounts between `from` and `to`, with their shares, need more than the 28 digits that a flow computes with"
)]
pub struct TooLarge;

/// The scale at which every amount, and every part of one, is a whole number. Amounts that carriers take over
/// have room for the shares of industries as well.
pub(super) fn scale(edges: &[&EdgeFact], splits: &[SplitFact]) -> u32 {
    let digits = |value: Decimal| value.normalize().scale();
    let mut amounts = 0;
    for fact in edges.iter().paced() {
        let ends = [Some(fact.contribution.lower), fact.contribution.upper];
        amounts = ends.into_iter().flatten().map(digits).fold(amounts, u32::max);
    }
    // Shares of carriers, then shares of industries.
    let mut shares = [0, 0];
    for (split, part) in splits
        .iter()
        .flat_map(|split| split.parts.iter().map(move |part| (split, part)))
    {
        let level = usize::from(part.to.entity().kind() == EntityKind::Industry);
        let mut note = |share: Decimal| shares[level] = shares[level].max(digits(share));
        note(split.known);
        match part.size {
            PartSize::Share(share) => note(share),
            PartSize::Between(least, most) => {
                note(least);
                note(most);
            }
            PartSize::Amount(amount) => {
                let ends = [Some(amount.lower), amount.upper];
                amounts = ends.into_iter().flatten().map(digits).fold(amounts, u32::max);
            }
            PartSize::Open(_) => {}
        }
    }
    amounts + shares[0] + shares[1]
}

/// Converts an amount to minor units; the scale must be fine enough to hold it.
pub(super) fn minor_units(amount: Decimal, scale: u32) -> Result<MinorUnits, TooLarge> {
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
pub(super) fn times(total: AmountRange, share: Decimal) -> Result<AmountRange, TooLarge> {
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
pub(super) fn mul_div(amount: MinorUnits, by: MinorUnits, divisor: MinorUnits) -> (MinorUnits, MinorUnits) {
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
pub(super) fn decimal(mut minor_units: MinorUnits, mut scale: u32) -> Result<Decimal, TooLarge> {
    while scale > 0 && minor_units % 10 == 0 {
        (minor_units, scale) = (minor_units / 10, scale - 1);
    }
    Decimal::try_from_i128_with_scale(minor_units, scale).map_err(|_| TooLarge)
}
