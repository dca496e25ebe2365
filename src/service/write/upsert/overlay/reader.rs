//! Reads of a graph with uncommitted changes: changed records first, then stored ones.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use super::{Overlay, RecordVersion};
use crate::model::Decimal;
use crate::model::budget::WorkBudget;
use crate::model::change::{LogPosition, LoggedChange, Record, Revision, Subject};
use crate::model::entity::{EntityKind, SharedEntity};
use crate::model::id::{DatasetId, EntityId, ObservationId, RelationId, RuleId, SourceId};
use crate::model::ontology::{Conservation, RelationKind};
use crate::model::page::{PAGE_MAX, Page, PageRequest, page_of_sorted};
use crate::model::record::{Observation, Rule, RuleType, Source};
use crate::model::relation::Relation;
use crate::model::selector::{
    AsOf, Direction, EntityFilter, RegionRole, RegionSelector, RelationFilter, Selector,
};
use crate::model::statement::{Evidence, Statement};
use crate::model::subgraph::Subgraph;
use crate::model::walk::WalkRules;
use crate::store::{
    DatasetInfo, EntityKey, EntityQuery, IncidentQuery, KindCount, LogQuery, Neighborhood, Reader,
    RelationQuery, StoreError, StoreResult,
};

/// The error of a read that plans do not need.
fn not_supported<T>(what: &str) -> StoreResult<T> {
    Err(StoreError::Internal(format!("a plan asked for {what}")))
}

/// Whether a relation matches a filter; plans filter only by kind or program.
fn matches_filter(relation: &Relation, filter: &RelationFilter) -> StoreResult<bool> {
    let known = RelationFilter {
        kinds: filter.kinds.clone(),
        under: filter.under.clone(),
        ..RelationFilter::default()
    };
    if *filter != known {
        return not_supported("relations by another filter");
    }
    let of_kind = filter
        .kinds
        .as_ref()
        .is_none_or(|kinds| kinds.contains(&relation.kind));
    let under = filter
        .under
        .as_ref()
        .is_none_or(|under| relation.under.iter().any(|id| under.contains(id)));
    Ok(of_kind && under)
}

/// Looks up records of a type by id: changed ones here, the others in the store.
macro_rules! by_id {
    ($self:ident, $ids:ident, $sort:ident, $call:ident) => {{
        let subjects: Vec<Subject> = $ids.iter().cloned().map(Subject::$sort).collect();
        let ids = $ids.iter().zip(&subjects);
        let unchanged = ids.filter(|(_, subject)| !$self.is_changed(subject));
        let unchanged: Vec<_> = unchanged.map(|(id, _)| id.clone()).collect();
        let mut stored = $self.base.$call(&unchanged).await?.into_iter();
        let read = |subject: &Subject| match $self.records.get(subject) {
            Some(Some((Record::$sort(record), _))) => Some(record.clone()),
            Some(_) => None,
            None => stored.next().flatten(),
        };
        Ok(subjects.iter().map(read).collect())
    }};
}

/// Declares reads that plans do not need.
macro_rules! unsupported {
    ($($name:ident($($arg:ty),*) -> $answer:ty;)+) => { $(
        async fn $name(&self, $(_: $arg),*) -> StoreResult<$answer> {
            not_supported(stringify!($name))
        }
    )+ };
}

impl<R: Reader> Reader for Overlay<R> {
    fn revision(&self) -> Revision {
        self.base.revision()
    }

    async fn entities(&self, ids: &[EntityId]) -> StoreResult<Vec<Option<SharedEntity>>> {
        let resolved = self.resolve(ids).await?;
        let is_unchanged = |id: &&EntityId| !self.is_changed(&Subject::Entity((*id).clone()));
        let unchanged = resolved.iter().flatten().filter(is_unchanged);
        let unchanged: Vec<EntityId> = unchanged.cloned().collect();
        let mut stored = self.base.entities(&unchanged).await?.into_iter();
        let read = |id: Option<EntityId>| match self.records.get(&Subject::Entity(id?)) {
            Some(Some((Record::Entity(entity), _))) => Some(Arc::new(entity.clone())),
            Some(_) => None,
            None => stored.next().flatten(),
        };
        Ok(resolved.into_iter().map(read).collect())
    }

