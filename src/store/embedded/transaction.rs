//! The transaction of the writer thread: the newest graph, and the open `SQLite` transaction in which the next one is written.

use std::sync::Arc;

use rusqlite::Connection;

use super::apply::GraphEditor;
use super::change_set_writer::{ChangeSetLog, ChangeSetWriter, WrittenChangeSet};
use super::disk::Disk;
use super::file::{FileWriter, commit};
use super::file_reader::{PendingWrites, SharedPendingWrites};
use super::graph::{EvidenceRow, GraphSnapshot};
use super::provenance_pool::ProvenancePool;
use super::stored_version::StoredVersions;
use crate::model::change::{ChangeSet, Revision};
use crate::store::{PreviousVersions, StoreError, StoreResult};

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
    written: WrittenChangeSet,
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
    pub(super) fn apply(&mut self, changes: ChangeSet, previous: &PreviousVersions) -> StoreResult<bool> {
        // Outside a transaction, a savepoint would begin one, and its release would commit it.
        if !self.is_open() {
            let failure = StoreError::Internal("the transaction was rolled back".into());
            return Err(self.failure.get_or_insert(failure).clone());
        }
        let written = self
            .execute("SAVEPOINT change_set")
            .and_then(|()| self.write(changes, previous))
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

    fn adopt(&mut self, StagedChangeSet { graph, written }: StagedChangeSet) {
        self.newest = Arc::new(graph);
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

    fn write(&mut self, set: ChangeSet, previous: &PreviousVersions) -> StoreResult<Option<StagedChangeSet>> {
        self.changes += set.changes.len();
        let mut graph = GraphSnapshot::clone(&self.newest);
        graph.revision = Revision(graph.revision.0 + 1);
        let mut writer = ChangeSetWriter {
            log: ChangeSetLog::new(&set, graph.revision, &self.newest),
            versions: StoredVersions {
                graph: &self.newest,
                pending: self.pending,
                conn: self.conn,
            },
            previous,
            provenances: self.provenances,
            file: FileWriter::new(self.conn)?,
            editor: GraphEditor::new(&mut graph),
            superseded: Vec::new(),
            pending: PendingWrites::default(),
            keeps_pending: self.changes < TRANSACTION_CHANGES_MAX,
            history: None,
        };
        for change in set.changes {
            writer.write(change)?;
        }
        let Some(written) = writer.finish()? else {
            return Ok(None);
        };
        graph.revision = written.revision;
        Ok(Some(StagedChangeSet { graph, written }))
    }
}
