//! Taking back: sources, data sets and statements, each refused with what still hangs on it, or taken with all of it.

use hukun::model::id::SourceId;
use hukun::model::ontology::RelationKind::{InvestsIn, Operates};
use hukun::service::check_store;
use hukun::service::write::StatementDraft;
use serde_json::{Value, json};

use super::{admin, problems};
use crate::support::graph::{Graph, cny, entity, relation, stated};
use crate::support::keys::key;
use crate::support::{Asker, TestApp, graph};
use hukun::model::principal::{DatasetScope, Principal, Role};
use hukun::service::NewKey;

const DELETED: &str = "{ deletedEntities deletedRelations deletedObservations deletedRules deletedSources deletedDatasets \
     deletedStatements deletedIds changedRecords changedIds absentIds revision }";

async fn delete(asker: &Asker<'_>, field: &str, ids: &[&str], more: &str) -> crate::support::Reply {
    let document = format!("mutation($ids: [ID!]!) {{ it: {field}(ids: $ids{more}) {DELETED} }}");
    asker.ask(&document, json!({ "ids": ids })).await
}

fn cited(source: &str, quote: &str) -> StatementDraft {
    StatementDraft {
        source: SourceId::parse(source).unwrap(),
        quote: Some(quote.into()),
        ..stated()
    }
}

/// A data set `d`.
fn ours() -> Graph {
    graph()
        .entity(entity("fund:a").named("甲"))
        .entity(entity("program:p").evidence(cited("source:t", "计划")))
        .relation(
            InvestsIn,
            "fund:a",
            "company:b",
            relation().id("r:1").amount(cny(5).invested()).under("program:p"),
        )
        .observation(
            "obs:1",
            "fund:a",
            "X",
            &crate::support::graph::of(3, "PERSON"),
            "2024",
        )
}

/// Another, which states some of it too, and refers to it.
fn theirs() -> Graph {
    graph()
        .in_dataset("e")
        .entity(entity("company:b").evidence(cited("source:e", "乙公司")))
        .entity(entity("organization:o").evidence(cited("source:e", "局")))
        .relation_between_known(
            Operates,
            "organization:o",
            "fund:a",
            relation().id("e:1").evidence(cited("source:e", "管")),
        )
}

async fn both() -> TestApp {
    let app = TestApp::with(ours()).await;
    app.add(theirs()).await;
    app
}

/// All that stands, but for who recorded it and when.
async fn standing(asker: &Asker<'_>) -> Value {
    let question = "{ entities(first: 100) { nodes { id name formerIds degree datasets { id } statements { quote own dataset { id } source { id } } } }
        relations(first: 100) { nodes { id from { id } to { id } under { id } quantity { lower upper } datasets { id }
          statements { quote own dataset { id } source { id } } } }
        sources(first: 100) { nodes { id datasets { id } } } rules { id } datasets { id entityCount relationCount } }";
    let mut data = asker.query(question).await.good();
    // Statements stand in the order in which their data sets were taken in.
    for list in ["/entities/nodes", "/relations/nodes"] {
        for node in data.pointer_mut(list).unwrap().as_array_mut().unwrap() {
            let said = node["statements"].as_array_mut().unwrap();
            said.sort_by_key(ToString::to_string);
        }
    }
    data
}

async fn is_sound(app: &TestApp) {
    let session = app.service.session(&Principal::operator("test")).await.unwrap();
    let faults = check_store(&session).await.unwrap().faults;
    assert!(faults.is_empty(), "{faults:#?}");
}