    async fn relations(&self, ids: &[RelationId]) -> StoreResult<Vec<Option<Relation>>> {
        by_id!(self, ids, Relation, relations)
    }

    async fn observations(&self, ids: &[ObservationId]) -> StoreResult<Vec<Option<Observation>>> {
        by_id!(self, ids, Observation, observations)
    }

    async fn rules(&self, ids: &[RuleId]) -> StoreResult<Vec<Option<Rule>>> {
        by_id!(self, ids, Rule, rules)
    }

    async fn sources(&self, ids: &[SourceId]) -> StoreResult<Vec<Option<Source>>> {
        by_id!(self, ids, Source, sources)
    }

    async fn statements(&self, subjects: &[Subject]) -> StoreResult<Vec<Vec<Statement>>> {
        let subjects = self.resolve_subjects(subjects);
        let mut stored = self
            .base
            .statements(&self.unchanged(&subjects))
            .await?
            .into_iter();
        let read = |subject: &Subject| match self.records.get(subject) {
            Some(Some((_, statements))) => statements.clone(),
            Some(None) => Vec::new(),
            None => stored.next().unwrap_or_default(),
        };
        Ok(subjects.iter().map(read).collect())
    }

    async fn memberships(&self, subjects: &[Subject]) -> StoreResult<Vec<Vec<DatasetId>>> {
        let subjects = self.resolve_subjects(subjects);
        let mut stored = self
            .base
            .memberships(&self.unchanged(&subjects))
            .await?
            .into_iter();
        let read = |subject: &Subject| {
            let members: BTreeSet<DatasetId> = match self.records.get(subject) {
                Some(Some((Record::Source(source), _))) => source.datasets.iter().cloned().collect(),
                Some(Some((_, statements))) => {
                    let own = statements.iter().filter(|statement| statement.own);
                    own.map(|statement| statement.dataset.clone()).collect()
                }
                Some(None) => BTreeSet::new(),
                None => return stored.next().unwrap_or_default(),
            };
            members.into_iter().collect()
        };
        Ok(subjects.iter().map(read).collect())
    }

    async fn list_relations(
        &self,
        query: &RelationQuery,
        request: &PageRequest<RelationId>,
    ) -> StoreResult<Page<Relation>> {
        let (mut stored, mut page) = (Vec::new(), PageRequest::first(PAGE_MAX));
        loop {
            let read = self.base.list_relations(query, &page).await?;
            page.after = read.items.last().map(|relation| relation.id.clone());
            stored.extend(read.items);
            if !read.has_next {
                break;
            }
        }
        let mut put = Vec::new();
        for relation in self.changed_relations() {
            if matches_filter(relation, &query.filter)? {
                put.push(relation.clone());
            }
        }
        let subject = |relation: &Relation| Subject::Relation(relation.id.clone());
        let all = self.with_changes(stored, put.into_iter(), subject, |relation| relation.id.clone());
        Ok(page_of_sorted(&all, |relation| relation.id.clone(), request))
    }

    async fn incident(&self, ids: &[EntityId], query: &IncidentQuery) -> StoreResult<Vec<Page<Relation>>> {
        let mut pages = Vec::with_capacity(ids.len());
        for id in ids {
            let id = self.resolve_id(id);
            let mut stored = Vec::new();
            let mut all = IncidentQuery {
                page: PageRequest::first(PAGE_MAX),
                ..query.clone()
            };
            loop {
                let read = self.base.incident(std::slice::from_ref(id), &all).await?;
                let Some(read) = read.into_iter().next() else {
                    break;
                };
                all.page.after = read.items.last().map(|relation| relation.id.clone());
                stored.extend(read.items);
                if !read.has_next {
                    break;
                }
            }
            let mut put = Vec::new();
            for relation in self.changed_relations() {
                let is_at = match query.direction {
                    Direction::Out => relation.from == *id,
                    Direction::In => relation.to == *id,
                    Direction::Both => relation.from == *id || relation.to == *id,
                };
                if is_at && matches_filter(relation, &query.filter)? {
                    put.push(relation.clone());
                }
            }
            let subject = |relation: &Relation| Subject::Relation(relation.id.clone());
            let all = self.with_changes(stored, put.into_iter(), subject, |relation| relation.id.clone());
            pages.push(page_of_sorted(&all, |relation| relation.id.clone(), &query.page));
        }
        Ok(pages)
    }

