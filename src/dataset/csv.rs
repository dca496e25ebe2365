//! CSV by RFC 4180, strictly: UTF-8 with a header. A byte-order mark, lines that end in LF, CRLF or CR, blank lines between rows, and
//! columns in any order are fine; a quotation mark where none can be is an error with its line, never mended in silence.

use std::path::Path;

use super::column::Column;
use super::error::ReadError;
use super::formula;
use super::row::{Cell, Cells, File};
use crate::service::least_far;

const NOWHERE: u16 = u16::MAX;

/// What stands between the cells of a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Separator {
    /// As the format has it.
    Comma,
    /// As spreadsheets write it where the comma stands in numbers.
    Semicolon,
    /// As in TSV.
    Tab,
}

impl Separator {
    const ALL: [Self; 3] = [Self::Comma, Self::Semicolon, Self::Tab];

    /// Its name on the command line and in messages.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Comma => "comma",
            Self::Semicolon => "semicolon",
            Self::Tab => "tab",
        }
    }

    /// Reads a name, or the character itself.
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

/// The cells of one row: their text in a row, and where each ends.
#[derive(Default)]
struct Record {
    text: String,
    ends: Vec<usize>,
}

impl Record {
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
    places: &'a [u16; Column::COUNT],
    record: &'a Record,
}

impl Cells for CsvRow<'_> {
    fn cell(&self, column: Column) -> Cell<'_> {
        match self.record.get(usize::from(self.places[column as usize])) {
            None | Some("") => Cell::Empty,
            Some(text) => Cell::Text(formula::unescape(text)),
        }
    }
}

/// Reads a file row by row, each with the line on which it begins.
pub(super) fn read(
    file: &File,
    path: &Path,
    text: &str,
    separator: Separator,
    each: &mut dyn FnMut(u32, &dyn Cells),
) -> Result<(), ReadError> {
    let broken = |fault: Fault| ReadError::Broken {
        path: path.display().to_string(),
        line: fault.line,
        reason: fault.reason,
        hint: fault.hint,
    };
    let mut scanner = Scanner {
        rest: text,
        line: 1,
        separator: separator.character(),
    };
    let mut record = Record::default();
    let first = text.split(['\n', '\r']).next().unwrap_or_default();
    let header_line =
        scanner
            .next(&mut record)
            .map_err(|fault| match other_separator(file, separator, first) {
                Some(found) => separated(path, fault.line, separator, found),
                None => broken(fault),
            })?;
    let Some(line) = header_line else {
        let hint = format!(
            "begin it with a line of column names, as {}",
            file.table.columns()[0].name()
        );
        return Err(broken(Fault::new(1, "the file has no header", hint)));
    };
    let (places, count) = (header(file, path, line, separator, &record)?, record.ends.len());
    while let Some(line) = scanner.next(&mut record).map_err(broken)? {
        if record.ends.len() != count {
            let reason = format!("this row has {} cells, the header {count}", record.ends.len());
            let hint = format!("put a cell that holds a {} in quotation marks", separator.name());
            return Err(broken(Fault::new(line, reason, hint)));
        }
        let (places, record) = (&places, &record);
        each(line, &CsvRow { places, record });
    }
    Ok(())
}

fn header(
    file: &File,
    path: &Path,
    line: u32,
    separator: Separator,
    record: &Record,
) -> Result<[u16; Column::COUNT], ReadError> {
    let shown = || path.display().to_string();
    let mut places = [NOWHERE; Column::COUNT];
    for (place, name) in record.iter().enumerate() {
        let column = file
            .table
            .column(name)
            .ok_or_else(|| match other_separator(file, separator, name) {
                Some(found) => separated(path, line, separator, found),
                None => ReadError::UnknownColumn {
                    path: shown(),
                    line,
                    column: name.into(),
                    table: file.table.name(),
                    nearest: nearest_column(file, name),
                },
            })?;
        if places[column as usize] != NOWHERE {
            return Err(ReadError::DoubleColumn {
                path: shown(),
                line,
                column: name.into(),
            });
        }
        places[column as usize] = u16::try_from(place).unwrap_or(NOWHERE);
    }
    Ok(places)
}

