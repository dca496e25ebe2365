//! The changes of an entity merge: references to the merged entities are redirected to the one kept, and duplicate records are
//! folded.

use std::collections::{HashMap, HashSet};

use chrono::{DateTime, Utc};

use super::combine;
use super::fold::{Fold, MergedRecord};
use super::request::EntityMerge;
use crate::model::change::{Change, Record, Subject};
use crate::model::entity::{Entity, SharedEntity};
use crate::model::field::Field;
use crate::model::id::EntityId;
use crate::model::record::{Observation, Rule};
use crate::model::relation::Relation;
use crate::model::statement::Statement;
use crate::service::write::access::memberships::Memberships;
use crate::service::write::access::ownership;
use crate::service::write::check::{hierarchy, shares};
use crate::service::write::dependents::Dependents;
use crate::service::write::keys::KeyTable;
use crate::service::write::problem::{ProblemLocation, WriteProblems};
use crate::service::write::split_batch::BatchRecord;
use crate::service::write::stored::StoredRecord;
use crate::store::{DatasetInfo, PreviousVersion, PreviousVersions, Reader, StoreError, StoreResult};

/// The changes of a merge.
pub(super) struct EntityMergeChanges {
    kept: MergedRecord<Entity>,
    merged: Vec<Entity>,
    relations: Fold<Relation>,
    observations: Fold<Observation>,
    rules: Vec<MergedRecord<Rule>>,
    touched: Vec<Subject>,
    /// The records as they are stored.
    stored: HashMap<Subject, StoredRecord>,
    pub(super) relations_moved: usize,
}

impl EntityMergeChanges {
    /// Reads the records that refer to the entities, and redirects them to the one kept.
    pub(super) async fn read<R: Reader>(
        merge: &EntityMerge,
        records_max: usize,
        at: &R,
        merged: &[EntityId],
        problems: &mut WriteProblems,
    ) -> StoreResult<Self> {
        let keep = &merge.keep;
        let moving = Dependents::read(at, merged, records_max).await?;
        if moving.is_cut || moving.len() > records_max {
            let reason = format!("more than {records_max} records would move");
            problems.push_for_batch(
                Field::Merge,
                merged.len(),
                reason,
                "merge fewer entities at a time",
            );
        }
        let kept_dependents = Dependents::read_foldable(at, std::slice::from_ref(keep), records_max).await?;
        let mut subjects = moving.subjects();
        subjects.extend(kept_dependents.subjects());
        subjects.sort();
        subjects.dedup();
        let entities: Vec<EntityId> = std::iter::once(keep).chain(merged).cloned().collect();
        let entity_subjects: Vec<Subject> = entities.iter().cloned().map(Subject::Entity).collect();
        let mut statements: HashMap<Subject, Vec<Statement>> = HashMap::with_capacity(subjects.len());
        statements.extend(subjects.iter().cloned().zip(at.statements(&subjects).await?));
        let stated = at.statements(&entity_subjects).await?;
        let records: Option<Vec<_>> = at.entities(&entities).await?.into_iter().collect();
        // If one is missing, statements would be paired with the wrong entity.
        let absent = || StoreError::Damaged("an entity was resolved and is not there".into());
        let records = records.ok_or_else(absent)?;
        let stored = stored_records([&moving, &kept_dependents], &statements, &records, &stated);
        let mut records = records.iter().map(|one| Entity::clone(one)).zip(stated);
        let (first, own) = records.next().ok_or_else(absent)?;
        let (merged, said): (Vec<Entity>, Vec<Vec<Statement>>) = records.unzip();
        let kept = combine::combine_entities(first, own, merged.iter().zip(said));
        let touched = entity_subjects.into_iter().chain(moving.subjects()).collect();
        let mut mover = ReferenceMover {
            keep,
            merged: merged.iter().map(|entity| &entity.id).collect(),
            statements,
        };
        let relations_moved = moving.ends.len() + moving.under.len();
        let rules = moving.rules.into_values().map(|rule| mover.rule(rule));
        let rules = rules.collect::<StoreResult<Vec<_>>>()?;
        let mut relations = Fold::default();
        for relation in kept_dependents.ends.into_values() {
            mover.add_kept(relation, &mut relations)?;
        }
        for relation in moving.ends.into_values().chain(moving.under.into_values()) {
            mover.add_moved(relation, &mut relations, problems)?;
        }
        let mut observations = Fold::default();
        for observation in kept_dependents.observations.into_values() {
            let statements = mover.statements_of(&Subject::Observation(observation.id.clone()))?;
            observations.add_kept(observation, statements);
        }
        for mut observation in moving.observations.into_values() {
            let statements = mover.statements_of(&Subject::Observation(observation.id.clone()))?;
            observation.entity = keep.clone();
            observations.add_moved(observation, statements);
        }
        Ok(Self {
            kept,
            merged,
            relations,
            observations,
            rules,
            touched,
            stored,
            relations_moved,
        })
    }

