//! Whoever asks for little, and keeps to what is allowed.

use std::net::{IpAddr, Ipv4Addr};
use std::time::Duration;

use serde_json::{Value, json};

/// Longer than any request may take.
const PATIENCE: Duration = Duration::from_mins(1);

const QUESTIONS: [&str; 5] = [
    "{ node(id: \"company:7\") { id ... on Company { names { value } } } }",
    "{ companies(first: 5) { nodes { id } pageInfo { endCursor } } }",
    "{ node(id: \"park:hub\") { ... on Park { relations(first: 3) { nodes { id } } } } }",
    "{ search(query: \"企业12\", first: 3) { nodes { id } } }",
    "{ nodes(ids: [\"company:1\", \"company:2\", \"fund:hub\"]) { id } }",
];

/// A client with connections of its own, from an address of its own.
pub struct Client {
    http: reqwest::Client,
    url: String,
}

impl Client {
    pub fn new(url: &str, source: u8) -> Self {
        let http = reqwest::Client::builder()
            .local_address(IpAddr::V4(Ipv4Addr::new(127, 0, 0, source)))
            .pool_max_idle_per_host(16)
            .timeout(PATIENCE)
            .build()
            .unwrap();
        Self {
            http,
            url: format!("{url}/graphql"),
        }
    }

    /// Asks one of the questions, and tells how it ended.
    pub async fn ask(&self, turn: usize) -> String {
        let body = json!({ "query": QUESTIONS[turn % QUESTIONS.len()] });
        send(self.http.post(&self.url).json(&body)).await
    }
}

/// How a request ended: `ok`, `refused CODE`, or what went wrong.
pub async fn send(request: reqwest::RequestBuilder) -> String {
    let sent = request
        .header("accept", "application/graphql-response+json")
        .send()
        .await;
    let answer = match sent {
        Ok(answer) => answer,
        Err(error) => return format!("error: {}", innermost(&error)),
    };
    let status = answer.status();
    match answer.json::<Value>().await {
        Ok(body) => match body["errors"][0]["extensions"]["code"].as_str() {
            None if body.get("data").is_some() => "ok".to_string(),
            None => format!("error: neither data nor a code ({status})"),
            Some(code) => format!("refused {code}"),
        },
        Err(error) => format!("error: {}", innermost(&error)),
    }
}

fn innermost(error: &dyn std::error::Error) -> String {
    let mut innermost = error;
    while let Some(source) = innermost.source() {
        innermost = source;
    }
    innermost.to_string()
}
