//! What a nested question costs: calls of the store that depend on its levels, never on how long its lists are.

use hukun::model::ontology::RelationKind::{ContributesTo, InIndustry, InvestsIn, LocatedIn, PartyTo};

use serde_json::json;

use crate::support::graph::{Graph, cny, of, relation};
use crate::support::{TestApp, graph, ids, texts};

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
        calls("{ programs { nodes { covers(first: 3) { nodes { id kind } } } } }").await,
        2,
        "list, relations under all of them"
    );
    assert_eq!(
        calls("{ programs { nodes { covers { totalCount nodes { id } } } } }").await,
        3
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

#[tokio::test]
async fn a_programme_covers_the_relations_that_fall_under_it() {
    let app = TestApp::with(
        funds(5)
            .relation(
                InvestsIn,
                "fund:f00",
                "project:p01",
                relation()
                    .id("both")
                    .amount(cny(7).committed())
                    .valid(Some("2020"), Some("2021"))
                    .under("program:g0")
                    .under("program:g1"),
            )
            .relation(PartyTo, "region:a", "program:g0", "not-under"),
    )
    .await;
    let covers = async |args: &str, at: &str| {
        let query = format!(
            "{{ programs{at} {{ nodes {{ id covers{args} {{ totalCount nodes {{ id kind under {{ id }} }}
                pageInfo {{ hasNextPage hasPreviousPage endCursor }} }} }} }} }}"
        );
        app.query(&query).await.good()["programs"]["nodes"].clone()
    };
    let all = covers("", "").await;
    assert_eq!(
        (&all[0]["covers"]["totalCount"], &all[1]["covers"]["totalCount"]),
        (&json!(4), &json!(3))
    );
    for program in all.as_array().unwrap() {
        let covered = ids(&program["covers"]);
        assert!(
            covered.contains(&"both".to_string()) && covered.is_sorted(),
            "{covered:?}"
        );
        for relation in program["covers"]["nodes"].as_array().unwrap() {
            assert!(texts(&relation["under"], "/id").contains(&program["id"].as_str().unwrap().to_string()));
        }
    }
    let pages = covers("(first: 2)", "").await;
    assert_eq!(ids(&pages[0]["covers"]), ids(&all[0]["covers"])[..2]);
    assert_eq!(pages[0]["covers"]["pageInfo"]["hasNextPage"], json!(true));
    // The cursor of one programme goes on in it, read alone, and means nothing in another.
    let after = pages[0]["covers"]["pageInfo"]["endCursor"].as_str().unwrap();
    let one = |id: &str| {
        format!(
            "{{ node(id: {id:?}) {{ ... on Program {{ covers(first: 9, after: {after:?}) {{ totalCount nodes {{ id }} pageInfo {{ hasPreviousPage }} }} }} }} }}"
        )
    };
    let rest = app.query(&one("program:g0")).await.good()["node"]["covers"].clone();
    assert_eq!(ids(&rest), ids(&all[0]["covers"])[2..]);
    assert_eq!(
        (&rest["totalCount"], &rest["pageInfo"]["hasPreviousPage"]),
        (&json!(4), &json!(true))
    );
    assert_eq!(app.query(&one("program:g1")).await.bad().0, "BAD_USER_INPUT");
    let committed = covers("(filter: { statuses: [PROMISED] })", "").await;
    assert_eq!(ids(&committed[0]["covers"]), ["both"]);
    let later = covers("", "(asOf: \"2023-01-01\")").await;
    assert_eq!(later[0]["covers"]["totalCount"], json!(3));
    let twice = "{ programs { nodes { covers(filter: { under: [\"program:g1\"] }) { totalCount } } } }";
    assert_eq!(app.query(twice).await.bad().0, "BAD_USER_INPUT");
}
