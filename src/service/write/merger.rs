//! Making several entities one: what refers to them refers to the one kept, what is then said twice is said once, and the
//! old ids lead there for ever.

mod fold;
mod union;

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use chrono::{DateTime, Utc};
use parking_lot::Mutex;

use super::dependents::Dependents;
use super::known::Known;
use super::problem::{Cause, Problem, Problems, Spot};
use super::sight::Restricted;
use super::{Item, Terms, cycles, owners, shares};
use crate::model::change::{Change, ChangeSet, Record, Subject};
use crate::model::entity::Entity;
use crate::model::id::EntityId;
use crate::model::record::{Observation, Rule};
use crate::model::relation::Relation;
use crate::model::statement::Statement;
use crate::store::{Answer, Plan, Reader};
use fold::Fold;

/// Entities to make one. Problems name each by its place: 0 is the one kept, then those merged.
#[derive(Debug)]
pub struct Merger {
    /// The entity kept.
    pub keep: EntityId,
    /// The entities that become part of it.
    pub merge: Vec<EntityId>,
    /// Who writes, and on what terms.
    pub terms: Terms,
}

/// What came of a merger.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Merged {
    /// The entities that became part of the one kept; those that were so already are not among them.
    pub ids: Vec<EntityId>,
    /// How many relations began or ended at one of them, or fell under it.
    pub relations_moved: usize,
}

pub(super) struct MergerPlan {
    pub(super) merger: Merger,
    /// Records that one merger may touch.
    pub(super) records_max: usize,
    pub(super) merged: Arc<Mutex<Merged>>,
}

impl Plan for MergerPlan {
    type Refusal = Vec<Problem>;

    async fn prepare<R: Reader>(&mut self, at: &R) -> Answer<Result<ChangeSet, Vec<Problem>>> {
        let decided = self.decide(at).await?;
        self.merger.terms.hold(at.revision(), decided)
    }
}

impl MergerPlan {
    async fn decide<R: Reader>(&self, at: &R) -> Answer<Result<ChangeSet, Vec<Problem>>> {
        let mut problems = Problems::default();
        let gone = self.found(at, &mut problems).await?;
        let now = Utc::now();
        let mut changes = Vec::new();
        let mut merged = Merged::default();
        if problems.0.is_empty() && !gone.is_empty() {
            let moving = Moving::read(self, at, &gone, &mut problems).await?;
            moving.check(self, at, &mut problems).await?;
            merged.relations_moved = moving.relations_moved;
            changes = moving.changes(now);
            merged.ids = gone;
        }
        if !problems.0.is_empty() {
            return Ok(Err(problems.0));
        }
        *self.merged.lock() = merged;
        Ok(Ok(ChangeSet {
            by: self.merger.terms.by.name.clone(),
            at: now,
            changes,
        }))
    }

    /// The entities that are to go, each once; those that are part of the one kept already need nothing.
    async fn found<R: Reader>(&self, at: &R, problems: &mut Problems) -> Answer<Vec<EntityId>> {
        let Merger { keep, merge, .. } = &self.merger;
        let ids: Vec<EntityId> = std::iter::once(keep).chain(merge).cloned().collect();
        let (mut gone, mut seen) = (Vec::new(), HashSet::new());
        let restricted = Restricted::of(&self.merger.terms.by, at).await?;
        let resolved = restricted.resolve(at, &ids).await?;
        for (place, (id, stands_for)) in ids.iter().zip(resolved).enumerate() {
            let (spot, field) = (Spot::draft(place), if place == 0 { "keep" } else { "merge" });
            match stands_for {
                None => {
                    problems.push(spot, field, id, "no entity has this id");
                    problems.cause(Cause::Unknown);
                }
                Some(kept) if place == 0 && kept != *id => {
                    let hint = format!("keep {kept}; the old id leads there for ever");
                    problems.push_with(
                        spot,
                        field,
                        id,
                        format!("{id} was merged into {kept}"),
                        Some(hint),
                    );
                }
                Some(_) if place == 0 => {}
                Some(kept) if kept == *keep && kept != *id => {}
                Some(kept) if kept != *id => {
                    let hint = format!("merge {kept} if that is what you mean");
                    problems.push_with(
                        spot,
                        field,
                        id,
                        format!("{id} was merged into {kept}"),
                        Some(hint),
                    );
                }
                Some(_) if id == keep => {
                    problems.push(spot, field, id, "an entity cannot become part of itself");
                }
                Some(_) if id.kind() != keep.kind() => {
                    let reason = format!("{id} is a {}, {keep} is a {}", id.kind(), keep.kind());
                    let hint =
                        "only entities of one kind are one; a relation says how others belong together";
                    problems.push_with(spot, field, id, reason, Some(hint));
                }
                Some(_) => {
                    if seen.insert(id) {
                        gone.push(id.clone());
                    }
                }
            }
        }
        if problems.0.is_empty() {
            restricted.refuse_mixture(at, &ids, problems).await?;
        }
        Ok(gone)
    }
}

