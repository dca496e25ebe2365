//! The connection to Neo4j: every statement with a time limit, a count, and a circuit that tells callers at once when the
//! server is away.
//!
//! Neo4j keeps no older state of the graph, and a statement may see parts of a commit that is being applied. So every
//! read ends with the revision, and with that of the commit under way: where both are the revision at which the reader reads,
//! what it saw is of that revision alone; else the reader has been overtaken ([`StoreError::Moved`]).

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use neo4rs::{ConfigBuilder, Graph, Operation, Query, Row, Txn};
use parking_lot::Mutex;
use secrecy::ExposeSecret as _;
use serde::de::DeserializeOwned;

use super::circuit::Circuit;
use super::error::{Meaning, meaning, told, unreadable};
use super::options::Neo4jOptions;
use super::statement::{Statement, cypher};
use crate::model::change::Revision;
use crate::store::{Answer, StoreError};

/// Where each statement that reads is told, with its parameters, for whoever asks for it (`RUST_LOG=hukun::cypher=trace`).
const STATEMENTS: &str = "hukun::cypher";
/// Rows in one batch of an answer: fewer cost a round trip each, more cost memory.
const FETCH_ROWS: usize = 2_000;
/// How often a read is tried where the server gave up on it for a reason that passes.
const READ_TRIES: u32 = 4;

/// One Neo4j, shared by all readers and writers of this process.
pub(super) struct Client {
    graph: Graph,
    pub(super) options: Neo4jOptions,
    circuit: Circuit,
    /// The bookmark of this process's last commit: a server that lags behind it is made to wait for it.
    bookmark: Mutex<Option<String>>,
    known: Mutex<Option<Standing>>,
    statements: AtomicU64,
    round_trips: AtomicU64,
}

