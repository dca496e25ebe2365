//! Writing of totals and of the change log: degrees of entities, numbers of records of data sets, and lines of the log.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};

use super::draft::LogEntry;
use super::draft_writer::{Author, DraftWriter};
use super::properties::NodeProperties;
use super::rows::WriteRow;
use super::sink::StatementSink;
use crate::model::change::{Record, Revision, Subject};
use crate::model::id::{DatasetId, EntityId};
use crate::store::neo4j::driver::error::Neo4jResult;
use crate::store::neo4j::driver::statement::cypher;

impl DraftWriter {
    /// Recounts the relations of every entity that is written or whose relations are.
    pub(super) async fn settle_degrees(&self, sink: &mut StatementSink<'_>) -> Neo4jResult<()> {
        let mut touched: BTreeSet<EntityId> = BTreeSet::new();
        for (subject, old) in &self.draft.previous {
            touched.extend(match subject {
                Subject::Entity(id) => Some(id.clone()),
                _ => None,
            });
            let ends = old.ends.iter().flatten();
            touched.extend(ends.map(|end| self.canonical(end).clone()));
        }
        for (_, record, _) in self.puts() {
            match record {
                Record::Entity(entity) => drop(touched.insert(entity.id.clone())),
                Record::Relation(relation) => {
                    touched.extend([
                        self.canonical(&relation.from).clone(),
                        self.canonical(&relation.to).clone(),
                    ]);
                }
                Record::Source(_) | Record::Observation(_) | Record::Rule(_) => {}
            }
        }
        let ids = touched.iter().map(|id| WriteRow::key(id.as_str())).collect();
        sink.send(&cypher!("settle_degrees"), "ids", ids).await
    }

    /// Updates the numbers of entities and relations of data sets.
    pub(super) async fn count_datasets(&self, sink: &mut StatementSink<'_>) -> Neo4jResult<()> {
        let mut gained: BTreeMap<DatasetId, (i64, i64)> = BTreeMap::new();
        let mut count = |subject: &Subject, members: &mut dyn Iterator<Item = &DatasetId>, by: i64| {
            let by = match subject {
                Subject::Entity(_) => (by, 0),
                Subject::Relation(_) => (0, by),
                Subject::Source(_) | Subject::Observation(_) | Subject::Rule(_) => return,
            };
            for id in members {
                let counts = gained.entry(id.clone()).or_default();
                *counts = (counts.0 + by.0, counts.1 + by.1);
            }
        };
        for (subject, old) in &self.draft.previous {
            count(subject, &mut old.members.iter(), -1);
        }
        for (subject, provenance) in &self.provenances {
            count(subject, &mut provenance.members.iter(), 1);
        }
        let changed = gained
            .into_iter()
            .filter(|(_, (entities, relations))| (*entities, *relations) != (0, 0));
        let rows = changed.map(|(id, (entities, relations))| {
            let row = NodeProperties::default()
                .with("id", id.as_str())
                .with("entities", entities)
                .with("relations", relations);
            WriteRow::new(row, 100)
        });
        let rows = rows.collect();
        sink.send(&cypher!("count_datasets"), "rows", rows).await
    }

    /// Writes the lines of the change log after `cursor`, and returns the number of the last.
    pub(super) async fn write_log(
        &self,
        sink: &mut StatementSink<'_>,
        mut cursor: i64,
        by: &Author,
    ) -> Neo4jResult<i64> {
        let mut writes = Vec::new();
        let mut rows = Vec::new();
        if let Some((_, log)) = &self.draft.history {
            let mut newest = None;
            for line in log {
                cursor = line.position.number.cast_signed();
                let revision = line.position.revision;
                if newest.replace(revision) != Some(revision) {
                    writes.push(write_row(revision, line.at, &line.by, &by.token));
                }
                let line = LogEntry {
                    action: line.action,
                    changed: line.changed.clone(),
                    merged_into: line.merged_into.clone(),
                    datasets: line.datasets.clone(),
                };
                rows.push(log_row(cursor, revision, &line));
            }
        } else {
            writes.push(write_row(self.next, by.at, &by.name, &by.token));
            for line in &self.draft.log {
                cursor += 1;
                rows.push(log_row(cursor, self.next, line));
            }
        }
        sink.send(&cypher!("log_write"), "rows", writes).await?;
        sink.send(&cypher!("log"), "rows", rows).await?;
        Ok(cursor)
    }
}

/// The node of a write: its revision, author and time.
fn write_row(revision: Revision, at: DateTime<Utc>, by: &str, token: &str) -> WriteRow {
    let properties = NodeProperties::default()
        .with("revision", revision.0.cast_signed())
        .with("at", at.timestamp_micros())
        .with("by", by)
        .with("token", token);
    WriteRow::new(properties, 150 + by.len())
}

fn log_row(cursor: i64, revision: Revision, line: &LogEntry) -> WriteRow {
    let datasets: Vec<String> = line.datasets.iter().map(ToString::to_string).collect();
    let bytes = 200 + datasets.iter().map(|id| id.len() + 3).sum::<usize>();
    let properties = NodeProperties::default()
        .with("cursor", cursor)
        .with("revision", revision.0.cast_signed())
        .with("action", line.action.name())
        .with("subject", line.changed.as_str())
        .with("subject_kind", line.changed.kind_name())
        .with("datasets", datasets);
    let properties = match &line.merged_into {
        Some(kept) => properties.with("merged_into", kept.as_str()),
        None => properties,
    };
    WriteRow::new(properties, bytes)
}
