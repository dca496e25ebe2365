//! Compression of large responses on a work thread: a megabyte takes tens of milliseconds.

use std::io::Write as _;

use axum::body::{Body, Bytes, HttpBody as _, to_bytes};
use axum::extract::{Request, State};
use axum::http::header::{CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE, VARY};
use axum::http::{HeaderMap, HeaderValue};
use axum::middleware::Next;
use axum::response::Response;
use flate2::Compression;
use flate2::write::GzEncoder;

use super::App;
use super::answer::{ChargedText, JsonText};
use super::assets::accepts_gzip;
use crate::model::job;
use crate::model::memory::Memory;

/// Size in bytes from which a response is compressed on a work thread. Smaller ones cost less than the hand-over.
const LARGE: u64 = 16 * 1024;
/// Bytes between two checkpoints.
const CHUNK_BYTES: usize = 16 * 1024;

/// Compresses a large response of known size if the client accepts gzip. Streamed and small responses pass unchanged.
pub(super) async fn large(State(app): State<App>, request: Request, next: Next) -> Response {
    let accepts_gzip = accepts_gzip(request.headers());
    let response = next.run(request).await;
    let is_large = response
        .body()
        .size_hint()
        .exact()
        .is_some_and(|size| size >= LARGE);
    if !(accepts_gzip && is_large && is_text(response.headers())) {
        return response;
    }
    let (mut parts, body) = response.into_parts();
    let Ok(plain) = to_bytes(body, usize::MAX).await else {
        return Response::from_parts(parts, Body::empty());
    };
    let work = {
        let (plain, memory) = (plain.clone(), app.engine.memory().clone());
        async move || gzip(&plain, &memory)
    };
    let compressed = tokio::time::timeout(app.config.limits.request(), app.service.workers().run((), work));
    // Sent uncompressed if there is not enough time or memory.
    let Ok(Ok(Some(compressed))) = compressed.await else {
        return Response::from_parts(parts, Body::from(plain));
    };
    parts.headers.remove(CONTENT_LENGTH);
    parts
        .headers
        .insert(CONTENT_ENCODING, HeaderValue::from_static("gzip"));
    parts
        .headers
        .append(VARY, HeaderValue::from_static("accept-encoding"));
    Response::from_parts(parts, Body::from(compressed.into_bytes()))
}

/// The compressed bytes, charged to the memory budget until they are sent; none if there is no memory for them.
fn gzip(plain: &Bytes, memory: &Memory) -> Option<JsonText> {
    let mut compressed = GzEncoder::new(ChargedText::new(memory), Compression::default());
    for part in plain.chunks(CHUNK_BYTES) {
        job::checkpoint();
        compressed.write_all(part).ok()?;
    }
    compressed.finish().ok()?.finish().ok()
}

/// Whether a response is uncompressed text; images and fonts are compressed already.
fn is_text(headers: &HeaderMap) -> bool {
    let kind = headers.get(CONTENT_TYPE).and_then(|kind| kind.to_str().ok());
    let is_text = kind.is_some_and(|kind| {
        kind.starts_with("text/") || kind.starts_with("application/") || kind.starts_with("image/svg")
    });
    is_text && !headers.contains_key(CONTENT_ENCODING)
}
