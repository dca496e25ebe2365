//! Quantities: amounts as intervals of exact decimals. An unknown amount is null, never zero.

mod error;
mod hull;
mod known;
mod resolve;

use rust_decimal::Decimal;

pub use self::error::QuantityError;
pub use self::known::UnknownReason;
pub use super::basis::{Basis, QuantityStatus};
use super::closed::closed_list;
use super::partial_date::Day;
pub use super::unit::Unit;

closed_list! {
    Qualifier ["数额表述", "Qualifier"]
        ["来源以何种方式给出数额。", "How a source states an amount."]
    {
        Exact "EXACT" ["确数", "Exact"] ["确切的数额。", "Exact amount."],
        Rounded "ROUNDED" ["约数", "Rounded"] ["来源取了约数。", "Amount rounded by the source."],
        MoreThan "MORE_THAN" ["超过", "More than"] ["大于下限（超、余）。", "Amount strictly greater than the minimum (超, 余)."],
        AtLeast "AT_LEAST" ["不少于", "At least"] ["不小于下限（不少于、≥）。", "Amount greater than or equal to the minimum (不少于, ≥)."],
        AtMost "AT_MOST" ["不超过", "At most"] ["不大于上限（不超过、≤）。", "Amount less than or equal to the maximum (不超过, ≤)."],
        LessThan "LESS_THAN" ["少于", "Less than"] ["小于上限（少于、不足）。", "Amount strictly less than the maximum (少于, 不足)."],
        Range "RANGE" ["区间", "Range"] ["介于下限与上限之间。", "Amount between the minimum and the maximum, both included."],
        Qualitative "QUALITATIVE" ["仅定性描述", "In words only"] ["只有文字描述，没有数字。", "Amount described in words, without a number."],
        Unknown "UNKNOWN" ["数额未知", "Amount unknown"] ["数额未说明。", "Amount that is not stated."],
        None "NONE" ["确知为零", "Known to be zero"] ["确知为零。", "Amount known to be zero."],
    }
}

closed_list! {
    Measure ["数额的时间性质", "Measure"]
        ["数额与时间的关系。", "Relation of an amount to time."]
    {
        Stock "STOCK" ["存量", "Stock"] ["某一时点的数额。", "Amount at one point in time."],
        Flow "FLOW" ["流量", "Flow"] ["某一时期内的数额。", "Amount over one period."],
        Cumulative "CUMULATIVE" ["累计", "Cumulative"] ["自开始以来的累计额。", "Amount accumulated since the beginning."],
        Rule "RULE" ["规则值", "By rule"] ["规则规定的数额。", "Amount prescribed by a rule."],
        Change "CHANGE" ["变动", "Change"] ["另一数额的变动。", "Change in another amount."],
    }
}

/// Maximum number of digits of a relation's amount before and after the point. Flows can compute with such amounts, shares and their
/// sums exactly.
const WHOLE_DIGITS_MAX: u32 = 15;
const DECIMALS_MAX: u32 = 6;

/// The same limits in words.
pub const DIGITS_MAX: &str = "at most 15 digits before the point and 6 after it";

/// The parts of a quantity, before they are checked.
#[derive(Clone, Debug, Default)]
pub struct QuantityParts {
    /// The amount, or the lower end; for `AT_MOST` and `LESS_THAN` without `amount_max`, the upper end.
    pub amount: Option<Decimal>,
    /// The upper end.
    pub amount_max: Option<Decimal>,
    /// The qualifier; defaults to EXACT with an amount and to UNKNOWN without.
    pub qualifier: Option<Qualifier>,
    /// The unit.
    pub unit: Option<Unit>,
    /// The basis.
    pub basis: Option<Basis>,
    /// How it relates to time.
    pub measure: Option<Measure>,
    /// The words of the source.
    pub original_text: Option<String>,
}

