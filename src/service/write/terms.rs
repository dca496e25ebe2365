//! The author of a write, and the revision that it requires.

use super::problem::WriteProblem;
use crate::model::change::Revision;
use crate::model::principal::Principal;
use crate::store::{PreparedWrite, StoreError, StoreResult};

/// The result of planning a write: the changes with their summary, or the problems.
pub(super) type PlanResult<T> = StoreResult<Result<PreparedWrite<T>, Vec<WriteProblem>>>;

/// The author of a write, and the revision that it requires.
#[derive(Clone, Debug)]
pub struct Terms {
    /// The author.
    pub by: Principal,
    /// The revision that the write requires; it fails if the graph has another revision.
    pub if_revision: Option<Revision>,
}

impl Terms {
    /// A write at any revision.
    pub fn new(by: Principal) -> Self {
        Self {
            by,
            if_revision: None,
        }
    }

    /// Fails if the graph no longer has the required revision. A plan without changes succeeds: it is probably the repetition of
    /// a call whose answer was lost.
    pub(super) fn check_revision<T>(
        &self,
        current: Revision,
        planned: Result<PreparedWrite<T>, Vec<WriteProblem>>,
    ) -> PlanResult<T> {
        let is_done = planned
            .as_ref()
            .is_ok_and(|write| write.changes.changes.is_empty());
        match self.if_revision.filter(|given| *given != current) {
            Some(given) if !is_done => Err(StoreError::RevisionMismatch { given, current }),
            _ => Ok(planned),
        }
    }
}
