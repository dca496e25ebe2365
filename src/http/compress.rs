//! Compression of what is large: on a work thread, since a megabyte takes tens of milliseconds.

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
use super::answer::{ChargedText, Text};
use super::assets::takes_gzip;
use crate::model::job;
use crate::model::memory::Memory;

/// Bytes from which compressing is work. What is smaller takes less than handing it over would gain.
const LARGE: u64 = 16 * 1024;
/// Bytes between two checkpoints.
const PART: usize = 16 * 1024;

/// Compresses a large answer that is whole, for a client that takes it so. What streams, and what is small, goes on as it is.
pub(super) async fn large(State(app): State<App>, request: Request, next: Next) -> Response {
    let takes_gzip = takes_gzip(request.headers());
    let response = next.run(request).await;
    let is_large = response
        .body()
        .size_hint()
        .exact()
        .is_some_and(|size| size >= LARGE);
    if !(takes_gzip && is_large && is_text(response.headers())) {
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
    let packed = tokio::time::timeout(app.config.limits.request(), app.service.workers().run((), work));
    // What cannot be packed in time, or for lack of memory, is sent as it is.
    let Ok(Ok(Some(packed))) = packed.await else {
        return Response::from_parts(parts, Body::from(plain));
    };
    parts.headers.remove(CONTENT_LENGTH);
    parts
        .headers
        .insert(CONTENT_ENCODING, HeaderValue::from_static("gzip"));
    parts
        .headers
        .append(VARY, HeaderValue::from_static("accept-encoding"));
    Response::from_parts(parts, Body::from(packed.into_bytes()))
}

/// What is packed holds memory until it is sent, as what it was packed from did.
fn gzip(plain: &Bytes, memory: &Memory) -> Option<Text> {
    let mut packed = GzEncoder::new(ChargedText::new(memory), Compression::default());
    for part in plain.chunks(PART) {
        job::checkpoint();
        packed.write_all(part).ok()?;
    }
    packed.finish().ok()?.finish().ok()
}

/// Whether it is worth it, and was not done: pictures and fonts are packed already.
fn is_text(headers: &HeaderMap) -> bool {
    let kind = headers.get(CONTENT_TYPE).and_then(|kind| kind.to_str().ok());
    let is_text = kind.is_some_and(|kind| {
        kind.starts_with("text/") || kind.starts_with("application/") || kind.starts_with("image/svg")
    });
    is_text && !headers.contains_key(CONTENT_ENCODING)
}
