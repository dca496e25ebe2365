//! `changes` and `changeCursor`: the log as a list.

use hukun::model::id::EntityId;
use hukun::model::ontology::RelationKind;
use hukun::model::principal::{Principal, Role};
use hukun::service::write::{EntityMerge, Terms, WriteOutcome};
use serde_json::{Value, json};

use crate::support::graph::entity;
use crate::support::{Graph, TestApp, graph, texts};

const CHANGES: &str = "query($since: String, $first: Int) { changes(since: $since, first: $first) {
    totalCount pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
    edges { cursor node { cursor revision action kind subjectId mergedInto by at node { id __typename } } } } }";

async fn changes(app: &TestApp, since: Option<&str>, first: Option<usize>) -> Value {
    app.ask(CHANGES, json!({ "since": since, "first": first }))
        .await
        .good()["changes"]
        .clone()
}

/// Each change in a few words: `CREATED fund:a`.
fn told(changes: &Value) -> Vec<String> {
    let edges = changes["edges"].as_array().unwrap();
    let words = |edge: &Value| {
        let node = &edge["node"];
        format!(
            "{} {}",
            node["action"].as_str().unwrap(),
            node["subjectId"].as_str().unwrap()
        )
    };
    edges.iter().map(words).collect()
}

fn two() -> Graph {
    graph().relation(RelationKind::InvestsIn, "fund:a", "company:a", "r:a")
}

#[tokio::test]
async fn every_change_is_told_once_in_order_with_what_stands_now() {
    let app = TestApp::with(two()).await;
    app.add(graph().entity(entity("fund:a").named("另名"))).await;
    let all = changes(&app, None, None).await;
    assert_eq!(
        told(&all),
        [
            "CREATED d",
            "CREATED source:s",
            "CREATED company:a",
            "CREATED fund:a",
            "CREATED r:a",
            "UPDATED d",
            "UPDATED fund:a"
        ]
    );
    assert_eq!(all["totalCount"], 7);
    let edges = all["edges"].as_array().unwrap();
    let kinds = texts(&all["edges"], "/node/kind");
    assert_eq!(kinds[..5], ["dataset", "source", "entity", "entity", "relation"]);
    let types = texts(&all["edges"], "/node/node/__typename");
    assert_eq!(types[..5], ["Dataset", "Source", "Company", "Fund", "Relation"]);
    let revisions = texts(&all["edges"], "/node/revision");
    assert_eq!(revisions, ["1", "1", "1", "1", "1", "2", "2"]);
    for edge in edges {
        assert_eq!(edge["cursor"], edge["node"]["cursor"]);
        assert_eq!(edge["node"]["by"], "test");
        assert_eq!(edge["node"]["mergedInto"], Value::Null);
        assert!(edge["node"]["at"].as_str().unwrap().ends_with('Z'));
    }
}

#[tokio::test]
async fn what_is_gone_has_no_node_and_what_was_merged_names_where_it_leads() {
    let app = TestApp::with(two().entity("fund:b")).await;
    app.add(graph().entity(entity("fund:a").former("fund:z")).replacing())
        .await;
    let all = changes(&app, None, None).await;
    let of = |words: &str| {
        let place = told(&all).iter().position(|told| told == words);
        all["edges"][place.unwrap_or_else(|| panic!("{words} in {:?}", told(&all)))]["node"].clone()
    };
    assert_eq!(of("DELETED fund:b")["node"], Value::Null);
    assert_eq!(of("CREATED fund:b")["node"], Value::Null);
    assert_eq!(of("DELETED r:a")["kind"], "relation");
    let merged = of("MERGED fund:z");
    assert_eq!(
        (&merged["mergedInto"], &merged["node"]),
        (&json!("fund:a"), &Value::Null)
    );
    app.add(graph().entity("fund:c")).await;
    let merger = EntityMerge {
        keep: EntityId::parse("fund:a").unwrap(),
        merge: vec![EntityId::parse("fund:c").unwrap()],
        terms: Terms::new(Principal::operator("test")),
    };
    let written = app.service.merge_entities(merger).await.unwrap();
    assert!(matches!(written, WriteOutcome::Done(_)), "{written:?}");
    let all = changes(&app, None, None).await;
    let last = all["edges"].as_array().unwrap().last().unwrap()["node"].clone();
    assert_eq!(told(&all).last().unwrap(), "MERGED fund:c");
    assert_eq!(
        (&last["mergedInto"], &last["node"]),
        (&json!("fund:a"), &Value::Null)
    );
    assert!(
        told(&all).contains(&"DELETED fund:c".to_string()),
        "{:?}",
        told(&all)
    );
}

