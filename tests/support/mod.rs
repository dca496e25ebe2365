//! What tests of the public edge share: a real server on a free port, and small graphs.

pub mod failing_calls;
pub mod fuzz;
pub mod graph;
pub mod keys;
mod kunshan;
mod neo4j;
pub mod process;
mod rounds;
mod seed;
pub mod server;
mod small_disk;
pub mod socket;
pub mod stores;
pub mod tokens;

use hukun::http::{self, Config};
use hukun::service::{self, Service};
use reqwest::header::HeaderMap;
use reqwest::{Client, StatusCode};
use serde_json::{Value, json};
use tokio::net::TcpListener;

pub use graph::{Graph, graph};
pub use neo4j::Neo4jServer;
pub use rounds::{bless, soak};
pub use seed::Seed;

/// A server with a store of its own.
pub struct TestApp {
    pub url: String,
    pub service: Service,
    server: tokio::task::JoinHandle<()>,
    /// Dropped last.
    ground: stores::Ground,
}

impl Drop for TestApp {
    fn drop(&mut self) {
        self.server.abort();
    }
}

impl TestApp {
    /// A server over a graph.
    pub async fn with(graph: Graph) -> Self {
        Self::with_config(graph, Config::default()).await
    }

    /// A server over a graph, with limits of its own.
    pub async fn with_config(graph: Graph, config: Config) -> Self {
        Self::with_limits(graph, config, service::Limits::default()).await
    }

    /// A server over a graph, with limits of its own for what a use case costs.
    pub async fn with_limits(graph: Graph, config: Config, limits: service::Limits) -> Self {
        let (service, ground) = stores::service(limits).await;
        if !graph.is_empty() {
            graph.write(&service).await;
        }
        let mut app = Self::over(service, config).await;
        app.ground = ground;
        app
    }

    /// A server over use cases that another keeps the store of.
    pub async fn over(service: Service, config: Config) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let serving = http::serve(listener, service.clone(), config, std::future::pending());
        let server = tokio::spawn(serving);
        Self {
            url,
            service,
            server,
            ground: stores::Ground::default(),
        }
    }

    /// Adds to the graph.
    pub async fn add(&self, graph: Graph) {
        graph.write(&self.service).await;
    }

    /// A client without a key.
    pub fn anonymous(&self) -> Asker<'_> {
        Asker {
            app: self,
            client: Client::new(),
            token: None,
        }
    }

    /// Asks without a key.
    pub async fn query(&self, query: &str) -> Reply {
        self.anonymous().query(query).await
    }

    /// Asks without a key, with variables.
    pub async fn ask(&self, query: &str, variables: Value) -> Reply {
        self.anonymous().ask(query, variables).await
    }
}

/// Who asks.
pub struct Asker<'a> {
    app: &'a TestApp,
    client: Client,
    token: Option<String>,
}

impl Asker<'_> {
    pub async fn query(&self, query: &str) -> Reply {
        self.ask(query, json!({})).await
    }

    pub async fn ask(&self, query: &str, variables: Value) -> Reply {
        let body = json!({ "query": query, "variables": variables });
        let mut request = self.client.post(format!("{}/graphql", self.app.url)).json(&body);
        if let Some(token) = &self.token {
            request = request.bearer_auth(token);
        }
        let response = request
            .header("accept", "application/graphql-response+json")
            .send()
            .await
            .unwrap();
        Reply {
            status: response.status(),
            headers: response.headers().clone(),
            body: response.json().await.unwrap(),
        }
    }
}

/// What came back.
#[derive(Debug)]
pub struct Reply {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub body: Value,
}

impl Reply {
    /// The data, where there is no error.
    #[track_caller]
    pub fn good(self) -> Value {
        assert!(self.body.get("errors").is_none(), "{:#}", self.body["errors"]);
        assert_eq!(self.status, StatusCode::OK);
        self.body["data"].clone()
    }

    /// The one error: its code and its message.
    #[track_caller]
    pub fn bad(self) -> (String, String) {
        let errors = self.body["errors"]
            .as_array()
            .unwrap_or_else(|| panic!("no error: {:#}", self.body));
        assert_eq!(errors.len(), 1, "{:#}", self.body);
        let text = |value: &Value| {
            value
                .as_str()
                .unwrap_or_else(|| panic!("no text: {:#}", self.body))
                .to_string()
        };
        (
            text(&errors[0]["extensions"]["code"]),
            text(&errors[0]["message"]),
        )
    }

    /// How often the store was called.
    pub fn store_calls(&self) -> u64 {
        self.body["extensions"]["cost"]["storeCalls"].as_u64().unwrap()
    }
}

/// The texts at a path below each item of a list: `texts(&data["funds"]["nodes"], "/id")`.
#[track_caller]
pub fn texts(list: &Value, path: &str) -> Vec<String> {
    let list = list.as_array().unwrap_or_else(|| panic!("no list: {list}"));
    let text = |item: &Value| {
        item.pointer(path)
            .and_then(Value::as_str)
            .unwrap_or_else(|| panic!("no {path} in {item}"))
            .to_string()
    };
    list.iter().map(text).collect()
}

/// The ids of the nodes of a connection.
#[track_caller]
pub fn ids(connection: &Value) -> Vec<String> {
    texts(&connection["nodes"], "/id")
}
