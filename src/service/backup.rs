//! Backup and restore: the operator's, and so of everything.

use std::io::{BufRead, Seek, Write};

use chrono::Utc;

use super::{Result, Service};
use crate::model::change::ChangeSet;
use crate::store::backup::{self, Backup};
use crate::store::{Answer, Outcome, Plan, Reader, Store, View};

pub use crate::store::backup::{BackupError, BackupSummary};

/// Why nothing was restored.
#[derive(Debug, thiserror::Error)]
pub enum RestoreError {
    /// The file is not one that can be restored.
    #[error(transparent)]
    Backup(#[from] BackupError),
    /// The store is in use.
    #[error("the store is not empty: give --replace to put the backup in place of what it holds")]
    NotEmpty,
    /// The store failed.
    #[error(transparent)]
    Service(#[from] super::ServiceError),
}

impl Service {
    /// Writes all that there is, at one revision, as a file that either store takes back.
    pub async fn backup(&self, to: &mut (dyn Write + Send)) -> Result<BackupSummary> {
        let reader = self.store.steady_reader(&View::All).await?;
        Ok(backup::write(&reader, to).await?)
    }

    /// Puts a backup into an empty store: its records, its revision and its change log.
    pub async fn restore(
        &self,
        from: impl BufRead + Seek + Send,
    ) -> std::result::Result<BackupSummary, RestoreError> {
        let Backup { summary, changes } = backup::read(from)?;
        let plan = RestorePlan(ChangeSet {
            by: "restore".to_string(),
            at: Utc::now(),
            changes,
        });
        match self.store.commit(plan).await.map_err(super::ServiceError::from)? {
            Outcome::Committed(_) | Outcome::Unchanged(_) => Ok(summary),
            Outcome::Refused(()) => Err(RestoreError::NotEmpty),
        }
    }

    /// Reads a backup whole and leaves it at that: whether it could be restored.
    pub fn check_backup(from: impl BufRead + Seek) -> std::result::Result<BackupSummary, BackupError> {
        Ok(backup::read(from)?.summary)
    }
}

async fn is_empty<R: Reader>(at: &R) -> Answer<bool> {
    Ok(at.revision().0 == 0 && at.datasets().await?.is_empty())
}

struct RestorePlan(ChangeSet);

impl Plan for RestorePlan {
    type Refusal = ();

    async fn prepare<R: Reader>(&mut self, at: &R) -> Answer<std::result::Result<ChangeSet, ()>> {
        if !is_empty(at).await? {
            return Ok(Err(()));
        }
        // Kept, for a store may have to start again.
        Ok(Ok(self.0.clone()))
    }
}
