//! The limits of a use case. Each is documented in `docs/limits.md`, and set by the command line.

use std::num::NonZeroUsize;
use std::time::{Duration, Instant};

use crate::model::budget::WorkBudget;

/// How much an answer may cost.
#[derive(Clone, Debug)]
pub struct Limits {
    /// Questions that compute at a time; the others wait for their turn.
    pub work_threads: NonZeroUsize,
    /// Relations that a trace, or another walk, may look at, at each of its steps: expanding, counting, a page.
    pub trace_work_max: u64,
    /// How long such a step may take, in milliseconds.
    pub trace_ms_max: u64,
    /// Relations that a flow may rest on.
    pub flow_relations_max: usize,
    /// Links and coefficients that each part of a flow may look at.
    pub flow_work_max: u64,
    /// How long each part of a flow may take, in milliseconds.
    pub flow_ms_max: u64,
    /// Relations that a ledger may rest on.
    pub ledger_relations_max: usize,
    /// Entities, and as many relations, that an indicator may rest on.
    pub indicator_facts_max: usize,
    /// Sources that a trace is asked again without, one after the other.
    pub robustness_sources_max: usize,
    /// Entities that a search verifies.
    pub search_candidates_max: usize,
    /// Entities that an aggregate may rest on.
    pub aggregate_entities_max: u64,
    /// Entities that a neighbourhood may have.
    pub neighbourhood_entities_max: usize,
    /// Ids that one argument may list.
    pub ids_max: usize,
    /// Records that one write may name, or take along.
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
    /// A fresh budget for one part of a flow, from now on.
    pub fn flow_budget(&self) -> WorkBudget {
        WorkBudget::new(
            self.flow_work_max,
            Some(Instant::now() + Duration::from_millis(self.flow_ms_max)),
        )
    }

    /// A fresh budget for one step of a walk, from now on.
    pub fn trace_budget(&self) -> WorkBudget {
        WorkBudget::new(
            self.trace_work_max,
            Some(Instant::now() + Duration::from_millis(self.trace_ms_max)),
        )
    }
}
