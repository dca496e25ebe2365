//! Fetching a key set: one GET request, bounded in time and size, without redirects.

use std::time::Duration;

use axum::http::Uri;
use http_body_util::{BodyExt as _, Empty, Limited};
use hyper::body::Bytes;
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;

/// Time limit of a fetch.
const FETCH_MAX: Duration = Duration::from_secs(5);
/// Maximum size of a key set in bytes. Real ones have a few thousand bytes.
pub(super) const BYTES_MAX: usize = 256 * 1024;

/// Checks that an address uses TLS or is on this machine.
pub(super) fn check(address: &Uri) -> Result<(), String> {
    let host = address.host().unwrap_or_default();
    let here = host == "localhost"
        || host
            .trim_matches(['[', ']'])
            .parse()
            .is_ok_and(|ip: std::net::IpAddr| ip.is_loopback());
    match address.scheme_str() {
        Some("https") if !host.is_empty() => Ok(()),
        Some("http") if here => Ok(()),
        Some("http") => {
            Err("is not https, so that the keys could be replaced on the way (expected https://…)".into())
        }
        _ => Err("is not a web address (expected https://…)".into()),
    }
}

/// An HTTP client. It is created for the first fetch, because it reads the system's certificates.
pub(super) struct Fetcher(Client<HttpsConnector<HttpConnector>, Empty<Bytes>>);

impl Fetcher {
    pub(super) fn new() -> Result<Self, String> {
        let connector = HttpsConnectorBuilder::new()
            .with_native_roots()
            .map_err(|error| format!("the system's certificates cannot be read: {error}"))?
            .https_or_http()
            .enable_http1()
            .build();
        Ok(Self(Client::builder(TokioExecutor::new()).build(connector)))
    }

    /// Fetches the body at an address.
    pub(super) async fn get(&self, address: &Uri) -> Result<Bytes, String> {
        let fetched = tokio::time::timeout(FETCH_MAX, self.fetch(address)).await;
        fetched.unwrap_or_else(|_| Err(format!("no response within {} s", FETCH_MAX.as_secs())))
    }

    async fn fetch(&self, address: &Uri) -> Result<Bytes, String> {
        let response = self.0.get(address.clone()).await.map_err(|error| {
            let cause = std::error::Error::source(&error).map(ToString::to_string);
            format!("{error}: {}", cause.unwrap_or_default())
        })?;
        if response.status() != hyper::StatusCode::OK {
            return Err(format!("the response status is {}, not 200", response.status()));
        }
        let body = Limited::new(response.into_body(), BYTES_MAX).collect().await;
        let body = body.map_err(|error| {
            format!("the response is incomplete or larger than {BYTES_MAX} bytes: {error}")
        })?;
        Ok(body.to_bytes())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_set_comes_over_tls_or_from_this_machine() {
        for (address, good) in [
            ("https://login.example.org/keys", true),
            ("http://127.0.0.1:8000/keys", true),
            ("http://[::1]/keys", true),
            ("http://localhost/keys", true),
            ("http://login.example.org/keys", false),
            ("http://127.0.0.1.example.org/keys", false),
            ("ftp://127.0.0.1/keys", false),
            ("/keys", false),
        ] {
            assert_eq!(check(&address.parse().unwrap()).is_ok(), good, "{address}");
        }
    }
}
