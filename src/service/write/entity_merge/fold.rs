//! Folds records that become duplicates when their entities are merged: they become one record with the evidence of both.
//!
//! Records without an amount are duplicates if they are equal. Two equal amounts may be two payments, so records with an amount
//! are duplicates only if they rest on the same words of the same source.

use std::collections::HashMap;

use super::combine::add_statements;
use crate::model::quantity::Quantity;
use crate::model::record::Observation;
use crate::model::relation::Relation;
use crate::model::statement::Statement;

/// A record with its statements.
pub(super) type MergedRecord<T> = (T, Vec<Statement>);

/// A record that can be folded.
pub(in crate::service::write) trait Foldable {
    /// A grouping key: equal for records that are alike.
    fn fold_key(&self) -> String;
    /// Whether both are equal apart from their ids.
    fn is_alike(&self, other: &Self) -> bool;
    /// Its amount, if it has one.
    fn amount(&self) -> Option<&Quantity>;
}

impl Foldable for Relation {
    fn fold_key(&self) -> String {
        format!("{} {} {}", self.kind, self.from, self.to)
    }
    fn is_alike(&self, other: &Self) -> bool {
        *self
            == Self {
                id: self.id.clone(),
                ..other.clone()
            }
    }
    fn amount(&self) -> Option<&Quantity> {
        self.quantity.as_ref()
    }
}

impl Foldable for Observation {
    fn fold_key(&self) -> String {
        let period = self.period.as_ref().map(ToString::to_string);
        format!("{} {}", self.indicator, period.unwrap_or_default())
    }
    fn is_alike(&self, other: &Self) -> bool {
        *self
            == Self {
                id: self.id.clone(),
                ..other.clone()
            }
    }
    fn amount(&self) -> Option<&Quantity> {
        Some(&self.quantity)
    }
}

/// The records of the entity kept, and those that move to it.
pub(super) struct Fold<T> {
    rows: Vec<FoldRow<T>>,
    /// The indices of the rows, by grouping key.
    by_key: HashMap<String, Vec<usize>>,
    folded: Vec<T>,
}

struct FoldRow<T> {
    record: T,
    statements: Vec<Statement>,
    is_moved: bool,
    is_changed: bool,
}

impl<T> Default for Fold<T> {
    fn default() -> Self {
        Self {
            rows: Vec::new(),
            by_key: HashMap::new(),
            folded: Vec::new(),
        }
    }
}

impl<T: Foldable> Fold<T> {
    /// Adds a record that stays unchanged.
    pub(super) fn add_kept(&mut self, record: T, statements: Vec<Statement>) {
        self.push(FoldRow {
            record,
            statements,
            is_moved: false,
            is_changed: false,
        });
    }

    /// Adds a record that moves; it is folded into the first duplicate.
    pub(super) fn add_moved(&mut self, record: T, statements: Vec<Statement>) {
        let places = self.by_key.get(&record.fold_key()).map_or(&[][..], Vec::as_slice);
        let same = |place: &&usize| {
            let row = &self.rows[**place];
            row.record.is_alike(&record)
                && (record.amount().is_none() || share_words(&row.statements, &statements))
        };
        let Some(place) = places.iter().find(same).copied() else {
            return self.push(FoldRow {
                record,
                statements,
                is_moved: true,
                is_changed: true,
            });
        };
        let row = &mut self.rows[place];
        let count = row.statements.len();
        add_statements(&mut row.statements, statements);
        row.is_changed |= row.statements.len() > count;
        self.folded.push(record);
    }

    fn push(&mut self, row: FoldRow<T>) {
        self.by_key
            .entry(row.record.fold_key())
            .or_default()
            .push(self.rows.len());
        self.rows.push(row);
    }

    /// The records that moved and were not folded.
    pub(in crate::service::write) fn moved(&self) -> impl Iterator<Item = &T> {
        self.rows.iter().filter(|row| row.is_moved).map(|row| &row.record)
    }

    /// The records that were folded into another.
    pub(in crate::service::write) fn folded(&self) -> impl Iterator<Item = &T> {
        self.folded.iter()
    }

    /// The records to write, and those to delete.
    pub(super) fn into_parts(self) -> (Vec<MergedRecord<T>>, Vec<T>) {
        let rows = self.rows.into_iter().filter(|row| row.is_changed);
        (
            rows.map(|row| (row.record, row.statements)).collect(),
            self.folded,
        )
    }
}

/// Whether both rest on the same words of the same source.
fn share_words(one: &[Statement], other: &[Statement]) -> bool {
    let words = |statement: &Statement| {
        (
            statement.source.clone(),
            statement.locator.clone(),
            statement.quote.clone(),
        )
    };
    one.iter().any(|a| other.iter().any(|b| words(a) == words(b)))
}
