//! The store that was chosen at the start, as an enum, so that its users need neither a box nor a type parameter.

use tokio::sync::watch;

use super::embedded::{EmbeddedReader, EmbeddedStore};
use super::neo4j::{Neo4jReader, Neo4jStore};
use super::reads::for_each_read;
use super::reads::prelude::*;
use super::{
    AnyKeyStore, CommitOutcome, Reader, Store, StoreResult, StoreStatus, VisibilityFilter, WritePlan,
};
use crate::model::change::Revision;

/// A store of any kind.
pub enum AnyStore {
    /// The embedded store.
    Embedded(EmbeddedStore),
    /// The store in Neo4j.
    Neo4j(Neo4jStore),
}

/// A reader of any store.
#[derive(Clone)]
pub enum AnyReader {
    /// A reader of the embedded store.
    Embedded(EmbeddedReader),
    /// A reader of the store in Neo4j.
    Neo4j(Neo4jReader),
}

impl AnyStore {
    /// The API keys of the store.
    pub fn keys(&self) -> AnyKeyStore {
        match self {
            Self::Embedded(store) => store.keys().into(),
            Self::Neo4j(store) => store.keys().into(),
        }
    }
}

impl AnyStore {
    /// Whether an empty store stays empty: no data set is imported into it unasked.
    pub fn keeps_empty(&self) -> bool {
        match self {
            Self::Embedded(store) => store.keeps_empty(),
            Self::Neo4j(_) => false,
        }
    }
}

impl From<EmbeddedStore> for AnyStore {
    fn from(store: EmbeddedStore) -> Self {
        Self::Embedded(store)
    }
}

impl From<Neo4jStore> for AnyStore {
    fn from(store: Neo4jStore) -> Self {
        Self::Neo4j(store)
    }
}

impl Store for AnyStore {
    type Reader = AnyReader;

    async fn newest(&self) -> StoreResult<Revision> {
        match self {
            Self::Embedded(store) => store.newest().await,
            Self::Neo4j(store) => store.newest().await,
        }
    }

    async fn status(&self) -> StoreResult<StoreStatus> {
        match self {
            Self::Embedded(store) => store.status().await,
            Self::Neo4j(store) => store.status().await,
        }
    }

    async fn reader(&self, visibility: &VisibilityFilter) -> StoreResult<AnyReader> {
        Ok(match self {
            Self::Embedded(store) => AnyReader::Embedded(store.reader(visibility).await?),
            Self::Neo4j(store) => AnyReader::Neo4j(store.reader(visibility).await?),
        })
    }

    async fn snapshot_reader(&self, visibility: &VisibilityFilter) -> StoreResult<AnyReader> {
        Ok(match self {
            Self::Embedded(store) => AnyReader::Embedded(store.snapshot_reader(visibility).await?),
            Self::Neo4j(store) => AnyReader::Neo4j(store.snapshot_reader(visibility).await?),
        })
    }

    async fn commit<P: WritePlan>(&self, plan: P) -> StoreResult<CommitOutcome<P::Output, P::Refusal>> {
        match self {
            Self::Embedded(store) => store.commit(plan).await,
            Self::Neo4j(store) => store.commit(plan).await,
        }
    }

    async fn writable(&self) -> StoreResult<()> {
        match self {
            Self::Embedded(store) => store.writable().await,
            Self::Neo4j(store) => store.writable().await,
        }
    }

    fn subscribe(&self) -> watch::Receiver<Revision> {
        match self {
            Self::Embedded(store) => store.subscribe(),
            Self::Neo4j(store) => store.subscribe(),
        }
    }
}

macro_rules! dispatch {
    ($($(#[$doc:meta])* $session:ident fn $name:ident($($arg:ident: $type:ty),* $(,)?) -> $answer:ty;)+) => {
        impl Reader for AnyReader {
            fn revision(&self) -> Revision {
                match self {
                    Self::Embedded(reader) => reader.revision(),
                    Self::Neo4j(reader) => reader.revision(),
                }
            }
            $(
                async fn $name(&self, $($arg: $type),*) -> StoreResult<$answer> {
                    match self {
                        Self::Embedded(reader) => reader.$name($($arg),*).await,
                        // Boxed, so that the large futures of Neo4j do not enlarge those of the embedded store.
                        Self::Neo4j(reader) => Box::pin(Reader::$name(reader, $($arg),*)).await,
                    }
                }
            )+
        }
    };
}
for_each_read!(dispatch);
