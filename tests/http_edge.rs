//! The edges of HTTP: sizes, time, crowds, methods, media types, pages.

use std::time::Duration;

use hukun::http::Config;
use hukun::model::ontology::RelationKind::InvestsIn;
use reqwest::{Client, Method, Response, StatusCode};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::support::graph::entity;
use crate::support::{TestApp, graph};

fn header<'a>(response: &'a Response, name: &str) -> &'a str {
    response
        .headers()
        .get(name)
        .map_or("", |value| value.to_str().unwrap())
}

async fn post(app: &TestApp, content_type: &str, body: &str) -> Response {
    let request = Client::new()
        .post(format!("{}/graphql", app.url))
        .header("content-type", content_type)
        .body(body.to_string());
    request.send().await.unwrap()
}

async fn code(response: Response) -> (StatusCode, String) {
    let status = response.status();
    let body: Value = response.json().await.unwrap();
    (
        status,
        body["errors"][0]["extensions"]["code"]
            .as_str()
            .unwrap_or_else(|| panic!("{body:#}"))
            .to_string(),
    )
}

#[tokio::test]
async fn only_json_may_ask_by_post() {
    let app = TestApp::with(graph()).await;
    let body = r#"{"query":"{ revision }"}"#;
    for content_type in [
        "text/plain",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        "application/json; charset=gbk",
        "application/graphql",
    ] {
        assert_eq!(
            code(post(&app, content_type, body).await).await,
            (StatusCode::UNSUPPORTED_MEDIA_TYPE, "BAD_USER_INPUT".into()),
            "{content_type}"
        );
    }
    assert_eq!(
        post(&app, "application/json", body).await.status(),
        StatusCode::OK
    );
    for wrong in [
        "",
        "{",
        "[]",
        "7",
        "null",
        r#"{"query":7}"#,
        r#"[{"query":"{ revision }"}]"#,
        r#"{"query":"{ revision }","variables":[1]}"#,
    ] {
        assert_eq!(
            code(post(&app, "application/json", wrong).await).await,
            (StatusCode::BAD_REQUEST, "BAD_USER_INPUT".into()),
            "{wrong}"
        );
    }
}

#[tokio::test]
async fn a_get_asks_and_changes_nothing() {
    let app = TestApp::with(graph()).await;
    let client = Client::new();
    let get = async |query: &str| {
        client
            .get(format!("{}/graphql{query}", app.url))
            .send()
            .await
            .unwrap()
    };
    let fine = get("?query=query%20A(%24f%3A%20Int)%20%7B%20entities(first%3A%20%24f)%20%7B%20totalCount%20%7D%20%7D&variables=%7B%22f%22%3A1%7D&operationName=A").await;
    assert_eq!(
        fine.json::<Value>().await.unwrap()["data"]["entities"]["totalCount"],
        0
    );
    let mutation = get("?query=mutation%20%7B%20__typename%20%7D").await;
    assert_eq!(header(&mutation, "allow"), "GET, HEAD, POST");
    assert_eq!(code(mutation).await.0, StatusCode::METHOD_NOT_ALLOWED);
    assert_eq!(code(get("").await).await.0, StatusCode::BAD_REQUEST);
    for method in [Method::PUT, Method::DELETE, Method::PATCH, Method::OPTIONS] {
        let response = client
            .request(method.clone(), format!("{}/graphql", app.url))
            .send()
            .await
            .unwrap();
        assert_eq!(response.status(), StatusCode::METHOD_NOT_ALLOWED, "{method}");
        assert_eq!(header(&response, "access-control-allow-origin"), "");
    }
}

