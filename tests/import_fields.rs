//! Every field of text that can be written over GraphQL, with odd texts in it: either both ways in refuse it in the same words, or
//! it is kept, exported as CSV and as JSON Lines, taken in by an empty store, and reads the same there.
//!
//! The fields come from the schema, so that a new one fails here until it is said which column it has.

use std::collections::{BTreeMap, BTreeSet};

use hukun::dataset::ExportFormat;
use hukun::model::principal::Role;
use serde_json::{Value, json};

use crate::import_support::{Files, Graph};
use crate::support::{Asker, TestApp, graph};

/// Texts that break careless readers and writers.
const ODD: [&str; 52] = [
    "",
    "plain",
    " a",
    "a ",
    "a  b",
    "a\nb",
    "a\r\nb",
    "a\rb",
    "a\tb",
    "\u{a0}",
    "a\u{a0}b",
    "\u{3000}a",
    "a\u{3000}b",
    "a|b",
    "a\"b",
    "\"a\"",
    "\"a\" b",
    "a,b",
    "a;b",
    "=1+1",
    "'a",
    "\\n",
    "\\",
    "a\u{0}b",
    "a\u{7}b",
    "\u{1b}[31m",
    "a\u{7f}",
    "a\u{85}b",
    "a\u{ad}b",
    "\u{200b}",
    "a\u{200b}b",
    "\u{feff}a",
    "\u{200d}",
    "می\u{200c}خواهم",
    "\u{202e}a",
    "\u{2066}a\u{2069}",
    "\u{200f}a",
    "a\u{2028}b",
    "\u{3164}",
    "a\u{ffff}",
    "🚀",
    "👨\u{200d}👩\u{200d}👧",
    "e\u{301}",
    "é",
    "𠮷",
    "null",
    "true",
    "1e3",
    "L5 [1,2)",
    "§\"x\"",
    "[1,2)",
    "\u{e000}",
];

/// The mutation and the input type of each sort of record, with its table.
const ROOTS: [(&str, &str, &str); 5] = [
    ("upsertSources", "SourceInput", "sources"),
    ("upsertEntities", "EntityInput", "entities"),
    ("upsertRelations", "RelationInput", "relations"),
    ("upsertObservations", "ObservationInput", "observations"),
    ("upsertRules", "RuleInput", "rules"),
];

