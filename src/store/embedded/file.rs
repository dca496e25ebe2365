//! Reading and writing the rows of the `SQLite` file.

use std::collections::{BTreeSet, HashMap};
use std::path::Path;
use std::sync::Arc;

use rusqlite::{Connection, OpenFlags, OptionalExtension as _, params};
use xxhash_rust::xxh3::Xxh3;

use super::graph::EvidenceRow;
use crate::model::change::{LoggedChange, Record, Revision, Subject};
use crate::model::id::{DatasetId, EntityId};
use crate::model::job;
use crate::model::statement::Statement;
use crate::store::StoreError;
use crate::store::codec::{Provenance, ProvenanceRow, StatementRow, decode, encode};
use crate::store::error::{DiskProblem, IoFailure};

/// The five tables of records.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum RecordTable {
    Source,
    Entity,
    Relation,
    Observation,
    Rule,
}

impl RecordTable {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Source => "source",
            Self::Entity => "entity",
            Self::Relation => "relation",
            Self::Observation => "observation",
            Self::Rule => "rule",
        }
    }

    pub(super) fn of_subject(subject: &Subject) -> Self {
        match subject {
            Subject::Source(_) => Self::Source,
            Subject::Entity(_) => Self::Entity,
            Subject::Relation(_) => Self::Relation,
            Subject::Observation(_) => Self::Observation,
            Subject::Rule(_) => Self::Rule,
        }
    }

    pub(super) fn of_record(record: &Record) -> Self {
        match record {
            Record::Source(_) => Self::Source,
            Record::Entity(_) => Self::Entity,
            Record::Relation(_) => Self::Relation,
            Record::Observation(_) => Self::Observation,
            Record::Rule(_) => Self::Rule,
        }
    }
}

/// The place in an error whose place is not known.
const UNKNOWN_PLACE: &str = "the store's disk";

impl From<rusqlite::Error> for StoreError {
    fn from(error: rusqlite::Error) -> Self {
        Self::from_driver(&error)
    }
}

impl StoreError {
    pub(super) fn from_driver(error: &rusqlite::Error) -> Self {
        match error.sqlite_error_code() {
            Some(rusqlite::ErrorCode::DatabaseCorrupt | rusqlite::ErrorCode::NotADatabase) => {
                Self::Damaged(error.to_string())
            }
            Some(rusqlite::ErrorCode::DatabaseBusy) => Self::Locked,
            // `Disk::explain` adds the place and the message of the system.
            Some(rusqlite::ErrorCode::DiskFull) => IoFailure::DiskFull.at(UNKNOWN_PLACE),
            Some(
                rusqlite::ErrorCode::SystemIoFailure
                | rusqlite::ErrorCode::CannotOpen
                | rusqlite::ErrorCode::PermissionDenied
                | rusqlite::ErrorCode::ReadOnly,
            ) => IoFailure::Disk(DiskProblem::Failing(error.to_string())).at(UNKNOWN_PLACE),
            _ => Self::Internal(error.to_string()),
        }
    }
}

/// Commits the transaction. If the disk fails to flush, the written rows may or may not be there after a crash.
pub(super) fn commit(conn: &Connection) -> Result<(), StoreError> {
    conn.execute_batch("COMMIT").map_err(|error| {
        let code = error.sqlite_error().map(|error| error.extended_code);
        match code {
            Some(rusqlite::ffi::SQLITE_IOERR_FSYNC | rusqlite::ffi::SQLITE_IOERR_DIR_FSYNC) => {
                tracing::error!(%error, "a commit could not be flushed");
                StoreError::FlushFailed {
                    place: UNKNOWN_PLACE.into(),
                }
            }
            _ => error.into(),
        }
    })
}

/// The revision stored in a file.
pub(super) fn read_revision(conn: &Connection) -> Result<Revision, StoreError> {
    let sql = "SELECT value FROM meta WHERE name = 'revision'";
    let revision: i64 = conn.prepare_cached(sql)?.query_row([], |row| row.get(0))?;
    Ok(Revision(revision.cast_unsigned()))
}

/// Whether an empty store must stay empty; if `asked`, stores that first.
pub(super) fn keeps_empty(conn: &Connection, asked: bool) -> Result<bool, StoreError> {
    let noted = "SELECT EXISTS (SELECT 1 FROM meta WHERE name = 'keep_empty')";
    let noted: bool = conn.query_row(noted, [], |row| row.get(0))?;
    if asked && !noted {
        conn.execute("INSERT INTO meta (name, value) VALUES ('keep_empty', 1)", [])?;
    }
    Ok(asked || noted)
}

