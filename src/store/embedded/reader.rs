//! Reading from one snapshot: the graph as it was at a revision, whatever is written meanwhile.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::graph::Graph;
use super::log;
use super::pool::EvidencePool;
use super::table::Slot;
use super::veil::Veiled;
use crate::model::Decimal;
use crate::model::budget::WorkBudget;
use crate::model::change::{Revision, Subject};
use crate::model::entity::{EntityKind, SharedEntity};
use crate::model::id::{DatasetId, EntityId, ObservationId, RelationId, RuleId, SourceId};
use crate::model::job::{self, Paced as _};
use crate::model::log::{LogPlace, LoggedChange};
use crate::model::ontology::{Conserved, RelationKind};
use crate::model::page::{Page, PageRequest, page_of_sorted};
use crate::model::record::{Observation, Rule, RuleType, Source};
use crate::model::relation::Relation;
use crate::model::selector::{AsOf, EntityFilter, InRegion, RegionRole, RelationFilter, Selector};
use crate::model::statement::{Evidence, Statement};
use crate::model::subgraph::Subgraph;
use crate::model::walk::Walk;
use crate::store::{
    Answer, DatasetInfo, EntityKey, EntityQuery, IncidentQuery, KindCount, LogQuery, Neighbourhood, Reader,
    RelationQuery,
};

/// Reads from one snapshot. Holding one holds its graph in memory, what it shares with newer ones aside.
#[derive(Clone)]
pub struct EmbeddedReader {
    pub(super) graph: Arc<Graph>,
    pub(super) evidence: EvidencePool,
    /// The view that the graph is of, where something is hidden from it.
    pub(super) veiled: Option<Arc<Veiled>>,
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

    async fn entities(&self, ids: &[EntityId]) -> Answer<Vec<Option<SharedEntity>>> {
        Ok(self.each(ids, |slot| self.graph.entity(slot).cloned()))
    }

    async fn relations(&self, ids: &[RelationId]) -> Answer<Vec<Option<Relation>>> {
        let relation = |id: &RelationId| {
            self.graph
                .relations
                .row(id.as_str())
                .and_then(|node| self.graph.unpack(node))
        };
        Ok(ids.iter().map(relation).collect())
    }

    async fn observations(&self, ids: &[ObservationId]) -> Answer<Vec<Option<Observation>>> {
        let row = |id: &ObservationId| {
            self.graph
                .observations
                .row(id.as_str())
                .map(|leaf| (*leaf.record).clone())
        };
        Ok(ids.iter().map(row).collect())
    }

