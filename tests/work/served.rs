//! Servers under more work than they can do: what they still answer, and what becomes of work that nobody waits for.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use hukun::service::{Limits, Service};
use hukun::store::embedded::EmbeddedStore;
use reqwest::{Client, StatusCode};
use serde_json::{Value, json};
use tokio::io::AsyncWriteExt as _;
use tokio::net::TcpStream;
use tokio::time::sleep;

use super::world::{FLOW, REGIONS, TRACE, nested, world};
use crate::command::hukun;
use crate::support::process::ServerProcess;

/// Clients that ask at once.
const CLIENTS: usize = 50;
/// Far above what a thread that computes nothing takes to answer, and below how long one that computes is busy.
const ANSWERED_WITHIN: Duration = Duration::from_secs(3);
/// Nothing waits so long where all is well.
const PATIENCE: Duration = Duration::from_secs(30);

/// A server as it is started by an operator, over a graph of some size.
struct Server {
    process: ServerProcess,
    _home: tempfile::TempDir,
}

impl Server {
    async fn start(options: &[&str]) -> Self {
        let home = tempfile::tempdir().unwrap();
        let store = EmbeddedStore::open(&home.path().join("data")).unwrap();
        let service = Service::new(store, Limits::default());
        world(600).write(&service).await;
        drop(service);
        let health = ["--health-listen", "127.0.0.1:0"];
        let process = match asked_for("HUKUN_CROWD_PROGRAM") {
            // An older build may have no address for its health.
            Some(program) => {
                let mut command = std::process::Command::new(program);
                ServerProcess::start(command.current_dir(home.path()), options)
            }
            None => ServerProcess::start(&mut hukun(home.path()), &[options, &health].concat()),
        };
        Self { process, _home: home }
    }

    /// How long the processor has worked for it.
    fn worked(&self) -> Duration {
        self.process.cpu_time()
    }

    /// Waits until it has worked for some time more.
    async fn works(&self, more: Duration) {
        let (before, began) = (self.worked(), Instant::now());
        while self.worked() < before + more {
            assert!(began.elapsed() < PATIENCE, "the server does not work");
            sleep(Duration::from_millis(20)).await;
        }
    }

    /// Sees that it works no more.
    async fn rests(&self) {
        let began = Instant::now();
        loop {
            let before = self.worked();
            sleep(Duration::from_millis(500)).await;
            let worked = self.worked().checked_sub(before).unwrap();
            if worked <= Duration::from_millis(100) {
                return;
            }
            assert!(
                began.elapsed() < Duration::from_secs(8),
                "it still works: {worked:?} of 500 ms"
            );
        }
    }

    async fn ask(&self, client: &Client, question: &str) -> (StatusCode, Value) {
        self.try_ask(client, question).await.unwrap()
    }

    async fn try_ask(&self, client: &Client, question: &str) -> reqwest::Result<(StatusCode, Value)> {
        let sent = client
            .post(format!("{}/graphql", self.process.url))
            .header("accept", "application/graphql-response+json")
            .json(&json!({ "query": question }));
        let response = sent.send().await?;
        Ok((response.status(), response.json().await?))
    }

    /// Sends a question, and does not wait for the answer.
    async fn send(&self, question: &str) -> TcpStream {
        let address: SocketAddr = self.process.url["http://".len()..].parse().unwrap();
        let body = json!({ "query": question }).to_string();
        let mut stream = TcpStream::connect(address).await.unwrap();
        let head = format!(
            "POST /graphql HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n",
            body.len()
        );
        stream.write_all(head.as_bytes()).await.unwrap();
        stream.write_all(body.as_bytes()).await.unwrap();
        stream
    }
}

fn questions() -> [String; 5] {
    [
        format!("{{ flow(input: {FLOW}) {{ total {{ min max }} bySource {{ amount {{ min max }} }} }} }}"),
        nested(40),
        format!("{{ brokerage({REGIONS}) {{ entity {{ id }} liaison }} }}"),
        format!("{{ indicators({REGIONS}) {{ code inRecord }} }}"),
        format!("{{ robustness(trace: {TRACE}) {{ without holds lost }} }}"),
    ]
}

/// A field many times over, by other names.
fn many(count: usize, field: &str) -> String {
    let fields: String = (0..count).map(|n| format!(" a{n}: {field}")).collect();
    format!("{{{fields} }}")
}

