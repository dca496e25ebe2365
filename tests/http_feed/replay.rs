//! A mirror: the feed, read from its beginning with its nodes, makes another store whose export is the same to the byte.
//!
//! The mirror knows the public schema alone. It keeps the newest node of each id, and writes what it has as a data set directory.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hukun::dataset::ExportFormat;
use hukun::model::principal::{DatasetScope, Role};
use hukun::service::NewKey;
use serde_json::{Map, Value, json};

use super::server::text;
use crate::import_round_trip::rich;
use crate::import_support::{self, Files};
use crate::support::socket::Socket;
use crate::support::{TestApp, graph};

const FOLLOW: &str = "subscription($since: String) { changes(since: $since) { cursor action subjectId kind node {
    __typename id
    ... on Dataset { title licence synthetic coverage access }
    ... on Source { title authors affiliation publisher publishedOn language sourceLicence: licence sha256 url datasets { id } }
    ... on Entity { kind names { value lang role } description tags externalIds { scheme value } formerIds validFrom validTo
        size { ...q } statements { ...s } }
    ... on Region { level longitude latitude }
    ... on Industry { scheme code } ... on Park { parkType level } ... on Lab { labType }
    ... on Facility { facilityType capacity } ... on Fund { fundType committed { ...q } paidIn { ...q } }
    ... on Expert { titleClass fields contact } ... on Project { stage } ... on Company { listingBoard }
    ... on Organization { orgType } ... on Program { family } ... on Claim { claimType }
    ... on Relation { relation: kind from { id } to { id } statedResource statedFlow quantity { ...q } share under { id } driver
        validFrom validTo statements { ...s } }
    ... on Observation { entity { id } indicator amount: quantity { ...q } period { text } statements { ...s } }
    ... on Rule { bearer { id } type base parts { party { id } label lower upper } statements { ...s } }
} } }
fragment q on Quantity { own { ...o } }
fragment o on Quantity { lower upper unit basis measure qualifier originalText }
fragment s on Statement { source { id } dataset { id } own quote assertion reliability rank property asOf
    locator { text section lines start end } quantity { ...o } }";

/// What a partner keeps of the graph.
#[derive(Default)]
struct Mirror {
    nodes: BTreeMap<String, Value>,
}

impl Mirror {
    fn take_in(&mut self, change: &Value) {
        let id = text(&change["subjectId"]);
        if change["node"].is_null() {
            self.nodes.remove(&id);
        } else {
            self.nodes.insert(id, change["node"].clone());
        }
    }

    /// What it has of a data set, as a directory.
    fn directory(&self, dataset: &str) -> Files {
        let own = &self.nodes[dataset];
        let manifest = format!(
            "id = {}\ntitle = {}\nlicence = {}\nsynthetic = {}\ncoverage = {}\naccess = {}\n",
            own["id"], own["title"], own["licence"], own["synthetic"], own["coverage"], own["access"]
        );
        let mut tables: BTreeMap<&str, String> = BTreeMap::new();
        for node in self.nodes.values() {
            for (table, row) in rows(node, dataset) {
                let row: Map<String, Value> = row.into_iter().filter(|(_, cell)| !is_empty(cell)).collect();
                writeln!(tables.entry(table).or_default(), "{}", Value::Object(row)).unwrap();
            }
        }
        let files = Files::bare().file("dataset.toml", &manifest);
        tables.iter().fold(files, |files, (table, rows)| {
            files.file(&format!("{table}.jsonl"), rows)
        })
    }
}

fn is_empty(cell: &Value) -> bool {
    cell.is_null() || cell == "" || cell == &json!([])
}

type Row = Map<String, Value>;

fn row(cells: Value) -> Row {
    match cells {
        Value::Object(row) => row,
        other => panic!("no row: {other}"),
    }
}

