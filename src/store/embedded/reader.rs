//! Reading from one snapshot: the graph at a revision, whatever is written meanwhile.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::file_reader::FileReader;
use super::graph::GraphSnapshot;
use super::log;
use super::table::Slot;
use super::visible_graph::VisibleGraph;
use crate::model::Decimal;
use crate::model::budget::WorkBudget;
use crate::model::change::{LogPosition, LoggedChange, Revision, Subject};
use crate::model::entity::{EntityKind, SharedEntity};
use crate::model::id::{DatasetId, EntityId, ObservationId, RelationId, RuleId, SourceId};
use crate::model::job::{self, Paced as _};
use crate::model::ontology::{Conservation, RelationKind};
use crate::model::page::{Page, PageRequest, page_of_sorted};
use crate::model::record::{Observation, Rule, RuleType, Source};
use crate::model::relation::Relation;
use crate::model::selector::{AsOf, EntityFilter, RegionRole, RegionSelector, RelationFilter, Selector};
use crate::model::statement::{Evidence, Statement};
use crate::model::subgraph::Subgraph;
use crate::model::walk::WalkRules;
use crate::store::{
    DatasetInfo, EntityKey, EntityQuery, IncidentQuery, KindCount, LogQuery, Neighborhood, Reader,
    RelationQuery, StoreResult,
};

/// A reader of one snapshot. While it lives, its graph stays in memory, apart from the pages shared with newer ones.
#[derive(Clone)]
pub struct EmbeddedReader {
    pub(super) graph: Arc<GraphSnapshot>,
    pub(super) file: FileReader,
    /// The visible graph that `graph` is of, if something is hidden from the reader.
    pub(super) visible: Option<Arc<VisibleGraph>>,
}

impl EmbeddedReader {
    fn each<T>(&self, ids: &[EntityId], mut read: impl FnMut(Slot) -> T) -> Vec<T>
    where
        T: Default,
    {
        ids.iter()
            .paced()
            .map(|id| self.graph.slot(id).map(&mut read).unwrap_or_default())
            .collect()
    }
}

impl Reader for EmbeddedReader {
    fn revision(&self) -> Revision {
        self.graph.revision
    }

    async fn entities(&self, ids: &[EntityId]) -> StoreResult<Vec<Option<SharedEntity>>> {
        Ok(self.each(ids, |slot| self.graph.entity(slot).cloned()))
    }

    async fn relations(&self, ids: &[RelationId]) -> StoreResult<Vec<Option<Relation>>> {
        let relation = |id: &RelationId| {
            self.graph
                .relations
                .row(id.as_str())
                .and_then(|node| self.graph.unpack(node))
        };
        Ok(ids.iter().map(relation).collect())
    }

    async fn observations(&self, ids: &[ObservationId]) -> StoreResult<Vec<Option<Observation>>> {
        let row = |id: &ObservationId| {
            self.graph
                .observations
                .row(id.as_str())
                .map(|leaf| (*leaf.record).clone())
        };
        Ok(ids.iter().map(row).collect())
    }

    async fn rules(&self, ids: &[RuleId]) -> StoreResult<Vec<Option<Rule>>> {
        Ok(ids
            .iter()
            .map(|id| {
                self.graph
                    .rules
                    .row(id.as_str())
                    .map(|leaf| (*leaf.record).clone())
            })
            .collect())
    }

    async fn sources(&self, ids: &[SourceId]) -> StoreResult<Vec<Option<Source>>> {
        Ok(ids
            .iter()
            .map(|id| {
                self.graph
                    .sources
                    .row(id.as_str())
                    .map(|source| (**source).clone())
            })
            .collect())
    }

    async fn statements(&self, subjects: &[Subject]) -> StoreResult<Vec<Vec<Statement>>> {
        let rows: Vec<_> = subjects
            .iter()
            .map(|subject| self.graph.provenance(subject).map_or(0, |(row, _)| row))
            .collect();
        let mut statements = self.file.read(&rows)?;
        if let Some(visible) = &self.visible {
            // In the file, the statements on a record of all data sets are in one row.
            for of_one in &mut statements {
                of_one.retain(|statement| !visible.hidden.contains(&statement.dataset));
            }
        }
        Ok(statements)
    }

    async fn evidence(&self, subjects: &[Subject]) -> StoreResult<Vec<Evidence>> {
        let evidence = |subject| {
            self.graph
                .provenance(subject)
                .map_or_else(|| Vec::new().into(), |(_, p)| p.evidence.clone())
        };
        Ok(subjects.iter().paced().map(evidence).collect())
    }

    async fn memberships(&self, subjects: &[Subject]) -> StoreResult<Vec<Vec<DatasetId>>> {
        Ok(subjects
            .iter()
            .map(|subject| {
                self.graph
                    .provenance(subject)
                    .map(|(_, p)| p.members.clone())
                    .unwrap_or_default()
            })
            .collect())
    }

