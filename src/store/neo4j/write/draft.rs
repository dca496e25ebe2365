//! The draft of a write: the changes of a change set that differ from the graph, with their lines of the change log.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use crate::model::change::{
    Change, ChangeAction, ChangeSet, LogSubject, LoggedChange, Record, Revision, Subject,
};
use crate::model::id::{DatasetId, EntityId};
use crate::model::log_datasets::{changed_datasets, deleted_public_datasets, without_deleted_public};
use crate::model::record::Dataset;
use crate::model::statement::Statement;
use crate::store::neo4j::format::StoredRecordVersion;

/// The change of a record.
#[derive(Clone, Debug)]
pub(in crate::store) enum RecordChange {
    /// The record is written with these statements.
    Put(Box<Record>, Vec<Statement>),
    /// The record is deleted.
    Delete,
}

/// A line of the change log.
#[derive(Clone, Debug)]
pub(in crate::store) struct LogEntry {
    pub(in crate::store) action: ChangeAction,
    pub(in crate::store) changed: LogSubject,
    pub(in crate::store) merged_into: Option<EntityId>,
    pub(in crate::store) datasets: BTreeSet<DatasetId>,
}

/// The differences between a change set and the graph.
#[derive(Debug, Default)]
pub(in crate::store) struct WriteDraft {
    pub(in crate::store) changes: BTreeMap<Subject, RecordChange>,
    pub(in crate::store) datasets: Vec<Dataset>,
    pub(in crate::store) deleted_datasets: BTreeSet<DatasetId>,
    pub(in crate::store) redirects: Vec<(EntityId, EntityId)>,
    pub(in crate::store) log: Vec<LogEntry>,
    /// The deleted data sets that were public.
    deleted_public_datasets: BTreeSet<DatasetId>,
    /// The revision and the change log of a restored graph; then `log` is not written.
    pub(in crate::store) history: Option<(Revision, Vec<LoggedChange>)>,
}

/// The records that a change set changes, each once.
pub(in crate::store) fn subjects(set: &ChangeSet) -> Vec<Subject> {
    let mut seen = HashSet::new();
    let named = set.changes.iter().filter_map(|change| match change {
        Change::Put { record, .. } => Some(record.subject()),
        Change::Delete(subject) => Some(subject.clone()),
        Change::Dataset(_) | Change::DeleteDataset(_) | Change::Redirect { .. } | Change::History { .. } => {
            None
        }
    });
    named.filter(|subject| seen.insert(subject.clone())).collect()
}

impl WriteDraft {
    /// The changes of a change set that differ from the records and data sets that are stored.
    pub(in crate::store) fn new(
        set: ChangeSet,
        stored: &HashMap<Subject, StoredRecordVersion>,
        datasets: &HashMap<String, Dataset>,
    ) -> Self {
        let access = |id: &DatasetId| datasets.get(id.as_str()).map(|dataset| dataset.access);
        let mut draft = Self {
            deleted_public_datasets: deleted_public_datasets(&set.changes, access),
            ..Self::default()
        };
        for change in set.changes {
            match change {
                Change::Put { record, statements } => {
                    let subject = record.subject();
                    let old = stored.get(&subject);
                    if old.is_some_and(|old| old.equals(&record, &statements)) {
                        continue;
                    }
                    let record = record.resolved(&statements);
                    let datasets = changed_datasets(
                        old.map(StoredRecordVersion::version),
                        Some((&record, &statements)),
                    );
                    draft.note(
                        action(old.is_some()),
                        LogSubject::Record(subject.clone()),
                        datasets,
                    );
                    draft
                        .changes
                        .insert(subject, RecordChange::Put(Box::new(record), statements));
                }
                Change::Delete(subject) => {
                    let datasets =
                        changed_datasets(stored.get(&subject).map(StoredRecordVersion::version), None);
                    draft.note(
                        ChangeAction::Deleted,
                        LogSubject::Record(subject.clone()),
                        datasets,
                    );
                    draft.changes.insert(subject, RecordChange::Delete);
                }
                Change::Dataset(dataset) => {
                    let old = datasets.get(dataset.id.as_str());
                    if old != Some(&dataset) {
                        let id = dataset.id.clone();
                        draft.note(
                            action(old.is_some()),
                            LogSubject::Dataset(id.clone()),
                            [id].into(),
                        );
                        draft.datasets.push(dataset);
                    }
                }
                Change::DeleteDataset(id) => {
                    draft.note(
                        ChangeAction::Deleted,
                        LogSubject::Dataset(id.clone()),
                        [id.clone()].into(),
                    );
                    draft.deleted_datasets.insert(id);
                }
                Change::Redirect { from, to } => {
                    let datasets = draft.datasets_of_redirect(&from, &to, stored);
                    let datasets = without_deleted_public(datasets, &draft.deleted_public_datasets);
                    draft.log.push(LogEntry {
                        action: ChangeAction::Merged,
                        changed: LogSubject::Record(Subject::Entity(from.clone())),
                        merged_into: Some(to.clone()),
                        datasets,
                    });
                    draft.redirects.push((from, to));
                }
                Change::History { revision, log } => draft.history = Some((revision, log)),
            }
        }
        draft
    }

    fn note(&mut self, action: ChangeAction, changed: LogSubject, datasets: BTreeSet<DatasetId>) {
        self.log.push(LogEntry {
            action,
            changed,
            merged_into: None,
            datasets: without_deleted_public(datasets, &self.deleted_public_datasets),
        });
    }

    /// The data sets that had a row for the merged entity; for an id that never was an entity, those of the canonical entity.
    fn datasets_of_redirect(
        &self,
        from: &EntityId,
        to: &EntityId,
        stored: &HashMap<Subject, StoredRecordVersion>,
    ) -> BTreeSet<DatasetId> {
        let stored_version = |id: &EntityId| {
            stored
                .get(&Subject::Entity(id.clone()))
                .map(StoredRecordVersion::version)
        };
        let kept = match self.changes.get(&Subject::Entity(to.clone())) {
            Some(RecordChange::Put(record, statements)) => Some((&**record, statements.as_slice())),
            Some(RecordChange::Delete) | None => stored_version(to),
        };
        changed_datasets(stored_version(from).or(kept), None)
    }

    /// Number of new lines of the change log: about the number of records written.
    pub(in crate::store) fn lines(&self) -> usize {
        self.history.as_ref().map_or(self.log.len(), |(_, log)| log.len())
    }

    /// Whether nothing differs.
    pub(in crate::store) fn is_empty(&self) -> bool {
        self.log.is_empty()
    }
}

fn action(is_stored: bool) -> ChangeAction {
    if is_stored {
        ChangeAction::Updated
    } else {
        ChangeAction::Created
    }
}
