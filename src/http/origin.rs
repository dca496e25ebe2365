//! Where a page comes from that asks in its user's browser, and what a page of another origin may do.
//!
//! A browser lets any page open a WebSocket to anywhere, and the server sees the user's address: so a page of another origin is
//! let in only where the operator named it (`--origins`). What else it asks is answered so that it may read it only then (CORS).
//! Who asks is told by a header that the page must set itself, never by cookies: so credentials are never allowed.

use axum::extract::{Request, State};
use axum::http::header::{
    ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS, ACCESS_CONTROL_ALLOW_ORIGIN,
    ACCESS_CONTROL_EXPOSE_HEADERS, ACCESS_CONTROL_MAX_AGE, ACCESS_CONTROL_REQUEST_METHOD, HOST, ORIGIN, VARY,
};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, Uri};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};

use super::App;
use super::answer::Problem;
use super::media::Media;

/// What a page may send beside what every page may.
const SENT: HeaderValue = HeaderValue::from_static("accept, authorization, content-type, last-event-id");
/// What a page may read beside what every page may.
const READ: HeaderValue = HeaderValue::from_static("retry-after, www-authenticate, x-truncated-by");
const METHODS: HeaderValue = HeaderValue::from_static("GET, HEAD, POST");
/// Seconds for which a browser need not ask again.
const MAX_AGE: HeaderValue = HeaderValue::from_static("600");
const PRIVATE_NETWORK: HeaderName = HeaderName::from_static("access-control-request-private-network");
const ALLOW_PRIVATE_NETWORK: HeaderName = HeaderName::from_static("access-control-allow-private-network");

/// Answers a browser that asks beforehand, and lets pages of the origins that were named read what is answered.
pub(super) async fn share(State(app): State<App>, request: Request, next: Next) -> Response {
    let headers = request.headers();
    let named = named(headers, &app.config.origins).cloned();
    let asks_beforehand = request.method() == Method::OPTIONS
        && headers.contains_key(ORIGIN)
        && headers.contains_key(ACCESS_CONTROL_REQUEST_METHOD);
    let mut response = if !asks_beforehand {
        next.run(request).await
    } else if named.is_some() {
        let mut allowed = StatusCode::NO_CONTENT.into_response();
        let answer = allowed.headers_mut();
        answer.insert(ACCESS_CONTROL_ALLOW_METHODS, METHODS);
        answer.insert(ACCESS_CONTROL_ALLOW_HEADERS, SENT);
        answer.insert(ACCESS_CONTROL_MAX_AGE, MAX_AGE);
        // The origin was named, so its pages may reach a server within a network too.
        if headers.contains_key(PRIVATE_NETWORK) {
            answer.insert(ALLOW_PRIVATE_NETWORK, HeaderValue::from_static("true"));
        }
        allowed
    } else {
        refusal().into_response(Media::of(headers))
    };
    let answer = response.headers_mut();
    answer.append(VARY, HeaderValue::from_static("origin"));
    if let Some(origin) = named {
        answer.insert(ACCESS_CONTROL_ALLOW_ORIGIN, origin);
        if !asks_beforehand {
            answer.insert(ACCESS_CONTROL_EXPOSE_HEADERS, READ);
        }
    }
    response
}

/// The one origin that a request names, where it is among those allowed.
fn named<'a>(headers: &'a HeaderMap, allowed: &[String]) -> Option<&'a HeaderValue> {
    let mut given = headers.get_all(ORIGIN).iter();
    let (Some(origin), None) = (given.next(), given.next()) else {
        return None;
    };
    let text = origin.to_str().ok()?;
    let is_named = allowed.iter().any(|allowed| allowed.eq_ignore_ascii_case(text));
    is_named.then_some(origin)
}

/// Refuses a page of an origin that is neither this server's nor one of `allowed`. What is no browser sends none.
pub(super) fn check(headers: &HeaderMap, allowed: &[String]) -> Result<(), Problem> {
    if !headers.contains_key(ORIGIN) || named(headers, allowed).is_some() {
        return Ok(());
    }
    let mut given = headers.get_all(ORIGIN).iter();
    let (Some(origin), None) = (given.next(), given.next()) else {
        return Err(refusal());
    };
    match origin.to_str() {
        Ok(origin) if is_own(origin, headers) => Ok(()),
        _ => Err(refusal()),
    }
}

/// Whether a page comes from where the request goes. By host and port alone: a proxy may have taken the TLS off.
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

fn refusal() -> Problem {
    let message =
        "Pages of this origin may not ask this server; its operator can allow the origin with --origins.";
    Problem::new(StatusCode::FORBIDDEN, "FORBIDDEN", message)
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
    fn a_page_is_of_this_server_or_of_one_that_was_named() {
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
