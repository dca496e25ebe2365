//! Quantities: exact decimals with bounds. The unknown stays unknown: null with its qualifier, never zero.

use rust_decimal::Decimal;

pub use super::basis::{Basis, QuantityStatus};
use super::closed::closed_list;
pub use super::unit::Unit;

closed_list! {
    /// How a source gives an amount.
    Qualifier {
        /// Just so.
        Exact "EXACT",
        /// Rounded by the source.
        Rounded "ROUNDED",
        /// Strictly more than the lower end (超, 余).
        MoreThan "MORE_THAN",
        /// From the lower end to the upper.
        Range "RANGE",
        /// In words only.
        Qualitative "QUALITATIVE",
        /// Not stated.
        Unknown "UNKNOWN",
        /// Known to be nothing.
        None "NONE",
    }
}

closed_list! {
    /// How an amount relates to time.
    Measure {
        /// At one time.
        Stock "STOCK",
        /// In one period.
        Flow "FLOW",
        /// Since the beginning.
        Cumulative "CUMULATIVE",
        /// As a rule says.
        Rule "RULE",
        /// The change of another amount.
        Change "CHANGE",
    }
}

/// Why cells or fields are no quantity. The message is what the asker reads.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum QuantityError {
    /// Not a unit code.
    #[error("`{0}` is no unit: write a code of capital letters, as CNY, PERSON, PROJECT")]
    Unit(String),
    /// An amount without unit or basis.
    #[error("an amount needs a unit and a basis")]
    Bare,
    /// A qualifier that needs an amount.
    #[error("{0} needs an amount")]
    NeedsAmount(Qualifier),
    /// A qualifier that has no amount.
    #[error("{0} has no amount")]
    HasNoAmount(Qualifier),
    /// A range with one end.
    #[error("RANGE needs both amount and amount_max")]
    HalfRange,
    /// Ends in the wrong order.
    #[error("the range is inverted: {lower} is above {upper}")]
    Inverted {
        /// The lower end given.
        lower: Decimal,
        /// The upper end given.
        upper: Decimal,
    },
    /// More than a number that is not below the upper end.
    #[error("MORE_THAN {lower} cannot end at {upper}: give a larger amount_max or none")]
    NotAbove {
        /// The lower end given.
        lower: Decimal,
        /// The upper end given.
        upper: Decimal,
    },
    /// An upper end that the qualifier does not have.
    #[error("{0} has one amount, no amount_max")]
    HasNoUpper(Qualifier),
    /// An amount below zero where none can be.
    #[error("an amount cannot be negative: {0}")]
    Negative(Decimal),
}

/// The parts of a quantity, before they are checked.
#[derive(Clone, Debug, Default)]
pub struct QuantityParts {
    /// The amount, or the lower end.
    pub amount: Option<Decimal>,
    /// The upper end.
    pub amount_max: Option<Decimal>,
    /// No qualifier with an amount means EXACT, with none UNKNOWN.
    pub qualifier: Option<Qualifier>,
    /// The unit.
    pub unit: Option<Unit>,
    /// What kind of amount.
    pub basis: Option<Basis>,
    /// How it relates to time.
    pub measure: Option<Measure>,
    /// The words of the source.
    pub original_text: Option<String>,
}

/// An amount as far as it is known. One that exists is consistent: its ends are in order and fit its qualifier.
///
/// It is what the fact's own row says. Where statements say otherwise it also holds what they make of it together, see
/// [`Quantity::effective`]; two quantities are equal when their rows say the same.
#[derive(Clone, Debug)]
pub struct Quantity {
    lower: Option<Decimal>,
    upper: Option<Decimal>,
    qualifier: Qualifier,
    unit: Option<Unit>,
    basis: Option<Basis>,
    measure: Measure,
    original_text: Option<String>,
    contested: bool,
    implicit: bool,
    resolved: Option<Box<Quantity>>,
}

impl PartialEq for Quantity {
    fn eq(&self, other: &Self) -> bool {
        let row = |q: &Self| (q.lower, q.upper, q.qualifier, q.basis, q.measure, q.implicit);
        row(self) == row(other) && self.unit == other.unit && self.original_text == other.original_text
    }
}
impl Eq for Quantity {}

