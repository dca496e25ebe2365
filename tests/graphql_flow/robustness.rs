//! A flow asked again with less evidence.

use std::time::Instant;

use hukun::http::Config;
use hukun::model::id::SourceId;
use hukun::model::ontology::RelationKind::{ContributesTo, InIndustry, InvestsIn};
use hukun::model::statement::{Assertion, Reliability};
use hukun::service::Limits;
use hukun::service::write::StatementDraft;
use serde_json::{Value, json};

use super::{AMOUNT, amount, exactly, money, moves};
use crate::support::graph::{Graph, cny, relation, said, stated};
use crate::support::{TestApp, graph};

#[tokio::test]
async fn a_flow_is_asked_again_with_less_evidence() {
    let by = |graph: Graph, id: &str, assertion, reliability| {
        let supply = relation().id(id).amount(cny(10).paid_in());
        let supply = supply.evidence(said(assertion, reliability));
        graph.relation(ContributesTo, "region:sh", "fund:f", supply)
    };
    let one = by(graph(), "a", Assertion::Stated, Reliability::SelfReported);
    let app = TestApp::with(by(one, "b", Assertion::Implied, Reliability::Audited)).await;
    let question = format!(
        "{{ robustness(flow: {{ {} }}) {{ without holds lost pathCount {{ value }} total {{ {AMOUNT} }} truncatedBy }} }}",
        money("region:sh", "fund:f")
    );
    let rows = app.query(&question).await.good()["robustness"].clone();
    let row = |without: &str, holds: bool, lost: u8, total: Value| json!({ "without": without, "holds": holds, "lost": lost, "pathCount": null, "total": total, "truncatedBy": null });
    let expected = [
        // What is doubted may have been any amount; what was only implied is gone.
        row("SELF_REPORTED", false, 1, amount("10", None, None, "OUTER")),
        row("IMPLIED", false, 1, exactly("10")),
        row(
            rows[2]["without"].as_str().unwrap(),
            false,
            2,
            amount("0", None, None, "OUTER"),
        ),
    ];
    assert_eq!(rows, json!(expected));
    let both = question.replace(
        "robustness(",
        "robustness(trace: { from: { ids: [\"region:sh\"] }, to: { ids: [\"fund:f\"] } }, ",
    );
    let (code, message) = app.query(&both).await.bad();
    assert_eq!(code, "BAD_USER_INPUT");
    assert!(message.contains("exactly one of"), "{message}");
}

/// The total of an industry rests on who is in it as much as on the money.
#[tokio::test]
async fn a_share_that_is_gone_is_lost() {
    let share = relation().id("e").share("0.5");
    let share = share.evidence(said(Assertion::Implied, Reliability::Independent));
    let app = TestApp::with(
        moves(&["a region:sh fund:f 60", "b fund:f project:p 60"]).relation(
            InIndustry,
            "project:p",
            "industry:i",
            share,
        ),
    )
    .await;
    let question = format!(
        "{{ robustness(flow: {{ {} }}) {{ without holds lost total {{ {AMOUNT} }} }} }}",
        money("region:sh", "industry:i")
    );
    let rows = app.query(&question).await.good()["robustness"].clone();
    let row = |at: usize| ["without", "holds", "lost", "total"].map(|field| rows[at][field].clone());
    assert_eq!(
        row(0),
        [json!("SELF_REPORTED"), json!(true), json!(0), exactly("30")]
    );
    assert_eq!(row(1), [json!("IMPLIED"), json!(false), json!(1), exactly("0")]);
}

/// However many sources are left out in turn, all that is asked again has the time of one answer.
#[tokio::test]
async fn what_is_asked_again_takes_no_longer_together_than_one_answer_may() {
    let sources = (0..48).map(|n| SourceId::parse(&format!("source:s{n:02}")).unwrap());
    let mut full = graph();
    for (n, source) in sources.cycle().take(480).enumerate() {
        let statement = StatementDraft { source, ..stated() };
        let invests = relation().id(&format!("r{n:03}")).amount(cny(10).invested());
        let (from, to) = (
            format!("fund:f{:02}", n % 40),
            format!("fund:f{:02}", (n * 7 + 1) % 40),
        );
        full = full.relation(InvestsIn, &from, &to, invests.evidence(statement));
    }
    let all: Vec<String> = (0..40).map(|n| format!("\"fund:f{n:02}\"")).collect();
    let input = format!(
        r#"from: {{ ids: [{}] }}, to: {{ kinds: [FUND] }}, resource: CAPITAL, unit: "CNY""#,
        all.join(", ")
    );
    let again = format!("{{ robustness(flow: {{ {input} }}) {{ without truncatedBy }} }}");
    let cut = async |app: &TestApp| {
        let rows = app.query(&again).await.good()["robustness"].clone();
        let rows = rows.as_array().unwrap().clone();
        assert_eq!(rows.len(), 50);
        let cut = rows.iter().filter(|row| row["truncatedBy"] == "TIME_LIMIT");
        cut.count()
    };
    let app = TestApp::with(full.clone()).await;
    // What it takes beside reading the same.
    let took = async |question: &str| {
        app.query(question).await.good();
        let started = Instant::now();
        app.query(question).await.good();
        started.elapsed()
    };
    let reading = took(&format!("{{ flow(input: {{ {input} }}) {{ revision }} }}")).await;
    let all = took(&again).await.saturating_sub(reading);
    assert_eq!(cut(&app).await, 0);
    let limits = Limits {
        flow_ms_max: u64::try_from((all / 5).as_millis()).unwrap(),
        ..Limits::default()
    };
    let hurried = TestApp::with_limits(full, Config::default(), limits).await;
    let cut = cut(&hurried).await;
    assert!(
        cut > 10,
        "{cut} of 50, of which each alone takes far less than {:?}",
        all / 5
    );
}
