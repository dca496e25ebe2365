//! The store for production: the graph in Neo4j 5, through the driver neo4rs.
//!
//! - **Model.** Entities are nodes, relations native relationships for walking, and nodes beside them for lists and pages;
//!   statements stand on nodes of their own. `docs/neo4j.md` has it whole.
//! - **Revisions.** Neo4j keeps no older state. A reader notes the revision at which it began, and every statement checks it: after a
//!   newer commit, its reads fail with [`StoreError::StaleRead`]. A snapshot reader keeps writers waiting instead.
//! - **Writers.** One at a time, over all processes on one database, by the lock of one node, which has a lease; what a writer changes
//!   of a commit is fenced by a token, so that nothing rests on the lock.
//! - **Faults.** Every statement has a time limit, here and on the server. While the server is away, callers get an error at once.
//!
//! `driver` is the way to the server, `read` and `write` are the two halves of the store, and `format` says how records stand in the database.
//! `native` checks and repairs the derived graph, `migrate` raises the schema.

mod cache;
mod driver;
mod format;
mod keys;
mod migrate;
mod native;
mod provenance;
mod read;
mod revision_feed;
mod shared;
mod write;

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};
use tokio::time::Instant;

pub use self::driver::options::{Neo4jLimits, Neo4jOptions, Neo4jPassword};
pub use self::keys::Neo4jKeys;
pub use self::native::{FaultCount, NativeFault, NativeReport};
pub use self::read::reader::Neo4jReader;

use self::driver::connection::{pause, within};
use self::driver::error::Neo4jError;
use self::driver::graph_state::GraphState;
use self::driver::ownership;
use self::driver::statement::cypher;
use self::shared::Shared;
use self::write::commit;
use self::write::lock::WriteLock;
use self::write::snapshot_hold::SnapshotHold;
use super::{Answer, Applying, OpenError, Outcome, Plan, Store, StoreError, StoreStatus, View};
use crate::model::change::Revision;

/// How long a reader waits for a commit that is being applied before it looks whether its writer still lives.
const COMMIT_PATIENCE: Duration = Duration::from_secs(2);

/// Nodes that are taken away in one transaction when a database is emptied.
const WIPED_AT_A_TIME: i64 = 10_000;

/// The graph in Neo4j.
pub struct Neo4jStore {
    shared: Arc<Shared>,
    /// One permit: the writers of this process wait here for each other, and not on connections, which the one at work needs for reading.
    writers: Arc<Semaphore>,
}

impl Neo4jStore {
    /// Connects, waits for a server that is not there yet, and raises the schema to the version of this program.
    pub async fn open(options: Neo4jOptions) -> Result<Self, OpenError> {
        Ok(Self {
            shared: Arc::new(Shared::new(migrate::connect(options).await?)),
            writers: Arc::new(Semaphore::new(1)),
        })
    }

    /// Deletes the graph in several transactions, but neither the API keys nor anything that others keep in the same database. No
    /// server may run on the database meanwhile; after an interruption it must be called again.
    pub async fn wipe(options: Neo4jOptions) -> Result<(), OpenError> {
        let place = options.place();
        let client = migrate::connect(options).await?;
        let ms_max = client.options().limits.write_ms_max;
        let refused = |error: Neo4jError| OpenError::Unreachable {
            place: place.clone(),
            reason: error.into_store_error(ms_max).to_string(),
        };
        for (label, test) in ownership::labels() {
            loop {
                let statement = cypher!("wipe")
                    .fill("label", label)
                    .fill("test", &test)
                    .with("limit", WIPED_AT_A_TIME);
                let wiped = client.in_transaction::<(i64,)>(statement).await;
                if wiped.map_err(refused)?.first().is_none_or(|(count,)| *count == 0) {
                    break;
                }
            }
        }
        Ok(())
    }

    /// The API keys of the same database, over the same connections.
    pub fn keys(&self) -> Neo4jKeys {
        Neo4jKeys::new(self.shared.client.clone())
    }

    /// Statements sent so far.
    pub fn statements(&self) -> u64 {
        self.shared.client.statements()
    }

    /// How often readers waited for an answer: several statements sent at once are one round trip.
    pub fn round_trips(&self) -> u64 {
        self.shared.client.round_trips()
    }

    /// How many statements the server has ended so far because of a deadlock. Each was tried again.
    pub fn deadlocks(&self) -> u64 {
        self.shared.client.deadlocks()
    }

    async fn state(&self) -> Answer<GraphState> {
        self.shared.client.state().await?.ok_or_else(no_revision)
    }

