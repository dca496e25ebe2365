//! Who writes, and on what terms.

use super::problem::Problem;
use crate::model::change::Revision;
use crate::model::principal::Principal;
use crate::store::{Answer, PreparedWrite, StoreError};

/// What a plan came to: the changes to make with their summary, or why none are made.
pub(super) type Planned<T> = Answer<Result<PreparedWrite<T>, Vec<Problem>>>;

/// Who writes, and on what terms.
#[derive(Clone, Debug)]
pub struct Terms {
    /// Who writes.
    pub by: Principal,
    /// The revision that the writer has seen: the write is refused where the graph has moved on from it.
    pub if_revision: Option<Revision>,
}

impl Terms {
    /// Whatever the revision.
    pub fn of(by: Principal) -> Self {
        Self {
            by,
            if_revision: None,
        }
    }

    /// Refuses what was planned where the graph has moved on from the revision that the writer has seen. Where nothing is left to
    /// do the plan stands: the call was made before, and its answer was lost.
    pub(super) fn check_revision<T>(
        &self,
        current: Revision,
        planned: Result<PreparedWrite<T>, Vec<Problem>>,
    ) -> Planned<T> {
        let is_done = planned
            .as_ref()
            .is_ok_and(|write| write.changes.changes.is_empty());
        match self.if_revision.filter(|given| *given != current) {
            Some(given) if !is_done => Err(StoreError::Stale { given, current }),
            _ => Ok(planned),
        }
    }
}
