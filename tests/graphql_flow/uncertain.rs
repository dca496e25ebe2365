//! What is not known: bounds, what to ask next, and what may be assumed.

use hukun::model::flow_direction::FlowDirection;
use hukun::model::ontology::RelationKind::{ContributesTo, InvestsIn};
use hukun::model::statement::{Assertion, Reliability};
use serde_json::{Value, json};

use super::{AMOUNT, amount, exactly, flow_of, money, moves};
use crate::support::graph::{cny, relation, said};
use crate::support::{TestApp, graph};

#[tokio::test]
async fn the_unknown_stays_unknown_and_is_ranked_by_what_it_would_tell() {
    let app = TestApp::with(moves(&[
        "a region:sh fund:f 60",
        "b region:ks fund:f ?",
        "c fund:f project:p >50",
    ]))
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
        "Exactly how much did region:ks en give to fund:f en (CNY)?"
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
        moves(&["a region:sh fund:f 60", "b fund:f project:p ?"]).relation(
            InvestsIn,
            "fund:f",
            "project:q",
            relation().id("c"),
        ),
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
    let app =
        TestApp::with(moves(&["a region:sh fund:f 100"]).relation(InvestsIn, "fund:f", "fund:g", either))
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
