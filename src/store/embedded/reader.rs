//! Reading from one snapshot.

use std::collections::BTreeSet;

use crate::model::Decimal;
use crate::model::budget::WorkBudget;
use crate::model::change::{Revision, Subject};
use crate::model::entity::{EntityKind, SharedEntity};
use crate::model::id::{DatasetId, EntityId, ObservationId, RelationId, RuleId, SourceId};
use crate::model::page::{Page, PageRequest};
use crate::model::record::{Observation, Rule, RuleType, Source};
use crate::model::relation::Relation;
use crate::model::selector::{AsOf, EntityFilter, InRegion, RegionRole, RelationFilter, Selector};
use crate::model::statement::{Evidence, Statement};
use crate::model::subgraph::Subgraph;
use crate::model::walk::Walk;
use crate::store::{
    Answer, DatasetInfo, EntityKey, EntityQuery, IncidentQuery, KindCount, Neighbourhood, Reader, RelationQuery,
};

/// Reads from one snapshot.
#[derive(Clone)]
pub struct EmbeddedReader;

impl Reader for EmbeddedReader {
    fn revision(&self) -> Revision {
        todo!()
    }

    async fn entities(&self, ids: &[EntityId]) -> Answer<Vec<Option<SharedEntity>>> {
        todo!()
    }

    async fn relations(&self, ids: &[RelationId]) -> Answer<Vec<Option<Relation>>> {
        todo!()
    }

    async fn observations(&self, ids: &[ObservationId]) -> Answer<Vec<Option<Observation>>> {
        todo!()
    }

    async fn rules(&self, ids: &[RuleId]) -> Answer<Vec<Option<Rule>>> {
        todo!()
    }

    async fn sources(&self, ids: &[SourceId]) -> Answer<Vec<Option<Source>>> {
        todo!()
    }

    async fn statements(&self, subjects: &[Subject]) -> Answer<Vec<Vec<Statement>>> {
        todo!()
    }

    async fn evidence(&self, subjects: &[Subject]) -> Answer<Vec<Evidence>> {
        todo!()
    }

    async fn memberships(&self, subjects: &[Subject]) -> Answer<Vec<Vec<DatasetId>>> {
        todo!()
    }

    async fn list_entities(&self, query: &EntityQuery, page: &PageRequest<EntityKey>) -> Answer<Page<(EntityKey, SharedEntity)>> {
        todo!()
    }

    async fn count_entities(&self, filter: &EntityFilter, at: AsOf) -> Answer<u64> {
        todo!()
    }

    async fn list_relations(&self, query: &RelationQuery, page: &PageRequest<RelationId>) -> Answer<Page<Relation>> {
        todo!()
    }

    async fn count_relations(&self, query: &RelationQuery) -> Answer<u64> {
        todo!()
    }

    async fn incident(&self, ids: &[EntityId], query: &IncidentQuery) -> Answer<Vec<Page<Relation>>> {
        todo!()
    }

    async fn count_incident(&self, ids: &[EntityId], query: &IncidentQuery) -> Answer<Vec<u64>> {
        todo!()
    }

    async fn observations_of(&self, ids: &[EntityId], indicators: Option<&[String]>, page: &PageRequest<ObservationId>) -> Answer<Vec<Page<Observation>>> {
        todo!()
    }

    async fn count_observations_of(&self, ids: &[EntityId], indicators: Option<&[String]>) -> Answer<Vec<u64>> {
        todo!()
    }

    async fn list_rules(&self, bearers: Option<&[EntityId]>, types: Option<&[RuleType]>) -> Answer<Vec<Rule>> {
        todo!()
    }

    async fn list_sources(&self, page: &PageRequest<SourceId>) -> Answer<Page<Source>> {
        todo!()
    }

    async fn count_sources(&self) -> Answer<u64> {
        todo!()
    }

    async fn datasets(&self) -> Answer<Vec<DatasetInfo>> {
        todo!()
    }

    async fn subjects_of_dataset(&self, dataset: &DatasetId) -> Answer<Vec<Subject>> {
        todo!()
    }

    async fn resolve(&self, ids: &[EntityId]) -> Answer<Vec<Option<EntityId>>> {
        todo!()
    }

    async fn select(&self, selector: &Selector, at: AsOf) -> Answer<Vec<EntityId>> {
        todo!()
    }

    async fn regions(&self, ids: &[EntityId], role: RegionRole, at: AsOf) -> Answer<Vec<Vec<EntityId>>> {
        todo!()
    }

    async fn within(&self, ids: &[EntityId], region: &InRegion, at: AsOf) -> Answer<Vec<bool>> {
        todo!()
    }

    async fn expand(&self, seeds: &[EntityId], stop: &BTreeSet<EntityId>, walk: &Walk, length: u32, budget: WorkBudget) -> Answer<Subgraph> {
        todo!()
    }

    async fn neighbourhood(&self, ids: &[EntityId], depth: u32, filter: &RelationFilter, at: AsOf, entities_max: usize) -> Answer<Neighbourhood> {
        todo!()
    }

    async fn degrees(&self, ids: &[EntityId]) -> Answer<Vec<Vec<KindCount>>> {
        todo!()
    }

    async fn ledger(&self, entities: &BTreeSet<EntityId>, regions: &[InRegion], walk: &Walk, limit: usize) -> Answer<(Vec<Relation>, bool)> {
        todo!()
    }

    async fn candidates(&self, tokens: &[String], kinds: Option<&[EntityKind]>, limit: usize) -> Answer<(Vec<SharedEntity>, bool)> {
        todo!()
    }

    async fn occupants(&self, keys: &[String]) -> Answer<Vec<Option<Subject>>> {
        todo!()
    }

    async fn shares(&self, ids: &[EntityId]) -> Answer<Vec<Vec<(Relation, Decimal)>>> {
        todo!()
    }
}
