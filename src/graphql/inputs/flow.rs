//! What a flow is asked.

use async_graphql::{Enum, InputObject};

use super::filter::EvidenceFilter;
use super::selector::Selector;
use crate::graphql::errors::{Failure, Result};
use crate::graphql::scalars::Date;
use crate::model::quantity::{QuantityStatus, Unit};
use crate::model::relation::Resource;
use crate::model::selector::AsOf;
use crate::model::walk::UndatedFacts;
use crate::service;
use crate::service::flow::{Assumption, Layer, Scenario};

/// How much some entities take in from others, in one layer.
#[derive(InputObject, Clone, Debug)]
pub(in crate::graphql) struct FlowInput {
    /// Who supplies. What a conduit puts in (a fund, programme, project or lab) is its own only where it is named by id.
    from: Selector,
    /// Who takes in: entities, or Industries, never both.
    to: Selector,
    /// What flows.
    resource: Resource,
    /// In which unit: `CNY`, `PERSON`, `PROJECT`.
    unit: String,
    /// As what kind of fact.
    #[graphql(default_with = "Some(QuantityStatus::Realised)")]
    status: Option<QuantityStatus>,
    /// Valid on that day; not given: at any time.
    as_of: Option<Date>,
    /// Whether relations without a date count; says something only with `asOf`.
    #[graphql(default_with = "Some(UndatedFacts::Include)")]
    undated: Option<UndatedFacts>,
    /// What supports each relation. Not given: STATED, IMPLIED or COMPUTED, by anyone. What fails by reliability or source stays, its
    /// amount unknown: doubt is no proof of zero.
    evidence: Option<EvidenceFilter>,
    /// Every uncertain amount at one of its ends; the answer is marked so, and bounds nothing but that network.
    scenario: Option<Scenario>,
    /// What is assumed of unknown amounts; the answer is marked `structural`.
    assume: Option<Assumption>,
    /// Folds the Sankey's entities into groups.
    group_by: Option<FlowGroup>,
}

/// What a Sankey's entities are folded into.
#[derive(Enum, Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::graphql) enum FlowGroup {
    /// Their kinds.
    Kind,
    /// The regions they lie in, each the first by id.
    Region,
}

impl FlowInput {
    /// The date that was asked for.
    pub(in crate::graphql) fn as_of(&self) -> AsOf {
        self.as_of.map(|date| date.0)
    }

    /// What the Sankey is folded into.
    pub(in crate::graphql) fn group_by(&self) -> Option<FlowGroup> {
        self.group_by
    }

    pub(in crate::graphql) fn parse(self) -> Result<service::FlowInput> {
        let unit = Unit::parse(&self.unit).map_err(|error| Failure::input(format!("unit: {error}")))?;
        Ok(service::FlowInput {
            at: self.as_of(),
            from: self.from.parse("from")?,
            to: self.to.parse("to")?,
            layer: Layer {
                resource: self.resource,
                unit,
                status: self.status.unwrap_or(QuantityStatus::Realised),
            },
            undated: self.undated.unwrap_or(UndatedFacts::Include),
            evidence: self.evidence.unwrap_or_default().of_a_trace()?,
            scenario: self.scenario,
            assumption: self.assume,
        })
    }
}
