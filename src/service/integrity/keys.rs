//! Integrity of API keys: readable, with dates in order.

use super::{IntegrityFault, Result};
use crate::model::key::ApiKey;
use crate::service::{KeyRing, ServiceError};

/// Checks every key. A key can only be read with a hash of the right length and a valid role, data sets and
/// dates.
pub async fn check_keys(keys: &KeyRing) -> Result<Vec<IntegrityFault>> {
    match keys.list().await {
        Ok(keys) => Ok(keys.iter().flat_map(faults_of).collect()),
        Err(ServiceError::Internal(reason)) => Ok(vec![IntegrityFault {
            subject: "the API keys".into(),
            reason,
        }]),
        Err(other) => Err(other),
    }
}

fn faults_of(key: &ApiKey) -> Vec<IntegrityFault> {
    let dates = [
        (key.expires_at, "expires"),
        (key.last_used_at, "was last used"),
        (key.revoked_at, "was revoked"),
    ];
    let early = dates
        .into_iter()
        .filter_map(|(at, what)| Some((at.filter(|at| *at < key.created_at)?, what)));
    early
        .map(|(at, what)| IntegrityFault {
            subject: format!("key {}", key.id),
            reason: format!(
                "{what} at {}, before it was created at {}: the clock was set back, or the file was edited by hand",
                at.to_rfc3339(),
                key.created_at.to_rfc3339()
            ),
        })
        .collect()
}
