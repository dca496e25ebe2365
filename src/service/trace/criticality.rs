//! Criticality: the entities and relations on which the answer to a trace depends, and their evidence.

use std::collections::{BTreeSet, HashMap};

use super::TraceInput;
use crate::model::budget::BudgetExhausted;
use crate::model::change::Subject;
use crate::model::entity::SharedEntity;
use crate::model::id::EntityId;
use crate::model::job::Paced as _;
use crate::model::statement::EvidenceClass;
use crate::service::workers::compute;
use crate::service::{Result, ServiceError, Session};
use crate::trace::{CriticalPart, Criticality};

/// The criticality of one entity or relation.
#[derive(Clone, Debug, PartialEq)]
pub struct CriticalityRow {
    /// The criticality.
    pub criticality: Criticality,
    /// Whether it is a cohort, or a relation with one at an end, so that one row may stand for many.
    pub cohort: bool,
    /// The number of accepted sources that support it.
    pub source_count: usize,
}

impl Session {
    /// Ranks the intermediate entities and the relations by how many pairs of source and target depend on
    /// them, greatest first.
    ///
    /// - **Errors.** Those of a trace; an exhausted budget before any path was found.
    /// - **Calls.** Those of the trace, and two.
    pub async fn criticality(&self, input: TraceInput, limit: usize) -> Result<Vec<CriticalityRow>> {
        let answer = self.trace(input).await?;
        let mut budget = self.limits().trace_budget();
        let ranked = compute(|| answer.trace().criticality(limit, &mut budget))?;
        let rows = ranked
            .map_err(|BudgetExhausted(_)| ServiceError::BudgetExhausted("searching for a first path"))?;
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
                criticality: found,
                cohort,
                source_count: sources(&evidence),
            })
            .collect())
    }

    /// Whether each row is a cohort, or has one at an end.
    async fn cohorts_at(&self, answer: &super::TraceAnswer, rows: &[Criticality]) -> Result<Vec<bool>> {
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
        let at = |row: &Criticality| -> Vec<EntityId> {
            match &row.part {
                CriticalPart::Entity(id) => vec![id.clone()],
                CriticalPart::Relation(id) => ends
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

fn subject(part: &CriticalPart) -> Subject {
    match part {
        CriticalPart::Entity(id) => Subject::Entity(id.clone()),
        CriticalPart::Relation(id) => Subject::Relation(id.clone()),
    }
}
