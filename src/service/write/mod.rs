//! Writing: what is written is checked against the newest graph, and written all or nothing.
//!
//! One way in for all writers, so that an import and a mutation refuse the same things in the same words. What a batch
//! promises: every problem is reported, not the first alone; with any, nothing is written; what is written twice
//! changes nothing the second time. A record is written whole; its statements belong to data sets, and a batch speaks
//! for its own data set only.
//!
//! Start reading at the plans (`upsert`, `delete`, `entity_merge`): each decides on the newest graph what changes. They use
//! the files beside them: `batch` and `keys` for what a batch says, `check` and `access` for what may be written,
//! `dependents` for what refers to a record.

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

pub use batch::{Batch, Draft, Mode, StatementDraft, region_relation};
pub(super) use check::hierarchy::Hierarchy;
pub(super) use check::relation::check_relation_shape;
pub(super) use check::shares::{EntityShare, over_one};
pub(super) use check::text::first_too_long;
pub use delete::request::{Deletion, DeletionKind, DeletionSummary};
pub use delete::retraction::{Retraction, StatementMatch};
pub use entity_merge::request::{EntityMerge, EntityMergeSummary};
pub use problem::{Cause, Message, Problem};
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
use crate::store::{Outcome, Plan, Reader, Store, View};

/// What came of a write.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum WriteOutcome<T = UpsertSummary> {
    /// It is written; of a check: it could be.
    Done(T),
    /// Nothing was written.
    Refused(Vec<Problem>),
}

impl Service {
    /// Refuses whoever may not write at all.
    pub fn check_role(&self, by: &Principal) -> Result<()> {
        check_writer(by, None)
    }

    /// Refuses whoever may not do everything.
    pub fn check_admin(&self, by: &Principal) -> Result<()> {
        if by.role == Role::Admin {
            return Ok(());
        }
        Err(ServiceError::Forbidden(format!(
            "{} may not: this needs a key of role admin",
            by.name
        )))
    }

    /// Writes a batch, all or nothing.
    pub async fn write(&self, batch: Batch) -> Result<WriteOutcome> {
        self.upsert(batch, false).await
    }

    /// What [`Service::write`] would do, without doing it.
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

    /// Writes batches that may refer to each other, each for a data set of its own: all of them or none. What came of each, or the
    /// problems of each; in a dry run, what would come of it.
    pub async fn write_together(
        &self,
        batches: Vec<Batch>,
        dry_run: bool,
    ) -> Result<std::result::Result<Vec<UpsertSummary>, Vec<Vec<Problem>>>> {
        for batch in &batches {
            check_writer(&batch.terms.by, Some(&batch.dataset))?;
        }
        let by = batches.first().map(|batch| batch.terms.by.name.clone());
        let plan = JointUpsertPlan {
            by: by.unwrap_or_default(),
            batches,
        };
        Ok(match self.commit(plan, dry_run).await? {
            Outcome::Committed(revision, summaries) | Outcome::Unchanged(revision, summaries) => {
                let summaries = summaries.into_iter();
                Ok(summaries
                    .map(|summary| UpsertSummary { revision, ..summary })
                    .collect())
            }
            Outcome::Refused(problems) => Err(problems),
        })
    }

    /// Deletes records, all of them or none; with the revision afterwards.
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

    /// Deletes statements; with the revision afterwards.
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

    /// Merges entities; with the revision afterwards.
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

    /// Commits a plan; in a dry run only prepares it, against the newest graph.
    async fn commit<P: Plan>(&self, mut plan: P, dry_run: bool) -> Result<Outcome<P::Output, P::Refusal>> {
        if !dry_run {
            return Ok(self.store.commit(plan).await?);
        }
        let reader = self.store.reader(&View::All).await?;
        Ok(match plan.prepare(&reader).await? {
            Ok(prepared) => Outcome::Unchanged(reader.revision(), prepared.output),
            Err(refusal) => Outcome::Refused(refusal),
        })
    }
}

impl<T> WriteOutcome<T> {
    fn of<S>(outcome: Outcome<S, Vec<Problem>>, done: impl FnOnce(Revision, S) -> T) -> Self {
        match outcome {
            Outcome::Committed(revision, output) | Outcome::Unchanged(revision, output) => {
                Self::Done(done(revision, output))
            }
            Outcome::Refused(problems) => Self::Refused(problems),
        }
    }
}

/// Refuses whoever may not write at all, or not in a data set.
fn check_writer(by: &Principal, dataset: Option<&Dataset>) -> Result<()> {
    if by.role == Role::Reader {
        return Err(ServiceError::Forbidden(format!(
            "{} reads and may not write: writing needs a key of role editor or admin",
            by.name
        )));
    }
    match dataset.filter(|dataset| !by.may_write(dataset)) {
        Some(dataset) => Err(ServiceError::Forbidden(format!(
            "{} may not write in data set {}: ask its operator for a key that names it",
            by.name, dataset.id
        ))),
        None => Ok(()),
    }
}
