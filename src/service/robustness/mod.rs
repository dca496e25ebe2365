//! Robustness: whether an answer holds if some of its evidence is removed.
//!
//! The query is repeated without self-reported evidence, without implied evidence, and without each source.
//! The weakened queries are the same for all kinds of answers; each kind has its own file.

mod flow;
mod trace;

use std::collections::BTreeSet;

use super::trace::PathCount;
use super::{Limits, Result, ServiceError};
use crate::flow::FlowAmount;
use crate::model::closed::closed_list;
use crate::model::id::SourceId;
use crate::model::statement::{Assertion, Evidence, EvidenceFilter, Reliability};
use crate::model::walk::TruncationReason;

closed_list! {
    WeakEvidence ["较弱的证据", "Weak evidence"]
        ["检验稳健性时先去掉的证据。", "Evidence that a robustness test removes first."]
    {
        SelfReported "SELF_REPORTED" ["自述证据", "Self-reported evidence"] ["来源说自己的陈述。", "Statements of sources about themselves."],
        Implied "IMPLIED" ["由上下文推得的证据", "Evidence inferred from context"]
            ["来源未直接写明、由上下文推得的陈述。",
            "Statements that sources imply without stating them."],
    }
}

/// The answer without some evidence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RobustnessRow {
    /// The removed evidence: `SELF_REPORTED`, `IMPLIED`, or the key of a source.
    pub without: String,
    /// For a trace, whether a path remains; for a flow, whether the new bounds of the total lie within the
    /// old.
    pub holds: bool,
    /// The number of remaining paths, for a trace.
    pub path_count: Option<PathCount>,
    /// The total, for a flow.
    pub total: Option<FlowAmount>,
    /// For a trace, the number of relations that are no longer on a path; for a flow, the number that no
    /// longer count, or whose amount became unknown.
    pub lost: usize,
    /// Why the row may be inexact.
    pub truncated: Option<TruncationReason>,
}

/// A stricter filter, and the evidence it removes.
struct WeakenedQuery {
    without: String,
    filter: EvidenceFilter,
    /// The remaining evidence, by which entities count as located in a region; the query does not filter
    /// that.
    placing: EvidenceFilter,
}

/// The weakened queries, in row order: without each source that supports something, by id, at most the limit.
fn weakened<'a>(
    filter: &EvidenceFilter,
    evidence: impl Iterator<Item = &'a Evidence>,
    limits: &Limits,
) -> Result<Vec<WeakenedQuery>> {
    let counting = evidence.flat_map(|classes| classes.iter());
    let sources: BTreeSet<&SourceId> = counting
        .filter(|class| filter.accepts(class))
        .map(|class| &class.source)
        .collect();
    let max = limits.robustness_sources_max;
    if sources.len() > max {
        return Err(ServiceError::OverLimit {
            what: "sources to remove in turn",
            asked: sources.len() as u64,
            max: max as u64,
        });
    }
    let kinds = [
        (WeakEvidence::SelfReported, no_self_report as fn(&_) -> _),
        (WeakEvidence::Implied, nothing_implied),
    ];
    let kinds = kinds.map(|(without, weaken)| WeakenedQuery {
        without: without.name().into(),
        filter: weaken(filter),
        placing: weaken(&EvidenceFilter::any()),
    });
    let by_source = sources.iter().map(|source| WeakenedQuery {
        without: source.to_string(),
        filter: without_source(filter, source),
        placing: without_source(&EvidenceFilter::any(), source),
    });
    Ok(kinds.into_iter().chain(by_source).collect())
}

fn no_self_report(filter: &EvidenceFilter) -> EvidenceFilter {
    let reliabilities = filter.reliabilities.as_deref().unwrap_or(Reliability::ALL);
    EvidenceFilter {
        reliabilities: Some(without(reliabilities, Reliability::SelfReported)),
        ..filter.clone()
    }
}

fn nothing_implied(filter: &EvidenceFilter) -> EvidenceFilter {
    EvidenceFilter {
        assertions: without(&filter.assertions, Assertion::Implied),
        ..filter.clone()
    }
}

fn without_source(filter: &EvidenceFilter, source: &SourceId) -> EvidenceFilter {
    let mut filter = filter.clone();
    filter.exclude_sources.push(source.clone());
    filter
}

fn without<T: Copy + PartialEq>(list: &[T], one: T) -> Vec<T> {
    list.iter().copied().filter(|other| *other != one).collect()
}