/// The rows that a node has in a data set.
fn rows(node: &Value, dataset: &str) -> Vec<(&'static str, Row)> {
    let kind = text(&node["__typename"]);
    if kind == "Dataset" {
        return Vec::new();
    }
    if kind == "Source" {
        let listed = node["datasets"]
            .as_array()
            .unwrap()
            .iter()
            .any(|one| one["id"] == dataset);
        let source = json!({
            "id": node["id"], "title": node["title"], "authors": node["authors"], "affiliation": node["affiliation"],
            "publisher": node["publisher"], "published_on": node["publishedOn"], "language": node["language"],
            "licence": node["sourceLicence"], "sha256": node["sha256"], "url": node["url"],
        });
        return listed.then(|| ("sources", row(source))).into_iter().collect();
    }
    let statements = node["statements"].as_array().unwrap().iter();
    let statements = statements.filter(|statement| statement["dataset"]["id"] == dataset);
    let (own, mut more): (Vec<&Value>, Vec<&Value>) =
        statements.partition(|statement| statement["own"] == true);
    let mut rows = Vec::new();
    if let Some(first) = own.first() {
        let used = match kind.as_str() {
            "Relation" => one(&mut rows, "relations", relation(node), first),
            "Observation" => one(&mut rows, "observations", observation(node), first),
            "Rule" => rule(&mut rows, node, &own),
            _ => {
                names(&mut rows, node, first);
                one(&mut rows, "entities", entity(node), first)
            }
        };
        more.extend(&own[used.min(own.len())..]);
    }
    for statement in more {
        let mut cells = row(json!({
            "subject_id": node["id"], "property": statement["property"], "rank": statement["rank"],
        }));
        let (amount, amount_max) = amounts(&statement["quantity"]);
        cells.insert("amount".into(), amount);
        cells.insert("amount_max".into(), amount_max);
        cells.insert("qualifier".into(), statement["quantity"]["qualifier"].clone());
        cells.extend(evidence(statement));
        rows.push(("statements", cells));
    }
    rows
}

fn one(rows: &mut Vec<(&'static str, Row)>, table: &'static str, mut cells: Row, first: &Value) -> usize {
    cells.extend(evidence(first));
    rows.push((table, cells));
    1
}

fn evidence(statement: &Value) -> Row {
    let locator = &statement["locator"];
    let mut parts = Vec::new();
    if let Some(lines) = locator["lines"].as_array() {
        parts.push(if lines[0] == lines[1] {
            format!("L{}", lines[0])
        } else {
            format!("L{}-{}", lines[0], lines[1])
        });
    }
    if !locator["start"].is_null() {
        parts.push(format!("[{},{})", locator["start"], locator["end"]));
    }
    parts.extend(
        ["section", "text"]
            .iter()
            .filter_map(|part| locator[part].as_str().map(String::from)),
    );
    row(json!({
        "source_id": statement["source"]["id"], "locator": parts.join(" "), "quote": statement["quote"],
        "assertion": statement["assertion"], "reliability": statement["reliability"], "as_of": statement["asOf"],
    }))
}

/// The cells `amount` and `amount_max` of a quantity.
fn amounts(quantity: &Value) -> (Value, Value) {
    match quantity["qualifier"].as_str() {
        Some("RANGE" | "MORE_THAN") => (quantity["lower"].clone(), quantity["upper"].clone()),
        Some("EXACT" | "ROUNDED" | "AT_LEAST") => (quantity["lower"].clone(), Value::Null),
        Some("AT_MOST") => (quantity["upper"].clone(), Value::Null),
        Some("LESS_THAN") if quantity["lower"] == "0" => (quantity["upper"].clone(), Value::Null),
        Some("LESS_THAN") => (quantity["lower"].clone(), quantity["upper"].clone()),
        _ => (Value::Null, Value::Null),
    }
}

fn quantity(cells: &mut Row, quantity: &Value) {
    let own = &quantity["own"];
    let (amount, amount_max) = amounts(own);
    for (name, cell) in [
        ("amount", &amount),
        ("amount_max", &amount_max),
        ("qualifier", &own["qualifier"]),
        ("unit", &own["unit"]),
        ("basis", &own["basis"]),
        ("measure", &own["measure"]),
        ("original_text", &own["originalText"]),
    ] {
        cells.insert(name.into(), cell.clone());
    }
}

/// The one cell of an amount.
fn size(quantity: &Value) -> Value {
    let own = &quantity["own"];
    let number = |name: &str| own[name].as_str().unwrap_or_default();
    let (lower, upper) = (number("lower"), number("upper"));
    match own["qualifier"].as_str() {
        None => Value::Null,
        Some("EXACT") => lower.into(),
        Some("ROUNDED") => format!("~{lower}").into(),
        Some("MORE_THAN") if upper.is_empty() => format!(">{lower}").into(),
        Some("MORE_THAN") => format!(">{lower}..{upper}").into(),
        Some("RANGE") => format!("{lower}..{upper}").into(),
        Some(_) => "?".into(),
    }
}

/// The one cell of an amount of money.
fn money(quantity: &Value) -> Value {
    match (size(quantity), quantity["own"]["unit"].as_str()) {
        (Value::String(amount), Some(unit)) => format!("{amount} {unit}").into(),
        (amount, _) => amount,
    }
}

fn official<'a>(node: &'a Value, lang: &str) -> Option<&'a Value> {
    let mut names = node["names"].as_array().unwrap().iter();
    names.find(|name| name["role"] == "OFFICIAL" && name["lang"] == lang)
}

