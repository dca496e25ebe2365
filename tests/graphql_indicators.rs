//! Numbers about regions and who stands between whom, over HTTP.

use hukun::http::Config;
use hukun::model::ontology::RelationKind::{
    CarriedBy, CollaboratesWith, InIndustry, InvestsIn, LocatedIn, PartOf, ReturnsTo, SpillsOverTo,
};
use hukun::model::record::Coverage;
use hukun::model::relation::Driver;
use hukun::model::resource::Resource;
use hukun::model::statement::{Assertion, Reliability};
use hukun::service::Limits;
use serde_json::{Value, json};

use crate::support::graph::{Graph, cny, of, relation, said};
use crate::support::{TestApp, graph, ids, texts};

/// Two firms in `a`, one in `b`, a project that lies nowhere.
fn two_regions() -> Graph {
    let located = |graph: Graph, (firm, region): &(&str, &str)| graph.relation(LocatedIn, firm, region, ());
    let places = [
        ("company:a1", "region:a"),
        ("company:a2", "region:a"),
        ("company:b1", "region:b"),
    ];
    let ought = said(Assertion::Normative, Reliability::Independent);
    places
        .iter()
        .fold(graph(), located)
        .relation(
            CollaboratesWith,
            "company:a1",
            "company:a2",
            relation()
                .id("t1")
                .driver(Driver::Market)
                .valid(Some("2020"), None),
        )
        .relation(
            CollaboratesWith,
            "company:a2",
            "company:b1",
            relation().id("t2").driver(Driver::Administrative),
        )
        .relation(
            InvestsIn,
            "company:a1",
            "project:n",
            relation()
                .id("t3")
                .driver(Driver::Market)
                .amount(cny(30).invested()),
        )
        .relation(
            InvestsIn,
            "company:a2",
            "project:n",
            relation()
                .id("t4")
                .driver(Driver::Hybrid)
                .amount(cny(10).invested()),
        )
        .relation(
            InvestsIn,
            "company:a2",
            "project:n",
            relation()
                .id("t5")
                .driver(Driver::Hybrid)
                .amount(cny(10).more_than().invested()),
        )
        .relation(
            InvestsIn,
            "company:b1",
            "project:n",
            relation()
                .id("t6")
                .driver(Driver::Hybrid)
                .amount(cny(10).committed()),
        )
        .relation(
            CollaboratesWith,
            "region:a",
            "region:b",
            relation().id("ought").evidence(ought),
        )
        .relation(CollaboratesWith, "company:a1", "company:a1", "itself")
        .relation(InIndustry, "company:a1", "industry:i", "n1")
        .relation(
            InIndustry,
            "company:a2",
            "industry:i",
            relation().id("n2").share("0.25"),
        )
        .relation(
            InIndustry,
            "company:a2",
            "industry:j",
            relation().id("n3").share("0.75"),
        )
        .relation(InIndustry, "company:b1", "industry:j", "n4")
}

const FIELDS: &str = "{ code regions { id } industry { id } value inRecord missing { reason detail } factCount excluded facts { totalCount nodes { id } } }";

async fn indicators(app: &TestApp, arguments: &str) -> Vec<Value> {
    let question = format!("{{ indicators({arguments}) {FIELDS} }}");
    let rows = app.query(&question).await.good()["indicators"].clone();
    for row in rows.as_array().unwrap() {
        assert_eq!(row["factCount"], row["facts"]["totalCount"], "{row}");
        assert!(ids(&row["facts"]).is_sorted());
        assert_eq!(row["factCount"], ids(&row["facts"]).len());
    }
    rows.as_array().unwrap().clone()
}

const BOTH: &str = r#"regions: ["region:a", "region:b"]"#;

