//! Finds rows under merged ids; each becomes a row of the entity kept.
//!
//! A list that was written before an entity merge continues to use its own ids. Its next edition adds its values to the entity
//! kept, and removes none that the merge combined.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::former_ids::BatchRedirects;
use crate::model::change::{ChangeAction, Record, Subject};
use crate::model::id::EntityId;
use crate::model::statement::Statement;
use crate::service::write::batch::StatementDraft;
use crate::service::write::dependents::Dependents;
use crate::service::write::entity_merge::fold::Foldable;
use crate::service::write::keys::KeyTable;
use crate::service::write::normal_form::without_implicit_amounts;
use crate::service::write::references::{map_references, references};
use crate::service::write::split_batch::SplitBatch;
use crate::service::write::stored::StoredRecords;
use crate::store::{Reader, StoreResult};

/// Maximum number of records of each type that are searched at the entities kept for folded duplicates.
const DEPENDENTS_MAX: usize = 1_000_000;

/// The redirects of the rows of a batch, by index among the records.
#[derive(Default)]
pub(super) struct RowRedirects {
    /// Rows of entities that were merged into another.
    pub(super) entities: HashMap<usize, EntityId>,
    /// Rows of relations and observations that were folded into another when their entities were merged.
    pub(super) folded: HashMap<usize, Subject>,
    /// Referenced ids, with their canonical ids.
    pub(super) references: HashMap<EntityId, EntityId>,
}

impl RowRedirects {
    /// Finds the rows under merged ids. Ids of entities that the writer cannot see are not resolved. `stored` keeps the records that rows
    /// are folded into, for they are compared later.
    pub(super) async fn find<R: Reader>(
        batch: &SplitBatch,
        at: &R,
        keys: &KeyTable<'_>,
        stored: &mut StoredRecords,
    ) -> StoreResult<Self> {
        let mut found = Self::default();
        let mut named: BTreeSet<EntityId> = BTreeSet::new();
        let mut unknown: Vec<(usize, Record)> = Vec::new();
        let here = BatchRedirects::new(batch, keys);
        for (place, record) in batch.records.iter().enumerate() {
            if let Record::Entity(entity) = &record.record {
                let kept = keys
                    .redirect(record.key())
                    .or_else(|| here.regained.get(&entity.id).copied());
                found.entities.extend(kept.map(|kept| (place, kept.clone())));
            }
            let mut kept: Vec<EntityId> = Vec::new();
            references(&record.record, |_, _, id| {
                kept.extend(keys.redirect(id.as_str()).cloned());
                found.refer(id, keys, &here);
            });
            let folds = matches!(record.record, Record::Relation(_) | Record::Observation(_));
            if folds && !kept.is_empty() && keys.stored(record.key()).is_none() {
                let mut record = record.record.clone();
                map_references(&mut record, |id| {
                    if let Some(kept) = keys.redirect(id.as_str()) {
                        *id = kept.clone();
                    }
                });
                unknown.push((place, record));
                named.extend(kept);
            }
        }
        for statement in &batch.statements {
            if let Ok(id) = EntityId::parse(&statement.subject) {
                found.refer(&id, keys, &here);
            }
        }
        for name in &batch.names {
            found.refer(&name.entity, keys, &here);
        }
        deleted_only(at, &mut unknown).await?;
        if !unknown.is_empty() {
            let entities: Vec<EntityId> = named.into_iter().collect();
            found.find_folded(batch, at, stored, &entities, unknown).await?;
        }
        Ok(found)
    }

    /// Whether no row is redirected.
    pub(super) fn is_empty(&self) -> bool {
        self.entities.is_empty() && self.folded.is_empty() && self.references.is_empty()
    }

    /// Records the canonical id of a reference.
    fn refer(&mut self, id: &EntityId, keys: &KeyTable<'_>, here: &BatchRedirects<'_>) {
        let kept = keys.redirect(id.as_str());
        let here = || here.claimed.get(id).or_else(|| here.regained.get(id)).copied();
        if let Some(kept) = kept.or_else(here) {
            self.references.insert(id.clone(), kept.clone());
        }
    }

