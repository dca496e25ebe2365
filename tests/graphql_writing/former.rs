//! Former ids: every check looks through them, they stand for the entity kept for ever, and nothing else is made with them.

use hukun::model::ontology::RelationKind::{InIndustry, PartOf};
use hukun::service::check_store;
use serde_json::{Value, json};

use super::{admin, problems, said};
use crate::import_support::{Files, Graph as Lists};
use crate::support::graph::relation;
use crate::support::{Asker, TestApp, graph};
use hukun::model::principal::Principal;

async fn merge(asker: &Asker<'_>, keep: &str, merge: &str) {
    let document =
        "mutation($keep: ID!, $merge: [ID!]!) { mergeEntities(keep: $keep, merge: $merge) { revision } }";
    asker
        .ask(document, json!({ "keep": keep, "merge": [merge] }))
        .await
        .good();
}

fn part_of(id: &str, from: &str, to: &str) -> Value {
    json!({ "id": id, "kind": "PART_OF", "fromId": from, "toId": to, "statements": [said("属")] })
}

const RELATIONS: &str =
    "mutation($input: [RelationInput!]!) { upsertRelations(input: $input) { created revision } }";

async fn is_sound(app: &TestApp) {
    let session = app.service.session(&Principal::operator("test")).await.unwrap();
    let faults = check_store(&session).await.unwrap().faults;
    assert!(faults.is_empty(), "{faults:#?}");
}

#[tokio::test]
async fn hierarchies_and_shares_look_through_former_ids() {
    let app = TestApp::with(
        graph()
            .entities(["region:x", "region:y", "region:z", "company:a", "company:b"])
            .relation(PartOf, "region:z", "region:x", relation().id("p:1"))
            .relation(
                InIndustry,
                "company:a",
                "industry:i",
                relation().id("s:1").share("0.7"),
            )
            .entities(["industry:j"]),
    )
    .await;
    let admin = admin(&app).await;
    merge(&admin, "region:x", "region:y").await;
    merge(&admin, "company:a", "company:b").await;
    let before = admin.query("{ revision }").await.good();
    for input in [
        json!([part_of("p:2", "region:x", "region:y")]),
        json!([part_of("p:2", "region:y", "region:x")]),
        json!([part_of("p:2", "region:y", "region:z")]),
    ] {
        let reply = admin.ask(RELATIONS, json!({ "input": input })).await;
        let found = problems(&reply.body);
        assert!(found[0].1.contains("would form a cycle"), "{found:#?}");
        assert!(
            input[0]["toId"] != "region:y" || found[0].1.contains("(region:y redirects to region:x)"),
            "{found:#?}"
        );
    }
    let share = json!([{ "id": "s:2", "kind": "IN_INDUSTRY", "fromId": "company:b", "toId": "industry:j", "share": "0.4",
        "statements": [said("业")] }]);
    let (_, message) = admin.ask(RELATIONS, json!({ "input": share })).await.bad();
    assert!(message.contains("would sum to 1.1"), "{message}");
    assert_eq!(admin.query("{ revision }").await.good(), before);
    is_sound(&app).await;
}

