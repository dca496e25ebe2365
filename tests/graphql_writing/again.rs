//! A call that is sent again, because its answer was lost: it does nothing twice, and says that it is done.

use futures_util::future::join_all;
use hukun::model::ontology::RelationKind::InvestsIn;
use serde_json::{Value, json};

use super::{admin, problems};
use crate::support::graph::{cny, of, relation};
use crate::support::{Asker, TestApp, graph};

/// One call of each field that writes; each finds what it needs in the graph of these tests, whichever of the others were made.
const CALLS: &[(&str, &str)] = &[
    (
        "upsertDataset",
        r#"upsertDataset(input: { id: "e", title: "E", licence: "CC0-1.0", synthetic: true, coverage: SAMPLE }, ifRevision: $at)"#,
    ),
    (
        "upsertSources",
        r#"upsertSources(input: [{ id: "source:e", title: "E", datasetId: "d" }], ifRevision: $at)"#,
    ),
    (
        "upsertEntities",
        r#"upsertEntities(input: [{ id: "fund:e", kind: FUND, names: [{ value: "戊", lang: "zh" }], regionId: "region:a",
             datasetId: "d",
             statements: [{ sourceId: "source:s", quote: "戊", reliability: INDEPENDENT }] }], ifRevision: $at)"#,
    ),
    (
        "upsertRelations",
        r#"upsertRelations(input: [{ id: "r:e", kind: INVESTS_IN, fromId: "fund:a", toId: "company:a", datasetId: "d",
             quantity: { lower: "5", unit: "CNY", basis: "INVESTED" },
             statements: [{ sourceId: "source:s", quote: "投", reliability: INDEPENDENT }] }], ifRevision: $at)"#,
    ),
    (
        "upsertObservations",
        r#"upsertObservations(input: [{ id: "obs:e", entityId: "region:a", indicator: "X", period: "2024", datasetId: "d",
             quantity: { lower: "5", unit: "PERSON", basis: "MEASURED" },
             statements: [{ sourceId: "source:s", quote: "五", reliability: INDEPENDENT }] }], ifRevision: $at)"#,
    ),
    (
        "upsertRules",
        r#"upsertRules(input: [{ id: "rule:e", bearerId: "fund:a", type: ALLOCATION, datasetId: "d",
             parts: [{ label: "市", lower: "5", upper: "5" }, { label: "区", lower: "5", upper: "5" }],
             statements: [{ sourceId: "source:s", quote: "对半", reliability: INDEPENDENT }] }], ifRevision: $at)"#,
    ),
    (
        "addStatements",
        r#"addStatements(subjectId: "r:1", datasetId: "d", ifRevision: $at,
             statements: [{ sourceId: "source:s", quote: "实到八元", reliability: AUDITED, quantity: { lower: "8" } }])"#,
    ),
    (
        "deleteEntities",
        r#"deleteEntities(ids: ["fund:gone"], cascade: true, ifRevision: $at)"#,
    ),
    (
        "deleteRelations",
        r#"deleteRelations(ids: ["r:gone"], ifRevision: $at)"#,
    ),
    (
        "deleteObservations",
        r#"deleteObservations(ids: ["obs:gone"], ifRevision: $at)"#,
    ),
    (
        "deleteRules",
        r#"deleteRules(ids: ["rule:gone"], ifRevision: $at)"#,
    ),
    (
        "deleteSources",
        r#"deleteSources(ids: ["source:gone"], ifRevision: $at)"#,
    ),
    (
        "deleteDatasets",
        r#"deleteDatasets(ids: ["gone"], cascade: true, ifRevision: $at)"#,
    ),
    (
        "deleteStatements",
        r#"deleteStatements(subjectId: "r:said", datasetId: "d", statements: [{ sourceId: "source:s", quantity: { lower: "8" } }],
             ifRevision: $at)"#,
    ),
    (
        "mergeEntities",
        r#"mergeEntities(keep: "fund:a", merge: ["fund:b"], ifRevision: $at)"#,
    ),
];

async fn app() -> TestApp {
    let app = TestApp::with(
        graph()
            .relation(
                InvestsIn,
                "fund:a",
                "company:a",
                relation().id("r:1").amount(cny(5)),
            )
            .relation(InvestsIn, "fund:b", "company:a", relation().id("r:2"))
            .relation(InvestsIn, "fund:a", "company:a", relation().id("r:gone"))
            .relation(InvestsIn, "fund:gone", "company:a", relation().id("r:3"))
            .relation(
                InvestsIn,
                "fund:a",
                "company:a",
                relation().id("r:said").amount(cny(7)).said(&cny(8)),
            )
            .entities(["region:a"])
            .observation("obs:gone", "region:a", "Y", &of(3, "PERSON"), "2024"),
    )
    .await;
    let rule = r#"mutation { upsertRules(input: [{ id: "rule:gone", bearerId: "fund:a", type: ALLOCATION,
        parts: [{ label: "市", lower: "5", upper: "5" }, { label: "区", lower: "5", upper: "5" }],
        statements: [{ sourceId: "source:s", quote: "对半", reliability: INDEPENDENT }] }]) { created } }"#;
    let admin = admin(&app).await;
    admin.query(rule).await.good();
    app.add(graph().in_dataset("gone").entities(["lab:gone"])).await;
    let source = r#"mutation { upsertSources(input: [{ id: "source:gone", title: "G", datasetId: "d" }]) { created } }"#;
    admin.query(source).await.good();
    drop(admin);
    app
}

