//! An empty store of each kind.

use std::ops::Deref;

use hukun::store::embedded::EmbeddedStore;
use hukun::store::neo4j::{Neo4jLimits, Neo4jOptions, Neo4jStore};

use crate::support::Neo4jServer;
use crate::support::stores::{self, Lent};

/// The store in Neo4j, and the right to it.
pub struct Alone {
    store: Neo4jStore,
    lent: Lent,
}

impl Alone {
    /// What it runs on.
    pub fn server(&self) -> &Neo4jServer {
        self.lent.server()
    }

    /// How another store reaches the same.
    pub fn options(&self) -> Neo4jOptions {
        self.lent.options()
    }
}

impl Deref for Alone {
    type Target = Neo4jStore;
    fn deref(&self) -> &Neo4jStore {
        &self.store
    }
}

pub async fn embedded() -> Box<EmbeddedStore> {
    Box::new(EmbeddedStore::temporary().unwrap())
}

pub async fn neo4j() -> Alone {
    let (store, lent) = stores::fresh_neo4j().await;
    Alone { store, lent }
}

/// In Neo4j, with every write of more than so many records staged.
pub async fn neo4j_of(transaction_records_max: usize) -> Alone {
    let limits = Neo4jLimits {
        transaction_records_max,
        ..Neo4jLimits::default()
    };
    let (store, lent) = stores::limited_neo4j(limits).await;
    Alone { store, lent }
}

pub async fn neo4j_staged() -> Alone {
    neo4j_of(0).await
}
