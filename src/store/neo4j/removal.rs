//! Taking away what goes or changes, and leading what was merged away to what is kept.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use super::draft::Wanted;
use super::error::Failed;
use super::properties::Properties;
use super::reader::Neo4jReader;
use super::rows::{Row, Sink};
use super::statement::cypher;
use super::write::Writing;
use crate::model::change::{Record, Subject};
use crate::model::id::{EntityId, ObservationId, RelationId};
use crate::store::{Answer, StoreError};

fn left(id: &str) -> StoreError {
    StoreError::Fault(format!("{id} still has relations or observations"))
}

impl Writing {
    /// Sees to it that nothing is left at an entity that goes.
    pub(super) async fn check_removals(&self, at: &Neo4jReader) -> Answer<()> {
        let ids = self.gone().filter_map(|subject| match subject {
            Subject::Entity(id) => Some(id.clone()),
            _ => None,
        });
        let ids: Vec<EntityId> = ids.collect();
        if ids.is_empty() {
            return Ok(());
        }
        let held: Vec<(String, String, String)> = at.ask_at(&ids, &cypher!("held")).await?;
        for (id, kind, held_by) in held {
            let subject = match kind.as_str() {
                "relation" => RelationId::parse(&held_by).map(Subject::Relation),
                _ => ObservationId::parse(&held_by).map(Subject::Observation),
            };
            let subject = subject.map_err(|error| StoreError::Damaged(error.to_string()))?;
            let ends = self.draft.wanted.get(&subject).map(|wanted| match wanted {
                Wanted::Gone => [None, None],
                Wanted::Stands(record, _) => self.ends(record),
            });
            // Not in the draft, it stays where it is.
            if ends.is_none_or(|ends| ends.into_iter().flatten().any(|end| end.as_str() == id)) {
                return Err(left(&id));
            }
        }
        let gone: HashSet<&EntityId> = ids.iter().collect();
        let written = self.wanted().flat_map(|(_, record, _)| self.ends(record));
        match written.flatten().find(|end| gone.contains(end)) {
            Some(id) => Err(left(id.as_str())),
            None => Ok(()),
        }
    }

    /// Sees to it that every relation will have its ends: for a write of which that cannot be found out while it can be taken back.
    pub(super) async fn check_ends(&self, at: &Neo4jReader) -> Answer<()> {
        let ends = self
            .wanted()
            .flat_map(|(_, record, _)| self.ends(record))
            .flatten();
        let ours = |id: &EntityId| self.draft.wanted.contains_key(&Subject::Entity(id.clone()));
        let others: BTreeSet<EntityId> = ends.filter(|id| !ours(id)).cloned().collect();
        let others: Vec<EntityId> = others.into_iter().collect();
        let known = at.known(&others).await?;
        match others.iter().zip(known).find(|(_, known)| known.is_none()) {
            Some((id, _)) => Err(StoreError::Fault(format!(
                "{id} is not there, and a record names it"
            ))),
            None => Ok(()),
        }
    }

    /// The entities at which a record is kept.
    fn ends<'a>(&'a self, record: &'a Record) -> [Option<&'a EntityId>; 2] {
        match record {
            Record::Relation(relation) => [Some(self.kept(&relation.from)), Some(self.kept(&relation.to))],
            Record::Observation(observation) => [Some(self.kept(&observation.entity)), None],
            Record::Entity(_) | Record::Rule(_) | Record::Source(_) => [None, None],
        }
    }

    /// Takes away the native relationships of relations that go or change; the nodes of those that go.
    pub(super) async fn delete_relations(&self, sink: &mut Sink<'_>) -> Result<Answer<()>, Failed> {
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
        sink.send(&cypher!("delete_relationships"), "rows", rows).await
    }

    /// The nodes of what goes, entities aside, and all evidence that goes with its record.
    pub(super) async fn delete_leaves(&self, sink: &mut Sink<'_>) -> Result<Answer<()>, Failed> {
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
            if let Err(error) = sink.send(&statement, "keys", keys).await? {
                return Ok(Err(error));
            }
        }
        Ok(Ok(()))
    }

    pub(super) async fn delete_entities(&self, sink: &mut Sink<'_>) -> Result<Answer<()>, Failed> {
        let ids: Vec<&str> = self
            .gone()
            .filter(|subject| matches!(subject, Subject::Entity(_)))
            .map(Subject::as_str)
            .collect();
        let keys = ids.into_iter().map(Row::key).collect();
        let statement = cypher!("delete_nodes").fill("label", "Entity").fill("key", "id");
        sink.send(&statement, "keys", keys).await
    }

    pub(super) async fn put_redirects(&self, sink: &mut Sink<'_>) -> Result<Answer<()>, Failed> {
        // One after another: each may move those before it on.
        for (from, to) in &self.draft.redirects {
            let row = Properties::default()
                .with("from", from.as_str())
                .with("to", to.as_str());
            let rows = vec![Row::new(row, 100)];
            if let Err(error) = sink.send(&cypher!("put_redirects"), "rows", rows).await? {
                return Ok(Err(error));
            }
        }
        Ok(Ok(()))
    }
}
