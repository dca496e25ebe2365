//! Visibility for writers: to a writer who cannot see a data set, the ids of its records are unknown.

use std::collections::{BTreeSet, HashSet};

use super::memberships::Memberships;
use crate::model::change::Subject;
use crate::model::field::Field;
use crate::model::id::{DatasetId, EntityId};
use crate::model::principal::Principal;
use crate::model::record::{Access, Dataset};
use crate::service::write::problem::{ProblemLocation, WriteProblems};
use crate::store::{DatasetInfo, Reader, StoreResult};

/// Reason: a record that the writer cannot see refers to the record.
pub(in crate::service::write) const HIDDEN_REFERS: &str = "a record that you cannot see refers to it";
/// Hint for [`HIDDEN_REFERS`].
pub(in crate::service::write) const HIDDEN_HINT: &str = "ask the operator, or write a record of your own";

/// The data sets that are restricted once a write is done.
#[derive(Default)]
pub(in crate::service::write) struct WriterVisibility {
    pub(in crate::service::write) restricted: BTreeSet<DatasetId>,
    /// Those that the writer cannot see.
    hidden: BTreeSet<DatasetId>,
}

impl WriterVisibility {
    /// The visibility for a principal; `own` is the record of the data set that the write changes.
    pub(in crate::service::write) fn new(
        by: &Principal,
        datasets: &[DatasetInfo],
        own: Option<&Dataset>,
    ) -> Self {
        let datasets = datasets.iter().map(|info| &info.dataset);
        let others = datasets.filter(|dataset| own.is_none_or(|own| own.id != dataset.id));
        let mut visibility = Self::default();
        for dataset in others
            .chain(own)
            .filter(|dataset| dataset.access == Access::Restricted)
        {
            visibility.restricted.insert(dataset.id.clone());
            if !by.may_see(dataset) && own.is_none_or(|own| own.id != dataset.id) {
                visibility.hidden.insert(dataset.id.clone());
            }
        }
        visibility
    }

    /// Whether the writer sees everything.
    pub(in crate::service::write) fn is_complete(&self) -> bool {
        self.hidden.is_empty()
    }

    /// Whether a key is that of a data set that the writer cannot see.
    pub(in crate::service::write) fn hides_dataset(&self, key: &str) -> bool {
        self.hidden.iter().any(|id| id.as_str() == key)
    }

    /// The data sets whose changes the writer can see; `None` for all.
    pub(in crate::service::write) fn visible_datasets(
        &self,
        datasets: &[DatasetInfo],
    ) -> Option<BTreeSet<DatasetId>> {
        let ids = datasets.iter().map(|info| &info.dataset.id);
        let visible = ids.filter(|id| !self.hidden.contains(*id)).cloned();
        (!self.is_complete()).then(|| visible.collect())
    }

    /// For each record, whether the writer cannot see it.
    async fn hides_each<R: Reader>(
        &self,
        at: &R,
        subjects: &[Subject],
        memberships: &mut Memberships,
    ) -> StoreResult<Vec<bool>> {
        if self.is_complete() {
            return Ok(vec![false; subjects.len()]);
        }
        memberships.load(at, subjects).await?;
        let hides = |subject: &Subject| self.hides(subject, memberships.of(subject));
        Ok(subjects.iter().map(hides).collect())
    }

    /// Ids of deleted records whose last change the writer cannot see.
    pub(in crate::service::write) async fn hidden_keys<'k, R: Reader>(
        &self,
        at: &R,
        datasets: &[DatasetInfo],
        keys: impl Iterator<Item = &'k str>,
    ) -> StoreResult<Vec<&'k str>> {
        let keys: Vec<&str> = keys.collect();
        let Some(visible) = self.visible_datasets(datasets).filter(|_| !keys.is_empty()) else {
            return Ok(Vec::new());
        };
        let asked: Vec<String> = keys.iter().map(ToString::to_string).collect();
        let lines = at.last_lines(&asked, Some(&visible)).await?;
        let hidden = keys.into_iter().zip(lines).filter(|(_, line)| line.is_none());
        Ok(hidden.map(|(key, _)| key).collect())
    }

    /// Replaces the records that the writer cannot see by `None`.
    pub(in crate::service::write) async fn hide<R: Reader>(
        &self,
        at: &R,
        found: &mut [Option<Subject>],
        memberships: &mut Memberships,
    ) -> StoreResult<()> {
        let subjects: Vec<Subject> = found.iter().flatten().cloned().collect();
        let hides = self.hides_each(at, &subjects, memberships).await?;
        for (one, hides) in found.iter_mut().filter(|one| one.is_some()).zip(hides) {
            if hides {
                *one = None;
            }
        }
        Ok(())
    }

    /// The canonical id of each id; `None` if the writer cannot see the entity.
    pub(in crate::service::write) async fn resolve<R: Reader>(
        &self,
        at: &R,
        ids: &[EntityId],
        memberships: &mut Memberships,
    ) -> StoreResult<Vec<Option<EntityId>>> {
        let resolved = at.resolve(ids).await?;
        let mut subjects: Vec<Option<Subject>> = resolved
            .iter()
            .map(|id| id.clone().map(Subject::Entity))
            .collect();
        self.hide(at, &mut subjects, memberships).await?;
        let seen = resolved.into_iter().zip(subjects);
        Ok(seen
            .map(|(id, subject)| id.filter(|_| subject.is_some()))
            .collect())
    }

    /// The keys of the records that the writer cannot see.
    pub(in crate::service::write) async fn hidden_among<R: Reader>(
        &self,
        at: &R,
        subjects: &[Subject],
        memberships: &mut Memberships,
    ) -> StoreResult<HashSet<String>> {
        let hides = self.hides_each(at, subjects, memberships).await?;
        let hidden = subjects.iter().zip(hides).filter(|(_, hides)| *hides);
        Ok(hidden.map(|(subject, _)| subject.as_str().to_string()).collect())
    }

    pub(super) fn hides(&self, subject: &Subject, members: &[DatasetId]) -> bool {
        let mut members = members.iter().map(|id| self.hidden.contains(id));
        match subject {
            Subject::Source(_) => members.len() > 0 && members.all(|hidden| hidden),
            _ => members.any(|hidden| hidden),
        }
    }

    /// Rejects entities that do not belong to the same restricted data set or to none.
    pub(in crate::service::write) async fn refuse_mixture<R: Reader>(
        &self,
        at: &R,
        ids: &[EntityId],
        memberships: &mut Memberships,
        problems: &mut WriteProblems,
    ) -> StoreResult<()> {
        if self.restricted.is_empty() {
            return Ok(());
        }
        let subjects: Vec<Subject> = ids.iter().cloned().map(Subject::Entity).collect();
        memberships.load_missing(at, &subjects).await?;
        let restricted_of = |subject: &Subject| {
            let mut members = memberships.of(subject).iter();
            members.find(|id| self.restricted.contains(*id))
        };
        let first = subjects.first().and_then(restricted_of);
        let mismatch = subjects.iter().map(restricted_of).position(|its| its != first);
        if let Some(place) = mismatch {
            let reason = "the entities must belong to the same restricted data set or to none";
            let hint = "let the restricted data set refer to the other entity instead: a merged entity would be visible only in part";
            problems.push(
                ProblemLocation::draft(place),
                Field::Merge,
                &ids[place],
                reason,
                hint,
            );
        }
        Ok(())
    }
}