    async fn list_entities(
        &self,
        query: &EntityQuery,
        page: &PageRequest<EntityKey>,
    ) -> StoreResult<Page<(EntityKey, SharedEntity)>> {
        Ok(self.graph.list_entities(query, page))
    }

    async fn count_entities(&self, filter: &EntityFilter, at: AsOf) -> StoreResult<u64> {
        Ok(self.graph.count_entities(filter, at) as u64)
    }

    async fn list_relations(
        &self,
        query: &RelationQuery,
        page: &PageRequest<RelationId>,
    ) -> StoreResult<Page<Relation>> {
        Ok(self.graph.list_relations(query, page))
    }

    async fn count_relations(&self, query: &RelationQuery) -> StoreResult<u64> {
        Ok(self.graph.count_relations(query) as u64)
    }

    async fn incident(&self, ids: &[EntityId], query: &IncidentQuery) -> StoreResult<Vec<Page<Relation>>> {
        Ok(ids
            .iter()
            .map(|id| {
                self.graph
                    .slot(id)
                    .map_or_else(Page::empty, |slot| self.graph.incident(slot, query))
            })
            .collect())
    }

    async fn count_incident(&self, ids: &[EntityId], query: &IncidentQuery) -> StoreResult<Vec<u64>> {
        Ok(self.each(ids, |slot| self.graph.count_incident(slot, query) as u64))
    }

    async fn observations_of(
        &self,
        ids: &[EntityId],
        indicators: Option<&[String]>,
        page: &PageRequest<ObservationId>,
    ) -> StoreResult<Vec<Page<Observation>>> {
        let page_of = |id: &EntityId| {
            let rows = self.graph.observations_of_entity(id, indicators);
            page_of_sorted(&rows, |row| row.id.clone(), page).map(|row| (*row).clone())
        };
        Ok(ids.iter().map(page_of).collect())
    }

    async fn count_observations_of(
        &self,
        ids: &[EntityId],
        indicators: Option<&[String]>,
    ) -> StoreResult<Vec<u64>> {
        Ok(ids
            .iter()
            .map(|id| self.graph.observations_of_entity(id, indicators).len() as u64)
            .collect())
    }

    async fn list_rules(
        &self,
        bearers: Option<&[EntityId]>,
        types: Option<&[RuleType]>,
    ) -> StoreResult<Vec<Rule>> {
        let bearers: Option<BTreeSet<Slot>> =
            bearers.map(|ids| ids.iter().filter_map(|id| self.graph.slot(id)).collect());
        let passes = |rule: &Rule| {
            let bearer = || self.graph.slot(&rule.bearer);
            bearers
                .as_ref()
                .is_none_or(|some| bearer().is_some_and(|slot| some.contains(&slot)))
                && types.is_none_or(|types| types.contains(&rule.rule_type))
        };
        Ok(self
            .graph
            .rules
            .rows()
            .filter(|leaf| passes(&leaf.record))
            .map(|leaf| (*leaf.record).clone())
            .collect())
    }

    async fn list_sources(&self, page: &PageRequest<SourceId>) -> StoreResult<Page<Source>> {
        let sources: Vec<&Arc<Source>> = self.graph.sources.rows().paced().collect();
        Ok(page_of_sorted(&sources, |source| source.id.clone(), page).map(|source| (**source).clone()))
    }

    async fn count_sources(&self) -> StoreResult<u64> {
        Ok(self.graph.sources.len() as u64)
    }

    async fn datasets(&self) -> StoreResult<Vec<DatasetInfo>> {
        let info = |node: &super::graph::DatasetNode| DatasetInfo {
            dataset: node.dataset.clone(),
            entity_count: node.entities,
            relation_count: node.relations,
        };
        Ok(self.graph.datasets.values().map(info).collect())
    }

    async fn subjects_of_dataset(&self, dataset: &DatasetId) -> StoreResult<Vec<Subject>> {
        Ok(self.graph.subjects_of(dataset))
    }

    async fn subjects_citing(&self, sources: &[SourceId]) -> StoreResult<Vec<Subject>> {
        Ok(self.graph.subjects_citing(sources))
    }

    async fn resolve(&self, ids: &[EntityId]) -> StoreResult<Vec<Option<EntityId>>> {
        Ok(self.each(ids, |slot| self.graph.id(slot).cloned()))
    }

    async fn redirects(&self, ids: Option<&[EntityId]>) -> StoreResult<Vec<(EntityId, EntityId)>> {
        let mut led = self.graph.redirects_of(ids);
        led.retain(|(_, kept)| self.visible.is_none() || self.graph.node(kept).is_some());
        Ok(led)
    }

    async fn select(&self, selector: &Selector, at: AsOf) -> StoreResult<Vec<EntityId>> {
        Ok(self.graph.ids(self.graph.selected(selector, at)))
    }

