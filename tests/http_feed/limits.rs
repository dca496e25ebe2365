//! What a connection may cost, and what it is told when it costs more.

use hukun::http::Config;
use serde_json::json;

use super::server::{FOLLOW, cursors_after, follow, fund, limited, newest, text};
use crate::support::graph::entity;
use crate::support::socket::Socket;
use crate::support::{TestApp, graph};

#[tokio::test]
async fn a_connection_has_so_many_operations_at_a_time() {
    let app = limited(|limits| limits.operations_max = 2).await;
    let mut socket = Socket::greeted(&app.url).await;
    for id in ["1", "2", "3"] {
        socket.subscribe(id, FOLLOW, json!({})).await;
    }
    let told = socket.hear().await;
    assert_eq!((&told["type"], &told["id"]), (&json!("error"), &json!("3")));
    assert_eq!(told["payload"][0]["extensions"]["code"], "LIMIT_EXCEEDED");
    socket.say(json!({ "type": "complete", "id": "2" })).await;
    socket.subscribe("3", "{ revision }", json!({})).await;
    assert_eq!(socket.next("3").await["data"]["revision"], "0");
}

#[tokio::test]
async fn a_message_is_no_larger_than_it_may_be() {
    let app = limited(|limits| limits.message_bytes_max = 2_000).await;
    let mut socket = Socket::greeted(&app.url).await;
    socket
        .subscribe("1", &format!("{{ revision }} #{}", "x".repeat(1_000)), json!({}))
        .await;
    assert_eq!(socket.next("1").await["data"]["revision"], "0");
    assert_eq!(socket.hear().await["type"], "complete");
    socket
        .subscribe("1", &format!("{{ revision }} #{}", "x".repeat(3_000)), json!({}))
        .await;
    assert_eq!(socket.closed().await, 1009);
}

#[tokio::test]
async fn so_many_connect_in_all_and_of_each_principal() {
    let app = limited(|limits| {
        limits.connections_max = 3;
        limits.connections_each_max = 2;
    })
    .await;
    let (first, second) = (Socket::greeted(&app.url).await, Socket::greeted(&app.url).await);
    let mut third = Socket::dial(&app.url).await;
    third.say(json!({ "type": "connection_init" })).await;
    assert_eq!(third.closed().await, 4430);
    drop(third);
    // Once the third is gone there is room again, but none for the fourth of the same.
    let waiting = loop {
        match Socket::dial_with(&app.url, &[]).await {
            Ok(socket) => break socket,
            Err(status) => assert_eq!(status, 503),
        }
    };
    assert_eq!(Socket::dial_with(&app.url, &[]).await.err(), Some(503));
    let stream = reqwest::Client::new()
        .post(format!("{}/graphql/stream", app.url))
        .json(&json!({ "query": FOLLOW }))
        .send()
        .await
        .unwrap();
    assert_eq!(stream.status(), 503);
    assert!(stream.headers().contains_key("retry-after"));
    drop((first, second, waiting));
    loop {
        let Ok(mut socket) = Socket::dial_with(&app.url, &[]).await else {
            continue;
        };
        socket.say(json!({ "type": "connection_init" })).await;
        if let Some(tokio_tungstenite::tungstenite::Message::Text(_)) = socket.frame().await {
            break;
        }
    }
}

#[tokio::test]
async fn a_page_of_another_origin_is_not_let_in() {
    let config = Config {
        origins: vec!["https://partner.example".into()],
        ..Config::default()
    };
    let app = TestApp::with_config(graph(), config).await;
    let own = app.url.clone();
    for (origin, refused) in [
        (own.as_str(), None),
        ("https://partner.example", None),
        ("https://evil.example", Some(403)),
        ("null", Some(403)),
    ] {
        let opened = Socket::dial_with(&app.url, &[("origin", origin)]).await;
        assert_eq!(opened.err(), refused, "{origin}");
        let stream = reqwest::Client::new()
            .post(format!("{}/graphql/stream", app.url))
            .header("origin", origin)
            .json(&json!({ "query": "{ revision }" }))
            .send()
            .await
            .unwrap();
        assert_eq!(stream.status().as_u16(), refused.unwrap_or(200), "{origin}");
    }
}

/// A question whose answers are large.
fn heavy() -> String {
    let aliases: String = (0..100).map(|n| format!(" d{n}: description")).collect();
    format!(
        "subscription($since: String) {{ changes(since: $since) {{ cursor subjectId node {{ ... on Entity {{{aliases} }} }} }} }}"
    )
}

#[tokio::test]
async fn who_takes_nothing_is_told_to_go_on_later_and_misses_nothing() {
    let app = limited(|limits| {
        limits.send_ms_max = 300;
        limits.queue_max = 4.try_into().unwrap();
    })
    .await;
    let since = newest(&app).await;
    let mut slow = Socket::dial_small(&app.url).await;
    slow.init().await;
    slow.subscribe("1", &heavy(), json!({ "since": since })).await;
    // Some 40 MB, which no buffer on the way holds.
    let many = (0..200).fold(graph(), |graph, n| {
        graph.entity(entity(&format!("fund:{n:05}")).described(&"x".repeat(2_000)))
    });
    app.add(many).await;
    tokio::time::sleep(std::time::Duration::from_secs(2)).await;
    let (mut told, mut code) = (Vec::new(), None);
    while code.is_none() {
        match slow.frame().await {
            Some(tokio_tungstenite::tungstenite::Message::Text(message)) => {
                let message: serde_json::Value = serde_json::from_str(&message).unwrap();
                told.push(text(&message["payload"]["data"]["changes"]["cursor"]));
            }
            Some(tokio_tungstenite::tungstenite::Message::Close(frame)) => {
                code = frame.map(|frame| u16::from(frame.code));
            }
            other => panic!("{other:?} after {}", told.len()),
        }
    }
    assert_eq!(code, Some(4413));
    let all = cursors_after(&app, Some(&since)).await;
    assert_eq!(all.len(), 202);
    assert!(told.len() < all.len(), "it was not slow");
    let mut again = follow(&app.url, told.last().map(String::as_str)).await;
    while told.len() < all.len() {
        told.push(text(&again.change("1").await["cursor"]));
    }
    assert_eq!(told, all);
    // One who takes what comes is none of those.
    app.add(fund(9_999)).await;
    again.change("1").await;
}
