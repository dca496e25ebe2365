//! Origin checks and CORS for pages of other origins.
//!
//! A browser lets any page open a WebSocket to any server, so a page of another origin is accepted only if the operator allowed it
//! (`--origins`). Such a page can also read other responses (CORS). Clients authenticate by a header that the page must set itself,
//! never by cookies, so `Access-Control-Allow-Credentials` is never sent.

use axum::extract::{Request, State};
use axum::http::header::{
    ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS, ACCESS_CONTROL_ALLOW_ORIGIN,
    ACCESS_CONTROL_EXPOSE_HEADERS, ACCESS_CONTROL_MAX_AGE, ACCESS_CONTROL_REQUEST_METHOD, HOST, ORIGIN, VARY,
};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, Uri};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};

use crate::http::App;
use crate::http::response::answer::HttpError;
use crate::http::response::media::Media;

/// Request headers that an allowed page may send.
const ALLOWED_HEADERS: HeaderValue =
    HeaderValue::from_static("accept, authorization, content-type, last-event-id");
/// Response headers that an allowed page may read.
const EXPOSED_HEADERS: HeaderValue =
    HeaderValue::from_static("retry-after, www-authenticate, x-truncated-by");
const METHODS: HeaderValue = HeaderValue::from_static("GET, HEAD, POST");
/// Seconds for which a browser may cache a preflight response.
const MAX_AGE: HeaderValue = HeaderValue::from_static("600");
const PRIVATE_NETWORK: HeaderName = HeaderName::from_static("access-control-request-private-network");
const ALLOW_PRIVATE_NETWORK: HeaderName = HeaderName::from_static("access-control-allow-private-network");

/// Answers CORS preflight requests, and adds CORS headers to responses for pages of allowed origins.
pub(in crate::http) async fn apply_cors(State(app): State<App>, request: Request, next: Next) -> Response {
    let headers = request.headers();
    let allowed = allowed_origin(headers, &app.config.origins).cloned();
    let is_preflight = request.method() == Method::OPTIONS
        && headers.contains_key(ORIGIN)
        && headers.contains_key(ACCESS_CONTROL_REQUEST_METHOD);
    let mut response = if !is_preflight {
        next.run(request).await
    } else if allowed.is_some() {
        let mut preflight = StatusCode::NO_CONTENT.into_response();
        let answer = preflight.headers_mut();
        answer.insert(ACCESS_CONTROL_ALLOW_METHODS, METHODS);
        answer.insert(ACCESS_CONTROL_ALLOW_HEADERS, ALLOWED_HEADERS);
        answer.insert(ACCESS_CONTROL_MAX_AGE, MAX_AGE);
        // The origin is allowed, so its pages may also reach a server in a private network.
        if headers.contains_key(PRIVATE_NETWORK) {
            answer.insert(ALLOW_PRIVATE_NETWORK, HeaderValue::from_static("true"));
        }
        preflight
    } else {
        origin_error().into_response(Media::of(headers))
    };
    let answer = response.headers_mut();
    answer.append(VARY, HeaderValue::from_static("origin"));
    if let Some(origin) = allowed {
        answer.insert(ACCESS_CONTROL_ALLOW_ORIGIN, origin);
        if !is_preflight {
            answer.insert(ACCESS_CONTROL_EXPOSE_HEADERS, EXPOSED_HEADERS);
        }
    }
    response
}

/// The origin of a request, if it sends exactly one and that is allowed.
fn allowed_origin<'a>(headers: &'a HeaderMap, allowed: &[String]) -> Option<&'a HeaderValue> {
    let mut given = headers.get_all(ORIGIN).iter();
    let (Some(origin), None) = (given.next(), given.next()) else {
        return None;
    };
    let text = origin.to_str().ok()?;
    let is_allowed = allowed.iter().any(|allowed| allowed.eq_ignore_ascii_case(text));
    is_allowed.then_some(origin)
}

/// Rejects a page of an origin that is neither this server's nor one of `allowed`. Clients other than browsers send no origin.
pub(in crate::http) fn check(headers: &HeaderMap, allowed: &[String]) -> Result<(), HttpError> {
    if !headers.contains_key(ORIGIN) || allowed_origin(headers, allowed).is_some() {
        return Ok(());
    }
    let mut given = headers.get_all(ORIGIN).iter();
    let (Some(origin), None) = (given.next(), given.next()) else {
        return Err(origin_error());
    };
    match origin.to_str() {
        Ok(origin) if is_own(origin, headers) => Ok(()),
        _ => Err(origin_error()),
    }
}

/// Whether the origin is this server. Only host and port are compared, because a proxy may terminate TLS.
fn is_own(origin: &str, headers: &HeaderMap) -> bool {
    let own = || {
        let origin: Uri = origin.parse().ok()?;
        let default = match origin.scheme_str()? {
            "http" => 80,
            "https" => 443,
            _ => return None,
        };
        let host: Uri = headers.get(HOST)?.to_str().ok()?.parse().ok()?;
        let same_port = origin.port_u16().unwrap_or(default) == host.port_u16().unwrap_or(default);
        Some(same_port && origin.host()?.eq_ignore_ascii_case(host.host()?))
    };
    own().unwrap_or(false)
}

fn origin_error() -> HttpError {
    let message = "Pages of this origin are not allowed here; the operator of this server can allow the origin with --origins.";
    HttpError::new(StatusCode::FORBIDDEN, "FORBIDDEN", message)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn passes(origin: Option<&str>, host: &str, allowed: &[&str]) -> bool {
        let mut headers = HeaderMap::new();
        headers.insert(HOST, host.parse().unwrap());
        if let Some(origin) = origin {
            headers.insert(ORIGIN, origin.parse().unwrap());
        }
        let allowed: Vec<String> = allowed.iter().map(ToString::to_string).collect();
        check(&headers, &allowed).is_ok()
    }

    #[test]
    fn a_page_is_of_this_server_or_of_an_allowed_origin() {
        for (origin, host) in [
            ("http://hukun.example", "hukun.example"),
            ("https://Hukun.example", "hukun.example"),
            ("https://hukun.example", "hukun.example:443"),
            ("http://127.0.0.1:8080", "127.0.0.1:8080"),
            ("http://[::1]:8080", "[::1]:8080"),
        ] {
            assert!(passes(Some(origin), host, &[]), "{origin} {host}");
        }
        for (origin, host) in [
            ("https://evil.example", "hukun.example"),
            ("http://hukun.example:81", "hukun.example"),
            ("http://hukun.example.evil.example", "hukun.example"),
            ("null", "hukun.example"),
            ("file://", "hukun.example"),
            ("", "hukun.example"),
        ] {
            assert!(
                !passes(Some(origin), host, &["https://partner.example"]),
                "{origin} {host}"
            );
        }
        assert!(passes(None, "hukun.example", &[]));
        let partner = Some("https://partner.example");
        assert!(passes(partner, "hukun.example", &["https://partner.example"]));
    }
}
