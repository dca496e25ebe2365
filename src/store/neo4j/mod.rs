//! The store in Neo4j 5, through the driver neo4rs.
//!
//! - **Model.** Entities are nodes, relations native relationships for walking, and nodes beside them for lists and pages;
//!   statements are on nodes of their own. `docs/neo4j.md` describes the model.
//! - **Revisions.** Neo4j keeps no older state. A reader has the revision at which it began, and every statement checks it: after a
//!   newer commit, its reads fail with [`StoreError::StaleRead`]. A snapshot reader makes writers wait instead.
//! - **Writers.** One at a time, over all processes on one database, by the lock of one node with a lease. A fencing token protects
//!   each commit, so that correctness does not depend on the lock.
//! - **Outages.** Every statement has a time limit, here and on the server. While the server is unavailable, callers get an error at once.
//!
//! `driver` accesses the server, `read` and `write` are the two halves of the store, and `format` is the stored form of records.
//! `native` checks and repairs the derived graph, and `migrate` upgrades the schema.

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
pub use self::keys::Neo4jKeyStore;
pub use self::native::{NativeProblem, NativeReport, ProblemCount};
pub use self::read::reader::Neo4jReader;

use self::driver::connection::{pause, within};
use self::driver::error::Neo4jError;
use self::driver::graph_state::GraphState;
use self::driver::ownership;
use self::driver::statement::cypher;
use self::migrate::MissingKeys;
use self::shared::SharedState;
use self::write::commit;
use self::write::lock::WriteLock;
use self::write::snapshot_hold::SnapshotHold;
use super::{
    CommitOutcome, OpenError, Store, StoreError, StoreResult, StoreStatus, VisibilityFilter, WritePlan,
    WriteProgress,
};
use crate::model::change::Revision;

/// How long a reader waits for a commit that is being applied before it checks whether its writer still runs.
const COMMIT_PATIENCE: Duration = Duration::from_secs(2);

/// Number of nodes deleted in one transaction when a graph is deleted.
const WIPED_AT_A_TIME: i64 = 10_000;

/// The store in Neo4j.
pub struct Neo4jStore {
    shared: Arc<SharedState>,
    /// One permit: the writers of this process wait here for each other, and not for connections, which the current writer needs.
    writers: Arc<Semaphore>,
}

impl Neo4jStore {
    /// Connects, waits for a server that does not answer yet, and upgrades the schema to the version of this program.
    pub async fn open(options: Neo4jOptions) -> Result<Self, OpenError> {
        Self::open_with(options, MissingKeys::Create).await
    }

    /// Opens as [`Self::open`] does, but does not create constraints that are missing from a graph of the current schema, so that
    /// [`Self::check_native`] names them.
    pub async fn open_for_check(options: Neo4jOptions) -> Result<Self, OpenError> {
        Self::open_with(options, MissingKeys::Keep).await
    }

    async fn open_with(options: Neo4jOptions, missing_keys: MissingKeys) -> Result<Self, OpenError> {
        let client = migrate::connect(options, missing_keys).await?;
        Ok(Self {
            shared: Arc::new(SharedState::new(client)),
            writers: Arc::new(Semaphore::new(1)),
        })
    }