    /// Finds the records of the entities kept that equal a row and have a statement of the batch's data set.
    async fn find_folded<R: Reader>(
        &mut self,
        batch: &SplitBatch,
        at: &R,
        stored: &mut StoredRecords,
        entities: &[EntityId],
        unknown: Vec<(usize, Record)>,
    ) -> StoreResult<()> {
        let there = Dependents::read_foldable(at, entities, DEPENDENTS_MAX).await?;
        let relations = there.ends.into_values().map(Record::Relation);
        let observations = there.observations.into_values().map(Record::Observation);
        let mut by_key: BTreeMap<String, Vec<Record>> = BTreeMap::new();
        for record in relations.chain(observations).map(without_implicit_amounts) {
            by_key.entry(fold_key(&record)).or_default().push(record);
        }
        let mut alike: Vec<(usize, Record, Vec<&Record>)> = Vec::with_capacity(unknown.len());
        for (place, record) in unknown {
            let same_key = by_key.get(&fold_key(&record)).map_or(&[][..], Vec::as_slice);
            let found = same_key.iter().filter(|one| is_alike(one, &record)).collect();
            alike.push((place, record, found));
        }
        let subjects = alike.iter().flat_map(|(_, _, found)| found);
        let subjects: Vec<Subject> = subjects.map(|one| one.subject()).collect();
        if subjects.is_empty() {
            return Ok(());
        }
        let mut statements = at.statements(&subjects).await?.into_iter();
        for (place, record, found) in alike {
            let row = &batch.records[place];
            // All of them, for the statements of the next row begin after them.
            let stated: Vec<(&Record, Vec<Statement>)> = found.into_iter().zip(statements.by_ref()).collect();
            let same = stated.into_iter().find(|(_, statements)| {
                let ours = |one: &&Statement| one.dataset == batch.dataset.id;
                let is_said =
                    |one: &Statement| !has_amount(&record) || row.own.iter().any(|own| has_words(own, one));
                statements.iter().filter(ours).any(is_said)
            });
            if let Some((into, statements)) = same {
                self.folded.insert(place, into.subject());
                stored.add_statements(into.subject(), statements);
                stored.add_record(into.clone());
            }
        }
        Ok(())
    }
}

/// Keeps the records whose keys were deleted: a merge deletes folded records.
async fn deleted_only<R: Reader>(at: &R, records: &mut Vec<(usize, Record)>) -> StoreResult<()> {
    if records.is_empty() {
        return Ok(());
    }
    let keys = records
        .iter()
        .map(|(_, record)| record.subject().as_str().to_string());
    let lines = at.last_lines(&keys.collect::<Vec<_>>(), None).await?;
    let mut lines = lines.into_iter();
    records.retain(|_| {
        let line = lines.next().flatten();
        line.is_some_and(|line| line.action == ChangeAction::Deleted)
    });
    Ok(())
}

fn fold_key(record: &Record) -> String {
    match record {
        Record::Relation(relation) => relation.fold_key(),
        Record::Observation(observation) => format!("{} {}", observation.entity, observation.fold_key()),
        Record::Source(_) | Record::Entity(_) | Record::Rule(_) => String::new(),
    }
}

/// Whether a record has an amount. Two equal amounts may be two payments, unless they rest on the same words.
fn has_amount(record: &Record) -> bool {
    match record {
        Record::Relation(relation) => relation.amount().is_some(),
        Record::Observation(observation) => observation.amount().is_some(),
        Record::Source(_) | Record::Entity(_) | Record::Rule(_) => false,
    }
}

fn has_words(draft: &StatementDraft, statement: &Statement) -> bool {
    (&draft.source, &draft.locator, &draft.quote) == (&statement.source, &statement.locator, &statement.quote)
}

fn is_alike(one: &Record, other: &Record) -> bool {
    match (one, other) {
        (Record::Relation(one), Record::Relation(other)) => one.is_alike(other),
        (Record::Observation(one), Record::Observation(other)) => one.is_alike(other),
        (Record::Relation(_) | Record::Observation(_), _) => false,
        (Record::Source(_) | Record::Entity(_) | Record::Rule(_), _) => false,
    }
}