#[tokio::test]
async fn an_answer_is_in_the_media_type_asked_for() {
    let app = TestApp::with(graph()).await;
    let ask = async |accept: &str, query: &str| {
        let request = Client::new()
            .post(format!("{}/graphql", app.url))
            .header("accept", accept)
            .json(&json!({ "query": query }));
        request.send().await.unwrap()
    };
    let response = ask("application/graphql-response+json", "{").await;
    assert_eq!(
        (response.status(), header(&response, "content-type")),
        (
            StatusCode::BAD_REQUEST,
            "application/graphql-response+json; charset=utf-8"
        )
    );
    let response = ask("application/json", "{").await;
    assert_eq!(
        (response.status(), header(&response, "content-type")),
        (StatusCode::OK, "application/json; charset=utf-8")
    );
    assert!(response.json::<Value>().await.unwrap().get("data").is_none());
    assert_eq!(
        code(ask("text/html", "{ revision }").await).await.0,
        StatusCode::NOT_ACCEPTABLE
    );
    let failed = ask(
        "application/graphql-response+json",
        "{ revision entities(first: -1) { totalCount } }",
    )
    .await;
    assert_eq!(failed.status(), StatusCode::OK);
    assert_eq!(failed.json::<Value>().await.unwrap()["data"], Value::Null);
}

#[tokio::test]
async fn a_body_has_a_limit_and_so_has_its_time() {
    let mut config = Config::default();
    config.limits.body_bytes_max = 1000;
    config.limits.request_ms_max = 50;
    let app = TestApp::with_config(graph(), config).await;
    let long = json!({ "query": "{ revision }", "variables": { "x": "长".repeat(1000) } }).to_string();
    assert_eq!(
        code(post(&app, "application/json", &long).await).await,
        (StatusCode::PAYLOAD_TOO_LARGE, "LIMIT_EXCEEDED".into())
    );
    // A client that never sends the rest.
    let mut stream = TcpStream::connect(app.url.strip_prefix("http://").unwrap())
        .await
        .unwrap();
    stream.write_all(b"POST /graphql HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ncontent-length: 100\r\n\r\n{").await.unwrap();
    let mut answer = vec![0; 4096];
    let length = tokio::time::timeout(Duration::from_secs(20), stream.read(&mut answer))
        .await
        .unwrap()
        .unwrap();
    let answer = String::from_utf8_lossy(&answer[..length]);
    assert!(
        answer.starts_with("HTTP/1.1 504") && answer.contains("TIMEOUT"),
        "{answer}"
    );
}

