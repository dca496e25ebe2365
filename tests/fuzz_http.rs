//! A real server that is sent what no client sends: documents, cursors, bodies, heads, frames and messages that are broken in every
//! way. It never panics, answers every request that is one, keeps its memory, and serves the next.

use std::fmt::Write as _;
use std::fs;
use std::time::Duration;

use reqwest::Client;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::support::fuzz::{mutated, mutated_texts, samples};
use crate::support::server::OwnServer;
use crate::support::socket::Socket;

/// Memory that a server may have gained from all of it. What it keeps of one request is far less, what a leak of each would be far
/// more.
const GAIN_MAX_KIB: u64 = 200 * 1024;

const WORDS: &[&str] = &[
    "{",
    "}",
    "(",
    ")",
    "[",
    "]",
    "\"",
    "\"\"\"",
    "\\",
    "\\u",
    "\\u{110000}",
    "$",
    "@",
    "@skip(if: true)",
    "...",
    "... on Entity",
    "#",
    "!",
    "|",
    "=",
    ":",
    "&",
    "null",
    "true",
    "-0",
    "1e400",
    "9223372036854775808",
    "__typename",
    "__schema { types { name } }",
    "fragment a on Query { ...a }",
    "query",
    "mutation",
    "subscription",
    "on",
    "input",
    "first: 1000",
    "after: \"\"",
    "\u{0}",
    "\u{feff}",
    "\u{202e}",
    "\u{d7ff}",
    "\n",
    "\r",
];

fn questions() -> Vec<String> {
    let directory = format!("{}/seed/queries", env!("CARGO_MANIFEST_DIR"));
    let mut found: Vec<String> = fs::read_dir(directory)
        .unwrap()
        .map(|entry| fs::read_to_string(entry.unwrap().path()).unwrap())
        .collect();
    found.sort();
    found.extend(
        [
            "{ entities(first: 3, filter: { kinds: [FUND], not: { tags: [\"x\"] } }) { nodes { id names { value lang } } pageInfo { endCursor } } }",
            "query Q($id: ID! = \"fund:angel\") { node(id: $id) { __typename ... on Fund { id related(first: 2) { nodes { id } } } } }",
            "mutation { upsertSources(input: [{ id: \"source:z\", title: \"\"\"T \\\"\"\" \"\"\" }]) { created } }",
            "subscription { changes { action subjectId cursor } }",
            "fragment f on Entity { id } { a: node(id: \"fund:angel\") { ...f @include(if: true) } b: revision }",
        ]
        .map(String::from),
    );
    found
}

/// That a server is as well as before: it answers, has not panicked, found no fault of its own, and has no more memory than it may.
async fn is_well(server: &OwnServer, before: u64) {
    let (status, body) = server.ready("").await;
    assert_eq!(status, 200, "{body}");
    let answer = server.ask("{ revision }", json!({})).await;
    assert!(answer["data"]["revision"].is_string(), "{answer}");
    let log = server.log();
    for word in ["panicked", "internal error"] {
        assert!(!log.contains(word), "{log}");
    }
    let now = memory(server);
    assert!(now < before + GAIN_MAX_KIB, "{before} KiB before, {now} after");
}

/// How much memory a server has, in KiB.
fn memory(server: &OwnServer) -> u64 {
    let status = fs::read_to_string(format!("/proc/{}/status", server.pid)).unwrap();
    let line = status.lines().find(|line| line.starts_with("VmRSS:")).unwrap();
    line.split_whitespace().nth(1).unwrap().parse().unwrap()
}

/// Sends a body that may be no question, and looks at the answer, which must be one.
async fn answered(client: &Client, url: &str, body: Vec<u8>, what: &str) {
    let sent = client
        .post(format!("{url}/graphql"))
        .header("content-type", "application/json")
        .body(body)
        .send();
    let answer = tokio::time::timeout(Duration::from_mins(1), sent).await;
    let answer = answer.unwrap_or_else(|_| panic!("no answer to {what}")).unwrap();
    let status = answer.status().as_u16();
    let body: Value = answer
        .json()
        .await
        .unwrap_or_else(|error| panic!("{error} of {what}"));
    assert!(status < 500, "{status} {body} of {what}");
    assert!(
        body["data"].is_object() || body["errors"].is_array(),
        "{body} of {what}"
    );
    let errors = body["errors"].as_array().cloned().unwrap_or_default();
    for error in errors {
        assert_ne!(error["extensions"]["code"], "INTERNAL", "{error} of {what}");
    }
}

