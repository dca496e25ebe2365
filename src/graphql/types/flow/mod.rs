//! A flow: amounts by source, target and industry, and the missing facts. Each part is computed only if the query
//! selects it.

mod amounts;
mod attribution;
mod missing;
mod sankey;

use async_graphql::{Context, Object, SimpleObject};

pub(in crate::graphql) use amounts::FlowAmount;
use amounts::{FlowOrigin, FlowShare, IndustryFlow};
use attribution::{FlowAttribution, pairs};
use missing::MissingFact;
use sankey::Sankey;

use super::entity::EntityAtDate;
use super::incident::{self, RelationConnection};
use super::kinds::Entity;
use super::page::{Connection, Edge};
use super::quantity::Quantity;
use super::truncation::Truncation;
use crate::graphql::errors::Result;
use crate::graphql::inputs::page::PageArgs;
use crate::graphql::scalars::{Decimal, int};
use crate::model::quantity::QuantityStatus;
use crate::model::resource::Resource;
use crate::model::selector::AsOf;
use crate::model::walk::TruncationReason;
use crate::service::FlowAnswer;
use crate::service::flow::{self, Assumption, FlowGroup, Scenario};

/// The result of a flow.
pub(in crate::graphql) struct Flow {
    answer: FlowAnswer,
    at: AsOf,
    group_by: Option<FlowGroup>,
    truncation: Truncation,
}

impl Flow {
    pub(in crate::graphql) fn new(answer: FlowAnswer, at: AsOf, group_by: Option<FlowGroup>) -> Self {
        Self {
            answer,
            at,
            group_by,
            truncation: Truncation::default(),
        }
    }
}

/// Amounts that some entities receive from others in one layer, with their bounds.
#[Object]
impl Flow {
    /// Amount that the targets receive from the sources.
    async fn total(&self) -> Result<FlowAmount> {
        let total = self.answer.total().await?;
        self.truncation.note(total.bounds.truncated);
        Ok(FlowAmount::new(total, self.answer.unit()))
    }
    /// Amount that the targets receive in total: `total` plus the amounts from other origins.
    async fn absorbed(&self) -> Result<FlowAmount> {
        let absorbed = self.answer.absorbed().await?;
        self.truncation.note(absorbed.bounds.truncated);
        Ok(FlowAmount::new(absorbed, self.answer.unit()))
    }
    /// Amounts by pair of source and target: largest proportional amount first, unknown amounts last, then by id.
    async fn attributions(
        &self,
        ctx: &Context<'_>,
        #[graphql(
            desc = "Number of rows from the start, 0–1000. Default: 100, where `last` is not given.",
            default_with = "Some(100)"
        )]
        first: Option<i32>,
        #[graphql(desc = "Rows after this cursor.")] after: Option<String>,
        #[graphql(desc = "Number of rows from the end, 0–1000, in list order.")] last: Option<i32>,
        #[graphql(desc = "Rows before this cursor.")] before: Option<String>,
    ) -> Result<Connection<Edge<FlowAttribution>>> {
        let args = PageArgs {
            first,
            after,
            last,
            before,
        };
        let args = args.defaulted(ctx);
        pairs(ctx, &self.answer, &args, self.at, &self.truncation).await
    }
    /// Amount that each source supplies to the targets, largest first.
    async fn by_source(&self, ctx: &Context<'_>) -> Result<Vec<FlowShare>> {
        let rows = self.answer.by_source().await?;
        self.truncation.note(rows.truncated);
        FlowShare::rows(ctx, &rows, self.answer.unit(), self.at).await
    }
    /// Amount that each target receives from the sources, largest first.
    async fn by_target(&self, ctx: &Context<'_>) -> Result<Vec<FlowShare>> {
        let rows = self.answer.by_target().await?;
        self.truncation.note(rows.truncated);
        FlowShare::rows(ctx, &rows, self.answer.unit(), self.at).await
    }
    /// Amount by industry. What passes through a project counts by the industries of the project, if it has any; the rest by those of the
    /// targets. The last row, with industry null, is the part whose industry is not known.
    async fn by_industry(&self, ctx: &Context<'_>) -> Result<Vec<IndustryFlow>> {
        let rows = self.answer.by_industry().await?;
        self.truncation.note(rows.truncated);
        IndustryFlow::rows(ctx, &rows, self.answer.unit(), self.at).await
    }
    /// Amounts that the targets receive from other origins, largest first.
    async fn other_origins(&self, ctx: &Context<'_>) -> Result<Vec<FlowOrigin>> {
        let rows = self.answer.other_origins().await?;
        self.truncation.note(rows.truncated);
        FlowOrigin::rows(ctx, &rows, self.answer.unit(), self.at).await
    }
    /// Links on which resources of the sources lead to the targets or leave for elsewhere. Empty if a limit was reached; see
    /// `truncatedBy`.
    async fn sankey(&self, ctx: &Context<'_>) -> Result<Sankey> {
        self.truncation.note(self.answer.sankey().await?.truncated);
        Sankey::new(ctx, &self.answer, self.group_by, self.at).await
    }
    /// Facts that are missing for the total, as questions to ask next; those that narrow it most first.
    async fn missing(&self, ctx: &Context<'_>) -> Result<Vec<MissingFact>> {
        self.truncation.note(self.answer.missing().await?.truncated);
        MissingFact::rows(ctx, &self.answer, self.at).await
    }
    /// Circulations between the sources and the targets: amounts that return to where they came from.
    async fn circulations(&self, ctx: &Context<'_>) -> Result<Vec<Circulation>> {
        let circulations = self.answer.circulations().await?;
        let ids = circulations.iter().flat_map(|circulation| &circulation.entities);
        let mut entities = EntityAtDate::entities(ctx, ids, self.at)
            .await?
            .into_iter()
            .map(Entity::from);
        let row = |circulation: &flow::Circulation| Circulation {
            entities: entities.by_ref().take(circulation.entities.len()).collect(),
            amount: Decimal(circulation.amount),
            closed: circulation.closed,
        };
        Ok(circulations.iter().map(row).collect())
    }
    /// Whether an assumption replaces facts. If true, `proportional` describes the structure rather than actual amounts.
    async fn structural(&self) -> bool {
        self.answer.input().assumption.is_some()
    }
    /// Requested scenario, which takes every uncertain amount at one end.
    async fn scenario(&self) -> Option<Scenario> {
        self.answer.input().scenario
    }
    /// Requested assumption.
    async fn assume(&self) -> Option<Assumption> {
        self.answer.input().assumption
    }
    /// Limit because of which a selected part is incomplete: rows or proportional amounts may be missing, or bounds wider than
    /// necessary. Null if no limit was reached.
    async fn truncated_by(&self, ctx: &Context<'_>) -> Option<TruncationReason> {
        self.truncation.of_selected_parts(ctx).await
    }
    /// Revision at which the flow was computed.
    async fn revision(&self) -> String {
        self.answer.revision().to_string()
    }
}

