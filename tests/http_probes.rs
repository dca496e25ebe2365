//! What an attacker tries first, byte by byte over a raw socket: each probe with what must come back. A refusal has GraphQL's error
//! shape wherever the server has a word in it, no probe is taken for two requests, and none leaves the server worse than before.

use std::time::Duration;

use hukun::http::Config;
use reqwest::{Client, Method};
use serde_json::Value;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::support::{TestApp, graph};

const PATIENCE: Duration = Duration::from_secs(20);

async fn app() -> TestApp {
    let mut config = Config::default();
    // A body that never comes is given up soon.
    config.limits.request_ms_max = 3_000;
    config.limits.header_ms_max = 1_000;
    TestApp::with_config(graph().entities(["fund:a"]), config).await
}

/// All that comes back until the server closes.
async fn send(app: &TestApp, bytes: &[u8]) -> String {
    let mut stream = TcpStream::connect(app.url.strip_prefix("http://").unwrap())
        .await
        .unwrap();
    // The server may close before it has read all.
    let _ = stream.write_all(bytes).await;
    let mut all = Vec::new();
    let read = stream.read_to_end(&mut all);
    let _ = tokio::time::timeout(PATIENCE, read)
        .await
        .expect("the server closes");
    String::from_utf8_lossy(&all).into_owned()
}

/// The answers among what came back, each by its status, with the code of its error.
fn answers(text: &str) -> Vec<(u16, String)> {
    let mut found = Vec::new();
    for answer in text.split("HTTP/1.1 ").skip(1) {
        let status = answer[..3].parse().unwrap();
        let (head, body) = answer.split_once("\r\n\r\n").unwrap_or((answer, ""));
        assert!(
            status < 400 || head.contains("content-type: application/"),
            "a refusal has a type: {answer}"
        );
        let body: Value = serde_json::from_str(body.trim_start_matches(|c| c != '{')).unwrap_or_default();
        let code = body["errors"][0]["extensions"]["code"]
            .as_str()
            .unwrap_or_default();
        let told = body["errors"][0]["message"]
            .as_str()
            .is_some_and(|message| !message.is_empty());
        assert!(
            status < 400 || (told && !code.is_empty()),
            "a refusal says why: {answer}"
        );
        found.push((status, code.to_string()));
    }
    found
}

const BAD: &str = "BAD_USER_INPUT";
const LARGE: &str = "LIMIT_EXCEEDED";
const ASK: &str = r#"{"query":"{revision}"}"#;

/// A request to `/graphql` with headers of its own, and then a body.
fn post(headers: &str, body: &str) -> Vec<u8> {
    format!(
        "POST /graphql HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\n{headers}\r\n{body}"
    )
    .into_bytes()
}

fn get(head: &str) -> Vec<u8> {
    format!("{head}\r\nhost: localhost\r\nconnection: close\r\n\r\n").into_bytes()
}

