//! The connections to one Neo4j: each statement has a time limit, is counted, and fails at once while the server is unavailable.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use super::circuit::CircuitBreaker;
use super::connection::{config, gather, within};
use super::error::{ErrorClass, Neo4jError, Neo4jResult, class_of, is_deadlock};
use super::logins::{ConnectionPermit, Logins};
use super::options::Neo4jOptions;
use futures_util::future::BoxFuture;
use neo4rs::{Graph, Query, Row};
use parking_lot::Mutex;
use secrecy::SecretString;
use tokio::sync::Semaphore;
use tokio::time::Instant;

/// How long a statement may take before the availability of the server is tested.
const PATIENCE: Duration = Duration::from_secs(2);
/// The least time that a cancelled statement must have run before its connection is closed to end it.
const WORTH_ENDING: Duration = Duration::from_millis(100);

/// The driver's pool of connections, with a limit on its users.
pub(in crate::store) struct Neo4jPool {
    /// The driver's pool, and the number of password changes when it was built. To close one of its connections, which the driver
    /// cannot be told to do, the whole pool is replaced.
    graph: Mutex<(Graph, u64)>,
    logins: Arc<Logins>,
    /// One permit for each connection. Callers wait here and not in the driver: a pool in which a caller waits too long considers its
    /// server lost.
    permits: Arc<Semaphore>,
    pub(super) options: Neo4jOptions,
    pub(super) circuit: Arc<CircuitBreaker>,
    /// Since when the database is read-only, which is logged once.
    read_only_since: Mutex<Option<std::time::Instant>>,
    statements: AtomicU64,
    deadlocks: AtomicU64,
}

impl Neo4jPool {
    /// A pool. It connects when it is first used.
    pub(super) fn new(options: Neo4jOptions, password: SecretString) -> Result<Self, neo4rs::Error> {
        let connections = options.limits.connections_max;
        let graph = Graph::connect(config(&options, &password, &options.uri, connections)?)?;
        Ok(Self {
            graph: Mutex::new((graph, 0)),
            logins: Arc::default(),
            permits: Arc::new(Semaphore::new(connections)),
            circuit: CircuitBreaker::new(&options, password),
            options,
            read_only_since: Mutex::default(),
            statements: AtomicU64::new(0),
            deadlocks: AtomicU64::new(0),
        })
    }

    /// Number of statements sent.
    pub(super) fn statements(&self) -> u64 {
        self.statements.load(Ordering::Relaxed)
    }

    /// Number of statements that the server ended because of a deadlock.
    pub(super) fn deadlocks(&self) -> u64 {
        self.deadlocks.load(Ordering::Relaxed)
    }

    /// The driver's pool, rebuilt if the password changed since.
    pub(super) fn graph(&self) -> Graph {
        if self.graph.lock().1 != self.circuit.changes() {
            self.replace_pool();
        }
        self.graph.lock().0.clone()
    }

    /// Closes the idle connections, and those in use when they are given back.
    pub(super) fn replace_pool(&self) {
        let (password, change) = self.circuit.password();
        let options = &self.options;
        let pool = config(options, &password, &options.uri, options.limits.connections_max);
        match pool.and_then(Graph::connect) {
            Ok(graph) => *self.graph.lock() = (graph, change),
            // The same options built the first pool.
            Err(error) => tracing::error!(%error, "a new pool of connections could not be made"),
        }
        self.logins.reset();
    }

