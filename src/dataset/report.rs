//! The report of a rejected import. It lists every wrong cell, so that one run is enough to correct the files.

use std::collections::BTreeSet;
use std::fmt;

use serde::Serialize;

use crate::model::free_text::visible;

/// Number of characters of a value that the readable form shows.
const VALUE_CHARS_MAX: usize = 80;

/// A rejected cell.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Rejection {
    /// The file, relative to the data set.
    pub file: String,
    /// The line on which the row begins; the header is on line 1. `None` if the problem is not in a row.
    pub line: Option<u32>,
    /// The name of the column, or of the setting in `dataset.toml`.
    pub column: String,
    /// The value of the cell, in full; empty if the cell is empty.
    pub value: String,
    /// What is wrong with it.
    pub reason: String,
    /// What to do about it.
    pub hint: String,
}

/// The rejected cells of one data set. `Display` gives the form for people, in which long values are cut;
/// [`Report::json_lines`] gives the form for programs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Report {
    /// The id of the data set.
    pub dataset: String,
    /// The cells, in the order of the files and their lines.
    pub rejections: Vec<Rejection>,
}

impl Report {
    /// Number of rows with a rejected cell.
    pub fn row_count(&self) -> usize {
        // Several cells of one row count once. A problem without a line, as of `dataset.toml`, counts once a value.
        let row = |rejection: &'_ Rejection| {
            (
                rejection.file.clone(),
                rejection.line.ok_or(rejection.value.clone()),
            )
        };
        self.rejections.iter().map(row).collect::<BTreeSet<_>>().len()
    }

    /// The rejections as JSON Lines: one object for each, with the members `file`, `line`, `column`, `value`, `reason`
    /// and `hint`.
    pub fn json_lines(&self) -> String {
        let line = |rejection: &Rejection| {
            serde_json::to_string(rejection)
                .map(|line| line + "\n")
                .unwrap_or_default()
        };
        self.rejections.iter().map(line).collect()
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let count = self.row_count();
        let rows = if count == 1 { "row" } else { "rows" };
        writeln!(
            f,
            "{}: {count} {rows} rejected, nothing of this data set was written",
            self.dataset
        )?;
        self.rejections
            .iter()
            .try_for_each(|rejection| writeln!(f, "{rejection}"))
    }
}

impl fmt::Display for Rejection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.file)?;
        if let Some(line) = self.line {
            write!(f, ":{line}")?;
        }
        if self.value.is_empty() {
            write!(f, "  {} is empty", self.column)?;
        } else {
            write!(f, "  {} = {}", self.column, display_value(&self.value))?;
        }
        write!(f, "\n    {} → {}", self.reason, self.hint)
    }
}

/// A value on one line, truncated if it is long; invisible and bidirectional characters become `<U+202E>`.
pub(super) fn display_value(value: &str) -> String {
    let flat = visible(&value.replace("\r\n", "⏎").replace(['\n', '\r'], "⏎"));
    if flat.chars().count() <= VALUE_CHARS_MAX {
        return flat;
    }
    let head: String = flat.chars().take(VALUE_CHARS_MAX).collect();
    head + "…"
}
