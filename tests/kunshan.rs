//! The first data set answers, and each answer rests on its facts: take a fact away, and what rested on it changes.

mod analysis;
mod answers;
mod flow;
mod leaves;
mod removals;
mod table;

use serde_json::{Value, json};

use crate::support::TestApp;

const TRACE: &str = r#"{ trace(input: { from: { regionId: "region:shanghai" }, to: { kinds: [INDUSTRY], regionId: "region:kunshan" } }) {
    totalCount { value exact } truncated
    paths { nodes { entities { id } weakest } }
    deadEnds { nodes { entity { id } reasons arriving { id } } } } }"#;

const LEDGER: &str = r#"{ mechanisms(input: { from: { regionId: "region:shanghai" }, to: { regionId: "region:kunshan" } }) {
    program { id } relationCount endsDead originStated directionStated industryStated undated
    pathCount { value exact } members { kind count { lower upper } }
    realised { lower upper lowerExclusive unit } promised { lower unit } claimed { lower unit }
    statements { assertion reliability count } rules { id } drivers } }"#;

async fn trace(app: &TestApp) -> Value {
    app.query(TRACE).await.good()["trace"].clone()
}

fn ends(trace: &Value) -> Vec<&str> {
    trace["deadEnds"]["nodes"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| row["entity"]["id"].as_str().unwrap())
        .collect()
}

fn dead_end<'a>(trace: &'a Value, id: &str) -> &'a Value {
    let rows = trace["deadEnds"]["nodes"].as_array().unwrap();
    rows.iter()
        .find(|row| row["entity"]["id"] == id)
        .unwrap_or(&Value::Null)
}

async fn row(app: &TestApp, program: &str) -> Value {
    let rows = app.query(LEDGER).await.good()["mechanisms"].clone();
    let is_it = |row: &&Value| row["program"]["id"] == program;
    rows.as_array()
        .unwrap()
        .iter()
        .find(is_it)
        .cloned()
        .unwrap_or(Value::Null)
}

#[tokio::test]
async fn the_institute_leads_to_two_industries_and_each_step_counts() {
    let whole = trace(&TestApp::kunshan().await).await;
    assert_eq!(whole["totalCount"], json!({ "value": "2", "exact": true }));
    let entities = whole["paths"]["nodes"][1]["entities"].as_array().unwrap();
    let ids: Vec<&str> = entities
        .iter()
        .map(|entity| entity["id"].as_str().unwrap())
        .collect();
    assert_eq!(ids.first(), Some(&"university:sjtu"));
    assert_eq!(whole["paths"]["nodes"][1]["weakest"], "IMPLIED");
    let step = whole["paths"]["nodes"][1]["entities"].as_array().unwrap().len() - 1;
    assert_eq!(step, 3);
    // Without the place of the university nothing begins there.
    let relations = relations_at("university:sjtu", "LOCATED_IN").await;
    let placeless =
        trace(&TestApp::kunshan_without(&relations.iter().map(String::as_str).collect::<Vec<_>>()).await)
            .await;
    assert_eq!(placeless["totalCount"]["value"], "0");
}

/// The keys of an entity's relations of a kind.
async fn relations_at(id: &str, kind: &str) -> Vec<String> {
    let question = format!(
        r#"{{ node(id: "{id}") {{ ... on Entity {{ relations(filter: {{ kinds: [{kind}] }}) {{ nodes {{ id }} }} }} }} }}"#
    );
    let data = TestApp::kunshan().await.query(&question).await.good();
    let nodes = data["node"]["relations"]["nodes"].as_array().unwrap();
    nodes
        .iter()
        .map(|node| node["id"].as_str().unwrap().to_string())
        .collect()
}

#[tokio::test]
async fn a_dead_end_has_its_reason_from_a_fact() {
    let whole = trace(&TestApp::kunshan().await).await;
    assert_eq!(
        dead_end(&whole, "project:hukun-46")["reasons"],
        json!(["RETURNS_ONLY"])
    );
    // Without the return flow nothing leads out at all.
    let returns = relations_at("project:hukun-46", "RETURNS_TO").await;
    assert!(!returns.is_empty());
    let without =
        trace(&TestApp::kunshan_without(&returns.iter().map(String::as_str).collect::<Vec<_>>()).await).await;
    assert_eq!(
        dead_end(&without, "project:hukun-46")["reasons"],
        json!(["NO_OUTGOING"])
    );
    // Without the investment the resource does not arrive.
    let invested = relations_at("project:hukun-46", "INVESTS_IN").await;
    let without =
        trace(&TestApp::kunshan_without(&invested.iter().map(String::as_str).collect::<Vec<_>>()).await)
            .await;
    assert!(!ends(&without).contains(&"project:hukun-46"));
    // Fudan brings something, and what is not stated: without that relation nothing was refused.
    assert_eq!(
        dead_end(&whole, "university:fudan")["reasons"],
        json!(["RESOURCE_UNSTATED"])
    );
    let builds = relations_at("university:fudan", "CO_BUILDS").await;
    let without =
        trace(&TestApp::kunshan_without(&builds.iter().map(String::as_str).collect::<Vec<_>>()).await).await;
    assert!(!ends(&without).contains(&"university:fudan"));
}

