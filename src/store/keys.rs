//! Where API keys, and the key of sealed cursors, are kept: beside the graph and no part of it. They have no revision, and no export or backup of the graph has them.

use std::future::Future;

use chrono::{DateTime, Utc};

use super::Answer;
use super::embedded::EmbeddedKeys;
use super::neo4j::Neo4jKeys;
use crate::model::key::{ApiKey, KeyId};

/// Keeps API keys. What one process writes, every other sees when it next asks; a write that was acknowledged stands.
pub trait Keys: Send + Sync + 'static {
    /// All keys, the dead ones too, by id.
    fn list(&self) -> impl Future<Output = Answer<Vec<ApiKey>>> + Send;
    /// Keeps a new key; false, and nothing is changed, where its id is taken.
    fn add(&self, key: &ApiKey) -> impl Future<Output = Answer<bool>> + Send;
    /// Revokes a key and gives it as it is then; one revoked before stays revoked since then. None: there is no such key.
    fn revoke(&self, id: &KeyId, at: DateTime<Utc>) -> impl Future<Output = Answer<Option<ApiKey>>> + Send;
    /// Notes that a key was used. An earlier use than the one noted changes nothing, as does an unknown key.
    fn used(&self, id: &KeyId, at: DateTime<Utc>) -> impl Future<Output = Answer<()>> + Send;
    /// The key that cursors are sealed with. Where there is none, it is `fresh` from then on, for every process.
    fn cursor_key(&self, fresh: [u8; 32]) -> impl Future<Output = Answer<[u8; 32]>> + Send;
}

/// The keys of the store that was chosen.
pub enum AnyKeys {
    /// In a file beside the graph's.
    Embedded(EmbeddedKeys),
    /// In Neo4j.
    Neo4j(Neo4jKeys),
}

impl From<EmbeddedKeys> for AnyKeys {
    fn from(keys: EmbeddedKeys) -> Self {
        Self::Embedded(keys)
    }
}

impl From<Neo4jKeys> for AnyKeys {
    fn from(keys: Neo4jKeys) -> Self {
        Self::Neo4j(keys)
    }
}

macro_rules! forward {
    ($($name:ident($($arg:ident: $type:ty),*) -> $answer:ty;)+) => { $(
        async fn $name(&self, $($arg: $type),*) -> Answer<$answer> {
            match self {
                Self::Embedded(keys) => keys.$name($($arg),*).await,
                Self::Neo4j(keys) => keys.$name($($arg),*).await,
            }
        }
    )+ };
}

impl Keys for AnyKeys {
    forward! {
        list() -> Vec<ApiKey>;
        add(key: &ApiKey) -> bool;
        revoke(id: &KeyId, at: DateTime<Utc>) -> Option<ApiKey>;
        used(id: &KeyId, at: DateTime<Utc>) -> ();
        cursor_key(fresh: [u8; 32]) -> [u8; 32];
    }
}