/// A record with its statements.
type Stated<T> = (T, Vec<Statement>);

/// What a merger changes.
struct Moving {
    kept: Stated<Entity>,
    gone: Vec<Entity>,
    relations: Fold<Relation>,
    observations: Fold<Observation>,
    rules: Vec<Stated<Rule>>,
    touched: Vec<Subject>,
    relations_moved: usize,
}

impl Moving {
    async fn read<R: Reader>(
        plan: &MergerPlan,
        at: &R,
        gone: &[EntityId],
        problems: &mut Problems,
    ) -> Answer<Self> {
        let keep = &plan.merger.keep;
        let moving = Dependents::of(at, gone, plan.records_max).await?;
        if moving.is_cut || moving.len() > plan.records_max {
            let reason = format!("more than {} records would move", plan.records_max);
            problems.batch("merge", gone.len(), reason, "merge fewer entities at a time");
        }
        let standing = Dependents::of(at, std::slice::from_ref(keep), plan.records_max).await?;
        let mut subjects = moving.subjects();
        subjects.extend(
            standing
                .subjects()
                .into_iter()
                .filter(|subject| matches!(subject, Subject::Relation(_) | Subject::Observation(_))),
        );
        subjects.sort();
        subjects.dedup();
        let entities: Vec<EntityId> = std::iter::once(keep).chain(gone).cloned().collect();
        let entity_subjects: Vec<Subject> = entities.iter().cloned().map(Subject::Entity).collect();
        let mut statements: HashMap<Subject, Vec<Statement>> = HashMap::with_capacity(subjects.len());
        statements.extend(subjects.iter().cloned().zip(at.statements(&subjects).await?));
        let mut stated = at.statements(&entity_subjects).await?.into_iter();
        let mut records = at
            .entities(&entities)
            .await?
            .into_iter()
            .flatten()
            .map(|one| Entity::clone(&one));
        let (Some(first), own) = (records.next(), stated.next().unwrap_or_default()) else {
            return Err(crate::store::StoreError::Fault(
                "an entity was resolved and is not there".into(),
            ));
        };
        let gone: Vec<Entity> = records.collect();
        let kept = union::of(first, own, gone.iter().zip(stated));
        let touched = entity_subjects.into_iter().chain(moving.subjects()).collect();
        let mut mover = Mover {
            keep,
            gone: gone.iter().map(|entity| &entity.id).collect(),
            statements,
        };
        let relations_moved = moving.ends.len() + moving.under.len();
        let rules = moving.rules.into_values().map(|rule| mover.rule(rule)).collect();
        let mut relations = Fold::default();
        standing
            .ends
            .into_values()
            .for_each(|relation| mover.stand(relation, &mut relations));
        for relation in moving.ends.into_values().chain(moving.under.into_values()) {
            mover.relation(relation, &mut relations, problems);
        }
        let mut observations = Fold::default();
        for observation in standing.observations.into_values() {
            let statements = mover.statements_of(&Subject::Observation(observation.id.clone()));
            observations.stand(observation, statements);
        }
        for mut observation in moving.observations.into_values() {
            let statements = mover.statements_of(&Subject::Observation(observation.id.clone()));
            observation.entity = keep.clone();
            observations.arrive(observation, statements);
        }
        Ok(Self {
            kept,
            gone,
            relations,
            observations,
            rules,
            touched,
            relations_moved,
        })
    }

