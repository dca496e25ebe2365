//! Connections over real sockets: how many, how long they may be silent, how they end.

use std::num::NonZeroUsize;

use std::time::Duration;

use hukun::http::{self, Config};
use hukun::service;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::{Instant, sleep, timeout};

use crate::support::stores::{self, Ground};
use crate::support::{TestApp, graph};

/// Long enough for any machine; nothing waits so long where all is well.
const PATIENCE: Duration = Duration::from_secs(20);
const SHORT: Duration = Duration::from_millis(200);
const PING: &[u8] = b"GET /health/live HTTP/1.1\r\nhost: x\r\n\r\n";
/// The preface of HTTP/2 and empty settings.
const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0";

async fn app(set: impl FnOnce(&mut http::Limits)) -> TestApp {
    let mut config = Config::default();
    set(&mut config.limits);
    TestApp::with_config(graph(), config).await
}

async fn connect(app: &TestApp) -> TcpStream {
    TcpStream::connect(app.url.strip_prefix("http://").unwrap())
        .await
        .unwrap()
}

/// What comes until the server closes.
async fn read_all(stream: &mut TcpStream) -> String {
    let mut all = Vec::new();
    // A reset ends a connection too.
    let _ = timeout(PATIENCE, stream.read_to_end(&mut all))
        .await
        .expect("the server closes");
    String::from_utf8_lossy(&all).into_owned()
}

/// Asks and reads one answer, which must come.
async fn ping(stream: &mut TcpStream) {
    stream.write_all(PING).await.unwrap();
    pong(stream).await;
}

async fn pong(stream: &mut TcpStream) {
    let mut answer = vec![0; 4096];
    let length = timeout(PATIENCE, stream.read(&mut answer))
        .await
        .unwrap()
        .unwrap();
    let answer = String::from_utf8_lossy(&answer[..length]);
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer:?}");
}

#[tokio::test]
async fn a_slow_head_is_cut_however_it_drips() {
    let app = app(|limits| limits.header_ms_max = 200).await;
    for begin in [&b""[..], b"G", b"GET / HTTP/1.1\r\nhost: x\r\nx-a: ", PREFACE] {
        let mut stream = connect(&app).await;
        stream.write_all(begin).await.unwrap();
        let answer = read_all(&mut stream).await;
        assert!(!answer.contains("HTTP/1.1"), "{answer}");
    }
    let stream = connect(&app).await;
    let (mut read, mut write) = stream.into_split();
    let began = Instant::now();
    let drips = tokio::spawn(async move {
        let _ = write.write_all(b"GET / HTTP/1.1\r\nx-a: ").await;
        while write.write_all(b"a").await.is_ok() {
            sleep(Duration::from_millis(20)).await;
        }
    });
    let mut rest = Vec::new();
    let _ = timeout(PATIENCE, read.read_to_end(&mut rest))
        .await
        .expect("cut while it drips");
    assert!(began.elapsed() >= SHORT);
    assert_eq!(rest, b"");
    timeout(PATIENCE, drips).await.unwrap().unwrap();
}

#[tokio::test]
async fn a_connection_at_rest_is_no_slow_one_and_its_next_head_is_timed_again() {
    let app = app(|limits| limits.header_ms_max = 200).await;
    let mut stream = connect(&app).await;
    ping(&mut stream).await;
    sleep(Duration::from_millis(600)).await;
    ping(&mut stream).await;
    stream.write_all(b"GET / HT").await.unwrap();
    assert_eq!(read_all(&mut stream).await, "");
}

#[tokio::test]
async fn a_rest_has_an_end() {
    let app = app(|limits| limits.idle_ms_max = 200).await;
    let mut stream = connect(&app).await;
    let began = Instant::now();
    ping(&mut stream).await;
    assert_eq!(read_all(&mut stream).await, "");
    assert!(began.elapsed() >= SHORT);
}

