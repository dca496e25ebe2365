//! Time: the validity of facts, the periods of observations, and filters on them.

use std::fmt;

use super::closed::closed_list;
use super::partial_date::{Day, PartialDate};
use super::refusal::Refusal;

/// The period in which a fact holds: `from ≤ t < to`; a missing end is unbounded.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Validity {
    from: Option<PartialDate>,
    to: Option<PartialDate>,
}

/// Why two dates are not a validity.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "valid_from {from} is not before valid_to {to} (valid_to is the first day on which it no longer holds)"
)]
pub struct ValidityError {
    /// The start given.
    pub from: PartialDate,
    /// The end given.
    pub to: PartialDate,
}

impl From<ValidityError> for Refusal {
    fn from(error: ValidityError) -> Self {
        let ValidityError { from, to } = error;
        // If the start is within the day, month or year of the end, that period itself is probably meant; it ends where the next begins.
        let hint = match to.successor().filter(|end| from.first_day() < end.first_day()) {
            Some(end) if from == to => format!("for {from} alone write {end} as valid_to"),
            Some(end) => format!("for a time that lasts until the end of {to} write {end} as valid_to"),
            None => format!("write a valid_to that is later than {from}, or swap the two"),
        };
        Self::new(error.to_string(), hint)
    }
}

impl Validity {
    /// A validity; `from` must lie before `to`.
    pub fn new(from: Option<PartialDate>, to: Option<PartialDate>) -> Result<Self, ValidityError> {
        match (from, to) {
            (Some(from), Some(to)) if from.first_day() >= to.first_day() => Err(ValidityError { from, to }),
            _ => Ok(Self { from, to }),
        }
    }
    /// Its start.
    pub fn from(self) -> Option<PartialDate> {
        self.from
    }
    /// The first day on which it no longer holds.
    pub fn to(self) -> Option<PartialDate> {
        self.to
    }
    /// Whether neither end is known.
    pub fn is_undated(self) -> bool {
        self.from.is_none() && self.to.is_none()
    }
    /// Whether it holds at some time of the filter; without a filter, it does.
    pub fn holds(self, at: Option<TimeFilter>) -> bool {
        let Some((since, until)) = at.map(TimeFilter::bounds) else {
            return true;
        };
        let begins = self
            .from
            .zip(until)
            .is_none_or(|(from, until)| from.first_day() <= until);
        begins
            && self
                .to
                .zip(since)
                .is_none_or(|(to, since)| since < to.first_day())
    }
    /// Whether a fact with this validity counts: it holds, and is dated unless undated facts count.
    pub fn counts(self, at: Option<TimeFilter>) -> bool {
        let excluded = at.is_some_and(|when| when.undated == UndatedFacts::Exclude) && self.is_undated();
        !excluded && self.holds(at)
    }
    /// Whether there is a day on which both hold.
    pub fn overlaps(self, other: Self) -> bool {
        let before = |from: Option<PartialDate>, to: Option<PartialDate>| match (from, to) {
            (Some(from), Some(to)) => from.first_day() < to.first_day(),
            _ => true,
        };
        before(self.from, other.to) && before(other.from, self.to)
    }
}

closed_list! {
    UndatedFacts ["无日期的事实", "Undated facts"]
        ["按日期或时期提问时，没有日期的事实（关系，以及列出的实体）是否计入；实体的所在地与关系两端的类别不受影响。",
        "Whether facts without a date count when a date or a range is requested. It applies to relations, and to entities in lists of entities; it does not apply to the locations of entities or to the ends of relations."]
    {
        Include "INCLUDE" ["计入", "Counted"] ["没有日期的事实也计入。", "Facts without a date are counted."],
        Exclude "EXCLUDE" ["不计入", "Left out"] ["没有日期的关系不计入。", "Relations without a date are left out."],
    }
}

/// A range of days, both ends included; a missing end is unbounded.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Span {
    from: Option<Day>,
    to: Option<Day>,
}

/// Why two dates are not a span.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SpanError {
    /// Neither is given.
    #[error("neither `from` nor `to` is given; give at least one of them")]
    Empty,
    /// They are in the wrong order.
    #[error("`from` {from} is after `to` {to}; give an earlier `from` or a later `to`")]
    Inverted {
        /// The start given.
        from: PartialDate,
        /// The end given.
        to: PartialDate,
    },
}

impl Span {
    /// From the first day of a date to the last day of another.
    pub fn new(from: Option<PartialDate>, to: Option<PartialDate>) -> Result<Self, SpanError> {
        match (from, to) {
            (None, None) => Err(SpanError::Empty),
            (Some(from), Some(to)) if from.first_day() > to.last_day() => {
                Err(SpanError::Inverted { from, to })
            }
            (from, to) => Ok(Self {
                from: from.map(PartialDate::first_day),
                to: to.map(PartialDate::last_day),
            }),
        }
    }
}