/// Where a field stands in a file.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Cell {
    /// In a column of the record's own table.
    Own(&'static str),
    /// In a column of another table.
    In(&'static str, &'static str),
    /// Nowhere: with the reason.
    None(&'static str),
}
use Cell::{In, Own};

/// A fact's statements have one form, whatever they are about: they are tried on entities.
const OF_ENTITIES: &str = "as of an entity";
const NAMED_BY_DIRECTORY: &str = "the data set of the directory";
const FIXED: &str = "fixed by what the amount is of; another is refused";
const DROPPED: &str =
    "a further statement has the unit and basis of the fact, and its own words in its quotation";

/// Every field of text of an input type, and where it stands in a file.
fn fields() -> Vec<(&'static str, &'static str, Cell)> {
    let mut fields = vec![
        ("SourceInput", "id", Own("id")),
        ("SourceInput", "title", Own("title")),
        ("SourceInput", "authors[0]", Own("authors")),
        ("SourceInput", "affiliation", Own("affiliation")),
        ("SourceInput", "publisher", Own("publisher")),
        ("SourceInput", "language", Own("language")),
        ("SourceInput", "licence", Own("licence")),
        ("SourceInput", "sha256", Own("sha256")),
        ("SourceInput", "url", Own("url")),
        ("EntityInput", "id", Own("id")),
        ("EntityInput", "names[0].value", Own("name_zh")),
        ("EntityInput", "names[0].lang", In("names", "lang")),
        ("EntityInput", "description", Own("description")),
        ("EntityInput", "regionId", Own("region_id")),
        ("EntityInput", "tags[0]", Own("tags")),
        ("EntityInput", "externalIds[0].scheme", Own("external_ids")),
        ("EntityInput", "externalIds[0].value", Own("external_ids")),
        ("EntityInput", "size.unit", Cell::None(FIXED)),
        ("EntityInput", "size.basis", Cell::None(FIXED)),
        ("EntityInput", "size.originalText", Own("size_text")),
        ("EntityInput", "properties.level", Own("level")),
        ("EntityInput", "properties.scheme", Own("scheme")),
        ("EntityInput", "properties.code", Own("code")),
        ("EntityInput", "properties.parkType", Own("park_type")),
        ("EntityInput", "properties.labType", Own("lab_type")),
        ("EntityInput", "properties.facilityType", Own("facility_type")),
        ("EntityInput", "properties.capacity", Own("capacity")),
        ("EntityInput", "properties.fundType", Own("fund_type")),
        ("EntityInput", "properties.committed.unit", Cell::None(FIXED)),
        ("EntityInput", "properties.committed.basis", Cell::None(FIXED)),
        (
            "EntityInput",
            "properties.committed.originalText",
            Own("committed_text"),
        ),
        ("EntityInput", "properties.paidIn.unit", Cell::None(FIXED)),
        ("EntityInput", "properties.paidIn.basis", Cell::None(FIXED)),
        (
            "EntityInput",
            "properties.paidIn.originalText",
            Own("paid_in_text"),
        ),
        ("EntityInput", "properties.titleClass", Own("title_class")),
        ("EntityInput", "properties.fields[0]", Own("fields")),
        ("EntityInput", "properties.contact", Own("contact")),
        ("EntityInput", "properties.listingBoard", Own("listing_board")),
        ("EntityInput", "properties.orgType", Own("org_type")),
        ("EntityInput", "statements[0].sourceId", Own("source_id")),
        ("EntityInput", "statements[0].locator.text", Own("locator")),
        ("EntityInput", "statements[0].locator.section", Own("locator")),
        ("EntityInput", "statements[0].quote", Own("quote")),
        (
            "EntityInput",
            "statements[0].property",
            In("statements", "property"),
        ),
        ("RelationInput", "id", Own("id")),
        ("RelationInput", "fromId", Own("from_id")),
        ("RelationInput", "toId", Own("to_id")),
        ("RelationInput", "under[0]", Own("under")),
        ("ObservationInput", "id", Own("id")),
        ("ObservationInput", "entityId", Own("entity_id")),
        ("ObservationInput", "indicator", Own("indicator")),
        ("ObservationInput", "period", Own("period")),
        ("RuleInput", "id", Own("id")),
        ("RuleInput", "bearerId", Own("bearer_id")),
        ("RuleInput", "base", Own("base")),
        ("RuleInput", "parts[0].partyId", Own("party_id")),
        ("RuleInput", "parts[0].label", Own("party_label")),
    ];
    for root in ["RelationInput", "ObservationInput"] {
        fields.push((root, "quantity.unit", Own("unit")));
        fields.push((root, "quantity.basis", Own("basis")));
        fields.push((root, "quantity.originalText", Own("original_text")));
    }
    for (_, root, _) in ROOTS {
        fields.push((root, "datasetId", Cell::None(NAMED_BY_DIRECTORY)));
        if root == "SourceInput" {
            continue;
        }
        for part in ["unit", "basis", "originalText"] {
            let path: &'static str = format!("statements[0].quantity.{part}").leak();
            fields.push((root, path, Cell::None(DROPPED)));
        }
        if root != "EntityInput" {
            for part in ["sourceId", "locator.text", "locator.section", "quote", "property"] {
                let path: &'static str = format!("statements[0].{part}").leak();
                fields.push((root, path, Cell::None(OF_ENTITIES)));
            }
        }
    }
    fields
}

/// What the schema says of its types.
struct Schema(BTreeMap<String, Value>);

impl Schema {
    async fn of(app: &TestApp) -> Self {
        let of = "kind name ofType { kind name ofType { kind name ofType { kind name } } }";
        let query = format!(
            "{{ __schema {{ types {{ kind name inputFields {{ name type {{ {of} }} }} possibleTypes {{ name }}
               fields {{ name args {{ name }} type {{ {of} }} }} }} }} }}"
        );
        let answer = app.query(&query).await.good();
        let types = answer["__schema"]["types"].as_array().unwrap().iter();
        Self(
            types
                .map(|one| (one["name"].as_str().unwrap().to_string(), one.clone()))
                .collect(),
        )
    }

    /// The type behind lists and exclamation marks: its name, its kind, and whether it is a list.
    fn bare(of: &Value) -> (&str, &str, bool) {
        let (mut at, mut is_list) = (of, false);
        while at["ofType"].is_object() {
            is_list |= at["kind"] == "LIST";
            at = &at["ofType"];
        }
        (
            at["name"].as_str().unwrap(),
            at["kind"].as_str().unwrap(),
            is_list,
        )
    }

    /// The paths of all texts and ids in an input type.
    fn texts(&self, input: &str, base: &str, found: &mut Vec<String>) {
        for field in self.0[input]["inputFields"].as_array().unwrap() {
            let (name, kind, is_list) = Self::bare(&field["type"]);
            let list = if is_list { "[0]" } else { "" };
            let path = format!("{base}{}{list}", field["name"].as_str().unwrap());
            match kind {
                "INPUT_OBJECT" => self.texts(name, &format!("{path}."), found),
                _ if matches!(name, "String" | "ID") => found.push(path),
                _ => {}
            }
        }
    }

    /// All that a record of a type itself holds: every field without arguments; of other records their ids.
    fn selection(&self, of: &str) -> String {
        self.fields(of).join(" ")
    }

    fn fields(&self, of: &str) -> Vec<String> {
        const COMPUTED: [&str; 8] = [
            "recordedAt",
            "recordedBy",
            "degree",
            "check",
            "region",
            "status",
            "contested",
            "resolved",
        ];
        let mut fields = Vec::new();
        for field in self.0[of]["fields"].as_array().unwrap() {
            let name = field["name"].as_str().unwrap();
            let (inner, kind, _) = Self::bare(&field["type"]);
            if !field["args"].as_array().unwrap().is_empty() || COMPUTED.contains(&name) {
                continue;
            }
            let is_record = self.0[inner]["fields"]
                .as_array()
                .is_some_and(|fields| fields.iter().any(|field| field["name"] == "id"));
            match kind {
                "SCALAR" | "ENUM" => fields.push(name.to_string()),
                _ if is_record => fields.push(format!("{name} {{ id }}")),
                _ if inner == "Quantity" && of == "Quantity" => {}
                _ if inner.ends_with("Connection") => {}
                _ => fields.push(format!("{name} {{ {} }}", self.selection(inner))),
            }
        }
        fields
    }

    /// A selection on nodes that takes all that a record holds, whatever it is.
    fn whole(&self) -> String {
        let kinds = self.0["Entity"]["possibleTypes"].as_array().unwrap().iter();
        let kinds = kinds.map(|kind| kind["name"].as_str().unwrap());
        let all = kinds.chain(["Source", "Relation", "Observation", "Rule"]);
        // Two types may have different fields of one name, so each has its type before it.
        let fields = |name: &str| -> String {
            let fields = self.fields(name).into_iter();
            fields
                .map(|field| {
                    format!(
                        "{name}_{field_name}: {field} ",
                        field_name = field.split(' ').next().unwrap()
                    )
                })
                .collect()
        };
        all.map(|name| format!("... on {name} {{ {} }} ", fields(name)))
            .collect()
    }
}

