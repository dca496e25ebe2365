//! Turns rows under merged ids into rows of the entities kept.

use std::collections::{HashMap, HashSet};

use super::redirects::RowRedirects;
use crate::model::change::{Record, Subject};
use crate::model::id::EntityId;
use crate::service::write::batch::StatementDraft;
use crate::service::write::references::map_references;
use crate::service::write::split_batch::{BatchRecord, SplitBatch};

impl SplitBatch {
    /// Turns each row under an old id into a row of the record that the id redirects to.
    pub(super) fn redirect(&mut self, redirects: &RowRedirects) {
        let records = std::mem::take(&mut self.records);
        let mut redirected: Vec<(EntityId, EntityId, BatchRecord)> = Vec::new();
        let mut renamed: HashMap<String, String> = HashMap::new();
        let mut folded: Vec<(&Subject, BatchRecord)> = Vec::new();
        for (place, record) in records.into_iter().enumerate() {
            if let Some(subject) = redirects.folded.get(&place) {
                renamed.insert(record.key().to_string(), subject.as_str().to_string());
                folded.push((subject, record));
                continue;
            }
            match (entity_of(&record), redirects.entities.get(&place)) {
                (Some(old), Some(kept)) => redirected.push((old, kept.clone(), record)),
                _ => self.records.push(record),
            }
        }
        for statement in &mut self.statements {
            if let Some(now) = renamed.get(&statement.subject) {
                statement.subject.clone_from(now);
            }
        }
        self.fold(folded);
        let mut rows: HashMap<EntityId, usize> = HashMap::new();
        for (place, record) in self.records.iter().enumerate() {
            if let Some(id) = entity_of(record) {
                rows.entry(id).or_insert(place);
            }
        }
        let mut seen: HashSet<EntityId> = HashSet::new();
        for (old, kept, mut record) in redirected {
            // A duplicate id is an error, as it would be without the merge.
            let is_first = seen.insert(old);
            let Some(row) = rows.get(&kept).filter(|_| is_first) else {
                rows.insert(kept.clone(), self.records.len());
                make_first_row(&mut record, kept);
                self.records.push(record);
                continue;
            };
            self.records[*row].join(record);
        }
        self.refer(&redirects.references);
    }

    /// Replaces referenced ids by their canonical ids, and keeps the original ones.
    fn refer(&mut self, references: &HashMap<EntityId, EntityId>) {
        let written_ids = &mut self.written_ids;
        let mut refer = |draft: usize, id: &mut EntityId| {
            if let Some(kept) = references.get(id) {
                let written = std::mem::replace(id, kept.clone());
                let written = written_ids
                    .get(&(draft, written.clone()))
                    .cloned()
                    .unwrap_or(written);
                written_ids.insert((draft, kept.clone()), written);
            }
        };
        for record in &mut self.records {
            let draft = record.draft;
            map_references(&mut record.record, |id| refer(draft, id));
        }
        for statement in &mut self.statements {
            if let Ok(mut id) = EntityId::parse(&statement.subject) {
                refer(statement.draft, &mut id);
                statement.subject = id.to_string();
            }
        }
        for name in &mut self.names {
            refer(name.draft, &mut name.entity);
        }
    }
}

impl SplitBatch {
    /// Adds each row to that of the record that it was folded into, or makes it the first row of that record.
    fn fold(&mut self, folded: Vec<(&Subject, BatchRecord)>) {
        let keys = self.records.iter().enumerate();
        let mut places: HashMap<String, usize> = keys
            .map(|(place, record)| (record.key().to_string(), place))
            .collect();
        for (subject, mut record) in folded {
            if let Some(place) = places.get(subject.as_str()) {
                let row = &mut self.records[*place];
                row.add_evidence(record.own);
                row.add_evidence(record.more);
            } else {
                places.insert(subject.as_str().to_string(), self.records.len());
                rename(&mut record.record, subject);
                self.records.push(record);
            }
        }
    }
}

fn entity_of(record: &BatchRecord) -> Option<EntityId> {
    match &record.record {
        Record::Entity(entity) => Some(entity.id.clone()),
        _ => None,
    }
}

fn rename(record: &mut Record, now: &Subject) {
    match (record, now) {
        (Record::Relation(relation), Subject::Relation(id)) => relation.id = id.clone(),
        (Record::Observation(observation), Subject::Observation(id)) => observation.id = id.clone(),
        // Only a relation or an observation is folded into another, of its own type.
        (Record::Relation(_) | Record::Observation(_), _) => {}
        (Record::Source(_) | Record::Entity(_) | Record::Rule(_), _) => {}
    }
}

/// Turns a row under an old id into the row of the entity kept.
fn make_first_row(record: &mut BatchRecord, kept: EntityId) {
    if let Record::Entity(entity) = &mut record.record {
        record.redirected.push(entity.clone());
        entity.id = kept;
        record.only_redirected = true;
    }
}

impl BatchRecord {
    /// Adds a row under an old id to that of the entity kept, with its evidence.
    fn join(&mut self, other: BatchRecord) {
        let (Record::Entity(own), Record::Entity(entity)) = (&mut self.record, other.record) else {
            return;
        };
        own.former_ids.extend(entity.former_ids.iter().cloned());
        self.redirected.push(entity);
        self.add_evidence(other.own);
        self.add_evidence(other.more);
    }

    /// Adds the evidence of a row that was folded into this one; each statement once.
    fn add_evidence(&mut self, statements: Vec<StatementDraft>) {
        for statement in statements {
            let is_at = |one: &StatementDraft| {
                one.amount.is_none()
                    && statement.amount.is_none()
                    && (&one.source, &one.locator, &one.quote, one.property)
                        == (
                            &statement.source,
                            &statement.locator,
                            &statement.quote,
                            statement.property,
                        )
            };
            if !self.statements().any(is_at) {
                self.more.push(statement);
            }
        }
    }
}