    async fn rules(&self, ids: &[RuleId]) -> Answer<Vec<Option<Rule>>> {
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

    async fn sources(&self, ids: &[SourceId]) -> Answer<Vec<Option<Source>>> {
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

    async fn statements(&self, subjects: &[Subject]) -> Answer<Vec<Vec<Statement>>> {
        let rows: Vec<_> = subjects
            .iter()
            .map(|subject| self.graph.provenance(subject).map_or(0, |(row, _)| row))
            .collect();
        let mut statements = self.evidence.read(&rows)?;
        if let Some(veiled) = &self.veiled {
            // In the file a record's statements stand together, whoever brought them.
            for of_one in &mut statements {
                of_one.retain(|statement| !veiled.hidden.contains(&statement.dataset));
            }
        }
        Ok(statements)
    }

    async fn evidence(&self, subjects: &[Subject]) -> Answer<Vec<Evidence>> {
        let evidence = |subject| {
            self.graph
                .provenance(subject)
                .map_or_else(|| Vec::new().into(), |(_, p)| p.evidence.clone())
        };
        Ok(subjects.iter().paced().map(evidence).collect())
    }

    async fn memberships(&self, subjects: &[Subject]) -> Answer<Vec<Vec<DatasetId>>> {
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
    ) -> Answer<Page<(EntityKey, SharedEntity)>> {
        Ok(self.graph.list_entities(query, page))
    }

    async fn count_entities(&self, filter: &EntityFilter, at: AsOf) -> Answer<u64> {
        Ok(self.graph.count_entities(filter, at) as u64)
    }

    async fn list_relations(
        &self,
        query: &RelationQuery,
        page: &PageRequest<RelationId>,
    ) -> Answer<Page<Relation>> {
        Ok(self.graph.list_relations(query, page))
    }

    async fn count_relations(&self, query: &RelationQuery) -> Answer<u64> {
        Ok(self.graph.count_relations(query) as u64)
    }

    async fn incident(&self, ids: &[EntityId], query: &IncidentQuery) -> Answer<Vec<Page<Relation>>> {
        Ok(ids
            .iter()
            .map(|id| {
                self.graph
                    .slot(id)
                    .map_or_else(Page::empty, |slot| self.graph.incident(slot, query))
            })
            .collect())
    }

    async fn count_incident(&self, ids: &[EntityId], query: &IncidentQuery) -> Answer<Vec<u64>> {
        Ok(self.each(ids, |slot| self.graph.count_incident(slot, query) as u64))
    }

    async fn observations_of(
        &self,
        ids: &[EntityId],
        indicators: Option<&[String]>,
        page: &PageRequest<ObservationId>,
    ) -> Answer<Vec<Page<Observation>>> {
        let page_of = |id: &EntityId| {
            let rows = self.graph.observations_at(id, indicators);
            page_of_sorted(&rows, |row| row.id.clone(), page).map(|row| (*row).clone())
        };
        Ok(ids.iter().map(page_of).collect())
    }

    async fn count_observations_of(
        &self,
        ids: &[EntityId],
        indicators: Option<&[String]>,
    ) -> Answer<Vec<u64>> {
        Ok(ids
            .iter()
            .map(|id| self.graph.observations_at(id, indicators).len() as u64)
            .collect())
    }

    async fn list_rules(
        &self,
        bearers: Option<&[EntityId]>,
        types: Option<&[RuleType]>,
    ) -> Answer<Vec<Rule>> {
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

    async fn list_sources(&self, page: &PageRequest<SourceId>) -> Answer<Page<Source>> {
        let sources: Vec<&Arc<Source>> = self.graph.sources.rows().paced().collect();
        Ok(page_of_sorted(&sources, |source| source.id.clone(), page).map(|source| (**source).clone()))
    }

    async fn count_sources(&self) -> Answer<u64> {
        Ok(self.graph.sources.len() as u64)
    }

    async fn datasets(&self) -> Answer<Vec<DatasetInfo>> {
        let info = |node: &super::graph::DatasetNode| DatasetInfo {
            dataset: node.dataset.clone(),
            entity_count: node.entities,
            relation_count: node.relations,
        };
        Ok(self.graph.datasets.values().map(info).collect())
    }

    async fn subjects_of_dataset(&self, dataset: &DatasetId) -> Answer<Vec<Subject>> {
        Ok(self.graph.subjects_of(dataset))
    }

    async fn subjects_citing(&self, sources: &[SourceId]) -> Answer<Vec<Subject>> {
        Ok(self.graph.subjects_citing(sources))
    }

    async fn resolve(&self, ids: &[EntityId]) -> Answer<Vec<Option<EntityId>>> {
        Ok(self.each(ids, |slot| self.graph.id(slot).cloned()))
    }

    async fn redirects(&self, ids: Option<&[EntityId]>) -> Answer<Vec<(EntityId, EntityId)>> {
        let mut led = self.graph.led(ids);
        led.retain(|(_, kept)| self.veiled.is_none() || self.graph.node(kept).is_some());
        Ok(led)
    }

    async fn select(&self, selector: &Selector, at: AsOf) -> Answer<Vec<EntityId>> {
        Ok(self.graph.ids(self.graph.selected(selector, at)))
    }

    async fn regions(&self, ids: &[EntityId], role: RegionRole, at: AsOf) -> Answer<Vec<Vec<EntityId>>> {
        Ok(self.each(ids, |slot| self.graph.ids(self.graph.regions_of(slot, role, at))))
    }

    async fn within(&self, ids: &[EntityId], region: &InRegion, at: AsOf) -> Answer<Vec<bool>> {
        Ok(self.each(ids, |slot| self.graph.is_within(slot, region, at)))
    }

    async fn expand(
        &self,
        seeds: &[EntityId],
        stop: &BTreeSet<EntityId>,
        walk: &Walk,
        length: u32,
        budget: WorkBudget,
    ) -> Answer<Subgraph> {
        Ok(self.graph.expand(seeds, stop, walk, length, budget))
    }

    async fn neighbourhood(
        &self,
        ids: &[EntityId],
        depth: u32,
        filter: &RelationFilter,
        at: AsOf,
        entities_max: usize,
    ) -> Answer<Neighbourhood> {
        Ok(self.graph.neighbourhood(ids, depth, filter, at, entities_max))
    }

    async fn degrees(&self, ids: &[EntityId]) -> Answer<Vec<Vec<KindCount>>> {
        Ok(self.each(ids, |slot| self.graph.degrees(slot)))
    }

    async fn ledger(
        &self,
        entities: &BTreeSet<EntityId>,
        regions: &[InRegion],
        walk: &Walk,
        limit: usize,
    ) -> Answer<(Vec<Relation>, bool)> {
        Ok(self.graph.ledger(entities, regions, walk, limit))
    }

    async fn of_kinds(
        &self,
        kinds: &BTreeSet<RelationKind>,
        at: AsOf,
        limit: usize,
    ) -> Answer<(Vec<Relation>, bool)> {
        Ok(self.graph.relations_of_kinds(kinds, at, limit))
    }

    async fn candidates(
        &self,
        tokens: &[String],
        kinds: Option<&[EntityKind]>,
        limit: usize,
    ) -> Answer<(Vec<SharedEntity>, bool)> {
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

    async fn log(&self, query: &LogQuery) -> Answer<Page<LoggedChange>> {
        self.evidence
            .ask(|conn| log::page(conn, query, self.graph.revision))
    }

    async fn count_log(&self, told: Option<&BTreeSet<DatasetId>>) -> Answer<u64> {
        self.evidence
            .ask(|conn| log::count(conn, told, self.graph.revision))
    }

    async fn log_end(&self) -> Answer<LogPlace> {
        self.evidence.ask(|conn| log::end(conn, self.graph.revision))
    }

    async fn last_lines(
        &self,
        keys: &[String],
        told: Option<&BTreeSet<DatasetId>>,
    ) -> Answer<Vec<Option<LoggedChange>>> {
        let fresh = self.evidence.fresh_lines(told);
        let stored = self
            .evidence
            .ask(|conn| log::last_lines(conn, keys, told, self.graph.revision))?;
        let newest = keys.iter().zip(stored);
        Ok(newest
            .map(|(key, stored)| fresh.get(key).cloned().or(stored))
            .collect())
    }

    async fn occupants(&self, keys: &[String]) -> Answer<Vec<Option<Subject>>> {
        Ok(keys.iter().paced().map(|key| self.graph.occupant(key)).collect())
    }

    async fn shares(&self, ids: &[EntityId]) -> Answer<Vec<Vec<(Relation, Decimal)>>> {
        let shares = |slot: Slot| {
            let outgoing = self
                .graph
                .entities
                .get(slot)
                .map(|node| node.outgoing.clone())
                .unwrap_or_default();
            let nodes = outgoing.iter().filter_map(|slot| self.graph.relations.get(*slot));
            let sharing = nodes.filter(|node| node.kind.info().conserved == Conserved::Share);
            sharing
                .filter_map(|node| Some((self.graph.unpack(node)?, node.share()?)))
                .collect()
        };
        Ok(self.each(ids, shares))
    }
}
