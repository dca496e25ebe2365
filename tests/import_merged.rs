//! The next edition of a list whose entities were merged: what it says goes to the entity kept, nothing that the merger united is
//! lost, and importing again changes nothing.

use hukun::dataset::ImportOptions;
use hukun::service::check_store;
use serde_json::{Value, json};

use crate::graphql_writing::admin;
use crate::import_support::{EVIDENCE, Files, Graph, options};
use crate::support::{TestApp, graph, ids};

const COLUMNS: &str = "id,kind,name_en,description,external_ids,tags,region_id";

fn row(cells: &str, source: &str, quote: &str) -> String {
    format!("{cells},{source},L1,{quote},STATED,INDEPENDENT\n")
}

/// Two lists of companies, each with a source of its own.
fn list(id: &str, rows: &[String]) -> Files {
    let entities = format!("{COLUMNS},{EVIDENCE}\n{}", rows.concat());
    Files::of(id)
        .file("sources.csv", &format!("id,title\nsource:{id},S\n"))
        .file("entities.csv", &entities)
}

fn one() -> Files {
    let region = row("region:r,REGION,R,,,,", "source:one", "R");
    let alpha = row(
        "company:one-1,COMPANY,Alpha GmbH,,reg1:1,t1,region:r",
        "source:one",
        "Alpha GmbH",
    );
    list("one", &[region, alpha])
}

/// The second list, whose company has this description.
fn two(description: &str) -> Files {
    let cells = format!("company:two-1,COMPANY,ALPHA Gmbh (Berlin),{description},reg2:9,t2,region:r");
    let rows = [
        row(&cells, "source:two", "ALPHA Gmbh (Berlin)"),
        row("project:two-p,PROJECT,P,,,,", "source:two", "P"),
        row("company:two-2,COMPANY,Beta,,,,", "source:two", "Beta"),
    ];
    let relations = [
        row(
            "r:two-1,CARRIED_BY,project:two-p,company:two-1",
            "source:two",
            "carried",
        ),
        row(
            "r:two-2,COLLABORATES_WITH,company:two-1,company:two-2",
            "source:two",
            "with",
        ),
    ];
    let said = row("r:two-1", "source:two", "said of it").replace(",L1,", ",L9,");
    list("two", &rows)
        .file(
            "relations.csv",
            &format!("id,kind,from_id,to_id,{EVIDENCE}\n{}", relations.concat()),
        )
        .file("statements.csv", &format!("subject_id,{EVIDENCE}\n{said}"))
        .file(
            "observations.csv",
            &format!(
                "id,entity_id,indicator,amount,unit,basis,period,{EVIDENCE}\n{}",
                row(
                    "o:two-1,company:two-1,STAFF,5,PERSON,MEASURED,2024",
                    "source:two",
                    "5 people"
                )
            ),
        )
}

const MERGE: &str = "mutation($keep: ID!, $merge: [ID!]!) { mergeEntities(keep: $keep, merge: $merge) { mergedIds entity { id } } }";

/// Everything that is said at the entity kept.
async fn said(app: &TestApp, id: &str) -> Value {
    let query = r"query($id: ID!) { node(id: $id) { id ... on Company {
        names { value role } description tags externalIds { scheme value } formerIds datasets { id }
        statements { quote own dataset { id } }
        relations(first: 100) { nodes { id kind from { id } to { id } statements { quote dataset { id } } } }
        observations(first: 100) { nodes { id entity { id } statements { quote } } } } } }";
    app.ask(query, json!({ "id": id })).await.good()["node"].clone()
}

async fn merged() -> (TestApp, Graph) {
    let app = TestApp::with(graph()).await;
    let lists = Graph::over(app.service.clone());
    lists.import(&one()).await.unwrap();
    lists.import(&two("")).await.unwrap();
    let admin = admin(&app).await;
    let done = admin
        .ask(
            MERGE,
            json!({ "keep": "company:one-1", "merge": ["company:two-1"] }),
        )
        .await
        .good();
    assert_eq!(done["mergeEntities"]["mergedIds"], json!(["company:two-1"]));
    (app, lists)
}

