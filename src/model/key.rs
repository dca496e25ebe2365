//! API keys as they are stored: owner, permissions, and a hash. The key itself is shown once and never stored.

use std::fmt;
use std::sync::Arc;

use chrono::{DateTime, Utc};

use super::principal::{DatasetScope, Principal, Role};

/// The alphabet of keys: digits and letters without `i`, `l`, `o` and `u`, which are misread or form words.
pub const KEY_ALPHABET: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";
/// Length of an id in characters: 60 bits, so that two keys never share one by chance.
pub const KEY_ID_LENGTH: usize = 12;
/// Maximum length of a label in characters.
pub const KEY_LABEL_MAX: usize = 100;

/// The public part of a key, by which it is listed, revoked and logged.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct KeyId(Arc<str>);

impl KeyId {
    /// Parses an id; none if the text is not one.
    pub fn parse(text: &str) -> Option<Self> {
        let is_id = text.len() == KEY_ID_LENGTH && text.bytes().all(|byte| KEY_ALPHABET.contains(&byte));
        is_id.then(|| Self(text.into()))
    }

    /// The id as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
impl fmt::Debug for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The hash of a key. It is not secret, because a key cannot be derived from it, but `Debug` hides it to keep logs clean.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct KeyHash(pub [u8; 32]);

impl fmt::Debug for KeyHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("KeyHash(…)")
    }
}

/// A stored API key. Times are whole milliseconds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ApiKey {
    /// Its public part.
    pub id: KeyId,
    /// The hash of the whole key.
    pub hash: KeyHash,
    /// Owner or purpose, in the operator's words.
    pub label: Option<String>,
    /// Its role.
    pub role: Role,
    /// Whether it permits reading personal data.
    pub pii: bool,
    /// The data sets granted by name.
    pub scope: DatasetScope,
    /// The time of creation.
    pub created_at: DateTime<Utc>,
    /// The time from which it is not accepted; none if it never expires.
    pub expires_at: Option<DateTime<Utc>>,
    /// The time of the last use, to the minute.
    pub last_used_at: Option<DateTime<Utc>>,
    /// The time of revocation; none if it is valid.
    pub revoked_at: Option<DateTime<Utc>>,
}

impl ApiKey {
    /// The principal that it authenticates.
    pub fn principal(&self) -> Principal {
        Principal {
            name: format!("key:{}", self.id),
            role: self.role,
            pii: self.pii,
            scope: self.scope.clone(),
        }
    }
}
