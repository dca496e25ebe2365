//! What a write keeps count of: the degrees of entities, the rows of data sets, and the log.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};

use super::commit::By;
use super::draft::Logged;
use super::error::Failed;
use super::properties::Properties;
use super::rows::{Row, Sink};
use super::statement::cypher;
use super::write::Writing;
use crate::model::change::Record;
use crate::model::change::Revision;
use crate::model::id::{DatasetId, EntityId};
use crate::store::Answer;
use crate::store::codec::Provenance;

impl Writing {
    /// Counts the relations anew of every entity that was written or whose relations were.
    pub(super) async fn settle_degrees(&self, sink: &mut Sink<'_>) -> Result<Answer<()>, Failed> {
        let mut touched: BTreeSet<EntityId> = BTreeSet::new();
        let stood = self
            .draft
            .wanted
            .keys()
            .filter_map(|subject| self.standing.get(subject))
            .map(|old| &old.record);
        for record in stood.chain(self.wanted().map(|(_, record, _)| record)) {
            match record {
                Record::Entity(entity) => drop(touched.insert(entity.id.clone())),
                Record::Relation(relation) => {
                    touched.extend([self.kept(&relation.from).clone(), self.kept(&relation.to).clone()]);
                }
                Record::Source(_) | Record::Observation(_) | Record::Rule(_) => {}
            }
        }
        let ids = touched.iter().map(|id| Row::key(id.as_str())).collect();
        sink.send(&cypher!("settle_degrees"), "ids", ids).await
    }

    pub(super) async fn count_datasets(&self, sink: &mut Sink<'_>) -> Result<Answer<()>, Failed> {
        let mut gained: BTreeMap<DatasetId, (i64, i64)> = BTreeMap::new();
        let mut count = |record: &Record, members: Vec<DatasetId>, by: i64| {
            for id in members {
                let counts = gained.entry(id).or_default();
                match record {
                    Record::Entity(_) => counts.0 += by,
                    Record::Relation(_) => counts.1 += by,
                    Record::Source(_) | Record::Observation(_) | Record::Rule(_) => {}
                }
            }
        };
        for subject in self.draft.wanted.keys() {
            if let Some(old) = self.standing.get(subject) {
                count(&old.record, Provenance::of(&old.statements).members, -1);
            }
        }
        for (_, record, statements) in self.wanted() {
            count(record, Provenance::of(statements).members, 1);
        }
        let changed = gained
            .into_iter()
            .filter(|(_, (entities, relations))| (*entities, *relations) != (0, 0));
        let rows = changed.map(|(id, (entities, relations))| {
            let row = Properties::default()
                .with("id", id.as_str())
                .with("entities", entities)
                .with("relations", relations);
            Row::new(row, 100)
        });
        let rows = rows.collect();
        sink.send(&cypher!("count_datasets"), "rows", rows).await
    }

    pub(super) async fn write_log(
        &self,
        sink: &mut Sink<'_>,
        mut cursor: i64,
        by: &By,
    ) -> Result<Answer<i64>, Failed> {
        let mut writes = Vec::new();
        let mut rows = Vec::new();
        if let Some((_, log)) = &self.draft.history {
            let mut newest = None;
            for line in log {
                cursor = line.place.number.cast_signed();
                let revision = line.place.revision;
                if newest.replace(revision) != Some(revision) {
                    writes.push(write_row(revision, line.at, &line.by, &by.token));
                }
                let line = Logged {
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
        if let Err(error) = sink.send(&cypher!("log_write"), "rows", writes).await? {
            return Ok(Err(error));
        }
        Ok(sink.send(&cypher!("log"), "rows", rows).await?.map(|()| cursor))
    }
}

/// Who wrote a revision, and when.
fn write_row(revision: Revision, at: DateTime<Utc>, by: &str, token: &str) -> Row {
    let properties = Properties::default()
        .with("revision", revision.0.cast_signed())
        .with("at", at.timestamp_micros())
        .with("by", by)
        .with("token", token);
    Row::new(properties, 150 + by.len())
}

fn log_row(cursor: i64, revision: Revision, line: &Logged) -> Row {
    let datasets: Vec<String> = line.datasets.iter().map(ToString::to_string).collect();
    let bytes = 200 + datasets.iter().map(|id| id.len() + 3).sum::<usize>();
    let properties = Properties::default()
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
    Row::new(properties, bytes)
}
