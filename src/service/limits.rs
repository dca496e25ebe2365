//! The limits of a request, documented in `docs/limits.md` and set on the command line.

use std::num::NonZeroUsize;
use std::time::{Duration, Instant};

use crate::model::budget::WorkBudget;

/// The limits of a request.
#[derive(Clone, Debug)]
pub struct Limits {
    /// Number of requests that compute at the same time; others wait.
    pub work_threads: NonZeroUsize,
    /// Relations that each step of a trace or walk may visit: expanding, counting, a page.
    pub trace_work_max: u64,
    /// Time limit of such a step, in milliseconds.
    pub trace_ms_max: u64,
    /// Relations on which a flow may depend.
    pub flow_relations_max: usize,
    /// Edges and coefficients that each part of a flow may visit.
    pub flow_work_max: u64,
    /// Time limit of each part of a flow, in milliseconds.
    pub flow_ms_max: u64,
    /// Relations on which a ledger may depend.
    pub ledger_relations_max: usize,
    /// Entities, and also relations, on which an indicator may depend.
    pub indicator_facts_max: usize,
    /// Sources that a robustness test removes, one after the other.
    pub robustness_sources_max: usize,
    /// Entities that a search verifies.
    pub search_candidates_max: usize,
    /// Entities on which an aggregate may depend.
    pub aggregate_entities_max: u64,
    /// Entities that a neighborhood may have.
    pub neighbourhood_entities_max: usize,
    /// Ids that one argument may list.
    pub ids_max: usize,
    /// Records that one write may contain, or affect as dependents.
    pub write_records_max: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            work_threads: std::thread::available_parallelism().unwrap_or(NonZeroUsize::MIN),
            trace_work_max: 5_000_000,
            trace_ms_max: 5_000,
            flow_relations_max: 1_000_000,
            flow_work_max: 100_000_000,
            flow_ms_max: 5_000,
            ledger_relations_max: 1_000_000,
            indicator_facts_max: 200_000,
            robustness_sources_max: 50,
            search_candidates_max: 50_000,
            aggregate_entities_max: 1_000_000,
            neighbourhood_entities_max: 5_000,
            ids_max: 10_000,
            write_records_max: 100_000,
        }
    }
}

impl Limits {
    /// A new budget for one part of a flow, starting now.
    pub fn flow_budget(&self) -> WorkBudget {
        WorkBudget::new(
            self.flow_work_max,
            Some(Instant::now() + Duration::from_millis(self.flow_ms_max)),
        )
    }

    /// A new budget for one step of a walk, starting now.
    pub fn trace_budget(&self) -> WorkBudget {
        WorkBudget::new(
            self.trace_work_max,
            Some(Instant::now() + Duration::from_millis(self.trace_ms_max)),
        )
    }
}
