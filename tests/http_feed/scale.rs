//! Many subscribers at once: how long until all have heard, and a storm of those who come back at the same moment.

use std::num::NonZeroUsize;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use futures_util::future::join_all;
use hukun::http::Config;
use hukun::service::{Limits, Service};
use serde_json::json;

use super::server::{FOLLOW, Server, fund, text};
use crate::support::socket::Socket;
use crate::support::stores::{self, Place};
use crate::support::{TestApp, graph, soak};

fn config(subscribers: usize) -> Config {
    let mut config = Config::default();
    config.limits.feed.connections_max = subscribers + 10;
    config.limits.feed.connections_each_max = subscribers + 10;
    // All of them come from one address, and at once.
    config.limits.connections_each_max = NonZeroUsize::MAX;
    config
}

fn subscribers() -> usize {
    if soak() { 1_000 } else { 100 }
}

/// Sockets that follow the funds, each heard to have begun.
async fn all_following(url: &str, count: usize) -> Vec<Socket> {
    let mut sockets = Vec::with_capacity(count);
    for _ in 0..count {
        let mut socket = Socket::greeted(url).await;
        socket.subscribe("1", FOLLOW, json!({ "kinds": ["FUND"] })).await;
        sockets.push(socket);
    }
    sockets
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_subscribers_hear_each_change_soon() {
    let count = subscribers();
    let (store, _ground) = stores::fresh().await;
    let app = TestApp::over(Service::new(store, Limits::default()), config(count)).await;
    app.add(graph()).await;
    let sockets = all_following(&app.url, count).await;
    tokio::time::sleep(Duration::from_secs(2)).await;
    let rounds: usize = 20;
    let (tell, mut heard) = tokio::sync::mpsc::unbounded_channel();
    for mut socket in sockets {
        let tell = tell.clone();
        tokio::spawn(async move {
            for n in 0..rounds {
                let change = socket.change("1").await;
                assert_eq!(change["node"]["id"], format!("fund:{n:05}"));
                tell.send((n, Instant::now())).unwrap();
            }
            // Stays until all have heard.
            tokio::time::sleep(Duration::from_secs(1)).await;
        });
    }
    let mut delays = Vec::with_capacity(rounds * count);
    for n in 0..rounds {
        fund(n).write(&app.service).await;
        let written = Instant::now();
        for _ in 0..count {
            let (told, at) = heard.recv().await.unwrap();
            assert_eq!(told, n);
            delays.push(at.saturating_duration_since(written));
        }
    }
    delays.sort_unstable();
    let at = |part: usize| delays[(delays.len() * part / 100).min(delays.len() - 1)];
    println!(
        "{count} subscribers, {rounds} changes: delay {:?} median, {:?} 95 %, {:?} 99 %, {:?} last",
        at(50),
        at(95),
        at(99),
        at(100)
    );
    assert!(at(99) < Duration::from_secs(10), "{:?}", at(99));
}

/// Subscribers that the network cuts off at the same moment, again and again, while others write: each comes back at once.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_storm_of_those_who_are_cut_off_misses_nothing_and_hears_nothing_twice() {
    let (count, writes) = (2 * subscribers(), 60);
    let (store, _ground) = stores::fresh().await;
    let app = TestApp::over(Service::new(store, Limits::default()), config(count)).await;
    app.add(graph()).await;
    let since = text(&app.query("{ changeCursor }").await.good()["changeCursor"]);
    let written = Arc::new(AtomicUsize::new(0));
    let subscribers = (0..count).map(|_| {
        let (url, since, written) = (app.url.clone(), since.clone(), written.clone());
        tokio::spawn(async move {
            let (mut since, mut heard) = (since, 0);
            for cut in [20, 40, writes] {
                let mut socket = Socket::greeted(&url).await;
                let asked = json!({ "since": since, "kinds": ["FUND"] });
                socket.subscribe("1", FOLLOW, asked).await;
                // All are cut off once so much is written, wherever each has come to.
                while heard < writes && (cut == writes || written.load(Ordering::Acquire) < cut) {
                    let change = socket.change("1").await;
                    assert_eq!(change["subjectId"], format!("fund:{heard:05}"));
                    since = text(&change["cursor"]);
                    heard += 1;
                }
                socket.drop_hard();
            }
            assert_eq!(heard, writes);
        })
    });
    let subscribers: Vec<_> = subscribers.collect();
    for n in 0..writes {
        fund(n).write(&app.service).await;
        written.store(n + 1, Ordering::Release);
    }
    for subscriber in join_all(subscribers).await {
        subscriber.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_storm_of_those_who_come_back_is_served_whole() {
    let count = subscribers();
    let place = Place::empty().await;
    let server = Server::over(&place, config(count)).await;
    graph().write(&server.service).await;
    let start = {
        let mut socket = Socket::greeted(&server.url).await;
        socket.subscribe("0", "{ changeCursor }", json!({})).await;
        text(&socket.next("0").await["data"]["changeCursor"])
    };
    let mut sockets = all_following(&server.url, count).await;
    let (url, stopping) = (server.url.clone(), tokio::spawn(server.stop()));
    for closed in join_all(sockets.iter_mut().map(Socket::closed)).await {
        assert_eq!(closed, 1001);
    }
    drop(sockets);
    stopping.await.unwrap();
    let server = Server::at(&place, config(count), &url).await;
    for n in 0..10 {
        fund(n).write(&server.service).await;
    }
    let begun = Instant::now();
    let back = (0..count).map(|_| {
        let (url, start) = (url.clone(), start.clone());
        tokio::spawn(async move {
            let mut socket = Socket::greeted(&url).await;
            let asked = json!({ "since": start, "kinds": ["FUND"] });
            socket.subscribe("1", FOLLOW, asked).await;
            for n in 0..10 {
                let change = socket.change("1").await;
                assert_eq!(change["subjectId"], format!("fund:{n:05}"));
            }
        })
    });
    for back in join_all(back).await {
        back.unwrap();
    }
    println!(
        "{count} came back at once and had what they missed after {:?}",
        begun.elapsed()
    );
    server.stop().await;
}
