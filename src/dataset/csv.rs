//! CSV: UTF-8 with a header; a byte-order mark, CRLF, quoted newlines and columns in any order are fine.

use std::path::Path;

use ::csv::{ReaderBuilder, StringRecord};

use super::column::Column;
use super::error::ReadError;
use super::row::{Cell, Cells, File};
use crate::service::least_far;

const NOWHERE: u16 = u16::MAX;

struct CsvRow<'a> {
    places: &'a [u16; Column::COUNT],
    record: &'a StringRecord,
}

impl Cells for CsvRow<'_> {
    fn cell(&self, column: Column) -> Cell<'_> {
        match self.record.get(usize::from(self.places[column as usize])) {
            None | Some("") => Cell::Empty,
            Some(text) => Cell::Text(text),
        }
    }
}

/// Reads a file row by row, each with the line on which it begins.
pub(super) fn read(
    file: &File,
    path: &Path,
    text: &str,
    each: &mut dyn FnMut(u32, &dyn Cells),
) -> Result<(), ReadError> {
    let broken = |line: u32, reason: String| ReadError::Broken {
        path: path.display().to_string(),
        line,
        reason,
    };
    let mut reader = ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .from_reader(text.as_bytes());
    let mut lines = Lines {
        text: text.as_bytes(),
        at: 0,
        line: 1,
    };
    let mut record = StringRecord::new();
    let mut places: Option<([u16; Column::COUNT], usize)> = None;
    let (mut last, mut last_line) = (0, 1);
    loop {
        let more = reader
            .read_record(&mut record)
            .map_err(|error| broken(lines.line, error.to_string()))?;
        if !more {
            break;
        }
        let line = record
            .position()
            .map_or(lines.line, |position| lines.seek(position.byte()));
        (last, last_line) = (lines.at, line);
        match &places {
            None => places = Some((header(file, path, line, &record)?, record.len())),
            Some((places, count)) if record.len() == *count => each(
                line,
                &CsvRow {
                    places,
                    record: &record,
                },
            ),
            Some((_, count)) => {
                let reason = format!(
                    "this row has {} cells, the header {count}: put a cell that holds a comma or a quote in quotes",
                    record.len()
                );
                return Err(broken(line, reason));
            }
        }
    }
    if ends_in_quotes(&text.as_bytes()[last..]) {
        return Err(broken(
            last_line,
            "a quoted cell of this row is never closed".into(),
        ));
    }
    if places.is_none() {
        return Err(broken(1, "the file has no header".into()));
    }
    Ok(())
}

fn header(
    file: &File,
    path: &Path,
    line: u32,
    record: &StringRecord,
) -> Result<[u16; Column::COUNT], ReadError> {
    let path = || path.display().to_string();
    let mut places = [NOWHERE; Column::COUNT];
    for (place, name) in record.iter().enumerate() {
        let column = file.table.column(name).ok_or_else(|| ReadError::UnknownColumn {
            path: path(),
            line,
            column: name.into(),
            table: file.table.name(),
            nearest: nearest_column(file, name),
        })?;
        if places[column as usize] != NOWHERE {
            return Err(ReadError::DoubleColumn {
                path: path(),
                line,
                column: name.into(),
            });
        }
        places[column as usize] = u16::try_from(place).unwrap_or(NOWHERE);
    }
    Ok(places)
}

/// The column of the table that is spelled most like a name.
pub(super) fn nearest_column(file: &File, name: &str) -> String {
    let names = file.table.columns().iter().map(|column| column.name());
    least_far(name, names).unwrap_or_default().to_string()
}

/// Counts lines up to a byte. The reader's own count takes a row to begin where the one before it ended, which after
/// a blank line or CRLF is a line too early.
struct Lines<'a> {
    text: &'a [u8],
    at: usize,
    line: u32,
}

impl Lines<'_> {
    fn seek(&mut self, byte: u64) -> u32 {
        let target = usize::try_from(byte).unwrap_or(usize::MAX).min(self.text.len());
        let blank = self.text[target..]
            .iter()
            .take_while(|byte| matches!(byte, b'\n' | b'\r'))
            .count();
        let begin = target + blank;
        let count = self.text[self.at..begin]
            .iter()
            .map(|byte| usize::from(*byte == b'\n'))
            .sum::<usize>();
        self.line = self.line.saturating_add(u32::try_from(count).unwrap_or(u32::MAX));
        self.at = begin;
        self.line
    }
}

/// Whether a row's text ends within quotes: the reader takes all that follows for one cell, and says nothing.
fn ends_in_quotes(row: &[u8]) -> bool {
    #[derive(PartialEq)]
    enum State {
        Start,
        Plain,
        Quoted,
        Closed,
    }
    let mut state = State::Start;
    for byte in row {
        state = match (state, byte) {
            (State::Quoted, b'"') => State::Closed,
            (State::Start | State::Closed, b'"') | (State::Quoted, _) => State::Quoted,
            (State::Start | State::Plain | State::Closed, b',' | b'\n' | b'\r') => State::Start,
            (State::Start | State::Plain | State::Closed, _) => State::Plain,
        };
    }
    state == State::Quoted
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dataset::column::Table;

    fn lines_of(text: &str) -> Result<Vec<(u32, String)>, ReadError> {
        let file = File {
            table: Table::Names,
            name: "names.csv".into(),
        };
        let mut rows = Vec::new();
        read(&file, Path::new("names.csv"), text, &mut |line, cells| {
            let Cell::Text(value) = cells.cell(Column::Value) else {
                panic!("no value on line {line}")
            };
            rows.push((line, value.to_string()));
        })?;
        Ok(rows)
    }

    #[test]
    fn a_row_is_on_the_line_where_it_begins() {
        let text = "lang,value\nzh,\"a\nb\"\n\nzh,c\n";
        let rows = vec![(2, "a\nb".into()), (5, "c".into())];
        assert_eq!(lines_of(text), Ok(rows));
        let crlf = text.replace('\n', "\r\n");
        assert_eq!(lines_of(&crlf), Ok(vec![(2, "a\r\nb".into()), (5, "c".into())]));
        assert_eq!(lines_of("value\nlast"), Ok(vec![(2, "last".into())]));
    }

    #[test]
    fn broken_text_is_refused_with_its_line() {
        let message = |text: &str| lines_of(text).unwrap_err().to_string();
        assert_eq!(
            message("value,lang\na,zh\nb,c,d\n"),
            "names.csv:3: this row has 3 cells, the header 2: put a cell that holds a comma or a quote in quotes"
        );
        assert_eq!(
            message("lang,value\nzh,a\nzh,\"b\nzh,c\n"),
            "names.csv:3: a quoted cell of this row is never closed"
        );
        assert_eq!(
            message("valeu\na\n"),
            "names.csv:1: no column `valeu` in names; the nearest is `value`"
        );
        assert_eq!(
            message("value,value\n"),
            "names.csv:1: the column `value` stands twice"
        );
        assert_eq!(message(""), "names.csv:1: the file has no header");
    }
}
