//! Mergers: what refers to one refers to the other, what is then said twice is said once, and old ids lead on for ever.

use hukun::model::ontology::RelationKind::{InvestsIn, LocatedIn, Operates};
use hukun::model::record::RuleType;
use serde_json::json;

use super::{admin, problems, said};
use crate::support::graph::{cny, entity, of, relation, stated};
use crate::support::{TestApp, graph};

const MERGE: &str = "mutation($keep: ID!, $merge: [ID!]!) { mergeEntities(keep: $keep, merge: $merge) { mergedIds relationsMoved revision \
     entity { id formerIds names { value role } tags degree } } }";

async fn app() -> TestApp {
    let elsewhere = hukun::service::write::StatementDraft {
        quote: Some("另说".into()),
        ..stated()
    };
    TestApp::with(
        graph()
            .entity(entity("fund:a").named("甲").tag("x"))
            .entity(entity("fund:b").named("乙").tag("y"))
            .relation(LocatedIn, "fund:a", "region:k", relation().id("fund:a/region"))
            .relation(
                LocatedIn,
                "fund:b",
                "region:k",
                relation().id("fund:b/region").evidence(elsewhere.clone()),
            )
            // Two payments of one size are two payments; one payment told twice in the same words is one.
            .relation(
                InvestsIn,
                "fund:a",
                "company:c",
                relation().id("r:1").amount(cny(5).invested()).evidence(elsewhere),
            )
            .relation(
                InvestsIn,
                "fund:b",
                "company:c",
                relation().id("r:2").amount(cny(5).invested()),
            )
            .relation(
                InvestsIn,
                "fund:a",
                "company:d",
                relation().id("r:3").amount(cny(7).invested()),
            )
            .relation(
                InvestsIn,
                "fund:b",
                "company:d",
                relation().id("r:4").amount(cny(7).invested()),
            )
            .relation(Operates, "organization:o", "fund:b", relation().id("r:5"))
            .observation("obs:1", "fund:b", "X", &of(3, "PERSON"), "2024")
            .rule(
                "rule:1",
                "fund:b",
                RuleType::Allocation,
                None,
                &[("fund:b", 10, 10)],
            ),
    )
    .await
}

#[tokio::test]
async fn two_entities_become_one() {
    let app = app().await;
    let admin = admin(&app).await;
    let done = admin
        .ask(MERGE, json!({ "keep": "fund:a", "merge": ["fund:b"] }))
        .await
        .good();
    let done = &done["mergeEntities"];
    assert_eq!(done["mergedIds"], json!(["fund:b"]));
    assert_eq!(done["relationsMoved"], 4);
    assert_eq!(
        done["entity"],
        json!({
            "id": "fund:a", "formerIds": ["fund:b"], "tags": ["x", "y"], "degree": 5,
            "names": [{ "value": "甲", "role": "OFFICIAL" }, { "value": "乙", "role": "ALIAS" }]
        })
    );
    // Folded: the region, said by both, and r:4, told in the words of r:3. Kept apart: r:1 and r:2.
    let left = admin
        .query(
            r#"{ nodes(ids: ["fund:b/region", "r:4"]) { id }
              region: node(id: "fund:a/region") { ... on Relation { statements { quote } } }
              moved: node(id: "r:2") { ... on Relation { from { id } quantity { lower } } }
              observation: node(id: "obs:1") { ... on Observation { entity { id } } }
              rule: node(id: "rule:1") { ... on Rule { bearer { id } } }
              old: node(id: "fund:b") { id ... on Entity { name } }
              filtered: entities(filter: { ids: ["fund:b"] }) { nodes { id } }
              ends: relations(filter: { fromIds: ["fund:b"] }) { totalCount }
              sum: trace(input: { from: { ids: ["fund:b"] }, to: { ids: ["company:c"] } }) { totalCount { value } } }"#,
        )
        .await
        .good();
    assert_eq!(left["nodes"], json!([null, null]));
    assert_eq!(
        left["region"]["statements"],
        json!([{ "quote": "如此说" }, { "quote": "另说" }])
    );
    assert_eq!(
        left["moved"],
        json!({ "from": { "id": "fund:a" }, "quantity": { "lower": "5" } })
    );
    assert_eq!(left["observation"]["entity"]["id"], "fund:a");
    assert_eq!(left["rule"]["bearer"]["id"], "fund:a");
    assert_eq!(left["old"], json!({ "id": "fund:a", "name": "甲" }));
    assert_eq!(left["filtered"]["nodes"], json!([{ "id": "fund:a" }]));
    assert_eq!(left["ends"]["totalCount"], 4);
    assert_eq!(left["sum"]["totalCount"]["value"], "2");
}

