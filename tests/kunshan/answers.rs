//! What is asked of the data set: every field of the ledger, the trace, the rules and the aggregates, as the schema has
//! them now, so that a new field is asked, and so must be accounted for, from the day it is there.

use std::collections::BTreeMap;

use serde_json::Value;

use super::leaves::{Leaves, leaves};
use crate::support::TestApp;

const ASKED: &str = r#"input: { from: { regionId: "region:shanghai" }, to: { kinds: [INDUSTRY], regionId: "region:kunshan" } }"#;
const LEDGER: &str =
    r#"input: { from: { regionId: "region:shanghai" }, to: { regionId: "region:kunshan" } }"#;
const GROUPS: [&str; 7] = ["KIND", "REGION", "INDUSTRY", "TAG", "FAMILY", "STAGE", "DATASET"];
/// Fields that are no finding: where a page lies, when it was read, and what the row of a rule says itself.
const UNASKED: [&str; 9] = [
    "edges",
    "pageInfo",
    "revision",
    // A quantity within a quantity, without end.
    "Quantity.own",
    "Rule.bearer",
    "Rule.type",
    "Rule.base",
    "Rule.parts",
    "Rule.statements",
];

/// The questions, one document.
pub struct Questions(String);

impl Questions {
    /// Written from the schema of a server.
    pub async fn of(app: &TestApp) -> Self {
        let schema = Schema::of(app).await;
        let groups = GROUPS.map(|key| {
            let group = schema.fields_of("AggregateGroup");
            format!("{key}: aggregate(groupBy: [{key}]) {group}")
        });
        let parts = [
            format!("mechanisms({LEDGER}) {}", schema.fields_of("MechanismRow")),
            format!(
                "ledger({LEDGER}) {{ leftOut {} }}",
                schema.fields_of("LeftOutProgram")
            ),
            format!("trace({ASKED}) {}", schema.fields_of("Trace")),
            format!("rules {}", schema.fields_of("Rule")),
            groups.join(" "),
        ];
        Self(format!("{{ {} }}", parts.join(" ")))
    }

    /// What a server answers, leaf by leaf.
    pub async fn ask(&self, app: &TestApp) -> Leaves {
        leaves(&app.query(&self.0).await.good())
    }
}

/// The fields of each type: their names, and the types of what they hold.
struct Schema(BTreeMap<String, Vec<(String, String)>>);

impl Schema {
    async fn of(app: &TestApp) -> Self {
        let question = "{ __schema { types { name fields { name args { name } type { name ofType { name ofType { name ofType { name } } } } } } } }";
        let data = app.query(question).await.good();
        let types = data["__schema"]["types"].as_array().unwrap();
        let fields = |fields: &Value| {
            let fields = fields.as_array().into_iter().flatten();
            fields
                .map(|field| (text(&field["name"]), innermost(&field["type"])))
                .collect()
        };
        let types = types.iter().map(|t| (text(&t["name"]), fields(&t["fields"])));
        Self(types.collect())
    }

    /// All fields of a type; of a record that is an answer of its own only the id.
    fn fields_of(&self, name: &str) -> String {
        let fields = self.0[name].iter().filter_map(|(field, of)| {
            let is_asked =
                !UNASKED.contains(&field.as_str()) && !UNASKED.contains(&format!("{name}.{field}").as_str());
            is_asked.then(|| format!("{field}{}", self.inside(of)))
        });
        format!("{{ {} }}", fields.collect::<Vec<_>>().join(" "))
    }

    fn inside(&self, name: &str) -> String {
        let fields = &self.0[name];
        if fields.is_empty() {
            String::new()
        } else if fields.iter().any(|(field, _)| field == "id") {
            " { id }".to_string()
        } else {
            format!(" {}", self.fields_of(name))
        }
    }
}

fn text(value: &Value) -> String {
    value.as_str().unwrap().to_string()
}

/// The named type below lists and marks of what cannot be null.
fn innermost(of: &Value) -> String {
    match of["name"].as_str() {
        Some(name) => name.to_string(),
        None => innermost(&of["ofType"]),
    }
}
