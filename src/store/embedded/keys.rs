//! API keys in a file of their own: one process holds the graph, and `hukun key` must work meanwhile.

use std::collections::BTreeSet;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, Utc};
use parking_lot::Mutex;
use rusqlite::{Connection, OptionalExtension as _, Row, TransactionBehavior, params};

use super::data_directory;
use super::disk::with_location;
use super::unreadable::UnreadableFile;
use crate::model::id::DatasetId;
use crate::model::key::{ApiKey, KeyHash, KeyId};
use crate::model::principal::{DatasetScope, Role};
use crate::store::error::IoFailure;
use crate::store::private::{create_private_directory, private_options};
use crate::store::{DiskProblem, KeyStore, StoreError, StoreResult};

const FILE_NAME: &str = "keys.db";
/// "HUKK": the application id of the file.
const APPLICATION_ID: i64 = 0x4855_4b4b;
/// The schema version: `keys.sql` is the first, and `secret.sql` was added in the second.
const SCHEMA_VERSION: i64 = 2;
/// How long to wait for another process's lock.
const BUSY_MAX: Duration = Duration::from_secs(5);
const COLUMNS: &str =
    "id, hash, label, role, pii, datasets, created_at, expires_at, last_used_at, revoked_at";

/// The API keys of a data directory. The file is created with the first key.
#[derive(Clone)]
pub struct EmbeddedKeyStore {
    file: PathBuf,
    conn: Arc<Mutex<Option<Connection>>>,
}

impl EmbeddedKeyStore {
    /// The keys of a data directory, which another process may hold. Opens nothing yet.
    pub fn at(directory: &Path) -> Self {
        Self {
            file: directory.join(FILE_NAME),
            conn: Arc::default(),
        }
    }

    /// Runs a function on the connection; none if there is no file.
    async fn with<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Connection) -> StoreResult<T> + Send + 'static,
    ) -> StoreResult<Option<T>> {
        let keys = self.clone();
        let done = tokio::task::spawn_blocking(move || {
            let mut open = keys.conn.lock();
            if open.is_none() && !keys.file.exists() {
                return Ok(None);
            }
            let located = |error| keys.located(error);
            let conn = match &mut *open {
                Some(conn) => conn,
                none => none.insert(keys.open().map_err(located)?),
            };
            let outcome = work(conn);
            if matches!(outcome, Err(StoreError::Damaged(_))) {
                // `located` reads the files, and drops the locks of a connection.
                *open = None;
            }
            outcome.map(Some).map_err(located)
        });
        done.await
            .map_err(|error| StoreError::Internal(error.to_string()))?
    }

    /// Creates the file if there is none; only its owner can read it.
    async fn make(&self) -> StoreResult<()> {
        let keys = self.clone();
        let made = tokio::task::spawn_blocking(move || keys.make_now()).await;
        made.map_err(|error| StoreError::Internal(error.to_string()))?
    }

    fn make_now(&self) -> StoreResult<()> {
        let io = |error: io::Error| IoFailure::from_io(&error).at(self.directory().display().to_string());
        create_private_directory(self.directory()).map_err(io)?;
        if !self.file.exists() {
            // Keys without a graph's file mean that it was lost, so that it is created before them.
            data_directory::create_file_if_missing(self.directory())
                .map_err(|error| StoreError::Internal(error.to_string()))?;
        }
        private_options()
            .create(true)
            .append(true)
            .open(&self.file)
            .map(drop)
            .map_err(io)
    }

    /// The error with the file or directory that it concerns.
    fn located(&self, error: StoreError) -> StoreError {
        if matches!(error, StoreError::Damaged(_))
            && let Some(UnreadableFile { path, reason }) = UnreadableFile::find(&self.file)
        {
            return IoFailure::Disk(DiskProblem::Failing(reason)).at(path.display().to_string());
        }
        with_location(self.directory(), error)
    }

    fn directory(&self) -> &Path {
        self.file.parent().unwrap_or(&self.file)
    }

    fn open(&self) -> StoreResult<Connection> {
        let mut conn = Connection::open(&self.file)?;
        conn.busy_timeout(BUSY_MAX)?;
        // As with the graph: an acknowledged write is on the disk, and readers do not wait.
        conn.pragma_update(None, "journal_mode", "WAL")?;
        conn.pragma_update(None, "synchronous", "FULL")?;
        let txn = conn.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let pragma = |name: &str| txn.pragma_query_value(None, name, |row| row.get::<_, i64>(0));
        match (pragma("application_id")?, pragma("user_version")?) {
            (APPLICATION_ID, SCHEMA_VERSION) => {}
            (0, 0) => txn.execute_batch(&format!(
                "PRAGMA application_id = {APPLICATION_ID}; PRAGMA user_version = {SCHEMA_VERSION}; {} {}",
                include_str!("keys.sql"),
                include_str!("secret.sql")
            ))?,
            (APPLICATION_ID, 1) => txn.execute_batch(&format!(
                "PRAGMA user_version = {SCHEMA_VERSION}; {}",
                include_str!("secret.sql")
            ))?,
            (APPLICATION_ID, found) => {
                return Err(self.refused(&format!(
                    "it was written by a newer Hukun (schema {found}; this one reads up to {SCHEMA_VERSION})"
                )));
            }
            _ => return Err(self.refused("it is a file of another program")),
        }
        txn.commit()?;
        Ok(conn)
    }

    fn refused(&self, reason: &str) -> StoreError {
        StoreError::Damaged(format!("{}: {reason}", self.file.display()))
    }
}

