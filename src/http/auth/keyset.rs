//! The keys that tokens are signed with: a JWKS from an address or a file, and its changes.
//!
//! - **Rotation.** A key that is not known is looked for in a newer set, at most once in a while; a set is read again now and then,
//!   so that a key taken out of it is no longer accepted.
//! - **Faults.** A set that cannot be read changes nothing: the last good one counts.

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

/// How often a file is looked at for changes.
const LOOK_EVERY: Duration = Duration::from_secs(1);
/// Bytes of the shortest RSA key accepted: shorter ones can be broken.
const RSA_BYTES_MIN: usize = 256;

/// Where a key set is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum KeySetPlace {
    /// On the web, or on this machine.
    Address(Uri),
    /// In a file.
    File(PathBuf),
}

impl KeySetPlace {
    /// Reads what an operator wrote. An address must be one that may be fetched from.
    pub fn parse(text: &str) -> Result<Self, String> {
        if !text.contains("://") {
            return Ok(Self::File(text.into()));
        }
        let address: Uri = text.parse().map_err(|error| format!("{text}: {error}"))?;
        fetch::check(&address).map_err(|reason| format!("{text} {reason}"))?;
        Ok(Self::Address(address))
    }
}

/// A key that tokens are signed with, and the one algorithm for which it is.
pub(super) struct TokenKey {
    pub(super) algorithm: Algorithm,
    pub(super) key: DecodingKey,
}

type Keys = HashMap<String, Arc<TokenKey>>;

/// A key set and its changes.
pub struct KeySet {
    place: KeySetPlace,
    refetch: Duration,
    refresh: Duration,
    current: RwLock<Current>,
    /// Whose turn it is to read it; and what fetches.
    turn: Arc<tokio::sync::Mutex<Option<Fetcher>>>,
}

struct Current {
    keys: Arc<Keys>,
    /// When it was last tried to read it, with success or without.
    tried_at: Instant,
    /// Of the file that was read, what tells it from a changed one.
    stamp: Option<Stamp>,
}

/// When a file was written, and its length.
type Stamp = (SystemTime, u64);

impl KeySet {
    /// Reads a key set for the first time. A file must be readable and have a key; what is at an address may come later.
    pub async fn open(place: KeySetPlace, refetch: Duration, refresh: Duration) -> Result<Self, String> {
        let set = Self {
            place,
            refetch,
            refresh,
            current: RwLock::new(Current {
                keys: Arc::default(),
                tried_at: Instant::now(),
                stamp: None,
            }),
            turn: Arc::default(),
        };
        let read = set.read(&mut *set.turn.lock().await).await;
        match (read, &set.place) {
            (Ok(()), _) => {}
            (Err(reason), KeySetPlace::File(file)) => return Err(format!("{}: {reason}", file.display())),
            (Err(reason), KeySetPlace::Address(address)) => {
                tracing::warn!(%address, reason, "the key set cannot be read yet: until it can, no token is accepted");
            }
        }
        Ok(set)
    }

    /// The key of an id; of the only key there is, the id may be left out.
    pub(super) async fn key(self: &Arc<Self>, id: Option<&str>) -> Option<Arc<TokenKey>> {
        let begun = Instant::now();
        let by_address = matches!(self.place, KeySetPlace::Address(_));
        if by_address {
            self.refresh_aside(begun);
        } else {
            self.look_again(begun, LOOK_EVERY).await;
        }
        let found = self.find(id);
        if found.is_none() && by_address {
            self.look_again(begun, self.refetch).await;
            return self.find(id);
        }
        found
    }

    /// Reads an old set again while nobody waits for it: the keys known are good until others are.
    fn refresh_aside(self: &Arc<Self>, now: Instant) {
        if self.is_due(now, self.refresh)
            && let Ok(mut turn) = self.turn.clone().try_lock_owned()
        {
            let set = self.clone();
            tokio::spawn(async move { set.read_or_warn(&mut turn).await });
        }
    }

    fn find(&self, id: Option<&str>) -> Option<Arc<TokenKey>> {
        let keys = self.current.read().keys.clone();
        match id {
            Some(id) => keys.get(id).cloned(),
            None if keys.len() == 1 => keys.values().next().cloned(),
            None => None,
        }
    }

    fn is_due(&self, now: Instant, every: Duration) -> bool {
        now.saturating_duration_since(self.current.read().tried_at) >= every
    }

    /// Reads it again where it was not tried for so long. One at a time; who comes meanwhile waits for that one.
    async fn look_again(&self, now: Instant, every: Duration) {
        let mut turn = self.turn.lock().await;
        if self.is_due(now, every) {
            self.read_or_warn(&mut turn).await;
        }
    }