#[tokio::test]
async fn documents_variables_and_bodies_are_answered_or_refused() {
    let server = OwnServer::start();
    let (client, before) = (Client::new(), memory(&server));
    for document in samples(&mutated_texts(questions(), WORDS), 300) {
        let body = json!({ "query": document }).to_string().into_bytes();
        answered(&client, &server.url, body, &document).await;
    }
    let bodies = questions().into_iter().map(|query| {
        json!({ "query": query, "operationName": "Q", "variables": { "id": "fund:angel", "n": 3, "f": [null, 1.5, "é"] }, "extensions": {} })
            .to_string()
    });
    for body in samples(&mutated(bodies.map(String::into_bytes).collect(), WORDS), 200) {
        let what = String::from_utf8_lossy(&body).into_owned();
        answered(&client, &server.url, body, &what).await;
    }
    is_well(&server, before).await;
}

#[tokio::test]
async fn cursors_ids_dates_quantities_and_selectors_are_answered_or_refused() {
    let server = OwnServer::start();
    let (client, before) = (Client::new(), memory(&server));
    let first = server
        .ask(
            "{ entities(first: 2) { pageInfo { endCursor } } changes(first: 2) { pageInfo { endCursor } } }",
            json!({}),
        )
        .await;
    let cursor = |list: &str| {
        first["data"][list]["pageInfo"]["endCursor"]
            .as_str()
            .unwrap()
            .to_string()
    };
    let corpus = [
        cursor("entities"),
        cursor("changes"),
        "fund:angel".into(),
        "2024-02".into(),
        "2023/2024-06".into(),
        "12.5".into(),
        ">50".into(),
        "CNY".into(),
    ];
    let questions = [
        "query($x: String) { entities(first: 2, after: $x) { nodes { id } } }",
        "query($x: String) { changes(first: 2, after: $x) { nodes { action } } }",
        "query($x: String) { relations(first: 2, before: $x, last: 2) { nodes { id } } }",
        "query($x: ID!) { node(id: $x) { id } }",
        "query($x: PartialDate) { entities(first: 2, at: { date: $x }) { nodes { id } } }",
        "query($x: String!) { search(query: $x) { edges { node { id } } } }",
        "query($x: ID!) { neighborhood(ids: [$x], depth: 1) { entities { id } } }",
        "query($x: ID!) { trace(from: { regions: [$x] }, to: { ids: [$x] }) { pathCount { atLeast } } }",
        "mutation($x: Decimal) { upsertEntities(input: [{ id: \"fund:n\", kind: FUND, size: { value: $x, unit: \"CNY\" } }]) { created } }",
    ];
    for (text, question) in samples(&(mutated_texts(corpus, WORDS), 0..questions.len()), 400) {
        let body = json!({ "query": questions[question], "variables": { "x": text } });
        answered(
            &client,
            &server.url,
            body.to_string().into_bytes(),
            &body.to_string(),
        )
        .await;
    }
    is_well(&server, before).await;
}

/// How long is listened for an answer that may not come.
const SHORT: Duration = Duration::from_millis(40);
/// How long for one that must.
const LONG: Duration = Duration::from_secs(30);

/// Sends bytes to a server, and reads what it says: for so long, or until it has said a word.
async fn exchange(url: &str, bytes: &[u8], patience: Duration, word: &str) -> String {
    let address = url.strip_prefix("http://").unwrap();
    let mut stream = TcpStream::connect(address).await.unwrap();
    // It may close in the middle.
    let _ = stream.write_all(bytes).await;
    let mut said = Vec::new();
    let read = async {
        while !String::from_utf8_lossy(&said).contains(word) {
            if stream.read_buf(&mut said).await.is_ok_and(|read| read > 0) {
                continue;
            }
            break;
        }
    };
    let _ = tokio::time::timeout(patience, read).await;
    String::from_utf8_lossy(&said).into_owned()
}

/// No server says this.
const NEVER: &str = "\u{0}never\u{0}";

/// Parts of heads that mean something.
const HEADS: &[&str] = &[
    "\r\n",
    "\r\n\r\n",
    "content-length: 18446744073709551615\r\n",
    "transfer-encoding: chunked\r\n",
    "expect: 100-continue\r\n",
    "content-type: \r\n",
    "content-type: application/json; charset=utf-7\r\n",
    "content-type: multipart/form-data\r\n",
    "%00",
    "%ff",
    "%2e%2e%2f",
    "--b",
    "boundary=",
    "host: \r\n",
    "upgrade: websocket\r\nconnection: upgrade\r\n",
    "authorization: Basic \u{0}\r\n",
    "ffffffffffffffff\r\n",
    "origin: null\r\n",
    "x-forwarded-for: ::1, x\r\n",
    "accept: ;;q=9\r\n",
];

