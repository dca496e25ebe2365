//! The plan of a deletion of records, sources or whole data sets. Dependents are deleted too, or block the deletion.

use std::collections::{BTreeSet, HashMap, HashSet};

use super::prepare::prepare_deletion;
use super::request::{Deletion, DeletionKind, DeletionSummary};
use super::set::DeletionSet;
use crate::model::change::{ChangeAction, LogSubject, LoggedChange, Subject};
use crate::model::field::Field;
use crate::model::id::{DatasetId, EntityId};
use crate::service::write::access::memberships::Memberships;
use crate::service::write::access::visibility::WriterVisibility;
use crate::service::write::key_messages::noun;
use crate::service::write::problem::{ProblemCause, ProblemLocation, WriteProblem, WriteProblems};
use crate::service::write::terms::PlanResult;
use crate::store::{DatasetInfo, Reader, StoreResult, WritePlan};

pub(in crate::service::write) struct DeletePlan {
    pub(in crate::service::write) deletion: Deletion,
    /// Maximum number of records that one deletion may touch.
    pub(in crate::service::write) records_max: usize,
}

impl WritePlan for DeletePlan {
    type Output = DeletionSummary;
    type Refusal = Vec<WriteProblem>;

    async fn prepare<R: Reader>(&mut self, at: &R) -> PlanResult<DeletionSummary> {
        let deletion = &self.deletion;
        let mut problems = WriteProblems::default();
        let datasets = at.datasets().await?;
        let visibility = WriterVisibility::new(&deletion.terms.by, &datasets, None);
        let by = &deletion.terms.by;
        let mut set = DeletionSet::new(by, deletion.cascade, self.records_max, &visibility, &deletion.ids);
        let absent = if deletion.kind == DeletionKind::Dataset {
            let (found, absent) = self.find_datasets(at, &datasets, &mut problems).await?;
            set.add_datasets(at, found).await?;
            absent
        } else {
            let (found, absent) = self
                .find_records(at, &datasets, &visibility, &mut set.memberships, &mut problems)
                .await?;
            for (location, subject) in found {
                set.add(location, subject);
            }
            absent
        };
        prepare_deletion(set, at, &datasets, &deletion.terms, absent, problems).await
    }
}

impl DeletePlan {
    /// The data sets with the given ids, each once, and the ids of those that were deleted already.
    async fn find_datasets<R: Reader>(
        &self,
        at: &R,
        datasets: &[DatasetInfo],
        problems: &mut WriteProblems,
    ) -> StoreResult<(Vec<(ProblemLocation, DatasetId)>, Vec<String>)> {
        let ids = &self.deletion.ids;
        let ids_there: HashMap<&str, &DatasetId> = datasets
            .iter()
            .map(|info| (info.dataset.id.as_str(), &info.dataset.id))
            .collect();
        let missing: Vec<String> = ids
            .iter()
            .filter(|id| !ids_there.contains_key(id.as_str()))
            .cloned()
            .collect();
        let deleted = self.find_deleted(at, &missing, None).await?;
        let occupants = at.subjects_of_keys(&missing).await?;
        let taken: HashMap<&String, Subject> = missing
            .iter()
            .zip(occupants)
            .filter_map(|(id, occupant)| Some((id, occupant?)))
            .collect();
        let (mut found, mut absent) = (Vec::new(), Vec::new());
        for (place, id) in ids.iter().enumerate() {
            let location = ProblemLocation::draft(place);
            if let Some(dataset) = ids_there.get(id.as_str()) {
                found.push((location, (*dataset).clone()));
            } else if let Some(subject) = taken.get(id) {
                let reason = format!("{id} is {}, not a data set", noun(subject));
                problems.push(
                    location,
                    Field::Id,
                    id,
                    reason,
                    "delete it with the mutation for its type",
                );
            } else if deleted.contains(id) {
                absent.push(id.clone());
            } else {
                problems.push(
                    location,
                    Field::Id,
                    id,
                    "no data set has this id",
                    "correct the id; `datasets` lists the data sets",
                );
                problems.set_cause(ProblemCause::Unknown);
            }
        }
        Ok((found, absent))
    }