const CHEAP: &str = "{ nodes(ids: [\"region:ks\"]) { id } }";
const LONG: [&str; 8] = [
    "--cost-max",
    "1000000000",
    "--request-ms-max",
    "600000",
    "--flow-ms-max",
    "600000",
    "--trace-ms-max",
    "600000",
];

/// What a crowd that asks at once gets, and what others get beside it.
struct Figures {
    /// The longest that `/health/live` took, at the server's address and at its own.
    live: [Duration; 2],
    /// How long a cheap question took, sorted.
    cheap: Vec<Duration>,
    /// How long each of the crowd's questions took, sorted.
    asked: Vec<Duration>,
    /// How many of them were stopped by the limit of time.
    stopped: usize,
    /// How many were refused, for want of memory or of a place in the queue.
    refused: usize,
    /// What ended otherwise than by an answer or these, cheap questions and looks at its health too.
    failed: Vec<String>,
}

impl Figures {
    fn line(&self, name: &str) -> String {
        let part = |times: &[Duration], part: usize| times[(times.len() - 1) * part / 100];
        format!(
            "{name}: live {:.0?} (apart {:.0?}), cheap p50 {:.0?} p99 {:.0?}, asked p50 {:.1?} p99 {:.1?}, stopped {}, refused {}, failed {:?}",
            self.live[0],
            self.live[1],
            part(&self.cheap, 50),
            part(&self.cheap, 99),
            part(&self.asked, 50),
            part(&self.asked, 99),
            self.stopped,
            self.refused,
            self.failed
        )
    }
}

/// So many clients ask at once, one question each, over connections of their own.
async fn crowd(server: &Arc<Server>, questions: &[String]) -> Figures {
    let clients: Vec<_> = questions
        .iter()
        .cycle()
        .take(CLIENTS)
        .map(|question| {
            let (server, question) = (server.clone(), question.clone());
            tokio::spawn(async move {
                let began = Instant::now();
                let answered = server.try_ask(&Client::new(), &question).await;
                (began.elapsed(), answered)
            })
        })
        .collect();
    let (mut live, mut cheap, client) = ([Duration::ZERO; 2], Vec::new(), Client::new());
    let mut failed = Vec::new();
    while clients.iter().any(|client| !client.is_finished()) {
        for (place, url) in [&server.process.url, &server.process.health_url]
            .into_iter()
            .enumerate()
        {
            let asked = Instant::now();
            // Each time over a connection of its own, as a watchdog does.
            let response = Client::new().get(format!("{url}/health/live")).send().await;
            failed.extend(response.err().map(|error| format!("health: {error:?}")));
            live[place] = live[place].max(asked.elapsed());
        }
        let asked = Instant::now();
        let answered = server.try_ask(&client, CHEAP).await;
        if !matches!(&answered, Ok((_, body)) if body["errors"].is_null()) {
            failed.push(format!("cheap: {answered:?}"));
        }
        cheap.push(asked.elapsed());
        sleep(Duration::from_millis(20)).await;
    }
    let (mut asked, mut stopped, mut refused) = (Vec::new(), 0, 0);
    for client in clients {
        let (took, answered) = client.await.unwrap();
        asked.push(took);
        match &answered {
            Ok((StatusCode::OK, _)) => {}
            Ok((StatusCode::GATEWAY_TIMEOUT, _)) => stopped += 1,
            Ok((StatusCode::SERVICE_UNAVAILABLE, _)) => refused += 1,
            other => failed.push(format!("{other:?}")),
        }
    }
    cheap.sort();
    asked.sort();
    Figures {
        live,
        cheap,
        asked,
        stopped,
        refused,
        failed,
    }
}

/// What the environment asks of a test.
#[expect(
    clippy::disallowed_methods,
    reason = "a test has no options; the figures are asked for this way"
)]
fn asked_for(name: &str) -> Option<String> {
    std::env::var(name).ok()
}