/// All that a call could have done twice: the revision, the lines of the log, and each list.
async fn state(asker: &Asker<'_>) -> Value {
    let question = "{ revision changes(first: 1) { totalCount } entities { totalCount } relations(first: 100) { nodes { id \
                    quantity { lower upper contested } statements { quote recordedBy recordedAt } } } rules { id } \
                    sources { totalCount } datasets { id title } node(id: \"fund:a\") { ... on Entity { name formerIds degree } } }";
    asker.query(question).await.good()
}

fn revision(state: &Value) -> u64 {
    state["revision"].as_str().unwrap().parse().unwrap()
}

fn document(call: &str) -> String {
    format!("mutation($at: String) {{ it: {call} {{ revision }} }}")
}

#[test]
fn every_field_that_writes_is_sent_again_here() {
    let table = include_str!("../fixed/access.txt");
    let fields: Vec<&str> = table
        .lines()
        .filter_map(|line| line.strip_prefix("Mutation.")?.split(' ').next())
        .collect();
    let mut called: Vec<&str> = CALLS.iter().map(|(field, _)| *field).collect();
    called.sort_unstable();
    assert_eq!(fields, called);
}

#[tokio::test]
async fn a_call_sent_again_does_nothing_twice_whatever_revision_it_rests_on() {
    let app = app().await;
    let admin = admin(&app).await;
    for (field, call) in CALLS {
        let before = state(&admin).await;
        let (code, message) = admin.ask(&document(call), json!({ "at": "0" })).await.bad();
        assert_eq!(code, "CONFLICT", "{field}: {message}");
        assert_eq!(state(&admin).await, before, "{field}");

        let resting = json!({ "at": before["revision"] });
        let done = admin.ask(&document(call), resting.clone()).await.good();
        let after = state(&admin).await;
        assert_eq!(revision(&after), revision(&before) + 1, "{field}");
        assert_eq!(done["it"]["revision"], after["revision"], "{field}");

        // The answer was lost. It rests on what its own first time has changed, and says that it is done.
        for variables in [resting, json!({ "at": null })] {
            let again = admin.ask(&document(call), variables).await.good();
            assert_eq!(again["it"]["revision"], after["revision"], "{field}");
            assert_eq!(state(&admin).await, after, "{field} was done twice");
        }
    }
    // What was done long ago is done still.
    let end = state(&admin).await;
    for (field, call) in CALLS {
        admin.ask(&document(call), json!({ "at": null })).await.good();
        assert_eq!(state(&admin).await, end, "{field} was done twice");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_call_sent_many_times_at_once_is_done_once() {
    let app = app().await;
    let admin = admin(&app).await;
    for (field, call) in CALLS {
        let before = state(&admin).await;
        let document = document(call);
        let all = join_all((0..4).map(|_| admin.ask(&document, json!({ "at": null })))).await;
        let after = state(&admin).await;
        assert_eq!(revision(&after), revision(&before) + 1, "{field}");
        for reply in all {
            assert_eq!(reply.good()["it"]["revision"], after["revision"], "{field}");
        }
    }
}

#[tokio::test]
async fn what_was_deleted_is_told_from_what_never_was() {
    let app = app().await;
    let admin = admin(&app).await;
    let delete = "mutation($ids: [ID!]!) { deleteRelations(ids: $ids) { deletedRelations revision } }";
    let first = admin.ask(delete, json!({ "ids": ["r:gone"] })).await.good();
    assert_eq!(first["deleteRelations"]["deletedRelations"], 1);
    let again = admin.ask(delete, json!({ "ids": ["r:gone"] })).await.good();
    assert_eq!(
        again["deleteRelations"],
        json!({ "deletedRelations": 0, "revision": first["deleteRelations"]["revision"] })
    );
    // Half of it was done: the rest is done now.
    let rest = admin
        .ask(delete, json!({ "ids": ["r:gone", "r:2"] }))
        .await
        .good();
    assert_eq!(rest["deleteRelations"]["deletedRelations"], 1);
    // A slip is named, alone, and nothing is deleted.
    let reply = admin
        .ask(delete, json!({ "ids": ["r:gone", "r:goen", "r:3"] }))
        .await;
    let found = problems(&reply.body);
    assert_eq!(found.len(), 1, "{found:#?}");
    assert_eq!(
        (found[0].0.as_str(), reply.bad().0.as_str()),
        ("ids[1]", "NOT_FOUND")
    );
    assert!(admin.query(r#"{ node(id: "r:3") { id } }"#).await.good()["node"].is_object());
    // What was deleted was of another sort.
    let other = r#"mutation { deleteRules(ids: ["r:gone"]) { revision } }"#;
    assert_eq!(admin.query(other).await.bad().0, "NOT_FOUND");
}

#[tokio::test]
async fn what_was_made_again_since_is_not_deleted_by_who_rests_on_an_older_revision() {
    let app = app().await;
    let admin = admin(&app).await;
    let at = admin.query("{ revision }").await.good()["revision"].clone();
    let delete = "mutation($at: String) { deleteRelations(ids: [\"r:gone\"], ifRevision: $at) { revision } }";
    admin.ask(delete, json!({ "at": at })).await.good();
    app.add(graph().relation_between_known(InvestsIn, "fund:a", "company:a", relation().id("r:gone")))
        .await;
    let (code, _) = admin.ask(delete, json!({ "at": at })).await.bad();
    assert_eq!(code, "CONFLICT");
    assert!(admin.query(r#"{ node(id: "r:gone") { id } }"#).await.good()["node"].is_object());
}
