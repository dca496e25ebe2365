//! One row, cell by cell. A cell that cannot be read is reported and the row goes on, so that one run finds all.

use super::cell;
use super::column::{Column, Table};
use super::report::Rejection;
use crate::model::Decimal;
use crate::model::free_text::visible;
use crate::model::id::EntityId;
use crate::model::period::{PartialDate, Validity};
use crate::model::refusal::Refusal;
use crate::service::suggest;

/// Why an empty cell is refused.
const EMPTY: &str = "this cell cannot be empty";

/// What to write in a cell that cannot be empty.
fn needed(column: Column) -> &'static str {
    match column {
        Column::Id => "give the record an id, as fund:angel",
        Column::SourceId => "name the source that says so, by its id in sources.csv",
        Column::Title => "write the title as the source has it",
        Column::FromId | Column::ToId | Column::EntityId | Column::BearerId => {
            "write the id of an entity, as fund:angel"
        }
        Column::SubjectId => "write the id of the record that the statement is about",
        Column::Indicator => "name what was observed, as COMMUTERS_GROWTH",
        Column::Part => "number the parts 1, 2, …",
        Column::Value => "write the name as the source has it",
        Column::Lang => "write zh, en, zh-Latn …",
        _ => "write a value",
    }
}

/// What stands in a cell.
#[derive(Clone, Copy, Debug)]
pub(super) enum Cell<'a> {
    /// Nothing.
    Empty,
    /// A text; of a list column, its items with `|` between them.
    Text(&'a str),
    /// The items of a JSON array.
    List(&'a [String]),
    /// JSON that is neither text, number nor list of texts.
    Other(&'a str),
}

/// The cells of one row, whatever the format.
pub(super) trait Cells {
    fn cell(&self, column: Column) -> Cell<'_>;
}

/// Where rows come from: one file.
#[derive(Clone, Debug)]
pub(super) struct File {
    pub(super) table: Table,
    pub(super) name: String,
}

/// A row being read.
pub(super) struct Row<'a> {
    pub(super) file: &'a File,
    pub(super) line: u32,
    cells: &'a dyn Cells,
    rejections: &'a mut Vec<Rejection>,
    rejected: bool,
}

impl<'a> Row<'a> {
    pub(super) fn new(
        file: &'a File,
        line: u32,
        cells: &'a dyn Cells,
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

    /// Whether a cell of it was rejected.
    pub(super) fn is_rejected(&self) -> bool {
        self.rejected
    }

    /// Rejects a cell.
    pub(super) fn reject(
        &mut self,
        column: Column,
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
    pub(super) fn is_empty(&self, column: Column) -> bool {
        matches!(self.cells.cell(column), Cell::Empty)
    }

    /// What stands in a cell, as far as it is one text.
    pub(super) fn raw(&mut self, column: Column) -> Option<&'a str> {
        let cells: &'a dyn Cells = self.cells;
        match cells.cell(column) {
            Cell::Empty => None,
            Cell::Text(text) => Some(text),
            Cell::List(items) => {
                self.reject(
                    column,
                    &items.join("|"),
                    "a list cannot stand here",
                    "write one text",
                );
                None
            }
            Cell::Other(json) => {
                self.reject(
                    column,
                    json,
                    "this cannot stand here",
                    "write a text, or a number",
                );
                None
            }
        }
    }

    /// A free text, as it stands.
    pub(super) fn text(&mut self, column: Column) -> Option<String> {
        self.raw(column).map(str::to_string)
    }

    /// Reads a cell; an empty one is none, one that cannot be read is rejected.
    pub(super) fn read<T, E: Into<Refusal>>(
        &mut self,
        column: Column,
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

    /// Reads a cell that must not be empty.
    pub(super) fn need<T, E: Into<Refusal>>(
        &mut self,
        column: Column,
        parse: impl FnOnce(&str) -> Result<T, E>,
    ) -> Option<T> {
        if self.is_empty(column) {
            self.reject(column, "", EMPTY, needed(column));
            return None;
        }
        self.read(column, parse)
    }

    /// A free text that must not be empty.
    pub(super) fn need_text(&mut self, column: Column) -> Option<String> {
        self.need(column, |text| Ok::<_, Refusal>(text.to_string()))
    }

    /// Reads one of a few spellings, and suggests the nearest.
    pub(super) fn one_of<T: Copy>(
        &mut self,
        column: Column,
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

    /// Reads one of a few spellings that must not be missing.
    pub(super) fn need_one_of<T: Copy>(
        &mut self,
        column: Column,
        all: &'static [T],
        name: impl Fn(T) -> &'static str,
    ) -> Option<T> {
        if self.is_empty(column) {
            let names = all
                .iter()
                .map(|value| name(*value))
                .collect::<Vec<_>>()
                .join(", ");
            self.reject(column, "", EMPTY, format!("one of {names}"));
            return None;
        }
        self.one_of(column, all, name)
    }

    /// Reads a decimal.
    pub(super) fn decimal(&mut self, column: Column) -> Option<Decimal> {
        self.read(column, cell::parse_decimal)
    }

    /// Reads a date.
    pub(super) fn date(&mut self, column: Column) -> Option<PartialDate> {
        self.read(column, PartialDate::parse)
    }

    /// Reads `valid_from` and `valid_to`.
    pub(super) fn validity(&mut self) -> Validity {
        let (from, to) = (self.date(Column::ValidFrom), self.date(Column::ValidTo));
        Validity::new(from, to).unwrap_or_else(|error| {
            let value = self.raw(Column::ValidTo).unwrap_or_default();
            let Refusal { reason, hint } = error.into();
            self.reject(Column::ValidTo, value, reason, hint);
            Validity::default()
        })
    }

    /// Reads an entity's id that must not be missing.
    pub(super) fn need_entity(&mut self, column: Column) -> Option<EntityId> {
        self.need(column, EntityId::parse)
    }

    /// Reads a list; an item that cannot be read is rejected.
    pub(super) fn list<T, E: Into<Refusal>>(
        &mut self,
        column: Column,
        parse: impl Fn(&str) -> Result<T, E>,
    ) -> Vec<T> {
        let cells: &'a dyn Cells = self.cells;
        let items: Vec<&'a str> = match cells.cell(column) {
            Cell::Empty => return Vec::new(),
            Cell::Text(text) => text.split('|').collect(),
            Cell::List(items) => items.iter().map(String::as_str).collect(),
            Cell::Other(json) => {
                self.reject(column, json, "this cannot stand here", "write an array of texts");
                return Vec::new();
            }
        };
        let mut values = Vec::with_capacity(items.len());
        for item in &items {
            if item.is_empty() {
                let (reason, hint) = ("an item of a list cannot be empty", "leave it out");
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
    pub(super) fn texts(&mut self, column: Column) -> Vec<String> {
        self.list(column, |item| Ok::<_, Refusal>(item.to_string()))
    }
}
