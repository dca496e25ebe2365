//! Splits: what an entity would keep is passed on in parts, by shares, by amounts, or in parts that nobody states.

use super::extent::{Extent, Grains};
use super::grains::{TooLarge, times};
use super::network::{LinkIndex, NodeIndex};
use crate::model::Decimal;

/// What an entity would keep is passed on in parts.
#[derive(Clone, Debug)]
pub(super) struct Split {
    pub(super) node: NodeIndex,
    /// What is split.
    pub(super) total: Extent,
    pub(super) parts: Vec<Part>,
    /// The shares that are known in sum, whoever gets them.
    pub(super) known: Decimal,
    /// The number of parts that are not stated, whoever gets them.
    pub(super) open: usize,
    /// Whether these take together all that the others leave; else they take that at most.
    pub(super) takes_all: bool,
    /// Whether they are taken to be equal.
    pub(super) is_equal: bool,
}

/// A part of a split.
#[derive(Clone, Copy, Debug)]
pub(super) struct Part {
    pub(super) link: LinkIndex,
    pub(super) size: Size,
}

/// How large a part is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Size {
    /// A share of the whole.
    Share(Decimal),
    /// A share between two.
    Between(Decimal, Decimal),
    /// An amount; over what is there, an upper bound.
    Amount(Extent),
    /// Not stated.
    Open,
}

/// A split of a known or unknown whole.
pub(super) struct Division {
    /// Of each part, in their order.
    pub(super) parts: Vec<Extent>,
    /// What stays.
    pub(super) kept: Extent,
}

impl Split {
    /// What the shares leave: amounts are taken from it, and what is not stated.
    pub(super) fn beside_shares(&self) -> Result<Extent, TooLarge> {
        times(self.total, Decimal::ONE - self.known)
    }

    /// All stated amounts together.
    pub(super) fn amounts(&self) -> Result<Extent, TooLarge> {
        let amounts = self.parts.iter().filter_map(|part| match part.size {
            Size::Amount(amount) => Some(amount),
            Size::Share(_) | Size::Between(..) | Size::Open => None,
        });
        let mut amounts = amounts;
        amounts.try_fold(Extent::ZERO, Extent::plus).ok_or(TooLarge)
    }

    /// Whether the only part that is not stated takes just what the others leave.
    pub(super) fn leaves_all_to_one(&self) -> bool {
        self.takes_all && self.open == 1
    }

    /// Makes known of a part that is not stated whether it is nothing, or all that is left.
    pub(super) fn settle(&mut self, part: usize, is_all: bool) {
        let parts = self.parts.iter_mut().enumerate();
        for (_, other) in
            parts.filter(|(place, other)| (*place == part) != is_all && other.size == Size::Open)
        {
            other.size = Size::Share(Decimal::ZERO);
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
            Size::Share(share) => Some((share, share)),
            Size::Between(least, most) => Some((least, most)),
            Size::Amount(_) | Size::Open => None,
        })
    }

    /// How much each part gets, and what stays.
    pub(super) fn divide(&self) -> Result<Division, TooLarge> {
        let (beside, amounts) = (self.beside_shares()?, self.amounts()?);
        let left = beside.excess(amounts);
        let mut place = 0;
        let mut parts = Vec::with_capacity(self.parts.len());
        for part in &self.parts {
            parts.push(match part.size {
                Size::Share(share) => times(self.total, share)?,
                Size::Between(least, most) => Extent {
                    lower: times(self.total, least)?.lower,
                    upper: times(self.total, most)?.upper,
                },
                Size::Amount(amount) => limited(amount, amounts, beside),
                Size::Open if self.leaves_all_to_one() => left,
                Size::Open if self.is_equal => {
                    place += 1;
                    equal(left, self.open, place - 1)
                }
                Size::Open => Extent::up_to(left.upper),
            });
        }
        let kept = self.kept(&parts, left)?;
        Ok(Division { parts, kept })
    }

    fn kept(&self, parts: &[Extent], left: Extent) -> Result<Extent, TooLarge> {
        let known: Option<Grains> = parts.iter().map(|part| part.certain()).sum();
        if let (Some(total), Some(passed)) = (self.total.certain(), known) {
            return Ok(Extent::exact((total - passed).max(0)));
        }
        let is_open = self.parts.iter().any(|part| part.size == Size::Open);
        let has_amounts = self.parts.iter().any(|part| matches!(part.size, Size::Amount(_)));
        let (least, most) = self.shares().fold((Decimal::ZERO, Decimal::ZERO), |sum, share| {
            (sum.0 + share.0, sum.1 + share.1)
        });
        if self.takes_all && (is_open || least < most) {
            // What stays are the shares of others.
            return times(self.total, (self.known - most).max(Decimal::ZERO));
        }
        if has_amounts {
            return Ok(if is_open { Extent::up_to(left.upper) } else { left });
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
        Ok(Extent {
            lower: part(most + open)?.lower,
            upper: part(least)?.upper,
        })
    }
}

/// What a stated amount is of what is there, where all stated amounts are so much. Together they are no more than that.
fn limited(amount: Extent, all: Extent, there: Extent) -> Extent {
    if all.upper.is_some_and(|all| all <= there.lower) {
        return amount;
    }
    let others = all.upper.zip(amount.upper).map(|(all, amount)| all - amount);
    let least = others.map_or(0, |others| (there.lower - others).max(0));
    Extent {
        lower: amount.lower.min(least),
        upper: [amount.upper, there.upper].into_iter().flatten().min(),
    }
}

/// One of so many equal parts; the first ones are a grain larger where they cannot be equal.
fn equal(whole: Extent, count: usize, place: usize) -> Extent {
    let count = Grains::try_from(count.max(1)).unwrap_or(Grains::MAX);
    if let Some(whole) = whole.certain() {
        let is_larger = Grains::try_from(place).is_ok_and(|place| place < whole % count);
        return Extent::exact(whole / count + Grains::from(is_larger));
    }
    Extent {
        lower: whole.lower / count,
        upper: whole
            .upper
            .map(|upper| upper / count + Grains::from(upper % count != 0)),
    }
}
