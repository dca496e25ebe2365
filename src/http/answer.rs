//! Answers as they go over the wire: GraphQL answers, and problems of HTTP in the same shape.

use async_graphql::ServerError;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use serde_json::{Map, Value, json};

use super::media::Media;
use crate::graphql::{Answer, Failure};

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
        let error = json!({ "message": self.message, "extensions": { "code": self.code } });
        send(self.status, media, &json!({ "errors": [error] }))
    }
}

/// An answer that was to become a file, or a stream, and has errors: they are told as GraphQL's, with a status that says that
/// there is none.
pub(super) fn file_refused(answer: &Answer) -> Response {
    let status = match answer.code() {
        Some("NOT_FOUND") => StatusCode::NOT_FOUND,
        Some("TIMEOUT") => StatusCode::GATEWAY_TIMEOUT,
        Some("STORE_UNAVAILABLE") => StatusCode::SERVICE_UNAVAILABLE,
        Some("INTERNAL") => StatusCode::INTERNAL_SERVER_ERROR,
        _ => StatusCode::BAD_REQUEST,
    };
    send(status, Media::Json, &json!({ "errors": answer.response.errors }))
}

/// A GraphQL answer in a media type.
pub(super) fn graphql(answer: Answer, media: Media) -> Response {
    let status = status(&answer, media);
    send(status, media, &body(answer))
}

/// A GraphQL answer as JSON.
pub(super) fn body(answer: Answer) -> Value {
    let Answer { response, refused } = answer;
    // `data` is there if and only if something was executed.
    let mut body = Map::new();
    let mut put = |name: &str, value: serde_json::Result<Value>| {
        body.insert(name.to_string(), value.unwrap_or_default());
    };
    if !response.errors.is_empty() {
        put("errors", serde_json::to_value(&response.errors));
    }
    if !refused {
        put("data", response.data.into_json());
    }
    if !response.extensions.is_empty() {
        put("extensions", serde_json::to_value(&response.extensions));
    }
    Value::Object(body)
}

/// The errors that tell of a failure of a whole request.
pub(super) fn errors(failure: Failure) -> Vec<ServerError> {
    Answer::refusal(vec![failure.of_request()]).response.errors
}

fn status(answer: &Answer, media: Media) -> StatusCode {
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
    let headers = [
        (CONTENT_TYPE, HeaderValue::from_static(media.content_type())),
        (CACHE_CONTROL, HeaderValue::from_static("no-store")),
    ];
    (status, headers, body.to_string()).into_response()
}
