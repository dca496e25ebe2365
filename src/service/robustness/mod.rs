//! Robustness: whether an answer stands where some of its evidence counts no more.
//!
//! Once without what sources say of themselves, once without what they only imply, and once without each source. The
//! weakened questions are the same whatever is asked; what is asked again has a file of its own.

mod flow;
mod trace;

use std::collections::BTreeSet;

use super::trace::PathCount;
use super::{Limits, Result, ServiceError};
use crate::flow::Amount;
use crate::model::closed::closed_list;
use crate::model::id::SourceId;
use crate::model::statement::{Assertion, Evidence, EvidenceFilter, Reliability};
use crate::model::walk::TruncationReason;

closed_list! {
    WeakEvidence ["较弱的证据", "Weak evidence"]
        ["检验稳健性时先去掉的证据。", "Evidence that a test of robustness leaves out first."]
    {
        SelfReported "SELF_REPORTED" ["自述证据", "Self-reported evidence"] ["来源说自己的陈述。", "What sources say of themselves."],
        Implied "IMPLIED" ["由上下文推得的证据", "Evidence inferred from context"]
            ["来源未直接写明、由上下文推得的陈述。",
            "What sources imply without saying it."],
    }
}

/// What becomes of an answer without some evidence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RobustnessRow {
    /// Without what: `SELF_REPORTED`, `IMPLIED`, or the key of a source.
    pub without: String,
    /// Whether a path remains; of a flow, whether the new bounds of its total lie within the old.
    pub holds: bool,
    /// How many paths remain, of a trace.
    pub path_count: Option<PathCount>,
    /// The total, of a flow.
    pub total: Option<Amount>,
    /// How many relations that lay on a path lie on none any more; of a flow, how many that counted are out, or their amounts in doubt.
    pub lost: usize,
    /// Why that may be otherwise.
    pub truncated: Option<TruncationReason>,
}

/// A filter that lets less pass than another, and what it leaves out.
struct Weakened {
    without: String,
    filter: EvidenceFilter,
    /// What is left of all evidence: by it entities count as of a region, which a question does not filter.
    placing: EvidenceFilter,
}

/// The weakened questions, in the order of the rows: without each source that supports something, by id, no more of them than the limit.
fn weakened<'a>(
    filter: &EvidenceFilter,
    evidence: impl Iterator<Item = &'a Evidence>,
    limits: &Limits,
) -> Result<Vec<Weakened>> {
    let counting = evidence.flat_map(|classes| classes.iter());
    let sources: BTreeSet<&SourceId> = counting
        .filter(|class| filter.accepts(class))
        .map(|class| &class.source)
        .collect();
    let max = limits.robustness_sources_max;
    if sources.len() > max {
        return Err(ServiceError::OverLimit {
            what: "sources to leave out in turn",
            asked: sources.len() as u64,
            max: max as u64,
        });
    }
    let kinds = [
        (WeakEvidence::SelfReported, no_self_report as fn(&_) -> _),
        (WeakEvidence::Implied, nothing_implied),
    ];
    let kinds = kinds.map(|(without, weaken)| Weakened {
        without: without.name().into(),
        filter: weaken(filter),
        placing: weaken(&EvidenceFilter::any()),
    });
    let by_source = sources.iter().map(|source| Weakened {
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
