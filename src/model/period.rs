//! Time: partial dates, validity, periods. A partial date keeps its precision and is compared as its first day.

use std::fmt;

use chrono::{Datelike, NaiveDate};

/// A calendar day.
pub type Day = NaiveDate;

/// `2024`, `2024-03` or `2024-03-05`. Compared, it stands for its first day.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct PartialDate {
    first_day: Day,
    precision: Precision,
}

/// How much of a date is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Precision {
    /// The year alone.
    Year,
    /// Year and month.
    Month,
    /// The day.
    Day,
}

/// Why a text is no date.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no date: write 2024, 2024-03 or 2024-03-05")]
pub struct DateError(pub String);

impl PartialDate {
    /// Parses `2024`, `2024-03` or `2024-03-05`; years have four digits.
    pub fn parse(text: &str) -> Result<Self, DateError> {
        let error = || DateError(text.to_string());
        let number = |part: &str, digits: usize| {
            let plain = part.len() == digits && part.bytes().all(|b| b.is_ascii_digit());
            plain
                .then(|| part.parse::<u32>().ok())
                .flatten()
                .ok_or_else(error)
        };
        let parts: Vec<&str> = text.split('-').collect();
        let (year, month, day, precision) = match parts[..] {
            [y] => (number(y, 4)?, 1, 1, Precision::Year),
            [y, m] => (number(y, 4)?, number(m, 2)?, 1, Precision::Month),
            [y, m, d] => (number(y, 4)?, number(m, 2)?, number(d, 2)?, Precision::Day),
            _ => return Err(error()),
        };
        let year = i32::try_from(year).map_err(|_| error())?;
        let first_day = Day::from_ymd_opt(year, month, day).ok_or_else(error)?;
        Ok(Self { first_day, precision })
    }

    /// A whole day.
    pub fn from_day(first_day: Day) -> Self {
        Self {
            first_day,
            precision: Precision::Day,
        }
    }

    /// The day it stands for when compared.
    pub fn first_day(self) -> Day {
        self.first_day
    }

    /// How much of it is known.
    pub fn precision(self) -> Precision {
        self.precision
    }

    /// The first day after all that it may mean: of `2024`, 2025-01-01.
    pub fn end(self) -> Option<Day> {
        let day = self.first_day;
        match self.precision {
            Precision::Year => Day::from_ymd_opt(day.year() + 1, 1, 1),
            Precision::Month if day.month() == 12 => Day::from_ymd_opt(day.year() + 1, 1, 1),
            Precision::Month => Day::from_ymd_opt(day.year(), day.month() + 1, 1),
            Precision::Day => day.succ_opt(),
        }
    }
}

impl PartialOrd for PartialDate {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}
/// By first day, then by precision, so that order and equality agree.
impl Ord for PartialDate {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        (self.first_day, self.precision).cmp(&(other.first_day, other.precision))
    }
}

impl fmt::Display for PartialDate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (y, m, d) = (
            self.first_day.year(),
            self.first_day.month(),
            self.first_day.day(),
        );
        match self.precision {
            Precision::Year => write!(f, "{y:04}"),
            Precision::Month => write!(f, "{y:04}-{m:02}"),
            Precision::Day => write!(f, "{y:04}-{m:02}-{d:02}"),
        }
    }
}
impl fmt::Debug for PartialDate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}

/// From when to when a fact holds: `from ≤ t < to`; an open end always holds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Validity {
    from: Option<PartialDate>,
    to: Option<PartialDate>,
}

/// Why two dates are no validity.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "valid_from {from} is not before valid_to {to}: a fact holds from the first and until before the second"
)]
pub struct ValidityError {
    /// The start given.
    pub from: PartialDate,
    /// The end given.
    pub to: PartialDate,
}

impl Validity {
    /// A validity; `from` must lie before `to`.
    pub fn new(from: Option<PartialDate>, to: Option<PartialDate>) -> Result<Self, ValidityError> {
        match (from, to) {
            (Some(from), Some(to)) if from.first_day >= to.first_day => Err(ValidityError { from, to }),
            _ => Ok(Self { from, to }),
        }
    }
    /// Its start.
    pub fn from(self) -> Option<PartialDate> {
        self.from
    }
    /// The first day on which it holds no more.
    pub fn to(self) -> Option<PartialDate> {
        self.to
    }
    /// Whether neither end is known.
    pub fn is_undated(self) -> bool {
        self.from.is_none() && self.to.is_none()
    }
    /// Whether it holds on a day; with no day, always.
    pub fn holds(self, at: Option<Day>) -> bool {
        at.is_none_or(|at| {
            self.from.is_none_or(|from| from.first_day <= at) && self.to.is_none_or(|to| at < to.first_day)
        })
    }
    /// Whether there is a day on which both hold.
    pub fn overlaps(self, other: Self) -> bool {
        let before = |from: Option<PartialDate>, to: Option<PartialDate>| match (from, to) {
            (Some(from), Some(to)) => from.first_day < to.first_day,
            _ => true,
        };
        before(self.from, other.to) && before(other.from, self.to)
    }
}

/// The time that an observation speaks of: one partial date, or two with a slash, either of which may be open.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Period {
    /// Its start.
    pub from: Option<PartialDate>,
    /// Its end; where the text had no slash, the same as the start.
    pub to: Option<PartialDate>,
    /// Whether it was written with a slash.
    pub is_interval: bool,
}

impl Period {
    /// Parses `2024`, `2024-03`, `2024-03-05` or `from/to`.
    pub fn parse(text: &str) -> Result<Self, DateError> {
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
            Err(DateError(text.to_string()))
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
        let on = |text: &str| validity.holds(Some(date(text).first_day()));
        assert_eq!(
            [on("2022-12-31"), on("2023"), on("2024-05-31"), on("2024-06-01")],
            [false, true, true, false]
        );
        assert!(validity.holds(None));
        assert!(Validity::new(Some(date("2024")), Some(date("2024-01"))).is_err());
        assert!(Validity::default().is_undated());
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
