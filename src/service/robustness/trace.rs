//! Robustness of a trace: the query repeated with less evidence.

use std::collections::{BTreeMap, BTreeSet};

use super::{RobustnessRow, WeakenedQuery, weakened};
use crate::model::budget::WorkBudget;
use crate::model::change::Subject;
use crate::model::statement::Evidence;
use crate::service::trace::{PathUnion, TraceAnswer, TraceInput};
use crate::service::workers::compute;
use crate::service::{Result, Session};
use crate::trace::TraceEnds;

impl Session {
    /// Repeats a trace without self-reported evidence, without implied evidence, and without each source of
    /// what lies on a path or places its ends in the regions of the query, by id.
    ///
    /// - **Errors.** Those of a trace; more sources than the limit.
    /// - **Calls.** Those of the trace, one, and those of [`TraceAnswer::placements`]; less evidence creates
    ///   no path, so nothing else is read.
    /// - **Time.** The limit of one step of a trace for all together; later rows are marked as truncated.
    pub async fn robustness_of_trace(&self, input: TraceInput) -> Result<Vec<RobustnessRow>> {
        let answer = self.trace(input).await?;
        let evidence = self.evidence_on_paths(&answer).await?;
        let placements = answer.placements_of(&answer.union().await?.entities).await?;
        let filter = answer.input().walk.evidence.clone();
        let regions = answer.input().selectors().filter_map(|one| one.region.as_ref());
        let placing = placements.evidence_up_to(regions.map(|place| &place.region));
        let all = evidence.values().chain(placing);
        let questions = weakened(&filter, all, self.limits())?;
        let limits = self.limits();
        compute(|| {
            let budget = limits.trace_budget();
            let before = answer.trace().union(&mut budget.clone());
            let row = |question: WeakenedQuery| {
                let ends = answer.ends_placed_by(&placements, &question.placing);
                again((&answer, &before), question, (ends, &evidence), &budget)
            };
            questions.into_iter().map(row).collect()
        })
    }

    /// The evidence of the entities and relations on a path.
    async fn evidence_on_paths(&self, answer: &TraceAnswer) -> Result<BTreeMap<Subject, Evidence>> {
        let union = answer.union().await?;
        let entities = union.entities.iter().cloned().map(Subject::Entity);
        let relations = union.relations.iter().cloned().map(Subject::Relation);
        let subjects: Vec<Subject> = entities.chain(relations).collect();
        let evidence = self.evidence(&subjects).await?;
        Ok(subjects.into_iter().zip(evidence).collect())
    }
}

/// The answer to a weakened query. Each step has its own work limit, and all share the deadline of the
/// budget.
fn again(
    (answer, before): (&TraceAnswer, &PathUnion),
    question: WeakenedQuery,
    (ends, evidence): (TraceEnds, &BTreeMap<Subject, Evidence>),
    budget: &WorkBudget,
) -> RobustnessRow {
    let counts = |subject: &Subject| {
        evidence
            .get(subject)
            .is_none_or(|classes| question.filter.passes(classes))
    };
    let trace = answer.trace().weakened(
        (
            |id: &_| counts(&Subject::Entity(Clone::clone(id))),
            |id: &_| counts(&Subject::Relation(Clone::clone(id))),
        ),
        ends,
        &mut budget.clone(),
    );
    let after = trace.union(&mut budget.clone());
    let remaining: BTreeSet<_> = after.relations.iter().collect();
    let path_count = trace.count(&mut budget.clone());
    RobustnessRow {
        without: question.without,
        holds: path_count.value > 0,
        path_count: Some(path_count),
        total: None,
        lost: before
            .relations
            .iter()
            .filter(|id| !remaining.contains(id))
            .count(),
        truncated: path_count.truncated.or(before.truncated).or(after.truncated),
    }
}
