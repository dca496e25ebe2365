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
use crate::model::id::SourceId;
use crate::model::statement::{Assertion, Evidence, EvidenceFilter, Reliability};
use crate::model::walk::TruncationReason;

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
    Ok(kinds.into_iter().chain(by_source).collect())
}

fn without<T: Copy + PartialEq>(list: &[T], one: T) -> Vec<T> {
    list.iter().copied().filter(|other| *other != one).collect()
}
