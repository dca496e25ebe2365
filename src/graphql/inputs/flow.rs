//! What a flow is asked.

use async_graphql::InputObject;

use super::filter::EvidenceFilter;
use super::selector::Selector;
use super::time::{DateRange, when};
use crate::graphql::errors::{Failure, Result};
use crate::graphql::scalars::Date;
use crate::model::quantity::{QuantityStatus, Unit};
use crate::model::relation::Resource;
use crate::model::selector::AsOf;
use crate::model::walk::UndatedFacts;
use crate::service;
use crate::service::flow::{Assumption, FlowGroup, Layer, Scenario};

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
    /// Valid on that day; less than a day, as `2023`, means its last. Not given: at any time. A stock or cumulative amount that is stated
    /// of later days only is not known then: `Quantity.unknownReason`.
    as_of: Option<Date>,
    /// Valid on some day of it; with `asOf`, on that day too.
    during: Option<DateRange>,
    /// Whether relations without a date count; says something only with `asOf` or `during`.
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

impl FlowInput {
    /// When relations must hold.
    pub(in crate::graphql) fn as_of(&self) -> Result<AsOf> {
        when(self.as_of, self.during, self.undated)
    }

    /// What the Sankey is folded into.
    pub(in crate::graphql) fn group_by(&self) -> Option<FlowGroup> {
        self.group_by
    }

    pub(in crate::graphql) fn parse(self) -> Result<service::FlowInput> {
        let unit = Unit::parse(&self.unit).map_err(|error| Failure::input(format!("unit: {error}")))?;
        Ok(service::FlowInput {
            at: self.as_of()?,
            from: self.from.parse("from")?,
            to: self.to.parse("to")?,
            layer: Layer {
                resource: self.resource,
                unit,
                status: self.status.unwrap_or(QuantityStatus::Realised),
            },
            evidence: self.evidence.unwrap_or_default().of_a_trace()?,
            scenario: self.scenario,
            assumption: self.assume,
        })
    }
}