    async fn observations_of(
        &self,
        ids: &[EntityId],
        indicators: Option<&[String]>,
        request: &PageRequest<ObservationId>,
    ) -> StoreResult<Vec<Page<Observation>>> {
        let mut pages = Vec::with_capacity(ids.len());
        for id in ids {
            let id = self.resolve_id(id);
            let (mut stored, mut page) = (Vec::new(), PageRequest::first(PAGE_MAX));
            loop {
                let one = std::slice::from_ref(id);
                let read = self.base.observations_of(one, indicators, &page).await?;
                let Some(read) = read.into_iter().next() else {
                    break;
                };
                page.after = read.items.last().map(|observation| observation.id.clone());
                stored.extend(read.items);
                if !read.has_next {
                    break;
                }
            }
            let put = self.records.values().filter_map(|version| match version {
                Some((Record::Observation(one), _)) if one.entity == *id => Some(one.clone()),
                _ => None,
            });
            let put = put.filter(|one| indicators.is_none_or(|some| some.contains(&one.indicator)));
            let subject = |one: &Observation| Subject::Observation(one.id.clone());
            let all = self.with_changes(stored, put, subject, |one| one.id.clone());
            pages.push(page_of_sorted(&all, |one| one.id.clone(), request));
        }
        Ok(pages)
    }

    async fn list_rules(
        &self,
        bearers: Option<&[EntityId]>,
        types: Option<&[RuleType]>,
    ) -> StoreResult<Vec<Rule>> {
        let stored = self.base.list_rules(bearers, types).await?;
        let put = self.records.values().filter_map(|version| match version {
            Some((Record::Rule(rule), _)) => Some(rule.clone()),
            _ => None,
        });
        let put = put.filter(|rule| {
            bearers.is_none_or(|some| some.contains(&rule.bearer))
                && types.is_none_or(|some| some.contains(&rule.rule_type))
        });
        Ok(self.with_changes(
            stored,
            put,
            |rule| Subject::Rule(rule.id.clone()),
            |rule| rule.id.clone(),
        ))
    }

    async fn datasets(&self) -> StoreResult<Vec<DatasetInfo>> {
        let mut datasets: BTreeMap<DatasetId, DatasetInfo> = BTreeMap::new();
        for info in self.base.datasets().await? {
            datasets.insert(info.dataset.id.clone(), info);
        }
        for (id, dataset) in &self.datasets {
            let info = datasets.entry(id.clone()).or_insert_with(|| DatasetInfo {
                dataset: dataset.clone(),
                entity_count: 0,
                relation_count: 0,
            });
            info.dataset = dataset.clone();
        }
        Ok(datasets.into_values().collect())
    }

    async fn subjects_of_dataset(&self, dataset: &DatasetId) -> StoreResult<Vec<Subject>> {
        let mut subjects = self.base.subjects_of_dataset(dataset).await?;
        subjects.retain(|subject| !self.is_changed(subject));
        let has = |version: &RecordVersion| match version {
            Some((Record::Source(source), _)) => source.datasets.contains(dataset),
            Some((_, statements)) => statements.iter().any(|one| one.dataset == *dataset),
            None => false,
        };
        let put = self.records.iter().filter(|(_, version)| has(version));
        subjects.extend(put.map(|(subject, _)| subject.clone()));
        Ok(subjects)
    }

    async fn resolve(&self, ids: &[EntityId]) -> StoreResult<Vec<Option<EntityId>>> {
        let kept: Vec<EntityId> = ids.iter().map(|id| self.resolve_id(id).clone()).collect();
        // A changed record resolves to itself; otherwise to its stored target, unless that is deleted.
        let led: HashMap<EntityId, EntityId> = self.base.redirects(Some(&kept)).await?.into_iter().collect();
        let kept: Vec<EntityId> = kept
            .into_iter()
            .map(|id| led.get(&id).cloned().unwrap_or(id))
            .collect();
        let stored = self.base.resolve(&kept).await?;
        let now =
            |(id, stored): (EntityId, Option<EntityId>)| match self.records.get(&Subject::Entity(id.clone()))
            {
                Some(Some(_)) => Some(id),
                Some(None) => None,
                None => stored,
            };
        Ok(kept.into_iter().zip(stored).map(now).collect())
    }

