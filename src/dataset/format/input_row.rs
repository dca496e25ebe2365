//! Reads one row, cell by cell. A cell that cannot be read is rejected and reading continues, so that one run finds all problems.

use super::cell;
use super::column::DatasetTable;
use crate::dataset::report::Rejection;
use crate::model::Decimal;
use crate::model::field::Field;
use crate::model::free_text::visible;
use crate::model::id::EntityId;
use crate::model::partial_date::PartialDate;
use crate::model::period::Validity;
use crate::model::refusal::Refusal;
use crate::service::suggest;

/// Reason for rejecting an empty cell.
const EMPTY_REASON: &str = "this cell cannot be empty";

/// Hint for a cell that cannot be empty.
fn empty_cell_hint(column: Field) -> &'static str {
    match column {
        Field::Id => "give the record an id, such as fund:angel",
        Field::SourceId => "write the id of the source that states this, as in sources.csv",
        Field::Title => "write the title as it appears in the source",
        Field::FromId | Field::ToId | Field::EntityId | Field::BearerId => {
            "write the id of an entity, such as fund:angel"
        }
        Field::SubjectId => "write the id of the record that the statement is about",
        Field::Indicator => "name the indicator that was observed, such as COMMUTERS_GROWTH",
        Field::Part => "number the parts 1, 2, …",
        Field::Value => "write the name as it appears in the source",
        Field::Lang => "write a language tag such as zh, en or zh-Latn",
        _ => "write a value",
    }
}

