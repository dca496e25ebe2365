//! API keys, as they are kept: whose they are, what they allow, and a hash. The key itself is shown once and kept nowhere.

use std::fmt;
use std::sync::Arc;

use chrono::{DateTime, Utc};

use super::principal::{Principal, Role, Scope};

/// Digits and letters without `i`, `l`, `o` and `u`, which are misread, or read as words.
pub const KEY_ALPHABET: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";
/// Characters of an id: 60 bits, so that two keys never share one by chance.
pub const KEY_ID_LENGTH: usize = 12;
/// The longest label, in characters.
pub const KEY_LABEL_MAX: usize = 100;

/// The public part of a key, by which it is listed, revoked and logged.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct KeyId(Arc<str>);

impl KeyId {
    /// Reads one; none where the text is no id.
    pub fn parse(text: &str) -> Option<Self> {
        let fits = text.len() == KEY_ID_LENGTH && text.bytes().all(|byte| KEY_ALPHABET.contains(&byte));
        fits.then(|| Self(text.into()))
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

/// The hash of a key. Not secret, for a key cannot be found from it; but nobody needs to read it in a log.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct KeyHash(pub [u8; 32]);

impl fmt::Debug for KeyHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("KeyHash(…)")
    }
}

/// A key, as it is kept. Times are whole milliseconds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ApiKey {
    /// Its public part.
    pub id: KeyId,
    /// The hash of the whole of it.
    pub hash: KeyHash,
    /// Whose it is or what it is for, in the operator's words.
    pub label: Option<String>,
    /// What it allows.
    pub role: Role,
    /// Whether it shows personal data.
    pub pii: bool,
    /// The data sets given by name.
    pub scope: Scope,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// From when on it is not accepted; none: never.
    pub expires_at: Option<DateTime<Utc>>,
    /// When it was last used, to the minute.
    pub last_used_at: Option<DateTime<Utc>>,
    /// Since when it is not accepted any more.
    pub revoked_at: Option<DateTime<Utc>>,
}

impl ApiKey {
    /// Who asks with it.
    pub fn principal(&self) -> Principal {
        Principal {
            name: format!("key:{}", self.id),
            role: self.role,
            pii: self.pii,
            scope: self.scope.clone(),
        }
    }
}
