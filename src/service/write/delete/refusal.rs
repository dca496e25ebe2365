//! Refuses deletions: of what something depends on, and of what is not the writer's to delete.

use std::collections::BTreeSet;

use super::dependency::{Dependency, Referrers};
use super::set::{DeletionSet, RecordLoss};
use crate::model::change::Subject;
use crate::service::write::access::ownership;
use crate::service::write::access::visibility::{HIDDEN_HINT, HIDDEN_REFERS, memberships};
use crate::service::write::problem::{Cause, Problems, Spot};
use crate::store::{Answer, DatasetInfo, Reader};

/// How many of those that refer to something a problem names.
const NAMED_MAX: usize = 20;
const HINT: &str = "delete them first, or give `cascade: true`, which takes them away too";

impl DeletionSet<'_> {
    fn refuse_size(&self, problems: &mut Problems) {
        let reason = format!("more than {} records would go with these", self.records_max);
        let hint = "delete fewer at a time, or have the operator raise `--write-records-max`";
        problems.batch("cascade", self.cascade, reason, hint);
    }

    /// Reports why the records cannot be deleted.
    pub(in crate::service::write) async fn check<R: Reader>(
        &self,
        datasets: &[DatasetInfo],
        at: &R,
        problems: &mut Problems,
    ) -> Answer<()> {
        if self.is_too_large {
            self.refuse_size(problems);
        }
        for ((draft, on), referrers) in &self.blocked {
            self.refuse_blocked(Spot::draft(*draft), on, referrers, problems);
        }
        let stays = |(subject, loss): (&Subject, &RecordLoss)| Some((loss.spot?, subject.clone()));
        let touched = self
            .deleted
            .iter()
            .map(|(subject, spot)| (*spot, subject.clone()));
        let mut touched: Vec<(Spot, Subject)> = touched.collect();
        touched.extend(
            self.losses
                .iter()
                .filter(|(_, loss)| loss.under)
                .filter_map(stays),
        );
        ownership::check(self.by, datasets, at, &touched, problems).await?;
        self.check_statements(datasets, problems);
        self.check_listed(at, &touched, problems).await
    }

    fn refuse_blocked(&self, spot: Spot, on: &Dependency, referrers: &Referrers, problems: &mut Problems) {
        let asked = self.asked.get(spot.draft).map_or("", String::as_str);
        let (key, one, many) = match on {
            Dependency::Entity(id) => (id.as_str(), "refers to", "records refer to"),
            Dependency::Source(id) => (id.as_str(), "cites", "records cite"),
            Dependency::Stated(subject) => (subject.as_str(), "states on", "data sets state on"),
            Dependency::Evidence => (asked, "", ""),
        };
        let (with, it) = if key == asked {
            (String::new(), "it")
        } else {
            (format!("{key} goes with it, and "), key)
        };
        let by = named(&referrers.by);
        let reason = match (on, referrers.by.len()) {
            (_, 0) => HIDDEN_REFERS.to_string(),
            (Dependency::Evidence, _) => {
                format!("it is the last that states {by} as a whole, and every record is stated")
            }
            (_, 1) => format!("{with}{by} {one} {it}"),
            (_, count) => format!("{with}{count} {many} {it}: {by}"),
        };
        problems.push(spot, "id", asked, reason, HINT);
    }

    /// Statements that a record loses are of data sets in which the writer may write.
    fn check_statements(&self, datasets: &[DatasetInfo], problems: &mut Problems) {
        let mut blamed = BTreeSet::new();
        for loss in self.losses.values() {
            let Some(spot) = loss.spot else { continue };
            let foreign = datasets.iter().map(|info| &info.dataset);
            for dataset in foreign.filter(|one| loss.datasets.contains(&one.id) && !self.by.may_write(one)) {
                if !blamed.insert((spot.draft, &dataset.id)) {
                    continue;
                }
                if self.by.may_see(dataset) {
                    let reason = format!(
                        "statements of data set {} would go, in which {} may not write",
                        dataset.id, self.by.name
                    );
                    let hint = "ask for a key of that data set";
                    problems.push(spot, "id", self.asked_at(spot), reason, hint);
                } else {
                    problems.push(spot, "id", self.asked_at(spot), HIDDEN_REFERS, HIDDEN_HINT);
                }
                problems.cause(Cause::Forbidden);
            }
        }
    }

    /// A source stays that a data set lists which the writer may not see.
    async fn check_listed<R: Reader>(
        &self,
        at: &R,
        touched: &[(Spot, Subject)],
        problems: &mut Problems,
    ) -> Answer<()> {
        if self.visibility.is_complete() {
            return Ok(());
        }
        let sources = touched
            .iter()
            .filter(|(_, subject)| matches!(subject, Subject::Source(_)));
        let (spots, subjects): (Vec<Spot>, Vec<Subject>) = sources.cloned().unzip();
        for (spot, listing) in spots.into_iter().zip(memberships(at, subjects).await?) {
            if listing
                .iter()
                .any(|id| self.visibility.hides_dataset(id.as_str()))
            {
                problems.push(spot, "id", self.asked_at(spot), HIDDEN_REFERS, HIDDEN_HINT);
                problems.cause(Cause::Forbidden);
            }
        }
        Ok(())
    }

    fn asked_at(&self, spot: Spot) -> &str {
        self.asked.get(spot.draft).map_or("", String::as_str)
    }
}

/// The first of some keys, and how many more there are.
fn named(keys: &BTreeSet<String>) -> String {
    let mut text: Vec<&str> = keys.iter().take(NAMED_MAX).map(String::as_str).collect();
    let more = keys.len().saturating_sub(NAMED_MAX);
    let rest = format!("and {more} more");
    if more > 0 {
        text.push(&rest);
    }
    text.join(", ")
}
