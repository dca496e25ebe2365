//! Reads of sources and data sets, and of the records that belong to them.

use std::collections::BTreeSet;

use super::clauses::window::{PageWindow, page_of, windowed};
use super::reader::Neo4jReader;
use crate::model::change::Subject;
use crate::model::id::{DatasetId, ObservationId, RelationId, RuleId, SourceId};
use crate::model::page::{Page, PageRequest};
use crate::model::record::Source;
use crate::store::codec::{DatasetRow, decode, entity_id};
use crate::store::neo4j::driver::statement::{CypherStatement, cypher, pieces};
use crate::store::{DatasetInfo, StoreError, StoreResult};

impl Neo4jReader {
    pub(in crate::store) async fn list_sources(
        &self,
        request: &PageRequest<SourceId>,
    ) -> StoreResult<Page<Source>> {
        let window = PageWindow::of(request);
        let rows: Vec<(i64, String, String)> = self.ask(windowed(&cypher!("sources"), &window)).await?;
        page_of(&rows, &window, request.limit, |id, body| {
            self.read_source(id, body)
        })
    }

    pub(in crate::store) async fn count_sources(&self) -> StoreResult<u64> {
        let counts: Vec<i64> = self.ask(cypher!("count_sources")).await?;
        Ok(counts.iter().map(|count| count.unsigned_abs()).sum())
    }

    pub(in crate::store) async fn datasets(&self) -> StoreResult<Vec<DatasetInfo>> {
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
        let mut infos = rows.into_iter().map(read).collect::<StoreResult<Vec<_>>>()?;
        infos.retain(|info| !self.visibility.hidden.contains(&info.dataset.id));
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

    /// Numbers of rows of each data set that are hidden with another data set: label, data set, number.
    async fn hidden_rows(&self) -> StoreResult<Vec<(String, String, i64)>> {
        if !self.visibility.hides() {
            return Ok(Vec::new());
        }
        let of_label = ["Entity", "Relation"].map(|label| cypher!("count_hidden_rows").fill("label", label));
        match CypherStatement::union(of_label) {
            Some(statement) => self.ask(statement).await,
            None => Ok(Vec::new()),
        }
    }

    /// See [`Reader::subjects_of_dataset`](crate::store::Reader::subjects_of_dataset). It reads every record: its callers use most of
    /// them anyway.
    pub(in crate::store) async fn subjects_of_dataset(
        &self,
        dataset: &DatasetId,
    ) -> StoreResult<Vec<Subject>> {
        let mut subjects = Vec::new();
        if self.visibility.hidden.contains(dataset) {
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

    /// See [`Reader::subjects_citing`](crate::store::Reader::subjects_citing).
    pub(in crate::store) async fn subjects_citing(&self, sources: &[SourceId]) -> StoreResult<Vec<Subject>> {
        // The class of a statement in a provenance ends in its source, which contains no space.
        let endings: Vec<String> = sources.iter().map(|source| format!(" {source}")).collect();
        let endings: Vec<&str> = endings.iter().map(String::as_str).collect();
        let mut subjects = Vec::new();
        for label in ["Entity", "Relation", "Observation", "Rule"] {
            let mut found: BTreeSet<String> = BTreeSet::new();
            for endings in pieces(&endings, |ending| ending.len()) {
                let statement = cypher!("citing").fill("label", label);
                let rows: Vec<String> = self.ask(statement.with("endings", endings.to_vec())).await?;
                found.extend(rows);
            }
            for id in found {
                subjects.push(subject(label, &id)?);
            }
        }
        Ok(subjects)
    }
}

fn subject(label: &str, id: &str) -> StoreResult<Subject> {
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
