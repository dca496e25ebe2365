//! Other people's clients: the npm packages `graphql-ws`, as docs/feed.md shows it to partners, and `graphql-sse`.

use std::io::{BufRead as _, BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use hukun::http::Config;
use serde_json::Value;
use tokio::sync::mpsc;
use tokio::time::timeout;

use super::server::{Server, fund, text};
use crate::support::stores::Place;

/// A program starts, or finds a server again that was away, beside all else that a test run starts.
const RESTARTED_WITHIN: Duration = Duration::from_mins(1);

/// A program that prints a change a line.
struct Subscriber {
    program: Child,
    lines: mpsc::UnboundedReceiver<Value>,
}

impl Drop for Subscriber {
    fn drop(&mut self) {
        let _ = self.program.kill();
        let _ = self.program.wait();
    }
}

fn home() -> PathBuf {
    let here = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/js");
    assert!(
        here.join("node_modules/graphql-ws").exists(),
        "the clients are not installed: `npm ci --prefix tests/js`, as `make test` does"
    );
    here
}

impl Subscriber {
    fn start(command: &mut Command, code: Option<&str>) -> Self {
        let mut program = command
            .current_dir(home())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("node runs: see CONTRIBUTING.md for what the tests need");
        let mut stdin = program.stdin.take().unwrap();
        stdin.write_all(code.unwrap_or_default().as_bytes()).unwrap();
        drop(stdin);
        let (tell, lines) = mpsc::unbounded_channel();
        let out = BufReader::new(program.stdout.take().unwrap());
        std::thread::spawn(move || {
            for line in out.lines().map_while(Result::ok) {
                let _ = tell.send(serde_json::from_str(&line).unwrap_or_else(|_| panic!("{line}")));
            }
        });
        Self { program, lines }
    }

    async fn change(&mut self) -> Value {
        let change = timeout(RESTARTED_WITHIN, self.lines.recv()).await;
        change.expect("a change in time").expect("the client runs")
    }
}

/// The example for TypeScript in docs/feed.md, its types taken away.
fn example() -> String {
    let text = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/feed.md")).unwrap();
    let block = text.split("```ts\n").nth(1).expect("an example in TypeScript");
    let block = block.split("```").next().unwrap();
    let types = [
        ": string | undefined",
        ": string",
        ": AsyncGenerator<Change>",
        " as Change",
    ];
    let mut code: String = types
        .iter()
        .fold(block.to_string(), |code, name| code.replace(name, ""));
    let declared = code
        .find("interface Change")
        .map(|at| (at, at + code[at..].find("}\n").unwrap() + 2));
    if let Some((from, to)) = declared {
        code.replace_range(from..to, "");
    }
    code
}

/// The first change is where it begins; then come changes while it listens, while the server is away, and after.
async fn follows(start: impl FnOnce(&str, &str) -> Subscriber) {
    let place = Place::empty().await;
    let server = Server::over(&place, Config::default()).await;
    fund(0).write(&server.service).await;
    let question = serde_json::json!({ "query": "{ changeCursor }" });
    let ask = reqwest::Client::new()
        .post(format!("{}/graphql", server.url))
        .json(&question);
    let answer: Value = ask.send().await.unwrap().json().await.unwrap();
    let mut subscriber = start(&server.url, &text(&answer["data"]["changeCursor"]));
    let mut told = Vec::new();
    let (url, mut n) = (server.url.clone(), 1);
    let mut server = Some(server);
    for _ in 0..3 {
        let running = match server.take() {
            Some(running) => running,
            None => Server::at(&place, Config::default(), &url).await,
        };
        for _ in 0..3 {
            fund(n).write(&running.service).await;
            n += 1;
        }
        while told.last() != Some(&format!("fund:{:05}", n - 1)) {
            let change = subscriber.change().await;
            assert_eq!(change["node"]["id"], change["subjectId"], "{change}");
            told.push(text(&change["subjectId"]));
        }
        running.stop().await;
    }
    told.retain(|subject| subject != "d");
    let expected: Vec<String> = (1..n).map(|n| format!("fund:{n:05}")).collect();
    assert_eq!(told, expected);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_example_for_partners_follows_by_graphql_ws_over_restarts() {
    follows(|url, since| {
        let code = format!(
            "import {{ WebSocket }} from 'ws';\nglobalThis.WebSocket ??= WebSocket;\n{}\nfor await (const change of subscribe('{}/graphql/ws', '{since}')) console.log(JSON.stringify(change));",
            example(),
            url.replacen("http", "ws", 1),
        );
        let mut node = Command::new("node");
        Subscriber::start(node.args(["--input-type=module", "-"]), Some(&code))
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn graphql_sse_follows_over_restarts() {
    follows(|url, since| Subscriber::start(Command::new("node").args(["sse.mjs", url, since]), None)).await;
}
