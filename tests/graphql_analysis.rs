//! What hangs on what, what came of what, and how sums are divided, over HTTP.

use hukun::http::Config;
use hukun::model::entity::Properties;
use hukun::model::ontology::RelationKind::{ContributesTo, InIndustry, InvestsIn, Leverages};
use hukun::model::quantity::{Basis, Measure, Quantity, QuantityParts, Unit};
use hukun::model::record::RuleType;
use hukun::model::statement::{Assertion, Reliability};
use hukun::service::Limits;
use serde_json::{Value, json};

use crate::support::graph::{Graph, cny, entity, of, relation, said};
use crate::support::{TestApp, graph, ids, texts};

/// Two places put money in two funds; both invest in one group of projects, which is in an industry.
fn money() -> Graph {
    let implied = said(Assertion::Implied, Reliability::Independent);
    let self_reported = said(Assertion::Stated, Reliability::SelfReported);
    graph()
        .relation(ContributesTo, "region:city", "fund:a", "c1")
        .relation(ContributesTo, "region:city", "fund:b", "c2")
        .relation(ContributesTo, "region:town", "fund:b", "c3")
        .relation(
            InvestsIn,
            "fund:a",
            "project:x",
            relation().id("i1").evidence(implied),
        )
        .relation(
            InvestsIn,
            "fund:b",
            "project:x",
            relation().id("i2").evidence(self_reported),
        )
        .relation(InIndustry, "project:x", "industry:z", "n1")
        .entity(entity("project:x").size(&of(46, "PROJECT")))
}

const ENDS: &str = r#"from: { kinds: [REGION] }, to: { ids: ["industry:z"] }"#;

async fn critical(app: &TestApp, input: &str, more: &str) -> Value {
    let question = format!(
        "{{ criticality(input: {{ {input} }}{more}) {{ entity {{ id }} relation {{ id }} value singlePoint cohort sourceCount truncatedBy }} }}"
    );
    app.query(&question).await.good()["criticality"].clone()
}

/// Key and value of each row.
fn values(rows: &Value) -> Vec<(String, f64)> {
    let key = |row: &Value| {
        let part = if row["entity"].is_null() {
            &row["relation"]
        } else {
            &row["entity"]
        };
        part["id"].as_str().unwrap().to_string()
    };
    rows.as_array()
        .unwrap()
        .iter()
        .map(|row| (key(row), row["value"].as_f64().unwrap()))
        .collect()
}

fn expected(rows: &[(&str, f64)]) -> Vec<(String, f64)> {
    rows.iter()
        .map(|(id, value)| ((*id).to_string(), *value))
        .collect()
}

#[tokio::test]
async fn what_all_hangs_on_comes_first() {
    let app = TestApp::with(money()).await;
    let rows = critical(&app, ENDS, "").await;
    let order = [
        ("n1", 1.0),
        ("project:x", 1.0),
        ("c3", 0.5),
        ("fund:b", 0.5),
        ("i2", 0.5),
        ("c1", 0.0),
        ("c2", 0.0),
        ("fund:a", 0.0),
        ("i1", 0.0),
    ];
    assert_eq!(values(&rows), expected(&order));
    assert_eq!(
        rows[1],
        json!({ "entity": { "id": "project:x" }, "relation": null, "value": 1.0, "singlePoint": true, "cohort": true, "sourceCount": 1, "truncatedBy": null })
    );
    // A relation has a cohort where one stands at an end of it.
    assert_eq!(
        (&rows[4]["cohort"], &rows[2]["cohort"]),
        (&json!(true), &json!(false))
    );
    assert_eq!(rows[2]["singlePoint"], false);
    assert_eq!(
        values(&critical(&app, ENDS, ", first: 3").await),
        expected(&order[..3])
    );
    assert_eq!(critical(&app, ENDS, ", first: 0").await, json!([]));
}