/// An amount as an interval with unit, basis, measure and qualifier. It is always consistent: its ends are ordered and match its
/// qualifier.
///
/// It holds the amount of the fact's own row and, if statements differ from that, the amount resolved from them; see
/// [`Quantity::effective`]. Two quantities are equal if the amounts of their rows are.
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
    known_from: Option<Day>,
    stated_later: bool,
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
    /// A quantity from its parts; `default_measure` applies if they have none.
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
        if (amount.is_some() || amount_max.is_some()) && (unit.is_none() || basis.is_none()) {
            return Err(E::Bare);
        }
        // Only a change can be negative, so any other amount without a lower end begins at zero.
        let least = (measure != Measure::Change).then_some(Decimal::ZERO);
        let (lower, upper) = ends(qualifier, amount, amount_max, least)?;
        // Only a change can be negative.
        let is_negative = |end: &Decimal| end.is_sign_negative() && !end.is_zero();
        if let Some(end) = lower.into_iter().chain(upper).find(is_negative)
            && measure != Measure::Change
        {
            return Err(E::Negative(end));
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
            known_from: None,
            stated_later: false,
            resolved: None,
        })
    }

    /// An unknown amount without a unit.
    pub fn unstated() -> Self {
        let nothing = (None, None);
        Self::computed(
            nothing,
            (false, false, false, false),
            None,
            (None, Measure::Cumulative),
        )
    }

    /// The amount that counts: the one resolved from statements, or else that of the row.
    pub fn effective(&self) -> &Self {
        self.resolved.as_deref().unwrap_or(self)
    }

    /// Whether only statements give an amount, and the row none.
    pub fn is_implicit(&self) -> bool {
        self.implicit
    }

    /// The quantity of a row with the stored result of its resolution, and whether the row has no amount.
    #[must_use]
    pub fn with_resolution(self, resolved: Option<Self>, contested: bool, implicit: bool) -> Self {
        Self {
            resolved: resolved.map(Box::new),
            contested,
            implicit,
            ..self
        }
    }

    /// The amount resolved from statements, if it differs from the row.
    pub fn resolved(&self) -> Option<&Self> {
        self.resolved.as_deref()
    }

    /// The lower end; none if it is unknown.
    pub fn lower(&self) -> Option<Decimal> {
        self.lower
    }
    /// The upper end; none if there is none or it is unknown.
    pub fn upper(&self) -> Option<Decimal> {
        self.upper
    }
    /// Whether the amount is strictly above its lower end.
    pub fn lower_exclusive(&self) -> bool {
        self.qualifier == Qualifier::MoreThan
    }
    /// The end that has more digits than [`DIGITS_MAX`] allows, if any.
    pub fn beyond_digits(&self) -> Option<Decimal> {
        let whole = Decimal::from(10_i64.pow(WHOLE_DIGITS_MAX));
        let is_beyond = |end: &Decimal| end.normalize().scale() > DECIMALS_MAX || end.trunc().abs() >= whole;
        [self.lower, self.upper].into_iter().flatten().find(is_beyond)
    }
    /// Whether the amount is strictly below its upper end.
    pub fn upper_exclusive(&self) -> bool {
        self.qualifier == Qualifier::LessThan
    }
    /// Its qualifier.
    pub fn qualifier(&self) -> Qualifier {
        self.qualifier
    }
    /// Its unit.
    pub fn unit(&self) -> Option<&Unit> {
        self.unit.as_ref()
    }
    /// Its basis.
    pub fn basis(&self) -> Option<Basis> {
        self.basis
    }
    /// Its status.
    pub fn status(&self) -> Option<QuantityStatus> {
        self.basis.and_then(Basis::status)
    }
    /// How it relates to time.
    pub fn measure(&self) -> Measure {
        self.measure
    }
    /// The same amount with the words of the source.
    #[must_use]
    pub fn with_original_text(self, original_text: Option<String>) -> Self {
        Self {
            original_text,
            ..self
        }
    }
    /// The words of the source.
    pub fn original_text(&self) -> Option<&str> {
        self.original_text.as_deref()
    }
    /// Whether statements differ, so that it is their hull.
    pub fn is_contested(&self) -> bool {
        self.contested
    }
    /// The amount as one number, if both ends are equal.
    pub fn exact(&self) -> Option<Decimal> {
        self.lower.filter(|lower| self.upper == Some(*lower))
    }

    /// Its `amount` and `amount_max` cells in an import file.
    pub fn cells(&self) -> (Option<Decimal>, Option<Decimal>) {
        match self.qualifier {
            Qualifier::Exact | Qualifier::Rounded | Qualifier::AtLeast => (self.lower, None),
            Qualifier::AtMost => (self.upper, None),
            Qualifier::LessThan if self.has_default_lower() => (self.upper, None),
            Qualifier::MoreThan | Qualifier::Range | Qualifier::LessThan => (self.lower, self.upper),
            Qualifier::Qualitative | Qualifier::Unknown | Qualifier::None => (None, None),
        }
    }

    /// Whether its lower end is the default: zero, or unbounded for a change.
    pub fn has_default_lower(&self) -> bool {
        match self.measure {
            Measure::Change => self.lower.is_none(),
            Measure::Stock | Measure::Flow | Measure::Cumulative | Measure::Rule => {
                self.lower.is_some_and(|lower| lower.is_zero())
            }
        }
    }

    /// A computed amount, whose qualifier follows from its ends. Without an upper end it is a RANGE unless it is strictly above its lower
    /// end.
    pub(super) fn computed(
        (lower, upper): (Option<Decimal>, Option<Decimal>),
        (above, below, rounded, contested): (bool, bool, bool, bool),
        unit: Option<Unit>,
        (basis, measure): (Option<Basis>, Measure),
    ) -> Self {
        let qualifier = match (lower, upper) {
            (None, _) => Qualifier::Unknown,
            (Some(_), _) if above => Qualifier::MoreThan,
            (Some(_), Some(_)) if below => Qualifier::LessThan,
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
            known_from: None,
            stated_later: false,
            resolved: None,
        }
    }

    /// Whether both are the same interval in the same unit, whatever their qualifiers and texts.
    pub fn same_amount(&self, other: &Self) -> bool {
        let interval = |q: &Self| (q.lower, q.upper, q.lower_exclusive(), q.upper_exclusive());
        interval(self) == interval(other) && self.unit == other.unit
    }
}

