//! Encryption of change log cursors. A position in the log counts all changes ever written, so that two plain
//! cursors would reveal how many hidden changes lie between them.
//!
//! AES-256-GCM-SIV with a key that the store keeps. The nonce is constant, for which this cipher is designed:
//! the same position gives the same cursor, as clients that compare cursors expect, and reveals nothing else.

use std::fmt;
use std::sync::Arc;

use aes_gcm_siv::aead::{Aead as _, KeyInit as _, Payload};
use aes_gcm_siv::{Aes256GcmSiv, Nonce};

use super::{Result, Service, ServiceError};
use crate::model::change::{LogPosition, Revision};

/// The associated data, so that data encrypted for another use of the key is rejected.
const PURPOSE: &[u8] = b"hukun change cursor 1";

/// Encrypts positions of the log.
#[derive(Clone)]
pub struct CursorSeal(Arc<Aes256GcmSiv>);

impl fmt::Debug for CursorSeal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("CursorSeal(…)")
    }
}

impl CursorSeal {
    /// Creates the seal with a key.
    pub fn new(key: &[u8; 32]) -> Self {
        Self(Arc::new(Aes256GcmSiv::new(key.into())))
    }

    /// Encrypts a position. All results have the same length.
    pub fn seal(&self, place: LogPosition) -> Result<Vec<u8>> {
        let mut plain = [0; 16];
        plain[..8].copy_from_slice(&place.number.to_be_bytes());
        plain[8..].copy_from_slice(&place.revision.0.to_be_bytes());
        let payload = Payload {
            msg: &plain,
            aad: PURPOSE,
        };
        let sealed = self.0.encrypt(&Nonce::default(), payload);
        sealed.map_err(|_| ServiceError::Internal("a cursor could not be encrypted".into()))
    }

    /// Decrypts a position; an error if it was not encrypted with this key.
    pub fn open(&self, sealed: &[u8]) -> Result<LogPosition> {
        self.place(sealed).ok_or_else(ServiceError::foreign_cursor)
    }

    fn place(&self, sealed: &[u8]) -> Option<LogPosition> {
        let payload = Payload {
            msg: sealed,
            aad: PURPOSE,
        };
        let plain = self.0.decrypt(&Nonce::default(), payload).ok()?;
        let (number, revision) = plain.split_first_chunk::<8>()?;
        Some(LogPosition {
            number: u64::from_be_bytes(*number),
            revision: Revision(u64::from_be_bytes(revision.try_into().ok()?)),
        })
    }
}

impl Service {
    /// The seal of this store's cursors: the same in every process that uses the store, and after every
    /// restart.
    pub async fn cursor_seal(&self) -> Result<CursorSeal> {
        let seal = self.seal.get_or_try_init(async || {
            let mut fresh = [0; 32];
            getrandom::fill(&mut fresh).map_err(|error| {
                ServiceError::Internal(format!("the system provides no random numbers: {error}"))
            })?;
            let key = self.keys.cursor_key(fresh).await?;
            Ok::<_, ServiceError>(CursorSeal::new(&key))
        });
        seal.await.cloned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sealed_place_opens_with_its_key_alone_and_tells_nothing() {
        let (seal, other) = (CursorSeal::new(&[7; 32]), CursorSeal::new(&[8; 32]));
        let place = |number, revision| LogPosition {
            number,
            revision: Revision(revision),
        };
        let mut all = Vec::new();
        for at in [
            place(0, 0),
            place(1, 1),
            place(2, 1),
            place(3, 2),
            place(u64::MAX, 9),
        ] {
            let sealed = seal.seal(at).unwrap();
            assert_eq!(seal.seal(at).unwrap(), sealed, "the same each time");
            assert_eq!(seal.place(&sealed), Some(at));
            assert!(other.open(&sealed).is_err());
            for byte in 0..sealed.len() {
                let mut changed = sealed.clone();
                changed[byte] ^= 1;
                assert_eq!(seal.place(&changed), None);
                assert_eq!(seal.place(&sealed[..byte]), None);
            }
            all.push(sealed);
        }
        // Neighbors have nothing in common.
        let alike = |a: &[u8], b: &[u8]| a.iter().zip(b).filter(|(a, b)| a == b).count();
        for (a, b) in all.iter().zip(&all[1..]) {
            assert!(a.len() == b.len() && alike(a, b) < 8, "{a:?} {b:?}");
        }
    }
}
