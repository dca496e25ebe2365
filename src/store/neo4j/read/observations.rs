//! Reads of observations and rules.

use std::collections::HashMap;

use super::clauses::window::{PageWindow, page_of, windowed};
use super::reader::Neo4jReader;
use crate::model::id::{EntityId, ObservationId};
use crate::model::page::{Page, PageRequest};
use crate::model::record::{Observation, Rule, RuleType};
use crate::store::StoreResult;
use crate::store::neo4j::driver::statement::cypher;
use crate::store::neo4j::format::{read_observation, read_rule};

impl Neo4jReader {
    pub(in crate::store) async fn observations_of(
        &self,
        ids: &[EntityId],
        indicators: Option<&[String]>,
        request: &PageRequest<ObservationId>,
    ) -> StoreResult<Vec<Page<Observation>>> {
        let window = PageWindow::of(request);
        let statement =
            windowed(&cypher!("observations_at"), &window).with("indicators", indicators.map(<[_]>::to_vec));
        let rows: Vec<(i64, String, String, String)> = self.ask_at(ids, &statement).await?;
        let mut found: HashMap<String, Vec<(i64, String, String)>> = HashMap::new();
        for (part, at, id, body) in rows {
            found.entry(at).or_default().push((part, id, body));
        }
        let page_of = |id: &EntityId| match found.get(self.canonical(id).as_str()) {
            Some(rows) => page_of(rows, &window, request.limit, read_observation),
            None => Ok(Page::empty()),
        };
        ids.iter().map(page_of).collect()
    }

    pub(in crate::store) async fn count_observations_of(
        &self,
        ids: &[EntityId],
        indicators: Option<&[String]>,
    ) -> StoreResult<Vec<u64>> {
        let statement = cypher!("count_observations_at").with("indicators", indicators.map(<[_]>::to_vec));
        let rows: Vec<(String, i64)> = self.ask_at(ids, &statement).await?;
        let counts: HashMap<String, i64> = rows.into_iter().collect();
        Ok(ids
            .iter()
            .map(|id| {
                counts
                    .get(self.canonical(id).as_str())
                    .map_or(0, |count| count.unsigned_abs())
            })
            .collect())
    }

    pub(in crate::store) async fn list_rules(
        &self,
        bearers: Option<&[EntityId]>,
        types: Option<&[RuleType]>,
    ) -> StoreResult<Vec<Rule>> {
        let types = types.map(|types| {
            types
                .iter()
                .map(|rule| rule.name().to_string())
                .collect::<Vec<_>>()
        });
        let rows: Vec<(String, String)> = match bearers {
            Some(bearers) => {
                self.ask_at(bearers, &cypher!("rules_of").with("types", types))
                    .await?
            }
            None => self.ask(cypher!("rules").with("types", types)).await?,
        };
        let mut rules = rows
            .iter()
            .map(|(id, body)| read_rule(id, body))
            .collect::<StoreResult<Vec<Rule>>>()?;
        rules.sort_by(|a, b| a.id.cmp(&b.id));
        Ok(rules)
    }
}
