//! Observations, rules, sources and data sets.

use std::collections::HashMap;

use super::reader::Neo4jReader;
use super::records::{read_observation, read_rule};
use super::statement::{Statement, cypher};
use super::window::{Window, page};
use crate::model::change::Subject;
use crate::model::id::{DatasetId, EntityId, ObservationId, RelationId, RuleId, SourceId};
use crate::model::page::{Page, PageRequest};
use crate::model::record::{Observation, Rule, RuleType, Source};
use crate::store::codec::{DatasetRow, decode, entity_id};
use crate::store::{Answer, DatasetInfo, StoreError};

impl Neo4jReader {
    pub(super) async fn pages_of_observations(
        &self,
        ids: &[EntityId],
        indicators: Option<&[String]>,
        request: &PageRequest<ObservationId>,
    ) -> Answer<Vec<Page<Observation>>> {
        let window = Window::of(request);
        let statement =
            windowed(&cypher!("observations_at"), &window).with("indicators", indicators.map(<[_]>::to_vec));
        let rows: Vec<(i64, String, String, String)> = self.ask_at(ids, &statement).await?;
        let mut found: HashMap<String, Vec<(i64, String, String)>> = HashMap::new();
        for (part, at, id, body) in rows {
            found.entry(at).or_default().push((part, id, body));
        }
        let page_of = |id: &EntityId| match found.get(self.kept(id).as_str()) {
            Some(rows) => page_of(rows, &window, request.limit, read_observation),
            None => Ok(Page::empty()),
        };
        ids.iter().map(page_of).collect()
    }

    pub(super) async fn numbers_of_observations(
        &self,
        ids: &[EntityId],
        indicators: Option<&[String]>,
    ) -> Answer<Vec<u64>> {
        let statement = cypher!("count_observations_at").with("indicators", indicators.map(<[_]>::to_vec));
        let rows: Vec<(String, i64)> = self.ask_at(ids, &statement).await?;
        let counts: HashMap<String, i64> = rows.into_iter().collect();
        Ok(ids
            .iter()
            .map(|id| {
                counts
                    .get(self.kept(id).as_str())
                    .map_or(0, |count| count.unsigned_abs())
            })
            .collect())
    }

    pub(super) async fn rules_where(
        &self,
        bearers: Option<&[EntityId]>,
        types: Option<&[RuleType]>,
    ) -> Answer<Vec<Rule>> {
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
            .collect::<Answer<Vec<Rule>>>()?;
        rules.sort_by(|a, b| a.id.cmp(&b.id));
        Ok(rules)
    }

    pub(super) async fn page_of_sources(&self, request: &PageRequest<SourceId>) -> Answer<Page<Source>> {
        let window = Window::of(request);
        let rows: Vec<(i64, String, String)> = self.ask(windowed(&cypher!("sources"), &window)).await?;
        page_of(&rows, &window, request.limit, |id, body| {
            self.read_source(id, body)
        })
    }

    pub(super) async fn number_of_sources(&self) -> Answer<u64> {
        let counts: Vec<i64> = self.ask(cypher!("count_sources")).await?;
        Ok(counts.iter().map(|count| count.unsigned_abs()).sum())
    }

    pub(super) async fn all_datasets(&self) -> Answer<Vec<DatasetInfo>> {
        let (rows, hidden) = tokio::try_join!(
            self.ask::<(String, String, i64, i64)>(cypher!("datasets")),
            self.hidden_rows()
        )?;
        let read = |(id, body, entities, relations): (String, String, i64, i64)| {
            Ok(DatasetInfo {
                dataset: decode::<DatasetRow>(&body)?.read(&id)?,
                entity_count: entities.unsigned_abs(),
                relation_count: relations.unsigned_abs(),
            })
        };
        let mut infos = rows.into_iter().map(read).collect::<Answer<Vec<_>>>()?;
        infos.retain(|info| !self.veil.hidden.contains(&info.dataset.id));
        for (label, dataset, hidden) in hidden {
            let Some(info) = infos.iter_mut().find(|info| info.dataset.id.as_str() == dataset) else {
                continue;
            };
            let count = if label == "Entity" {
                &mut info.entity_count
            } else {
                &mut info.relation_count
            };
            *count = count.saturating_sub(hidden.unsigned_abs());
        }
        infos.sort_by(|a, b| a.dataset.id.cmp(&b.dataset.id));
        Ok(infos)
    }

