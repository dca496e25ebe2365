//! What counts on a day and during a range, and what is known then, over HTTP.

use hukun::model::entity::Properties;
use hukun::model::ontology::RelationKind::{
    CollaboratesWith, ContributesTo, InIndustry, InvestsIn, LocatedIn,
};
use hukun::model::quantity::{Basis, Measure, Quantity, QuantityParts, Unit};
use hukun::model::statement::{Property, Rank};
use hukun::service::write::StatementDraft;
use serde_json::{Value, json};

use crate::support::graph::{Graph, cny, entity, of, relation, stated_on};
use crate::support::{TestApp, graph, ids};

/// A contribution that is stated as of 2024, and what came of it, of which no day is stated.
fn stated_in_2024() -> Graph {
    graph()
        .relation(
            ContributesTo,
            "region:city",
            "fund:a",
            relation()
                .id("c1")
                .amount(cny(60).paid_in())
                .under("program:p")
                .evidence(stated_on("2024")),
        )
        .relation(
            InvestsIn,
            "fund:a",
            "company:x",
            relation().id("i1").amount(cny(5).invested()),
        )
        .relation(LocatedIn, "fund:a", "region:city", "l1")
        .entity(
            entity("expert:pool")
                .size(&of(680, "PERSON"))
                .evidence(stated_on("2024-03")),
        )
        .entity(
            entity("fund:b")
                .properties(fund(70, 30))
                .evidence(stated_on("2023-06-01")),
        )
        .observation("o1", "region:city", "COMMUTERS", &of(8500, "PERSON"), "2022")
        .observed(stated_on("2024"))
}

fn fund(committed: i64, paid_in: i64) -> Properties {
    let amount = |amount: i64, basis| {
        let parts = QuantityParts {
            amount: Some(amount.into()),
            unit: Some(Unit::parse("CNY").unwrap()),
            basis: Some(basis),
            ..QuantityParts::default()
        };
        Quantity::new(parts, Measure::Stock).ok()
    };
    Properties::Fund {
        fund_type: None,
        committed: amount(committed, Basis::Committed),
        paid_in: amount(paid_in, Basis::PaidIn),
    }
}

const QUANTITY: &str = "quantity { lower upper unit basis qualifier unknownReason own { lower } }";

fn unknown(unit: &str, basis: &str) -> Value {
    json!({ "lower": null, "upper": null, "unit": unit, "basis": basis, "qualifier": "UNKNOWN",
        "unknownReason": "STATED_LATER", "own": { "lower": null } })
}

#[tokio::test]
async fn an_amount_stated_later_is_not_known_yet() {
    let app = TestApp::with(stated_in_2024()).await;
    let at = async |when: &str| {
        let question =
            format!("{{ relations(filter: {{ ids: [\"c1\"] }}{when}) {{ nodes {{ {QUANTITY} }} }} }}");
        let answer = app.query(&question).await;
        let later = answer.body["extensions"]["statedLater"].clone();
        (answer.good()["relations"]["nodes"][0]["quantity"].clone(), later)
    };
    for day in ["2023", "2024-06", "2024-12-30"] {
        let (quantity, later) = at(&format!(", asOf: \"{day}\"")).await;
        assert_eq!(quantity, unknown("CNY", "PAID_IN"), "{day}");
        assert_eq!(later, 1, "{day}");
    }
    // A range asks for no day on which it would be known.
    for when in [
        "",
        ", asOf: \"2024\"",
        ", asOf: \"2024-12-31\"",
        ", asOf: \"2030\"",
        ", during: { from: \"2020\", to: \"2021\" }",
    ] {
        let (quantity, later) = at(when).await;
        assert_eq!(
            (&quantity["lower"], &quantity["unknownReason"]),
            (&json!("60"), &Value::Null),
            "{when}"
        );
        assert_eq!(later, Value::Null, "{when}");
    }
}

