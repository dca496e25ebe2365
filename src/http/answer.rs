//! Answers as they go over the wire: GraphQL answers, and problems of HTTP in the same shape.

use std::io::{self, Write};

use async_graphql::ServerError;
use axum::body::Bytes;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE, RETRY_AFTER};
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use serde::ser::{Serialize, SerializeMap as _, Serializer};
use serde_json::{Value, json};

use super::App;
use super::media::Media;
use crate::graphql::{Answer, Failure};
use crate::model::memory::{Account, Memory, MemoryExhausted, Purpose};

/// A request that did not reach GraphQL. It is told in GraphQL's shape, so that clients read one kind of error.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Problem {
    pub(super) status: StatusCode,
    code: &'static str,
    message: String,
}

impl Problem {
    pub(super) fn new(status: StatusCode, code: &'static str, message: impl Into<String>) -> Self {
        Self {
            status,
            code,
            message: message.into(),
        }
    }

    /// The request is not of the shape that GraphQL over HTTP asks for.
    pub(super) fn shape(message: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "BAD_USER_INPUT", message)
    }

    /// What is wrong.
    pub(super) fn message(&self) -> &str {
        &self.message
    }

    pub(super) fn into_response(self, media: Media) -> Response {
        send(self.status, media, &self.body())
    }

    /// The response with one more entry beside its errors.
    pub(super) fn into_response_with(self, media: Media, name: &str, value: Value) -> Response {
        let mut body = self.body();
        body[name] = value;
        send(self.status, media, &body)
    }

    fn body(&self) -> Value {
        let error = json!({ "message": self.message, "extensions": { "code": self.code } });
        json!({ "errors": [error] })
    }
}

/// An answer that was to become a file, or a stream, and has errors: they are told as GraphQL's, with a status that says that
/// there is none.
pub(super) fn file_refused(app: &App, answer: &Answer, media: Media) -> Response {
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
    try_again(app, answer, response)
}

/// A GraphQL answer in a media type. Its text is held until the client has taken it.
pub(super) fn graphql(app: &App, answer: Answer, media: Media) -> Response {
    if answer.busy {
        let response = refused(&answer, media);
        return try_again(app, &answer, response);
    }
    let status = status(&answer, media);
    match text(&answer, app.engine.memory(), "", "") {
        Ok(text) => respond(status, media, text.into_bytes()),
        Err(exhausted) => {
            let answer = answer.given_up(exhausted);
            let response = refused(&answer, media);
            try_again(app, &answer, response)
        }
    }
}

/// An answer that has errors alone, which hold little.
pub(super) fn refused(answer: &Answer, media: Media) -> Response {
    send(
        status(answer, media),
        media,
        &json!({ "errors": answer.response.errors }),
    )
}

/// Says when to try again, where it was refused for what others hold.
fn try_again(app: &App, answer: &Answer, mut response: Response) -> Response {
    if answer.busy {
        let seconds = HeaderValue::from(app.config.limits.retry_after_s);
        response.headers_mut().insert(RETRY_AFTER, seconds);
    }
    response
}

/// JSON on its way to a client, and what it holds of the memory until it is sent.
pub(super) struct Text {
    json: Vec<u8>,
    _account: Account,
}

impl Text {
    /// The text as the body of a response, or a part of one: what it holds is given back when its last byte is sent.
    pub(super) fn into_bytes(self) -> Bytes {
        Bytes::from_owner(self)
    }
}

impl AsRef<[u8]> for Text {
    fn as_ref(&self) -> &[u8] {
        &self.json
    }
}

/// A GraphQL answer as JSON, between two texts. It is written straight from the values of the answer.
pub(super) fn text(
    answer: &Answer,
    memory: &Memory,
    before: &str,
    after: &str,
) -> Result<Text, MemoryExhausted> {
    json_text(&Body(answer), memory, before, after)
}

/// Anything as JSON, between two texts.
pub(super) fn json_text(
    value: &impl Serialize,
    memory: &Memory,
    before: &str,
    after: &str,
) -> Result<Text, MemoryExhausted> {
    let mut text = ChargedText::new(memory);
    let written = text
        .write_all(before.as_bytes())
        .and_then(|()| serde_json::to_writer(&mut text, value).map_err(io::Error::from))
        .and_then(|()| text.write_all(after.as_bytes()));
    // Values of an answer are all JSON: nothing but memory ends it.
    drop(written);
    text.finish()
}

/// A text that is charged as it grows.
pub(super) struct ChargedText {
    json: Vec<u8>,
    account: Account,
}

impl ChargedText {
    pub(super) fn new(memory: &Memory) -> Self {
        Self {
            json: Vec::new(),
            account: memory.account(Purpose::Outgoing),
        }
    }

    /// The text, where there was memory for all of it.
    pub(super) fn finish(self) -> Result<Text, MemoryExhausted> {
        match self.account.exhausted() {
            Some(exhausted) => Err(exhausted),
            None => Ok(Text {
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
            // Half as large again: doubled, a text would have room for another in the end.
            let more = missing.max(self.json.capacity() / 2).max(TEXT_MIN);
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

/// Bytes that a text begins with.
const TEXT_MIN: usize = 512;

/// The body of an answer: `data` is there if and only if something was executed.
struct Body<'a>(&'a Answer);

impl Serialize for Body<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Answer {
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

/// The errors that tell of a failure of a whole request.
pub(super) fn errors(failure: Failure) -> Vec<ServerError> {
    Answer::refusal(vec![failure.of_request()]).response.errors
}

fn status(answer: &Answer, media: Media) -> StatusCode {
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
        // Older clients take any other status for a fault of the way.
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
