//! Walks. (skeleton)

use std::collections::BTreeSet;

use super::reader::Neo4jReader;
use crate::model::Decimal;
use crate::model::budget::WorkBudget;
use crate::model::id::EntityId;
use crate::model::relation::Relation;
use crate::model::selector::{AsOf, InRegion, RegionRole, RelationFilter};
use crate::model::subgraph::Subgraph;
use crate::model::walk::Walk;
use crate::store::{Answer, KindCount, Neighbourhood, StoreError};

fn later<T>() -> Answer<T> {
    Err(StoreError::Fault("not built yet".into()))
}

impl Neo4jReader {
    pub(super) async fn regions_of(&self, _: &[EntityId], _: RegionRole, _: AsOf) -> Answer<Vec<Vec<EntityId>>> { later() }
    pub(super) async fn are_within(&self, _: &[EntityId], _: &InRegion, _: AsOf) -> Answer<Vec<bool>> { later() }
    pub(super) async fn expanded(&self, _: &[EntityId], _: &BTreeSet<EntityId>, _: &Walk, _: u32, _: WorkBudget) -> Answer<Subgraph> { later() }
    pub(super) async fn around(&self, _: &[EntityId], _: u32, _: &RelationFilter, _: AsOf, _: usize) -> Answer<Neighbourhood> { later() }
    pub(super) async fn degrees_of(&self, _: &[EntityId]) -> Answer<Vec<Vec<KindCount>>> { later() }
    pub(super) async fn ledger_of(&self, _: &BTreeSet<EntityId>, _: &[InRegion], _: &Walk, _: usize) -> Answer<(Vec<Relation>, bool)> { later() }
    pub(super) async fn shares_from(&self, _: &[EntityId]) -> Answer<Vec<Vec<(Relation, Decimal)>>> { later() }
}
