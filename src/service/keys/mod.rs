//! API keys: making, listing and revoking them, and who asks with one.

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
use crate::model::principal::{Principal, Role, Scope};
use crate::store::{AnyKeys, Keys as _};

/// How long a key is answered for without looking at the store again: a key that is revoked, by whatever process, is refused
/// after that.
const FRESH: Duration = Duration::from_millis(500);
/// How often the use of a key is written down.
const NOTE_EVERY: TimeDelta = TimeDelta::minutes(1);

/// The keys of a store. A copy is another handle to the same.
#[derive(Clone)]
pub struct KeyRing(Arc<Ring>);

struct Ring {
    store: AnyKeys,
    /// All keys as they were a moment ago: they are few, and so the wrong ones need no question of their own.
    known: RwLock<Option<Arc<Known>>>,
    /// Whose turn it is to read them again.
    turn: tokio::sync::Mutex<()>,
    /// When the use of each was last written down by this process.
    noted: Mutex<HashMap<KeyId, DateTime<Utc>>>,
}

struct Known {
    read_at: Instant,
    keys: HashMap<KeyId, ApiKey>,
}

/// What a new key is to allow.
#[derive(Clone, Debug)]
pub struct NewKey {
    /// Whose it is or what it is for.
    pub label: Option<String>,
    /// What it allows.
    pub role: Role,
    /// Whether it shows personal data.
    pub pii: bool,
    /// The data sets given by name.
    pub scope: Scope,
    /// From when on it is not accepted; none: never.
    pub expires_at: Option<DateTime<Utc>>,
}

/// A key just made.
#[derive(Debug)]
pub struct Issued {
    /// What is kept of it.
    pub key: ApiKey,
    text: SecretString,
}

impl Issued {
    /// The key itself. It can be had here and never again.
    pub fn reveal(&self) -> &str {
        self.text.expose_secret()
    }
}

/// Why a key is not accepted. For the log, all but the first: told to whoever asks, they would say which keys there are.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KeyRefused {
    /// It is not whole. No secret is needed to know that.
    #[error("the key is cut or mistyped")]
    Cut,
    /// No key has its id.
    #[error("there is no key {0}")]
    Unknown(KeyId),
    /// A key has its id, and another secret.
    #[error("the secret is not that of the key {0}")]
    Wrong(KeyId),
    /// Its time is over.
    #[error("the key {0} has expired")]
    Expired(KeyId),
    /// It was revoked.
    #[error("the key {0} is revoked")]
    Revoked(KeyId),
}

impl KeyRing {
    /// The keys of a store.
    pub fn new(store: impl Into<AnyKeys>) -> Self {
        Self(Arc::new(Ring {
            store: store.into(),
            known: RwLock::default(),
            turn: tokio::sync::Mutex::default(),
            noted: Mutex::default(),
        }))
    }

    /// Whether a text means to be a key, right or wrong.
    pub fn is_meant_as_key(text: &str) -> bool {
        text::is_meant_as_key(text)
    }

    /// Makes a key.
    pub async fn issue(&self, new: NewKey) -> Result<Issued> {
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
            Ok(Issued { key, text })
        } else {
            Err(ServiceError::Fault(format!(
                "a new key got the id {}, which is taken; try again",
                key.id
            )))
        }
    }

    /// All keys, those that are over too, by id.
    pub async fn list(&self) -> Result<Vec<ApiKey>> {
        Ok(self.0.store.list().await?)
    }

    /// Revokes a key, for ever. None: there is no such key.
    pub async fn revoke(&self, id: &KeyId) -> Result<Option<ApiKey>> {
        Ok(self.0.store.revoke(id, to_the_millisecond(Utc::now())).await?)
    }

    /// The key that cursors are sealed with: the one that the store has, or else `fresh`, which it keeps from then on.
    pub async fn cursor_key(&self, fresh: [u8; 32]) -> Result<[u8; 32]> {
        Ok(self.0.store.cursor_key(fresh).await?)
    }

    /// Who asks with a key. A key that was made within the last half second, by whatever process, is found at once with `newest`:
    /// the store is then asked again for what is not accepted.
    pub async fn admit(
        &self,
        text: &str,
        newest: bool,
    ) -> Result<std::result::Result<Principal, KeyRefused>> {
        let Some(id) = text::id_of(text) else {
            return Ok(Err(KeyRefused::Cut));
        };
        let (begun, hash) = (Instant::now(), text::hash(text));
        let known = self.known(begun.checked_sub(FRESH).unwrap_or(begun)).await?;
        let mut found = known.check(&id, &hash);
        if newest && found.is_err() && known.read_at < begun {
            // It may have been made just now. Whatever is wrong with it, it takes the same way.
            found = self.known(begun).await?.check(&id, &hash);
        }
        Ok(found.map(|key| {
            self.note_use(&key);
            key.principal()
        }))
    }

    /// The keys, read no earlier than at a moment.
    async fn known(&self, at: Instant) -> Result<Arc<Known>> {
        let current = || self.0.known.read().clone().filter(|known| known.read_at >= at);
        if let Some(known) = current() {
            return Ok(known);
        }
        let _turn = self.0.turn.lock().await;
        // Whoever had the turn before may have read them.
        if let Some(known) = current() {
            return Ok(known);
        }
        let read_at = Instant::now();
        let keys = self.0.store.list().await?;
        let keys = keys.into_iter().map(|key| (key.id.clone(), key)).collect();
        let known = Arc::new(Known { read_at, keys });
        *self.0.known.write() = Some(known.clone());
        Ok(known)
    }

    /// Writes down that a key was used, now and then, and lets nobody wait for it.
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
            if let Err(error) = ring.store.used(&id, now).await {
                tracing::warn!(key = %id, %error, "the use of a key could not be written down");
            }
        });
    }
}

impl Known {
    fn check(&self, id: &KeyId, hash: &KeyHash) -> std::result::Result<ApiKey, KeyRefused> {
        const NOBODYS: KeyHash = KeyHash([0; 32]);
        let key = self.keys.get(id);
        // One that is not there is compared too, so that it takes as long.
        let right = bool::from(key.map_or(&NOBODYS, |key| &key.hash).0.ct_eq(&hash.0));
        let key = key.ok_or_else(|| KeyRefused::Unknown(id.clone()))?;
        if !right {
            Err(KeyRefused::Wrong(id.clone()))
        } else if key.revoked_at.is_some() {
            Err(KeyRefused::Revoked(id.clone()))
        } else if key.expires_at.is_some_and(|end| end <= Utc::now()) {
            Err(KeyRefused::Expired(id.clone()))
        } else {
            Ok(key.clone())
        }
    }
}

/// A label is printed in lists and logs.
fn check_label(label: Option<&str>) -> Result<()> {
    let Some(label) = label else {
        return Ok(());
    };
    if label.trim().is_empty() || label.chars().count() > KEY_LABEL_MAX || label.chars().any(char::is_control)
    {
        return Err(ServiceError::Input(format!(
            "a label has 1 to {KEY_LABEL_MAX} characters and no line breaks"
        )));
    }
    Ok(())
}

/// What a store keeps of a time.
fn to_the_millisecond(time: DateTime<Utc>) -> DateTime<Utc> {
    DateTime::from_timestamp_millis(time.timestamp_millis()).unwrap_or(time)
}
