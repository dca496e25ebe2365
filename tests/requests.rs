//! Requests before they are executed, held against graphql-js: which are refused, and with what variables the others are
//! executed.

mod generated;
mod specification;

use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};

use serde_json::Value;

use crate::support::TestApp;

/// What graphql-js makes of requests: of those that it makes from a seed, or of those given.
async fn judged(seed: &str, count: usize, given: String) -> Vec<Value> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut node = Command::new("node");
    node.arg(root.join("tests/js/requests.mjs"))
        .arg(root.join("schema.graphql"))
        .args([seed, &count.to_string()])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped());
    let run = move || {
        let mut child = node
            .spawn()
            .expect("node runs: see CONTRIBUTING.md for what the tests need");
        let mut stdin = child.stdin.take().unwrap();
        let feed = std::thread::spawn(move || stdin.write_all(given.as_bytes()));
        let output = child.wait_with_output().unwrap();
        let _ = feed.join();
        output
    };
    let output = tokio::task::spawn_blocking(run).await.unwrap();
    assert!(
        output.status.success(),
        "`npm ci --prefix tests/js` installs graphql-js, as `make test` does"
    );
    let lines = String::from_utf8(output.stdout).unwrap();
    lines
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

/// What the server makes of a request.
#[derive(Debug)]
enum Verdict {
    Executed,
    /// With the message of the first error.
    Refused(String),
}

async fn verdict(client: &reqwest::Client, app: &TestApp, request: &Value) -> Verdict {
    let post = client.post(format!("{}/graphql", app.url)).json(request);
    let response = post
        .header("accept", "application/graphql-response+json")
        .send()
        .await
        .unwrap();
    let status = response.status();
    let body: Value = response.json().await.unwrap();
    let message = body["errors"][0]["message"].as_str().unwrap_or_default();
    // Over HTTP a subscription is refused after all checks.
    if body.get("data").is_some() || message.starts_with("subscriptions need WebSocket") {
        return Verdict::Executed;
    }
    assert_eq!(status, 400, "{request}: {body}");
    Verdict::Refused(message.to_string())
}
