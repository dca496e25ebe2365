//! Responses with an `ETag`, which a client revalidates instead of loading them again.

use std::borrow::Cow;

use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE, ETAG, IF_NONE_MATCH};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use xxhash_rust::xxh3::xxh3_64;

/// Bytes with an `ETag`, or 304 if the client has them.
pub(in crate::http) fn tagged(
    content_type: &'static str,
    bytes: Cow<'static, [u8]>,
    headers: &HeaderMap,
) -> Response {
    // Weak, because the response may be compressed.
    let tag = format!("W/\"{:016x}\"", xxh3_64(&bytes));
    let tags = headers.get(IF_NONE_MATCH).and_then(|value| value.to_str().ok());
    let is_current =
        tags.is_some_and(|tags| tags.split(',').any(|one| one.trim() == tag || one.trim() == "*"));
    let shared = [(ETAG, tag), (CACHE_CONTROL, "no-cache".to_string())];
    if is_current {
        return (StatusCode::NOT_MODIFIED, shared).into_response();
    }
    (shared, [(CONTENT_TYPE, content_type)], bytes).into_response()
}
