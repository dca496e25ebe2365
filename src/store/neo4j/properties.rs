//! What stands in Neo4j of a record: properties to find it by, some for people to read, and the record itself as `body`.

use neo4rs::{BoltMap, BoltType};
use xxhash_rust::xxh3::xxh3_64;

use super::restricted::Restricted;
use crate::model::entity::{Entity, EntityKind};
use crate::model::period::Validity;
use crate::model::quantity::Quantity;
use crate::model::record::{Observation, Rule, Source};
use crate::model::relation::Relation;
use crate::model::selector::AsOf;
use crate::model::statement::{EvidenceClass, Statement};
use crate::model::text;
use crate::store::StoreError;
use crate::store::codec::{EntityRow, ObservationRow, RelationRow, RuleRow, SourceRow, StatementRow, encode};

/// Stands for a start that is open: earlier than any day there is.
const DAY_MIN: i64 = -10_000_000;
/// Stands for an end that is open.
const DAY_MAX: i64 = 10_000_000;

/// Properties under way.
#[derive(Default)]
pub(super) struct Properties(BoltMap);

impl Properties {
    pub(super) fn with(mut self, name: &str, value: impl Into<BoltType>) -> Self {
        self.0.put(name.into(), value.into());
        self
    }
    /// A property that is left out where there is none: Neo4j has no null properties.
    pub(super) fn with_some(self, name: &str, value: Option<impl Into<BoltType>>) -> Self {
        match value {
            Some(value) => self.with(name, value),
            None => self,
        }
    }
    /// With which data sets a record is hidden, where it is restricted: then it is a record of theirs, or names an entity of theirs.
    pub(super) fn restricted(self, with: &Restricted) -> Self {
        let Restricted { datasets, entangled } = with;
        if datasets.is_empty() {
            return self;
        }
        let properties = self.with(
            "restricted",
            strings(datasets.iter().map(crate::model::id::DatasetId::as_str)),
        );
        properties.with_some("entangled", entangled.then_some(true))
    }
    pub(super) fn map(self) -> BoltType {
        BoltType::Map(self.0)
    }
}

/// The label of a kind: `Fund`.
pub(super) fn label(kind: EntityKind) -> String {
    let name = kind.name();
    name.chars()
        .take(1)
        .chain(name.chars().skip(1).map(|c| c.to_ascii_lowercase()))
        .collect()
}

/// The number of a day, counted from 1970; what a date is compared by.
pub(super) fn day_number(day: crate::model::period::Day) -> i64 {
    use chrono::Datelike as _;
    // Days from the common era to 1970-01-01.
    i64::from(day.num_days_from_ce()) - 719_163
}

/// The day asked for, as a parameter.
pub(super) fn day(at: AsOf) -> Option<i64> {
    at.map(day_number)
}

/// How an evidence class is written: `STATED/INDEPENDENT/NORMAL source:a`. Ids hold no white space.
pub(super) fn class_text(class: &EvidenceClass) -> String {
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

/// Words under which the full-text index finds a tag and a key elsewhere: no text token has a `#`.
pub(super) fn tag_token(tag: &str) -> String {
    format!("tag#{:016x}", xxh3_64(tag.as_bytes()))
}

/// See [`tag_token`].
pub(super) fn external_token(scheme: &str, value: &str) -> String {
    format!("key#{:016x}", xxh3_64(format!("{scheme}\0{value}").as_bytes()))
}

fn strings<'a>(texts: impl IntoIterator<Item = &'a str>) -> Vec<String> {
    texts.into_iter().map(str::to_string).collect()
}

fn validity(properties: Properties, validity: Validity) -> Properties {
    let number = |date: Option<crate::model::period::PartialDate>, open| {
        date.map_or(open, |date| day_number(date.first_day()))
    };
    properties
        .with("from_day", number(validity.from(), DAY_MIN))
        .with("to_day", number(validity.to(), DAY_MAX))
        .with_some("valid_from", validity.from().map(|date| date.to_string()))
        .with_some("valid_to", validity.to().map(|date| date.to_string()))
}

/// The node of an entity, which rests on a provenance of this number.
pub(super) fn entity(entity: &Entity, provenance: i64) -> Result<Properties, StoreError> {
    let names = entity.names.iter().map(|name| name.value.as_str());
    let mut tokens = text::index_tokens(names.clone(), entity.id.as_str());
    tokens.extend(entity.tags.iter().map(|tag| tag_token(tag)));
    tokens.extend(
        entity
            .external_ids
            .iter()
            .map(|id| external_token(&id.scheme, &id.value)),
    );
    let english = entity
        .names
        .iter()
        .find(|name| name.lang == "en")
        .map(|name| name.value.as_str());
    let properties = Properties::default()
        .with("id", entity.id.as_str())
        .with("kind", entity.kind().name())
        .with("name", entity.name("zh"))
        .with_some("name_en", english)
        .with("name_key", text::sort_key(entity.name("zh")))
        .with("names_normal", names.map(text::normalise).collect::<Vec<_>>())
        .with("tags", entity.tags.clone())
        .with(
            "external_ids",
            entity
                .external_ids
                .iter()
                .map(|id| format!("{}:{}", id.scheme, id.value))
                .collect::<Vec<_>>(),
        )
        .with_some(
            "family",
            entity.family().map(crate::model::entity::ProgramFamily::name),
        )
        .with_some(
            "stage",
            entity.stage().map(crate::model::entity::ProjectStage::name),
        )
        .with("recorded_at", entity.recorded_at.timestamp_micros())
        .with("tokens", tokens.join(" "))
        .with("body", encode(&EntityRow::of(entity))?);
    Ok(validity(
        properties.with("provenance", provenance),
        entity.validity,
    ))
}

