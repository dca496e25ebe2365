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
const PING: &[u8] = b"GET /health/live HTTP/1.1\r\nhost: localhost\r\n\r\n";
/// The preface of HTTP/2 and empty settings.
const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0";

async fn app(set: impl FnOnce(&mut http::HttpLimits)) -> TestApp {
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
    for begin in [
        &b""[..],
        b"G",
        b"GET / HTTP/1.1\r\nhost: localhost\r\nx-a: ",
        PREFACE,
    ] {
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
    let app = app(|limits| {
        limits.connections_max = NonZeroUsize::new(2).unwrap();
        // Over a spare one it would be told.
        limits.connections_health_max = 0;
    })
    .await;
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
    let ask = b"GET /graphiql/graphiql.min.js HTTP/1.1\r\nhost: localhost\r\n\r\n".repeat(100);
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
        "POST /graphql HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n{half}",
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

/// A client of HTTP/2 by hand: what it grants and leaves ungranted is what the tests are about.
struct Frames {
    stream: TcpStream,
}

const DATA: u8 = 0;
const HEADERS: u8 = 1;
const RESET: u8 = 3;
const SETTINGS: u8 = 4;
const PINGS: u8 = 6;
const WINDOW: u8 = 8;
/// The last of its stream; of headers, whole.
const END_STREAM: u8 = 1;
const END_HEADERS: u8 = 4;

impl Frames {
    /// Opens a connection on which each stream may send so many bytes before it is granted more.
    async fn open(app: &TestApp, window: u32) -> Self {
        let mut frames = Self {
            stream: connect(app).await,
        };
        frames
            .stream
            .write_all(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n")
            .await
            .unwrap();
        let mut initial_window = vec![0, 4];
        initial_window.extend(window.to_be_bytes());
        frames.send(SETTINGS, 0, 0, &initial_window).await.unwrap();
        // The connection as a whole has 65,535 bytes at first.
        frames
            .send(WINDOW, 0, 0, &10_000_000_u32.to_be_bytes())
            .await
            .unwrap();
        frames
    }

    async fn send(&mut self, kind: u8, flags: u8, stream: u32, payload: &[u8]) -> std::io::Result<()> {
        let length = u32::try_from(payload.len()).unwrap().to_be_bytes();
        let mut frame = vec![length[1], length[2], length[3], kind, flags];
        frame.extend(stream.to_be_bytes());
        frame.extend(payload);
        self.stream.write_all(&frame).await
    }

    async fn get(&mut self, stream: u32, path: &str) {
        // From the static table: GET, http; then two names of it with a value each.
        let mut head = vec![0x82, 0x86, 0x04, u8::try_from(path.len()).unwrap()];
        head.extend(path.as_bytes());
        head.extend([0x01, 9]);
        head.extend(b"localhost");
        self.send(HEADERS, END_STREAM | END_HEADERS, stream, &head)
            .await
            .unwrap();
    }

    /// The next frame: kind, flags, stream and how long; none where the server closes.
    async fn next(&mut self) -> Option<(u8, u8, u32, usize)> {
        let mut head = [0; 9];
        self.stream.read_exact(&mut head).await.ok()?;
        let length = u32::from_be_bytes([0, head[0], head[1], head[2]]) as usize;
        let mut payload = vec![0; length];
        self.stream.read_exact(&mut payload).await.ok()?;
        let stream = u32::from_be_bytes([head[5], head[6], head[7], head[8]]);
        Some((head[3], head[4], stream, length))
    }
}

#[tokio::test]
async fn a_stream_that_takes_nothing_is_cut_and_the_others_go_on() {
    let app = app(|limits| limits.idle_ms_max = 1_000).await;
    // Nothing, less than a part of the answer, and all but its end.
    let whole = reqwest::get(format!("{}/schema.graphql", app.url)).await.unwrap();
    let whole = u32::try_from(whole.text().await.unwrap().len()).unwrap();
    for window in [0, 10, 20_000, whole - 1] {
        let mut frames = Frames::open(&app, window).await;
        frames.get(1, "/schema.graphql").await;
        let (mut next, mut ended, mut cut) = (3, 0, None);
        let began = Instant::now();
        let mut ended_after = 0;
        while ended_after < 2 {
            assert!(began.elapsed() < PATIENCE, "{window}: the stream is not cut");
            // Signs of life, all of them: a ping, and another stream that is granted all it wants.
            frames.send(PINGS, 0, 0, &[0; 8]).await.unwrap();
            frames.get(next, "/health/live").await;
            frames
                .send(WINDOW, 0, next, &100_000_u32.to_be_bytes())
                .await
                .unwrap();
            loop {
                let frame = timeout(PATIENCE, frames.next()).await.unwrap();
                let (kind, flags, stream, _) = frame.expect("the connection goes on");
                if stream == 1 && kind == RESET {
                    cut = Some(began.elapsed());
                }
                let is_end = [DATA, HEADERS].contains(&kind) && flags & END_STREAM != 0;
                assert!(stream != 1 || !is_end, "{window}: it was not answered whole");
                if stream == next && is_end {
                    break;
                }
            }
            ended += 1;
            ended_after += u32::from(cut.is_some());
            next += 2;
            sleep(Duration::from_millis(50)).await;
        }
        let cut = cut.unwrap();
        assert!(cut >= Duration::from_millis(900), "{window}: cut after {cut:?}");
        assert!(ended > 2, "others went on meanwhile");
    }
}

#[tokio::test]
async fn an_answer_over_http_2_is_whole_with_exactly_the_room_that_it_takes() {
    let app = app(|limits| limits.idle_ms_max = 1_000).await;
    let whole = reqwest::get(format!("{}/schema.graphql", app.url)).await.unwrap();
    let whole = whole.text().await.unwrap().len();
    let mut frames = Frames::open(&app, u32::try_from(whole).unwrap()).await;
    frames.get(1, "/schema.graphql").await;
    let mut came = 0;
    loop {
        let frame = timeout(PATIENCE, frames.next()).await.unwrap();
        let (kind, flags, stream, length) = frame.expect("the answer comes whole");
        assert_ne!(kind, RESET, "it is not cut");
        if stream == 1 && kind == DATA {
            came += length;
            if flags & END_STREAM != 0 {
                break;
            }
        }
    }
    assert_eq!(came, whole);
}

#[tokio::test]
async fn pings_alone_do_not_keep_a_connection() {
    let app = app(|limits| limits.idle_ms_max = 500).await;
    let mut frames = Frames::open(&app, 65_535).await;
    frames.get(1, "/health/live").await;
    let began = Instant::now();
    loop {
        assert!(began.elapsed() < PATIENCE, "the connection is kept");
        let sent = frames.send(PINGS, 0, 0, &[0; 8]).await;
        if sent.is_err() || timeout(Duration::from_millis(20), frames.next()).await == Ok(None) {
            break;
        }
    }
    assert!(began.elapsed() >= Duration::from_millis(400));
}
