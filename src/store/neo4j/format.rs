//! The stored form of records in the database, for reading and writing.
//!
//! A record is the JSON `body` of its node, and its statements are those of a node `Evidence`; the other properties serve lists, filters
//! and walks.

use xxhash_rust::xxh3::xxh3_64;

use crate::model::change::{Record, Subject};
use crate::model::entity::{Entity, EntityKind};
use crate::model::log_datasets::RecordWithStatements;
use crate::model::partial_date::Day;
use crate::model::period::TimeFilter;
use crate::model::record::{Observation, Rule, Source};
use crate::model::relation::Relation;
use crate::model::selector::AsOf;
use crate::model::statement::{EvidenceClass, Statement};
use crate::store::StoreResult;
use crate::store::codec::{
    EntityRow, ObservationRow, RelationRow, RuleRow, SourceRow, StatementRow, decode, entity_id,
};

/// The version of the schema that this program reads and writes.
pub(in crate::store) const SCHEMA_VERSION: i64 = 7;

/// The day number of an open start: earlier than any day.
pub(in crate::store) const DAY_MIN: i64 = -10_000_000;
/// The day number of an open end.
pub(in crate::store) const DAY_MAX: i64 = 10_000_000;

/// The labels of records.
pub(in crate::store) const LABELS: [&str; 5] = ["Entity", "Relation", "Observation", "Rule", "Source"];

/// The label of a record's node.
pub(in crate::store) fn label_of(subject: &Subject) -> &'static str {
    match subject {
        Subject::Entity(_) => "Entity",
        Subject::Relation(_) => "Relation",
        Subject::Observation(_) => "Observation",
        Subject::Rule(_) => "Rule",
        Subject::Source(_) => "Source",
    }
}

/// The label of a kind: `Fund`.
pub(in crate::store) fn kind_label(kind: EntityKind) -> String {
    let name = kind.name();
    name.chars()
        .take(1)
        .chain(name.chars().skip(1).map(|c| c.to_ascii_lowercase()))
        .collect()
}

/// A record of the graph with its statements.
#[derive(Clone, Debug)]
pub(in crate::store) struct StoredRecordVersion {
    pub(in crate::store) record: Record,
    pub(in crate::store) statements: Vec<Statement>,
}

impl StoredRecordVersion {
    /// The version that the change log compares.
    pub(in crate::store) fn version(&self) -> RecordWithStatements<'_> {
        (&self.record, &self.statements)
    }

    /// Whether it equals a record to be written, with its statements.
    pub(in crate::store) fn equals(&self, record: &Record, statements: &[Statement]) -> bool {
        self.record == *record
            && self.statements.len() == statements.len()
            && self
                .statements
                .iter()
                .zip(statements)
                .all(|(a, b)| a.has_same_content(b))
    }
}

/// The entity in a node's body.
pub(in crate::store) fn read_entity(id: &str, body: &str) -> StoreResult<Entity> {
    Ok(decode::<EntityRow>(body)?.read(id)?)
}

/// The relation in a node's body.
pub(in crate::store) fn read_relation(id: &str, body: &str) -> StoreResult<Relation> {
    let row = decode::<RelationRow<'_>>(body)?;
    let (from, to) = (entity_id(&row.from)?, entity_id(&row.to)?);
    Ok(row.read(id, from, to)?)
}

/// The observation in a node's body.
pub(in crate::store) fn read_observation(id: &str, body: &str) -> StoreResult<Observation> {
    Ok(decode::<ObservationRow>(body)?.read(id)?)
}

/// The rule in a node's body.
pub(in crate::store) fn read_rule(id: &str, body: &str) -> StoreResult<Rule> {
    Ok(decode::<RuleRow>(body)?.read(id)?)
}

/// The source in a node's body.
pub(in crate::store) fn read_source(id: &str, body: &str) -> StoreResult<Source> {
    Ok(decode::<SourceRow>(body)?.read(id)?)
}

/// The statements of a node of evidence.
pub(in crate::store) fn read_statements(text: &str) -> StoreResult<Vec<Statement>> {
    let rows: Vec<StatementRow> = decode(text)?;
    Ok(rows
        .into_iter()
        .map(StatementRow::read)
        .collect::<Result<_, _>>()?)
}

/// Days since 1970-01-01, by which dates are compared.
pub(in crate::store) fn day_number(day: Day) -> i64 {
    use chrono::Datelike as _;
    // Days from the common era to 1970-01-01.
    i64::from(day.num_days_from_ce()) - 719_163
}

/// The days between which facts must be valid, as parameters.
pub(in crate::store) fn bounds(at: AsOf) -> [(&'static str, i64); 2] {
    let (since, until) = at.map(TimeFilter::bounds).unwrap_or_default();
    [
        ("since", since.map_or(DAY_MIN, day_number)),
        ("until", until.map_or(DAY_MAX, day_number)),
    ]
}

/// The text of an evidence class: `STATED/INDEPENDENT/NORMAL source:a`. Ids contain no white space.
pub(in crate::store) fn class_text(class: &EvidenceClass) -> String {
    let EvidenceClass {
        source,
        assertion,
        reliability,
        rank,
    } = class;
    format!(
        "{}/{}/{} {source}",
        assertion.name(),
        reliability.name(),
        rank.name()
    )
}

/// The token of a tag in the full-text index. No token of text contains a `#`.
pub(in crate::store) fn tag_token(tag: &str) -> String {
    format!("tag#{:016x}", xxh3_64(tag.as_bytes()))
}

/// The token of an external id in the full-text index.
pub(in crate::store) fn external_token(scheme: &str, value: &str) -> String {
    format!("key#{:016x}", xxh3_64(format!("{scheme}\0{value}").as_bytes()))
}
