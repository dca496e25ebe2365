//! Going on from a cursor: nothing is missed and nothing told twice, however a connection ends.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use serde_json::json;

use super::server::{FOLLOW, cursors_after, follow, fund, newest, text};
use crate::support::socket::Socket;
use crate::support::{TestApp, graph, soak};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_subscriber_that_is_cut_off_again_and_again_hears_all_of_it_once() {
    let app = Arc::new(TestApp::with(graph()).await);
    let since = newest(&app).await;
    let done = Arc::new(AtomicBool::new(false));
    let writes = if soak() { 500 } else { 60 };
    let writer = tokio::spawn({
        let (app, done) = (app.clone(), done.clone());
        async move {
            for n in 0..writes {
                app.add(fund(n)).await;
                if n % 7 == 0 {
                    tokio::time::sleep(std::time::Duration::from_millis(20)).await;
                }
            }
            done.store(true, Ordering::Release);
        }
    });
    // Each write: the data set and the entity; the first the source too.
    let expected = 2 * writes + 1;
    let (mut told, mut cuts): (Vec<String>, usize) = (Vec::new(), 0);
    while told.len() < expected {
        let from = told.last().unwrap_or(&since).clone();
        let mut socket = follow(&app.url, Some(&from)).await;
        let length = 1 + (cuts * 7) % 13;
        for _ in 0..length.min(expected - told.len()) {
            told.push(text(&socket.change("1").await["cursor"]));
        }
        cuts += 1;
        if cuts % 2 == 0 {
            socket.drop_hard();
        }
    }
    writer.await.unwrap();
    assert!(done.load(Ordering::Acquire) && cuts > 5, "{cuts}");
    assert_eq!(told, cursors_after(&app, Some(&since)).await);
}

#[tokio::test]
async fn from_the_beginning_and_from_now_on() {
    let app = TestApp::with(graph()).await;
    let start = newest(&app).await;
    app.add(graph().entity("fund:a")).await;
    let mut all = follow(&app.url, Some(&start)).await;
    for subject in ["d", "source:s", "fund:a"] {
        let change = all.change("1").await;
        assert_eq!(
            (&change["subjectId"], &change["action"]),
            (&json!(subject), &json!("CREATED"))
        );
    }
    let mut now = follow(&app.url, None).await;
    // An answer over the same connection: by then the other operation has begun, or begins before the write is made.
    now.silent(super::server::SHORT).await;
    app.add(fund(1)).await;
    for socket in [&mut all, &mut now] {
        assert_eq!(socket.change("1").await["subjectId"], "d");
        let change = socket.change("1").await;
        assert_eq!(change["subjectId"], "fund:00001");
        assert_eq!(change["node"]["id"], "fund:00001");
        assert_eq!(change["revision"], "2");
    }
}

#[tokio::test]
async fn a_cursor_of_another_log_is_refused_with_what_to_do() {
    let app = TestApp::with(graph()).await;
    let other = TestApp::with(graph().entity("fund:a")).await;
    let mut socket = Socket::greeted(&app.url).await;
    socket
        .subscribe("1", FOLLOW, json!({ "since": newest(&other).await }))
        .await;
    let told = socket.hear().await;
    assert_eq!(told["type"], "error");
    assert!(
        text(&told["payload"][0]["message"]).contains("changeCursor"),
        "{told}"
    );
}

#[tokio::test]
async fn nodes_of_many_changes_are_read_together() {
    let names: Vec<String> = (0..300).map(|n| format!("fund:{n:03}")).collect();
    let app = TestApp::with(graph()).await;
    let start = newest(&app).await;
    app.add(graph().entities(names.iter().map(String::as_str))).await;
    let mut socket = follow(&app.url, Some(&start)).await;
    let mut calls = Vec::new();
    for _ in 0..302 {
        let payload = socket.next("1").await;
        calls.push(payload["extensions"]["cost"]["storeCalls"].as_u64().unwrap());
    }
    // What is told of one change, in a page of a hundred, has cost what the page did.
    assert!(calls.iter().all(|calls| *calls <= 6), "{calls:?}");
}
