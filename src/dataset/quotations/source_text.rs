//! The text of a source's file, searchable by position.
//!
//! A quotation is compared without white space. In a table with quoted cells, a quotation may match the file as it is written
//! or the unquoted text of the cell.

use std::path::Path;

use encoding_rs::{Encoding, GB18030, UTF_16BE, UTF_16LE};

use crate::dataset::report::display_value;
use crate::model::field::Field;
use crate::model::statement::Locator;
use crate::service::write::{ProblemCause, WriteProblem};

/// Decodes the bytes of a file as UTF-8, UTF-16 or GB18030; fails with the reason if they are not text in one of these.
pub(in crate::dataset) fn decode(bytes: &[u8]) -> Result<String, String> {
    let strict = |encoding: &'static Encoding, bytes: &[u8]| {
        let text = encoding.decode_without_bom_handling_and_without_replacement(bytes)?;
        text.chars().all(is_text_char).then(|| text.into_owned())
    };
    let found = match bytes {
        [0xFF, 0xFE, rest @ ..] => strict(UTF_16LE, rest),
        [0xFE, 0xFF, rest @ ..] => strict(UTF_16BE, rest),
        // Only UTF-16 has zeros in a text: half of each line break, space and digit.
        bytes if bytes.contains(&0) => {
            let little = count_common_units(bytes, u16::from_le_bytes)
                >= count_common_units(bytes, u16::from_be_bytes);
            strict(if little { UTF_16LE } else { UTF_16BE }, bytes)
        }
        bytes => match std::str::from_utf8(bytes) {
            Ok(text) => Some(text.to_string()),
            Err(_) => strict(GB18030, bytes),
        },
    };
    found.ok_or_else(|| "it is not text in UTF-8, UTF-16 or GB18030".to_string())
}

/// Number of common marks, spaces and digits in one byte order. Zeros alone do not distinguish the byte orders: 一 is 4E00.
fn count_common_units(bytes: &[u8], unit: fn([u8; 2]) -> u16) -> usize {
    let units = bytes.as_chunks().0.iter().map(|pair| unit(*pair));
    units
        .filter(|unit| matches!(*unit, 0x0A | 0x0D | 0x20 | 0x2C | 0x2E | 0x30..=0x39))
        .count()
}

/// Whether a character may occur in a text: control characters only for lines and tables.
fn is_text_char(c: char) -> bool {
    !c.is_control() || matches!(c, '\t' | '\n' | '\r' | '\u{b}' | '\u{c}' | '\u{1a}' | '\u{85}')
}

/// How a quotation differs from its source.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::dataset) struct QuoteDifference {
    pub(in crate::dataset) column: Field,
    pub(in crate::dataset) value: String,
    pub(in crate::dataset) reason: String,
    pub(in crate::dataset) hint: String,
}

impl QuoteDifference {
    pub(in crate::dataset) fn to_problem(&self, draft: usize, row: usize) -> WriteProblem {
        WriteProblem {
            draft: Some(draft),
            row,
            statement: None,
            cause: ProblemCause::Invalid,
            field: self.column,
            value: self.value.clone(),
            reason: self.reason.clone().into(),
            hint: self.hint.clone().into(),
        }
    }
}

/// A text with the forms in which quotations are searched.
#[derive(Debug)]
pub(super) struct SourceText {
    chars: Vec<char>,
    /// The start of each line, in code points.
    lines: Vec<usize>,
    /// The text as it is written; for a table also the unquoted text of its cells.
    readings: Vec<CompactText>,
}

/// A text without white space, and the position in the whole text of each byte's character.
#[derive(Debug, Default)]
struct CompactText {
    bare: String,
    places: Vec<u32>,
}

impl CompactText {
    fn push(&mut self, place: usize, c: char) {
        if !c.is_whitespace() {
            self.bare.push(c);
            let place = u32::try_from(place).unwrap_or(u32::MAX);
            self.places.extend(std::iter::repeat_n(place, c.len_utf8()));
        }
    }

    /// The text from one position to before another.
    fn within(&self, from: usize, to: usize) -> &str {
        let byte = |place: usize| self.places.partition_point(|at| (*at as usize) < place);
        let (from, to) = (byte(from), byte(to));
        self.bare.get(from..to.max(from)).unwrap_or_default()
    }