fn separated(path: &Path, line: u32, separator: Separator, found: Separator) -> ReadError {
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

/// The separator that makes columns of the table out of what was taken for one column.
fn other_separator(file: &File, separator: Separator, name: &str) -> Option<Separator> {
    Separator::ALL.into_iter().find(|other| {
        let mut parts = name.split(other.character()).map(|part| part.trim_matches('"'));
        *other != separator
            && name.contains(other.character())
            && parts.any(|part| file.table.column(part).is_some())
    })
}

/// The column of the table that is spelled most like a name.
pub(super) fn nearest_column(file: &File, name: &str) -> String {
    let names = file.table.columns().iter().map(|column| column.name());
    least_far(name, names).unwrap_or_default().to_string()
}

/// A breach of the format.
struct Fault {
    line: u32,
    reason: String,
    hint: String,
}

impl Fault {
    fn new(line: u32, reason: impl Into<String>, hint: impl Into<String>) -> Self {
        Self {
            line,
            reason: reason.into(),
            hint: hint.into(),
        }
    }
}

/// Takes a text apart, row by row.
struct Scanner<'a> {
    /// What is not read yet.
    rest: &'a str,
    /// The line on which it begins.
    line: u32,
    separator: char,
}

/// What stands behind a cell.
enum Behind {
    Cell,
    Row,
}

impl Scanner<'_> {
    /// Reads the next row, and gives the line on which it begins; none at the end of the text.
    fn next(&mut self, record: &mut Record) -> Result<Option<u32>, Fault> {
        record.clear();
        while self.line_end() {}
        if self.rest.is_empty() {
            return Ok(None);
        }
        let line = self.line;
        loop {
            let behind = match self.rest.strip_prefix('"') {
                Some(inside) => {
                    self.rest = inside;
                    self.quoted(record)?
                }
                None => self.plain(record)?,
            };
            record.end_cell();
            if matches!(behind, Behind::Row) {
                return Ok(Some(line));
            }
        }
    }

    /// Reads the end of a line, if one stands here.
    fn line_end(&mut self) -> bool {
        let ends = ["\r\n", "\n", "\r"];
        let Some(rest) = ends.iter().find_map(|end| self.rest.strip_prefix(end)) else {
            return false;
        };
        self.rest = rest;
        self.line = self.line.saturating_add(1);
        true
    }

    fn plain(&mut self, record: &mut Record) -> Result<Behind, Fault> {
        let separator = self.separator;
        let end = self.rest.find([separator, '"', '\n', '\r']);
        let (cell, rest) = self.rest.split_at(end.unwrap_or(self.rest.len()));
        if rest.starts_with('"') {
            let reason = format!(
                "a quotation mark stands inside the cell `{}`, which does not begin with one",
                head(self.rest, separator)
            );
            let hint = "put the cell in quotation marks and write each mark in it twice: \"a \"\"b\"\" c\"";
            return Err(Fault::new(self.line, reason, hint));
        }
        record.text.push_str(cell);
        self.rest = rest;
        Ok(self.behind().unwrap_or(Behind::Row))
    }

    /// Reads a cell behind its first quotation mark.
    fn quoted(&mut self, record: &mut Record) -> Result<Behind, Fault> {
        let opened = self.line;
        loop {
            let Some((inside, rest)) = self.rest.split_once('"') else {
                let reason = "the quotation mark that opens a cell on this line is never closed";
                let hint = "close it; a quotation mark that is part of the text is written twice";
                return Err(Fault::new(opened, reason, hint));
            };
            record.text.push_str(inside);
            self.line = self.line.saturating_add(lines_in(inside));
            self.rest = rest;
            if let Some(rest) = rest.strip_prefix('"') {
                record.text.push('"');
                self.rest = rest;
                continue;
            }
            return self.behind().ok_or_else(|| {
                let reason = format!("`{}` stands behind the quotation mark that closes its cell", head(self.rest, self.separator));
                let hint = "write a quotation mark that is part of the text twice, or take away what stands behind the cell";
                Fault::new(self.line, reason, hint)
            });
        }
    }

    /// Reads what ends a cell; none where something else stands here.
    fn behind(&mut self) -> Option<Behind> {
        if let Some(rest) = self.rest.strip_prefix(self.separator) {
            self.rest = rest;
            return Some(Behind::Cell);
        }
        (self.line_end() || self.rest.is_empty()).then_some(Behind::Row)
    }
}