#[tokio::test]
async fn pages_go_on_from_any_cursor_and_say_truly_what_lies_around() {
    let app = TestApp::with(two()).await;
    let all = changes(&app, None, None).await;
    let (words, cursors) = (told(&all), texts(&all["edges"], "/cursor"));
    for at in 0..cursors.len() {
        let rest = changes(&app, Some(&cursors[at]), Some(2)).await;
        let expected: Vec<String> = words.iter().skip(at + 1).take(2).cloned().collect();
        assert_eq!(told(&rest), expected);
        assert_eq!(rest["pageInfo"]["hasPreviousPage"], true);
        assert_eq!(rest["pageInfo"]["hasNextPage"], at + 3 < cursors.len());
        assert_eq!(rest["totalCount"], 5);
    }
    let none = changes(&app, None, Some(0)).await;
    assert_eq!(none["pageInfo"]["hasPreviousPage"], false);
    assert_eq!(none["pageInfo"]["hasNextPage"], true);
}

#[tokio::test]
async fn an_empty_log_has_no_changes() {
    let app = TestApp::with(graph()).await;
    let none = changes(&app, None, None).await;
    assert_eq!((&none["edges"], &none["totalCount"]), (&json!([]), &json!(0)));
    let cursor = app.query("{ changeCursor }").await.good()["changeCursor"].clone();
    app.add(two()).await;
    let all = changes(&app, cursor.as_str(), None).await;
    assert_eq!(told(&all).len(), 5);
}

#[tokio::test]
async fn who_reads_the_cursor_with_the_graph_misses_nothing_after_it() {
    let app = TestApp::with(two()).await;
    let read = app
        .query("{ changeCursor revision entities { totalCount } }")
        .await
        .good();
    assert_eq!(read["entities"]["totalCount"], 2);
    app.add(graph().entity("fund:b")).await;
    let rest = changes(&app, read["changeCursor"].as_str(), None).await;
    assert_eq!(told(&rest), ["UPDATED d", "CREATED fund:b"]);
}

#[tokio::test]
async fn a_cursor_that_is_none_of_this_log_is_refused() {
    let app = TestApp::with(two()).await;
    let other = TestApp::with(two()).await;
    other.add(graph().entity("fund:b")).await;
    let ahead = other.query("{ changeCursor }").await.good()["changeCursor"].clone();
    let list = "{ entities(first: 1) { pageInfo { endCursor } } }";
    let stray = app.query(list).await.good()["entities"]["pageInfo"]["endCursor"].clone();
    for (since, says) in [
        (json!("x"), "`since` is not a cursor"),
        (stray, "`since` is a cursor of another connection"),
        (ahead, "the cursor does not belong to this graph"),
    ] {
        let (code, message) = app.ask(CHANGES, json!({ "since": since })).await.bad();
        assert_eq!(code, "BAD_USER_INPUT");
        assert!(message.contains(says), "{since}: {message}");
    }
    let (code, message) = app.ask(CHANGES, json!({ "first": 1001 })).await.bad();
    assert_eq!(code, "BAD_USER_INPUT", "{message}");
}

#[tokio::test]
async fn nodes_of_a_page_are_read_together() {
    let names: Vec<String> = (0..200).map(|n| format!("fund:{n:03}")).collect();
    let app = TestApp::with(graph().entities(names.iter().map(String::as_str))).await;
    let calls = |first: usize| {
        let app = &app;
        async move { app.ask(CHANGES, json!({ "first": first })).await.store_calls() }
    };
    assert_eq!(calls(20).await, calls(150).await);
}

#[tokio::test]
async fn a_subscription_is_answered_elsewhere() {
    let app = TestApp::with(graph()).await;
    let (code, message) = app.query("subscription { changes { cursor } }").await.bad();
    assert_eq!(code, "BAD_USER_INPUT");
    assert!(
        message.contains("/graphql/ws") && message.contains("/graphql/stream"),
        "{message}"
    );
}

#[tokio::test]
async fn what_concerns_a_hidden_data_set_alone_is_not_told() {
    let app = TestApp::with(two()).await;
    let before = changes(&app, None, None).await;
    let secret = || graph().in_dataset("secret").restricted();
    app.add(secret().entities(["fund:secret", "fund:other"])).await;
    app.add(secret().entity("fund:other").replacing()).await;
    let after = changes(&app, None, None).await;
    assert_eq!(after, before);
    let admin = app.as_role(Role::Admin, false).await;
    let all = admin.ask(CHANGES, json!({})).await.good()["changes"].clone();
    assert_eq!(
        told(&all)[told(&before).len()..],
        [
            "CREATED secret",
            "UPDATED source:s",
            "CREATED fund:other",
            "CREATED fund:secret",
            "UPDATED secret",
            "DELETED fund:secret"
        ]
    );
    // What comes after them is told as if they were not there.
    app.add(graph().entity("fund:b")).await;
    let cursor = before["pageInfo"]["endCursor"].as_str();
    let rest = changes(&app, cursor, Some(2)).await;
    assert_eq!(told(&rest), ["UPDATED d", "CREATED fund:b"]);
    assert_eq!(rest["pageInfo"]["hasNextPage"], false);
    assert_eq!(rest["totalCount"], 7);
}