impl Quantity {
    /// Checks the parts; `default_measure` stands where none is given.
    pub fn new(parts: QuantityParts, default_measure: Measure) -> Result<Self, QuantityError> {
        use QuantityError as E;
        let QuantityParts {
            amount,
            amount_max,
            qualifier,
            unit,
            basis,
            measure,
            original_text,
        } = parts;
        let qualifier = qualifier.unwrap_or(if amount.is_some() {
            Qualifier::Exact
        } else {
            Qualifier::Unknown
        });
        let measure = measure.unwrap_or(default_measure);
        if amount.is_some() && (unit.is_none() || basis.is_none()) {
            return Err(E::Bare);
        }
        let (lower, upper) = match (qualifier, amount, amount_max) {
            (Qualifier::Exact | Qualifier::Rounded, Some(a), None) => (Some(a), Some(a)),
            (Qualifier::Exact | Qualifier::Rounded, Some(_), Some(_)) => {
                return Err(E::HasNoUpper(qualifier));
            }
            (Qualifier::MoreThan, Some(a), None) => (Some(a), None),
            (Qualifier::MoreThan, Some(a), Some(b)) if a < b => (Some(a), Some(b)),
            (Qualifier::MoreThan, Some(lower), Some(upper)) => return Err(E::NotAbove { lower, upper }),
            (Qualifier::Range, Some(a), Some(b)) if a <= b => (Some(a), Some(b)),
            (Qualifier::Range, Some(lower), Some(upper)) => return Err(E::Inverted { lower, upper }),
            (Qualifier::Range, ..) => return Err(E::HalfRange),
            (Qualifier::Qualitative | Qualifier::Unknown, None, None) => (None, None),
            (Qualifier::None, None, None) => (Some(Decimal::ZERO), Some(Decimal::ZERO)),
            (Qualifier::Qualitative | Qualifier::Unknown | Qualifier::None, ..) => {
                return Err(E::HasNoAmount(qualifier));
            }
            (Qualifier::Exact | Qualifier::Rounded | Qualifier::MoreThan, None, _) => {
                return Err(E::NeedsAmount(qualifier));
            }
        };
        // A change may be downward; no other amount is below nothing.
        if let Some(lower) = lower.filter(|lower| lower.is_sign_negative() && !lower.is_zero())
            && measure != Measure::Change
        {
            return Err(E::Negative(lower));
        }
        Ok(Self {
            lower,
            upper,
            qualifier,
            unit,
            basis,
            measure,
            original_text,
            contested: false,
            implicit: false,
            resolved: None,
        })
    }

    /// A hull as a store kept it: unlike what a row says, it may be a range without an upper end.
    pub fn hull_kept(mut parts: QuantityParts, default_measure: Measure) -> Result<Self, QuantityError> {
        let is_open = parts.qualifier == Some(Qualifier::Range) && parts.amount_max.is_none();
        if is_open {
            parts.qualifier = Some(Qualifier::MoreThan);
        }
        let mut kept = Self::new(parts, default_measure)?;
        if is_open {
            kept.qualifier = Qualifier::Range;
        }
        Ok(kept)
    }

    /// What stands where a row gives no amount and statements do.
    fn implicit(first: &Self) -> Self {
        Self {
            lower: None,
            upper: None,
            qualifier: Qualifier::Unknown,
            original_text: None,
            contested: false,
            implicit: true,
            resolved: None,
            ..first.clone()
        }
    }

    /// The quantity that counts: what the row says, or what statements make of it.
    pub fn effective(&self) -> &Self {
        self.resolved.as_deref().unwrap_or(self)
    }

    /// Whether the row gives no amount, and only statements do.
    pub fn is_implicit(&self) -> bool {
        self.implicit
    }

    /// A quantity as a store kept it: the row's, what statements made of it, and whether the row gave none.
    #[must_use]
    pub fn kept(self, resolved: Option<Self>, contested: bool, implicit: bool) -> Self {
        Self {
            resolved: resolved.map(Box::new),
            contested,
            implicit,
            ..self
        }
    }

