//! The client of one Neo4j, shared by all readers and writers of this process.
//!
//! Neo4j keeps no older state of the graph, and a statement may see parts of a commit that is being applied. So every
//! read ends with the revision, and with that of the commit that is being applied. If both are the revision of the reader,
//! the read saw that revision alone; otherwise it is a stale read ([`StoreError::StaleRead`]).

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
use super::pool::Pool;
use super::statement::{Statement, cypher};
use super::transaction::Transaction;
use crate::model::change::Revision;
use crate::model::job::Paced as _;
use crate::store::neo4j::format::SCHEMA_VERSION;
use crate::store::{Answer, StoreError};

/// The target under which each statement that reads is logged with its parameters (`RUST_LOG=hukun::cypher=trace`).
const STATEMENTS: &str = "hukun::cypher";
/// How often a read is tried if the server gives up for a reason that passes.
const READ_TRIES: u32 = 4;

/// The client of one Neo4j.
pub(in crate::store) struct Client {
    pool: Arc<Pool>,
    leases: Arc<Leases>,
    last_seen: Mutex<LastSeen>,
    /// Whether it was logged that a newer program raised the schema.
    is_outdated: AtomicBool,
    round_trips: AtomicU64,
    waiting: AtomicU64,
}

/// What this process last saw of the graph's state.
#[derive(Default)]
struct LastSeen {
    /// The state in the last answer, or after the last commit of this process.
    state: Option<GraphState>,
    /// The newest revision seen.
    newest: Revision,
    /// This process's last commit, and its bookmark: a server that lags behind it is made to wait for it.
    bookmark: Option<(Revision, String)>,
}

/// A reader that waits for an answer.
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
            pool: Arc::new(Pool::new(options, password)?),
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

    /// Number of times that a reader began to wait while none was waiting: what one reader asks for at once is one round trip.
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
    pub(in crate::store) async fn state(&self) -> Answer<Option<GraphState>> {
        let _waiting = self.wait();
        let ms = self.options().limits.query_ms_max;
        let query = || cypher!("standing").query(ms);
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
        let state = state.map(|state| self.checked(state)).transpose()?;
        self.saw(state);
        Ok(state)
    }

    /// The state of the graph in the last answer, or after the last commit of this process.
    pub(in crate::store) fn last_state(&self) -> Option<GraphState> {
        self.last_seen.lock().state
    }

    /// Notes the state of the graph in an answer. A state behind one that was seen before is not kept: it must be asked for.
    fn saw(&self, state: Option<GraphState>) {
        let mut seen = self.last_seen.lock();
        seen.state = state.filter(|state| state.is_settled() && state.revision >= seen.newest);
        seen.newest = seen
            .newest
            .max(state.map_or(Revision::default(), |state| state.revision));
    }

    /// Notes a commit of this process.
    pub(in crate::store) fn committed(&self, state: GraphState, bookmark: Option<String>) {
        let mut seen = self.last_seen.lock();
        if seen.newest <= state.revision {
            seen.newest = state.revision;
            seen.state = Some(state);
        }
        seen.bookmark = bookmark.map(|bookmark| (state.revision, bookmark));
    }

    /// Whether the graph is behind a revision seen before. If so, what was seen is forgotten.
    pub(in crate::store) fn went_back(&self, state: GraphState) -> bool {
        let mut seen = self.last_seen.lock();
        let back = state.revision < seen.newest;
        if back {
            let (now, before) = (state.revision, seen.newest);
            tracing::warn!(%now, %before, "the graph is at an older revision: a server lags, or a backup was restored");
            *seen = LastSeen {
                newest: state.revision,
                ..LastSeen::default()
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

    /// Refuses a graph whose schema was raised by a newer program: this one does not know what that writes. A write reads while it
    /// holds the lock that raising the schema needs too.
    fn checked(&self, state: GraphState) -> Answer<GraphState> {
        if state.schema <= SCHEMA_VERSION {
            return Ok(state);
        }
        if !self.is_outdated.swap(true, Ordering::Relaxed) {
            tracing::error!(
                "the graph at {} was raised to schema {} by a newer Hukun, and this one knows up to {SCHEMA_VERSION}: it reads and \
                 writes no more. Start that version in its place",
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
        statement: Statement,
    ) -> Answer<Vec<T>> {
        let ms = self.options().limits.query_ms_max;
        if tracing::enabled!(target: STATEMENTS, tracing::Level::TRACE) {
            let (text, parameters) = statement.as_cypher();
            tracing::trace!(target: STATEMENTS, text, parameters);
        }
        let mut rows = self.try_read(|| statement.reading(ms)).await?;
        let mut seen = rows.pop().as_ref().map(GraphState::read).transpose()?;
        if seen.is_some_and(|seen| seen.revision < at && self.lags(seen.revision)) {
            rows = self.read_after_bookmark(statement.reading(ms)).await?;
            seen = rows.pop().as_ref().map(GraphState::read).transpose()?;
        }
        match seen.map(|seen| self.checked(seen)).transpose()? {
            Some(seen) if seen.revision == at && seen.is_settled() => {}
            seen => {
                self.saw(seen);
                return Err(StoreError::StaleRead { read_at: at });
            }
        }
        rows.iter()
            .paced()
            .map(|row| row.get::<T>("row").map_err(|error| unreadable_row(&error)))
            .collect()
    }

    /// Reads what is kept beside the graph and has no revision. Returns each row's `row`, read as `T`.
    pub(in crate::store) async fn read_beside<T: DeserializeOwned>(
        &self,
        statement: &Statement,
    ) -> Answer<Vec<T>> {
        let ms = self.options().limits.query_ms_max;
        let rows = self.try_read(|| statement.query(ms)).await?;
        rows.iter()
            .map(|row| row.get::<T>("row").map_err(|error| unreadable_row(&error)))
            .collect()
    }

    /// Reads, and again if the error is one that passes; all tries together within the limit of one read.
    async fn try_read(&self, query: impl Fn() -> Query) -> Answer<Vec<Row>> {
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

    /// Reads from a server that has the last commit of this process. A server that never gets there may hold another graph by now, such
    /// as a restored one; so it is waited for once.
    async fn read_after_bookmark(&self, query: Query) -> Answer<Vec<Row>> {
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

    /// Opens the connection on which the server is asked whether it is there: signing in takes longest.
    pub(in crate::store) fn make_ready(&self) {
        self.pool.circuit.suspect();
    }

    /// Waits for work, but not past the deadline, and not for a server that is away.
    pub(in crate::store) async fn patiently<T>(
        &self,
        deadline: Instant,
        work: impl Future<Output = T>,
    ) -> Neo4jResult<T> {
        self.pool.patiently(deadline, work).await
    }

    /// Sends a query once, as it is: for opening the store. Returns each row's `row`, read as `T`.
    pub(in crate::store) async fn raw<T: DeserializeOwned>(&self, query: Query) -> Neo4jResult<Vec<T>> {
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

    /// Begins a write. Its leader has what was written before, so that no bookmark is needed.
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
        statement: Statement,
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