    /// The records with the given keys, each once, and the keys of those that were deleted already.
    async fn find_records<R: Reader>(
        &self,
        at: &R,
        datasets: &[DatasetInfo],
        visibility: &WriterVisibility,
        memberships: &mut Memberships,
        problems: &mut WriteProblems,
    ) -> StoreResult<(Vec<(ProblemLocation, Subject)>, Vec<String>)> {
        let Deletion { kind, ids, .. } = &self.deletion;
        let mut occupants = at.subjects_of_keys(ids).await?;
        visibility.hide(at, &mut occupants, memberships).await?;
        let absent = ids.iter().zip(&occupants).filter(|(_, found)| found.is_none());
        let absent: Vec<String> = absent.map(|(id, _)| id.clone()).collect();
        let deleted = self
            .find_deleted(at, &absent, visibility.visible_datasets(datasets))
            .await?;
        // A merged id stays taken, so only the store can say whether it is an entity's own.
        let entities: Vec<EntityId> = ids.iter().filter_map(|id| EntityId::parse(id).ok()).collect();
        let redirects: HashMap<EntityId, EntityId> =
            at.redirects(Some(&entities)).await?.into_iter().collect();
        let kept: Vec<EntityId> = redirects.values().cloned().collect();
        let existing = at.resolve(&kept).await?;
        let existing: HashSet<EntityId> = existing.into_iter().flatten().collect();
        let hidden = visibility
            .hidden_keys(at, datasets, ids.iter().map(String::as_str))
            .await?;
        let hidden: HashSet<&str> = hidden.into_iter().collect();
        let redirect_of = |subject: &Subject| match subject {
            Subject::Entity(id) => redirects.get(id),
            _ => None,
        };
        let (mut found, mut gone) = (Vec::with_capacity(ids.len()), Vec::new());
        let mut seen = HashSet::new();
        for (place, (id, occupant)) in ids.iter().zip(occupants).enumerate() {
            let location = ProblemLocation::draft(place);
            let merged_into = occupant.as_ref().and_then(redirect_of);
            match (occupant, merged_into) {
                (None, _) if deleted.contains(id) => gone.push(id.clone()),
                // The entity that it redirects to is deleted, and so is the id.
                (Some(_), Some(kept)) if !existing.contains(kept) && !hidden.contains(id.as_str()) => {
                    gone.push(id.clone());
                }
                (Some(_), Some(kept)) if existing.contains(kept) => {
                    let hint = format!("delete {kept} if that is what you mean");
                    problems.push(
                        location,
                        Field::Id,
                        id,
                        format!("{id} was merged into {kept}"),
                        hint,
                    );
                }
                (None, _) | (Some(_), Some(_)) => {
                    let hint = "correct the id, or leave it out";
                    problems.push(
                        location,
                        Field::Id,
                        id,
                        format!("no {} has this id", kind.noun()),
                        hint,
                    );
                    problems.set_cause(ProblemCause::Unknown);
                }
                (Some(subject), None) if !kind.matches(&subject) => {
                    let reason = format!("{id} is {}, not {}", noun(&subject), kind.noun_with_article());
                    problems.push(
                        location,
                        Field::Id,
                        id,
                        reason,
                        "delete it with the mutation for its type",
                    );
                }
                (Some(subject), None) => {
                    if seen.insert(id.as_str()) {
                        found.push((location, subject));
                    }
                }
            }
        }
        Ok((found, gone))
    }

    /// The absent keys that had a deleted record of the kind. Repeating a deletion whose answer was lost succeeds, and an unknown
    /// id is an error.
    async fn find_deleted<R: Reader>(
        &self,
        at: &R,
        keys: &[String],
        visible: Option<BTreeSet<DatasetId>>,
    ) -> StoreResult<HashSet<String>> {
        if keys.is_empty() {
            return Ok(HashSet::new());
        }
        let is_done = |line: &LoggedChange| match &line.changed {
            LogSubject::Record(subject) => {
                line.action == ChangeAction::Deleted && self.deletion.kind.matches(subject)
            }
            LogSubject::Dataset(_) => {
                line.action == ChangeAction::Deleted && self.deletion.kind == DeletionKind::Dataset
            }
        };
        let lines = at.last_lines(keys, visible.as_ref()).await?;
        let done = lines.into_iter().flatten().filter(is_done);
        Ok(done.map(|line| line.changed.as_str().to_string()).collect())
    }
}
