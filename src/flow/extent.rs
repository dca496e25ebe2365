//! What is known of an amount: an interval of whole grains, with or without an upper end.

/// The finest step of all amounts of a network: a power of ten of its unit, so that every amount is a whole number of grains.
pub(super) type Grains = i128;

/// More than any amount: what has no upper end. So much smaller than the largest number that very many of it add up.
pub(super) const ENDLESS: Grains = 1 << 100;

/// An amount as far as it is known, in grains; never below zero. Without an upper end it may be as large as it likes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Extent {
    pub(super) lower: Grains,
    pub(super) upper: Option<Grains>,
}

impl Extent {
    /// Nothing.
    pub(super) const ZERO: Self = Self::exact(0);

    /// Just so much.
    pub(super) const fn exact(amount: Grains) -> Self {
        Self {
            lower: amount,
            upper: Some(amount),
        }
    }

    /// Anything up to there.
    pub(super) const fn up_to(upper: Option<Grains>) -> Self {
        Self { lower: 0, upper }
    }

    /// The amount, where it is known as one number.
    pub(super) fn certain(self) -> Option<Grains> {
        self.upper.filter(|upper| *upper == self.lower)
    }

    /// Whether it is known as one number.
    pub(super) fn is_certain(self) -> bool {
        self.certain().is_some()
    }

    /// Whether it is known to be nothing.
    pub(super) fn is_zero(self) -> bool {
        self.upper == Some(0)
    }

    /// Both together; none where that is as large as what has no end.
    pub(super) fn plus(self, other: Self) -> Option<Self> {
        let sum = |a: Grains, b: Grains| a.checked_add(b).filter(|sum| *sum < ENDLESS);
        let upper = match (self.upper, other.upper) {
            (Some(a), Some(b)) => Some(sum(a, b)?),
            _ => None,
        };
        Some(Self {
            lower: sum(self.lower, other.lower)?,
            upper,
        })
    }

    /// By how much it may exceed another amount, and does at least.
    pub(super) fn excess(self, other: Self) -> Self {
        Self {
            lower: other.upper.map_or(0, |other| (self.lower - other).max(0)),
            upper: self.upper.map(|upper| (upper - other.lower).max(0)),
        }
    }

    /// The larger of both.
    pub(super) fn max(self, other: Self) -> Self {
        Self {
            lower: self.lower.max(other.lower),
            upper: self.upper.zip(other.upper).map(|(a, b)| a.max(b)),
        }
    }
}