#[tokio::test]
async fn a_data_set_goes_with_all_that_only_it_states_and_comes_back_by_importing_it_again() {
    let app = both().await;
    let admin = admin(&app).await;
    let before = standing(&admin).await;
    let reply = delete(&admin, "deleteDatasets", &["d"], "").await;
    let found = problems(&reply.body);
    assert_eq!(found.len(), 1, "{found:#?}");
    assert_eq!(found[0].0, "ids[0]");
    assert!(
        found[0]
            .1
            .contains("fund:a would be deleted too, and e:1 refers to fund:a | delete them first"),
        "{found:#?}"
    );
    assert_eq!(standing(&admin).await, before, "what is refused changes nothing");

    let would = delete(&admin, "deleteDatasets", &["d"], ", cascade: true, dryRun: true")
        .await
        .good();
    assert_eq!(standing(&admin).await, before, "a dry run changes nothing");
    let end = admin.query("{ changeCursor }").await.good()["changeCursor"].clone();
    let done = delete(&admin, "deleteDatasets", &["d"], ", cascade: true")
        .await
        .good();
    let (mut done, mut would) = (done["it"].clone(), would["it"].clone());
    assert_ne!(done["revision"], would["revision"]);
    for one in [&mut done, &mut would] {
        one["revision"] = json!(null);
    }
    assert_eq!(done, would);
    assert_eq!(
        done,
        json!({
            "deletedEntities": 2, "deletedRelations": 2, "deletedObservations": 1, "deletedRules": 0,
            "deletedSources": 1, "deletedDatasets": 1, "deletedStatements": 1,
            "deletedIds": ["d", "obs:1", "e:1", "r:1", "fund:a", "program:p", "source:t"],
            "changedRecords": 2, "changedIds": ["company:b", "source:s"], "absentIds": [], "revision": null
        })
    );
    let left = standing(&admin).await;
    assert_eq!(
        crate::support::ids(&left["entities"]),
        ["company:b", "organization:o"]
    );
    assert_eq!(
        left["entities"]["nodes"][0]["statements"],
        json!([{ "quote": "乙公司", "own": true, "dataset": { "id": "e" }, "source": { "id": "source:e" } }])
    );
    assert_eq!(
        left["datasets"],
        json!([{ "id": "e", "entityCount": 2, "relationCount": 0 }])
    );
    is_sound(&app).await;
    let lines =
        "query($since: String) { changes(since: $since, first: 100) { nodes { action subjectId kind } } }";
    let told = app.ask(lines, json!({ "since": end })).await.good();
    let told = crate::support::texts(&told["changes"]["nodes"], "/subjectId");
    for id in [
        "d",
        "obs:1",
        "e:1",
        "r:1",
        "fund:a",
        "program:p",
        "source:s",
        "source:t",
        "company:b",
    ] {
        assert!(told.iter().any(|one| one == id), "{id} is not told of: {told:?}");
    }
    assert_eq!(told.len(), 9, "{told:?}");
    // Sent again, it is done.
    let again = delete(&admin, "deleteDatasets", &["d"], ", cascade: true")
        .await
        .good();
    assert_eq!(again["it"]["absentIds"], json!(["d"]));
    assert_eq!(
        delete(&admin, "deleteDatasets", &["nothing"], "").await.bad().0,
        "NOT_FOUND"
    );

    app.add(ours()).await;
    app.add(theirs()).await;
    assert_eq!(standing(&admin).await, before);
    is_sound(&app).await;
}

#[tokio::test]
async fn a_source_goes_alone_or_with_the_statements_that_cite_it() {
    let app = both().await;
    let admin = admin(&app).await;
    let reply = delete(&admin, "deleteSources", &["source:t", "source:e"], "").await;
    let found = problems(&reply.body);
    assert_eq!(
        found.iter().map(|(path, _)| path.as_str()).collect::<Vec<_>>(),
        ["ids[0]", "ids[1]"]
    );
    assert!(found[0].1.contains("program:p cites it"), "{found:#?}");
    assert!(
        found[1]
            .1
            .contains("3 records cite it: company:b, e:1, organization:o"),
        "{found:#?}"
    );
    let done = delete(&admin, "deleteSources", &["source:e"], ", cascade: true")
        .await
        .good();
    // The company stays with what the other data set says of it.
    assert_eq!(
        (
            &done["it"]["deletedIds"],
            &done["it"]["changedIds"],
            &done["it"]["deletedStatements"]
        ),
        (
            &json!(["e:1", "organization:o", "source:e"]),
            &json!(["company:b"]),
            &json!(1)
        )
    );
    // A programme goes; what falls under it stays without.
    let done = delete(&admin, "deleteSources", &["source:t"], ", cascade: true")
        .await
        .good();
    assert_eq!(
        (&done["it"]["deletedIds"], &done["it"]["changedIds"]),
        (&json!(["program:p", "source:t"]), &json!(["r:1"]))
    );
    is_sound(&app).await;
    let nothing =
        r#"mutation { upsertSources(input: [{ id: "source:n", title: "N", datasetId: "d" }]) { created } }"#;
    admin.query(nothing).await.good();
    let done = delete(&admin, "deleteSources", &["source:n"], "").await.good();
    assert_eq!(done["it"]["deletedIds"], json!(["source:n"]));
    app.add(ours()).await;
    app.add(theirs()).await;
    let again = TestApp::with(ours()).await;
    again.add(theirs()).await;
    let other = super::admin(&again).await;
    assert_eq!(standing(&admin).await, standing(&other).await);
}