/// The kind of entity that has a field.
fn kind_of(path: &str) -> &'static str {
    match path
        .strip_prefix("properties.")
        .map(|rest| rest.split(['.', '[']).next().unwrap())
    {
        Some("level") => "REGION",
        Some("scheme" | "code") => "INDUSTRY",
        Some("parkType") => "PARK",
        Some("labType") => "LAB",
        Some("facilityType" | "capacity") => "FACILITY",
        Some("titleClass" | "fields" | "contact") => "EXPERT",
        Some("listingBoard") => "COMPANY",
        Some("orgType") => "ORGANIZATION",
        _ => "FUND",
    }
}

/// A record with nothing but what it needs.
fn record(root: &str, path: &str, key: &str) -> Value {
    let statements = json!([{ "sourceId": "source:s", "quote": "如此说", "reliability": "INDEPENDENT" }]);
    let amount = json!({ "lower": "1", "unit": "CNY", "basis": "INVESTED" });
    let kind = kind_of(path);
    let mut record = match root {
        "SourceInput" => return json!({ "id": format!("source:{key}"), "title": "T" }),
        "EntityInput" => json!({ "kind": kind, "names": [{ "value": "名", "lang": "zh" }] }),
        "RelationInput" => {
            json!({ "kind": "INVESTS_IN", "fromId": "fund:from", "toId": "project:to", "quantity": amount })
        }
        "ObservationInput" => json!({ "entityId": "fund:from", "indicator": "I", "quantity": amount }),
        _ => {
            json!({ "bearerId": "program:m", "type": "ALLOCATION", "parts": [{ "lower": "1", "upper": "1" }] })
        }
    };
    let id = if root == "EntityInput" {
        format!("{}:{key}", kind.to_lowercase())
    } else {
        key.to_string()
    };
    record["id"] = json!(id);
    record["statements"] = statements;
    record
}

