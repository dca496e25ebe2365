//! Answers as text tables: one for each list, and single values as lines before them.

use std::fmt::Write as _;
use std::io::IsTerminal as _;

use clap::ValueEnum;
use serde_json::Value;
use unicode_width::{UnicodeWidthChar as _, UnicodeWidthStr as _};

/// Maximum width of an inner list in a cell; the JSON output has all of it.
const CELL_WIDTH_MAX: usize = 60;

/// The output format of a command.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum OutputFormat {
    Json,
    Table,
}

impl OutputFormat {
    /// The default: a table on a terminal, otherwise JSON.
    pub(super) fn for_stdout() -> Self {
        if std::io::stdout().is_terminal() {
            Self::Table
        } else {
            Self::Json
        }
    }
}

/// The data of an answer as lines and tables.
pub(super) fn tables(data: &Value) -> String {
    let (mut lines, mut lists) = (Vec::new(), Vec::new());
    walk("", data, &mut lines, &mut lists);
    let mut text = String::new();
    let longest = lines.iter().map(|(name, _)| name.width()).max().unwrap_or(0);
    for (name, value) in &lines {
        let _ = writeln!(text, "{}  {value}", padded(name, longest));
    }
    for (name, rows) in lists {
        if !text.is_empty() {
            text.push('\n');
        }
        let _ = writeln!(text, "{name} ({})", rows.len());
        text.push_str(&table(rows));
    }
    text
}

fn walk<'a>(
    name: &str,
    value: &'a Value,
    lines: &mut Vec<(String, String)>,
    lists: &mut Vec<(String, &'a [Value])>,
) {
    match value {
        Value::Object(fields) => {
            for (field, inner) in fields {
                let path = if name.is_empty() {
                    field.clone()
                } else {
                    format!("{name}.{field}")
                };
                walk(&path, inner, lines, lists);
            }
        }
        Value::Array(rows) => lists.push((name.to_string(), rows)),
        single => lines.push((name.to_string(), cell(single))),
    }
}

/// A list as a table, with the columns in the order of the rows.
fn table(rows: &[Value]) -> String {
    let rows: Vec<Vec<(String, String)>> = rows.iter().map(columns).collect();
    let mut names: Vec<&str> = Vec::new();
    for (name, _) in rows.iter().flatten() {
        if !names.contains(&name.as_str()) {
            names.push(name);
        }
    }
    let mut lines: Vec<Vec<&str>> = vec![names.clone()];
    for row in &rows {
        let find = |name: &&str| row.iter().find(|(known, _)| known == name);
        lines.push(
            names
                .iter()
                .map(|name| find(name).map_or("", |(_, cell)| cell.as_str()))
                .collect(),
        );
    }
    let widths: Vec<usize> = (0..names.len())
        .map(|at| {
            let cells = lines.iter().filter_map(|line| line.get(at));
            cells.map(|cell| cell.width()).max().unwrap_or(0)
        })
        .collect();
    let mut text = String::new();
    for line in lines {
        let cells = line.iter().zip(&widths).map(|(cell, width)| padded(cell, *width));
        let line = cells.collect::<Vec<_>>().join("  ");
        let _ = writeln!(text, "  {}", line.trim_end());
    }
    text
}

fn columns(row: &Value) -> Vec<(String, String)> {
    let (mut lines, mut lists) = (Vec::new(), Vec::new());
    walk("", row, &mut lines, &mut lists);
    let inner = lists
        .into_iter()
        .map(|(name, list)| (name, cut(&list.iter().map(cell).collect::<Vec<_>>().join("; "))));
    lines.extend(inner);
    lines
}

/// A value on one line: an object as its values, without names.
fn cell(value: &Value) -> String {
    match value {
        Value::Null => "–".into(),
        Value::String(text) => text.replace(char::is_control, " "),
        Value::Object(fields) => fields.values().map(cell).collect::<Vec<_>>().join(" "),
        Value::Array(items) => items.iter().map(cell).collect::<Vec<_>>().join("; "),
        number => number.to_string(),
    }
}

fn cut(text: &str) -> String {
    let mut room = CELL_WIDTH_MAX;
    for (at, c) in text.char_indices() {
        let wide = c.width().unwrap_or(0);
        if wide > room {
            return format!("{}…", &text[..at]);
        }
        room -= wide;
    }
    text.to_string()
}

fn padded(text: &str, to: usize) -> String {
    format!("{text}{}", " ".repeat(to.saturating_sub(text.width())))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn single_values_come_first_then_each_list_aligned() {
        let data = json!({ "flow": {
            "total": { "min": "0", "max": null },
            "rows": [
                { "entity": { "name": "母基金" }, "kinds": ["A", "B"], "n": 1 },
                { "entity": { "name": "ab" }, "kinds": [], "n": 22 },
            ],
        } });
        let expected = "\
flow.total.min  0
flow.total.max  –

flow.rows (2)
  entity.name  n   kinds
  母基金       1   A; B
  ab           22
";
        assert_eq!(tables(&data), expected);
    }

    #[test]
    fn a_long_list_within_a_row_is_cut_and_says_so() {
        let text = cut(&"沪".repeat(40));
        assert_eq!(text, format!("{}…", "沪".repeat(30)));
    }
}