/// Opens a read-only connection beside that of the writer.
pub(super) fn open_for_reading(path: &Path) -> Result<Connection, StoreError> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let conn = Connection::open_with_flags(path, flags)?;
    conn.busy_timeout(std::time::Duration::from_secs(5))?;
    Ok(conn)
}

/// The hash of a record's row. The wrapping sum of all row hashes is the digest of the file.
pub(super) fn row_hash(
    table: RecordTable,
    id: &str,
    body: &str,
    provenance: i64,
    evidence: EvidenceRow,
) -> i64 {
    let mut hash = Xxh3::new();
    for part in [table.name(), "\0", id, "\0", body] {
        hash.update(part.as_bytes());
    }
    hash.update(&provenance.to_le_bytes());
    hash.update(&evidence.to_le_bytes());
    hash.digest().cast_signed()
}

fn text_hash(text: &str) -> i64 {
    xxhash_rust::xxh3::xxh3_64(text.as_bytes()).cast_signed()
}

/// Writes rows within one transaction, which the caller commits.
pub(super) struct FileWriter<'c> {
    conn: &'c Connection,
    digest: i64,
    /// The row ids of provenances used so far: most records share a few.
    provenances: HashMap<Arc<Provenance>, i64>,
}

impl<'c> FileWriter<'c> {
    pub(super) fn new(conn: &'c Connection) -> Result<Self, StoreError> {
        let digest = conn.query_row("SELECT value FROM meta WHERE name = 'digest'", [], |row| {
            row.get(0)
        })?;
        Ok(Self {
            conn,
            digest,
            provenances: HashMap::new(),
        })
    }

    pub(super) fn put_evidence(&self, statements: &[Statement]) -> Result<EvidenceRow, StoreError> {
        let body = encode(&statements.iter().map(StatementRow::of).collect::<Vec<_>>())?;
        let mut insert = self
            .conn
            .prepare_cached("INSERT INTO evidence (body, hash) VALUES (?1, ?2)")?;
        Ok(insert.insert(params![body, text_hash(&body)])?)
    }

    pub(super) fn delete_evidence(&self, rows: &[EvidenceRow]) -> Result<(), StoreError> {
        let mut delete = self.conn.prepare_cached("DELETE FROM evidence WHERE id = ?1")?;
        for row in rows {
            delete.execute([row])?;
        }
        Ok(())
    }

    /// The row id of a provenance, which is inserted if it is new.
    pub(super) fn provenance_row(&mut self, provenance: &Arc<Provenance>) -> Result<i64, StoreError> {
        if let Some(row) = self.provenances.get(provenance) {
            return Ok(*row);
        }
        let body = encode(&ProvenanceRow::of(provenance))?;
        let mut find = self
            .conn
            .prepare_cached("SELECT id FROM provenance WHERE body = ?1")?;
        let existing = find.query_row([&body], |row| row.get(0)).optional()?;
        let row = match existing {
            Some(row) => row,
            None => self
                .conn
                .prepare_cached("INSERT INTO provenance (body) VALUES (?1)")?
                .insert([&body])?,
        };
        self.provenances.insert(provenance.clone(), row);
        Ok(row)
    }

    pub(super) fn put(
        &mut self,
        table: RecordTable,
        id: &str,
        body: &str,
        provenance: i64,
        evidence: EvidenceRow,
        is_new: bool,
    ) -> Result<(), StoreError> {
        let table_name = table.name();
        let sql = if is_new {
            format!(
                "INSERT INTO {table_name} (id, body, provenance, evidence, hash) VALUES (?1, ?2, ?3, ?4, ?5)"
            )
        } else {
            self.subtract_hash(table, id)?;
            format!(
                "UPDATE {table_name} SET body = ?2, provenance = ?3, evidence = ?4, hash = ?5 WHERE id = ?1"
            )
        };
        let hash = row_hash(table, id, body, provenance, evidence);
        self.conn
            .prepare_cached(&sql)?
            .execute(params![id, body, provenance, evidence, hash])?;
        self.digest = self.digest.wrapping_add(hash);
        Ok(())
    }

    pub(super) fn delete(&mut self, table: RecordTable, id: &str) -> Result<(), StoreError> {
        self.subtract_hash(table, id)?;
        let sql = format!("DELETE FROM {} WHERE id = ?1", table.name());
        self.conn.prepare_cached(&sql)?.execute([id])?;
        Ok(())
    }