    /// Checks the moved records like any write.
    pub(super) async fn check<R: Reader>(
        &self,
        merge: &EntityMerge,
        datasets: &[DatasetInfo],
        at: &R,
        memberships: &mut Memberships,
        problems: &mut WriteProblems,
    ) -> StoreResult<()> {
        let location = ProblemLocation::draft(0);
        let touched: Vec<(ProblemLocation, Subject)> = self
            .touched
            .iter()
            .map(|subject| (location, subject.clone()))
            .collect();
        ownership::check(&merge.terms.by, datasets, at, &touched, memberships, problems).await?;
        let records: Vec<BatchRecord> = self
            .relations
            .moved()
            .map(|relation| BatchRecord::new(0, Record::Relation(relation.clone()), Vec::new()))
            .collect();
        let named = records.iter().flat_map(|row| match &row.record {
            Record::Relation(relation) => {
                vec![relation.id.as_str(), relation.from.as_str(), relation.to.as_str()]
            }
            _ => Vec::new(),
        });
        let mut named: Vec<&str> = named.collect();
        named.sort_unstable();
        named.dedup();
        let unread = HashSet::new();
        let mut keys = KeyTable::load(&records, named, &unread, at, problems).await?;
        keys.delete(self.relations.folded().map(|relation| relation.id.to_string()));
        keys.delete(self.merged.iter().map(|entity| entity.id.to_string()));
        shares::check(&records, at, &keys, problems).await?;
        hierarchy::check(&records, at, &keys, problems).await
    }

    /// The changes, with the stored versions of the changed records.
    pub(super) fn into_changes(mut self, now: DateTime<Utc>) -> (Vec<Change>, PreviousVersions) {
        let stored = std::mem::take(&mut self.stored);
        let changes = self.changes(now);
        let mut previous = PreviousVersions::default();
        for change in &changes {
            let (subject, new) = match change {
                Change::Put { record, statements } => {
                    (record.subject(), Some((record, statements.as_slice())))
                }
                Change::Delete(subject) => (subject.clone(), None),
                _ => continue,
            };
            if let Some((old, statements)) = stored.get(&subject) {
                let version = PreviousVersion::new((old, statements), new);
                previous.add(subject, version);
            }
        }
        (changes, previous)
    }

    fn changes(self, now: DateTime<Utc>) -> Vec<Change> {
        let (mut kept, statements) = self.kept;
        kept.recorded_at = now;
        let keep = kept.id.clone();
        let mut changes = vec![Change::Put {
            record: Record::Entity(kept),
            statements,
        }];
        let put = |record, statements| Change::Put { record, statements };
        let (relations, folded_relations) = self.relations.into_parts();
        let (observations, folded_observations) = self.observations.into_parts();
        changes.extend(
            relations
                .into_iter()
                .map(|(one, said)| put(Record::Relation(one), said)),
        );
        changes.extend(
            observations
                .into_iter()
                .map(|(one, said)| put(Record::Observation(one), said)),
        );
        changes.extend(
            self.rules
                .into_iter()
                .map(|(one, said)| put(Record::Rule(one), said)),
        );
        let folded = folded_observations
            .into_iter()
            .map(|one| Subject::Observation(one.id));
        changes.extend(folded.map(Change::Delete));
        let folded = folded_relations.into_iter().map(|one| Subject::Relation(one.id));
        changes.extend(folded.map(Change::Delete));
        for entity in self.merged {
            changes.push(Change::Delete(Subject::Entity(entity.id.clone())));
            // Its former ids redirect to the entity kept, in one step.
            for from in std::iter::once(entity.id).chain(entity.former_ids) {
                changes.push(Change::Redirect {
                    from,
                    to: keep.clone(),
                });
            }
        }
        changes
    }
}

