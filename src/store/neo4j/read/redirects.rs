//! Reads of redirects.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::reader::Neo4jReader;
use super::records::{by_ids, distinct};
use crate::model::id::{DatasetId, EntityId};
use crate::store::codec::entity_id;
use crate::store::neo4j::cache::{Lookups, RedirectMap};
use crate::store::neo4j::driver::statement::cypher;
use crate::store::visibility::HiddenDatasets;
use crate::store::{StoreError, StoreResult};

impl Neo4jReader {
    /// See [`Reader::resolve`](crate::store::Reader::resolve).
    pub(in crate::store) async fn resolve(&self, ids: &[EntityId]) -> StoreResult<Vec<Option<EntityId>>> {
        let kept: Vec<&EntityId> = ids.iter().map(|id| self.canonical(id)).collect();
        let wanted = distinct(kept.iter().map(|id| id.as_str()));
        let found: Vec<String> = self.ask_all(by_ids(&cypher!("existing_ids"), &wanted)).await?;
        let found: BTreeSet<String> = found.into_iter().collect();
        Ok(kept
            .into_iter()
            .map(|id| found.contains(id.as_str()).then(|| id.clone()))
            .collect())
    }

    /// See [`Reader::redirects`](crate::store::Reader::redirects).
    pub(in crate::store) async fn redirects(
        &self,
        ids: Option<&[EntityId]>,
    ) -> StoreResult<Vec<(EntityId, EntityId)>> {
        let found: BTreeSet<(&EntityId, &EntityId)> = match ids {
            Some(ids) => ids
                .iter()
                .filter_map(|id| self.redirects.get_key_value(id))
                .collect(),
            None => self.redirects.iter().collect(),
        };
        let led = found.into_iter().map(|(id, kept)| (id.clone(), kept.clone()));
        let mut led: Vec<(EntityId, EntityId)> = led.collect();
        if self.visibility.hides() {
            let kept: Vec<EntityId> = led.iter().map(|(_, kept)| kept.clone()).collect();
            let mut seen = self.resolve(&kept).await?.into_iter();
            led.retain(|_| seen.next().flatten().is_some());
        }
        Ok(led)
    }

    /// All redirects and all restricted data sets.
    pub(in crate::store) async fn read_lookups(&self) -> StoreResult<Lookups> {
        let rows: Vec<(String, Option<String>)> = self.ask(cypher!("lookups")).await?;
        let (mut redirects, mut restricted) = (RedirectMap::new(), HiddenDatasets::new());
        for (id, kept) in rows {
            match kept {
                // A node that does not lead from one entity id to another is of another program.
                Some(kept) => {
                    if let (Ok(id), Ok(kept)) = (entity_id(&id), entity_id(&kept)) {
                        redirects.insert(id, kept);
                    }
                }
                None => {
                    let id = DatasetId::parse(&id).map_err(|error| StoreError::Damaged(error.to_string()))?;
                    restricted.insert(id);
                }
            }
        }
        Ok(Lookups {
            redirects: Arc::new(redirects),
            restricted: Arc::new(restricted),
        })
    }
}
