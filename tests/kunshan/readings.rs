//! How doubtful passages of the article are read: what the data set answers where another reading would answer otherwise.
//! `seed/kunshan/README.md` gives the reasons.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::support::{Seed, TestApp, ids, texts};

/// The answer to a question, below its one field.
async fn ask(question: &str) -> Value {
    let data = TestApp::kunshan().await.query(question).await.good();
    data.as_object().unwrap().values().next().unwrap().clone()
}

/// The relations that pass a filter: id, kind and from, to.
async fn relations(filter: &str) -> Vec<[String; 4]> {
    let question = format!(
        "{{ relations(filter: {{ {filter} }}) {{ nodes {{ id kind from {{ id }} to {{ id }} }} }} }}"
    );
    let rows = ask(&question).await["nodes"].clone();
    let text = |row: &Value, path: &str| row.pointer(path).unwrap().as_str().unwrap().to_string();
    let row = |row: &Value| ["/id", "/kind", "/from/id", "/to/id"].map(|path| text(row, path));
    rows.as_array().unwrap().iter().map(row).collect()
}

/// One relation, with what it carries, its amount and its statements.
async fn relation(id: &str) -> Value {
    let question = format!(
        r#"{{ node(id: "{id}") {{ ... on Relation {{ kind resource flow driver from {{ id }} to {{ id }}
            quantity {{ lower upper qualifier unit basis status }} statements {{ quote assertion }} }} }} }}"#
    );
    ask(&question).await
}

/// What is said of a record: assertion and quote.
async fn said_of(id: &str) -> Vec<(String, String)> {
    let question = format!(
        r#"{{ node(id: "{id}") {{ ... on Entity {{ statements {{ quote assertion }} }} ... on Relation {{ statements {{ quote assertion }} }} }} }}"#
    );
    let statements = ask(&question).await["statements"].clone();
    let (said, quotes) = (texts(&statements, "/assertion"), texts(&statements, "/quote"));
    said.into_iter().zip(quotes).collect()
}

#[tokio::test]
async fn a_pilot_and_a_carrier_are_no_places() {
    let placed = ask(r#"{ entities(filter: { kinds: [PROGRAM, FUND], or: [
            { regionId: "region:yangtze-delta" }, { regionId: "region:kunshan" }] }) { nodes { id } } }"#)
    .await;
    assert_eq!(placed["nodes"], json!([]));
    let pilot = said_of("program:voucher").await;
    assert!(pilot.contains(&("SUPERLATIVE".into(), "在长三角地区首批试点".into())));
    let carried = relations(r#"fromIds: ["park:yangchenghu-science"]"#).await;
    let kinds: Vec<&str> = carried.iter().map(|row| row[1].as_str()).collect();
    assert_eq!(kinds, ["PARTY_TO", "LOCATED_IN"]);
}