/// Writes a text at a path, with what must stand beside it.
fn put(record: &mut Value, path: &str, text: &str) {
    let mut at = &mut *record;
    for step in path.split('.') {
        let (name, is_list) = step
            .strip_suffix("[0]")
            .map_or((step, false), |name| (name, true));
        at = &mut at[name];
        if is_list && !at.is_array() {
            *at = json!([null]);
        }
        if is_list {
            at = &mut at[0];
        }
        if at.is_null() {
            *at = match name {
                "externalIds" => json!({ "scheme": "x", "value": "v" }),
                "size" => json!({ "lower": "1" }),
                "committed" | "paidIn" => json!({ "lower": "1", "unit": "EUR" }),
                _ => Value::Null,
            };
        }
    }
    *at = json!(text);
    if path.starts_with("size") {
        record["tags"] = json!(["cohort"]);
    }
    if path.ends_with("property") {
        // What speaks of a property is no statement on the whole.
        let whole = json!({ "sourceId": "source:s", "quote": "另说", "reliability": "INDEPENDENT" });
        record["statements"].as_array_mut().unwrap().push(whole);
    }
}

/// What is written for an odd text: an id keeps its prefix.
fn written(root: &str, path: &str, odd: &str) -> String {
    match (root, path) {
        ("SourceInput", "id") | (_, "statements[0].sourceId") => format!("source:{odd}"),
        (_, "regionId") => format!("region:{odd}"),
        ("EntityInput", "id") | (_, "fromId" | "entityId" | "parts[0].partyId") => format!("fund:{odd}"),
        (_, "toId") => format!("project:{odd}"),
        (_, "bearerId" | "under[0]") => format!("program:{odd}"),
        (_, "id") => format!("{root}:{odd}"),
        _ => odd.to_string(),
    }
}