    async fn read_or_warn(&self, fetcher: &mut Option<Fetcher>) {
        if let Err(reason) = self.read(fetcher).await {
            tracing::warn!(place = %self.shown(), reason, "the key set cannot be read; the last good one counts");
        }
    }

    async fn read(&self, fetcher: &mut Option<Fetcher>) -> Result<(), String> {
        let read = self.read_text(fetcher).await;
        let mut current = self.current.write();
        current.tried_at = Instant::now();
        if let Some((text, stamp)) = read? {
            current.keys = Arc::new(parse(&text)?);
            current.stamp = stamp;
            tracing::debug!(keys = current.keys.len(), place = %self.shown(), "read the key set");
        }
        Ok(())
    }

    /// The text of the set; none of a file that has not changed.
    async fn read_text(
        &self,
        fetcher: &mut Option<Fetcher>,
    ) -> Result<Option<(Vec<u8>, Option<Stamp>)>, String> {
        match &self.place {
            KeySetPlace::Address(address) => {
                let fetcher = match fetcher {
                    Some(fetcher) => fetcher,
                    none => none.insert(Fetcher::new()?),
                };
                Ok(Some((fetcher.get(address).await?.to_vec(), None)))
            }
            KeySetPlace::File(file) => {
                let told = |error: std::io::Error| error.to_string();
                let meta = tokio::fs::metadata(file).await.map_err(told)?;
                let stamp = Some((meta.modified().map_err(told)?, meta.len()));
                if self.current.read().stamp == stamp {
                    return Ok(None);
                }
                if meta.len() > BYTES_MAX as u64 {
                    return Err(format!("it has more than {BYTES_MAX} bytes"));
                }
                Ok(Some((tokio::fs::read(file).await.map_err(told)?, stamp)))
            }
        }
    }

    fn shown(&self) -> String {
        match &self.place {
            KeySetPlace::Address(address) => address.to_string(),
            KeySetPlace::File(file) => file.display().to_string(),
        }
    }
}

impl std::fmt::Debug for KeySet {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("KeySet")
            .field("place", &self.place)
            .finish_non_exhaustive()
    }
}

#[derive(Deserialize)]
struct Document {
    keys: Vec<Value>,
}

/// The keys of a set that can be used. Others may be there, for other uses: they are passed over.
fn parse(text: &[u8]) -> Result<Keys, String> {
    let document: Document =
        serde_json::from_slice(text).map_err(|error| format!("it is no key set (JWKS): {error}"))?;
    let mut keys = Keys::new();
    for value in document.keys {
        let Ok(jwk) = serde_json::from_value::<Jwk>(value) else {
            continue;
        };
        let id = jwk.common.key_id.clone().unwrap_or_default();
        match usable(&jwk) {
            Ok(key) if !keys.contains_key(&id) => drop(keys.insert(id, Arc::new(key))),
            Ok(_) => {
                tracing::warn!(key = %id.escape_debug(), "the key set has two keys of one id; the first counts");
            }
            Err(reason) => {
                tracing::warn!(key = %id.escape_debug(), reason, "a key of the key set is not used");
            }
        }
    }
    if keys.is_empty() {
        return Err("it has no key for RS256, ES256 or EdDSA".into());
    }
    Ok(keys)
}

/// The key, and the algorithm that follows from it. A token has no say in that: else a public key could be taken for a shared
/// secret.
fn usable(jwk: &Jwk) -> Result<TokenKey, &'static str> {
    if matches!(&jwk.common.public_key_use, Some(other) if *other != PublicKeyUse::Signature) {
        return Err("it is not for signatures");
    }
    let (algorithm, name) = match &jwk.algorithm {
        AlgorithmParameters::RSA(key) => {
            let modulus = URL_SAFE_NO_PAD.decode(&key.n).unwrap_or_default();
            if modulus.iter().skip_while(|byte| **byte == 0).count() < RSA_BYTES_MIN {
                return Err("an RSA key has at least 2048 bits");
            }
            (Algorithm::RS256, KeyAlgorithm::RS256)
        }
        AlgorithmParameters::EllipticCurve(key) if key.curve == EllipticCurve::P256 => {
            (Algorithm::ES256, KeyAlgorithm::ES256)
        }
        AlgorithmParameters::OctetKeyPair(key) if key.curve == EllipticCurve::Ed25519 => {
            (Algorithm::EdDSA, KeyAlgorithm::EdDSA)
        }
        _ => return Err("it is of a kind that is not known here: RSA, P-256 and Ed25519 are"),
    };
    if jwk.common.key_algorithm.is_some_and(|stated| stated != name) {
        return Err("it is for another algorithm: RS256, ES256 and EdDSA are known here");
    }
    let key = DecodingKey::from_jwk(jwk).map_err(|_| "it is not readable")?;
    Ok(TokenKey { algorithm, key })
}
