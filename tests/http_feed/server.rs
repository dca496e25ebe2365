//! A server that can be told to stop, over a store that can be opened again.

use std::time::Duration;

use hukun::http::{self, Config};
use hukun::service::{Limits, Service};
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;
use tokio::time::timeout;

use crate::support::socket::{PATIENCE, Socket};
use crate::support::stores::Place;
use crate::support::{Graph, TestApp, graph};

/// All that the tests ask of a change.
pub const FOLLOW: &str = "subscription($since: String, $kinds: [EntityKind!], $ids: [ID!]) {
    changes(since: $since, kinds: $kinds, ids: $ids) { cursor revision action kind subjectId node { id } } }";

/// A graph with one more entity.
pub fn fund(n: usize) -> Graph {
    graph().entity(format!("fund:{n:05}").as_str())
}

/// A connection that follows from a cursor on, in the operation `1`.
pub async fn follow(url: &str, since: Option<&str>) -> Socket {
    let mut socket = Socket::greeted(url).await;
    socket.subscribe("1", FOLLOW, json!({ "since": since })).await;
    socket
}

/// The cursor of the newest change.
pub async fn newest(app: &TestApp) -> String {
    let data = app.query("{ changeCursor }").await.good();
    data["changeCursor"].as_str().unwrap().to_string()
}

/// The cursors of all changes after one, by the query.
pub async fn cursors_after(app: &TestApp, since: Option<&str>) -> Vec<String> {
    let (mut cursors, mut since) = (Vec::new(), since.map(String::from));
    loop {
        let page = "query($since: String) { changes(since: $since, first: 1000) { edges { cursor } pageInfo { hasNextPage } } }";
        let page = app.ask(page, json!({ "since": since })).await.good()["changes"].clone();
        cursors.extend(crate::support::texts(&page["edges"], "/cursor"));
        since = cursors.last().cloned().or(since);
        if page["pageInfo"]["hasNextPage"] == false {
            return cursors;
        }
    }
}

pub fn text(value: &Value) -> String {
    value
        .as_str()
        .unwrap_or_else(|| panic!("no text: {value}"))
        .to_string()
}

/// A server over a store at a place.
pub struct Server {
    pub url: String,
    pub service: Service,
    stop: oneshot::Sender<()>,
    serving: JoinHandle<()>,
}

impl Server {
    pub async fn over(place: &Place, config: Config) -> Self {
        Self::at(place, config, "http://127.0.0.1:0").await
    }

    /// The same at an address: where the one before it was.
    pub async fn at(place: &Place, config: Config, url: &str) -> Self {
        let service = Service::new(place.open().await, Limits::default());
        let listener = TcpListener::bind(url.strip_prefix("http://").unwrap())
            .await
            .unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let (stop, stopped) = oneshot::channel();
        let serving = tokio::spawn(http::serve(listener, service.clone(), config, async {
            let _ = stopped.await;
        }));
        Self {
            url,
            service,
            stop,
            serving,
        }
    }

    /// Tells it to stop, and waits until it did.
    pub async fn stop(self) {
        let _ = self.stop.send(());
        timeout(PATIENCE, self.serving)
            .await
            .expect("it stops in time")
            .unwrap();
        drop(self.service);
    }
}

/// A server with limits of its own.
pub async fn limited(set: impl FnOnce(&mut http::FeedLimits)) -> TestApp {
    let mut config = Config::default();
    set(&mut config.limits.feed);
    TestApp::with_config(graph(), config).await
}

pub const SHORT: Duration = Duration::from_millis(300);
