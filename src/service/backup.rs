//! Backup and restore: the operator's, and so of everything.

use std::io::{BufRead, Seek, Write};
use std::path::Path;

use chrono::Utc;

use super::write::first_too_long;
use super::{Limits, Result, Service, ServiceError, check_store};
use crate::model::change::{Change, ChangeSet};
use crate::model::principal::Principal;
use crate::model::record::Dataset;
use crate::model::text_limit::TextLimit;
use crate::store::backup::{self, Backup};
use crate::store::embedded::EmbeddedStore;
use crate::store::{Answer, OpenError, Outcome, Plan, PreparedWrite, Reader, Store, View};

pub use crate::store::backup::{BackupError, BackupSummary};

/// Faults of a backup that are told one by one.
const FAULTS_TOLD: usize = 3;

/// Why nothing was restored.
#[derive(Debug, thiserror::Error)]
pub enum RestoreError {
    /// The file is not one that can be restored.
    #[error(transparent)]
    Backup(#[from] BackupError),
    /// A text is longer than it may be.
    #[error(
        "`{record}`: {field}: {reason}; shorten it in the graph that the backup was made of, and make another backup"
    )]
    TooLong {
        /// Whose text it is.
        record: String,
        /// Which, spelled as the column of an import file.
        field: &'static str,
        /// How long it is, and how long it may be.
        reason: String,
    },
    /// The file is whole, and what it holds does not fit: it was not written by Hukun, or of a graph that was damaged.
    #[error("the backup does not fit itself: {0}; nothing was written. Take another backup")]
    Inconsistent(String),
    /// The store is in use.
    #[error("the store is not empty: give --replace to put the backup in place of what it holds")]
    NotEmpty,
    /// There is no place to check it in.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// The store failed.
    #[error(transparent)]
    Service(#[from] ServiceError),
}

/// A backup that was read whole, and restored once to see that all of it fits.
pub struct CheckedBackup {
    summary: BackupSummary,
    changes: Vec<Change>,
}

impl CheckedBackup {
    /// Reads a backup, restores it into a new embedded store in `scratch`, and checks that. The store stays there, closed; what was
    /// in the directory before is taken away.
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
        // As the next start reads it.
        match EmbeddedStore::open(scratch) {
            Ok(_) => Ok(checked),
            Err(OpenError::Damaged { reason, .. }) => Err(RestoreError::Inconsistent(reason)),
            Err(other) => Err(other.into()),
        }
    }

    /// What it holds.
    pub fn summary(&self) -> BackupSummary {
        self.summary
    }

    /// Whether what was restored keeps every promise, and holds no less than the backup.
    async fn check(&self, restored: &Service) -> std::result::Result<(), RestoreError> {
        let session = restored.steady_session(&Principal::operator("restore")).await?;
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
    /// Writes all that there is, at one revision, as a file that either store takes back.
    pub async fn backup(&self, to: &mut (dyn Write + Send)) -> Result<BackupSummary> {
        let reader = self.store.snapshot_reader(&View::All).await?;
        Ok(backup::write(&reader, to).await?)
    }

    /// Puts a backup into an empty store: its records, its revision and its change log.
    pub async fn restore(&self, backup: &CheckedBackup) -> std::result::Result<(), RestoreError> {
        self.commit_restore(backup.plan()).await
    }

    async fn commit_restore(&self, plan: RestorePlan) -> std::result::Result<(), RestoreError> {
        match self.store.commit(plan).await.map_err(ServiceError::from)? {
            Outcome::Committed(..) | Outcome::Unchanged(..) => Ok(()),
            Outcome::Refused(()) => Err(RestoreError::NotEmpty),
        }
    }

    /// Whether a backup may be put into it: it holds nothing.
    pub async fn check_empty(&self) -> std::result::Result<(), RestoreError> {
        let reader = self.store.reader(&View::All).await.map_err(ServiceError::from)?;
        if is_empty(&reader).await.map_err(ServiceError::from)? {
            Ok(())
        } else {
            Err(RestoreError::NotEmpty)
        }
    }
}

/// What went wrong with a backup that is restored aside: not the disk's, so the backup's, for nothing else can be wrong there.
fn of_backup(error: ServiceError) -> RestoreError {
    match error {
        ServiceError::Fault(reason) | ServiceError::Input(reason) => RestoreError::Inconsistent(reason),
        other => other.into(),
    }
}

/// Refuses texts that no other way in takes.
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
                let texts = [("title", title), ("licence", licence)];
                let long = texts
                    .into_iter()
                    .find_map(|(field, text)| Some((field, TextLimit::TITLE.check(text).err()?.reason)));
                (id.to_string(), long)
            }
            _ => continue,
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

async fn is_empty<R: Reader>(at: &R) -> Answer<bool> {
    Ok(at.revision().0 == 0 && at.datasets().await?.is_empty())
}

struct RestorePlan(ChangeSet);

impl Plan for RestorePlan {
    type Output = ();
    type Refusal = ();

    async fn prepare<R: Reader>(&mut self, at: &R) -> Answer<std::result::Result<PreparedWrite<()>, ()>> {
        if !is_empty(at).await? {
            return Ok(Err(()));
        }
        // Kept, for a store may have to start again.
        Ok(Ok(self.0.clone().into()))
    }
}
