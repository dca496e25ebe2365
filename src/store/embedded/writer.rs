//! The writer thread: it takes change sets from a queue, and commits those that wait in one transaction.
//!
//! A transaction costs one wait for the disk. Within it each change set has a savepoint and a revision of its own, and is rolled back
//! alone if it fails. Readers see a transaction only once it is on the disk. If it cannot begin or commit, all its change sets fail, and
//! memory and file stay as they were.

use std::collections::VecDeque;
use std::sync::{Arc, Weak};

use arc_swap::ArcSwap;
use rusqlite::Connection;
use tokio::sync::{mpsc, watch};

use super::disk::Disk;
use super::file::{FileWriter, read_revision};
use super::file_reader::{PendingWrites, SharedPendingWrites};
use super::graph::{EvidenceRow, GraphSnapshot};
use super::provenance_pool::ProvenancePool;
use super::transaction::{TRANSACTION_CHANGES_MAX, WriteTransaction};
use super::visible_graph_cache::VisibleGraphCache;
use crate::model::change::Revision;
use crate::store::{StoreError, StoreResult};

/// Most change sets in one transaction.
const CHANGE_SETS_MAX: usize = 64;

/// A job of the writer thread: called with the open transaction, or with the error why there is none. Returns the function to call when
/// the transaction has ended.
pub(super) type WriteJob = Box<dyn FnOnce(StoreResult<&mut WriteTransaction<'_>>) -> WriteReply + Send>;
/// Sends the outcome of a job to its caller, once its transaction is committed or has failed.
pub(super) type WriteReply = Box<dyn FnOnce(StoreResult<()>) + Send>;

/// The state of the writer thread.
pub(super) struct WriterThread {
    pub(super) conn: Connection,
    pub(super) published: Arc<ArcSwap<GraphSnapshot>>,
    pub(super) revision_sender: watch::Sender<Revision>,
    pub(super) visible_graphs: Arc<VisibleGraphCache>,
    pub(super) pending: SharedPendingWrites,
    pub(super) provenances: ProvenancePool,
    /// Replaced graphs, with the rows of statements to which only they or older graphs refer.
    pub(super) garbage: VecDeque<(Weak<GraphSnapshot>, Vec<EvidenceRow>)>,
    /// The disk of the file.
    pub(super) disk: Arc<Disk>,
}

impl WriterThread {
    /// Runs until the last sender of the queue is dropped.
    pub(super) fn run(mut self, mut jobs: mpsc::Receiver<WriteJob>) {
        while let Some(first) = jobs.blocking_recv() {
            self.run_transaction(first, &mut jobs);
        }
    }

    fn run_transaction(&mut self, first: WriteJob, jobs: &mut mpsc::Receiver<WriteJob>) {
        let unreachable = self.unreachable_rows();
        if let Err(error) = self.begin(&unreachable) {
            let error = self.disk.explain(error);
            self.roll_back(unreachable, &error);
            // Fails the jobs that wait already. They are taken before the first gets its reply, for its caller may send another then.
            let others = std::iter::from_fn(|| jobs.try_recv().ok()).take(CHANGE_SETS_MAX - 1);
            let jobs: Vec<WriteJob> = std::iter::once(first).chain(others).collect();
            for job in jobs {
                job(Err(error.clone()))(Err(error.clone()));
            }
            return;
        }
        let before = self.published.load_full();
        let mut transaction = WriteTransaction::new(
            before.clone(),
            &self.pending,
            &self.conn,
            &mut self.provenances,
            &self.disk,
        );
        let mut replies = vec![first(Ok(&mut transaction))];
        while transaction.is_open()
            && replies.len() < CHANGE_SETS_MAX
            && transaction.changes() < TRANSACTION_CHANGES_MAX
        {
            let Ok(job) = jobs.try_recv() else { break };
            replies.push(job(Ok(&mut transaction)));
        }
        let outcome = match transaction.commit() {
            Ok((newest, superseded)) => {
                if newest.revision != before.revision {
                    self.disk.note_success();
                }
                self.publish(&before, newest, superseded);
                Ok(())
            }
            Err(error) => {
                self.roll_back(unreachable, &error);
                Err(error)
            }
        };
        *self.pending.write() = PendingWrites::default();
        for reply in replies {
            reply(outcome.clone());
        }
    }

    /// Begins a transaction, and deletes rows that no reader can reach any more.
    fn begin(&self, unreachable: &[EvidenceRow]) -> StoreResult<()> {
        self.disk.check_in_place()?;
        if !self.conn.is_autocommit() {
            // The last rollback failed.
            self.conn.execute_batch("ROLLBACK")?;
        }
        self.conn.execute_batch("BEGIN IMMEDIATE")?;
        let (stored, read) = (read_revision(&self.conn)?, self.published.load().revision);
        if stored != read {
            return Err(StoreError::Damaged(format!(
                "its file is at revision {stored}, and the graph in memory at {read}; restart the server, and let no other \
                 program write to the file"
            )));
        }
        FileWriter::new(&self.conn)?.delete_evidence(unreachable)
    }

    /// Publishes a graph that is on the disk to readers.
    fn publish(
        &mut self,
        before: &Arc<GraphSnapshot>,
        newest: Arc<GraphSnapshot>,
        superseded: Vec<EvidenceRow>,
    ) {
        if newest.revision == before.revision {
            return;
        }
        self.garbage.push_back((Arc::downgrade(before), superseded));
        let revision = newest.revision;
        self.visible_graphs.evict_stale(&newest);
        self.published.store(newest);
        self.revision_sender.send_replace(revision);
    }

    /// Rolls back a transaction, in the file and in memory.
    fn roll_back(&mut self, unreachable: Vec<EvidenceRow>, error: &StoreError) {
        tracing::error!(%error, "a write transaction was rolled back");
        // If the disk failed, SQLite has rolled back already.
        if !self.conn.is_autocommit()
            && let Err(error) = self.conn.execute_batch("ROLLBACK")
        {
            tracing::error!(%error, "the rollback failed; it is tried again before the next write");
        }
        if !unreachable.is_empty() {
            self.garbage.push_front((Weak::new(), unreachable));
        }
        self.provenances.drop_unused();
    }

    /// The rows of statements that no reader can reach any more.
    fn unreachable_rows(&mut self) -> Vec<EvidenceRow> {
        let mut unreachable = Vec::new();
        // In order: rows that a later graph superseded may be reached from every earlier one.
        while self
            .garbage
            .front()
            .is_some_and(|(graph, _)| graph.strong_count() == 0)
        {
            unreachable.extend(self.garbage.pop_front().into_iter().flat_map(|(_, rows)| rows));
        }
        unreachable
    }
}
