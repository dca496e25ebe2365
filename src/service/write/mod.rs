//! Writes: each is checked against the newest graph, and written completely or not at all.
//!
//! Imports and mutations use the same path, so both reject the same input with the same messages. Guarantees: all problems
//! of a batch are reported; with a problem, nothing is written; writing the same batch twice changes nothing the second
//! time. A record is written as a whole; its statements belong to data sets, and a batch changes only those of its own
//! data set.
//!
//! Start reading at the plans (`upsert`, `delete`, `entity_merge`): each computes the changes from the newest graph. They use
//! the files beside them: `batch` and `keys` for the content of a batch, `check` and `access` for what may be written,
//! `dependents` for the records that refer to a record.

mod access;
mod batch;
mod check;
mod delete;
mod dependents;
mod entity_merge;
mod key_messages;
mod keys;
mod normal_form;
mod problem;
mod references;
mod split_batch;
mod stored;
mod terms;
mod upsert;

pub use batch::{Batch, Draft, StatementDraft, WriteMode, region_relation};
pub(super) use check::hierarchy::Hierarchy;
pub(super) use check::relation::check_relation_shape;
pub(super) use check::shares::{EntityShare, over_one};
pub(super) use check::text::first_too_long;
pub use delete::request::{Deletion, DeletionKind, DeletionSummary};
pub use delete::retraction::{Retraction, StatementMatch};
pub use entity_merge::request::{EntityMerge, EntityMergeSummary};
pub use problem::{Message, ProblemCause, WriteProblem};
pub use references::references;
pub use terms::Terms;
pub use upsert::summary::UpsertSummary;

use delete::plan::DeletePlan;
use delete::retraction::RetractPlan;
use entity_merge::plan::EntityMergePlan;
use upsert::joint::JointUpsertPlan;
use upsert::plan::UpsertPlan;

use crate::model::change::Revision;
use crate::model::principal::{Principal, Role};
use crate::model::record::Dataset;
use crate::service::{Result, Service, ServiceError};
use crate::store::{CommitOutcome, Reader, Store, VisibilityFilter, WritePlan};

/// The result of a write.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum WriteOutcome<T = UpsertSummary> {
    /// The write succeeded, or, for a check, would succeed.
    Done(T),
    /// Nothing was written.
    Refused(Vec<WriteProblem>),
}

impl Service {
    /// Fails if the principal cannot write.
    pub fn check_role(&self, by: &Principal) -> Result<()> {
        check_writer(by, None)
    }

    /// Fails if the principal is not an admin.
    pub fn check_admin(&self, by: &Principal) -> Result<()> {
        if by.role == Role::Admin {
            return Ok(());
        }
        Err(ServiceError::Forbidden(format!(
            "{} cannot do this: it needs a key with role admin",
            by.name
        )))
    }

    /// Writes a batch, completely or not at all.
    pub async fn write(&self, batch: Batch) -> Result<WriteOutcome> {
        self.upsert(batch, false).await
    }

    /// Checks a batch and returns what [`Service::write`] would do.
    pub async fn check(&self, batch: Batch) -> Result<WriteOutcome> {
        self.upsert(batch, true).await
    }

    async fn upsert(&self, batch: Batch, dry_run: bool) -> Result<WriteOutcome> {
        check_writer(&batch.terms.by, Some(&batch.dataset))?;
        let outcome = self.commit(UpsertPlan::new(batch), dry_run).await?;
        Ok(WriteOutcome::of(outcome, |revision, summary| UpsertSummary {
            revision,
            ..summary
        }))
    }

