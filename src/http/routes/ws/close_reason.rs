//! Why the server closes a WebSocket, with the code and text of the close frame. `docs/feed.md` lists the
//! same codes with what a client should do.

use std::borrow::Cow;

/// Maximum size of the text in bytes: the payload of a close frame has at most 125, two of them for the code.
const REASON_BYTES_MAX: usize = 123;

/// Why the server closes a WebSocket.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum CloseReason {
    /// The client disconnected; no close frame is sent.
    Gone,
    /// The server is shutting down.
    Stopping,
    /// A message exceeds the size limit.
    MessageTooLarge,
    /// The store does not answer, so that keys cannot be verified.
    TryAgainLater,
    /// Other requests hold the memory that a message needs.
    OutOfMemory,
    /// A message is not valid in the protocol; the text says why.
    Invalid(String),
    /// An operation came before `connection_ack`, or a required key is missing.
    Unauthorized,
    /// The key or token is not valid, or no longer.
    Forbidden,
    /// The key or token is not valid, after too many others of the address or for the key.
    TooManyFailures {
        /// How long to wait before the next attempt, in seconds.
        retry_after_s: u64,
    },
    /// The client does not offer the subprotocol `graphql-transport-ws`.
    NotTheProtocol,
    /// `connection_init` did not come in time.
    InitTimeout,
    /// An operation has the id of a running one.
    DuplicateId(String),
    /// The client does not read its messages in time.
    TooSlow,
    /// A second `connection_init`.
    SecondInit,
    /// The principal has too many connections.
    TooManyConnections,
    /// The client sent nothing, not even an answer to a ping.
    PingTimeout,
}

impl CloseReason {
    /// The code of the close frame. Codes below 4000 are standard for WebSocket; the others are of
    /// `graphql-transport-ws`, except 4413, 4430 and 4499, which are of this server.
    pub(super) const fn code(&self) -> u16 {
        match self {
            Self::Gone => 1000,
            Self::Stopping => 1001,
            Self::MessageTooLarge => 1009,
            Self::TryAgainLater | Self::OutOfMemory => 1013,
            Self::Invalid(_) => 4400,
            Self::Unauthorized => 4401,
            // Not a code of its own that clients retry: a valid credential is accepted whatever failed before, so the same one
            // fails again.
            Self::Forbidden | Self::TooManyFailures { .. } => 4403,
            Self::NotTheProtocol => 4406,
            Self::InitTimeout => 4408,
            Self::DuplicateId(_) => 4409,
            Self::TooSlow => 4413,
            Self::SecondInit => 4429,
            Self::TooManyConnections => 4430,
            Self::PingTimeout => 4499,
        }
    }

    /// The text of the close frame, cut to its maximum size.
    pub(super) fn text(&self) -> String {
        let reason: Cow<'static, str> = match self {
            Self::Gone => "".into(),
            Self::Stopping => "The server is stopping: reconnect and resume from the last cursor".into(),
            Self::MessageTooLarge => "The message is too large".into(),
            Self::TryAgainLater => "Keys cannot be verified now: try again later".into(),
            Self::OutOfMemory => "The memory for all requests is in use: try again later".into(),
            Self::Invalid(reason) => reason.clone().into(),
            Self::Unauthorized => "Unauthorized".into(),
            Self::Forbidden => "Forbidden".into(),
            Self::TooManyFailures { retry_after_s } => format!(
                "Forbidden, after too many failed keys or tokens: correct the key and try again in {retry_after_s} s"
            )
            .into(),
            Self::NotTheProtocol => "Subprotocol not acceptable".into(),
            Self::InitTimeout => "Connection initialisation timeout".into(),
            Self::DuplicateId(id) => format!("Subscriber for {id} already exists").into(),
            Self::TooSlow => "Too slow: reconnect and resume from the last cursor".into(),
            Self::SecondInit => "Too many initialisation requests".into(),
            Self::TooManyConnections => "Too many connections: close others, or try again later".into(),
            Self::PingTimeout => "The client did not answer pings".into(),
        };
        let mut end = reason.len().min(REASON_BYTES_MAX);
        while !reason.is_char_boundary(end) {
            end -= 1;
        }
        reason[..end].to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_fits_a_close_frame_whatever_it_quotes() {
        let reason = CloseReason::DuplicateId("昆".repeat(100)).text();
        assert!(
            reason.len() <= REASON_BYTES_MAX && reason.starts_with("Subscriber for 昆"),
            "{reason}"
        );
    }
}
