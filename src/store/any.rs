//! The store that was chosen when the program started: one of those there are, without a box or a generic above it.

use tokio::sync::watch;

use super::embedded::{EmbeddedReader, EmbeddedStore};
use super::neo4j::{Neo4jReader, Neo4jStore};
use super::reads::for_each_read;
use super::reads::prelude::*;
use super::{Answer, AnyKeys, Outcome, Plan, Reader, Store, StoreStatus, View};
use crate::model::change::Revision;

/// One of the stores.
pub enum AnyStore {
    /// In memory over a file.
    Embedded(EmbeddedStore),
    /// In Neo4j.
    Neo4j(Neo4jStore),
}

/// What reads from it.
#[derive(Clone)]
pub enum AnyReader {
    /// In memory over a file.
    Embedded(EmbeddedReader),
    /// In Neo4j.
    Neo4j(Neo4jReader),
}

impl AnyStore {
    /// The API keys that are kept with it.
    pub fn keys(&self) -> AnyKeys {
        match self {
            Self::Embedded(store) => store.keys().into(),
            Self::Neo4j(store) => store.keys().into(),
        }
    }
}

impl AnyStore {
    /// Whether no data set is to be put into it unasked.
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

    async fn newest(&self) -> Answer<Revision> {
        match self {
            Self::Embedded(store) => store.newest().await,
            Self::Neo4j(store) => store.newest().await,
        }
    }

    async fn status(&self) -> Answer<StoreStatus> {
        match self {
            Self::Embedded(store) => store.status().await,
            Self::Neo4j(store) => store.status().await,
        }
    }

    async fn reader(&self, view: &View) -> Answer<AnyReader> {
        Ok(match self {
            Self::Embedded(store) => AnyReader::Embedded(store.reader(view).await?),
            Self::Neo4j(store) => AnyReader::Neo4j(store.reader(view).await?),
        })
    }

    async fn snapshot_reader(&self, view: &View) -> Answer<AnyReader> {
        Ok(match self {
            Self::Embedded(store) => AnyReader::Embedded(store.snapshot_reader(view).await?),
            Self::Neo4j(store) => AnyReader::Neo4j(store.snapshot_reader(view).await?),
        })
    }

    async fn commit<P: Plan>(&self, plan: P) -> Answer<Outcome<P::Output, P::Refusal>> {
        match self {
            Self::Embedded(store) => store.commit(plan).await,
            Self::Neo4j(store) => store.commit(plan).await,
        }
    }

    async fn writable(&self) -> Answer<()> {
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
                async fn $name(&self, $($arg: $type),*) -> Answer<$answer> {
                    match self {
                        Self::Embedded(reader) => reader.$name($($arg),*).await,
                        // Boxed: the futures of Neo4j are large, and those of the embedded store must not be as large as they.
                        Self::Neo4j(reader) => Box::pin(Reader::$name(reader, $($arg),*)).await,
                    }
                }
            )+
        }
    };
}
for_each_read!(dispatch);