#[tokio::test]
async fn a_former_id_is_taken_for_ever_also_when_its_entity_is_gone() {
    let app = TestApp::with(graph().entities(["fund:x", "fund:y", "fund:z", "company:c"])).await;
    let admin = admin(&app).await;
    merge(&admin, "fund:x", "fund:y").await;
    let delete = "mutation($ids: [ID!]!) { deleteEntities(ids: $ids) { deletedEntities absentIds } }";
    let (_, message) = admin.ask(delete, json!({ "ids": ["fund:y"] })).await.bad();
    assert!(message.contains("fund:y was merged into fund:x"), "{message}");
    admin.ask(delete, json!({ "ids": ["fund:x"] })).await.good();
    // Nothing is left to do, and that is said.
    let done = admin
        .ask(delete, json!({ "ids": ["fund:y", "fund:x"] }))
        .await
        .good();
    assert_eq!(
        done["deleteEntities"],
        json!({ "deletedEntities": 0, "absentIds": ["fund:y", "fund:x"] })
    );
    let refused = async |query: String| {
        let (_, message) = admin.query(&query).await.bad();
        assert!(
            message.contains("fund:y was merged into fund:x, which was deleted"),
            "{message}"
        );
    };
    let evidence = r#"statements: [{ sourceId: "source:s", quote: "x", reliability: INDEPENDENT }]"#;
    refused(format!(r#"mutation {{ upsertEntities(input: [{{ id: "fund:y", kind: FUND, names: [{{ value: "x", lang: "zh" }}], {evidence} }}]) {{ created }} }}"#)).await;
    refused(format!(r#"mutation {{ upsertRelations(input: [{{ id: "fund:y", kind: INVESTS_IN, fromId: "fund:z", toId: "company:c", {evidence} }}]) {{ created }} }}"#)).await;
    refused(format!(r#"mutation {{ upsertRelations(input: [{{ id: "r:1", kind: INVESTS_IN, fromId: "fund:y", toId: "company:c", {evidence} }}]) {{ created }} }}"#)).await;
    refused(r#"mutation { upsertSources(input: [{ id: "fund:y", title: "S" }]) { created } }"#.into()).await;
    refused(r#"mutation { upsertDataset(input: { id: "fund:y", title: "E", licence: "CC0-1.0", synthetic: true, coverage: SAMPLE }) { created } }"#.into()).await;
    refused(format!(
        r#"mutation {{ addStatements(subjectId: "fund:y", {evidence}) {{ updated }} }}"#
    ))
    .await;
    let lists = Lists::over(app.service.clone());
    let claims = Files::of("other").table(
        "entities",
        "id,kind,name_zh,former_ids",
        &["fund:z,FUND,名,fund:y"],
    );
    let refusal = lists.import(&claims).await.unwrap_err();
    assert!(
        refusal.contains("fund:y was merged into fund:x, which was deleted"),
        "{refusal}"
    );

    // It is taken in another store too, after a backup and a restore.
    let mut file = std::io::Cursor::new(Vec::new());
    app.service.backup(file.get_mut()).await.unwrap();
    let other = Lists::empty().await;
    other.restore(file.into_inner()).await;
    let again = Files::of("other").table("entities", "id,kind,name_zh", &["fund:y,FUND,名"]);
    let refusal = other.import(&again).await.unwrap_err();
    assert!(
        refusal.contains("fund:y was merged into fund:x, which was deleted"),
        "{refusal}"
    );

    // What is made again has its former ids again.
    app.add(graph().entities(["fund:x"])).await;
    let node = admin
        .query(r#"{ node(id: "fund:y") { id ... on Entity { formerIds } } }"#)
        .await
        .good();
    assert_eq!(node["node"], json!({ "id": "fund:x", "formerIds": ["fund:y"] }));
    is_sound(&app).await;
}

#[tokio::test]
async fn rows_of_a_file_may_refer_to_a_former_id_that_it_names() {
    let files = |reference: &str| {
        Files::new()
            .table(
                "entities",
                "id,kind,name_zh,former_ids",
                &["fund:x,FUND,甲,fund:y", "company:c,COMPANY,丙,"],
            )
            .table(
                "relations",
                "id,kind,from_id,to_id",
                &[&format!("r:1,INVESTS_IN,{reference},company:c")],
            )
            .table("statements", "subject_id", &[reference])
    };
    let (app, other) = (TestApp::with(graph()).await, TestApp::with(graph()).await);
    let (led, plain) = (
        Lists::over(app.service.clone()),
        Lists::over(other.service.clone()),
    );
    led.import(&files("fund:y")).await.unwrap();
    plain.import(&files("fund:x")).await.unwrap();
    let export = async |lists: &Lists| lists.export("d", hukun::dataset::ExportFormat::Csv).await.texts();
    assert_eq!(export(&led).await, export(&plain).await);
    let counts = Lists::counts(led.import(&files("fund:y")).await);
    assert_eq!((counts.0, counts.1), (0, 0));
    is_sound(&app).await;
    // An id leads to one entity, of its own kind.
    let twice = Files::new().table(
        "entities",
        "id,kind,name_zh,former_ids",
        &[
            "fund:p,FUND,甲,fund:q",
            "fund:r,FUND,乙,fund:q",
            "company:s,COMPANY,丙,fund:t",
        ],
    );
    let refusal = led.import(&twice).await.unwrap_err();
    assert!(
        refusal.contains("fund:q is already a former id of fund:p at entities.csv:2"),
        "{refusal}"
    );
    assert!(
        refusal.contains("fund:t is the id of a FUND, but this entity is a COMPANY"),
        "{refusal}"
    );
}

#[tokio::test]
async fn what_was_merged_and_deleted_comes_back_whole_with_its_files() {
    let app = TestApp::with(graph()).await;
    let lists = Lists::over(app.service.clone());
    let files = Files::new()
        .table(
            "entities",
            "id,kind,name_zh",
            &["fund:x,FUND,甲", "fund:y,FUND,乙", "company:c,COMPANY,丙"],
        )
        .table(
            "relations",
            "id,kind,from_id,to_id",
            &["r:1,INVESTS_IN,fund:y,company:c"],
        );
    lists.import(&files).await.unwrap();
    let admin = admin(&app).await;
    merge(&admin, "fund:x", "fund:y").await;
    let before = lists.export("d", hukun::dataset::ExportFormat::Csv).await.texts();
    let delete = r#"mutation { deleteDatasets(ids: ["d"], cascade: true) { deletedEntities } }"#;
    assert_eq!(
        admin.query(delete).await.good()["deleteDatasets"]["deletedEntities"],
        2
    );
    lists.import(&files).await.unwrap();
    assert_eq!(
        lists.export("d", hukun::dataset::ExportFormat::Csv).await.texts(),
        before
    );
    is_sound(&app).await;
}