    /// The first occurrence of a text: the positions of its first and last character.
    fn find(&self, wanted: &str) -> Option<(usize, usize)> {
        let at = self.bare.find(wanted)?;
        let (first, last) = (self.places.get(at)?, self.places.get(at + wanted.len() - 1)?);
        Some((*first as usize, *last as usize))
    }
}

fn without_whitespace(text: &str) -> String {
    text.chars().filter(|c| !c.is_whitespace()).collect()
}

/// The unquoted text of the cells of a table.
fn cell_text(chars: &[char]) -> CompactText {
    let mut reading = CompactText::default();
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

impl SourceText {
    /// Indexes a text; the extension of `path` tells whether it is a table.
    pub(super) fn new(text: &str, path: &Path) -> Self {
        let chars: Vec<char> = text.chars().collect();
        let mut lines = vec![0];
        let mut written = CompactText::default();
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
            readings.push(cell_text(&chars));
        }
        Self {
            chars,
            lines,
            readings,
        }
    }

    /// The whole text.
    pub(super) fn full_text(&self) -> String {
        self.chars.iter().collect()
    }

    /// The line of a character, counted from 1.
    fn line(&self, place: usize) -> usize {
        self.lines.partition_point(|begin| *begin <= place)
    }

    /// The difference between a quotation and the text at its locator; `None` if they agree.
    pub(super) fn compare(&self, locator: &Locator, quote: &str) -> Option<QuoteDifference> {
        let wanted = without_whitespace(quote);
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
        let holds = |reading: &CompactText| {
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
            return Some(self.difference(quote, &wanted, &place, &found));
        }
        let (Some((start, end)), Some((first, last))) = (locator.span, locator.lines) else {
            return None;
        };
        let line = self.line(start as usize);
        (line < first as usize || line > last as usize).then(|| QuoteDifference {
            column: Field::Locator,
            value: locator.cell(),
            reason: format!("[{start},{end}) begins on line {line}"),
            hint: format!("lines are counted from 1: write L{line}"),
        })
    }

    fn slice(&self, from: usize, to: usize) -> String {
        let (from, to) = (from.min(self.chars.len()), to.min(self.chars.len()));
        self.chars.get(from..to).into_iter().flatten().collect()
    }

    fn difference(&self, quote: &str, wanted: &str, place: &str, found: &str) -> QuoteDifference {
        let instead = match display_value(found.trim()) {
            nothing if nothing.is_empty() => "the quotation was not found".to_string(),
            instead => format!("the source reads: {instead}"),
        };
        let hint = match self.readings.iter().find_map(|reading| reading.find(wanted)) {
            Some((first, last)) => {
                let (from, to) = (self.line(first), self.line(last));
                let lines = if from == to {
                    format!("L{from}")
                } else {
                    format!("L{from}-{to}")
                };
                format!("write the locator {lines} [{first},{})", last + 1)
            }
            None => "the source does not contain it; copy the quotation from the source".to_string(),
        };
        let reason = format!("{place}, {instead}");
        QuoteDifference {
            column: Field::Quote,
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
        let text = SourceText::new("标题\n\n截至目前,昆\n\n山高新区的专家库\n", Path::new("a.txt"));
        let difference = text.compare(&Locator::parse(locator), quote)?;
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
            "quote | at [4,8), the source reads: 截至目前 | write the locator L3-5 [9,13)"
        );
        assert_eq!(
            at("L5", "昆山"),
            "quote | on lines 5 to 5, the source reads: 山高新区的专家库 | write the locator L3-5 [9,13)"
        );
        assert_eq!(
            at("[900,903)", "南京"),
            "quote | at [900,903), the quotation was not found | the source does not contain it; copy the quotation from the source"
        );
        assert_eq!(
            at("", "南京"),
            "quote | in the whole source, the quotation was not found | the source does not contain it; copy the quotation from the source"
        );
        assert_eq!(
            at("L1 [4,8)", "截至目前"),
            "locator | [4,8) begins on line 3 | lines are counted from 1: write L3"
        );
    }
}
