//! The stored versions of the records that a change set changes, as far as the plan has read them.

use std::collections::{BTreeSet, HashMap};

use crate::model::change::{Change, Record, Subject};
use crate::model::id::{DatasetId, EntityId};
use crate::model::log_datasets::{RecordWithStatements, changed_datasets};

/// What a store needs of the stored version of a record that a change replaces or deletes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct PreviousVersion {
    /// The data sets that have a row for it.
    pub(in crate::store) members: BTreeSet<DatasetId>,
    /// The ends of a relation.
    pub(in crate::store) ends: Option<[EntityId; 2]>,
    /// The data sets whose facts the change changes.
    pub(in crate::store) changed_datasets: BTreeSet<DatasetId>,
}

impl PreviousVersion {
    /// The stored version `old` of a record, and what changes in it; `new` is none if the record is deleted.
    pub(crate) fn new(old: RecordWithStatements<'_>, new: Option<RecordWithStatements<'_>>) -> Self {
        let ends = match old.0 {
            Record::Relation(relation) => Some([relation.from.clone(), relation.to.clone()]),
            Record::Source(_) | Record::Entity(_) | Record::Observation(_) | Record::Rule(_) => None,
        };
        Self {
            members: changed_datasets(Some(old), None),
            ends,
            changed_datasets: changed_datasets(Some(old), new),
        }
    }
}

/// What is known of the stored version of a record.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Knowledge {
    /// The record is not stored.
    Absent,
    /// It is stored, and the change differs from it.
    Stored(PreviousVersion),
    /// The store must read it, and compare it with the change.
    Unknown,
}

/// The stored versions of the records that a change set changes, as far as the plan has read and compared them, so that the store does
/// not read them again. They are of the graph that the plan was prepared on.
#[derive(Clone, Debug, Default)]
pub struct PreviousVersions(HashMap<Subject, Knowledge>);

impl PreviousVersions {
    /// Notes that a record that is written was not stored before.
    pub(crate) fn add_absent(&mut self, subject: Subject) {
        self.0.insert(subject, Knowledge::Absent);
    }

    /// Adds the stored version of a record. What is written must differ from it.
    pub(crate) fn add(&mut self, subject: Subject, version: PreviousVersion) {
        self.0.insert(subject, Knowledge::Stored(version));
    }

    /// Adds the versions of changes that are made after those that it has, as if in a graph with these. A record that both change is
    /// left to the store to compare, unless it was not stored in the first place.
    pub(crate) fn extend(&mut self, changes: &[Change], later: Self) {
        for change in changes {
            if let Change::Delete(subject) = change {
                let known = self.0.entry(subject.clone()).or_insert(Knowledge::Unknown);
                if matches!(known, Knowledge::Stored(_)) {
                    *known = Knowledge::Unknown;
                }
            }
        }
        for (subject, version) in later.0 {
            match self.0.get_mut(&subject) {
                None => drop(self.0.insert(subject, version)),
                Some(Knowledge::Absent) => {}
                Some(known) => *known = Knowledge::Unknown,
            }
        }
    }

    /// Whether the plan has read and compared a record.
    pub(in crate::store) fn is_known(&self, subject: &Subject) -> bool {
        matches!(
            self.0.get(subject),
            Some(Knowledge::Absent | Knowledge::Stored(_))
        )
    }

    /// The stored version of a record, if the plan has read it.
    pub(in crate::store) fn get(&self, subject: &Subject) -> Option<&PreviousVersion> {
        match self.0.get(subject) {
            Some(Knowledge::Stored(version)) => Some(version),
            Some(Knowledge::Absent | Knowledge::Unknown) | None => None,
        }
    }

    /// Replaces the data sets whose facts change, so that a test sees who has determined them.
    #[cfg(test)]
    pub(crate) fn rename_datasets(&mut self, to: &DatasetId) {
        for known in self.0.values_mut() {
            if let Knowledge::Stored(version) = known {
                version.changed_datasets = BTreeSet::from([to.clone()]);
            }
        }
    }
}