/// Where the graph stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Standing {
    /// The revision.
    pub(super) revision: Revision,
    /// The revision of the commit under way; where there is none, the same.
    pub(super) committing: Revision,
    /// The revision of the last merge.
    pub(super) merged_at: Revision,
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
        let connect = Duration::from_millis(options.limits.connect_ms_max);
        let mut config = ConfigBuilder::new()
            .uri(&options.uri)
            .user(&options.user)
            .password(options.password.expose_secret())
            .max_connections(options.limits.connections_max)
            .connection_timeout(connect)
            // The driver's word for how long a caller waits for a connection of the pool.
            .max_lifetime(connect)
            .fetch_size(FETCH_ROWS);
        if let Some(database) = &options.database {
            config = config.db(database.as_str());
        }
        Ok(Self {
            graph: Graph::connect(config.build()?)?,
            options,
            circuit: Circuit::default(),
            bookmark: Mutex::default(),
            known: Mutex::default(),
            statements: AtomicU64::new(0),
            round_trips: AtomicU64::new(0),
        })
    }

    /// Statements sent so far, by reads and writes.
    pub(super) fn statements(&self) -> u64 {
        self.statements.load(Ordering::Relaxed)
    }

    /// How often a reader waited for an answer, or for several that were asked for at once.
    pub(super) fn round_trips(&self) -> u64 {
        self.round_trips.load(Ordering::Relaxed)
    }

    /// Notes that a reader waits.
    pub(super) fn wait(&self) {
        self.round_trips.fetch_add(1, Ordering::Relaxed);
    }

    /// Where the graph stands now; none: there is no graph of ours.
    pub(super) async fn standing(&self) -> Answer<Option<Standing>> {
        self.wait();
        let rows = self.try_read(|| cypher!("standing").query(self.options.limits.query_ms_max)).await?;
        let standing = rows.last().map(standing_of).transpose()?;
        *self.known.lock() = standing.filter(Standing::is_settled);
        Ok(standing)
    }

    /// Where the graph stood when this process last saw it: by an answer, or by a commit of its own.
    pub(super) fn last_known(&self) -> Option<Standing> {
        *self.known.lock()
    }

    /// Notes where the graph stands.
    pub(super) fn note(&self, standing: Standing) {
        let mut known = self.known.lock();
        if known.is_none_or(|known| known.revision <= standing.revision) {
            *known = Some(standing).filter(Standing::is_settled);
        }
    }

    /// Reads at a revision. Gives each row's `row`, read as `T`.
    pub(super) async fn read<T: DeserializeOwned>(&self, at: Revision, statement: Statement) -> Answer<Vec<T>> {
        let ms = self.options.limits.query_ms_max;
        if tracing::enabled!(target: STATEMENTS, tracing::Level::TRACE) {
            let (text, parameters) = statement.told();
            tracing::trace!(target: STATEMENTS, text, parameters);
        }
        let mut rows = self.try_read(|| statement.reading(ms)).await?;
        let mut seen = rows.pop().as_ref().map(standing_of).transpose()?;
        if seen.is_none_or(|seen| seen.revision < at) {
            // A server that lags behind what this process has written, or seen.
            rows = self.read_after_bookmark(&statement).await?;
            seen = rows.pop().as_ref().map(standing_of).transpose()?;
        }
        match seen {
            Some(seen) if seen.revision == at && seen.is_settled() => {}
            seen => {
                *self.known.lock() = seen.filter(Standing::is_settled);
                return Err(StoreError::Moved { read_at: at });
            }
        }
        rows.iter().map(|row| row.get::<T>("row").map_err(|error| unreadable(&error))).collect()
    }

    async fn try_read(&self, query: impl Fn() -> Query) -> Answer<Vec<Row>> {
        let mut tries = 1;
        loop {
            let outcome = self.timed(self.options.limits.query_ms_max, self.gather(query())).await;
            match outcome {
                Err(error) if tries < READ_TRIES && self.may_pass(&error) => {
                    self.pause(tries).await;
                    tries += 1;
                }
                outcome => return outcome.map_err(|error| error.told(self.options.limits.query_ms_max)),
            }
        }
    }

    fn may_pass(&self, error: &Failed) -> bool {
        match error {
            Failed::Driver(error) => match meaning(error) {
                Meaning::Passing => true,
                // A connection of the pool that broke meanwhile: the next may be new.
                Meaning::Away => self.circuit.lets_through(),
                Meaning::Slow | Meaning::Credentials | Meaning::Fault => false,
            },
            Failed::Late | Failed::Open => false,
        }
    }

    /// Waits a little longer each time, and never as long as another caller.
    pub(super) async fn pause(&self, tries: u32) {
        let most = 10_u64 << tries.min(6);
        let ms = fastrand::u64(most / 2..=most);
        tokio::time::sleep(Duration::from_millis(ms)).await;
    }

    async fn gather(&self, query: Query) -> Result<Vec<Row>, neo4rs::Error> {
        let mut stream = self.graph.execute_read(query).await?;
        let mut rows = Vec::new();
        while let Some(row) = stream.next().await? {
            rows.push(row);
        }
        Ok(rows)
    }

    async fn read_after_bookmark(&self, statement: &Statement) -> Answer<Vec<Row>> {
        let ms = self.options.limits.query_ms_max;
        let read = async {
            let bookmarks = self.bookmark.lock().clone().map(|bookmark| vec![bookmark]);
            let mut txn = self.graph.start_txn_as(Operation::Read, bookmarks).await?;
            let mut stream = txn.execute(statement.reading(ms)).await?;
            let mut rows = Vec::new();
            while let Some(row) = stream.next(txn.handle()).await? {
                rows.push(row);
            }
            txn.commit().await?;
            Ok(rows)
        };
        self.timed(ms, read).await.map_err(|error| error.told(ms))
    }

    /// Runs something with a limit of time, unless the server is known to be away.
    async fn timed<T>(
        &self,
        ms_max: u64,
        work: impl Future<Output = Result<T, neo4rs::Error>>,
    ) -> Result<T, Failed> {
        if !self.circuit.lets_through() {
            return Err(Failed::Open);
        }
        self.statements.fetch_add(1, Ordering::Relaxed);
        match tokio::time::timeout(Duration::from_millis(ms_max), work).await {
            Ok(Ok(done)) => {
                self.circuit.answered();
                Ok(done)
            }
            Ok(Err(error)) => {
                match meaning(&error) {
                    Meaning::Away => self.circuit.failed(),
                    _ => self.circuit.answered(),
                }
                Err(Failed::Driver(error))
            }
            Err(_) => {
                // A paused server keeps its connections open and answers nothing.
                self.circuit.failed();
                Err(Failed::Late)
            }
        }
    }

    /// Sends a query once, as it is: for opening.
    pub(super) async fn raw<T: DeserializeOwned>(&self, query: Query) -> Result<Vec<T>, Failed> {
        let rows = self.timed(self.options.limits.connect_ms_max, self.gather(query)).await?;
        rows.iter().map(|row| row.get::<T>("row").map_err(|error| Failed::Driver(error.into()))).collect()
    }

    /// Runs a query that writes the schema.
    pub(super) async fn execute(&self, query: Query) -> Result<(), Failed> {
        self.timed(self.options.limits.write_ms_max, self.graph.run(query)).await.map(|_| ())
    }

    /// Begins a write.
    pub(super) async fn begin(self: &Arc<Self>) -> Result<Transaction, Failed> {
        let bookmarks = self.bookmark.lock().clone().map(|bookmark| vec![bookmark]);
        let begun = self.graph.start_txn_as(Operation::Write, bookmarks);
        let txn = self.timed(self.options.limits.connect_ms_max, begun).await?;
        Ok(Transaction { client: self.clone(), txn })
    }
}

