//! Dates as text: their parser, and error messages for texts that are not dates, with the date that was probably meant.

use chrono::Datelike;

use super::partial_date::{Day, PartialDate};
use super::refusal::Refusal;

const EXPECTED: &str = "expected 2024, 2024-03 or 2024-03-05";

impl PartialDate {
    /// Parses `2024`, `2024-03` or `2024-03-05`; years have four digits.
    pub fn parse(text: &str) -> Result<Self, Refusal> {
        Self::read(text).ok_or_else(|| refuse_date(text))
    }
}

/// The refusal of a text that is not a date. The hint has the date that was probably meant, if there is one.
fn refuse_date(text: &str) -> Refusal {
    let reason = |why: &str| format!("`{text}` is not a valid date ({why})");
    if let Some((why, hint)) = nonexistent_date(text) {
        return Refusal::new(reason(&why), hint);
    }
    match intended_date(text) {
        Some(IntendedDate::Date(date)) => Refusal::new(reason(EXPECTED), format!("write {date}")),
        Some(IntendedDate::Either(one, other)) => {
            let hint = format!("write {one} or {other}, whichever day is meant");
            Refusal::new(reason(EXPECTED), hint)
        }
        None => Refusal::new(
            reason(EXPECTED),
            "write the year, the year and month, or the day; leave it empty where it is not known",
        ),
    }
}

/// The reason and hint for a well-formed date that does not exist.
fn nonexistent_date(text: &str) -> Option<(String, String)> {
    let parts: Vec<&str> = text.split('-').collect();
    let (year, month) = (digits(parts.first()?, 4)?, digits(parts.get(1)?, 2)?);
    if !(1..=12).contains(&month) {
        let why = "months are 01 to 12".to_string();
        return Some((why, format!("write {year:04}, or correct the month")));
    }
    let day = digits(parts.get(2)?, 2)?;
    let last = last_day(year, month)?;
    if parts.len() > 3 || (1..=last).contains(&day) {
        return None;
    }
    let name = chrono::Month::try_from(u8::try_from(month).ok()?).ok()?.name();
    let leap = if month == 2 {
        format!(" in {year:04}")
    } else {
        String::new()
    };
    let near = if day == 0 { 1 } else { last };
    let hint =
        format!("write {year:04}-{month:02}-{near:02}, or {year:04}-{month:02} where the day is not known");
    Some((format!("{name} has {last} days{leap}"), hint))
}

/// The number of days of a month.
fn last_day(year: u32, month: u32) -> Option<u32> {
    let first = Day::from_ymd_opt(i32::try_from(year).ok()?, month, 1)?;
    let next = first.checked_add_months(chrono::Months::new(1))?;
    next.pred_opt().map(|day| day.day())
}

fn digits(text: &str, count: usize) -> Option<u32> {
    let is_number = text.len() == count && text.bytes().all(|b| b.is_ascii_digit());
    is_number.then(|| text.parse().ok()).flatten()
}

/// The date that was probably meant.
#[derive(Debug, PartialEq, Eq)]
enum IntendedDate {
    Date(PartialDate),
    /// Either day and month, or month and day.
    Either(PartialDate, PartialDate),
}

