//! API keys in Neo4j: nodes that are not part of the graph, and are read and written without its revision.

use std::collections::BTreeSet;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use serde::Deserialize;

use super::driver::client::Client;
use super::driver::connection::pause;
use super::driver::options::Neo4jOptions;
use super::driver::statement::{CypherStatement, cypher};
use super::migrate::{self, MissingKeys};
use super::write::commit::WRITE_TRIES;
use super::write::properties::NodeProperties;
use crate::model::id::DatasetId;
use crate::model::key::{ApiKey, KeyHash, KeyId};
use crate::model::principal::{DatasetScope, Role};
use crate::store::{KeyStore, OpenError, StoreError, StoreResult};

/// A key as a statement returns it. A typed list cannot contain null, so that a missing value is an empty one.
const KEY: &str = "[k.id, k.hash, coalesce(k.label, ''), k.role, k.pii, coalesce(k.datasets, ['']), k.created_at, \
                   coalesce(k.expires_at, 0), coalesce(k.last_used_at, 0), coalesce(k.revoked_at, 0)]";

#[derive(Deserialize)]
struct KeyRow(
    String,
    String,
    String,
    String,
    bool,
    Vec<String>,
    i64,
    i64,
    i64,
    i64,
);

/// The API keys of a database.
#[derive(Clone)]
pub struct Neo4jKeyStore {
    client: Arc<Client>,
}

impl Neo4jKeyStore {
    pub(super) fn new(client: Arc<Client>) -> Self {
        Self { client }
    }

    /// Connects as [`Neo4jStore::open`](super::Neo4jStore::open) does.
    pub async fn open(options: Neo4jOptions) -> Result<Self, OpenError> {
        Ok(Self::new(migrate::connect(options, MissingKeys::Create).await?))
    }

    /// Writes, and repeats the write as one of the graph is repeated. Each statement of keys has no further effect when it is repeated,
    /// so this is safe even if a COMMIT was not answered.
    async fn write<T: serde::de::DeserializeOwned>(&self, statement: CypherStatement) -> StoreResult<Vec<T>> {
        let ms = self.client.options().limits.write_ms_max;
        let mut tries = 1;
        loop {
            match self.client.in_transaction(statement.clone()).await {
                Err(error) if tries < WRITE_TRIES && error.is_write_retryable() => {
                    pause(tries).await;
                    tries += 1;
                }
                written => return written.map_err(|error| error.into_store_error(ms)),
            }
        }
    }
}

impl KeyStore for Neo4jKeyStore {
    async fn list(&self) -> StoreResult<Vec<ApiKey>> {
        let rows: Vec<KeyRow> = self.client.read_beside(&cypher!("keys").fill("key", KEY)).await?;
        let mut keys = rows.into_iter().map(read).collect::<StoreResult<Vec<_>>>()?;
        keys.sort_by(|a, b| a.id.cmp(&b.id));
        Ok(keys)
    }

    async fn add(&self, key: &ApiKey) -> StoreResult<bool> {
        let statement = cypher!("add_key").with("key", properties(key).map());
        Ok(!self.write::<(String,)>(statement).await?.is_empty())
    }

    async fn revoke(&self, id: &KeyId, at: DateTime<Utc>) -> StoreResult<Option<ApiKey>> {
        let statement = cypher!("revoke_key")
            .fill("key", KEY)
            .with("id", id.as_str())
            .with("at", at.timestamp_millis());
        let rows: Vec<KeyRow> = self.write(statement).await?;
        rows.into_iter().next().map(read).transpose()
    }

    async fn record_use(&self, id: &KeyId, at: DateTime<Utc>) -> StoreResult<()> {
        let statement = cypher!("note_key_use")
            .with("id", id.as_str())
            .with("at", at.timestamp_millis());
        self.write::<(String,)>(statement).await.map(|_| ())
    }

    async fn cursor_key(&self, fresh: [u8; 32]) -> StoreResult<[u8; 32]> {
        let rows: Vec<(String,)> = self.client.read_beside(&cypher!("cursor_key")).await?;
        let mut kept = rows.into_iter().next().map(|(kept,)| kept).unwrap_or_default();
        if kept.is_empty() {
            let statement = cypher!("keep_cursor_key").with("fresh", hex::encode(fresh));
            let rows: Vec<(String,)> = self.write(statement).await?;
            kept = rows.into_iter().next().map(|(kept,)| kept).unwrap_or_default();
        }
        let damaged = || StoreError::Damaged("the key that seals cursors cannot be read".into());
        bytes(&kept).ok_or_else(damaged)
    }
}

fn properties(key: &ApiKey) -> NodeProperties {
    let datasets = match &key.scope {
        DatasetScope::Unscoped => None,
        DatasetScope::Only(ids) => Some(ids.iter().map(DatasetId::as_str).collect::<Vec<_>>()),
    };
    NodeProperties::default()
        .with("id", key.id.as_str())
        .with("hash", hex::encode(key.hash.0))
        .with_some("label", key.label.as_deref())
        .with("role", key.role.name())
        .with("pii", key.pii)
        .with_some("datasets", datasets)
        .with("created_at", key.created_at.timestamp_millis())
        .with_some("expires_at", key.expires_at.map(|at| at.timestamp_millis()))
        .with_some("last_used_at", key.last_used_at.map(|at| at.timestamp_millis()))
        .with_some("revoked_at", key.revoked_at.map(|at| at.timestamp_millis()))
}

fn read(row: KeyRow) -> StoreResult<ApiKey> {
    let KeyRow(id, hash, label, role, pii, datasets, created, expires, used, revoked) = row;
    let damaged = |what: &str| StoreError::Damaged(format!("the {what} of the key {id} cannot be read"));
    let time = |millis: i64| DateTime::from_timestamp_millis(millis).filter(|_| millis != 0);
    // An id is never empty, so that one empty text means no list.
    let scope = if datasets == [""] {
        DatasetScope::Unscoped
    } else {
        let ids: Result<BTreeSet<_>, _> = datasets.iter().map(|id| DatasetId::parse(id)).collect();
        DatasetScope::Only(ids.map_err(|_| damaged("data sets"))?)
    };
    Ok(ApiKey {
        hash: bytes(&hash).map(KeyHash).ok_or_else(|| damaged("hash"))?,
        label: Some(label).filter(|label| !label.is_empty()),
        role: Role::parse(&role).ok_or_else(|| damaged("role"))?,
        pii,
        scope,
        created_at: time(created).ok_or_else(|| damaged("time"))?,
        expires_at: time(expires),
        last_used_at: time(used),
        revoked_at: time(revoked),
        id: KeyId::parse(&id).ok_or_else(|| damaged("id"))?,
    })
}

fn bytes(text: &str) -> Option<[u8; 32]> {
    let mut bytes = [0; 32];
    hex::decode_to_slice(text, &mut bytes).ok()?;
    Some(bytes)
}
