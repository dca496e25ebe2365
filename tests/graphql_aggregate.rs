//! Counting by groups, over HTTP.

use hukun::model::entity::{ProjectStage, Properties};
use hukun::model::ontology::RelationKind::{InIndustry, LocatedIn, SubsetOf};
use serde_json::Value;

use crate::support::graph::{Graph, entity, of, relation};
use crate::support::{TestApp, graph};

fn projects() -> Graph {
    let stage = |stage| Properties::Project { stage: Some(stage) };
    graph()
        .entity(
            entity("project:a")
                .tag("x")
                .tag("y")
                .properties(stage(ProjectStage::Landed)),
        )
        .entity(entity("project:b").tag("x").size(&of(46, "PROJECT")))
        .entity(entity("project:c").size(&of(10, "PROJECT")))
        .relation(SubsetOf, "project:c", "project:b", ())
        .relation(InIndustry, "project:a", "industry:i", relation().share("0.5"))
        .relation(InIndustry, "project:a", "industry:j", relation().share("0.5"))
        .relation(
            LocatedIn,
            "project:a",
            "region:r",
            relation().valid(Some("2020"), Some("2022")),
        )
}

async fn groups(app: &TestApp, args: &str) -> Vec<String> {
    let query = format!(
        "{{ aggregate({args}) {{ keys {{ key value entity {{ id }} }} count members {{ lower upper }} }} }}"
    );
    let data = app.query(&query).await.good();
    let row = |group: &Value| {
        let keys = group["keys"].as_array().unwrap();
        for key in keys.iter().filter(|key| key["entity"] != Value::Null) {
            assert_eq!(key["entity"]["id"], key["value"]);
        }
        let keys: Vec<_> = keys
            .iter()
            .map(|key| key["value"].as_str().unwrap_or("-"))
            .collect();
        let members = &group["members"];
        format!(
            "{} {} {}..{}",
            keys.join(" "),
            group["count"],
            members["lower"].as_str().unwrap(),
            members["upper"].as_str().unwrap_or("")
        )
    };
    data["aggregate"].as_array().unwrap().iter().map(row).collect()
}

#[tokio::test]
async fn entities_are_counted_by_each_key() {
    let app = TestApp::with(projects()).await;
    let projects = "filter: { kinds: [PROJECT] }";
    for (keys, expected) in [
        ("", vec![" 3 46..47"]),
        ("KIND", vec!["PROJECT 3 46..47"]),
        ("TAG", vec!["cohort 2 46..46", "x 2 46..47", "y 1 1..1"]),
        ("STAGE", vec!["LANDED 1 1..1", "- 2 46..46"]),
        ("FAMILY", vec!["- 3 46..47"]),
        (
            "INDUSTRY",
            vec!["industry:i 1 1..1", "industry:j 1 1..1", "- 2 46..46"],
        ),
        ("REGION", vec!["region:r 1 1..1", "- 2 46..46"]),
        ("DATASET", vec!["d 3 46..47"]),
        (
            "STAGE, TAG",
            vec![
                "LANDED x 1 1..1",
                "LANDED y 1 1..1",
                "- cohort 2 46..46",
                "- x 1 46..46",
            ],
        ),
    ] {
        assert_eq!(
            groups(&app, &format!("groupBy: [{keys}], {projects}")).await,
            expected,
            "{keys}"
        );
    }
    assert_eq!(
        groups(
            &app,
            &format!("groupBy: [REGION], asOf: \"2023-01-01\", {projects}")
        )
        .await,
        ["- 3 46..47"]
    );
    assert_eq!(
        groups(&app, "groupBy: [KIND]").await,
        ["INDUSTRY 2 2..2", "PROJECT 3 46..47", "REGION 1 1..1"]
    );
    assert_eq!(
        groups(&app, "groupBy: [], filter: { ids: [] }").await,
        [" 0 0..0"]
    );
    assert_eq!(
        groups(&app, "groupBy: [KIND], filter: { ids: [] }").await,
        Vec::<String>::new()
    );
    assert_eq!(
        app.query("{ aggregate(groupBy: [KIND, KIND]) { count } }")
            .await
            .bad()
            .0,
        "BAD_USER_INPUT"
    );
}
