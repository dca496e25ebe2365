//! API keys: creating, listing, revoking and authenticating.

mod text;

use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use chrono::{DateTime, TimeDelta, Utc};
use parking_lot::{Mutex, RwLock};
use secrecy::{ExposeSecret as _, SecretString};
use subtle::ConstantTimeEq as _;

use super::{Result, ServiceError};
use crate::model::key::{ApiKey, KEY_LABEL_MAX, KeyHash, KeyId};
use crate::model::principal::{DatasetScope, Principal, Role};
use crate::store::{AnyKeyStore, KeyStore as _};

/// How long the keys are cached: a revoked key is rejected after that, whichever process revoked it.
const FRESH: Duration = Duration::from_millis(500);
/// How often the use of a key is recorded.
const NOTE_EVERY: TimeDelta = TimeDelta::minutes(1);

/// The keys of a store. Clones share the cache.
#[derive(Clone)]
pub struct KeyRing(Arc<KeyRingState>);

struct KeyRingState {
    store: AnyKeyStore,
    /// All keys, cached: they are few, so that unknown keys need no query of their own.
    known: RwLock<Option<Arc<KeyCache>>>,
    /// Serializes reading them again.
    turn: tokio::sync::Mutex<()>,
    /// When this process last recorded the use of each.
    noted: Mutex<HashMap<KeyId, DateTime<Utc>>>,
}

struct KeyCache {
    read_at: Instant,
    keys: HashMap<KeyId, ApiKey>,
}

/// The properties of a new key.
#[derive(Clone, Debug)]
pub struct NewKey {
    /// The owner or purpose.
    pub label: Option<String>,
    /// The role.
    pub role: Role,
    /// Whether it may read personal data.
    pub pii: bool,
    /// The data sets it names.
    pub scope: DatasetScope,
    /// The time from which it is rejected; `None` if it does not expire.
    pub expires_at: Option<DateTime<Utc>>,
}

/// A newly created key, with its secret.
#[derive(Debug)]
pub struct IssuedKey {
    /// The stored record of the key.
    pub key: ApiKey,
    text: SecretString,
}

impl IssuedKey {
    /// The key itself. It is available here only.
    pub fn reveal(&self) -> &str {
        self.text.expose_secret()
    }
}

/// The reason for which a key is rejected. Only the first is shown to clients; the others go to the log,
/// because they would reveal which keys exist.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KeyRejection {
    /// The key is incomplete, which can be seen without a secret.
    #[error("the key is incomplete or mistyped")]
    Incomplete,
    /// No key has its id.
    #[error("no key has the id {0}")]
    Unknown(KeyId),
    /// A key has its id, but another secret.
    #[error("the secret does not match the key {0}")]
    Wrong(KeyId),
    /// The key has expired.
    #[error("the key {0} has expired")]
    Expired(KeyId),
    /// The key was revoked.
    #[error("the key {0} is revoked")]
    Revoked(KeyId),
}

impl KeyRing {
    /// The keys of a store.
    pub fn new(store: impl Into<AnyKeyStore>) -> Self {
        Self(Arc::new(KeyRingState {
            store: store.into(),
            known: RwLock::default(),
            turn: tokio::sync::Mutex::default(),
            noted: Mutex::default(),
        }))
    }

    /// Whether a text looks like a key, valid or not.
    pub fn is_meant_as_key(text: &str) -> bool {
        text::is_meant_as_key(text)
    }

    /// Creates a key.
    pub async fn issue(&self, new: NewKey) -> Result<IssuedKey> {
        check_label(new.label.as_deref())?;
        let (id, text) = text::mint()?;
        let key = ApiKey {
            hash: text::hash_of(&text),
            label: new.label,
            role: new.role,
            pii: new.pii,
            scope: new.scope,
            created_at: to_the_millisecond(Utc::now()),
            expires_at: new.expires_at.map(to_the_millisecond),
            last_used_at: None,
            revoked_at: None,
            id,
        };
        if self.0.store.add(&key).await? {
            Ok(IssuedKey { key, text })
        } else {
            Err(ServiceError::Internal(format!(
                "the new key has the id {}, which is already in use; try again",
                key.id
            )))
        }
    }

    /// All keys by id, including expired and revoked ones.
    pub async fn list(&self) -> Result<Vec<ApiKey>> {
        Ok(self.0.store.list().await?)
    }

