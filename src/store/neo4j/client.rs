//! The connection to Neo4j: every statement with a time limit, a count, and a circuit that tells callers at once when the
//! server is away.
//!
//! Neo4j keeps no older state of the graph, and a statement may see parts of a commit that is being applied. So every
//! read ends with the revision, and with that of the commit under way: where both are the revision at which the reader reads,
//! what it saw is of that revision alone; else the reader has been overtaken ([`StoreError::Moved`]).

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use neo4rs::{Config, Graph, Operation, Query, Row};
use parking_lot::Mutex;
use serde::de::DeserializeOwned;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::Instant;

use super::circuit::Circuit;
use super::connection::{config, gather, pause, within};
use super::error::{Failed, Meaning, meaning, unreadable};
use super::options::Neo4jOptions;
use super::statement::{Statement, cypher};
use super::transaction::Transaction;
use crate::model::change::Revision;
use crate::store::{Answer, StoreError};

/// Where each statement that reads is told, with its parameters, for whoever asks for it (`RUST_LOG=hukun::cypher=trace`).
const STATEMENTS: &str = "hukun::cypher";
/// How often a read is tried where the server gave up on it for a reason that passes.
const READ_TRIES: u32 = 4;
/// How long something may take before the server is asked whether it is there at all.
const PATIENCE: Duration = Duration::from_secs(2);

/// One Neo4j, shared by all readers and writers of this process.
pub(super) struct Client {
    config: Config,
    /// The driver's pool. Replaced by a new one where a connection of it must be closed, which the driver has no word for.
    graph: Mutex<Graph>,
    /// As many as the pool has connections. Who waits, waits here: a pool that lets someone wait too long calls its server
    /// away and forgets it.
    places: Arc<Semaphore>,
    pub(super) options: Neo4jOptions,
    circuit: Arc<Circuit>,
    known: Mutex<Known>,
    statements: AtomicU64,
    round_trips: AtomicU64,
    waiting: AtomicU64,
}

/// What this process knows of where the graph stands.
#[derive(Default)]
struct Known {
    /// Where it stood when it was last seen, by an answer or by a commit of this process.
    standing: Option<Standing>,
    /// The newest revision seen.
    newest: Revision,
    /// This process's last commit, and its bookmark: a server that lags behind it is made to wait for it.
    bookmark: Option<(Revision, String)>,
}

/// Where the graph stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Standing {
    /// The revision.
    pub(super) revision: Revision,
    /// The revision of the commit under way; where there is none, the same.
    pub(super) committing: Revision,
    /// The revision of the last merge, or of the last change of what is restricted: of what a process keeps.
    pub(super) merged_at: Revision,
    /// Whether the commit under way is of a staged write, which may take minutes.
    pub(super) staged: bool,
}

impl Standing {
    /// Whether no commit is being applied.
    pub(super) fn is_settled(&self) -> bool {
        self.committing <= self.revision
    }
}

impl Client {
    /// A client. Connects when it is first used.
    pub(super) fn new(options: Neo4jOptions) -> Result<Self, neo4rs::Error> {
        let connections = options.limits.connections_max;
        let pool = config(&options, &options.uri, connections)?;
        let single = Graph::connect(config(&options, &options.uri, 1)?)?;
        Ok(Self {
            graph: Mutex::new(Graph::connect(pool.clone())?),
            config: pool,
            places: Arc::new(Semaphore::new(connections)),
            circuit: Circuit::new(single, Duration::from_millis(options.limits.connect_ms_max)),
            options,
            known: Mutex::default(),
            statements: AtomicU64::new(0),
            round_trips: AtomicU64::new(0),
            waiting: AtomicU64::new(0),
        })
    }

    /// Statements sent so far, by reads and writes.
    pub(super) fn statements(&self) -> u64 {
        self.statements.load(Ordering::Relaxed)
    }

    /// How often readers began to wait while none was waiting: what one reader asks for at once is one round trip.
    pub(super) fn round_trips(&self) -> u64 {
        self.round_trips.load(Ordering::Relaxed)
    }

