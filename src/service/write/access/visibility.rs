//! What a writer may see: to one who may not see a data set, its records are ids that nothing has.

use std::collections::{BTreeSet, HashSet};

use crate::model::change::Subject;
use crate::model::id::{DatasetId, EntityId, RelationId, SourceId};
use crate::model::principal::Principal;
use crate::model::record::{Access, Dataset};
use crate::service::write::problem::{Problems, Spot};
use crate::store::{Answer, DatasetInfo, Reader};

/// Said of what refers to something and is not the writer's to see.
pub(in crate::service::write) const HIDDEN_REFERS: &str = "something that is not yours to see refers to it";
/// What to do about it.
pub(in crate::service::write) const HIDDEN_HINT: &str = "ask the operator, or write a record of your own";

/// The data sets that are restricted once a write is done.
#[derive(Default)]
pub(in crate::service::write) struct WriterVisibility {
    pub(in crate::service::write) restricted: BTreeSet<DatasetId>,
    /// Those that the writer may not see.
    hidden: BTreeSet<DatasetId>,
}

impl WriterVisibility {
    /// That of a writer whose write may bring a data set's record.
    pub(in crate::service::write) fn of(
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

    /// Whether a key is that of a data set that the writer may not see.
    pub(in crate::service::write) fn hides_dataset(&self, key: &str) -> bool {
        self.hidden.iter().any(|id| id.as_str() == key)
    }

    /// The data sets of whose changes the writer is told; none: of all.
    pub(in crate::service::write) fn visible_datasets(
        &self,
        datasets: &[DatasetInfo],
    ) -> Option<BTreeSet<DatasetId>> {
        let ids = datasets.iter().map(|info| &info.dataset.id);
        let told = ids.filter(|id| !self.hidden.contains(*id)).cloned();
        (!self.is_complete()).then(|| told.collect())
    }

    /// Which of some records the writer may not see.
    async fn hides_each<R: Reader>(&self, at: &R, subjects: &[Subject]) -> Answer<Vec<bool>> {
        if self.is_complete() {
            return Ok(vec![false; subjects.len()]);
        }
        let members = memberships(at, subjects.to_vec()).await?;
        let hides = |(subject, members): (&Subject, Vec<DatasetId>)| self.hides(subject, &members);
        Ok(subjects.iter().zip(members).map(hides).collect())
    }

    /// Those of some ids, of which nothing stands any more, whose last change the writer was not told: it was of what they may not see.
    pub(in crate::service::write) async fn hidden_keys<'k, R: Reader>(
        &self,
        at: &R,
        datasets: &[DatasetInfo],
        keys: impl Iterator<Item = &'k str>,
    ) -> Answer<Vec<&'k str>> {
        let keys: Vec<&str> = keys.collect();
        let Some(told) = self.visible_datasets(datasets).filter(|_| !keys.is_empty()) else {
            return Ok(Vec::new());
        };
        let asked: Vec<String> = keys.iter().map(ToString::to_string).collect();
        let lines = at.last_lines(&asked, Some(&told)).await?;
        let untold = keys.into_iter().zip(lines).filter(|(_, line)| line.is_none());
        Ok(untold.map(|(key, _)| key).collect())
    }

    /// Takes what the writer may not see as not there.
    pub(in crate::service::write) async fn hide<R: Reader>(
        &self,
        at: &R,
        found: &mut [Option<Subject>],
    ) -> Answer<()> {
        let subjects: Vec<Subject> = found.iter().flatten().cloned().collect();
        let hides = self.hides_each(at, &subjects).await?;
        for (one, hides) in found.iter_mut().filter(|one| one.is_some()).zip(hides) {
            if hides {
                *one = None;
            }
        }
        Ok(())
    }

    /// What each id stands for, as far as the writer may see it.
    pub(in crate::service::write) async fn resolve<R: Reader>(
        &self,
        at: &R,
        ids: &[EntityId],
    ) -> Answer<Vec<Option<EntityId>>> {
        let resolved = at.resolve(ids).await?;
        let mut subjects: Vec<Option<Subject>> = resolved
            .iter()
            .map(|id| id.clone().map(Subject::Entity))
            .collect();
        self.hide(at, &mut subjects).await?;
        let seen = resolved.into_iter().zip(subjects);
        Ok(seen
            .map(|(id, subject)| id.filter(|_| subject.is_some()))
            .collect())
    }

    /// The keys of those of some records that the writer may not see.
    pub(in crate::service::write) async fn hidden_among<R: Reader>(
        &self,
        at: &R,
        subjects: Vec<Subject>,
    ) -> Answer<HashSet<String>> {
        let hides = self.hides_each(at, &subjects).await?;
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

    /// The one restricted data set of which some entities are together; refused where they are not together.
    pub(in crate::service::write) async fn refuse_mixture<R: Reader>(
        &self,
        at: &R,
        ids: &[EntityId],
        problems: &mut Problems,
    ) -> Answer<()> {
        if self.restricted.is_empty() {
            return Ok(());
        }
        let subjects: Vec<Subject> = ids.iter().cloned().map(Subject::Entity).collect();
        let members = at.memberships(&subjects).await?;
        let of = |members: &Vec<DatasetId>| members.iter().find(|id| self.restricted.contains(*id)).cloned();
        let first = members.first().and_then(of);
        let strange = members.iter().map(of).position(|its| its != first);
        if let Some(place) = strange {
            let reason = "one of the two is of a restricted data set, and the other is not of the same";
            let hint =
                "what is one would be seen in part: let the restricted data set refer to the other instead";
            problems.push(Spot::draft(place), "merge", &ids[place], reason, hint);
        }
        Ok(())
    }
}

/// The data sets that have a row for each record. Asked in the same round trips whichever there are, and if there are none: else it
/// would take longer to find what is hidden than what is absent.
pub(in crate::service::write) async fn memberships<R: Reader>(
    at: &R,
    mut subjects: Vec<Subject>,
) -> Answer<Vec<Vec<DatasetId>>> {
    let count = subjects.len();
    subjects.extend(SourceId::parse("-").map(Subject::Source));
    subjects.extend(RelationId::parse("-").map(Subject::Relation));
    let mut members = at.memberships(&subjects).await?;
    members.truncate(count);
    Ok(members)
}
