//! The API over a Neo4j that is about to be harmed, and a look at the database itself, past Hukun.

use std::time::{Duration, Instant};

use hukun::http;
use hukun::service::{self, Service};
use hukun::store::neo4j::{Neo4jLimits, Neo4jStore};
use neo4rs::{Graph, query};
use reqwest::Client;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use tokio::net::TcpListener;

use crate::support::Neo4jServer;

/// What an answer may take beyond the limit of one read.
pub const GRACE: Duration = Duration::from_secs(2);
/// How soon a server that answers Bolt again must be served from.
pub const BACK_WITHIN: Duration = Duration::from_secs(15);

/// Limits small enough for a test to reach.
pub fn limits() -> Neo4jLimits {
    Neo4jLimits {
        connect_ms_max: 2_000,
        query_ms_max: 3_000,
        write_ms_max: 30_000,
        ..Neo4jLimits::default()
    }
}

pub async fn store(server: &Neo4jServer, limits: Neo4jLimits) -> Neo4jStore {
    let options = hukun::store::neo4j::Neo4jOptions {
        limits,
        ..server.options()
    };
    Neo4jStore::open(options).await.unwrap()
}

/// A server of the API.
pub struct App {
    url: String,
    pub service: Service,
    http: Client,
    server: tokio::task::JoinHandle<()>,
}

impl Drop for App {
    fn drop(&mut self) {
        self.server.abort();
    }
}

/// An answer, and how long it took.
#[derive(Debug)]
pub struct Told {
    pub body: Value,
    pub after: Duration,
}

impl Told {
    /// The code of its error; none: it is good.
    pub fn code(&self) -> Option<&str> {
        self.body["errors"][0]["extensions"]["code"].as_str()
    }

    pub fn message(&self) -> &str {
        self.body["errors"][0]["message"].as_str().unwrap_or_default()
    }
}

impl App {
    pub async fn over(store: Neo4jStore) -> Self {
        let service = Service::new(store, service::Limits::default());
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let serving = http::serve(
            listener,
            service.clone(),
            // All who ask here are of one address.
            http::Config {
                limits: http::HttpLimits {
                    connections_each_max: http::HttpLimits::default().connections_max,
                    ..http::HttpLimits::default()
                },
                ..http::Config::default()
            },
            std::future::pending(),
        );
        Self {
            url,
            service,
            http: Client::new(),
            server: tokio::spawn(serving),
        }
    }

    pub async fn ask(&self, query: &str) -> Told {
        self.send(json!({ "query": query })).await
    }

    pub async fn send(&self, question: Value) -> Told {
        let begun = Instant::now();
        let request = self.http.post(format!("{}/graphql", self.url)).json(&question);
        let response = request
            .header("accept", "application/graphql-response+json")
            .send()
            .await
            .unwrap();
        let told = Told {
            body: response.json().await.unwrap(),
            after: begun.elapsed(),
        };
        says_nothing_of_the_inside(&told.body);
        if told.code().is_some() {
            let next = ["again", "request less"];
            assert!(
                next.iter().any(|next| told.message().contains(next)),
                "no next step: {told:?}"
            );
        }
        told
    }

    /// The status of `/health/ready`.
    pub async fn ready(&self) -> u16 {
        let begun = Instant::now();
        let response = self
            .http
            .get(format!("{}/health/ready", self.url))
            .send()
            .await
            .unwrap();
        let status = response.status().as_u16();
        says_nothing_of_the_inside(&response.json().await.unwrap());
        assert!(
            begun.elapsed() < Duration::from_secs(5),
            "readiness took {:?}",
            begun.elapsed()
        );
        status
    }

    /// What `/health/ready` says.
    pub async fn health(&self) -> Value {
        let response = self.http.get(format!("{}/health/ready", self.url)).send().await;
        response.unwrap().json().await.unwrap()
    }

    /// How long it takes until readiness is this.
    #[track_caller]
    pub fn becomes(&self, status: u16, within: Duration) -> impl Future<Output = Duration> {
        let caller = std::panic::Location::caller();
        async move {
            let begun = Instant::now();
            while self.ready().await != status {
                assert!(
                    begun.elapsed() < within,
                    "{caller}: not {status} within {within:?}"
                );
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
            begun.elapsed()
        }
    }
}

#[track_caller]
fn says_nothing_of_the_inside(body: &Value) {
    let text = body.to_string();
    for inside in ["127.0.0.1", "bolt", "Neo.", "MATCH", "neo4rs"] {
        assert!(!text.contains(inside), "`{inside}` in {text}");
    }
}

/// The database itself.
pub struct Raw(pub Graph);

impl Raw {
    pub fn of(server: &Neo4jServer) -> Self {
        Self(
            Graph::new(
                server.uri().replace("neo4j:", "bolt:"),
                Neo4jServer::USER,
                server.password(),
            )
            .unwrap(),
        )
    }

    pub async fn run(&self, cypher: &str) {
        self.0.run(query(cypher)).await.unwrap();
    }

    /// The rows' `row`.
    pub async fn rows<T: DeserializeOwned>(&self, cypher: &str) -> Vec<T> {
        let mut stream = self.0.execute(query(cypher)).await.unwrap();
        let mut rows = Vec::new();
        while let Some(row) = stream.next().await.unwrap() {
            rows.push(row.get("row").unwrap());
        }
        rows
    }

    pub async fn one<T: DeserializeOwned>(&self, cypher: &str) -> T {
        self.rows(cypher).await.pop().expect("a row")
    }

    /// Waits until no transaction is open whose statement has this text, or, without one, none but this look itself.
    pub async fn nothing_runs(&self, text: &str, within: Duration) {
        let begun = Instant::now();
        let cypher = format!(
            "SHOW TRANSACTIONS YIELD currentQuery, elapsedTime WHERE NOT currentQuery STARTS WITH 'SHOW TRANSACTIONS' \
             AND currentQuery CONTAINS '{text}' RETURN currentQuery AS row"
        );
        loop {
            let open: Vec<String> = self.rows(&cypher).await;
            if open.is_empty() {
                return;
            }
            assert!(begun.elapsed() < within, "still open after {within:?}: {open:?}");
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    /// The revision, the change log and both forms of the relations fit each other.
    pub async fn fits(&self, told: &str) {
        let (revision, committing, cursor): (i64, i64, i64) = self
            .one("MATCH (h:Hukun), (c:Commit) RETURN [h.revision, c.revision, h.cursor] AS row")
            .await;
        assert!(
            committing <= revision,
            "{told}: the commit {committing} is marked, the graph is at {revision}"
        );
        let (lines, last, newest, revisions): (i64, i64, i64, i64) = self
            .one(
                "MATCH (c:Change) RETURN [count(c), coalesce(max(c.cursor), 0), coalesce(max(c.revision), 0), \
                 count(DISTINCT c.revision)] AS row",
            )
            .await;
        assert_eq!(
            (lines, last),
            (cursor, cursor),
            "{told}: lines of the log, the last of them, the cursor"
        );
        assert_eq!(
            (newest, revisions),
            (revision, revision),
            "{told}: the last revision logged, how many, the graph's"
        );
        let writes: i64 = self.one("MATCH (w:Write) RETURN count(w) AS row").await;
        assert_eq!(writes, revision, "{told}: who wrote, for each revision");
        let nodes: i64 = self.one("MATCH (r:Relation) RETURN count(r) AS row").await;
        let native: i64 = self
            .one("MATCH (:Entity)-[r]->(:Entity) RETURN count(r) AS row")
            .await;
        assert_eq!(nodes, native, "{told}: relations as nodes, and native");
    }
}