/// The node of a relation: what lists and filters read.
pub(super) fn relation(relation: &Relation, provenance: i64) -> Result<Properties, StoreError> {
    let quantity = relation.quantity.as_ref().map(Quantity::effective);
    let properties = Properties::default()
        .with("id", relation.id.as_str())
        .with("kind", relation.kind.name())
        .with("from", relation.from.as_str())
        .with("to", relation.to.as_str())
        .with_some(
            "resource",
            relation.resource().map(crate::model::relation::Resource::name),
        )
        .with("driver", relation.driver.name())
        .with_some(
            "unit",
            quantity
                .and_then(Quantity::unit)
                .map(crate::model::quantity::Unit::as_str),
        )
        .with_some(
            "status",
            relation
                .kind
                .status_of(quantity)
                .map(crate::model::quantity::QuantityStatus::name),
        )
        .with(
            "under",
            strings(relation.under.iter().map(crate::model::id::EntityId::as_str)),
        )
        .with("body", encode(&RelationRow::of(relation))?);
    Ok(validity(
        properties.with("provenance", provenance),
        relation.validity,
    ))
}

/// The native relationship: what a walk reads, and what a picture shows.
pub(super) fn relationship(relation: &Relation, provenance: i64) -> Properties {
    let quantity = relation.quantity.as_ref().map(Quantity::effective);
    let (amount, amount_max) = quantity.map(Quantity::cells).unwrap_or_default();
    let properties = Properties::default()
        .with("id", relation.id.as_str())
        .with("flow", relation.flow().name())
        .with_some(
            "resource",
            relation.resource().map(crate::model::relation::Resource::name),
        )
        .with_some("amount", amount.map(|amount| amount.to_string()))
        .with_some("amount_max", amount_max.map(|amount| amount.to_string()))
        .with_some(
            "unit",
            quantity
                .and_then(Quantity::unit)
                .map(crate::model::quantity::Unit::as_str),
        )
        .with_some(
            "status",
            relation
                .kind
                .status_of(quantity)
                .map(crate::model::quantity::QuantityStatus::name),
        )
        .with_some("share", relation.share.map(|share| share.to_string()))
        .with("provenance", provenance);
    validity(properties, relation.validity)
}

pub(super) fn observation(
    observation: &Observation,
    entity: &str,
    provenance: i64,
) -> Result<Properties, StoreError> {
    let properties = Properties::default()
        .with("id", observation.id.as_str())
        .with("entity", entity)
        .with("indicator", observation.indicator.as_str())
        .with("body", encode(&ObservationRow::of(observation))?);
    Ok(properties.with("provenance", provenance))
}

pub(super) fn rule(rule: &Rule, bearer: &str, provenance: i64) -> Result<Properties, StoreError> {
    let properties = Properties::default()
        .with("id", rule.id.as_str())
        .with("bearer", bearer)
        .with("rule_type", rule.rule_type.name())
        .with(
            "parties",
            strings(
                rule.parts
                    .iter()
                    .filter_map(|part| part.party.as_ref())
                    .map(crate::model::id::EntityId::as_str),
            ),
        )
        .with("body", encode(&RuleRow::of(rule))?);
    Ok(properties.with("provenance", provenance))
}

pub(super) fn source(source: &Source) -> Result<Properties, StoreError> {
    Ok(Properties::default()
        .with("id", source.id.as_str())
        .with("title", source.title.as_str())
        .with(
            "datasets",
            strings(source.datasets.iter().map(crate::model::id::DatasetId::as_str)),
        )
        .with("body", encode(&SourceRow::of(source))?))
}

/// The statements on a record.
pub(super) fn evidence(of: &str, statements: &[Statement]) -> Result<Properties, StoreError> {
    let rows: Vec<StatementRow> = statements.iter().map(StatementRow::of).collect();
    Ok(Properties::default()
        .with("of", of)
        .with(
            "quotes",
            strings(
                statements
                    .iter()
                    .filter_map(|statement| statement.quote.as_deref()),
            ),
        )
        .with(
            "sources",
            strings(statements.iter().map(|statement| statement.source.as_str())),
        )
        .with("statements", encode(&rows)?))
}