/// Why something did not come to pass.
#[derive(Debug)]
pub(super) enum Failed {
    /// The driver said so.
    Driver(neo4rs::Error),
    /// It took too long.
    Late,
    /// The server is known to be away.
    Open,
}

impl Failed {
    pub(super) fn told(&self, after_ms: u64) -> StoreError {
        match self {
            Self::Driver(error) => told(error, after_ms),
            Self::Late => StoreError::Timeout { after_ms },
            Self::Open => StoreError::Unavailable,
        }
    }
}

/// A write under way. Dropped, it is taken back.
pub(super) struct Transaction {
    client: Arc<Client>,
    txn: Txn,
}

impl Transaction {
    /// Runs a statement and gives each row's `row`, read as `T`.
    pub(super) async fn run<T: DeserializeOwned>(&mut self, statement: Statement) -> Result<Answer<Vec<T>>, Failed> {
        let ms = self.client.options.limits.write_ms_max;
        let txn = &mut self.txn;
        let work = async {
            let mut stream = txn.execute(statement.query(ms)).await?;
            let mut rows = Vec::new();
            while let Some(row) = stream.next(txn.handle()).await? {
                rows.push(row);
            }
            Ok(rows)
        };
        let rows = self.client.timed(ms, work).await?;
        Ok(rows.iter().map(|row| row.get::<T>("row").map_err(|error| unreadable(&error))).collect())
    }

    /// Makes it stand. An error leaves open whether it does.
    pub(super) async fn commit(self) -> Result<(), Failed> {
        let bookmark = self.client.timed(self.client.options.limits.write_ms_max, self.txn.commit()).await?;
        if bookmark.is_some() {
            *self.client.bookmark.lock() = bookmark;
        }
        Ok(())
    }

    /// Takes it back; a failure to do so is the server's to notice.
    pub(super) async fn rollback(self) {
        let _ = self.client.timed(self.client.options.limits.connect_ms_max, self.txn.rollback()).await;
    }
}

/// What every read ends with.
fn standing_of(row: &Row) -> Answer<Standing> {
    let (revision, committing, merged_at): (i64, i64, i64) = row.get("row").map_err(|error| unreadable(&error))?;
    Ok(Standing {
        revision: Revision(revision.cast_unsigned()),
        committing: Revision(committing.cast_unsigned()),
        merged_at: Revision(merged_at.cast_unsigned()),
    })
}
