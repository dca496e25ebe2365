//! The plan of an upsert: it finds all problems against the newest graph, or else the changes.

use std::collections::HashSet;

use chrono::Utc;

use super::reconcile::Reconciler;
use super::redirects::RowRedirects;
use super::replace::{self, StaleRecords};
use super::summary::UpsertSummary;
use crate::model::change::{ChangeSet, Record};
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
use crate::service::write::terms::PlanResult;
use crate::store::{DatasetInfo, PreparedWrite, Reader, StoreResult, WritePlan};

pub(in crate::service::write) struct UpsertPlan {
    batch: SplitBatch,
}

/// The result of one pass over a batch.
enum Decision {
    /// Some rows are under merged ids; they must be redirected to the entities kept first.
    Redirect(RowRedirects),
    /// The changes, or the problems.
    Done(Result<PreparedWrite<UpsertSummary>, Vec<WriteProblem>>),
}

impl WritePlan for UpsertPlan {
    type Output = UpsertSummary;
    type Refusal = Vec<WriteProblem>;

    async fn prepare<R: Reader>(&mut self, at: &R) -> PlanResult<UpsertSummary> {
        let datasets = at.datasets().await?;
        let planned = match self.load_dataset(&datasets) {
            Ok(()) => loop {
                match self.decide(at, &datasets).await? {
                    Decision::Redirect(redirects) => self.batch.redirect(&redirects),
                    Decision::Done(planned) => break planned,
                }
            },
            Err(problems) => Err(problems),
        };
        self.batch.terms.check_revision(at.revision(), planned)
    }
}

impl UpsertPlan {
    pub(in crate::service::write) fn new(batch: impl Into<SplitBatch>) -> Self {
        Self { batch: batch.into() }
    }

    async fn decide<R: Reader>(&self, at: &R, datasets: &[DatasetInfo]) -> StoreResult<Decision> {
        let batch = &self.batch;
        let mut problems = batch.problems.clone();
        let mut keys = KeyTable::load(&batch.records, batch.keys(), &batch.unread, at, &mut problems).await?;
        let visibility = WriterVisibility::new(&batch.terms.by, datasets, Some(&batch.dataset));
        let restriction = RestrictionCheck::load(batch, &visibility, at, datasets, &mut keys).await?;
        let redirects = RowRedirects::find(batch, at, &keys).await?;
        if !redirects.is_empty() {
            return Ok(Decision::Redirect(redirects));
        }
        let stale = if batch.mode == WriteMode::Replace {
            replace::find_stale(batch, at, &mut keys, &mut problems).await?
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
            &mut problems,
        )
        .await?;
        ownership::check_personal(&batch.terms.by, &batch.records, &mut problems);
        let statements = evidence::resolve(batch, at, &keys, &mut unknown, &mut problems).await?;
        restriction.check(at, datasets, &mut problems).await?;
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
        let (changes, summary) = reconciler.changes(at, &statements, &stale, datasets).await?;
        Ok(Decision::Done(Ok(PreparedWrite {
            changes: ChangeSet {
                by: batch.terms.by.name.clone(),
                at: now,
                changes,
            },
            output: summary,
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
                problems.push(record.location(), "name_zh", "", "an entity needs a name", hint);
            }
        }
        for one in &batch.names {
            let location = ProblemLocation::draft(one.draft);
            text::check_name(&one.name, Some("value"), location, problems);
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
            "dataset_id",
            id,
            reason,
            "correct the id; `datasets` lists the data sets",
        );
        problems.set_cause(cause);
        Err(problems.0)
    }
}