#[tokio::test]
async fn old_ids_lead_on_in_writes_and_through_further_mergers() {
    let app = app().await;
    let admin = admin(&app).await;
    admin
        .ask(MERGE, json!({ "keep": "fund:a", "merge": ["fund:b"] }))
        .await
        .good();
    // The same again changes nothing.
    let again = admin
        .ask(MERGE, json!({ "keep": "fund:a", "merge": ["fund:b"] }))
        .await
        .good();
    assert_eq!(again["mergeEntities"]["mergedIds"], json!([]));
    app.add(graph().entities(["fund:z"])).await;
    admin
        .ask(MERGE, json!({ "keep": "fund:z", "merge": ["fund:a"] }))
        .await
        .good();
    let read = r#"{ nodes(ids: ["fund:a", "fund:b"]) { id ... on Entity { formerIds } } }"#;
    let kept = json!({ "id": "fund:z", "formerIds": ["fund:a", "fund:b"] });
    assert_eq!(admin.query(read).await.good()["nodes"], json!([kept, kept]));
    let relations = "mutation($input: [RelationInput!]!) { upsertRelations(input: $input) { nodes { ... on Relation { from { id } } } } }";
    let input = json!([{ "id": "r:9", "kind": "INVESTS_IN", "fromId": "fund:b", "toId": "company:c", "statements": [said("x")] }]);
    let data = admin.ask(relations, json!({ "input": input })).await.good();
    assert_eq!(data["upsertRelations"]["nodes"][0]["from"]["id"], "fund:z");
    // A row under an id that was merged away adds to the entity kept; but the one kept is not deleted in its place.
    let entities = "mutation($input: [EntityInput!]!) { upsertEntities(input: $input) { nodes { id ... on Entity { names { value } tags } } } }";
    let input = json!([{ "id": "fund:b", "kind": "FUND", "names": [{ "value": "x", "lang": "zh" }], "statements": [said("x")] }]);
    let data = admin.ask(entities, json!({ "input": input })).await.good();
    let node = &data["upsertEntities"]["nodes"][0];
    assert_eq!(
        (&node["id"], &node["tags"]),
        (&json!("fund:z"), &json!(["x", "y"]))
    );
    let names = crate::support::texts(&node["names"], "/value");
    assert!(
        ["x", "甲", "乙"]
            .iter()
            .all(|name| names.iter().any(|has| has == name)),
        "{names:?}"
    );
    let (_, message) = admin
        .query(r#"mutation { deleteEntities(ids: ["fund:b"], cascade: true) { revision } }"#)
        .await
        .bad();
    assert!(message.contains("fund:b was merged into fund:z"), "{message}");
}

#[tokio::test]
async fn what_cannot_be_one_is_refused_with_all_its_reasons() {
    let app = app().await;
    app.add(
        graph()
            .relation(InvestsIn, "fund:a", "fund:b", relation().id("r:6"))
            .entities(["company:c"]),
    )
    .await;
    let admin = admin(&app).await;
    let before = admin.query("{ revision }").await.good();
    let reply = admin
        .ask(
            MERGE,
            json!({ "keep": "fund:a", "merge": ["fund:a", "company:c", "fund:none", "not an id"] }),
        )
        .await;
    assert_eq!(problems(&reply.body)[0].0, "merge[3]");
    let reply = admin
        .ask(
            MERGE,
            json!({ "keep": "fund:a", "merge": ["fund:a", "company:c", "fund:none"] }),
        )
        .await;
    let found = problems(&reply.body);
    assert_eq!(
        found.iter().map(|(path, _)| path.as_str()).collect::<Vec<_>>(),
        ["merge[0]", "merge[1]", "merge[2]"]
    );
    let (_, message) = admin
        .ask(MERGE, json!({ "keep": "fund:a", "merge": ["fund:b"] }))
        .await
        .bad();
    assert!(
        message.contains("r:6") && message.contains("connects two of the entities"),
        "{message}"
    );
    assert_eq!(admin.query("{ revision }").await.good(), before);
    let (code, _) = admin
        .ask(MERGE, json!({ "keep": "fund:none", "merge": ["fund:b"] }))
        .await
        .bad();
    assert_eq!(code, "NOT_FOUND");
}

#[tokio::test]
async fn shares_that_would_sum_to_more_than_one_keep_a_merger_from_being_made() {
    use hukun::model::ontology::RelationKind::InIndustry;
    let app = TestApp::with(
        graph()
            .relation(
                InIndustry,
                "company:a",
                "industry:x",
                relation().id("s:1").share("0.7"),
            )
            .relation(
                InIndustry,
                "company:b",
                "industry:y",
                relation().id("s:2").share("0.6"),
            ),
    )
    .await;
    let admin = admin(&app).await;
    let (_, message) = admin
        .ask(MERGE, json!({ "keep": "company:a", "merge": ["company:b"] }))
        .await
        .bad();
    assert!(message.contains("would sum to 1.3"), "{message}");
}
