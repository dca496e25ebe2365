//! Deletions: what refers to an entity goes with it or keeps it from going.

use hukun::model::ontology::RelationKind::{InvestsIn, Operates};
use hukun::model::record::RuleType;
use serde_json::json;

use super::{admin, problems};
use crate::support::graph::{cny, of, relation};
use crate::support::{TestApp, graph};

async fn app() -> TestApp {
    TestApp::with(
        graph()
            .relation(
                InvestsIn,
                "fund:a",
                "company:b",
                relation().id("r:1").amount(cny(5).invested()).under("program:p"),
            )
            .relation(Operates, "organization:o", "fund:a", relation().id("r:2"))
            .relation(InvestsIn, "fund:z", "company:b", relation().id("r:3"))
            .observation("obs:1", "fund:a", "X", &of(3, "PERSON"), "2024")
            .rule(
                "rule:1",
                "fund:a",
                RuleType::Allocation,
                None,
                &[("fund:z", 5, 5), ("organization:o", 5, 5)],
            ),
    )
    .await
}

const DELETE: &str = "mutation($ids: [ID!]!, $cascade: Boolean) { deleteEntities(ids: $ids, cascade: $cascade) \
     { deletedEntities deletedRelations deletedObservations deletedRules revision } }";

#[tokio::test]
async fn what_is_referred_to_stays_unless_all_of_it_goes() {
    let app = app().await;
    let admin = admin(&app).await;
    let reply = admin
        .ask(DELETE, json!({ "ids": ["fund:a", "fund:z"], "cascade": false }))
        .await;
    let found = problems(&reply.body);
    assert_eq!(reply.bad().0, "BAD_USER_INPUT");
    assert_eq!(found.len(), 2, "{found:#?}");
    assert_eq!(found[0].0, "ids[0]");
    assert!(
        found[0]
            .1
            .contains("4 records refer to it: obs:1, r:1, r:2, rule:1")
            && found[0].1.contains("cascade: true"),
        "{found:#?}"
    );
    assert!(
        found[1].1.contains("2 records refer to it: r:3, rule:1"),
        "{found:#?}"
    );
    let done = admin
        .ask(DELETE, json!({ "ids": ["fund:a", "fund:a"], "cascade": true }))
        .await
        .good();
    let done = &done["deleteEntities"];
    assert_eq!(
        (
            &done["deletedEntities"],
            &done["deletedRelations"],
            &done["deletedObservations"],
            &done["deletedRules"]
        ),
        (&json!(1), &json!(2), &json!(1), &json!(1))
    );
    let left = admin
        .query(r#"{ nodes(ids: ["fund:a", "r:1", "r:2", "obs:1", "rule:1", "r:3", "company:b"]) { id } node(id: "company:b") { ... on Entity { degree } } }"#)
        .await
        .good();
    assert_eq!(
        left["nodes"],
        json!([null, null, null, null, null, { "id": "r:3" }, { "id": "company:b" }])
    );
    assert_eq!(left["node"]["degree"], 1);
}

#[tokio::test]
async fn a_relation_stays_when_the_programme_it_falls_under_goes() {
    let app = app().await;
    let admin = admin(&app).await;
    let (code, message) = admin
        .ask(DELETE, json!({ "ids": ["program:p"], "cascade": false }))
        .await
        .bad();
    assert!(
        code == "BAD_USER_INPUT" && message.contains("r:1 refers to it"),
        "{message}"
    );
    let done = admin
        .ask(DELETE, json!({ "ids": ["program:p"], "cascade": true }))
        .await
        .good();
    assert_eq!(done["deleteEntities"]["deletedRelations"], 0);
    let left = admin.query(r#"{ node(id: "r:1") { ... on Relation { under { id } quantity { lower } statements { quote } } } }"#).await.good();
    assert_eq!(
        left["node"],
        json!({ "under": [], "quantity": { "lower": "5" }, "statements": [{ "quote": "如此说" }] })
    );
}

#[tokio::test]
async fn single_facts_are_deleted_and_unknown_ones_are_named() {
    let app = app().await;
    let admin = admin(&app).await;
    let reply = admin
        .query(r#"mutation { deleteRelations(ids: ["r:1", "r:none", "fund:a"]) { deletedRelations } }"#)
        .await;
    let found = problems(&reply.body);
    assert_eq!(
        found.iter().map(|(path, _)| path.as_str()).collect::<Vec<_>>(),
        ["ids[1]", "ids[2]"]
    );
    let (code, _) = admin
        .query(r#"mutation { deleteRelations(ids: ["r:none"]) { deletedRelations } }"#)
        .await
        .bad();
    assert_eq!(code, "NOT_FOUND");
    let data = admin
        .query(
            r#"mutation {
              deleteRelations(ids: ["r:1"]) { deletedRelations }
              deleteObservations(ids: ["obs:1"]) { deletedObservations }
              deleteRules(ids: ["rule:1"]) { deletedRules }
            }"#,
        )
        .await
        .good();
    assert_eq!(
        data,
        json!({
            "deleteRelations": { "deletedRelations": 1 },
            "deleteObservations": { "deletedObservations": 1 },
            "deleteRules": { "deletedRules": 1 }
        })
    );
    let left = admin
        .query(r#"{ nodes(ids: ["r:1", "obs:1", "rule:1"]) { id } }"#)
        .await
        .good();
    assert_eq!(left["nodes"], json!([null, null, null]));
    assert_eq!(
        admin.query("{ relations { totalCount } }").await.good()["relations"]["totalCount"],
        json!(2)
    );
}
