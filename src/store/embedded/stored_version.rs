//! The stored versions of records, as a write reads them: from the graph before it, with statements from the file.

use std::collections::BTreeSet;

use rusqlite::Connection;

use super::file::read_evidence;
use super::file_reader::SharedPendingWrites;
use super::graph::{EvidenceRow, GraphSnapshot};
use crate::model::change::{Record, Subject};
use crate::model::id::DatasetId;
use crate::model::log_datasets::RecordWithStatements;
use crate::model::statement::Statement;
use crate::store::{StoreError, StoreResult};

/// The stored version of a record, with its statements.
pub(super) struct StoredVersion {
    record: Record,
    statements: Vec<Statement>,
}

impl StoredVersion {
    pub(super) fn version(&self) -> RecordWithStatements<'_> {
        (&self.record, &self.statements)
    }

    /// Whether a record and its statements have the same content.
    pub(super) fn equals(&self, record: &Record, statements: &[Statement]) -> bool {
        self.record == *record
            && self.statements.len() == statements.len()
            && self
                .statements
                .iter()
                .zip(statements)
                .all(|(a, b)| a.has_same_content(b))
    }
}

/// Reads stored versions of records.
pub(super) struct StoredVersions<'t> {
    /// The graph before the write.
    pub(super) graph: &'t GraphSnapshot,
    pub(super) pending: &'t SharedPendingWrites,
    pub(super) conn: &'t Connection,
}

impl StoredVersions<'_> {
    /// The row of the statements of a record; `None` if the record is not stored. Reads nothing from the file.
    pub(super) fn evidence_row(&self, subject: &Subject) -> Option<EvidenceRow> {
        let (graph, key) = (self.graph, subject.as_str());
        match subject {
            Subject::Source(_) => graph.sources.row(key).map(|_| 0),
            Subject::Entity(_) => graph.entities.row(key).map(|node| node.facts.evidence_row),
            Subject::Relation(_) => graph.relations.row(key).map(|node| node.evidence_row),
            Subject::Observation(_) => graph.observations.row(key).map(|node| node.evidence_row),
            Subject::Rule(_) => graph.rules.row(key).map(|node| node.evidence_row),
        }
    }

    /// The data sets that have a row for a record; none if it is not stored. Reads nothing from the file.
    pub(super) fn members(&self, subject: &Subject) -> BTreeSet<DatasetId> {
        let (graph, key) = (self.graph, subject.as_str());
        let members = match subject {
            Subject::Source(_) => graph.sources.row(key).map(|source| &source.datasets),
            Subject::Entity(_) => graph.entities.row(key).map(|node| &node.facts.provenance.members),
            Subject::Relation(_) => graph.relations.row(key).map(|node| &node.provenance.members),
            Subject::Observation(_) => graph.observations.row(key).map(|node| &node.provenance.members),
            Subject::Rule(_) => graph.rules.row(key).map(|node| &node.provenance.members),
        };
        members.into_iter().flatten().cloned().collect()
    }

    /// The stored version of a record whose statements are in a row; `None` if the record is not stored.
    pub(super) fn read(&self, subject: &Subject, row: EvidenceRow) -> StoreResult<Option<StoredVersion>> {
        let Some(record) = self.record(subject)? else {
            return Ok(None);
        };
        let statements = self.statements(row)?;
        Ok(Some(StoredVersion { record, statements }))
    }

    fn record(&self, subject: &Subject) -> StoreResult<Option<Record>> {
        let (graph, key) = (self.graph, subject.as_str());
        Ok(match subject {
            Subject::Source(_) => graph.sources.row(key).map(|one| Record::Source((**one).clone())),
            Subject::Entity(_) => {
                let node = graph.entities.row(key);
                node.map(|node| Record::Entity((*node.facts.entity).clone()))
            }
            Subject::Relation(id) => {
                let node = graph.relations.row(key);
                let missing = || StoreError::Damaged(format!("{id} has an end that is not in the graph"));
                let relation = node.map(|node| graph.unpack(node).ok_or_else(missing));
                relation.transpose()?.map(Record::Relation)
            }
            Subject::Observation(_) => {
                let node = graph.observations.row(key);
                node.map(|node| Record::Observation((*node.record).clone()))
            }
            Subject::Rule(_) => {
                let node = graph.rules.row(key);
                node.map(|node| Record::Rule((*node.record).clone()))
            }
        })
    }

    fn statements(&self, row: EvidenceRow) -> StoreResult<Vec<Statement>> {
        if row == 0 {
            return Ok(Vec::new());
        }
        let pending = self.pending.read().statements.get(&row).cloned();
        if let Some(pending) = pending {
            return Ok(pending.to_vec());
        }
        let mut rows = read_evidence(self.conn, &[row])?;
        rows.pop()
            .ok_or_else(|| StoreError::Damaged(format!("statements {row} were not read")))
    }
}
