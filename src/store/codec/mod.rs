//! How records stand in a store: counterparts of the model's types, as JSON with short names.
//!
//! JSON, for it can be read with any tool when something is wrong, and a field can be added without rewriting the file.

mod entity;
mod evidence;
mod packed;
mod record;
mod relation;

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::model::Decimal;
use crate::model::change::{ChangeAction, Revision};
use crate::model::id::{DatasetId, EntityId};
use crate::model::log::{Changed, LogPlace, LoggedChange};
use crate::model::period::{PartialDate, Validity};
use crate::model::quantity::{Basis, Measure, Qualifier, Quantity, QuantityParts, Unit};
use crate::store::StoreError;

pub(in crate::store) use self::entity::EntityRow;
pub(in crate::store) use self::evidence::{Provenance, ProvenanceRow, StatementRow};
pub(in crate::store) use self::packed::{Value, pack, unpack};
pub(in crate::store) use self::record::{DatasetRow, ObservationRow, RuleRow, SourceRow};
pub(in crate::store) use self::relation::RelationRow;

/// What is in the file is no record.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub(in crate::store) struct DecodeError(String);

impl From<DecodeError> for StoreError {
    fn from(error: DecodeError) -> Self {
        Self::Damaged(error.to_string())
    }
}

type Decoded<T> = Result<T, DecodeError>;

fn bad(what: &str, value: &str) -> DecodeError {
    DecodeError(format!("{what} `{value}` is not readable"))
}

fn closed<T>(what: &str, parse: impl Fn(&str) -> Option<T>, text: &str) -> Decoded<T> {
    parse(text).ok_or_else(|| bad(what, text))
}

fn open<T>(what: &str, parse: impl Fn(&str) -> Option<T>, text: Option<&str>) -> Decoded<Option<T>> {
    text.map(|text| closed(what, parse, text)).transpose()
}

fn decimal(text: &str) -> Decoded<Decimal> {
    text.parse().map_err(|_| bad("number", text))
}

fn date(text: Option<&str>) -> Decoded<Option<PartialDate>> {
    open("date", |text| PartialDate::parse(text).ok(), text)
}

fn time(micros: i64) -> Decoded<DateTime<Utc>> {
    DateTime::from_timestamp_micros(micros).ok_or_else(|| bad("time", &micros.to_string()))
}

/// An id as it stands in the file.
pub(in crate::store) fn entity_id(text: &str) -> Decoded<EntityId> {
    EntityId::parse(text).map_err(|error| DecodeError(error.to_string()))
}

macro_rules! key {
    ($type:ident, $text:expr) => {
        $type::parse($text).map_err(|error| DecodeError(error.to_string()))
    };
}
use key;

/// Writes a counterpart; nothing in them can fail to be written.
pub(in crate::store) fn encode(row: &impl Serialize) -> Decoded<String> {
    serde_json::to_string(row).map_err(|error| DecodeError(error.to_string()))
}

/// The ids in a JSON list, as the change log has them.
pub(in crate::store) fn dataset_ids(ids: &[String]) -> Decoded<BTreeSet<DatasetId>> {
    let read = |id: &String| DatasetId::parse(id).map_err(|_| bad("data set", id));
    ids.iter().map(read).collect()
}

/// A line of the change log: what it became, of what kind, with which key, where a merged id leads.
pub(in crate::store) fn logged(
    place: (i64, i64),
    at_micros: i64,
    by: String,
    [action, kind, key]: [&str; 3],
    merged_into: Option<&str>,
    datasets: &[String],
) -> Decoded<LoggedChange> {
    Ok(LoggedChange {
        place: LogPlace {
            number: place.0.cast_unsigned(),
            revision: Revision(place.1.cast_unsigned()),
        },
        at: time(at_micros)?,
        by,
        action: closed("action", ChangeAction::parse, action)?,
        changed: Changed::parse(kind, key).ok_or_else(|| bad(kind, key))?,
        merged_into: merged_into.map(entity_id).transpose()?,
        datasets: dataset_ids(datasets)?,
    })
}

/// Reads a counterpart.
pub(in crate::store) fn decode<'a, T: Deserialize<'a>>(text: &'a str) -> Decoded<T> {
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

    fn read(self) -> Decoded<Quantity> {
        let parts = QuantityParts {
            amount: self.amount.as_deref().map(decimal).transpose()?,
            amount_max: self.amount_max.as_deref().map(decimal).transpose()?,
            qualifier: Some(closed("qualifier", Qualifier::parse, &self.qualifier)?),
            unit: open("unit", |text| Unit::parse(text).ok(), self.unit.as_deref())?,
            basis: open("basis", Basis::parse, self.basis.as_deref())?,
            measure: Some(closed("measure", Measure::parse, &self.measure)?),
            original_text: self.original_text,
        };
        // One level deep: what statements make of an amount is not itself spoken of.
        let resolved = self.resolved.map(|resolved| resolved.read()).transpose()?;
        let quantity = if self.contested {
            Quantity::hull_kept(parts, Measure::Stock)
        } else {
            Quantity::new(parts, Measure::Stock)
        };
        let quantity = quantity.map_err(|error| DecodeError(error.to_string()))?;
        let known_from = date(self.known_from.as_deref())?.map(PartialDate::first_day);
        Ok(quantity
            .kept(resolved, self.contested, self.implicit)
            .known_since(known_from))
    }
}

#[derive(Serialize, Deserialize, Default, PartialEq)]
struct Dates(
    // Both are written where one is: they are told apart by their place.
    #[serde(default)] Option<String>,
    #[serde(default)] Option<String>,
);

impl Dates {
    fn of(validity: Validity) -> Self {
        Self(
            validity.from().map(|d| d.to_string()),
            validity.to().map(|d| d.to_string()),
        )
    }
    fn read(&self) -> Decoded<Validity> {
        Validity::new(date(self.0.as_deref())?, date(self.1.as_deref())?)
            .map_err(|error| DecodeError(error.to_string()))
    }
}
