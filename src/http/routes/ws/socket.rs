//! A WebSocket whose memory is bounded, whatever its client sends or does not read.
//!
//! Incoming messages are charged to the memory budget frame by frame. Outgoing ones are sent in fragments, because each frame is copied
//! before it is sent. After a large message its buffer is replaced, because it does not get smaller by itself.

use std::ops::Deref;

use axum::body::Bytes;
use futures_util::{SinkExt as _, StreamExt as _};
use hyper::upgrade::Upgraded;
use hyper_util::rt::TokioIo;
use tokio::time::timeout;
use tokio_tungstenite::WebSocketStream;
use tungstenite::protocol::frame::coding::{Data, OpCode};
use tungstenite::protocol::frame::{CloseFrame, Frame, Utf8Bytes};
use tungstenite::protocol::{Message, Role, WebSocketConfig};

use super::close_reason::CloseReason;
use super::frame_stream::{BUFFER_BYTES, FrameStream};
use crate::http::limits::CLOSE_MAX;
use crate::model::memory::{Account, Memory, MemoryExhausted};

/// Size in bytes of a large message.
pub(super) const LARGE: usize = 16 * 1024;
/// Bytes of a fragment of an outgoing message, which is the size of the buffer for outgoing data.
const FRAGMENT_BYTES: usize = 16 * 1024;

type FramedStream = FrameStream<TokioIo<Upgraded>>;

/// An open WebSocket.
pub(super) struct Socket {
    /// None only while its buffer is replaced.
    stream: Option<WebSocketStream<FramedStream>>,
    bytes_max: usize,
    /// Whether a large message was received since the buffer was new.
    had_large_message: bool,
}

/// A text message, charged to the memory budget until it is dropped.
pub(super) struct IncomingText {
    text: Utf8Bytes,
    _account: Account,
}

impl Deref for IncomingText {
    type Target = str;

    fn deref(&self) -> &str {
        &self.text
    }
}

impl Socket {
    /// A WebSocket on a connection after the handshake, with messages of at most `bytes_max` bytes from the client.
    pub(super) async fn open(connection: Upgraded, memory: Memory, bytes_max: usize) -> Self {
        let stream = FrameStream::new(TokioIo::new(connection), memory, bytes_max as u64);
        Self {
            stream: Some(with_new_buffer(stream, bytes_max).await),
            bytes_max,
            had_large_message: false,
        }
    }

    /// The next text message of the client; none for a control frame. If this is dropped, nothing is lost.
    pub(super) async fn receive(&mut self) -> Result<Option<IncomingText>, CloseReason> {
        let stream = self.stream.as_mut().ok_or(CloseReason::Gone)?;
        match stream.next().await {
            Some(Ok(Message::Text(text))) => {
                self.had_large_message |= text.len() >= LARGE;
                let account = stream.get_mut().take_account();
                Ok(Some(IncomingText {
                    text,
                    _account: account,
                }))
            }
            Some(Ok(Message::Binary(_))) => Err(CloseReason::Invalid(
                "Invalid message: it is not a text message".into(),
            )),
            Some(Ok(Message::Ping(_) | Message::Pong(_) | Message::Frame(_))) => Ok(None),
            Some(Ok(Message::Close(_))) | None => Err(CloseReason::Gone),
            Some(Err(tungstenite::Error::Capacity(_))) => Err(CloseReason::MessageTooLarge),
            Some(Err(error)) => Err(match stream.get_ref().exhausted() {
                Some(MemoryExhausted::Shared { .. }) => CloseReason::OutOfMemory,
                Some(MemoryExhausted::Request { .. } | MemoryExhausted::Answer { .. }) => {
                    CloseReason::MessageTooLarge
                }
                None => {
                    tracing::debug!(%error, "a WebSocket ended with an error");
                    CloseReason::Gone
                }
            }),
        }
    }

    /// Sends a text message, which is UTF-8.
    pub(super) async fn send(&mut self, text: impl Into<Bytes>) -> Result<(), CloseReason> {
        let stream = self.stream.as_mut().ok_or(CloseReason::Gone)?;
        let mut left: Bytes = text.into();
        let mut opcode = OpCode::Data(Data::Text);
        loop {
            let fragment = left.split_to(left.len().min(FRAGMENT_BYTES));
            let frame = Frame::message(fragment, opcode, left.is_empty());
            let sent = stream.send(Message::Frame(frame)).await;
            sent.map_err(|_| CloseReason::Gone)?;
            if left.is_empty() {
                return Ok(());
            }
            opcode = OpCode::Data(Data::Continue);
        }
    }

    /// Replaces the buffer of received data if a large message was in it. The message must have been handled. Waits until all data is
    /// sent, which would be lost otherwise.
    pub(super) async fn release_buffer(&mut self) -> Result<(), CloseReason> {
        if !self.had_large_message {
            return Ok(());
        }
        let stream = self.stream.as_mut().ok_or(CloseReason::Gone)?;
        stream.flush().await.map_err(|_| CloseReason::Gone)?;
        let stream = self.stream.take().ok_or(CloseReason::Gone)?;
        self.stream = Some(with_new_buffer(stream.into_inner(), self.bytes_max).await);
        self.had_large_message = false;
        Ok(())
    }

    /// Sends a close frame and waits a moment for the answer.
    pub(super) async fn close(&mut self, reason: &CloseReason) {
        let Some(stream) = self.stream.as_mut().filter(|_| *reason != CloseReason::Gone) else {
            return;
        };
        let frame = CloseFrame {
            code: reason.code().into(),
            reason: reason.text().into(),
        };
        let handshake = async {
            stream.send(Message::Close(Some(frame))).await?;
            while let Some(Ok(_)) = stream.next().await {
                // Discarded, with its charge.
                stream.get_mut().take_account();
            }
            Ok::<_, tungstenite::Error>(())
        };
        if timeout(CLOSE_MAX, handshake).await.is_err() {
            tracing::debug!(?reason, "a client did not answer a close frame");
        }
    }
}

async fn with_new_buffer(stream: FramedStream, bytes_max: usize) -> WebSocketStream<FramedStream> {
    let config = WebSocketConfig::default()
        .read_buffer_size(BUFFER_BYTES)
        .write_buffer_size(0)
        .max_message_size(Some(bytes_max))
        .max_frame_size(Some(bytes_max));
    WebSocketStream::from_raw_socket(stream, Role::Server, Some(config)).await
}
