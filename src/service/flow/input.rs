//! The input of a flow query.

use crate::flow::{Assumption, Layer, Scenario};
use crate::model::entity::EntityKind;
use crate::model::selector::{AsOf, Selector};
use crate::model::statement::EvidenceFilter;
use crate::model::walk::WalkRules;
use crate::service::{Result, ServiceError, TraceInput};

/// A query for how much some entities receive from others.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FlowInput {
    /// The suppliers.
    pub from: Selector,
    /// The recipients: Industries, or other entities, never both.
    pub to: Selector,
    /// The resource, unit and status.
    pub layer: Layer,
    /// The date on which relations must be valid.
    pub at: AsOf,
    /// The evidence that relations need.
    pub evidence: EvidenceFilter,
    /// The bound at which uncertain amounts are taken, if requested.
    pub scenario: Option<Scenario>,
    /// The assumption about unknown amounts, if requested.
    pub assumption: Option<Assumption>,
}

impl FlowInput {
    /// The trace query between the same ends; selectors are checked and resolved in the same way.
    pub(super) fn as_trace(&self) -> TraceInput {
        TraceInput {
            walk: WalkRules {
                at: self.at,
                ..WalkRules::default()
            },
            ..TraceInput::between(self.from.clone(), self.to.clone())
        }
    }
}

/// Rejects targets that mix Industries and other entities, because what Industries receive was received by
/// others before.
pub(super) fn check_targets<'a>(mut targets: impl Iterator<Item = &'a EntityKind>) -> Result<()> {
    let Some(first) = targets.next() else {
        return Ok(());
    };
    let is_industry = |kind: &EntityKind| *kind == EntityKind::Industry;
    if targets.all(|kind| is_industry(kind) == is_industry(first)) {
        return Ok(());
    }
    Err(ServiceError::Input(
        "`to` selects both Industries and other entities, whose amounts would count twice: give `kinds` or `ids` of the one, or \
         of the others"
            .into(),
    ))
}
