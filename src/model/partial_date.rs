//! Partial dates: a year, a month or a day. A partial date keeps its precision and is compared as its first day; as the day of a query
//! or a statement, it stands for its last day.

use std::fmt;

use chrono::{Datelike, NaiveDate};

/// A calendar day.
pub type Day = NaiveDate;

/// A date of varying precision: `2024`, `2024-03` or `2024-03-05`. It is compared as its first day.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct PartialDate {
    first_day: Day,
    precision: Precision,
}

/// The precision of a date.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Precision {
    /// The year alone.
    Year,
    /// Year and month.
    Month,
    /// The day.
    Day,
}

impl PartialDate {
    /// Parses a date; none if the text is not one.
    pub(super) fn read(text: &str) -> Option<Self> {
        let number = |part: &str, digits: usize| {
            let plain = part.len() == digits && part.bytes().all(|b| b.is_ascii_digit());
            plain.then(|| part.parse::<u32>().ok()).flatten()
        };
        let parts: Vec<&str> = text.split('-').collect();
        let (year, month, day, precision) = match parts[..] {
            [y] => (number(y, 4)?, 1, 1, Precision::Year),
            [y, m] => (number(y, 4)?, number(m, 2)?, 1, Precision::Month),
            [y, m, d] => (number(y, 4)?, number(m, 2)?, number(d, 2)?, Precision::Day),
            _ => return None,
        };
        let first_day = Day::from_ymd_opt(i32::try_from(year).ok()?, month, day)?;
        Some(Self { first_day, precision })
    }

    /// The date of a day.
    pub fn from_day(first_day: Day) -> Self {
        Self {
            first_day,
            precision: Precision::Day,
        }
    }

    /// The first day of the date, which it is compared as.
    pub fn first_day(self) -> Day {
        self.first_day
    }

    /// The last day of the date: 2024-02-29 for `2024-02`.
    pub fn last_day(self) -> Day {
        self.end()
            .and_then(|end| end.pred_opt())
            .unwrap_or(self.first_day)
    }

    /// Its precision.
    pub fn precision(self) -> Precision {
        self.precision
    }

    /// The first day after the date: 2025-01-01 for `2024`.
    pub fn end(self) -> Option<Day> {
        let day = self.first_day;
        match self.precision {
            Precision::Year => Day::from_ymd_opt(day.year() + 1, 1, 1),
            Precision::Month if day.month() == 12 => Day::from_ymd_opt(day.year() + 1, 1, 1),
            Precision::Month => Day::from_ymd_opt(day.year(), day.month() + 1, 1),
            Precision::Day => day.succ_opt(),
        }
    }

    /// The date after it, with the same precision: 2025 for `2024`.
    pub fn successor(self) -> Option<Self> {
        self.end().map(|first_day| Self { first_day, ..self })
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
