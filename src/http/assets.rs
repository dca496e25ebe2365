//! Files that the server carries within itself: `GraphiQL` works without a network.

use axum::extract::{Path, State};
use axum::http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, ETAG, IF_NONE_MATCH};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Redirect, Response};

use super::{App, pages};

/// A file within the program.
struct Asset {
    name: &'static str,
    content_type: &'static str,
    bytes: &'static [u8],
}

const HTML: &str = "text/html; charset=utf-8";
const SCRIPT: &str = "text/javascript; charset=utf-8";
const STYLE: &str = "text/css; charset=utf-8";
const TEXT: &str = "text/plain; charset=utf-8";

macro_rules! assets {
    ($($name:literal $content_type:ident)+) => { &[$(Asset {
        name: $name, content_type: $content_type, bytes: include_bytes!(concat!("../../assets/graphiql/", $name)),
    }),+] };
}

const PAGE: &Asset = &Asset {
    name: "index.html",
    content_type: HTML,
    bytes: include_bytes!("../../assets/graphiql/index.html"),
};
const FILES: &[Asset] = assets! {
    "boot.js" SCRIPT
    "graphiql.min.css" STYLE
    "graphiql.min.js" SCRIPT
    "page.css" STYLE
    "react-dom.production.min.js" SCRIPT
    "react.production.min.js" SCRIPT
    "LICENSES.txt" TEXT
};

/// The hash is of the one style that the editor writes into the page.
const GRAPHIQL_POLICY: HeaderValue = HeaderValue::from_static(
    "default-src 'self'; style-src 'self' 'sha256-nzTgYzXYDNe6BAHiiI7NNlfK8n/auuOAhh2t92YvuXo='; \
     img-src 'self' data:; font-src 'self' data:; object-src 'none'; base-uri 'none'; form-action 'none'; \
     frame-ancestors 'none'",
);

/// The page of `GraphiQL`.
pub(super) async fn graphiql(headers: HeaderMap) -> Response {
    serve(PAGE, &headers)
}

/// The page refers to its files from where it stands, so it stands at one place.
pub(super) async fn graphiql_slash() -> Redirect {
    Redirect::permanent("/graphiql")
}

/// A file of `GraphiQL`.
pub(super) async fn graphiql_file(
    State(app): State<App>,
    Path(name): Path<String>,
    headers: HeaderMap,
) -> Response {
    match FILES.iter().find(|asset| asset.name == name) {
        Some(asset) => serve(asset, &headers),
        None => pages::not_found(&app.config),
    }
}

fn serve(asset: &'static Asset, headers: &HeaderMap) -> Response {
    let mut response = tagged(asset.content_type, asset.bytes, headers);
    response
        .headers_mut()
        .insert(CONTENT_SECURITY_POLICY, GRAPHIQL_POLICY);
    response
}

/// Bytes with a tag, or 304 for who has them already.
pub(super) fn tagged(content_type: &'static str, bytes: &'static [u8], headers: &HeaderMap) -> Response {
    // Weak, since the bytes on the wire may be compressed.
    let tag = format!("W/\"{:016x}\"", fingerprint(bytes));
    let known = headers.get(IF_NONE_MATCH).and_then(|value| value.to_str().ok());
    let known = known.is_some_and(|known| known.split(',').any(|one| one.trim() == tag || one.trim() == "*"));
    let shared = [(ETAG, tag), (CACHE_CONTROL, "no-cache".to_string())];
    if known {
        return (StatusCode::NOT_MODIFIED, shared).into_response();
    }
    (shared, [(CONTENT_TYPE, content_type)], bytes).into_response()
}

/// FNV-1a: tells versions apart and protects nothing.
fn fingerprint(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_file_that_the_page_names_is_carried() {
        let page = std::str::from_utf8(PAGE.bytes).unwrap();
        let named: Vec<&str> = page
            .match_indices("./graphiql/")
            .filter_map(|(at, found)| page[at + found.len()..].split('"').next())
            .collect();
        assert!(!named.is_empty());
        for name in named {
            assert!(FILES.iter().any(|asset| asset.name == name), "{name}");
        }
    }
}