#[tokio::test]
async fn the_next_edition_of_a_list_goes_to_the_entity_kept_and_loses_nothing() {
    let (app, lists) = merged().await;
    let before = said(&app, "company:two-1").await;
    assert_eq!(before["id"], "company:one-1");
    assert_eq!(before["tags"], json!(["t1", "t2"]));
    assert_eq!(
        before["externalIds"],
        json!([{ "scheme": "reg1", "value": "1" }, { "scheme": "reg2", "value": "9" }])
    );
    assert_eq!(before["datasets"], json!([{ "id": "one" }, { "id": "two" }]));
    assert_eq!(
        before["relations"]["nodes"].as_array().unwrap().len(),
        3,
        "the two regions are one"
    );
    let replace = ImportOptions {
        replace: true,
        ..options()
    };
    // As they stand, in whatever order, and with what is no longer there taken away.
    for options in [options(), replace] {
        for files in [two(""), one(), two(""), one(), one()] {
            let counts = Graph::counts(lists.import_with(files.path(), &options).await);
            assert_eq!(
                (counts.0, counts.1, counts.3),
                (0, 0, 0),
                "{}",
                files.text("dataset.toml")
            );
            assert_eq!(said(&app, "company:two-1").await, before);
        }
    }
    // What the next edition says besides is added, once.
    for updated in [1, 0] {
        let counts = Graph::counts(lists.import(&two("A company")).await);
        assert_eq!((counts.0, counts.1), (0, updated));
    }
    let mut after = before.clone();
    after["description"] = json!("A company");
    assert_eq!(said(&app, "company:one-1").await, after);
    assert_eq!(Graph::counts(lists.import(&one()).await).1, 0);
    assert_eq!(said(&app, "company:one-1").await, after);
    assert!(
        check_store(&lists.session().await)
            .await
            .unwrap()
            .faults
            .is_empty()
    );
}

#[tokio::test]
async fn two_rows_of_one_list_that_were_merged_stay_one() {
    let app = TestApp::with(graph()).await;
    let lists = Graph::over(app.service.clone());
    lists.import(&one()).await.unwrap();
    let edition = |tag: &str| {
        let rows = [
            row(
                "company:x,COMPANY,Xavier,,reg:1,a,region:r",
                "source:dup",
                "Xavier",
            ),
            row(
                &format!("company:y,COMPANY,Xavier Ltd,,reg:2,{tag},region:r"),
                "source:dup",
                "Xavier Ltd",
            ),
        ];
        list("dup", &rows)
    };
    lists.import(&edition("b")).await.unwrap();
    let admin = admin(&app).await;
    admin
        .ask(MERGE, json!({ "keep": "company:x", "merge": ["company:y"] }))
        .await
        .good();
    let before = said(&app, "company:y").await;
    assert_eq!(before["tags"], json!(["a", "b"]));
    let counts = Graph::counts(lists.import(&edition("b")).await);
    assert_eq!((counts.0, counts.1), (0, 0));
    assert_eq!(said(&app, "company:x").await, before);
    lists.import(&edition("c")).await.unwrap();
    assert_eq!(said(&app, "company:x").await["tags"], json!(["a", "b", "c"]));
    // The same id twice is still a mistake.
    let twice = [
        row("company:y,COMPANY,Y,,,,", "source:dup", "Xavier"),
        row("company:y,COMPANY,Y,,,,", "source:dup", "Xavier"),
    ];
    let refused = lists.import(&list("dup", &twice)).await.unwrap_err();
    assert!(
        refused.contains("this id is already used at entities.csv:2"),
        "{refused}"
    );
}

#[tokio::test]
async fn a_search_for_an_id_that_was_merged_away_finds_the_entity_kept() {
    let (app, _) = merged().await;
    for query in ["company:two-1", "two-1", "company:one-1"] {
        let found = app
            .ask(
                "query($q: String!) { search(query: $q) { nodes { id } } }",
                json!({ "q": query }),
            )
            .await
            .good();
        let first = &found["search"]["nodes"][0]["id"];
        assert_eq!(first, "company:one-1", "{query}");
    }
}

