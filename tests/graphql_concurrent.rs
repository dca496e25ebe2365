//! Writers and readers at once: each answer is of one revision, and what a revision holds is what was written by then.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use hukun::model::principal::Role;
use parking_lot::Mutex;
use serde_json::{Value, json};

use crate::support::keys::key;
use crate::support::{TestApp, graph, soak};

const WRITERS: usize = 4;
const READERS: usize = 16;

/// Of each writer: what it wrote, by the revision that it made.
type Model = Arc<Mutex<Vec<BTreeMap<u64, String>>>>;

fn pair(writer: usize, tag: &str) -> Value {
    let one = |half: &str| {
        json!({ "id": format!("fund:{writer}{half}"), "kind": "FUND", "names": [{ "value": "基金", "lang": "zh" }], "tags": [tag],
            "statements": [{ "sourceId": "source:s", "quote": tag, "reliability": "INDEPENDENT" }] })
    };
    json!([one("a"), one("b")])
}

fn number(value: &Value) -> u64 {
    value.as_str().unwrap().parse().unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn no_answer_is_torn_while_others_write() {
    let app = Arc::new(TestApp::with(graph().entities(["fund:x"])).await);
    let issued = app.issue(key(Role::Editor)).await;
    let token = issued.reveal().to_string();
    let model: Model = Arc::new(Mutex::new(vec![BTreeMap::new(); WRITERS]));
    // What there is to read is there before anybody reads: a store's first writes may take long.
    for writer in 0..WRITERS {
        let ask = "mutation($input: [EntityInput!]!) { upsertEntities(input: $input) { revision } }";
        let input = json!({ "input": pair(writer, "v0") });
        let data = app.with_token(&token).ask(ask, input).await.good();
        let revision = number(&data["upsertEntities"]["revision"]);
        model.lock()[writer].insert(revision, "v0".to_string());
    }
    let until = Instant::now() + Duration::from_secs(if soak() { 60 } else { 3 });
    let writers = (0..WRITERS).map(|writer| {
        let (app, token, model) = (app.clone(), token.clone(), model.clone());
        tokio::spawn(async move {
            let editor = app.with_token(&token);
            let mut written = 0;
            while Instant::now() < until {
                written += 1;
                let tag = format!("v{written}");
                let ask = "mutation($input: [EntityInput!]!) { upsertEntities(input: $input) { revision } }";
                let data = editor
                    .ask(ask, json!({ "input": pair(writer, &tag) }))
                    .await
                    .good();
                let revision = number(&data["upsertEntities"]["revision"]);
                model.lock()[writer].insert(revision, tag);
            }
            written
        })
    });
    let writers: Vec<_> = writers.collect();
    let readers = (0..READERS).map(|reader| {
        let app = app.clone();
        tokio::spawn(async move {
            let writer = reader % WRITERS;
            // The second half hangs below the first by another way and another call.
            let question = format!(
                r#"{{ revision a: node(id: "fund:{writer}a") {{ ... on Fund {{ tags statements {{ quote }} }} }}
                     b: entities(filter: {{ ids: ["fund:{writer}b"] }}) {{ nodes {{ tags statements {{ quote }} }} }} }}"#
            );
            let mut seen = Vec::new();
            while Instant::now() < until {
                let data = app.query(&question).await.good();
                let (a, b) = (&data["a"], &data["b"]["nodes"][0]);
                assert_eq!(a, b, "a torn answer at {}", data["revision"]);
                if !a.is_null() {
                    assert_eq!(a["tags"][0], a["statements"][0]["quote"], "{a}");
                    seen.push((number(&data["revision"]), a["tags"][0].as_str().unwrap().to_string()));
                }
            }
            (writer, seen)
        })
    });
    let readers: Vec<_> = readers.collect();
    let mut written = 0;
    for writer in writers {
        written += writer.await.unwrap();
    }
    let (mut read, mut last) = (0, 0);
    for reader in readers {
        let (writer, seen) = reader.await.unwrap();
        let model = model.lock();
        for (revision, tag) in seen {
            read += 1;
            last = last.max(revision);
            let newest = model[writer].range(..=revision).next_back().map(|(_, tag)| tag);
            assert_eq!(newest, Some(&tag), "at revision {revision}");
        }
    }
    assert!(
        written > 0 && read > 0 && last > 2,
        "{written} writes, {read} answers, up to {last}"
    );
}
