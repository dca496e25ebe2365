//! A client of graphql-transport-ws that shows each message as it comes, so that a test sees what a library would hide.

use std::time::Duration;

use futures_util::{SinkExt as _, StreamExt as _};
use serde_json::{Value, json};
use tokio::io::AsyncWriteExt as _;
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::client::IntoClientRequest as _;
use tokio_tungstenite::tungstenite::http::{HeaderName, HeaderValue, Request};
use tokio_tungstenite::tungstenite::{Error, Message};
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, client_async, connect_async};

/// Long enough for any machine; nothing waits so long where all is well.
pub const PATIENCE: Duration = Duration::from_secs(30);

/// A connection.
pub struct Socket {
    stream: WebSocketStream<MaybeTlsStream<TcpStream>>,
}

fn request(url: &str, headers: &[(&str, &str)]) -> Request<()> {
    let url = format!("{}/graphql/ws", url.replacen("http", "ws", 1));
    let mut request = url.into_client_request().unwrap();
    for (name, value) in headers {
        let name: HeaderName = name.parse().unwrap();
        request
            .headers_mut()
            .append(name, HeaderValue::from_str(value).unwrap());
    }
    request
}

const PROTOCOL: (&str, &str) = ("sec-websocket-protocol", "graphql-transport-ws");

impl Socket {
    /// Opens a WebSocket, or gives the status with which it was refused.
    pub async fn open(url: &str, headers: &[(&str, &str)]) -> Result<Self, u16> {
        match connect_async(request(url, headers)).await {
            Ok((stream, _)) => Ok(Self { stream }),
            Err(Error::Http(response)) => Err(response.status().as_u16()),
            Err(error) => panic!("{error}"),
        }
    }

    /// Opens one of the protocol, and does not yet say `connection_init`.
    pub async fn dial(url: &str) -> Self {
        Self::open(url, &[PROTOCOL]).await.unwrap()
    }

    /// The same, with further headers.
    pub async fn dial_with(url: &str, headers: &[(&str, &str)]) -> Result<Self, u16> {
        let headers: Vec<_> = std::iter::once(PROTOCOL).chain(headers.iter().copied()).collect();
        Self::open(url, &headers).await
    }

    /// Opens one over a connection whose receive buffer is small, so that one who reads nothing is noticed soon.
    pub async fn dial_small(url: &str) -> Self {
        let address: std::net::SocketAddr = url.strip_prefix("http://").unwrap().parse().unwrap();
        let socket = tokio::net::TcpSocket::new_v4().unwrap();
        socket.set_recv_buffer_size(4096).unwrap();
        let stream = MaybeTlsStream::Plain(socket.connect(address).await.unwrap());
        let (stream, _) = client_async(request(url, &[PROTOCOL]), stream).await.unwrap();
        Self { stream }
    }

    /// `connection_init`, up to its `connection_ack`.
    pub async fn init(&mut self) {
        self.say(json!({ "type": "connection_init" })).await;
        assert_eq!(self.hear().await, json!({ "type": "connection_ack" }));
    }

    /// A connection that may be used.
    pub async fn greeted(url: &str) -> Self {
        let mut socket = Self::dial(url).await;
        socket.init().await;
        socket
    }

    /// Begins an operation.
    pub async fn subscribe(&mut self, id: &str, query: &str, variables: Value) {
        let payload = json!({ "query": query, "variables": variables });
        self.say(json!({ "type": "subscribe", "id": id, "payload": payload }))
            .await;
    }

    pub async fn say(&mut self, message: Value) {
        self.send(Message::text(message.to_string())).await;
    }

    pub async fn send(&mut self, message: Message) {
        self.stream.send(message).await.unwrap();
    }

    /// Sends bytes as they are: frames, or parts of them.
    pub async fn send_raw(&mut self, bytes: &[u8]) {
        let stream = self.stream.get_mut();
        stream.write_all(bytes).await.unwrap();
        stream.flush().await.unwrap();
    }

    /// The next message, pings aside, which are answered.
    pub async fn hear(&mut self) -> Value {
        loop {
            let message = self.hear_any().await;
            if message["type"] == "ping" {
                self.say(json!({ "type": "pong" })).await;
            } else {
                return message;
            }
        }
    }

    /// The next message.
    pub async fn hear_any(&mut self) -> Value {
        match self.frame().await {
            Some(Message::Text(text)) => serde_json::from_str(&text).unwrap(),
            other => panic!("no message: {other:?}"),
        }
    }

    /// The payload of the next message, which is a `next` of an operation.
    pub async fn next(&mut self, id: &str) -> Value {
        let message = self.hear().await;
        assert_eq!(
            (&message["type"], &message["id"]),
            (&json!("next"), &json!(id)),
            "{message}"
        );
        message["payload"].clone()
    }

    /// The next change of a subscription to `changes`.
    pub async fn change(&mut self, id: &str) -> Value {
        let payload = self.next(id).await;
        assert!(payload.get("errors").is_none(), "{payload}");
        payload["data"]["changes"].clone()
    }

    /// Nothing is heard for a while.
    pub async fn silent(&mut self, time: Duration) {
        if let Ok(heard) = timeout(time, self.hear()).await {
            panic!("{heard}");
        }
    }

    /// The code with which the server closes, what comes before aside.
    pub async fn closed(&mut self) -> u16 {
        self.closed_with_reason().await.0
    }

    /// The code and the reason with which the server closes.
    pub async fn closed_with_reason(&mut self) -> (u16, String) {
        loop {
            match self.frame().await {
                Some(Message::Close(frame)) => {
                    return frame.map_or((1005, String::new()), |frame| {
                        (frame.code.into(), frame.reason.to_string())
                    });
                }
                Some(_) => {}
                None => return (1006, String::new()),
            }
        }
    }

    /// The next frame, none where the connection broke off.
    pub async fn frame(&mut self) -> Option<Message> {
        let frame = timeout(PATIENCE, self.stream.next()).await;
        frame.expect("something comes in time").and_then(Result::ok)
    }

    /// Ends it without a word, as a network does.
    pub fn drop_hard(self) {
        if let MaybeTlsStream::Plain(stream) = self.stream.get_ref() {
            let _ = stream.set_zero_linger();
        }
    }
}
