//! Rewriting the keys and tokens of all names, for a graph of an older version, which folded names differently.

use std::sync::Arc;

use crate::store::StoreError;
use crate::store::neo4j::driver::client::Client;
use crate::store::neo4j::driver::error::Neo4jResult;
use crate::store::neo4j::driver::statement::cypher;
use crate::store::neo4j::format::read_entity;
use crate::store::neo4j::write::properties;

/// Number of entities written in one transaction.
const CHUNK: i64 = 500;

/// Rewrites them for every entity, in order of ids. Repeating it has no further effect.
pub(in crate::store) async fn rewrite_names(client: &Arc<Client>) -> Neo4jResult<()> {
    let ms_max = client.options().limits.write_ms_max;
    let mut after = String::new();
    loop {
        let page = cypher!("entities_after")
            .with("after", after.as_str())
            .with("limit", CHUNK)
            .query(ms_max);
        let rows: Vec<(String, String)> = client.run_once(page).await?;
        let Some((last, _)) = rows.last() else {
            return Ok(());
        };
        after.clone_from(last);
        let read = |(id, body): &(String, String)| {
            let entity = read_entity(id, body)?;
            Ok(properties::names(&entity).with("id", id.as_str()).map())
        };
        let named: Result<Vec<_>, StoreError> = rows.iter().map(read).collect();
        let statement = cypher!("put_names").with("rows", named?);
        client.execute(statement.query(ms_max)).await?;
    }
}