    /// What statements made of it, where that differs from the row.
    pub fn resolved(&self) -> Option<&Self> {
        self.resolved.as_deref()
    }

    /// Notes what statements make of a row's amount; `None` for a row without one.
    ///
    /// A preferred statement counts alone; else, where amounts differ, they give their hull; who says that it is not known contradicts
    /// nobody. `others` are the amounts that statements give which are not deprecated, and whether each is preferred.
    pub fn resolve(own: Option<Self>, others: &[(&Self, bool)]) -> Option<Self> {
        let own = own.filter(|own| !own.implicit).map(|own| Self {
            resolved: None,
            ..own
        });
        let Some((first, _)) = others.first() else {
            return own;
        };
        let preferred: Vec<&Self> = others
            .iter()
            .filter(|(_, preferred)| *preferred)
            .map(|(q, _)| *q)
            .collect();
        let all = || -> Vec<&Self> { own.iter().chain(others.iter().map(|(q, _)| *q)).collect() };
        let mut speaking = if preferred.is_empty() { all() } else { preferred };
        if speaking.iter().any(|q| q.lower.is_some()) {
            speaking.retain(|q| q.lower.is_some());
        }
        let resolved = speaking.split_first().map(|(first, rest)| {
            let start = Self {
                resolved: None,
                ..(*first).clone()
            };
            rest.iter()
                .fold(start, |sum, q| if sum.same_amount(q) { sum } else { sum.hull(q) })
        });
        let row = own.unwrap_or_else(|| Self::implicit(first));
        let resolved = resolved.filter(|resolved| !resolved.same_amount(&row) || row.implicit);
        Some(Self {
            resolved: resolved.map(Box::new),
            ..row
        })
    }

    /// The lower end; null where nothing is known.
    pub fn lower(&self) -> Option<Decimal> {
        self.lower
    }
    /// The upper end; null where there is none or none is known.
    pub fn upper(&self) -> Option<Decimal> {
        self.upper
    }
    /// Whether the amount is strictly above its lower end.
    pub fn lower_exclusive(&self) -> bool {
        self.qualifier == Qualifier::MoreThan
    }
    /// How the source gives it.
    pub fn qualifier(&self) -> Qualifier {
        self.qualifier
    }
    /// Its unit.
    pub fn unit(&self) -> Option<&Unit> {
        self.unit.as_ref()
    }
    /// What kind of amount it is.
    pub fn basis(&self) -> Option<Basis> {
        self.basis
    }
    /// What it is worth as a fact.
    pub fn status(&self) -> Option<QuantityStatus> {
        self.basis.and_then(Basis::status)
    }
    /// How it relates to time.
    pub fn measure(&self) -> Measure {
        self.measure
    }
    /// The words of the source.
    pub fn original_text(&self) -> Option<&str> {
        self.original_text.as_deref()
    }
    /// Whether statements differ on it, so that it is their hull.
    pub fn is_contested(&self) -> bool {
        self.contested
    }
    /// The amount, where it is known as one number.
    pub fn exact(&self) -> Option<Decimal> {
        self.lower
            .filter(|lower| self.upper == Some(*lower) && !self.lower_exclusive())
    }

    /// The cells that give it again: `amount` and `amount_max` as an import file has them.
    pub fn cells(&self) -> (Option<Decimal>, Option<Decimal>) {
        match self.qualifier {
            Qualifier::Exact | Qualifier::Rounded => (self.lower, None),
            Qualifier::MoreThan | Qualifier::Range => (self.lower, self.upper),
            Qualifier::Qualitative | Qualifier::Unknown | Qualifier::None => (None, None),
        }
    }

    /// The smallest quantity that holds both, marked contested. Unit, basis and measure are the first's.
    #[must_use]
    pub fn hull(&self, other: &Self) -> Self {
        let lower = self.lower.zip(other.lower).map(|(a, b)| a.min(b));
        let upper = self.upper.zip(other.upper).map(|(a, b)| a.max(b));
        // Strictly above the lower end only if every statement that has this lower end is strict.
        let strict = |q: &Self| q.lower != lower || q.lower_exclusive();
        let qualifier = match (lower, upper) {
            (None, _) => Qualifier::Unknown,
            (Some(_), _) if strict(self) && strict(other) => Qualifier::MoreThan,
            (Some(_), _) => Qualifier::Range,
        };
        Self {
            lower,
            upper,
            qualifier,
            contested: true,
            implicit: false,
            original_text: None,
            resolved: None,
            ..self.clone()
        }
    }