    /// Revokes a key permanently; `None` if no key has the id.
    pub async fn revoke(&self, id: &KeyId) -> Result<Option<ApiKey>> {
        Ok(self.0.store.revoke(id, to_the_millisecond(Utc::now())).await?)
    }

    /// The key for encrypting cursors: the stored one, or else `fresh`, which is then stored.
    pub async fn cursor_key(&self, fresh: [u8; 32]) -> Result<[u8; 32]> {
        Ok(self.0.store.cursor_key(fresh).await?)
    }

    /// The principal of a key. With `newest`, a key that any process created within the last half second is
    /// found at once: the store is read again before a key is rejected.
    pub async fn authenticate(
        &self,
        text: &str,
        newest: bool,
    ) -> Result<std::result::Result<Principal, KeyRejection>> {
        let Some(id) = text::id_of(text) else {
            return Ok(Err(KeyRejection::Incomplete));
        };
        let (begun, hash) = (Instant::now(), text::hash(text));
        let known = self.known(begun.checked_sub(FRESH).unwrap_or(begun)).await?;
        let mut found = known.check(&id, &hash);
        if newest && found.is_err() && known.read_at < begun {
            // The key may be new. All rejections take this path, so that their timing does not differ.
            found = self.known(begun).await?.check(&id, &hash);
        }
        Ok(found.map(|key| {
            self.note_use(&key);
            key.principal()
        }))
    }

    /// The keys, read no earlier than the given time.
    async fn known(&self, at: Instant) -> Result<Arc<KeyCache>> {
        let current = || self.0.known.read().clone().filter(|known| known.read_at >= at);
        if let Some(known) = current() {
            return Ok(known);
        }
        let _turn = self.0.turn.lock().await;
        // Another task may have read them meanwhile.
        if let Some(known) = current() {
            return Ok(known);
        }
        let read_at = Instant::now();
        let keys = self.0.store.list().await?;
        let keys = keys.into_iter().map(|key| (key.id.clone(), key)).collect();
        let known = Arc::new(KeyCache { read_at, keys });
        *self.0.known.write() = Some(known.clone());
        Ok(known)
    }

    /// Records the use of a key at intervals, without delaying the request.
    fn note_use(&self, key: &ApiKey) {
        let now = to_the_millisecond(Utc::now());
        {
            let mut noted = self.0.noted.lock();
            let last = noted.get(&key.id).copied().max(key.last_used_at);
            if last.is_some_and(|last| now - last < NOTE_EVERY) {
                return;
            }
            noted.insert(key.id.clone(), now);
        }
        let (ring, id) = (self.0.clone(), key.id.clone());
        tokio::spawn(async move {
            if let Err(error) = ring.store.record_use(&id, now).await {
                tracing::warn!(key = %id, %error, "the use of a key could not be written down");
            }
        });
    }
}

impl KeyCache {
    fn check(&self, id: &KeyId, hash: &KeyHash) -> std::result::Result<ApiKey, KeyRejection> {
        const NOBODYS: KeyHash = KeyHash([0; 32]);
        let key = self.keys.get(id);
        // An unknown key is compared too, so that it takes as long.
        let right = bool::from(key.map_or(&NOBODYS, |key| &key.hash).0.ct_eq(&hash.0));
        let key = key.ok_or_else(|| KeyRejection::Unknown(id.clone()))?;
        if !right {
            Err(KeyRejection::Wrong(id.clone()))
        } else if key.revoked_at.is_some() {
            Err(KeyRejection::Revoked(id.clone()))
        } else if key.expires_at.is_some_and(|end| end <= Utc::now()) {
            Err(KeyRejection::Expired(id.clone()))
        } else {
            Ok(key.clone())
        }
    }
}

/// Checks a label, which is printed in lists and logs.
fn check_label(label: Option<&str>) -> Result<()> {
    let Some(label) = label else {
        return Ok(());
    };
    if label.trim().is_empty() || label.chars().count() > KEY_LABEL_MAX || label.chars().any(char::is_control)
    {
        return Err(ServiceError::Input(format!(
            "a label must have 1 to {KEY_LABEL_MAX} characters and no line breaks"
        )));
    }
    Ok(())
}

/// Truncates a time to the precision of stores.
fn to_the_millisecond(time: DateTime<Utc>) -> DateTime<Utc> {
    DateTime::from_timestamp_millis(time.timestamp_millis()).unwrap_or(time)
}
