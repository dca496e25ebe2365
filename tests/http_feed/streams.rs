//! Server-sent events, as they go over the wire.

use std::time::{Duration, Instant};

use hukun::model::principal::Role;
use reqwest::{Client, Response};
use serde_json::{Value, json};
use tokio::time::timeout;

use super::server::{FOLLOW, cursors_after, fund, limited, newest, text};
use crate::support::graph::entity;
use crate::support::keys::key;
use crate::support::socket::PATIENCE;
use crate::support::{TestApp, graph};

/// A stream of events.
struct Events {
    response: Response,
    rest: String,
}

/// One event: its name, its id, its data.
#[derive(Debug, Default)]
struct Told {
    event: String,
    id: Option<String>,
    data: Option<Value>,
    comment: bool,
}

async fn open(app: &TestApp, body: Value, last: Option<&str>) -> Events {
    let mut request = Client::new()
        .post(format!("{}/graphql/stream", app.url))
        .json(&body);
    request = request.header("accept", "text/event-stream");
    if let Some(last) = last {
        request = request.header("last-event-id", last);
    }
    let response = request.send().await.unwrap();
    assert_eq!(response.status(), 200);
    assert_eq!(response.headers()["content-type"], "text/event-stream");
    assert_eq!(response.headers()["cache-control"], "no-store");
    Events {
        response,
        rest: String::new(),
    }
}

/// Whether one more stream would be opened. It is not kept.
async fn has_place(app: &TestApp) -> bool {
    let request = Client::new()
        .post(format!("{}/graphql/stream", app.url))
        .header("accept", "text/event-stream")
        .json(&json!({ "query": FOLLOW, "variables": { "since": newest(app).await } }));
    request.send().await.unwrap().status() == 200
}

impl Events {
    /// The next event, or comment; none at the end.
    async fn any(&mut self) -> Option<Told> {
        loop {
            if let Some((block, rest)) = self.rest.split_once("\n\n") {
                let told = read(block);
                self.rest = rest.to_string();
                return Some(told);
            }
            let chunk = timeout(PATIENCE, self.response.chunk()).await.unwrap().unwrap()?;
            self.rest.push_str(&String::from_utf8_lossy(&chunk));
        }
    }

    async fn next(&mut self) -> Told {
        loop {
            let told = self.any().await.expect("another event");
            if !told.comment {
                return told;
            }
        }
    }

    async fn change(&mut self) -> (String, Value) {
        let told = self.next().await;
        assert_eq!(told.event, "next", "{told:?}");
        (told.id.unwrap(), told.data.unwrap()["data"]["changes"].clone())
    }
}

fn read(block: &str) -> Told {
    let mut told = Told::default();
    for line in block.lines() {
        let (field, value) = line.split_once(':').unwrap_or((line, ""));
        let value = value.strip_prefix(' ').unwrap_or(value);
        match field {
            "" => told.comment = true,
            "event" => told.event = value.into(),
            "id" => told.id = Some(value.into()),
            "data" => told.data = Some(serde_json::from_str(value).unwrap_or(Value::Null)),
            other => panic!("{other}"),
        }
    }
    told
}

#[tokio::test]
async fn changes_come_as_events_whose_ids_are_their_cursors() {
    let app = TestApp::with(graph().entity("fund:a")).await;
    let since = newest(&app).await;
    let mut events = open(
        &app,
        json!({ "query": FOLLOW, "variables": { "since": since } }),
        None,
    )
    .await;
    let mut told = Vec::new();
    for n in 0..3 {
        app.add(fund(n)).await;
        for subject in ["d".to_string(), format!("fund:{n:05}")] {
            let (id, change) = events.change().await;
            assert_eq!(change["subjectId"], subject);
            assert_eq!(change["cursor"], id);
            told.push(id);
        }
    }
    drop(events);
    // A browser says by itself where it was, and what the document says is older.
    let mut again = open(
        &app,
        json!({ "query": FOLLOW, "variables": { "since": since } }),
        Some(&told[2]),
    )
    .await;
    for expected in &told[3..] {
        assert_eq!(again.change().await.0, *expected);
    }
    assert_eq!(told, cursors_after(&app, Some(&since)).await);
}

#[tokio::test]
async fn a_question_is_answered_and_complete() {
    let app = TestApp::with(graph()).await;
    let mut events = open(&app, json!({ "query": "{ revision }" }), None).await;
    let told = events.next().await;
    assert_eq!(
        (told.event.as_str(), &told.data.unwrap()["data"]["revision"]),
        ("next", &json!("0"))
    );
    let told = events.next().await;
    assert_eq!((told.event.as_str(), told.data.is_some()), ("complete", true));
    assert!(events.any().await.is_none());
    let mutation = "mutation%20%7B%20deleteRelations(ids:%20%5B%5D)%20%7B%20revision%20%7D%20%7D";
    let refused = reqwest::get(format!("{}/graphql/stream?query={mutation}", app.url)).await;
    assert_eq!(refused.unwrap().status(), 405);
    let by_get = format!("{}/graphql/stream?query=%7Brevision%7D", app.url);
    let body = reqwest::get(by_get).await.unwrap().text().await.unwrap();
    assert!(
        body.starts_with("event: next\ndata: {\"data\":{\"revision\":\"0\"}"),
        "{body}"
    );
    assert!(body.ends_with("event: complete\ndata: \n\n"), "{body:?}");
}

