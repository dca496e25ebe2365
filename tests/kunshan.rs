//! The first data set answers, and each answer rests on its facts: take a fact away, and what rested on it changes.

mod analysis;
mod answers;
mod flow;
mod leaves;
mod readings;
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
    realised { lower upper lowerExclusive unit basis } promised { lower unit } claimed { lower unit }
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
    let invested = |row: &Value| {
        let sums = row["realised"].as_array().unwrap();
        sums.iter().find(|sum| sum["basis"] == "INVESTED").cloned()
    };
    let sum = invested(&funds).unwrap();
    assert_eq!(sum["lower"], "5000000000");
    assert_eq!(
        (&sum["upper"], &sum["lowerExclusive"]),
        (&Value::Null, &json!(true))
    );
    assert_eq!(funds["endsDead"], true);
    assert_eq!(funds["industryStated"], false);
    let investing = relations_at("project:hukun-46", "INVESTS_IN").await;
    let without = TestApp::kunshan_without(&investing.iter().map(String::as_str).collect::<Vec<_>>()).await;
    let poorer = row(&without, "program:mutual-fund-investment").await;
    assert_eq!(invested(&poorer), None);
    assert_ne!(
        (
            &poorer["relationCount"],
            &poorer["undated"],
            &poorer["statements"]
        ),
        (&funds["relationCount"], &funds["undated"], &funds["statements"])
    );
    // Where nothing is known to reach the fund, the row stays, for the zone runs the mechanism; where the money is from is not stated.
    let contributed = relations_at("fund:cross-region-joint", "CONTRIBUTES_TO").await;
    let without = TestApp::kunshan_without(&contributed.iter().map(String::as_str).collect::<Vec<_>>()).await;
    let tied = row(&without, "program:mutual-fund-investment").await;
    assert_eq!(
        (&funds["originStated"], &tied["originStated"]),
        (&json!(true), &json!(false))
    );
}

/// The fifteen mechanisms, each with the figures of the article, each on its basis.
const MECHANISMS: [(&str, &[&str]); 15] = [
    (
        "angel-co-investment",
        &[
            "REALISED ? CNY PAID_IN",
            "REALISED 150000000..? CNY INVESTED",
            "PROMISED 500000000 CNY COMMITTED",
            "CLAIMED 1000000000 CNY CROWDED_IN",
            "CLAIMED 1 COMPANY MEASURED",
        ],
    ),
    ("application-scenarios", &[]),
    ("dual-city-life", &["REALISED ? PERSON DELIVERED"]),
    ("enclave-parks", &[]),
    ("four-ones", &[]),
    (
        "fund-of-funds",
        &[
            "REALISED 1476000000 CNY PAID_IN",
            "REALISED ? CNY INVESTED",
            "REALISED 5113000000 CNY REINVESTED",
            "CLAIMED 5113000000 CNY REINVESTED",
            "CLAIMED 8 COMPANY MEASURED",
        ],
    ),
    ("graduate-training", &["REALISED 667 PERSON DELIVERED"]),
    (
        "green-tech-finance",
        &[
            "PROMISED 900000000 CNY COMMITTED",
            "PROMISED 30000000 CNY EARMARKED",
            "CLAIMED 21 PROJECT DELIVERED",
        ],
    ),
    (
        "mutual-fund-investment",
        &[
            "REALISED ? CNY PAID_IN",
            "REALISED 5000000000..? CNY INVESTED",
            "PROMISED ? CNY COMMITTED",
        ],
    ),
    ("one-net-hukun", &[]),
    ("platform-co-building", &["REALISED 4 PROJECT DELIVERED"]),
    ("shared-facilities", &[]),
    ("sunday-engineer", &["REALISED ? PERSON DELIVERED"]),
    (
        "tax-sharing",
        &["REALISED 470000000 CNY SHARED", "CLAIMED 18 PROJECT DELIVERED"],
    ),
    (
        "voucher",
        &[
            "REALISED 15660000 CNY ISSUED",
            "CLAIMED 280000000 CNY CROWDED_IN",
            "CLAIMED 940000000 CNY OUTPUT",
            "CLAIMED 72000000 CNY TAX_YIELD",
        ],
    ),
];

#[tokio::test]
async fn each_of_the_fifteen_mechanisms_has_its_row_and_its_figures() {
    let question = r#"{ mechanisms(input: { from: { regionId: "region:shanghai" }, to: { regionId: "region:kunshan" } }) {
        program { id tags } figures { status total { lower upper unit basis } } } }"#;
    let data = TestApp::kunshan().await.query(question).await.good();
    let text = |value: &Value| value.as_str().unwrap_or("?").to_string();
    let figure = |figure: &Value| {
        let total = &figure["total"];
        let [lower, upper, unit, basis] =
            ["lower", "upper", "unit", "basis"].map(|field| text(&total[field]));
        let amount = if lower == upper {
            lower
        } else {
            format!("{lower}..{upper}")
        };
        format!("{} {amount} {unit} {basis}", text(&figure["status"]))
    };
    let is_mechanism = |row: &&Value| {
        let tags = row["program"]["tags"].as_array().into_iter().flatten();
        tags.into_iter().any(|tag| tag == "mechanism")
    };
    let rows = data["mechanisms"].as_array().unwrap().iter();
    let found: Vec<(String, Vec<String>)> = rows
        .filter(is_mechanism)
        .map(|row| {
            let figures = row["figures"].as_array().unwrap().iter();
            (text(&row["program"]["id"]), figures.map(figure).collect())
        })
        .collect();
    let expected = MECHANISMS.map(|(program, figures)| {
        let figures: Vec<String> = figures.iter().map(ToString::to_string).collect();
        (format!("program:{program}"), figures)
    });
    assert_eq!(found, expected);
}

#[tokio::test]
async fn what_is_stated_as_a_whole_has_an_upper_end_though_its_split_is_not() {
    let question = r#"{ ledger(input: { from: { regionId: "region:shanghai" }, to: { regionId: "region:kunshan" } }) {
        rows { program { id } realised { lower upper basis } promised { lower upper basis } reason notTied }
        leftOut { program { id } reason } } }"#;
    let app = TestApp::kunshan().await;
    let ledger = app.query(question).await.good()["ledger"].clone();
    let sum = |program: &str, list: &str, basis: &str| {
        let rows = ledger["rows"].as_array().unwrap();
        let row = rows.iter().find(|row| row["program"]["id"] == program).unwrap();
        let sums = row[list].as_array().unwrap();
        let sum = sums.iter().find(|sum| sum["basis"] == basis).unwrap();
        (sum["lower"].clone(), sum["upper"].clone())
    };
    let whole = |amount: &str| (json!(amount), json!(amount));
    assert_eq!(
        sum("program:tax-sharing", "realised", "SHARED"),
        whole("470000000")
    );
    assert_eq!(sum("program:voucher", "realised", "ISSUED"), whole("15660000"));
    assert_eq!(
        sum("program:green-tech-finance", "promised", "COMMITTED"),
        whole("900000000")
    );
    // Each programme is in one of the two lists.
    let all = app.query("{ programs(first: 1000) { totalCount } }").await.good();
    let named = |list: &str| {
        let rows = ledger[list].as_array().unwrap().iter();
        rows.filter(|row| row["program"] != Value::Null).count() as u64
    };
    assert_eq!(
        all["programs"]["totalCount"],
        json!(named("rows") + named("leftOut"))
    );
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
    // No sum is of several bases, and what is said to have been delivered is of no other status for it.
    assert!(of("realised").iter().all(|sum| sum["basis"] != Value::Null));
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
