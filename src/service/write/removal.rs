//! Taking records away. What refers to an entity goes with it, or keeps it from going; nothing is left that refers to
//! nothing.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::sync::Arc;

use chrono::Utc;
use parking_lot::Mutex;

use super::Terms;
use super::dependents::Dependents;
use super::known::noun;
use super::merge::rank;
use super::owners;
use super::problem::{Cause, Problem, Problems, Spot};
use super::sight::{HIDDEN_REFERS, Restricted};
use crate::model::change::{Change, ChangeAction, ChangeSet, Record, Subject};
use crate::model::id::{DatasetId, EntityId};
use crate::model::log::{Changed, LoggedChange};
use crate::model::relation::Relation;
use crate::store::{Answer, Plan, Reader};

/// What sort of record is taken away.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sort {
    /// Entities.
    Entity,
    /// Relations.
    Relation,
    /// Observations.
    Observation,
    /// Rules.
    Rule,
}

impl Sort {
    fn fits(self, subject: &Subject) -> bool {
        matches!(
            (self, subject),
            (Self::Entity, Subject::Entity(_))
                | (Self::Relation, Subject::Relation(_))
                | (Self::Observation, Subject::Observation(_))
                | (Self::Rule, Subject::Rule(_))
        )
    }

    const fn noun(self) -> &'static str {
        match self {
            Self::Entity => "entity",
            Self::Relation => "relation",
            Self::Observation => "observation",
            Self::Rule => "rule",
        }
    }
}

/// Records to take away. Problems name each by its place in `ids`.
#[derive(Debug)]
pub struct Removal {
    /// Their sort.
    pub sort: Sort,
    /// Their keys.
    pub ids: Vec<String>,
    /// Whether what refers to them is taken away too: relations, observations and rules; where a relation only falls under
    /// one of them, it stays without.
    pub cascade: bool,
    /// Who writes, and on what terms.
    pub terms: Terms,
}

/// How many records were taken away.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Removed {
    /// Entities.
    pub entities: usize,
    /// Relations.
    pub relations: usize,
    /// Observations.
    pub observations: usize,
    /// Rules.
    pub rules: usize,
}

impl Removed {
    fn of(gone: &BTreeSet<Subject>) -> Self {
        let mut removed = Self::default();
        for subject in gone {
            match subject {
                Subject::Entity(_) => removed.entities += 1,
                Subject::Relation(_) => removed.relations += 1,
                Subject::Observation(_) => removed.observations += 1,
                Subject::Rule(_) => removed.rules += 1,
                Subject::Source(_) => {}
            }
        }
        removed
    }
}

pub(super) struct RemovalPlan {
    pub(super) removal: Removal,
    /// Records that one removal may touch.
    pub(super) records_max: usize,
    pub(super) removed: Arc<Mutex<Removed>>,
}

impl Plan for RemovalPlan {
    type Refusal = Vec<Problem>;

    async fn prepare<R: Reader>(&mut self, at: &R) -> Answer<Result<ChangeSet, Vec<Problem>>> {
        let decided = self.decide(at).await?;
        self.removal.terms.hold(at.revision(), decided)
    }
}

impl RemovalPlan {
    async fn decide<R: Reader>(&self, at: &R) -> Answer<Result<ChangeSet, Vec<Problem>>> {
        let mut problems = Problems::default();
        let gone = self.found(at, &mut problems).await?;
        let entities: Vec<EntityId> = gone
            .iter()
            .filter_map(|(_, subject)| match subject {
                Subject::Entity(id) => Some(id.clone()),
                _ => None,
            })
            .collect();
        let mut touched = gone.clone();
        let mut leaving: BTreeSet<Subject> = gone.iter().map(|(_, subject)| subject.clone()).collect();
        let mut released = Vec::new();
        if !entities.is_empty() {
            let dependents = Dependents::of(at, &entities, self.records_max).await?;
            if self.removal.cascade {
                self.check_size(&dependents, &mut problems);
                let spot = gone.first().map_or(Spot::draft(0), |(spot, _)| *spot);
                let subjects = dependents.subjects();
                touched.extend(subjects.into_iter().map(|subject| (spot, subject)));
                leaving.extend(dependents.ends.into_keys().map(Subject::Relation));
                leaving.extend(dependents.observations.into_keys().map(Subject::Observation));
                leaving.extend(dependents.rules.into_keys().map(Subject::Rule));
                released = release(dependents.under.into_values(), &entities);
            } else {
                let restricted = Restricted::of(&self.removal.terms.by, at).await?;
                let hidden = restricted.hidden_among(at, dependents.subjects()).await?;
                refuse(&gone, &dependents, &hidden, &mut problems);
            }
        }
        owners::check(&self.removal.terms.by, at, &touched, &mut problems).await?;
        if !problems.0.is_empty() {
            return Ok(Err(problems.0));
        }
        *self.removed.lock() = Removed::of(&leaving);
        let mut changes = Vec::with_capacity(released.len() + leaving.len());
        if !released.is_empty() {
            let subjects: Vec<Subject> = released
                .iter()
                .map(|relation| Subject::Relation(relation.id.clone()))
                .collect();
            let statements = at.statements(&subjects).await?;
            changes.extend(
                released
                    .into_iter()
                    .zip(statements)
                    .map(|(relation, statements)| Change::Put {
                        record: Record::Relation(relation),
                        statements,
                    }),
            );
        }
        let mut leaving: Vec<Subject> = leaving.into_iter().collect();
        leaving.sort_by_key(|subject| std::cmp::Reverse(rank(subject)));
        changes.extend(leaving.into_iter().map(Change::Delete));
        Ok(Ok(ChangeSet {
            by: self.removal.terms.by.name.clone(),
            at: Utc::now(),
            changes,
        }))
    }

