//! The key set (JWKS) that tokens are verified with, from an address or a file.
//!
//! - **Rotation.** An unknown key makes the set be read again, at most once in an interval; the set is also refreshed periodically,
//!   so that a removed key is no longer accepted.
//! - **Errors.** If the set cannot be read, the last good one stays in use.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

use axum::http::Uri;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::jwk::{AlgorithmParameters, EllipticCurve, Jwk, KeyAlgorithm, PublicKeyUse};
use jsonwebtoken::{Algorithm, DecodingKey};
use parking_lot::RwLock;
use serde::Deserialize;
use serde_json::Value;

use super::fetch::{self, BYTES_MAX, Fetcher};

/// How often a file is checked for changes.
const CHECK_EVERY: Duration = Duration::from_secs(1);
/// Minimum size of an RSA modulus in bytes; shorter keys are insecure.
const RSA_BYTES_MIN: usize = 256;

/// The location of a key set.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum KeySetLocation {
    /// A web address.
    Address(Uri),
    /// A file.
    File(PathBuf),
}

impl KeySetLocation {
    /// Parses the setting `--jwt-jwks`. An address must use TLS or be on this machine.
    pub fn parse(text: &str) -> Result<Self, String> {
        if !text.contains("://") {
            return Ok(Self::File(text.into()));
        }
        let address: Uri = text.parse().map_err(|error| format!("{text}: {error}"))?;
        fetch::check(&address).map_err(|reason| format!("{text} {reason}"))?;
        Ok(Self::Address(address))
    }
}

/// A key of the set, and the only algorithm that it is used for.
pub(super) struct TokenKey {
    pub(super) algorithm: Algorithm,
    pub(super) key: DecodingKey,
}

type KeysById = HashMap<String, Arc<TokenKey>>;

/// A key set that follows the changes at its location.
pub struct KeySet {
    location: KeySetLocation,
    refetch: Duration,
    refresh: Duration,
    cached: RwLock<CachedKeys>,
    /// Held while the set is read.
    reader: Arc<tokio::sync::Mutex<Option<Fetcher>>>,
}

struct CachedKeys {
    keys: Arc<KeysById>,
    /// The last time the set was read, successfully or not.
    tried_at: Instant,
    /// Identifies the version of the file that was read.
    stamp: Option<FileStamp>,
}

/// The modification time and the length of a file.
type FileStamp = (SystemTime, u64);

impl KeySet {
    /// Reads a key set for the first time. A file must be readable and have a key; an address may become available later.
    pub async fn open(
        location: KeySetLocation,
        refetch: Duration,
        refresh: Duration,
    ) -> Result<Self, String> {
        let set = Self {
            location,
            refetch,
            refresh,
            cached: RwLock::new(CachedKeys {
                keys: Arc::default(),
                tried_at: Instant::now(),
                stamp: None,
            }),
            reader: Arc::default(),
        };
        let read = set.read(&mut *set.reader.lock().await).await;
        match (read, &set.location) {
            (Ok(()), _) => {}
            (Err(reason), KeySetLocation::File(file)) => return Err(format!("{}: {reason}", file.display())),
            (Err(reason), KeySetLocation::Address(address)) => {
                tracing::warn!(%address, reason, "the key set cannot be read yet; no token is accepted until it can");
            }
        }
        Ok(set)
    }

    /// The key with an id; the id can be omitted if there is only one key.
    pub(super) async fn key(self: &Arc<Self>, id: Option<&str>) -> Option<Arc<TokenKey>> {
        let begun = Instant::now();
        let by_address = matches!(self.location, KeySetLocation::Address(_));
        if by_address {
            self.refresh_in_background(begun);
        } else {
            self.reread_if_due(begun, CHECK_EVERY).await;
        }
        let found = self.find(id);
        if found.is_none() && by_address {
            self.reread_if_due(begun, self.refetch).await;
            return self.find(id);
        }
        found
    }

    /// Reads an old set again in the background; the cached keys stay in use meanwhile.
    fn refresh_in_background(self: &Arc<Self>, now: Instant) {
        if self.is_due(now, self.refresh)
            && let Ok(mut reader) = self.reader.clone().try_lock_owned()
        {
            let set = self.clone();
            tokio::spawn(async move { set.read_or_warn(&mut reader).await });
        }
    }

    fn find(&self, id: Option<&str>) -> Option<Arc<TokenKey>> {
        let keys = self.cached.read().keys.clone();
        match id {
            Some(id) => keys.get(id).cloned(),
            None if keys.len() == 1 => keys.values().next().cloned(),
            None => None,
        }
    }

    fn is_due(&self, now: Instant, every: Duration) -> bool {
        now.saturating_duration_since(self.cached.read().tried_at) >= every
    }

    /// Reads the set again if the last attempt is older than `every`. Concurrent callers wait for one read.
    async fn reread_if_due(&self, now: Instant, every: Duration) {
        let mut reader = self.reader.lock().await;
        if self.is_due(now, every) {
            self.read_or_warn(&mut reader).await;
        }
    }