    /// What holds for every write holds for what moves.
    async fn check<R: Reader>(&self, plan: &MergerPlan, at: &R, problems: &mut Problems) -> Answer<()> {
        let spot = Spot::draft(0);
        let touched: Vec<(Spot, Subject)> = self
            .touched
            .iter()
            .map(|subject| (spot, subject.clone()))
            .collect();
        owners::check(&plan.merger.terms.by, at, &touched, problems).await?;
        let items: Vec<Item> = self
            .relations
            .moved()
            .map(|relation| Item {
                draft: 0,
                shorthand: false,
                record: Record::Relation(relation.clone()),
                own: Vec::new(),
                more: Vec::new(),
            })
            .collect();
        let keys = items.iter().flat_map(|item| match &item.record {
            Record::Relation(relation) => {
                vec![relation.id.as_str(), relation.from.as_str(), relation.to.as_str()]
            }
            _ => Vec::new(),
        });
        let mut keys: Vec<&str> = keys.collect();
        keys.sort_unstable();
        keys.dedup();
        let unread = HashSet::new();
        let mut known = Known::load(&items, keys, &unread, at, problems).await?;
        known.gone = self
            .relations
            .folded()
            .map(|relation| relation.id.to_string())
            .collect();
        known
            .gone
            .extend(self.gone.iter().map(|entity| entity.id.to_string()));
        shares::check(&items, at, &known, problems).await?;
        cycles::check(&items, at, &known, problems).await
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
        let (relations, folded_relations) = self.relations.end();
        let (observations, folded_observations) = self.observations.end();
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
        for entity in self.gone {
            changes.push(Change::Delete(Subject::Entity(entity.id.clone())));
            // What led to it leads on, in one step.
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

/// Points what referred to the entities that go at the one kept.
struct Mover<'a> {
    keep: &'a EntityId,
    gone: HashSet<&'a EntityId>,
    statements: HashMap<Subject, Vec<Statement>>,
}

impl Mover<'_> {
    fn moved(&self, id: &mut EntityId) {
        if self.gone.contains(id) {
            *id = self.keep.clone();
        }
    }

    fn statements_of(&mut self, subject: &Subject) -> Vec<Statement> {
        self.statements.remove(subject).unwrap_or_default()
    }

    /// A relation of the entity kept, that stays as it is; one that moves too is met when it does.
    fn stand(&mut self, relation: Relation, relations: &mut Fold<Relation>) {
        let moves = [&relation.from, &relation.to]
            .into_iter()
            .chain(&relation.under)
            .any(|id| self.gone.contains(id));
        if !moves {
            let statements = self.statements_of(&Subject::Relation(relation.id.clone()));
            relations.stand(relation, statements);
        }
    }

    fn relation(&mut self, mut relation: Relation, relations: &mut Fold<Relation>, problems: &mut Problems) {
        let was_loop = relation.from == relation.to;
        self.moved(&mut relation.from);
        self.moved(&mut relation.to);
        relation.under.iter_mut().for_each(|id| self.moved(id));
        relation.under.sort();
        relation.under.dedup();
        if relation.from == relation.to && !was_loop {
            let reason = format!("{} ({}) is between two of them", relation.id, relation.kind);
            let hint = format!(
                "entities that are one have nothing between them: delete {} first",
                relation.id
            );
            problems.push_with(Spot::draft(0), "merge", &relation.id, reason, Some(hint));
            return;
        }
        let statements = self.statements_of(&Subject::Relation(relation.id.clone()));
        relations.arrive(relation, statements);
    }

    fn rule(&mut self, mut rule: Rule) -> Stated<Rule> {
        self.moved(&mut rule.bearer);
        let parties = rule.parts.iter_mut().filter_map(|part| part.party.as_mut());
        parties.for_each(|party| self.moved(party));
        let statements = self.statements_of(&Subject::Rule(rule.id.clone()));
        (rule, statements)
    }
}
