//! Reads of regions: those of each entity, and whether each entity is in one.

use std::collections::{BTreeSet, HashMap, HashSet};

use neo4rs::BoltType;

use super::clauses::region::{homes, reaches};
use super::reader::Neo4jReader;
use crate::model::id::EntityId;
use crate::model::selector::{AsOf, RegionRole, RegionSelector};
use crate::store::StoreResult;
use crate::store::codec::entity_id;
use crate::store::neo4j::driver::statement::cypher;
use crate::store::neo4j::format::bounds;

impl Neo4jReader {
    /// See [`Reader::regions`](crate::store::Reader::regions).
    pub(in crate::store) async fn regions(
        &self,
        ids: &[EntityId],
        role: RegionRole,
        at: AsOf,
    ) -> StoreResult<Vec<Vec<EntityId>>> {
        let statement = cypher!("regions")
            .fill("homes", &homes(role, self.scope(at)))
            .with_all(span(at));
        let mut regions: HashMap<String, BTreeSet<EntityId>> = HashMap::new();
        for (of, region) in self.ask_at::<(String, String)>(ids, &statement).await? {
            regions.entry(of).or_default().insert(entity_id(&region)?);
        }
        let of = |id: &EntityId| {
            regions
                .get(self.canonical(id).as_str())
                .into_iter()
                .flatten()
                .cloned()
                .collect()
        };
        Ok(ids.iter().map(of).collect())
    }

    /// See [`Reader::within`](crate::store::Reader::within).
    pub(in crate::store) async fn within(
        &self,
        ids: &[EntityId],
        place: &RegionSelector,
        at: AsOf,
    ) -> StoreResult<Vec<bool>> {
        let scope = self.scope(at);
        let statement = cypher!("within")
            .fill("homes", &homes(place.role, scope))
            .fill("reaches", &reaches("region", "$region", "up", scope))
            .with("region", self.canonical(&place.region).as_str())
            .with_all(span(at));
        let within: HashSet<String> = self.ask_at(ids, &statement).await?.into_iter().collect();
        Ok(ids
            .iter()
            .map(|id| within.contains(self.canonical(id).as_str()))
            .collect())
    }
}

/// The days between which facts must be valid, as parameters of a statement.
fn span(at: AsOf) -> impl Iterator<Item = (String, BoltType)> {
    bounds(at)
        .into_iter()
        .map(|(name, day)| (name.to_string(), day.into()))
}
