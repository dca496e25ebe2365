//! The plan of a deletion: of records, of sources or of whole data sets. What depends on them is deleted too, or keeps them from
//! being deleted.

use std::collections::{BTreeSet, HashMap, HashSet};

use chrono::Utc;

use super::request::{Deletion, DeletionKind, DeletionSummary};
use super::set::DeletionSet;
use crate::model::change::{ChangeAction, ChangeSet, Subject};
use crate::model::id::{DatasetId, EntityId};
use crate::model::log::{Changed, LoggedChange};
use crate::service::write::access::visibility::WriterVisibility;
use crate::service::write::key_messages::noun;
use crate::service::write::problem::{Cause, Problem, Problems, Spot};
use crate::service::write::terms::Planned;
use crate::store::{Answer, DatasetInfo, Plan, PreparedWrite, Reader};

pub(in crate::service::write) struct DeletePlan {
    pub(in crate::service::write) deletion: Deletion,
    /// Records that one deletion may touch.
    pub(in crate::service::write) records_max: usize,
}

impl Plan for DeletePlan {
    type Output = DeletionSummary;
    type Refusal = Vec<Problem>;

    async fn prepare<R: Reader>(&mut self, at: &R) -> Planned<DeletionSummary> {
        let decided = self.decide(at).await?;
        self.deletion.terms.check_revision(at.revision(), decided)
    }
}

impl DeletePlan {
    async fn decide<R: Reader>(&self, at: &R) -> Planned<DeletionSummary> {
        let deletion = &self.deletion;
        let mut problems = Problems::default();
        let datasets = at.datasets().await?;
        let visibility = WriterVisibility::of(&deletion.terms.by, &datasets, None);
        let by = &deletion.terms.by;
        let mut set = DeletionSet::new(by, deletion.cascade, self.records_max, &visibility, &deletion.ids);
        let absent = if deletion.kind == DeletionKind::Dataset {
            let (found, absent) = self.found_datasets(at, &datasets, &mut problems).await?;
            set.add_datasets(at, found).await?;
            absent
        } else {
            let (found, absent) = self.found(at, &datasets, &visibility, &mut problems).await?;
            for (spot, subject) in found {
                set.add(spot, subject);
            }
            absent
        };
        set.add_dependents(at).await?;
        set.check(&datasets, at, &mut problems).await?;
        if !problems.0.is_empty() {
            return Ok(Err(problems.0));
        }
        let (changes, summary) = set.changes(at).await?;
        Ok(Ok(PreparedWrite {
            changes: ChangeSet {
                by: by.name.clone(),
                at: Utc::now(),
                changes,
            },
            output: DeletionSummary { absent, ..summary },
        }))
    }

    /// The data sets that the ids name, each once, and the ids of those that were deleted already.
    async fn found_datasets<R: Reader>(
        &self,
        at: &R,
        datasets: &[DatasetInfo],
        problems: &mut Problems,
    ) -> Answer<(Vec<(Spot, DatasetId)>, Vec<String>)> {
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
        let deleted = self.deleted(at, &missing, None).await?;
        let occupants = at.occupants(&missing).await?;
        let taken: HashMap<&String, Subject> = missing
            .iter()
            .zip(occupants)
            .filter_map(|(id, occupant)| Some((id, occupant?)))
            .collect();
        let (mut found, mut absent) = (Vec::new(), Vec::new());
        for (place, id) in ids.iter().enumerate() {
            let spot = Spot::draft(place);
            if let Some(dataset) = ids_there.get(id.as_str()) {
                found.push((spot, (*dataset).clone()));
            } else if let Some(subject) = taken.get(id) {
                let reason = format!("{id} is {}, not a data set", noun(subject));
                problems.push(spot, "id", id, reason, "delete it with the mutation for its sort");
            } else if deleted.contains(id) {
                absent.push(id.clone());
            } else {
                problems.push(
                    spot,
                    "id",
                    id,
                    "no data set has this id",
                    "`datasets` lists those there are",
                );
                problems.cause(Cause::Unknown);
            }
        }
        Ok((found, absent))
    }

