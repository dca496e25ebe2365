//! What is refused, and what stops at a limit.

use hukun::http::Config;
use hukun::service::Limits;
use serde_json::{Value, json};

use super::{AMOUNT, amount, asking, fixture, flow_of, money, moves, two_projects};
use crate::support::TestApp;
use crate::support::graph::{Graph, entity};

#[tokio::test]
async fn what_makes_no_sense_is_refused_with_what_to_do() {
    let app = TestApp::with(fixture().entity(entity("company:c"))).await;
    for (input, code, words) in [
        (money("region:none", "project:p"), "NOT_FOUND", "no entity `region:none`"),
        (
            r#"from: {}, to: { ids: ["project:p"] }, resource: CAPITAL, unit: "CNY""#.into(),
            "BAD_USER_INPUT",
            "`from` is an empty selector",
        ),
        (
            r#"from: { ids: ["region:sh"] }, to: { ids: ["project:p", "industry:i"] }, resource: CAPITAL, unit: "CNY""#.into(),
            "BAD_USER_INPUT",
            "Industries and other entities",
        ),
        (
            r#"from: { ids: ["region:sh"] }, to: { ids: ["project:p"] }, resource: CAPITAL, unit: "yuan""#.into(),
            "BAD_USER_INPUT",
            "unit: `yuan` is not a valid unit",
        ),
    ] {
        let (found, message) = app.query(&asking(&input, "total { min }")).await.bad();
        assert_eq!(found, code, "{message}");
        assert!(message.contains(words), "{message}");
    }
}

async fn with_little(graph: Graph, flow_work_max: u64, flow_relations_max: usize) -> TestApp {
    let limits = Limits {
        flow_work_max,
        flow_relations_max,
        ..Limits::default()
    };
    TestApp::with_limits(graph, Config::default(), limits).await
}

#[tokio::test]
async fn what_stops_at_a_limit_says_so_and_what_it_says_is_true() {
    let app = with_little(two_projects(), 3, 100).await;
    let fields = format!(
        "total {{ {AMOUNT} }} byTarget {{ entity {{ id }} }} sankey {{ links {{ amount }} }} truncatedBy"
    );
    let flow = flow_of(&app, &money("region:sh", "project:p"), &fields).await;
    assert_eq!(flow["truncatedBy"], "WORK_LIMIT");
    // No more than was put in, and than is kept.
    assert_eq!(flow["total"], amount("0", None, Some("50"), "OUTER"));
    assert_eq!(flow["sankey"]["links"], json!([]));
    let app = with_little(two_projects(), 1_000_000, 3).await;
    let question = asking(&money("region:sh", "project:p"), "total { min }");
    let (code, message) = app.query(&question).await.bad();
    assert_eq!(code, "LIMIT_EXCEEDED");
    assert!(
        message.contains("relations on which a flow depends: 4, at most 3"),
        "{message}"
    );
}

/// Three cities, a fund and twenty projects: to list who supplies whom takes little work, and to bound each of the sixty pairs much.
#[tokio::test]
async fn a_page_whose_bounds_are_loose_says_so() {
    let supplies = (0..3).map(|n| format!("a{n} region:r{n} fund:f 100"));
    let invests = (0..20).map(|n| format!("c{n:02} fund:f project:p{n:02} 15"));
    let lines: Vec<String> = supplies.chain(invests).collect();
    let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
    let app = with_little(moves(&lines), 2_000, 100).await;
    let input = r#"from: { kinds: [REGION] }, to: { kinds: [PROJECT] }, resource: CAPITAL, unit: "CNY""#;
    let page = |first: u8| {
        format!(
            "truncatedBy attributions(first: {first}) {{ totalCount nodes {{ amount {{ truncatedBy }} }} }}"
        )
    };
    let few = flow_of(&app, input, &page(2)).await;
    assert_eq!(
        (&few["truncatedBy"], &few["attributions"]["totalCount"]),
        (&Value::Null, &json!(60))
    );
    let all = flow_of(&app, input, &page(60)).await;
    let last = &all["attributions"]["nodes"][59]["amount"];
    assert_eq!(
        (&all["truncatedBy"], &last["truncatedBy"]),
        (&json!("WORK_LIMIT"), &json!("WORK_LIMIT"))
    );
    let rows = flow_of(&app, input, "total { truncatedBy }").await;
    assert_eq!(rows["total"]["truncatedBy"], Value::Null);
}
