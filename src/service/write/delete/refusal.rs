//! Rejects deletions: of records with dependents, and of records that the writer cannot delete.

use std::collections::BTreeSet;

use super::dependency::{Dependency, Referrers};
use super::set::{DeletionSet, RecordLoss};
use crate::model::change::Subject;
use crate::model::field::Field;
use crate::service::write::access::ownership;
use crate::service::write::access::visibility::{HIDDEN_HINT, HIDDEN_REFERS};
use crate::service::write::problem::{ProblemCause, ProblemLocation, WriteProblems};
use crate::store::{DatasetInfo, Reader, StoreResult};

/// Maximum number of referring records that a problem names.
const NAMED_MAX: usize = 20;
const HINT: &str = "delete them first, or set `cascade: true` to delete them too";

impl DeletionSet<'_> {
    fn refuse_size(&self, problems: &mut WriteProblems) {
        let reason = format!(
            "more than {} records would be deleted or changed",
            self.records_max
        );
        let hint = "delete fewer at a time, or ask the operator to raise `--write-records-max`";
        problems.push_for_batch(Field::Cascade, self.cascade, reason, hint);
    }

    /// Reports why the records cannot be deleted.
    pub(in crate::service::write) async fn check<R: Reader>(
        &mut self,
        datasets: &[DatasetInfo],
        at: &R,
        problems: &mut WriteProblems,
    ) -> StoreResult<()> {
        if self.is_too_large {
            self.refuse_size(problems);
        }
        for ((draft, on), referrers) in &self.blocked {
            self.refuse_blocked(ProblemLocation::draft(*draft), on, referrers, problems);
        }
        let stays = |(subject, loss): (&Subject, &RecordLoss)| Some((loss.location?, subject.clone()));
        let touched = self
            .deleted
            .iter()
            .map(|(subject, location)| (*location, subject.clone()));
        let mut touched: Vec<(ProblemLocation, Subject)> = touched.collect();
        touched.extend(
            self.losses
                .iter()
                .filter(|(_, loss)| loss.under)
                .filter_map(stays),
        );
        let memberships = &mut self.memberships;
        ownership::check(self.by, datasets, at, &touched, memberships, problems).await?;
        self.check_statements(datasets, problems);
        self.check_listed(at, &touched, problems).await
    }

    fn refuse_blocked(
        &self,
        location: ProblemLocation,
        on: &Dependency,
        referrers: &Referrers,
        problems: &mut WriteProblems,
    ) {
        let requested = self.requested.get(location.draft).map_or("", String::as_str);
        let (key, one, many) = match on {
            Dependency::Entity(id) => (id.as_str(), "refers to", "records refer to"),
            Dependency::Source(id) => (id.as_str(), "cites", "records cite"),
            Dependency::Stated(subject) => (
                subject.as_str(),
                "has a statement on",
                "data sets have statements on",
            ),
            Dependency::Evidence => (requested, "", ""),
        };
        let (with, it) = if key == requested {
            (String::new(), "it")
        } else {
            (format!("{key} would be deleted too, and "), key)
        };
        let by = list_keys(&referrers.by);
        let reason = match (on, referrers.by.len()) {
            (_, 0) => HIDDEN_REFERS.to_string(),
            (Dependency::Evidence, _) => {
                format!("this is the last statement on {by} as a whole, and every record needs one")
            }
            (_, 1) => format!("{with}{by} {one} {it}"),
            (_, count) => format!("{with}{count} {many} {it}: {by}"),
        };
        problems.push(location, Field::Id, requested, reason, HINT);
    }

    /// Checks that the writer can write to the data sets of the statements that are deleted.
    fn check_statements(&self, datasets: &[DatasetInfo], problems: &mut WriteProblems) {
        let mut blamed = BTreeSet::new();
        for loss in self.losses.values() {
            let Some(location) = loss.location else { continue };
            let foreign = datasets.iter().map(|info| &info.dataset);
            for dataset in foreign.filter(|one| loss.datasets.contains(&one.id) && !self.by.may_write(one)) {
                if !blamed.insert((location.draft, &dataset.id)) {
                    continue;
                }
                if self.by.may_see(dataset) {
                    let reason = format!(
                        "statements of data set {} would be deleted, and {} cannot write to it",
                        dataset.id, self.by.name
                    );
                    let hint = "ask the operator for a key that names that data set";
                    problems.push(location, Field::Id, self.requested_id(location), reason, hint);
                } else {
                    problems.push(
                        location,
                        Field::Id,
                        self.requested_id(location),
                        HIDDEN_REFERS,
                        HIDDEN_HINT,
                    );
                }
                problems.set_cause(ProblemCause::Forbidden);
            }
        }
    }

    /// Rejects the deletion of a source that a data set lists which the writer cannot see.
    async fn check_listed<R: Reader>(
        &mut self,
        at: &R,
        touched: &[(ProblemLocation, Subject)],
        problems: &mut WriteProblems,
    ) -> StoreResult<()> {
        if self.visibility.is_complete() {
            return Ok(());
        }
        let sources = touched
            .iter()
            .filter(|(_, subject)| matches!(subject, Subject::Source(_)));
        let (locations, subjects): (Vec<ProblemLocation>, Vec<Subject>) = sources.cloned().unzip();
        self.memberships.load_missing(at, &subjects).await?;
        for (location, subject) in locations.into_iter().zip(&subjects) {
            let mut listing = self.memberships.of(subject).iter();
            if listing.any(|id| self.visibility.hides_dataset(id.as_str())) {
                problems.push(
                    location,
                    Field::Id,
                    self.requested_id(location),
                    HIDDEN_REFERS,
                    HIDDEN_HINT,
                );
                problems.set_cause(ProblemCause::Forbidden);
            }
        }
        Ok(())
    }

    fn requested_id(&self, location: ProblemLocation) -> &str {
        self.requested.get(location.draft).map_or("", String::as_str)
    }
}

/// The first keys, and the number of the others.
fn list_keys(keys: &BTreeSet<String>) -> String {
    let mut text: Vec<&str> = keys.iter().take(NAMED_MAX).map(String::as_str).collect();
    let more = keys.len().saturating_sub(NAMED_MAX);
    let rest = format!("and {more} more");
    if more > 0 {
        text.push(&rest);
    }
    text.join(", ")
}
