//! The text form of keys: `hk_<id>_<secret><check>` in the [`KEY_ALPHABET`], so that a double click selects
//! it all.
//!
//! The secret has 160 bits from the operating system's generator. The checksum distinguishes an incomplete or
//! mistyped key from a foreign one; it is not a security measure.

use secrecy::{ExposeSecret as _, SecretString};
use sha2::{Digest as _, Sha256};

use crate::model::key::{KEY_ALPHABET, KEY_ID_LENGTH, KeyHash, KeyId};
use crate::service::{Result, ServiceError};

/// The prefix of every key, recognized by scanners for leaked secrets and by people.
const PREFIX: &str = "hk_";
const SECRET_LENGTH: usize = 32;
const CHECK_LENGTH: usize = 6;

/// Whether a text looks like a key.
pub(super) fn is_meant_as_key(text: &str) -> bool {
    text.starts_with(PREFIX)
}

/// Generates a key and its id.
pub(super) fn mint() -> Result<(KeyId, SecretString)> {
    let id = random(KEY_ID_LENGTH)?;
    let body = format!("{PREFIX}{id}_{}", random(SECRET_LENGTH)?);
    let key = SecretString::from(format!("{body}{}", check(&body)));
    // Always valid, because it consists of the alphabet.
    let id =
        KeyId::parse(&id).ok_or_else(|| ServiceError::Internal("a generated key id is invalid".into()))?;
    Ok((id, key))
}

/// The id of a complete key; `None` if it is incomplete or mistyped.
pub(super) fn id_of(text: &str) -> Option<KeyId> {
    let (id, rest) = text.strip_prefix(PREFIX)?.split_once('_')?;
    let id = KeyId::parse(id)?;
    if rest.len() != SECRET_LENGTH + CHECK_LENGTH || !rest.bytes().all(|byte| KEY_ALPHABET.contains(&byte)) {
        return None;
    }
    let (body, given) = text.split_at(text.len() - CHECK_LENGTH);
    (check(body) == given).then_some(id)
}

/// The hash of a key that is stored.
///
/// A plain hash is sufficient: slow salted hashes protect secrets that people choose. A random secret of 160
/// bits cannot be guessed, and a slow hash would let clients overload the server with wrong keys.
pub(super) fn hash(text: &str) -> KeyHash {
    KeyHash(Sha256::digest(text.as_bytes()).into())
}

pub(super) fn hash_of(key: &SecretString) -> KeyHash {
    hash(key.expose_secret())
}

/// Each character holds five bits with uniform probability.
fn random(length: usize) -> Result<String> {
    let mut bytes = vec![0; length];
    getrandom::fill(&mut bytes)
        .map_err(|error| ServiceError::Internal(format!("the system provides no random numbers: {error}")))?;
    Ok(spell(&bytes))
}

fn check(body: &str) -> String {
    spell(&Sha256::digest(body.as_bytes())[..CHECK_LENGTH])
}

fn spell(bytes: &[u8]) -> String {
    bytes
        .iter()
        .map(|byte| char::from(KEY_ALPHABET[usize::from(byte % 32)]))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_says_its_id_and_is_known_to_be_whole() {
        let (id, key) = mint().unwrap();
        let text = key.expose_secret();
        assert_eq!(id_of(text), Some(id.clone()));
        assert!(
            text.starts_with(&format!("hk_{id}_")) && text.len() == 54,
            "{text}"
        );
        for end in 0..text.len() {
            assert_eq!(id_of(&text[..end]), None, "cut at {end}");
        }
        for at in 0..text.len() {
            let mut other = text.to_string().into_bytes();
            other[at] = if other[at] == b'7' { b'8' } else { b'7' };
            assert_eq!(
                id_of(std::str::from_utf8(&other).unwrap()),
                None,
                "mistyped at {at}"
            );
        }
        assert_eq!(id_of(&format!("{text}0")), None);
    }

    #[test]
    fn no_two_keys_are_alike_and_a_key_is_not_shown_by_accident() {
        let (id, key) = mint().unwrap();
        let (other, another) = mint().unwrap();
        assert!(id != other && hash_of(&key) != hash_of(&another));
        let shown = format!("{key:?} {:?}", hash_of(&key));
        assert_eq!(shown, "SecretBox<str>([REDACTED]) KeyHash(…)");
    }
}
