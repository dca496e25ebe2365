//! The fencing token of a commit, without which a writer cannot change it.
//!
//! A writer holds the writers' lock by an open transaction ([`super::lock`]). The server may end that without its holder knowing:
//! because of its own time limit, a command of an operator, a changed leader, or an expired lease
//! ([`leases`](crate::store::neo4j::driver::leases)). So correctness does not depend on the lock. A statement that marks, announces or
//! applies a commit first locks the node `Commit`, and continues only if its token is the one that was read when the writers' lock was
//! taken, or the writer's own. A later writer sets another token, after which the earlier one can change nothing.

use std::sync::Arc;

use neo4rs::BoltType;
use serde::de::DeserializeOwned;

use crate::model::change::Revision;
use crate::store::neo4j::driver::client::Client;
use crate::store::neo4j::driver::error::Neo4jResult;
use crate::store::neo4j::driver::statement::{CypherStatement, cypher};
use crate::store::neo4j::driver::transaction::Transaction;

/// The fence of a writer: proves that no other writer has taken over.
#[derive(Clone)]
pub(super) struct Fence {
    client: Arc<Client>,
    token: String,
    previous: String,
}

/// Whether the metadata of a transaction has the token and lease of its writer.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Naming {
    Named,
    /// Without metadata, for a second try: the server fails to set metadata while another, terminated transaction is ending. The lease of
    /// an unnamed transaction cannot expire.
    Unnamed,
}

impl Naming {
    /// Fills the placeholder `{{name}}` at the beginning of a statement.
    pub(super) fn apply(self, client: &Client, token: &str, statement: CypherStatement) -> CypherStatement {
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
    /// The fence of a writer with a token, which read the token `previous` when it took the lock.
    pub(super) fn new(client: &Arc<Client>, token: String, previous: String) -> Self {
        Self {
            client: client.clone(),
            token,
            previous,
        }
    }

    /// The client of the writer.
    pub(super) fn client(&self) -> &Arc<Client> {
        &self.client
    }

    /// Runs a statement that begins with `{{fence}}` as the first of a transaction. Returns no rows if another writer has taken over.
    pub(super) async fn run_in<T: DeserializeOwned>(
        &self,
        txn: &mut Transaction,
        statement: CypherStatement,
        naming: Naming,
    ) -> Neo4jResult<Vec<T>> {
        let statement = statement
            .fill("fence", cypher!("fence").text())
            .with("tokens", vec![self.token.clone(), self.previous.clone()]);
        txn.leave_metadata_to_statement();
        let run = txn.run::<T>(naming.apply(&self.client, &self.token, statement));
        self.client.leases().waiting_for_lock(&self.token, run).await
    }

    /// Runs a statement that begins with `{{fence}}` in a transaction of its own.
    pub(super) async fn run<T: DeserializeOwned>(&self, statement: CypherStatement) -> Neo4jResult<Vec<T>> {
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

    /// Marks the revision of the commit that is about to be applied. Returns false if another writer has taken over.
    pub(super) async fn mark(&self, revision: Revision) -> Neo4jResult<bool> {
        let statement = cypher!("mark_commit").with("revision", revision.0.cast_signed());
        Ok(!self.run::<(i64,)>(statement).await?.is_empty())
    }
}
