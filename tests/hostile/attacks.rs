//! Requests that ask for as much as they can, and clients that keep to nothing.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::pin::Pin;
use std::time::Duration;

use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpSocket, TcpStream};
use tokio::time::timeout;

use super::innocents::send;

/// Longer than any request may take.
const PATIENCE: Duration = Duration::from_secs(90);

/// Whether an ending is one that a server under attack may give.
pub fn is_fair(kind: &str, ending: &str) -> bool {
    match ending.strip_prefix("refused ") {
        // What cannot be understood is told so; what is well-formed never is.
        Some("BAD_USER_INPUT") => [UNDECLARED, NESTED].contains(&kind),
        Some(code) => ["LIMIT_EXCEEDED", "TIMEOUT"].contains(&code),
        None => ["ok", "left", "closed"].contains(&ending),
    }
}

const UNDECLARED: &str = "variables that nobody declared";
const NESTED: &str = "brackets within brackets";

type Attack = Pin<Box<dyn Future<Output = String> + Send>>;

/// An attack in its turn: its name, and how it ended.
pub fn of(turn: usize, url: String, source: u8) -> (&'static str, Attack) {
    let from = IpAddr::V4(Ipv4Addr::new(127, 0, 0, source));
    match turn % 16 {
        0 => ("one node ten thousand times", asks(url, from, &same_node())),
        1 => ("all statements of all", asks(url, from, &wide())),
        2 => ("lists within lists", asks(url, from, &nested())),
        3 => ("fifty flows", asks(url, from, &flows())),
        4 => ("fifty searches", asks(url, from, &searches())),
        5 => ("indicators and brokerage", asks(url, from, &indicators())),
        6 => (UNDECLARED, asks(url, from, &undeclared())),
        7 => (
            "a body that is too large",
            asks(url, from, &json!({ "query": " ".repeat(3 << 20) })),
        ),
        8 => (
            "brackets within brackets",
            asks(url, from, &json!({ "query": "{a".repeat(40_000) })),
        ),
        9 => ("introspection", asks(url, from, &introspection())),
        10 => ("one who takes nothing", Box::pin(stalls(url, from))),
        11 => ("one who leaves", Box::pin(leaves(url, from))),
        12 => ("a head that does not end", Box::pin(half_a_head(url, from))),
        13 => ("bytes that are no HTTP", Box::pin(noise(url, from))),
        14 => ("a stream of all changes", Box::pin(follows(url, from))),
        _ => ("a chunk that is too long", Box::pin(bad_chunk(url, from))),
    }
}

fn same_node() -> Value {
    let ids = vec!["company:1"; 10_000];
    let statements: String = (0..90)
        .map(|n| format!("s{n}: statements {{ quote source {{ title }} }} "))
        .collect();
    let query = format!("query($ids: [ID!]!) {{ nodes(ids: $ids) {{ ... on Company {{ {statements} }} }} }}");
    json!({ "query": query, "variables": { "ids": ids } })
}

fn wide() -> Value {
    let lists: String = (0..20)
        .map(|n| {
            format!("l{n}: companies(first: 1000) {{ nodes {{ id description statements {{ quote }} }} }} ")
        })
        .collect();
    json!({ "query": format!("{{ {lists} }}") })
}

fn nested() -> Value {
    let query = "{ parks(first: 10) { nodes { relations(first: 1000) { nodes { id from { id description
        relations(first: 50) { nodes { id statements { quote } } } } } } } } }";
    json!({ "query": query })
}

fn flows() -> Value {
    let flows: String = (0..50)
        .map(|n| {
            format!(
                "f{n}: flow(input: {{ from: {{ kinds: [FUND] }}, to: {{ kinds: [COMPANY] }}, resource: CAPITAL, unit: \"CNY\", basis: INVESTED }})
                {{ bySource {{ entity {{ id }} }} byTarget {{ entity {{ id }} }} missing {{ __typename }} }} "
            )
        })
        .collect();
    json!({ "query": format!("{{ {flows} }}") })
}

fn searches() -> Value {
    let searches: String = (0..50)
        .map(|n| format!("s{n}: search(query: \"企业{n}\", first: 1000) {{ nodes {{ id description }} }} "))
        .collect();
    json!({ "query": format!("{{ {searches} }}") })
}

fn indicators() -> Value {
    let all: String = (0..30)
        .map(|n| format!("b{n}: brokerage(regions: [\"region:centre\"]) {{ entity {{ id }} }} "))
        .collect();
    json!({ "query": format!("{{ {all} }}") })
}