#[tokio::test]
async fn heads_and_bodies_of_any_shape_are_answered_or_closed() {
    let server = OwnServer::start();
    let before = memory(&server);
    let question = r#"{"query":"{ revision }"}"#;
    let head = |line: &str, headers: &str, body: &str| {
        format!("{line} HTTP/1.1\r\nhost: localhost\r\n{headers}\r\n{body}").into_bytes()
    };
    let parts = format!(
        "--b\r\ncontent-disposition: form-data; name=\"operations\"\r\n\r\n{question}\r\n--b\r\ncontent-disposition: form-data; name=\"map\"\r\n\r\n         {{\"0\":[\"variables.file\"]}}\r\n--b\r\ncontent-disposition: form-data; name=\"0\"; filename=\"a\"\r\n\r\nA\r\n--b--\r\n"
    );
    let length = |body: &str| {
        format!(
            "content-type: application/json\r\ncontent-length: {}\r\n",
            body.len()
        )
    };
    let corpus = vec![
        head("POST /graphql", &length(question), question),
        head(
            "POST /graphql",
            "content-type: application/json\r\ntransfer-encoding: chunked\r\n",
            &format!("{:x}\r\n{question}\r\n0\r\n\r\n", question.len()),
        ),
        head(
            "POST /graphql",
            &format!(
                "content-type: multipart/form-data; boundary=b\r\ncontent-length: {}\r\n",
                parts.len()
            ),
            &parts,
        ),
        head(
            "POST /graphql",
            "content-type: application/x-www-form-urlencoded\r\ncontent-length: 9\r\n",
            "query=%7B%",
        ),
        head(
            "GET /graphql?query=%7B%20revision%20%7D&variables=%7B%7D&extensions=",
            "accept: application/graphql-response+json;q=0.5, */*\r\n",
            "",
        ),
        head(
            "GET /graphql/stream?query=subscription%7Bchanges%7Baction%7D%7D",
            "accept: text/event-stream\r\nlast-event-id: x\r\n",
            "",
        ),
        head(
            "GET /sources/source%3Aarticle",
            "if-none-match: \"x\"\r\naccept-encoding: gzip\r\nauthorization: Bearer x.y.z\r\n",
            "",
        ),
        head(
            "GET /export/questionnaire?flow=%7B%22layer%22%3A%22x%22%7D&lang=zh",
            "",
            "",
        ),
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\x00\x00\x00\x04\x00\x00\x00\x00\x00".to_vec(),
    ];
    for bytes in &corpus[..2] {
        let said = exchange(&server.url, bytes, LONG, "\"revision\":\"").await;
        assert!(said.contains("\"revision\":\""), "{said}");
    }
    for bytes in samples(&mutated(corpus, HEADS), 400) {
        exchange(&server.url, &bytes, SHORT, NEVER).await;
    }
    is_well(&server, before).await;
}

/// A frame as a client sends it, masked with zeros.
fn frame(opcode: u8, payload: &[u8]) -> Vec<u8> {
    let mut frame = vec![opcode];
    match payload.len() {
        length @ 0..126 => frame.push(0x80 | u8::try_from(length).unwrap()),
        length => {
            frame.push(0x80 | 0x7e);
            frame.extend(u16::try_from(length).unwrap().to_be_bytes());
        }
    }
    frame.extend([0; 4]);
    frame.extend(payload);
    frame
}

/// Parts of messages that mean something.
const MESSAGES: &[&str] = &[
    "\u{0}",
    "{\"type\":",
    "\"subscribe\"",
    "\"id\":null",
    "\"payload\":[]",
    "\\ud800",
    "null",
    "1e999",
    "}",
    "]",
    "\u{7f}\u{7f}\u{7f}\u{7f}\u{7f}\u{7f}\u{7f}\u{7f}",
];

