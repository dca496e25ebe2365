//! Lists, counts and pages. (skeleton)

use super::reader::Neo4jReader;
use crate::model::change::Subject;
use crate::model::entity::{EntityKind, SharedEntity};
use crate::model::id::{DatasetId, EntityId, ObservationId, RelationId, SourceId};
use crate::model::page::{Page, PageRequest};
use crate::model::record::{Observation, Rule, RuleType, Source};
use crate::model::relation::Relation;
use crate::model::selector::{AsOf, EntityFilter, Selector};
use crate::store::{Answer, DatasetInfo, EntityKey, EntityQuery, IncidentQuery, RelationQuery, StoreError};

fn later<T>() -> Answer<T> {
    Err(StoreError::Fault("not built yet".into()))
}

impl Neo4jReader {
    pub(super) async fn page_of_entities(&self, _: &EntityQuery, _: &PageRequest<EntityKey>) -> Answer<Page<(EntityKey, SharedEntity)>> { later() }
    pub(super) async fn number_of_entities(&self, _: &EntityFilter, _: AsOf) -> Answer<u64> { later() }
    pub(super) async fn page_of_relations(&self, _: &RelationQuery, _: &PageRequest<RelationId>) -> Answer<Page<Relation>> { later() }
    pub(super) async fn number_of_relations(&self, _: &RelationQuery) -> Answer<u64> { later() }
    pub(super) async fn pages_at(&self, _: &[EntityId], _: &IncidentQuery) -> Answer<Vec<Page<Relation>>> { later() }
    pub(super) async fn numbers_at(&self, _: &[EntityId], _: &IncidentQuery) -> Answer<Vec<u64>> { later() }
    pub(super) async fn pages_of_observations(&self, _: &[EntityId], _: Option<&[String]>, _: &PageRequest<ObservationId>) -> Answer<Vec<Page<Observation>>> { later() }
    pub(super) async fn numbers_of_observations(&self, _: &[EntityId], _: Option<&[String]>) -> Answer<Vec<u64>> { later() }
    pub(super) async fn rules_where(&self, _: Option<&[EntityId]>, _: Option<&[RuleType]>) -> Answer<Vec<Rule>> { later() }
    pub(super) async fn page_of_sources(&self, _: &PageRequest<SourceId>) -> Answer<Page<Source>> { later() }
    pub(super) async fn number_of_sources(&self) -> Answer<u64> { later() }
    pub(super) async fn all_datasets(&self) -> Answer<Vec<DatasetInfo>> { later() }
    pub(super) async fn contributed_by(&self, _: &DatasetId) -> Answer<Vec<Subject>> { later() }
    pub(super) async fn selected(&self, _: &Selector, _: AsOf) -> Answer<Vec<EntityId>> { later() }
    pub(super) async fn with_tokens(&self, _: &[String], _: Option<&[EntityKind]>, _: usize) -> Answer<(Vec<SharedEntity>, bool)> { later() }
}