    /// Deletes the graph in several transactions, but not the API keys or data of other programs in the same database. No server may use
    /// the database meanwhile; after an interruption it must be called again.
    pub async fn wipe(options: Neo4jOptions) -> Result<(), OpenError> {
        let place = options.place();
        let client = migrate::connect(options, MissingKeys::Create).await?;
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
    pub fn keys(&self) -> Neo4jKeyStore {
        Neo4jKeyStore::new(self.shared.client.clone())
    }

    /// Number of statements sent.
    pub fn statements(&self) -> u64 {
        self.shared.client.statements()
    }

    /// Number of times that readers waited for an answer: several statements sent at once are one round trip.
    pub fn round_trips(&self) -> u64 {
        self.shared.client.round_trips()
    }

    /// Number of statements that the server ended because of a deadlock. Each was retried.
    pub fn deadlocks(&self) -> u64 {
        self.shared.client.deadlocks()
    }

    async fn state(&self) -> StoreResult<GraphState> {
        self.shared.client.state().await?.ok_or_else(no_revision)
    }

    /// The state of the graph when no commit is being applied. Takes no longer than one read may.
    async fn settled_state(&self) -> StoreResult<GraphState> {
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

    /// Waits for the writer whose commit is being applied, or completes the commit if the writer has died.
    async fn recover(&self, deadline: Instant) -> StoreResult<()> {
        let late = StoreError::Timeout {
            after_ms: self.shared.client.options().limits.query_ms_max,
        };
        let recovered = async {
            // Waits with the writers of this process, so that many readers do not take connections from them.
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

    /// Completes a staged write whose writer has died, in the background; only once at a time.
    fn recover_in_background(&self) {
        // If it is taken, a writer of this process is at work, and completes the staged write first.
        let Ok(permit) = self.writers.clone().try_acquire_owned() else {
            return;
        };
        let client = self.shared.client.clone();
        tokio::spawn(async move {
            if let Err(error) = commit::recover(&client).await {
                tracing::warn!(%error, "a staged write could not be applied completely; it will be tried again");
            }
            drop(permit);
        });
    }

    /// Waits for the other writers of this process.
    async fn write_permit(&self) -> StoreResult<OwnedSemaphorePermit> {
        let client = &self.shared.client;
        let ms = client.options().limits.write_ms_max;
        let permit = client
            .wait_for(within(ms), self.writers.clone().acquire_owned())
            .await;
        permit
            .map_err(|error| error.into_store_error(ms))?
            .map_err(|_| StoreError::Unavailable)
    }
}

impl Store for Neo4jStore {
    type Reader = Neo4jReader;

    async fn newest(&self) -> StoreResult<Revision> {
        Ok(self.state().await?.revision)
    }

    async fn status(&self) -> StoreResult<StoreStatus> {
        let rows: Vec<(i64, i64, bool, i64, i64)> =
            self.shared.client.read_beside(&cypher!("store_status")).await?;
        let (revision, committing, staged, steps, left) = rows.into_iter().next().ok_or_else(no_revision)?;
        let applying = staged.then(|| WriteProgress {
            revision: Revision(committing.cast_unsigned()),
            steps_applied: (steps - left).max(0).cast_unsigned(),
            steps: steps.max(0).cast_unsigned(),
        });
        Ok(StoreStatus {
            revision: Revision(revision.cast_unsigned()),
            applying,
        })
    }

    /// Needs no round trip if this process knows a state of the graph. If the graph has a newer revision, the first read is a stale read,
    /// and the next reader begins at the newest revision.
    async fn reader(&self, visibility: &VisibilityFilter) -> StoreResult<Neo4jReader> {
        let state = match self.shared.client.last_state() {
            Some(state) => state,
            None => self.settled_state().await?,
        };
        match Neo4jReader::at(&self.shared, state, visibility).await {
            // The reader first reads redirects and restrictions, and that read was stale.
            Err(StoreError::StaleRead { .. }) => {
                Neo4jReader::at(&self.shared, self.settled_state().await?, visibility).await
            }
            reader => reader,
        }
    }

    async fn snapshot_reader(&self, visibility: &VisibilityFilter) -> StoreResult<Neo4jReader> {
        let permit = self.write_permit().await?;
        let client = &self.shared.client;
        let ms_max = client.options().limits.write_ms_max;
        let (lock, last) = WriteLock::take(client)
            .await
            .map_err(|error| error.into_store_error(ms_max))?;
        let hold = SnapshotHold::new(lock, permit);
        let reader = Neo4jReader::at(&self.shared, last.graph_state(), visibility).await?;
        Ok(reader.holding(hold))
    }

    async fn commit<P: WritePlan>(&self, plan: P) -> StoreResult<CommitOutcome<P::Output, P::Refusal>> {
        let permit = self.write_permit().await?;
        let shared = self.shared.clone();
        // On a thread of its own, so that the commit completes if the caller is cancelled, and the work of a plan does not delay a server
        // thread.
        let runtime = tokio::runtime::Handle::current();
        let committed = tokio::task::spawn_blocking(move || {
            let outcome = runtime.block_on(commit::commit(&shared, plan));
            drop(permit);
            outcome
        });
        committed
            .await
            .map_err(|error| StoreError::Internal(error.to_string()))?
    }

    fn subscribe(&self) -> watch::Receiver<Revision> {
        self.shared.feed.subscribe(&self.shared.client)
    }
}

fn no_revision() -> StoreError {
    StoreError::Damaged("the graph has no revision: was the database emptied?".into())
}