#[tokio::test]
async fn it_is_the_trace_as_it_was_asked() {
    let app = TestApp::with(money()).await;
    let one = r#"from: { ids: ["region:city"] }, to: { ids: ["industry:z"] }"#;
    let rows = critical(&app, one, "").await;
    assert_eq!(
        values(&rows)[..2],
        expected(&[("n1", 1.0), ("project:x", 1.0)])[..]
    );
    assert_eq!(rows[2]["value"], 0.0, "either fund stands in for the other");
    let through = format!(r#"{one}, through: [{{ ids: ["fund:a"] }}]"#);
    let rows = critical(&app, &through, "").await;
    let all: Vec<(String, f64)> = values(&rows);
    assert_eq!(
        all,
        expected(&[
            ("c1", 1.0),
            ("fund:a", 1.0),
            ("i1", 1.0),
            ("n1", 1.0),
            ("project:x", 1.0)
        ])
    );
    // What is only implied is no fact here: so nothing stands in for the other fund.
    let stated = format!("{one}, evidence: {{ assertions: [STATED] }}");
    let rows = critical(&app, &stated, "").await;
    assert_eq!(values(&rows)[1], ("fund:b".to_string(), 1.0));
    let excluded = format!(r#"{one}, exclude: ["project:x"]"#);
    assert_eq!(critical(&app, &excluded, "").await, json!([]));
}

#[tokio::test]
async fn what_cannot_be_ranked_is_refused() {
    let app = TestApp::with(money()).await;
    let question = format!("{{ criticality(input: {{ {ENDS} }}, first: -1) {{ value }} }}");
    assert_eq!(app.query(&question).await.bad().0, "BAD_USER_INPUT");
    let unknown =
        r#"{ criticality(input: { from: { ids: ["region:none"] }, to: { kinds: [INDUSTRY] } }) { value } }"#;
    assert_eq!(app.query(unknown).await.bad().0, "NOT_FOUND");
    let limits = Limits {
        trace_work_max: 1,
        ..Limits::default()
    };
    let app = TestApp::with_limits(money(), Config::default(), limits).await;
    let question = format!("{{ criticality(input: {{ {ENDS} }}) {{ value }} }}");
    let (code, message) = app.query(&question).await.bad();
    assert_eq!(code, "LIMIT_EXCEEDED");
    assert!(
        message.contains("before") || message.contains("first path"),
        "{message}"
    );
}

#[tokio::test]
async fn an_answer_is_asked_again_without_some_of_its_evidence() {
    let app = TestApp::with(money()).await;
    let question = format!(
        "{{ robustness(trace: {{ {ENDS} }}) {{ without holds pathCount {{ value exact }} lost truncatedBy }} }}"
    );
    let reply = app.query(&question).await;
    let calls = reply.store_calls();
    let row = |without: &str, holds: bool, paths: &str, lost: i64| json!({ "without": without, "holds": holds, "pathCount": { "value": paths, "exact": true }, "lost": lost, "truncatedBy": null });
    assert_eq!(
        reply.good()["robustness"],
        json!([
            row("SELF_REPORTED", true, "1", 3),
            row("IMPLIED", true, "2", 2),
            row("source:s", false, "0", 6)
        ])
    );
    assert!(calls <= 6, "what was read is enough: {calls}");
    let (code, message) = app.query("{ robustness { without } }").await.bad();
    assert_eq!(code, "BAD_USER_INPUT");
    assert!(message.contains("`trace`"), "{message}");
    let limits = Limits {
        robustness_sources_max: 0,
        ..Limits::default()
    };
    let app = TestApp::with_limits(money(), Config::default(), limits).await;
    assert_eq!(app.query(&question).await.bad().0, "LIMIT_EXCEEDED");
}

#[tokio::test]
async fn without_a_path_nothing_holds() {
    let app = TestApp::with(money()).await;
    let question = r#"{ robustness(trace: { from: { ids: ["industry:z"] }, to: { ids: ["region:city"] } }) { without holds lost } }"#;
    let rows = app.query(question).await.good()["robustness"].clone();
    assert_eq!(texts(&rows, "/without"), ["SELF_REPORTED", "IMPLIED"]);
    assert!(
        rows.as_array()
            .unwrap()
            .iter()
            .all(|row| row["holds"] == false && row["lost"] == 0)
    );
}

fn paid_in(amount: i64) -> Properties {
    let parts = QuantityParts {
        amount: Some(amount.into()),
        unit: Some(Unit::parse("CNY").unwrap()),
        basis: Some(Basis::PaidIn),
        ..QuantityParts::default()
    };
    Properties::Fund {
        fund_type: None,
        committed: None,
        paid_in: Some(Quantity::new(parts, Measure::Stock).unwrap()),
    }
}

/// A fund that was paid 100, invested 30 and more than 50, promised 20 and is said to have brought in 600, and four firms.
fn fund() -> Graph {
    graph()
        .entity(entity("fund:f").properties(paid_in(100)))
        .relation(
            ContributesTo,
            "region:city",
            "fund:f",
            relation().id("c").amount(cny(100).paid_in()),
        )
        .relation(
            InvestsIn,
            "fund:f",
            "project:a",
            relation().id("ia").amount(cny(30).invested()),
        )
        .relation(
            InvestsIn,
            "fund:f",
            "project:b",
            relation().id("ib").amount(cny(50).more_than().invested()),
        )
        .relation(
            InvestsIn,
            "fund:f",
            "project:c",
            relation().id("ic").amount(cny(20).committed()),
        )
        .relation(
            InvestsIn,
            "fund:f",
            "project:d",
            relation().id("id").amount(cny(0).unknown().invested()),
        )
        .relation(
            Leverages,
            "fund:f",
            "company:l",
            relation().id("lc").amount(cny(600).basis(Basis::CrowdedIn)),
        )
        .relation(
            Leverages,
            "fund:f",
            "company:m",
            relation()
                .id("lf")
                .amount(of(4, "COMPANY").basis(Basis::Delivered)),
        )
        .observation(
            "o:output",
            "fund:f",
            "output",
            &cny(50).basis(Basis::Output),
            "2024",
        )
        .observation("o:size", "fund:f", "size", &cny(7), "2024")
}

#[tokio::test]
async fn every_output_stands_over_every_input_of_its_unit() {
    let app = TestApp::with(fund()).await;
    let question = r#"{ leverage(id: "fund:f") { lower upper label missing { reason }
        input { lower basis } output { lower status } inputRelation { id } outputRelation { id } inputObservation { id } outputObservation { id } } }"#;
    let reply = app.query(question).await;
    assert_eq!(reply.store_calls(), 5);
    let rows = reply.good()["leverage"].clone();
    let fact = |row: &Value, end: &str| -> String {
        let of = |kind: &str| row[format!("{end}{kind}")]["id"].as_str().map(String::from);
        of("Relation").or(of("Observation")).unwrap_or("paidIn".into())
    };
    let shown: Vec<String> = rows
        .as_array()
        .unwrap()
        .iter()
        .map(|row| {
            let missing = texts(&row["missing"], "/reason").join(" ");
            let end = |name: &str| row[name].as_str().unwrap_or("?").to_string();
            format!(
                "{} / {}: {} {} {missing}",
                fact(row, "output"),
                fact(row, "input"),
                end("lower"),
                end("upper")
            )
            .trim()
            .to_string()
        })
        .collect();
    assert_eq!(
        shown,
        [
            "o:output / paidIn: 0.5 0.5",
            "lc / paidIn: 6 6",
            "o:output / ia: 1.666666666667 1.666666666667",
            "lc / ia: 20 20",
            "o:output / ib: ? 1 INPUT_OPEN_ABOVE",
            "lc / ib: ? 12 INPUT_OPEN_ABOVE",
            "o:output / id: ? ? INPUT_UNKNOWN",
            "lc / id: ? ? INPUT_UNKNOWN",
        ]
    );
    for row in rows.as_array().unwrap() {
        assert_eq!(
            (&row["label"], &row["output"]["status"]),
            (&json!("CLAIMED"), &json!("CLAIMED"))
        );
    }
    assert_eq!(rows[0]["input"], json!({ "lower": "100", "basis": "PAID_IN" }));
}

