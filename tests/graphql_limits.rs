//! Questions that would cost too much are refused at once, whatever they look like.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use async_graphql::parser::parse_schema;
use async_graphql::parser::types::{TypeKind, TypeSystemDefinition};
use hukun::http::Config;
use hukun::model::ontology::RelationKind::InvestsIn;
use serde_json::{Value, json};

use crate::support::graph::Graph;
use crate::support::{Reply, TestApp, graph};

/// Far above what a refusal takes and far below what the work would.
const AT_ONCE: Duration = Duration::from_secs(2);

async fn refused(app: &TestApp, query: &str) -> String {
    let start = Instant::now();
    let (code, message) = app.query(query).await.bad();
    assert_eq!(code, "LIMIT_EXCEEDED", "{message}");
    assert!(start.elapsed() < AT_ONCE, "{:?}", start.elapsed());
    message
}

#[tokio::test]
async fn bombs_are_refused_at_once() {
    let app = TestApp::with(graph()).await;
    let mut fragments = String::from("{ ...f0 } fragment f30 on Query { revision }");
    for n in 0..30 {
        let _ = write!(fragments, " fragment f{n} on Query {{ ...f{0} ...f{0} }}", n + 1);
    }
    assert!(
        refused(&app, &fragments)
            .await
            .starts_with("selected fields, with fragments spread: 1073741824")
    );
    let mut endless = String::from("{ ...f0 } fragment f200 on Query { revision }");
    for n in 0..200 {
        let _ = write!(
            endless,
            " fragment f{n} on Query {{ ...f{0} ...f{0} ...f{0} }}",
            n + 1
        );
    }
    assert!(refused(&app, &endless).await.contains("too many to count"));

    let aliases: Vec<String> = (0..501).map(|n| format!("a{n}: revision")).collect();
    let aliases = aliases.join(" ");
    assert!(
        refused(&app, &format!("{{ {aliases} }}"))
            .await
            .starts_with("aliases")
    );
    let directives = "@include(if: true) ".repeat(501);
    assert!(
        refused(&app, &format!("{{ revision {directives} }}"))
            .await
            .starts_with("directives")
    );
    let mut spread = String::from("{ ...d0 } fragment d9 on Query { revision @skip(if: false) }");
    for n in 0..9 {
        let _ = write!(spread, " fragment d{n} on Query {{ ...d{0} ...d{0} }}", n + 1);
    }
    assert!(refused(&app, &spread).await.starts_with("directives"));
    let deep = |levels: usize| {
        format!(
            "{{ entities(first: 1) {{ nodes {{ {}id{} }} }} }}",
            "region { ".repeat(levels),
            " }".repeat(levels)
        )
    };
    app.query(&deep(20)).await.good();
    assert!(refused(&app, &deep(30)).await.starts_with("depth"));
    assert!(
        refused(&app, &deep(40_000)).await.starts_with("the document"),
        "a parser's stack has an end"
    );
    assert!(
        refused(
            &app,
            &format!(
                "{{ entities(filter: {}{}) {{ nodes {{ id }} }} }}",
                "{ not: ".repeat(500),
                "}".repeat(500)
            )
        )
        .await
        .contains("nests brackets")
    );
    assert!(
        refused(&app, &format!("{{ revision {} }}", " ".repeat(200_000)))
            .await
            .contains("bytes")
    );
}

#[tokio::test]
async fn a_fragment_that_spreads_itself_is_named() {
    let app = TestApp::with(graph()).await;
    let (code, message) = app
        .query("{ ...a } fragment a on Query { revision ...b } fragment b on Query { ...a }")
        .await
        .bad();
    assert_eq!(code, "BAD_USER_INPUT");
    assert!(message.contains("spreads itself"), "{message}");
}

#[tokio::test]
async fn what_a_question_may_cost_is_reckoned_from_its_pages() {
    let app = TestApp::with(graph()).await;
    let nested = |size: &str| {
        format!(
            "query ($n: Int = {size}) {{ entities(first: $n) {{ nodes {{ related(first: $n) {{ nodes {{ related(first: $n) {{ nodes {{ id }} }} }} }} }} }} }}"
        )
    };
    app.query(&nested("20")).await.good();
    assert!(
        refused(&app, &nested("1000"))
            .await
            .contains("request smaller pages")
    );
    let by_variable = app.ask(&nested("1"), json!({ "n": 1000 })).await.bad();
    assert_eq!(by_variable.0, "LIMIT_EXCEEDED");
    app.query("{ funds { nodes { investments { nodes { ... on Project { industries { nodes { name related { totalCount } } } } } } } } }").await.good();
}

