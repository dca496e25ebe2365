//! Compression of responses of known size, which is done before the response is sent.
//!
//! The state of a compressor takes a hundred times as much memory as a small response. If a response were compressed while it is sent,
//! each client that reads slowly would hold one. Large responses are compressed on a work thread, where a megabyte takes tens of
//! milliseconds.

use std::io::Write as _;

use axum::Extension;
use axum::body::{Body, Bytes, HttpBody as _, to_bytes};
use axum::extract::{Request, State};
use axum::http::header::{ACCEPT_ENCODING, CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE, VARY};
use axum::http::{HeaderMap, HeaderValue};
use axum::middleware::Next;
use axum::response::Response;
use flate2::Compression;
use flate2::write::GzEncoder;

use super::deadline::Deadline;
use crate::http::App;
use crate::http::response::accept_encoding::accepts_gzip;
use crate::http::response::answer::{ChargedText, JsonText};
use crate::model::job;
use crate::model::memory::{Memory, Purpose};

/// Size in bytes from which a response is compressed: a smaller one would hardly get smaller.
const SMALL: u64 = 32;
/// Size in bytes from which a response is compressed on a work thread. Smaller ones cost less than the hand-over.
const LARGE: u64 = 16 * 1024;
/// Bytes between two checkpoints.
const CHUNK_BYTES: usize = 16 * 1024;
/// Bytes of the state of a compressor: the window of 32 KiB with its two hash tables of 64 KiB each, 64 KiB of codes, 83 KiB of output,
/// 5 KiB of code tables, and the buffer of 32 KiB that the output is copied to.
const STATE_BYTES: u64 = 352 * 1024;

/// Compresses a response of known size if the client accepts gzip, and the deadline of the request allows it. Streamed responses pass
/// unchanged.
pub(in crate::http) async fn compress(
    State(app): State<App>,
    Extension(deadline): Extension<Deadline>,
    request: Request,
    next: Next,
) -> Response {
    let accepts_gzip = accepts_gzip(request.headers());
    let mut response = next.run(request).await;
    let size = response.body().size_hint().exact();
    let Some(size) = size.filter(|size| *size >= SMALL && is_text(response.headers())) else {
        return response;
    };
    vary_by_encoding(response.headers_mut());
    if !accepts_gzip {
        return response;
    }
    let (mut parts, body) = response.into_parts();
    let Ok(plain) = to_bytes(body, usize::MAX).await else {
        return Response::from_parts(parts, Body::empty());
    };
    let memory = app.engine.memory().clone();
    let compressed = if size < LARGE {
        gzip(&plain, &memory)
    } else {
        let large = plain.clone();
        let work = app.service.workers().run((), async move || gzip(&large, &memory));
        deadline.limit(work).await.ok().and_then(Result::ok).flatten()
    };
    // Sent uncompressed if there is not enough time or memory.
    let Some(compressed) = compressed else {
        return Response::from_parts(parts, Body::from(plain));
    };
    parts.headers.remove(CONTENT_LENGTH);
    parts
        .headers
        .insert(CONTENT_ENCODING, HeaderValue::from_static("gzip"));
    Response::from_parts(parts, Body::from(compressed.into_bytes()))
}

/// The compressed bytes, charged to the memory budget until they are sent; none if there is no memory for them.
fn gzip(plain: &Bytes, memory: &Memory) -> Option<JsonText> {
    let state = memory.account(Purpose::Work);
    state.keep(STATE_BYTES).ok()?;
    let mut compressed = GzEncoder::new(ChargedText::new(memory), Compression::default());
    for part in plain.chunks(CHUNK_BYTES) {
        job::checkpoint();
        compressed.write_all(part).ok()?;
    }
    compressed.finish().ok()?.finish().ok()
}

/// Says that the response depends on what the client accepts, unless it does already.
fn vary_by_encoding(headers: &mut HeaderMap) {
    let varies = headers.get_all(VARY).iter().any(|value| {
        let names = value.to_str().unwrap_or_default().split(',');
        names
            .map(str::trim)
            .any(|name| name.eq_ignore_ascii_case(ACCEPT_ENCODING.as_str()))
    });
    if !varies {
        headers.append(VARY, HeaderValue::from_static("accept-encoding"));
    }
}

/// Whether a response is uncompressed text; images and fonts are compressed already.
fn is_text(headers: &HeaderMap) -> bool {
    let kind = headers.get(CONTENT_TYPE).and_then(|kind| kind.to_str().ok());
    let is_text = kind.is_some_and(|kind| {
        kind.starts_with("text/") || kind.starts_with("application/") || kind.starts_with("image/svg")
    });
    is_text && !headers.contains_key(CONTENT_ENCODING)
}
