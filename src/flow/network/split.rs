//! Splits: an entity passes on what it would keep, in parts given by shares, by amounts, or of unknown size.

use super::indices::{EdgeIndex, NodeIndex};
use crate::flow::amounts::amount_range::{AmountRange, MinorUnits};
use crate::flow::amounts::minor_units::{TooLarge, times};
use crate::model::Decimal;

/// A split of what an entity would keep.
#[derive(Clone, Debug)]
pub(in crate::flow) struct Split {
    pub(in crate::flow) node: NodeIndex,
    /// The amount to split.
    pub(in crate::flow) total: AmountRange,
    pub(in crate::flow) parts: Vec<SplitPart>,
    /// The sum of the known shares, whoever receives them.
    pub(in crate::flow) known: Decimal,
    /// The number of parts of unknown size, whoever receives them.
    pub(in crate::flow) open: usize,
    /// Whether these together take everything that the others leave, rather than at most that.
    pub(in crate::flow) takes_all: bool,
    /// Whether these are assumed to be equal.
    pub(in crate::flow) is_equal: bool,
}

/// A part of a split.
#[derive(Clone, Copy, Debug)]
pub(in crate::flow) struct SplitPart {
    pub(in crate::flow) edge: EdgeIndex,
    pub(in crate::flow) size: SplitSize,
}

/// The size of a part.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::flow) enum SplitSize {
    /// A share of the whole.
    Share(Decimal),
    /// A share between two values.
    Between(Decimal, Decimal),
    /// An amount; if it exceeds what is available, an upper bound.
    Amount(AmountRange),
    /// Not stated.
    Open,
}

/// The result of dividing an amount.
pub(super) struct Division {
    /// The amount of each part, in order.
    pub(super) parts: Vec<AmountRange>,
    /// The amount that stays.
    pub(super) kept: AmountRange,
}

impl Split {
    /// The amount that the shares leave, from which stated amounts and unknown parts are taken.
    pub(in crate::flow) fn beside_shares(&self) -> Result<AmountRange, TooLarge> {
        times(self.total, Decimal::ONE - self.known)
    }

    /// The sum of the stated amounts.
    pub(in crate::flow) fn amounts(&self) -> Result<AmountRange, TooLarge> {
        let amounts = self.parts.iter().filter_map(|part| match part.size {
            SplitSize::Amount(amount) => Some(amount),
            SplitSize::Share(_) | SplitSize::Between(..) | SplitSize::Open => None,
        });
        let mut amounts = amounts;
        amounts
            .try_fold(AmountRange::ZERO, AmountRange::plus)
            .ok_or(TooLarge)
    }

    /// Whether the only part of unknown size takes exactly what the others leave.
    pub(super) fn leaves_all_to_one(&self) -> bool {
        self.takes_all && self.open == 1
    }

    /// Fixes a part of unknown size to zero, or to everything that is left; then the other parts of unknown size
    /// are zero.
    pub(in crate::flow) fn settle(&mut self, part: usize, is_all: bool) {
        let parts = self.parts.iter_mut().enumerate();
        for (_, other) in
            parts.filter(|(place, other)| (*place == part) != is_all && other.size == SplitSize::Open)
        {
            other.size = SplitSize::Share(Decimal::ZERO);
        }
        if is_all {
            self.open = 1;
            self.takes_all = true;
        } else {
            self.open = self.open.saturating_sub(1);
        }
    }

    fn shares(&self) -> impl Iterator<Item = (Decimal, Decimal)> {
        self.parts.iter().filter_map(|part| match part.size {
            SplitSize::Share(share) => Some((share, share)),
            SplitSize::Between(least, most) => Some((least, most)),
            SplitSize::Amount(_) | SplitSize::Open => None,
        })
    }

    /// Computes the amount of each part, and what stays.
    pub(super) fn divide(&self) -> Result<Division, TooLarge> {
        let (beside, amounts) = (self.beside_shares()?, self.amounts()?);
        let left = beside.excess(amounts);
        let mut place = 0;
        let mut parts = Vec::with_capacity(self.parts.len());
        for part in &self.parts {
            parts.push(match part.size {
                SplitSize::Share(share) => times(self.total, share)?,
                SplitSize::Between(least, most) => AmountRange {
                    lower: times(self.total, least)?.lower,
                    upper: times(self.total, most)?.upper,
                },
                SplitSize::Amount(amount) => limited(amount, amounts, beside),
                SplitSize::Open if self.leaves_all_to_one() => left,
                SplitSize::Open if self.is_equal => {
                    place += 1;
                    equal(left, self.open, place - 1)
                }
                SplitSize::Open => AmountRange::up_to(left.upper),
            });
        }
        let kept = self.kept(&parts, left)?;
        Ok(Division { parts, kept })
    }

    fn kept(&self, parts: &[AmountRange], left: AmountRange) -> Result<AmountRange, TooLarge> {
        let known: Option<MinorUnits> = parts.iter().map(|part| part.certain()).sum();
        if let (Some(total), Some(passed)) = (self.total.certain(), known) {
            return Ok(AmountRange::exact((total - passed).max(0)));
        }
        let is_open = self.parts.iter().any(|part| part.size == SplitSize::Open);
        let has_amounts = self
            .parts
            .iter()
            .any(|part| matches!(part.size, SplitSize::Amount(_)));
        let (least, most) = self.shares().fold((Decimal::ZERO, Decimal::ZERO), |sum, share| {
            (sum.0 + share.0, sum.1 + share.1)
        });
        if self.takes_all && (is_open || least < most) {
            // What stays are the shares of others.
            return times(self.total, (self.known - most).max(Decimal::ZERO));
        }
        if has_amounts {
            return Ok(if is_open {
                AmountRange::up_to(left.upper)
            } else {
                left
            });
        }
        let open = if is_open {
            Decimal::ONE - self.known
        } else {
            Decimal::ZERO
        };
        let part = |share: Decimal| {
            times(
                self.total,
                (Decimal::ONE - share).clamp(Decimal::ZERO, Decimal::ONE),
            )
        };
        Ok(AmountRange {
            lower: part(most + open)?.lower,
            upper: part(least)?.upper,
        })
    }
}

/// A stated amount, limited so that all stated amounts together do not exceed what is available.
fn limited(amount: AmountRange, all: AmountRange, there: AmountRange) -> AmountRange {
    if all.upper.is_some_and(|all| all <= there.lower) {
        return amount;
    }
    let others = all.upper.zip(amount.upper).map(|(all, amount)| all - amount);
    let least = others.map_or(0, |others| (there.lower - others).max(0));
    AmountRange {
        lower: amount.lower.min(least),
        upper: [amount.upper, there.upper].into_iter().flatten().min(),
    }
}

/// One of `count` equal parts; the first parts are one minor unit larger if they cannot be equal.
fn equal(whole: AmountRange, count: usize, place: usize) -> AmountRange {
    let count = MinorUnits::try_from(count.max(1)).unwrap_or(MinorUnits::MAX);
    if let Some(whole) = whole.certain() {
        let is_larger = MinorUnits::try_from(place).is_ok_and(|place| place < whole % count);
        return AmountRange::exact(whole / count + MinorUnits::from(is_larger));
    }
    AmountRange {
        lower: whole.lower / count,
        upper: whole
            .upper
            .map(|upper| upper / count + MinorUnits::from(upper % count != 0)),
    }
}
