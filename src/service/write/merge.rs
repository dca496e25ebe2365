//! Merging: what a batch changes in what stands. A record is written whole; of the statements only those of its own
//! data set are its to change; what is the same stays as it was recorded, by whom and when.

use std::collections::HashMap;

use chrono::{DateTime, Utc};

use super::evidence::Settled;
use super::known::Known;
use super::names::{is_brought_by_another, order_names};
use super::owners::contact_of;
use super::plan::WritePlan;
use super::replace::Leaving;
use super::{Imported, Item, Mode};
use crate::model::change::{Change, Record, Subject};
use crate::model::entity::{Entity, Name, Properties};
use crate::model::id::EntityId;
use crate::model::quantity::Quantity;
use crate::model::record::Dataset;
use crate::model::statement::Statement;
use crate::store::{Answer, DatasetInfo, Reader};

/// How many records are compared with what stands at a time: bounds the memory that an import needs beside its rows.
const CHUNK: usize = 20_000;

pub(super) struct Merge<'a> {
    pub(super) plan: &'a WritePlan,
    pub(super) known: &'a Known<'a>,
    pub(super) now: DateTime<Utc>,
}

/// A record that the batch touches.
pub(super) struct Target<'a> {
    pub(super) subject: Subject,
    pub(super) item: Option<&'a Item>,
    pub(super) extras: Vec<&'a Settled<'a>>,
}

type Standing = Option<(Record, Vec<Statement>)>;