fn entity(node: &Value) -> Row {
    let external = node["externalIds"].as_array().unwrap().iter();
    let external = external.map(|id| format!("{}:{}", text(&id["scheme"]), text(&id["value"])));
    let name = |lang: &str| official(node, lang).map_or(Value::Null, |name| name["value"].clone());
    row(json!({
        "id": node["id"], "kind": node["kind"], "name_zh": name("zh"), "name_en": name("en"), "description": node["description"],
        "tags": node["tags"], "size": size(&node["size"]), "valid_from": node["validFrom"], "valid_to": node["validTo"],
        "external_ids": external.collect::<Vec<_>>(), "former_ids": node["formerIds"], "level": node["level"],
        "scheme": node["scheme"], "code": node["code"], "longitude": node["longitude"], "latitude": node["latitude"],
        "park_type": node["parkType"], "lab_type": node["labType"], "facility_type": node["facilityType"],
        "capacity": node["capacity"], "fund_type": node["fundType"], "committed": money(&node["committed"]),
        "paid_in": money(&node["paidIn"]), "title_class": node["titleClass"], "fields": node["fields"],
        "contact": node["contact"], "stage": node["stage"], "listing_board": node["listingBoard"],
        "org_type": node["orgType"], "family": node["family"], "claim_type": node["claimType"],
    }))
}

