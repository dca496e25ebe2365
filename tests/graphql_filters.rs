//! Every filter of lists, alone and joined; and every order.

use hukun::model::entity::{ProgramFamily, ProjectStage, Properties};
use hukun::model::ontology::RelationKind::{
    ContributesTo, GovernedBy, InvestsIn, LocatedIn, Originates, PartOf, Serves,
};
use hukun::model::relation::Driver;
use hukun::model::statement::{Assertion, Reliability};
use serde_json::{Value, json};

use crate::support::graph::{Graph, cny, entity, of, relation, said};
use crate::support::{TestApp, graph, ids, texts};

fn places() -> Graph {
    graph()
        .relation(PartOf, "region:town", "region:city", ())
        .relation(LocatedIn, "fund:a", "region:city", ())
        .relation(LocatedIn, "fund:b", "region:town", ())
        .relation(GovernedBy, "fund:c", "region:city", ())
        .relation(Originates, "region:city", "company:x", ())
        .relation(
            InvestsIn,
            "fund:a",
            "project:p",
            relation()
                .id("i1")
                .amount(cny(5).invested())
                .under("program:talent")
                .driver(Driver::Market),
        )
        .relation(
            InvestsIn,
            "fund:b",
            "project:q",
            relation().id("i2").amount(cny(9).committed()),
        )
        .relation(
            ContributesTo,
            "region:city",
            "fund:a",
            relation()
                .id("c1")
                .evidence(said(Assertion::Normative, Reliability::SelfReported)),
        )
        .relation(
            Serves,
            "expert:e",
            "project:p",
            relation().id("s1").amount(of(3, "PERSON")),
        )
        .entity(
            entity("fund:a")
                .named("天使基金")
                .alias("Angel Fund", "en")
                .tag("angel")
                .tag("early"),
        )
        .entity(entity("fund:b").named("母基金").tag("early"))
        .entity(
            entity("fund:c")
                .external("wikidata", "Q1")
                .former("fund:gone")
                .evidence(said(Assertion::Superlative, Reliability::Audited)),
        )
        .entity(entity("program:talent").properties(Properties::Program {
            family: Some(ProgramFamily::Talent),
        }))
        .entity(entity("project:p").properties(Properties::Project {
            stage: Some(ProjectStage::Landed),
        }))
}

async fn found(app: &TestApp, filter: Value) -> Vec<String> {
    let query = "query ($filter: EntityFilter) { entities(filter: $filter) { totalCount nodes { id } } }";
    let data = app.ask(query, json!({ "filter": filter })).await.good();
    let ids = ids(&data["entities"]);
    assert_eq!(data["entities"]["totalCount"], json!(ids.len()), "{filter}");
    ids
}

#[tokio::test]
async fn each_filter_of_entities() {
    let app = TestApp::with(places()).await;
    app.add(graph().in_dataset("other").entity("claim:o")).await;
    for (filter, expected) in [
        (
            json!({ "ids": ["fund:b", "fund:gone", "fund:nowhere"] }),
            vec!["fund:b", "fund:c"],
        ),
        (json!({ "ids": [] }), vec![]),
        (
            json!({ "kinds": ["EXPERT", "CLAIM"] }),
            vec!["claim:o", "expert:e"],
        ),
        (
            json!({ "kinds": ["FUND"], "regionId": "region:city" }),
            vec!["fund:a", "fund:b"],
        ),
        (
            json!({ "kinds": ["FUND"], "regionId": "region:town" }),
            vec!["fund:b"],
        ),
        (
            json!({ "kinds": ["FUND"], "regionId": "region:city", "regionRole": "GOVERNED" }),
            vec!["fund:c"],
        ),
        (
            json!({ "kinds": ["COMPANY"], "regionId": "region:city", "regionRole": "ORIGIN" }),
            vec!["company:x"],
        ),
        (json!({ "tags": ["angel"] }), vec!["fund:a"]),
        (json!({ "tags": ["angel", "early"] }), vec!["fund:a", "fund:b"]),
        (
            json!({ "families": ["TALENT", "CAPITAL"] }),
            vec!["program:talent"],
        ),
        (json!({ "stages": ["LANDED"] }), vec!["project:p"]),
        (json!({ "datasets": ["other"] }), vec!["claim:o"]),
        (json!({ "name": "基金" }), vec!["fund:a", "fund:b"]),
        (json!({ "name": "ＡＮＧＥＬ f" }), vec!["fund:a"]),
        (
            json!({ "externalId": { "scheme": "wikidata", "value": "Q1" } }),
            vec!["fund:c"],
        ),
        (
            json!({ "kinds": ["FUND"], "evidence": { "assertions": ["SUPERLATIVE"] } }),
            vec!["fund:c"],
        ),
        (
            json!({ "kinds": ["FUND"], "evidence": { "reliabilities": ["INDEPENDENT"] } }),
            vec!["fund:a", "fund:b"],
        ),
        (json!({ "evidence": { "excludeSources": ["source:s"] } }), vec![]),
        (
            json!({ "related": { "some": { "relation": { "kinds": ["INVESTS_IN"] }, "direction": "OUT" } } }),
            vec!["fund:a", "fund:b"],
        ),
        (
            json!({ "related": { "some": { "relation": { "kinds": ["INVESTS_IN"] }, "direction": "IN" } } }),
            vec!["project:p", "project:q"],
        ),
        (
            json!({ "kinds": ["FUND"], "related": { "none": { "relation": { "kinds": ["INVESTS_IN"] } } } }),
            vec!["fund:c"],
        ),
        (
            json!({ "related": { "some": { "entity": { "stages": ["LANDED"] } } } }),
            vec!["expert:e", "fund:a"],
        ),
        (
            json!({ "related": { "some": { "entity": { "related": { "some": { "relation": { "kinds": ["SERVES"] }, "direction": "IN" } } } } } }),
            vec!["expert:e", "fund:a"],
        ),
        (
            json!({ "kinds": ["FUND"], "and": [{ "tags": ["early"] }, { "not": { "tags": ["angel"] } }] }),
            vec!["fund:b"],
        ),
        (
            json!({ "kinds": ["FUND"], "or": [{ "tags": ["angel"] }, { "ids": ["fund:c"] }] }),
            vec!["fund:a", "fund:c"],
        ),
        (
            json!({ "kinds": ["FUND"], "not": { "or": [{ "tags": ["angel"] }, { "ids": ["fund:c"] }] } }),
            vec!["fund:b"],
        ),
    ] {
        assert_eq!(found(&app, filter.clone()).await, expected, "{filter}");
    }
}

