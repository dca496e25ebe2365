//! The opening handshake of a WebSocket (RFC 6455, section 4.2).

use axum::http::header::{
    CONNECTION, SEC_WEBSOCKET_ACCEPT, SEC_WEBSOCKET_KEY, SEC_WEBSOCKET_PROTOCOL, SEC_WEBSOCKET_VERSION,
    UPGRADE,
};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode};
use axum::response::{IntoResponse as _, Response};
use hyper::upgrade::OnUpgrade;
use tungstenite::handshake::derive_accept_key;

use crate::http::response::answer::HttpError;

/// The one subprotocol.
const PROTOCOL: &str = "graphql-transport-ws";

/// A valid request to open a WebSocket.
pub(super) struct Handshake {
    key: HeaderValue,
    /// The connection, once the response is sent.
    pub(super) connection: OnUpgrade,
    /// Whether the client offers the subprotocol.
    pub(super) offers_protocol: bool,
}

impl Handshake {
    /// Reads the handshake of a request.
    pub(super) fn read(parts: &mut Parts) -> Result<Self, HttpError> {
        let headers = &parts.headers;
        if !(lists(headers, &CONNECTION, "upgrade") && lists(headers, &UPGRADE, "websocket")) {
            return Err(error(
                StatusCode::UPGRADE_REQUIRED,
                "the request does not ask for an upgrade",
            ));
        }
        let invalid = |reason| error(StatusCode::BAD_REQUEST, reason);
        if parts.method != Method::GET {
            return Err(invalid("the method of the request is not GET"));
        }
        if !lists(headers, &SEC_WEBSOCKET_VERSION, "13") {
            return Err(invalid("`Sec-WebSocket-Version` is not 13"));
        }
        let key = headers.get(SEC_WEBSOCKET_KEY).cloned();
        Ok(Self {
            key: key.ok_or_else(|| invalid("`Sec-WebSocket-Key` is missing"))?,
            offers_protocol: lists(headers, &SEC_WEBSOCKET_PROTOCOL, PROTOCOL),
            connection: parts
                .extensions
                .remove()
                .ok_or_else(|| invalid("the request is not HTTP/1.1"))?,
        })
    }

    /// The response after which the connection is a WebSocket.
    pub(super) fn response(&self) -> Response {
        let mut response = StatusCode::SWITCHING_PROTOCOLS.into_response();
        let headers = response.headers_mut();
        headers.insert(CONNECTION, HeaderValue::from_static("upgrade"));
        headers.insert(UPGRADE, HeaderValue::from_static("websocket"));
        // It is Base64, so it is a valid value.
        if let Ok(accept) = HeaderValue::from_str(&derive_accept_key(self.key.as_bytes())) {
            headers.insert(SEC_WEBSOCKET_ACCEPT, accept);
        }
        if self.offers_protocol {
            headers.insert(SEC_WEBSOCKET_PROTOCOL, HeaderValue::from_static(PROTOCOL));
        }
        response
    }
}

/// Whether a header lists a value, in any case.
fn lists(headers: &HeaderMap, name: &HeaderName, value: &str) -> bool {
    let lines = headers.get_all(name).iter().filter_map(|line| line.to_str().ok());
    lines
        .flat_map(|line| line.split(','))
        .any(|item| item.trim().eq_ignore_ascii_case(value))
}

fn error(status: StatusCode, reason: &str) -> HttpError {
    let message = format!(
        "This endpoint is a WebSocket with the subprotocol {PROTOCOL} ({reason}); send single requests to /graphql, and \
         subscribe without a WebSocket at /graphql/stream."
    );
    HttpError::new(status, "BAD_USER_INPUT", message)
}

#[cfg(test)]
mod tests {
    use axum::http::Request;
    use proptest::prelude::*;

    use super::*;

    /// Values that a header of a handshake may have, and others.
    fn value() -> impl Strategy<Value = Vec<u8>> {
        let known = [
            "upgrade",
            "websocket",
            "Upgrade, x",
            "13",
            "graphql-transport-ws",
            ",",
        ];
        prop_oneof![
            proptest::sample::select(known.to_vec()).prop_map(|text| text.as_bytes().to_vec()),
            proptest::collection::vec(any::<u8>(), 0..40),
        ]
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, cases: 2_000, ..ProptestConfig::default() })]

        /// No connection is upgraded that the server of HTTP did not offer, and any error has a status of its own.
        #[test]
        fn headers_of_any_bytes_are_refused_without_a_connection(
            values in proptest::collection::vec((0_usize..5, value()), 0..12),
        ) {
            let names = [CONNECTION, UPGRADE, SEC_WEBSOCKET_VERSION, SEC_WEBSOCKET_KEY, SEC_WEBSOCKET_PROTOCOL];
            let mut request = Request::new(());
            for (name, value) in values {
                if let Ok(value) = HeaderValue::from_bytes(&value) {
                    request.headers_mut().append(names[name].clone(), value);
                }
            }
            let (mut parts, ()) = request.into_parts();
            let error = Handshake::read(&mut parts).err().unwrap();
            prop_assert!([StatusCode::UPGRADE_REQUIRED, StatusCode::BAD_REQUEST].contains(&error.status));
        }
    }
}
