//! Tests in Cypher that distinguish Hukun's nodes and relationships from those of other programs. A database may contain other data:
//! nodes and relationships with other or the same labels and types, and additional properties on Hukun's. No statement reads, counts or
//! deletes any of it.
//!
//! Hukun's records and their relationships have `provenance`, a number from 1 on; data sets and sources have a `body`, which is a
//! JSON object; a redirect leads from one entity id to another, which begin with a kind of entity. The test of a property that is
//! missing, or of another type, is null and so never true.

use std::sync::LazyLock;

use crate::model::entity::EntityKind;
use crate::model::ontology::RelationKind;

/// Hukun's types of relationships, as a pattern in Cypher.
static TYPES: LazyLock<String> = LazyLock::new(|| {
    let names = RelationKind::ALL.iter().map(|kind| kind.name());
    names.collect::<Vec<_>>().join("|")
});

/// The prefixes of entity ids, as a list in Cypher.
static PREFIXES: LazyLock<String> = LazyLock::new(|| {
    let prefixes = EntityKind::ALL.iter().map(|kind| format!("'{}'", kind.prefix()));
    format!("[{}]", prefixes.collect::<Vec<_>>().join(", "))
});

/// Hukun's types of relationships: `INVESTS_IN|LOCATED_IN|…`.
pub(in crate::store) fn types() -> &'static str {
    &TYPES
}

/// The test whether an entity, relation, observation or rule, or the relationship of a relation, is Hukun's.
pub(in crate::store) fn record(of: &str) -> String {
    format!("{of}.provenance > 0")
}

/// The test whether a data set or a source is Hukun's.
pub(in crate::store) fn body(of: &str) -> String {
    format!("{of}.body STARTS WITH '{{'")
}

/// The test whether a redirect is Hukun's.
pub(in crate::store) fn redirect(of: &str) -> String {
    format!(
        "split({of}.id, ':')[0] IN {0} AND split({of}.to, ':')[0] IN {0}",
        *PREFIXES
    )
}

/// Every label that Hukun uses for the graph, with the test whether a node `n` is Hukun's, also if it is damaged. The state of the graph
/// comes last, so that a partly emptied database is still a graph.
const LABELS: [(&str, &str); 15] = [
    ("Change", "n.cursor > 0 AND n.revision > 0"),
    ("Write", "n.revision > 0 AND n.at IS NOT NULL"),
    (
        "Step",
        "n.write IS NOT NULL AND n.number IS NOT NULL AND n.text IS NOT NULL",
    ),
    ("Evidence", "n.of IS NOT NULL AND n.statements STARTS WITH '['"),
    ("Entity", DAMAGED_RECORD),
    ("Relation", DAMAGED_RECORD),
    ("Observation", DAMAGED_RECORD),
    ("Rule", DAMAGED_RECORD),
    ("Source", "n.body STARTS WITH '{'"),
    ("Dataset", "n.body STARTS WITH '{'"),
    ("Redirect", ""),
    (
        "Provenance",
        "n.id > 0 AND n.key IS NOT NULL AND n.members IS NOT NULL",
    ),
    ("Lease", "n.id IS NOT NULL AND n.until > 0"),
    ("Commit", "n.id = 'graph'"),
    ("Hukun", "n.id = 'graph'"),
];

/// A record that may have lost its number or its body, but not both.
const DAMAGED_RECORD: &str = "n.id IS NOT NULL AND (n.provenance > 0 OR n.body STARTS WITH '{')";

/// The labels, with their tests.
pub(in crate::store) fn labels() -> impl Iterator<Item = (&'static str, String)> {
    LABELS.iter().map(|(label, test)| match *label {
        "Redirect" => (*label, redirect("n")),
        _ => (*label, (*test).to_string()),
    })
}

/// The test of a node `n` of a label.
pub(in crate::store) fn test_of(label: &str) -> String {
    let found = labels().find(|(ours, _)| *ours == label);
    found.map_or_else(|| "false".into(), |(_, test)| test)
}