impl<'a> Merge<'a> {
    /// The changes to make, and how many records each concerns.
    pub(super) async fn changes<R: Reader>(
        &self,
        at: &R,
        settled: &'a [Settled<'a>],
        leaving: &'a Leaving,
        standing: &[DatasetInfo],
    ) -> Answer<(Vec<Change>, Imported)> {
        let targets = self.targets(settled, leaving);
        let (mut changes, mut tally) = (Vec::new(), Imported::default());
        let mut redirects = Vec::new();
        for chunk in targets.chunks(CHUNK) {
            let before = self.standing(at, chunk).await?;
            for (target, before) in chunk.iter().zip(before) {
                let is_new = before.is_none();
                match self.put(target, before) {
                    Some(put) => {
                        if is_new {
                            tally.created += 1;
                        } else {
                            tally.updated += 1;
                        }
                        changes.push(put);
                    }
                    None => tally.unchanged += 1,
                }
                redirects.extend(self.redirects(target));
            }
        }
        changes.append(&mut redirects);
        tally.deleted = leaving.gone.len();
        let mut gone = leaving.gone.clone();
        gone.sort_by_key(|subject| std::cmp::Reverse(rank(subject)));
        changes.extend(gone.into_iter().map(Change::Delete));
        let same = |old: &Dataset| {
            let plain = |dataset: &Dataset| Dataset {
                imported_at: None,
                ..dataset.clone()
            };
            plain(old) == plain(&self.plan.dataset)
        };
        let id = &self.plan.dataset.id;
        let old = standing
            .iter()
            .map(|info| &info.dataset)
            .find(|old| old.id == *id);
        let is_import = matches!(self.plan.mode, Mode::Add | Mode::Replace);
        if (is_import && !changes.is_empty()) || !old.is_some_and(same) {
            // First, so that a store meets no statement of a data set that it does not know.
            let dataset = Dataset {
                imported_at: if is_import {
                    Some(self.now)
                } else {
                    old.and_then(|old| old.imported_at)
                },
                ..self.plan.dataset.clone()
            };
            changes.insert(0, Change::Dataset(dataset));
        }
        Ok((changes, tally))
    }

    /// Sources first, then entities, then what refers to them: the order in which they can be written.
    fn targets(&self, settled: &'a [Settled<'a>], leaving: &'a Leaving) -> Vec<Target<'a>> {
        let mut targets: Vec<Target<'a>> = Vec::with_capacity(self.plan.items.len());
        targets.extend(self.plan.items.iter().map(|item| Target {
            subject: item.record.subject(),
            item: Some(item),
            extras: Vec::new(),
        }));
        let mut elsewhere: HashMap<&str, usize> = HashMap::new();
        for subject in &leaving.released {
            elsewhere.insert(subject.as_str(), targets.len());
            targets.push(Target {
                subject: subject.clone(),
                item: None,
                extras: Vec::new(),
            });
        }
        for extra in settled {
            let key = extra.subject.as_str();
            let place = self.known.here.get(key).or_else(|| elsewhere.get(key)).copied();
            let place = place.unwrap_or_else(|| {
                let subject = self.known.in_store(key).cloned();
                // A key that the store was not asked for is that of an entity to which a merged one leads.
                let kept = || EntityId::parse(key).ok().map(Subject::Entity);
                targets.extend(subject.or_else(kept).map(|subject| Target {
                    subject,
                    item: None,
                    extras: Vec::new(),
                }));
                elsewhere.insert(key, targets.len() - 1);
                targets.len() - 1
            });
            targets[place].extras.push(extra);
        }
        targets.sort_by_key(|target| rank(&target.subject));
        targets
    }

    /// What the graph has of each target.
    async fn standing<R: Reader>(&self, at: &R, targets: &[Target<'a>]) -> Answer<Vec<Standing>> {
        let stands = |target: &Target<'_>| {
            target.item.is_none() || self.known.in_store(target.subject.as_str()).is_some()
        };
        let subjects: Vec<Subject> = targets
            .iter()
            .filter(|t| stands(t))
            .map(|t| t.subject.clone())
            .collect();
        if subjects.is_empty() {
            return Ok(targets.iter().map(|_| None).collect());
        }
        let mut found = records(at, &subjects).await?;
        let mut statements = at.statements(&subjects).await?.into_iter();
        let standing = targets.iter().map(|target| {
            if !stands(target) {
                return None;
            }
            let statements = statements.next().unwrap_or_default();
            Some((found.remove(&target.subject)?, statements))
        });
        Ok(standing.collect())
    }

    /// The change that brings a target to what the batch says; none where it stands so.
    fn put(&self, target: &Target<'_>, before: Standing) -> Option<Change> {
        let (old, old_statements) = before.unzip();
        let old = old.map(as_written);
        let old_statements = old_statements.unwrap_or_default();
        let mut record = match (target.item, &old) {
            (Some(item), _) => item.record.clone(),
            (None, Some(old)) => old.clone(),
            (None, None) => return None,
        };
        self.follow(&mut record);
        match (&mut record, &old) {
            (Record::Entity(new), Some(Record::Entity(old))) => {
                self.settle_entity(new, Some((old, &old_statements)), target);
            }
            (Record::Entity(new), _) => self.settle_entity(new, None, target),
            (Record::Source(new), old) => {
                let own = &self.plan.dataset.id;
                if let Some(Record::Source(old)) = old {
                    new.datasets.clone_from(&old.datasets);
                }
                new.datasets.retain(|id| id != own);
                if target.item.is_some() {
                    new.datasets.push(own.clone());
                }
                new.datasets.sort();
            }
            (Record::Relation(_) | Record::Observation(_) | Record::Rule(_), _) => {}
        }
        let statements = self.statements(target, old.as_ref(), &old_statements);
        let same = old.as_ref() == Some(&record)
            && statements.len() == old_statements.len()
            && statements
                .iter()
                .zip(&old_statements)
                .all(|(new, old)| new == old);
        (!same).then_some(Change::Put { record, statements })
    }

    /// Points references to merged ids at the entities kept, so that a data set written before a merger still fits.
    fn follow(&self, record: &mut Record) {
        let follow = |id: &mut EntityId| {
            if let Some(kept) = self.known.kept(id.as_str()) {
                *id = kept.clone();
            }
        };
        match record {
            Record::Source(_) | Record::Entity(_) => {}
            Record::Relation(relation) => {
                follow(&mut relation.from);
                follow(&mut relation.to);
                relation.under.iter_mut().for_each(follow);
            }
            Record::Observation(observation) => follow(&mut observation.entity),
            Record::Rule(rule) => {
                follow(&mut rule.bearer);
                rule.parts
                    .iter_mut()
                    .filter_map(|part| part.party.as_mut())
                    .for_each(follow);
            }
        }
    }

    fn settle_entity(&self, new: &mut Entity, old: Option<(&Entity, &[Statement])>, target: &Target<'_>) {
        new.names
            .extend(target.extras.iter().filter_map(|extra| extra.name.cloned()));
        if let Some((old, statements)) = old {
            let brought =
                |name: &&Name| is_brought_by_another(name, statements, self.plan.dataset.id.as_str());
            new.names.extend(old.names.iter().filter(brought).cloned());
            new.former_ids.extend(old.former_ids.iter().cloned());
            new.former_ids.sort();
            new.former_ids.dedup();
            if let Properties::Expert { contact, .. } = &mut new.properties
                && !self.plan.terms.by.pii
            {
                // Who cannot see it has not left it out to empty it.
                *contact = contact_of(old).cloned();
            }
        }
        order_names(&mut new.names);
        new.recorded_at = old.map_or(self.now, |(old, _)| old.recorded_at);
        if old.is_some_and(|(old, _)| old != new) {
            new.recorded_at = self.now;
        }
    }

    fn redirects(&self, target: &Target<'_>) -> Vec<Change> {
        let Some(Record::Entity(entity)) = target.item.map(|item| &item.record) else {
            return Vec::new();
        };
        let new = entity
            .former_ids
            .iter()
            .filter(|former| self.known.kept(former.as_str()).is_none());
        new.map(|former| Change::Redirect {
            from: former.clone(),
            to: entity.id.clone(),
        })
        .collect()
    }
}

