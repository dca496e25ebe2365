//! Where a page comes from that opens a connection in its user's browser. A browser lets any page open a WebSocket to anywhere, and
//! the server sees the user's address: so a page of another origin is let in only where the operator named it.

use axum::http::header::{HOST, ORIGIN};
use axum::http::{HeaderMap, StatusCode, Uri};

use super::answer::Problem;

/// Refuses a page of an origin that is neither this server's nor one of `allowed`. What is no browser sends none.
pub(super) fn check(headers: &HeaderMap, allowed: &[String]) -> Result<(), Problem> {
    let mut given = headers.get_all(ORIGIN).iter();
    let (Some(origin), None) = (given.next(), given.next()) else {
        return if headers.contains_key(ORIGIN) {
            Err(refusal())
        } else {
            Ok(())
        };
    };
    let origin = origin.to_str().map_err(|_| refusal())?;
    let named = allowed.iter().any(|allowed| allowed.eq_ignore_ascii_case(origin));
    if named || is_own(origin, headers) {
        Ok(())
    } else {
        Err(refusal())
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
    let message = "a page of another origin may not follow from here; the operator of this server may allow it by --feed-origins";
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
