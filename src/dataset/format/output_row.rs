//! A row of a table as it is written, in either file format.

use crate::model::field::Field;

/// The content of a cell that is written.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::dataset) enum OutputCell {
    Empty,
    Text(String),
    List(Vec<String>),
}

impl OutputCell {
    pub(in crate::dataset) fn text(text: Option<&str>) -> Self {
        text.filter(|text| !text.is_empty())
            .map_or(Self::Empty, |text| Self::Text(text.to_string()))
    }

    pub(in crate::dataset) fn display(value: Option<impl std::fmt::Display>) -> Self {
        value.map_or(Self::Empty, |value| Self::Text(value.to_string()))
    }

    pub(in crate::dataset) fn list<T: std::fmt::Display>(items: &[T]) -> Self {
        let items: Vec<String> = items.iter().map(ToString::to_string).collect();
        if items.is_empty() {
            Self::Empty
        } else {
            Self::List(items)
        }
    }
}

/// A row that is written; columns that are not named are empty.
pub(in crate::dataset) type OutputRow = Vec<(Field, OutputCell)>;