    /// The records that the keys stand for, each once, and the keys of what was deleted already.
    async fn found<R: Reader>(
        &self,
        at: &R,
        datasets: &[DatasetInfo],
        visibility: &WriterVisibility,
        problems: &mut Problems,
    ) -> Answer<(Vec<(Spot, Subject)>, Vec<String>)> {
        let Deletion { kind, ids, .. } = &self.deletion;
        let mut occupants = at.occupants(ids).await?;
        visibility.hide(at, &mut occupants).await?;
        let absent = ids.iter().zip(&occupants).filter(|(_, found)| found.is_none());
        let absent: Vec<String> = absent.map(|(id, _)| id.clone()).collect();
        let deleted = self
            .deleted(at, &absent, visibility.visible_datasets(datasets))
            .await?;
        // A merged id stays taken, so only the store can say whether it is an entity's own.
        let entities: Vec<EntityId> = ids.iter().filter_map(|id| EntityId::parse(id).ok()).collect();
        let led: HashMap<EntityId, EntityId> = at.redirects(Some(&entities)).await?.into_iter().collect();
        let kept: Vec<EntityId> = led.values().cloned().collect();
        let stands = at.resolve(&kept).await?;
        let stands: HashSet<EntityId> = stands.into_iter().flatten().collect();
        let untold = visibility
            .hidden_keys(at, datasets, ids.iter().map(String::as_str))
            .await?;
        let untold: HashSet<&str> = untold.into_iter().collect();
        let merged_into = |subject: &Subject| match subject {
            Subject::Entity(id) => led.get(id),
            _ => None,
        };
        let (mut found, mut gone) = (Vec::with_capacity(ids.len()), Vec::new());
        let mut seen = HashSet::new();
        for (place, (id, occupant)) in ids.iter().zip(occupants).enumerate() {
            let spot = Spot::draft(place);
            let led = occupant.as_ref().and_then(merged_into);
            match (occupant, led) {
                (None, _) if deleted.contains(id) => gone.push(id.clone()),
                // What it led to is gone, and it with that.
                (Some(_), Some(kept)) if !stands.contains(kept) && !untold.contains(id.as_str()) => {
                    gone.push(id.clone());
                }
                (Some(_), Some(kept)) if stands.contains(kept) => {
                    let hint = format!("delete {kept} if that is what you mean");
                    problems.push(spot, "id", id, format!("{id} was merged into {kept}"), hint);
                }
                (None, _) | (Some(_), Some(_)) => {
                    let hint = "correct the id, or leave it out";
                    problems.push(spot, "id", id, format!("no {} has this id", kind.noun()), hint);
                    problems.cause(Cause::Unknown);
                }
                (Some(subject), None) if !kind.fits(&subject) => {
                    let reason = format!("{id} is {}, not {}", noun(&subject), kind.noun());
                    problems.push(spot, "id", id, reason, "delete it with the mutation for its sort");
                }
                (Some(subject), None) => {
                    if seen.insert(id.as_str()) {
                        found.push((spot, subject));
                    }
                }
            }
        }
        Ok((found, gone))
    }

    /// Which of some keys, that no record has, had one of the kind that was deleted: who sends a deletion again, because its answer was
    /// lost, is told that it is done, and not what someone is told who mistook an id.
    async fn deleted<R: Reader>(
        &self,
        at: &R,
        keys: &[String],
        told: Option<BTreeSet<DatasetId>>,
    ) -> Answer<HashSet<String>> {
        if keys.is_empty() {
            return Ok(HashSet::new());
        }
        let is_done = |line: &LoggedChange| match &line.changed {
            Changed::Record(subject) => {
                line.action == ChangeAction::Deleted && self.deletion.kind.fits(subject)
            }
            Changed::Dataset(_) => {
                line.action == ChangeAction::Deleted && self.deletion.kind == DeletionKind::Dataset
            }
        };
        let lines = at.last_lines(keys, told.as_ref()).await?;
        let done = lines.into_iter().flatten().filter(is_done);
        Ok(done.map(|line| line.changed.as_str().to_string()).collect())
    }
}
