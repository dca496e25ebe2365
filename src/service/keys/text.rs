//! Keys as text: `hk_<id>_<secret><check>`, all of [`KEY_ALPHABET`], so that a double click selects the whole.
//!
//! The secret has 160 bits of the operating system's generator. The check follows from what is before it and tells a key that
//! was cut or mistyped from one that is not ours; it keeps nobody out.

use secrecy::{ExposeSecret as _, SecretString};
use sha2::{Digest as _, Sha256};

use crate::model::key::{KEY_ALPHABET, KEY_ID_LENGTH, KeyHash, KeyId};
use crate::service::{Result, ServiceError};

/// What every key begins with, so that scanners for leaked secrets, and people, know one.
const PREFIX: &str = "hk_";
const SECRET_LENGTH: usize = 32;
const CHECK_LENGTH: usize = 6;

/// Whether a text means to be a key.
pub(super) fn is_meant_as_key(text: &str) -> bool {
    text.starts_with(PREFIX)
}

/// A new key, and its id.
pub(super) fn mint() -> Result<(KeyId, SecretString)> {
    let id = random(KEY_ID_LENGTH)?;
    let body = format!("{PREFIX}{id}_{}", random(SECRET_LENGTH)?);
    let key = SecretString::from(format!("{body}{}", check(&body)));
    // Always, for it is made of the alphabet.
    let id = KeyId::parse(&id).ok_or_else(|| ServiceError::Fault("a key was made wrongly".into()))?;
    Ok((id, key))
}

/// The id of a key that is whole; none where it is cut or mistyped.
pub(super) fn id_of(text: &str) -> Option<KeyId> {
    let (id, rest) = text.strip_prefix(PREFIX)?.split_once('_')?;
    let id = KeyId::parse(id)?;
    if rest.len() != SECRET_LENGTH + CHECK_LENGTH || !rest.bytes().all(|byte| KEY_ALPHABET.contains(&byte)) {
        return None;
    }
    let (body, given) = text.split_at(text.len() - CHECK_LENGTH);
    (check(body) == given).then_some(id)
}

/// What is kept of a key.
///
/// A plain hash is right here: slow ones with salt protect what people choose, which can be guessed; of a secret with 160 bits
/// there is nothing to guess, and a slow hash would let anyone keep the server busy with wrong keys.
pub(super) fn hash(text: &str) -> KeyHash {
    KeyHash(Sha256::digest(text.as_bytes()).into())
}

pub(super) fn hash_of(key: &SecretString) -> KeyHash {
    hash(key.expose_secret())
}

/// Each character holds five bits, and a byte has them all with the same chance.
fn random(length: usize) -> Result<String> {
    let mut bytes = vec![0; length];
    getrandom::fill(&mut bytes)
        .map_err(|error| ServiceError::Fault(format!("the system gives no random numbers: {error}")))?;
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
