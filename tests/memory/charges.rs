//! What is charged: each of these answers fits, and where it is allowed a little less, ends at its limit.

use hukun::http::Config;
use hukun::model::ontology::RelationKind::InvestsIn;
use serde_json::{Value, json};

use crate::support::graph::{Graph, cny, entity, relation};
use crate::support::{Reply, TestApp, graph};

/// A graph of many companies that a fund invested in.
fn invested(companies: usize) -> Graph {
    (0..companies).fold(graph().entity("fund:f"), |graph, n| {
        let amount = relation().amount(cny(1_000_000).invested());
        graph.relation(InvestsIn, "fund:f", &format!("company:c{n:05}"), amount)
    })
}

async fn app(graph: Graph, set: impl FnOnce(&mut Config)) -> TestApp {
    let mut config = Config::default();
    set(&mut config);
    TestApp::with_config(graph, config).await
}

#[track_caller]
fn ended_at(reply: &Reply, limit: &str) {
    let message = reply.body["errors"][0]["message"].as_str().unwrap_or_default();
    assert!(message.contains(limit), "{:.500}", reply.body.to_string());
    assert_eq!(reply.body["errors"][0]["extensions"]["code"], "LIMIT_EXCEEDED");
    assert!(reply.body["data"].is_null(), "{:.500}", reply.body.to_string());
}

/// Asks with a limit of the answer that suffices, and with one that does not.
async fn between(companies: usize, enough: u64, too_little: u64, query: &str) {
    for (max, fits) in [(enough, true), (too_little, false)] {
        let app = app(invested(companies), |config| {
            config.limits.document.answer_bytes_max = max;
        })
        .await;
        let reply = app.query(query).await;
        if fits {
            reply.good();
        } else {
            ended_at(&reply, "answer-bytes-max");
        }
    }
}

#[tokio::test]
async fn values_of_plain_rows_count() {
    between(
        300,
        100_000,
        20_000,
        "{ companies(first: 300) { nodes { id name kind } } }",
    )
    .await;
}

#[tokio::test]
async fn values_of_other_rows_count() {
    between(
        300,
        200_000,
        20_000,
        "{ relations(first: 300) { nodes { id kind resource quantity { lower unit } } } }",
    )
    .await;
}

#[tokio::test]
async fn records_that_are_read_count_whatever_is_asked_of_them() {
    between(
        300,
        1_000_000,
        60_000,
        "{ relations(first: 300) { nodes { statements { own } } } }",
    )
    .await;
}

#[tokio::test]
async fn errors_count() {
    let query =
        "query($ids: [ID!]!) { nodes(ids: $ids) { ... on Entity { related(after: \"x\") { totalCount } } } }";
    let ids = json!({ "ids": vec!["fund:f"; 300] });
    for (max, fits) in [(100_000, true), (15_000, false)] {
        let app = app(invested(1), |config| {
            config.limits.document.answer_bytes_max = max;
        })
        .await;
        let reply = app.ask(query, ids.clone()).await;
        if fits {
            assert_eq!(reply.body["errors"].as_array().unwrap().len(), 300);
        } else {
            ended_at(&reply, "answer-bytes-max");
        }
    }
}

#[tokio::test]
async fn an_introspection_counts() {
    let query = "{ __schema { types { name fields { name description } } } }";
    between(1, 2_000_000, 50_000, query).await;
    // Spread, it counts each time.
    let wide = "{ ...a } fragment a on Query { __schema { ...b c: types { ...d } } } fragment b on __Schema { types { ...d } } \
                fragment d on __Type { name fields { name args { name type { name ofType { name ofType { name } } } } } }";
    between(1, 4_000_000, 100_000, wide).await;
}

