//! The stored form of records: counterparts of the model's types, as JSON with short names.
//!
//! JSON can be read with any tool when something is wrong, and a field can be added without rewriting the file.

mod entity;
mod evidence;
mod packed;
mod record;
mod relation;

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::model::Decimal;
use crate::model::change::{ChangeAction, LogPosition, LogSubject, LoggedChange, Record, Revision};
use crate::model::id::{DatasetId, EntityId};
use crate::model::partial_date::PartialDate;
use crate::model::period::Validity;
use crate::model::quantity::{Basis, Measure, Qualifier, Quantity, QuantityParts, Unit};
use crate::store::StoreError;

pub(in crate::store) use self::entity::EntityRow;
pub(in crate::store) use self::evidence::{Provenance, ProvenanceRow, StatementRow};
pub(in crate::store) use self::packed::{PackedValue, pack, unpack};
pub(in crate::store) use self::record::{DatasetRow, ObservationRow, RuleRow, SourceRow};
pub(in crate::store) use self::relation::RelationRow;

/// The error of a stored text that cannot be decoded.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub(in crate::store) struct DecodeError(String);

impl From<DecodeError> for StoreError {
    fn from(error: DecodeError) -> Self {
        Self::Damaged(error.to_string())
    }
}

type DecodeResult<T> = Result<T, DecodeError>;

fn unreadable(what: &str, value: &str) -> DecodeError {
    DecodeError(format!("`{value}` is not a valid {what}"))
}

fn parse_name<T>(what: &str, parse: impl Fn(&str) -> Option<T>, text: &str) -> DecodeResult<T> {
    parse(text).ok_or_else(|| unreadable(what, text))
}

fn parse_optional<T>(
    what: &str,
    parse: impl Fn(&str) -> Option<T>,
    text: Option<&str>,
) -> DecodeResult<Option<T>> {
    text.map(|text| parse_name(what, parse, text)).transpose()
}

fn decimal(text: &str) -> DecodeResult<Decimal> {
    text.parse().map_err(|_| unreadable("number", text))
}

fn date(text: Option<&str>) -> DecodeResult<Option<PartialDate>> {
    parse_optional("date", |text| PartialDate::parse(text).ok(), text)
}

fn time(micros: i64) -> DecodeResult<DateTime<Utc>> {
    DateTime::from_timestamp_micros(micros).ok_or_else(|| unreadable("time", &micros.to_string()))
}

/// Decodes the id of an entity.
pub(in crate::store) fn entity_id(text: &str) -> DecodeResult<EntityId> {
    EntityId::parse(text).map_err(|error| DecodeError(error.to_string()))
}

macro_rules! key {
    ($type:ident, $text:expr) => {
        $type::parse($text).map_err(|error| DecodeError(error.to_string()))
    };
}
use key;

/// Encodes a counterpart. Counterparts contain nothing that cannot be encoded.
pub(in crate::store) fn encode(row: &impl Serialize) -> DecodeResult<String> {
    serde_json::to_string(row).map_err(|error| DecodeError(error.to_string()))
}

/// Encodes a record.
pub(in crate::store) fn encode_record(record: &Record) -> DecodeResult<String> {
    match record {
        Record::Source(source) => encode(&SourceRow::of(source)),
        Record::Entity(entity) => encode(&EntityRow::of(entity)),
        Record::Relation(relation) => encode(&RelationRow::of(relation)),
        Record::Observation(observation) => encode(&ObservationRow::of(observation)),
        Record::Rule(rule) => encode(&RuleRow::of(rule)),
    }
}

/// Decodes the data set ids of a line of the change log.
pub(in crate::store) fn dataset_ids(ids: &[String]) -> DecodeResult<BTreeSet<DatasetId>> {
    let read = |id: &String| DatasetId::parse(id).map_err(|_| unreadable("data set", id));
    ids.iter().map(read).collect()
}

/// Decodes a line of the change log, from its number and revision, time, author, action, kind and key of the subject, target of a
/// redirect, and data sets.
pub(in crate::store) fn decode_change(
    position: (i64, i64),
    at_micros: i64,
    by: String,
    [action, kind, key]: [&str; 3],
    merged_into: Option<&str>,
    datasets: &[String],
) -> DecodeResult<LoggedChange> {
    Ok(LoggedChange {
        position: LogPosition {
            number: position.0.cast_unsigned(),
            revision: Revision(position.1.cast_unsigned()),
        },
        at: time(at_micros)?,
        by,
        action: parse_name("action", ChangeAction::parse, action)?,
        changed: LogSubject::parse(kind, key).ok_or_else(|| unreadable(kind, key))?,
        merged_into: merged_into.map(entity_id).transpose()?,
        datasets: dataset_ids(datasets)?,
    })
}