#[tokio::test]
async fn what_no_statement_supports_is_no_leverage() {
    let claimed = said(Assertion::Normative, Reliability::Independent);
    let fund = fund().relation(
        Leverages,
        "fund:f",
        "company:l",
        relation().id("ought").amount(cny(900)).evidence(claimed),
    );
    let app = TestApp::with(fund).await;
    let data = app
        .query(r#"{ leverage(id: "fund:f") { outputRelation { id } } }"#)
        .await
        .good();
    let rows = data["leverage"].as_array().unwrap();
    assert!(
        rows.iter().all(|row| row["outputRelation"]["id"] != "ought"),
        "{rows:?}"
    );
    let data = app
        .query(r#"{ leverage(id: "project:a") { lower } }"#)
        .await
        .good();
    assert_eq!(data["leverage"], json!([]));
    let unknown = app.query(r#"{ leverage(id: "fund:none") { lower } }"#).await;
    assert_eq!(unknown.bad().0, "NOT_FOUND");
}

fn ruled() -> Graph {
    graph()
        .entities([
            "program:p",
            "program:bare",
            "fund:f",
            "organization:a",
            "organization:b",
            "organization:c",
        ])
        .rule(
            "rule:1",
            "program:p",
            RuleType::Allocation,
            None,
            &[
                ("organization:a", 5, 5),
                ("organization:b", 3, 3),
                ("organization:c", 2, 2),
            ],
        )
        .rule(
            "rule:0",
            "program:p",
            RuleType::CoInvest,
            None,
            &[("organization:a", 2, 3), ("organization:b", 7, 8)],
        )
        .rule(
            "rule:2",
            "fund:f",
            RuleType::CoInvest,
            None,
            &[("organization:a", 2, 3), ("organization:b", 7, 8)],
        )
        .rule(
            "rule:3",
            "program:bare",
            RuleType::Reinvest,
            None,
            &[("organization:a", 1, 2)],
        )
}

const PARTS: &str = "{ rule { id } parts { party { id } label amount min max } }";

#[tokio::test]
async fn a_sum_is_divided_as_its_rule_says() {
    let app = TestApp::with(ruled()).await;
    let ask = async |bearer: &str, amount: &str| {
        let question = format!(r#"{{ allocate(bearerId: "{bearer}", amount: "{amount}") {PARTS} }}"#);
        app.query(&question).await.good()["allocate"].clone()
    };
    let divided = ask("program:p", "0.99").await;
    assert_eq!(divided["rule"]["id"], "rule:1", "an ALLOCATION rule comes before");
    assert_eq!(texts(&divided["parts"], "/amount"), ["0.49", "0.3", "0.2"]);
    assert_eq!(
        texts(&divided["parts"], "/party/id"),
        ["organization:a", "organization:b", "organization:c"]
    );
    assert_eq!(divided["parts"][0]["min"], divided["parts"][0]["amount"]);
    assert_eq!(divided["parts"][0]["max"], divided["parts"][0]["amount"]);
    // Each currency to its own minor unit; without one, to the hundredth.
    for (currency, amount, parts) in [
        ("JPY", "100", ["50", "30", "20"]),
        ("JPY", "101", ["51", "30", "20"]),
        ("KWD", "0.001", ["0.001", "0", "0"]),
        ("EUR", "0.99", ["0.49", "0.3", "0.2"]),
    ] {
        let question = format!(
            r#"{{ allocate(bearerId: "program:p", amount: "{amount}", currency: "{currency}") {{ currency parts {{ amount }} }} }}"#
        );
        let data = app.query(&question).await.good();
        assert_eq!(texts(&data["allocate"]["parts"], "/amount"), parts, "{currency}");
        assert_eq!(data["allocate"]["currency"], currency);
    }
    let ranges = ask("fund:f", "1000").await;
    assert_eq!(
        ranges["parts"][1],
        json!({ "party": { "id": "organization:b" }, "label": null, "amount": null, "min": "700", "max": "800" })
    );
    let data = app
        .query(r#"{ rules(bearerId: "fund:f") { id check { status } } }"#)
        .await
        .good();
    assert_eq!(
        data["rules"],
        json!([{ "id": "rule:2", "check": { "status": "UNDETERMINED" } }])
    );
}

#[tokio::test]
async fn what_cannot_be_divided_is_refused() {
    let app = TestApp::with(ruled()).await;
    for (bearer, amount, code, says) in [
        ("program:p", "-0.01", "BAD_USER_INPUT", "negative"),
        (
            "program:p",
            "0.001",
            "BAD_USER_INPUT",
            "finer than the smallest unit of the currency: give at most 2 decimals",
        ),
        (
            "program:p",
            "79000000000000000000000000000",
            "BAD_USER_INPUT",
            "too large",
        ),
        ("program:none", "1", "NOT_FOUND", "program:none"),
        (
            "program:bare",
            "1",
            "NOT_FOUND",
            "no ALLOCATION or CO_INVEST rule",
        ),
        ("organization:a", "1", "NOT_FOUND", "`rules`"),
        ("nothing", "1", "BAD_USER_INPUT", "bearerId"),
    ] {
        let question = format!(r#"{{ allocate(bearerId: "{bearer}", amount: "{amount}") {PARTS} }}"#);
        let (found, message) = app.query(&question).await.bad();
        assert_eq!(found, code, "{message}");
        assert!(message.contains(says), "{message}");
    }
    for (currency, amount, says) in [
        (
            "JPY",
            "0.5",
            "finer than the smallest unit of the currency: give at most 0 decimals",
        ),
        (
            "RMB",
            "1",
            "currency: `RMB` is not a currency: write its ISO 4217 code",
        ),
    ] {
        let question = format!(
            r#"{{ allocate(bearerId: "program:p", amount: "{amount}", currency: "{currency}") {PARTS} }}"#
        );
        let (_, message) = app.query(&question).await.bad();
        assert!(message.contains(says), "{message}");
    }
    let all = app.query("{ rules(types: [CO_INVEST]) { id } }").await.good();
    assert_eq!(ids(&json!({ "nodes": all["rules"] })), ["rule:0", "rule:2"]);
}
