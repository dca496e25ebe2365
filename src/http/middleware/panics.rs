//! Panics of a handler, which are answered as internal errors.

use std::panic::AssertUnwindSafe;

use async_graphql::futures_util::FutureExt as _;
use axum::extract::Request;
use axum::middleware::Next;
use axum::response::Response;

use crate::graphql::{Failure, GraphqlResponse};
use crate::http::response::answer;
use crate::http::response::media::Media;

/// Turns a panic into an internal error: it ends one request, is logged, and reveals nothing to the client.
pub(in crate::http) async fn catch_panics(request: Request, next: Next) -> Response {
    let media = Media::of(request.headers());
    match AssertUnwindSafe(next.run(request)).catch_unwind().await {
        Ok(response) => response,
        Err(_) => {
            let failure = Failure::internal("a request panicked; the log entry above has its location");
            answer::errors_only(
                &GraphqlResponse::rejection(vec![failure.into_request_error()]),
                media,
            )
        }
    }
}
