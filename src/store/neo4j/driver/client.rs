//! The client of one Neo4j, shared by all readers and writers of this process.
//!
//! Neo4j keeps no older state of the graph, and a statement may read parts of a commit that is being applied. So every
//! read also returns the revision of the graph, and that of the commit that is being applied. If both are the revision of the reader,
//! the read is of that revision; otherwise it is a stale read ([`StoreError::StaleRead`]).

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use neo4rs::{Operation, Query, Row};
use parking_lot::Mutex;
use secrecy::SecretString;
use serde::de::DeserializeOwned;
use tokio::time::Instant;

use super::connection::{pause, within};
use super::error::{Neo4jError, Neo4jResult, unreadable_row};
use super::graph_state::GraphState;
use super::leases::Leases;
use super::options::Neo4jOptions;
use super::pool::Neo4jPool;
use super::statement::{CypherStatement, cypher};
use super::transaction::Transaction;
use crate::model::change::Revision;
use crate::model::job::Paced as _;
use crate::store::neo4j::format::SCHEMA_VERSION;
use crate::store::{StoreError, StoreResult};

/// The log target of statements that read, with their parameters (`RUST_LOG=hukun::cypher=trace`).
const STATEMENTS: &str = "hukun::cypher";
/// How often a read is tried if the server reports a transient error.
const READ_TRIES: u32 = 4;

/// The client of one Neo4j.
pub(in crate::store) struct Client {
    pool: Arc<Neo4jPool>,
    leases: Arc<Leases>,
    last_seen: Mutex<SeenState>,
    /// Whether a schema upgrade by a newer Hukun was logged.
    is_outdated: AtomicBool,
    round_trips: AtomicU64,
    waiting: AtomicU64,
}

/// The state of the graph that this process read last.
#[derive(Default)]
struct SeenState {
    /// The state in the last answer, or after the last commit of this process.
    state: Option<GraphState>,
    /// The newest revision seen.
    newest: Revision,
    /// The last commit of this process and its bookmark, for which a lagging server can be made to wait.
    bookmark: Option<(Revision, String)>,
}

/// Counts a reader as waiting for an answer until it is dropped.
pub(in crate::store) struct WaitGuard<'c>(&'c AtomicU64);

impl Drop for WaitGuard<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

impl Client {
    /// A client. It connects when it is first used.
    pub(in crate::store) fn new(
        options: Neo4jOptions,
        password: SecretString,
    ) -> Result<Self, neo4rs::Error> {
        Ok(Self {
            leases: Arc::new(Leases::new(&options, &password)?),
            pool: Arc::new(Neo4jPool::new(options, password)?),
            is_outdated: AtomicBool::new(false),
            last_seen: Mutex::default(),
            round_trips: AtomicU64::new(0),
            waiting: AtomicU64::new(0),
        })
    }

    /// How the store reaches Neo4j, and the limits of doing so.
    pub(in crate::store) fn options(&self) -> &Neo4jOptions {
        &self.pool.options
    }

    /// The leases of writers.
    pub(in crate::store) fn leases(&self) -> &Arc<Leases> {
        &self.leases
    }

    /// Number of statements sent, by reads and writes.
    pub(in crate::store) fn statements(&self) -> u64 {
        self.pool.statements()
    }

    /// Number of times that a reader began to wait while none was waiting: statements sent at once are one round trip.
    pub(in crate::store) fn round_trips(&self) -> u64 {
        self.round_trips.load(Ordering::Relaxed)
    }

    /// Number of statements that the server ended because of a deadlock.
    pub(in crate::store) fn deadlocks(&self) -> u64 {
        self.pool.deadlocks()
    }