/// Decodes a counterpart.
pub(in crate::store) fn decode<'a, T: Deserialize<'a>>(text: &'a str) -> DecodeResult<T> {
    serde_json::from_str(text).map_err(|error| DecodeError(error.to_string()))
}

fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}

#[derive(Serialize, Deserialize)]
struct QuantityRow {
    #[serde(rename = "a", skip_serializing_if = "Option::is_none", default)]
    amount: Option<String>,
    #[serde(rename = "m", skip_serializing_if = "Option::is_none", default)]
    amount_max: Option<String>,
    #[serde(rename = "q")]
    qualifier: String,
    #[serde(rename = "u", skip_serializing_if = "Option::is_none", default)]
    unit: Option<String>,
    #[serde(rename = "b", skip_serializing_if = "Option::is_none", default)]
    basis: Option<String>,
    #[serde(rename = "e")]
    measure: String,
    #[serde(rename = "t", skip_serializing_if = "Option::is_none", default)]
    original_text: Option<String>,
    #[serde(rename = "h", skip_serializing_if = "Option::is_none", default)]
    resolved: Option<Box<QuantityRow>>,
    #[serde(rename = "c", skip_serializing_if = "is_default", default)]
    contested: bool,
    #[serde(rename = "i", skip_serializing_if = "is_default", default)]
    implicit: bool,
    /// The day from which it is known.
    #[serde(rename = "f", skip_serializing_if = "Option::is_none", default)]
    known_from: Option<String>,
}

impl QuantityRow {
    fn of(quantity: &Quantity) -> Self {
        let (amount, amount_max) = quantity.cells();
        Self {
            amount: amount.map(|a| a.to_string()),
            amount_max: amount_max.map(|a| a.to_string()),
            qualifier: quantity.qualifier().name().into(),
            unit: quantity.unit().map(|unit| unit.as_str().into()),
            basis: quantity.basis().map(|basis| basis.name().into()),
            measure: quantity.measure().name().into(),
            original_text: quantity.original_text().map(Into::into),
            resolved: quantity.resolved().map(|resolved| Box::new(Self::of(resolved))),
            contested: quantity.is_contested(),
            implicit: quantity.is_implicit(),
            known_from: quantity.known_from().map(|day| day.to_string()),
        }
    }

    fn read(self) -> DecodeResult<Quantity> {
        let parts = QuantityParts {
            amount: self.amount.as_deref().map(decimal).transpose()?,
            amount_max: self.amount_max.as_deref().map(decimal).transpose()?,
            qualifier: Some(parse_name("qualifier", Qualifier::parse, &self.qualifier)?),
            unit: parse_optional("unit", |text| Unit::parse(text).ok(), self.unit.as_deref())?,
            basis: parse_optional("basis", Basis::parse, self.basis.as_deref())?,
            measure: Some(parse_name("measure", Measure::parse, &self.measure)?),
            original_text: self.original_text,
        };
        // One level deep: a resolved amount has no resolved amount of its own.
        let resolved = self.resolved.map(|resolved| resolved.read()).transpose()?;
        let quantity = if self.contested {
            Quantity::stored_hull(parts, Measure::Stock)
        } else {
            Quantity::new(parts, Measure::Stock)
        };
        let quantity = quantity.map_err(|error| DecodeError(error.to_string()))?;
        let known_from = date(self.known_from.as_deref())?.map(PartialDate::first_day);
        Ok(quantity
            .with_resolution(resolved, self.contested, self.implicit)
            .known_since(known_from))
    }
}

#[derive(Serialize, Deserialize, Default, PartialEq)]
struct ValidityRow(
    // Both are written if one is: they are distinguished by position.
    #[serde(default)] Option<String>,
    #[serde(default)] Option<String>,
);

impl ValidityRow {
    fn of(validity: Validity) -> Self {
        Self(
            validity.from().map(|d| d.to_string()),
            validity.to().map(|d| d.to_string()),
        )
    }
    fn read(&self) -> DecodeResult<Validity> {
        Validity::new(date(self.0.as_deref())?, date(self.1.as_deref())?)
            .map_err(|error| DecodeError(error.to_string()))
    }
}