    async fn read_or_warn(&self, fetcher: &mut Option<Fetcher>) {
        if let Err(reason) = self.read(fetcher).await {
            tracing::warn!(location = %self.location_text(), reason, "the key set cannot be read; the last good one stays in use");
        }
    }

    async fn read(&self, fetcher: &mut Option<Fetcher>) -> Result<(), String> {
        let read = self.read_text(fetcher).await;
        let mut cached = self.cached.write();
        cached.tried_at = Instant::now();
        if let Some((text, stamp)) = read? {
            cached.keys = Arc::new(parse(&text)?);
            cached.stamp = stamp;
            tracing::debug!(keys = cached.keys.len(), location = %self.location_text(), "read the key set");
        }
        Ok(())
    }

    /// The text of the set; none if the file has not changed.
    async fn read_text(
        &self,
        fetcher: &mut Option<Fetcher>,
    ) -> Result<Option<(Vec<u8>, Option<FileStamp>)>, String> {
        match &self.location {
            KeySetLocation::Address(address) => {
                let fetcher = match fetcher {
                    Some(fetcher) => fetcher,
                    none => none.insert(Fetcher::new()?),
                };
                Ok(Some((fetcher.get(address).await?.to_vec(), None)))
            }
            KeySetLocation::File(file) => {
                let text = |error: std::io::Error| error.to_string();
                let meta = tokio::fs::metadata(file).await.map_err(text)?;
                let stamp = Some((meta.modified().map_err(text)?, meta.len()));
                if self.cached.read().stamp == stamp {
                    return Ok(None);
                }
                if meta.len() > BYTES_MAX as u64 {
                    return Err(format!("it is larger than {BYTES_MAX} bytes"));
                }
                Ok(Some((tokio::fs::read(file).await.map_err(text)?, stamp)))
            }
        }
    }

    fn location_text(&self) -> String {
        match &self.location {
            KeySetLocation::Address(address) => address.to_string(),
            KeySetLocation::File(file) => file.display().to_string(),
        }
    }
}

impl std::fmt::Debug for KeySet {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("KeySet")
            .field("location", &self.location)
            .finish_non_exhaustive()
    }
}

#[derive(Deserialize)]
struct JwksDocument {
    keys: Vec<Value>,
}

/// Parses the usable keys of a set. Keys for other uses are skipped.
fn parse(text: &[u8]) -> Result<KeysById, String> {
    let document: JwksDocument =
        serde_json::from_slice(text).map_err(|error| format!("it is not a valid key set (JWKS): {error}"))?;
    let mut keys = KeysById::new();
    for value in document.keys {
        let Ok(jwk) = serde_json::from_value::<Jwk>(value) else {
            continue;
        };
        let id = jwk.common.key_id.clone().unwrap_or_default();
        match token_key(&jwk) {
            Ok(key) if !keys.contains_key(&id) => drop(keys.insert(id, Arc::new(key))),
            Ok(_) => {
                tracing::warn!(key = %id.escape_debug(), "the key set has two keys with one id; the first is used");
            }
            Err(reason) => {
                tracing::warn!(key = %id.escape_debug(), reason, "a key of the key set is skipped");
            }
        }
    }
    if keys.is_empty() {
        return Err("it has no usable key (expected one for RS256, ES256 or EdDSA)".into());
    }
    Ok(keys)
}

/// The key and its algorithm. The algorithm follows from the key, never from the token: otherwise a public key could be used as a
/// shared secret.
fn token_key(jwk: &Jwk) -> Result<TokenKey, &'static str> {
    if matches!(&jwk.common.public_key_use, Some(other) if *other != PublicKeyUse::Signature) {
        return Err("it is not for signatures");
    }
    let (algorithm, name) = match &jwk.algorithm {
        AlgorithmParameters::RSA(key) => {
            let modulus = URL_SAFE_NO_PAD.decode(&key.n).unwrap_or_default();
            if modulus.iter().skip_while(|byte| **byte == 0).count() < RSA_BYTES_MIN {
                return Err("an RSA key must have at least 2048 bits");
            }
            (Algorithm::RS256, KeyAlgorithm::RS256)
        }
        AlgorithmParameters::EllipticCurve(key) if key.curve == EllipticCurve::P256 => {
            (Algorithm::ES256, KeyAlgorithm::ES256)
        }
        AlgorithmParameters::OctetKeyPair(key) if key.curve == EllipticCurve::Ed25519 => {
            (Algorithm::EdDSA, KeyAlgorithm::EdDSA)
        }
        _ => return Err("its type is not supported (expected RSA, P-256 or Ed25519)"),
    };
    if jwk.common.key_algorithm.is_some_and(|stated| stated != name) {
        return Err("its algorithm is not supported (expected RS256, ES256 or EdDSA)");
    }
    let key = DecodingKey::from_jwk(jwk).map_err(|_| "it cannot be decoded")?;
    Ok(TokenKey { algorithm, key })
}