    /// A computed amount; its qualifier follows from its ends. What may be no more than its lower end is a range, if
    /// one without an upper end.
    pub(super) fn computed(
        (lower, upper): (Option<Decimal>, Option<Decimal>),
        (strict, rounded, contested): (bool, bool, bool),
        unit: Option<Unit>,
        (basis, measure): (Option<Basis>, Measure),
    ) -> Self {
        let qualifier = match (lower, upper) {
            (None, _) => Qualifier::Unknown,
            (Some(_), _) if strict => Qualifier::MoreThan,
            (Some(_), None) => Qualifier::Range,
            (Some(a), Some(b)) if a != b => Qualifier::Range,
            (Some(_), Some(_)) if rounded => Qualifier::Rounded,
            (Some(_), Some(_)) => Qualifier::Exact,
        };
        Self {
            lower,
            upper,
            qualifier,
            unit,
            basis,
            measure,
            original_text: None,
            contested,
            implicit: false,
            resolved: None,
        }
    }

    /// Whether both give the same amount, however they word it.
    pub fn same_amount(&self, other: &Self) -> bool {
        (self.lower, self.upper, self.lower_exclusive(), &self.unit)
            == (other.lower, other.upper, other.lower_exclusive(), &other.unit)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parts(amount: Option<i64>, amount_max: Option<i64>, qualifier: Option<Qualifier>) -> QuantityParts {
        QuantityParts {
            amount: amount.map(Decimal::from),
            amount_max: amount_max.map(Decimal::from),
            qualifier,
            unit: Some(Unit::parse("CNY").unwrap()),
            basis: Some(Basis::Invested),
            ..QuantityParts::default()
        }
    }
    fn quantity(
        amount: Option<i64>,
        amount_max: Option<i64>,
        qualifier: Option<Qualifier>,
    ) -> Result<Quantity, QuantityError> {
        Quantity::new(parts(amount, amount_max, qualifier), Measure::Cumulative)
    }

    #[test]
    fn more_than_fifty_is_not_fifty() {
        let q = quantity(Some(5_000_000_000), None, Some(Qualifier::MoreThan)).unwrap();
        assert_eq!(
            (q.lower(), q.upper(), q.lower_exclusive(), q.exact()),
            (Some(5_000_000_000_i64.into()), None, true, None)
        );
    }

    #[test]
    fn the_unknown_is_null_and_nothing_is_zero() {
        assert_eq!(quantity(None, None, None).unwrap().lower(), None);
        assert_eq!(
            quantity(None, None, Some(Qualifier::None)).unwrap().exact(),
            Some(Decimal::ZERO)
        );
    }

    #[test]
    fn what_is_inconsistent_is_refused() {
        use QuantityError as E;
        assert_eq!(
            quantity(Some(3), Some(2), Some(Qualifier::Range)),
            Err(E::Inverted {
                lower: 3.into(),
                upper: 2.into()
            })
        );
        assert_eq!(quantity(Some(3), None, Some(Qualifier::Range)), Err(E::HalfRange));
        assert_eq!(
            quantity(Some(3), Some(3), Some(Qualifier::MoreThan)),
            Err(E::NotAbove {
                lower: 3.into(),
                upper: 3.into()
            })
        );
        assert_eq!(
            quantity(Some(3), None, Some(Qualifier::Unknown)),
            Err(E::HasNoAmount(Qualifier::Unknown))
        );
        assert_eq!(
            quantity(None, None, Some(Qualifier::Exact)),
            Err(E::NeedsAmount(Qualifier::Exact))
        );
        assert_eq!(
            quantity(Some(3), Some(4), None),
            Err(E::HasNoUpper(Qualifier::Exact))
        );
        assert_eq!(quantity(Some(-3), None, None), Err(E::Negative((-3).into())));
        let bare = QuantityParts {
            unit: None,
            ..parts(Some(1), None, None)
        };
        assert_eq!(Quantity::new(bare, Measure::Stock), Err(E::Bare));
        assert!(Unit::parse("cny").is_err());
    }

    #[test]
    fn a_preferred_statement_counts_alone_and_others_give_their_hull() {
        let exact = |amount| quantity(Some(amount), None, None).unwrap();
        let (ten, twelve, nine) = (exact(10), exact(12), exact(9));
        let resolve = |own: Option<&Quantity>, others: &[(&Quantity, bool)]| {
            let resolved = Quantity::resolve(own.cloned(), others).unwrap();
            let q = resolved.effective();
            (q.lower().unwrap(), q.upper().unwrap(), q.is_contested())
        };
        assert_eq!(resolve(Some(&ten), &[]), (10.into(), 10.into(), false));
        assert_eq!(
            resolve(Some(&ten), &[(&ten, false)]),
            (10.into(), 10.into(), false)
        );
        assert_eq!(
            resolve(Some(&ten), &[(&twelve, false)]),
            (10.into(), 12.into(), true)
        );
        assert_eq!(
            resolve(Some(&ten), &[(&twelve, true), (&nine, false)]),
            (12.into(), 12.into(), false)
        );
        assert_eq!(resolve(None, &[(&twelve, false)]), (12.into(), 12.into(), false));
        assert_eq!(
            Quantity::resolve(Some(ten.clone()), &[(&twelve, false)]),
            Some(ten),
            "the row still says ten"
        );
    }

    #[test]
    fn statements_that_differ_give_their_hull() {
        let hull = quantity(Some(10), None, None)
            .unwrap()
            .hull(&quantity(Some(12), None, None).unwrap());
        assert_eq!(
            (hull.lower(), hull.upper(), hull.is_contested()),
            (Some(10.into()), Some(12.into()), true)
        );
        let open = hull.hull(&quantity(None, None, None).unwrap());
        assert_eq!((open.lower(), open.upper()), (None, None));
    }

    #[test]
    fn a_hull_is_strictly_above_its_lower_end_only_if_all_that_give_it_are() {
        let more_than = |amount| quantity(Some(amount), None, Some(Qualifier::MoreThan)).unwrap();
        let exact = |amount| quantity(Some(amount), None, None).unwrap();
        let told = |q: &Quantity| (q.qualifier(), q.lower(), q.upper(), q.lower_exclusive());
        let three = Some(3.into());
        let open = more_than(5).hull(&exact(3));
        assert_eq!(told(&open), (Qualifier::Range, three, None, false));
        assert_eq!(
            told(&more_than(3).hull(&exact(5))),
            (Qualifier::MoreThan, three, None, true)
        );
        assert_eq!(
            told(&more_than(3).hull(&more_than(5))),
            (Qualifier::MoreThan, three, None, true)
        );
        assert_eq!(told(&more_than(3).hull(&exact(3))).0, Qualifier::Range);
        let (amount, amount_max) = open.cells();
        let kept = QuantityParts {
            amount,
            amount_max,
            qualifier: Some(open.qualifier()),
            ..parts(None, None, None)
        };
        let kept = Quantity::hull_kept(kept, Measure::Cumulative).unwrap();
        assert_eq!(told(&kept), told(&open));
    }

    #[test]
    fn what_does_not_know_contradicts_nobody() {
        let unknown = quantity(None, None, None).unwrap();
        let three = quantity(Some(3), None, None).unwrap();
        let told = |row: &Quantity, others: &[(&Quantity, bool)]| {
            let resolved = Quantity::resolve(Some(row.clone()), others).unwrap();
            (resolved.effective().exact(), resolved.effective().is_contested())
        };
        let is_three = (Some(3.into()), false);
        assert_eq!(told(&unknown, &[(&three, false)]), is_three);
        assert_eq!(told(&three, &[(&unknown, false)]), is_three);
        assert_eq!(
            told(&three, &[(&unknown, true)]),
            (None, false),
            "it is preferred"
        );
        assert_eq!(told(&unknown, &[(&unknown, false)]), (None, false));
    }
}