#[tokio::test]
async fn a_row_of_the_ledger_rests_on_its_relations() {
    let whole = TestApp::kunshan().await;
    let funds = row(&whole, "program:mutual-fund-investment").await;
    assert_ne!(funds, Value::Null, "the programme of mutual investment has a row");
    assert_eq!(funds["realised"][0]["lower"], "5000000000");
    assert_eq!(
        (
            &funds["realised"][0]["upper"],
            &funds["realised"][0]["lowerExclusive"]
        ),
        (&Value::Null, &json!(true))
    );
    assert_eq!(funds["endsDead"], true);
    assert_eq!(funds["industryStated"], false);
    let invested = relations_at("project:hukun-46", "INVESTS_IN").await;
    let without = TestApp::kunshan_without(&invested.iter().map(String::as_str).collect::<Vec<_>>()).await;
    let poorer = row(&without, "program:mutual-fund-investment").await;
    assert_ne!(poorer["realised"], funds["realised"]);
    assert_ne!(
        (
            &poorer["relationCount"],
            &poorer["undated"],
            &poorer["statements"]
        ),
        (&funds["relationCount"], &funds["undated"], &funds["statements"])
    );
    // Where nothing reaches the fund, nothing of it lies on a way, and it has no end in a region: no row.
    let contributed = relations_at("fund:cross-region-joint", "CONTRIBUTES_TO").await;
    let without = TestApp::kunshan_without(&contributed.iter().map(String::as_str).collect::<Vec<_>>()).await;
    assert_eq!(row(&without, "program:mutual-fund-investment").await, Value::Null);
}

#[tokio::test]
async fn an_amount_has_the_status_of_its_list() {
    let question = r#"{ mechanisms(input: { from: { regionId: "region:shanghai" }, to: { regionId: "region:kunshan" } }) {
        realised { status basis } promised { status } claimed { status basis } } }"#;
    let data = TestApp::kunshan().await.query(question).await.good();
    let of = |list: &str| -> Vec<Value> {
        let rows = data["mechanisms"].as_array().unwrap();
        rows.iter()
            .flat_map(|row| row[list].as_array().unwrap().clone())
            .collect()
    };
    for (list, status) in [
        ("realised", "REALISED"),
        ("promised", "PROMISED"),
        ("claimed", "CLAIMED"),
    ] {
        assert!(!of(list).is_empty(), "{list}");
        assert!(of(list).iter().all(|sum| sum["status"] == status), "{list}");
    }
    // Neither a sum over several bases nor what is said to have been delivered is of another status for it.
    assert!(of("realised").iter().any(|sum| sum["basis"] == Value::Null));
    assert!(of("claimed").iter().any(|sum| sum["basis"] == "DELIVERED"));
}

#[tokio::test]
async fn a_rule_is_in_its_row_as_long_as_it_stands() {
    let rules = async |app: &TestApp| {
        row(app, "program:tax-sharing").await["rules"]
            .as_array()
            .unwrap()
            .len()
    };
    assert_eq!(rules(&TestApp::kunshan().await).await, 1);
    let keys = TestApp::kunshan()
        .await
        .query(r#"{ rules(bearerId: "program:tax-sharing") { id } }"#)
        .await
        .good();
    let key = keys["rules"][0]["id"].as_str().unwrap().to_string();
    assert_eq!(rules(&TestApp::kunshan_without(&[&key]).await).await, 0);
}

#[tokio::test]
async fn an_aggregate_counts_cohorts_by_size() {
    let groups = async |app: &TestApp| {
        let data = app.query(r#"{ aggregate(groupBy: [KIND], filter: { kinds: [EXPERT] }) { count members { lower upper } } }"#).await;
        data.good()["aggregate"][0].clone()
    };
    let whole = groups(&TestApp::kunshan().await).await;
    assert_eq!(whole["members"]["lower"], "680");
    let poorer = groups(&TestApp::kunshan_without(&["expert:shanghai-pool"]).await).await;
    assert_ne!(poorer["members"]["lower"], "680");
    assert_eq!(
        poorer["count"].as_i64().unwrap(),
        whole["count"].as_i64().unwrap() - 1
    );
}

#[tokio::test]
async fn the_quote_behind_a_number_is_two_fields_away() {
    let question = r#"{ relations(filter: { kinds: [INVESTS_IN], toIds: ["project:hukun-46"] }) { nodes {
        quantity { lower upper lowerExclusive originalText }
        statements { quote assertion reliability locator { lines start end } source { title sha256 } } } } }"#;
    let data = TestApp::kunshan().await.query(question).await.good();
    insta::assert_json_snapshot!(data["relations"]["nodes"][0]);
}
