//! The transaction of the writer thread: the newest graph, and the open `SQLite` transaction in which the next one is written.

use std::collections::BTreeSet;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use rusqlite::Connection;

use super::apply::GraphEditor;
use super::disk::Disk;
use super::file::{FileWriter, RecordTable, commit, read_evidence};
use super::file_reader::{PendingWrites, SharedPendingWrites};
use super::graph::{EvidenceRow, GraphSnapshot};
use super::provenance_pool::ProvenancePool;
use crate::model::change::{
    Change, ChangeAction, ChangeSet, LogPosition, LogSubject, LoggedChange, Record, Revision, Subject,
};
use crate::model::id::{DatasetId, EntityId};
use crate::model::log_datasets::{changed_datasets, deleted_public_datasets, without_deleted_public};
use crate::model::statement::Statement;
use crate::store::codec::{DatasetRow, EntityRow, ObservationRow, RelationRow, RuleRow, SourceRow, encode};
use crate::store::{StoreError, StoreResult};

/// A transaction takes no further change set after this many changes: a large change set does not wait for later ones.
pub(super) const TRANSACTION_CHANGES_MAX: usize = 10_000;

/// The newest graph, and the open transaction, which may hold several change sets.
pub(super) struct WriteTransaction<'w> {
    pub(super) newest: Arc<GraphSnapshot>,
    pub(super) pending: &'w SharedPendingWrites,
    conn: &'w Connection,
    provenances: &'w mut ProvenancePool,
    disk: &'w Disk,
    superseded: Vec<EvidenceRow>,
    changes: usize,
    /// Why the transaction cannot be committed any more.
    failure: Option<StoreError>,
}

/// A change set that is written but not committed yet.
struct StagedChangeSet {
    graph: GraphSnapshot,
    superseded: Vec<EvidenceRow>,
    pending: PendingWrites,
}

impl<'w> WriteTransaction<'w> {
    /// Wraps a transaction that is open.
    pub(super) fn new(
        newest: Arc<GraphSnapshot>,
        pending: &'w SharedPendingWrites,
        conn: &'w Connection,
        provenances: &'w mut ProvenancePool,
        disk: &'w Disk,
    ) -> Self {
        Self {
            newest,
            pending,
            conn,
            provenances,
            disk,
            superseded: Vec::new(),
            changes: 0,
            failure: None,
        }
    }

    /// Whether the transaction is still open.
    pub(super) fn is_open(&self) -> bool {
        self.failure.is_none() && !self.conn.is_autocommit()
    }

    /// Number of changes so far.
    pub(super) fn changes(&self) -> usize {
        self.changes
    }

    /// Commits. Returns the graph that is now on the disk, and the rows of statements that it no longer refers to.
    pub(super) fn commit(self) -> StoreResult<(Arc<GraphSnapshot>, Vec<EvidenceRow>)> {
        if let Some(failure) = self.failure {
            return Err(failure);
        }
        commit(self.conn).map_err(|error| self.disk.explain(error))?;
        Ok((self.newest, self.superseded))
    }

    /// Applies a change set, or fails and leaves the graph and the file as they were. Returns whether anything changed.
    pub(super) fn apply(&mut self, changes: ChangeSet) -> StoreResult<bool> {
        // Outside a transaction, a savepoint would begin one, and its release would commit it.
        if !self.is_open() {
            let failure = StoreError::Internal("the transaction was rolled back".into());
            return Err(self.failure.get_or_insert(failure).clone());
        }
        let written = self
            .execute("SAVEPOINT change_set")
            .and_then(|()| self.write(changes))
            .and_then(|written| self.execute("RELEASE change_set").map(|()| written));
        match written {
            Ok(written) => Ok(written.map(|written| self.adopt(written)).is_some()),
            Err(error) => {
                let error = self.disk.explain(error);
                self.roll_back_savepoint(&error);
                Err(error)
            }
        }
    }

    fn execute(&self, sql: &str) -> StoreResult<()> {
        Ok(self.conn.execute_batch(sql)?)
    }

    fn adopt(&mut self, written: StagedChangeSet) {
        self.newest = Arc::new(written.graph);
        self.superseded.extend(written.superseded);
        let mut pending = self.pending.write();
        pending.statements.extend(written.pending.statements);
        pending.lines.extend(written.pending.lines);
    }

