//! Amounts as whole grains.

use super::extent::{ENDLESS, Extent, Grains};
use super::facts::{LinkFact, SplitFact};
use crate::model::Decimal;

/// Amounts need more digits than a number holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the amounts of this layer together need more digits than can be held exactly")]
pub struct TooLarge;

/// The scale at which every amount, and every part of one, is a whole number.
pub(super) fn scale(links: &[LinkFact], splits: &[SplitFact]) -> u32 {
    let digits = |value: Decimal| value.normalize().scale();
    let amounts = links
        .iter()
        .flat_map(|fact| [Some(fact.carried.lower), fact.carried.upper]);
    let shares = splits.iter().flat_map(|split| {
        let shares = split.parts.iter().map(|part| part.share.ok());
        shares.chain([Some(split.known)])
    });
    let amounts = amounts.flatten().map(digits).max().unwrap_or(0);
    amounts + shares.flatten().map(digits).max().unwrap_or(0)
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