#[tokio::test]
async fn a_question_holds_few_heavy_fields() {
    let app = TestApp::with(graph().entity("fund:f")).await;
    let ends = "from: { kinds: [FUND] }, to: { kinds: [COMPANY] }";
    for (field, most) in [
        (
            format!("trace(input: {{ {ends} }}) {{ totalCount {{ value }} }}"),
            14,
        ),
        (
            format!("flow(input: {{ {ends}, resource: CAPITAL, unit: \"CNY\" }}) {{ total {{ min }} }}"),
            14,
        ),
        ("flowLayers { unit }".into(), 14),
        (r#"leverage(id: "fund:f") { lower }"#.into(), 59),
    ] {
        let asked = |count: usize| {
            let all: Vec<String> = (0..count).map(|n| format!("a{n}: {field}")).collect();
            format!("{{ {} }}", all.join(" "))
        };
        app.query(&asked(most)).await.good();
        assert!(
            refused(&app, &asked(most + 1)).await.starts_with("values"),
            "{field}"
        );
    }
    // A relation's own `flow` is a word, and a thousand of them are a page.
    app.query("{ relations(first: 1000) { nodes { id flow } } }")
        .await
        .good();
}

/// The costs that fields declare: type, field, weight, and number of rows assumed.
fn declared_costs() -> Vec<(String, String, u64, u64)> {
    let document = parse_schema(hukun::graphql::sdl()).unwrap();
    let mut costs = Vec::new();
    for definition in document.definitions {
        let TypeSystemDefinition::Type(of) = definition else {
            continue;
        };
        let TypeKind::Object(object) = of.node.kind else {
            continue;
        };
        for field in object.fields {
            let field = field.node;
            let number = |directive: &str, argument: &str| {
                let mut directives = field.directives.iter().map(|one| &one.node);
                let found = directives.find(|one| one.name.node == directive)?;
                let value = found.get_argument(argument).unwrap().node.clone();
                value.into_json().unwrap().as_u64()
            };
            let default = field.arguments.iter().find_map(|argument| {
                let argument = &argument.node;
                let default = argument.default_value.as_ref()?.node.clone();
                let limits_rows = ROW_ARGUMENTS.contains(&argument.name.node.as_str());
                // A connection has rows only where they are selected.
                let rows = limits_rows && !field.ty.node.to_string().contains("Connection");
                default.into_json().unwrap().as_u64().filter(|_| rows)
            });
            let (weight, rows) = (
                number("cost", "weight"),
                number("listSize", "assumedSize").or(default),
            );
            if weight.is_some() || rows.is_some() {
                let (of, field) = (of.node.name.node.to_string(), field.name.node.to_string());
                costs.push((of, field, weight.unwrap_or(1), rows.unwrap_or(1)));
            }
        }
    }
    costs
}

/// The arguments that say how many rows a field has.
const ROW_ARGUMENTS: [&str; 3] = ["first", "last", "maxEntities"];
/// Arguments with a number as default that say something else.
const OTHER_ARGUMENTS: [&str; 1] = ["depth"];

#[test]
fn every_argument_with_a_number_as_default_is_known_to_limit_rows_or_not_to() {
    let document = parse_schema(hukun::graphql::sdl()).unwrap();
    let mut found = BTreeMap::new();
    for definition in document.definitions {
        let TypeSystemDefinition::Type(of) = definition else {
            continue;
        };
        let fields = match of.node.kind {
            TypeKind::Object(object) => object.fields,
            TypeKind::Interface(interface) => interface.fields,
            _ => continue,
        };
        for argument in fields.iter().flat_map(|field| &field.node.arguments) {
            let default = argument.node.default_value.as_ref();
            let number = default.and_then(|value| value.node.clone().into_json().unwrap().as_u64());
            if let Some(number) = number {
                found.insert(argument.node.name.node.to_string(), number);
            }
        }
    }
    assert!(found.len() >= 3, "{found:?}");
    for (name, default) in found {
        let known = ROW_ARGUMENTS.contains(&&*name) || OTHER_ARGUMENTS.contains(&&*name);
        assert!(
            known,
            "{name} = {default}: say whether it limits rows (graphql/limits.rs)"
        );
    }
}

#[tokio::test]
async fn the_default_of_an_argument_counts_as_if_it_were_given() {
    let app = estimating_app().await;
    let ends = "input: { from: { kinds: [FUND] }, to: { kinds: [COMPANY] } }";
    for (field, arguments, default, below) in [
        ("criticality", ends, "first: 20", "{ value singlePoint }"),
        (
            "neighborhood",
            "ids: [\"fund:f\"]",
            "maxEntities: 500",
            "{ entities { id name } }",
        ),
    ] {
        let query = |more: &str| format!("{{ {field}({arguments} {more}) {below} }}");
        let left_out = cost_of(&app, &query("")).await;
        assert_eq!(left_out, cost_of(&app, &query(default)).await, "{field}");
        let name = default.split(':').next().unwrap();
        let one = cost_of(&app, &query(&format!("{name}: 1"))).await;
        assert!(one < left_out, "{field}: {one}, {left_out} by default");
        assert_eq!(left_out, cost_of(&app, &query(&format!("{name}: null"))).await);
        let unsent = format!("query($n: Int) {{ {field}({arguments} {name}: $n) {below} }}");
        assert_eq!(left_out, cost_of(&app, &unsent).await, "{field}");
    }
}

/// An app that refuses every query, and says what it would have cost.
async fn estimating_app() -> TestApp {
    let mut config = Config::default();
    config.limits.document.cost_max = 0;
    TestApp::with_config(graph(), config).await
}

/// The estimated cost of a query, of an app that refuses all.
async fn cost_of(app: &TestApp, query: &str) -> u64 {
    let message = refused(app, query).await;
    let found = message.strip_prefix("values that the answer may have: ");
    let found = found.and_then(|rest| rest.split_once(','));
    let (found, _) = found.unwrap_or_else(|| panic!("{message}"));
    found.parse().unwrap()
}

#[tokio::test]
async fn every_field_is_charged_the_cost_that_it_declares() {
    let app = estimating_app().await;
    let costs = declared_costs();
    assert!(costs.len() >= 13, "{costs:?}");
    for (of, field, weight, rows) in costs {
        assert_eq!(of, "Query", "{field}: ask for it below");
        for query in [
            format!("{{ {field} {{ __typename }} }}"),
            format!("{{ other: {field} {{ __typename }} }}"),
            format!("{{ ... on Query {{ {field} {{ __typename }} }} }}"),
            format!("{{ ... {{ {field} {{ __typename }} }} }}"),
            format!("{{ ...f }} fragment f on Query {{ {field} {{ __typename }} }}"),
        ] {
            assert_eq!(cost_of(&app, &query).await, weight + rows, "{query}");
        }
        let twice = format!("{{ ...f ...f }} fragment f on Query {{ {field} {{ __typename }} }}");
        assert_eq!(cost_of(&app, &twice).await, 2 * (weight + rows), "{twice}");
    }
}

#[tokio::test]
async fn a_field_is_not_charged_for_its_namesake_on_another_type() {
    let app = estimating_app().await;
    for (query, cost) in [
        ("{ relations(first: 1) { nodes { flow } } }", 3),
        // The limits come before validation, which will reject these: what is unknown costs 1.
        ("{ relations(first: 1) { nodes { flow { id } } } }", 4),
        ("{ entities(first: 1) { nodes { trace { id } } } }", 4),
        ("{ ... on Nothing { trace { id } } }", 2),
        ("{ ...f } fragment f on Entity { trace { id } }", 2),
        ("{ unknown { trace { id } } }", 3),
        ("mutation { trace { id } }", 2),
        ("{ trace: revision }", 1),
        ("{ revision: flowLayers { unit } }", 200_001),
    ] {
        assert_eq!(cost_of(&app, query).await, cost, "{query}");
    }
}

#[test]
fn the_documents_list_the_costs_of_fields() {
    let docs = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/limits.md");
    let docs = fs::read_to_string(docs).unwrap();
    let (_, section) = docs.split_once("### Costs of fields").unwrap();
    let (section, _) = section.split_once("\n## ").unwrap();
    let rows = section.lines().filter(|line| line.starts_with("| `"));
    let listed = rows.map(|row| {
        let cells: Vec<&str> = row.trim_matches('|').split('|').map(str::trim).collect();
        let weight: u64 = cells[1].replace(',', "").parse().unwrap();
        (cells[0].trim_matches('`').to_string(), weight)
    });
    let declared = declared_costs();
    let declared = declared.into_iter().map(|(_, field, weight, _)| (field, weight));
    assert_eq!(
        declared.collect::<BTreeMap<_, _>>(),
        listed.collect::<BTreeMap<_, _>>()
    );
}

#[tokio::test]
async fn a_filter_is_no_larger_than_a_store_can_bear() {
    let app = TestApp::with(graph()).await;
    let query = "query ($filter: EntityFilter) { entities(filter: $filter) { totalCount } }";
    let refused = async |filter: Value| {
        let (code, message) = app.ask(query, json!({ "filter": filter })).await.bad();
        assert_eq!(code, "LIMIT_EXCEEDED", "{message}");
    };
    let related = |levels: usize| {
        (0..levels).fold(
            json!({}),
            |inner, _| json!({ "related": { "some": { "entity": inner } } }),
        )
    };
    app.ask(query, json!({ "filter": related(3) })).await.good();
    refused(related(4)).await;
    refused(json!({ "or": vec![json!({ "tags": ["x"] }); 1000] })).await;
    refused(json!({ "ids": vec!["fund:f"; 10_001] })).await;
}

#[tokio::test]
async fn rows_that_are_really_read_have_a_limit_too() {
    let full: Graph = (0..20).fold(graph(), |graph, n| {
        graph.relation(InvestsIn, "fund:f", &format!("project:p{n:02}"), ())
    });
    let mut config = Config::default();
    config.limits.document.rows_max = 25;
    let app = TestApp::with_config(full, config).await;
    app.query("{ funds { nodes { investments { nodes { id } } } } }")
        .await
        .good();
    let reply = app
        .query("{ projects { nodes { investors { nodes { id } } } } }")
        .await;
    assert_eq!(first_error(&reply)["extensions"]["code"], "LIMIT_EXCEEDED");
}

fn first_error(reply: &Reply) -> &Value {
    &reply.body["errors"][0]
}

#[tokio::test]
async fn an_introspection_passes_and_a_deep_one_does_not() {
    let app = TestApp::with(graph()).await;
    let types = app.query(INTROSPECTION).await.good()["__schema"]["types"]
        .as_array()
        .unwrap()
        .len();
    assert!(types > 80, "{types}");
    let deep = "{ __schema { types { fields { type { fields { type { fields { type { fields { name } } } } } } } } } }";
    assert!(refused(&app, deep).await.contains("introspection"));
    let mut config = Config::default();
    config.introspection = false;
    let closed = TestApp::with_config(graph(), config).await;
    for query in [
        "{ __schema { types { name } } }",
        "{ ...a } fragment a on Query { __type(name: \"Fund\") { name } }",
    ] {
        assert_eq!(closed.query(query).await.bad().0, "FORBIDDEN", "{query}");
    }
    closed.query("{ __typename }").await.good();
}

/// What `GraphiQL` sends, in its deepest form.
const INTROSPECTION: &str = "query IntrospectionQuery { __schema { description queryType { name kind } mutationType { name kind } subscriptionType { name kind }
  types { ...FullType } directives { name description isRepeatable locations args(includeDeprecated: true) { ...InputValue } } } }
  fragment FullType on __Type { kind name description specifiedByURL isOneOf fields(includeDeprecated: true) { name description args(includeDeprecated: true) { ...InputValue } type { ...TypeRef } isDeprecated deprecationReason }
    inputFields(includeDeprecated: true) { ...InputValue } interfaces { ...TypeRef } enumValues(includeDeprecated: true) { name description isDeprecated deprecationReason } possibleTypes { ...TypeRef } }
  fragment InputValue on __InputValue { name description type { ...TypeRef } defaultValue isDeprecated deprecationReason }
  fragment TypeRef on __Type { kind name ofType { kind name ofType { kind name ofType { kind name ofType { kind name ofType { kind name ofType { kind name ofType { kind name ofType { kind name ofType { kind name } } } } } } } } } }";
