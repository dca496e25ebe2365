//! The plan of an upsert: it finds all problems against the newest graph, or else the changes.

use std::collections::HashSet;

use chrono::Utc;

use super::reconcile::{Reconciler, Reconciliation};
use super::redirects::RowRedirects;
use super::replace::{self, StaleRecords};
use super::summary::UpsertSummary;
use crate::model::change::{ChangeSet, Record};
use crate::model::field::Field;
use crate::service::write::access::ownership;
use crate::service::write::access::restriction::RestrictionCheck;
use crate::service::write::access::visibility::WriterVisibility;
use crate::service::write::batch::WriteMode;
use crate::service::write::check::former_ids::{check_claimed_once, check_former_ids};
use crate::service::write::check::keys::{check_dataset_key, check_key, check_references, check_sources};
use crate::service::write::check::record::{check_language, check_shape};
use crate::service::write::check::unknown_keys::{UnknownKey, report_unknown_keys};
use crate::service::write::check::{evidence, hierarchy, shares, text};
use crate::service::write::keys::KeyTable;
use crate::service::write::problem::{ProblemCause, ProblemLocation, WriteProblem, WriteProblems};
use crate::service::write::split_batch::SplitBatch;
use crate::service::write::stored::StoredRecords;
use crate::service::write::terms::PlanResult;
use crate::store::{DatasetInfo, PreparedWrite, Reader, StoreResult, WritePlan};

pub(in crate::service::write) struct UpsertPlan {
    batch: SplitBatch,
}

/// The result of planning an upsert.
pub(super) struct UpsertOutput {
    pub(super) summary: UpsertSummary,
    /// For each record that the changes write, in order, whether it is new.
    pub(super) is_new: Vec<bool>,
}

/// The result of one pass over a batch.
enum Decision {
    /// Some rows are under merged ids; they must be redirected to the entities kept first.
    Redirect(RowRedirects),
    /// The changes, or the problems.
    Done(Result<PreparedWrite<UpsertOutput>, Vec<WriteProblem>>),
}

impl WritePlan for UpsertPlan {
    type Output = UpsertSummary;
    type Refusal = Vec<WriteProblem>;

    async fn prepare<R: Reader>(&mut self, at: &R) -> PlanResult<UpsertSummary> {
        let planned = self.plan(at, &mut StoredRecords::default()).await?;
        Ok(planned.map(|write| PreparedWrite {
            changes: write.changes,
            previous: write.previous,
            output: write.output.summary,
        }))
    }
}

impl UpsertPlan {
    pub(in crate::service::write) fn new(batch: impl Into<SplitBatch>) -> Self {
        Self { batch: batch.into() }
    }

    /// Plans the upsert. `stored` has the stored records that were read before, and takes those that a later plan may need.
    pub(super) async fn plan<R: Reader>(
        &mut self,
        at: &R,
        stored: &mut StoredRecords,
    ) -> PlanResult<UpsertOutput> {
        let datasets = at.datasets().await?;
        let planned = match self.load_dataset(&datasets) {
            Ok(()) => loop {
                match self.decide(at, &datasets, stored).await? {
                    Decision::Redirect(redirects) => self.batch.redirect(&redirects),
                    Decision::Done(planned) => break planned,
                }
            },
            Err(problems) => Err(problems),
        };
        self.batch.terms.check_revision(at.revision(), planned)
    }

