//! The lines of a backup.

use serde::{Deserialize, Serialize};

use crate::model::change::{Change, LoggedChange, Record};
use crate::model::id::EntityId;
use crate::model::record::Dataset;
use crate::model::statement::Statement;
use crate::store::StoreResult;
use crate::store::codec::{
    DatasetRow, EntityRow, ObservationRow, RelationRow, RuleRow, SourceRow, StatementRow, decode_change,
    entity_id,
};

/// The first line of a backup.
#[derive(Serialize, Deserialize)]
pub(super) struct BackupHeader {
    pub(super) format: String,
    pub(super) version: u32,
    pub(super) revision: u64,
    /// The revision of the first line of the change log, if its oldest lines were removed; none if it is complete.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub(super) log_from: Option<u64>,
}

/// The last line of a backup.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct BackupFooter {
    pub(super) lines: u64,
    pub(super) sha256: String,
}

/// A line between them: its kind, the key of the record, its body and its statements.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum BackupLine<'a> {
    Dataset(String, DatasetRow),
    Source(String, SourceRow),
    Entity(String, EntityRow, Vec<StatementRow>),
    #[serde(borrow)]
    Relation(RelationLine<'a>),
    Observation(String, ObservationRow, Vec<StatementRow>),
    Rule(String, RuleRow, Vec<StatementRow>),
    Redirect(String, String),
    Change(LogRow),
}

/// The line of a relation, which borrows from the text of the line.
#[derive(Serialize, Deserialize)]
pub(super) struct RelationLine<'a>(String, #[serde(borrow)] RelationRow<'a>, Vec<StatementRow>);

/// A line of the change log.
#[derive(Serialize, Deserialize)]
pub(super) struct LogRow {
    number: i64,
    revision: i64,
    at: i64,
    by: String,
    action: String,
    kind: String,
    key: String,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    merged_into: Option<String>,
    datasets: Vec<String>,
}

/// The content of a line.
pub(super) enum BackupItem {
    Change(Box<Change>),
    LogLine(LoggedChange),
}

impl<'a> BackupLine<'a> {
    pub(super) fn of(record: &'a Record, statements: &[Statement]) -> Self {
        let statement_rows = statements.iter().map(StatementRow::of).collect();
        match record {
            Record::Source(one) => Self::Source(one.id.to_string(), SourceRow::of(one)),
            Record::Entity(one) => Self::Entity(one.id.to_string(), EntityRow::of(one), statement_rows),
            Record::Relation(one) => Self::Relation(RelationLine(
                one.id.to_string(),
                RelationRow::of(one),
                statement_rows,
            )),
            Record::Observation(one) => {
                Self::Observation(one.id.to_string(), ObservationRow::of(one), statement_rows)
            }
            Record::Rule(one) => Self::Rule(one.id.to_string(), RuleRow::of(one), statement_rows),
        }
    }

    pub(super) fn of_dataset(dataset: &Dataset) -> Self {
        Self::Dataset(dataset.id.to_string(), DatasetRow::of(dataset))
    }

    pub(super) fn of_redirect(from: &EntityId, to: &EntityId) -> Self {
        Self::Redirect(from.to_string(), to.to_string())
    }

    pub(super) fn of_change(change: &LoggedChange) -> Self {
        Self::Change(LogRow {
            number: change.position.number.cast_signed(),
            revision: change.position.revision.0.cast_signed(),
            at: change.at.timestamp_micros(),
            by: change.by.clone(),
            action: change.action.name().to_string(),
            kind: change.changed.kind_name().to_string(),
            key: change.changed.as_str().to_string(),
            merged_into: change.merged_into.as_ref().map(ToString::to_string),
            datasets: change.datasets.iter().map(ToString::to_string).collect(),
        })
    }

    pub(super) fn read(self) -> StoreResult<BackupItem> {
        let (record, statement_rows) = match self {
            Self::Dataset(id, row) => {
                return Ok(BackupItem::Change(Box::new(Change::Dataset(row.read(&id)?))));
            }
            Self::Redirect(from, to) => {
                let (from, to) = (entity_id(&from)?, entity_id(&to)?);
                return Ok(BackupItem::Change(Box::new(Change::Redirect { from, to })));
            }
            Self::Change(row) => return row.read().map(BackupItem::LogLine),
            Self::Source(id, row) => (Record::Source(row.read(&id)?), Vec::new()),
            Self::Entity(id, row, statement_rows) => (Record::Entity(row.read(&id)?), statement_rows),
            Self::Relation(RelationLine(id, row, statement_rows)) => {
                let (from, to) = (entity_id(&row.from)?, entity_id(&row.to)?);
                (Record::Relation(row.read(&id, from, to)?), statement_rows)
            }
            Self::Observation(id, row, statement_rows) => {
                (Record::Observation(row.read(&id)?), statement_rows)
            }
            Self::Rule(id, row, statement_rows) => (Record::Rule(row.read(&id)?), statement_rows),
        };
        let mut statements = Vec::with_capacity(statement_rows.len());
        for row in statement_rows {
            statements.push(row.read()?);
        }
        Ok(BackupItem::Change(Box::new(Change::Put { record, statements })))
    }
}

impl LogRow {
    fn read(self) -> StoreResult<LoggedChange> {
        Ok(decode_change(
            (self.number, self.revision),
            self.at,
            self.by,
            [&self.action, &self.kind, &self.key],
            self.merged_into.as_deref(),
            &self.datasets,
        )?)
    }
}
