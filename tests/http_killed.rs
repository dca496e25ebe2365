//! A server that is killed while it is written to: what it acknowledged is there, and of what it did not, all or nothing.
//!
//! What this proves: no acknowledged write is lost or torn when the process dies. What a power failure does rests on the medium
//! keeping what it was told to flush, which the embedded store asks of it at every commit, as Neo4j does.

use std::collections::BTreeSet;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use parking_lot::Mutex;
use reqwest::Client;
use serde_json::{Value, json};

use crate::command::{hukun, seed};
use crate::support::process::ServerProcess;
use crate::support::soak;
use crate::support::stores::{Lent, on_neo4j};

const WRITERS: usize = 4;
/// How long the first answer to a write may take on a machine with much else to do.
const FIRST_MAX: Duration = Duration::from_secs(20);

/// Where the server keeps its graph.
struct Ground {
    home: tempfile::TempDir,
    lent: Option<Lent>,
}

impl Ground {
    async fn new() -> Self {
        Self {
            home: tempfile::tempdir().unwrap(),
            lent: if on_neo4j() {
                Some(Lent::empty().await)
            } else {
                None
            },
        }
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = hukun(Path::new(self.home.path()));
        command.args(arguments);
        if let Some(lent) = &self.lent {
            command
                .env("HUKUN_STORE", lent.server().uri())
                .env("HUKUN_STORE_PASSWORD", lent.server().password());
        }
        command
    }

    fn said(&self, arguments: &[&str]) -> String {
        let done = self.command(arguments).output().unwrap();
        assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
        String::from_utf8(done.stdout).unwrap()
    }

    fn serve(&self) -> ServerProcess {
        ServerProcess::start(&mut self.command(&[]), &[])
    }
}

fn pair(name: &str) -> Value {
    let one = |id: String| {
        json!({ "id": id, "kind": "FUND", "names": [{ "value": name, "lang": "zh" }],
            "statements": [{ "sourceId": "source:article", "quote": "", "reliability": "INDEPENDENT" }] })
    };
    json!([one(format!("fund:{name}-a")), one(format!("fund:{name}-b"))])
}

async fn ask(client: &Client, url: &str, key: &str, query: &str, variables: Value) -> Option<Value> {
    let body = json!({ "query": query, "variables": variables });
    let sent = client
        .post(format!("{url}/graphql"))
        .bearer_auth(key)
        .json(&body)
        .send()
        .await;
    let answer: Value = sent.ok()?.json().await.ok()?;
    answer.get("errors").is_none().then(|| answer["data"].clone())
}

#[tokio::test]
async fn what_a_killed_server_acknowledged_is_there_and_nothing_is_half_done() {
    let ground = Ground::new().await;
    assert!(
        ground
            .command(&["import", &seed()])
            .stderr(Stdio::null())
            .status()
            .unwrap()
            .success()
    );
    let key = ground.said(&["key", "create", "--role", "editor"]);
    let key = key.split_whitespace().last().unwrap().to_string();
    let client = Client::new();
    let write = "mutation($input: [EntityInput!]!) { upsertEntities(input: $input) { created } }";
    let (mut acknowledged, mut tried) = (BTreeSet::new(), BTreeSet::new());
    let rounds: u32 = if soak() { 500 } else { 20 };
    for round in 0..rounds {
        let mut server = ground.serve();
        let url = server.url.clone();
        let told = Arc::new(Mutex::new((Vec::new(), Vec::new())));
        let writers: Vec<_> = (0..WRITERS)
            .map(|writer| {
                let (client, url, key, told) = (client.clone(), url.clone(), key.clone(), told.clone());
                tokio::spawn(async move {
                    for number in 0.. {
                        let name = format!("{round}-{writer}-{number}");
                        told.lock().0.push(name.clone());
                        if ask(&client, &url, &key, write, json!({ "input": pair(&name) }))
                            .await
                            .is_none()
                        {
                            return;
                        }
                        told.lock().1.push(name);
                    }
                })
            })
            .collect();
        // Every other one is killed early, before a slow store has acknowledged anything.
        let begun = Instant::now();
        while round % 2 == 0 && told.lock().1.is_empty() && begun.elapsed() < FIRST_MAX {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        tokio::time::sleep(Duration::from_millis(30) + Duration::from_millis(17) * (round % 20)).await;
        server.kill();
        for writer in writers {
            writer.await.unwrap();
        }
        let (sent, done) = std::mem::take(&mut *told.lock());
        tried.extend(sent);
        acknowledged.extend(done);
    }
    assert!(
        !acknowledged.is_empty(),
        "little was written: {}",
        acknowledged.len()
    );
    let mut server = ground.serve();
    let url = server.url.clone();
    let mut unknown = 0;
    for name in &tried {
        let query = "query($ids: [ID!]!) { nodes(ids: $ids) { id } }";
        let ids = json!({ "ids": [format!("fund:{name}-a"), format!("fund:{name}-b")] });
        let nodes = ask(&client, &url, &key, query, ids).await.unwrap()["nodes"].clone();
        let there = nodes
            .as_array()
            .unwrap()
            .iter()
            .filter(|node| !node.is_null())
            .count();
        match (there, acknowledged.contains(name)) {
            (2, _) => {}
            (0, false) => unknown += 1,
            (there, told) => panic!("{name}: {there} of 2 are there, acknowledged: {told}"),
        }
    }
    assert!(unknown <= tried.len() - acknowledged.len());
    server.kill();
    assert!(ground.said(&["check"]).contains("records clean"));
}
