//! Why a conversation ends, and the code that tells the client. `docs/feed.md` has the same table.

use std::borrow::Cow;

/// Bytes of a reason: a close frame holds 125, two of them for the code.
const REASON_BYTES_MAX: usize = 123;

/// Why the server ends a conversation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Closing {
    /// The client went, or the connection broke: nobody is there to be told.
    Gone,
    /// The server stops.
    Stopping,
    /// A message is larger than it may be.
    MessageTooLarge,
    /// The store of the keys does not answer.
    TryAgainLater,
    /// What came is no message of the protocol, and why not.
    Invalid(String),
    /// An operation before `connection_ack`, or no key where one is needed.
    Unauthorized,
    /// The key or token is not accepted, or is not any more.
    Forbidden,
    /// The client does not speak graphql-transport-ws.
    NotTheProtocol,
    /// No `connection_init` in time.
    InitTimeout,
    /// An operation under an id that another has.
    Duplicate(String),
    /// The client takes nothing of what it is sent.
    Slow,
    /// A second `connection_init`.
    SecondInit,
    /// More connections than one principal may have.
    TooMany,
    /// Nothing was heard of the client, not even an answer to a ping.
    Silent,
}

impl Closing {
    /// The code of the close frame. Clients go on after those of the protocol that pass, and after ours.
    pub(super) const fn code(&self) -> u16 {
        match self {
            Self::Gone => 1000,
            Self::Stopping => 1001,
            Self::MessageTooLarge => 1009,
            Self::TryAgainLater => 1013,
            Self::Invalid(_) => 4400,
            Self::Unauthorized => 4401,
            Self::Forbidden => 4403,
            Self::NotTheProtocol => 4406,
            Self::InitTimeout => 4408,
            Self::Duplicate(_) => 4409,
            Self::Slow => 4413,
            Self::SecondInit => 4429,
            Self::TooMany => 4430,
            Self::Silent => 4499,
        }
    }

    /// The reason beside the code, short enough for a close frame.
    pub(super) fn reason(&self) -> String {
        let reason: Cow<'static, str> = match self {
            Self::Gone => "".into(),
            Self::Stopping => "The server stops: connect again, and go on from the last cursor".into(),
            Self::MessageTooLarge => "The message is too large".into(),
            Self::TryAgainLater => "Keys cannot be looked up now: try again later".into(),
            Self::Invalid(why) => why.clone().into(),
            Self::Unauthorized => "Unauthorized".into(),
            Self::Forbidden => "Forbidden".into(),
            Self::NotTheProtocol => "Subprotocol not acceptable".into(),
            Self::InitTimeout => "Connection initialisation timeout".into(),
            Self::Duplicate(id) => format!("Subscriber for {id} already exists").into(),
            Self::Slow => "Too slow: connect again, and go on from the last cursor".into(),
            Self::SecondInit => "Too many initialisation requests".into(),
            Self::TooMany => "Too many connections: close others, or try again later".into(),
            Self::Silent => "Nothing was heard of the client".into(),
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
    fn a_reason_fits_a_close_frame_whatever_it_quotes() {
        let reason = Closing::Duplicate("昆".repeat(100)).reason();
        assert!(
            reason.len() <= REASON_BYTES_MAX && reason.starts_with("Subscriber for 昆"),
            "{reason}"
        );
    }
}