    /// The state of the graph once no commit is being applied. Takes as long as one read may, at most.
    async fn settled(&self) -> Answer<GraphState> {
        let client = &self.shared.client;
        let ms = client.options().limits.query_ms_max;
        let (begun, deadline) = (Instant::now(), within(ms));
        let mut tries = 0;
        loop {
            let state = self.state().await?;
            if state.is_settled() {
                if client.went_back(state) {
                    self.shared.clear_caches();
                }
                return Ok(state);
            }
            if Instant::now() > deadline {
                return Err(StoreError::Timeout { after_ms: ms });
            }
            let waited = begun.elapsed() > COMMIT_PATIENCE;
            if waited && state.staged {
                self.recover_in_background();
                return Err(StoreError::Applying {
                    revision: state.committing,
                });
            }
            if waited {
                self.recover(deadline).await?;
            } else {
                pause(tries).await;
                tries += 1;
            }
        }
    }

    /// Waits for the writer whose commit is being applied, if it lives, and ends what it began if it does not.
    async fn recover(&self, deadline: Instant) -> Answer<()> {
        let late = StoreError::Timeout {
            after_ms: self.shared.client.options().limits.query_ms_max,
        };
        let recovered = async {
            // One at a time with the writers of this process, so that many readers take no connection from them.
            let _permit = self.write_permit().await?;
            if self.state().await?.is_settled() {
                return Ok(());
            }
            commit::recover(&self.shared.client).await
        };
        tokio::time::timeout_at(deadline, recovered)
            .await
            .unwrap_or(Err(late))
    }

    /// Ends a staged write whose writer has died, however long that takes; once at a time.
    fn recover_in_background(&self) {
        // If it is taken, a writer of this process is at work, and applies what is left before all else.
        let Ok(permit) = self.writers.clone().try_acquire_owned() else {
            return;
        };
        let client = self.shared.client.clone();
        tokio::spawn(async move {
            if let Err(error) = commit::recover(&client).await {
                tracing::warn!(%error, "a write that was announced could not be applied; it will be tried again");
            }
            drop(permit);
        });
    }

    /// Waits until no other writer of this process is at work.
    async fn write_permit(&self) -> Answer<OwnedSemaphorePermit> {
        let client = &self.shared.client;
        let ms = client.options().limits.write_ms_max;
        let permit = client
            .patiently(within(ms), self.writers.clone().acquire_owned())
            .await;
        permit
            .map_err(|error| error.into_store_error(ms))?
            .map_err(|_| StoreError::Unavailable)
    }
}

impl Store for Neo4jStore {
    type Reader = Neo4jReader;

    async fn newest(&self) -> Answer<Revision> {
        Ok(self.state().await?.revision)
    }

    async fn status(&self) -> Answer<StoreStatus> {
        let rows: Vec<(i64, i64, bool, i64, i64)> =
            self.shared.client.read_beside(&cypher!("store_status")).await?;
        let (revision, committing, staged, steps, left) = rows.into_iter().next().ok_or_else(no_revision)?;
        let applying = staged.then(|| Applying {
            revision: Revision(committing.cast_unsigned()),
            steps_applied: (steps - left).max(0).cast_unsigned(),
            steps: steps.max(0).cast_unsigned(),
        });
        Ok(StoreStatus {
            revision: Revision(revision.cast_unsigned()),
            applying,
        })
    }

    /// Needs no round trip if this process knows a state of the graph. If the graph has a newer revision by then, the first read is a stale
    /// read, and the next reader begins at the newest revision.
    async fn reader(&self, view: &View) -> Answer<Neo4jReader> {
        let state = match self.shared.client.last_state() {
            Some(state) => state,
            None => self.settled().await?,
        };
        match Neo4jReader::at(&self.shared, state, view).await {
            // The redirects and restrictions that it read first were newer.
            Err(StoreError::StaleRead { .. }) => {
                Neo4jReader::at(&self.shared, self.settled().await?, view).await
            }
            reader => reader,
        }
    }

    async fn snapshot_reader(&self, view: &View) -> Answer<Neo4jReader> {
        let permit = self.write_permit().await?;
        let client = &self.shared.client;
        let ms_max = client.options().limits.write_ms_max;
        let (lock, last) = WriteLock::take(client)
            .await
            .map_err(|error| error.into_store_error(ms_max))?;
        let hold = SnapshotHold::new(lock, permit);
        let reader = Neo4jReader::at(&self.shared, last.graph_state(), view).await?;
        Ok(reader.holding(hold))
    }

    async fn commit<P: Plan>(&self, plan: P) -> Answer<Outcome<P::Output, P::Refusal>> {
        let permit = self.write_permit().await?;
        let shared = self.shared.clone();
        // On a thread of its own: a caller that goes away leaves no commit without its answer noted, and what a plan computes delays no
        // thread that serves.
        let runtime = tokio::runtime::Handle::current();
        let committed = tokio::task::spawn_blocking(move || {
            let outcome = runtime.block_on(commit::commit(&shared, plan));
            drop(permit);
            outcome
        });
        committed
            .await
            .map_err(|error| StoreError::Fault(error.to_string()))?
    }

    fn subscribe(&self) -> watch::Receiver<Revision> {
        self.shared.feed.subscribe(&self.shared.client)
    }
}

fn no_revision() -> StoreError {
    StoreError::Damaged("the graph has no revision: was the database emptied?".into())
}
