//! Which facts are together in a layer.

use hukun::model::ontology::RelationKind::{ContributesTo, InvestsIn, SuppliesTalent};
use serde_json::json;

use super::{Moves, fixture, flow_of, money};
use crate::support::graph::{cny, of, relation};
use crate::support::{TestApp, graph};

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
    let fields = "resource unit status relationCount knownCount total { lower upper status } relations { totalCount nodes { id } }";
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
        all[0]["relations"],
        json!({ "totalCount": 5, "nodes": [{ "id": "a" }, { "id": "b" }, { "id": "c" }, { "id": "d4" }, { "id": "y" }] })
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
            .moves(&["b region:sh fund:f 5"]),
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
