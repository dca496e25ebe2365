//! Writes a change set: into the file, and into a copy of the newest graph.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};

use super::apply::{ApplyError, GraphEditor};
use super::file::{FileWriter, RecordTable};
use super::file_reader::PendingWrites;
use super::graph::{EvidenceRow, GraphSnapshot};
use super::provenance_pool::ProvenancePool;
use super::stored_version::{StoredVersion, StoredVersions};
use crate::model::change::{
    Change, ChangeAction, ChangeSet, LogPosition, LogSubject, LoggedChange, Record, Revision, Subject,
};
use crate::model::id::{DatasetId, EntityId};
use crate::model::log_datasets::{changed_datasets, deleted_public_datasets, without_deleted_public};
use crate::model::record::Dataset;
use crate::model::statement::Statement;
use crate::store::codec::{DatasetRow, Provenance, encode, encode_record};
use crate::store::{PreviousVersions, StoreError, StoreResult};

/// Writes the changes of a set, one after another.
pub(super) struct ChangeSetWriter<'t> {
    pub(super) log: ChangeSetLog,
    /// The records before the change set.
    pub(super) versions: StoredVersions<'t>,
    /// Those that the plan has compared with the changes.
    pub(super) previous: &'t PreviousVersions,
    pub(super) provenances: &'t mut ProvenancePool,
    pub(super) file: FileWriter<'t>,
    pub(super) editor: GraphEditor<'t>,
    pub(super) superseded: Vec<EvidenceRow>,
    pub(super) pending: PendingWrites,
    /// Whether a later change set of the transaction may read `pending`.
    pub(super) keeps_pending: bool,
    /// The revision and the log of a restored graph.
    pub(super) history: Option<(Revision, Vec<LoggedChange>)>,
}

/// A change set that is written to the file and to a graph.
pub(super) struct WrittenChangeSet {
    pub(super) revision: Revision,
    /// The rows of statements that the graph no longer refers to.
    pub(super) superseded: Vec<EvidenceRow>,
    pub(super) pending: PendingWrites,
}

impl From<ApplyError> for StoreError {
    fn from(error: ApplyError) -> Self {
        Self::Internal(error.to_string())
    }
}

