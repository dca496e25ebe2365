//! What a flow is asked.

use crate::flow::{Assumption, Layer, Scenario};
use crate::model::entity::EntityKind;
use crate::model::selector::{AsOf, Selector};
use crate::model::statement::EvidenceFilter;
use crate::model::walk::Walk;
use crate::service::{Result, ServiceError, TraceInput};

/// A question for how much some entities take in from others.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FlowInput {
    /// Who supplies.
    pub from: Selector,
    /// Who takes in: entities, or Industries, never both.
    pub to: Selector,
    /// What flows.
    pub layer: Layer,
    /// When relations must hold.
    pub at: AsOf,
    /// What evidence relations need.
    pub evidence: EvidenceFilter,
    /// At which end uncertain amounts are taken, where that is asked for.
    pub scenario: Option<Scenario>,
    /// What is assumed of unknown amounts, where that is asked for.
    pub assumption: Option<Assumption>,
}

impl FlowInput {
    /// The trace between the same ends: selectors are checked and followed alike.
    pub(super) fn as_trace(&self) -> TraceInput {
        TraceInput {
            walk: Walk {
                at: self.at,
                ..Walk::default()
            },
            ..TraceInput::between(self.from.clone(), self.to.clone())
        }
    }
}

/// Refuses targets of which some are Industries: what they take in was taken in by others before.
pub(super) fn check_targets<'a>(mut targets: impl Iterator<Item = &'a EntityKind>) -> Result<()> {
    let Some(first) = targets.next() else {
        return Ok(());
    };
    let is_industry = |kind: &EntityKind| *kind == EntityKind::Industry;
    if targets.all(|kind| is_industry(kind) == is_industry(first)) {
        return Ok(());
    }
    Err(ServiceError::Input(
        "`to` picks Industries and other entities, and what those take in would count twice: give `kinds` or `ids` of the one, or \
         of the others"
            .into(),
    ))
}
