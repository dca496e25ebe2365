//! The storage of API keys and of the key that seals cursors. They are not part of the graph: they have no revision, and no export or
//! backup contains them.

use std::future::Future;

use chrono::{DateTime, Utc};

use super::StoreResult;
use super::embedded::EmbeddedKeyStore;
use super::neo4j::Neo4jKeyStore;
use crate::model::key::{ApiKey, KeyId};

/// Stores API keys. An acknowledged write is durable, and visible to every other process at its next read.
pub trait KeyStore: Send + Sync + 'static {
    /// All keys, by id, including expired and revoked ones.
    fn list(&self) -> impl Future<Output = StoreResult<Vec<ApiKey>>> + Send;
    /// Adds a key. Returns false, and changes nothing, if its id is taken.
    fn add(&self, key: &ApiKey) -> impl Future<Output = StoreResult<bool>> + Send;
    /// Revokes a key and returns it, or returns none if it does not exist. A key that was revoked before keeps the time
    /// of its first revocation.
    fn revoke(
        &self,
        id: &KeyId,
        at: DateTime<Utc>,
    ) -> impl Future<Output = StoreResult<Option<ApiKey>>> + Send;
    /// Records the use of a key. A use earlier than the recorded one, or of an unknown key, changes nothing.
    fn record_use(&self, id: &KeyId, at: DateTime<Utc>) -> impl Future<Output = StoreResult<()>> + Send;
    /// The secret key that seals the cursors of pages. If none is stored yet, `fresh`, which the caller has made at
    /// random, is stored and is from then on the key of every process.
    fn cursor_key(&self, fresh: [u8; 32]) -> impl Future<Output = StoreResult<[u8; 32]>> + Send;
}

/// The key store that belongs to the configured store.
pub enum AnyKeyStore {
    /// In a file beside that of the graph.
    Embedded(EmbeddedKeyStore),
    /// In Neo4j.
    Neo4j(Neo4jKeyStore),
}

impl From<EmbeddedKeyStore> for AnyKeyStore {
    fn from(keys: EmbeddedKeyStore) -> Self {
        Self::Embedded(keys)
    }
}

impl From<Neo4jKeyStore> for AnyKeyStore {
    fn from(keys: Neo4jKeyStore) -> Self {
        Self::Neo4j(keys)
    }
}

// Implements each method by calling that of the configured store. An `async fn` here implements the trait's
// `-> impl Future + Send`.
macro_rules! forward {
    ($($name:ident($($arg:ident: $type:ty),*) -> $answer:ty;)+) => { $(
        async fn $name(&self, $($arg: $type),*) -> StoreResult<$answer> {
            match self {
                Self::Embedded(keys) => keys.$name($($arg),*).await,
                Self::Neo4j(keys) => keys.$name($($arg),*).await,
            }
        }
    )+ };
}

impl KeyStore for AnyKeyStore {
    forward! {
        list() -> Vec<ApiKey>;
        add(key: &ApiKey) -> bool;
        revoke(id: &KeyId, at: DateTime<Utc>) -> Option<ApiKey>;
        record_use(id: &KeyId, at: DateTime<Utc>) -> ();
        cursor_key(fresh: [u8; 32]) -> [u8; 32];
    }
}