#[tokio::test]
async fn a_crowd_is_told_to_come_back() {
    let mut config = Config::default();
    config.limits.concurrent_max = 0;
    config.limits.queue_max = 0;
    let app = TestApp::with_config(graph(), config).await;
    let response = post(&app, "application/json", r#"{"query":"{ revision }"}"#).await;
    assert_eq!(header(&response, "retry-after"), "1");
    assert_eq!(
        code(response).await,
        (StatusCode::SERVICE_UNAVAILABLE, "LIMIT_EXCEEDED".into())
    );
    let live = Client::new()
        .get(format!("{}/health/live", app.url))
        .send()
        .await
        .unwrap();
    assert_eq!(
        live.status(),
        StatusCode::OK,
        "a busy server still says that it lives"
    );
}

#[tokio::test]
async fn health_tells_an_empty_store_from_a_ready_one() {
    let app = TestApp::with(graph()).await;
    let ready = async || {
        Client::new()
            .get(format!("{}/health/ready", app.url))
            .send()
            .await
            .unwrap()
    };
    assert_eq!(ready().await.status(), StatusCode::SERVICE_UNAVAILABLE);
    app.add(graph().relation(InvestsIn, "fund:f", "project:p", ()))
        .await;
    assert_eq!(
        ready().await.json::<Value>().await.unwrap(),
        json!({ "status": "ready", "revision": "1", "writes": "ready" })
    );
}

#[tokio::test]
async fn graphiql_stands_at_one_place_and_can_be_switched_off() {
    let app = TestApp::with(graph()).await;
    let client = Client::builder()
        .redirect(reqwest::redirect::Policy::none())
        .build()
        .unwrap();
    let slash = client.get(format!("{}/graphiql/", app.url)).send().await.unwrap();
    assert_eq!(
        (slash.status(), header(&slash, "location")),
        (StatusCode::PERMANENT_REDIRECT, "/graphiql")
    );
    let closed = TestApp::with_config(
        graph(),
        Config {
            graphiql: false,
            introspection: false,
            ..Config::default()
        },
    )
    .await;
    for path in ["/graphiql", "/graphiql/", "/schema.graphql"] {
        assert_eq!(
            client
                .get(format!("{}{path}", closed.url))
                .send()
                .await
                .unwrap()
                .status(),
            StatusCode::NOT_FOUND,
            "{path}"
        );
    }
}

#[tokio::test]
async fn what_is_not_there_says_what_is() {
    let app = TestApp::with(graph()).await;
    let get = async |path: &str| {
        Client::new()
            .get(format!("{}{path}", app.url))
            .send()
            .await
            .unwrap()
    };
    let nowhere = get("/nowhere").await;
    assert_eq!(
        (nowhere.status(), header(&nowhere, "x-content-type-options")),
        (StatusCode::NOT_FOUND, "nosniff")
    );
    let body: Value = nowhere.json().await.unwrap();
    assert_eq!(
        body["routes"],
        json!([
            "/",
            "/graphql",
            "/graphql/ws",
            "/graphql/stream",
            "/graphiql",
            "/schema.graphql",
            "/export/questionnaire",
            "/sources",
            "/health/live",
            "/health/ready"
        ])
    );
    assert_eq!(body["errors"][0]["extensions"]["code"], "NOT_FOUND");
    let home = get("/").await;
    assert!(header(&home, "content-security-policy").starts_with("default-src 'none'"));
    assert!(home.text().await.unwrap().contains("/graphiql"));
    assert_eq!(
        get("/schema.graphql").await.text().await.unwrap(),
        hukun::graphql::sdl()
    );
    let posted = Client::new()
        .post(format!("{}/health/live", app.url))
        .send()
        .await
        .unwrap();
    assert_eq!(posted.status(), StatusCode::METHOD_NOT_ALLOWED);
}

/// Sends a question whose last byte comes after a pause; the status, and whether the answer is compressed.
async fn paused(app: &TestApp, query: &str, pause: Duration) -> (u16, bool) {
    let body = json!({ "query": query }).to_string();
    let head = format!(
        "POST /graphql HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\naccept-encoding: gzip\r\n\
         content-type: application/json\r\naccept: application/graphql-response+json\r\ncontent-length: {}\r\n\r\n",
        body.len()
    );
    let (first, last) = body.split_at(body.len() - 1);
    let mut stream = TcpStream::connect(app.url.strip_prefix("http://").unwrap())
        .await
        .unwrap();
    stream
        .write_all(format!("{head}{first}").as_bytes())
        .await
        .unwrap();
    tokio::time::sleep(pause).await;
    let _ = stream.write_all(last.as_bytes()).await;
    let mut answer = Vec::new();
    // The server need not wait for the rest of a question that it has answered.
    let _ = stream.read_to_end(&mut answer).await;
    let end = answer.windows(4).position(|part| part == b"\r\n\r\n").unwrap();
    let head = String::from_utf8_lossy(&answer[..end]).to_lowercase();
    (
        head[9..12].parse().unwrap(),
        head.contains("content-encoding: gzip"),
    )
}

#[tokio::test(flavor = "multi_thread")]
async fn compressing_an_answer_counts_towards_the_time_of_its_request() {
    const LIMIT_MS: u64 = 3_000;
    // An answer of ten megabytes, which is compressed more slowly than it is made.
    let mut state = 1_u64;
    let mut digit = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        char::from(b'a' + u8::try_from(state >> 60).unwrap())
    };
    let long = (0..100).fold(graph(), |graph, n| {
        let text: String = (0..10_000).map(|_| digit()).collect();
        graph.entity(entity(&format!("company:c{n:03}")).described(&text))
    });
    let mut config = Config::default();
    config.limits.request_ms_max = LIMIT_MS;
    let app = TestApp::with_config(long, config).await;
    let again: String = (0..10).map(|n| format!(" d{n}: description")).collect();
    let query = format!("{{ companies(first: 100) {{ nodes {{{again} }} }} }}");
    // Looks for the pause after which the answer is made in time, and compressed in more.
    let (mut soon, mut late) = (0, LIMIT_MS);
    while late - soon > 5 {
        let pause = soon.midpoint(late);
        match paused(&app, &query, Duration::from_millis(pause)).await {
            (200, false) => return,
            (200, true) => soon = pause,
            (504, _) => late = pause,
            (status, _) => panic!("{status} after a pause of {pause} ms"),
        }
    }
    panic!("an answer was compressed after its time, with a pause of {soon} ms");
}
