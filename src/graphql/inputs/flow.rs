//! The input of the queries that compute a flow. The doc comments of the struct and its fields are
//! descriptions of the schema.

use async_graphql::InputObject;

use super::filter::EvidenceFilter;
use super::selector::Selector;
use super::time::{DateRange, time_filter};
use crate::graphql::errors::{Failure, Result};
use crate::graphql::scalars::Date;
use crate::model::quantity::{QuantityStatus, Unit};
use crate::model::resource::Resource;
use crate::model::selector::AsOf;
use crate::model::walk::UndatedFacts;
use crate::service;
use crate::service::flow::{Assumption, FlowGroup, Layer, Scenario};

/// A flow: how much some entities receive from others, in one layer (one resource, unit and status).
#[derive(InputObject, Clone, Debug)]
pub(in crate::graphql) struct FlowInput {
    /// Entities that supply. Amounts that a conduit (a fund, program, project or lab) puts in count as its
    /// own only if the conduit is selected by id.
    from: Selector,
    /// Entities that receive: industries or other entities, never both.
    to: Selector,
    /// Resource that flows.
    resource: Resource,
    /// Unit of the amounts, such as `CNY`, `PERSON` or `PROJECT`.
    unit: String,
    /// Status of the amounts.
    #[graphql(default_with = "Some(QuantityStatus::Realised)")]
    status: Option<QuantityStatus>,
    /// Day on which facts must hold; an incomplete date such as `2023` means its last day. Default: any time.
    /// A stock or cumulative amount that is stated only of later days is unknown: see
    /// `Quantity.unknownReason`.
    as_of: Option<Date>,
    /// Period in which facts must hold on at least one day. With `asOf`, they must hold on that day too.
    during: Option<DateRange>,
    /// Whether relations without a date count; applies only with `asOf` or `during`.
    #[graphql(default_with = "Some(UndatedFacts::Include)")]
    undated: Option<UndatedFacts>,
    /// Evidence that each relation needs. Default: STATED, IMPLIED or COMPUTED, of any reliability and from
    /// any source. A relation that fails by reliability or source is kept with an unknown amount, since
    /// doubtful evidence does not prove an amount of zero.
    evidence: Option<EvidenceFilter>,
    /// Scenario that sets every uncertain amount to one of its ends. The answer is marked accordingly, and
    /// its bounds hold only for that network.
    scenario: Option<Scenario>,
    /// Assumption about unknown amounts. The answer is marked `structural`.
    assume: Option<Assumption>,
    /// Grouping of the entities in the Sankey diagram.
    group_by: Option<FlowGroup>,
}

impl FlowInput {
    /// The time filter that relations must pass; `None` for any time.
    pub(in crate::graphql) fn as_of(&self) -> Result<AsOf> {
        time_filter(self.as_of, self.during, self.undated)
    }

    /// The grouping of the entities in the Sankey diagram.
    pub(in crate::graphql) fn group_by(&self) -> Option<FlowGroup> {
        self.group_by
    }

    /// The input as the service takes it; fails if the unit, a selector, a date or the evidence filter is not valid.
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
            evidence: self.evidence.unwrap_or_default().for_trace()?,
            scenario: self.scenario,
            assumption: self.assume,
        })
    }
}
