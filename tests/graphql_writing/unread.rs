//! A batch with values that are not of their types: all of them are told at once, each with its path, together with what is wrong
//! with the records that could be read; and nothing is written.

use hukun::model::principal::Role;
use reqwest::StatusCode;
use serde_json::{Value, json};

use crate::support::keys::key;
use crate::support::{Reply, TestApp, graph};

const UPSERT: &str = "mutation($batch: [EntityInput!]!) { upsertEntities(input: $batch) { created } }";

fn entity(id: &str, other: &Value) -> Value {
    let mut entity = json!({
        "id": id, "kind": "FUND", "names": [{ "value": "基金", "lang": "zh" }], "datasetId": "d",
        "statements": [{ "sourceId": "source:s", "quote": "基金", "reliability": "AUDITED" }],
    });
    entity
        .as_object_mut()
        .unwrap()
        .extend(other.as_object().unwrap().clone());
    entity
}

/// The paths of the problems, and how many there are said to be.
fn problems(reply: &Reply) -> (Vec<String>, u64) {
    let extensions = &reply.body["errors"][0]["extensions"];
    let listed = extensions["problems"]
        .as_array()
        .unwrap_or_else(|| panic!("{:#}", reply.body));
    for problem in listed {
        for field in ["value", "reason", "hint"] {
            assert!(problem[field].is_string(), "{problem}");
        }
        assert!(!problem["reason"].as_str().unwrap().is_empty(), "{problem}");
    }
    let paths = listed
        .iter()
        .map(|problem| problem["path"].as_str().unwrap().to_string());
    (paths.collect(), extensions["problemCount"].as_u64().unwrap())
}

async fn app() -> (TestApp, String) {
    let app = TestApp::with(graph().entity("fund:a")).await;
    let editor = app.issue(key(Role::Editor)).await.reveal().to_string();
    (app, editor)
}

