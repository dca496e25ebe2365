//! JSON Lines reader: one object a line, with the columns of the CSV file as keys. Lists are arrays. Numbers are read by their
//! digits, so that no amount passes through a binary float.

use std::path::Path;

use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;

use super::csv::nearest_column;
use crate::dataset::error::ReadError;
use crate::dataset::format::input_row::{InputCell, InputFile, RowCells};
use crate::model::field::Field;

enum JsonCell {
    Text(String),
    List(Vec<String>),
    Other(String),
}

struct JsonRow(Vec<(Field, JsonCell)>);

impl RowCells for JsonRow {
    fn cell(&self, column: Field) -> InputCell<'_> {
        match self
            .0
            .iter()
            .find(|(own, _)| *own == column)
            .map(|(_, cell)| cell)
        {
            None => InputCell::Empty,
            Some(JsonCell::Text(text)) => InputCell::Text(text),
            Some(JsonCell::List(items)) => InputCell::List(items),
            Some(JsonCell::Other(json)) => InputCell::Other(json),
        }
    }
}

/// The members of an object in order; a map would lose a duplicate key.
struct JsonMembers<'a>(Vec<(String, &'a RawValue)>);

impl<'de> Deserialize<'de> for JsonMembers<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct MembersVisitor;
        impl<'de> Visitor<'de> for MembersVisitor {
            type Value = JsonMembers<'de>;
            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("an object")
            }
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<JsonMembers<'de>, A::Error> {
                let mut members = Vec::new();
                while let Some(member) = map.next_entry()? {
                    members.push(member);
                }
                Ok(JsonMembers(members))
            }
        }
        deserializer.deserialize_map(MembersVisitor)
    }
}

/// Reads a file and passes each row to `each`, with its line.
pub(in crate::dataset) fn read(
    file: &InputFile,
    path: &Path,
    text: &str,
    each: &mut dyn FnMut(u32, &dyn RowCells),
) -> Result<(), ReadError> {
    for (line, text) in (1..).zip(lines(text)) {
        if !text.trim().is_empty() {
            each(line, &row(file, path, line, text)?);
        }
    }
    Ok(())
}

/// The lines of a text, which end in LF, CRLF or CR; JSON strings contain none of these.
fn lines(text: &str) -> impl Iterator<Item = &str> {
    let ends = text.char_indices().filter(|(at, c)| match c {
        '\n' => true,
        '\r' => !text[at + 1..].starts_with('\n'),
        _ => false,
    });
    let mut begin = 0;
    let ends = ends.map(|(at, _)| at).chain([text.len()]);
    ends.map(move |end| {
        let line = &text[begin..end];
        begin = end + 1;
        line.strip_suffix('\r').unwrap_or(line)
    })
}

fn row(file: &InputFile, path: &Path, line: u32, text: &str) -> Result<JsonRow, ReadError> {
    let path = || path.display().to_string();
    let JsonMembers(members) = serde_json::from_str(text).map_err(|error| {
        let error = error.to_string().replace(" at line 1 column ", " at character ");
        ReadError::Broken {
            path: path(),
            line,
            reason: format!("this line is not a JSON object ({error})"),
            hint: "write each row as one object on a line of its own, such as {\"id\": \"fund:angel\"}"
                .into(),
        }
    })?;
    let mut cells: Vec<(Field, JsonCell)> = Vec::with_capacity(members.len());
    let mut seen = Vec::with_capacity(members.len());
    for (name, value) in members {
        let column = file.table.column(&name).ok_or_else(|| ReadError::UnknownColumn {
            path: path(),
            line,
            column: name.clone(),
            table: file.table.name(),
            nearest: nearest_column(file, &name),
        })?;
        if seen.contains(&column) {
            return Err(ReadError::DoubleColumn {
                path: path(),
                line,
                column: name,
            });
        }
        seen.push(column);
        cells.extend(cell(value.get()).map(|cell| (column, cell)));
    }
    Ok(JsonRow(cells))
}

/// The cell for a value; `None` if it is empty.
fn cell(json: &str) -> Option<JsonCell> {
    let other = || JsonCell::Other(json.to_string());
    match json.as_bytes().first() {
        Some(b'"') => match serde_json::from_str::<String>(json) {
            Ok(text) if text.is_empty() => None,
            Ok(text) => Some(JsonCell::Text(text)),
            Err(_) => Some(other()),
        },
        Some(b'[') => match serde_json::from_str::<Vec<String>>(json) {
            Ok(items) if items.is_empty() => None,
            Ok(items) => Some(JsonCell::List(items)),
            Err(_) => Some(other()),
        },
        Some(b'-' | b'0'..=b'9') => Some(JsonCell::Text(json.to_string())),
        Some(b'n') => None,
        Some(_) | None => Some(other()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dataset::format::column::DatasetTable;

    fn first(text: &str) -> Result<Vec<String>, ReadError> {
        let file = InputFile {
            table: DatasetTable::Relations,
            name: "relations.jsonl".into(),
        };
        let mut shown = Vec::new();
        read(&file, Path::new("relations.jsonl"), text, &mut |line, cells| {
            for column in [Field::Amount, Field::Under, Field::Share] {
                shown.push(format!("{line} {:?}", cells.cell(column)));
            }
        })?;
        Ok(shown)
    }

    #[test]
    fn numbers_keep_their_digits_and_lists_are_arrays() {
        let shown =
            first("\n{\"amount\": 12345678901234567890.10, \"under\": [\"program:a\"], \"share\": null}\r\n")
                .unwrap();
        assert_eq!(
            shown,
            [
                "2 Text(\"12345678901234567890.10\")",
                "2 List([\"program:a\"])",
                "2 Empty"
            ]
        );
    }

    #[test]
    fn lines_end_in_any_way() {
        let shown = first("{}\r{}\r\n\n{\"share\": 1}\r").unwrap();
        assert_eq!(shown.last().map(String::as_str), Some("4 Text(\"1\")"));
        assert_eq!(shown.len(), 9);
    }

    #[test]
    fn broken_lines_are_refused() {
        let message = |text: &str| first(text).unwrap_err().to_string();
        assert_eq!(
            message("{\"amuont\": 1}"),
            "relations.jsonl:1: no column `amuont` in relations; did you mean `amount`?"
        );
        assert_eq!(
            message("{}\n{\"id\": \"a\", \"id\": \"b\"}"),
            "relations.jsonl:2: the column `id` occurs twice; remove one of the two"
        );
        assert!(
            message("[1]").starts_with("relations.jsonl:1: this line is not a JSON object ("),
            "{}",
            message("[1]")
        );
    }
}
