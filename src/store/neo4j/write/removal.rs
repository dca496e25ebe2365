//! Writing of deletions and redirects, and the checks that neither leaves a record without its ends.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use super::draft::RecordChange;
use super::draft_writer::DraftWriter;
use super::properties::NodeProperties;
use super::rows::WriteRow;
use super::sink::StatementSink;
use crate::model::change::{Record, Subject};
use crate::model::id::{EntityId, ObservationId, RelationId};
use crate::store::neo4j::driver::error::Neo4jResult;
use crate::store::neo4j::driver::statement::cypher;
use crate::store::neo4j::read::reader::Neo4jReader;
use crate::store::{StoreError, StoreResult};

fn still_in_use(id: &str) -> StoreError {
    StoreError::Internal(format!("{id} still has relations or observations"))
}

impl DraftWriter {
    /// Checks that a deleted entity leaves no relation or observation behind.
    pub(super) async fn check_removals(&self, at: &Neo4jReader) -> StoreResult<()> {
        let ids = self.deletes().filter_map(|subject| match subject {
            Subject::Entity(id) => Some(id.clone()),
            _ => None,
        });
        let ids: Vec<EntityId> = ids.collect();
        if ids.is_empty() {
            return Ok(());
        }
        let held: Vec<(String, String, String)> = at.ask_at(&ids, &cypher!("attached_records")).await?;
        for (id, kind, held_by) in held {
            let subject = match kind.as_str() {
                "relation" => RelationId::parse(&held_by).map(Subject::Relation),
                _ => ObservationId::parse(&held_by).map(Subject::Observation),
            };
            let subject = subject.map_err(|error| StoreError::Damaged(error.to_string()))?;
            let ends = self.draft.changes.get(&subject).map(|wanted| match wanted {
                RecordChange::Delete => [None, None],
                RecordChange::Put(record, _) => self.ends(record),
            });
            // A record that is not in the draft stays attached.
            if ends.is_none_or(|ends| ends.into_iter().flatten().any(|end| end.as_str() == id)) {
                return Err(still_in_use(&id));
            }
        }
        let gone: HashSet<&EntityId> = ids.iter().collect();
        let written = self.puts().flat_map(|(_, record, _)| self.ends(record));
        match written.flatten().find(|end| gone.contains(end)) {
            Some(id) => Err(still_in_use(id.as_str())),
            None => Ok(()),
        }
    }

    /// Checks that every relation will have its ends, for a staged write, which cannot be rolled back once it is announced.
    pub(super) async fn check_ends(&self, at: &Neo4jReader) -> StoreResult<()> {
        let ends = self.puts().flat_map(|(_, record, _)| self.ends(record)).flatten();
        let ours = |id: &EntityId| self.draft.changes.contains_key(&Subject::Entity(id.clone()));
        let others: BTreeSet<EntityId> = ends.filter(|id| !ours(id)).cloned().collect();
        let others: Vec<EntityId> = others.into_iter().collect();
        let known = at.resolve(&others).await?;
        match others.iter().zip(known).find(|(_, known)| known.is_none()) {
            Some((id, _)) => Err(StoreError::Internal(format!(
                "{id} does not exist, and a record names it"
            ))),
            None => Ok(()),
        }
    }

    /// The entities that a relation or observation is attached to.
    fn ends<'a>(&'a self, record: &'a Record) -> [Option<&'a EntityId>; 2] {
        match record {
            Record::Relation(relation) => [
                Some(self.canonical(&relation.from)),
                Some(self.canonical(&relation.to)),
            ],
            Record::Observation(observation) => [Some(self.canonical(&observation.entity)), None],
            Record::Entity(_) | Record::Rule(_) | Record::Source(_) => [None, None],
        }
    }

    /// Deletes the native relationships of relations that are deleted or changed.
    pub(super) async fn delete_relations(&self, sink: &mut StatementSink<'_>) -> Neo4jResult<()> {
        let rows = self.draft.previous.iter().filter_map(|(subject, old)| {
            let [from, to] = old.ends.as_ref()?;
            let properties = NodeProperties::default()
                .with("id", subject.as_str())
                .with("from", from.as_str())
                .with("to", to.as_str());
            Some(WriteRow::new(properties, 120))
        });
        let rows: Vec<WriteRow> = rows.collect();
        sink.send(&cypher!("delete_relationships"), "rows", rows).await
    }

    /// Deletes the nodes of deleted records other than entities, and the evidence of every deleted record.
    pub(super) async fn delete_leaves(&self, sink: &mut StatementSink<'_>) -> Neo4jResult<()> {
        let mut keys: BTreeMap<&'static str, Vec<WriteRow>> = BTreeMap::new();
        for subject in self.deletes() {
            let label = match subject {
                Subject::Relation(_) => Some("Relation"),
                Subject::Observation(_) => Some("Observation"),
                Subject::Rule(_) => Some("Rule"),
                Subject::Source(_) => Some("Source"),
                Subject::Entity(_) => None,
            };
            if !self.draft.previous.contains_key(subject) {
                return Err(StoreError::Internal(format!("{} does not exist", subject.as_str())).into());
            }
            for label in label.into_iter().chain(["Evidence"]) {
                keys.entry(label)
                    .or_default()
                    .push(WriteRow::key(subject.as_str()));
            }
        }
        // A record that lost all its statements has no evidence either.
        let bare = self.puts().filter(|(_, _, statements)| statements.is_empty());
        keys.entry("Evidence")
            .or_default()
            .extend(bare.map(|(subject, _, _)| WriteRow::key(subject.as_str())));
        for (label, keys) in keys {
            let key = if label == "Evidence" { "of" } else { "id" };
            let statement = cypher!("delete_nodes").fill("label", label).fill("key", key);
            sink.send(&statement, "keys", keys).await?;
        }
        Ok(())
    }

    /// Deletes the nodes of deleted entities.
    pub(super) async fn delete_entities(&self, sink: &mut StatementSink<'_>) -> Neo4jResult<()> {
        let ids: Vec<&str> = self
            .deletes()
            .filter(|subject| matches!(subject, Subject::Entity(_)))
            .map(Subject::as_str)
            .collect();
        let keys = ids.into_iter().map(WriteRow::key).collect();
        let statement = cypher!("delete_nodes").fill("label", "Entity").fill("key", "id");
        sink.send(&statement, "keys", keys).await
    }

    /// Deletes the nodes of deleted data sets.
    pub(super) async fn delete_datasets(&self, sink: &mut StatementSink<'_>) -> Neo4jResult<()> {
        let gone = self.draft.deleted_datasets.iter();
        let keys = gone.map(|id| WriteRow::key(id.as_str())).collect();
        let statement = cypher!("delete_nodes").fill("label", "Dataset").fill("key", "id");
        sink.send(&statement, "keys", keys).await
    }

    /// Writes the redirects of merged entities.
    pub(super) async fn put_redirects(&self, sink: &mut StatementSink<'_>) -> Neo4jResult<()> {
        // One after another: each may change the target of earlier ones.
        for (from, to) in &self.draft.redirects {
            let row = NodeProperties::default()
                .with("from", from.as_str())
                .with("to", to.as_str());
            let rows = vec![WriteRow::new(row, 100)];
            sink.send(&cypher!("put_redirects"), "rows", rows).await?;
        }
        Ok(())
    }
}
