//! What is supplied to whom, and by which way.

use std::collections::BTreeSet;

use hukun::model::ontology::RelationKind::{
    CarriedBy, ContributesTo, Grants, InIndustry, InvestsIn, LocatedIn,
};
use serde_json::{Value, json};

use super::{AMOUNT, amount, asking, exactly, fixture, flow_of, money, moves, two_projects};
use crate::support::graph::{cny, relation};
use crate::support::{TestApp, graph, texts};

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
async fn each_circulation_has_its_entities_and_more_of_them_cost_no_more_calls() {
    let mut calls = Vec::new();
    for count in [2, 20] {
        let loops: Vec<String> = (0..count)
            .flat_map(|n| {
                [
                    format!("in{n} region:sh fund:f{n:02} 60"),
                    format!("out{n} fund:f{n:02} project:p{n:02} {}", 70 + n),
                    format!("back{n} project:p{n:02} fund:f{n:02} {}", 10 + n),
                ]
            })
            .collect();
        let loops: Vec<&str> = loops.iter().map(String::as_str).collect();
        let app = TestApp::with(moves(&loops)).await;
        let input =
            r#"from: { ids: ["region:sh"] }, to: { kinds: [PROJECT] }, resource: CAPITAL, unit: "CNY""#;
        let reply = app
            .query(&asking(input, "circulations { entities { id } amount }"))
            .await;
        calls.push(reply.store_calls());
        let told = reply.good()["flow"]["circulations"].clone();
        let told = told.as_array().unwrap();
        let met: BTreeSet<(String, String)> = told
            .iter()
            .map(|circulation| {
                let ends = texts(&circulation["entities"], "/id");
                (
                    ends.join(" "),
                    circulation["amount"].as_str().unwrap().to_string(),
                )
            })
            .collect();
        let expected =
            (0..count).map(|n| (format!("fund:f{n:02} project:p{n:02}"), (80 + 2 * n).to_string()));
        assert_eq!(met, expected.collect());
    }
    assert_eq!(calls[0], calls[1], "{calls:?}");
}

#[tokio::test]
async fn the_sankey_shows_what_comes_from_the_sources_and_what_goes_round_apart() {
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
    app.add(moves(&["x fund:f project:r 30"])).await;
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
        json!([{ "entity": { "id": "company:c" }, "reason": "NO_SHARE" }])
    );
}
