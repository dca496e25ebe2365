//! The change log: one line for each changed record, in the order of the changes. The change feed reads it.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};

use super::change::{Change, ChangeAction, Record, Revision, Subject};
use super::id::{DatasetId, EntityId, ObservationId, RelationId, RuleId, SourceId};
use super::record::Access;
use super::statement::Statement;

/// The position of a line in the log: a total order, the same for every reader and after every restart. The default is the position
/// before the first line.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LogPosition {
    /// The number of the line. Numbers increase and are unique, but may have gaps.
    pub number: u64,
    /// The revision that wrote the line. If the line with this number has another revision, the log is another one.
    pub revision: Revision,
}

/// The record or data set that a line of the log is about.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum LogSubject {
    /// A record.
    Record(Subject),
    /// A data set's own record: its title, license and access.
    Dataset(DatasetId),
}

impl LogSubject {
    /// Its key.
    pub fn as_str(&self) -> &str {
        match self {
            Self::Record(subject) => subject.as_str(),
            Self::Dataset(id) => id.as_str(),
        }
    }

    /// Its kind: `entity`, `relation`, `observation`, `rule`, `source` or `dataset`.
    pub const fn kind_name(&self) -> &'static str {
        match self {
            Self::Record(subject) => subject.kind_name(),
            Self::Dataset(_) => "dataset",
        }
    }

    /// The subject with a kind and key; none if the kind is unknown or the key is not valid for it.
    pub fn parse(kind: &str, key: &str) -> Option<Self> {
        Some(Self::Record(match kind {
            "entity" => Subject::Entity(EntityId::parse(key).ok()?),
            "relation" => Subject::Relation(RelationId::parse(key).ok()?),
            "observation" => Subject::Observation(ObservationId::parse(key).ok()?),
            "rule" => Subject::Rule(RuleId::parse(key).ok()?),
            "source" => Subject::Source(SourceId::parse(key).ok()?),
            "dataset" => return DatasetId::parse(key).ok().map(Self::Dataset),
            _ => return None,
        }))
    }
}

/// A line of the log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LoggedChange {
    /// Its position in the log.
    pub place: LogPosition,
    /// The time of the change.
    pub at: DateTime<Utc>,
    /// The principal that made the change.
    pub by: String,
    /// The kind of change.
    pub action: ChangeAction,
    /// The changed record or data set.
    pub changed: LogSubject,
    /// The entity that a merged id redirects to.
    pub merged_into: Option<EntityId>,
    /// The data sets whose facts changed; see [`changed_datasets`]. Principals that can see none of them do not see the line.
    pub datasets: BTreeSet<DatasetId>,
}

impl LoggedChange {
    /// Whether it concerns one of these data sets. A line without data sets concerns all.
    pub fn concerns_any(&self, datasets: &BTreeSet<DatasetId>) -> bool {
        self.datasets.is_empty() || !self.datasets.is_disjoint(datasets)
    }
}

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