    /// Writes batches that may refer to each other, each for a data set of its own: all of them or none. Returns the summary of
    /// each, or the problems of each; in a dry run, nothing is written.
    pub async fn write_together(
        &self,
        batches: Vec<Batch>,
        dry_run: bool,
    ) -> Result<std::result::Result<Vec<UpsertSummary>, Vec<Vec<WriteProblem>>>> {
        for batch in &batches {
            check_writer(&batch.terms.by, Some(&batch.dataset))?;
        }
        let by = batches.first().map(|batch| batch.terms.by.name.clone());
        let plan = JointUpsertPlan {
            by: by.unwrap_or_default(),
            batches,
        };
        Ok(match self.commit(plan, dry_run).await? {
            CommitOutcome::Committed(revision, summaries) | CommitOutcome::Unchanged(revision, summaries) => {
                let summaries = summaries.into_iter();
                Ok(summaries
                    .map(|summary| UpsertSummary { revision, ..summary })
                    .collect())
            }
            CommitOutcome::Refused(problems) => Err(problems),
        })
    }

    /// Deletes records, all of them or none. Returns the revision afterwards too.
    pub async fn delete(&self, deletion: Deletion) -> Result<WriteOutcome<(DeletionSummary, Revision)>> {
        check_writer(&deletion.terms.by, None)?;
        if deletion.kind == DeletionKind::Dataset {
            self.check_admin(&deletion.terms.by)?;
        }
        let dry_run = deletion.dry_run;
        let plan = DeletePlan {
            deletion,
            records_max: self.limits.write_records_max,
        };
        let outcome = self.commit(plan, dry_run).await?;
        Ok(WriteOutcome::of(outcome, |revision, summary| (summary, revision)))
    }

    /// Deletes statements. Returns the revision afterwards too.
    pub async fn retract(&self, retraction: Retraction) -> Result<WriteOutcome<(DeletionSummary, Revision)>> {
        check_writer(&retraction.terms.by, None)?;
        let dry_run = retraction.dry_run;
        let plan = RetractPlan {
            retraction,
            records_max: self.limits.write_records_max,
        };
        let outcome = self.commit(plan, dry_run).await?;
        Ok(WriteOutcome::of(outcome, |revision, summary| (summary, revision)))
    }

    /// Merges entities. Returns the revision afterwards too.
    pub async fn merge_entities(
        &self,
        merge: EntityMerge,
    ) -> Result<WriteOutcome<(EntityMergeSummary, Revision)>> {
        check_writer(&merge.terms.by, None)?;
        let plan = EntityMergePlan {
            merge,
            records_max: self.limits.write_records_max,
        };
        let outcome = self.commit(plan, false).await?;
        Ok(WriteOutcome::of(outcome, |revision, summary| (summary, revision)))
    }

    /// Commits a plan; in a dry run, only prepares it against the newest graph.
    async fn commit<P: WritePlan>(
        &self,
        mut plan: P,
        dry_run: bool,
    ) -> Result<CommitOutcome<P::Output, P::Refusal>> {
        if !dry_run {
            return Ok(self.store.commit(plan).await?);
        }
        let reader = self.store.reader(&VisibilityFilter::All).await?;
        Ok(match plan.prepare(&reader).await? {
            Ok(prepared) => CommitOutcome::Unchanged(reader.revision(), prepared.output),
            Err(refusal) => CommitOutcome::Refused(refusal),
        })
    }
}

impl<T> WriteOutcome<T> {
    fn of<S>(outcome: CommitOutcome<S, Vec<WriteProblem>>, done: impl FnOnce(Revision, S) -> T) -> Self {
        match outcome {
            CommitOutcome::Committed(revision, output) | CommitOutcome::Unchanged(revision, output) => {
                Self::Done(done(revision, output))
            }
            CommitOutcome::Refused(problems) => Self::Refused(problems),
        }
    }
}

/// Fails if the principal cannot write at all, or cannot write to the data set.
fn check_writer(by: &Principal, dataset: Option<&Dataset>) -> Result<()> {
    if by.role == Role::Reader {
        return Err(ServiceError::Forbidden(format!(
            "{} cannot write: writing needs a key with role editor or admin",
            by.name
        )));
    }
    match dataset.filter(|dataset| !by.may_write(dataset)) {
        Some(dataset) => Err(ServiceError::Forbidden(format!(
            "{} cannot write to data set {}: ask the operator for a key that names it",
            by.name, dataset.id
        ))),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests;
