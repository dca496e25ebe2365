//! Reading statements and the change log from the file, beside the writer.

use std::collections::{BTreeSet, HashMap};
use std::path::PathBuf;
use std::sync::Arc;

use parking_lot::{Mutex, RwLock};
use rusqlite::Connection;

use super::file::{open_for_reading, read_evidence};
use super::graph::EvidenceRow;
use crate::model::id::DatasetId;
use crate::model::job;
use crate::model::log::LoggedChange;
use crate::model::statement::Statement;
use crate::store::{Answer, StoreError};

/// Connections kept open for reading. More may be open while more readers are at work.
const IDLE_MAX: usize = 8;
/// Instructions of the machine of `SQLite` between two looks at whether the job goes on: some tens of microseconds.
const STEPS_PER_CHECKPOINT: std::ffi::c_int = 2_000;

/// What the group under way has written, which no other connection can read yet.
pub(super) type Fresh = Arc<RwLock<Unpublished>>;

/// Statements by row, and lines of the log in their order.
#[derive(Default)]
pub(super) struct Unpublished {
    pub(super) statements: HashMap<EvidenceRow, Arc<[Statement]>>,
    pub(super) lines: Vec<LoggedChange>,
}

/// Reads statements by row. A row never changes, so it is the same for every snapshot that points to it.
#[derive(Clone)]
pub(super) struct EvidencePool {
    shared: Arc<Shared>,
    fresh: Option<Fresh>,
}

struct Shared {
    file: PathBuf,
    idle: Mutex<Vec<Connection>>,
}

impl EvidencePool {
    pub(super) fn new(file: PathBuf) -> Self {
        Self {
            shared: Arc::new(Shared {
                file,
                idle: Mutex::default(),
            }),
            fresh: None,
        }
    }

    /// The same, and what the group under way has written.
    pub(super) fn with_fresh(&self, fresh: &Fresh) -> Self {
        Self {
            shared: self.shared.clone(),
            fresh: Some(fresh.clone()),
        }
    }

    /// The statements in some rows, in their order; row 0 has none.
    pub(super) fn read(&self, rows: &[EvidenceRow]) -> Answer<Vec<Vec<Statement>>> {
        if rows.iter().all(|row| *row == 0) {
            return Ok(vec![Vec::new(); rows.len()]);
        }
        self.read_from_file(rows)
    }

    /// The newest line of the group under way on each key, among those that concern one of these data sets.
    pub(super) fn fresh_lines(&self, told: Option<&BTreeSet<DatasetId>>) -> HashMap<String, LoggedChange> {
        let Some(fresh) = &self.fresh else {
            return HashMap::new();
        };
        let fresh = fresh.read();
        let told = fresh
            .lines
            .iter()
            .filter(|line| told.is_none_or(|told| line.is_told(told)));
        told.map(|line| (line.changed.as_str().to_string(), line.clone()))
            .collect()
    }

    fn read_from_file(&self, rows: &[EvidenceRow]) -> Answer<Vec<Vec<Statement>>> {
        let fresh: Vec<Option<Arc<[Statement]>>> = match &self.fresh {
            Some(fresh) => {
                let fresh = fresh.read();
                rows.iter()
                    .map(|row| fresh.statements.get(row).cloned())
                    .collect()
            }
            None => vec![None; rows.len()],
        };
        let stored: Vec<EvidenceRow> = rows
            .iter()
            .zip(&fresh)
            .filter(|(row, fresh)| **row != 0 && fresh.is_none())
            .map(|(row, _)| *row)
            .collect();
        let mut read = self.ask(|conn| read_evidence(conn, &stored))?.into_iter();
        let of_row = |(row, fresh): (&EvidenceRow, Option<Arc<[Statement]>>)| match fresh {
            Some(fresh) => Ok(fresh.to_vec()),
            None if *row == 0 => Ok(Vec::new()),
            None => read
                .next()
                .ok_or_else(|| StoreError::Damaged(format!("statements {row} were not read"))),
        };
        rows.iter().zip(fresh).map(of_row).collect()
    }

    /// Asks the file something. What takes long ends with the job that asks.
    pub(super) fn ask<T>(&self, read: impl FnOnce(&Connection) -> Answer<T>) -> Answer<T> {
        // Taken out, not held: the lock is not kept while the medium is read.
        let idle = self.shared.idle.lock().pop();
        let conn = match idle {
            Some(conn) => conn,
            None => {
                let mut conn = open_for_reading(&self.shared.file)?;
                conn.progress_handler(STEPS_PER_CHECKPOINT, Some(job::is_over))?;
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
