//! The data sets that a line of the change log names. Principals that can see none of them do not see the line.

use std::collections::BTreeSet;

use super::change::{Change, Record};
use super::id::DatasetId;
use super::record::Access;
use super::statement::Statement;

/// The data sets to record in a line when a write deletes some public ones. A line that concerns only deleted public data sets is
/// recorded without data sets, so that it stays visible to all.
pub fn without_deleted_public(
    datasets: BTreeSet<DatasetId>,
    deleted_public: &BTreeSet<DatasetId>,
) -> BTreeSet<DatasetId> {
    if datasets.is_subset(deleted_public) {
        return BTreeSet::new();
    }
    datasets
}

/// The public data sets that a change set deletes.
pub fn deleted_public_datasets<'c>(
    changes: &'c [Change],
    access: impl Fn(&DatasetId) -> Option<Access> + 'c,
) -> BTreeSet<DatasetId> {
    let deleted = changes.iter().filter_map(|change| match change {
        Change::DeleteDataset(id) => Some(id),
        _ => None,
    });
    deleted
        .filter(|id| access(id) == Some(Access::Public))
        .cloned()
        .collect()
}

/// A record with its statements, in one version.
pub type RecordWithStatements<'a> = (&'a Record, &'a [Statement]);

/// The data sets whose facts change between two versions of a record; a version is none if the record does not exist.
///
/// A data set that only adds a statement to a record of another changes nothing for principals that cannot see it. So these are the
/// data sets whose statements differ; if none do, or the record is created or deleted, all data sets that have a row for it.
pub fn changed_datasets(
    old: Option<RecordWithStatements<'_>>,
    new: Option<RecordWithStatements<'_>>,
) -> BTreeSet<DatasetId> {
    let (Some(old), Some(new)) = (old, new) else {
        return old.or(new).map(datasets_with_row).unwrap_or_default();
    };
    let changed = match (old.0, new.0) {
        (Record::Source(old), Record::Source(new)) => {
            let listed = |datasets: &[DatasetId]| datasets.iter().cloned().collect::<BTreeSet<_>>();
            &listed(&old.datasets) ^ &listed(&new.datasets)
        }
        _ => differing_datasets(old.1, new.1),
    };
    if changed.is_empty() {
        datasets_with_row(new)
    } else {
        changed
    }
}

/// The data sets that have a row for a record.
fn datasets_with_row((record, statements): RecordWithStatements<'_>) -> BTreeSet<DatasetId> {
    if let Record::Source(source) = record {
        return source.datasets.iter().cloned().collect();
    }
    let rows = statements.iter().filter(|statement| statement.own);
    rows.map(|statement| statement.dataset.clone()).collect()
}

fn differing_datasets(old: &[Statement], new: &[Statement]) -> BTreeSet<DatasetId> {
    let datasets = old.iter().chain(new).map(|statement| &statement.dataset);
    let all: BTreeSet<&DatasetId> = datasets.collect();
    let differs = |dataset: &&DatasetId| {
        let of = |statements| -> Vec<&Statement> { of_dataset(statements, dataset).collect() };
        let (old, new) = (of(old), of(new));
        old.len() != new.len() || old.iter().zip(&new).any(|(old, new)| !old.has_same_content(new))
    };
    all.into_iter().filter(differs).cloned().collect()
}

/// The statements of a data set.
fn of_dataset<'a>(statements: &'a [Statement], dataset: &DatasetId) -> impl Iterator<Item = &'a Statement> {
    statements
        .iter()
        .filter(move |statement| statement.dataset == *dataset)
}
