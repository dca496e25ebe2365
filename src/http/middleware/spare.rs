//! Spare connections, which are served `/health` only: other requests over them are rejected.

use axum::extract::{Request, State};
use axum::http::header::RETRY_AFTER;
use axum::http::{HeaderValue, StatusCode};
use axum::middleware::Next;
use axum::response::Response;

use crate::graphql::ErrorCode;
use crate::http::App;
use crate::http::quota::connection_quota::SpareReason;
use crate::http::response::answer::HttpError;
use crate::http::response::media::Media;

/// Rejects requests over spare connections, which are for `/health` only.
pub(in crate::http) async fn reject_spare(State(app): State<App>, request: Request, next: Next) -> Response {
    let Some(reason) = request.extensions().get::<SpareReason>().copied() else {
        return next.run(request).await;
    };
    let seconds = app.config.limits.retry_after_s;
    let (status, message) = match reason {
        SpareReason::Server => (
            StatusCode::SERVICE_UNAVAILABLE,
            format!("All connections of this server are in use; try again in {seconds} s."),
        ),
        SpareReason::Address => (
            StatusCode::TOO_MANY_REQUESTS,
            format!(
                "Your address has {} connections open, which is the limit; close some or try again in {seconds} s.",
                app.config.limits.connections_each_max
            ),
        ),
    };
    let error = HttpError::new(status, ErrorCode::LimitExceeded.as_str(), message);
    let mut response = error.into_response(Media::of(request.headers()));
    response
        .headers_mut()
        .insert(RETRY_AFTER, HeaderValue::from(seconds));
    response
}
