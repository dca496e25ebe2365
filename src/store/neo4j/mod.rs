//! The store for production: the graph in Neo4j 5, through the driver neo4rs.
//!
//! - **Model.** Entities are nodes, relations native relationships for walking, and nodes beside them for lists and pages;
//!   statements stand on nodes of their own. `docs/neo4j.md` has it whole.
//! - **Revisions.** Neo4j keeps no older state. A reader notes the revision at which it began, every statement checks it, and a
//!   reader that was overtaken says so ([`StoreError::Moved`](super::StoreError::Moved)); a steady one keeps writers waiting.
//! - **Writers.** One at a time, over all processes on one database, by the lock of one node.
//! - **Faults.** Every statement has a time limit, here and on the server. While the server is away callers are told at
//!   once.

mod around;
mod circuit;
mod client;
mod commit;
mod connection;
mod draft;
mod error;
mod evidence;
mod expand;
mod filter;
mod keys;
mod leaves;
mod ledger;
mod list_relations;
mod lists;
mod log;
mod memory;
mod migrate;
mod news;
mod options;
mod pin;
mod properties;
mod reader;
mod records;
mod region;
mod removal;
mod restricted;
mod rows;
mod staged;
mod statement;
mod tally;
mod transaction;
mod veil;
mod window;
mod write;

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};
use tokio::time::Instant;

pub use keys::Neo4jKeys;
pub use options::{Neo4jLimits, Neo4jOptions};
pub use reader::Neo4jReader;

use self::error::Failed;
use self::evidence::Provenances;
use self::memory::Memory;
use self::news::News;
use self::reader::Shared;
use self::statement::cypher;
use super::{Answer, OpenError, Outcome, Plan, Store, StoreError, View};
use crate::model::change::Revision;

/// How long a reader waits for a commit that is being applied before it looks whether its writer still lives.
const COMMIT_PATIENCE: Duration = Duration::from_secs(2);

/// Nodes that are taken away in one transaction when a database is emptied.
const WIPED_AT_A_TIME: i64 = 10_000;

/// The graph in Neo4j.
pub struct Neo4jStore {
    shared: Arc<Shared>,
    /// Writers of this process wait here for each other, and not on connections, which the one at work needs for reading.
    turn: Arc<Semaphore>,
}

impl Neo4jStore {
    /// Connects, waits for a server that is not there yet, and brings the schema up to date.
    pub async fn open(options: Neo4jOptions) -> Result<Self, OpenError> {
        Ok(Self {
            shared: Arc::new(Shared {
                nothing: Arc::default(),
                client: migrate::connect(options).await?,
                provenances: Provenances::default(),
                memory: Memory::default(),
                news: Arc::new(News::new()),
            }),
            turn: Arc::new(Semaphore::new(1)),
        })
    }

