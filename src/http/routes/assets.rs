//! The embedded pages, built by `make web`: the explorer and `GraphiQL`. They load nothing from other servers.
//!
//! The name of a file below `/assets/` contains a hash of its content, so it is cached forever; the pages name the files, so they
//! are revalidated on each request. Text files are compressed at build time.

use axum::extract::{Path, State};
use axum::http::header::{CACHE_CONTROL, CONTENT_ENCODING, CONTENT_SECURITY_POLICY, CONTENT_TYPE, VARY};
use axum::http::{HeaderMap, HeaderValue};
use axum::response::{IntoResponse, Redirect, Response};
use rust_embed::Embed;

use super::pages;
use crate::http::App;
use crate::http::response::accept_encoding::accepts_gzip;
use crate::http::response::etag::tagged;

#[derive(Embed)]
#[folder = "web/dist"]
struct BuiltAssets;

const HTML: &str = "text/html; charset=utf-8";

/// Content security policy of the explorer: nothing inline, nothing from other origins.
const EXPLORER_POLICY: HeaderValue = HeaderValue::from_static(
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; worker-src 'self'; \
     base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
);

/// Content security policy of `GraphiQL`, whose editor generates inline styles. Its scripts are files.
const GRAPHIQL_POLICY: HeaderValue = HeaderValue::from_static(
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; font-src 'self' data:; \
     connect-src 'self'; worker-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
);

/// The explorer.
pub(in crate::http) async fn explorer(State(app): State<App>, headers: HeaderMap) -> Response {
    page(&app, "index.html", EXPLORER_POLICY, &headers)
}

/// The page of `GraphiQL`.
pub(in crate::http) async fn graphiql(State(app): State<App>, headers: HeaderMap) -> Response {
    page(&app, "graphiql.html", GRAPHIQL_POLICY, &headers)
}

/// Redirects `/graphiql/` to `/graphiql`: the page uses relative links.
pub(in crate::http) async fn graphiql_slash() -> Redirect {
    Redirect::permanent("/graphiql")
}

fn page(app: &App, name: &str, policy: HeaderValue, headers: &HeaderMap) -> Response {
    let Some(page) = BuiltAssets::get(name) else {
        return pages::unbuilt(&app.config, headers);
    };
    let mut response = tagged(HTML, page.data, headers);
    response.headers_mut().insert(CONTENT_SECURITY_POLICY, policy);
    response
}

/// A file that a page names.
pub(in crate::http) async fn file(
    State(app): State<App>,
    Path(name): Path<String>,
    headers: HeaderMap,
) -> Response {
    let path = format!("assets/{name}");
    let found = content_type(&name).and_then(|content_type| Some((content_type, BuiltAssets::get(&path)?)));
    let Some((content_type, plain)) = found else {
        return pages::not_found(&app.config, &headers);
    };
    let cached = [
        (CONTENT_TYPE, content_type),
        (CACHE_CONTROL, "public, max-age=31536000, immutable"),
        (VARY, "accept-encoding"),
    ];
    match BuiltAssets::get(&format!("{path}.gz")).filter(|_| accepts_gzip(&headers)) {
        Some(gzip) => (cached, [(CONTENT_ENCODING, "gzip")], gzip.data).into_response(),
        None => (cached, plain.data).into_response(),
    }
}

/// The content type by file extension; none for files that browsers do not load.
fn content_type(name: &str) -> Option<&'static str> {
    let (_, extension) = name.rsplit_once('.')?;
    Some(match extension {
        "js" => "text/javascript; charset=utf-8",
        "css" => "text/css; charset=utf-8",
        "svg" => "image/svg+xml",
        "ttf" => "font/ttf",
        "woff2" => "font/woff2",
        "txt" => "text/plain; charset=utf-8",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_files_for_browsers_have_a_content_type() {
        assert_eq!(
            content_type("index-B7x.js"),
            Some("text/javascript; charset=utf-8")
        );
        assert_eq!(content_type("index-B7x.js.gz"), None);
        assert_eq!(content_type("index"), None);
    }
}
