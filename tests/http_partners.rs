//! Programs of partners, as the docs show them: run by the languages themselves, over connections that break.

use std::process::{Command, Output};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use hukun::model::principal::Role;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

use crate::support::graph::relation;
use crate::support::keys::key;
use crate::support::{TestApp, graph};

/// The example in a language that defines a name, in a page of the docs.
pub fn example(page: &str, language: &str, defines: &str) -> String {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("docs")
        .join(page);
    let text = std::fs::read_to_string(path).unwrap();
    let fence = format!("```{language}\n");
    let mut blocks = text
        .split(&fence)
        .skip(1)
        .map(|rest| rest.split("```").next().unwrap());
    let found = blocks.find(|block| block.contains(defines));
    found
        .unwrap_or_else(|| panic!("{page} has no {defines} in {language}"))
        .to_string()
}

/// Stands before a server. The first answers are read and never handed on: whoever asked sees the connection break.
async fn losing(answers: usize, url: &str) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let here = format!("http://{}", listener.local_addr().unwrap());
    let there = url.strip_prefix("http://").unwrap().to_string();
    let lost = Arc::new(AtomicUsize::new(0));
    tokio::spawn(async move {
        while let Ok((mut client, _)) = listener.accept().await {
            let (there, lost) = (there.clone(), lost.clone());
            tokio::spawn(async move {
                let mut server = TcpStream::connect(there).await.unwrap();
                if lost.fetch_add(1, Ordering::Relaxed) >= answers {
                    let _ = tokio::io::copy_bidirectional(&mut client, &mut server).await;
                    return;
                }
                // The request goes through, in however many pieces it comes, until the server has begun to answer it.
                let (mut asked, mut answer) = (vec![0; 65_536], [0; 1]);
                loop {
                    tokio::select! {
                        count = client.read(&mut asked) => match count {
                            Ok(count) if count > 0 => server.write_all(&asked[..count]).await.unwrap(),
                            _ => return,
                        },
                        _ = server.read(&mut answer) => return,
                    }
                }
            });
        }
    });
    here
}

async fn run(mut command: Command) -> Output {
    tokio::task::spawn_blocking(move || {
        command
            .output()
            .expect("it is installed: scripts/need.sh says what tests need")
    })
    .await
    .unwrap()
}

/// A program that calls `write` with the place, the key, the document and the variables, and prints what it gives.
fn program(language: &str, [url, key, document, variables]: [&str; 4]) -> Command {
    let quoted = [url, key, document]
        .map(|text| json!(text).to_string())
        .join(", ");
    let code = example("writing.md", language, "write(");
    let mut command;
    if language == "python" {
        command = Command::new("python3");
        let call = format!(
            "print(json.dumps(write({quoted}, json.loads({}))))",
            json!(variables)
        );
        command.args(["-c", &format!("{code}\n{call}\n")]);
    } else {
        let plain = [": string", ": object", ": Promise<any>", ": unknown", ": any"];
        let code = plain.iter().fold(code, |code, name| code.replace(name, ""));
        command = Command::new("node");
        let call = format!("console.log(JSON.stringify(await write({quoted}, {variables})));");
        command.args(["--input-type=module", "--eval", &format!("{code}\n{call}\n")]);
    }
    command
}

const WRITE: &str =
    "mutation ($input: [EntityInput!]!) { upsertEntities(input: $input) { created unchanged } }";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_examples_of_writing_lose_no_write_and_make_none_twice() {
    for language in ["python", "ts"] {
        let app = TestApp::with(graph().entities(["region:a"])).await;
        let issued = app.issue(key(Role::Editor)).await;
        let url = format!("{}/graphql", losing(2, &app.url).await);
        let input = json!({ "input": [{ "id": "lab:first", "kind": "LAB", "names": [{ "value": "我的\"实验室\"", "lang": "zh" }],
            "statements": [{ "sourceId": "source:s", "quote": "新建", "reliability": "INDEPENDENT" }] }] });
        let done = run(program(
            language,
            [&url, issued.reveal(), WRITE, &input.to_string()],
        ))
        .await;
        let (out, told) = (
            String::from_utf8(done.stdout).unwrap(),
            String::from_utf8_lossy(&done.stderr).into_owned(),
        );
        let answer: Value = serde_json::from_str(&out).unwrap_or_else(|_| panic!("{language}: {out}{told}"));
        assert_eq!(
            answer["upsertEntities"],
            json!({ "created": 0, "unchanged": 1 }),
            "{language}"
        );
        let question = r#"{ revision node(id: "lab:first") { ... on Entity { name } } }"#;
        assert_eq!(
            app.query(question).await.good(),
            json!({ "revision": "2", "node": { "name": "我的\"实验室\"" } }),
            "{language}"
        );
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_examples_of_writing_say_what_is_wrong_at_once() {
    let app = TestApp::with(graph().entities(["region:a"])).await;
    let issued = app.issue(key(Role::Editor)).await;
    for language in ["python", "ts"] {
        for (key, word) in [(issued.reveal(), "extensions"), ("hk_wrong", "UNAUTHENTICATED")] {
            let url = format!("{}/graphql", app.url);
            let wrong = json!({ "input": [{ "id": "lab:x", "kind": "LAB", "names": [], "statements": [] }] });
            let done = run(program(language, [&url, key, WRITE, &wrong.to_string()])).await;
            let told = String::from_utf8_lossy(&done.stderr).into_owned();
            assert!(
                !done.status.success() && told.contains(word),
                "{language}: {told}"
            );
        }
    }
}

/// The example that follows by server-sent events, over a connection that breaks at its first answers.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_example_of_following_in_python_hears_each_change_once() {
    let app = TestApp::with(graph().entities(["region:a"])).await;
    let since = app.query("{ changeCursor }").await.good()["changeCursor"].clone();
    let url = format!("{}/graphql/stream", losing(2, &app.url).await);
    let code = example("feed.md", "python", "def subscribe(");
    let call = format!(
        "for change in subscribe({}, {since}):\n    print(change['action'], change['subjectId'], flush=True)\n    if change['subjectId'] == 'r:last': break\n",
        json!(url)
    );
    let mut command = Command::new("python3");
    command.args(["-c", &format!("{code}\n{call}")]);
    let running = tokio::spawn(run(command));
    let expected: Vec<String> = ["fund:a", "fund:b", "fund:c"]
        .map(|id| format!("CREATED {id}"))
        .into();
    for id in ["fund:a", "fund:b", "fund:c"] {
        app.add(graph().entity(id)).await;
        tokio::time::sleep(std::time::Duration::from_millis(300)).await;
    }
    let last = relation().id("r:last");
    app.add(graph().relation_between_known(
        hukun::model::ontology::RelationKind::LocatedIn,
        "fund:a",
        "region:a",
        last,
    ))
    .await;
    let done = running.await.unwrap();
    let out = String::from_utf8(done.stdout).unwrap();
    let heard: Vec<&str> = out.lines().filter(|line| line.contains("fund:")).collect();
    assert_eq!(heard, expected, "{}", String::from_utf8_lossy(&done.stderr));
    assert!(out.ends_with("CREATED r:last\n"), "{out}");
}
