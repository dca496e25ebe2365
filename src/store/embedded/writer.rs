//! The one writer: a thread that takes change sets from a queue and commits several together when several wait.
//!
//! A group is one transaction, so one wait for the medium; within it each change set is a savepoint of its own, with its own
//! revision, and one that fails leaves no trace. Readers see a group when, and only when, it is on the medium. A group that cannot
//! begin or commit fails every change set in it, and leaves memory and the file as they were.

use std::collections::VecDeque;
use std::sync::{Arc, Weak};

use arc_swap::ArcSwap;
use rusqlite::Connection;
use tokio::sync::{mpsc, watch};

use super::apply::Provenances;
use super::file::{FileWriter, revision_of};
use super::graph::{EvidenceRow, Graph};
use super::medium::Medium;
use super::pool::{Fresh, Unpublished};
use super::scope::{GROUP_CHANGES_MAX, Scope};
use super::views::Views;
use crate::model::change::Revision;
use crate::store::{Answer, StoreError};

/// Change sets in one group, at most.
const GROUP_MAX: usize = 64;

/// What a job does with the newest graph, or with the reason why there is no transaction to do it in; and what it does when its
/// group is on the medium, or is not.
pub(super) type Job = Box<dyn FnOnce(Answer<&mut Scope<'_>>) -> Done + Send>;
pub(super) type Done = Box<dyn FnOnce(Answer<()>) + Send>;

/// The writer's own state.
pub(super) struct Writer {
    pub(super) conn: Connection,
    pub(super) published: Arc<ArcSwap<Graph>>,
    pub(super) tell: watch::Sender<Revision>,
    pub(super) views: Arc<Views>,
    pub(super) fresh: Fresh,
    pub(super) provenances: Provenances,
    /// Graphs that were replaced, and the rows of evidence that only they, or older ones, point to.
    pub(super) garbage: VecDeque<(Weak<Graph>, Vec<EvidenceRow>)>,
    /// The disk under it.
    pub(super) medium: Arc<Medium>,
}

impl Writer {
    /// Works until nobody can send a job any more.
    pub(super) fn run(mut self, mut jobs: mpsc::Receiver<Job>) {
        while let Some(first) = jobs.blocking_recv() {
            self.group(first, &mut jobs);
        }
    }

    fn group(&mut self, first: Job, jobs: &mut mpsc::Receiver<Job>) {
        let dead = self.dead_rows();
        if let Err(error) = self.begin(&dead) {
            let error = self.medium.explain(error);
            self.roll_back(dead, &error);
            // Those that waited as long as the first did. Taken before the first is told, who may send another then.
            let others = std::iter::from_fn(|| jobs.try_recv().ok()).take(GROUP_MAX - 1);
            let group: Vec<Job> = std::iter::once(first).chain(others).collect();
            for job in group {
                job(Err(error.clone()))(Err(error.clone()));
            }
            return;
        }
        let before = self.published.load_full();
        let mut scope = Scope::new(
            before.clone(),
            &self.fresh,
            &self.conn,
            &mut self.provenances,
            &self.medium,
        );
        let mut done = vec![first(Ok(&mut scope))];
        while scope.is_open() && done.len() < GROUP_MAX && scope.changes() < GROUP_CHANGES_MAX {
            let Ok(job) = jobs.try_recv() else { break };
            done.push(job(Ok(&mut scope)));
        }
        let outcome = match scope.commit() {
            Ok((tip, superseded)) => {
                if tip.revision != before.revision {
                    self.medium.succeeded();
                }
                self.publish(&before, tip, superseded);
                Ok(())
            }
            Err(error) => {
                self.roll_back(dead, &error);
                Err(error)
            }
        };
        *self.fresh.write() = Unpublished::default();
        for done in done {
            done(outcome.clone());
        }
    }

    /// Opens the transaction of a group, and deletes rows that no reader can reach any more.
    fn begin(&self, dead: &[EvidenceRow]) -> Answer<()> {
        self.medium.in_place()?;
        if !self.conn.is_autocommit() {
            // The rollback of the last group failed.
            self.conn.execute_batch("ROLLBACK")?;
        }
        self.conn.execute_batch("BEGIN IMMEDIATE")?;
        let (stored, read) = (revision_of(&self.conn)?, self.published.load().revision);
        if stored != read {
            return Err(StoreError::Damaged(format!(
                "its file is at revision {stored}, and the graph in memory at {read}; restart the server, and let no other \
                 program write to the file"
            )));
        }
        FileWriter::new(&self.conn)?.drop_evidence(dead)
    }

    /// Shows a graph that is on the medium to readers.
    fn publish(&mut self, before: &Arc<Graph>, tip: Arc<Graph>, superseded: Vec<EvidenceRow>) {
        if tip.revision == before.revision {
            return;
        }
        self.garbage.push_back((Arc::downgrade(before), superseded));
        let revision = tip.revision;
        self.views.let_go(&tip);
        self.published.store(tip);
        self.tell.send_replace(revision);
    }

    /// Leaves nothing of a group, neither in the file nor in memory. The rows that it deleted are there again.
    fn roll_back(&mut self, dead: Vec<EvidenceRow>, error: &StoreError) {
        tracing::error!(%error, "a group of writes was rolled back");
        // SQLite has rolled back by itself where the medium failed.
        if !self.conn.is_autocommit()
            && let Err(error) = self.conn.execute_batch("ROLLBACK")
        {
            tracing::error!(%error, "the rollback failed; it is tried again before the next write");
        }
        if !dead.is_empty() {
            self.garbage.push_front((Weak::new(), dead));
        }
        self.provenances.sweep();
    }

    /// Rows of evidence that no reader can reach any more.
    fn dead_rows(&mut self) -> Vec<EvidenceRow> {
        let mut dead = Vec::new();
        // In order: rows that a later graph let go may be in sight of every earlier one.
        while self
            .garbage
            .front()
            .is_some_and(|(graph, _)| graph.strong_count() == 0)
        {
            dead.extend(self.garbage.pop_front().into_iter().flat_map(|(_, rows)| rows));
        }
        dead
    }
}
