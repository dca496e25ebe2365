//! The text of a source's file, and what stands where in it.
//!
//! A quotation is compared without white space. In a table that puts its cells in quotation marks, a mark inside a cell is doubled:
//! a quotation stands there as it is written in the file, or as the cell reads.

use std::path::Path;

use encoding_rs::{Encoding, GB18030, UTF_16BE, UTF_16LE};

use super::column::Column;
use super::report::shown;
use super::sources::Difference;
use crate::model::statement::Locator;

/// Reads the bytes of a file as UTF-8, UTF-16 or GB18030; the reason where they are no text in one of these.
pub(super) fn decode(bytes: &[u8]) -> Result<String, String> {
    let strict = |encoding: &'static Encoding, bytes: &[u8]| {
        let text = encoding.decode_without_bom_handling_and_without_replacement(bytes)?;
        text.chars().all(is_of_text).then(|| text.into_owned())
    };
    let found = match bytes {
        [0xFF, 0xFE, rest @ ..] => strict(UTF_16LE, rest),
        [0xFE, 0xFF, rest @ ..] => strict(UTF_16BE, rest),
        // Only UTF-16 has zeros in a text: half of each line break, space and digit.
        bytes if bytes.contains(&0) => {
            let little = usual_units(bytes, u16::from_le_bytes) >= usual_units(bytes, u16::from_be_bytes);
            strict(if little { UTF_16LE } else { UTF_16BE }, bytes)
        }
        bytes => match std::str::from_utf8(bytes) {
            Ok(text) => Some(text.to_string()),
            Err(_) => strict(GB18030, bytes),
        },
    };
    found.ok_or_else(|| "it is not text in UTF-8, UTF-16 or GB18030".to_string())
}

/// How many of the marks, spaces and digits that every text has there are in one order of bytes. Zeros alone do not tell the orders
/// apart: 一 is 4E00.
fn usual_units(bytes: &[u8], unit: fn([u8; 2]) -> u16) -> usize {
    let units = bytes.as_chunks().0.iter().map(|pair| unit(*pair));
    units
        .filter(|unit| matches!(*unit, 0x0A | 0x0D | 0x20 | 0x2C | 0x2E | 0x30..=0x39))
        .count()
}

/// Whether a character may stand in a text: no control characters but those of lines and tables.
fn is_of_text(c: char) -> bool {
    !c.is_control() || matches!(c, '\t' | '\n' | '\r' | '\u{b}' | '\u{c}' | '\u{1a}' | '\u{85}')
}

/// A text and how it may be read.
#[derive(Debug)]
pub(super) struct Text {
    chars: Vec<char>,
    /// Where each line begins, in code points.
    lines: Vec<usize>,
    /// The text as it is written; for a table also as its cells read.
    readings: Vec<Reading>,
}

/// A text without white space, and where each of its bytes' characters stands in the whole.
#[derive(Debug, Default)]
struct Reading {
    bare: String,
    places: Vec<u32>,
}

impl Reading {
    fn push(&mut self, place: usize, c: char) {
        if !c.is_whitespace() {
            self.bare.push(c);
            let place = u32::try_from(place).unwrap_or(u32::MAX);
            self.places.extend(std::iter::repeat_n(place, c.len_utf8()));
        }
    }

    /// What stands from one place to before another.
    fn within(&self, from: usize, to: usize) -> &str {
        let byte = |place: usize| self.places.partition_point(|at| (*at as usize) < place);
        let (from, to) = (byte(from), byte(to));
        self.bare.get(from..to.max(from)).unwrap_or_default()
    }

    /// Where a text first stands: its first and last character.
    fn find(&self, wanted: &str) -> Option<(usize, usize)> {
        let at = self.bare.find(wanted)?;
        let (first, last) = (self.places.get(at)?, self.places.get(at + wanted.len() - 1)?);
        Some((*first as usize, *last as usize))
    }
}

fn bare(text: &str) -> String {
    text.chars().filter(|c| !c.is_whitespace()).collect()
}

/// The cells of a table as they read: without the quotation marks around a cell, and one of two inside it.
fn cells(chars: &[char]) -> Reading {
    let mut reading = Reading::default();
    let (mut quoted, mut begins) = (false, true);
    let mut chars = chars.iter().copied().enumerate().peekable();
    while let Some((place, c)) = chars.next() {
        match c {
            '"' if begins => (quoted, begins) = (true, false),
            '"' if quoted => match chars.next_if(|(_, next)| *next == '"') {
                Some(_) => reading.push(place, c),
                None => quoted = false,
            },
            _ => {
                begins = !quoted && matches!(c, ',' | ';' | '\t' | '\n' | '\r');
                reading.push(place, c);
            }
        }
    }
    reading
}

