//! The change feed over Neo4j where several processes, or none, are there.

use std::time::{Duration, Instant};

use hukun::http::Config;
use hukun::service::{Limits, Service};
use hukun::store::Store as _;
use hukun::store::neo4j::Neo4jStore;
use serde_json::json;

use crate::support::socket::Socket;
use crate::support::{Graph, Neo4jServer, TestApp, graph, stores};

const FOLLOW: &str = "subscription { changes(kinds: [FUND]) { cursor subjectId node { id } } }";

fn fund(n: usize) -> Graph {
    graph().entity(format!("fund:{n}").as_str())
}

async fn process(options: hukun::store::neo4j::Neo4jOptions) -> TestApp {
    let store = Neo4jStore::open(options).await.unwrap();
    let mut config = Config::default();
    // The subscribers here answer no pings while they wait for a server that is away.
    config.limits.feed.ping_ms = 600_000.try_into().unwrap();
    TestApp::over(Service::new(store, Limits::default()), config).await
}

async fn following(app: &TestApp) -> Socket {
    let mut socket = Socket::greeted(&app.url).await;
    socket.subscribe("1", FOLLOW, json!({})).await;
    socket.silent(Duration::from_secs(1)).await;
    socket
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn processes_on_one_neo4j_see_each_others_changes_within_a_second() {
    let lent = stores::Lent::empty().await;
    let (here, there) = (process(lent.options()).await, process(lent.options()).await);
    here.add(graph()).await;
    let (mut near, mut far) = (following(&here).await, following(&there).await);
    let mut longest = Duration::ZERO;
    for n in 0..5 {
        let writer = if n % 2 == 0 { &here } else { &there };
        writer.add(fund(n)).await;
        let written = Instant::now();
        for socket in [&mut near, &mut far] {
            let change = socket.change("1").await;
            assert_eq!(change["node"]["id"], format!("fund:{n}"));
            longest = longest.max(written.elapsed());
        }
    }
    println!("a change was told by both processes after {longest:?} at most");
    assert!(longest < Duration::from_secs(1), "{longest:?}");
}

#[tokio::test]
async fn nothing_is_asked_of_neo4j_while_nobody_listens() {
    let (store, _lent) = stores::fresh_neo4j().await;
    let pause = Duration::from_millis(800);
    // What was under way may end; then the count stands still.
    let rest = async || {
        for _ in 0..40 {
            let before = store.statements();
            tokio::time::sleep(pause).await;
            if store.statements() == before {
                return;
            }
        }
        panic!("it never rests");
    };
    // Waits until so many more were sent, and returns how long that took.
    let more = async |count: u64| {
        let (before, began) = (store.statements(), Instant::now());
        while store.statements() < before + count {
            assert!(began.elapsed() < Duration::from_mins(1), "nothing is asked");
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        began.elapsed()
    };
    rest().await;
    let (first, second) = (store.subscribe(), store.subscribe());
    // One asks for all, every quarter of a second: two that asked by themselves would be done in half the time.
    let took = more(8).await;
    assert!(took > Duration::from_millis(1_300), "{took:?}");
    drop((first, second));
    rest().await;
    let again = store.subscribe();
    more(1).await;
    drop(again);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_subscription_outlives_a_neo4j_that_is_killed() {
    let mut server = Neo4jServer::start_own().await;
    let app = process(server.options()).await;
    app.add(fund(0)).await;
    let mut socket = following(&app).await;
    app.add(fund(1)).await;
    assert_eq!(socket.change("1").await["subjectId"], "fund:1");
    server.kill();
    socket.silent(Duration::from_secs(2)).await;
    server.restart().await;
    let ready = format!("{}/health/ready", app.url);
    while !reqwest::get(&ready).await.unwrap().status().is_success() {
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    app.add(fund(2)).await;
    assert_eq!(socket.change("1").await["subjectId"], "fund:2");
    socket.silent(Duration::from_secs(1)).await;
}
