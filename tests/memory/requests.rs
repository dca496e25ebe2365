//! What comes in: bodies are charged, and those that are too long hear so however they are sent.

use hukun::http::Config;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time::timeout;

use super::server::PATIENCE;
use crate::support::socket::Socket;
use crate::support::{TestApp, graph};

async fn app(set: impl FnOnce(&mut Config)) -> TestApp {
    let mut config = Config::default();
    set(&mut config);
    TestApp::with_config(graph(), config).await
}

async fn connect(app: &TestApp) -> TcpStream {
    TcpStream::connect(app.url.strip_prefix("http://").unwrap())
        .await
        .unwrap()
}

const HEAD: &str = "POST /graphql HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\n";

/// The head of the response, and the body that comes with it.
async fn response(stream: &mut TcpStream) -> String {
    let mut all = Vec::new();
    let mut part = [0; 4096];
    while !String::from_utf8_lossy(&all).contains("\r\n\r\n{") {
        let read = timeout(PATIENCE, stream.read(&mut part)).await.unwrap().unwrap();
        assert_ne!(read, 0, "{}", String::from_utf8_lossy(&all));
        all.extend_from_slice(&part[..read]);
    }
    String::from_utf8(all).unwrap()
}

#[track_caller]
fn is_too_long(response: &str) {
    assert!(response.starts_with("HTTP/1.1 413 "), "{response}");
    assert!(response.contains(r#""code":"LIMIT_EXCEEDED""#), "{response}");
    assert!(
        response.contains("The request body is larger than 1048576 bytes"),
        "{response}"
    );
}

#[tokio::test]
async fn a_body_that_is_too_long_is_read_to_its_end_and_refused() {
    let app = app(|_| ()).await;
    let long = vec![b' '; 20 * 1024 * 1024];
    let mut stream = connect(&app).await;
    let head = format!("{HEAD}content-length: {}\r\n\r\n", long.len());
    stream.write_all(head.as_bytes()).await.unwrap();
    stream.write_all(&long).await.unwrap();
    is_too_long(&response(&mut stream).await);

    let mut stream = connect(&app).await;
    stream
        .write_all(format!("{HEAD}transfer-encoding: chunked\r\n\r\n").as_bytes())
        .await
        .unwrap();
    for part in long.chunks(1024 * 1024) {
        let chunk = format!("{:x}\r\n", part.len());
        stream.write_all(chunk.as_bytes()).await.unwrap();
        stream.write_all(part).await.unwrap();
        stream.write_all(b"\r\n").await.unwrap();
    }
    stream.write_all(b"0\r\n\r\n").await.unwrap();
    is_too_long(&response(&mut stream).await);
}

#[tokio::test]
async fn a_client_that_pauses_in_a_body_that_is_too_long_gets_the_error_after_the_limit() {
    for (ms_max, least) in [(1_500, 1_400), (0, 0)] {
        let app = app(|config| config.limits.drain_pause_ms_max = ms_max).await;
        let mut stream = connect(&app).await;
        let head = format!("{HEAD}content-length: 20000000\r\n\r\n");
        stream.write_all(head.as_bytes()).await.unwrap();
        let begun = std::time::Instant::now();
        is_too_long(&response(&mut stream).await);
        let waited = begun.elapsed().as_millis();
        assert!(waited >= least, "{waited} ms");
    }
}

#[tokio::test]
async fn who_asks_before_sending_need_not_send() {
    let app = app(|_| ()).await;
    let mut stream = connect(&app).await;
    let head = format!("{HEAD}content-length: 20000000\r\nexpect: 100-continue\r\n\r\n");
    stream.write_all(head.as_bytes()).await.unwrap();
    is_too_long(&response(&mut stream).await);
    let mut stream = connect(&app).await;
    let body = r#"{"query":"{ revision }"}"#;
    let head = format!(
        "{HEAD}content-length: {}\r\nexpect: 100-continue\r\n\r\n",
        body.len()
    );
    stream.write_all(head.as_bytes()).await.unwrap();
    let mut go_on = [0; 25];
    timeout(PATIENCE, stream.read_exact(&mut go_on))
        .await
        .unwrap()
        .unwrap();
    assert!(go_on.starts_with(b"HTTP/1.1 100 "));
    stream.write_all(body.as_bytes()).await.unwrap();
    assert!(response(&mut stream).await.starts_with("HTTP/1.1 200 "));
}

#[tokio::test]
async fn bodies_that_come_in_are_held() {
    // A quarter is for what comes in, and more for what is small.
    let app = app(|config| config.limits.document.memory_max = 12 * 1024 * 1024).await;
    let body = json!({ "query": "{ revision }", "x": " ".repeat(400_000) }).to_string();
    let head = format!("{HEAD}content-length: {}\r\n\r\n", body.len());
    let send = async |bytes: usize| {
        let mut stream = connect(&app).await;
        stream.write_all(head.as_bytes()).await.unwrap();
        stream.write_all(&body.as_bytes()[..bytes]).await.unwrap();
        stream
    };
    let mut half_sent = Vec::new();
    for _ in 0..8 {
        half_sent.push(send(390_000).await);
    }
    let begun = std::time::Instant::now();
    let refused = loop {
        let response = response(&mut send(body.len()).await).await;
        if !response.starts_with("HTTP/1.1 200 ") {
            break response;
        }
        assert!(begun.elapsed() < PATIENCE, "what is half sent is not held");
    };
    assert!(refused.starts_with("HTTP/1.1 503 "), "{refused}");
    assert!(refused.contains("retry-after: 1"), "{refused}");
    assert!(refused.contains("memory-max"), "{refused}");
    app.query("{ revision }").await.good();
    drop(half_sent);
    while !response(&mut send(body.len()).await)
        .await
        .starts_with("HTTP/1.1 200 ")
    {
        assert!(begun.elapsed() < PATIENCE, "what was half sent is not given back");
    }
}

#[tokio::test]
async fn variables_are_charged_by_what_they_become() {
    let app = app(|config| config.limits.document.memory_max = 32 * 1024 * 1024).await;
    let query = "query($ids: [ID!]!) { nodes(ids: $ids) { id } }";
    let many: Value = json!({ "ids": vec![json!([[[]]]); 120_000] });
    let reply = app.ask(query, many).await;
    let (code, message) = reply.bad();
    assert_eq!(code, "LIMIT_EXCEEDED", "{message}");
    assert!(message.contains("memory-max"), "{message}");
    app.ask(query, json!({ "ids": ["fund:f"] })).await.good();
}

#[tokio::test]
async fn variables_that_nobody_declares_are_named() {
    let app = app(|_| ()).await;
    let (code, message) = app.ask("{ revision }", json!({ "limit": 1 })).await.bad();
    assert_eq!(code, "BAD_USER_INPUT");
    assert!(message.contains("`$limit`"), "{message}");
    // One panel of variables may serve several operations.
    let body = json!({ "query": "query A($a: ID!) { node(id: $a) { id } } query B($b: ID!) { node(id: $b) { id } }",
        "operationName": "A", "variables": { "a": "fund:f", "b": "fund:g" } });
    let sent = reqwest::Client::new()
        .post(format!("{}/graphql", app.url))
        .json(&body)
        .send()
        .await
        .unwrap();
    let answer: Value = sent.json().await.unwrap();
    assert!(answer.get("errors").is_none(), "{answer}");
    let mut socket = Socket::greeted(&app.url).await;
    socket.subscribe("1", "{ revision }", json!({ "limit": 1 })).await;
    let message = socket.hear().await;
    assert_eq!(message["type"], "error");
    assert!(
        message["payload"][0]["message"]
            .as_str()
            .unwrap()
            .contains("`$limit`")
    );
}

/// The head of a frame with a text of so many bytes, and a part of the text.
fn half_a_frame(bytes: u64) -> Vec<u8> {
    let mut frame = vec![0x81, 0xff];
    frame.extend(bytes.to_be_bytes());
    // The mask, which leaves the text as it is.
    frame.extend([0; 4]);
    frame.extend([b' '; 1_000]);
    frame
}

#[tokio::test]
async fn frames_that_come_in_are_held() {
    // A quarter is for what comes in: one frame of a megabyte, charged twice, and not another.
    let app = app(|config| config.limits.document.memory_max = 12 * 1024 * 1024).await;
    let mut first = Socket::greeted(&app.url).await;
    first.send_raw(&half_a_frame(1_000_000)).await;
    let begun = std::time::Instant::now();
    loop {
        let mut second = Socket::greeted(&app.url).await;
        second.send_raw(&half_a_frame(1_000_000)).await;
        // One that fits waits for the rest of its frame.
        if let Ok((code, reason)) =
            timeout(std::time::Duration::from_millis(300), second.closed_with_reason()).await
        {
            assert_eq!(code, 1013, "{reason}");
            assert!(reason.contains("memory"), "{reason}");
            break;
        }
        assert!(begun.elapsed() < PATIENCE, "what is half sent is not held");
    }
    // A small message, and a small body, have room of their own.
    let mut small = Socket::greeted(&app.url).await;
    small.subscribe("1", "{ revision }", Value::Null).await;
    assert_eq!(small.next("1").await["data"]["revision"], "0");
    app.query("{ revision }").await.good();
    first.drop_hard();
    loop {
        let mut again = Socket::greeted(&app.url).await;
        let large = json!({ "query": "{ revision }", "extensions": { "x": " ".repeat(800_000) } });
        again
            .say(json!({ "type": "subscribe", "id": "1", "payload": large }))
            .await;
        if let Some(tokio_tungstenite::tungstenite::Message::Text(text)) = again.frame().await {
            assert!(text.contains("\"revision\":\"0\""), "{text}");
            // What was held for it is given back, and the connection is as good as new.
            again.subscribe("2", "{ revision }", Value::Null).await;
            assert_eq!(again.hear().await["type"], "complete");
            assert_eq!(again.next("2").await["data"]["revision"], "0");
            break;
        }
        assert!(begun.elapsed() < PATIENCE, "what was half sent is not given back");
    }
}

#[tokio::test]
async fn a_message_in_fragments_is_one_message() {
    let app = app(|_| ()).await;
    let mut socket = Socket::greeted(&app.url).await;
    let text = json!({ "type": "subscribe", "id": "1", "payload": { "query": "{ revision }" } }).to_string();
    let frame = |first: bool, last: bool, part: &[u8]| {
        let opcode = u8::from(first) | if last { 0x80 } else { 0 };
        let mut frame = vec![opcode, 0x80 | u8::try_from(part.len()).unwrap(), 0, 0, 0, 0];
        frame.extend(part);
        frame
    };
    let (head, tail) = text.as_bytes().split_at(20);
    // A ping between the fragments, and all of it byte by byte.
    let ping = [0x89, 0x80, 0, 0, 0, 0];
    for byte in [frame(true, false, head), ping.to_vec(), frame(false, true, tail)].concat() {
        socket.send_raw(&[byte]).await;
    }
    loop {
        match socket.frame().await.unwrap() {
            tokio_tungstenite::tungstenite::Message::Pong(_) => {}
            tokio_tungstenite::tungstenite::Message::Text(text) => {
                assert!(text.contains("\"next\""), "{text}");
                break;
            }
            other => panic!("{other:?}"),
        }
    }
}