    /// Subtracts the hash of a row from the digest.
    fn subtract_hash(&mut self, table: RecordTable, id: &str) -> Result<(), StoreError> {
        let sql = format!("SELECT hash FROM {} WHERE id = ?1", table.name());
        let old: Option<i64> = self
            .conn
            .prepare_cached(&sql)?
            .query_row([id], |row| row.get(0))
            .optional()?;
        let missing = || StoreError::Damaged(format!("{id} is in memory but not in the file"));
        self.digest = self.digest.wrapping_sub(old.ok_or_else(missing)?);
        Ok(())
    }

    pub(super) fn put_dataset(&self, id: &str, body: &str) -> Result<(), StoreError> {
        let sql = "INSERT INTO dataset (id, body) VALUES (?1, ?2) ON CONFLICT (id) DO UPDATE SET body = ?2";
        self.conn.prepare_cached(sql)?.execute([id, body])?;
        Ok(())
    }

    pub(super) fn delete_dataset(&self, id: &str) -> Result<(), StoreError> {
        self.conn
            .prepare_cached("DELETE FROM dataset WHERE id = ?1")?
            .execute([id])?;
        Ok(())
    }

    pub(super) fn put_redirect(&self, from: &str, to: &str) -> Result<(), StoreError> {
        self.conn
            .prepare_cached("UPDATE redirect SET kept = ?2 WHERE kept = ?1")?
            .execute([from, to])?;
        let sql = "INSERT INTO redirect (id, kept) VALUES (?1, ?2) ON CONFLICT (id) DO UPDATE SET kept = ?2";
        self.conn.prepare_cached(sql)?.execute([from, to])?;
        Ok(())
    }

    /// Appends a line to the change log and returns its number.
    pub(super) fn append_log(&self, line: &LoggedChange) -> Result<u64, StoreError> {
        Ok(self.insert_log_line(None, line)?.cast_unsigned())
    }

    /// Replaces the change log by that of a backup.
    pub(super) fn replace_log(&self, log: &[LoggedChange]) -> Result<(), StoreError> {
        self.conn.execute("DELETE FROM change", [])?;
        for line in log {
            self.insert_log_line(Some(line.position.number.cast_signed()), line)?;
        }
        Ok(())
    }

    /// Inserts a line of the change log with a number, or with the next if there is none.
    fn insert_log_line(&self, number: Option<i64>, line: &LoggedChange) -> Result<i64, StoreError> {
        let sql = "INSERT INTO change (cursor, revision, at, by, action, subject, subject_kind, merged_into, datasets)
                   VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)";
        Ok(self.conn.prepare_cached(sql)?.insert(params![
            number,
            line.position.revision.0.cast_signed(),
            line.at.timestamp_micros(),
            line.by,
            line.action.name(),
            line.changed.as_str(),
            line.changed.kind_name(),
            line.merged_into.as_ref().map(EntityId::as_str),
            encode_dataset_ids(&line.datasets)?,
        ])?)
    }

    pub(super) fn finish(self, revision: Revision) -> Result<(), StoreError> {
        let mut set = self
            .conn
            .prepare_cached("UPDATE meta SET value = ?2 WHERE name = ?1")?;
        set.execute(params!["revision", revision.0.cast_signed()])?;
        set.execute(params!["digest", self.digest])?;
        Ok(())
    }
}

/// The ids of data sets as a line of the change log stores them.
fn encode_dataset_ids(datasets: &BTreeSet<DatasetId>) -> Result<String, StoreError> {
    Ok(encode(
        &datasets.iter().map(DatasetId::as_str).collect::<Vec<_>>(),
    )?)
}

/// The statements of some rows, each checked against its hash.
pub(super) fn read_evidence(
    conn: &Connection,
    rows: &[EvidenceRow],
) -> Result<Vec<Vec<Statement>>, StoreError> {
    let mut select = conn.prepare_cached("SELECT body, hash FROM evidence WHERE id = ?1")?;
    let mut read = |row: &EvidenceRow| {
        // Parsing JSON costs as much as reading many records.
        job::steps(16);
        let stored = select
            .query_row([row], |r| Ok((r.get::<_, String>(0)?, r.get::<_, i64>(1)?)))
            .optional()?;
        let missing = || StoreError::Damaged(format!("statements {row} are not in the file"));
        let (body, hash) = stored.ok_or_else(missing)?;
        if text_hash(&body) != hash {
            return Err(StoreError::Damaged(format!(
                "statements {row} do not match their hash"
            )));
        }
        let statements: Vec<StatementRow> = decode(&body)?;
        Ok(statements
            .into_iter()
            .map(StatementRow::read)
            .collect::<Result<_, _>>()?)
    };
    rows.iter().map(&mut read).collect()
}