/// Names beside the two that have a column, with the evidence of the row.
fn names(rows: &mut Vec<(&'static str, Row)>, node: &Value, own: &Value) {
    let columns = [official(node, "zh"), official(node, "en")];
    for name in node["names"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|name| !columns.contains(&Some(name)))
    {
        let cells = json!({ "entity_id": node["id"], "value": name["value"], "lang": name["lang"], "role": name["role"] });
        one(rows, "names", row(cells), own);
    }
}

fn ids(nodes: &Value) -> Vec<Value> {
    nodes
        .as_array()
        .unwrap()
        .iter()
        .map(|node| node["id"].clone())
        .collect()
}

fn relation(node: &Value) -> Row {
    let driver = if node["driver"] == "UNSTATED" {
        Value::Null
    } else {
        node["driver"].clone()
    };
    let mut cells = row(json!({
        "id": node["id"], "kind": node["relation"], "from_id": node["from"]["id"], "to_id": node["to"]["id"],
        "resource": node["statedResource"], "flow": node["statedFlow"], "share": node["share"], "under": ids(&node["under"]),
        "driver": driver, "valid_from": node["validFrom"], "valid_to": node["validTo"],
    }));
    quantity(&mut cells, &node["quantity"]);
    cells
}

fn observation(node: &Value) -> Row {
    let mut cells = row(json!({
        "id": node["id"], "entity_id": node["entity"]["id"], "indicator": node["indicator"], "period": node["period"]["text"],
    }));
    quantity(&mut cells, &node["amount"]);
    cells
}

fn rule(rows: &mut Vec<(&'static str, Row)>, node: &Value, own: &[&Value]) -> usize {
    let parts = node["parts"].as_array().unwrap();
    for (place, part) in parts.iter().enumerate() {
        let cells = json!({
            "id": node["id"], "bearer_id": node["bearer"]["id"], "rule_type": node["type"], "base": node["base"],
            "part": (place + 1).to_string(), "party_id": part["party"]["id"], "party_label": part["label"],
            "lower": part["lower"], "upper": part["upper"],
        });
        one(rows, "rules", row(cells), own.get(place).or(own.last()).unwrap());
    }
    parts.len()
}

/// Follows until the log's end, and gives what is mirrored.
async fn mirror(app: &TestApp, key: &str) -> Mirror {
    let ask = "{ changes { totalCount } }";
    let asked = reqwest::Client::new()
        .post(format!("{}/graphql", app.url))
        .bearer_auth(key);
    let all: Value = asked
        .json(&json!({ "query": ask }))
        .send()
        .await
        .unwrap()
        .json()
        .await
        .unwrap();
    let count = all["data"]["changes"]["totalCount"].as_u64().unwrap();
    let mut socket = Socket::dial(&app.url).await;
    let payload = json!({ "Authorization": format!("Bearer {key}") });
    socket
        .say(json!({ "type": "connection_init", "payload": payload }))
        .await;
    assert_eq!(socket.hear().await["type"], "connection_ack");
    // The place before the first line, as cursors were once: who sees all may still give one.
    let start = URL_SAFE_NO_PAD.encode(r#"[1,"changes",[0,0]]"#);
    socket.subscribe("1", FOLLOW, json!({ "since": start })).await;
    let mut mirror = Mirror::default();
    for _ in 0..count {
        mirror.take_in(&socket.change("1").await);
    }
    mirror
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_feed_makes_a_store_whose_export_is_the_same_to_the_byte() {
    let app = TestApp::with(graph()).await;
    let world = import_support::Graph::over(app.service.clone());
    let kunshan = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("seed/kunshan");
    // What is there at first and what becomes of it: the last word counts, and what went away is gone.
    app.add(
        graph()
            .entities(["fund:gone", "company:gone"])
            .in_dataset("passing"),
    )
    .await;
    world
        .import_with(&kunshan, &import_support::options())
        .await
        .unwrap();
    // Public here: a restricted data set and another list a source alike, and these two do not.
    let manifest = "id = \"d\"\ntitle = \"上海 → 昆山\"\nlicence = \"CC0-1.0\"\nsynthetic = true\ncoverage = \"CENSUS\"\naccess = \"public\"\n";
    world
        .import(&rich().file("dataset.toml", manifest))
        .await
        .unwrap();
    app.add(graph().entity("fund:stays").in_dataset("passing").replacing())
        .await;
    let new = NewKey {
        label: None,
        role: Role::Admin,
        pii: true,
        scope: DatasetScope::Unscoped,
        expires_at: None,
    };
    let key = app.service.keys().issue(new).await.unwrap();
    let mirror = mirror(&app, key.reveal()).await;
    assert!(!mirror.nodes.contains_key("fund:gone") && mirror.nodes.contains_key("fund:stays"));
    let other = import_support::Graph::empty().await;
    for dataset in ["kunshan", "d", "passing"] {
        let directory = mirror.directory(dataset);
        let imported = other.import(&directory).await;
        import_support::Graph::counts(imported);
    }
    for dataset in ["kunshan", "d", "passing"] {
        for format in [ExportFormat::Csv, ExportFormat::Jsonl] {
            let (theirs, ours) = (
                world.export(dataset, format).await,
                other.export(dataset, format).await,
            );
            for ((file, text), (_, copy)) in theirs.texts().iter().zip(&ours.texts()) {
                assert!(
                    text == copy,
                    "{dataset}/{file} differs:\n{}",
                    difference(text, copy)
                );
            }
            assert_eq!(theirs.texts().len(), ours.texts().len());
        }
    }
}

fn difference(text: &str, copy: &str) -> String {
    let lines = text.lines().zip(copy.lines());
    let differing = lines.filter(|(line, copied)| line != copied).take(5);
    differing
        .map(|(line, copied)| format!("- {line}\n+ {copied}\n"))
        .collect()
}