/// With `HUKUN_CROWD=1`, each kind of question by itself, and with the limits of a server as it comes: the figures of
/// `bench/README.md`. `HUKUN_CROWD_PROGRAM` has another build asked.
#[tokio::test]
async fn health_and_cheap_questions_are_answered_whatever_is_asked_beside_them() {
    if asked_for("HUKUN_CROWD").is_some() {
        for (name, question) in ["flow", "nested lists", "brokerage", "indicators", "robustness"]
            .into_iter()
            .zip(questions())
        {
            // A crowd of its own server each: what one left behind is not another's.
            let server = Arc::new(Server::start(&[]).await);
            println!("{}", crowd(&server, &[question]).await.line(name));
        }
        return;
    }
    let server = Arc::new(Server::start(&["--request-ms-max", "8000"]).await);
    let figures = crowd(&server, &questions()).await;
    let line = figures.line("all kinds");
    assert!(figures.live[0] < ANSWERED_WITHIN, "/health/live waits: {line}");
    assert!(
        figures.live[1] < ANSWERED_WITHIN,
        "health on its own address waits: {line}"
    );
    let slowest = *figures.cheap.last().unwrap();
    assert!(
        slowest < 2 * ANSWERED_WITHIN,
        "a cheap question waits for {slowest:?}: {line}"
    );
    assert!(figures.failed.is_empty(), "{line}");
    // Most of the crowd is served, or worked for until its time is over.
    assert!(figures.refused < CLIENTS / 2, "{line}");
    let longest = *figures.asked.last().unwrap();
    assert!(longest < Duration::from_secs(8) + ANSWERED_WITHIN, "{line}");
    // With all who asked answered, nothing is worked on.
    server.rests().await;
}

#[tokio::test]
async fn who_goes_away_ends_his_work_and_keeps_his_place_until_then() {
    let mut options = vec!["--concurrent-max", "6", "--queue-max", "0"];
    options.extend(LONG);
    let server = Server::start(&options).await;
    let client = Client::new();
    for field in [
        format!("robustness(trace: {TRACE}) {{ lost }}"),
        format!(
            "flow(input: {FLOW}) {{ bySource {{ amount {{ min max }} }} byTarget {{ amount {{ min max }} }} }}"
        ),
        format!("brokerage({REGIONS}) {{ liaison }}"),
    ] {
        let question = many(40, &field);
        let mut gone = Vec::new();
        for _ in 0..6 {
            gone.push(server.send(&question).await);
        }
        server.works(Duration::from_millis(500)).await;
        let (status, body) = server.ask(&client, CHEAP).await;
        assert_eq!(status, StatusCode::SERVICE_UNAVAILABLE, "{field}: {body}");
        drop(gone);
        let began = Instant::now();
        while server.ask(&client, CHEAP).await.0 != StatusCode::OK {
            assert!(
                began.elapsed() < Duration::from_secs(10),
                "{field}: no place is free again"
            );
            sleep(Duration::from_millis(10)).await;
        }
        server.rests().await;
    }
}

#[tokio::test]
async fn a_request_has_one_end_however_many_fields_it_has() {
    let server = Server::start(&["--cost-max", "1000000000", "--request-ms-max", "1500"]).await;
    let client = Client::new();
    for field in [
        format!("robustness(flow: {FLOW}) {{ lost total {{ min max }} }}"),
        format!("robustness(trace: {TRACE}) {{ lost }}"),
        format!("flow(input: {FLOW}) {{ total {{ min max }} byTarget {{ amount {{ min max }} }} }}"),
    ] {
        let began = Instant::now();
        let (status, body) = server.ask(&client, &many(50, &field)).await;
        let took = began.elapsed();
        assert_eq!(status, StatusCode::GATEWAY_TIMEOUT, "{body}");
        assert_eq!(body["errors"][0]["extensions"]["code"], "TIMEOUT");
        let bound = Duration::from_millis(1500) + ANSWERED_WITHIN;
        assert!(took < bound, "{field}: {took:?}");
        server.rests().await;
    }
}

#[tokio::test]
async fn health_on_its_own_address_says_whether_it_is_ready_and_nothing_else() {
    let mut server = Server::start(&[]).await;
    let get = async |path: &str| {
        let response = reqwest::get(format!("{}{path}", server.process.health_url))
            .await
            .unwrap();
        (response.status(), response.text().await.unwrap())
    };
    assert_eq!(get("/health/live").await.0, StatusCode::OK);
    let (status, ready) = get("/health/ready").await;
    assert_eq!(status, StatusCode::OK, "{ready}");
    assert!(ready.contains("\"ready\""), "{ready}");
    assert_eq!(get("/graphql?query={__typename}").await.0, StatusCode::NOT_FOUND);
    let health = server.process.health_url.clone();
    server.process.kill();
    assert!(reqwest::get(format!("{health}/health/live")).await.is_err());
}
