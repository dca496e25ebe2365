//! Attacks on a real server: each within the memory of a container, with an innocent client beside it answered, and
//! without a trace afterwards.

use std::fmt::Write as _;
use std::time::Duration;

use futures_util::future::join_all;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::Message;

use super::server::{LONG, PATIENCE, Server, code, message};
use crate::support::socket::Socket;

/// So many times a field, under a name each.
fn aliased(count: usize, field: &str) -> String {
    let mut fields = String::new();
    for n in 0..count {
        write!(fields, " f{n}: {field}").unwrap();
    }
    fields
}

/// An answer of about 20 MB.
fn large() -> String {
    format!(
        "{{ companies(first: {LONG}) {{ nodes {{{} }} }} }}",
        aliased(5, "description")
    )
}

#[tokio::test(flavor = "multi_thread")]
async fn many_aliases_of_many_ids_end_at_a_limit() {
    let server = Server::start();
    let statements = aliased(90, "statements { quote }");
    let query = format!("query($ids: [ID!]!) {{ nodes(ids: $ids) {{ ... on Entity {{{statements} }} }} }}");
    for id in ["company:c0000", "company:c0001"] {
        let (_, answer) = server.ask(&query, json!({ "ids": vec![id; 10_000] })).await;
        assert_eq!(code(&answer), "LIMIT_EXCEEDED", "{:.300}", answer.to_string());
        server.check_peak("nodes × statements");
        server.check_innocent().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn lists_of_long_texts_end_at_a_limit() {
    let server = Server::start();
    let wide = format!(
        "{{ companies(first: {LONG}) {{ nodes {{{} }} }} }}",
        aliased(400, "description")
    );
    let lists = format!(
        "{{{} }}",
        aliased(
            100,
            &format!("companies(first: {LONG}) {{ edges {{ node {{ description region {{ id }} }} }} }}")
        )
    );
    for query in [&wide, &lists] {
        let (status, answer) = server.ask(query, Value::Null).await;
        assert_eq!((status, code(&answer)), (200, "LIMIT_EXCEEDED"));
        assert!(
            message(&answer).contains("answer-bytes-max"),
            "{}",
            message(&answer)
        );
        assert_eq!(answer["data"], Value::Null);
        server.check_peak("a list of long texts");
        server.check_innocent().await;
    }
    let names = format!(
        "{{ __schema {{ types {{{} }} }} }}",
        aliased(400, "fields { name description args { name description } }")
    );
    let (_, answer) = server.ask(&names, Value::Null).await;
    assert_eq!(code(&answer), "LIMIT_EXCEEDED");
    server.check_peak("an introspection");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_feed_of_large_answers_is_told_in_small_pages() {
    let server = Server::start();
    let (_, first) = server
        .ask("{ changes(first: 1) { edges { cursor } } }", Value::Null)
        .await;
    let since = &first["data"]["changes"]["edges"][0]["cursor"];
    let fields = aliased(90, "description");
    let query = format!(
        "subscription($since: String) {{ changes(since: $since) {{ cursor node {{ ... on Company {{{fields} }} }} }} }}"
    );
    let mut sockets = Vec::new();
    for _ in 0..4 {
        let mut socket = Socket::greeted(&server.url).await;
        socket.subscribe("1", &query, json!({ "since": since })).await;
        sockets.push(socket);
    }
    let told = join_all(sockets.iter_mut().map(async |socket| {
        let mut told = 0;
        // The lines of the source, the data set and all companies, but for the first.
        while told < LONG {
            let payload = timeout(PATIENCE, socket.next("1")).await.unwrap();
            assert!(payload.get("errors").is_none(), "{:.300}", payload.to_string());
            told += 1;
        }
        told
    }));
    assert_eq!(told.await, [LONG; 4]);
    server.check_peak("a feed of large answers");
    server.check_innocent().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn variables_that_nobody_declares_are_not_built() {
    let server = Server::start();
    server.check_innocent().await;
    server.reset_peak();
    let values = vec!["[0]"; 250_000].join(",");
    let body = format!("{{\"query\":\"{{ revision }}\",\"variables\":{{\"x\":[{values}]}}}}");
    let refused = (0..64).map(|_| server.post(None, body.clone()));
    for (_, answer) in join_all(refused).await {
        let said = (code(&answer), message(&answer));
        // Where all come at once, there may be no room for their bodies.
        assert!(
            said.0 == "LIMIT_EXCEEDED"
                || said
                    == (
                        "BAD_USER_INPUT",
                        "variables: no operation of the document declares `$x`; declare it, or leave it out"
                    ),
            "{said:?}"
        );
    }
    let peak = server.peak_mib();
    println!("undeclared variables: peak {peak} MiB");
    assert!(peak < 400, "{peak} MiB: 64 of them built hold some 3,000");
    server.check_innocent().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn many_large_answers_at_once_stay_within_the_memory() {
    let server = Server::start();
    let query = large();
    let asked = async {
        let answers = join_all((0..64).map(|_| server.ask(&query, Value::Null))).await;
        let mut counts = (0, 0);
        for (status, answer) in answers {
            match status {
                200 => {
                    assert!(answer.get("errors").is_none(), "{:.300}", answer.to_string());
                    counts.0 += 1;
                }
                503 => {
                    assert_eq!(code(&answer), "LIMIT_EXCEEDED");
                    assert!(message(&answer).contains("memory-max"), "{}", message(&answer));
                    counts.1 += 1;
                }
                other => panic!("{other}"),
            }
        }
        counts
    };
    let beside = async {
        for _ in 0..20 {
            server.check_innocent().await;
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    let ((answered, refused), ()) = tokio::join!(asked, beside);
    println!("{answered} large answers were given, {refused} refused");
    assert!(answered > 0, "none of {refused} was answered");
    server.check_peak("64 large answers");
    let (status, answer) = server.ask(&query, Value::Null).await;
    assert_eq!(status, 200, "{:.300}", answer.to_string());
}

#[tokio::test(flavor = "multi_thread")]
async fn clients_that_take_nothing_of_large_answers_keep_nobody_out() {
    let server = Server::start();
    let address = server.url.strip_prefix("http://").unwrap().to_string();
    let body = json!({ "query": large() }).to_string();
    let mut readers = Vec::new();
    for _ in 0..64 {
        let mut stream = TcpStream::connect(&address).await.unwrap();
        let head = format!(
            "POST /graphql HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
            body.len()
        );
        stream.write_all(head.as_bytes()).await.unwrap();
        // So that it is answered, and the next one finds what it holds.
        let mut byte = [0];
        timeout(PATIENCE, stream.read_exact(&mut byte))
            .await
            .unwrap()
            .unwrap();
        readers.push(stream);
    }
    server.check_innocent().await;
    server.check_peak("64 clients that take nothing");
    let (status, answer) = server.ask(&large(), Value::Null).await;
    println!("beside them, a large answer has the status {status}");
    assert!(status == 200 || code(&answer) == "LIMIT_EXCEEDED");
    drop(readers);
    let begun = std::time::Instant::now();
    loop {
        let (status, _) = server.ask(&large(), Value::Null).await;
        if status == 200 {
            break;
        }
        assert!(begun.elapsed() < PATIENCE, "what they held was not given back");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_name_as_long_as_a_book_is_refused() {
    let server = Server::start();
    let write = "mutation($input: [EntityInput!]!) { upsertEntities(input: $input) { created } }";
    let name = "昆".repeat(10_000_000);
    let input = json!([{ "id": "fund:f", "kind": "FUND", "names": [{ "value": name, "lang": "zh" }],
        "statements": [{ "sourceId": "source:s", "quote": "", "reliability": "INDEPENDENT" }] }]);
    let (_, answer) = server
        .ask_as(Some(&server.key), write, json!({ "input": input }))
        .await;
    assert_eq!(code(&answer), "BAD_USER_INPUT", "{:.300}", answer.to_string());
    let problem = &answer["errors"][0]["extensions"]["problems"][0];
    assert_eq!(
        problem["reason"], "the text has 10000000 characters (at most 1000)",
        "{problem:.300}"
    );
    assert!(answer.to_string().len() < 10_000);
    server.check_peak("a name of 30 MB");
    server.check_innocent().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn connections_that_were_sent_large_messages_hold_none_of_them() {
    let server = Server::start();
    server.check_innocent().await;
    let mut sockets = Vec::new();
    for _ in 0..50 {
        let mut socket = Socket::greeted(&server.url).await;
        socket.subscribe("1", &large(), Value::Null).await;
        let Some(Message::Text(answer)) = timeout(PATIENCE, socket.frame()).await.unwrap() else {
            panic!("no answer");
        };
        assert!(answer.len() > 15_000_000, "{answer:.300}");
        // And that sent large ones.
        let body = json!({ "query": "{ revision }", "extensions": { "x": "x".repeat(1_000_000) } });
        assert_eq!(socket.hear().await["type"], "complete");
        socket
            .say(json!({ "type": "subscribe", "id": "2", "payload": body }))
            .await;
        assert!(socket.next("2").await["data"]["revision"].is_string());
        sockets.push(socket);
    }
    let peak = server.peak_mib();
    println!("50 connections, each with an answer of 20 MB before: peak {peak} MiB");
    assert!(peak < 500, "{peak} MiB: their buffers would hold 1,000");
    server.check_innocent().await;
}

/// A request over HTTP/2, compressed if the client wants it, on a stream.
fn http2_request(stream: u32) -> Vec<u8> {
    let path = "/graphql?query=%7Brevision%7D";
    // From the static table: GET, http; then two names of it with a value each, and `accept-encoding: gzip, deflate`.
    let mut head = vec![0x82, 0x86, 0x04, u8::try_from(path.len()).unwrap()];
    head.extend(path.as_bytes());
    head.extend([0x01, 9]);
    head.extend(b"localhost");
    head.push(0x90);
    let mut frame = vec![0, 0, u8::try_from(head.len()).unwrap(), 1, 5];
    frame.extend(stream.to_be_bytes());
    frame.extend(head);
    frame
}

#[tokio::test(flavor = "multi_thread")]
async fn answers_that_nobody_takes_hold_no_compressors() {
    let server = Server::start();
    server.check_innocent().await;
    server.reset_peak();
    let before = server.peak_mib();
    let address = server.url.strip_prefix("http://").unwrap();
    let mut connections = Vec::new();
    for _ in 0..20 {
        let mut stream = TcpStream::connect(address).await.unwrap();
        // No byte of an answer may be sent before it is granted.
        stream
            .write_all(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\x06\x04\0\0\0\0\0\0\x04\0\0\0\0")
            .await
            .unwrap();
        for n in 0..100 {
            stream.write_all(&http2_request(2 * n + 1)).await.unwrap();
        }
        let mut answered = 0;
        while answered < 100 {
            let mut head = [0; 9];
            timeout(PATIENCE, stream.read_exact(&mut head))
                .await
                .unwrap()
                .unwrap();
            let mut payload = vec![0; usize::from(u16::from_be_bytes([head[1], head[2]]))];
            stream.read_exact(&mut payload).await.unwrap();
            // Headers.
            answered += usize::from(head[3] == 1);
        }
        connections.push(stream);
    }
    let peak = server.peak_mib();
    println!("2,000 answers that nobody takes: {before} MiB before, peak {peak} MiB");
    assert!(peak < before + 200, "{peak} MiB: so many compressors hold 700");
    server.check_innocent().await;
}