#[tokio::test]
async fn everything_wrong_with_a_batch_is_told_at_once() {
    let (app, editor) = app().await;
    let batch = json!([
        entity("fund:fine", &json!({})),
        entity(
            "fund:b",
            &json!({ "kind": "FUNDZ", "validFrom": "2015-04-31", "surplus": 1 })
        ),
        7,
        entity(
            "fund:c",
            &json!({ "statements": [{ "sourceId": "source:none", "quote": "x", "reliability": "AUDITED" }] })
        ),
        entity(
            "fund:d",
            &json!({ "names": [{ "value": 5, "lang": "zh" }], "size": { "lower": "many" } })
        ),
        entity("company:e", &json!({})),
        entity(
            "fund:f",
            &json!({ "description": null, "tags": [true], "regionId": "fund:fine" })
        ),
    ]);
    let reply = app
        .with_token(&editor)
        .ask(UPSERT, json!({ "batch": batch }))
        .await;
    assert_eq!(reply.status, StatusCode::BAD_REQUEST, "a request error");
    assert!(reply.body.get("data").is_none());
    let (mut paths, count) = problems(&reply);
    assert_eq!(count, paths.len() as u64);
    paths.sort();
    assert_eq!(
        paths,
        [
            "input[1].kind",
            "input[1].surplus",
            "input[1].validFrom",
            "input[2]",
            "input[3].statements[0].sourceId",
            "input[4].names[0].value",
            "input[4].size.lower",
            "input[5].kind",
            "input[6].tags[0]",
        ]
    );
    let errors = reply.body["errors"].as_array().unwrap();
    let messages: Vec<&str> = errors
        .iter()
        .map(|error| error["message"].as_str().unwrap())
        .collect();
    // One error for each value, as the specification has it, and one for what else is wrong.
    assert_eq!(errors.len(), 8, "{messages:#?}");
    assert!(
        messages[0].starts_with("variable `$batch[1].kind`: \"FUNDZ\" is not a valid EntityKind"),
        "{messages:#?}"
    );
    assert!(messages[7].starts_with("nothing was written"), "{messages:#?}");
    assert!(
        errors
            .iter()
            .all(|error| error["extensions"]["code"] == "BAD_USER_INPUT")
    );
    let found = app.query(r#"{ node(id: "fund:fine") { id } }"#).await.good();
    assert_eq!(found["node"], Value::Null, "nothing was written");
}

#[tokio::test]
async fn who_refers_to_what_could_not_be_read_is_not_blamed() {
    let (app, editor) = app().await;
    let upsert = "mutation($batch: [RelationInput!]!) { upsertRelations(input: $batch) { created } }";
    let relation = |id: &str, other: Value| {
        let mut relation = json!({
            "id": id, "kind": "INVESTS_IN", "fromId": "fund:a", "toId": "fund:a", "datasetId": "d", "resource": "CAPITAL",
            "statements": [{ "sourceId": "source:s", "quote": "投", "reliability": "AUDITED" }],
        });
        relation
            .as_object_mut()
            .unwrap()
            .extend(other.as_object().unwrap().clone());
        relation
    };
    let batch = json!([
        relation("r/1", json!({ "kind": "INVESTZ" })),
        relation("r/2", json!({ "resource": 4 }))
    ]);
    let reply = app
        .with_token(&editor)
        .ask(upsert, json!({ "batch": batch }))
        .await;
    assert_eq!(problems(&reply).0, ["input[0].kind", "input[1].resource"]);
    assert_eq!(reply.body["errors"].as_array().unwrap().len(), 2);
}

#[tokio::test]
async fn statements_are_told_alike_and_other_variables_have_paths_too() {
    let (app, editor) = app().await;
    let add = r#"mutation($more: [StatementInput!]!) { addStatements(subjectId: "fund:none", datasetId: "d", statements: $more) { created } }"#;
    let more = json!([
        { "sourceId": "source:s", "quote": "x", "reliability": "SURE" },
        { "sourceId": "source:s", "quote": "x", "reliability": "AUDITED", "asOf": "2015-04-31" },
        { "sourceId": "source:nowhere", "quote": "x", "reliability": "AUDITED" },
    ]);
    let reply = app.with_token(&editor).ask(add, json!({ "more": more })).await;
    let (paths, _) = problems(&reply);
    for path in [
        "statements[0].reliability",
        "statements[1].asOf",
        "statements[2].sourceId",
        "subjectId",
    ] {
        assert!(paths.contains(&path.to_string()), "{path} in {paths:?}");
    }
    let reply = app
        .ask(
            "query($filter: EntityFilter) { entities(filter: $filter) { totalCount } }",
            json!({ "filter": { "ids": [true], "kinds": 1 } }),
        )
        .await;
    assert_eq!(reply.status, StatusCode::BAD_REQUEST);
    let (mut paths, count) = problems(&reply);
    paths.sort();
    assert_eq!(count, 2);
    assert!(paths.contains(&"filter.ids[0]".to_string()), "{paths:?}");
}

#[tokio::test]
async fn who_may_not_write_is_told_no_more_than_what_is_wrong_with_the_request() {
    let (app, _) = app().await;
    let batch = json!([
        entity("fund:b", &json!({ "kind": "FUNDZ" })),
        entity("company:e", &json!({}))
    ]);
    let reply = app.ask(UPSERT, json!({ "batch": batch })).await;
    assert_eq!(problems(&reply).0, ["input[0].kind"]);
    assert_eq!(reply.body["errors"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn a_deletion_with_a_value_that_is_not_of_its_type_deletes_nothing() {
    let (app, editor) = app().await;
    let delete = "mutation($ids: [ID!]!) { deleteEntities(ids: $ids, cascade: true) { deletedEntities } }";
    let reply = app
        .with_token(&editor)
        .ask(delete, json!({ "ids": ["fund:a", true] }))
        .await;
    assert_eq!(problems(&reply).0, ["ids[1]"]);
    let found = app.query(r#"{ node(id: "fund:a") { id } }"#).await.good();
    assert_eq!(found["node"]["id"], "fund:a");
}

#[tokio::test]
async fn a_flood_of_wrong_values_is_counted_and_not_listed() {
    let (app, editor) = app().await;
    let batch: Vec<Value> = (0..50_000).map(Value::from).collect();
    let reply = app
        .with_token(&editor)
        .ask(UPSERT, json!({ "batch": batch }))
        .await;
    let (paths, count) = problems(&reply);
    assert_eq!((paths.len(), count), (100, 50_000));
    assert!(reply.body["errors"].as_array().unwrap().len() <= 21);
}
