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
use crate::store::{PreviousVersion, PreviousVersions};

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
    /// The stored versions of the changed records.
    pub(in crate::store) previous: BTreeMap<Subject, PreviousVersion>,
    pub(in crate::store) datasets: Vec<Dataset>,
    pub(in crate::store) deleted_datasets: BTreeSet<DatasetId>,
    pub(in crate::store) redirects: Vec<(EntityId, EntityId)>,
    pub(in crate::store) log: Vec<LogEntry>,
    /// The deleted data sets that were public.
    deleted_public_datasets: BTreeSet<DatasetId>,
    /// The revision and the change log of a restored graph; then `log` is not written.
    pub(in crate::store) history: Option<(Revision, Vec<LoggedChange>)>,
}

/// The records that a change set changes and the plan has not compared, each once.
pub(in crate::store) fn unread_subjects(set: &ChangeSet, previous: &PreviousVersions) -> Vec<Subject> {
    let mut seen = HashSet::new();
    let named = set.changes.iter().filter_map(|change| match change {
        Change::Put { record, .. } => Some(record.subject()),
        Change::Delete(subject) => Some(subject.clone()),
        Change::Dataset(_) | Change::DeleteDataset(_) | Change::Redirect { .. } | Change::History { .. } => {
            None
        }
    });
    let unread = named.filter(|subject| !previous.is_known(subject));
    unread.filter(|subject| seen.insert(subject.clone())).collect()
}

impl WriteDraft {
    /// The changes of a change set that differ from the graph. The plan has compared the records in `previous`; `stored` has the
    /// others.
    pub(in crate::store) fn new(
        set: ChangeSet,
        previous: &PreviousVersions,
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
                    let old = stored.get(&record.subject());
                    if old.is_some_and(|old| old.equals(&record, &statements)) {
                        continue;
                    }
                    let read = || Some(PreviousVersion::new(old?.version(), Some((&record, &statements))));
                    let version = previous.get(&record.subject()).cloned().or_else(read);
                    draft.put(record, statements, version);
                }
                Change::Delete(subject) => {
                    let read = || Some(PreviousVersion::new(stored.get(&subject)?.version(), None));
                    let version = previous.get(&subject).cloned().or_else(read);
                    draft.delete(subject, version);
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

    fn put(&mut self, record: Record, statements: Vec<Statement>, previous: Option<PreviousVersion>) {
        let subject = record.subject();
        let record = record.resolved(&statements);
        let datasets = match &previous {
            Some(previous) => previous.changed_datasets.clone(),
            None => changed_datasets(None, Some((&record, &statements))),
        };
        let is_stored = previous.is_some();
        self.note(action(is_stored), LogSubject::Record(subject.clone()), datasets);
        self.previous
            .extend(previous.map(|previous| (subject.clone(), previous)));
        self.changes
            .insert(subject, RecordChange::Put(Box::new(record), statements));
    }

    fn delete(&mut self, subject: Subject, previous: Option<PreviousVersion>) {
        let datasets = previous.as_ref().map(|previous| previous.members.clone());
        let changed = LogSubject::Record(subject.clone());
        self.note(ChangeAction::Deleted, changed, datasets.unwrap_or_default());
        self.previous
            .extend(previous.map(|previous| (subject.clone(), previous)));
        self.changes.insert(subject, RecordChange::Delete);
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
        let members = |id: &EntityId| {
            let subject = Subject::Entity(id.clone());
            let previous = self.previous.get(&subject);
            let read = || Some(changed_datasets(Some(stored.get(&subject)?.version()), None));
            previous.map(|previous| previous.members.clone()).or_else(read)
        };
        members(from)
            .or_else(|| match self.changes.get(&Subject::Entity(to.clone())) {
                Some(RecordChange::Put(record, statements)) => {
                    Some(changed_datasets(None, Some((record, statements))))
                }
                Some(RecordChange::Delete) | None => members(to),
            })
            .unwrap_or_default()
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