/// Code, of what, value, how many facts, how many left out.
fn shown(rows: &[Value]) -> Vec<String> {
    let line = |row: &Value| {
        let of = texts(&row["regions"], "/id").join(" ").replace("region:", "");
        let industry = row["industry"]["id"]
            .as_str()
            .map_or(String::new(), |id| format!(" {id}"));
        let (code, value) = (row["code"].as_str().unwrap(), &row["value"]);
        assert!(row["missing"].as_array().unwrap().is_empty() || value.is_null());
        format!(
            "{code} {of}{industry}: {value} of {}, {} out",
            row["factCount"], row["excluded"]
        )
    };
    rows.iter().map(line).collect()
}

#[tokio::test]
async fn each_code_has_its_rows() {
    let app = TestApp::with(two_regions()).await;
    let rows = indicators(&app, BOTH).await;
    assert_eq!(
        shown(&rows),
        [
            "FRAGMENTATION a b: 0.0 of 2, 0 out",
            "EI_INDEX a: 0.0 of 2, 0 out",
            "EI_INDEX b: 1.0 of 1, 0 out",
            "STRUCTURE_SIMILARITY a b: 0.514495755428 of 4, 0 out",
            "KRUGMAN a b: 1.25 of 4, 0 out",
            "LOCATION_QUOTIENT a industry:i: 1.5 of 4, 0 out",
            "LOCATION_QUOTIENT a industry:j: 0.642857142857 of 4, 0 out",
            "LOCATION_QUOTIENT b industry:i: 0.0 of 4, 0 out",
            "LOCATION_QUOTIENT b industry:j: 1.714285714286 of 4, 0 out",
            "MARKET_DRIVE_COUNT a b: 0.333333333333 of 6, 4 out",
            "MARKET_DRIVE_AMOUNT a b: 0.75 of 2, 1 out",
        ]
    );
    assert_eq!(ids(&rows[0]["facts"]), ["t1", "t2"]);
    let some = indicators(&app, &format!("{BOTH}, codes: [KRUGMAN, EI_INDEX, KRUGMAN]")).await;
    assert_eq!(texts(&json!(some), "/code"), ["EI_INDEX", "EI_INDEX", "KRUGMAN"]);
}

