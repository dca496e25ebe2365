//! Finds the dependents of a record: records that refer to an entity, and statements that cite a source.

use std::collections::{BTreeMap, HashSet};

use crate::model::change::Subject;
use crate::model::id::{DatasetId, EntityId, ObservationId, RelationId, RuleId, SourceId};
use crate::model::page::{PAGE_MAX, PageRequest};
use crate::model::record::{Observation, Rule};
use crate::model::relation::Relation;
use crate::model::selector::{Direction, RelationFilter};
use crate::store::{IncidentQuery, Reader, RelationQuery, StoreResult};

/// Number of records read at a time.
const CHUNK: usize = 20_000;

/// The records that refer to some entities, each once, by id.
#[derive(Default)]
pub(super) struct Dependents {
    /// Relations that start or end at one of them.
    pub(super) ends: BTreeMap<RelationId, Relation>,
    /// Other relations that fall under one of them.
    pub(super) under: BTreeMap<RelationId, Relation>,
    /// Observations of them.
    pub(super) observations: BTreeMap<ObservationId, Observation>,
    /// Rules that they bear or are a party to.
    pub(super) rules: BTreeMap<RuleId, Rule>,
    /// Whether there are more than the limit.
    pub(super) is_cut: bool,
}

impl Dependents {
    /// Reads the records that refer to `entities`: at most `limit` of each type plus one page.
    pub(super) async fn read<R: Reader>(at: &R, entities: &[EntityId], limit: usize) -> StoreResult<Self> {
        let mut found = Self::default();
        found.read_ends(at, entities, limit).await?;
        found.read_under(at, entities, limit).await?;
        found.read_observations(at, entities, limit).await?;
        let entities: HashSet<&EntityId> = entities.iter().collect();
        let touches = |rule: &Rule| rule.named_entities().any(|id| entities.contains(id));
        let rules = at.list_rules(None, None).await?;
        let rules = rules.into_iter().filter(touches);
        found.rules = rules.map(|rule| (rule.id.clone(), rule)).collect();
        Ok(found)
    }

    /// Reads only the records that may be folded into others: the relations that start or end at `entities`, and their
    /// observations.
    pub(super) async fn read_foldable<R: Reader>(
        at: &R,
        entities: &[EntityId],
        limit: usize,
    ) -> StoreResult<Self> {
        let mut found = Self::default();
        found.read_ends(at, entities, limit).await?;
        found.read_observations(at, entities, limit).await?;
        Ok(found)
    }

    /// Number of records.
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

    async fn read_ends<R: Reader>(&mut self, at: &R, entities: &[EntityId], limit: usize) -> StoreResult<()> {
        let query = |page| IncidentQuery {
            filter: RelationFilter::default(),
            direction: Direction::Both,
            other: None,
            at: None,
            page,
        };
        let mut waiting: Vec<(EntityId, Option<RelationId>)> =
            entities.iter().map(|id| (id.clone(), None)).collect();
        // One call for all first; then only for those with more pages, each from its own position.
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

    async fn read_under<R: Reader>(
        &mut self,
        at: &R,
        entities: &[EntityId],
        limit: usize,
    ) -> StoreResult<()> {
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
    ) -> StoreResult<()> {
        let mut waiting: Vec<(EntityId, Option<ObservationId>)> =
            entities.iter().map(|id| (id.clone(), None)).collect();
        while let Some((_, after)) = waiting.first() {
            let after = after.clone();
            let (now, later): (Vec<_>, Vec<_>) = waiting.into_iter().partition(|(_, its)| *its == after);
            waiting = later;
            let ids: Vec<EntityId> = now.into_iter().map(|(id, _)| id).collect();
            let request = PageRequest {
                after,
                ..PageRequest::first(PAGE_MAX)
            };
            for (id, page) in ids.iter().zip(at.observations_of(&ids, None, &request).await?) {
                if page.has_next {
                    let last = page.items.last().map(|observation| observation.id.clone());
                    waiting.push((id.clone(), last));
                }
                let items = page.items.into_iter();
                self.observations
                    .extend(items.map(|observation| (observation.id.clone(), observation)));
            }
            if self.observations.len() > limit {
                self.is_cut |= !waiting.is_empty();
                return Ok(());
            }
        }
        Ok(())
    }
}

/// The sources that a statement of another data set cites, each with one such statement. Statements are not indexed by source,
/// so the records of the other data sets are read, except those that are to be deleted.
pub(super) async fn find_cited_elsewhere<R: Reader>(
    at: &R,
    own: &DatasetId,
    others: impl Iterator<Item = &DatasetId> + Send,
    mut sources: HashSet<SourceId>,
    is_deleted: impl Fn(&str) -> bool,
) -> StoreResult<Vec<(SourceId, String)>> {
    let mut cited = Vec::new();
    for dataset in others {
        if sources.is_empty() {
            break;
        }
        let mut subjects = at.subjects_of_dataset(dataset).await?;
        subjects.retain(|subject| !matches!(subject, Subject::Source(_)) && !is_deleted(subject.as_str()));
        for chunk in subjects.chunks(CHUNK) {
            for (subject, statements) in chunk.iter().zip(at.statements(chunk).await?) {
                for statement in statements.iter().filter(|statement| statement.dataset != *own) {
                    if let Some(source) = sources.take(&statement.source) {
                        let (dataset, key) = (&statement.dataset, subject.as_str());
                        cited.push((source, format!("a statement of data set {dataset} on {key}")));
                    }
                }
            }
        }
    }
    Ok(cited)
}