/// The lower and upper end of an amount; `least` is the lower end where none is stated.
fn ends(
    qualifier: Qualifier,
    amount: Option<Decimal>,
    amount_max: Option<Decimal>,
    least: Option<Decimal>,
) -> Result<(Option<Decimal>, Option<Decimal>), QuantityError> {
    use QuantityError as E;
    match (qualifier, amount, amount_max) {
        (Qualifier::Exact | Qualifier::Rounded, Some(a), None) => Ok((Some(a), Some(a))),
        (Qualifier::Exact | Qualifier::Rounded, Some(_), Some(_)) => Err(E::HasNoUpper(qualifier)),
        (Qualifier::MoreThan, Some(a), None) => Ok((Some(a), None)),
        (Qualifier::MoreThan, Some(a), Some(b)) if a < b => Ok((Some(a), Some(b))),
        (Qualifier::MoreThan, Some(lower), Some(upper)) => Err(E::NotAbove { lower, upper }),
        (Qualifier::Range, Some(a), Some(b)) if a <= b => Ok((Some(a), Some(b))),
        (Qualifier::Range, Some(lower), Some(upper)) => Err(E::Inverted { lower, upper }),
        (Qualifier::Range, lower, _) => {
            let has_lower = lower.is_some();
            Err(E::HalfRange { has_lower })
        }
        (Qualifier::AtLeast, Some(a), None) => Ok((Some(a), None)),
        (Qualifier::AtMost, Some(one), None) | (Qualifier::AtMost, None, Some(one)) => Ok((least, Some(one))),
        // A computed quantity has its lower end too.
        (Qualifier::AtMost, Some(a), Some(b)) if Some(a) == least && a <= b => Ok((least, Some(b))),
        (Qualifier::AtLeast | Qualifier::AtMost, Some(_), Some(_)) => Err(E::HasOneEnd(qualifier)),
        (Qualifier::LessThan, Some(one), None) | (Qualifier::LessThan, None, Some(one))
            if least.is_none_or(|least| least < one) =>
        {
            Ok((least, Some(one)))
        }
        (Qualifier::LessThan, Some(a), Some(b)) if a < b => Ok((Some(a), Some(b))),
        (Qualifier::LessThan, Some(lower), Some(upper)) => Err(E::NotBelow { lower, upper }),
        (Qualifier::LessThan, Some(upper), None) | (Qualifier::LessThan, None, Some(upper)) => {
            let lower = Decimal::ZERO;
            Err(E::NotBelow { lower, upper })
        }
        (Qualifier::Qualitative | Qualifier::Unknown, None, None) => Ok((None, None)),
        (Qualifier::None, None, None) => Ok((Some(Decimal::ZERO), Some(Decimal::ZERO))),
        (Qualifier::Qualitative | Qualifier::Unknown | Qualifier::None, ..) => Err(E::HasNoAmount(qualifier)),
        (Qualifier::Exact | Qualifier::Rounded | Qualifier::MoreThan | Qualifier::AtLeast, None, _)
        | (Qualifier::AtMost | Qualifier::LessThan, None, None) => Err(E::NeedsAmount(qualifier)),
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
    fn an_inconsistent_quantity_is_rejected() {
        use QuantityError as E;
        assert_eq!(
            quantity(Some(3), Some(2), Some(Qualifier::Range)),
            Err(E::Inverted {
                lower: 3.into(),
                upper: 2.into()
            })
        );
        assert_eq!(
            quantity(Some(3), None, Some(Qualifier::Range)),
            Err(E::HalfRange { has_lower: true })
        );
        assert_eq!(
            quantity(None, Some(3), Some(Qualifier::Range)),
            Err(E::HalfRange { has_lower: false })
        );
        assert_eq!(
            quantity(Some(3), Some(4), Some(Qualifier::AtLeast)),
            Err(E::HasOneEnd(Qualifier::AtLeast))
        );
        assert_eq!(
            quantity(Some(3), Some(4), Some(Qualifier::AtMost)),
            Err(E::HasOneEnd(Qualifier::AtMost))
        );
        assert_eq!(
            quantity(Some(0), None, Some(Qualifier::LessThan)),
            Err(E::NotBelow {
                lower: 0.into(),
                upper: 0.into()
            })
        );
        assert_eq!(
            quantity(Some(-1), None, Some(Qualifier::AtMost)),
            Err(E::Negative((-1).into()))
        );
        assert_eq!(
            quantity(None, None, Some(Qualifier::AtMost)),
            Err(E::NeedsAmount(Qualifier::AtMost))
        );
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
    fn ends_are_open_or_closed_as_they_are_said() {
        type Interval = (Option<Decimal>, Option<Decimal>, bool, bool);
        let told =
            |q: &Quantity| -> Interval { (q.lower(), q.upper(), q.lower_exclusive(), q.upper_exclusive()) };
        let read =
            |amount, amount_max, qualifier| told(&quantity(amount, amount_max, Some(qualifier)).unwrap());
        let (zero, five, ten) = (Some(Decimal::ZERO), Some(5.into()), Some(10.into()));
        assert_eq!(
            read(Some(5), None, Qualifier::AtLeast),
            (five, None, false, false)
        );
        for (amount, amount_max) in [(Some(5), None), (None, Some(5)), (Some(0), Some(5))] {
            assert_eq!(
                read(amount, amount_max, Qualifier::AtMost),
                (zero, five, false, false)
            );
            assert_eq!(
                read(amount, amount_max, Qualifier::LessThan),
                (zero, five, false, true)
            );
        }
        assert_eq!(
            read(Some(5), Some(10), Qualifier::LessThan),
            (five, ten, false, true)
        );
        assert_eq!(read(Some(0), None, Qualifier::AtMost), (zero, zero, false, false));
        // What falls may fall below nothing.
        let fall = QuantityParts {
            measure: Some(Measure::Change),
            ..parts(Some(-5), None, Some(Qualifier::AtMost))
        };
        let fall = Quantity::new(fall, Measure::Stock).unwrap();
        assert_eq!(told(&fall), (None, Some((-5).into()), false, false));
        assert_eq!(fall.exact(), None);
    }

    #[test]
    fn a_hull_is_strictly_below_its_upper_end_only_if_all_that_give_it_are() {
        let one = |amount, qualifier| quantity(Some(amount), None, Some(qualifier)).unwrap();
        let less = |amount| one(amount, Qualifier::LessThan);
        let told = |q: &Quantity| (q.qualifier(), q.lower(), q.upper(), q.upper_exclusive());
        let (zero, ten) = (Some(Decimal::ZERO), Some(10.into()));
        let strict = (Qualifier::LessThan, zero, ten, true);
        assert_eq!(told(&less(10).hull(&one(3, Qualifier::Exact))), strict);
        assert_eq!(told(&less(10).hull(&less(10))), strict);
        assert_eq!(
            told(&less(10).hull(&one(10, Qualifier::AtMost))),
            (Qualifier::Range, zero, ten, false)
        );
        let open = less(10).hull(&one(3, Qualifier::AtLeast));
        assert_eq!(told(&open), (Qualifier::Range, zero, None, false));
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
        let kept = Quantity::stored_hull(kept, Measure::Cumulative).unwrap();
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