    /// Counts a reader as waiting for as long as the guard lives.
    pub(in crate::store) fn wait(&self) -> WaitGuard<'_> {
        if self.waiting.fetch_add(1, Ordering::Relaxed) == 0 {
            self.round_trips.fetch_add(1, Ordering::Relaxed);
        }
        WaitGuard(&self.waiting)
    }

    /// The state of the graph now; none if the database holds no graph.
    pub(in crate::store) async fn state(&self) -> StoreResult<Option<GraphState>> {
        let _waiting = self.wait();
        let ms = self.options().limits.query_ms_max;
        let query = || cypher!("graph_state").query(ms);
        let mut state = self
            .try_read(query)
            .await?
            .last()
            .map(GraphState::read)
            .transpose()?;
        if state.is_some_and(|state| self.lags(state.revision)) {
            let rows = self.read_after_bookmark(query()).await?;
            state = rows.last().map(GraphState::read).transpose()?;
        }
        let state = state.map(|state| self.check_schema(state)).transpose()?;
        self.store_state(state);
        Ok(state)
    }

    /// The state of the graph in the last answer, or after the last commit of this process.
    pub(in crate::store) fn last_state(&self) -> Option<GraphState> {
        self.last_seen.lock().state
    }

    /// Stores the state of the graph in an answer. A state older than the newest known revision is not stored, so that it is read again.
    fn store_state(&self, state: Option<GraphState>) {
        let mut seen = self.last_seen.lock();
        seen.state = state.filter(|state| state.is_settled() && state.revision >= seen.newest);
        seen.newest = seen
            .newest
            .max(state.map_or(Revision::default(), |state| state.revision));
    }

    /// Stores the state after a commit of this process.
    pub(in crate::store) fn committed(&self, state: GraphState, bookmark: Option<String>) {
        let mut seen = self.last_seen.lock();
        if seen.newest <= state.revision {
            seen.newest = state.revision;
            seen.state = Some(state);
        }
        seen.bookmark = bookmark.map(|bookmark| (state.revision, bookmark));
    }

    /// Whether the graph is at an older revision than before. If so, the stored state is reset.
    pub(in crate::store) fn went_back(&self, state: GraphState) -> bool {
        let mut seen = self.last_seen.lock();
        let back = state.revision < seen.newest;
        if back {
            let (now, before) = (state.revision, seen.newest);
            tracing::warn!(%now, %before, "the graph is at an older revision: a server lags, or a backup was restored");
            *seen = SeenState {
                newest: state.revision,
                ..SeenState::default()
            };
        }
        back
    }

    /// Whether a server is behind the last commit of this process.
    fn lags(&self, revision: Revision) -> bool {
        self.last_seen
            .lock()
            .bookmark
            .as_ref()
            .is_some_and(|(written, _)| revision < *written)
    }

    /// Fails if a newer Hukun has upgraded the schema, which this version does not know. A write reads the state while it holds the lock
    /// that an upgrade needs too.
    fn check_schema(&self, state: GraphState) -> StoreResult<GraphState> {
        if state.schema <= SCHEMA_VERSION {
            return Ok(state);
        }
        if !self.is_outdated.swap(true, Ordering::Relaxed) {
            tracing::error!(
                "a newer Hukun has upgraded the graph at {} to schema {}, and this version knows schemas up to {SCHEMA_VERSION}: it no longer \
                 reads or writes. Start the newer version instead",
                self.options().place(),
                state.schema
            );
        }
        Err(StoreError::Outdated)
    }

    /// Reads at a revision. Returns each row's `row`, read as `T`.
    pub(in crate::store) async fn read<T: DeserializeOwned>(
        &self,
        at: Revision,
        statement: CypherStatement,
    ) -> StoreResult<Vec<T>> {
        let ms = self.options().limits.query_ms_max;
        if tracing::enabled!(target: STATEMENTS, tracing::Level::TRACE) {
            let (text, parameters) = statement.as_cypher();
            tracing::trace!(target: STATEMENTS, text, parameters);
        }
        let mut rows = self.try_read(|| statement.read_query(ms)).await?;
        let mut seen = rows.pop().as_ref().map(GraphState::read).transpose()?;
        if seen.is_some_and(|seen| seen.revision < at && self.lags(seen.revision)) {
            rows = self.read_after_bookmark(statement.read_query(ms)).await?;
            seen = rows.pop().as_ref().map(GraphState::read).transpose()?;
        }
        match seen.map(|seen| self.check_schema(seen)).transpose()? {
            Some(seen) if seen.revision == at && seen.is_settled() => {}
            seen => {
                self.store_state(seen);
                return Err(StoreError::StaleRead { read_at: at });
            }
        }
        rows.iter()
            .paced()
            .map(|row| row.get::<T>("row").map_err(|error| unreadable_row(&error)))
            .collect()
    }

    /// Reads data that is not part of the graph and has no revision. Returns each row's `row`, read as `T`.
    pub(in crate::store) async fn read_beside<T: DeserializeOwned>(
        &self,
        statement: &CypherStatement,
    ) -> StoreResult<Vec<T>> {
        let ms = self.options().limits.query_ms_max;
        let rows = self.try_read(|| statement.query(ms)).await?;
        rows.iter()
            .map(|row| row.get::<T>("row").map_err(|error| unreadable_row(&error)))
            .collect()
    }

    /// Reads, and retries after a transient error; all tries together take no longer than one read may.
    async fn try_read(&self, query: impl Fn() -> Query) -> StoreResult<Vec<Row>> {
        let ms = self.options().limits.query_ms_max;
        let deadline = within(ms);
        let mut tries = 1;
        loop {
            match self.pool.fetch(deadline, query()).await {
                Err(error) if tries < READ_TRIES && self.pool.may_pass(&error) => {
                    pause(tries).await;
                    tries += 1;
                }
                outcome => return outcome.map_err(|error| error.into_store_error(ms)),
            }
        }
    }

    /// Reads from a server that has applied the last commit of this process. It is waited for only once, for the server may hold another
    /// graph by now, such as a restored one.
    async fn read_after_bookmark(&self, query: Query) -> StoreResult<Vec<Row>> {
        let ms = self.options().limits.query_ms_max;
        let bookmark = self.last_seen.lock().bookmark.take();
        let read = async {
            let after = bookmark.iter().map(|(_, bookmark)| bookmark.clone()).collect();
            let mut txn = Transaction::begin(&self.pool, Operation::Read, after, ms).await?;
            let rows = txn.gather(query).await?;
            txn.commit().await?;
            Ok(rows)
        };
        let rows = read
            .await
            .map_err(|error: Neo4jError| error.into_store_error(ms))?;
        self.last_seen.lock().bookmark = bookmark;
        Ok(rows)
    }

    /// Opens the connection of the probe in advance: signing in takes longest.
    pub(in crate::store) fn open_probe_connection(&self) {
        self.pool.circuit.suspect();
    }

    /// Waits for work until the deadline, or until the server is known to be unavailable.
    pub(in crate::store) async fn wait_for<T>(
        &self,
        deadline: Instant,
        work: impl Future<Output = T>,
    ) -> Neo4jResult<T> {
        self.pool.wait_for(deadline, work).await
    }

    /// Sends a query once, without retries or checks, for opening the store. Returns each row's `row`, read as `T`.
    pub(in crate::store) async fn run_once<T: DeserializeOwned>(&self, query: Query) -> Neo4jResult<Vec<T>> {
        let limits = &self.options().limits;
        let rows = self
            .pool
            .fetch(within(limits.connect_ms_max.max(limits.query_ms_max)), query)
            .await?;
        rows.iter()
            .map(|row| {
                row.get::<T>("row")
                    .map_err(|error| Neo4jError::Driver(error.into()))
            })
            .collect()
    }

    /// Sends a query that writes the schema.
    pub(in crate::store) async fn execute(&self, query: Query) -> Neo4jResult<()> {
        self.pool.execute(query).await
    }

    /// Begins a write transaction. The leader has all earlier commits, so that no bookmark is needed.
    pub(in crate::store) async fn begin(&self) -> Neo4jResult<Transaction> {
        Transaction::begin(
            &self.pool,
            Operation::Write,
            Vec::new(),
            self.options().limits.write_ms_max,
        )
        .await
    }

    /// Runs a statement in a transaction of its own: commits if it succeeds, rolls back if not.
    pub(in crate::store) async fn in_transaction<T: DeserializeOwned>(
        &self,
        statement: CypherStatement,
    ) -> Neo4jResult<Vec<T>> {
        let mut txn = self.begin().await?;
        match txn.run::<T>(statement).await {
            Ok(rows) => txn.commit().await.map(|_| rows),
            Err(error) => {
                txn.rollback().await;
                Err(error)
            }
        }
    }
}
