//! The server stops and comes back.

use hukun::http::Config;
use serde_json::json;

use super::server::{FOLLOW, Server, follow, fund, text};
use crate::support::soak;
use crate::support::socket::Socket;
use crate::support::stores::Place;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_subscriber_goes_on_over_restarts_without_gap_or_repeat() {
    let place = Place::empty().await;
    let rounds = if soak() { 20 } else { 3 };
    let mut told: Vec<(String, String)> = Vec::new();
    let mut written = 0;
    for round in 0..rounds {
        let server = Server::over(&place, Config::default()).await;
        if round == 0 {
            // The first change of all is where this subscriber begins.
            fund(written).write(&server.service).await;
            written += 1;
        }
        let since = told.last().map(|(cursor, _)| cursor.clone());
        let mut socket = Socket::greeted(&server.url).await;
        let beginning = json!({ "since": since, "ids": null });
        if round == 0 {
            socket
                .subscribe(
                    "0",
                    "{ changes(first: 1000) { nodes { cursor subjectId } } }",
                    json!({}),
                )
                .await;
            let all = socket.next("0").await["data"]["changes"]["nodes"].clone();
            for change in all.as_array().unwrap() {
                told.push((text(&change["cursor"]), text(&change["subjectId"])));
            }
            socket.hear().await;
            let since = told.last().map(|(cursor, _)| cursor.clone());
            socket.subscribe("1", FOLLOW, json!({ "since": since })).await;
        } else {
            socket.subscribe("1", FOLLOW, beginning).await;
        }
        // What was written after the subscriber was cut off, and what is written while it listens.
        let mut missing = if round == 0 { 0 } else { 2 * 5 };
        for _ in 0..5 {
            fund(written).write(&server.service).await;
            written += 1;
            missing += 2;
        }
        for _ in 0..missing {
            let change = socket.change("1").await;
            told.push((text(&change["cursor"]), text(&change["subjectId"])));
        }
        drop(socket);
        for _ in 0..5 {
            fund(written).write(&server.service).await;
            written += 1;
        }
        server.stop().await;
    }
    let funds: Vec<String> = told
        .iter()
        .map(|(_, subject)| subject.clone())
        .filter(|subject| subject.starts_with("fund:"))
        .collect();
    let expected: Vec<String> = (0..written - 5).map(|n| format!("fund:{n:05}")).collect();
    assert_eq!(funds, expected);
}

#[tokio::test]
async fn a_server_that_stops_says_so_to_all_who_follow_and_ends() {
    let place = Place::empty().await;
    let server = Server::over(&place, Config::default()).await;
    let mut following = follow(&server.url, None).await;
    let mut idle = Socket::greeted(&server.url).await;
    let mut opening = Socket::dial(&server.url).await;
    let mut stream = reqwest::Client::new()
        .post(format!("{}/graphql/stream", server.url))
        .json(&json!({ "query": FOLLOW }))
        .send()
        .await
        .unwrap();
    assert_eq!(stream.status(), 200);
    let stopping = tokio::spawn(server.stop());
    for socket in [&mut following, &mut idle, &mut opening] {
        assert_eq!(socket.closed().await, 1001);
    }
    while let Some(chunk) = stream.chunk().await.unwrap() {
        let told = String::from_utf8_lossy(&chunk).into_owned();
        assert!(!told.contains("complete"), "a client would not come back: {told}");
    }
    stopping.await.unwrap();
}