    /// Rolls back to the savepoint of a change set. If the disk is full or fails, `SQLite` itself rolls back the whole transaction.
    fn roll_back_savepoint(&mut self, cause: &StoreError) {
        let undone =
            !self.conn.is_autocommit() && self.execute("ROLLBACK TO change_set; RELEASE change_set").is_ok();
        if !undone {
            self.failure = Some(cause.clone());
        }
    }

    #[expect(clippy::too_many_lines, reason = "one arm for each kind of change")]
    fn write(&mut self, set: ChangeSet) -> StoreResult<Option<StagedChangeSet>> {
        self.changes += set.changes.len();
        let keep_pending = self.changes < TRANSACTION_CHANGES_MAX;
        let mut next = GraphSnapshot::clone(&self.newest);
        next.revision = Revision(next.revision.0 + 1);
        let mut log = ChangeSetLog {
            revision: next.revision,
            at: set.at,
            by: &set.by,
            deleted_public_datasets: deleted_public_datasets(&set.changes, |id| {
                self.newest.datasets.get(id).map(|node| node.dataset.access)
            }),
            lines: Vec::new(),
        };
        let mut file = FileWriter::new(self.conn)?;
        let mut editor = GraphEditor::new(&mut next);
        let mut superseded = Vec::new();
        let mut pending = PendingWrites::default();
        let mut history = None;
        for change in set.changes {
            match change {
                Change::Put { record, statements } => {
                    let subject = record.subject();
                    let stored = self.stored_version(&subject)?;
                    if stored
                        .as_ref()
                        .is_some_and(|old| old.equals(&record, &statements))
                    {
                        continue;
                    }
                    let record = record.resolved(&statements);
                    let old = stored.as_ref().map(StoredVersion::version);
                    let datasets = changed_datasets(old, Some((&record, &statements)));
                    let row = if statements.is_empty() {
                        0
                    } else {
                        file.put_evidence(&statements)?
                    };
                    let provenance = self
                        .provenances
                        .intern(crate::store::codec::Provenance::of(&statements));
                    let provenance_row = file.provenance_row(&provenance)?;
                    file.put(
                        RecordTable::of_record(&record),
                        subject.as_str(),
                        &body_of(&record)?,
                        provenance_row,
                        row,
                        !editor.has(&subject),
                    )?;
                    if keep_pending {
                        pending.statements.insert(row, statements.into());
                    }
                    let action = action(stored.is_some());
                    superseded.extend(stored.map(|old| old.evidence_row));
                    editor
                        .put(record, provenance, row)
                        .map_err(|error| StoreError::Internal(error.to_string()))?;
                    log.write(&file, action, LogSubject::Record(subject), None, datasets)?;
                }
                Change::Delete(subject) => {
                    let stored = self.stored_version(&subject)?;
                    let datasets = changed_datasets(stored.as_ref().map(StoredVersion::version), None);
                    superseded.extend(stored.map(|old| old.evidence_row));
                    editor
                        .delete(&subject)
                        .map_err(|error| StoreError::Internal(error.to_string()))?;
                    file.delete(RecordTable::of_subject(&subject), subject.as_str())?;
                    log.write(
                        &file,
                        ChangeAction::Deleted,
                        LogSubject::Record(subject),
                        None,
                        datasets,
                    )?;
                }
                Change::Dataset(dataset) => {
                    let stored = self.newest.datasets.get(&dataset.id);
                    if stored.is_some_and(|old| old.dataset == dataset) {
                        continue;
                    }
                    let action = action(stored.is_some());
                    file.put_dataset(dataset.id.as_str(), &encode(&DatasetRow::of(&dataset))?)?;
                    let (id, datasets) = (dataset.id.clone(), BTreeSet::from([dataset.id.clone()]));
                    log.write(&file, action, LogSubject::Dataset(id), None, datasets)?;
                    editor.put_dataset(dataset);
                }
                Change::DeleteDataset(id) => {
                    file.delete_dataset(id.as_str())?;
                    editor.delete_dataset(&id);
                    let datasets = BTreeSet::from([id.clone()]);
                    log.write(
                        &file,
                        ChangeAction::Deleted,
                        LogSubject::Dataset(id),
                        None,
                        datasets,
                    )?;
                }
                Change::Redirect { from, to } => {
                    file.put_redirect(from.as_str(), to.as_str())?;
                    let merged = self.newest.entities.row(from.as_str());
                    let members = merged.map(|node| node.facts.provenance.members.clone());
                    let datasets = members.unwrap_or_else(|| editor.members(&to));
                    let changed = LogSubject::Record(Subject::Entity(from.clone()));
                    let datasets = datasets.into_iter().collect();
                    log.write(&file, ChangeAction::Merged, changed, Some(to.clone()), datasets)?;
                    editor.redirect(from, to);
                }
                Change::History { revision, log } => history = Some((revision, log)),
            }
        }
        editor.finish();
        if log.lines.is_empty() {
            return Ok(None);
        }
        if keep_pending {
            pending.lines = log.lines;
        }
        if let Some((revision, log)) = history {
            next.revision = revision;
            file.replace_log(&log)?;
        }
        file.finish(next.revision)?;
        superseded.retain(|row| *row != 0);
        Ok(Some(StagedChangeSet {
            graph: next,
            superseded,
            pending,
        }))
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
struct ChangeSetLog<'a> {
    revision: Revision,
    at: DateTime<Utc>,
    by: &'a str,
    /// The deleted data sets that were public.
    deleted_public_datasets: BTreeSet<DatasetId>,
    lines: Vec<LoggedChange>,
}

impl ChangeSetLog<'_> {
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
            by: self.by.to_string(),
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

/// The stored version of a record, with its statements.
struct StoredVersion {
    record: Record,
    statements: Vec<Statement>,
    evidence_row: EvidenceRow,
}

impl StoredVersion {
    fn version(&self) -> (&Record, &[Statement]) {
        (&self.record, &self.statements)
    }