/// The row of a file that says what a record with a text at a path says.
fn row(root: &str, path: &str, text: &str, key: &str, cell: Cell) -> Vec<(&'static str, Value)> {
    let table = ROOTS.iter().find(|(_, input, _)| *input == root).unwrap().2;
    let one = record(root, path, key);
    let evidence = json!({ "source_id": "source:s", "quote": "如此说", "reliability": "INDEPENDENT" });
    let mut own = json!({ "id": one["id"] });
    let copied: &[(&str, &str)] = match root {
        "SourceInput" => &[("title", "title")],
        "EntityInput" => &[("kind", "kind")],
        "RelationInput" => &[("kind", "kind"), ("fromId", "from_id"), ("toId", "to_id")],
        "ObservationInput" => &[("entityId", "entity_id"), ("indicator", "indicator")],
        _ => &[("bearerId", "bearer_id"), ("type", "rule_type")],
    };
    for (field, column) in copied {
        own[*column] = one[*field].clone();
    }
    match root {
        "EntityInput" => own["name_zh"] = json!("名"),
        "RelationInput" | "ObservationInput" => {
            own["amount"] = json!("1");
            own["unit"] = json!("CNY");
            own["basis"] = json!("INVESTED");
        }
        "RuleInput" => {
            own["part"] = json!("1");
            own["lower"] = json!("1");
            own["upper"] = json!("1");
        }
        _ => {}
    }
    if root != "SourceInput" {
        own.as_object_mut()
            .unwrap()
            .extend(evidence.as_object().unwrap().clone());
    }
    let value = match path {
        _ if path.ends_with("scheme") && root == "EntityInput" && path.starts_with("external") => {
            json!([format!("{text}:v")])
        }
        _ if path.starts_with("externalIds") => json!([format!("x:{text}")]),
        _ if path.ends_with("section") => json!(format!("§\"{}\"", text.replace('"', "\"\""))),
        _ if path.ends_with("[0]") => json!([text]),
        _ => json!(text),
    };
    let mut rows = Vec::new();
    match cell {
        Own(column) => {
            own[column] = value;
            match column {
                "size_text" => {
                    own["tags"] = json!(["cohort"]);
                    own["size"] = json!("1");
                }
                "committed_text" => own["committed"] = json!("1 EUR"),
                "paid_in_text" => own["paid_in"] = json!("1 EUR"),
                _ => {}
            }
        }
        In(other, column) => {
            let mut more = evidence.clone();
            let subject = if other == "names" {
                "entity_id"
            } else {
                "subject_id"
            };
            more[subject] = one["id"].clone();
            if other == "names" {
                more["value"] = json!("又名");
                more["role"] = json!("OFFICIAL");
            }
            more[column] = value;
            rows.push((other, more));
        }
        Cell::None(_) => unreachable!(),
    }
    rows.push((table, own));
    rows
}