    /// Waits for a free connection. If the driver may have to open one, the password is checked first.
    pub(super) async fn permit(&self, deadline: Instant) -> Neo4jResult<ConnectionPermit> {
        let deadline = deadline.min(within(self.options.limits.connect_ms_max));
        let permit = tokio::time::timeout_at(deadline, self.permits.clone().acquire_owned()).await;
        let permit = permit
            .map_err(|_| Neo4jError::Busy)?
            .map_err(|_| Neo4jError::Unavailable)?;
        let permit = ConnectionPermit::new(&self.logins, permit);
        if self.logins.is_due() && !self.circuit.is_open() {
            // Boxed, so that the compiler does not inline it into every caller.
            let signed_in: BoxFuture<'_, ()> = Box::pin(async {
                let _login = self.logins.one_at_a_time.lock().await;
                // Another caller may have signed in meanwhile.
                if self.circuit.is_open() || !self.logins.is_due() {
                    return;
                }
                self.circuit.sign_in().await;
            });
            self.wait_for(deadline, signed_in).await?;
        }
        Ok(permit)
    }

    /// Sends a query once and returns its rows.
    pub(super) async fn fetch(&self, deadline: Instant, query: Query) -> Neo4jResult<Vec<Row>> {
        let mut permit = self.permit(deadline).await?;
        let mut guard = StatementGuard {
            pool: self,
            since: Instant::now(),
            ended: false,
            graph: self.graph(),
        };
        let rows = self.timed(deadline, gather(&guard.graph, query)).await;
        guard.ended = true;
        let rows = rows?;
        permit.mark_good();
        Ok(rows)
    }

    /// Sends a query that writes, in a transaction of its own.
    pub(super) async fn execute(&self, query: Query) -> Neo4jResult<()> {
        let deadline = within(self.options.limits.write_ms_max);
        let mut permit = self.permit(deadline).await?;
        let graph = self.graph();
        self.timed(deadline, graph.run(query)).await?;
        permit.mark_good();
        Ok(())
    }

    /// Runs a statement, or a part of one, within a time limit and while the server is available.
    pub(super) fn timed<'a, T: Send + 'a>(
        &'a self,
        deadline: Instant,
        work: impl Future<Output = Result<T, neo4rs::Error>> + Send + 'a,
    ) -> impl Future<Output = Neo4jResult<T>> + Send + 'a {
        // Boxed: the driver's futures are large, and would enlarge all futures that contain them.
        let work = Box::pin(work);
        async move {
            if self.circuit.is_open() {
                return Err(self.circuit.error());
            }
            self.statements.fetch_add(1, Ordering::Relaxed);
            let done = self.wait_for(deadline, work).await?;
            done.map_err(|error| {
                if is_deadlock(&error) {
                    self.deadlocks.fetch_add(1, Ordering::Relaxed);
                }
                match class_of(&error) {
                    ErrorClass::Unavailable | ErrorClass::Stopped | ErrorClass::Tls => self.circuit.suspect(),
                    // The next caller that needs a connection signs in first.
                    ErrorClass::Credentials => self.logins.reset(),
                    ErrorClass::ReadOnly => self.note_read_only(),
                    ErrorClass::Transient
                    | ErrorClass::DiskFull
                    | ErrorClass::OutOfMemory
                    | ErrorClass::Timeout
                    | ErrorClass::Internal => {}
                }
                Neo4jError::Driver(error)
            })
        }
    }

    /// Waits for work until the deadline, or until the server is known to be unavailable.
    pub(super) async fn wait_for<T>(
        &self,
        deadline: Instant,
        work: impl Future<Output = T>,
    ) -> Neo4jResult<T> {
        let (mut work, mut opened) = (std::pin::pin!(work), std::pin::pin!(self.circuit.opened()));
        loop {
            let look = deadline.min(Instant::now() + PATIENCE);
            tokio::select! {
                biased;
                done = &mut work => return Ok(done),
                () = &mut opened => return Err(self.circuit.error()),
                () = tokio::time::sleep_until(look) => {
                    self.circuit.suspect();
                    if look == deadline {
                        return Err(Neo4jError::Timeout);
                    }
                }
            }
        }
    }

    /// Whether a retry may succeed.
    pub(super) fn may_pass(&self, error: &Neo4jError) -> bool {
        match error.class() {
            Some(ErrorClass::Transient) => true,
            // A connection of the pool was broken; the next may be a new one.
            Some(ErrorClass::Unavailable) => !self.circuit.is_open(),
            Some(
                ErrorClass::ReadOnly
                | ErrorClass::DiskFull
                | ErrorClass::Stopped
                | ErrorClass::OutOfMemory
                | ErrorClass::Timeout
                | ErrorClass::Credentials
                | ErrorClass::Tls
                | ErrorClass::Internal,
            )
            | None => false,
        }
    }

    /// Logs once that the database is read-only.
    fn note_read_only(&self) {
        let mut since = self.read_only_since.lock();
        if since.is_none() {
            *since = Some(std::time::Instant::now());
            tracing::warn!(
                "Neo4j at {} rejects writes: the database is read-only (server.databases.read_only, \
                 server.databases.default_to_read_only, or ALTER DATABASE … SET ACCESS READ ONLY)",
                self.options.place()
            );
        }
    }

    /// Logs that the database accepts writes again, if it was read-only.
    pub(super) fn note_written(&self) {
        if let Some(since) = self.read_only_since.lock().take() {
            let ms = since.elapsed().as_millis();
            tracing::info!(
                "Neo4j at {} accepts writes again, after {ms} ms",
                self.options.place()
            );
        }
    }
}

/// A running statement. If it is dropped before the statement has ended, its connection is closed: the driver would return it to the
/// pool as it is, and the server would work on until its own time limit.
struct StatementGuard<'p> {
    pool: &'p Neo4jPool,
    since: Instant,
    ended: bool,
    graph: Graph,
}

impl Drop for StatementGuard<'_> {
    fn drop(&mut self) {
        if !self.ended && self.since.elapsed() > WORTH_ENDING {
            self.pool.replace_pool();
        }
    }
}
