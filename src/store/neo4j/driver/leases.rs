//! Leases, which distinguish a writer that works from one that was stopped while it held the lock.
//!
//! Neo4j keeps a lock as long as its transaction is open, and a stopped process keeps its connections open. So the metadata of a
//! transaction that takes the writers' lock has the token and the lease of its writer, and a writer that needs longer, waiting
//! included, renews its lease by heartbeats. A writer that waits for the lock ends the transaction of a holder that is older than its
//! lease and has sent no heartbeat. All times are the server's. Correctness does not depend on leases: a writer that lost the lock
//! finds another token ([`crate::store::neo4j::write::fence`]).

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use super::connection::config;
use super::error::{Neo4jError, Neo4jResult};
use super::options::Neo4jOptions;
use super::statement::{CypherStatement, cypher};
use neo4rs::Graph;
use secrecy::SecretString;
use serde::de::DeserializeOwned;
use tokio::runtime::Handle;
use tokio::sync::Mutex;
use tokio::task::JoinHandle;

/// How long a writer waits for the lock between two checks of its holder.
const LOOK_EVERY: Duration = Duration::from_secs(1);
/// Number of heartbeats during a lease: two may be lost.
const HEARTBEATS: u32 = 3;

/// The connection for heartbeats and for ending expired leases, which no caller can take.
pub(in crate::store) struct Leases {
    graph: Mutex<Graph>,
    answer_max: Duration,
    lease_ms: u64,
}

/// A transaction of a writer: id, status, token, age and lease in milliseconds, connection. A lease below 0 means that the transaction
/// has no metadata, so that its writer is unknown.
type LockHolder = (String, String, String, i64, i64, String);

impl Leases {
    /// Connects when it is first used.
    pub(in crate::store) fn new(
        options: &Neo4jOptions,
        password: &SecretString,
    ) -> Result<Self, neo4rs::Error> {
        Ok(Self {
            graph: Mutex::new(Graph::connect(config(options, password, &options.uri, 1)?)?),
            answer_max: Duration::from_millis(options.limits.connect_ms_max),
            lease_ms: options.limits.lease_ms_max,
        })
    }

    async fn run<T: DeserializeOwned>(&self, statement: CypherStatement) -> Neo4jResult<Vec<T>> {
        let ms = u64::try_from(self.answer_max.as_millis()).unwrap_or(u64::MAX);
        let asked = async {
            let graph = self.graph.lock().await;
            let mut stream = graph.execute(statement.query(ms)).await?;
            let mut rows = Vec::new();
            while let Some(row) = stream.next().await? {
                rows.push(row.get("row").map_err(neo4rs::Error::from)?);
            }
            Ok(rows)
        };
        tokio::time::timeout(self.answer_max, asked)
            .await
            .map_err(|_| Neo4jError::Timeout)?
            .map_err(Neo4jError::Driver)
    }

    /// Ends the transactions that block this writer and whose leases have expired.
    async fn end_expired(&self, token: &str) -> Neo4jResult<()> {
        let all: Vec<LockHolder> = self.run(cypher!("lock_holders")).await?;
        let blocking: Vec<&str> = all
            .iter()
            .filter(|holder| holder.2 == token)
            .flat_map(|holder| blockers(&holder.1))
            .collect();
        let old = all.iter().filter(|(id, _, of, age_ms, lease_ms, _)| {
            *lease_ms >= 0 && age_ms > lease_ms && of != token && blocking.contains(&id.as_str())
        });
        for (id, _, of, _, lease_ms, connection) in old {
            let look = cypher!("lease_is_over").with("token", of.as_str());
            if !self.run::<(bool,)>(look).await?.iter().any(|(over,)| *over) {
                continue;
            }
            tracing::warn!(
                transaction = id,
                lease_ms,
                "a writer that holds the lock has sent no heartbeat for the time of its lease: its transaction is ended, and other writers \
                 apply what it announced"
            );
            let end = cypher!("end_connection").with("connection", connection.as_str());
            self.run::<(String,)>(end).await?;
        }
        Ok(())
    }

    /// Waits for work that may wait for the lock, and ends the transaction of a stopped writer that keeps the lock for longer than its
    /// lease.
    pub(in crate::store) async fn waiting_for_lock<T>(
        &self,
        token: &str,
        work: impl Future<Output = T> + Send,
    ) -> T {
        let mut work = Box::pin(work);
        loop {
            let look = async {
                tokio::time::sleep(LOOK_EVERY).await;
                if let Err(error) = self.end_expired(token).await {
                    tracing::warn!(
                        ?error,
                        "the holder of the writers' lock could not be found, or its transaction could not be ended"
                    );
                }
            };
            tokio::select! {
                biased;
                done = &mut work => return done,
                () = look => {}
            }
        }
    }
}

/// The ids of the blocking transactions in a status.
fn blockers(status: &str) -> impl Iterator<Item = &str> {
    let named = status.strip_prefix("Blocked by:").unwrap_or_default();
    named.split([',', '[', ']', ' ']).filter(|id| !id.is_empty())
}

/// Renews a writer's lease until it is dropped.
pub(in crate::store) struct Heartbeat {
    leases: Arc<Leases>,
    token: String,
    task: JoinHandle<()>,
    begun: Arc<AtomicBool>,
}

impl Heartbeat {
    /// Starts the heartbeats. The first one is sent after a third of the lease, so that a short write sends none.
    pub(in crate::store) fn start(leases: &Arc<Leases>, token: &str) -> Self {
        let begun = Arc::new(AtomicBool::new(false));
        let task = tokio::spawn({
            let (leases, token, begun) = (leases.clone(), token.to_string(), begun.clone());
            async move {
                loop {
                    tokio::time::sleep(Duration::from_millis(leases.lease_ms) / HEARTBEATS).await;
                    begun.store(true, Ordering::Relaxed);
                    let beat = cypher!("heartbeat")
                        .with("token", token.as_str())
                        .with("lease_ms", leases.lease_ms.cast_signed());
                    if let Err(error) = leases.run::<(i64,)>(beat).await {
                        tracing::debug!(?error, "a heartbeat was not sent");
                    }
                }
            }
        });
        Self {
            leases: leases.clone(),
            token: token.to_string(),
            task,
            begun,
        }
    }
}

impl Drop for Heartbeat {
    fn drop(&mut self) {
        self.task.abort();
        if self.begun.load(Ordering::Relaxed)
            && let Ok(runtime) = Handle::try_current()
        {
            let (leases, token) = (self.leases.clone(), std::mem::take(&mut self.token));
            runtime.spawn(async move {
                let end = cypher!("end_lease").with("token", token);
                // If this fails, a later heartbeat of any writer removes the lease.
                let _ = leases.run::<(i64,)>(end).await;
            });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_status_names_the_transactions_that_block() {
        let named = |status: &'static str| blockers(status).collect::<Vec<_>>();
        assert_eq!(
            named("Blocked by: [neo4j-transaction-11, neo4j-transaction-7]"),
            ["neo4j-transaction-11", "neo4j-transaction-7"]
        );
        assert!(named("Running").is_empty());
        assert!(
            named("Terminated with reason: Status.Code[Neo.ClientError.Transaction.Terminated]").is_empty()
        );
    }
}