impl Text {
    /// Reads a text; `path` says whether it is a table.
    pub(super) fn new(text: &str, path: &Path) -> Self {
        let chars: Vec<char> = text.chars().collect();
        let mut lines = vec![0];
        let mut written = Reading::default();
        for (place, c) in chars.iter().enumerate() {
            if *c == '\n' {
                lines.push(place + 1);
            }
            written.push(place, *c);
        }
        let is_table = path.extension().is_some_and(|extension| {
            ["csv", "tsv", "tab"]
                .iter()
                .any(|known| extension.eq_ignore_ascii_case(known))
        });
        let mut readings = vec![written];
        if is_table && chars.contains(&'"') {
            readings.push(cells(&chars));
        }
        Self {
            chars,
            lines,
            readings,
        }
    }

    /// The whole of it.
    pub(super) fn whole(&self) -> String {
        self.chars.iter().collect()
    }

    /// The line, from 1, on which a character stands.
    fn line(&self, place: usize) -> usize {
        self.lines.partition_point(|begin| *begin <= place)
    }

    /// How a quotation differs from what stands where its locator says; none where it stands there.
    pub(super) fn hold(&self, locator: &Locator, quote: &str) -> Option<Difference> {
        let wanted = bare(quote);
        if wanted.is_empty() {
            return None;
        }
        let begin = |line: u32| self.lines.get(line as usize).copied().unwrap_or(self.chars.len());
        let (place, from, to) = match (locator.span, locator.lines) {
            (Some((start, end)), _) => (format!("at [{start},{end})"), start as usize, end as usize),
            (None, Some((first, last))) => (
                format!("on lines {first} to {last}"),
                begin(first.saturating_sub(1)),
                begin(last),
            ),
            (None, None) => ("in the whole source".to_string(), 0, self.chars.len()),
        };
        let holds = |reading: &Reading| {
            let found = reading.within(from, to);
            match locator.span {
                Some(_) => found == wanted,
                None => found.contains(&wanted),
            }
        };
        if !self.readings.iter().any(holds) {
            let is_whole = locator.span.is_none() && locator.lines.is_none();
            let found = if is_whole {
                String::new()
            } else {
                self.slice(from, to)
            };
            return Some(self.differs(quote, &wanted, &place, &found));
        }
        let (Some((start, end)), Some((first, last))) = (locator.span, locator.lines) else {
            return None;
        };
        let line = self.line(start as usize);
        (line < first as usize || line > last as usize).then(|| Difference {
            column: Column::Locator,
            value: locator.cell(),
            reason: format!("[{start},{end}) begins on line {line}"),
            hint: format!("lines are counted from 1: write L{line}"),
        })
    }

    fn slice(&self, from: usize, to: usize) -> String {
        let (from, to) = (from.min(self.chars.len()), to.min(self.chars.len()));
        self.chars.get(from..to).into_iter().flatten().collect()
    }

    fn differs(&self, quote: &str, wanted: &str, place: &str, found: &str) -> Difference {
        let instead = match shown(found.trim()) {
            nothing if nothing.is_empty() => "it does not stand there".to_string(),
            instead => format!("there stands: {instead}"),
        };
        let hint = match self.readings.iter().find_map(|reading| reading.find(wanted)) {
            Some((first, last)) => {
                let (from, to) = (self.line(first), self.line(last));
                let lines = if from == to {
                    format!("L{from}")
                } else {
                    format!("L{from}-{to}")
                };
                format!("it stands at {lines} [{first},{})", last + 1)
            }
            None => "the source does not have it".to_string(),
        };
        let reason = format!("{place}, {instead}");
        Difference {
            column: Column::Quote,
            value: quote.to_string(),
            reason,
            hint,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn held(locator: &str, quote: &str) -> Option<String> {
        let text = Text::new("标题\n\n截至目前,昆\n\n山高新区的专家库\n", Path::new("a.txt"));
        let difference = text.hold(&Locator::parse(locator), quote)?;
        Some(format!(
            "{} | {} | {}",
            difference.column.name(),
            difference.reason,
            difference.hint
        ))
    }

    #[test]
    fn a_quotation_stands_where_its_locator_says() {
        assert_eq!(held("L3-5 [9,20)", "昆山高新区的专家库"), None);
        assert_eq!(held("[9,20)", "昆 山高新区\n的专家库"), None);
        assert_eq!(held("L3-5", "昆山高新区"), None);
        assert_eq!(held("", "昆山高新区"), None);
        assert_eq!(held("section 2", "昆山高新区"), None);
    }

    #[test]
    fn what_stands_elsewhere_is_said_and_where() {
        let at = |locator, quote| held(locator, quote).unwrap();
        assert_eq!(
            at("[4,8)", "昆山"),
            "quote | at [4,8), there stands: 截至目前 | it stands at L3-5 [9,13)"
        );
        assert_eq!(
            at("L5", "昆山"),
            "quote | on lines 5 to 5, there stands: 山高新区的专家库 | it stands at L3-5 [9,13)"
        );
        assert_eq!(
            at("[900,903)", "南京"),
            "quote | at [900,903), it does not stand there | the source does not have it"
        );
        assert_eq!(
            at("", "南京"),
            "quote | in the whole source, it does not stand there | the source does not have it"
        );
        assert_eq!(
            at("L1 [4,8)", "截至目前"),
            "locator | [4,8) begins on line 3 | lines are counted from 1: write L3"
        );
    }
}
