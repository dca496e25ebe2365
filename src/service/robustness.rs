//! Robustness: whether an answer stands where some of its evidence counts no more.
//!
//! Once without what sources say of themselves, once without what they only imply, and once without each source. The
//! weakened questions are the same whatever is asked; what is asked again has a file of its own.

use std::collections::{BTreeMap, BTreeSet};

use super::trace::{PathCount, TraceAnswer, TraceInput};
use super::{Result, ServiceError, Session, off_thread};
use crate::model::budget::WorkBudget;
use crate::model::change::Subject;
use crate::model::id::SourceId;
use crate::model::statement::{Assertion, Evidence, EvidenceFilter, Reliability};
use crate::model::walk::TruncationReason;

/// What becomes of an answer without some evidence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RobustnessRow {
    /// Without what: `SELF_REPORTED`, `IMPLIED`, or the key of a source.
    pub without: String,
    /// Whether a path remains.
    pub holds: bool,
    /// How many paths remain.
    pub path_count: PathCount,
    /// How many relations that lay on a path lie on none any more.
    pub lost: usize,
    /// Why that may be otherwise.
    pub truncated: Option<TruncationReason>,
}

/// A filter that lets less pass than another, and what it leaves out.
struct Weakened {
    without: String,
    filter: EvidenceFilter,
}

/// The weakened questions, in the order of the rows.
fn weakened(filter: &EvidenceFilter, sources: &BTreeSet<&SourceId>) -> Vec<Weakened> {
    let reliabilities = filter.reliabilities.as_deref().unwrap_or(Reliability::ALL);
    let no_self_report = EvidenceFilter {
        reliabilities: Some(without(reliabilities, Reliability::SelfReported)),
        ..filter.clone()
    };
    let nothing_implied = EvidenceFilter {
        assertions: without(&filter.assertions, Assertion::Implied),
        ..filter.clone()
    };
    let kinds = [
        (Reliability::SelfReported.name(), no_self_report),
        (Assertion::Implied.name(), nothing_implied),
    ];
    let kinds = kinds.map(|(without, filter)| Weakened {
        without: without.into(),
        filter,
    });
    let by_source = sources.iter().map(|source| {
        let mut filter = filter.clone();
        filter.exclude_sources.push((*source).clone());
        Weakened {
            without: source.to_string(),
            filter,
        }
    });
    kinds.into_iter().chain(by_source).collect()
}

fn without<T: Copy + PartialEq>(list: &[T], one: T) -> Vec<T> {
    list.iter().copied().filter(|other| *other != one).collect()
}

impl Session {
    /// A trace asked again with less evidence: without self-reports, without what is implied, without each source of what lies
    /// on a path, by id.
    ///
    /// - **Errors.** Those of a trace; more sources than the limit.
    /// - **Calls.** Those of the trace, and one: less evidence makes no new path, so what was read is enough.
    pub async fn robustness_of_trace(&self, input: TraceInput) -> Result<Vec<RobustnessRow>> {
        let answer = self.trace(input).await?;
        let evidence = self.evidence_on_paths(&answer).await?;
        let filter = answer.input().walk.evidence.clone();
        let counting = evidence.values().flat_map(|classes| classes.iter());
        let sources: BTreeSet<&SourceId> = counting
            .filter(|class| filter.accepts(class))
            .map(|class| &class.source)
            .collect();
        let max = self.limits().robustness_sources_max;
        if sources.len() > max {
            return Err(ServiceError::OverLimit {
                what: "sources to leave out in turn",
                asked: sources.len() as u64,
                max: max as u64,
            });
        }
        let questions = weakened(&filter, &sources);
        let limits = self.limits().clone();
        off_thread(move || {
            let row = |question| again(&answer, question, &evidence, &|| limits.trace_budget());
            questions.into_iter().map(row).collect()
        })
        .await
    }

    /// What supports the entities and relations that lie on a path.
    async fn evidence_on_paths(&self, answer: &TraceAnswer) -> Result<BTreeMap<Subject, Evidence>> {
        let union = answer.union().await?;
        let entities = union.entities.iter().cloned().map(Subject::Entity);
        let relations = union.relations.iter().cloned().map(Subject::Relation);
        let subjects: Vec<Subject> = entities.chain(relations).collect();
        let evidence = self.evidence(&subjects).await?;
        Ok(subjects.into_iter().zip(evidence).collect())
    }
}

/// The answer to a weakened question.
fn again(
    answer: &TraceAnswer,
    question: Weakened,
    evidence: &BTreeMap<Subject, Evidence>,
    budget: &impl Fn() -> WorkBudget,
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
        &mut budget(),
    );
    let (before, after) = (answer.trace().union(&mut budget()), trace.union(&mut budget()));
    let remaining: BTreeSet<_> = after.relations.iter().collect();
    let path_count = trace.count(&mut budget());
    RobustnessRow {
        without: question.without,
        holds: path_count.value > 0,
        path_count,
        lost: before
            .relations
            .iter()
            .filter(|id| !remaining.contains(id))
            .count(),
        truncated: path_count.truncated.or(before.truncated).or(after.truncated),
    }
}