/// The entities and their dependents with their statements, as they are stored.
fn stored_records(
    dependents: [&Dependents; 2],
    statements: &HashMap<Subject, Vec<Statement>>,
    entities: &[SharedEntity],
    stated: &[Vec<Statement>],
) -> HashMap<Subject, StoredRecord> {
    let mut records: Vec<Record> = Vec::new();
    for one in dependents {
        let relations = one.ends.values().chain(one.under.values()).cloned();
        records.extend(relations.map(Record::Relation));
        records.extend(one.observations.values().cloned().map(Record::Observation));
        records.extend(one.rules.values().cloned().map(Record::Rule));
    }
    let mut stored: HashMap<Subject, StoredRecord> = HashMap::with_capacity(records.len() + entities.len());
    for record in records {
        let subject = record.subject();
        if let Some(statements) = statements.get(&subject) {
            stored.insert(subject, (record, statements.clone()));
        }
    }
    for (entity, statements) in entities.iter().zip(stated) {
        let record = Record::Entity(Entity::clone(entity));
        stored.insert(record.subject(), (record, statements.clone()));
    }
    stored
}

/// Redirects references from the merged entities to the one kept.
struct ReferenceMover<'a> {
    keep: &'a EntityId,
    merged: HashSet<&'a EntityId>,
    statements: HashMap<Subject, Vec<Statement>>,
}

impl ReferenceMover<'_> {
    fn redirect(&self, id: &mut EntityId) {
        if self.merged.contains(id) {
            *id = self.keep.clone();
        }
    }

    /// The statements on a record that was read with them.
    fn statements_of(&mut self, subject: &Subject) -> StoreResult<Vec<Statement>> {
        let statements = self.statements.remove(subject);
        statements.ok_or_else(|| {
            StoreError::Internal(format!("the statements on {} were not read", subject.as_str()))
        })
    }

    /// Adds a relation of the entity kept that stays unchanged. One that moves too is added when it moves.
    fn add_kept(&mut self, relation: Relation, relations: &mut Fold<Relation>) -> StoreResult<()> {
        let moves = [&relation.from, &relation.to]
            .into_iter()
            .chain(&relation.under)
            .any(|id| self.merged.contains(id));
        if !moves {
            let statements = self.statements_of(&Subject::Relation(relation.id.clone()))?;
            relations.add_kept(relation, statements);
        }
        Ok(())
    }

    /// Adds a relation that moves to the entity kept.
    fn add_moved(
        &mut self,
        mut relation: Relation,
        relations: &mut Fold<Relation>,
        problems: &mut WriteProblems,
    ) -> StoreResult<()> {
        let was_loop = relation.from == relation.to;
        self.redirect(&mut relation.from);
        self.redirect(&mut relation.to);
        relation.under.iter_mut().for_each(|id| self.redirect(id));
        relation.under.sort();
        relation.under.dedup();
        if relation.from == relation.to && !was_loop {
            let reason = format!("{} ({}) connects two of the entities", relation.id, relation.kind);
            let hint = format!(
                "delete {} first: merging would connect the entity to itself",
                relation.id
            );
            problems.push(
                ProblemLocation::draft(0),
                Field::Merge,
                &relation.id,
                reason,
                hint,
            );
            return Ok(());
        }
        let statements = self.statements_of(&Subject::Relation(relation.id.clone()))?;
        relations.add_moved(relation, statements);
        Ok(())
    }

    fn rule(&mut self, mut rule: Rule) -> StoreResult<MergedRecord<Rule>> {
        self.redirect(&mut rule.bearer);
        let parties = rule.parts.iter_mut().filter_map(|part| part.party.as_mut());
        parties.for_each(|party| self.redirect(party));
        let statements = self.statements_of(&Subject::Rule(rule.id.clone()))?;
        Ok((rule, statements))
    }
}
