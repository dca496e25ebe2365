//! The names under which the server may be asked for. A page whose name leads to this server's address only while it is open in a
//! browser (DNS rebinding) would otherwise read what its user may read; it cannot hide the name that it asks for.

use std::net::{IpAddr, Ipv6Addr};

use axum::extract::{Request, State};
use axum::http::header::HOST;
use axum::http::uri::Authority;
use axum::http::{HeaderValue, StatusCode, Version};
use axum::middleware::Next;
use axum::response::Response;

use super::answer::Problem;
use super::media::Media;
use super::{App, is_health};
use crate::graphql::Code;

/// What stands for every name.
const ANY: &str = "*";

/// The hosts that are served.
#[derive(Clone, Debug)]
pub(super) struct Hosts {
    /// Whether the server can be reached from its own machine alone.
    loopback: bool,
    named: Vec<String>,
}

impl Hosts {
    /// Those of a server that listens on an address, and has been given further names.
    pub(super) fn new(listening: Option<IpAddr>, named: &[String]) -> Self {
        Self {
            loopback: listening.is_some_and(|address| address.to_canonical().is_loopback()),
            named: named.iter().map(|name| plain(name)).collect(),
        }
    }

    /// Whether a host is served. An address is no name that could be made to lead elsewhere.
    fn serves(&self, host: &str) -> bool {
        let host = plain(host);
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

/// A name as it is compared: in small letters, without the point at its end.
fn plain(name: &str) -> String {
    name.strip_suffix('.').unwrap_or(name).to_ascii_lowercase()
}

/// Lets a request through that names one host, which is served. Behind it `Host` is there, whatever the version of HTTP.
pub(super) async fn check(State(app): State<App>, mut request: Request, next: Next) -> Response {
    let refuse = |status, code: Code, message: String| {
        Problem::new(status, code.as_str(), message).into_response(Media::of(request.headers()))
    };
    let authority = match asked_for(&request) {
        Ok(authority) => authority,
        Err(message) => return refuse(StatusCode::BAD_REQUEST, Code::BadUserInput, message.into()),
    };
    if let Some(authority) = authority {
        let host = authority.host();
        // Probes ask by the name of a container or a pod, and are told nothing of the data.
        if !app.hosts.serves(host) && !is_health(request.uri().path()) {
            let message = format!(
                "This server is not known as `{}`; its operator can add the name with --hosts.",
                crate::model::free_text::visible(host)
            );
            return refuse(StatusCode::MISDIRECTED_REQUEST, Code::Forbidden, message);
        }
        if !request.headers().contains_key(HOST)
            && let Ok(host) = HeaderValue::from_str(authority.as_str())
        {
            request.headers_mut().insert(HOST, host);
        }
    }
    next.run(request).await
}

/// The host that a request is for; none where it need not say so.
fn asked_for(request: &Request) -> Result<Option<Authority>, &'static str> {
    let mut given = request.headers().get_all(HOST).iter();
    let (host, more) = (given.next(), given.next());
    if more.is_some() {
        return Err("The header `Host` is there twice; send it once.");
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
        Some(host) => Some(parse(host).ok_or("The header `Host` is not a host with an optional port.")?),
    };
    match (request.uri().authority(), host) {
        (Some(target), Some(host)) if !target.as_str().eq_ignore_ascii_case(host.as_str()) => {
            Err("The header `Host` names another host than the request target; send one host.")
        }
        (_, Some(host)) => Ok(Some(host)),
        (Some(target), None) if request.version() >= Version::HTTP_2 => Ok(Some(target.clone())),
        (None, None) if request.version() <= Version::HTTP_10 => Ok(None),
        (Some(target), None) if request.version() <= Version::HTTP_10 => Ok(Some(target.clone())),
        _ => Err("The header `Host` is missing; send the host that you ask."),
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