/// What is sent under a name, and which statuses and codes may come back.
type Probe = (&'static str, Vec<u8>, &'static [(u16, &'static str)]);

#[tokio::test]
async fn each_probe_gets_what_it_must() {
    let app = app().await;
    let chunked = format!("{:x}\r\n{ASK}\r\n0\r\n\r\n", ASK.len());
    let hidden = "GET /sources HTTP/1.1\r\nhost: localhost\r\n\r\n";
    let long = "x".repeat(600_000);
    let many: String = (0..200).map(|n| format!("x-{n}: y\r\n")).collect();
    let probes: Vec<Probe> = vec![
        (
            "a question",
            post(
                &format!("connection: close\r\ncontent-length: {}\r\n", ASK.len()),
                ASK,
            ),
            &[(200, "")],
        ),
        (
            "a question in chunks",
            post("connection: close\r\ntransfer-encoding: chunked\r\n", &chunked),
            &[(200, "")],
        ),
        // Where two headers say where a body ends, a proxy may believe the other one.
        (
            "length and chunks",
            post(
                "content-length: 5\r\ntransfer-encoding: chunked\r\n",
                &format!("0\r\n\r\n{hidden}"),
            ),
            &[(400, BAD)],
        ),
        (
            "chunks and length",
            // Read as chunks and as the last of its connection, as RFC 9112 has it: what stands behind it is nobody's request.
            post(
                "transfer-encoding: chunked\r\ncontent-length: 5\r\n",
                &format!("{chunked}{hidden}"),
            ),
            &[(200, "")],
        ),
        (
            "two lengths",
            post("content-length: 5\r\ncontent-length: 22\r\n", ASK),
            &[(400, BAD)],
        ),
        (
            "lengths in one line",
            post("content-length: 5, 22\r\n", ASK),
            &[(400, BAD)],
        ),
        (
            "a length with a sign",
            post("content-length: +22\r\n", ASK),
            &[(400, BAD)],
        ),
        (
            "a negative length",
            post("content-length: -1\r\n", ASK),
            &[(400, BAD)],
        ),
        (
            "a length beyond all",
            post("content-length: 99999999999999999999999\r\n", ASK),
            &[(400, BAD)],
        ),
        (
            "an unknown coding",
            post("transfer-encoding: gzip\r\n", &chunked),
            &[(400, BAD)],
        ),
        (
            "chunks not last",
            post("transfer-encoding: chunked, gzip\r\n", &chunked),
            &[(400, BAD)],
        ),
        (
            "a chunk's size is none",
            post("transfer-encoding: chunked\r\n", "zz\r\n{}\r\n0\r\n\r\n"),
            &[(400, BAD)],
        ),
        (
            "a chunk's size is too large",
            post("transfer-encoding: chunked\r\n", "fffffffffffffffff\r\n{}"),
            &[(400, BAD)],
        ),
        (
            "a chunk without its end",
            post("transfer-encoding: chunked\r\n", "2\r\n{}XX0\r\n\r\n"),
            &[(400, BAD)],
        ),
        (
            "a body that never comes",
            post("content-length: 100\r\n", "{"),
            &[(504, "TIMEOUT")],
        ),
        (
            "a body larger than it may be",
            post("content-length: 9999999\r\nconnection: close\r\n", ASK),
            &[(413, LARGE)],
        ),
        (
            "a header with a space before its colon",
            get("GET /sources HTTP/1.1\r\nx-a : b"),
            &[(400, BAD)],
        ),
        (
            "a header that goes on in the next line",
            get("GET /sources HTTP/1.1\r\nx-a: b\r\n c"),
            &[(400, BAD)],
        ),
        (
            "a null byte in a header",
            get("GET /sources HTTP/1.1\r\nx-a: b\0c"),
            &[(400, BAD)],
        ),
        (
            "a null byte in the path",
            get("GET /sou\0rces HTTP/1.1"),
            &[(400, BAD)],
        ),
        (
            "a null byte, encoded",
            get("GET /sources/%00 HTTP/1.1"),
            &[(404, "NOT_FOUND")],
        ),
        (
            "a line feed, encoded",
            get("GET /sources/a%0d%0ax-b:%20c HTTP/1.1"),
            &[(404, "NOT_FOUND")],
        ),
        (
            "no UTF-8, encoded",
            get("GET /sources/%ff%fe HTTP/1.1"),
            &[(404, "NOT_FOUND")],
        ),
        (
            "a broken encoding",
            get("GET /sources/%zz HTTP/1.1"),
            &[(404, "NOT_FOUND")],
        ),
        (
            "a way up",
            get("GET /sources/../../../etc/passwd HTTP/1.1"),
            &[(404, "NOT_FOUND")],
        ),
        (
            "a way up, encoded",
            get("GET /sources/%2e%2e%2f%2e%2e%2fetc%2fpasswd HTTP/1.1"),
            &[(404, "NOT_FOUND")],
        ),
        (
            "a way up to a file of the pages",
            get("GET /assets/..%2findex.html HTTP/1.1"),
            &[(404, "NOT_FOUND")],
        ),
        (
            "another host as the target",
            get("GET http://evil.example/ HTTP/1.1"),
            &[(400, BAD)],
        ),
        (
            "a target that is an authority",
            get("CONNECT evil.example:443 HTTP/1.1"),
            &[(400, BAD)],
        ),
        (
            "the server as the target",
            get("GET http://localhost/health/live HTTP/1.1"),
            &[(200, "")],
        ),
        (
            "all of the server",
            get("OPTIONS * HTTP/1.1"),
            &[(404, "NOT_FOUND")],
        ),
        ("a trace", get("TRACE /graphql HTTP/1.1"), &[(405, BAD)]),
        ("a method of nobody", get("BREW /graphql HTTP/1.1"), &[(405, BAD)]),
        (
            "a method in small letters",
            get("get /sources HTTP/1.1"),
            &[(405, BAD)],
        ),
        ("a deletion", get("DELETE /sources HTTP/1.1"), &[(405, BAD)]),
        ("a form", get("PUT /export/questionnaire HTTP/1.1"), &[(405, BAD)]),
        (
            "no HTTP",
            b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n".to_vec(),
            &[(400, BAD)],
        ),
        ("a version of nobody", get("GET / HTTP/9.9"), &[(400, BAD)]),
        (
            "half of a line feed",
            b"GET /sources HTTP/1.1\nhost: localhost\n\n\0".to_vec(),
            &[(200, ""), (400, BAD)],
        ),
        (
            "a target near the 65,534 bytes that one may have",
            get(&format!("GET /sources?{} HTTP/1.1", &long[..65_000])),
            &[(200, "")],
        ),
        (
            "a header that fits into a head of 80 KiB",
            get(&format!("GET /sources HTTP/1.1\r\nx-a: {}", &long[..81_000])),
            &[(200, "")],
        ),
        (
            "a header that does not",
            get(&format!("GET /sources HTTP/1.1\r\nx-a: {}", &long[..200_000])),
            &[(431, LARGE)],
        ),
        (
            "a header of half a megabyte",
            get(&format!("GET /sources HTTP/1.1\r\nx-a: {long}")),
            &[(431, LARGE)],
        ),
        (
            "two hundred headers",
            get(&format!("GET /sources HTTP/1.1\r\n{many}x-z: y")),
            &[(431, LARGE)],
        ),
        (
            "a target of half a megabyte",
            get(&format!("GET /sources?{long} HTTP/1.1")),
            &[(431, LARGE)],
        ),
        (
            "a question that is not encoded",
            get("GET /graphql?query=%ff HTTP/1.1"),
            &[(200, BAD)],
        ),
        (
            "a question that is not there",
            get("GET /export/questionnaire?flow=%ff HTTP/1.1"),
            &[(400, BAD)],
        ),
        ("no WebSocket", get("GET /graphql/ws HTTP/1.1"), &[(426, BAD)]),
        (
            "a promise of a body",
            post(
                "expect: 200-maybe\r\ncontent-length: 22\r\nconnection: close\r\n",
                ASK,
            ),
            &[(200, "")],
        ),
    ];
    let mut wrong = Vec::new();
    for (name, bytes, expected) in probes {
        let text = send(&app, &bytes).await;
        let found = answers(&text);
        let found: Vec<(u16, &str)> = found
            .iter()
            .map(|(status, code)| (*status, code.as_str()))
            .collect();
        if found != expected {
            wrong.push(format!("{name}: {found:?} and not {expected:?}: {text}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    app.query("{ revision }").await.good();
}

/// Every kind of refusal that reaches a route, in each media type that a client may ask for.
#[tokio::test]
async fn every_refusal_is_graphqls_in_a_type_that_is_accepted() {
    let app = app().await;
    let client = Client::new();
    for (method, path, status) in [
        (Method::GET, "/nowhere", 404),
        (Method::GET, "/assets/none.js", 404),
        (Method::GET, "/sources/source:none", 404),
        (Method::POST, "/sources", 405),
        (Method::DELETE, "/", 405),
        (Method::POST, "/health/live", 405),
        (Method::POST, "/graphql", 415),
        (Method::PUT, "/graphql", 405),
        (Method::PUT, "/graphql/stream", 405),
        (Method::GET, "/graphql", 400),
        (Method::GET, "/graphql/stream", 400),
        (Method::GET, "/graphql/ws", 426),
        (Method::GET, "/export/questionnaire", 400),
        (Method::GET, "/export/questionnaire?flow=x", 400),
        (Method::GET, "/export/questionnaire?flow={}&flow={}", 400),
        (Method::GET, "/export/questionnaire?flow={}", 400),
    ] {
        for (accept, given) in [
            (
                "application/graphql-response+json",
                "application/graphql-response+json; charset=utf-8",
            ),
            ("application/json", "application/json; charset=utf-8"),
            (
                "application/graphql-response+json, text/event-stream",
                "application/graphql-response+json; charset=utf-8",
            ),
            ("*/*", "application/json; charset=utf-8"),
        ] {
            let stream_only = path == "/graphql/stream" && !accept.contains("event") && accept != "*/*";
            let request = client.request(method.clone(), format!("{}{path}", app.url));
            let response = request.header("accept", accept).send().await.unwrap();
            let what = format!("{method} {path} {accept}");
            let expected = if stream_only { 406 } else { status };
            assert_eq!(response.status().as_u16(), expected, "{what}");
            assert_eq!(response.headers()["content-type"], given, "{what}");
            if expected == 405 {
                assert!(response.headers().contains_key("allow"), "{what}");
            }
            assert_eq!(response.headers()["x-content-type-options"], "nosniff", "{what}");
            let body: Value = response.json().await.unwrap();
            let error = &body["errors"][0];
            assert!(
                error["message"].as_str().is_some_and(|text| !text.is_empty()),
                "{what}: {body}"
            );
            assert!(error["extensions"]["code"].is_string(), "{what}: {body}");
        }
    }
    // Who accepts neither is told in JSON all the same.
    let request = client
        .get(format!("{}/nowhere", app.url))
        .header("accept", "text/html");
    let response = request.send().await.unwrap();
    assert_eq!(
        response.headers()["content-type"],
        "application/json; charset=utf-8"
    );
    let request = client
        .post(format!("{}/graphql", app.url))
        .header("accept", "text/html");
    assert_eq!(request.send().await.unwrap().status(), 406);
}