    /// How many rows of each data set are hidden for the sake of another: label, data set, number.
    async fn hidden_rows(&self) -> Answer<Vec<(String, String, i64)>> {
        if !self.veil.hides() {
            return Ok(Vec::new());
        }
        let of_label = ["Entity", "Relation"].map(|label| cypher!("count_hidden_rows").fill("label", label));
        match Statement::union(of_label) {
            Some(statement) => self.ask(statement).await,
            None => Ok(Vec::new()),
        }
    }

    /// Every record that a data set has a row for or a statement on: sources first, then entities, relations, observations and
    /// rules, each by id. Looks at every record, as what asks for it touches them all anyway.
    pub(super) async fn contributed_by(&self, dataset: &DatasetId) -> Answer<Vec<Subject>> {
        let mut subjects = Vec::new();
        if self.veil.hidden.contains(dataset) {
            return Ok(subjects);
        }
        for label in ["Source", "Entity", "Relation", "Observation", "Rule"] {
            let statement = if label == "Source" {
                cypher!("sources_of_dataset")
            } else {
                cypher!("contributed").fill("label", label)
            };
            let mut ids: Vec<String> = self.ask(statement.with("dataset", dataset.as_str())).await?;
            ids.sort();
            for id in ids {
                subjects.push(subject(label, &id)?);
            }
        }
        Ok(subjects)
    }
}

fn subject(label: &str, id: &str) -> Answer<Subject> {
    let damaged = |error: &dyn std::fmt::Display| StoreError::Damaged(error.to_string());
    match label {
        "Source" => SourceId::parse(id)
            .map(Subject::Source)
            .map_err(|error| damaged(&error)),
        "Relation" => RelationId::parse(id)
            .map(Subject::Relation)
            .map_err(|error| damaged(&error)),
        "Observation" => ObservationId::parse(id)
            .map(Subject::Observation)
            .map_err(|error| damaged(&error)),
        "Rule" => RuleId::parse(id)
            .map(Subject::Rule)
            .map_err(|error| damaged(&error)),
        _ => Ok(Subject::Entity(entity_id(id)?)),
    }
}

/// A statement for each part of a page.
fn windowed(statement: &Statement, window: &Window) -> Statement {
    let parts = window.branches().enumerate().map(|(at, branch)| {
        statement
            .clone()
            .fill("part", &branch.part.to_string())
            .fill("above", &format!("$above{at}"))
            .fill("below", &format!("$below{at}"))
            .fill("limit", &format!("$limit{at}"))
            .fill("direction", if branch.descending { "DESC" } else { "" })
            .with(&format!("above{at}"), branch.above)
            .with(&format!("below{at}"), branch.below)
            .with(&format!("limit{at}"), branch.limit)
    });
    let parts: Vec<Statement> = parts.collect();
    Statement::union(parts).unwrap_or_else(|| cypher!("nothing"))
}

/// The page of the rows of its parts.
fn page_of<T>(
    rows: &[(i64, String, String)],
    window: &Window,
    limit: usize,
    read: impl Fn(&str, &str) -> Answer<T>,
) -> Answer<Page<T>> {
    let has = |part: i64| rows.iter().any(|row| row.0 == part);
    let of_page = rows.iter().filter(|row| row.0 == 0);
    let items = of_page
        .map(|(_, id, body)| read(id, body))
        .collect::<Answer<Vec<T>>>()?;
    Ok(page(items, limit, window.descending, has(1), has(2)))
}
