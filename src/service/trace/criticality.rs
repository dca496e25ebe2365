//! Criticality: on which entities and relations the answer to a trace hangs, and how much is known of them.

use std::collections::{BTreeSet, HashMap};

use super::TraceInput;
use crate::model::budget::OutOfWork;
use crate::model::change::Subject;
use crate::model::entity::SharedEntity;
use crate::model::id::EntityId;
use crate::model::job::Paced as _;
use crate::model::statement::EvidenceClass;
use crate::service::workers::compute;
use crate::service::{Result, ServiceError, Session};
use crate::trace::{Critical, Part};

/// One entity or relation, and how much hangs on it.
#[derive(Clone, Debug, PartialEq)]
pub struct CriticalityRow {
    /// What was found.
    pub found: Critical,
    /// Whether it is a cohort, or a relation with one at an end: then many may stand where one row is.
    pub cohort: bool,
    /// How many sources support it, of those that count.
    pub source_count: usize,
}

impl Session {
    /// The entities between the ends and the relations on which most pairs of source and target hang, greatest first.
    ///
    /// - **Errors.** Those of a trace; and where the work ended before any path was found: no row could say so.
    /// - **Calls.** Those of the trace, and two.
    pub async fn criticality(&self, input: TraceInput, limit: usize) -> Result<Vec<CriticalityRow>> {
        let answer = self.trace(input).await?;
        let mut budget = self.limits().trace_budget();
        let ranked = compute(|| answer.trace().criticality(limit, &mut budget))?;
        let rows = ranked.map_err(|OutOfWork(_)| ServiceError::OutOfWork("finding a first path"))?;
        let ends = self.cohorts_at(&answer, &rows).await?;
        let subjects: Vec<Subject> = rows.iter().map(|row| subject(&row.part)).collect();
        let evidence = self.evidence(&subjects).await?;
        let filter = &answer.input().walk.evidence;
        let sources = |classes: &[EvidenceClass]| {
            let counted = classes.iter().filter(|class| filter.accepts(class));
            counted.map(|class| &class.source).collect::<BTreeSet<_>>().len()
        };
        let rows = rows.into_iter().zip(ends).zip(evidence);
        Ok(rows
            .map(|((found, cohort), evidence)| CriticalityRow {
                found,
                cohort,
                source_count: sources(&evidence),
            })
            .collect())
    }

    /// Whether each row is a cohort or has one at an end.
    async fn cohorts_at(&self, answer: &super::TraceAnswer, rows: &[Critical]) -> Result<Vec<bool>> {
        let subgraph = answer.trace().subgraph();
        let ends: HashMap<_, [&EntityId; 2]> = subgraph
            .relations
            .iter()
            .paced()
            .map(|r| {
                let end = |index: u32| &subgraph.entities[index as usize].id;
                (&r.id, [end(r.from), end(r.to)])
            })
            .collect();
        let at = |row: &Critical| -> Vec<EntityId> {
            match &row.part {
                Part::Entity(id) => vec![id.clone()],
                Part::Relation(id) => ends
                    .get(id)
                    .into_iter()
                    .flatten()
                    .map(|id| (*id).clone())
                    .collect(),
            }
        };
        let ids: BTreeSet<EntityId> = rows.iter().flat_map(at).collect();
        let ids: Vec<EntityId> = ids.into_iter().collect();
        let found = self.entities(&ids).await?;
        let is_cohort = |entity: &SharedEntity| entity.size.is_some();
        let cohorts: BTreeSet<&EntityId> = ids
            .iter()
            .zip(&found)
            .filter(|(_, entity)| entity.as_ref().is_some_and(is_cohort))
            .map(|(id, _)| id)
            .collect();
        Ok(rows
            .iter()
            .map(|row| at(row).iter().any(|id| cohorts.contains(id)))
            .collect())
    }
}

fn subject(part: &Part) -> Subject {
    match part {
        Part::Entity(id) => Subject::Entity(id.clone()),
        Part::Relation(id) => Subject::Relation(id.clone()),
    }
}