/// The time at which facts must hold to count: on a day, on some day of a span, or both.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct TimeFilter {
    day: Option<Day>,
    during: Option<Span>,
    undated: UndatedFacts,
}

impl From<Day> for TimeFilter {
    fn from(day: Day) -> Self {
        Self {
            day: Some(day),
            during: None,
            undated: UndatedFacts::Include,
        }
    }
}

impl TimeFilter {
    /// A filter for a day and a span; none, which means all time, if both are missing.
    pub fn new(day: Option<Day>, during: Option<Span>, undated: UndatedFacts) -> Option<Self> {
        let is_given = day.is_some() || during.is_some();
        is_given.then_some(Self { day, during, undated })
    }

    /// The day, on which amounts must be known; none if only a span is given.
    pub fn day(self) -> Option<Day> {
        self.day
    }

    /// Whether facts without a date count.
    pub fn undated(self) -> UndatedFacts {
        self.undated
    }

    /// The same filter with undated facts counted, as for the location of entities.
    #[must_use]
    pub fn including_undated(self) -> Self {
        Self {
            undated: UndatedFacts::Include,
            ..self
        }
    }

    /// The bounds for a fact: it must end after the first day, and begin on or before the second.
    pub fn bounds(self) -> (Option<Day>, Option<Day>) {
        let during = self.during;
        let since = self
            .day
            .into_iter()
            .chain(during.and_then(|span| span.from))
            .max();
        let until = self.day.into_iter().chain(during.and_then(|span| span.to)).min();
        (since, until)
    }
}

/// The period of an observation: one partial date, or two separated by a slash, of which one may be missing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Period {
    /// Its start.
    pub from: Option<PartialDate>,
    /// Its end; the same as the start if the text has no slash.
    pub to: Option<PartialDate>,
    /// Whether it was written with a slash.
    pub is_interval: bool,
}

impl Period {
    /// Parses `2024`, `2024-03`, `2024-03-05` or `from/to`.
    pub fn parse(text: &str) -> Result<Self, Refusal> {
        let end = |part: &str| {
            if part.is_empty() {
                Ok(None)
            } else {
                PartialDate::parse(part).map(Some)
            }
        };
        let Some((from, to)) = text.split_once('/') else {
            let date = PartialDate::parse(text)?;
            return Ok(Self {
                from: Some(date),
                to: Some(date),
                is_interval: false,
            });
        };
        let (from, to) = (end(from)?, end(to)?);
        let ordered = match (from, to) {
            (Some(from), Some(to)) => from.first_day() <= to.first_day(),
            (from, to) => from.is_some() || to.is_some(),
        };
        if ordered {
            Ok(Self {
                from,
                to,
                is_interval: true,
            })
        } else {
            let reason = format!(
                "`{text}` is not a valid period (expected 2024-01/2024-06, with the earlier end first)"
            );
            let hint = match (from, to) {
                (Some(from), Some(to)) => format!("write {to}/{from}"),
                _ => "give at least one end, as in 2024/ or /2024".to_string(),
            };
            Err(Refusal::new(reason, hint))
        }
    }
}