fn undeclared() -> Value {
    let variables: serde_json::Map<_, _> = (0..60_000).map(|n| (format!("v{n}"), json!(1))).collect();
    json!({ "query": "{ companies(first: 1) { nodes { id } } }", "variables": variables })
}

fn introspection() -> Value {
    let all: String = (0..40)
        .map(|n| format!("s{n}: __schema {{ types {{ name fields {{ name args {{ name type {{ name ofType {{ name }} }} }} }} }} }} "))
        .collect();
    json!({ "query": format!("{{ {all} }}") })
}

/// Asks over HTTP and reads the answer.
fn asks(url: String, from: IpAddr, body: &Value) -> Attack {
    let body = body.to_string();
    Box::pin(async move {
        let client = reqwest::Client::builder()
            .local_address(from)
            .timeout(PATIENCE)
            .build()
            .unwrap();
        let request = client
            .post(format!("{url}/graphql"))
            .header("content-type", "application/json");
        send(request.body(body)).await
    })
}

async fn dial(url: &str, from: IpAddr, receive_buffer: Option<u32>) -> Option<TcpStream> {
    let socket = TcpSocket::new_v4().unwrap();
    socket.bind(SocketAddr::new(from, 0)).ok()?;
    if let Some(bytes) = receive_buffer {
        socket.set_recv_buffer_size(bytes).unwrap();
    }
    let address = url.strip_prefix("http://").unwrap().parse().unwrap();
    timeout(PATIENCE, socket.connect(address)).await.ok()?.ok()
}

/// A request as it goes over the wire.
fn wire(body: &Value) -> Vec<u8> {
    let body = body.to_string();
    let head = format!(
        "POST /graphql HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n",
        body.len()
    );
    [head.as_bytes(), body.as_bytes()].concat()
}

/// Reads until the server closes, or leaves after a while.
async fn until_closed(mut stream: TcpStream, patience: Duration) -> String {
    let mut answer = vec![0; 64 * 1024];
    let closed = async { while stream.read(&mut answer).await.is_ok_and(|length| length > 0) {} };
    let ended = timeout(patience, closed).await;
    if ended.is_ok() { "closed" } else { "left" }.to_string()
}

async fn stalls(url: String, from: IpAddr) -> String {
    let Some(mut stream) = dial(&url, from, Some(4096)).await else {
        return "closed".to_string();
    };
    let question = json!({ "query": "{ companies(first: 500) { nodes { id description } } }" });
    let _ = stream.write_all(&wire(&question)).await;
    tokio::time::sleep(Duration::from_secs(5)).await;
    "left".to_string()
}

async fn leaves(url: String, from: IpAddr) -> String {
    let Some(mut stream) = dial(&url, from, None).await else {
        return "closed".to_string();
    };
    let _ = stream.write_all(&wire(&flows())).await;
    tokio::time::sleep(Duration::from_millis(50)).await;
    "left".to_string()
}

async fn half_a_head(url: String, from: IpAddr) -> String {
    let Some(mut stream) = dial(&url, from, None).await else {
        return "closed".to_string();
    };
    let _ = stream.write_all(b"POST /graphql HTTP/1.1\r\nhost: loc").await;
    until_closed(stream, Duration::from_secs(3)).await
}

async fn noise(url: String, from: IpAddr) -> String {
    let Some(mut stream) = dial(&url, from, None).await else {
        return "closed".to_string();
    };
    let bytes: Vec<u8> = std::iter::repeat_with(|| fastrand::u8(..)).take(4096).collect();
    let _ = stream.write_all(&bytes).await;
    until_closed(stream, Duration::from_secs(3)).await
}

async fn bad_chunk(url: String, from: IpAddr) -> String {
    let Some(mut stream) = dial(&url, from, None).await else {
        return "closed".to_string();
    };
    let head = b"POST /graphql HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n\r\nFFFFFFFFFFFFFFFFF\r\n{";
    let _ = stream.write_all(head).await;
    until_closed(stream, Duration::from_secs(3)).await
}

async fn follows(url: String, from: IpAddr) -> String {
    let Some(mut stream) = dial(&url, from, Some(4096)).await else {
        return "closed".to_string();
    };
    let body = json!({ "query": "subscription { changes { node { ... on Company { description statements { quote } } } } }" });
    let body = body.to_string();
    let head = format!(
        "POST /graphql/stream HTTP/1.1\r\nhost: localhost\r\naccept: text/event-stream\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    );
    let _ = stream.write_all(head.as_bytes()).await;
    tokio::time::sleep(Duration::from_secs(3)).await;
    "left".to_string()
}