/// The first characters up to the end of a cell, for a message.
fn head(text: &str, separator: char) -> String {
    const HEAD_CHARS: usize = 40;
    let cell = text.split([separator, '\n', '\r']).next().unwrap_or_default();
    let mut head: String = cell.chars().take(HEAD_CHARS).collect();
    if head.len() < cell.len() {
        head.push('…');
    }
    head
}

/// How many lines end in a text; CRLF ends one.
pub(super) fn lines_in(text: &str) -> u32 {
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
    use crate::dataset::column::Table;

    fn rows_of(text: &str, separator: Separator) -> Result<Vec<(u32, String)>, ReadError> {
        let file = File {
            table: Table::Names,
            name: "names.csv".into(),
        };
        let mut rows = Vec::new();
        read(
            &file,
            Path::new("names.csv"),
            text,
            separator,
            &mut |line, cells| {
                let value = match cells.cell(Column::Value) {
                    Cell::Text(value) => value.to_string(),
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
            "names.csv:3: this row has 3 cells, the header 2; put a cell that holds a comma in quotation marks"
        );
        assert_eq!(
            message("lang,value\nzh,a\nzh,\"b\nzh,c\n"),
            "names.csv:3: the quotation mark that opens a cell on this line is never closed; close it; a quotation mark that is part of the text is written twice"
        );
        assert_eq!(
            message("lang,value\r\"z\rh\"x,b\r"),
            "names.csv:3: `x` stands behind the quotation mark that closes its cell; write a quotation mark that is part of the text twice, or take away what stands behind the cell"
        );
        assert_eq!(
            message("lang,value\nzh,a \"b\" c\n"),
            "names.csv:2: a quotation mark stands inside the cell `a \"b\" c`, which does not begin with one; put the cell in quotation marks and write each mark in it twice: \"a \"\"b\"\" c\""
        );
        assert!(
            message("lang,value\nzh, \"b\"\n").starts_with("names.csv:2: a quotation mark stands inside")
        );
        assert!(message("lang,value\nzh,\"b\" \n").starts_with("names.csv:2: ` ` stands behind"));
        assert_eq!(
            message("valeu\na\n"),
            "names.csv:1: no column `valeu` in names; the nearest is `value`"
        );
        assert_eq!(
            message("value,value\n"),
            "names.csv:1: the column `value` stands twice; take one of the two away"
        );
        assert_eq!(
            message(""),
            "names.csv:1: the file has no header; begin it with a line of column names, as entity_id"
        );
    }

    fn cell() -> impl Strategy<Value = String> {
        let piece = prop_oneof!["\"", ",", "\n", "\r", "\r\n", "a", "昆", ";"];
        proptest::collection::vec(piece, 0..5).prop_map(|pieces| pieces.concat())
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        /// What a writer of RFC 4180 writes is read as it was, and each row on its physical line.
        #[test]
        fn what_is_written_is_read(cells in proptest::collection::vec((cell(), cell()), 0..5), end in prop_oneof!["\n", "\r\n", "\r"]) {
            let quoted = |cell: &str| format!("\"{}\"", cell.replace('"', "\"\""));
            let mut text = format!("value,lang{end}");
            let mut expected = Vec::new();
            for (value, lang) in &cells {
                expected.push((1 + lines_in(&text), value.clone()));
                text.extend([quoted(value).as_str(), ",", quoted(lang).as_str(), end.as_str()]);
            }
            prop_assert_eq!(lines_of(&text), Ok(expected));
        }

        /// Whatever the text, a strict reader and the usual one agree where the strict one takes it.
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