    /// The records that the keys stand for, each once. What was deleted already needs nothing.
    async fn found<R: Reader>(&self, at: &R, problems: &mut Problems) -> Answer<Vec<(Spot, Subject)>> {
        let Removal { sort, ids, .. } = &self.removal;
        let mut occupants = at.occupants(ids).await?;
        let datasets = at.datasets().await?;
        let restricted = Restricted::to(&self.removal.terms.by, &datasets, None);
        restricted.hide(at, &mut occupants).await?;
        let absent = ids.iter().zip(&occupants).filter(|(_, found)| found.is_none());
        let absent: Vec<String> = absent.map(|(id, _)| id.clone()).collect();
        let deleted = self.deleted(at, &absent, restricted.told(&datasets)).await?;
        // A merged id stays taken, so only the store can say whether it is an entity's own.
        let entities: Vec<EntityId> = ids.iter().filter_map(|id| EntityId::parse(id).ok()).collect();
        let stands_for: HashMap<EntityId, EntityId> = at
            .resolve(&entities)
            .await?
            .into_iter()
            .zip(entities)
            .filter_map(|(now, id)| Some((id, now?)))
            .collect();
        let merged_into = |subject: &Subject| match subject {
            Subject::Entity(id) => stands_for.get(id).filter(|now| *now != id),
            _ => None,
        };
        let (mut found, mut seen) = (Vec::with_capacity(ids.len()), HashSet::new());
        for (place, (id, occupant)) in ids.iter().zip(occupants).enumerate() {
            let spot = Spot::draft(place);
            match occupant {
                None if deleted.contains(id) => {}
                None => {
                    problems.push(spot, "id", id, format!("no {} has this id", sort.noun()));
                    problems.cause(Cause::Unknown);
                }
                Some(subject) if !sort.fits(&subject) => {
                    let reason = format!("{id} is {}, not {}", noun(&subject), sort.noun());
                    problems.push(spot, "id", id, reason);
                }
                Some(subject) if merged_into(&subject).is_some() => {
                    let kept = merged_into(&subject).map_or("", EntityId::as_str);
                    let hint = format!("delete {kept} if that is what you mean");
                    problems.push_with(spot, "id", id, format!("{id} was merged into {kept}"), Some(hint));
                }
                Some(subject) => {
                    if seen.insert(id.as_str()) {
                        found.push((spot, subject));
                    }
                }
            }
        }
        Ok(found)
    }

    /// Which of some keys, that no record has, had one of the sort that was deleted: who sends a deletion again, because its answer was
    /// lost, is told that it is done, and not what someone is told who mistook an id.
    async fn deleted<R: Reader>(
        &self,
        at: &R,
        keys: &[String],
        told: Option<BTreeSet<DatasetId>>,
    ) -> Answer<HashSet<String>> {
        if keys.is_empty() {
            return Ok(HashSet::new());
        }
        let is_done = |line: &LoggedChange| match &line.changed {
            Changed::Record(subject) => {
                line.action == ChangeAction::Deleted && self.removal.sort.fits(subject)
            }
            Changed::Dataset(_) => false,
        };
        let lines = at.last_lines(keys, told.as_ref()).await?;
        let done = lines.into_iter().flatten().filter(is_done);
        Ok(done.map(|line| line.changed.as_str().to_string()).collect())
    }

    fn check_size(&self, dependents: &Dependents, problems: &mut Problems) {
        let max = self.records_max;
        if dependents.is_cut || dependents.len() > max {
            let reason = format!("more than {max} records would go with these");
            problems.batch("cascade", true, reason, "delete fewer entities at a time");
        }
    }
}

/// Relations as they are without the programmes that go.
fn release(relations: impl Iterator<Item = Relation>, gone: &[EntityId]) -> Vec<Relation> {
    let released = relations.map(|mut relation| {
        relation.under.retain(|id| !gone.contains(id));
        relation
    });
    released.collect()
}

/// An entity to which something refers does not go by itself.
fn refuse(
    gone: &[(Spot, Subject)],
    dependents: &Dependents,
    hidden: &HashSet<String>,
    problems: &mut Problems,
) {
    fn note<'d>(by_entity: &mut HashMap<&'d str, Vec<&'d str>>, entity: &'d EntityId, key: &'d str) {
        by_entity.entry(entity.as_str()).or_default().push(key);
    }
    let mut by_entity: HashMap<&str, Vec<&str>> = HashMap::new();
    let relations = dependents.ends.values().chain(dependents.under.values());
    for relation in relations {
        let ends = [&relation.from, &relation.to].into_iter();
        ends.chain(&relation.under)
            .for_each(|id| note(&mut by_entity, id, relation.id.as_str()));
    }
    for observation in dependents.observations.values() {
        note(&mut by_entity, &observation.entity, observation.id.as_str());
    }
    for rule in dependents.rules.values() {
        rule.named()
            .for_each(|id| note(&mut by_entity, id, rule.id.as_str()));
    }
    let at_least = if dependents.is_cut { "at least " } else { "" };
    for (spot, subject) in gone {
        let key = subject.as_str();
        let Some(keys) = by_entity.get_mut(key) else {
            continue;
        };
        keys.dedup();
        keys.retain(|key| !hidden.contains(*key));
        let reason = match keys.as_slice() {
            [] => HIDDEN_REFERS.to_string(),
            [only] => format!("{only} refers to it"),
            keys => format!("{at_least}{} records refer to it, {} first", keys.len(), keys[0]),
        };
        let hint = "delete them first, or give `cascade: true`, which takes them away too";
        problems.push_with(*spot, "id", key, reason, Some(hint));
    }
}