#[tokio::test]
async fn every_write_that_names_an_old_id_goes_to_the_entity_kept() {
    let (app, _) = merged().await;
    let admin = admin(&app).await;
    let said_so = json!([{ "sourceId": "source:two", "quote": "x", "reliability": "INDEPENDENT" }]);
    let entities = "mutation($input: [EntityInput!]!) { upsertEntities(input: $input) { updated nodes { id ... on Company { tags names { value } } } } }";
    let input = json!([{ "id": "company:two-1", "kind": "COMPANY", "datasetId": "two", "tags": ["new"],
        "names": [{ "value": "Alpha Berlin", "lang": "en" }], "statements": said_so }]);
    let done = admin.ask(entities, json!({ "input": input })).await.good();
    let node = &done["upsertEntities"]["nodes"][0];
    assert_eq!(
        (&node["id"], &node["tags"]),
        (&json!("company:one-1"), &json!(["new", "t1", "t2"]))
    );
    assert_eq!(node["names"].as_array().unwrap().len(), 3);
    let add = "mutation($s: [StatementInput!]!) { addStatements(subjectId: \"company:two-1\", datasetId: \"two\", statements: $s) { updated nodes { id } } }";
    let more = json!([{ "sourceId": "source:two", "quote": "more", "reliability": "INDEPENDENT" }]);
    let done = admin.ask(add, json!({ "s": more })).await.good();
    assert_eq!(
        done["addStatements"],
        json!({ "updated": 1, "nodes": [{ "id": "company:one-1" }] })
    );
    let relations = "mutation($input: [RelationInput!]!) { upsertRelations(input: $input) { nodes { ... on Relation { to { id } } } } }";
    let input = json!([{ "id": "r:9", "kind": "CARRIED_BY", "fromId": "project:two-p", "toId": "company:two-1", "datasetId": "two", "statements": said_so }]);
    let done = admin.ask(relations, json!({ "input": input })).await.good();
    assert_eq!(done["upsertRelations"]["nodes"][0]["to"]["id"], "company:one-1");
    let observations = "mutation($input: [ObservationInput!]!) { upsertObservations(input: $input) { nodes { ... on Observation { entity { id } } } } }";
    let input = json!([{ "id": "o:9", "entityId": "company:two-1", "indicator": "STAFF", "datasetId": "two",
        "quantity": { "lower": "7", "unit": "PERSON", "basis": "MEASURED" }, "statements": said_so }]);
    let done = admin.ask(observations, json!({ "input": input })).await.good();
    assert_eq!(
        done["upsertObservations"]["nodes"][0]["entity"]["id"],
        "company:one-1"
    );
    let rules = "mutation($input: [RuleInput!]!) { upsertRules(input: $input) { nodes { ... on Rule { parts { party { id } } } } } }";
    app.add(graph().entities(["program:m"])).await;
    let input = json!([{ "id": "rule:9", "bearerId": "program:m", "type": "ALLOCATION", "datasetId": "two",
        "parts": [{ "partyId": "company:two-1", "lower": "10", "upper": "10" }], "statements": said_so }]);
    let done = admin.ask(rules, json!({ "input": input })).await.good();
    assert_eq!(
        done["upsertRules"]["nodes"][0]["parts"][0]["party"]["id"],
        "company:one-1"
    );
    // As the one kept, and as one of those that become part of it.
    let done = admin
        .ask(
            MERGE,
            json!({ "keep": "company:two-1", "merge": ["company:two-2"] }),
        )
        .await;
    let (_, between) = done.bad();
    assert!(
        between.contains("r:two-2") && between.contains("connects two of the entities"),
        "{between}"
    );
    admin
        .query(r#"mutation { deleteRelations(ids: ["r:two-2"]) { deletedRelations } }"#)
        .await
        .good();
    let done = admin
        .ask(
            MERGE,
            json!({ "keep": "company:two-1", "merge": ["company:two-2", "company:one-1"] }),
        )
        .await
        .good();
    assert_eq!(
        done["mergeEntities"],
        json!({ "mergedIds": ["company:two-2"], "entity": { "id": "company:one-1" } })
    );
    app.add(graph().entities(["company:last"])).await;
    let done = admin
        .ask(
            MERGE,
            json!({ "keep": "company:last", "merge": ["company:two-2", "company:two-1"] }),
        )
        .await
        .good();
    assert_eq!(
        done["mergeEntities"],
        json!({ "mergedIds": ["company:one-1"], "entity": { "id": "company:last" } })
    );
    // Only a deletion asks for the entity itself: it takes more away than what once had the old id.
    let (_, message) = admin
        .query(r#"mutation { deleteEntities(ids: ["company:two-1"], cascade: true) { revision } }"#)
        .await
        .bad();
    assert!(
        message.contains("company:two-1 was merged into company:last"),
        "{message}"
    );
    let kept = app
        .query(r#"{ nodes(ids: ["company:one-1", "company:two-1", "company:two-2"]) { id } }"#)
        .await
        .good();
    assert!(
        kept["nodes"]
            .as_array()
            .unwrap()
            .iter()
            .all(|node| node["id"] == "company:last")
    );
    let all = app
        .query("{ entities(filter: { kinds: [COMPANY] }) { nodes { id } } }")
        .await
        .good();
    assert_eq!(ids(&all["entities"]), ["company:last"]);
}