    /// Whether a record and its statements have the same content.
    fn equals(&self, record: &Record, statements: &[Statement]) -> bool {
        self.record == *record
            && self.statements.len() == statements.len()
            && self
                .statements
                .iter()
                .zip(statements)
                .all(|(a, b)| a.has_same_content(b))
    }
}

impl WriteTransaction<'_> {
    /// The stored version of a record, if there is one.
    fn stored_version(&self, subject: &Subject) -> StoreResult<Option<StoredVersion>> {
        let Some((record, evidence_row)) = record_of(&self.newest, subject)? else {
            return Ok(None);
        };
        Ok(Some(StoredVersion {
            record,
            statements: self.statements_in(evidence_row)?,
            evidence_row,
        }))
    }

    fn statements_in(&self, row: EvidenceRow) -> StoreResult<Vec<Statement>> {
        if row == 0 {
            return Ok(Vec::new());
        }
        let pending = self.pending.read().statements.get(&row).cloned();
        if let Some(pending) = pending {
            return Ok(pending.to_vec());
        }
        let mut rows = read_evidence(self.conn, &[row])?;
        rows.pop()
            .ok_or_else(|| StoreError::Damaged(format!("statements {row} were not read")))
    }
}

fn record_of(graph: &GraphSnapshot, subject: &Subject) -> StoreResult<Option<(Record, EvidenceRow)>> {
    if let Subject::Relation(id) = subject {
        let Some(node) = graph.relations.row(id.as_str()) else {
            return Ok(None);
        };
        let unpacked = graph.unpack(node);
        let relation = unpacked
            .ok_or_else(|| StoreError::Damaged(format!("{id} has an end that is not in the graph")))?;
        return Ok(Some((Record::Relation(relation), node.evidence_row)));
    }
    Ok(record_other_than_relation(graph, subject))
}

/// The record, unless it is a relation.
fn record_other_than_relation(graph: &GraphSnapshot, subject: &Subject) -> Option<(Record, EvidenceRow)> {
    Some(match subject {
        Subject::Source(id) => (Record::Source((**graph.sources.row(id.as_str())?).clone()), 0),
        Subject::Entity(id) => {
            let core = &graph.entities.row(id.as_str())?.facts;
            (Record::Entity((*core.entity).clone()), core.evidence_row)
        }
        Subject::Relation(_) => return None,
        Subject::Observation(id) => {
            let node = graph.observations.row(id.as_str())?;
            (Record::Observation((*node.record).clone()), node.evidence_row)
        }
        Subject::Rule(id) => {
            let node = graph.rules.row(id.as_str())?;
            (Record::Rule((*node.record).clone()), node.evidence_row)
        }
    })
}

fn body_of(record: &Record) -> StoreResult<String> {
    Ok(match record {
        Record::Source(source) => encode(&SourceRow::of(source))?,
        Record::Entity(entity) => encode(&EntityRow::of(entity))?,
        Record::Relation(relation) => encode(&RelationRow::of(relation))?,
        Record::Observation(observation) => encode(&ObservationRow::of(observation))?,
        Record::Rule(rule) => encode(&RuleRow::of(rule))?,
    })
}