#[tokio::test]
async fn a_statement_goes_unless_it_is_the_last_that_states_its_record() {
    let app = TestApp::with(
        graph().relation(
            InvestsIn,
            "fund:a",
            "company:b",
            relation()
                .id("r:1")
                .amount(cny(5).invested())
                .said(&cny(9).invested()),
        ),
    )
    .await;
    let admin = admin(&app).await;
    let delete = "mutation($of: ID!, $match: [StatementMatchInput!]!, $cascade: Boolean) {
        it: deleteStatements(subjectId: $of, datasetId: \"d\", statements: $match, cascade: $cascade) { deletedIds deletedStatements changedIds absentIds } }";
    let quantity = r#"{ node(id: "r:1") { ... on Relation { quantity { lower upper contested } statements { quote } } } }"#;
    assert_eq!(
        admin.query(quantity).await.good()["node"]["quantity"]["contested"],
        true
    );
    let nine = json!([{ "sourceId": "source:s", "quantity": { "lower": "9" } }]);
    let done = admin
        .ask(delete, json!({ "of": "r:1", "match": nine, "cascade": false }))
        .await
        .good();
    assert_eq!(
        done["it"],
        json!({ "deletedIds": [], "deletedStatements": 1, "changedIds": ["r:1"], "absentIds": [] })
    );
    assert_eq!(
        admin.query(quantity).await.good()["node"],
        json!({ "quantity": { "lower": "5", "upper": "5", "contested": false }, "statements": [{ "quote": "如此说" }] })
    );
    let all = json!([{ "sourceId": "source:s" }]);
    let reply = admin
        .ask(delete, json!({ "of": "r:1", "match": all, "cascade": false }))
        .await;
    let found = problems(&reply.body);
    assert_eq!(found[0].0, "statements[0]");
    assert!(
        found[0]
            .1
            .contains("this is the last statement on r:1 as a whole"),
        "{found:#?}"
    );
    // An entity goes with what refers to it.
    let done = admin
        .ask(
            delete,
            json!({ "of": "company:b", "match": all, "cascade": true }),
        )
        .await
        .good();
    assert_eq!(done["it"]["deletedIds"], json!(["r:1", "company:b"]));
    let again = admin
        .ask(
            delete,
            json!({ "of": "company:b", "match": all, "cascade": true }),
        )
        .await
        .good();
    assert_eq!(again["it"]["absentIds"], json!(["company:b"]));
    is_sound(&app).await;
    for (of, source) in [("fund:none", "source:s"), ("fund:a", "source:none")] {
        let slip = json!({ "of": of, "match": [{ "sourceId": source }], "cascade": true });
        assert_eq!(admin.ask(delete, slip).await.bad().0, "NOT_FOUND");
    }
}

/// An editor takes back what is theirs, and learns nothing of what they may not see.
#[tokio::test]
async fn what_is_not_the_writers_is_neither_taken_nor_revealed() {
    let app = both().await;
    let secret = graph()
        .in_dataset("secret")
        .restricted()
        .entity(entity("fund:s").evidence(cited("source:e", "密")))
        .relation_between_known(
            InvestsIn,
            "fund:s",
            "company:b",
            relation().id("s:1").evidence(cited("source:e", "密")),
        );
    app.add(secret).await;
    let ids = ["d", "e"].map(|id| hukun::model::id::DatasetId::parse(id).unwrap());
    let scope = DatasetScope::Only(ids[1..].iter().cloned().collect());
    let issued = app
        .issue(NewKey {
            scope,
            ..key(Role::Editor)
        })
        .await;
    let editor = app.with_token(issued.reveal());
    let admin = admin(&app).await;
    let before = standing(&admin).await;
    assert_eq!(
        delete(&editor, "deleteDatasets", &["e"], "").await.bad().0,
        "FORBIDDEN"
    );
    for more in ["", ", cascade: true"] {
        let reply = delete(&editor, "deleteSources", &["source:e"], more).await;
        let text = reply.body.to_string();
        assert!(
            !text.contains("secret") && !text.contains("s:1") && !text.contains("fund:s"),
            "{text}"
        );
        assert!(more.is_empty() || text.contains("that you cannot see"), "{text}");
    }
    // What another data set says is theirs to take back.
    let (code, message) = delete(&editor, "deleteSources", &["source:s"], ", cascade: true")
        .await
        .bad();
    assert_eq!(code, "FORBIDDEN", "{message}");
    let statements = "mutation { deleteStatements(subjectId: \"fund:a\", datasetId: \"d\", statements: [{ sourceId: \"source:s\" }]) { revision } }";
    assert_eq!(editor.query(statements).await.bad().0, "FORBIDDEN");
    assert_eq!(standing(&admin).await, before);
    // A restricted data set is taken back without a word to those who could not see it.
    let end = admin.query("{ changeCursor }").await.good()["changeCursor"].clone();
    delete(&admin, "deleteDatasets", &["secret"], "").await.good();
    let lines = "query($since: String) { changes(since: $since, first: 100) { nodes { subjectId } } }";
    let told = editor.ask(lines, json!({ "since": end })).await.good();
    assert_eq!(told["changes"]["nodes"], json!([]));
    let told = admin.ask(lines, json!({ "since": end })).await.good();
    assert_eq!(told["changes"]["nodes"].as_array().unwrap().len(), 5, "{told:#}");
    is_sound(&app).await;
}
