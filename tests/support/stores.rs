//! The store under a test: the embedded one, or, where `HUKUN_TEST_STORE=neo4j` says so, a Neo4j that is lent to it.
//!
//! A Neo4j Community has one database, so a server is one test's alone until that one is done, and is emptied for the next.
//! Servers are started when they are asked for and not before.

use std::thread::ThreadId;

use hukun::service::{Limits, Service};
use hukun::store::AnyStore;
use hukun::store::embedded::EmbeddedStore;
use hukun::store::neo4j::{Neo4jLimits, Neo4jOptions, Neo4jStore};
use parking_lot::Mutex;
use tokio::sync::{Semaphore, SemaphorePermit};

use super::Neo4jServer;

/// Tests that have a server at once. Each takes some 270 MB; a test may have a second one beside its first.
static PLACES: Semaphore = Semaphore::const_new(4);

static POOL: Mutex<Pool> = Mutex::new(Pool {
    free: Vec::new(),
    holders: Vec::new(),
});

struct Pool {
    free: Vec<Neo4jServer>,
    /// The test, by its thread, that has each server lent out.
    holders: Vec<ThreadId>,
}

/// What a store stands on; it must live as long as the store is used.
#[derive(Default)]
pub struct Ground(#[expect(dead_code, reason = "kept for its end")] Option<Lent>);

/// An empty store of the kind that this run is about.
pub async fn fresh() -> (AnyStore, Ground) {
    if on_neo4j() {
        let (store, lent) = fresh_neo4j().await;
        (store.into(), Ground(Some(lent)))
    } else {
        (EmbeddedStore::temporary().unwrap().into(), Ground(None))
    }
}

/// The use cases over an empty store.
pub async fn service(limits: Limits) -> (Service, Ground) {
    let (store, ground) = fresh().await;
    (Service::new(store, limits), ground)
}

/// Where a store is kept that is opened again and again, of the kind that this run is about.
pub enum Place {
    Directory(tempfile::TempDir),
    Neo4j(Lent),
}

impl Place {
    /// A place where nothing is kept yet.
    pub async fn empty() -> Self {
        if on_neo4j() {
            Self::Neo4j(Lent::empty().await)
        } else {
            Self::Directory(tempfile::tempdir().unwrap())
        }
    }

    /// The store there. Of an embedded one the last must be gone.
    pub async fn open(&self) -> AnyStore {
        match self {
            Self::Directory(home) => EmbeddedStore::open(home.path()).unwrap().into(),
            Self::Neo4j(lent) => Neo4jStore::open(lent.options()).await.unwrap().into(),
        }
    }
}

/// An empty store in Neo4j.
pub async fn fresh_neo4j() -> (Neo4jStore, Lent) {
    limited_neo4j(Neo4jLimits::default()).await
}

/// An empty store in Neo4j with limits of its own.
pub async fn limited_neo4j(limits: Neo4jLimits) -> (Neo4jStore, Lent) {
    let lent = Lent::empty().await;
    let options = Neo4jOptions {
        limits,
        ..lent.options()
    };
    (Neo4jStore::open(options).await.unwrap(), lent)
}

#[expect(
    clippy::disallowed_methods,
    reason = "a test has no options; `make test` asks for the second run this way"
)]
pub fn on_neo4j() -> bool {
    match std::env::var("HUKUN_TEST_STORE").as_deref() {
        Err(_) | Ok("embedded") => false,
        Ok("neo4j") => true,
        Ok(other) => panic!("HUKUN_TEST_STORE={other}: there is no such store; embedded or neo4j"),
    }
}

/// A running Neo4j, and the right to it.
pub struct Lent {
    server: Option<Neo4jServer>,
    holder: ThreadId,
    _place: Option<SemaphorePermit<'static>>,
}

impl Lent {
    /// A server without a graph: no record, and the schema where it has one.
    pub async fn empty() -> Self {
        let holder = std::thread::current().id();
        // Who has one waits for no second: two that each wait for the other's would wait for ever.
        let place = if POOL.lock().holders.contains(&holder) {
            None
        } else {
            Some(PLACES.acquire().await.unwrap())
        };
        let free = {
            let mut pool = POOL.lock();
            pool.holders.push(holder);
            pool.free.pop()
        };
        let mut lent = Self {
            server: None,
            holder,
            _place: place,
        };
        let server = match free {
            Some(server) => server,
            None => Neo4jServer::start_own().await,
        };
        let lent_server = lent.server.insert(server);
        // Keeps the schema, for indexes take seconds to make. All is as it is after the first opening.
        lent_server
            .run(
                "MATCH (n) WHERE NOT (n:Hukun OR n:Commit) OR coalesce(n.id <> 'graph', true)
                 CALL (n) { DETACH DELETE n } IN TRANSACTIONS OF 10000 ROWS",
            )
            .await;
        lent_server
            .run(
                "MATCH (h:Hukun {id: 'graph'}) MATCH (c:Commit {id: 'graph'})
                 SET h = {id: h.id, schema: h.schema, revision: 0, cursor: 0, provenance: 0, merged_at: 0}
                 SET c = {id: c.id, revision: 0}",
            )
            .await;
        lent
    }

    pub fn server(&self) -> &Neo4jServer {
        self.server.as_ref().unwrap()
    }

    /// How a store reaches it.
    pub fn options(&self) -> Neo4jOptions {
        self.server().options()
    }

    /// Takes away all that is in the database, the schema too.
    pub async fn wipe(&self) {
        let server = self.server();
        server
            .run("MATCH (n) CALL (n) { DETACH DELETE n } IN TRANSACTIONS OF 10000 ROWS")
            .await;
        for (kind, names) in [
            ("CONSTRAINT", "SHOW CONSTRAINTS YIELD name RETURN name"),
            (
                "INDEX",
                "SHOW INDEXES YIELD name, type WHERE type <> 'LOOKUP' RETURN name",
            ),
        ] {
            for name in server.names(names).await {
                server.run(&format!("DROP {kind} {name}")).await;
            }
        }
    }
}

impl Drop for Lent {
    fn drop(&mut self) {
        let mut pool = POOL.lock();
        let held = pool.holders.iter().position(|holder| *holder == self.holder);
        pool.holders.swap_remove(held.unwrap());
        pool.free.extend(self.server.take());
    }
}
