//! The plan of an entity merge: several entities become one, and the ids of the merged ones permanently redirect to the one kept.

use std::collections::HashSet;

use chrono::Utc;

use super::changes::EntityMergeChanges;
use super::request::{EntityMerge, EntityMergeSummary};
use crate::model::change::ChangeSet;
use crate::model::field::Field;
use crate::model::id::EntityId;
use crate::service::write::access::memberships::Memberships;
use crate::service::write::access::visibility::WriterVisibility;
use crate::service::write::problem::{ProblemCause, ProblemLocation, WriteProblem, WriteProblems};
use crate::service::write::terms::PlanResult;
use crate::store::{DatasetInfo, PreparedWrite, PreviousVersions, Reader, StoreResult, WritePlan};

pub(in crate::service::write) struct EntityMergePlan {
    pub(in crate::service::write) merge: EntityMerge,
    /// Maximum number of records that one merge may touch.
    pub(in crate::service::write) records_max: usize,
}

impl WritePlan for EntityMergePlan {
    type Output = EntityMergeSummary;
    type Refusal = Vec<WriteProblem>;

    async fn prepare<R: Reader>(&mut self, at: &R) -> PlanResult<EntityMergeSummary> {
        let decided = self.decide(at).await?;
        self.merge.terms.check_revision(at.revision(), decided)
    }
}

impl EntityMergePlan {
    async fn decide<R: Reader>(&mut self, at: &R) -> PlanResult<EntityMergeSummary> {
        let mut problems = WriteProblems::default();
        let datasets = at.datasets().await?;
        let mut memberships = Memberships::default();
        let merged = self.find(at, &datasets, &mut memberships, &mut problems).await?;
        let now = Utc::now();
        let (mut changes, mut previous) = (Vec::new(), PreviousVersions::default());
        let mut summary = EntityMergeSummary::default();
        if problems.0.is_empty() && !merged.is_empty() {
            let moved =
                EntityMergeChanges::read(&self.merge, self.records_max, at, &merged, &mut problems).await?;
            moved
                .check(&self.merge, &datasets, at, &mut memberships, &mut problems)
                .await?;
            summary.relations_moved = moved.relations_moved;
            (changes, previous) = moved.into_changes(now);
            summary.ids = merged;
        }
        if !problems.0.is_empty() {
            return Ok(Err(problems.0));
        }
        Ok(Ok(PreparedWrite {
            changes: ChangeSet {
                by: self.merge.terms.by.name.clone(),
                at: now,
                changes,
            },
            previous,
            output: summary,
        }))
    }

    /// The entities to merge, each once, without those that were merged into the one kept before. All ids are resolved, also that
    /// of the entity kept.
    async fn find<R: Reader>(
        &mut self,
        at: &R,
        datasets: &[DatasetInfo],
        memberships: &mut Memberships,
        problems: &mut WriteProblems,
    ) -> StoreResult<Vec<EntityId>> {
        let visibility = WriterVisibility::new(&self.merge.terms.by, datasets, None);
        let given: Vec<EntityId> = std::iter::once(&self.merge.keep)
            .chain(&self.merge.merge)
            .cloned()
            .collect();
        let resolved = visibility.resolve(at, &given, memberships).await?;
        if let Some(kept) = resolved.first().cloned().flatten() {
            self.merge.keep = kept;
        }
        let keep = &self.merge.keep;
        let (mut merged, mut seen) = (Vec::new(), HashSet::new());
        for (place, (id, stands_for)) in given.iter().zip(&resolved).enumerate() {
            let (location, field) = (
                ProblemLocation::draft(place),
                if place == 0 { Field::Keep } else { Field::Merge },
            );
            match stands_for {
                None => {
                    problems.push(
                        location,
                        field,
                        id,
                        "no entity has this id",
                        "correct the id; `search` finds entities",
                    );
                    problems.set_cause(ProblemCause::Unknown);
                }
                Some(_) if place == 0 => {}
                Some(now) if now == keep && *id != given[0] => {}
                Some(now) if now == keep => {
                    let hint = "leave it out of `merge`";
                    problems.push(
                        location,
                        field,
                        id,
                        "an entity cannot be merged into itself",
                        hint,
                    );
                }
                Some(now) if now.kind() != keep.kind() => {
                    let reason = format!("{id} is a {}, {keep} is a {}", now.kind(), keep.kind());
                    let hint = "merge only entities of the same kind; connect others with a relation";
                    problems.push(location, field, id, reason, hint);
                }
                Some(now) => {
                    if seen.insert(now) {
                        merged.push(now.clone());
                    }
                }
            }
        }
        if problems.0.is_empty() {
            let ids: Vec<EntityId> = resolved.into_iter().flatten().collect();
            visibility.refuse_mixture(at, &ids, memberships, problems).await?;
        }
        Ok(merged)
    }
}