#[tokio::test]
async fn one_more_than_there_is_room_for_waits_until_another_leaves() {
    let app = app(|limits| limits.connections_max = NonZeroUsize::new(2).unwrap()).await;
    let (mut first, mut second) = (connect(&app).await, connect(&app).await);
    ping(&mut first).await;
    ping(&mut second).await;
    let mut third = connect(&app).await;
    third.write_all(PING).await.unwrap();
    let mut byte = [0];
    assert!(
        timeout(SHORT, third.peek(&mut byte)).await.is_err(),
        "there is no room for a third"
    );
    ping(&mut first).await;
    drop(second);
    pong(&mut third).await;
}

#[tokio::test]
async fn a_client_that_takes_nothing_of_its_answers_loses_its_place() {
    let app = app(|limits| {
        limits.connections_max = NonZeroUsize::MIN;
        limits.idle_ms_max = 200;
    })
    .await;
    let mut greedy = connect(&app).await;
    // More than the system's buffers hold: a megabyte each.
    let ask = b"GET /graphiql/graphiql.min.js HTTP/1.1\r\nhost: x\r\n\r\n".repeat(100);
    greedy.write_all(&ask).await.unwrap();
    let mut next = connect(&app).await;
    ping(&mut next).await;
    let mut taken = Vec::new();
    let _ = timeout(PATIENCE, greedy.read_to_end(&mut taken)).await.unwrap();
    assert!(!taken.is_empty() && taken.len() < 100_000_000, "{}", taken.len());
}

struct Stoppable {
    address: std::net::SocketAddr,
    stop: tokio::sync::oneshot::Sender<()>,
    serving: tokio::task::JoinHandle<()>,
    ground: Ground,
}

async fn stoppable(shutdown_ms_max: u64) -> Stoppable {
    let (service, ground) = stores::service(service::Limits::default()).await;
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let mut config = Config::default();
    config.limits.shutdown_ms_max = shutdown_ms_max;
    let (stop, stopped) = tokio::sync::oneshot::channel();
    let serving = tokio::spawn(http::serve(listener, service, config, async {
        stopped.await.unwrap();
    }));
    Stoppable {
        address,
        stop,
        serving,
        ground,
    }
}

const QUESTION: &str = r#"{"query":"{ revision }"}"#;

/// A question of which only half has come, and the rest. Another was answered meanwhile, so it is being read.
async fn half_asked(address: std::net::SocketAddr) -> (TcpStream, &'static str) {
    let mut stream = TcpStream::connect(address).await.unwrap();
    let (half, rest) = QUESTION.split_at(8);
    let head = format!(
        "POST /graphql HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n{half}",
        QUESTION.len()
    );
    stream.write_all(head.as_bytes()).await.unwrap();
    let mut other = TcpStream::connect(address).await.unwrap();
    ping(&mut other).await;
    (stream, rest)
}

#[tokio::test]
async fn a_server_told_to_stop_finishes_what_it_answers_and_closes_what_rests() {
    let Stoppable {
        address,
        stop,
        serving,
        ground: _ground,
    } = stoppable(60_000).await;
    let mut idle = TcpStream::connect(address).await.unwrap();
    ping(&mut idle).await;
    let (mut asked, rest) = half_asked(address).await;
    stop.send(()).unwrap();
    assert_eq!(read_all(&mut idle).await, "");
    assert!(
        TcpStream::connect(address).await.is_err(),
        "nobody listens any more"
    );
    assert!(!serving.is_finished());
    asked.write_all(rest.as_bytes()).await.unwrap();
    let answer = read_all(&mut asked).await;
    assert!(
        answer.starts_with("HTTP/1.1 200") && answer.contains(r#""revision":"0""#),
        "{answer}"
    );
    timeout(PATIENCE, serving).await.unwrap().unwrap();
}

#[tokio::test]
async fn a_server_told_to_stop_ends_in_time_with_a_request_still_open() {
    let Stoppable {
        address,
        stop,
        serving,
        ground: _ground,
    } = stoppable(50).await;
    let (mut asked, _) = half_asked(address).await;
    stop.send(()).unwrap();
    timeout(PATIENCE, serving).await.unwrap().unwrap();
    assert_eq!(read_all(&mut asked).await, "");
}
