//! How much came from whom, over HTTP.

use hukun::model::ontology::RelationKind::{
    CarriedBy, ContributesTo, Grants, InIndustry, InvestsIn, LocatedIn, ReturnsTo, SuppliesTalent,
};
use hukun::model::relation::FlowDirection;
use hukun::model::statement::{Assertion, Reliability};
use hukun::service::Limits;
use serde_json::{Value, json};

use crate::support::graph::{Graph, cny, entity, of, relation, said};
use crate::support::{TestApp, graph};

const AMOUNT: &str = "min proportional max bounds";

/// A city and its neighbour put money into a fund; the project it invests in returns some of it.
fn fixture() -> Graph {
    graph()
        .relation(
            ContributesTo,
            "region:sh",
            "fund:f",
            relation().id("a").amount(cny(60).paid_in()),
        )
        .relation(
            ContributesTo,
            "region:ks",
            "fund:f",
            relation().id("b").amount(cny(40).paid_in()),
        )
        .relation(
            InvestsIn,
            "fund:f",
            "project:p",
            relation().id("c").amount(cny(120).invested()),
        )
        .relation(
            ReturnsTo,
            "project:p",
            "fund:f",
            relation().id("d4").amount(cny(20).invested()),
        )
        .relation(
            InIndustry,
            "project:p",
            "industry:i",
            relation().id("e").share("1"),
        )
}

