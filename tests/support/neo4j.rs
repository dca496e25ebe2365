//! A Neo4j for tests.

use std::sync::LazyLock;

use hukun::store::neo4j::{Neo4jOptions, Neo4jStore};
use tokio::sync::{Mutex, MutexGuard};

static ONE: LazyLock<Mutex<()>> = LazyLock::new(Mutex::default);

/// A store of which nobody else has a part.
pub struct Neo4jGuard {
    store: Neo4jStore,
    _alone: MutexGuard<'static, ()>,
}

impl std::ops::Deref for Neo4jGuard {
    type Target = Neo4jStore;
    fn deref(&self) -> &Neo4jStore {
        &self.store
    }
}

pub fn options() -> Neo4jOptions {
    let uri = std::env::var("HUKUN_TEST_NEO4J").unwrap_or_else(|_| "bolt://127.0.0.1:17687".into());
    Neo4jOptions::new(uri, "neo4j", "hukun-test-1".to_string().into())
}

pub async fn fresh_store() -> Neo4jGuard {
    let alone = ONE.lock().await;
    let raw = neo4rs::Graph::new(options().uri, "neo4j", "hukun-test-1").unwrap();
    let wipe = "MATCH (n) CALL (n) { DETACH DELETE n } IN TRANSACTIONS OF 10000 ROWS";
    raw.run(neo4rs::query(wipe)).await.unwrap();
    Neo4jGuard { store: Neo4jStore::open(options()).await.unwrap(), _alone: alone }
}
