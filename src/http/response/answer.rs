//! Response bodies: GraphQL answers, and HTTP errors in the same shape.

use std::io::{self, Write};

use async_graphql::ServerError;
use axum::body::Bytes;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE, RETRY_AFTER};
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use serde::ser::{Serialize, SerializeMap as _, Serializer};
use serde_json::{Value, json};

use super::media::Media;
use crate::graphql::{Failure, GraphqlResponse};
use crate::http::App;
use crate::model::memory::{Account, Memory, MemoryExhausted, Purpose};

/// The error of a request that did not reach GraphQL. It is sent in GraphQL's shape, so that clients read one kind of error.
#[derive(Debug, PartialEq, Eq)]
pub(in crate::http) struct HttpError {
    pub(in crate::http) status: StatusCode,
    code: &'static str,
    message: String,
}

impl HttpError {
    pub(in crate::http) fn new(status: StatusCode, code: &'static str, message: impl Into<String>) -> Self {
        Self {
            status,
            code,
            message: message.into(),
        }
    }

    /// The error of a request that violates GraphQL over HTTP.
    pub(in crate::http) fn bad_request(message: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "BAD_USER_INPUT", message)
    }

    /// The message.
    pub(in crate::http) fn message(&self) -> &str {
        &self.message
    }

    pub(in crate::http) fn into_response(self, media: Media) -> Response {
        send(self.status, media, &self.body())
    }

    /// The response with one more entry beside its errors.
    pub(in crate::http) fn into_response_with(self, media: Media, name: &str, value: Value) -> Response {
        let mut body = self.body();
        body[name] = value;
        send(self.status, media, &body)
    }

    fn body(&self) -> Value {
        let error = json!({ "message": self.message, "extensions": { "code": self.code } });
        json!({ "errors": [error] })
    }
}

/// The response to an answer with errors that was requested as a file or a stream: the GraphQL errors, with an error status.
pub(in crate::http) fn file_error(app: &App, answer: &GraphqlResponse, media: Media) -> Response {
    let status = match answer.code() {
        _ if answer.busy => StatusCode::SERVICE_UNAVAILABLE,
        Some("NOT_FOUND") => StatusCode::NOT_FOUND,
        Some("TIMEOUT") => StatusCode::GATEWAY_TIMEOUT,
        Some("STORE_UNAVAILABLE") => StatusCode::SERVICE_UNAVAILABLE,
        Some("INTERNAL") => StatusCode::INTERNAL_SERVER_ERROR,
        _ => StatusCode::BAD_REQUEST,
    };
    let errors = &answer.response.errors;
    let response = send(status, media, &json!({ "errors": errors }));
    with_retry_after(app, answer, response)
}

/// A GraphQL answer in a media type. Its text is charged to the memory budget until the client has received it.
pub(in crate::http) fn graphql(app: &App, answer: GraphqlResponse, media: Media) -> Response {
    if answer.busy {
        let response = errors_only(&answer, media);
        return with_retry_after(app, &answer, response);
    }
    let status = status(&answer, media);
    match text(&answer, app.engine.memory(), "", "") {
        Ok(text) => respond(status, media, text.into_bytes()),
        Err(exhausted) => {
            let answer = answer.abandoned(exhausted);
            let response = errors_only(&answer, media);
            with_retry_after(app, &answer, response)
        }
    }
}

/// The response to an answer that has only errors, which are small.
pub(in crate::http) fn errors_only(answer: &GraphqlResponse, media: Media) -> Response {
    send(
        status(answer, media),
        media,
        &json!({ "errors": answer.response.errors }),
    )
}

/// Adds `Retry-After` if the server is busy.
fn with_retry_after(app: &App, answer: &GraphqlResponse, mut response: Response) -> Response {
    if answer.busy {
        let seconds = HeaderValue::from(app.config.limits.retry_after_s);
        response.headers_mut().insert(RETRY_AFTER, seconds);
    }
    response
}

/// JSON that is being sent, and its charge to the memory budget.
pub(in crate::http) struct JsonText {
    json: Vec<u8>,
    _account: Account,
}

impl JsonText {
    /// The text as the body of a response or a part of one; the charge is released when the last byte is sent.
    pub(in crate::http) fn into_bytes(self) -> Bytes {
        Bytes::from_owner(self)
    }
}

