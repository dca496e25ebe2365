//! Backup and restore of the whole store, for the operator.

use std::io::{BufRead, Seek, Write};
use std::path::Path;

use chrono::Utc;

use super::write::first_too_long;
use super::{Limits, Result, Service, ServiceError, check_store};
use crate::model::change::{Change, ChangeSet};
use crate::model::field::Field;
use crate::model::principal::Principal;
use crate::model::record::Dataset;
use crate::model::text_limit::TextLimit;
use crate::store::backup::{self, Backup};
use crate::store::embedded::EmbeddedStore;
use crate::store::{
    CommitOutcome, OpenError, PreparedWrite, Reader, Store, StoreResult, VisibilityFilter, WritePlan,
};

pub use crate::store::backup::{BackupError, BackupSummary};

/// Maximum number of faults of a backup that are reported.
const FAULTS_TOLD: usize = 3;

/// The reason for which nothing was restored.
#[derive(Debug, thiserror::Error)]
pub enum RestoreError {
    /// The file is not a valid backup.
    #[error(transparent)]
    Backup(#[from] BackupError),
    /// A text exceeds its maximum length.
    #[error(
        "`{record}`: {field}: {reason}; shorten it in the graph from which the backup was made, and create another backup"
    )]
    TooLong {
        /// The record.
        record: String,
        /// The field.
        field: Field,
        /// The length, and the maximum.
        reason: String,
    },
    /// The file is complete, but its contents are inconsistent: it was not written by Hukun, or the graph was
    /// damaged.
    #[error("the backup is inconsistent: {0}; nothing was written. Create another backup")]
    Inconsistent(String),
    /// The store is not empty.
    #[error("the store is not empty; use --replace to replace its contents with the backup")]
    NotEmpty,
    /// The directory for the check cannot be used.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// The store failed.
    #[error(transparent)]
    Service(#[from] ServiceError),
}

/// A backup that was read completely, and restored once to check its consistency.
pub struct CheckedBackup {
    summary: BackupSummary,
    changes: Vec<Change>,
}

impl CheckedBackup {
    /// Reads a backup, restores it into a new embedded store in `scratch`, and checks that. The closed store
    /// remains there; the previous contents of the directory are deleted.
    pub async fn read(
        from: impl BufRead + Seek + Send,
        scratch: &Path,
    ) -> std::result::Result<Self, RestoreError> {
        let Backup { summary, changes } = backup::read(from)?;
        check_lengths(&changes)?;
        let checked = Self { summary, changes };
        let limits = Limits::default();
        let service = Service::new(EmbeddedStore::make(scratch)?, limits.clone());
        match service.commit_restore(checked.plan()).await {
            Ok(()) => {}
            Err(RestoreError::Service(error)) => return Err(of_backup(error)),
            Err(other) => return Err(other),
        }
        checked.check(&service).await?;
        drop(service);
        // Reopened, to read it as the next start does.
        match EmbeddedStore::open(scratch) {
            Ok(_) => Ok(checked),
            Err(OpenError::Damaged { reason, .. }) => Err(RestoreError::Inconsistent(reason)),
            Err(other) => Err(other.into()),
        }
    }

    /// The number of records in the backup.
    pub fn summary(&self) -> BackupSummary {
        self.summary
    }

    /// Checks that the restored store is consistent, and complete.
    async fn check(&self, restored: &Service) -> std::result::Result<(), RestoreError> {
        let session = restored.snapshot_session(&Principal::operator("restore")).await?;
        let integrity = check_store(&session).await.map_err(of_backup)?;
        if !integrity.faults.is_empty() {
            let told = integrity.faults.iter().take(FAULTS_TOLD);
            let told: Vec<String> = told
                .map(|fault| format!("{}: {}", fault.subject, fault.reason))
                .collect();
            let more = integrity.faults.len() - told.len();
            let more = if more > 0 {
                format!("; and {more} more")
            } else {
                String::new()
            };
            return Err(RestoreError::Inconsistent(told.join("; ") + &more));
        }
        let written = restored.backup(&mut std::io::sink()).await.map_err(of_backup)?;
        if written != self.summary {
            return Err(RestoreError::Inconsistent(format!(
                "it has {} records, {} redirects and {} changes, of which {}, {} and {} come to stand: \
                 some are there twice, or belong to no data set",
                self.summary.records,
                self.summary.redirects,
                self.summary.changes,
                written.records,
                written.redirects,
                written.changes
            )));
        }
        Ok(())
    }

