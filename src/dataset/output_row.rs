//! A row of a table as it is written, in either file format.

use super::column::DatasetColumn;

/// The content of a cell that is written.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum OutputCell {
    Empty,
    Text(String),
    List(Vec<String>),
}

impl OutputCell {
    pub(super) fn text(text: Option<&str>) -> Self {
        text.filter(|text| !text.is_empty())
            .map_or(Self::Empty, |text| Self::Text(text.to_string()))
    }

    pub(super) fn display(value: Option<impl std::fmt::Display>) -> Self {
        value.map_or(Self::Empty, |value| Self::Text(value.to_string()))
    }

    pub(super) fn list<T: std::fmt::Display>(items: &[T]) -> Self {
        let items: Vec<String> = items.iter().map(ToString::to_string).collect();
        if items.is_empty() {
            Self::Empty
        } else {
            Self::List(items)
        }
    }
}

/// A row that is written; columns that are not named are empty.
pub(super) type OutputRow = Vec<(DatasetColumn, OutputCell)>;
