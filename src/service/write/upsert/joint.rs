//! The plan of several batches that are written together, each for a data set of its own: all of them or none. They may refer to
//! each other.
//!
//! Each is planned as if those before it were written already. Referenced records must exist first, whichever batch has them, so
//! the batches are planned in rounds: the sources of all, then the entities, then the other records, then everything.

use std::collections::HashSet;

use chrono::Utc;

use super::overlay::Overlay;
use super::plan::{UpsertOutput, UpsertPlan};
use super::summary::UpsertSummary;
use crate::model::change::{Change, ChangeSet, Record, Subject};
use crate::service::write::batch::{Batch, Draft, WriteMode};
use crate::service::write::problem::WriteProblem;
use crate::service::write::split_batch::SplitBatch;
use crate::service::write::stored::StoredRecords;
use crate::store::{PreparedWrite, PreviousVersions, Reader, StoreResult, WritePlan};

/// Number of stored records that are kept from one round to the next; the others are read again in each, which bounds the memory of
/// an import.
const KEPT_MAX: usize = 20_000;

/// The drafts of each batch that a round plans.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum PlanRound {
    Sources,
    Entities,
    Records,
    All,
}

impl PlanRound {
    const ALL: [Self; 4] = [Self::Sources, Self::Entities, Self::Records, Self::All];

    fn includes(self, draft: &Draft) -> bool {
        match (self, draft) {
            (Self::Sources, Draft::Record { record, .. }) => matches!(**record, Record::Source(_)),
            (Self::Entities, Draft::Record { record, .. }) => matches!(**record, Record::Entity(_)),
            (Self::Records, Draft::Record { record, .. }) => !matches!(**record, Record::Source(_)),
            (Self::Records, Draft::Region { .. }) | (Self::All, _) => true,
            (Self::Sources | Self::Entities | Self::Records, _) => false,
        }
    }
}

/// The counts for the summary of a batch.
#[derive(Default)]
struct BatchCounts {
    created: HashSet<Subject>,
    updated: HashSet<Subject>,
    touched: usize,
    deleted: usize,
}

impl BatchCounts {
    fn summary(&self) -> UpsertSummary {
        UpsertSummary {
            created: self.created.len(),
            updated: self.updated.len(),
            unchanged: self
                .touched
                .saturating_sub(self.created.len() + self.updated.len()),
            deleted: self.deleted,
            ..UpsertSummary::default()
        }
    }

    /// Counts the records of a batch after a round.
    fn add(&mut self, changes: &[Change], UpsertOutput { summary, is_new }: UpsertOutput) {
        let put = changes.iter().filter_map(|change| match change {
            Change::Put { record, .. } => Some(record.subject()),
            _ => None,
        });
        for (subject, is_new) in put.zip(is_new) {
            if is_new {
                self.created.insert(subject);
            } else if !self.created.contains(&subject) {
                self.updated.insert(subject);
            }
        }
        self.touched = summary.created + summary.updated + summary.unchanged;
        self.deleted = summary.deleted;
    }
}

pub(in crate::service::write) struct JointUpsertPlan {
    /// The author, as recorded in the change log.
    pub(in crate::service::write) by: String,
    pub(in crate::service::write) batches: Vec<Batch>,
}

impl WritePlan for JointUpsertPlan {
    /// The summary of each batch.
    type Output = Vec<UpsertSummary>;
    /// The problems of each batch.
    type Refusal = Vec<Vec<WriteProblem>>;

    async fn prepare<R: Reader>(
        &mut self,
        at: &R,
    ) -> StoreResult<Result<PreparedWrite<Vec<UpsertSummary>>, Vec<Vec<WriteProblem>>>> {
        let mut graph = Overlay::new(at.clone());
        let mut stored = StoredRecords::keeping(KEPT_MAX);
        let mut previous = PreviousVersions::default();
        let mut counts: Vec<BatchCounts> = self.batches.iter().map(|_| BatchCounts::default()).collect();
        let mut refused: Vec<Vec<WriteProblem>> = vec![Vec::new(); self.batches.len()];
        // Keys of rejected batches; references to them are not reported in the others.
        let mut missing: HashSet<String> = HashSet::new();
        for round in PlanRound::ALL {
            for (place, batch) in self.batches.iter().enumerate() {
                let mut plan = plan_of(batch, round, &missing);
                match plan.plan(&graph, &mut stored).await? {
                    Ok(write) => {
                        let changes = write.changes.changes;
                        counts[place].add(&changes, write.output);
                        previous.extend(&changes, write.previous);
                        stored.forget_changed(&changes);
                        graph.apply(changes);
                    }
                    // The last round finds these too, and all others.
                    Err(_) if round != PlanRound::All => {
                        let keys = batch.drafts.iter().filter_map(key_of);
                        missing.extend(keys.map(ToString::to_string));
                    }
                    Err(problems) => refused[place] = problems,
                }
            }
        }
        let is_unread = self.batches.iter().any(|batch| !batch.unread.is_empty());
        if is_unread || refused.iter().any(|problems| !problems.is_empty()) {
            return Ok(Err(refused));
        }
        Ok(Ok(PreparedWrite {
            changes: ChangeSet {
                by: self.by.clone(),
                at: Utc::now(),
                changes: graph.into_changes().await?,
            },
            previous,
            output: counts.iter().map(BatchCounts::summary).collect(),
        }))
    }
}

/// The plan of a batch in a round; drafts keep their indices.
fn plan_of(batch: &Batch, round: PlanRound, missing: &HashSet<String>) -> UpsertPlan {
    let mut names: HashSet<&str> = HashSet::new();
    for draft in &batch.drafts {
        names.extend(key_of(draft).filter(|_| round.includes(draft)));
    }
    let is_included = |draft: &Draft| match draft {
        Draft::Name { entity, .. } => round != PlanRound::Sources && names.contains(entity.as_str()),
        Draft::OwnStatement { subject, .. } => names.contains(subject.as_str()),
        other => round.includes(other),
    };
    let drafts = batch.drafts.iter().enumerate();
    let drafts = drafts.filter(|(_, draft)| round == PlanRound::All || is_included(draft));
    let mode = match batch.mode {
        WriteMode::Replace if round != PlanRound::All => WriteMode::Add,
        mode => mode,
    };
    UpsertPlan::new(SplitBatch::new(
        batch.dataset.clone(),
        mode,
        batch.terms.clone(),
        batch.unread.union(missing).cloned().collect(),
        drafts.map(|(place, draft)| (place, draft.clone())),
    ))
}

/// The key of the record in a draft.
fn key_of(draft: &Draft) -> Option<&str> {
    match draft {
        Draft::Record { record, .. } => Some(record.key()),
        Draft::Region { .. } | Draft::Statement { .. } | Draft::OwnStatement { .. } | Draft::Name { .. } => {
            None
        }
    }
}