#[tokio::test]
async fn each_filter_of_relations() {
    let app = TestApp::with(places()).await;
    let query = "query ($filter: RelationFilter) { relations(filter: $filter) { totalCount nodes { id } } }";
    for (filter, expected) in [
        (json!({ "ids": ["i2", "c1", "none"] }), vec!["c1", "i2"]),
        (
            json!({ "kinds": ["SERVES", "INVESTS_IN"] }),
            vec!["i1", "i2", "s1"],
        ),
        (json!({ "resources": ["TALENT"] }), vec!["s1"]),
        (
            json!({ "kinds": ["INVESTS_IN"], "fromIds": ["fund:a"] }),
            vec!["i1"],
        ),
        (json!({ "toIds": ["project:p"] }), vec!["i1", "s1"]),
        (json!({ "under": ["program:talent"] }), vec!["i1"]),
        (json!({ "drivers": ["MARKET"] }), vec!["i1"]),
        (json!({ "units": ["CNY"] }), vec!["i1", "i2"]),
        (json!({ "units": ["PERSON"] }), vec!["s1"]),
        (json!({ "statuses": ["REALISED"] }), vec!["i1"]),
        (json!({ "statuses": ["PROMISED"] }), vec!["i2"]),
        (json!({ "evidence": { "assertions": ["NORMATIVE"] } }), vec!["c1"]),
    ] {
        let data = app.ask(query, json!({ "filter": filter })).await.good();
        assert_eq!(ids(&data["relations"]), expected, "{filter}");
        assert_eq!(data["relations"]["totalCount"], json!(expected.len()), "{filter}");
    }
}

#[tokio::test]
async fn a_kinds_list_has_that_kind_alone() {
    let app = TestApp::with(places()).await;
    let lists = "regions industries parks universities labs facilities funds experts projects companies organizations programs claims";
    let fields: Vec<String> = lists
        .split(' ')
        .map(|list| format!("{list} {{ nodes {{ id kind }} totalCount }}"))
        .collect();
    let fields = fields.join(" ");
    let data = app
        .query(&format!("{{ {fields} entities {{ totalCount }} }}"))
        .await
        .good();
    let sum: i64 = lists
        .split(' ')
        .map(|list| data[list]["totalCount"].as_i64().unwrap())
        .sum();
    assert_eq!(data["entities"]["totalCount"], sum);
    assert_eq!(ids(&data["funds"]), ["fund:a", "fund:b", "fund:c"]);
    assert_eq!(
        ids(&app
            .query("{ funds(filter: { kinds: [PROJECT] }) { nodes { id } } }")
            .await
            .good()["funds"]),
        Vec::<String>::new()
    );
}

