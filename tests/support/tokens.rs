//! A login service of the tests' own: keys that nobody else has any use for, tokens signed with them, and their public halves.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use axum::Router;
use axum::http::StatusCode;
use axum::routing::get;
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use hukun::http::{AuthConfig, Config, KeySet, KeySetLocation, TokenRules};
use jsonwebtoken::jwk::Jwk;
use jsonwebtoken::{Algorithm, EncodingKey, Header, encode};
use parking_lot::Mutex;
use serde_json::{Value, json};
use tokio::net::TcpListener;

pub const ISSUER: &str = "https://login.example.org/";
pub const AUDIENCE: &str = "hukun";

/// What signs tokens.
pub struct Signer {
    pub id: &'static str,
    pub algorithm: Algorithm,
    key: EncodingKey,
}

/// The bytes between the lines of a PEM file.
fn der(pem: &str) -> Vec<u8> {
    let lines: String = pem.lines().filter(|line| !line.starts_with("-----")).collect();
    STANDARD.decode(lines).unwrap()
}

impl Signer {
    pub fn rsa() -> Self {
        Self {
            id: "rsa",
            algorithm: Algorithm::RS256,
            key: EncodingKey::from_rsa_der(&der(include_str!("../fixed/keys/rsa.pem"))),
        }
    }
    /// A key that is too short to be trusted.
    pub fn short_rsa() -> Self {
        Self {
            id: "rsa-short",
            algorithm: Algorithm::RS256,
            key: EncodingKey::from_rsa_der(&der(include_str!("../fixed/keys/rsa-short.pem"))),
        }
    }
    pub fn p256() -> Self {
        Self {
            id: "p256",
            algorithm: Algorithm::ES256,
            key: EncodingKey::from_ec_der(&der(include_str!("../fixed/keys/p256.pem"))),
        }
    }
    pub fn ed25519() -> Self {
        Self {
            id: "ed25519",
            algorithm: Algorithm::EdDSA,
            key: EncodingKey::from_ed_der(&der(include_str!("../fixed/keys/ed25519.pem"))),
        }
    }
    /// The one that comes after the others.
    pub fn next() -> Self {
        Self {
            id: "next",
            algorithm: Algorithm::EdDSA,
            key: EncodingKey::from_ed_der(&der(include_str!("../fixed/keys/ed25519-next.pem"))),
        }
    }

    /// The public half.
    pub fn jwk(&self) -> Value {
        let mut jwk = Jwk::from_encoding_key(&self.key, self.algorithm).unwrap();
        jwk.common.key_id = Some(self.id.into());
        serde_json::to_value(jwk).unwrap()
    }

    pub fn header(&self) -> Header {
        let mut header = Header::new(self.algorithm);
        header.kid = Some(self.id.into());
        header
    }

    /// A token.
    pub fn sign(&self, claims: &Value) -> String {
        encode(&self.header(), claims, &self.key).unwrap()
    }

    /// A token with a header of one's own.
    pub fn sign_under(&self, header: &Value, claims: &Value) -> String {
        let body = format!("{}.{}", part(header), part(claims));
        let signature = jsonwebtoken::crypto::sign(body.as_bytes(), &self.key, self.algorithm).unwrap();
        format!("{body}.{signature}")
    }
}

/// A part of a token.
pub fn part(value: &Value) -> String {
    URL_SAFE_NO_PAD.encode(value.to_string())
}

/// Seconds from now.
pub fn seconds(from_now: i64) -> i64 {
    chrono::Utc::now().timestamp() + from_now
}

/// The claims of a token that is as it must be.
pub fn claims() -> Value {
    json!({
        "iss": ISSUER, "aud": AUDIENCE, "sub": "mei", "exp": seconds(300), "nbf": seconds(-10),
        "roles": ["reader", "pii", "warehouse-clerk"],
    })
}

/// A key set on loopback.
pub struct KeyServer {
    pub address: String,
    answer: Arc<Mutex<(StatusCode, String)>>,
    asked: Arc<AtomicUsize>,
}

impl KeyServer {
    pub async fn start(keys: &[&Signer]) -> Self {
        let answer = Arc::new(Mutex::new((StatusCode::OK, set(keys))));
        let asked = Arc::new(AtomicUsize::new(0));
        let (told, counted) = (answer.clone(), asked.clone());
        let give = move || {
            counted.fetch_add(1, Ordering::Relaxed);
            let answer = told.lock().clone();
            async move { answer }
        };
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = format!("http://{}/keys", listener.local_addr().unwrap());
        let router = Router::new().route("/keys", get(give));
        tokio::spawn(async move { axum::serve(listener, router).await });
        Self {
            address,
            answer,
            asked,
        }
    }

    pub fn now_has(&self, keys: &[&Signer]) {
        *self.answer.lock() = (StatusCode::OK, set(keys));
    }

    pub fn now_says(&self, status: StatusCode, body: &str) {
        *self.answer.lock() = (status, body.to_string());
    }

    /// How often it was asked.
    pub fn asked(&self) -> usize {
        self.asked.load(Ordering::Relaxed)
    }
}

/// A key set as a document.
pub fn set(keys: &[&Signer]) -> String {
    let keys: Vec<Value> = keys.iter().map(|key| key.jwk()).collect();
    json!({ "keys": keys }).to_string()
}

/// A server that accepts tokens of a key set, and any number of failures.
pub async fn accepting(place: &str, refetch: Duration, refresh: Duration) -> Config {
    let keys = KeySet::open(KeySetLocation::parse(place).unwrap(), refetch, refresh).await;
    let tokens = TokenRules {
        keys: Arc::new(keys.unwrap()),
        issuer: ISSUER.into(),
        audience: AUDIENCE.into(),
        roles_claim: "roles".into(),
        datasets_claim: "datasets".into(),
        skew_s_max: 5,
    };
    Config {
        auth: AuthConfig {
            tokens: Some(tokens),
            failures_per_minute_max: std::num::NonZeroU32::MAX,
            ..AuthConfig::default()
        },
        ..Config::default()
    }
}