#[tokio::test]
async fn rows_within_rows_are_rows() {
    let app = app(invested(400), |config| config.limits.document.rows_max = 700).await;
    for query in [
        "{ relations(first: 400) { nodes { statements { own } } } }",
        "{ relations(first: 400) { nodes { datasets { id } } } }",
    ] {
        let reply = app.query(query).await;
        assert_eq!(
            reply.body["errors"][0]["extensions"]["code"], "LIMIT_EXCEEDED",
            "{query}"
        );
    }
    let ids = vec!["fund:f"; 701];
    let reply = app
        .ask(
            "query($ids: [ID!]!) { nodes(ids: $ids) { id } }",
            json!({ "ids": ids }),
        )
        .await;
    assert_eq!(reply.body["errors"][0]["extensions"]["code"], "LIMIT_EXCEEDED");
}

/// Asks with memory that suffices, and with some that does not.
async fn within(companies: usize, enough: u64, too_little: u64, query: &str) {
    const KIB: u64 = 1024;
    for (max, fits) in [(enough * KIB, true), (too_little * KIB, false)] {
        let app = app(invested(companies), |config| {
            config.limits.document.memory_max = max;
        })
        .await;
        let reply = app.query(query).await;
        if fits {
            reply.good();
        } else {
            ended_at(&reply, "memory-max");
        }
    }
}

#[tokio::test]
async fn what_a_trace_reaches_is_held() {
    let query = "{ trace(input: { from: { ids: [\"fund:f\"] }, to: { kinds: [COMPANY] } }) { totalCount { value } } }";
    within(5_000, 64 * 1024, 4 * 1024, query).await;
}

#[tokio::test]
async fn what_a_flow_rests_on_is_held() {
    let query = "{ flow(input: { from: { ids: [\"fund:f\"] }, to: { kinds: [COMPANY] }, resource: CAPITAL, unit: \"CNY\" }) { total { min } } }";
    within(3_000, 64 * 1024, 3 * 1024, query).await;
}

#[tokio::test]
async fn what_a_ledger_rests_on_is_held() {
    let query =
        "{ mechanisms(input: { from: { ids: [\"fund:f\"] }, to: { kinds: [COMPANY] } }) { drivers } }";
    within(3_000, 128 * 1024, 3 * 1024, query).await;
}

#[tokio::test]
async fn the_values_of_an_answer_are_held() {
    let query = "{ relations(first: 1000) { nodes { id kind resource flow driver a: id b: kind c: resource d: flow e: driver } } }";
    within(1_000, 32 * 1024, 3 * 1024, query).await;
}

#[tokio::test]
async fn fields_that_wait_are_held() {
    // Next to no values, and some thousand fields that wait for what is read.
    let query = "{ companies(first: 1000) { nodes { a: degree b: degree c: degree d: degree e: degree f: degree } } }";
    within(1_000, 128 * 1024, 16 * 1024, query).await;
}

/// A graph whose one answer is a text of so many bytes.
fn long(rows: usize) -> Graph {
    (0..rows).fold(graph(), |graph, n| {
        graph.entity(entity(&format!("company:c{n:04}")).described(&"x".repeat(10_000)))
    })
}

#[tokio::test]
async fn an_answer_is_held_until_its_client_has_taken_it() {
    // A text of 5 MB, of which a client that takes nothing leaves all but what the system's buffers hold.
    let query = "{ companies(first: 500) { nodes { id description } } }";
    let app = app(long(500), |config| {
        config.limits.document.memory_max = 20 * 1024 * 1024;
    })
    .await;
    app.query(query).await.good();
    let client = reqwest::Client::new();
    let ask = async || {
        let request = client
            .post(format!("{}/graphql", app.url))
            .json(&json!({ "query": query }));
        request.send().await.unwrap()
    };
    let first = ask().await;
    assert_eq!(first.status(), 200);
    let second = ask().await;
    assert_eq!(second.status(), 503);
    assert!(second.headers().contains_key("retry-after"));
    let refused: Value = second.json().await.unwrap();
    assert_eq!(refused["errors"][0]["extensions"]["code"], "LIMIT_EXCEEDED");
    assert!(
        refused["errors"][0]["message"]
            .as_str()
            .unwrap()
            .contains("memory-max")
    );
    app.query("{ companies(first: 5) { nodes { id name } } }")
        .await
        .good();
    assert!(first.bytes().await.unwrap().len() > 5_000_000);
    app.query(query).await.good();
}
