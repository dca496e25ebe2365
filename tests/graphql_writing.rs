//! Writing over HTTP: every write carries evidence, is all or nothing, and tells all that is wrong with it.

mod again;
mod former;
mod merging;
mod removing;
mod taking;
mod unread;

use hukun::model::ontology::RelationKind::InvestsIn;
use hukun::model::principal::{DatasetScope, Role};
use hukun::service::NewKey;
use serde_json::{Value, json};

use crate::support::graph::{cny, entity, relation};
use crate::support::keys::key;
use crate::support::{Asker, TestApp, graph};

const ENTITIES: &str = "mutation($input: [EntityInput!]!, $at: String) { upsertEntities(input: $input, ifRevision: $at) \
     { created updated unchanged revision nodes { __typename id } } }";
const RELATIONS: &str = "mutation($input: [RelationInput!]!) { upsertRelations(input: $input) \
     { created updated unchanged revision nodes { id } } }";

/// A statement of the source that small graphs have.
fn said(quote: &str) -> Value {
    json!({ "sourceId": "source:s", "quote": quote, "reliability": "INDEPENDENT", "locator": { "text": "L2 [4,9)" } })
}

fn fund(id: &str, name: &str) -> Value {
    json!({
        "id": id, "kind": "FUND", "names": [{ "value": name, "lang": "zh" }], "statements": [said(name)]
    })
}

pub async fn admin(app: &TestApp) -> Asker<'_> {
    app.as_role(Role::Admin, true).await
}

async fn app() -> TestApp {
    TestApp::with(graph().entities(["region:k", "fund:a"])).await
}

/// The problems of a refusal: path, and reason with hint.
#[track_caller]
fn problems(body: &Value) -> Vec<(String, String)> {
    let listed = body["errors"][0]["extensions"]["problems"].as_array();
    let listed = listed.unwrap_or_else(|| panic!("no problems: {body:#}"));
    let text = |value: &Value| value.as_str().unwrap_or_default().to_string();
    listed
        .iter()
        .map(|one| {
            (
                text(&one["path"]),
                format!("{} | {}", text(&one["reason"]), text(&one["hint"])),
            )
        })
        .collect()
}

#[tokio::test]
async fn a_first_fact_is_written_with_its_evidence_and_read_at_once() {
    let app = TestApp::with(graph()).await;
    let admin = admin(&app).await;
    let made = admin
        .query(
            r#"mutation {
              upsertDataset(input: { id: "notes", title: "笔记", licence: "CC0-1.0", synthetic: false, coverage: SAMPLE }) {
                created nodes { ... on Dataset { id title } } }
              upsertSources(input: [{ id: "source:n", title: "报告", authors: ["李"] }]) { created nodes { id } }
              upsertEntities(input: [{
                id: "fund:new", kind: FUND, names: [{ value: "天使母基金", lang: "zh" }], tags: ["b", "a"],
                properties: { fundType: "ANGEL", paidIn: { lower: "50", lowerExclusive: true, unit: "CNY" } },
                statements: [{ sourceId: "source:n", quote: "设立天使母基金", reliability: SELF_REPORTED, locator: { lines: [3], start: 10, end: 17 } }]
              }]) {
                created revision
                nodes { id ... on Fund { name tags paidIn { lower upper lowerExclusive qualifier basis unit }
                  statements { quote assertion reliability rank recordedBy locator { lines start end } source { title } } datasets { id } } }
              }
            }"#,
        )
        .await;
    let revision = made.body["extensions"]["revision"].clone();
    let data = made.good();
    assert_eq!(data["upsertDataset"]["created"], 1);
    assert_eq!(data["upsertDataset"]["nodes"][0]["title"], "笔记");
    assert_eq!(data["upsertSources"]["created"], 1);
    let written = &data["upsertEntities"];
    assert_eq!(
        (&written["created"], &written["revision"]),
        (&json!(1), &revision)
    );
    let by = &written["nodes"][0]["statements"][0]["recordedBy"];
    assert!(
        by.as_str().is_some_and(|by| !by.is_empty() && by != "anonymous"),
        "{by}"
    );
    let by = by.clone();
    assert_eq!(
        written["nodes"][0],
        json!({
            "id": "fund:new", "name": "天使母基金", "tags": ["a", "b"],
            "paidIn": { "lower": "50", "upper": null, "lowerExclusive": true, "qualifier": "MORE_THAN", "basis": "PAID_IN", "unit": "CNY" },
            "statements": [{
                "quote": "设立天使母基金", "assertion": "STATED", "reliability": "SELF_REPORTED", "rank": "NORMAL", "recordedBy": by,
                "locator": { "lines": [3, 3], "start": 10, "end": 17 }, "source": { "title": "报告" }
            }],
            "datasets": [{ "id": "notes" }]
        })
    );
}

