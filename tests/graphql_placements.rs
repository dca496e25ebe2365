//! What places the ends of a path in the regions asked for, over HTTP.

use hukun::model::ontology::RelationKind::{
    self, ContributesTo, GovernedBy, HostedAt, InIndustry, InvestsIn, LocatedIn, Originates, PartOf,
};
use hukun::model::statement::{Assertion, Reliability};
use serde_json::{Value, json};

use crate::support::graph::{Graph, Relation, relation, said};
use crate::support::{TestApp, graph};

const ASKED: &str =
    r#"from: { regionId: "region:city" }, to: { kinds: [INDUSTRY], regionId: "region:town" }"#;

fn implied(id: &str) -> Relation {
    relation()
        .id(id)
        .evidence(said(Assertion::Implied, Reliability::Independent))
}

/// Money of an organization in the city reaches an industry by a company in the town; all that is walked is stated.
fn chain() -> Graph {
    graph()
        .relation(ContributesTo, "organization:o", "fund:f", "c")
        .relation(InvestsIn, "fund:f", "company:k", "i")
        .relation(InIndustry, "company:k", "industry:z", "n")
}

/// The weakest fact of each path, and what places it.
async fn placed(graph: Graph, asked: &str) -> Vec<(Value, Vec<String>)> {
    let app = TestApp::with(graph).await;
    let question = format!(
        "{{ trace(input: {{ {asked} }}) {{ paths {{ nodes {{ weakest placements {{ id }} }} }} }} }}"
    );
    let data = app.query(&question).await.good();
    let paths = data["trace"]["paths"]["nodes"].as_array().unwrap();
    let ids = |path: &Value| crate::support::texts(&path["placements"], "/id");
    paths
        .iter()
        .map(|path| (path["weakest"].clone(), ids(path)))
        .collect()
}

async fn one(graph: Graph, asked: &str) -> (Value, Vec<String>) {
    let mut paths = placed(graph, asked).await;
    assert_eq!(paths.len(), 1);
    paths.remove(0)
}

#[tokio::test]
async fn the_place_of_either_end_is_a_fact_the_path_rests_on() {
    let located = |from: Relation, to: Relation| {
        chain()
            .relation(LocatedIn, "organization:o", "region:city", from)
            .relation(LocatedIn, "company:k", "region:town", to)
    };
    let ids = ["l-from", "l-to"].map(String::from).to_vec();
    let stated = |id: &str| relation().id(id);
    for (graph, weakest) in [
        (located(stated("l-from"), stated("l-to")), "STATED"),
        (located(implied("l-from"), stated("l-to")), "IMPLIED"),
        (located(stated("l-from"), implied("l-to")), "IMPLIED"),
    ] {
        assert_eq!(one(graph, ASKED).await, (json!(weakest), ids.clone()));
    }
    // Where no region is asked for, no place is a fact of the path.
    let by_id = r#"from: { ids: ["organization:o"] }, to: { ids: ["industry:z"] }"#;
    let graph = located(implied("l-from"), implied("l-to"));
    assert_eq!(one(graph, by_id).await, (json!("STATED"), vec![]));
}

#[tokio::test]
async fn the_strongest_way_up_to_the_region_counts() {
    let from = |graph: Graph| graph.relation(LocatedIn, "organization:o", "region:city", "l");
    // Hosted at a park of a district of the town: the district is a part of it by inference.
    let hosted = from(chain())
        .relation(HostedAt, "company:k", "park:p", "h")
        .relation(LocatedIn, "park:p", "region:district", "l2")
        .relation(PartOf, "region:district", "region:town", implied("p"));
    let ids = ["l", "h", "l2", "p"].map(String::from).to_vec();
    assert_eq!(one(hosted.clone(), ASKED).await, (json!("IMPLIED"), ids));
    // A host counts only where there is no place of its own.
    let own = hosted.relation(LocatedIn, "company:k", "region:town", implied("own"));
    let ids = ["l", "own"].map(String::from).to_vec();
    assert_eq!(one(own, ASKED).await, (json!("IMPLIED"), ids));
    // Two places: the one that is stated, though it is the longer way.
    let two = from(chain())
        .relation(LocatedIn, "company:k", "region:town", implied("a"))
        .relation(LocatedIn, "company:k", "region:district", "b")
        .relation(PartOf, "region:district", "region:town", "c2");
    let ids = ["l", "b", "c2"].map(String::from).to_vec();
    assert_eq!(one(two, ASKED).await, (json!("STATED"), ids));
}

