//! Allowed host names. They prevent DNS rebinding: a page whose host name resolves to this server while it is open in a browser
//! could otherwise read what its user may read, but it cannot hide the host name that it requests.

use std::net::{IpAddr, Ipv6Addr};

use axum::extract::{Request, State};
use axum::http::header::HOST;
use axum::http::uri::Authority;
use axum::http::{HeaderValue, StatusCode, Version};
use axum::middleware::Next;
use axum::response::Response;

use crate::graphql::ErrorCode;
use crate::http::App;
use crate::http::quota::connection_quota::is_health;
use crate::http::response::answer::HttpError;
use crate::http::response::media::Media;

/// The wildcard for every name.
const ANY: &str = "*";

/// The allowed hosts.
#[derive(Clone, Debug)]
pub(in crate::http) struct Hosts {
    /// Whether the server listens on a loopback address.
    loopback: bool,
    named: Vec<String>,
}

impl Hosts {
    /// The hosts of a server that listens on an address, with further names from the configuration.
    pub(in crate::http) fn new(listening: Option<IpAddr>, named: &[String]) -> Self {
        Self {
            loopback: listening.is_some_and(|address| address.to_canonical().is_loopback()),
            named: named.iter().map(|name| normalize_host(name)).collect(),
        }
    }

    /// Whether a host is allowed. Addresses are, because they cannot be rebound.
    fn serves(&self, host: &str) -> bool {
        let host = normalize_host(host);
        if self.named.iter().any(|name| *name == host || name == ANY) {
            return true;
        }
        let bare = host.strip_prefix('[').and_then(|host| host.strip_suffix(']'));
        let address = match bare {
            Some(bare) => bare.parse::<Ipv6Addr>().ok().map(IpAddr::V6),
            None => host.parse::<IpAddr>().ok(),
        };
        match address {
            Some(address) => !self.loopback || address.to_canonical().is_loopback(),
            None => host == "localhost" || host.ends_with(".localhost"),
        }
    }
}

/// A name in lower case without a trailing dot, for comparison.
fn normalize_host(name: &str) -> String {
    name.strip_suffix('.').unwrap_or(name).to_ascii_lowercase()
}

/// Passes on requests for an allowed host, and adds a missing `Host` header, so that handlers can rely on it in every HTTP version.
pub(in crate::http) async fn check(State(app): State<App>, mut request: Request, next: Next) -> Response {
    let reject = |status, code: ErrorCode, message: String| {
        HttpError::new(status, code.as_str(), message).into_response(Media::of(request.headers()))
    };
    let authority = match requested_host(&request) {
        Ok(authority) => authority,
        Err(message) => return reject(StatusCode::BAD_REQUEST, ErrorCode::BadUserInput, message.into()),
    };
    if let Some(authority) = authority {
        let host = authority.host();
        // Health checks may use the name of a container or a pod; they return no data.
        if !app.hosts.serves(host) && !is_health(request.uri().path()) {
            let message = format!(
                "`{}` is not a host name of this server; its operator can add it with --hosts.",
                crate::model::free_text::visible(host)
            );
            return reject(StatusCode::MISDIRECTED_REQUEST, ErrorCode::Forbidden, message);
        }
        if !request.headers().contains_key(HOST)
            && let Ok(host) = HeaderValue::from_str(authority.as_str())
        {
            request.headers_mut().insert(HOST, host);
        }
    }
    next.run(request).await
}

/// The host that a request is for; none if its HTTP version does not require one.
fn requested_host(request: &Request) -> Result<Option<Authority>, &'static str> {
    let mut given = request.headers().get_all(HOST).iter();
    let (host, more) = (given.next(), given.next());
    if more.is_some() {
        return Err("The `Host` header was sent twice; send it once.");
    }
    let parse = |host: &HeaderValue| {
        let host = host.to_str().ok()?.parse::<Authority>().ok()?;
        let text = host.as_str();
        let port = text[text.rfind(']').unwrap_or(0)..].split_once(':');
        let is_port = |port: &str| port.is_empty() || port.parse::<u16>().is_ok();
        (!text.contains('@') && port.is_none_or(|(_, port)| is_port(port))).then_some(host)
    };
    let host = match host {
        None => None,
        Some(host) => Some(
            parse(host).ok_or("The `Host` header is not valid (expected a host with an optional port).")?,
        ),
    };
    match (request.uri().authority(), host) {
        (Some(target), Some(host)) if !target.as_str().eq_ignore_ascii_case(host.as_str()) => {
            Err("The `Host` header and the request target name different hosts; send one host.")
        }
        (_, Some(host)) => Ok(Some(host)),
        (Some(target), None) if request.version() >= Version::HTTP_2 => Ok(Some(target.clone())),
        (None, None) if request.version() <= Version::HTTP_10 => Ok(None),
        (Some(target), None) if request.version() <= Version::HTTP_10 => Ok(Some(target.clone())),
        _ => Err("The `Host` header is missing; send the host name of the server."),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn served(listening: &str, named: &[&str], host: &str) -> bool {
        let named: Vec<String> = named.iter().map(ToString::to_string).collect();
        Hosts::new(Some(listening.parse().unwrap()), &named).serves(host)
    }

    #[test]
    fn on_loopback_only_its_own_names_are_served() {
        for host in [
            "localhost",
            "LOCALHOST",
            "localhost.",
            "a.localhost",
            "127.0.0.1",
            "127.1.2.3",
            "[::1]",
        ] {
            assert!(
                served("127.0.0.1", &[], host) && served("::1", &[], host),
                "{host}"
            );
        }
        for host in [
            "evil.example",
            "localhost.evil.example",
            "10.0.0.1",
            "[fd00::1]",
            "0.0.0.0",
            "127.0.0.1.nip.io",
            "",
        ] {
            assert!(!served("127.0.0.1", &[], host), "{host}");
            assert!(served("127.0.0.1", &["*"], host), "{host}");
        }
        assert!(served("127.0.0.1", &["Hukun.example"], "hukun.Example."));
        assert!(!served("127.0.0.1", &["hukun.example"], "a.hukun.example"));
    }

    #[test]
    fn elsewhere_addresses_are_served_and_names_that_were_given() {
        for host in ["localhost", "127.0.0.1", "10.0.0.1", "[fd00::1]"] {
            assert!(
                served("0.0.0.0", &[], host) && served("::", &["hukun.example"], host),
                "{host}"
            );
        }
        for host in ["evil.example", "hukun", "1.2.3", "0x7f.1", "fd00::1.example"] {
            assert!(!served("0.0.0.0", &["hukun.example"], host), "{host}");
        }
        assert!(served("0.0.0.0", &["hukun.example"], "hukun.example"));
    }
}
