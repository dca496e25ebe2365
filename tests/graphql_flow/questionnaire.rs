//! What is missing, as a list to send to those who may know.

use hukun::http::Config;
use hukun::model::ontology::RelationKind::CarriedBy;

use super::moves;
use crate::support::TestApp;
use crate::support::graph::{Graph, entity, relation};

const FLOW: &str =
    r#"{"from":{"ids":["region:sh"]},"to":{"ids":["project:p"]},"resource":"CAPITAL","unit":"CNY"}"#;

/// Nobody says how much the neighbour, of that name, gave.
fn unknown_of(name: &str) -> Graph {
    moves(&[
        "a region:sh fund:f 60",
        "b region:ks fund:f ?",
        "c fund:f project:p 50",
    ])
    .entity(entity("region:ks").named(name))
}

/// The status, the media type and the text.
async fn questionnaire(app: &TestApp, flow: &str, lang: &str) -> (u16, String, String) {
    let url = reqwest::Url::parse_with_params(
        &format!("{}/export/questionnaire", app.url),
        [("flow", flow), ("lang", lang)],
    );
    let response = reqwest::get(url.unwrap()).await.unwrap();
    let kind = response.headers()["content-type"].to_str().unwrap().to_string();
    (response.status().as_u16(), kind, response.text().await.unwrap())
}

#[tokio::test]
async fn what_is_missing_can_be_sent_to_those_who_may_know() {
    let app = TestApp::with(unknown_of("昆山, \"市\"")).await;
    let (status, kind, text) = questionnaire(&app, FLOW, "zh").await;
    assert_eq!((status, &*kind), (200, "text/csv; charset=utf-8"));
    // Between 0 and 50 of the 50; if nothing came from the neighbour, all 50 did.
    assert_eq!(
        text,
        "\u{feff}序号,问题,问谁,现在不知道的,最多能把总量的区间缩小,单位,答复,关系\n\
         1,\"「昆山, \"\"市\"\"」给予「fund:f zh」的确切数额是多少（元）？\",\"昆山, \"\"市\"\"；fund:f zh\",\"「昆山, \"\"市\"\"」出资「fund:f zh」：数额未说明\",50,元,,b\n"
    );
    let (_, _, text) = questionnaire(&app, FLOW, "en").await;
    assert!(text.contains("Exactly how much did"), "{text}");
}

/// A split that nobody states, and a conduit that nobody named, are asked for in both languages.
#[tokio::test]
async fn what_is_asked_of_splits_and_conduits_can_be_sent() {
    let carried = |graph: Graph, company: &str| {
        let id = company.replace("company:", "carried-");
        graph.relation(CarriedBy, "project:p", company, relation().id(&id))
    };
    let app = TestApp::with(carried(
        carried(moves(&["c fund:f project:p 50"]), "company:c"),
        "company:d",
    ))
    .await;
    let flow = |from: &str| {
        format!(r#"{{"from":{from},"to":{{"ids":["company:c"]}},"resource":"CAPITAL","unit":"CNY"}}"#)
    };
    let (_, _, text) = questionnaire(&app, &flow(r#"{"ids":["fund:f"]}"#), "zh").await;
    assert!(
        text.contains(
            "「project:p zh」所得在承载单位之间如何划分：「company:c zh」得多少（份额 0 到 1，或数额，元）？"
        ),
        "{text}"
    );
    assert!(text.contains(",50,元,,carried-c\n"), "{text}");
    let (_, _, text) = questionnaire(&app, &flow(r#"{"kinds":["FUND"]}"#), "zh").await;
    assert!(
        text.contains(
            "1,「fund:f zh」给出的（元）从何而来？若要当作它自己的，请在 from 中按编号指名。,fund:f zh,"
        ),
        "{text}"
    );
    assert!(text.contains(",,元,,fund:f\n"), "{text}");
    let (_, _, text) = questionnaire(&app, &flow(r#"{"kinds":["FUND"]}"#), "en").await;
    assert!(
        text.contains("Where does what fund:f en gives come from (CNY)?"),
        "{text}"
    );
}

/// Names come from whoever wrote the record, and the list is opened elsewhere.
#[tokio::test]
async fn no_cell_is_a_formula() {
    for name in ["=1+1", "+1", "-1", "@x"] {
        let app = TestApp::with(unknown_of(name)).await;
        let (_, _, text) = questionnaire(&app, FLOW, "zh").await;
        let mut reader = csv::Reader::from_reader(text.as_bytes());
        let row = reader.records().next().unwrap().unwrap();
        assert_eq!(row[2], format!("'{name}；fund:f zh"));
        let mut cells = row.iter();
        assert!(
            cells.all(|cell| !cell.starts_with(['=', '+', '-', '@', '\t', '\r'])),
            "{row:?}"
        );
    }
}

#[tokio::test]
async fn what_is_refused_has_a_status_that_says_so() {
    let app = TestApp::with(unknown_of("昆山")).await;
    for (flow, lang, status, words) in [
        ("{", "zh", 400, "`flow` is not valid JSON"),
        (FLOW, "fr", 400, "`lang` is `fr` (expected zh or en)"),
        (r#"{"from":{}}"#, "zh", 400, "the field `to` is missing"),
        (
            &FLOW.replace("region:sh", "region:none"),
            "zh",
            404,
            "no entity `region:none`",
        ),
    ] {
        let (found, _, text) = questionnaire(&app, flow, lang).await;
        assert_eq!(found, status, "{text}");
        assert!(text.contains(words), "{text}");
    }
    let mut config = Config::default();
    config.limits.document.cost_max = 10;
    let app = TestApp::with_config(unknown_of("昆山"), config).await;
    let (found, kind, text) = questionnaire(&app, FLOW, "zh").await;
    assert_eq!(
        (found, &*kind),
        (400, "application/json; charset=utf-8"),
        "{text}"
    );
    assert!(text.contains("LIMIT_EXCEEDED"), "{text}");
}