impl AsRef<[u8]> for JsonText {
    fn as_ref(&self) -> &[u8] {
        &self.json
    }
}

/// A GraphQL answer as JSON between two texts, serialized directly from its values.
pub(in crate::http) fn text(
    answer: &GraphqlResponse,
    memory: &Memory,
    before: &str,
    after: &str,
) -> Result<JsonText, MemoryExhausted> {
    json_text(&ResponseBody(answer), memory, before, after)
}

/// A value as JSON between two texts.
pub(super) fn json_text(
    value: &impl Serialize,
    memory: &Memory,
    before: &str,
    after: &str,
) -> Result<JsonText, MemoryExhausted> {
    let mut text = ChargedText::new(memory);
    let written = text
        .write_all(before.as_bytes())
        .and_then(|()| serde_json::to_writer(&mut text, value).map_err(io::Error::from))
        .and_then(|()| text.write_all(after.as_bytes()));
    // The values are all JSON, so only memory can make this fail; `finish` reports that.
    drop(written);
    text.finish()
}

/// A buffer that charges the memory budget as it grows.
pub(in crate::http) struct ChargedText {
    json: Vec<u8>,
    account: Account,
}

impl ChargedText {
    pub(in crate::http) fn new(memory: &Memory) -> Self {
        Self {
            json: Vec::new(),
            account: memory.account(Purpose::Outgoing),
        }
    }

    /// The text, if there was memory for all of it.
    pub(in crate::http) fn finish(self) -> Result<JsonText, MemoryExhausted> {
        match self.account.exhausted() {
            Some(exhausted) => Err(exhausted),
            None => Ok(JsonText {
                json: self.json,
                _account: self.account,
            }),
        }
    }
}

impl Write for ChargedText {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let missing = (self.json.len() + bytes.len()).saturating_sub(self.json.capacity());
        if missing > 0 {
            // By half of its size: doubling would leave up to half of the buffer unused.
            let more = missing.max(self.json.capacity() / 2).max(GROWTH_MIN);
            let charged = self.account.keep(more as u64);
            charged.map_err(|_| io::Error::from(io::ErrorKind::OutOfMemory))?;
            self.json
                .reserve_exact(self.json.capacity() - self.json.len() + more);
        }
        self.json.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Minimum number of bytes that the buffer grows by.
const GROWTH_MIN: usize = 512;

/// The body of a response: it has `data` if and only if something was executed.
struct ResponseBody<'a>(&'a GraphqlResponse);

impl Serialize for ResponseBody<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let GraphqlResponse {
            response, refused, ..
        } = self.0;
        let mut body = serializer.serialize_map(None)?;
        if !response.errors.is_empty() {
            body.serialize_entry("errors", &response.errors)?;
        }
        if !refused {
            body.serialize_entry("data", &response.data)?;
        }
        if !response.extensions.is_empty() {
            body.serialize_entry("extensions", &response.extensions)?;
        }
        body.end()
    }
}

/// The errors of a request that failed as a whole.
pub(in crate::http) fn errors(failure: Failure) -> Vec<ServerError> {
    GraphqlResponse::rejection(vec![failure.into_request_error()])
        .response
        .errors
}

fn status(answer: &GraphqlResponse, media: Media) -> StatusCode {
    if answer.busy {
        return StatusCode::SERVICE_UNAVAILABLE;
    }
    if !answer.refused {
        return StatusCode::OK;
    }
    match answer.code() {
        Some("TIMEOUT") => StatusCode::GATEWAY_TIMEOUT,
        Some("STORE_UNAVAILABLE") => StatusCode::SERVICE_UNAVAILABLE,
        Some("INTERNAL") => StatusCode::INTERNAL_SERVER_ERROR,
        // Older clients take any other status for a transport error.
        _ if media == Media::Json => StatusCode::OK,
        _ => StatusCode::BAD_REQUEST,
    }
}

fn send(status: StatusCode, media: Media, body: &Value) -> Response {
    respond(status, media, body.to_string().into())
}

fn respond(status: StatusCode, media: Media, body: Bytes) -> Response {
    let headers = [
        (CONTENT_TYPE, HeaderValue::from_static(media.content_type())),
        (CACHE_CONTROL, HeaderValue::from_static("no-store")),
    ];
    (status, headers, body).into_response()
}
