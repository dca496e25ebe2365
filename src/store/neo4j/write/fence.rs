//! The fence around a commit: a token without which a writer changes nothing of it.
//!
//! A writer holds the writers' lock by an open transaction ([`super::lock`]). The server may end that without its holder knowing: by its own
//! limit of time, by an operator's word, with a leader that changed, or because the holder's lease was over
//! ([`leases`](crate::store::neo4j::driver::leases)). So nothing rests on holding the lock. Whatever marks, announces or applies a commit
//! first locks the node `Commit`, and goes on only if the token there is the one that was read when the writers' lock was taken, or the
//! holder's own. A later writer leaves another token, and the earlier one can do no more.

use std::sync::Arc;

use neo4rs::BoltType;
use serde::de::DeserializeOwned;

use crate::model::change::Revision;
use crate::store::neo4j::driver::client::Client;
use crate::store::neo4j::driver::error::Neo4jResult;
use crate::store::neo4j::driver::statement::{Statement, cypher};
use crate::store::neo4j::driver::transaction::Transaction;

/// The proof that no other writer has taken over.
#[derive(Clone)]
pub(super) struct Fence {
    client: Arc<Client>,
    token: String,
    seen: String,
}

/// Whether a transaction tells the server whose it is.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Naming {
    Named,
    /// For the second try: the server fails to name a transaction while another one that was terminated is ending. If the process of an
    /// unnamed transaction stands still, it is waited for as for a stranger's.
    Unnamed,
}

impl Naming {
    /// Fills in a statement that begins with `{{name}}`.
    pub(super) fn apply(self, client: &Client, token: &str, statement: Statement) -> Statement {
        let name = cypher!("name_transaction");
        let lease_ms = client.options().limits.lease_ms_max.cast_signed();
        let mut metadata = statement.metadata();
        metadata.put("hukun".into(), token.into());
        metadata.put("lease".into(), lease_ms.into());
        statement
            .fill(
                "name",
                match self {
                    Self::Named => name.text(),
                    Self::Unnamed => "",
                },
            )
            .with("token", token)
            .with("writer_metadata", BoltType::Map(metadata))
    }
}

/// A token that no other writer has.
pub(super) fn unique_token() -> String {
    format!("{:016x}{:016x}", fastrand::u64(..), fastrand::u64(..))
}

impl Fence {
    /// The fence of a writer with a token, which found the token `seen` when it took the lock.
    pub(super) fn new(client: &Arc<Client>, token: String, seen: String) -> Self {
        Self {
            client: client.clone(),
            token,
            seen,
        }
    }

    /// The client of the writer.
    pub(super) fn client(&self) -> &Arc<Client> {
        &self.client
    }

    /// Runs a statement that begins with `{{fence}}` as the first of a transaction. No row: another writer has taken over.
    pub(super) async fn run_in<T: DeserializeOwned>(
        &self,
        txn: &mut Transaction,
        statement: Statement,
        naming: Naming,
    ) -> Neo4jResult<Vec<T>> {
        let statement = statement
            .fill("fence", cypher!("fence").text())
            .with("tokens", vec![self.token.clone(), self.seen.clone()]);
        txn.names_itself();
        let run = txn.run::<T>(naming.apply(&self.client, &self.token, statement));
        self.client.leases().waiting_for_lock(&self.token, run).await
    }

    /// Runs such a statement in a transaction of its own.
    pub(super) async fn run<T: DeserializeOwned>(&self, statement: Statement) -> Neo4jResult<Vec<T>> {
        let mut naming = Naming::Named;
        loop {
            let mut txn = self.client.begin().await?;
            match self.run_in::<T>(&mut txn, statement.clone(), naming).await {
                Ok(rows) => return txn.commit().await.map(|_| rows),
                Err(error) => {
                    txn.rollback().await;
                    if !error.is_transient() || naming == Naming::Unnamed {
                        return Err(error);
                    }
                    naming = Naming::Unnamed;
                }
            }
        }
    }

    /// Marks the revision of the commit that is about to be applied. False: another writer has taken over and goes first.
    pub(super) async fn mark(&self, revision: Revision) -> Neo4jResult<bool> {
        let statement = cypher!("mark_commit").with("revision", revision.0.cast_signed());
        Ok(!self.run::<(i64,)>(statement).await?.is_empty())
    }
}