impl fmt::Display for Period {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let write =
            |f: &mut fmt::Formatter<'_>, date: Option<PartialDate>| date.map_or(Ok(()), |d| write!(f, "{d}"));
        write(f, self.from)?;
        if self.is_interval {
            f.write_str("/")?;
            write(f, self.to)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn date(text: &str) -> PartialDate {
        PartialDate::parse(text).unwrap()
    }

    #[test]
    fn a_partial_date_keeps_its_precision_and_stands_for_its_first_day() {
        for text in ["2024", "2024-03", "2024-03-05"] {
            assert_eq!(date(text).to_string(), text);
        }
        assert_eq!(date("2024").first_day(), date("2024-01-01").first_day());
        assert_ne!(date("2024"), date("2024-01-01"));
        assert_eq!(date("2024-12").end(), Day::from_ymd_opt(2025, 1, 1));
        for text in [
            "24",
            "2024-3",
            "2024-13",
            "2024-02-30",
            "2024-01-01-01",
            "",
            "二零二四",
            "+024",
        ] {
            assert!(PartialDate::parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn validity_holds_from_its_start_until_before_its_end() {
        let validity = Validity::new(Some(date("2023")), Some(date("2024-06"))).unwrap();
        let on = |text: &str| validity.holds(Some(date(text).first_day().into()));
        assert_eq!(
            [on("2022-12-31"), on("2023"), on("2024-05-31"), on("2024-06-01")],
            [false, true, true, false]
        );
        assert!(validity.holds(None));
        assert!(Validity::new(Some(date("2024")), Some(date("2024-01"))).is_err());
        assert!(Validity::default().is_undated());
    }

    #[test]
    fn less_than_a_day_is_its_last_as_the_day_asked() {
        for (text, last) in [
            ("2023", "2023-12-31"),
            ("2024-02", "2024-02-29"),
            ("2023-02", "2023-02-28"),
            ("2024-12", "2024-12-31"),
            ("2024-03-05", "2024-03-05"),
        ] {
            assert_eq!(date(text).last_day(), date(last).first_day(), "{text}");
        }
    }

    #[test]
    fn a_fact_meets_a_span_on_one_day_at_least() {
        let validity = Validity::new(Some(date("2023-03")), Some(date("2024-06"))).unwrap();
        let span = |from: &str, to: &str| {
            let date = |text: &str| (!text.is_empty()).then(|| date(text));
            Span::new(date(from), date(to)).unwrap()
        };
        let meets = |from: &str, to: &str| {
            validity.holds(TimeFilter::new(None, Some(span(from, to)), UndatedFacts::Include))
        };
        assert!(meets("2023", "2023") && meets("2024-05-31", "") && meets("", "2023-03-01"));
        assert!(!meets("2024-06", "2025") && !meets("2020", "2023-02") && !meets("", "2023-02-28"));
        let on = |day: &str, from: &str, to: &str| {
            let day = Some(date(day).first_day());
            validity.holds(TimeFilter::new(day, Some(span(from, to)), UndatedFacts::Include))
        };
        assert!(on("2024-01-01", "2023", "2023") && !on("2025-01-01", "2023", "2023"));
        assert!(Span::new(None, None).is_err() && Span::new(Some(date("2024")), Some(date("2023"))).is_err());
        assert!(Span::new(Some(date("2024-06")), Some(date("2024"))).is_ok());
    }

    #[test]
    fn undated_facts_count_unless_they_are_left_out() {
        let day = Some(date("2024").first_day());
        let when = |undated| TimeFilter::new(day, None, undated);
        assert!(Validity::default().counts(when(UndatedFacts::Include)));
        assert!(!Validity::default().counts(when(UndatedFacts::Exclude)));
        assert!(Validity::default().holds(when(UndatedFacts::Exclude)));
        assert!(Validity::default().counts(None));
        assert_eq!(TimeFilter::new(None, None, UndatedFacts::Exclude), None);
    }

    #[test]
    fn the_end_of_a_validity_that_was_meant_is_said() {
        let hint = |from: &str, to: &str| {
            Refusal::from(Validity::new(Some(date(from)), Some(date(to))).unwrap_err()).hint
        };
        assert_eq!(
            hint("2024-06-30", "2024-06-30"),
            "for 2024-06-30 alone write 2024-07-01 as valid_to"
        );
        assert_eq!(
            hint("2014-03", "2014-03"),
            "for 2014-03 alone write 2014-04 as valid_to"
        );
        assert_eq!(
            hint("2014-12", "2014-12"),
            "for 2014-12 alone write 2015-01 as valid_to"
        );
        assert_eq!(hint("2014", "2014"), "for 2014 alone write 2015 as valid_to");
        assert_eq!(
            hint("2014-03-05", "2014"),
            "for a time that lasts until the end of 2014 write 2015 as valid_to"
        );
        assert_eq!(
            hint("2014", "2014-01"),
            "for a time that lasts until the end of 2014-01 write 2014-02 as valid_to"
        );
        assert_eq!(
            hint("2015", "2014"),
            "write a valid_to that is later than 2015, or swap the two"
        );
        assert_eq!(Period::parse("2024/2023").unwrap_err().hint, "write 2023/2024");
    }

    #[test]
    fn validities_overlap_only_where_a_day_is_in_both() {
        let v = |from: &str, to: &str| Validity::new(Some(date(from)), Some(date(to))).unwrap();
        assert!(!v("2020", "2021").overlaps(v("2021", "2022")));
        assert!(v("2020", "2021-02").overlaps(v("2021", "2022")));
        assert!(Validity::default().overlaps(v("2021", "2022")));
    }

    #[test]
    fn periods_round_trip() {
        for text in ["2024", "2024-01/2024-06", "/2024", "2020/"] {
            assert_eq!(Period::parse(text).unwrap().to_string(), text);
        }
        assert!(Period::parse("2024/2023").is_err());
        assert!(Period::parse("/").is_err());
    }
}
