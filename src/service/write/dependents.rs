//! What refers to an entity, and so cannot stay as it is when the entity goes.

use std::collections::{BTreeMap, HashSet};

use crate::model::change::Subject;
use crate::model::id::{EntityId, ObservationId, RelationId, RuleId};
use crate::model::page::{PAGE_MAX, PageRequest};
use crate::model::record::{Observation, Rule};
use crate::model::relation::Relation;
use crate::model::selector::{Direction, RelationFilter};
use crate::store::{Answer, IncidentQuery, Reader, RelationQuery};

/// What refers to some entities, each record once, by id.
#[derive(Default)]
pub(super) struct Dependents {
    /// Relations that begin or end at one of them.
    pub(super) ends: BTreeMap<RelationId, Relation>,
    /// Other relations, that fall under one of them.
    pub(super) under: BTreeMap<RelationId, Relation>,
    /// Observations of them.
    pub(super) observations: BTreeMap<ObservationId, Observation>,
    /// Rules that they bear, or are a party to.
    pub(super) rules: BTreeMap<RuleId, Rule>,
    /// Whether there are more than were asked for.
    pub(super) is_cut: bool,
}

impl Dependents {
    /// What refers to `entities`: at most `limit` records of each sort, and a page more.
    pub(super) async fn of<R: Reader>(at: &R, entities: &[EntityId], limit: usize) -> Answer<Self> {
        let mut found = Self::default();
        found.read_ends(at, entities, limit).await?;
        found.read_under(at, entities, limit).await?;
        found.read_observations(at, entities, limit).await?;
        let entities: HashSet<&EntityId> = entities.iter().collect();
        let touches = |rule: &Rule| rule.named().any(|id| entities.contains(id));
        let rules = at.list_rules(None, None).await?;
        let rules = rules.into_iter().filter(touches);
        found.rules = rules.map(|rule| (rule.id.clone(), rule)).collect();
        Ok(found)
    }

    /// How many records.
    pub(super) fn len(&self) -> usize {
        self.ends.len() + self.under.len() + self.observations.len() + self.rules.len()
    }

    /// Their subjects.
    pub(super) fn subjects(&self) -> Vec<Subject> {
        let relations = self.ends.keys().chain(self.under.keys());
        let mut subjects: Vec<Subject> = relations.cloned().map(Subject::Relation).collect();
        subjects.extend(self.observations.keys().cloned().map(Subject::Observation));
        subjects.extend(self.rules.keys().cloned().map(Subject::Rule));
        subjects
    }

    async fn read_ends<R: Reader>(&mut self, at: &R, entities: &[EntityId], limit: usize) -> Answer<()> {
        let query = |page| IncidentQuery {
            filter: RelationFilter::default(),
            direction: Direction::Both,
            other: None,
            at: None,
            page,
        };
        let mut waiting: Vec<(EntityId, Option<RelationId>)> =
            entities.iter().map(|id| (id.clone(), None)).collect();
        // All of them in one call at first; then only those that have more, each from where it stands.
        while let Some((_, after)) = waiting.first() {
            let after = after.clone();
            let (now, later): (Vec<_>, Vec<_>) = waiting.into_iter().partition(|(_, its)| *its == after);
            waiting = later;
            let ids: Vec<EntityId> = now.into_iter().map(|(id, _)| id).collect();
            let page = PageRequest {
                after,
                ..PageRequest::first(PAGE_MAX)
            };
            for (id, page) in ids.iter().zip(at.incident(&ids, &query(page)).await?) {
                if page.has_next {
                    let last = page.items.last().map(|relation| relation.id.clone());
                    waiting.push((id.clone(), last));
                }
                let items = page.items.into_iter();
                self.ends
                    .extend(items.map(|relation| (relation.id.clone(), relation)));
            }
            if self.ends.len() > limit {
                self.is_cut = !waiting.is_empty();
                return Ok(());
            }
        }
        Ok(())
    }

    async fn read_under<R: Reader>(&mut self, at: &R, entities: &[EntityId], limit: usize) -> Answer<()> {
        let filter = RelationFilter {
            under: Some(entities.to_vec()),
            ..RelationFilter::default()
        };
        let query = RelationQuery { filter, at: None };
        let mut request = PageRequest::first(PAGE_MAX);
        loop {
            let page = at.list_relations(&query, &request).await?;
            request.after = page.items.last().map(|relation| relation.id.clone());
            for relation in page.items {
                if !self.ends.contains_key(&relation.id) {
                    self.under.insert(relation.id.clone(), relation);
                }
            }
            if !page.has_next || self.under.len() > limit {
                self.is_cut |= page.has_next;
                return Ok(());
            }
        }
    }

    async fn read_observations<R: Reader>(
        &mut self,
        at: &R,
        entities: &[EntityId],
        limit: usize,
    ) -> Answer<()> {
        for entity in entities {
            let mut request = PageRequest::first(PAGE_MAX);
            loop {
                let one = std::slice::from_ref(entity);
                let pages = at.observations_of(one, None, &request).await?;
                let Some(page) = pages.into_iter().next() else {
                    break;
                };
                request.after = page.items.last().map(|observation| observation.id.clone());
                let items = page.items.into_iter();
                self.observations
                    .extend(items.map(|observation| (observation.id.clone(), observation)));
                if self.observations.len() > limit {
                    self.is_cut |= page.has_next;
                    return Ok(());
                }
                if !page.has_next {
                    break;
                }
            }
        }
        Ok(())
    }
}