/// The content of a cell.
#[derive(Clone, Copy, Debug)]
pub(in crate::dataset) enum InputCell<'a> {
    /// Nothing.
    Empty,
    /// A text; in a list column, the items separated by `|`.
    Text(&'a str),
    /// The items of a JSON array.
    List(&'a [String]),
    /// JSON that is not a text, a number or a list of texts.
    Other(&'a str),
}

/// Access to the cells of one row, in any format.
pub(in crate::dataset) trait RowCells {
    fn cell(&self, column: Field) -> InputCell<'_>;
}

/// A file of a data set.
#[derive(Clone, Debug)]
pub(in crate::dataset) struct InputFile {
    pub(in crate::dataset) table: DatasetTable,
    pub(in crate::dataset) name: String,
}

/// A row with the rejections of its cells.
pub(in crate::dataset) struct RowReader<'a> {
    pub(in crate::dataset) file: &'a InputFile,
    pub(in crate::dataset) line: u32,
    cells: &'a dyn RowCells,
    rejections: &'a mut Vec<Rejection>,
    rejected: bool,
}

impl<'a> RowReader<'a> {
    pub(in crate::dataset) fn new(
        file: &'a InputFile,
        line: u32,
        cells: &'a dyn RowCells,
        rejections: &'a mut Vec<Rejection>,
    ) -> Self {
        Self {
            file,
            line,
            cells,
            rejections,
            rejected: false,
        }
    }

    /// Whether one of its cells was rejected.
    pub(in crate::dataset) fn is_rejected(&self) -> bool {
        self.rejected
    }

    /// Rejects a cell.
    pub(in crate::dataset) fn reject(
        &mut self,
        column: Field,
        value: &str,
        reason: impl Into<String>,
        hint: impl Into<String>,
    ) {
        self.rejected = true;
        self.rejections.push(Rejection {
            file: self.file.name.clone(),
            line: Some(self.line),
            column: column.name().to_string(),
            value: value.to_string(),
            reason: reason.into(),
            hint: hint.into(),
        });
    }

    /// Whether a cell is empty.
    pub(in crate::dataset) fn is_empty(&self, column: Field) -> bool {
        matches!(self.cells.cell(column), InputCell::Empty)
    }

    /// The text of a cell; rejects a list and other JSON.
    pub(in crate::dataset) fn raw(&mut self, column: Field) -> Option<&'a str> {
        let cells: &'a dyn RowCells = self.cells;
        match cells.cell(column) {
            InputCell::Empty => None,
            InputCell::Text(text) => Some(text),
            InputCell::List(items) => {
                self.reject(
                    column,
                    &items.join("|"),
                    "a list is not valid here (expected a single text)",
                    "write a single text",
                );
                None
            }
            InputCell::Other(json) => {
                self.reject(
                    column,
                    json,
                    "this JSON value is not valid here (expected a text or a number)",
                    "write a text or a number",
                );
                None
            }
        }
    }

    /// A free text.
    pub(in crate::dataset) fn text(&mut self, column: Field) -> Option<String> {
        self.raw(column).map(str::to_string)
    }

    /// Parses a cell; `None` if it is empty or was rejected.
    pub(in crate::dataset) fn read<T, E: Into<Refusal>>(
        &mut self,
        column: Field,
        parse: impl FnOnce(&str) -> Result<T, E>,
    ) -> Option<T> {
        let text = self.raw(column)?;
        match parse(text) {
            Ok(value) => Some(value),
            Err(error) => {
                let Refusal { reason, hint } = error.into();
                self.reject(column, text, reason, hint);
                None
            }
        }
    }

    /// Parses a cell; rejects an empty one.
    pub(in crate::dataset) fn required<T, E: Into<Refusal>>(
        &mut self,
        column: Field,
        parse: impl FnOnce(&str) -> Result<T, E>,
    ) -> Option<T> {
        if self.is_empty(column) {
            self.reject(column, "", EMPTY_REASON, empty_cell_hint(column));
            return None;
        }
        self.read(column, parse)
    }

    /// A free text; rejects an empty cell.
    pub(in crate::dataset) fn required_text(&mut self, column: Field) -> Option<String> {
        self.required(column, |text| Ok::<_, Refusal>(text.to_string()))
    }

    /// Parses an enumerated value; rejects others with the nearest one as a hint.
    pub(in crate::dataset) fn choice<T: Copy>(
        &mut self,
        column: Field,
        all: &'static [T],
        name: impl Fn(T) -> &'static str,
    ) -> Option<T> {
        let text = self.raw(column)?;
        if let Some(value) = all.iter().find(|value| name(**value) == text) {
            return Some(*value);
        }
        let hint = suggest(text, all.iter().map(|value| name(*value)));
        self.reject(
            column,
            text,
            format!(
                "`{}` is not a valid {}",
                visible(text),
                column.name().replace('_', " ")
            ),
            hint,
        );
        None
    }

    /// Parses an enumerated value; rejects an empty cell.
    pub(in crate::dataset) fn required_choice<T: Copy>(
        &mut self,
        column: Field,
        all: &'static [T],
        name: impl Fn(T) -> &'static str,
    ) -> Option<T> {
        if self.is_empty(column) {
            let names = all
                .iter()
                .map(|value| name(*value))
                .collect::<Vec<_>>()
                .join(", ");
            self.reject(column, "", EMPTY_REASON, format!("one of {names}"));
            return None;
        }
        self.choice(column, all, name)
    }

    /// Reads a decimal.
    pub(in crate::dataset) fn decimal(&mut self, column: Field) -> Option<Decimal> {
        self.read(column, cell::parse_decimal)
    }

    /// Reads a date.
    pub(in crate::dataset) fn date(&mut self, column: Field) -> Option<PartialDate> {
        self.read(column, PartialDate::parse)
    }

    /// Reads `valid_from` and `valid_to`.
    pub(in crate::dataset) fn validity(&mut self) -> Validity {
        let (from, to) = (self.date(Field::ValidFrom), self.date(Field::ValidTo));
        Validity::new(from, to).unwrap_or_else(|error| {
            let value = self.raw(Field::ValidTo).unwrap_or_default();
            let Refusal { reason, hint } = error.into();
            self.reject(Field::ValidTo, value, reason, hint);
            Validity::default()
        })
    }

    /// Reads an entity's id; rejects an empty cell.
    pub(in crate::dataset) fn required_entity(&mut self, column: Field) -> Option<EntityId> {
        self.required(column, EntityId::parse)
    }

    /// Reads a list; rejects each item that cannot be parsed.
    pub(in crate::dataset) fn list<T, E: Into<Refusal>>(
        &mut self,
        column: Field,
        parse: impl Fn(&str) -> Result<T, E>,
    ) -> Vec<T> {
        let cells: &'a dyn RowCells = self.cells;
        let items: Vec<&'a str> = match cells.cell(column) {
            InputCell::Empty => return Vec::new(),
            InputCell::Text(text) => text.split('|').collect(),
            InputCell::List(items) => items.iter().map(String::as_str).collect(),
            InputCell::Other(json) => {
                let reason = "this JSON value is not valid here (expected an array of texts)";
                self.reject(column, json, reason, "write an array of texts");
                return Vec::new();
            }
        };
        let mut values = Vec::with_capacity(items.len());
        for item in &items {
            if item.is_empty() {
                let (reason, hint) = ("a list item cannot be empty", "leave it out");
                self.reject(column, &items.join("|"), reason, hint);
                continue;
            }
            match parse(item) {
                Ok(value) => values.push(value),
                Err(error) => {
                    let Refusal { reason, hint } = error.into();
                    self.reject(column, item, reason, hint);
                }
            }
        }
        values
    }

    /// Reads a list of texts.
    pub(in crate::dataset) fn texts(&mut self, column: Field) -> Vec<String> {
        self.list(column, |item| Ok::<_, Refusal>(item.to_string()))
    }
}
