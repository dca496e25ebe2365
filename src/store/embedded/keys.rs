//! API keys in a file of their own beside the graph's: one process holds the graph, and `hukun key` must work meanwhile.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, Utc};
use parking_lot::Mutex;
use rusqlite::{Connection, OptionalExtension as _, Row, TransactionBehavior, params};

use super::home;
use super::medium::locate;
use crate::model::id::DatasetId;
use crate::model::key::{ApiKey, KeyHash, KeyId};
use crate::model::principal::{Role, Scope};
use crate::store::error::IoProblem;
use crate::store::private::{create_private_directory, private_options};
use crate::store::{Answer, Keys, StoreError};

const FILE_NAME: &str = "keys.db";
/// "HUKK": what tells the file from others.
const APPLICATION_ID: i64 = 0x4855_4b4b;
/// The version of `keys.sql` with `secret.sql`, which came with the second.
const SCHEMA_VERSION: i64 = 2;
/// How long to wait for another process that writes.
const BUSY_MAX: Duration = Duration::from_secs(5);
const COLUMNS: &str =
    "id, hash, label, role, pii, datasets, created_at, expires_at, last_used_at, revoked_at";

/// The keys of a data directory. The file is made with the first key: a directory without keys has none.
#[derive(Clone)]
pub struct EmbeddedKeys {
    file: PathBuf,
    conn: Arc<Mutex<Option<Connection>>>,
}

impl EmbeddedKeys {
    /// The keys of a data directory, which may be in use by another process. Nothing is opened yet.
    pub fn at(directory: &Path) -> Self {
        Self {
            file: directory.join(FILE_NAME),
            conn: Arc::default(),
        }
    }

    /// Works with the file, where there is one.
    async fn with<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Connection) -> Answer<T> + Send + 'static,
    ) -> Answer<Option<T>> {
        let keys = self.clone();
        let done = tokio::task::spawn_blocking(move || {
            let mut open = keys.conn.lock();
            if open.is_none() && !keys.file.exists() {
                return Ok(None);
            }
            let located = |error| locate(keys.directory(), error);
            let conn = match &mut *open {
                Some(conn) => conn,
                none => none.insert(keys.open().map_err(located)?),
            };
            work(conn).map(Some).map_err(located)
        });
        done.await.map_err(|error| StoreError::Fault(error.to_string()))?
    }

    /// Makes the file where there is none, readable for its owner alone.
    async fn make(&self) -> Answer<()> {
        let keys = self.clone();
        let made = tokio::task::spawn_blocking(move || keys.make_now()).await;
        made.map_err(|error| StoreError::Fault(error.to_string()))?
    }

    fn make_now(&self) -> Answer<()> {
        let io = |error: std::io::Error| IoProblem::of(&error).at(self.directory().display().to_string());
        create_private_directory(self.directory()).map_err(io)?;
        if !self.file.exists() {
            // Keys without a graph's file beside them mean that it was lost: so it is made before them.
            home::begin(self.directory()).map_err(|error| StoreError::Fault(error.to_string()))?;
        }
        private_options()
            .create(true)
            .append(true)
            .open(&self.file)
            .map(drop)
            .map_err(io)
    }

    fn directory(&self) -> &Path {
        self.file.parent().unwrap_or(&self.file)
    }

    fn open(&self) -> Answer<Connection> {
        let mut conn = Connection::open(&self.file)?;
        conn.busy_timeout(BUSY_MAX)?;
        // As with the graph: what was acknowledged is on the medium, and readers wait for nobody.
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
                    "a newer Hukun wrote it (schema {found}; this one reads up to {SCHEMA_VERSION})"
                )));
            }
            _ => return Err(self.refused("it is the file of another program")),
        }
        txn.commit()?;
        Ok(conn)
    }

    fn refused(&self, reason: &str) -> StoreError {
        StoreError::Damaged(format!("{}: {reason}", self.file.display()))
    }
}

impl Keys for EmbeddedKeys {
    async fn list(&self) -> Answer<Vec<ApiKey>> {
        let read = self.with(|conn| {
            let mut statement = conn.prepare_cached(&format!("SELECT {COLUMNS} FROM api_key ORDER BY id"))?;
            let rows = statement.query_map([], |row| Ok(read(row)))?;
            rows.map(|row| row?).collect()
        });
        Ok(read.await?.unwrap_or_default())
    }

    async fn add(&self, key: &ApiKey) -> Answer<bool> {
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

    async fn revoke(&self, id: &KeyId, at: DateTime<Utc>) -> Answer<Option<ApiKey>> {
        let id = id.clone();
        let revoked = self.with(move |conn| {
            let statement = format!(
                "UPDATE api_key SET revoked_at = coalesce(revoked_at, ?2) WHERE id = ?1 RETURNING {COLUMNS}"
            );
            let row = conn.query_row(&statement, params![id.as_str(), at.timestamp_millis()], |row| {
                Ok(read(row))
            });
            row.optional()?.transpose()
        });
        Ok(revoked.await?.flatten())
    }

    async fn used(&self, id: &KeyId, at: DateTime<Utc>) -> Answer<()> {
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

    async fn cursor_key(&self, fresh: [u8; 32]) -> Answer<[u8; 32]> {
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
        let missing = || StoreError::Fault(format!("{} went away", self.file.display()));
        kept.await?.ok_or_else(missing)
    }
}

fn datasets(scope: &Scope) -> Option<String> {
    match scope {
        Scope::Unscoped => None,
        Scope::Only(ids) => Some(ids.iter().map(DatasetId::as_str).collect::<Vec<_>>().join("\n")),
    }
}

fn read(row: &Row<'_>) -> Answer<ApiKey> {
    let id: String = row.get(0)?;
    let damaged = |what: &str| StoreError::Damaged(format!("the key {id} has no readable {what}"));
    let time = |at: usize| -> Answer<Option<DateTime<Utc>>> {
        let millis: Option<i64> = row.get(at)?;
        millis
            .map(|millis| DateTime::from_timestamp_millis(millis).ok_or_else(|| damaged("time")))
            .transpose()
    };
    let scope = match row.get::<_, Option<String>>(5)? {
        None => Scope::Unscoped,
        Some(lines) => {
            let ids: Result<BTreeSet<_>, _> = lines.lines().map(DatasetId::parse).collect();
            Scope::Only(ids.map_err(|_| damaged("data sets"))?)
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
