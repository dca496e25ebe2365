//! Strict CSV reader by RFC 4180: UTF-8 with a header. It accepts a byte-order mark, lines that end in LF, CRLF or CR, blank lines
//! between rows, and columns in any order. A misplaced quotation mark is an error with its line, never silently corrected.

use std::path::Path;

use crate::dataset::error::ReadError;
use crate::dataset::format::formula;
use crate::dataset::format::input_row::{InputCell, InputFile, RowCells};
use crate::model::field::Field;
use crate::service::closest;

const NO_COLUMN: u16 = u16::MAX;

/// The separator of the cells of a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Separator {
    /// The standard separator.
    Comma,
    /// Written by spreadsheets where the comma is the decimal separator.
    Semicolon,
    /// As in TSV.
    Tab,
}

impl Separator {
    const ALL: [Self; 3] = [Self::Comma, Self::Semicolon, Self::Tab];

    /// The name on the command line and in messages.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Comma => "comma",
            Self::Semicolon => "semicolon",
            Self::Tab => "tab",
        }
    }

    /// Parses a name, or the character itself.
    pub fn parse(text: &str) -> Option<Self> {
        let is = |one: &Self| one.name() == text || text.chars().eq([one.character()]);
        Self::ALL.into_iter().find(is)
    }

    const fn character(self) -> char {
        match self {
            Self::Comma => ',',
            Self::Semicolon => ';',
            Self::Tab => '\t',
        }
    }
}

/// The cells of one row: their concatenated text, and the end of each.
#[derive(Default)]
struct CsvRecord {
    text: String,
    ends: Vec<usize>,
}

impl CsvRecord {
    fn get(&self, place: usize) -> Option<&str> {
        let end = *self.ends.get(place)?;
        let begin = place.checked_sub(1).map_or(0, |before| self.ends[before]);
        self.text.get(begin..end)
    }

    fn iter(&self) -> impl Iterator<Item = &str> {
        (0..self.ends.len()).filter_map(|place| self.get(place))
    }

    fn clear(&mut self) {
        self.text.clear();
        self.ends.clear();
    }

    fn end_cell(&mut self) {
        self.ends.push(self.text.len());
    }
}

struct CsvRow<'a> {
    places: &'a [u16; Field::COUNT],
    record: &'a CsvRecord,
}

impl RowCells for CsvRow<'_> {
    fn cell(&self, column: Field) -> InputCell<'_> {
        match self.record.get(usize::from(self.places[column as usize])) {
            None | Some("") => InputCell::Empty,
            Some(text) => InputCell::Text(formula::unescape(text)),
        }
    }
}

/// Reads a file and passes each row to `each`, with the line on which it begins.
pub(in crate::dataset) fn read(
    file: &InputFile,
    path: &Path,
    text: &str,
    separator: Separator,
    each: &mut dyn FnMut(u32, &dyn RowCells),
) -> Result<(), ReadError> {
    let broken = |error: CsvError| ReadError::Broken {
        path: path.display().to_string(),
        line: error.line,
        reason: error.reason,
        hint: error.hint,
    };
    let mut scanner = CsvScanner {
        rest: text,
        line: 1,
        separator: separator.character(),
    };
    let mut record = CsvRecord::default();
    let first = text.split(['\n', '\r']).next().unwrap_or_default();
    let header_line =
        scanner
            .next(&mut record)
            .map_err(|error| match other_separator(file, separator, first) {
                Some(found) => separator_error(path, error.line, separator, found),
                None => broken(error),
            })?;
    let Some(line) = header_line else {
        let hint = format!(
            "begin it with a line of column names, such as {}",
            file.table.columns()[0].name()
        );
        return Err(broken(CsvError::new(1, "the file has no header", hint)));
    };
    let (places, count) = (header(file, path, line, separator, &record)?, record.ends.len());
    while let Some(line) = scanner.next(&mut record).map_err(broken)? {
        if record.ends.len() != count {
            let reason = format!(
                "this row has {} cells, but the header has {count}",
                record.ends.len()
            );
            let hint = format!(
                "enclose a cell that contains a {} in quotation marks",
                separator.name()
            );
            return Err(broken(CsvError::new(line, reason, hint)));
        }
        let (places, record) = (&places, &record);
        each(line, &CsvRow { places, record });
    }
    Ok(())
}