    async fn decide<R: Reader>(
        &self,
        at: &R,
        datasets: &[DatasetInfo],
        stored: &mut StoredRecords,
    ) -> StoreResult<Decision> {
        let batch = &self.batch;
        let mut problems = batch.problems.clone();
        let visibility = WriterVisibility::new(&batch.terms.by, datasets, Some(&batch.dataset));
        let mut keys = KeyTable::load(&batch.records, batch.keys(), &batch.unread, at, &mut problems).await?;
        let mut restriction = RestrictionCheck::load(batch, &visibility, at, datasets, &mut keys).await?;
        let redirects = RowRedirects::find(batch, at, &keys, stored).await?;
        if !redirects.is_empty() {
            return Ok(Decision::Redirect(redirects));
        }
        let stale = if batch.mode == WriteMode::Replace {
            replace::find_stale(batch, at, datasets, &mut keys, stored, &mut problems).await?
        } else {
            StaleRecords::default()
        };
        let mut unknown = Vec::new();
        self.check_batch(&keys, &visibility, datasets, &mut unknown, &mut problems);
        let touched = batch.records.iter().filter_map(|record| {
            let subject = keys.stored(record.key())?;
            Some((record.location(), subject.clone()))
        });
        ownership::check(
            &batch.terms.by,
            datasets,
            at,
            &touched.collect::<Vec<_>>(),
            restriction.memberships(),
            &mut problems,
        )
        .await?;
        ownership::check_personal(&batch.terms.by, &batch.records, &mut problems);
        let statements = evidence::resolve(batch, at, &keys, stored, &mut unknown, &mut problems).await?;
        restriction.check(at, datasets, stored, &mut problems).await?;
        report_unknown_keys(batch, at, unknown, visibility.is_complete(), &mut problems).await?;
        shares::check(&batch.records, at, &keys, &mut problems).await?;
        hierarchy::check(&batch.records, at, &keys, &mut problems).await?;
        if !problems.0.is_empty() || !batch.unread.is_empty() {
            batch.restore_written_ids(&mut problems);
            problems.0.sort_by_key(|problem| (problem.draft, problem.row));
            return Ok(Decision::Done(Err(problems.0)));
        }
        let now = Utc::now();
        let reconciler = Reconciler::new(batch, &keys, now, at).await?;
        let Reconciliation {
            changes,
            previous,
            is_new,
            summary,
        } = reconciler
            .changes(at, &statements, &stale, datasets, stored)
            .await?;
        Ok(Decision::Done(Ok(PreparedWrite {
            changes: ChangeSet {
                by: batch.terms.by.name.clone(),
                at: now,
                changes,
            },
            previous,
            output: UpsertOutput { summary, is_new },
        })))
    }

    /// Runs the checks that need no further reads of the graph.
    fn check_batch(
        &self,
        keys: &KeyTable<'_>,
        visibility: &WriterVisibility,
        datasets: &[DatasetInfo],
        unknown: &mut Vec<UnknownKey>,
        problems: &mut WriteProblems,
    ) {
        let batch = &self.batch;
        let datasets = datasets.iter().map(|info| info.dataset.id.as_str());
        let datasets: HashSet<&str> = datasets.chain([batch.dataset.id.as_str()]).collect();
        check_dataset_key(batch, keys, problems);
        check_claimed_once(&batch.records, problems);
        let named: HashSet<&str> = batch.names.iter().map(|name| name.entity.as_str()).collect();
        for record in &batch.records {
            check_key(record, keys, &datasets, visibility, problems);
            check_shape(record, problems);
            text::check_record(record, problems);
            check_references(batch, record, keys, unknown, problems);
            check_former_ids(record, keys, &datasets, problems);
            if let Record::Entity(entity) = &record.record
                && entity.names.is_empty()
                && !named.contains(record.key())
            {
                let hint = "give it a name in any language";
                problems.push(
                    record.location(),
                    Field::NameZh,
                    "",
                    "an entity needs a name",
                    hint,
                );
            }
        }
        for one in &batch.names {
            let location = ProblemLocation::draft(one.draft);
            text::check_name(&one.name, Some(Field::Value), location, problems);
            check_language(&one.name.lang, location, problems);
        }
        batch.each_statement(|location, statement| text::check_statement(statement, location, problems));
        check_sources(batch, keys, unknown, problems);
    }

    /// Reads the data set's record from the graph if the batch does not have it. It may have changed since the request was made, and
    /// the writer may have lost access to it.
    fn load_dataset(&mut self, datasets: &[DatasetInfo]) -> Result<(), Vec<WriteProblem>> {
        if self.batch.mode != WriteMode::Curate {
            return Ok(());
        }
        let (id, by) = (self.batch.dataset.id.clone(), &self.batch.terms.by);
        let mut datasets = datasets.iter().map(|info| &info.dataset);
        let (cause, reason) = match datasets.find(|dataset| dataset.id == id) {
            Some(found) if by.may_write(found) => {
                self.batch.dataset = found.clone();
                return Ok(());
            }
            Some(found) if by.may_see(found) => (
                ProblemCause::Forbidden,
                format!("{} cannot write to this data set", by.name),
            ),
            Some(_) | None => (ProblemCause::Unknown, "no data set has this id".to_string()),
        };
        let mut problems = WriteProblems::default();
        problems.push_for_batch(
            Field::DatasetId,
            id,
            reason,
            "correct the id; `datasets` lists the data sets",
        );
        problems.set_cause(cause);
        Err(problems.0)
    }
}
