//! The uniqueness constraints of native relationships: one for each kind, for Neo4j has none for several types. They prevent a relation
//! from having two relationships.

use std::collections::BTreeSet;
use std::sync::Arc;

use neo4rs::Error;

use crate::model::ontology::RelationKind;
use crate::store::neo4j::driver::client::Client;
use crate::store::neo4j::driver::error::{Neo4jError, Neo4jResult};
use crate::store::neo4j::driver::statement::cypher;

/// The codes of the server if two relationships have the same id.
const NOT_UNIQUE: [&str; 2] = [
    "Neo.ClientError.Schema.ConstraintCreationFailed",
    "Neo.DatabaseError.Schema.ConstraintCreationFailed",
];

/// The outcome of creating the constraints that were missing.
#[derive(Default)]
pub(in crate::store) struct CreatedKeys {
    /// The names of those that were created.
    pub(in crate::store) created: Vec<String>,
    /// The names of those that were not, because two relationships have the same id.
    pub(in crate::store) blocked: Vec<String>,
}

/// The kinds whose constraint is missing, with its name.
pub(in crate::store) async fn missing(client: &Arc<Client>) -> Neo4jResult<Vec<(RelationKind, String)>> {
    let ms_max = client.options().limits.write_ms_max;
    let there: Vec<(String,)> = client
        .run_once(cypher!("relationship_keys").query(ms_max))
        .await?;
    let there: BTreeSet<String> = there.into_iter().map(|(name,)| name).collect();
    let named = RelationKind::ALL.iter().map(|kind| {
        let name = format!("hukun_relationship_{}", kind.name().to_lowercase());
        (*kind, name)
    });
    Ok(named.filter(|(_, name)| !there.contains(name)).collect())
}

/// Creates the constraints that are missing: all of them on a new database, those of new kinds on an old one.
pub(in crate::store) async fn ensure(client: &Arc<Client>) -> Neo4jResult<CreatedKeys> {
    let ms_max = client.options().limits.write_ms_max;
    let mut keys = CreatedKeys::default();
    for (kind, name) in missing(client).await? {
        let create = cypher!("create_relationship_key")
            .fill("name", &name)
            .fill("kind", kind.name());
        match client.execute(create.query(ms_max)).await {
            Err(Neo4jError::Driver(Error::Neo4j(error))) if NOT_UNIQUE.contains(&error.code()) => {
                // Hukun does not depend on it, and the next start tries again.
                tracing::warn!(
                    kind = kind.name(),
                    "two native relationships of this kind have the same id, and one of them was not created by Hukun: run `hukun check` for details"
                );
                keys.blocked.push(name);
            }
            created => {
                created?;
                keys.created.push(name);
            }
        }
    }
    Ok(keys)
}

/// Deletes native relationships that an older version wrote twice, and counts degrees and records again.
pub(in crate::store) async fn delete_doubled(client: &Arc<Client>) -> Neo4jResult<()> {
    let ms_max = client.options().limits.write_ms_max;
    let mut txn = client.begin().await?;
    let counted = txn.run::<(i64,)>(cypher!("count_doubled")).await;
    txn.rollback().await;
    let counted = counted?;
    let doubled: i64 = counted.iter().map(|(count,)| count).sum();
    if doubled == 0 {
        return Ok(());
    }
    tracing::warn!(
        doubled,
        "relations had several native relationships each, because an older Hukun had applied a step of a large write twice: the extra \
         ones are deleted, and degrees and numbers of records are counted again"
    );
    let counts = [("Entity", "entities"), ("Relation", "relations")];
    let recounting = counts.map(|(label, property)| {
        cypher!("recount_datasets")
            .fill("label", label)
            .fill("property", property)
    });
    let statements = [cypher!("doubled_relationships"), cypher!("recount_degrees")];
    for statement in statements.into_iter().chain(recounting) {
        client.execute(statement.query(ms_max)).await?;
    }
    Ok(())
}
