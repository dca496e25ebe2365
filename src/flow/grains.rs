//! Amounts as whole grains.

use super::extent::{ENDLESS, Extent, Grains};
use super::facts::{LinkFact, PartSize, SplitFact};
use crate::model::Decimal;
use crate::model::entity::EntityKind;
use crate::model::job::Paced as _;

/// Amounts need more digits than a number holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "the amounts between `from` and `to`, with their shares, need more than the 28 digits that a flow computes with"
)]
pub struct TooLarge;

/// The scale at which every amount, and every part of one, is a whole number. What carriers take over has room for the shares of
/// industries as well.
pub(super) fn scale(links: &[&LinkFact], splits: &[SplitFact]) -> u32 {
    let digits = |value: Decimal| value.normalize().scale();
    let mut amounts = 0;
    for fact in links.iter().paced() {
        let ends = [Some(fact.carried.lower), fact.carried.upper];
        amounts = ends.into_iter().flatten().map(digits).fold(amounts, u32::max);
    }
    // Of carriers, and of industries.
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

/// An amount in grains; the scale must be fine enough to hold it.
pub(super) fn grains(amount: Decimal, scale: u32) -> Result<Grains, TooLarge> {
    let amount = amount.normalize();
    let more = scale.saturating_sub(amount.scale());
    let factor = 10_i128.checked_pow(more).ok_or(TooLarge)?;
    let grains = amount.mantissa().checked_mul(factor);
    grains.filter(|grains| *grains < ENDLESS).ok_or(TooLarge)
}

/// A share of an amount: exact where the amount is of relations, for the scale has room for both; else outward.
pub(super) fn times(total: Extent, share: Decimal) -> Result<Extent, TooLarge> {
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
    Ok(Extent {
        lower: lower.div_euclid(divisor),
        upper: upper.map(|upper| upper.div_euclid(divisor) + Grains::from(upper.rem_euclid(divisor) != 0)),
    })
}

/// A product divided, and what is left over, where the factor is no more than the divisor.
pub(super) fn mul_div(amount: Grains, by: Grains, divisor: Grains) -> (Grains, Grains) {
    let (mut quotient, mut rest) = (0, 0);
    for bit in (0..Grains::BITS - 1).rev() {
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

/// An amount of grains in the unit, with no more decimals than it needs.
pub(super) fn decimal(mut grains: Grains, mut scale: u32) -> Result<Decimal, TooLarge> {
    while scale > 0 && grains % 10 == 0 {
        (grains, scale) = (grains / 10, scale - 1);
    }
    Decimal::try_from_i128_with_scale(grains, scale).map_err(|_| TooLarge)
}