#[tokio::test]
async fn what_stands_so_already_makes_no_revision() {
    let app = app().await;
    let admin = admin(&app).await;
    let input = json!({ "input": [fund("fund:b", "乙")] });
    let first = admin.ask(ENTITIES, input.clone()).await.good();
    assert_eq!(first["upsertEntities"]["created"], 1);
    let again = admin.ask(ENTITIES, input).await.good();
    assert_eq!(again["upsertEntities"]["unchanged"], 1);
    assert_eq!(
        again["upsertEntities"]["revision"],
        first["upsertEntities"]["revision"]
    );
    let changed = admin
        .ask(ENTITIES, json!({ "input": [fund("fund:b", "丙")] }))
        .await
        .good();
    assert_eq!(changed["upsertEntities"]["updated"], 1);
    let names = admin
        .query(r#"{ node(id: "fund:b") { ... on Entity { names { value } } } }"#)
        .await
        .good();
    assert_eq!(names["node"]["names"], json!([{ "value": "丙" }]));
}

#[tokio::test]
async fn a_region_is_short_for_a_relation_with_the_same_evidence() {
    let app = app().await;
    let admin = admin(&app).await;
    let mut one = fund("fund:b", "乙");
    one["regionId"] = json!("region:k");
    admin.ask(ENTITIES, json!({ "input": [one] })).await.good();
    let read = r#"{ node(id: "fund:b/region") { ... on Relation { kind to { id } statements { quote } } } }"#;
    assert_eq!(
        admin.query(read).await.good()["node"],
        json!({ "kind": "LOCATED_IN", "to": { "id": "region:k" }, "statements": [{ "quote": "乙" }] })
    );
}

#[tokio::test]
async fn all_that_is_wrong_is_told_at_once_with_its_place_and_nothing_is_written() {
    let app = app().await;
    let admin = admin(&app).await;
    let input = json!([
        fund("fund:good", "好"),
        { "id": "fund without colon", "kind": "FUND", "names": [{ "value": "x", "lang": "zh" }], "statements": [said("x")] },
        { "id": "fund:c", "kind": "FUND", "names": [], "statements": [said("x")] },
        { "id": "fund:d", "kind": "FUND", "names": [{ "value": "x", "lang": "zh" }], "statements": [] },
        { "id": "fund:e", "kind": "FUND", "names": [{ "value": "x", "lang": "zh" }], "properties": { "stage": "LANDED", "committed": { "lower": "5", "unit": "RMB" } },
          "statements": [said("x"), { "sourceId": "source:t", "quote": "y", "reliability": "INDEPENDENT", "property": "size" }] },
        { "id": "fund:f", "kind": "FUND", "names": [{ "value": "x", "lang": "zh" }], "validFrom": "2024", "validTo": "2023",
          "statements": [said("x"), { "sourceId": "source:t", "quote": "y", "reliability": "INDEPENDENT" }] },
        { "id": "fund:g", "kind": "FUND", "names": [{ "value": "x", "lang": "zh" }],
          "statements": [said("x"), { "sourceId": "source:t", "quote": "y", "reliability": "INDEPENDENT", "rank": "PREFERRED" }] },
        fund("fund:good", "又"),
    ]);
    let before = admin.query("{ revision }").await.good();
    let reply = admin.ask(ENTITIES, json!({ "input": input })).await;
    let found = problems(&reply.body);
    let (code, message) = reply.bad();
    assert_eq!(code, "BAD_USER_INPUT");
    assert!(message.contains("nothing was written"), "{message}");
    let expected = [
        ("input[1].id", "id"),
        ("input[2].names", "an entity needs a name"),
        ("input[3].statements", "needs evidence"),
        ("input[4].properties.stage", "a FUND has no stage"),
        ("input[4].properties.committed.unit", "`RMB` is not a currency"),
        ("input[5].validTo", "2023"),
        (
            "input[6].statements[1].sourceId",
            "no source has this id | did you mean source:s?",
        ),
        (
            "input[7].id",
            "this id is already used at input[0] | choose another id: ids are unique across all records and data sets",
        ),
    ];
    for (path, reason) in expected {
        assert!(
            found.iter().any(|(at, why)| at == path && why.contains(reason)),
            "no `{path}`: {reason} in {found:#?}"
        );
    }
    assert_eq!(found.len(), expected.len(), "{found:#?}");
    assert_eq!(admin.query("{ revision }").await.good(), before);
    assert_eq!(
        admin.query(r#"{ node(id: "fund:good") { id } }"#).await.good()["node"],
        Value::Null
    );
}

#[tokio::test]
async fn a_relation_is_checked_as_an_import_checks_it() {
    let app = app().await;
    let admin = admin(&app).await;
    let reply = admin
        .ask(
            RELATIONS,
            json!({ "input": [
                { "id": "r:1", "kind": "INVESTS_IN", "fromId": "region:k", "toId": "fund:a", "statements": [said("x")] },
                { "id": "r:2", "kind": "INVESTS_IN", "fromId": "fund:a", "toId": "company:none", "statements": [said("x")],
                  "quantity": { "lower": "5", "upper": "3", "unit": "CNY", "basis": "INVESTED" } },
                { "id": "r:3", "kind": "INVESTS_IN", "fromId": "fund:a", "toId": "company:none", "statements": [said("x")],
                  "quantity": { "lower": "5" } },
                { "id": "r:4", "kind": "INVESTS_IN", "fromId": "fund:a", "toId": "company:none", "statements": [said("x")] },
            ] }),
        )
        .await;
    let found = problems(&reply.body);
    let paths: Vec<&str> = found.iter().map(|(path, _)| path.as_str()).collect();
    for path in [
        "input[0].fromId",
        "input[1].quantity",
        "input[2].quantity",
        "input[3].toId",
    ] {
        assert!(paths.contains(&path), "no {path} in {found:#?}");
    }
}

#[tokio::test]
async fn parts_and_digits_are_checked_as_an_import_checks_them() {
    let app = TestApp::with(graph().entities(["project:p", "company:c", "company:d"])).await;
    let admin = admin(&app).await;
    let carried = |id: &str, more: Value| {
        let mut row = json!({ "id": id, "kind": "CARRIED_BY", "fromId": "project:p", "toId": "company:c", "statements": [said("x")] });
        row.as_object_mut()
            .unwrap()
            .extend(more.as_object().unwrap().clone());
        row
    };
    let money = |amount: &str| json!({ "lower": amount, "unit": "EUR", "basis": "GRANTED" });
    let reply = admin
        .ask(
            RELATIONS,
            json!({ "input": [
                carried("r:1", json!({ "share": "0.6", "quantity": money("60") })),
                carried("r:2", json!({ "quantity": money("1234567890123456") })),
            ] }),
        )
        .await;
    let found = problems(&reply.body);
    assert_eq!(found.len(), 2, "{found:#?}");
    assert_eq!(found[0].0, "input[0].share");
    assert!(found[0].1.contains("state one of the two"), "{found:#?}");
    assert!(found[1].0.starts_with("input[1].quantity"), "{found:#?}");
    assert!(
        found[1].1.contains("at most 15 digits before the point"),
        "{found:#?}"
    );
    let reply = admin
        .ask(RELATIONS, json!({ "input": [carried("r:1", json!({ "share": "0.6" })), carried("r:2", json!({ "share": "0.5" }))] }))
        .await;
    let found = problems(&reply.body);
    assert!(found[0].1.contains("would sum to 1.1"), "{found:#?}");
    let both = json!({ "input": [carried("r:1", json!({ "share": "0.6" })), carried("r:2", json!({ "quantity": money("40") }))] });
    assert_eq!(
        admin.ask(RELATIONS, both).await.good()["upsertRelations"]["created"],
        2
    );
}

#[tokio::test]
async fn statements_that_differ_give_their_hull_and_a_preferred_one_counts_alone() {
    let app = TestApp::with(graph().relation(
        InvestsIn,
        "fund:a",
        "company:b",
        relation().id("r:1").amount(cny(5).invested()),
    ))
    .await;
    let admin = admin(&app).await;
    let add = "mutation($statements: [StatementInput!]!) { addStatements(subjectId: \"r:1\", statements: $statements) { updated unchanged nodes { ... on Relation { quantity { lower upper contested } statements { quote rank quantity { lower } } } } } }";
    let other = json!([{ "sourceId": "source:s", "quote": "八元", "reliability": "AUDITED", "quantity": { "lower": "8" } }]);
    let data = admin.ask(add, json!({ "statements": other })).await.good();
    let node = &data["addStatements"]["nodes"][0];
    assert_eq!(
        node["quantity"],
        json!({ "lower": "5", "upper": "8", "contested": true })
    );
    assert_eq!(node["statements"].as_array().map(Vec::len), Some(2));
    let again = admin.ask(add, json!({ "statements": other })).await.good();
    assert_eq!(again["addStatements"]["unchanged"], 1);
    let preferred = json!([{ "sourceId": "source:s", "quote": "九元", "reliability": "AUDITED", "rank": "PREFERRED", "quantity": { "lower": "9" } }]);
    let data = admin.ask(add, json!({ "statements": preferred })).await.good();
    assert_eq!(
        data["addStatements"]["nodes"][0]["quantity"],
        json!({ "lower": "9", "upper": "9", "contested": false })
    );
    let wrong = json!([{ "sourceId": "source:s", "quote": "x", "reliability": "AUDITED", "property": "paid_in", "quantity": { "lower": "9" } }]);
    let reply = admin.ask(add, json!({ "statements": wrong })).await;
    assert_eq!(problems(&reply.body)[0].0, "statements[0].property");
    let nothing = add.replace("r:1", "r:none");
    let (code, message) = admin
        .ask(&nothing, json!({ "statements": [said("x")] }))
        .await
        .bad();
    assert_eq!(code, "NOT_FOUND", "{message}");
    assert!(message.contains("subjectId `r:none`"), "{message}");
}

#[tokio::test]
async fn whoever_rests_on_an_older_revision_is_refused() {
    let app = app().await;
    let admin = admin(&app).await;
    let at = admin.query("{ revision }").await.good()["revision"].clone();
    let one = json!({ "input": [fund("fund:b", "乙")], "at": at });
    admin.ask(ENTITIES, one).await.good();
    let other = json!({ "input": [fund("fund:b", "丙")], "at": at });
    let (code, message) = admin.ask(ENTITIES, other).await.bad();
    assert_eq!(code, "CONFLICT");
    assert!(message.contains("read again, then write"), "{message}");
    let (code, _) = admin
        .ask(ENTITIES, json!({ "input": [], "at": "newest" }))
        .await
        .bad();
    assert_eq!(code, "BAD_USER_INPUT");
}

#[tokio::test]
async fn who_may_not_write_is_told_what_it_takes() {
    let app = app().await;
    let one = json!({ "input": [fund("fund:b", "乙")] });
    for reader in [app.anonymous(), app.as_role(Role::Reader, true).await] {
        let (code, message) = reader.ask(ENTITIES, one.clone()).await.bad();
        assert_eq!(code, "FORBIDDEN");
        assert!(message.contains("editor or admin"), "{message}");
        // Also where it could not be read.
        let (code, _) = reader
            .ask(ENTITIES, json!({ "input": [fund("x", "乙")] }))
            .await
            .bad();
        assert_eq!(code, "FORBIDDEN");
        let (code, _) = reader
            .query(r#"mutation { deleteEntities(ids: ["fund:a"]) { revision } }"#)
            .await
            .bad();
        assert_eq!(code, "FORBIDDEN");
        let merge = r#"mutation { mergeEntities(keep: "fund:a", merge: ["fund:b"]) { revision } }"#;
        assert_eq!(reader.query(merge).await.bad().0, "FORBIDDEN");
    }
    let editor = app.as_role(Role::Editor, false).await;
    editor.ask(ENTITIES, one).await.good();
    let dataset = r#"mutation { upsertDataset(input: { id: "e", title: "E", licence: "CC0-1.0", synthetic: false, coverage: SAMPLE }) { revision } }"#;
    assert_eq!(editor.query(dataset).await.bad().0, "FORBIDDEN");
    assert!(app.query(r#"{ node(id: "fund:a") { id } }"#).await.good()["node"].is_object());
}

async fn editor_of<'a>(app: &'a TestApp, dataset: &str) -> Asker<'a> {
    let id = hukun::model::id::DatasetId::parse(dataset).unwrap();
    let scope = DatasetScope::Only([id].into());
    let issued = app
        .issue(NewKey {
            scope,
            ..key(Role::Editor)
        })
        .await;
    app.with_token(issued.reveal())
}

#[tokio::test]
async fn an_editor_writes_in_its_own_data_sets_alone() {
    let app = app().await;
    app.add(graph().in_dataset("e").entities(["fund:e"])).await;
    let editor = editor_of(&app, "e").await;
    // Nothing named: the only one that the key is for.
    let written = editor
        .ask(ENTITIES, json!({ "input": [fund("fund:f", "己")] }))
        .await
        .good();
    assert_eq!(written["upsertEntities"]["created"], 1);
    let sets = app
        .query(r#"{ node(id: "fund:f") { ... on Entity { datasets { id } } } }"#)
        .await
        .good();
    assert_eq!(sets["node"]["datasets"], json!([{ "id": "e" }]));
    let mut other = fund("fund:g", "庚");
    other["datasetId"] = json!("d");
    let (code, message) = editor.ask(ENTITIES, json!({ "input": [other] })).await.bad();
    assert_eq!(code, "FORBIDDEN", "{message}");
    // What belongs to another data set is not its to change, whatever it names.
    let reply = editor
        .ask(ENTITIES, json!({ "input": [fund("fund:a", "改")] }))
        .await;
    assert_eq!(problems(&reply.body)[0].0, "input[0].id");
    let (code, message) = reply.bad();
    assert_eq!(code, "FORBIDDEN");
    assert!(message.contains("addStatements"), "{message}");
    let (code, _) = editor
        .query(r#"mutation { deleteEntities(ids: ["fund:a"]) { revision } }"#)
        .await
        .bad();
    assert_eq!(code, "FORBIDDEN");
    // Evidence may be added to it.
    let add = "mutation($s: [StatementInput!]!) { addStatements(subjectId: \"fund:a\", statements: $s) { updated } }";
    assert_eq!(
        editor.ask(add, json!({ "s": [said("据此")] })).await.good()["addStatements"]["updated"],
        1
    );
}

#[tokio::test]
async fn a_call_writes_in_one_data_set_and_says_which_there_are() {
    let app = app().await;
    app.add(graph().in_dataset("e").entities(["fund:e"])).await;
    let admin = admin(&app).await;
    let (code, message) = admin
        .ask(ENTITIES, json!({ "input": [fund("fund:f", "己")] }))
        .await
        .bad();
    assert_eq!(
        (code.as_str(), message.as_str()),
        ("BAD_USER_INPUT", "`datasetId` is missing (expected one of d, e)")
    );
    let mut one = fund("fund:f", "己");
    one["datasetId"] = json!("nowhere");
    let (code, message) = admin.ask(ENTITIES, json!({ "input": [one] })).await.bad();
    assert_eq!(code, "NOT_FOUND");
    assert!(message.contains("input[0].datasetId `nowhere`"), "{message}");
    let (mut one, mut two) = (fund("fund:f", "己"), fund("fund:g", "庚"));
    one["datasetId"] = json!("d");
    two["datasetId"] = json!("e");
    let (code, message) = admin.ask(ENTITIES, json!({ "input": [one, two] })).await.bad();
    assert_eq!(code, "BAD_USER_INPUT");
    assert!(message.contains("send two calls"), "{message}");
}

#[tokio::test]
async fn thousands_in_one_call_are_one_revision() {
    let count: usize = 10_000;
    let app = app().await;
    let admin = admin(&app).await;
    let input: Vec<Value> = (0..count)
        .map(|n| fund(&format!("fund:n{n}"), &format!("基金{n}")))
        .collect();
    let before: u64 = admin.query("{ revision }").await.good()["revision"]
        .as_str()
        .unwrap()
        .parse()
        .unwrap();
    let ask = "mutation($input: [EntityInput!]!) { upsertEntities(input: $input) { created revision } }";
    let done = admin.ask(ask, json!({ "input": input })).await.good();
    assert_eq!(
        done["upsertEntities"],
        json!({ "created": count, "revision": (before + 1).to_string() })
    );
    let mut input = input;
    input[count - 1] = json!({ "id": format!("fund:n{}", count - 1), "kind": "FUND", "names": [{ "value": "x", "lang": "zh" }], "statements": [] });
    input[0] = fund("fund:n0", "另名");
    let reply = admin.ask(ask, json!({ "input": input })).await;
    assert_eq!(
        problems(&reply.body)[0].0,
        format!("input[{}].statements", count - 1)
    );
    let name = admin
        .query(r#"{ node(id: "fund:n0") { ... on Entity { name } } }"#)
        .await
        .good();
    assert_eq!(name["node"]["name"], "基金0");
}

#[tokio::test]
async fn fields_are_done_one_after_the_other_and_each_reads_what_was_written_before() {
    let app = app().await;
    let admin = admin(&app).await;
    let both = "mutation($a: [EntityInput!]!, $r: [RelationInput!]!) { \
         one: upsertEntities(input: $a) { nodes { ... on Entity { degree } } } \
         two: upsertRelations(input: $r) { nodes { ... on Relation { from { degree } } } } }";
    let variables = json!({
        "a": [{ "id": "company:c", "kind": "COMPANY", "names": [{ "value": "丙", "lang": "zh" }], "statements": [said("丙")] }],
        "r": [{ "id": "r:1", "kind": "INVESTS_IN", "fromId": "fund:a", "toId": "company:c", "statements": [said("投")] }]
    });
    let data = admin.ask(both, variables).await.good();
    assert_eq!(data["one"]["nodes"][0]["degree"], 0);
    assert_eq!(data["two"]["nodes"][0]["from"]["degree"], 1);
}

#[tokio::test]
async fn personal_data_is_not_emptied_by_who_may_not_see_it() {
    let app = app().await;
    let expert = |contact: Option<&str>, name: &str| {
        json!({ "input": [{ "id": "expert:e", "kind": "EXPERT", "names": [{ "value": name, "lang": "zh" }],
            "properties": { "titleClass": "A", "contact": contact }, "statements": [said("x")] }] })
    };
    let admin = admin(&app).await;
    admin.ask(ENTITIES, expert(Some("a@b.cn"), "甲")).await.good();
    let editor = app.as_role(Role::Editor, false).await;
    editor.ask(ENTITIES, expert(None, "乙")).await.good();
    let read = r#"{ node(id: "expert:e") { ... on Expert { name contact } } }"#;
    assert_eq!(
        admin.query(read).await.good()["node"],
        json!({ "name": "乙", "contact": "a@b.cn" })
    );
    admin.ask(ENTITIES, expert(None, "丙")).await.good();
    assert_eq!(admin.query(read).await.good()["node"]["contact"], Value::Null);
}

#[tokio::test]
async fn an_answer_can_be_sent_again_as_it_is() {
    let app = TestApp::with(graph().entity(entity("fund:a"))).await;
    let admin = admin(&app).await;
    for (quantity, shown) in [
        (
            json!({ "lower": "5", "upper": "5", "qualifier": "EXACT" }),
            ["5", "5"],
        ),
        (json!({ "lower": "5", "upper": "7" }), ["5", "7"]),
        (
            json!({ "lower": "0", "upper": "0", "qualifier": "NONE" }),
            ["0", "0"],
        ),
    ] {
        let mut sent = quantity.clone();
        sent["unit"] = json!("PERSON");
        sent["basis"] = json!("MEASURED");
        let input = json!([{ "id": "obs:1", "entityId": "fund:a", "indicator": "X", "quantity": sent, "period": "2024", "statements": [said("x")] }]);
        let ask = "mutation($input: [ObservationInput!]!) { upsertObservations(input: $input) { nodes { ... on Observation { quantity { lower upper } } } } }";
        let data = admin.ask(ask, json!({ "input": input })).await.good();
        let got = &data["upsertObservations"]["nodes"][0]["quantity"];
        assert_eq!(
            *got,
            json!({ "lower": shown[0], "upper": shown[1] }),
            "{quantity}"
        );
    }
    let rule = json!([{ "id": "rule:1", "bearerId": "fund:a", "type": "ALLOCATION", "statements": [said("x"), said("y")],
        "parts": [{ "label": "市", "lower": "5", "upper": "5" }, { "label": "区", "lower": "3", "upper": "3" }] }]);
    let ask = "mutation($input: [RuleInput!]!) { upsertRules(input: $input) { created nodes { ... on Rule { parts { label lower } statements { quote } } } } }";
    let data = admin.ask(ask, json!({ "input": rule })).await.good();
    assert_eq!(
        data["upsertRules"]["nodes"][0],
        json!({ "parts": [{ "label": "市", "lower": "5" }, { "label": "区", "lower": "3" }], "statements": [{ "quote": "x" }, { "quote": "y" }] })
    );
}