#[tokio::test]
async fn what_entities_and_observations_have_is_known_from_a_day_too() {
    let app = TestApp::with(stated_in_2024()).await;
    let amount = "{ lower unknownReason }";
    let at = async |day: &str| {
        let question = format!(
            "{{ experts(asOf: \"{day}\") {{ nodes {{ size {amount} }} }}
               funds(filter: {{ ids: [\"fund:b\"] }}, asOf: \"{day}\") {{ nodes {{ committed {amount} paidIn {amount} }} }}
               regions(asOf: \"{day}\") {{ nodes {{ observations {{ nodes {{ quantity {amount} }} }} }} }}
               aggregate(groupBy: [], filter: {{ kinds: [EXPERT] }}, asOf: \"{day}\") {{ members {{ lower upper }} }} }}"
        );
        let answer = app.query(&question).await;
        let later = answer.body["extensions"]["statedLater"].clone();
        let data = answer.good();
        let known = [
            &data["experts"]["nodes"][0]["size"],
            &data["funds"]["nodes"][0]["committed"],
            &data["funds"]["nodes"][0]["paidIn"],
            &data["regions"]["nodes"][0]["observations"]["nodes"][0]["quantity"],
        ];
        let text = |amount: &&Value| {
            amount["lower"]
                .as_str()
                .map_or_else(|| amount["unknownReason"].to_string(), Into::into)
        };
        let known: Vec<String> = known.iter().map(text).collect();
        (known.join(" "), data["aggregate"][0]["members"].clone(), later)
    };
    let later = "\"STATED_LATER\"";
    let (known, members, count) = at("2023-05").await;
    assert_eq!(known, format!("{later} {later} {later} {later}"));
    assert_eq!((&members["upper"], count), (&Value::Null, json!(4)));
    let (known, members, count) = at("2024-03").await;
    assert_eq!(known, format!("680 70 30 {later}"));
    assert_eq!(
        (&members["lower"], &members["upper"], count),
        (&json!("680"), &json!("680"), json!(1))
    );
    assert_eq!(at("2024").await.0, "680 70 30 8500");
}

/// A statement of no day is never later, nor does a deprecated one make an amount known; what is said of a property makes only that known.
#[tokio::test]
async fn the_earliest_statement_that_counts_decides() {
    let fund_said = |property, as_of| StatementDraft {
        property: Some(property),
        ..stated_on(as_of)
    };
    let amount = cny(60).paid_in();
    let two = |rank| {
        let mut two = relation().amount(amount.clone()).evidence(stated_on("2024"));
        two = two.said_as(&amount, rank);
        two
    };
    let app = TestApp::with(
        graph()
            .relation(
                ContributesTo,
                "region:city",
                "fund:a",
                two(Rank::Normal).id("undated"),
            )
            .relation(
                ContributesTo,
                "region:city",
                "fund:a",
                two(Rank::Deprecated).id("deprecated"),
            )
            .entity(
                entity("fund:b")
                    .properties(fund(70, 30))
                    .evidence(stated_on("2024"))
                    .further(fund_said(Property::Committed, "2022")),
            ),
    )
    .await;
    let data = app
        .query(
            "{ relations(asOf: \"2023\") { nodes { id quantity { lower } } }
               funds(filter: { ids: [\"fund:b\"] }, asOf: \"2023\") { nodes { committed { lower } paidIn { lower } } } }",
        )
        .await
        .good();
    assert_eq!(
        data["relations"]["nodes"],
        json!([{ "id": "deprecated", "quantity": { "lower": null } }, { "id": "undated", "quantity": { "lower": "60" } }])
    );
    assert_eq!(
        data["funds"]["nodes"],
        json!([{ "committed": { "lower": "70" }, "paidIn": { "lower": null } }])
    );
}

#[tokio::test]
async fn flows_and_ledgers_count_it_as_unknown() {
    let app = TestApp::with(stated_in_2024()).await;
    let at = async |day: &str| {
        let question = format!(
            "{{ flowLayers(asOf: \"{day}\") {{ basis: status relationCount knownCount }}
               flow(input: {{ from: {{ ids: [\"region:city\"] }}, to: {{ ids: [\"fund:a\"] }}, resource: CAPITAL, unit: \"CNY\", asOf: \"{day}\" }})
                 {{ total {{ min proportional max }} }}
               mechanisms(input: {{ from: {{ ids: [\"region:city\"] }}, to: {{ ids: [\"fund:a\"] }}, asOf: \"{day}\" }})
                 {{ program {{ id }} relationCount realised {{ lower upper }} }}
               trace(input: {{ from: {{ ids: [\"region:city\"] }}, to: {{ ids: [\"fund:a\"] }}, asOf: \"{day}\" }})
                 {{ paths {{ nodes {{ relations {{ quantity {{ lower unknownReason }} }} }} }} }} }}"
        );
        let answer = app.query(&question).await;
        (answer.body["extensions"]["statedLater"].clone(), answer.good())
    };
    let (later, data) = at("2023").await;
    assert_eq!(later, 1);
    assert_eq!(data["flowLayers"][0]["relationCount"], 2);
    assert_eq!(data["flowLayers"][0]["knownCount"], 1);
    assert_eq!(data["flow"]["total"]["proportional"], Value::Null);
    assert_eq!(data["flow"]["total"]["max"], Value::Null);
    let quantity = &data["trace"]["paths"]["nodes"][0]["relations"][0]["quantity"];
    assert_eq!(quantity["unknownReason"], "STATED_LATER");
    let row = &data["mechanisms"][0];
    assert_eq!(
        (&row["program"]["id"], &row["relationCount"]),
        (&json!("program:p"), &json!(1))
    );
    assert_ne!(row["realised"][0]["lower"], "60");
    let (later, data) = at("2024").await;
    assert_eq!(later, Value::Null);
    assert_eq!(data["flowLayers"][0]["knownCount"], 2);
    // Of the 60 the fund passes 5 on.
    assert_eq!(data["flow"]["total"]["proportional"], "55");
    assert_eq!(data["mechanisms"][0]["realised"][0]["lower"], "60");
}

/// A tie of 2020 and 2021, one since 2023, and one of no date.
fn in_time() -> Graph {
    graph()
        .relation(LocatedIn, "company:a", "region:r", "l1")
        .relation(LocatedIn, "company:b", "region:r", "l2")
        .relation(LocatedIn, "company:c", "region:r", "l3")
        .relation(
            CollaboratesWith,
            "company:a",
            "company:b",
            relation().id("past").valid(Some("2020"), Some("2022")),
        )
        .relation(
            CollaboratesWith,
            "company:b",
            "company:c",
            relation().id("since").valid(Some("2023-06"), None),
        )
        .relation(InIndustry, "company:a", "industry:i", relation().id("undated"))
        .entity(entity("company:dated").valid(Some("2020"), None))
}

#[tokio::test]
async fn every_question_that_takes_a_day_takes_a_range_and_says_whether_undated_facts_count() {
    let app = TestApp::with(in_time()).await;
    let ask = async |when: &str| {
        let question = format!(
            "{{ relations(filter: {{ kinds: [COLLABORATES_WITH, IN_INDUSTRY] }}, {when}) {{ totalCount nodes {{ id }} }}
               neighborhood(ids: [\"company:b\"], depth: 2, filter: {{ kinds: [COLLABORATES_WITH, IN_INDUSTRY] }}, {when}) {{ relations {{ id }} }}
               indicators(regions: [\"region:r\"], codes: [FRAGMENTATION], {when}) {{ factCount }}
               companies({when}) {{ totalCount nodes {{ degree }} }}
               aggregate(groupBy: [REGION], filter: {{ kinds: [COMPANY], regionId: \"region:r\" }}, {when}) {{ count }}
               brokerage(regions: [\"region:r\"], {when}) {{ coordinator }}
               flowLayers({when}) {{ unit }} }}"
        );
        let data = app.query(&question).await.good();
        let listed = ids(&data["relations"]).join(" ");
        assert_eq!(data["relations"]["totalCount"], ids(&data["relations"]).len());
        let around: Vec<&str> = data["neighborhood"]["relations"]
            .as_array()
            .unwrap()
            .iter()
            .map(|one| one["id"].as_str().unwrap())
            .collect();
        let placed: i64 = data["aggregate"]
            .as_array()
            .unwrap()
            .iter()
            .map(|one| one["count"].as_i64().unwrap())
            .sum();
        format!(
            "{listed} | {} | {} ties, {} companies, {placed} in r",
            around.join(" "),
            data["indicators"][0]["factCount"],
            data["companies"]["totalCount"],
        )
    };
    assert_eq!(
        ask("asOf: \"2021\"").await,
        "past undated | past undated | 1 ties, 4 companies, 3 in r"
    );
    // A list leaves out what has no date; where an entity lies is asked all the same.
    assert_eq!(
        ask("asOf: \"2021\", undated: EXCLUDE").await,
        "past | past | 1 ties, 1 companies, 0 in r"
    );
    assert_eq!(
        ask("asOf: \"2023\"").await,
        "since undated | since | 1 ties, 4 companies, 3 in r"
    );
    assert_eq!(
        ask("during: { from: \"2021\", to: \"2023\" }").await,
        "past since undated | past since undated | 2 ties, 4 companies, 3 in r"
    );
    assert_eq!(
        ask("during: { from: \"2022\" }, undated: EXCLUDE").await,
        "since | since | 1 ties, 1 companies, 0 in r"
    );
    assert_eq!(
        ask("asOf: \"2021\", during: { from: \"2022\" }").await,
        "undated |  | 0 ties, 4 companies, 3 in r"
    );
}

#[tokio::test]
async fn a_day_or_range_that_is_none_is_refused() {
    let app = TestApp::with(in_time()).await;
    for (when, part) in [
        (
            "asOf: \"2021-13\"",
            "`2021-13` is not a valid date (months are 01 to 12)",
        ),
        ("during: {}", "neither `from` nor `to` is given"),
        (
            "during: { from: \"2023\", to: \"2022\" }",
            "`from` 2023 is after `to` 2022",
        ),
    ] {
        let (code, message) = app
            .query(&format!("{{ funds({when}) {{ nodes {{ id }} }} }}"))
            .await
            .bad();
        assert_eq!(code, "BAD_USER_INPUT");
        assert!(message.contains(part), "{message}");
    }
}