/// A cycle of entities, each of which passes on to the next and the last to the first. With a single entity, a relation from the entity
/// to itself.
#[derive(SimpleObject)]
struct Circulation {
    /// Entities of the cycle, sorted by id.
    entities: Vec<Entity>,
    /// Sum of the amounts within the cycle; uncertain amounts count with their minimum.
    amount: Decimal,
    /// Whether nothing enters or leaves the cycle. If true, it affects no other amount.
    closed: bool,
}

/// A layer of the graph.
pub(in crate::graphql) struct FlowLayer {
    found: flow::FlowLayer,
    at: AsOf,
}

impl FlowLayer {
    pub(in crate::graphql) fn new(found: flow::FlowLayer, at: AsOf) -> Self {
        Self { found, at }
    }
}

/// Relations with amounts of one resource, unit and status.
#[Object]
impl FlowLayer {
    /// Resource of the layer.
    async fn resource(&self) -> Resource {
        self.found.layer.resource
    }
    /// Unit of the layer.
    async fn unit(&self) -> &str {
        self.found.layer.unit.as_str()
    }
    /// Status of the amounts in the layer.
    async fn status(&self) -> QuantityStatus {
        self.found.layer.status
    }
    /// Number of relations in the layer, with known or unknown amounts.
    async fn relation_count(&self) -> i32 {
        int(self.found.relations.len())
    }
    /// Number of relations in the layer whose amount is known as one number and whose direction is known.
    async fn known_count(&self) -> i32 {
        int(self.found.known_count)
    }
    /// Sum of their amounts. It does not measure what was supplied: an amount that passes through several relations counts several
    /// times.
    async fn total(&self) -> Quantity {
        Quantity::of_status(self.found.total.clone(), self.found.layer.status)
    }
    /// Relations whose amounts `total` adds up, sorted by id.
    async fn relations(
        &self,
        ctx: &Context<'_>,
        #[graphql(
            desc = "Number of rows from the start, 0–1000. Default: 100, where `last` is not given.",
            default_with = "Some(100)"
        )]
        first: Option<i32>,
        #[graphql(desc = "Rows after this cursor.")] after: Option<String>,
        #[graphql(desc = "Number of rows from the end, 0–1000, in list order.")] last: Option<i32>,
        #[graphql(desc = "Rows before this cursor.")] before: Option<String>,
    ) -> Result<RelationConnection> {
        let args = PageArgs {
            first,
            after,
            last,
            before,
        };
        let args = args.defaulted(ctx);
        // One cursor scope for all layers: they are items of one list, and each lists its relations by id.
        incident::page_by_ids(ctx, &self.found.relations, "flowLayers.relations", args, self.at).await
    }
}