#[tokio::test]
async fn what_was_introduced_was_not_invested_in() {
    let to = relations(r#"toIds: ["project:green-smart-21"]"#).await;
    let expected = [
        "rel:green-tech-finance-introduced-21",
        "LEVERAGES",
        "program:green-tech-finance",
        "project:green-smart-21",
    ];
    assert_eq!(to, [expected.map(String::from)]);
    let introduced = relation("rel:green-tech-finance-introduced-21").await;
    assert_eq!(introduced["quantity"]["lower"], "21");
    assert_eq!(introduced["quantity"]["status"], "CLAIMED");
}

#[tokio::test]
async fn that_the_institute_is_co_built_is_stated_and_what_for_is_inferred() {
    let stated = r#"evidence: { assertions: [STATED] }, toIds: ["lab:sjtu-kunshan-future"], fromIds: ["university:sjtu"]"#;
    assert_eq!(texts_of(&relations(stated).await), ["rel:sjtu-builds-institute"]);
    assert_eq!(
        relation("rel:sjtu-builds-institute").await["resource"],
        Value::Null
    );
    assert_eq!(
        relation("rel:sjtu-brings-technology").await["resource"],
        "TECHNOLOGY"
    );
    let docked = relation("rel:institute-docks-projects").await;
    assert_eq!(
        [&docked["resource"], &docked["flow"], &docked["quantity"]],
        [&Value::Null, &json!("UNSTATED"), &Value::Null]
    );
}

fn texts_of(rows: &[[String; 4]]) -> Vec<&str> {
    rows.iter().map(|row| row[0].as_str()).collect()
}

#[tokio::test]
async fn commuters_are_measured_and_their_growth_has_no_period() {
    let commuters = relation("rel:commuting-talent").await["quantity"].clone();
    assert_eq!(commuters["basis"], "MEASURED");
    assert_eq!(commuters["status"], Value::Null);
    let question = r#"{ node(id: "park:kunshan-hitech") { ... on Entity { observations { nodes { indicator period { from } statements { asOf } } } } } }"#;
    let growth = ask(question).await["observations"]["nodes"][0].clone();
    assert_eq!(growth["indicator"], "commuting_talent_growth");
    assert_eq!(
        [&growth["period"], &growth["statements"][0]["asOf"]],
        [&Value::Null, &json!("2024")]
    );
}

/// Whoever asks for the zone's own mechanisms and funds finds all of them, each in the same way.
#[tokio::test]
async fn the_zone_runs_or_is_a_party_to_every_mechanism_and_fund() {
    let own = relations(r#"fromIds: ["park:kunshan-hitech"], kinds: [OPERATES, PARTY_TO]"#).await;
    let own: BTreeSet<String> = own.into_iter().map(|[.., to]| to).collect();
    let question = r#"{ entities(filter: { tags: ["mechanism", "mechanism-carrier", "thematic", "training-base"] }) { totalCount nodes { id } } }"#;
    let asked = ask(question).await;
    assert_eq!(asked["totalCount"], 15 + 6 + 1);
    let missing: Vec<String> = ids(&asked).into_iter().filter(|id| !own.contains(id)).collect();
    assert_eq!(missing, Vec::<String>::new());
}

#[tokio::test]
async fn a_driver_stands_only_where_a_quotation_says_so() {
    let question = "{ relations(filter: { drivers: [MARKET, HYBRID, ADMINISTRATIVE] }, first: 100) { nodes { id driver statements { quote } } } }";
    let rows = ask(question).await["nodes"].clone();
    let mut drivers = BTreeSet::new();
    for row in rows.as_array().unwrap() {
        let words = match row["driver"].as_str().unwrap() {
            "MARKET" => vec!["市场化驱动机制"],
            _ => vec!["政府搭台、校企双主体", "政府领投"],
        };
        let quotes = texts(&row["statements"], "/quote").join("\n");
        assert!(words.iter().any(|words| quotes.contains(words)), "{row}");
        drivers.insert(row["driver"].as_str().unwrap().to_string());
    }
    assert_eq!(
        drivers,
        BTreeSet::from(["HYBRID".to_string(), "MARKET".to_string()])
    );
    let question = r#"{ indicators(regions: ["region:shanghai", "region:kunshan"], codes: [MARKET_DRIVE_COUNT]) { inRecord } }"#;
    assert_eq!(ask(question).await[0]["inRecord"], 1.0);
}

/// What the article states as a total stands where nothing inferred counts.
#[tokio::test]
async fn stated_totals_are_stated() {
    let issued = relation("rel:issuers-fund-voucher").await;
    assert_eq!(issued["quantity"]["lower"], "15660000");
    assert_eq!(issued["statements"][0]["assertion"], "STATED");
    for (id, indicator, amount, basis) in [
        ("program:tax-sharing", "tax_shared", "470000000", "SHARED"),
        ("fund:proof-of-concept", "earmarked", "30000000", "EARMARKED"),
    ] {
        let question = format!(
            r#"{{ node(id: "{id}") {{ ... on Entity {{ observations {{ nodes {{ indicator quantity {{ lower upper basis }} statements {{ assertion }} }} }} }} }} }}"#
        );
        let expected = json!({ "indicator": indicator, "quantity": { "lower": amount, "upper": amount, "basis": basis },
            "statements": [{ "assertion": "STATED" }] });
        assert_eq!(ask(&question).await["observations"]["nodes"], json!([expected]));
    }
    let granted = relation("rel:proof-of-concept-supports-transfer").await["quantity"].clone();
    assert_eq!(granted["qualifier"], "UNKNOWN");
}

#[tokio::test]
async fn the_zone_joins_hands_with_zhangjiang() {
    let joined = relation("rel:zone-with-zhangjiang").await;
    assert_eq!(joined["from"]["id"], "park:kunshan-hitech");
    for id in [
        "rel:zone-with-zhangjiang",
        "rel:zhangjiang-in-four-ones",
        "rel:zone-in-four-ones",
    ] {
        let said = said_of(id).await;
        assert!(
            said.iter().all(|(_, quote)| quote.ends_with("“四个一”推进机制")),
            "{id}"
        );
    }
    let computing = relation("rel:nscc-with-delta-network").await;
    assert_eq!(
        [&computing["kind"], &computing["flow"]],
        ["COLLABORATES_WITH", "UNSTATED"]
    );
}

#[tokio::test]
async fn parts_members_and_lessons_are_whole() {
    let paths = relations(r#"toIds: ["program:measure-capital"], kinds: [PART_OF]"#).await;
    assert_eq!(paths.len(), 3, "three paths: {paths:?}");
    let founders = relations(r#"toIds: ["organization:green-smart-founders"]"#).await;
    let founders: Vec<&str> = founders.iter().map(|row| row[2].as_str()).collect();
    let expected = [
        "organization:furong",
        "organization:jinsinan",
        "organization:kunshan-hitech-committee",
    ];
    assert_eq!(founders, expected);
    let size = ask(
        r#"{ node(id: "organization:green-smart-founders") { ... on Entity { size { lower upper } } } }"#,
    )
    .await;
    assert_eq!(size["size"], json!({ "lower": "3", "upper": "3" }));
    for lesson in ["market", "platform", "capital-talent", "service"] {
        let said = said_of(&format!("claim:lesson-{lesson}")).await;
        assert!(
            said.iter().any(|(assertion, _)| assertion == "NORMATIVE"),
            "{lesson}"
        );
    }
    let base = relations(r#"toIds: ["lab:graduate-base"]"#).await;
    let base: BTreeSet<&str> = base.iter().map(|row| row[2].as_str()).collect();
    assert!(base.contains("organization:graduate-base-government") && base.contains("park:kunshan-hitech"));
}

#[tokio::test]
async fn what_is_committed_is_promised_and_proceeds_are_a_design() {
    let question = r#"{ relations(filter: { kinds: [CONTRIBUTES_TO, RETURNS_TO], statuses: [PROMISED] }) { nodes { to { id } quantity { lower basis } } } }"#;
    let promised: BTreeSet<String> = ask(question).await["nodes"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| {
            format!(
                "{} {} {}",
                row["to"]["id"], row["quantity"]["basis"], row["quantity"]["lower"]
            )
            .replace('"', "")
        })
        .collect();
    let expected = [
        "fund:angel COMMITTED 500000000",
        "fund:cross-region-joint COMMITTED null",
        "fund:green-tech COMMITTED 500000000",
        "fund:proof-of-concept EARMARKED 30000000",
        "fund:smart-industry COMMITTED 400000000",
    ];
    assert_eq!(promised, expected.map(String::from).into());
}

#[tokio::test]
async fn one_clause_is_one_row_and_two_kinds_of_capital_are_two() {
    let spills = relations("kinds: [SPILLS_OVER_TO]").await;
    assert_eq!(texts_of(&spills), ["rel:shanghai-spills-to-enclaves"]);
    assert_eq!(
        relation("rel:angel-leverages-social-capital").await["to"]["id"],
        "organization:angel-crowded-in"
    );
    assert_eq!(
        relation("rel:social-capital-follows-angel").await["from"]["id"],
        "organization:angel-social-capital"
    );
    assert_eq!(
        relations(r#"kinds: [SUPPORTS], fromIds: ["region:yangtze-delta"]"#)
            .await
            .len(),
        0
    );
    // Heads may be the same: no sum of 680 and 667.
    let experts =
        ask("{ aggregate(groupBy: [KIND], filter: { kinds: [EXPERT] }) { members { lower upper } } }").await;
    assert_eq!(experts[0]["members"], json!({ "lower": "680", "upper": null }));
}

#[tokio::test]
async fn sentences_of_the_article_are_claims() {
    let question = "{ entities(filter: { kinds: [CLAIM] }, first: 50) { nodes { statements { quote } } } }";
    let quotes: Vec<String> = ask(question).await["nodes"]
        .as_array()
        .unwrap()
        .iter()
        .flat_map(|claim| texts(&claim["statements"], "/quote"))
        .collect();
    for words in [
        "浅层次的行政推动式阶段",
        "以降低制度性交易成本为关键路径",
        "并不乐见其他地区分享本地研发投入带来的技术外溢",
        "缺乏引领创新的动力机制和政策环境",
        "科技投入重复",
        "无法系统规划和整合",
        "信任、激励与效率问题",
    ] {
        assert!(quotes.iter().any(|quote| quote.contains(words)), "{words}");
    }
}

#[tokio::test]
async fn names_say_what_the_article_says() {
    for (id, name) in [
        ("expert:graduates-667", "Postgraduates trained"),
        (
            "claim:no-benefit-rule",
            "Co-built parks lack a clear market-based mechanism for sharing benefits",
        ),
        (
            "organization:angel-social-capital",
            "Private capital that follows the angel fund",
        ),
        (
            "program:shanghai-global-sti-centre",
            "Shanghai global science and technology innovation centre",
        ),
        (
            "program:fund-of-funds",
            "Fund of funds with leading GPs and a local reinvestment requirement",
        ),
        (
            "company:angel-listed",
            "Listed company nurtured by the angel fund",
        ),
    ] {
        let question = format!(r#"{{ node(id: "{id}") {{ ... on Entity {{ name(lang: "en") }} }} }}"#);
        assert_eq!(ask(&question).await["name"], name);
    }
    let name =
        ask(r#"{ node(id: "program:serve-shanghai-requirements") { ... on Entity { name(lang: "zh") } } }"#)
            .await;
    assert!(
        name["name"]
            .as_str()
            .unwrap()
            .contains("深度融入上海大都市圈建设")
    );
}

/// What places the zone in Kunshan speaks of place, and the register says no more than it does.
#[tokio::test]
async fn the_place_of_the_zone_rests_on_what_speaks_of_it() {
    let said = said_of("rel:kunshan-hitech-in-kunshan").await;
    let assertions: Vec<&str> = said.iter().map(|(assertion, _)| assertion.as_str()).collect();
    assert_eq!(assertions, ["STATED", "IMPLIED"]);
    assert!(said[1].1.contains("昆山高新技术产业开发区") && said[1].1.contains("3205"));
}

/// Both headline paths rest on inference; the one that ends at a project also for its place.
#[tokio::test]
async fn a_headline_path_is_as_weak_as_its_place() {
    let question = r#"{ trace(input: { from: { regionId: "region:shanghai" }, to: { kinds: [INDUSTRY], regionId: "region:kunshan" } }) {
        paths { nodes { weakest placements { id } } } } }"#;
    let weakest = async |seed: &Seed| {
        let data = TestApp::kunshan_as(seed).await.query(question).await.good();
        let paths = data["trace"]["paths"]["nodes"].clone();
        assert_eq!(
            paths[1]["placements"],
            json!([{ "id": "rel:sjtu-in-shanghai" }, { "id": "rel:sjtu-landed-in-kunshan" }])
        );
        texts(&paths, "/weakest")
    };
    let mut seed = Seed::read();
    assert_eq!(weakest(&seed).await, ["IMPLIED", "IMPLIED"]);
    // All that is walked is stated now, and the place is not.
    seed.set("rel:sjtu-brings-technology", "assertion", "STATED");
    assert_eq!(weakest(&seed).await, ["IMPLIED", "IMPLIED"]);
    seed.set("rel:sjtu-landed-in-kunshan", "assertion", "STATED");
    assert_eq!(weakest(&seed).await, ["IMPLIED", "STATED"]);
}