    /// Takes away everything but the API keys, some at a time: no server may run on it meanwhile, and one that is stopped in the midst
    /// of it must be asked again.
    pub async fn wipe(options: Neo4jOptions) -> Result<(), OpenError> {
        let place = options.uri.clone();
        let client = migrate::connect(options).await?;
        let refused = |reason: String| OpenError::Unreachable {
            place: place.clone(),
            reason,
        };
        loop {
            let wiped = async {
                let mut txn = client.begin().await?;
                let statement = cypher!("wipe").with("limit", WIPED_AT_A_TIME);
                let rows = txn.run::<(i64,)>(statement).await?;
                txn.commit().await?;
                Ok(rows)
            };
            let rows = wiped.await.map_err(|failed: Failed| {
                refused(failed.told(client.options.limits.write_ms_max).to_string())
            })?;
            let rows = rows.map_err(|error| refused(error.to_string()))?;
            if rows.first().is_none_or(|(count,)| *count == 0) {
                return Ok(());
            }
        }
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

    async fn standing(&self) -> Answer<client::Standing> {
        let standing = self.shared.client.standing().await?;
        standing
            .ok_or_else(|| StoreError::Damaged("the graph has no revision: was the database emptied?".into()))
    }

    /// Where the graph stands, once no commit is being applied. Takes as long as one read may, at most.
    async fn settled(&self) -> Answer<client::Standing> {
        let client = &self.shared.client;
        let ms = client.options.limits.query_ms_max;
        let (begun, deadline) = (Instant::now(), connection::within(ms));
        let mut tries = 0;
        loop {
            let standing = self.standing().await?;
            if standing.is_settled() {
                if client.went_back(standing) {
                    self.shared.forget();
                }
                return Ok(standing);
            }
            if Instant::now() > deadline {
                return Err(StoreError::Timeout { after_ms: ms });
            }
            let waited = begun.elapsed() > COMMIT_PATIENCE;
            if waited && standing.staged {
                self.see_through();
                return Err(StoreError::Applying {
                    revision: standing.committing,
                });
            }
            if waited {
                self.heal(deadline).await?;
            } else {
                connection::pause(tries).await;
                tries += 1;
            }
        }
    }

    /// Waits for the writer whose commit is being applied, where it lives, and ends what it began where it does not.
    async fn heal(&self, deadline: Instant) -> Answer<()> {
        let late = StoreError::Timeout {
            after_ms: self.shared.client.options.limits.query_ms_max,
        };
        let healed = async {
            // In turn with the writers of this process, so that many readers take no connection from them.
            let _turn = self.place().await?;
            if self.standing().await?.is_settled() {
                return Ok(());
            }
            commit::heal(&self.shared.client).await
        };
        tokio::time::timeout_at(deadline, healed)
            .await
            .unwrap_or(Err(late))
    }

    /// Sees to it that a staged write is ended where its writer has died, however long that takes; once at a time.
    fn see_through(&self) {
        // Taken, someone of this process has the turn, and so applies what there is to apply before all else.
        let Ok(turn) = self.turn.clone().try_acquire_owned() else {
            return;
        };
        let client = self.shared.client.clone();
        tokio::spawn(async move {
            if let Err(error) = commit::heal(&client).await {
                tracing::warn!(%error, "a write that was announced could not be applied; it will be tried again");
            }
            drop(turn);
        });
    }

    /// Waits for this process's turn to write.
    async fn place(&self) -> Answer<OwnedSemaphorePermit> {
        let client = &self.shared.client;
        let ms = client.options.limits.write_ms_max;
        let place = client
            .patiently(connection::within(ms), self.turn.clone().acquire_owned())
            .await;
        place
            .map_err(|failed| failed.told(ms))?
            .map_err(|_| StoreError::Unavailable)
    }
}

impl Store for Neo4jStore {
    type Reader = Neo4jReader;

    async fn newest(&self) -> Answer<Revision> {
        Ok(self.standing().await?.revision)
    }

    /// Costs no round trip where this process knows where the graph stood: if it has moved on since, the first answer says so,
    /// and the next reader begins where it stands now.
    async fn reader(&self, view: &View) -> Answer<Neo4jReader> {
        let standing = match self.shared.client.last_known() {
            Some(standing) => standing,
            None => self.settled().await?,
        };
        match Neo4jReader::at(&self.shared, standing, view).await {
            // Overtaken while it learnt of a merge just made, or of what was just restricted.
            Err(StoreError::Moved { .. }) => Neo4jReader::at(&self.shared, self.settled().await?, view).await,
            reader => reader,
        }
    }

    async fn steady_reader(&self, view: &View) -> Answer<Neo4jReader> {
        let place = self.place().await?;
        let client = &self.shared.client;
        let told = |failed: error::Failed| failed.told(client.options.limits.write_ms_max);
        let (lock, turn) = commit::take_turn(client).await.map_err(told)??;
        let pin = pin::Pin::new(lock, place);
        Ok(Neo4jReader::at(&self.shared, turn.standing(), view)
            .await?
            .pinned(pin))
    }

    async fn commit<P: Plan>(&self, plan: P) -> Answer<Outcome<P::Refusal>> {
        let turn = self.place().await?;
        let shared = self.shared.clone();
        // On a task of its own: a caller that goes away leaves no commit half said.
        let committed = tokio::spawn(async move {
            let outcome = commit::commit(&shared, plan).await;
            drop(turn);
            outcome
        });
        committed
            .await
            .map_err(|error| StoreError::Fault(error.to_string()))?
    }

    fn news(&self) -> watch::Receiver<Revision> {
        self.shared.news.listen(&self.shared.client)
    }
}