#[tokio::test]
async fn a_place_is_of_the_sense_that_was_asked_for() {
    let graph = chain()
        .relation(GovernedBy, "organization:o", "region:city", implied("g"))
        .relation(Originates, "park:p", "company:k", implied("o"))
        .relation(LocatedIn, "park:p", "region:town", "l");
    let asked = r#"from: { regionId: "region:city", regionRole: GOVERNED },
        to: { kinds: [COMPANY], regionId: "region:town", regionRole: ORIGIN }"#;
    let ids = ["g", "o", "l"].map(String::from).to_vec();
    assert_eq!(one(graph, asked).await, (json!("IMPLIED"), ids));
}

#[tokio::test]
async fn a_waypoint_is_placed_too() {
    let graph = chain()
        .relation(LocatedIn, "fund:f", "region:town", implied("w"))
        .relation(LocatedIn, "organization:o", "region:city", "l");
    let asked = r#"from: { regionId: "region:city" }, to: { ids: ["company:k"] }, through: [{ regionId: "region:town" }]"#;
    let ids = ["l", "w"].map(String::from).to_vec();
    assert_eq!(one(graph, asked).await, (json!("IMPLIED"), ids));
}

#[tokio::test]
async fn without_the_evidence_of_a_place_no_path_remains() {
    let robustness = async |kind: RelationKind, place: Relation| {
        let graph = chain()
            .relation(LocatedIn, "organization:o", "region:city", "l")
            .relation(kind, "company:k", "region:town", place);
        let app = TestApp::with(graph).await;
        let question = format!("{{ robustness(trace: {{ {ASKED} }}) {{ without holds lost }} }}");
        let rows = app.query(&question).await.good()["robustness"].clone();
        let row = rows
            .as_array()
            .unwrap()
            .iter()
            .find(|row| row["without"] == "IMPLIED");
        row.unwrap().clone()
    };
    let lost = json!({ "without": "IMPLIED", "holds": false, "lost": 3 });
    assert_eq!(robustness(LocatedIn, implied("p")).await, lost);
    let kept = json!({ "without": "IMPLIED", "holds": true, "lost": 0 });
    assert_eq!(robustness(LocatedIn, relation().id("p")).await, kept);
}

#[tokio::test]
async fn a_page_of_paths_is_placed_at_once() {
    let calls = async |count: usize| {
        let graph = (0..count).fold(graph(), |graph, n| {
            let (o, k) = (format!("organization:o{n}"), format!("company:k{n}"));
            graph
                .relation(ContributesTo, &o, "fund:f", format!("c{n}").as_str())
                .relation(InvestsIn, "fund:f", &k, format!("i{n}").as_str())
                .relation(LocatedIn, &o, "region:city", format!("a{n}").as_str())
                .relation(LocatedIn, &k, "region:town", format!("b{n}").as_str())
        });
        let app = TestApp::with(graph).await;
        let asked = r#"from: { regionId: "region:city" }, to: { kinds: [COMPANY], regionId: "region:town" }"#;
        let question = format!(
            "{{ trace(input: {{ {asked} }}) {{ paths {{ nodes {{ weakest placements {{ id }} }} }} }} }}"
        );
        let reply = app.query(&question).await;
        let calls = reply.store_calls();
        let paths = reply.good()["trace"]["paths"]["nodes"].as_array().unwrap().len();
        assert_eq!(paths, count * count);
        calls
    };
    assert_eq!(calls(2).await, calls(7).await);
}
