//! What must stand on the node of a record, and on the relationship of a relation: made from the record, as a write makes it.

use std::collections::BTreeMap;

use neo4rs::{BoltMap, BoltType};

use super::report::NativeFault;
use crate::model::change::Record;
use crate::store::neo4j::write::properties;
use crate::store::neo4j::write::properties::Properties;
use crate::store::neo4j::write::restrictions::Restricted;
use crate::store::{Answer, StoreError};

/// What a record's node has beside its body, by label: all that is looked at.
pub(super) const NODE: [(&str, &[&str]); 5] = [
    ("Source", &["body", "title", "datasets"]),
    (
        "Entity",
        &[
            "body",
            "provenance",
            "kind",
            "name",
            "name_en",
            "name_key",
            "names_normal",
            "tokens",
            "tags",
            "external_ids",
            "family",
            "stage",
            "recorded_at",
            "from_day",
            "to_day",
            "valid_from",
            "valid_to",
            "restricted",
            "entangled",
        ],
    ),
    (
        "Relation",
        &[
            "body",
            "provenance",
            "kind",
            "from",
            "to",
            "resource",
            "driver",
            "unit",
            "status",
            "under",
            "from_day",
            "to_day",
            "valid_from",
            "valid_to",
            "restricted",
            "entangled",
        ],
    ),
    (
        "Observation",
        &[
            "body",
            "provenance",
            "entity",
            "indicator",
            "restricted",
            "entangled",
        ],
    ),
    (
        "Rule",
        &[
            "body",
            "provenance",
            "bearer",
            "rule_type",
            "parties",
            "restricted",
            "entangled",
        ],
    ),
];

/// What a relationship has.
pub(super) const RELATIONSHIP: &[&str] = &[
    "id",
    "flow",
    "resource",
    "amount",
    "amount_max",
    "unit",
    "status",
    "share",
    "provenance",
    "from_day",
    "to_day",
    "valid_from",
    "valid_to",
    "restricted",
];

/// Names as a map projection has them: `.id, .kind`.
pub(super) fn projected(names: &[&str]) -> String {
    names
        .iter()
        .map(|name| format!(".{name}"))
        .collect::<Vec<_>>()
        .join(", ")
}

/// The node of a record: `named` are the entities that it is kept at, which may not be those that its body names.
pub(super) fn node(
    record: &Record,
    named: Option<&str>,
    provenance: i64,
    restricted: &Restricted,
) -> Answer<BoltMap> {
    let made = match record {
        Record::Source(source) => return map(properties::source(source)?),
        Record::Entity(entity) => properties::entity(entity, provenance)?,
        Record::Relation(relation) => properties::relation(relation, provenance)?,
        Record::Observation(observation) => {
            properties::observation(observation, named.unwrap_or_default(), provenance)?
        }
        Record::Rule(rule) => properties::rule(rule, named.unwrap_or_default(), provenance)?,
    };
    map(made.restricted(restricted))
}

/// The properties as a map.
pub(super) fn map(properties: Properties) -> Answer<BoltMap> {
    match properties.map() {
        BoltType::Map(map) => Ok(map),
        _ => Err(StoreError::Fault("properties are no map".into())),
    }
}

/// Those of the expected properties that differ from what is there. Neither the record itself nor its key: the one says the same in
/// several ways, and by the other it was found.
pub(super) fn differing(expected: &BoltMap, found: &BoltMap) -> BTreeMap<String, BoltType> {
    let null = BoltType::Null(neo4rs::BoltNull);
    let differs = |(name, value): (&neo4rs::BoltString, &BoltType)| {
        let is_compared = !["id", "of", "body", "statements"].contains(&name.value.as_str());
        let there = found.value.get(name).unwrap_or(&null);
        (is_compared && there != value).then(|| (name.value.clone(), value.clone()))
    };
    expected.value.iter().filter_map(differs).collect()
}

/// What is wrong where a property of a node is.
pub(super) fn fault_of(property: &str) -> NativeFault {
    match property {
        "name" | "name_en" | "name_key" | "names_normal" | "tokens" => NativeFault::Names,
        "from" | "to" | "entity" | "bearer" => NativeFault::NodeEnds,
        "provenance" => NativeFault::Provenance,
        "restricted" | "entangled" => NativeFault::Restricted,
        _ => NativeFault::Property,
    }
}