    async fn redirects(&self, ids: Option<&[EntityId]>) -> StoreResult<Vec<(EntityId, EntityId)>> {
        let led = self.base.redirects(ids).await?;
        let mut led: BTreeMap<EntityId, EntityId> = led.into_iter().collect();
        let asked = |id: &EntityId| ids.is_none_or(|ids| ids.contains(id));
        let put = self.redirects.iter().filter(|(id, _)| asked(id));
        led.extend(put.map(|(id, kept)| (id.clone(), kept.clone())));
        Ok(led.into_iter().collect())
    }

    async fn last_lines(
        &self,
        keys: &[String],
        told: Option<&BTreeSet<DatasetId>>,
    ) -> StoreResult<Vec<Option<LoggedChange>>> {
        self.base.last_lines(keys, told).await
    }

    async fn subjects_of_keys(&self, keys: &[String]) -> StoreResult<Vec<Option<Subject>>> {
        let mut found = self.base.subjects_of_keys(keys).await?;
        for (key, found) in keys.iter().zip(&mut found) {
            if found
                .as_ref()
                .is_some_and(|one| matches!(self.records.get(one), Some(None)))
            {
                *found = None;
            }
            if let Some(put) = self.keys.get(key) {
                *found = Some(put.clone());
            } else if let Ok(id) = EntityId::parse(key)
                && self.redirects.contains_key(&id)
            {
                *found = Some(Subject::Entity(id));
            }
        }
        Ok(found)
    }

    async fn shares(&self, ids: &[EntityId]) -> StoreResult<Vec<Vec<(Relation, Decimal)>>> {
        let stored = self.base.shares(ids).await?;
        let mut all = Vec::with_capacity(ids.len());
        for (id, stored) in ids.iter().zip(stored) {
            let id = self.resolve_id(id);
            let put = self.changed_relations().filter_map(|relation| {
                let passes_on = relation.kind.info().conserved == Conservation::Share;
                let share = relation.share.filter(|_| passes_on && relation.from == *id)?;
                Some((relation.clone(), share))
            });
            let subject = |(relation, _): &(Relation, Decimal)| Subject::Relation(relation.id.clone());
            all.push(self.with_changes(stored, put, subject, |(relation, _)| relation.id.clone()));
        }
        Ok(all)
    }

    unsupported! {
        evidence(&[Subject]) -> Vec<Evidence>;
        list_entities(&EntityQuery, &PageRequest<EntityKey>) -> Page<(EntityKey, SharedEntity)>;
        count_entities(&EntityFilter, AsOf) -> u64;
        count_relations(&RelationQuery) -> u64;
        count_incident(&[EntityId], &IncidentQuery) -> Vec<u64>;
        count_observations_of(&[EntityId], Option<&[String]>) -> Vec<u64>;
        list_sources(&PageRequest<SourceId>) -> Page<Source>;
        count_sources() -> u64;
        subjects_citing(&[SourceId]) -> Vec<Subject>;
        select(&Selector, AsOf) -> Vec<EntityId>;
        regions(&[EntityId], RegionRole, AsOf) -> Vec<Vec<EntityId>>;
        within(&[EntityId], &RegionSelector, AsOf) -> Vec<bool>;
        expand(&[EntityId], &BTreeSet<EntityId>, &WalkRules, u32, WorkBudget) -> Subgraph;
        neighborhood(&[EntityId], u32, &RelationFilter, AsOf, usize) -> Neighborhood;
        degrees(&[EntityId]) -> Vec<Vec<KindCount>>;
        ledger(&BTreeSet<EntityId>, &[RegionSelector], &WalkRules, usize) -> (Vec<Relation>, bool);
        relations_of_kinds(&BTreeSet<RelationKind>, AsOf, usize) -> (Vec<Relation>, bool);
        candidates(&[String], Option<&[EntityKind]>, usize) -> (Vec<SharedEntity>, bool);
        log(&LogQuery) -> Page<LoggedChange>;
        count_log(Option<&BTreeSet<DatasetId>>) -> u64;
        log_begin() -> LogPosition;
        log_end() -> LogPosition;
    }
}