#[tokio::test]
async fn what_makes_no_sense_is_refused_by_name() {
    let app = TestApp::with(places()).await;
    for (filter, code, part) in [
        (
            "regionId: \"region:nowhere\"",
            "NOT_FOUND",
            "no region `region:nowhere`",
        ),
        (
            "not: { related: { some: { entity: { regionId: \"region:nowhere\" } } } }",
            "NOT_FOUND",
            "no region `region:nowhere`",
        ),
        (
            "regionId: \"fund:a\"",
            "BAD_USER_INPUT",
            "`fund:a` is not a region id",
        ),
        (
            "regionRole: LOCATED",
            "BAD_USER_INPUT",
            "`regionRole` without `regionId`",
        ),
        (
            "ids: [\"Fund\"]",
            "BAD_USER_INPUT",
            "ids: `Fund` is not a valid entity id",
        ),
        ("kinds: [FOND]", "BAD_USER_INPUT", "FOND"),
        ("colour: 1", "BAD_USER_INPUT", "colour"),
        (
            "related: { some: { relation: { units: [\"yuan\"] } } }",
            "BAD_USER_INPUT",
            "units: `yuan` is not a valid unit",
        ),
    ] {
        let (found, message) = app
            .query(&format!(
                "{{ entities(filter: {{ {filter} }}) {{ nodes {{ id }} }} }}"
            ))
            .await
            .bad();
        assert_eq!(found, code, "{filter}: {message}");
        assert!(message.contains(part), "{filter}: {message}");
    }
    assert_eq!(
        app.query("{ funds(asOf: \"2024-13\") { nodes { id } } }")
            .await
            .bad()
            .0,
        "BAD_USER_INPUT"
    );
    assert_eq!(
        app.query("{ funds { nodes { nothing } } }").await.bad().0,
        "BAD_USER_INPUT"
    );
    assert_eq!(app.query("{ funds {").await.bad().0, "BAD_USER_INPUT");
}

#[tokio::test]
async fn each_order_both_ways_ends_with_the_id() {
    let app = TestApp::with(
        graph()
            .entity(entity("fund:b").named("阿里"))
            .entity(entity("fund:a").named("中国"))
            .entity(entity("project:c").named("Beta"))
            .entity(entity("company:d").named("阿里"))
            .relation(InvestsIn, "fund:b", "project:c", ())
            .relation(InvestsIn, "fund:b", "company:d", ()),
    )
    .await;
    app.add(graph().in_dataset("later").entity(entity("claim:z").named("末")))
        .await;
    let sorted = async |order: &str| {
        let data = app
            .query(&format!(
                "{{ entities(orderBy: [{order}]) {{ nodes {{ id }} }} }}"
            ))
            .await
            .good();
        ids(&data["entities"]).join(" ")
    };
    for (order, expected) in [
        ("{ field: ID }", "claim:z company:d fund:a fund:b project:c"),
        (
            "{ field: ID, direction: DESC }",
            "project:c fund:b fund:a company:d claim:z",
        ),
        ("{ field: NAME }", "company:d fund:b project:c claim:z fund:a"),
        (
            "{ field: NAME, direction: DESC }",
            "fund:a claim:z project:c company:d fund:b",
        ),
        ("{ field: KIND }", "claim:z company:d fund:a fund:b project:c"),
        (
            "{ field: KIND, direction: DESC }",
            "project:c fund:a fund:b company:d claim:z",
        ),
        ("{ field: DEGREE }", "claim:z fund:a company:d project:c fund:b"),
        (
            "{ field: DEGREE, direction: DESC }",
            "fund:b company:d project:c claim:z fund:a",
        ),
        (
            "{ field: DEGREE, direction: DESC }, { field: NAME, direction: DESC }",
            "fund:b project:c company:d fund:a claim:z",
        ),
        (
            "{ field: RECORDED_AT, direction: DESC }",
            "claim:z company:d fund:a fund:b project:c",
        ),
    ] {
        assert_eq!(sorted(order).await, expected, "{order}");
    }
}

#[tokio::test]
async fn traditional_and_simplified_names_are_found_by_either() {
    let app = TestApp::with(
        graph()
            .entity(entity("university:new").named("复旦大学"))
            .entity(entity("university:old").named("復旦大學")),
    )
    .await;
    for word in ["复旦", "復旦"] {
        let query = format!(
            "{{ search(query: {word:?}) {{ edges {{ highlight node {{ id }} }} }}
                entities(filter: {{ name: {word:?} }}) {{ nodes {{ id }} }} }}"
        );
        let found = app.query(&query).await.good();
        let both = ["university:new", "university:old"];
        assert_eq!(ids(&found["entities"]), both);
        assert_eq!(texts(&found["search"]["edges"], "/node/id"), both);
        assert_eq!(
            texts(&found["search"]["edges"], "/highlight"),
            ["⟦复旦⟧大学", "⟦復旦⟧大學"]
        );
    }
}
