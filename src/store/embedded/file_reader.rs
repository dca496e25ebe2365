//! Reading statements and the change log from the file, on connections beside that of the writer.

use std::collections::{BTreeSet, HashMap};
use std::path::PathBuf;
use std::sync::Arc;

use parking_lot::{Mutex, RwLock};
use rusqlite::Connection;

use super::disk::Disk;
use super::file::{open_for_reading, read_evidence};
use super::graph::EvidenceRow;
use crate::model::change::LoggedChange;
use crate::model::id::DatasetId;
use crate::model::job;
use crate::model::statement::Statement;
use crate::store::{StoreError, StoreResult};

/// Number of idle connections kept open. More may be open while more readers are at work.
const IDLE_MAX: usize = 8;
/// Instructions of the virtual machine of `SQLite` between two checks whether the job was cancelled: some tens of microseconds.
const STEPS_PER_CHECKPOINT: std::ffi::c_int = 2_000;

/// The writes of the open transaction, shared with the readers of its plans.
pub(super) type SharedPendingWrites = Arc<RwLock<PendingWrites>>;

/// The writes of the open transaction, which no other connection can read yet: statements by row, and lines of the change log.
#[derive(Default)]
pub(super) struct PendingWrites {
    pub(super) statements: HashMap<EvidenceRow, Arc<[Statement]>>,
    pub(super) lines: Vec<LoggedChange>,
}

/// Reads statements by row, and the change log. A row never changes, so that it is the same for every snapshot that refers to it.
#[derive(Clone)]
pub(super) struct FileReader {
    shared: Arc<ConnectionPool>,
    pending: Option<SharedPendingWrites>,
}

/// The idle connections to the file, shared by all copies of a reader.
struct ConnectionPool {
    file: PathBuf,
    disk: Arc<Disk>,
    idle: Mutex<Vec<Connection>>,
}

impl FileReader {
    pub(super) fn new(file: PathBuf, disk: Arc<Disk>) -> Self {
        Self {
            shared: Arc::new(ConnectionPool {
                file,
                disk,
                idle: Mutex::default(),
            }),
            pending: None,
        }
    }

    /// A reader that also sees the writes of the open transaction.
    pub(super) fn with_pending(&self, pending: &SharedPendingWrites) -> Self {
        Self {
            shared: self.shared.clone(),
            pending: Some(pending.clone()),
        }
    }

    /// The statements in each row, in the order of `rows`; row 0 has none.
    pub(super) fn read(&self, rows: &[EvidenceRow]) -> StoreResult<Vec<Vec<Statement>>> {
        if rows.iter().all(|row| *row == 0) {
            return Ok(vec![Vec::new(); rows.len()]);
        }
        self.read_from_file(rows)
    }

    /// The newest line of the open transaction on each key, of the lines that concern one of these data sets, or of all.
    pub(super) fn pending_lines(
        &self,
        datasets: Option<&BTreeSet<DatasetId>>,
    ) -> HashMap<String, LoggedChange> {
        let Some(pending) = &self.pending else {
            return HashMap::new();
        };
        let pending = pending.read();
        let lines = pending
            .lines
            .iter()
            .filter(|line| datasets.is_none_or(|datasets| line.concerns_any(datasets)));
        lines
            .map(|line| (line.changed.as_str().to_string(), line.clone()))
            .collect()
    }

    fn read_from_file(&self, rows: &[EvidenceRow]) -> StoreResult<Vec<Vec<Statement>>> {
        let pending: Vec<Option<Arc<[Statement]>>> = match &self.pending {
            Some(pending) => {
                let pending = pending.read();
                rows.iter()
                    .map(|row| pending.statements.get(row).cloned())
                    .collect()
            }
            None => vec![None; rows.len()],
        };
        let stored: Vec<EvidenceRow> = rows
            .iter()
            .zip(&pending)
            .filter(|(row, pending)| **row != 0 && pending.is_none())
            .map(|(row, _)| *row)
            .collect();
        let mut read = self.ask(|conn| read_evidence(conn, &stored))?.into_iter();
        let of_row = |(row, pending): (&EvidenceRow, Option<Arc<[Statement]>>)| match pending {
            Some(pending) => Ok(pending.to_vec()),
            None if *row == 0 => Ok(Vec::new()),
            None => read
                .next()
                .ok_or_else(|| StoreError::Damaged(format!("statements {row} were not read"))),
        };
        rows.iter().zip(pending).map(of_row).collect()
    }

    /// Runs a query on a connection. It is interrupted if its job is cancelled. A read that the disk failed once is repeated; it may
    /// look like damage.
    pub(super) fn ask<T>(&self, read: impl Fn(&Connection) -> StoreResult<T>) -> StoreResult<T> {
        match self.attempt(&read) {
            Err(StoreError::Damaged(_) | StoreError::Disk { .. }) => {
                let again = self.attempt(&read);
                again.map_err(|error| self.shared.disk.explain_read(error))
            }
            other => other,
        }
    }

    fn attempt<T>(&self, read: impl Fn(&Connection) -> StoreResult<T>) -> StoreResult<T> {
        // The connection is taken out, so that the lock is not held while the disk is read.
        let idle = self.shared.idle.lock().pop();
        let conn = match idle {
            Some(conn) => conn,
            None => {
                let mut conn = open_for_reading(&self.shared.file)?;
                conn.progress_handler(STEPS_PER_CHECKPOINT, Some(job::is_cancelled))?;
                conn
            }
        };
        let answer = read(&conn);
        job::checkpoint();
        let mut idle = self.shared.idle.lock();
        if idle.len() < IDLE_MAX {
            idle.push(conn);
        }
        answer
    }
}
