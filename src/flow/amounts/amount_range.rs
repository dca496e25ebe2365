//! Amounts as intervals of whole minor units, with or without an upper bound.

/// An amount in minor units: a power of ten of the unit, so that every amount of a network is a whole number.
pub(in crate::flow) type MinorUnits = i128;

/// Stands for an unbounded amount: larger than any amount, and small enough that very many of it can be
/// added.
pub(in crate::flow) const ENDLESS: MinorUnits = 1 << 100;

/// An amount as a non-negative interval in minor units; unbounded without `upper`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::flow) struct AmountRange {
    pub(in crate::flow) lower: MinorUnits,
    pub(in crate::flow) upper: Option<MinorUnits>,
}

impl AmountRange {
    /// Nothing.
    pub(in crate::flow) const ZERO: Self = Self::exact(0);

    /// An amount that is known as one number.
    pub(in crate::flow) const fn exact(amount: MinorUnits) -> Self {
        Self {
            lower: amount,
            upper: Some(amount),
        }
    }

    /// Any amount up to a bound.
    pub(in crate::flow) const fn up_to(upper: Option<MinorUnits>) -> Self {
        Self { lower: 0, upper }
    }

    /// The amount, if it is one number.
    pub(in crate::flow) fn certain(self) -> Option<MinorUnits> {
        self.upper.filter(|upper| *upper == self.lower)
    }

    /// Whether it is one number.
    pub(in crate::flow) fn is_certain(self) -> bool {
        self.certain().is_some()
    }

    /// Whether it is certainly zero.
    pub(in crate::flow) fn is_zero(self) -> bool {
        self.upper == Some(0)
    }

    /// The sum; `None` if it reaches [`ENDLESS`].
    pub(in crate::flow) fn plus(self, other: Self) -> Option<Self> {
        let sum = |a: MinorUnits, b: MinorUnits| a.checked_add(b).filter(|sum| *sum < ENDLESS);
        let upper = match (self.upper, other.upper) {
            (Some(a), Some(b)) => Some(sum(a, b)?),
            _ => None,
        };
        Some(Self {
            lower: sum(self.lower, other.lower)?,
            upper,
        })
    }

    /// The interval of the excess over another amount, at least zero.
    pub(in crate::flow) fn excess(self, other: Self) -> Self {
        Self {
            lower: other.upper.map_or(0, |other| (self.lower - other).max(0)),
            upper: self.upper.map(|upper| (upper - other.lower).max(0)),
        }
    }

    /// The interval of the larger of both.
    pub(in crate::flow) fn max(self, other: Self) -> Self {
        Self {
            lower: self.lower.max(other.lower),
            upper: self.upper.zip(other.upper).map(|(a, b)| a.max(b)),
        }
    }
}
