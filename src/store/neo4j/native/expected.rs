//! The expected properties of a record's node and of a relation's relationship, made from the record as a write makes them.

use std::collections::BTreeMap;

use neo4rs::{BoltMap, BoltType};

use super::report::NativeProblem;
use crate::model::change::Record;
use crate::store::neo4j::write::properties;
use crate::store::neo4j::write::properties::NodeProperties;
use crate::store::neo4j::write::restrictions::RecordRestriction;
use crate::store::{StoreError, StoreResult};

/// The properties of nodes that are checked, by label.
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

/// The properties of relationships that are checked.
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

/// The names as a map projection in Cypher: `.id, .kind`.
pub(super) fn projected(names: &[&str]) -> String {
    names
        .iter()
        .map(|name| format!(".{name}"))
        .collect::<Vec<_>>()
        .join(", ")
}

/// The expected node of a record. `named` is the canonical id of the entity that it is attached to.
pub(super) fn node(
    record: &Record,
    named: Option<&str>,
    provenance: i64,
    restricted: &RecordRestriction,
) -> StoreResult<BoltMap> {
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
pub(super) fn map(properties: NodeProperties) -> StoreResult<BoltMap> {
    match properties.map() {
        BoltType::Map(map) => Ok(map),
        _ => Err(StoreError::Internal("properties are not a map".into())),
    }
}

/// The expected properties that differ from the stored ones, without the body, which has several equivalent forms, and without the key,
/// by which the node was found.
pub(super) fn differences(expected: &BoltMap, found: &BoltMap) -> BTreeMap<String, BoltType> {
    let null = BoltType::Null(neo4rs::BoltNull);
    let differs = |(name, value): (&neo4rs::BoltString, &BoltType)| {
        let is_compared = !["id", "of", "body", "statements"].contains(&name.value.as_str());
        let there = found.value.get(name).unwrap_or(&null);
        (is_compared && there != value).then(|| (name.value.clone(), value.clone()))
    };
    expected.value.iter().filter_map(differs).collect()
}

/// The problem that a wrong property of a node means.
pub(super) fn problem_of(property: &str) -> NativeProblem {
    match property {
        "name" | "name_en" | "name_key" | "names_normal" | "tokens" => NativeProblem::Names,
        "from" | "to" | "entity" | "bearer" => NativeProblem::NodeEnds,
        "provenance" => NativeProblem::Provenance,
        "restricted" | "entangled" => NativeProblem::Restricted,
        _ => NativeProblem::Property,
    }
}
