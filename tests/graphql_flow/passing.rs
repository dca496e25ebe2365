//! What projects pass on to those who carry them.

use hukun::model::ontology::RelationKind::{CarriedBy, ContributesTo, Grants, InIndustry, InvestsIn};
use serde_json::{Value, json};

use super::{AMOUNT, amount, asking, exactly, flow_of, money};
use crate::support::graph::{Graph, Relation, cny, of, relation};
use crate::support::{TestApp, graph};

/// A programme grants a project 100, which companies carry.
fn carried(by: impl IntoIterator<Item = (&'static str, Relation)>) -> Graph {
    let granted = relation().id("grant").amount(cny(100).invested());
    let graph = graph().relation(Grants, "program:p", "project:x", granted);
    by.into_iter().fold(graph, |graph, (company, relation)| {
        graph.relation(CarriedBy, "project:x", company, relation)
    })
}

fn of_companies(more: &str) -> String {
    format!(
        r#"from: {{ ids: ["program:p"] }}, to: {{ kinds: [COMPANY] }}, resource: CAPITAL, unit: "CNY"{more}"#
    )
}

const ROWS: &str = "total { min proportional max bounds } absorbed { min max }
    byTarget { entity { id } amount { min proportional max } } missing { relation { id } entity { id } reason narrows }";

fn row(id: &str, min: &str, proportional: Option<&str>, max: &str) -> Value {
    json!({ "entity": { "id": id }, "amount": { "min": min, "proportional": proportional, "max": max } })
}

#[tokio::test]
async fn a_projects_own_industry_does_not_keep_its_money_from_the_company_that_carries_it() {
    let app = TestApp::with(carried([("company:c", relation().id("carried"))]).relation(
        InIndustry,
        "project:x",
        "industry:i",
        relation().id("of"),
    ))
    .await;
    let fields = format!("{ROWS} byIndustry {{ industry {{ id }} amount {{ {AMOUNT} }} }}");
    let flow = flow_of(&app, &of_companies(""), &fields).await;
    assert_eq!((&flow["total"], &flow["missing"]), (&exactly("100"), &json!([])));
    // What came through the project belongs to its industry, though the company is in none.
    let industry = json!({ "industry": { "id": "industry:i" }, "amount": exactly("100") });
    assert_eq!(flow["byIndustry"], json!([industry]));
    let industries =
        r#"from: { ids: ["program:p"] }, to: { kinds: [INDUSTRY] }, resource: CAPITAL, unit: "CNY""#;
    assert_eq!(flow_of(&app, industries, &fields).await["total"], exactly("100"));
    // Without who carries it, it stays with the project.
    let app = TestApp::with(carried([])).await;
    let flow = flow_of(&app, &money("program:p", "project:x"), ROWS).await;
    assert_eq!(flow["total"], exactly("100"));
}

#[tokio::test]
async fn a_split_that_nobody_states_is_open_and_asked_for() {
    let app = TestApp::with(carried([
        ("company:c", relation().id("c")),
        ("company:d", relation().id("d4")),
    ]))
    .await;
    let questions = r#"missing { question(lang: "en") detail(lang: "zh") }"#;
    for scenario in ["", ", scenario: LOWER", ", scenario: UPPER"] {
        let flow = flow_of(&app, &of_companies(scenario), ROWS).await;
        assert_eq!(
            flow["total"],
            amount("100", Some("100"), Some("100"), "OUTER"),
            "{scenario}"
        );
        assert_eq!(flow["absorbed"], json!({ "min": "100", "max": "100" }));
        let open = [
            row("company:c", "0", None, "100"),
            row("company:d", "0", None, "100"),
        ];
        assert_eq!(flow["byTarget"], json!(open), "{scenario}");
    }
    let one = flow_of(&app, &money("program:p", "company:c"), ROWS).await;
    assert_eq!(one["total"], amount("0", None, Some("100"), "OUTER"));
    let asks = |id: &str| json!({ "relation": { "id": id }, "entity": { "id": "project:x" }, "reason": "NO_SHARE", "narrows": "100" });
    assert_eq!(one["missing"], json!([asks("c"), asks("d4")]));
    let asked = flow_of(&app, &money("program:p", "company:c"), questions).await;
    assert_eq!(
        asked["missing"][0],
        json!({
            "question": "How is what project:x en receives divided among its carriers: how much did company:c en get (a share from 0 to 1, or an amount in CNY)?",
            "detail": "「project:x zh」落地为「company:c zh」：份额未说明",
        })
    );
    let equal = format!("{}, assume: EQUAL_SPLIT", money("program:p", "company:c"));
    assert_eq!(flow_of(&app, &equal, ROWS).await["total"], exactly("50"));
}

/// A program pays a project of which nobody says how it is split, and a company that carries it gives unknown amounts on.
#[tokio::test]
async fn what_a_carrier_takes_in_counts_as_any_inflow() {
    let onward = |id: &str| relation().id(id);
    let graph = carried([("company:c", relation().id("c"))])
        .relation(
            InvestsIn,
            "company:c",
            "company:e",
            relation().id("e").amount(cny(30).invested()),
        )
        .relation(InvestsIn, "company:c", "company:f", onward("f"))
        .relation(InvestsIn, "company:c", "company:g", onward("g"));
    let app = TestApp::with(graph).await;
    // The company is no target, and passes on what it took over.
    let sure = flow_of(&app, &money("program:p", "company:e"), ROWS).await;
    assert_eq!(sure["total"], amount("0", None, Some("30"), "OUTER"));
    let equal = format!("{}, assume: EQUAL_SPLIT", money("program:p", "company:f"));
    assert_eq!(flow_of(&app, &equal, ROWS).await["total"], exactly("35"));
}

#[tokio::test]
async fn parts_are_stated_by_share_or_by_amount() {
    let cases: [(Relation, Relation, [&str; 2]); 3] = [
        (relation().share("0.6"), relation().share("0.4"), ["60", "40"]),
        (
            relation().amount(cny(60).invested()),
            relation().amount(cny(40).invested()),
            ["60", "40"],
        ),
        // The one of whom nothing is said has what is left.
        (relation().share("0.25"), relation(), ["25", "75"]),
    ];
    for (c, d, [of_c, of_d]) in cases {
        let app = TestApp::with(carried([("company:c", c.id("c")), ("company:d", d.id("d4"))])).await;
        let flow = flow_of(&app, &of_companies(""), ROWS).await;
        assert_eq!((&flow["total"], &flow["missing"]), (&exactly("100"), &json!([])));
        let mut rows = vec![
            row("company:c", of_c, Some(of_c), of_c),
            row("company:d", of_d, Some(of_d), of_d),
        ];
        if of_d > of_c {
            rows.reverse();
        }
        assert_eq!(flow["byTarget"], json!(rows));
    }
}

#[tokio::test]
async fn amounts_leave_what_they_leave_and_are_upper_bounds_where_they_are_too_much() {
    let by = |c: Relation, d: Relation| carried([("company:c", c.id("c")), ("company:d", d.id("d4"))]);
    let stated = |amount: i64| relation().amount(cny(amount).invested());
    // 30 stay with the project.
    let app = TestApp::with(by(stated(50), stated(20))).await;
    let flow = flow_of(&app, &of_companies(""), ROWS).await;
    assert_eq!((&flow["total"], &flow["missing"]), (&exactly("70"), &json!([])));
    // 80 and 60 of 100: each has what the other cannot have, together all of it.
    let app = TestApp::with(by(stated(80), stated(60))).await;
    let flow = flow_of(&app, &of_companies(""), ROWS).await;
    assert_eq!(flow["total"], amount("100", Some("100"), Some("100"), "OUTER"));
    assert_eq!(
        flow["byTarget"],
        json!([
            row("company:c", "40", None, "80"),
            row("company:d", "20", None, "60")
        ])
    );
    // Of another unit, or another kind of fact, it is none.
    for other in [of(60, "EUR").invested(), cny(60).committed()] {
        let app = TestApp::with(by(relation().amount(other), stated(20))).await;
        let flow = flow_of(&app, &of_companies(""), ROWS).await;
        assert_eq!(
            flow["byTarget"],
            json!([
                row("company:c", "80", Some("80"), "80"),
                row("company:d", "20", Some("20"), "20")
            ])
        );
    }
    // A range is known as far as it is.
    let app = TestApp::with(by(relation().amount(cny(10).invested().more_than()), stated(20))).await;
    let flow = flow_of(&app, &of_companies(""), ROWS).await;
    assert_eq!(flow["total"], amount("30", None, Some("100"), "OUTER"));
    assert_eq!(flow["missing"][0]["reason"], "UNBOUNDED_ABOVE");
}

#[tokio::test]
async fn industries_take_in_through_carriers_what_projects_without_one_keep() {
    let graph = carried([
        ("company:c", relation().id("c").share("0.6")),
        ("company:d", relation().id("d4").share("0.4")),
    ])
    .relation(InIndustry, "company:c", "industry:i", relation().id("i"))
    .relation(
        InIndustry,
        "company:d",
        "industry:j",
        relation().id("j").share("0.5"),
    );
    let app = TestApp::with(graph).await;
    let industries =
        r#"from: { ids: ["program:p"] }, to: { kinds: [INDUSTRY] }, resource: CAPITAL, unit: "CNY""#;
    let flow = flow_of(&app, industries, ROWS).await;
    assert_eq!(flow["total"], exactly("80"));
    assert_eq!(
        flow["byTarget"],
        json!([
            row("industry:i", "60", Some("60"), "60"),
            row("industry:j", "20", Some("20"), "20")
        ])
    );
    let industries = "byIndustry { industry { id } amount { proportional } }";
    let by = |id: Option<&str>, amount: &str| json!({ "industry": id.map(|id| json!({ "id": id })), "amount": { "proportional": amount } });
    let rows = json!([
        by(Some("industry:i"), "60"),
        by(Some("industry:j"), "20"),
        by(None, "20")
    ]);
    for target in [of_companies(""), money("program:p", "project:x")] {
        assert_eq!(
            flow_of(&app, &target, industries).await["byIndustry"],
            rows,
            "{target}"
        );
    }
}

/// Half of what goes through the company stays, so half of what came through the project belongs to the project's industry.
#[tokio::test]
async fn what_stays_with_a_target_is_mixed_as_what_goes_through_it() {
    let graph = carried([("company:c", relation().id("c"))])
        .relation(InIndustry, "project:x", "industry:i", relation().id("i"))
        .relation(InIndustry, "company:c", "industry:j", relation().id("j"))
        .relation(
            InvestsIn,
            "organization:o",
            "company:c",
            relation().id("o").amount(cny(100).invested()),
        )
        .relation(
            InvestsIn,
            "company:c",
            "company:z",
            relation().id("z").amount(cny(50).invested()),
        );
    let app = TestApp::with(graph).await;
    let both = r#"from: { ids: ["program:p", "organization:o"] }, to: { ids: ["company:c"] }, resource: CAPITAL, unit: "CNY""#;
    let fields = format!("total {{ {AMOUNT} }} byIndustry {{ industry {{ id }} amount {{ {AMOUNT} }} }}");
    let flow = flow_of(&app, both, &fields).await;
    assert_eq!(flow["total"], exactly("150"));
    let by = |id: &str| json!({ "industry": { "id": id }, "amount": exactly("75") });
    assert_eq!(flow["byIndustry"], json!([by("industry:i"), by("industry:j")]));
}

#[tokio::test]
async fn conduits_that_nobody_named_are_told() {
    let app = TestApp::with(carried([("company:c", relation().id("c"))])).await;
    let by_kind = r#"from: { kinds: [PROGRAM] }, to: { kinds: [COMPANY] }, resource: CAPITAL, unit: "CNY""#;
    let fields = r#"total { min max } otherOrigins { entity { id } origin amount { proportional } }
        missing { relation { id } entity { id } reason narrows ask { id } question(lang: "en") }"#;
    let flow = flow_of(&app, by_kind, fields).await;
    assert_eq!(flow["total"], json!({ "min": "0", "max": "0" }));
    let origin = json!({ "entity": { "id": "program:p" }, "origin": "UNEXPLAINED", "amount": { "proportional": "100" } });
    assert_eq!(flow["otherOrigins"], json!([origin]));
    let named = json!({
        "relation": null, "entity": { "id": "program:p" }, "reason": "CONDUIT_NOT_NAMED", "narrows": null, "ask": [{ "id": "program:p" }],
        "question": "Where does what program:p en gives come from (CNY)? To count it as its own, name program:p en by id in `from`.",
    });
    assert_eq!(flow["missing"], json!([named]));
    // One that is named, or a source that is no conduit, is an answer by itself.
    let flow = flow_of(&app, &of_companies(""), fields).await;
    assert_eq!(flow["missing"], json!([]));
}

/// What a fund gives elsewhere is one link, and what was put in elsewhere is none of the answer.
#[tokio::test]
async fn the_answer_rests_on_what_lies_between_its_ends() {
    let part = |id: &str, amount: i64| relation().id(id).amount(cny(amount).invested());
    let graph = graph()
        .relation(
            ContributesTo,
            "region:sh",
            "fund:f",
            relation().id("a").amount(cny(100).paid_in()),
        )
        .relation(InvestsIn, "fund:f", "company:t", part("t", 40))
        .relation(InvestsIn, "fund:f", "company:u", part("u", 25))
        .relation(InvestsIn, "fund:f", "company:v", part("v", 35))
        .relation(InvestsIn, "company:u", "company:w", relation().id("w"))
        .relation(InvestsIn, "organization:o", "company:x", relation().id("x"));
    let app = TestApp::with(graph).await;
    let fields = format!(
        "total {{ {AMOUNT} }} missing {{ reason }}
         sankey {{ nodes {{ id label(lang: \"en\") group entity {{ id }} }} links {{ source target amount relations {{ id }} }} }}"
    );
    let flow = flow_of(&app, &money("region:sh", "company:t"), &fields).await;
    assert_eq!((&flow["total"], &flow["missing"]), (&exactly("40"), &json!([])));
    let link = |source: &str, target: &str, amount: &str, relations: &[&str]| {
        let relations: Vec<Value> = relations.iter().map(|id| json!({ "id": id })).collect();
        json!({ "source": source, "target": target, "amount": amount, "relations": relations })
    };
    assert_eq!(
        flow["sankey"]["links"],
        json!([
            link("fund:f", "OUTSIDE", "60", &["u", "v"]),
            link("fund:f", "company:t", "40", &["t"]),
            link("region:sh", "fund:f", "100", &["a"]),
        ])
    );
    assert_eq!(
        flow["sankey"]["nodes"][0],
        json!({ "id": "OUTSIDE", "label": "elsewhere", "group": "OUTSIDE", "entity": null })
    );
    let grouped = format!("{}, groupBy: KIND", money("region:sh", "company:t"));
    let grouped = flow_of(&app, &grouped, &fields).await;
    let ends = |at: usize| ["source", "target"].map(|end| grouped["sankey"]["links"][at][end].clone());
    assert_eq!(ends(0), [json!("kind:FUND"), json!("OUTSIDE")]);
    // Robustness leaves out in turn what the answer rests on, and nothing else.
    let question = format!(
        "{{ robustness(flow: {{ {} }}) {{ without lost }} }}",
        money("organization:o", "company:t")
    );
    let rows = app.query(&question).await.good()["robustness"].clone();
    assert_eq!(rows.as_array().unwrap().len(), 2, "{rows}");
    let question = asking(
        &money("organization:o", "company:t"),
        "total { max } absorbed { max } missing { reason }",
    );
    assert_eq!(
        app.query(&question).await.good()["flow"],
        json!({ "total": { "max": "0" }, "absorbed": { "max": "40" }, "missing": [] })
    );
}

/// Each number is gone without the fact behind it.
#[tokio::test]
async fn every_number_rests_on_its_fact() {
    let facts = |without: &str| {
        let part = |id: &str, share: &str| relation().id(id).share(share);
        let all = [
            (
                "grant",
                Grants,
                "program:p",
                "project:x",
                relation().id("grant").amount(cny(100).invested()),
            ),
            ("c", CarriedBy, "project:x", "company:c", part("c", "0.6")),
            ("d4", CarriedBy, "project:x", "company:d", part("d4", "0.3")),
            ("i", InIndustry, "project:x", "industry:i", part("i", "0.5")),
        ];
        let graph = graph().entities(["program:p", "project:x", "company:c", "company:d"]);
        all.into_iter()
            .filter(|(id, ..)| *id != without)
            .fold(graph, |graph, (_, kind, from, to, relation)| {
                graph.relation(kind, from, to, relation)
            })
    };
    let fields = "total { proportional } byTarget { entity { id } } byIndustry { industry { id } amount { proportional } }";
    let told = async |without: &str| {
        let app = TestApp::with(facts(without)).await;
        let flow = flow_of(&app, &of_companies(""), fields).await;
        let rows = flow["byIndustry"].as_array().unwrap().iter();
        let of = |row: &Value| {
            let amount = row["amount"]["proportional"].as_str().unwrap().to_string();
            (row["industry"]["id"].as_str().map(String::from), amount)
        };
        let total = flow["total"]["proportional"].as_str().unwrap().to_string();
        (
            total,
            flow["byTarget"].as_array().unwrap().len(),
            rows.map(of).collect::<Vec<_>>(),
        )
    };
    let industry = |amount: &str| (Some("industry:i".to_string()), amount.to_string());
    let none = |amount: &str| (None, amount.to_string());
    assert_eq!(told("").await, ("90".into(), 2, vec![industry("45"), none("45")]));
    assert_eq!(told("grant").await, ("0".into(), 0, vec![]));
    assert_eq!(
        told("c").await,
        ("30".into(), 1, vec![industry("15"), none("15")])
    );
    assert_eq!(
        told("d4").await,
        ("60".into(), 1, vec![industry("30"), none("30")])
    );
    assert_eq!(told("i").await, ("90".into(), 2, vec![none("90")]));
}
