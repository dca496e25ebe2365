//! What the analyses say of the data set, each as a snapshot, and the fact behind each number: without it the number is
//! another.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::leaves::{Leaves, leaves};
use crate::support::{Seed, TestApp};

const LEVERAGE: &str = "lower upper label missing { reason } input { lower upper unit basis status } output { lower upper unit basis status }
    inputRelation { id } inputObservation { id } outputRelation { id } outputObservation { id }";

fn leverage(id: &str) -> String {
    format!(r#"{{ leverage(id: "{id}") {{ {LEVERAGE} }} }}"#)
}

const ALLOCATE: &str = r#"{ allocate(bearerId: "program:tax-sharing", amount: "470000000") {
    rule { id base } parts { party { id } label amount min max } } }"#;

const CO_INVEST: &str = r#"{ allocate(bearerId: "fund:angel", amount: "150000000") { rule { id } parts { party { id } label amount min max } } }"#;

const KEPT: &str = r#"{ rules(bearerId: "fund:angel") { id type base check { status reason relations { id quantity { lower basis } } } } }"#;

const CRITICAL: &str = r#"{ criticality(input: { from: { regionId: "region:shanghai" }, to: { kinds: [INDUSTRY], regionId: "region:kunshan" } }) {
    entity { id } relation { id } value singlePoint cohort sourceCount } }"#;

const ROBUST: &str = r#"{ robustness(trace: { from: { regionId: "region:shanghai" }, to: { kinds: [INDUSTRY], regionId: "region:kunshan" } }) {
    without holds pathCount { value exact } lost } }"#;

const INDICATORS: &str = r#"{ indicators(regions: ["region:shanghai", "region:kunshan"]) {
    code regions { id } industry { id } value inRecord missing { reason } factCount excluded } }"#;

const BROKERS: &str = r#"{ brokerage(regions: ["region:shanghai", "region:kunshan"]) {
    entity { id } coordinator gatekeeper representative consultant liaison } }"#;

/// The funds, and the vouchers.
const LEVERS: [&str; 8] = [
    "fund:angel",
    "fund:cross-region-joint",
    "fund:green-tech",
    "fund:mother",
    "fund:mother-subfunds",
    "fund:proof-of-concept",
    "fund:smart-industry",
    "program:voucher",
];

#[tokio::test]
async fn what_each_fund_and_the_vouchers_are_said_to_have_moved() {
    let app = TestApp::kunshan().await;
    let mut all = serde_json::Map::new();
    for id in LEVERS {
        let data = app.query(&leverage(id)).await.good();
        all.insert(id.into(), data["leverage"].clone());
    }
    let funds = app.query("{ funds { nodes { id } } }").await.good();
    let asked: BTreeSet<&str> = LEVERS
        .iter()
        .copied()
        .filter(|id| id.starts_with("fund:"))
        .collect();
    let there: BTreeSet<String> = crate::support::ids(&funds["funds"]).into_iter().collect();
    assert!(
        there.iter().map(String::as_str).eq(asked),
        "each fund is asked about"
    );
    insta::assert_json_snapshot!(Value::Object(all));
}

#[tokio::test]
async fn five_three_two_of_470_million() {
    let app = TestApp::kunshan().await;
    insta::assert_json_snapshot!(app.query(ALLOCATE).await.good());
}

#[tokio::test]
async fn whether_the_angel_fund_keeps_its_rule_cannot_be_told() {
    let app = TestApp::kunshan().await;
    let asked = [app.query(KEPT).await.good(), app.query(CO_INVEST).await.good()];
    insta::assert_json_snapshot!(asked);
}

#[tokio::test]
async fn what_the_way_to_the_industries_hangs_on() {
    let app = TestApp::kunshan().await;
    let asked = [app.query(CRITICAL).await.good(), app.query(ROBUST).await.good()];
    insta::assert_json_snapshot!(asked);
}

#[tokio::test]
async fn the_two_regions_in_numbers() {
    let app = TestApp::kunshan().await;
    let asked = [
        app.query(INDICATORS).await.good(),
        app.query(BROKERS).await.good(),
    ];
    insta::assert_json_snapshot!(asked);
}

/// A question, and behind each number of its answer a fact.
struct Resting {
    question: String,
    facts: &'static [(&'static str, &'static str)],
}

