//! Taking away what goes or changes, and leading what was merged away to what is kept.

use std::collections::BTreeMap;

use super::error::Failed;
use super::properties::Properties;
use super::rows::{Row, SMALL_PIECE_BYTES, send};
use super::statement::{cut, cypher};
use super::transaction::Transaction;
use super::write::Writing;
use crate::model::change::{Record, Subject};
use crate::store::{Answer, StoreError};

impl Writing {
    /// Takes away the native relationships of relations that go or change; the nodes of those that go.
    pub(super) async fn delete_relations(&self, txn: &mut Transaction) -> Result<Answer<()>, Failed> {
        let old = |subject: &Subject| match self.standing.get(subject).map(|old| &old.record) {
            Some(Record::Relation(old)) => Some(old.clone()),
            _ => None,
        };
        let rows = self.draft.wanted.keys().filter_map(old).map(|old| {
            let properties = Properties::default()
                .with("id", old.id.as_str())
                .with("from", old.from.as_str())
                .with("to", old.to.as_str());
            Row::new(properties, 120)
        });
        let rows: Vec<Row> = rows.collect();
        send(txn, &cypher!("delete_relationships"), "rows", rows).await
    }

    /// The nodes of what goes, entities aside, and all evidence that goes with its record.
    pub(super) async fn delete_leaves(&self, txn: &mut Transaction) -> Result<Answer<()>, Failed> {
        let mut keys: BTreeMap<&'static str, Vec<Row>> = BTreeMap::new();
        for subject in self.gone() {
            let label = match subject {
                Subject::Relation(_) => Some("Relation"),
                Subject::Observation(_) => Some("Observation"),
                Subject::Rule(_) => Some("Rule"),
                Subject::Source(_) => Some("Source"),
                Subject::Entity(_) => None,
            };
            if !self.standing.contains_key(subject) {
                return Ok(Err(StoreError::Fault(format!(
                    "{} is not there",
                    subject.as_str()
                ))));
            }
            for label in label.into_iter().chain(["Evidence"]) {
                keys.entry(label).or_default().push(Row::key(subject.as_str()));
            }
        }
        // What lost all its statements has no evidence any more either.
        let bare = self.wanted().filter(|(_, _, statements)| statements.is_empty());
        keys.entry("Evidence")
            .or_default()
            .extend(bare.map(|(subject, _, _)| Row::key(subject.as_str())));
        for (label, keys) in keys {
            let key = if label == "Evidence" { "of" } else { "id" };
            let statement = cypher!("delete_nodes").fill("label", label).fill("key", key);
            if let Err(error) = send(txn, &statement, "keys", keys).await? {
                return Ok(Err(error));
            }
        }
        Ok(Ok(()))
    }

    pub(super) async fn delete_entities(&self, txn: &mut Transaction) -> Result<Answer<()>, Failed> {
        let ids: Vec<&str> = self
            .gone()
            .filter(|subject| matches!(subject, Subject::Entity(_)))
            .map(Subject::as_str)
            .collect();
        for ids in cut(&ids, |id| id.len(), SMALL_PIECE_BYTES) {
            match txn
                .run::<String>(cypher!("orphans").with("ids", ids.to_vec()))
                .await?
            {
                Ok(left) => {
                    if let Some(id) = left.first() {
                        let told = format!("{id} still has relations or observations");
                        return Ok(Err(StoreError::Fault(told)));
                    }
                }
                Err(error) => return Ok(Err(error)),
            }
        }
        let keys = ids.into_iter().map(Row::key).collect();
        let statement = cypher!("delete_nodes").fill("label", "Entity").fill("key", "id");
        send(txn, &statement, "keys", keys).await
    }

    pub(super) async fn put_redirects(&self, txn: &mut Transaction) -> Result<Answer<()>, Failed> {
        // One after another: each may move those before it on.
        for (from, to) in &self.draft.redirects {
            let row = Properties::default()
                .with("from", from.as_str())
                .with("to", to.as_str());
            if let Err(error) = send(txn, &cypher!("put_redirects"), "rows", vec![Row::new(row, 100)]).await?
            {
                return Ok(Err(error));
            }
        }
        Ok(Ok(()))
    }
}