#[tokio::test]
async fn frames_and_messages_of_a_websocket_are_answered_or_closed() {
    let server = OwnServer::start();
    let before = memory(&server);
    let handshake = "GET /graphql/ws HTTP/1.1\r\nhost: localhost\r\nupgrade: websocket\r\nconnection: upgrade\r\nsec-websocket-version: 13\r\n\
                     sec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\nsec-websocket-protocol: graphql-transport-ws\r\n\r\n";
    let text = |message: &str| frame(0x81, message.as_bytes());
    let init = text(r#"{"type":"connection_init","payload":{"authorization":"Bearer x"}}"#);
    let greeted = text(r#"{"type":"connection_init"}"#);
    let subscribe = |query: &str| {
        text(
            &json!({ "type": "subscribe", "id": "1", "payload": { "query": query, "variables": {} } })
                .to_string(),
        )
    };
    let corpus = vec![
        [greeted.clone(), subscribe("{ revision }")].concat(),
        [
            greeted.clone(),
            subscribe("subscription { changes { action } }"),
            text(r#"{"type":"complete","id":"1"}"#),
        ]
        .concat(),
        [
            greeted.clone(),
            text(r#"{"type":"ping","payload":{}}"#),
            frame(0x89, b"x"),
            frame(0x8a, b""),
            frame(0x88, &[3, 232]),
        ]
        .concat(),
        [
            greeted.clone(),
            frame(0x01, br#"{"type":"#),
            frame(0x00, br#""ping""#),
            frame(0x80, b"}"),
        ]
        .concat(),
        [
            greeted.clone(),
            frame(0x82, b"\x00\x01"),
            frame(0x83, b""),
            frame(0xc1, b"x"),
        ]
        .concat(),
        [init, greeted.clone(), subscribe(&"a ".repeat(300))].concat(),
    ];
    let opened = [handshake.as_bytes(), &corpus[0]].concat();
    let said = exchange(&server.url, &opened, LONG, "connection_ack").await;
    assert!(
        said.contains("101 Switching") && said.contains("connection_ack"),
        "{said}"
    );
    for bytes in samples(&mutated(corpus.clone(), MESSAGES), 300) {
        exchange(
            &server.url,
            &[handshake.as_bytes(), &bytes].concat(),
            SHORT,
            NEVER,
        )
        .await;
    }
    // Whole messages whose text is broken, so that it is the message that is read and not the frame.
    let messages: Vec<Vec<u8>> = [
        r#"{"type":"subscribe","id":"1","payload":{"query":"{ revision }","variables":{"a":[1,{"b":null}]},"operationName":null,"extensions":{}}}"#,
        r#"{"type":"complete","id":"1"}"#,
        r#"{"type":"pong","payload":{"a":1}}"#,
    ]
    .map(|message| message.as_bytes().to_vec())
    .to_vec();
    for message in samples(&mutated(messages, MESSAGES), 200) {
        let bytes = [
            handshake.as_bytes(),
            &greeted,
            &frame(0x81, &message[..message.len().min(60_000)]),
        ]
        .concat();
        exchange(&server.url, &bytes, SHORT, NEVER).await;
    }
    let mut socket = Socket::greeted(&server.url).await;
    socket.subscribe("1", "{ revision }", json!({})).await;
    assert!(socket.next("1").await["data"]["revision"].is_string());
    is_well(&server, before).await;
}

/// How long the threads of a server have worked, in nanoseconds: what others do on this machine is not counted.
fn worked(server: &OwnServer) -> u64 {
    let tasks = fs::read_dir(format!("/proc/{}/task", server.pid)).unwrap();
    tasks
        .map(|task| {
            let stat = fs::read_to_string(task.unwrap().path().join("schedstat")).unwrap_or_default();
            stat.split_whitespace()
                .next()
                .map_or(0, |time| time.parse().unwrap())
        })
        .sum()
}

/// A document of a length.
type Shape = Box<dyn Fn(usize) -> String>;

#[tokio::test]
async fn the_work_of_a_document_grows_with_its_length_and_no_faster() {
    let server = OwnServer::start();
    let client = Client::new();
    let fields = |count: usize| {
        (0..count).fold(String::new(), |mut text, n| {
            let _ = write!(text, "a{n}: revision ");
            text
        })
    };
    let shapes: [(&str, Shape); 7] = [
        ("aliases", Box::new(move |n| format!("{{ {} }}", fields(n / 16)))),
        (
            "the same field",
            Box::new(|n| format!("{{ {} }}", "revision ".repeat(n / 9))),
        ),
        (
            "a string",
            Box::new(|n| format!("{{ node(id: \"{}\") {{ id }} }}", "\\u0041".repeat(n / 6))),
        ),
        (
            "a comment",
            Box::new(|n| format!("{{ revision }} #{}", "x".repeat(n))),
        ),
        (
            "blanks",
            Box::new(|n| format!("{{ revision {} }}", " ,\n".repeat(n / 3))),
        ),
        (
            "brackets",
            Box::new(|n| format!("{{ entities(ids: {}", "[".repeat(n))),
        ),
        (
            "a list",
            Box::new(|n| {
                format!(
                    "{{ nodes(ids: [{}]) {{ id }} }}",
                    "\"fund:angel\" ".repeat(n / 13)
                )
            }),
        ),
    ];
    for (name, shape) in shapes {
        let mut cost = Vec::new();
        for length in [6_000, 24_000, 96_000] {
            let body = json!({ "query": shape(length) }).to_string().into_bytes();
            let mut least = u64::MAX;
            for _ in 0..4 {
                let before = worked(&server);
                for _ in 0..3 {
                    answered(&client, &server.url, body.clone(), name).await;
                }
                least = least.min(worked(&server) - before);
            }
            cost.push(least);
        }
        // Sixteen times the length: a square of it would be 256 times the work, and what a request costs at least is 10 ms here.
        assert!(cost[2] < 64 * cost[0].max(10_000_000), "{name}: {cost:?}");
    }
}
