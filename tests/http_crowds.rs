//! Crowds of connections over real sockets: one address, all addresses, and who asks how the server is meanwhile.

use std::num::NonZeroUsize;
use std::time::Duration;

use hukun::http::{AuthConfig, Config, HttpLimits};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time::{sleep, timeout};

use crate::support::socket::Socket;
use crate::support::{TestApp, graph};

/// Long enough for any machine; nothing waits so long where all is well.
const PATIENCE: Duration = Duration::from_secs(20);
/// The preface of HTTP/2 and empty settings.
const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0";

async fn crowded(set: impl FnOnce(&mut HttpLimits), auth: AuthConfig) -> TestApp {
    let mut config = Config {
        auth,
        ..Config::default()
    };
    set(&mut config.limits);
    TestApp::with_config(graph().entities(["fund:a"]), config).await
}

async fn connect(app: &TestApp) -> TcpStream {
    TcpStream::connect(app.url.strip_prefix("http://").unwrap())
        .await
        .unwrap()
}

/// What is answered to a request, and whether the connection is closed after it.
async fn ask(stream: &mut TcpStream, path: &str) -> String {
    let request = format!("GET {path} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n");
    let mut all = Vec::new();
    // Written to a connection that was closed, it breaks: nothing is answered.
    let _ = stream.write_all(request.as_bytes()).await;
    let _ = timeout(PATIENCE, stream.read_to_end(&mut all))
        .await
        .expect("it is answered or closed");
    String::from_utf8_lossy(&all).into_owned()
}

/// A connection that has a place: its first request is answered, and it stays.
async fn resting(app: &TestApp) -> TcpStream {
    let mut stream = connect(app).await;
    let request = b"GET /graphql?query={revision} HTTP/1.1\r\nhost: localhost\r\n\r\n";
    stream.write_all(request).await.unwrap();
    let mut answer = vec![0; 4096];
    let length = timeout(PATIENCE, stream.read(&mut answer))
        .await
        .unwrap()
        .unwrap();
    let answer = String::from_utf8_lossy(&answer[..length]);
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    stream
}

#[tokio::test]
async fn one_address_has_so_many_connections_and_health_answers_beyond() {
    let app = crowded(
        |limits| limits.connections_each_max = NonZeroUsize::new(3).unwrap(),
        AuthConfig::default(),
    )
    .await;
    // Silent ones, of either version of HTTP, and one at rest between requests.
    let (silent, mut second) = (connect(&app).await, connect(&app).await);
    second.write_all(PREFACE).await.unwrap();
    let third = resting(&app).await;
    let mut over = connect(&app).await;
    let answer = ask(&mut over, "/graphql?query={revision}").await;
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    assert!(
        head.starts_with("HTTP/1.1 429") && head.contains("retry-after: 1"),
        "{answer}"
    );
    assert!(head.contains("connection: close"), "{answer}");
    let body: serde_json::Value = serde_json::from_str(body).unwrap();
    assert_eq!(body["errors"][0]["extensions"]["code"], "LIMIT_EXCEEDED");
    for path in ["/health/ready", "/health/live"] {
        let answer = ask(&mut connect(&app).await, path).await;
        assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    }
    drop((silent, second, third));
    loop {
        let answer = ask(&mut connect(&app).await, "/graphql?query={revision}").await;
        if answer.starts_with("HTTP/1.1 200") {
            break;
        }
        assert!(answer.starts_with("HTTP/1.1 429"), "{answer}");
        sleep(Duration::from_millis(20)).await;
    }
}

#[tokio::test]
async fn health_answers_when_all_connections_are_taken() {
    let app = crowded(
        |limits| {
            limits.connections_max = NonZeroUsize::new(2).unwrap();
            limits.connections_health_max = 8;
        },
        AuthConfig::default(),
    )
    .await;
    let (first, second) = (resting(&app).await, resting(&app).await);
    for _ in 0..20 {
        let answer = ask(&mut connect(&app).await, "/health/ready").await;
        assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    }
    let answer = ask(&mut connect(&app).await, "/").await;
    assert!(
        answer.starts_with("HTTP/1.1 503") && answer.contains("LIMIT_EXCEEDED"),
        "{answer}"
    );
    // Who is silent over a spare one does not keep it.
    let mut silent = connect(&app).await;
    let mut nothing = Vec::new();
    let _ = timeout(PATIENCE, silent.read_to_end(&mut nothing))
        .await
        .expect("it is closed");
    assert_eq!(nothing, b"");
    drop((first, second));
}

#[tokio::test]
async fn connections_of_a_proxy_are_not_counted() {
    let auth = AuthConfig {
        proxies: vec!["127.0.0.1".parse().unwrap()],
        ..AuthConfig::default()
    };
    let app = crowded(|limits| limits.connections_each_max = NonZeroUsize::MIN, auth).await;
    let mut open = Vec::new();
    for _ in 0..5 {
        open.push(resting(&app).await);
    }
    assert_eq!(open.len(), 5);
}

#[tokio::test]
async fn a_client_has_so_many_websockets_that_have_not_said_who_asks() {
    let auth = AuthConfig {
        proxies: vec!["127.0.0.1".parse().unwrap()],
        ..AuthConfig::default()
    };
    let set = |limits: &mut HttpLimits| {
        limits.feed.connections_each_max = 2;
        limits.feed.init_ms_max = 60_000;
    };
    let app = crowded(set, auth).await;
    let dial = async |from: &str| Socket::dial_with(&app.url, &[("x-forwarded-for", from)]).await;
    let (first, second) = (
        dial("2001:db8::1").await.unwrap(),
        dial("2001:db8::2").await.unwrap(),
    );
    assert_eq!(
        dial("2001:db8::3").await.err(),
        Some(503),
        "of one customer's network"
    );
    let mut other = dial("2001:db8:0:1::1").await.unwrap();
    other.init().await;
    // Who says who asks makes room.
    let mut first = first;
    first.init().await;
    let third = loop {
        if let Ok(third) = dial("2001:db8::3").await {
            break third;
        }
        sleep(Duration::from_millis(20)).await;
    };
    drop((first, second, third));
}
