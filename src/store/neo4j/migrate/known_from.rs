//! Deriving the day from which each amount is known, for a graph of an older schema.

use neo4rs::BoltType;

use crate::model::change::Record;
use crate::store::StoreResult;
use crate::store::codec::encode_record;
use crate::store::neo4j::driver::client::Client;
use crate::store::neo4j::driver::error::Neo4jResult;
use crate::store::neo4j::driver::statement::cypher;
use crate::store::neo4j::format::{read_entity, read_observation, read_relation, read_statements};

/// Records read at a time.
const PAGE: i64 = 500;

/// Derives the day from which each amount is known from its statements. Repeating it has no further effect.
pub(in crate::store) async fn derive_known_from(client: &Client) -> Neo4jResult<()> {
    for label in ["Entity", "Relation", "Observation"] {
        let mut after = String::new();
        loop {
            let page = cypher!("dated_records")
                .fill("label", label)
                .with("after", after.as_str())
                .with("limit", PAGE);
            let rows: Vec<(String, String, String)> = client
                .run_once(page.query(client.options().limits.write_ms_max))
                .await?;
            let Some((last, _, _)) = rows.last() else { break };
            after.clone_from(last);
            let mut changed: Vec<BoltType> = Vec::new();
            for (id, body, statements) in &rows {
                let derived = derived(label, id, body, statements)?;
                if derived != *body {
                    changed.push(vec![id.clone(), derived].into());
                }
            }
            if !changed.is_empty() {
                let put = cypher!("put_bodies").fill("label", label).with("rows", changed);
                client
                    .execute(put.query(client.options().limits.write_ms_max))
                    .await?;
            }
        }
    }
    Ok(())
}

/// The body of a record, with amounts resolved from its statements.
fn derived(label: &str, id: &str, body: &str, statements: &str) -> StoreResult<String> {
    let record = match label {
        "Entity" => Record::Entity(read_entity(id, body)?),
        "Relation" => Record::Relation(read_relation(id, body)?),
        _ => Record::Observation(read_observation(id, body)?),
    };
    Ok(encode_record(&record.resolved(&read_statements(statements)?))?)
}