    /// Notes that a reader waits, as long as what it gives lives.
    pub(super) fn wait(&self) -> Waiting<'_> {
        if self.waiting.fetch_add(1, Ordering::Relaxed) == 0 {
            self.round_trips.fetch_add(1, Ordering::Relaxed);
        }
        Waiting(&self.waiting)
    }

    /// Where the graph stands now; none: there is no graph of ours.
    pub(super) async fn standing(self: &Arc<Self>) -> Answer<Option<Standing>> {
        let _waiting = self.wait();
        let ms = self.options.limits.query_ms_max;
        let query = || cypher!("standing").query(ms);
        let mut standing = self.try_read(query).await?.last().map(standing_of).transpose()?;
        if standing.is_some_and(|standing| self.lags(standing.revision)) {
            standing = self
                .read_after_bookmark(query())
                .await?
                .last()
                .map(standing_of)
                .transpose()?;
        }
        self.saw(standing);
        Ok(standing)
    }

    /// Where the graph stood when this process last saw it: by an answer, or by a commit of its own.
    pub(super) fn last_known(&self) -> Option<Standing> {
        self.known.lock().standing
    }

    /// Notes where an answer found the graph. Behind what was seen before, nothing is known until it is asked for itself.
    fn saw(&self, standing: Option<Standing>) {
        let mut known = self.known.lock();
        known.standing =
            standing.filter(|standing| standing.is_settled() && standing.revision >= known.newest);
        known.newest = known
            .newest
            .max(standing.map_or(Revision::default(), |standing| standing.revision));
    }

    /// Notes a commit of this process.
    pub(super) fn wrote(&self, standing: Standing, bookmark: Option<String>) {
        let mut known = self.known.lock();
        if known.newest <= standing.revision {
            known.newest = standing.revision;
            known.standing = Some(standing);
        }
        known.bookmark = bookmark.map(|bookmark| (standing.revision, bookmark));
    }

    /// Whether the graph is behind what was seen of it before. Then that is forgotten.
    pub(super) fn went_back(&self, standing: Standing) -> bool {
        let mut known = self.known.lock();
        let back = standing.revision < known.newest;
        if back {
            let (now, before) = (standing.revision, known.newest);
            tracing::warn!(%now, %before, "the graph is at an older revision: a server lags, or a backup was restored");
            *known = Known {
                newest: standing.revision,
                ..Known::default()
            };
        }
        back
    }

    /// Whether a server is behind what this process wrote.
    fn lags(&self, revision: Revision) -> bool {
        self.known
            .lock()
            .bookmark
            .as_ref()
            .is_some_and(|(written, _)| revision < *written)
    }

    /// Reads at a revision. Gives each row's `row`, read as `T`.
    pub(super) async fn read<T: DeserializeOwned>(
        self: &Arc<Self>,
        at: Revision,
        statement: Statement,
    ) -> Answer<Vec<T>> {
        let ms = self.options.limits.query_ms_max;
        if tracing::enabled!(target: STATEMENTS, tracing::Level::TRACE) {
            let (text, parameters) = statement.told();
            tracing::trace!(target: STATEMENTS, text, parameters);
        }
        let mut rows = self.try_read(|| statement.reading(ms)).await?;
        let mut seen = rows.pop().as_ref().map(standing_of).transpose()?;
        if seen.is_some_and(|seen| seen.revision < at && self.lags(seen.revision)) {
            rows = self.read_after_bookmark(statement.reading(ms)).await?;
            seen = rows.pop().as_ref().map(standing_of).transpose()?;
        }
        match seen {
            Some(seen) if seen.revision == at && seen.is_settled() => {}
            seen => {
                self.saw(seen);
                return Err(StoreError::Moved { read_at: at });
            }
        }
        rows.iter()
            .map(|row| row.get::<T>("row").map_err(|error| unreadable(&error)))
            .collect()
    }

    /// Reads what is kept beside the graph and has no revision. Gives each row's `row`, read as `T`.
    pub(super) async fn read_beside<T: DeserializeOwned>(&self, statement: &Statement) -> Answer<Vec<T>> {
        let ms = self.options.limits.query_ms_max;
        let rows = self.try_read(|| statement.query(ms)).await?;
        rows.iter()
            .map(|row| row.get::<T>("row").map_err(|error| unreadable(&error)))
            .collect()
    }

    /// Reads, and again where the reason passes; all of it within the limit of one read.
    async fn try_read(&self, query: impl Fn() -> Query) -> Answer<Vec<Row>> {
        let ms = self.options.limits.query_ms_max;
        let deadline = within(ms);
        let mut tries = 1;
        loop {
            match self.try_once(deadline, query()).await {
                Err(failed) if tries < READ_TRIES && self.may_pass(&failed) => {
                    pause(tries).await;
                    tries += 1;
                }
                outcome => return outcome.map_err(|failed| failed.told(ms)),
            }
        }
    }

    async fn try_once(&self, deadline: Instant, query: Query) -> Result<Vec<Row>, Failed> {
        let _place = self.place(deadline).await?;
        let graph = self.graph();
        self.timed(deadline, gather(&graph, query)).await
    }

    fn may_pass(&self, failed: &Failed) -> bool {
        match failed {
            Failed::Driver(error) => match meaning(error) {
                Meaning::Passing => true,
                // A connection of the pool that broke meanwhile: the next may be new.
                Meaning::Away => !self.circuit.is_open(),
                Meaning::Memory | Meaning::Slow | Meaning::Credentials | Meaning::Fault => false,
            },
            Failed::Late | Failed::Away | Failed::Busy => false,
        }
    }

    /// Reads from a server that has what this process wrote. One that does not come to it may hold another graph by now, such
    /// as a restored one; so it is waited for once.
    async fn read_after_bookmark(self: &Arc<Self>, query: Query) -> Answer<Vec<Row>> {
        let ms = self.options.limits.query_ms_max;
        let bookmark = self.known.lock().bookmark.take();
        let read = async {
            let after = bookmark.iter().map(|(_, bookmark)| bookmark.clone()).collect();
            let mut txn = Transaction::begin(self, Operation::Read, after, ms).await?;
            let rows = txn.gather(query).await?;
            txn.commit().await?;
            Ok::<_, Failed>(rows)
        };
        let rows = read.await.map_err(|failed| failed.told(ms))?;
        self.known.lock().bookmark = bookmark;
        Ok(rows)
    }

    /// The pool as it is now.
    pub(super) fn graph(&self) -> Graph {
        self.graph.lock().clone()
    }

    /// Closes the connections that nobody uses, and those in use when they are given back.
    pub(super) fn renew(&self) {
        match Graph::connect(self.config.clone()) {
            Ok(graph) => *self.graph.lock() = graph,
            // It was built from the same before.
            Err(error) => tracing::error!(%error, "a new pool of connections could not be made"),
        }
    }

    /// Waits for a connection to be free.
    pub(super) async fn place(&self, deadline: Instant) -> Result<OwnedSemaphorePermit, Failed> {
        let deadline = deadline.min(within(self.options.limits.connect_ms_max));
        let place = tokio::time::timeout_at(deadline, self.places.clone().acquire_owned()).await;
        place.map_err(|_| Failed::Busy)?.map_err(|_| Failed::Away)
    }

    /// Runs a statement, or what belongs to one, within a limit of time, and while the server is there.
    pub(super) fn timed<'a, T: Send + 'a>(
        &'a self,
        deadline: Instant,
        work: impl Future<Output = Result<T, neo4rs::Error>> + Send + 'a,
    ) -> impl Future<Output = Result<T, Failed>> + Send + 'a {
        // The driver's futures are large, and every one above them would be as large as they.
        let work = Box::pin(work);
        async move {
            if self.circuit.is_open() {
                return Err(Failed::Away);
            }
            self.statements.fetch_add(1, Ordering::Relaxed);
            let done = self.patiently(deadline, work).await?;
            done.map_err(|error| {
                if matches!(meaning(&error), Meaning::Away | Meaning::Credentials) {
                    self.circuit.suspect();
                }
                Failed::Driver(error)
            })
        }
    }

    /// Makes ready the connection on which the server is asked whether it is there: to sign in takes longest.
    pub(super) fn make_ready(&self) {
        self.circuit.suspect();
    }

    /// Waits for something, but not longer than it may take, and not for a server that is away: a paused one keeps its
    /// connections open and answers nothing.
    pub(super) async fn patiently<T>(
        &self,
        deadline: Instant,
        work: impl Future<Output = T>,
    ) -> Result<T, Failed> {
        let (mut work, mut opened) = (std::pin::pin!(work), std::pin::pin!(self.circuit.opened()));
        loop {
            let look = deadline.min(Instant::now() + PATIENCE);
            tokio::select! {
                biased;
                done = &mut work => return Ok(done),
                () = &mut opened => return Err(Failed::Away),
                () = tokio::time::sleep_until(look) => {
                    self.circuit.suspect();
                    if look == deadline {
                        return Err(Failed::Late);
                    }
                }
            }
        }
    }

    /// Sends a query once, as it is: for opening.
    pub(super) async fn raw<T: DeserializeOwned>(&self, query: Query) -> Result<Vec<T>, Failed> {
        let limits = &self.options.limits;
        let rows = self
            .try_once(within(limits.connect_ms_max.max(limits.query_ms_max)), query)
            .await?;
        rows.iter()
            .map(|row| row.get::<T>("row").map_err(|error| Failed::Driver(error.into())))
            .collect()
    }

    /// Runs a query that writes the schema.
    pub(super) async fn execute(&self, query: Query) -> Result<(), Failed> {
        let deadline = within(self.options.limits.write_ms_max);
        let _place = self.place(deadline).await?;
        let graph = self.graph();
        self.timed(deadline, graph.run(query)).await.map(|_| ())
    }

    /// Begins a write. Its leader has what was written before, so that no bookmark is needed.
    pub(super) async fn begin(self: &Arc<Self>) -> Result<Transaction, Failed> {
        Transaction::begin(
            self,
            Operation::Write,
            Vec::new(),
            self.options.limits.write_ms_max,
        )
        .await
    }
}

/// What every read ends with.
fn standing_of(row: &Row) -> Answer<Standing> {
    let (revision, committing, merged_at, staged): (i64, i64, i64, bool) =
        row.get("row").map_err(|error| unreadable(&error))?;
    Ok(Standing {
        revision: Revision(revision.cast_unsigned()),
        committing: Revision(committing.cast_unsigned()),
        merged_at: Revision(merged_at.cast_unsigned()),
        staged,
    })
}

/// A reader that waits.
pub(super) struct Waiting<'c>(&'c AtomicU64);

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}