    async fn regions(&self, ids: &[EntityId], role: RegionRole, at: AsOf) -> StoreResult<Vec<Vec<EntityId>>> {
        Ok(self.each(ids, |slot| self.graph.ids(self.graph.regions_of(slot, role, at))))
    }

    async fn within(&self, ids: &[EntityId], region: &RegionSelector, at: AsOf) -> StoreResult<Vec<bool>> {
        Ok(self.each(ids, |slot| self.graph.is_within(slot, region, at)))
    }

    async fn expand(
        &self,
        seeds: &[EntityId],
        stop: &BTreeSet<EntityId>,
        walk: &WalkRules,
        length: u32,
        budget: WorkBudget,
    ) -> StoreResult<Subgraph> {
        Ok(self.graph.expand(seeds, stop, walk, length, budget))
    }

    async fn neighborhood(
        &self,
        ids: &[EntityId],
        depth: u32,
        filter: &RelationFilter,
        at: AsOf,
        entities_max: usize,
    ) -> StoreResult<Neighborhood> {
        Ok(self.graph.neighborhood(ids, depth, filter, at, entities_max))
    }

    async fn degrees(&self, ids: &[EntityId]) -> StoreResult<Vec<Vec<KindCount>>> {
        Ok(self.each(ids, |slot| self.graph.degrees(slot)))
    }

    async fn ledger(
        &self,
        entities: &BTreeSet<EntityId>,
        regions: &[RegionSelector],
        walk: &WalkRules,
        limit: usize,
    ) -> StoreResult<(Vec<Relation>, bool)> {
        Ok(self.graph.ledger(entities, regions, walk, limit))
    }

    async fn relations_of_kinds(
        &self,
        kinds: &BTreeSet<RelationKind>,
        at: AsOf,
        limit: usize,
    ) -> StoreResult<(Vec<Relation>, bool)> {
        Ok(self.graph.relations_of_kinds(kinds, at, limit))
    }

    async fn candidates(
        &self,
        tokens: &[String],
        kinds: Option<&[EntityKind]>,
        limit: usize,
    ) -> StoreResult<(Vec<SharedEntity>, bool)> {
        let slots = self.graph.postings.all_of(tokens.iter().map(String::as_str));
        let of_kind = |entity: &&SharedEntity| kinds.is_none_or(|kinds| kinds.contains(&entity.kind()));
        let mut found: Vec<&SharedEntity> = slots
            .iter()
            .filter_map(|slot| self.graph.entity(*slot))
            .filter(of_kind)
            .collect();
        found.sort_by(job::by(|a: &&SharedEntity, b: &&SharedEntity| a.id.cmp(&b.id)));
        let more = found.len() > limit;
        Ok((found.into_iter().take(limit).cloned().collect(), more))
    }

    async fn log(&self, query: &LogQuery) -> StoreResult<Page<LoggedChange>> {
        self.file.ask(|conn| log::page(conn, query, self.graph.revision))
    }

    async fn count_log(&self, datasets: Option<&BTreeSet<DatasetId>>) -> StoreResult<u64> {
        self.file
            .ask(|conn| log::count(conn, datasets, self.graph.revision))
    }

    async fn log_begin(&self) -> StoreResult<LogPosition> {
        self.file.ask(|conn| log::begin(conn, self.graph.revision))
    }

    async fn log_end(&self) -> StoreResult<LogPosition> {
        self.file.ask(|conn| log::end(conn, self.graph.revision))
    }

    async fn last_lines(
        &self,
        keys: &[String],
        datasets: Option<&BTreeSet<DatasetId>>,
    ) -> StoreResult<Vec<Option<LoggedChange>>> {
        let pending = self.file.pending_lines(datasets);
        let stored = self
            .file
            .ask(|conn| log::last_lines(conn, keys, datasets, self.graph.revision))?;
        let newest = keys.iter().zip(stored);
        Ok(newest
            .map(|(key, stored)| pending.get(key).cloned().or(stored))
            .collect())
    }

    async fn subjects_of_keys(&self, keys: &[String]) -> StoreResult<Vec<Option<Subject>>> {
        Ok(keys
            .iter()
            .paced()
            .map(|key| self.graph.subject_of_key(key))
            .collect())
    }

    async fn shares(&self, ids: &[EntityId]) -> StoreResult<Vec<Vec<(Relation, Decimal)>>> {
        let shares = |slot: Slot| {
            let outgoing = self
                .graph
                .entities
                .get(slot)
                .map(|node| node.outgoing.clone())
                .unwrap_or_default();
            let nodes = outgoing.iter().filter_map(|slot| self.graph.relations.get(*slot));
            let sharing = nodes.filter(|node| node.kind.info().conserved == Conservation::Share);
            sharing
                .filter_map(|node| Some((self.graph.unpack(node)?, node.share()?)))
                .collect()
        };
        Ok(self.each(ids, shares))
    }
}