impl ChangeSetWriter<'_> {
    /// Writes a change.
    pub(super) fn write(&mut self, change: Change) -> StoreResult<()> {
        match change {
            Change::Put { record, statements } => self.put(record, statements),
            Change::Delete(subject) => self.delete(subject),
            Change::Dataset(dataset) => self.put_dataset(dataset),
            Change::DeleteDataset(id) => self.delete_dataset(id),
            Change::Redirect { from, to } => self.redirect(from, to),
            Change::History { revision, log } => {
                self.history = Some((revision, log));
                Ok(())
            }
        }
    }

    /// Ends the change set; `None` if nothing changed.
    pub(super) fn finish(self) -> StoreResult<Option<WrittenChangeSet>> {
        let Self {
            file,
            mut pending,
            mut superseded,
            ..
        } = self;
        self.editor.finish();
        if self.log.lines.is_empty() {
            return Ok(None);
        }
        let mut revision = self.log.revision;
        if self.keeps_pending {
            pending.lines = self.log.lines;
        }
        if let Some((restored, log)) = self.history {
            revision = restored;
            file.replace_log(&log)?;
        }
        file.finish(revision)?;
        superseded.retain(|row| *row != 0);
        Ok(Some(WrittenChangeSet {
            revision,
            superseded,
            pending,
        }))
    }

    fn put(&mut self, record: Record, statements: Vec<Statement>) -> StoreResult<()> {
        let subject = record.subject();
        let old_row = self.versions.evidence_row(&subject);
        let new = Some((&record, statements.as_slice()));
        let datasets = match (old_row, self.previous.get(&subject)) {
            (Some(_), Some(previous)) => previous.changed_datasets.clone(),
            (Some(row), None) => {
                let old = self.versions.read(&subject, row)?;
                if old.as_ref().is_some_and(|old| old.equals(&record, &statements)) {
                    return Ok(());
                }
                changed_datasets(old.as_ref().map(StoredVersion::version), new)
            }
            (None, _) => changed_datasets(None, new),
        };
        let record = record.resolved(&statements);
        let row = if statements.is_empty() {
            0
        } else {
            self.file.put_evidence(&statements)?
        };
        let provenance = self.provenances.intern(Provenance::of(&statements));
        let provenance_row = self.file.provenance_row(&provenance)?;
        self.file.put(
            RecordTable::of_record(&record),
            subject.as_str(),
            &encode_record(&record)?,
            provenance_row,
            row,
            !self.editor.has(&subject),
        )?;
        if self.keeps_pending {
            self.pending.statements.insert(row, statements.into());
        }
        self.superseded.extend(old_row);
        self.editor.put(record, provenance, row)?;
        let action = action(old_row.is_some());
        self.log
            .write(&self.file, action, LogSubject::Record(subject), None, datasets)
    }

    fn delete(&mut self, subject: Subject) -> StoreResult<()> {
        let datasets = self.versions.members(&subject);
        self.superseded.extend(self.versions.evidence_row(&subject));
        self.editor.delete(&subject)?;
        self.file
            .delete(RecordTable::of_subject(&subject), subject.as_str())?;
        let changed = LogSubject::Record(subject);
        self.log
            .write(&self.file, ChangeAction::Deleted, changed, None, datasets)
    }

    fn put_dataset(&mut self, dataset: Dataset) -> StoreResult<()> {
        let stored = self.versions.graph.datasets.get(&dataset.id);
        if stored.is_some_and(|old| old.dataset == dataset) {
            return Ok(());
        }
        self.file
            .put_dataset(dataset.id.as_str(), &encode(&DatasetRow::of(&dataset))?)?;
        let (action, id) = (action(stored.is_some()), dataset.id.clone());
        let datasets = BTreeSet::from([id.clone()]);
        self.log
            .write(&self.file, action, LogSubject::Dataset(id), None, datasets)?;
        self.editor.put_dataset(dataset);
        Ok(())
    }

    fn delete_dataset(&mut self, id: DatasetId) -> StoreResult<()> {
        self.file.delete_dataset(id.as_str())?;
        self.editor.delete_dataset(&id);
        let datasets = BTreeSet::from([id.clone()]);
        let changed = LogSubject::Dataset(id);
        self.log
            .write(&self.file, ChangeAction::Deleted, changed, None, datasets)
    }

    fn redirect(&mut self, from: EntityId, to: EntityId) -> StoreResult<()> {
        self.file.put_redirect(from.as_str(), to.as_str())?;
        let merged = Subject::Entity(from.clone());
        let datasets = match self.versions.evidence_row(&merged) {
            Some(_) => self.versions.members(&merged),
            // An id that never was an entity.
            None => self.editor.members(&to).into_iter().collect(),
        };
        let (action, changed) = (ChangeAction::Merged, LogSubject::Record(merged));
        self.log
            .write(&self.file, action, changed, Some(to.clone()), datasets)?;
        self.editor.redirect(from, to);
        Ok(())
    }
}

fn action(was_stored: bool) -> ChangeAction {
    if was_stored {
        ChangeAction::Updated
    } else {
        ChangeAction::Created
    }
}

/// The lines of the change log of one change set.
pub(super) struct ChangeSetLog {
    revision: Revision,
    at: DateTime<Utc>,
    by: String,
    /// The deleted data sets that were public.
    deleted_public_datasets: BTreeSet<DatasetId>,
    lines: Vec<LoggedChange>,
}

impl ChangeSetLog {
    /// The empty log of a change set that makes a revision of the graph `before`.
    pub(super) fn new(set: &ChangeSet, revision: Revision, before: &GraphSnapshot) -> Self {
        let access = |id: &DatasetId| before.datasets.get(id).map(|node| node.dataset.access);
        Self {
            revision,
            at: set.at,
            by: set.by.clone(),
            deleted_public_datasets: deleted_public_datasets(&set.changes, access),
            lines: Vec::new(),
        }
    }

    fn write(
        &mut self,
        file: &FileWriter<'_>,
        action: ChangeAction,
        changed: LogSubject,
        merged_into: Option<EntityId>,
        datasets: BTreeSet<DatasetId>,
    ) -> StoreResult<()> {
        let mut line = LoggedChange {
            position: LogPosition {
                number: 0,
                revision: self.revision,
            },
            at: self.at,
            by: self.by.clone(),
            action,
            changed,
            merged_into,
            datasets: without_deleted_public(datasets, &self.deleted_public_datasets),
        };
        line.position.number = file.append_log(&line)?;
        self.lines.push(line);
        Ok(())
    }
}