    fn plan(&self) -> RestorePlan {
        RestorePlan(ChangeSet {
            by: "restore".to_string(),
            at: Utc::now(),
            changes: self.changes.clone(),
        })
    }
}

impl Service {
    /// Writes everything at one revision to a file that both stores can restore.
    pub async fn backup(&self, to: &mut (dyn Write + Send)) -> Result<BackupSummary> {
        let reader = self.store.snapshot_reader(&VisibilityFilter::All).await?;
        Ok(backup::write(&reader, to).await?)
    }

    /// Restores a backup into an empty store: its records, revision and change log.
    pub async fn restore(&self, backup: &CheckedBackup) -> std::result::Result<(), RestoreError> {
        self.commit_restore(backup.plan()).await
    }

    async fn commit_restore(&self, plan: RestorePlan) -> std::result::Result<(), RestoreError> {
        match self.store.commit(plan).await.map_err(ServiceError::from)? {
            CommitOutcome::Committed(..) | CommitOutcome::Unchanged(..) => Ok(()),
            CommitOutcome::Refused(()) => Err(RestoreError::NotEmpty),
        }
    }

    /// Checks that the store is empty, so that a backup may be restored.
    pub async fn check_empty(&self) -> std::result::Result<(), RestoreError> {
        let reader = self
            .store
            .reader(&VisibilityFilter::All)
            .await
            .map_err(ServiceError::from)?;
        if is_empty(&reader).await.map_err(ServiceError::from)? {
            Ok(())
        } else {
            Err(RestoreError::NotEmpty)
        }
    }
}

/// Converts an error of the trial restore: unless the disk failed, the backup is at fault.
fn of_backup(error: ServiceError) -> RestoreError {
    match error {
        ServiceError::Internal(reason) | ServiceError::Input(reason) => RestoreError::Inconsistent(reason),
        other => other.into(),
    }
}

/// Rejects texts that are too long for any other input.
fn check_lengths(changes: &[Change]) -> std::result::Result<(), RestoreError> {
    for change in changes {
        let (record, found) = match change {
            Change::Put { record, statements } => (
                record.subject().as_str().to_string(),
                first_too_long(record, statements),
            ),
            Change::Dataset(Dataset {
                id, title, licence, ..
            }) => {
                let texts = [(Field::Title, title), (Field::Licence, licence)];
                let long = texts
                    .into_iter()
                    .find_map(|(field, text)| Some((field, TextLimit::TITLE.check(text).err()?.reason)));
                (id.to_string(), long)
            }
            // No free text.
            Change::Delete(_)
            | Change::DeleteDataset(_)
            | Change::Redirect { .. }
            | Change::History { .. } => continue,
        };
        if let Some((field, reason)) = found {
            return Err(RestoreError::TooLong {
                record,
                field,
                reason,
            });
        }
    }
    Ok(())
}

async fn is_empty<R: Reader>(at: &R) -> StoreResult<bool> {
    Ok(at.revision().0 == 0 && at.datasets().await?.is_empty())
}

struct RestorePlan(ChangeSet);

impl WritePlan for RestorePlan {
    type Output = ();
    type Refusal = ();

    async fn prepare<R: Reader>(
        &mut self,
        at: &R,
    ) -> StoreResult<std::result::Result<PreparedWrite<()>, ()>> {
        if !is_empty(at).await? {
            return Ok(Err(()));
        }
        // Cloned, because a store may have to start again.
        Ok(Ok(self.0.clone().into()))
    }
}
