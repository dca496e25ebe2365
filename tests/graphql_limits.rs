//! Questions that would cost too much are refused at once, whatever they look like.

use std::fmt::Write as _;
use std::time::{Duration, Instant};

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
