//! Numbers of records by label. The database's own counts include nodes of other programs with the same labels, so that every node of a
//! label is read, once for each revision: a process caches the numbers.

use super::reader::Neo4jReader;
use crate::store::StoreResult;
use crate::store::neo4j::driver::statement::{CypherStatement, cypher};

/// The label of a row whose number is subtracted.
const HIDDEN: &str = "";

impl Neo4jReader {
    /// Number of visible records with any of these labels (`Entity`, `Entity:Fund` or `Relation`).
    pub(in crate::store) async fn count_with_labels(&self, labels: Vec<String>) -> StoreResult<u64> {
        let at = self.snapshot_revision();
        let known: u64 = labels
            .iter()
            .filter_map(|labels| self.counts().get(at, labels))
            .sum();
        let unknown = labels
            .iter()
            .filter(|labels| self.counts().get(at, labels).is_none());
        let count = unknown.map(|labels| cypher!("count_label").fill("labels", labels));
        // An index contains only the restricted records.
        let hidden = labels.iter().filter(|_| self.visibility.hides());
        let hidden = hidden.map(|labels| cypher!("count_hidden").fill("labels", labels));
        let Some(statement) = CypherStatement::union(count.chain(hidden)) else {
            return Ok(known);
        };
        let (mut counted, mut hidden) = (known, 0);
        for (labels, count) in self.ask::<(String, i64)>(statement).await? {
            let count = count.unsigned_abs();
            if labels == HIDDEN {
                hidden += count;
            } else {
                counted += count;
                self.counts().put(at, labels, count);
            }
        }
        Ok(counted.saturating_sub(hidden))
    }
}