#[tokio::test]
async fn facts_count_that_are_valid_then() {
    let app = TestApp::with(two_regions()).await;
    let at = async |date: &str| {
        let rows = indicators(
            &app,
            &format!(r#"{BOTH}, codes: [FRAGMENTATION], asOf: "{date}""#),
        )
        .await;
        shown(&rows)
    };
    assert_eq!(at("2020-01-01").await, ["FRAGMENTATION a b: 0.0 of 2, 0 out"]);
    assert_eq!(
        at("2019-12-31").await,
        ["FRAGMENTATION a b: 0.666666666667 of 1, 0 out"]
    );
}

/// A project, a program or an industry is no actor: it is not counted, and two that have it in common are not joined by it.
#[tokio::test]
async fn a_project_joins_nobody() {
    let app = TestApp::with(
        graph()
            .relation(LocatedIn, "project:p", "region:c", ())
            .relation(LocatedIn, "program:m", "region:c", ())
            .relation(LocatedIn, "company:x", "region:c", ())
            .relation(LocatedIn, "company:y", "region:c", ())
            .relation(CarriedBy, "project:p", "company:x", "k1")
            .relation(CarriedBy, "project:p", "company:y", "k2")
            .relation(InIndustry, "company:x", "industry:i", "k3")
            .relation(InIndustry, "company:y", "industry:i", "k4"),
    )
    .await;
    let rows = indicators(&app, r#"regions: ["region:c"], codes: [FRAGMENTATION, EI_INDEX]"#).await;
    assert_eq!(
        shown(&rows),
        ["FRAGMENTATION c: 1.0 of 0, 0 out", "EI_INDEX c: null of 0, 0 out"]
    );
}

/// The counties of a region lie in it and are no actors: its two firms, which are joined, are all that counts.
#[tokio::test]
async fn places_are_no_actors() {
    let app = TestApp::with(
        graph()
            .relation(PartOf, "region:a1", "region:a", ())
            .relation(PartOf, "region:a2", "region:a", ())
            .relation(PartOf, "region:a3", "region:a", ())
            .relation(LocatedIn, "company:x", "region:a1", ())
            .relation(LocatedIn, "company:y", "region:a1", ())
            .relation(InvestsIn, "company:x", "company:y", "k1")
            .relation(SpillsOverTo, "region:a2", "region:a3", "k2"),
    )
    .await;
    let rows = indicators(&app, r#"regions: ["region:a"], codes: [FRAGMENTATION, EI_INDEX]"#).await;
    assert_eq!(
        shown(&rows),
        ["FRAGMENTATION a: 0.0 of 1, 0 out", "EI_INDEX a: -1.0 of 1, 0 out"]
    );
}

#[tokio::test]
async fn facts_can_be_leafed_through() {
    let app = TestApp::with(two_regions()).await;
    let page = async |after: &str| {
        let question = format!(
            "{{ indicators({BOTH}, codes: [KRUGMAN]) {{ facts(first: 3{after}) {{ nodes {{ id }} pageInfo {{ hasNextPage endCursor }} }} }} }}"
        );
        app.query(&question).await
    };
    let first = page("").await.good()["indicators"][0]["facts"].clone();
    assert_eq!(ids(&first), ["n1", "n2", "n3"]);
    assert_eq!(first["pageInfo"]["hasNextPage"], true);
    let cursor = first["pageInfo"]["endCursor"].as_str().unwrap();
    let next = page(&format!(r#", after: "{cursor}""#)).await.good()["indicators"][0]["facts"].clone();
    assert_eq!(ids(&next), ["n4"]);
    assert_eq!(page(r#", after: "x""#).await.bad().0, "BAD_USER_INPUT");
}

#[tokio::test]
async fn one_document_gives_no_value() {
    let app = TestApp::with(two_regions().covering(Coverage::SingleDocument)).await;
    let rows = indicators(&app, BOTH).await;
    assert_eq!(rows.len(), 11);
    for row in &rows {
        assert!(row["value"].is_null() && row["inRecord"].is_f64(), "{row}");
        assert_eq!(texts(&row["missing"], "/reason"), ["SINGLE_DOCUMENT"]);
        assert!(row["missing"][0]["detail"].as_str().unwrap().contains("（d）"));
    }
    assert_eq!(rows[4]["inRecord"], 1.25);
    // What another data set has as well is not one document's word alone.
    app.add(two_regions().in_dataset("e")).await;
    let rows = indicators(&app, BOTH).await;
    assert!(
        rows.iter()
            .all(|row| row["value"] == row["inRecord"] && row["value"].is_f64())
    );
}

#[tokio::test]
async fn what_is_not_defined_is_null_with_its_reason() {
    let lonely = graph()
        .relation(LocatedIn, "company:x", "region:c", ())
        .relation(
            InIndustry,
            "company:x",
            "industry:i",
            relation().id("n5").share("0.5"),
        )
        .relation(InIndustry, "company:x", "industry:j", "n6")
        .entities(["region:empty"]);
    let app = TestApp::with(lonely).await;
    let reasons = |rows: &[Value]| -> Vec<String> {
        let line = |row: &Value| {
            assert!(row["value"].is_null());
            let of = row["code"].as_str().unwrap();
            format!(
                "{of}: {} {}",
                row["inRecord"],
                texts(&row["missing"], "/reason").join(" ")
            )
        };
        rows.iter().map(line).collect()
    };
    let rows = indicators(&app, r#"regions: ["region:empty"]"#).await;
    assert_eq!(
        reasons(&rows),
        [
            "FRAGMENTATION: null TOO_FEW_MEMBERS",
            "EI_INDEX: null NO_TIES",
            "MARKET_DRIVE_COUNT: null NO_DRIVER",
            "MARKET_DRIVE_AMOUNT: null NO_DRIVER"
        ]
    );
    let arguments = r#"regions: ["region:c", "region:empty"], codes: [KRUGMAN, LOCATION_QUOTIENT]"#;
    let rows = indicators(&app, arguments).await;
    assert_eq!(
        reasons(&rows),
        [
            "KRUGMAN: null NO_INDUSTRY NO_SHARE",
            "LOCATION_QUOTIENT: 1.0 NO_SHARE",
            "LOCATION_QUOTIENT: null NO_INDUSTRY NO_SHARE"
        ]
    );
    assert_eq!(
        (&rows[0]["excluded"], &rows[0]["factCount"]),
        (&json!(1), &json!(1))
    );
}

#[tokio::test]
async fn what_cannot_be_measured_is_refused() {
    let app = TestApp::with(two_regions()).await;
    let bad = async |regions: &str| {
        let question = format!("{{ indicators(regions: {regions}) {{ value }} }}");
        app.query(&question).await.bad()
    };
    assert_eq!(bad("[]").await.0, "BAD_USER_INPUT");
    assert_eq!(bad(r#"["region:none"]"#).await.0, "NOT_FOUND");
    let (code, message) = bad(r#"["company:a1"]"#).await;
    assert_eq!(code, "BAD_USER_INPUT");
    assert!(message.contains("company:a1"), "{message}");
    let many: Vec<String> = (0..51).map(|n| format!("\"region:r{n}\"")).collect();
    assert_eq!(bad(&format!("[{}]", many.join(","))).await.0, "LIMIT_EXCEEDED");
    for (facts_max, says) in [
        (4, "entities in the regions"),
        (9, "relations at the regions' members"),
    ] {
        let limits = Limits {
            indicator_facts_max: facts_max,
            ..Limits::default()
        };
        let app = TestApp::with_limits(two_regions(), Config::default(), limits).await;
        let (code, message) = app
            .query(&format!("{{ indicators({BOTH}) {{ value }} }}"))
            .await
            .bad();
        assert_eq!(code, "LIMIT_EXCEEDED");
        assert!(message.contains(says), "{message}");
    }
}

#[tokio::test]
async fn more_facts_cost_no_more_calls() {
    let mut calls = Vec::new();
    for count in [2, 40] {
        let more = (0..count).fold(two_regions(), |graph, n| {
            let firm = format!("company:more{n}");
            graph
                .relation(LocatedIn, &firm, "region:a", ())
                .relation(InvestsIn, &firm, "project:n", ())
                .relation(InvestsIn, "company:b1", &firm, ())
        });
        let app = TestApp::with(more).await;
        let brokers = format!("{{ brokerage({BOTH}) {{ entity {{ name }} }} }}");
        let questions = [format!("{{ indicators({BOTH}) {FIELDS} }}"), brokers];
        for question in questions {
            let reply = app.query(&question).await;
            calls.push(reply.store_calls());
            reply.good();
        }
    }
    assert_eq!(calls[..2], calls[2..], "{calls:?}");
    assert!(calls[0] <= 13 && calls[1] <= 8, "{calls:?}");
}

/// Firms of three regions that invest in each other.
fn chain(arcs: &[(&str, &str)]) -> Graph {
    let firms = ["a1", "a2", "a3", "b1", "b2", "c1"];
    let placed = firms.iter().fold(graph(), |graph, firm| {
        graph.relation(
            LocatedIn,
            &format!("company:{firm}"),
            &format!("region:{}", &firm[..1]),
            (),
        )
    });
    arcs.iter().fold(placed, |graph, (from, to)| {
        graph.relation(
            InvestsIn,
            &format!("company:{from}"),
            &format!("company:{to}"),
            (),
        )
    })
}

async fn brokers(app: &TestApp, more: &str) -> Vec<(String, [i64; 5])> {
    let question = format!(
        r#"{{ brokerage(regions: ["region:a", "region:b", "region:c"]{more}) {{ entity {{ id }} coordinator gatekeeper representative consultant liaison }} }}"#
    );
    let rows = app.query(&question).await.good()["brokerage"].clone();
    let row = |row: &Value| {
        let roles = [
            "coordinator",
            "gatekeeper",
            "representative",
            "consultant",
            "liaison",
        ];
        let id = row["entity"]["id"].as_str().unwrap().to_string();
        (id, roles.map(|role| row[role].as_i64().unwrap()))
    };
    rows.as_array().unwrap().iter().map(row).collect()
}

#[tokio::test]
async fn who_stands_between_whom() {
    let one = |id: &str, roles: [i64; 5]| vec![(format!("company:{id}"), roles)];
    for (arcs, expected) in [
        ([("a1", "a2"), ("a2", "a3")], one("a2", [1, 0, 0, 0, 0])),
        ([("a1", "b1"), ("b1", "b2")], one("b1", [0, 1, 0, 0, 0])),
        ([("a1", "a2"), ("a2", "b1")], one("a2", [0, 0, 1, 0, 0])),
        ([("a1", "b1"), ("b1", "a2")], one("b1", [0, 0, 0, 1, 0])),
        ([("a1", "b1"), ("b1", "c1")], one("b1", [0, 0, 0, 0, 1])),
        ([("a1", "b1"), ("b1", "a1")], Vec::new()),
    ] {
        let app = TestApp::with(chain(&arcs)).await;
        assert_eq!(brokers(&app, "").await, expected, "{arcs:?}");
    }
}

#[tokio::test]
async fn arcs_go_as_the_resource_goes() {
    let base = chain(&[("a1", "b1"), ("b1", "c1"), ("a2", "b1")]);
    let graph = base
        .relation(CollaboratesWith, "company:b1", "company:b2", ())
        .relation(ReturnsTo, "company:b2", "fund:out", ())
        .relation(
            SpillsOverTo,
            "region:a",
            "region:b",
            relation().resource(Resource::Talent),
        )
        .relation(
            SpillsOverTo,
            "region:b",
            "region:c",
            relation().resource(Resource::Talent),
        );
    let app = TestApp::with(graph).await;
    // What goes nowhere stated makes no arc, and who lies nowhere is no third.
    let all = [
        ("company:b1".to_string(), [0, 0, 0, 0, 2]),
        ("region:b".to_string(), [0, 0, 0, 0, 1]),
    ];
    assert_eq!(brokers(&app, "").await, all);
    assert_eq!(brokers(&app, ", resources: [CAPITAL]").await, all[..1]);
    assert_eq!(brokers(&app, ", resources: [TALENT]").await, all[1..]);
    assert_eq!(brokers(&app, ", resources: [TAX]").await, []);
    let limits = Limits {
        trace_work_max: 1,
        ..Limits::default()
    };
    let app = TestApp::with_limits(
        chain(&[("a1", "b1"), ("b1", "c1"), ("a1", "c1")]),
        Config::default(),
        limits,
    )
    .await;
    let question = r#"{ brokerage(regions: ["region:a", "region:b", "region:c"]) { liaison } }"#;
    assert_eq!(app.query(question).await.bad().0, "LIMIT_EXCEEDED");
}

#[tokio::test]
async fn amounts_of_each_currency_have_a_row_of_their_own() {
    let tie = |id: &str, amount, driver| relation().id(id).driver(driver).amount(amount);
    let euros = |amount| of(amount, "EUR").invested();
    let graph = two_regions()
        .relation(
            InvestsIn,
            "company:a1",
            "project:n",
            tie("e1", euros(30), Driver::Market),
        )
        .relation(
            InvestsIn,
            "company:b1",
            "project:n",
            tie("e2", euros(70), Driver::Administrative),
        );
    let app = TestApp::with(graph).await;
    let question = format!(
        "{{ indicators({BOTH}, codes: [MARKET_DRIVE_AMOUNT, EI_INDEX]) {{ code currency value facts {{ nodes {{ id }} }} }} }}"
    );
    let data = app.query(&question).await.good();
    let rows = data["indicators"].as_array().unwrap();
    let told: Vec<(&Value, &Value)> = rows.iter().map(|row| (&row["currency"], &row["value"])).collect();
    assert_eq!(
        told[2..],
        [(&json!("CNY"), &json!(0.75)), (&json!("EUR"), &json!(0.3))]
    );
    assert_eq!(ids(&rows[3]["facts"]), ["e1", "e2"]);
    assert_eq!(rows[0]["currency"], Value::Null);
}