async fn flow_of(app: &TestApp, input: &str, fields: &str) -> Value {
    let question = format!(r#"{{ flow(input: {{ {input} }}) {{ {fields} }} }}"#);
    app.query(&question).await.good()["flow"].clone()
}

fn money(from: &str, to: &str) -> String {
    format!(r#"from: {{ ids: ["{from}"] }}, to: {{ ids: ["{to}"] }}, resource: CAPITAL, unit: "CNY""#)
}

fn amount(min: &str, proportional: Option<&str>, max: Option<&str>, bounds: &str) -> Value {
    json!({ "min": min, "proportional": proportional, "max": max, "bounds": bounds })
}

fn exactly(amount: &str) -> Value {
    self::amount(amount, Some(amount), Some(amount), "EXACT")
}

#[tokio::test]
async fn what_a_project_takes_in_is_divided_between_those_who_supplied_it() {
    let app = TestApp::with(fixture()).await;
    let fields = format!(
        "total {{ {AMOUNT} unit }} absorbed {{ {AMOUNT} }} bySource {{ entity {{ id }} amount {{ proportional }} }}
         byTarget {{ entity {{ id }} amount {{ proportional }} }} byIndustry {{ industry {{ id }} amount {{ {AMOUNT} }} }}
         otherOrigins {{ entity {{ id }} origin amount {{ {AMOUNT} }} }} structural scenario truncatedBy revision missing {{ reason }}
         attributions {{ totalCount nodes {{ source {{ id }} target {{ id }} amount {{ {AMOUNT} }} }} }}
         circulations {{ entities {{ id }} amount closed }}"
    );
    let flow = flow_of(&app, &money("region:sh", "project:p"), &fields).await;
    let mut total = exactly("60");
    total["unit"] = json!("CNY");
    assert_eq!(flow["total"], total);
    assert_eq!(flow["absorbed"], exactly("100"));
    assert_eq!(
        flow["bySource"],
        json!([{ "entity": { "id": "region:sh" }, "amount": { "proportional": "60" } }])
    );
    assert_eq!(
        flow["byTarget"],
        json!([{ "entity": { "id": "project:p" }, "amount": { "proportional": "60" } }])
    );
    assert_eq!(
        flow["byIndustry"],
        json!([{ "industry": { "id": "industry:i" }, "amount": exactly("60") }])
    );
    assert_eq!(
        flow["otherOrigins"],
        json!([{ "entity": { "id": "region:ks" }, "origin": "OTHER", "amount": exactly("40") }])
    );
    let pair =
        json!({ "source": { "id": "region:sh" }, "target": { "id": "project:p" }, "amount": exactly("60") });
    assert_eq!(flow["attributions"], json!({ "totalCount": 1, "nodes": [pair] }));
    let round =
        json!({ "entities": [{ "id": "fund:f" }, { "id": "project:p" }], "amount": "140", "closed": false });
    assert_eq!(flow["circulations"], json!([round]));
    assert_eq!(
        (&flow["structural"], &flow["scenario"], &flow["truncatedBy"]),
        (&json!(false), &Value::Null, &Value::Null)
    );
    assert_eq!((&flow["missing"], &flow["revision"]), (&json!([]), &json!("1")));
}

#[tokio::test]
async fn the_sankey_shows_all_that_comes_from_the_sources_and_what_goes_round_apart() {
    let app = TestApp::with(fixture()).await;
    let fields = r#"sankey { nodes { id group label(lang: "en") entity { id } } links { source target amount circulating relations { id } } }"#;
    let sankey = flow_of(&app, &money("region:sh", "industry:i"), fields).await["sankey"].clone();
    let link = |source: &str, target: &str, amount: &str, circulating: bool, relation: &str| json!({ "source": source, "target": target, "amount": amount, "circulating": circulating, "relations": [{ "id": relation }] });
    // 60 of the fund's 100 come from there; of what goes round as well: 120 · 0.6 and 20 · 0.6.
    assert_eq!(
        sankey["links"],
        json!([
            link("fund:f", "project:p", "72", true, "c"),
            link("project:p", "fund:f", "12", true, "d4"),
            link("project:p", "industry:i", "60", false, "e"),
            link("region:sh", "fund:f", "60", false, "a"),
        ])
    );
    assert_eq!(sankey["nodes"][0]["entity"]["id"], "fund:f");
    let input = format!("{}, groupBy: KIND", money("region:sh", "industry:i"));
    let grouped = flow_of(&app, &input, fields).await["sankey"].clone();
    assert_eq!(
        grouped["nodes"][0],
        json!({ "id": "kind:FUND", "group": "FUND", "label": "Fund", "entity": null })
    );
    assert_eq!(grouped["links"].as_array().unwrap().len(), 4);
    let placed = graph().relation(LocatedIn, "fund:f", "region:sh", "l1").relation(
        LocatedIn,
        "project:p",
        "region:ks",
        "l2",
    );
    app.add(placed).await;
    let input = format!("{}, groupBy: REGION", money("region:sh", "industry:i"));
    let grouped = flow_of(&app, &input, fields).await["sankey"].clone();
    let links: Vec<[&str; 3]> = grouped["links"]
        .as_array()
        .unwrap()
        .iter()
        .map(|link| ["source", "target", "amount"].map(|field| link[field].as_str().unwrap()))
        .collect();
    // From the region to its own fund is inside a group; the industry lies in no region.
    assert_eq!(
        links,
        [
            ["region:ks", "region:", "60"],
            ["region:ks", "region:sh", "12"],
            ["region:sh", "region:ks", "72"]
        ]
    );
}

/// What leaves a fund to one of two projects may be all of the one supplier or none of it.
fn two_projects() -> Graph {
    graph()
        .relation(
            ContributesTo,
            "region:sh",
            "fund:f",
            relation().id("a").amount(cny(60).paid_in()),
        )
        .relation(
            ContributesTo,
            "region:ks",
            "fund:f",
            relation().id("b").amount(cny(40).paid_in()),
        )
        .relation(
            InvestsIn,
            "fund:f",
            "project:p",
            relation().id("c").amount(cny(50).invested()),
        )
        .relation(
            InvestsIn,
            "fund:f",
            "project:q",
            relation().id("d4").amount(cny(50).invested()),
        )
}

#[tokio::test]
async fn bounds_hold_whatever_was_mixed_with_what() {
    let app = TestApp::with(two_projects()).await;
    let total = flow_of(
        &app,
        &money("region:sh", "project:p"),
        &format!("total {{ {AMOUNT} }}"),
    )
    .await;
    assert_eq!(total["total"], amount("10", Some("30"), Some("50"), "EXACT"));
    let input = r#"from: { ids: ["region:sh"] }, to: { kinds: [PROJECT] }, resource: CAPITAL, unit: "CNY""#;
    let both = flow_of(
        &app,
        input,
        &format!("total {{ {AMOUNT} }} byTarget {{ amount {{ {AMOUNT} }} }}"),
    )
    .await;
    assert_eq!(both["total"], exactly("60"));
    assert_eq!(
        both["byTarget"][1]["amount"],
        amount("10", Some("30"), Some("50"), "EXACT")
    );
    // A conduit's own supply is its own only where it is named; else it must have it from someone.
    app.add(graph().relation(
        InvestsIn,
        "fund:f",
        "project:r",
        relation().id("x").amount(cny(30).invested()),
    ))
    .await;
    let fields = "total { proportional } otherOrigins { entity { id } origin amount { proportional } }";
    let by_place =
        r#"from: { kinds: [REGION, FUND] }, to: { kinds: [PROJECT] }, resource: CAPITAL, unit: "CNY""#;
    let flow = flow_of(&app, by_place, fields).await;
    assert_eq!(flow["total"]["proportional"], "100");
    let unexplained =
        json!({ "entity": { "id": "fund:f" }, "origin": "UNEXPLAINED", "amount": { "proportional": "30" } });
    assert_eq!(flow["otherOrigins"], json!([unexplained]));
    let by_name = r#"from: { ids: ["region:sh", "region:ks", "fund:f"] }, to: { kinds: [PROJECT] }, resource: CAPITAL, unit: "CNY""#;
    let flow = flow_of(&app, by_name, fields).await;
    assert_eq!(
        (&flow["total"]["proportional"], &flow["otherOrigins"]),
        (&json!("130"), &json!([]))
    );
}

#[tokio::test]
async fn pages_of_pairs_put_together_are_all_pairs() {
    let mut many = graph();
    for n in 1..=3 {
        let supply = relation().id(&format!("a{n}")).amount(cny(n * 10).paid_in());
        many = many.relation(ContributesTo, &format!("region:r{n}"), "fund:f", supply);
        let invest = relation().id(&format!("c{n}")).amount(cny(20).invested());
        many = many.relation(InvestsIn, "fund:f", &format!("project:p{n}"), invest);
    }
    let app = TestApp::with(many).await;
    let input = r#"from: { kinds: [REGION] }, to: { kinds: [PROJECT] }, resource: CAPITAL, unit: "CNY""#;
    let nodes = "nodes { source { id } target { id } amount { min proportional max } }";
    let all =
        flow_of(&app, input, &format!("attributions {{ {nodes} totalCount }}")).await["attributions"].clone();
    assert_eq!(all["totalCount"], 9);
    assert_eq!(all["nodes"][0]["source"]["id"], "region:r3");
    assert_eq!(
        all["nodes"][0]["amount"],
        json!({ "min": "0", "proportional": "10", "max": "20" })
    );
    let (mut found, mut after) = (Vec::new(), "null".to_string());
    loop {
        let fields = format!(
            "attributions(first: 4, after: {after}) {{ {nodes} pageInfo {{ hasNextPage hasPreviousPage endCursor }} }}"
        );
        let page = flow_of(&app, input, &fields).await["attributions"].clone();
        assert_eq!(page["pageInfo"]["hasPreviousPage"], json!(!found.is_empty()));
        found.extend(page["nodes"].as_array().unwrap().clone());
        if page["pageInfo"]["hasNextPage"] == false {
            break;
        }
        after = page["pageInfo"]["endCursor"].to_string();
    }
    assert_eq!(Value::from(found), all["nodes"]);
}

#[tokio::test]
async fn the_unknown_stays_unknown_and_is_ranked_by_what_it_would_tell() {
    let app = TestApp::with(
        graph()
            .relation(
                ContributesTo,
                "region:sh",
                "fund:f",
                relation().id("a").amount(cny(60).paid_in()),
            )
            .relation(
                ContributesTo,
                "region:ks",
                "fund:f",
                relation().id("b").amount(cny(0).unknown().paid_in()),
            )
            .relation(
                InvestsIn,
                "fund:f",
                "project:p",
                relation().id("c").amount(cny(50).more_than().invested()),
            ),
    )
    .await;
    let fields = format!(
        "total {{ {AMOUNT} }} absorbed {{ {AMOUNT} }} missing {{ relation {{ id }} reason narrows detail(lang: \"en\") question(lang: \"en\") ask {{ id }} }}"
    );
    let flow = flow_of(&app, &money("region:sh", "project:p"), &fields).await;
    assert_eq!(flow["total"], amount("0", None, Some("60"), "OUTER"));
    assert_eq!(flow["absorbed"], amount("50", None, None, "OUTER"));
    let missing = flow["missing"].as_array().unwrap();
    let reasons: Vec<[&str; 2]> = missing
        .iter()
        .map(|fact| {
            [
                fact["relation"]["id"].as_str().unwrap(),
                fact["reason"].as_str().unwrap(),
            ]
        })
        .collect();
    assert_eq!(reasons, [["b", "UNKNOWN_AMOUNT"], ["c", "UNBOUNDED_ABOVE"]]);
    // Were it known that the neighbour gave nothing, 50 at least of the city's 60 went on.
    assert_eq!(missing[0]["narrows"], "50");
    assert_eq!(
        missing[0]["detail"],
        "region:ks en contributes to fund:f en: the amount is not stated"
    );
    assert_eq!(
        missing[0]["question"],
        "How much exactly did region:ks en give to fund:f en (CNY)?"
    );
    assert_eq!(
        missing[0]["ask"],
        json!([{ "id": "region:ks" }, { "id": "fund:f" }])
    );

    let lower = format!("{}, scenario: LOWER", money("region:sh", "project:p"));
    let flow = flow_of(&app, &lower, &format!("scenario total {{ {AMOUNT} }}")).await;
    assert_eq!(
        (&flow["scenario"], &flow["total"]),
        (&json!("LOWER"), &exactly("50"))
    );
    let upper = format!("{}, scenario: UPPER", money("region:sh", "project:p"));
    let flow = flow_of(&app, &upper, &format!("scenario total {{ {AMOUNT} }}")).await;
    assert_eq!(
        (&flow["scenario"], &flow["total"]["proportional"]),
        (&json!("UPPER"), &Value::Null)
    );
}

#[tokio::test]
async fn what_is_assumed_is_marked() {
    let app = TestApp::with(
        graph()
            .relation(
                ContributesTo,
                "region:sh",
                "fund:f",
                relation().id("a").amount(cny(60).paid_in()),
            )
            .relation(
                InvestsIn,
                "fund:f",
                "project:p",
                relation().id("b").amount(cny(0).unknown().invested()),
            )
            .relation(InvestsIn, "fund:f", "project:q", relation().id("c")),
    )
    .await;
    let fields = format!("structural assume total {{ {AMOUNT} }}");
    let unknown = flow_of(&app, &money("region:sh", "project:p"), &fields).await;
    assert_eq!(
        (&unknown["structural"], &unknown["total"]),
        (&json!(false), &amount("0", None, Some("60"), "OUTER"))
    );
    let input = format!("{}, assume: EQUAL_SPLIT", money("region:sh", "project:p"));
    let split = flow_of(&app, &input, &fields).await;
    assert_eq!(
        (&split["structural"], &split["total"]),
        (&json!(true), &exactly("30"))
    );
    assert_eq!(split["assume"], "EQUAL_SPLIT");
}

#[tokio::test]
async fn doubt_is_no_proof_of_zero() {
    let by = |assertion, reliability| said(assertion, reliability);
    let supply = |id: &str, statement| relation().id(id).amount(cny(10).paid_in()).evidence(statement);
    let app = TestApp::with(
        graph()
            .relation(
                ContributesTo,
                "region:sh",
                "fund:f",
                supply("a", by(Assertion::Stated, Reliability::SelfReported)),
            )
            .relation(
                ContributesTo,
                "region:sh",
                "fund:f",
                supply("b", by(Assertion::Stated, Reliability::Audited)),
            )
            .relation(
                ContributesTo,
                "region:sh",
                "fund:f",
                supply("c", by(Assertion::Normative, Reliability::Audited)),
            ),
    )
    .await;
    let fields = format!("total {{ {AMOUNT} }} missing {{ relation {{ id }} reason }}");
    // What ought to be is out; the rest counts.
    let flow = flow_of(&app, &money("region:sh", "fund:f"), &fields).await;
    assert_eq!((&flow["total"], &flow["missing"]), (&exactly("20"), &json!([])));
    let input = format!(
        "{}, evidence: {{ reliabilities: [AUDITED] }}",
        money("region:sh", "fund:f")
    );
    let flow = flow_of(&app, &input, &fields).await;
    assert_eq!(flow["total"], amount("10", None, None, "OUTER"));
    assert_eq!(
        flow["missing"],
        json!([{ "relation": { "id": "a" }, "reason": "DOUBTED" }])
    );
}

#[tokio::test]
async fn a_direction_that_is_not_stated_may_be_either() {
    let either = relation()
        .id("b")
        .amount(cny(30).invested())
        .flow(FlowDirection::Unstated);
    let app = TestApp::with(
        graph()
            .relation(
                ContributesTo,
                "region:sh",
                "fund:f",
                relation().id("a").amount(cny(100).paid_in()),
            )
            .relation(InvestsIn, "fund:f", "fund:g", either),
    )
    .await;
    let flow = flow_of(
        &app,
        &money("region:sh", "fund:g"),
        &format!("total {{ {AMOUNT} }} missing {{ reason narrows }}"),
    )
    .await;
    assert_eq!(flow["total"], amount("0", None, Some("30"), "OUTER"));
    assert_eq!(
        flow["missing"],
        json!([{ "reason": "NO_DIRECTION", "narrows": "30" }])
    );
}

#[tokio::test]
async fn companies_take_over_from_the_projects_they_carry_and_industries_by_shares() {
    let app = TestApp::with(
        graph()
            .relation(
                Grants,
                "organization:o",
                "project:p",
                relation().id("a").amount(cny(100).invested()),
            )
            .relation(CarriedBy, "project:p", "company:c", relation().id("b"))
            .relation(
                InIndustry,
                "company:c",
                "industry:i",
                relation().id("d4").share("0.35"),
            )
            .relation(LocatedIn, "company:c", "region:ks", "l1"),
    )
    .await;
    let fields = format!("total {{ {AMOUNT} }} byIndustry {{ industry {{ id }} amount {{ proportional }} }}");
    let company = flow_of(&app, &money("organization:o", "company:c"), &fields).await;
    assert_eq!(company["total"], exactly("100"));
    assert_eq!(
        company["byIndustry"],
        json!([
            { "industry": { "id": "industry:i" }, "amount": { "proportional": "35" } },
            { "industry": null, "amount": { "proportional": "65" } },
        ])
    );
    let to = |region: &str| {
        format!(
            r#"from: {{ ids: ["organization:o"] }}, to: {{ kinds: [INDUSTRY], regionId: "{region}" }}, resource: CAPITAL, unit: "CNY""#
        )
    };
    // The project lies where its company does.
    assert_eq!(
        flow_of(&app, &to("region:ks"), &fields).await["total"],
        exactly("35")
    );
    app.add(graph().relation(LocatedIn, "project:p", "region:sh", "l2"))
        .await;
    assert_eq!(
        flow_of(&app, &to("region:sh"), &fields).await["total"],
        exactly("0")
    );
    // A second industry of which the share is not stated may have any part of the rest.
    app.add(graph().relation(InIndustry, "company:c", "industry:j", relation().id("e")))
        .await;
    let question = format!(
        "total {{ {AMOUNT} }} byTarget {{ entity {{ id }} amount {{ {AMOUNT} }} }} missing {{ entity {{ id }} reason }}"
    );
    let flow = flow_of(&app, &to("region:ks"), &question).await;
    assert_eq!(flow["total"], amount("35", None, Some("100"), "OUTER"));
    assert_eq!(
        flow["byTarget"],
        json!([
            { "entity": { "id": "industry:i" }, "amount": exactly("35") },
            { "entity": { "id": "industry:j" }, "amount": amount("0", None, Some("65"), "OUTER") },
        ])
    );
    assert_eq!(
        flow["missing"],
        json!([{ "entity": { "id": "project:p" }, "reason": "NO_SHARE" }])
    );
}

#[tokio::test]
async fn layers_are_told_apart_and_never_added() {
    let app = TestApp::with(
        fixture()
            .relation(
                InvestsIn,
                "fund:f",
                "project:p",
                relation().id("x").amount(cny(7).committed()),
            )
            .relation(ContributesTo, "region:ks", "fund:g", relation().id("y"))
            .relation(
                SuppliesTalent,
                "region:sh",
                "expert:e",
                relation().id("z").amount(of(3, "PERSON")),
            ),
    )
    .await;
    let fields = "resource unit status relationCount knownCount total { lower upper status }";
    let layers = |filter: &str| format!("{{ flowLayers{filter} {{ {fields} }} }}");
    let all = app.query(&layers("")).await.good()["flowLayers"].clone();
    let of_layer = |at: usize| {
        ["resource", "unit", "status", "relationCount", "knownCount"].map(|field| all[at][field].clone())
    };
    // What has no amount may be in every layer of money.
    assert_eq!(
        of_layer(0),
        [
            json!("CAPITAL"),
            json!("CNY"),
            json!("REALISED"),
            json!(5),
            json!(4)
        ]
    );
    assert_eq!(
        all[0]["total"],
        json!({ "lower": "240", "upper": null, "status": "REALISED" })
    );
    assert_eq!(
        of_layer(1),
        [
            json!("CAPITAL"),
            json!("CNY"),
            json!("PROMISED"),
            json!(2),
            json!(1)
        ]
    );
    let talent = app
        .query(&layers(
            r#"(from: { ids: ["region:sh"] }, to: { kinds: [EXPERT] })"#,
        ))
        .await
        .good();
    assert!(
        talent["flowLayers"]
            .as_array()
            .unwrap()
            .iter()
            .all(|layer| layer["resource"] == "TALENT")
    );
    let none = app.query(&layers(r#"(to: { ids: ["region:sh"] })"#)).await.good();
    assert_eq!(none["flowLayers"], json!([]));
}

#[tokio::test]
async fn dates_decide_what_counts() {
    let dated = relation()
        .id("a")
        .amount(cny(60).paid_in())
        .valid(Some("2020"), Some("2022"));
    let app = TestApp::with(
        graph()
            .relation(ContributesTo, "region:sh", "fund:f", dated)
            .relation(
                ContributesTo,
                "region:sh",
                "fund:f",
                relation().id("b").amount(cny(5).paid_in()),
            ),
    )
    .await;
    let total = async |more: &str| {
        let input = format!("{}{more}", money("region:sh", "fund:f"));
        flow_of(&app, &input, "total { proportional }").await["total"]["proportional"].clone()
    };
    assert_eq!(total("").await, "65");
    assert_eq!(total(r#", asOf: "2021-06-01""#).await, "65");
    assert_eq!(total(r#", asOf: "2021-06-01", undated: EXCLUDE"#).await, "60");
    assert_eq!(total(r#", asOf: "2023-06-01""#).await, "5");
}

#[tokio::test]
async fn what_makes_no_sense_is_refused_with_what_to_do() {
    let app = TestApp::with(fixture().entity(entity("company:c"))).await;
    for (input, code, words) in [
        (money("region:none", "project:p"), "NOT_FOUND", "no entity `region:none`"),
        (
            r#"from: {}, to: { ids: ["project:p"] }, resource: CAPITAL, unit: "CNY""#.into(),
            "BAD_USER_INPUT",
            "`from` picks nothing in particular",
        ),
        (
            r#"from: { ids: ["region:sh"] }, to: { ids: ["project:p", "industry:i"] }, resource: CAPITAL, unit: "CNY""#.into(),
            "BAD_USER_INPUT",
            "Industries and other entities",
        ),
        (
            r#"from: { ids: ["region:sh"] }, to: { ids: ["project:p"] }, resource: CAPITAL, unit: "yuan""#.into(),
            "BAD_USER_INPUT",
            "unit: `yuan` is no unit",
        ),
    ] {
        let question = format!("{{ flow(input: {{ {input} }}) {{ total {{ min }} }} }}");
        let (found, message) = app.query(&question).await.bad();
        assert_eq!(found, code, "{message}");
        assert!(message.contains(words), "{message}");
    }
}

#[tokio::test]
async fn what_stops_at_a_limit_says_so_and_what_it_says_is_true() {
    let limits = |flow_work_max, flow_relations_max| Limits {
        flow_work_max,
        flow_relations_max,
        ..Limits::default()
    };
    let app = TestApp::with_limits(two_projects(), hukun::http::Config::default(), limits(3, 100)).await;
    let fields = format!(
        "total {{ {AMOUNT} }} byTarget {{ entity {{ id }} }} sankey {{ links {{ amount }} }} truncatedBy"
    );
    let flow = flow_of(&app, &money("region:sh", "project:p"), &fields).await;
    assert_eq!(flow["truncatedBy"], "WORK_LIMIT");
    // No more than was put in, and than is kept.
    assert_eq!(flow["total"], amount("0", None, Some("50"), "OUTER"));
    assert_eq!(flow["sankey"]["links"], json!([]));
    let app = TestApp::with_limits(
        two_projects(),
        hukun::http::Config::default(),
        limits(1_000_000, 3),
    )
    .await;
    let question = format!(
        "{{ flow(input: {{ {} }}) {{ total {{ min }} }} }}",
        money("region:sh", "project:p")
    );
    let (code, message) = app.query(&question).await.bad();
    assert_eq!(code, "LIMIT_EXCEEDED");
    assert!(
        message.contains("relations that a flow rests on: 4, at most 3"),
        "{message}"
    );
}

#[tokio::test]
async fn what_is_missing_can_be_sent_to_those_who_may_know() {
    let app = TestApp::with(
        graph()
            .relation(
                ContributesTo,
                "region:sh",
                "fund:f",
                relation().id("a").amount(cny(60).paid_in()),
            )
            .relation(
                ContributesTo,
                "region:ks",
                "fund:f",
                relation().id("b").amount(cny(0).unknown().paid_in()),
            )
            .relation(
                InvestsIn,
                "fund:f",
                "project:p",
                relation().id("c").amount(cny(50).invested()),
            )
            .entity(entity("region:ks").named("昆山, \"市\"")),
    )
    .await;
    let get = async |flow: &str, lang: &str| {
        let url = reqwest::Url::parse_with_params(
            &format!("{}/export/questionnaire", app.url),
            [("flow", flow), ("lang", lang)],
        );
        let response = reqwest::get(url.unwrap()).await.unwrap();
        let kind = response.headers()["content-type"].to_str().unwrap().to_string();
        (response.status().as_u16(), kind, response.text().await.unwrap())
    };
    let flow =
        r#"{"from":{"ids":["region:sh"]},"to":{"ids":["project:p"]},"resource":"CAPITAL","unit":"CNY"}"#;
    let (status, kind, text) = get(flow, "zh").await;
    assert_eq!((status, &*kind), (200, "text/csv; charset=utf-8"));
    // Between 0 and 50 of the 50; if nothing came from the neighbour, all 50 did.
    assert_eq!(
        text,
        "\u{feff}序号,问题,问谁,现在不知道的,最多能把总量的区间缩小,单位,答复,关系\n\
         1,\"「昆山, \"\"市\"\"」给予「fund:f zh」的确切数额是多少（CNY）？\",\"昆山, \"\"市\"\"；fund:f zh\",\"「昆山, \"\"市\"\"」出资「fund:f zh」：数额未说明\",50,CNY,,b\n"
    );
    let (_, _, text) = get(flow, "en").await;
    assert!(text.contains("How much exactly did"), "{text}");
    for (flow, lang, status, words) in [
        ("{", "zh", 400, "`flow` is no JSON"),
        (flow, "fr", 400, "lang is `fr`: give zh or en"),
        (r#"{"from":{}}"#, "zh", 400, "required but not provided"),
        (
            &flow.replace("region:sh", "region:none"),
            "zh",
            404,
            "no entity `region:none`",
        ),
    ] {
        let (found, _, text) = get(flow, lang).await;
        assert_eq!(found, status, "{text}");
        assert!(text.contains(words), "{text}");
    }
}

#[tokio::test]
async fn a_flow_is_asked_again_with_less_evidence() {
    let by = |id: &str, assertion, reliability| {
        relation()
            .id(id)
            .amount(cny(10).paid_in())
            .evidence(said(assertion, reliability))
    };
    let app = TestApp::with(
        graph()
            .relation(
                ContributesTo,
                "region:sh",
                "fund:f",
                by("a", Assertion::Stated, Reliability::SelfReported),
            )
            .relation(
                ContributesTo,
                "region:sh",
                "fund:f",
                by("b", Assertion::Implied, Reliability::Audited),
            ),
    )
    .await;
    let question = format!(
        "{{ robustness(flow: {{ {} }}) {{ without holds lost pathCount {{ value }} total {{ {AMOUNT} }} truncatedBy }} }}",
        money("region:sh", "fund:f")
    );
    let rows = app.query(&question).await.good()["robustness"].clone();
    let row = |without: &str, holds: bool, lost: u8, total: Value| json!({ "without": without, "holds": holds, "lost": lost, "pathCount": null, "total": total, "truncatedBy": null });
    let expected = [
        // What is doubted may have been any amount; what was only implied is gone.
        row("SELF_REPORTED", false, 1, amount("10", None, None, "OUTER")),
        row("IMPLIED", false, 1, exactly("10")),
        row(
            rows[2]["without"].as_str().unwrap(),
            false,
            2,
            amount("0", None, None, "OUTER"),
        ),
    ];
    assert_eq!(rows, json!(expected));
    let both = question.replace(
        "robustness(",
        "robustness(trace: { from: { ids: [\"region:sh\"] }, to: { ids: [\"fund:f\"] } }, ",
    );
    let (code, message) = app.query(&both).await.bad();
    assert_eq!(code, "BAD_USER_INPUT");
    assert!(message.contains("one of both"), "{message}");
}