fn intended_date(text: &str) -> Option<IntendedDate> {
    let text: String = text.trim().chars().map(narrow).collect();
    let day = without_time(&text);
    let shaped = |year: &str, rest: &[&str]| {
        let rest: String = rest.iter().map(|part| format!("-{part:0>2}")).collect();
        // Not `parse`, which would recurse into this function.
        PartialDate::read(&format!("{year:0>4}{rest}"))
    };
    if day != text {
        return PartialDate::read(day).map(IntendedDate::Date);
    }
    let runs: Vec<&str> = text
        .split(|c: char| !c.is_ascii_digit())
        .filter(|run| !run.is_empty())
        .collect();
    let marks: String = text.chars().filter(|c| !c.is_ascii_digit()).collect();
    let date = match (&runs[..], marks.as_str()) {
        ([year], "" | "年") if year.len() <= 4 => shaped(year, &[]),
        ([all], "") if all.len() == 8 => shaped(&all[..4], &[&all[4..6], &all[6..]]),
        ([year, month], "-" | "/" | "." | "年月") if year.len() == 4 => shaped(year, &[month]),
        ([month, year], "-" | "/" | ".") if year.len() == 4 => shaped(year, &[month]),
        ([year, month, day], "--" | "//" | ".." | "年月日" | "年月") if year.len() == 4 => {
            shaped(year, &[month, day])
        }
        ([first, second, year], "--" | "//" | ".." | ". . ") if year.len() == 4 => {
            let (one, other) = (shaped(year, &[second, first]), shaped(year, &[first, second]));
            // With dots the day always comes first.
            return match (one, other) {
                (Some(one), Some(other)) if one != other && !marks.starts_with('.') => {
                    Some(IntendedDate::Either(one, other))
                }
                (Some(date), _) | (None, Some(date)) => Some(IntendedDate::Date(date)),
                (None, None) => None,
            };
        }
        _ => None,
    };
    date.map(IntendedDate::Date)
}

/// The part of a timestamp before its time.
fn without_time(text: &str) -> &str {
    let is_time = |rest: &str| {
        rest.len() >= 5 && rest.as_bytes()[..2].iter().all(u8::is_ascii_digit) && rest.as_bytes()[2] == b':'
    };
    match text.char_indices().nth(10) {
        Some((at, 'T' | 't' | ' ')) if is_time(&text[at + 1..]) => &text[..at],
        _ => text,
    }
}

/// Replaces a full-width digit or mark by the ASCII one.
fn narrow(c: char) -> char {
    match c {
        '\u{ff01}'..='\u{ff5e}' => u32::from(c)
            .checked_sub(0xfee0)
            .and_then(char::from_u32)
            .unwrap_or(c),
        '–' | '—' | '‐' | '‑' | '−' => '-',
        _ => c,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_invalid_date_is_rejected_once() {
        for text in [
            "2024-123",
            "2024/456",
            "2024.000",
            "2024-13-123",
            "123-456-2024",
            "0000-000",
        ] {
            assert!(PartialDate::parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn the_hint_has_the_date_that_was_meant() {
        for (text, hint) in [
            ("976", "write 0976"),
            ("31.12.2024", "write 2024-12-31"),
            ("05.03.2024", "write 2024-03-05"),
            ("12/31/2024", "write 2024-12-31"),
            ("31/12/2024", "write 2024-12-31"),
            (
                "05/03/2024",
                "write 2024-03-05 or 2024-05-03, whichever day is meant",
            ),
            ("05/05/2024", "write 2024-05-05"),
            ("2024-01-01T00:00:00Z", "write 2024-01-01"),
            ("2024-01-01 08:30", "write 2024-01-01"),
            ("2024/3/5", "write 2024-03-05"),
            ("2024-3-5", "write 2024-03-05"),
            ("2024.03", "write 2024-03"),
            ("03/2024", "write 2024-03"),
            ("20240305", "write 2024-03-05"),
            ("2024年3月5日", "write 2024-03-05"),
            ("2024年", "write 2024"),
            ("２０２４-０３", "write 2024-03"),
            (" 2024", "write 2024"),
            ("24", "write 0024"),
            ("2024-13", "write 2024, or correct the month"),
            (
                "2024-02-30",
                "write 2024-02-29, or 2024-02 where the day is not known",
            ),
            (
                "2023-02-29",
                "write 2023-02-28, or 2023-02 where the day is not known",
            ),
        ] {
            assert_eq!(refuse_date(text).hint, hint, "{text}");
        }
        assert_eq!(
            refuse_date("2015-04-31").to_string(),
            "`2015-04-31` is not a valid date (April has 30 days); write 2015-04-30, or 2015-04 where the day is not known"
        );
        for text in [
            "",
            "-",
            "2024-01-01-01",
            "二零二四",
            "+024",
            "Q1 2024",
            "99999",
            "2024-00-10T",
            "1.2.3.4",
            "2024-01-01T日本",
        ] {
            assert!(!refuse_date(text).hint.is_empty(), "{text}");
        }
    }
}
