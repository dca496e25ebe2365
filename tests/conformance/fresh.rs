//! An empty store of each kind.

use std::ops::Deref;

use hukun::store::embedded::EmbeddedStore;
use hukun::store::neo4j::{Neo4jOptions, Neo4jStore};
use tokio::sync::{Mutex, MutexGuard};

use crate::support::Neo4jServer;

/// A server has one database: whoever has the guard has it alone.
static ALONE: Mutex<()> = Mutex::const_new(());

/// The store in Neo4j, and the right to it.
pub struct Alone {
    store: Neo4jStore,
    server: &'static Neo4jServer,
    _guard: MutexGuard<'static, ()>,
}

impl Alone {
    /// What it runs on.
    pub fn server(&self) -> &Neo4jServer {
        self.server
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
    let guard = ALONE.lock().await;
    let server = Neo4jServer::shared().await;
    wipe(server).await;
    Alone { store: Neo4jStore::open(options(server)).await.unwrap(), server, _guard: guard }
}

pub fn options(server: &Neo4jServer) -> Neo4jOptions {
    Neo4jOptions::new(server.uri(), Neo4jServer::USER, server.password().to_string().into())
}

async fn wipe(server: &Neo4jServer) {
    let graph = neo4rs::Graph::new(server.uri(), Neo4jServer::USER, server.password()).unwrap();
    let all = "MATCH (n) CALL (n) { DETACH DELETE n } IN TRANSACTIONS OF 10000 ROWS";
    graph.run(neo4rs::query(all)).await.unwrap();
}