fn header(
    file: &InputFile,
    path: &Path,
    line: u32,
    separator: Separator,
    record: &CsvRecord,
) -> Result<[u16; Field::COUNT], ReadError> {
    let shown = || path.display().to_string();
    let mut places = [NO_COLUMN; Field::COUNT];
    for (place, name) in record.iter().enumerate() {
        let column = file
            .table
            .column(name)
            .ok_or_else(|| match other_separator(file, separator, name) {
                Some(found) => separator_error(path, line, separator, found),
                None => ReadError::UnknownColumn {
                    path: shown(),
                    line,
                    column: name.into(),
                    table: file.table.name(),
                    nearest: nearest_column(file, name),
                },
            })?;
        if places[column as usize] != NO_COLUMN {
            return Err(ReadError::DoubleColumn {
                path: shown(),
                line,
                column: name.into(),
            });
        }
        places[column as usize] = u16::try_from(place).unwrap_or(NO_COLUMN);
    }
    Ok(places)
}

fn separator_error(path: &Path, line: u32, separator: Separator, found: Separator) -> ReadError {
    ReadError::Broken {
        path: path.display().to_string(),
        line,
        reason: format!(
            "the cells are separated by a {}, not by a {}",
            found.name(),
            separator.name()
        ),
        hint: format!("run the import again with `--separator {}`", found.name()),
    }
}

/// Another separator that would split the name into columns of the table.
fn other_separator(file: &InputFile, separator: Separator, name: &str) -> Option<Separator> {
    Separator::ALL.into_iter().find(|other| {
        let mut parts = name.split(other.character()).map(|part| part.trim_matches('"'));
        *other != separator
            && name.contains(other.character())
            && parts.any(|part| file.table.column(part).is_some())
    })
}

/// The column of the table with the most similar spelling.
pub(super) fn nearest_column(file: &InputFile, name: &str) -> String {
    let names = file.table.columns().iter().map(|column| column.name());
    closest(name, names).unwrap_or_default().to_string()
}

/// A violation of the format.
struct CsvError {
    line: u32,
    reason: String,
    hint: String,
}

impl CsvError {
    fn new(line: u32, reason: impl Into<String>, hint: impl Into<String>) -> Self {
        Self {
            line,
            reason: reason.into(),
            hint: hint.into(),
        }
    }
}

/// Splits a text into rows.
struct CsvScanner<'a> {
    /// The text that is not read yet.
    rest: &'a str,
    /// The line on which it begins.
    line: u32,
    separator: char,
}

/// What follows a cell.
enum CellEnd {
    NextCell,
    EndOfRow,
}

impl CsvScanner<'_> {
    /// Reads the next row and returns the line on which it begins; `None` at the end of the text.
    fn next(&mut self, record: &mut CsvRecord) -> Result<Option<u32>, CsvError> {
        record.clear();
        while self.line_end() {}
        if self.rest.is_empty() {
            return Ok(None);
        }
        let line = self.line;
        loop {
            let end = match self.rest.strip_prefix('"') {
                Some(inside) => {
                    self.rest = inside;
                    self.quoted_cell(record)?
                }
                None => self.unquoted_cell(record)?,
            };
            record.end_cell();
            if matches!(end, CellEnd::EndOfRow) {
                return Ok(Some(line));
            }
        }
    }

    /// Skips a line end, if there is one here.
    fn line_end(&mut self) -> bool {
        let ends = ["\r\n", "\n", "\r"];
        let Some(rest) = ends.iter().find_map(|end| self.rest.strip_prefix(end)) else {
            return false;
        };
        self.rest = rest;
        self.line = self.line.saturating_add(1);
        true
    }

    fn unquoted_cell(&mut self, record: &mut CsvRecord) -> Result<CellEnd, CsvError> {
        let separator = self.separator;
        let end = self.rest.find([separator, '"', '\n', '\r']);
        let (cell, rest) = self.rest.split_at(end.unwrap_or(self.rest.len()));
        if rest.starts_with('"') {
            let reason = format!(
                "a quotation mark is inside the cell `{}`, which does not begin with one",
                excerpt(self.rest, separator)
            );
            let hint = "enclose the cell in quotation marks and double each mark in it: \"a \"\"b\"\" c\"";
            return Err(CsvError::new(self.line, reason, hint));
        }
        record.text.push_str(cell);
        self.rest = rest;
        Ok(self.cell_end().unwrap_or(CellEnd::EndOfRow))
    }

    /// Reads a cell after its opening quotation mark.
    fn quoted_cell(&mut self, record: &mut CsvRecord) -> Result<CellEnd, CsvError> {
        let opened = self.line;
        loop {
            let Some((inside, rest)) = self.rest.split_once('"') else {
                let reason = "the quotation mark that opens a cell on this line is never closed";
                let hint = "close it, and double each quotation mark that is part of the text";
                return Err(CsvError::new(opened, reason, hint));
            };
            record.text.push_str(inside);
            self.line = self.line.saturating_add(count_lines(inside));
            self.rest = rest;
            if let Some(rest) = rest.strip_prefix('"') {
                record.text.push('"');
                self.rest = rest;
                continue;
            }
            return self.cell_end().ok_or_else(|| {
                let reason = format!(
                    "`{}` follows the closing quotation mark of its cell",
                    excerpt(self.rest, self.separator)
                );
                let hint =
                    "double a quotation mark that is part of the text, or remove what follows the cell";
                CsvError::new(self.line, reason, hint)
            });
        }
    }

    /// Reads the end of a cell; `None` if something else follows.
    fn cell_end(&mut self) -> Option<CellEnd> {
        if let Some(rest) = self.rest.strip_prefix(self.separator) {
            self.rest = rest;
            return Some(CellEnd::NextCell);
        }
        (self.line_end() || self.rest.is_empty()).then_some(CellEnd::EndOfRow)
    }
}