fn resting() -> Vec<Resting> {
    let of = |question: String, facts| Resting { question, facts };
    vec![
        of(
            leverage("fund:angel"),
            &[
                ("leverage 1 lower", "rel:angel-invests-23"),
                ("leverage 1 upper", "rel:angel-leverages-social-capital"),
            ],
        ),
        of(
            leverage("fund:mother"),
            &[
                ("leverage 1 lower", "rel:mother-fund-leverages-reinvestment"),
                ("leverage 1 upper", "rel:mother-fund-leverages-reinvestment"),
                ("leverage 2 lower", "rel:mother-fund-invests-subfunds"),
                ("leverage 2 upper", "rel:mother-fund-invests-subfunds"),
            ],
        ),
        of(
            leverage("program:voucher"),
            &[
                ("leverage 1 lower", "rel:voucher-issued-to-78"),
                ("leverage 1 upper", "obs:voucher-added-output"),
                ("leverage 2 lower", "obs:voucher-tax-yield"),
                ("leverage 2 upper", "obs:voucher-tax-yield"),
                ("leverage 3 lower", "rel:voucher-leverages-rd"),
                ("leverage 3 upper", "rel:voucher-leverages-rd"),
            ],
        ),
        of(
            ALLOCATE.into(),
            &[
                ("allocate parts 1 amount", "rule:tax-sharing-532"),
                ("allocate parts 1 min", "rule:tax-sharing-532"),
                ("allocate parts 1 max", "rule:tax-sharing-532"),
                ("allocate parts 2 amount", "rule:tax-sharing-532"),
                ("allocate parts 2 min", "rule:tax-sharing-532"),
                ("allocate parts 2 max", "rule:tax-sharing-532"),
                ("allocate parts 3 amount", "rule:tax-sharing-532"),
                ("allocate parts 3 min", "rule:tax-sharing-532"),
                ("allocate parts 3 max", "rule:tax-sharing-532"),
            ],
        ),
        of(
            KEPT.into(),
            &[
                ("rules rule:angel-co-invest check status", "rule:angel-co-invest"),
                (
                    "rules rule:angel-co-invest check reason",
                    "rel:contributors-pay-angel",
                ),
            ],
        ),
    ]
}

/// The numbers and findings among the leaves.
fn is_finding(leaf: &str) -> bool {
    let ends = ["lower", "upper", "amount", "min", "max", "status", "reason"];
    // What the facts say themselves is in every reading of them.
    let is_own = [" input ", " output ", " relations ", " missing"]
        .iter()
        .any(|part| leaf.contains(part));
    !is_own && leaf.rsplit(' ').next().is_some_and(|end| ends.contains(&end))
}

async fn ask(app: &TestApp, question: &str) -> Leaves {
    leaves(&app.query(question).await.body["data"])
}

#[tokio::test]
async fn each_number_changes_when_the_fact_behind_it_goes() {
    let (whole, app) = (Seed::read(), TestApp::kunshan().await);
    let mut before = Vec::new();
    for Resting { question, facts } in resting() {
        let answer = ask(&app, &question).await;
        let findings: BTreeSet<&str> = answer
            .keys()
            .map(String::as_str)
            .filter(|leaf| is_finding(leaf))
            .collect();
        let named: BTreeSet<&str> = facts.iter().map(|(leaf, _)| *leaf).collect();
        assert_eq!(findings, named, "each number names its fact");
        before.push(answer);
    }
    let keys: BTreeSet<&str> = resting()
        .iter()
        .flat_map(|one| one.facts)
        .map(|(_, key)| *key)
        .collect();
    for key in keys {
        let mut poorer = whole.clone();
        poorer.remove(key);
        app.replace_kunshan(&poorer).await;
        for (Resting { question, facts }, before) in resting().iter().zip(&before) {
            let after = ask(&app, question).await;
            for (leaf, _) in facts.iter().filter(|(_, behind)| *behind == key) {
                assert_ne!(before.get(*leaf), after.get(*leaf), "{leaf} without {key}");
            }
        }
    }
}

#[tokio::test]
async fn another_amount_is_another_leverage() {
    let mut seed = Seed::read();
    seed.set("rel:angel-invests-23", "amount", "100000000");
    seed.set("fund:mother", "paid_in", "1000000000");
    let app = TestApp::kunshan_as(&seed).await;
    let angel = app.query(&leverage("fund:angel")).await.good()["leverage"].clone();
    assert_eq!(
        (&angel[0]["lower"], &angel[0]["upper"]),
        (&json!("10"), &json!("10"))
    );
    let mother = app.query(&leverage("fund:mother")).await.good()["leverage"].clone();
    assert_eq!(mother[0]["lower"], "5.113");
}
