//! API keys: readable, and with dates that can follow each other.

use super::{Fault, Result};
use crate::model::key::ApiKey;
use crate::service::{KeyRing, ServiceError};

/// Checks every key. That its hash has the right length, and its role, data sets and dates can be read, is a condition of reading it.
pub async fn check_keys(keys: &KeyRing) -> Result<Vec<Fault>> {
    match keys.list().await {
        Ok(keys) => Ok(keys.iter().flat_map(faults_of).collect()),
        Err(ServiceError::Fault(reason)) => Ok(vec![Fault {
            subject: "the API keys".into(),
            reason,
        }]),
        Err(other) => Err(other),
    }
}

fn faults_of(key: &ApiKey) -> Vec<Fault> {
    let dates = [
        (key.expires_at, "expires"),
        (key.last_used_at, "was last used"),
        (key.revoked_at, "was revoked"),
    ];
    let early = dates
        .into_iter()
        .filter_map(|(at, what)| Some((at.filter(|at| *at < key.created_at)?, what)));
    early
        .map(|(at, what)| Fault {
            subject: format!("key {}", key.id),
            reason: format!(
                "{what} at {}, before it was made at {}: the clock was set back, or the file was changed by hand",
                at.to_rfc3339(),
                key.created_at.to_rfc3339()
            ),
        })
        .collect()
}