#[tokio::test]
async fn a_stream_at_rest_shows_that_it_is_there() {
    let app = limited(|limits| limits.ping_ms = 50.try_into().unwrap()).await;
    let mut events = open(&app, json!({ "query": FOLLOW }), None).await;
    for _ in 0..3 {
        assert!(events.any().await.unwrap().comment);
    }
}

#[tokio::test]
async fn what_is_refused_is_refused_by_a_status() {
    let app = TestApp::with(graph()).await;
    let url = format!("{}/graphql/stream", app.url);
    let post = |body: Value| Client::new().post(&url).json(&body);
    for (request, status, code) in [
        (post(json!({ "query": "{ nothing }" })), 400, "BAD_USER_INPUT"),
        (
            post(json!({ "query": "subscription { changes(since: \"x\") { cursor } }" })),
            400,
            "BAD_USER_INPUT",
        ),
        (post(json!({ "nothing": 1 })), 400, "BAD_USER_INPUT"),
        (
            post(json!({ "query": "{ revision }" })).header("accept", "application/json"),
            406,
            "BAD_USER_INPUT",
        ),
        (
            Client::new().post(&url).body("{ revision }"),
            415,
            "BAD_USER_INPUT",
        ),
        (Client::new().put(&url), 405, "BAD_USER_INPUT"),
        (
            post(json!({ "query": "{ revision }" })).bearer_auth("hk_nobody_has_this"),
            401,
            "UNAUTHENTICATED",
        ),
    ] {
        let response = request.send().await.unwrap();
        assert_eq!(response.status(), status);
        let told: Value = response.json().await.unwrap();
        assert_eq!(text(&told["errors"][0]["extensions"]["code"]), code, "{told}");
    }
}

#[tokio::test]
async fn a_key_that_is_good_no_more_ends_the_response_without_complete() {
    let app = limited(|limits| limits.ping_ms = 50.try_into().unwrap()).await;
    let issued = app.issue(key(Role::Reader)).await;
    let request = Client::new()
        .post(format!("{}/graphql/stream", app.url))
        .bearer_auth(issued.reveal())
        .json(&json!({ "query": FOLLOW }));
    let mut events = Events {
        response: request.send().await.unwrap(),
        rest: String::new(),
    };
    assert!(events.any().await.unwrap().comment);
    app.service.keys().revoke(&issued.key.id).await.unwrap();
    while let Some(told) = events.any().await {
        assert!(told.comment, "{told:?}");
    }
    let refused = Client::new()
        .post(format!("{}/graphql/stream", app.url))
        .bearer_auth(issued.reveal())
        .json(&json!({ "query": FOLLOW }));
    assert_eq!(refused.send().await.unwrap().status(), 401);
}

#[tokio::test]
async fn who_takes_no_events_is_let_go_and_goes_on_where_it_was() {
    let app = limited(|limits| {
        limits.send_ms_max = 300;
        limits.queue_max = 4.try_into().unwrap();
        limits.connections_each_max = 1;
    })
    .await;
    let since = newest(&app).await;
    let aliases: String = (0..100).map(|n| format!(" d{n}: description")).collect();
    let heavy = format!(
        "subscription($since: String) {{ changes(since: $since) {{ cursor node {{ ... on Entity {{{aliases} }} }} }} }}"
    );
    let mut slow = open(
        &app,
        json!({ "query": heavy, "variables": { "since": since } }),
        None,
    )
    .await;
    // Some 40 MB, which no buffer on the way holds.
    let many = (0..200).fold(graph(), |graph, n| {
        graph.entity(entity(&format!("fund:{n:05}")).described(&"x".repeat(2_000)))
    });
    app.add(many).await;
    // It is let go once another has its place. Whoever reads before is not slow.
    let began = Instant::now();
    while !has_place(&app).await {
        assert!(began.elapsed() < 4 * PATIENCE, "it is never let go");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    let mut told = Vec::new();
    while let Some(event) = slow.any().await {
        assert_ne!(event.event, "complete");
        told.extend(event.id);
    }
    let all = cursors_after(&app, Some(&since)).await;
    assert!(told.len() < all.len(), "it was not slow");
    let asked = json!({ "query": FOLLOW, "variables": { "since": since } });
    let mut again = open(&app, asked, told.last().map(String::as_str)).await;
    while told.len() < all.len() {
        told.push(again.change().await.0);
    }
    assert_eq!(told, all);
}