/// A data set directory with these rows and what they refer to.
fn files(rows: &[(&'static str, Value)]) -> Files {
    let mut tables: BTreeMap<&str, String> = BTreeMap::new();
    let ends = [
        ("fund:from", "FUND"),
        ("project:to", "PROJECT"),
        ("program:m", "PROGRAM"),
    ];
    let ends = ends.map(|(id, kind)| {
        let end = json!({ "id": id, "kind": kind, "name_zh": "端", "source_id": "source:s", "reliability": "AUDITED" });
        ("entities", end)
    });
    for (table, row) in rows.iter().cloned().chain(ends) {
        let lines: &mut String = tables.entry(table).or_default();
        lines.extend([row.to_string().as_str(), "\n"]);
    }
    tables.into_iter().fold(Files::new(), |files, (table, text)| {
        files.file(&format!("{table}.jsonl"), &text)
    })
}

/// The first reason and hint for each place in the input that was refused; none where all was written.
async fn refusals(
    app: &Asker<'_>,
    mutation: &str,
    input: &str,
    records: &[Value],
) -> BTreeMap<usize, (String, String)> {
    let query = format!("mutation($input: [{input}!]!) {{ {mutation}(input: $input) {{ created }} }}");
    let body = app.ask(&query, json!({ "input": records })).await.body;
    if body["errors"].is_null() {
        return BTreeMap::new();
    }
    let problems = body["errors"][0]["extensions"]["problems"].as_array();
    let problems = problems.unwrap_or_else(|| panic!("{mutation}: {body:#}"));
    let mut refused = BTreeMap::new();
    for problem in problems {
        let text = |key: &str| problem[key].as_str().unwrap_or_default().to_string();
        let place = text("path").split(['[', ']']).nth(1).unwrap().parse().unwrap();
        assert!(!text("hint").is_empty(), "no hint: {problem}");
        refused.entry(place).or_insert((text("reason"), text("hint")));
    }
    refused
}

/// Reads records whole, each as JSON.
async fn read(app: &Asker<'_>, whole: &str, ids: &[String]) -> Vec<Value> {
    let query = format!("query($ids: [ID!]!) {{ nodes(ids: $ids) {{ __typename {whole} }} }}");
    let mut nodes = Vec::new();
    for chunk in ids.chunks(20) {
        let answer = app.ask(&query, json!({ "ids": chunk })).await.good();
        nodes.extend(answer["nodes"].as_array().unwrap().iter().cloned());
    }
    nodes
}

fn holds(value: &Value, text: &str) -> bool {
    match value {
        Value::String(own) => own == text,
        Value::Array(items) => items.iter().any(|item| holds(item, text)),
        Value::Object(members) => members.values().any(|member| holds(member, text)),
        _ => false,
    }
}

async fn prepare(app: &Asker<'_>) {
    app.query(
        r#"mutation {
          upsertDataset(input: { id: "d", title: "D", licence: "CC0-1.0", synthetic: false, coverage: SAMPLE }) { created }
          upsertSources(input: [{ id: "source:s", title: "S" }]) { created }
        }"#,
    )
    .await
    .good();
    let end = |id: &str, kind: &str| {
        json!({ "id": id, "kind": kind, "names": [{ "value": "端", "lang": "zh" }],
                "statements": [{ "sourceId": "source:s", "quote": "", "reliability": "AUDITED" }] })
    };
    let ends = [
        end("fund:from", "FUND"),
        end("project:to", "PROJECT"),
        end("program:m", "PROGRAM"),
    ];
    assert_eq!(
        refusals(app, "upsertEntities", "EntityInput", &ends).await,
        BTreeMap::new()
    );
}

/// The rows of one field's odd texts are refused in the words in which GraphQL refuses them.
async fn both_refuse(
    field: (&str, &str, Cell),
    refused: &BTreeMap<usize, (String, String)>,
    texts: &[String],
) {
    let (root, path, cell) = field;
    let empty = Graph::empty().await;
    for (place, (reason, hint)) in refused {
        let rows = row(root, path, &texts[*place], "k", cell);
        let Err(report) = empty.import(&files(&rows)).await else {
            panic!(
                "{root}.{path}: {:?} is refused ({reason}), and taken in by an import",
                texts[*place]
            )
        };
        // An empty cell is no cell, and what is near an unknown id depends on what else is there.
        if ODD[*place].is_empty() {
            continue;
        }
        let told = match reason.strip_prefix("no ") {
            Some(_) => format!("    {reason} → "),
            None => format!("    {reason} → {hint}"),
        };
        assert!(
            report.contains(&told),
            "{root}.{path}: {:?}\n{told}\n{report}",
            texts[*place]
        );
    }
}

#[tokio::test]
async fn every_text_is_refused_by_both_ways_in_or_comes_back_from_a_file() {
    let app = TestApp::with(graph()).await;
    let schema = Schema::of(&app).await;
    let fields = fields();
    let mut found = BTreeSet::new();
    for (_, input, _) in ROOTS {
        let mut texts = Vec::new();
        schema.texts(input, "", &mut texts);
        found.extend(texts.into_iter().map(|path| (input.to_string(), path)));
    }
    let listed: BTreeSet<_> = fields
        .iter()
        .map(|(root, path, _)| (root.to_string(), (*path).to_string()))
        .collect();
    assert_eq!(listed, found, "the fields of the schema, each with its column");

    let admin = app.as_role(Role::Admin, true).await;
    prepare(&admin).await;
    let whole = schema.whole();
    let mut kept: Vec<String> = Vec::new();
    for (number, field) in fields.iter().enumerate() {
        let (root, path, cell) = *field;
        if let Cell::None(_) = cell {
            continue;
        }
        let (mutation, input, _) = *ROOTS.iter().find(|(_, input, _)| *input == root).unwrap();
        let texts: Vec<String> = ODD.iter().map(|odd| written(root, path, odd)).collect();
        let records: Vec<Value> = texts
            .iter()
            .enumerate()
            .map(|(place, text)| {
                let mut one = record(root, path, &format!("f{number}-{place}"));
                put(&mut one, path, text);
                one
            })
            .collect();
        // A refusal lists a hundred problems at most, so the texts are sent in parts.
        let mut refused = BTreeMap::new();
        for (part, some) in records.chunks(20).enumerate() {
            let found = refusals(&admin, mutation, input, some).await;
            refused.extend(found.into_iter().map(|(place, told)| (part * 20 + place, told)));
        }
        both_refuse(*field, &refused, &texts).await;
        let good: Vec<usize> = (0..records.len())
            .filter(|place| !refused.contains_key(place))
            .collect();
        let taken: Vec<Value> = good.iter().map(|place| records[*place].clone()).collect();
        assert_eq!(
            refusals(&admin, mutation, input, &taken).await,
            BTreeMap::new(),
            "{root}.{path}"
        );
        let ids: Vec<String> = taken
            .iter()
            .map(|one| one["id"].as_str().unwrap().to_string())
            .collect();
        for (node, place) in read(&admin, &whole, &ids).await.iter().zip(&good) {
            let text = &texts[*place];
            let is_position =
                path.ends_with("locator.text") && (text.contains("[1,2)") || text.starts_with("§\""));
            let shown = text.is_empty() || is_position || text == "\"a\"" || holds(node, text);
            assert!(shown, "{root}.{path}: {text:?} was taken and is not in {node:#}");
        }
        kept.extend(ids);
    }
    assert!(kept.len() > 500, "{}", kept.len());

    let before = read(&admin, &whole, &kept).await;
    let source = Graph::over(app.service.clone());
    let forms = [
        source.export("d", ExportFormat::Csv).await,
        source.export("d", ExportFormat::Jsonl).await,
    ];
    for exported in &forms {
        let other = TestApp::with(graph()).await;
        let copy = Graph::over(other.service.clone());
        copy.import(exported).await.unwrap();
        let reader = other.as_role(Role::Admin, true).await;
        let after = read(&reader, &whole, &kept).await;
        for (before, after) in before.iter().zip(&after) {
            assert_eq!(before, after);
        }
        for (form, first) in [ExportFormat::Csv, ExportFormat::Jsonl].into_iter().zip(&forms) {
            assert_eq!(copy.export("d", form).await.texts(), first.texts());
        }
    }
}

/// Parts of locators together, several statements on one record, amounts with their words: what no single text shows.
#[tokio::test]
async fn records_with_everything_come_back_from_a_file() {
    let app = TestApp::with(graph()).await;
    let schema = Schema::of(&app).await;
    let admin = app.as_role(Role::Admin, true).await;
    prepare(&admin).await;
    let texts = ["", "a", "L5", "[1,2)", "§\"x\"", "a \"b\"", "\"", "甲, 乙"];
    let mut statements = Vec::new();
    for (place, text) in texts.iter().enumerate() {
        for (lines, span) in [
            (Value::Null, Value::Null),
            (json!([3]), Value::Null),
            (json!([3, 4]), json!(7)),
            (Value::Null, json!(7)),
        ] {
            let section = texts[(place + 1) % texts.len()];
            let end = span.as_i64().map(|start| start + 9);
            let quote = format!("说{}", statements.len());
            let locator =
                json!({ "text": text, "section": section, "lines": lines, "start": span, "end": end });
            statements.push(json!({ "sourceId": "source:s", "quote": quote, "reliability": "AUDITED", "locator": locator }));
        }
    }
    for (rank, property) in [
        ("PREFERRED", Value::Null),
        ("DEPRECATED", Value::Null),
        ("NORMAL", json!("size")),
    ] {
        statements.push(json!({ "sourceId": "source:s", "quote": format!("另说{rank}"), "reliability": "AUDITED", "rank": rank, "property": property,
            "asOf": "2024-03", "assertion": "IMPLIED", "quantity": property.is_string().then(|| json!({ "lower": "3", "upper": "5" })) }));
    }
    let names = json!([
        { "value": "甲", "lang": "zh" }, { "value": "甲二", "lang": "zh" }, { "value": "A", "lang": "en" },
        { "value": "جامعة", "lang": "ar", "role": "ALIAS" }, { "value": "Пример", "lang": "und-Cyrl", "role": "ALIAS" },
        { "value": "a|b", "lang": "en", "role": "ALIAS" }, { "value": "甲二", "lang": "zh-Hant", "role": "ABBREVIATION" }
    ]);
    let amount = |text: &str, unit: Value| json!({ "lower": "1.50", "upper": "2", "originalText": text, "unit": unit });
    let fund = json!({ "id": "fund:all", "kind": "FUND", "names": names, "description": " 一\n\"二\"\t", "tags": ["b", "cohort", "é,\""],
        "externalIds": [{ "scheme": "x", "value": "a:b c" }], "size": amount("约两只\n", Value::Null), "validFrom": "2024", "validTo": "2025-02-03",
        "properties": { "fundType": "FOF", "committed": amount("一到二", json!("EUR")), "paidIn": amount("已到", json!("JPY")) }, "statements": statements });
    let mut relation = record("RelationInput", "", "r:all");
    relation["statements"] = fund["statements"].as_array().unwrap()[..12]
        .iter()
        .cloned()
        .collect();
    let mut rule = record("RuleInput", "", "rule:all");
    rule["parts"] = json!([{ "partyId": "fund:all", "label": "甲方", "lower": "1", "upper": "1" }, { "lower": "2", "upper": "2" }]);
    rule["statements"] = relation["statements"].clone();
    let mut short = record("RuleInput", "", "rule:short");
    short["parts"] = rule["parts"].clone();
    let mut ids = Vec::new();
    for (mutation, input, records) in [
        ("upsertEntities", "EntityInput", vec![fund]),
        ("upsertRelations", "RelationInput", vec![relation]),
        ("upsertRules", "RuleInput", vec![rule, short]),
    ] {
        assert_eq!(refusals(&admin, mutation, input, &records).await, BTreeMap::new());
        ids.extend(records.iter().map(|one| one["id"].as_str().unwrap().to_string()));
    }
    let whole = schema.whole();
    // Statements stand in the order in which they came; a file has those of the rows first.
    let sorted = |mut nodes: Vec<Value>| {
        for node in &mut nodes {
            let members = node.as_object_mut().unwrap().iter_mut();
            for (_, list) in members.filter(|(name, _)| name.ends_with("_statements")) {
                list.as_array_mut().unwrap().sort_by_key(Value::to_string);
            }
        }
        nodes
    };
    let before = sorted(read(&admin, &whole, &ids).await);
    let own = before[0]["Fund_statements"].as_array().unwrap().iter();
    assert_eq!(
        own.filter(|statement| statement["own"] == true).count(),
        texts.len() * 4
    );
    let source = Graph::over(app.service.clone());
    for form in [ExportFormat::Csv, ExportFormat::Jsonl] {
        let exported = source.export("d", form).await;
        let other = TestApp::with(graph()).await;
        let copy = Graph::over(other.service.clone());
        copy.import(&exported).await.unwrap();
        let reader = other.as_role(Role::Admin, true).await;
        let after = sorted(read(&reader, &whole, &ids).await);
        for (before, after) in before.iter().zip(&after) {
            assert_eq!(before, after);
        }
        assert_eq!(copy.export("d", form).await.texts(), exported.texts());
        // What was taken in is what stands, so a second import changes nothing.
        let again = Graph::counts(source.import(&exported).await);
        assert_eq!((again.0, again.1, again.3), (0, 0, 0));
    }
}
