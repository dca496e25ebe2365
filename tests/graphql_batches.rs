//! What a nested question costs: calls of the store that depend on its levels, never on how long its lists are.

use hukun::model::ontology::RelationKind::{ContributesTo, InIndustry, InvestsIn, LocatedIn};

use crate::support::graph::{Graph, cny, of, relation};
use crate::support::{TestApp, graph};

/// Funds that each invest in projects, which are in industries; everything lies somewhere.
fn funds(count: usize) -> Graph {
    (0..count).fold(graph(), |graph, n| {
        let (fund, project, industry) = (
            format!("fund:f{n:02}"),
            format!("project:p{n:02}"),
            format!("industry:i{}", n % 3),
        );
        graph
            .relation(
                InvestsIn,
                &fund,
                &project,
                relation()
                    .amount(cny(1).invested())
                    .under(&format!("program:g{}", n % 2)),
            )
            .relation(ContributesTo, "region:a", &fund, ())
            .relation(InIndustry, &project, &industry, relation().share("1"))
            .relation(LocatedIn, &fund, &format!("region:r{}", n % 4), ())
            .observation(&format!("o{n}"), &fund, "SIZE", &of(1, "COMPANY"), "2024")
    })
}

/// Every field that hangs below a list.
const NESTED: &str = r#"{ funds(first: 50) { totalCount nodes { id name degree region { name region { id } } regions(role: GOVERNED) { id }
    statements { quote source { title } } datasets { title }
    observations { totalCount nodes { indicator entity { name } statements { source { id } } } }
    relations(first: 5, filter: { kinds: [INVESTS_IN], toIds: ["project:p00", "project:p01"] }) { totalCount nodes { from { name } to { name } under { name family } statements { source { id } } datasets { id } } }
    related(direction: OUT, entities: { regionId: "region:r0" }) { nodes { id } }
    investments { totalCount edges { relation { id under { parties { nodes { id } } } } node { id name
        ... on Project { industries { edges { node { name statements { source { publisher } } } relation { share } } } } } } } } } }"#;

#[tokio::test]
async fn longer_lists_cost_no_more_calls() {
    let mut calls = Vec::new();
    for count in [1, 2, 40] {
        let app = TestApp::with(funds(count)).await;
        let reply = app.query(NESTED).await;
        calls.push(reply.store_calls());
        let data = reply.good();
        let nodes = data["funds"]["nodes"].as_array().unwrap();
        assert_eq!(nodes.len(), count);
        for node in nodes {
            assert_eq!(
                node["investments"]["edges"][0]["node"]["industries"]["edges"][0]["relation"]["share"], "1",
                "{node}"
            );
        }
    }
    assert_eq!(calls[1], calls[2], "{calls:?}");
    assert!(calls[0] <= calls[2] && calls[2] < 40, "{calls:?}");
}

#[tokio::test]
async fn each_level_costs_one_call() {
    let app = TestApp::with(funds(30)).await;
    let calls = async |query: &str| {
        let reply = app.query(query).await;
        let calls = reply.store_calls();
        reply.good();
        calls
    };
    assert_eq!(calls("{ funds { nodes { id name kind tags } } }").await, 1);
    assert_eq!(calls("{ funds { totalCount } }").await, 1);
    assert_eq!(
        calls("{ funds { nodes { investments { nodes { id } } } } }").await,
        3,
        "list, relations, their ends"
    );
    assert_eq!(
        calls("{ relations { nodes { from { name } to { name } } } }").await,
        2
    );
    assert_eq!(
        calls("{ funds { nodes { statements { source { title } } } } }").await,
        3
    );
    assert_eq!(
        calls("{ a: funds { nodes { region { name } } } b: funds { nodes { region { name } } } }").await,
        4,
        "two lists, then shared batches"
    );
    assert_eq!(
        calls("{ ontology { bases { basis } } __schema { queryType { name } } }").await,
        0
    );
}

#[tokio::test]
async fn one_answer_is_read_at_one_revision() {
    let app = TestApp::with(funds(2)).await;
    let reply = app
        .query("{ revision a: datasets { entityCount } b: entities { totalCount } }")
        .await;
    assert_eq!(
        reply.body["extensions"]["revision"],
        reply.body["data"]["revision"]
    );
    app.add(funds(3)).await;
    assert_eq!(app.query("{ revision }").await.good()["revision"], "2");
}