impl KeyStore for EmbeddedKeyStore {
    async fn list(&self) -> StoreResult<Vec<ApiKey>> {
        let read = self.with(|conn| {
            let mut statement = conn.prepare_cached(&format!("SELECT {COLUMNS} FROM api_key ORDER BY id"))?;
            let rows = statement.query_map([], |row| Ok(read(row)))?;
            rows.map(|row| row?).collect()
        });
        Ok(read.await?.unwrap_or_default())
    }

    async fn add(&self, key: &ApiKey) -> StoreResult<bool> {
        self.make().await?;
        let key = key.clone();
        let added = self.with(move |conn| {
            let count = conn.execute(
                &format!("INSERT OR IGNORE INTO api_key ({COLUMNS}) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)"),
                params![
                    key.id.as_str(),
                    key.hash.0,
                    key.label,
                    key.role.name(),
                    key.pii,
                    datasets(&key.scope),
                    key.created_at.timestamp_millis(),
                    key.expires_at.map(|at| at.timestamp_millis()),
                    key.last_used_at.map(|at| at.timestamp_millis()),
                    key.revoked_at.map(|at| at.timestamp_millis()),
                ],
            )?;
            Ok(count == 1)
        });
        Ok(added.await?.unwrap_or(false))
    }

    async fn revoke(&self, id: &KeyId, at: DateTime<Utc>) -> StoreResult<Option<ApiKey>> {
        let id = id.clone();
        let revoked = self.with(move |conn| {
            // Not one statement with RETURNING: that commits when its row has been read, where an error of the disk is lost.
            let txn = conn.transaction_with_behavior(TransactionBehavior::Immediate)?;
            txn.execute(
                "UPDATE api_key SET revoked_at = coalesce(revoked_at, ?2) WHERE id = ?1",
                params![id.as_str(), at.timestamp_millis()],
            )?;
            let select = format!("SELECT {COLUMNS} FROM api_key WHERE id = ?1");
            let row = txn
                .query_row(&select, [id.as_str()], |row| Ok(read(row)))
                .optional()?;
            txn.commit()?;
            row.transpose()
        });
        Ok(revoked.await?.flatten())
    }

    async fn record_use(&self, id: &KeyId, at: DateTime<Utc>) -> StoreResult<()> {
        let id = id.clone();
        let noted = self.with(move |conn| {
            conn.execute(
                "UPDATE api_key SET last_used_at = ?2 WHERE id = ?1 AND coalesce(last_used_at, ?2 - 1) < ?2",
                params![id.as_str(), at.timestamp_millis()],
            )?;
            Ok(())
        });
        noted.await.map(|_| ())
    }

    async fn cursor_key(&self, fresh: [u8; 32]) -> StoreResult<[u8; 32]> {
        self.make().await?;
        let kept = self.with(move |conn| {
            let name = "cursors";
            conn.execute(
                "INSERT OR IGNORE INTO secret (name, value) VALUES (?1, ?2)",
                params![name, fresh],
            )?;
            let select = "SELECT value FROM secret WHERE name = ?1";
            Ok(conn.query_row(select, [name], |row| row.get(0))?)
        });
        let missing = || StoreError::Internal(format!("{} was removed", self.file.display()));
        kept.await?.ok_or_else(missing)
    }
}

fn datasets(scope: &DatasetScope) -> Option<String> {
    match scope {
        DatasetScope::Unscoped => None,
        DatasetScope::Only(ids) => Some(ids.iter().map(DatasetId::as_str).collect::<Vec<_>>().join("\n")),
    }
}

fn read(row: &Row<'_>) -> StoreResult<ApiKey> {
    let id: String = row.get(0)?;
    let damaged = |what: &str| StoreError::Damaged(format!("the {what} of the key {id} cannot be read"));
    let time = |at: usize| -> StoreResult<Option<DateTime<Utc>>> {
        let millis: Option<i64> = row.get(at)?;
        millis
            .map(|millis| DateTime::from_timestamp_millis(millis).ok_or_else(|| damaged("time")))
            .transpose()
    };
    let scope = match row.get::<_, Option<String>>(5)? {
        None => DatasetScope::Unscoped,
        Some(lines) => {
            let ids: Result<BTreeSet<_>, _> = lines.lines().map(DatasetId::parse).collect();
            DatasetScope::Only(ids.map_err(|_| damaged("data sets"))?)
        }
    };
    Ok(ApiKey {
        hash: KeyHash(row.get(1).map_err(|_| damaged("hash"))?),
        label: row.get(2)?,
        role: Role::parse(&row.get::<_, String>(3)?).ok_or_else(|| damaged("role"))?,
        pii: row.get(4)?,
        scope,
        created_at: time(6)?.ok_or_else(|| damaged("time"))?,
        expires_at: time(7)?,
        last_used_at: time(8)?,
        revoked_at: time(9)?,
        id: KeyId::parse(&id).ok_or_else(|| damaged("id"))?,
    })
}