/// A record as its row gives it: without the amounts that only statements give.
pub(super) fn as_written(mut record: Record) -> Record {
    let drop_implicit = |quantity: &mut Option<Quantity>| {
        if quantity.as_ref().is_some_and(Quantity::is_implicit) {
            *quantity = None;
        }
    };
    match &mut record {
        Record::Relation(relation) => drop_implicit(&mut relation.quantity),
        Record::Entity(entity) => {
            drop_implicit(&mut entity.size);
            if let Properties::Fund {
                committed, paid_in, ..
            } = &mut entity.properties
            {
                drop_implicit(committed);
                drop_implicit(paid_in);
            }
        }
        Record::Source(_) | Record::Observation(_) | Record::Rule(_) => {}
    }
    record
}

pub(super) fn rank(subject: &Subject) -> u8 {
    match subject {
        Subject::Source(_) => 0,
        Subject::Entity(_) => 1,
        Subject::Relation(_) => 2,
        Subject::Observation(_) => 3,
        Subject::Rule(_) => 4,
    }
}

/// The records of some subjects, one call for each sort.
pub(super) async fn records<R: Reader>(at: &R, subjects: &[Subject]) -> Answer<HashMap<Subject, Record>> {
    macro_rules! ids {
        ($sort:ident) => {
            subjects
                .iter()
                .filter_map(|s| {
                    if let Subject::$sort(id) = s {
                        Some(id.clone())
                    } else {
                        None
                    }
                })
                .collect::<Vec<_>>()
        };
    }
    macro_rules! read {
        ($found:ident, $sort:ident, $call:ident, $own:expr) => {
            let ids = ids!($sort);
            if !ids.is_empty() {
                let records = at.$call(&ids).await?.into_iter().zip(ids);
                $found.extend(
                    records
                        .filter_map(|(record, id)| Some((Subject::$sort(id), Record::$sort($own(record?))))),
                );
            }
        };
    }
    let mut found = HashMap::with_capacity(subjects.len());
    read!(found, Source, sources, std::convert::identity);
    read!(
        found,
        Entity,
        entities,
        |entity: crate::model::entity::SharedEntity| Entity::clone(&entity)
    );
    read!(found, Relation, relations, std::convert::identity);
    read!(found, Observation, observations, std::convert::identity);
    read!(found, Rule, rules, std::convert::identity);
    Ok(found)
}