/// The first characters up to the end of a cell, for a message.
fn excerpt(text: &str, separator: char) -> String {
    const HEAD_CHARS: usize = 40;
    let cell = text.split([separator, '\n', '\r']).next().unwrap_or_default();
    let mut excerpt: String = cell.chars().take(HEAD_CHARS).collect();
    if excerpt.len() < cell.len() {
        excerpt.push('…');
    }
    excerpt
}

/// Number of line ends in a text; CRLF counts once.
pub(super) fn count_lines(text: &str) -> u32 {
    let bytes = text.as_bytes();
    let ends = bytes.iter().enumerate().filter(|(at, byte)| match byte {
        b'\n' => true,
        b'\r' => bytes.get(at + 1) != Some(&b'\n'),
        _ => false,
    });
    u32::try_from(ends.count()).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::dataset::format::column::DatasetTable;

    fn rows_of(text: &str, separator: Separator) -> Result<Vec<(u32, String)>, ReadError> {
        let file = InputFile {
            table: DatasetTable::Names,
            name: "names.csv".into(),
        };
        let mut rows = Vec::new();
        read(
            &file,
            Path::new("names.csv"),
            text,
            separator,
            &mut |line, cells| {
                let value = match cells.cell(Field::Value) {
                    InputCell::Text(value) => value.to_string(),
                    _ => String::new(),
                };
                rows.push((line, value));
            },
        )?;
        Ok(rows)
    }

    fn lines_of(text: &str) -> Result<Vec<(u32, String)>, ReadError> {
        rows_of(text, Separator::Comma)
    }

    #[test]
    fn a_row_is_on_the_line_where_it_begins() {
        let text = "lang,value\nzh,\"a\nb\"\n\nzh,c\n";
        let rows = vec![(2, "a\nb".into()), (5, "c".into())];
        assert_eq!(lines_of(text), Ok(rows));
        let crlf = text.replace('\n', "\r\n");
        assert_eq!(lines_of(&crlf), Ok(vec![(2, "a\r\nb".into()), (5, "c".into())]));
        let cr = text.replace('\n', "\r");
        assert_eq!(lines_of(&cr), Ok(vec![(2, "a\rb".into()), (5, "c".into())]));
        assert_eq!(lines_of("value\nlast"), Ok(vec![(2, "last".into())]));
        assert_eq!(lines_of("value\n\"last\""), Ok(vec![(2, "last".into())]));
        assert_eq!(lines_of("value,lang\n,"), Ok(vec![(2, String::new())]));
    }

    #[test]
    fn another_separator_is_read_where_it_is_named() {
        assert_eq!(
            rows_of("lang;value\nzh;\"a;b\"\n", Separator::Semicolon),
            Ok(vec![(2, "a;b".into())])
        );
        assert_eq!(
            rows_of("lang\tvalue\nzh\ta,b\n", Separator::Tab),
            Ok(vec![(2, "a,b".into())])
        );
        let message = |text: &str, separator| rows_of(text, separator).unwrap_err().to_string();
        assert_eq!(
            message("lang;value\n", Separator::Comma),
            "names.csv:1: the cells are separated by a semicolon, not by a comma; run the import again with `--separator semicolon`"
        );
        assert_eq!(
            message("lang,value\n", Separator::Tab),
            "names.csv:1: the cells are separated by a comma, not by a tab; run the import again with `--separator comma`"
        );
        assert_eq!(
            message("\"lang\"\t\"value\"\n", Separator::Comma),
            "names.csv:1: the cells are separated by a tab, not by a comma; run the import again with `--separator tab`"
        );
    }

    #[test]
    fn broken_text_is_refused_with_its_line() {
        let message = |text: &str| lines_of(text).unwrap_err().to_string();
        assert_eq!(
            message("value,lang\na,zh\nb,c,d\n"),
            "names.csv:3: this row has 3 cells, but the header has 2; enclose a cell that contains a comma in quotation marks"
        );
        assert_eq!(
            message("lang,value\nzh,a\nzh,\"b\nzh,c\n"),
            "names.csv:3: the quotation mark that opens a cell on this line is never closed; close it, and double each quotation mark that is part of the text"
        );
        assert_eq!(
            message("lang,value\r\"z\rh\"x,b\r"),
            "names.csv:3: `x` follows the closing quotation mark of its cell; double a quotation mark that is part of the text, or remove what follows the cell"
        );
        assert_eq!(
            message("lang,value\nzh,a \"b\" c\n"),
            "names.csv:2: a quotation mark is inside the cell `a \"b\" c`, which does not begin with one; enclose the cell in quotation marks and double each mark in it: \"a \"\"b\"\" c\""
        );
        assert!(message("lang,value\nzh, \"b\"\n").starts_with("names.csv:2: a quotation mark is inside"));
        assert!(
            message("lang,value\nzh,\"b\" \n")
                .starts_with("names.csv:2: ` ` follows the closing quotation mark")
        );
        assert_eq!(
            message("valeu\na\n"),
            "names.csv:1: no column `valeu` in names; did you mean `value`?"
        );
        assert_eq!(
            message("value,value\n"),
            "names.csv:1: the column `value` occurs twice; remove one of the two"
        );
        assert_eq!(
            message(""),
            "names.csv:1: the file has no header; begin it with a line of column names, such as entity_id"
        );
    }

    fn cell() -> impl Strategy<Value = String> {
        let piece = prop_oneof!["\"", ",", "\n", "\r", "\r\n", "a", "昆", ";"];
        proptest::collection::vec(piece, 0..5).prop_map(|pieces| pieces.concat())
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        /// Text written by RFC 4180 is read back unchanged, and each row has its physical line.
        #[test]
        fn what_is_written_is_read(cells in proptest::collection::vec((cell(), cell()), 0..5), end in prop_oneof!["\n", "\r\n", "\r"]) {
            let quoted = |cell: &str| format!("\"{}\"", cell.replace('"', "\"\""));
            let mut text = format!("value,lang{end}");
            let mut expected = Vec::new();
            for (value, lang) in &cells {
                expected.push((1 + count_lines(&text), value.clone()));
                text.extend([quoted(value).as_str(), ",", quoted(lang).as_str(), end.as_str()]);
            }
            prop_assert_eq!(lines_of(&text), Ok(expected));
        }

        /// For any text that the strict reader accepts, it agrees with the usual reader.
        #[test]
        fn what_is_taken_is_what_any_reader_reads(pieces in proptest::collection::vec(prop_oneof!["\"", ",", "\n", "\r\n", "a", "\"\""], 0..12)) {
            let text = format!("value,lang\n{}", pieces.concat());
            if let Ok(rows) = lines_of(&text) {
                let mut usual = ::csv::ReaderBuilder::new().from_reader(text.as_bytes());
                let usual: Vec<String> = usual.records().map(|record| record.unwrap()[0].to_string()).collect();
                prop_assert_eq!(rows.into_iter().map(|(_, value)| value).collect::<Vec<_>>(), usual);
            }
        }
    }
}
