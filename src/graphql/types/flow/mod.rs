//! A flow: amounts by source, target and industry, and the missing facts. Each part is computed only if the query
//! selects it.

mod amounts;
mod attribution;
mod missing;
mod sankey;

use async_graphql::{Context, Object, SimpleObject};

pub(in crate::graphql) use amounts::FlowAmount;
use amounts::{FlowOrigin, FlowShare, IndustryFlow};
use attribution::{ATTRIBUTIONS, FlowAttribution, PairKey, page_of, pairs};
use missing::MissingFact;
use sankey::Sankey;

use super::entity::EntityAtDate;
use super::incident::{self, RelationConnection};
use super::kinds::Entity;
use super::page::{Connection, Edge, requested_pages};
use super::quantity::Quantity;
use crate::graphql::errors::Result;
use crate::graphql::inputs::page::PageArgs;
use crate::graphql::scalars::{Decimal, int};
use crate::model::page::PageRequest;
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
    selection: FlowSelection,
}

/// The selected parts and pages of pairs. `truncatedBy` covers them wherever it is in the query.
pub(in crate::graphql) struct FlowSelection {
    parts: Vec<&'static str>,
    pages: Vec<PageRequest<PairKey>>,
}

impl FlowSelection {
    /// Reads the selection of the current field, which is of type `Flow`.
    pub(in crate::graphql) fn from_context(ctx: &Context<'_>) -> Self {
        let parts = [
            "total",
            "absorbed",
            "attributions",
            "bySource",
            "byTarget",
            "byIndustry",
            "otherOrigins",
            "sankey",
            "missing",
        ];
        let asked = parts
            .into_iter()
            .filter(|part| ctx.look_ahead().field(part).exists());
        Self {
            parts: asked.collect(),
            pages: requested_pages(ctx, "attributions", ATTRIBUTIONS),
        }
    }
}

impl Flow {
    pub(in crate::graphql) fn new(
        answer: FlowAnswer,
        at: AsOf,
        group_by: Option<FlowGroup>,
        selection: FlowSelection,
    ) -> Self {
        Self {
            answer,
            at,
            group_by,
            selection,
        }
    }

    async fn truncation(&self, part: &str) -> Result<Option<TruncationReason>> {
        let answer = &self.answer;
        Ok(match part {
            "total" => answer.total().await?.bounds.truncated,
            "absorbed" => answer.absorbed().await?.bounds.truncated,
            "attributions" => answer.pairs().await?.truncated,
            "bySource" => answer.by_source().await?.truncated,
            "byTarget" => answer.by_target().await?.truncated,
            "byIndustry" => answer.by_industry().await?.truncated,
            "otherOrigins" => answer.other_origins().await?.truncated,
            "sankey" => answer.sankey().await?.truncated,
            "missing" => answer.missing().await?.truncated,
            _ => None,
        })
    }
}

/// Amounts that some entities receive from others in one layer, with their bounds.
#[Object]
impl Flow {
    /// Amount that the targets receive from the sources.
    async fn total(&self) -> Result<FlowAmount> {
        Ok(FlowAmount::new(self.answer.total().await?, self.answer.unit()))
    }
    /// Amount that the targets receive in total: `total` plus the amounts from other origins.
    async fn absorbed(&self) -> Result<FlowAmount> {
        Ok(FlowAmount::new(self.answer.absorbed().await?, self.answer.unit()))
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
        pairs(ctx, &self.answer, &args.defaulted(ctx), self.at).await
    }
    /// Amount that each source supplies to the targets, largest first.
    async fn by_source(&self, ctx: &Context<'_>) -> Result<Vec<FlowShare>> {
        let rows = self.answer.by_source().await?;
        FlowShare::rows(ctx, &rows, self.answer.unit(), self.at).await
    }
    /// Amount that each target receives from the sources, largest first.
    async fn by_target(&self, ctx: &Context<'_>) -> Result<Vec<FlowShare>> {
        let rows = self.answer.by_target().await?;
        FlowShare::rows(ctx, &rows, self.answer.unit(), self.at).await
    }
    /// Amount by industry. What passes through a project counts by the industries of the project, if it has any; the rest by those of the
    /// targets. The last row, with industry null, is the part whose industry is not known.
    async fn by_industry(&self, ctx: &Context<'_>) -> Result<Vec<IndustryFlow>> {
        let rows = self.answer.by_industry().await?;
        IndustryFlow::rows(ctx, &rows, self.answer.unit(), self.at).await
    }
    /// Amounts that the targets receive from other origins, largest first.
    async fn other_origins(&self, ctx: &Context<'_>) -> Result<Vec<FlowOrigin>> {
        let rows = self.answer.other_origins().await?;
        FlowOrigin::rows(ctx, &rows, self.answer.unit(), self.at).await
    }
    /// Links on which resources of the sources lead to the targets or leave for elsewhere. Empty if a limit was reached; see
    /// `truncatedBy`.
    async fn sankey(&self, ctx: &Context<'_>) -> Result<Sankey> {
        Sankey::new(ctx, &self.answer, self.group_by, self.at).await
    }
    /// Facts that are missing for the total, as questions to ask next; those that narrow it most first.
    async fn missing(&self, ctx: &Context<'_>) -> Result<Vec<MissingFact>> {
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
    async fn truncated_by(&self) -> Result<Option<TruncationReason>> {
        for part in &self.selection.parts {
            if let Some(reason) = self.truncation(part).await? {
                return Ok(Some(reason));
            }
        }
        for page in &self.selection.pages {
            let page = page_of(&self.answer, page).await?;
            let amounts = self.answer.amounts_of(&page.items).await?;
            if let Some(reason) = amounts.iter().find_map(|amount| amount.bounds.truncated) {
                return Ok(Some(reason));
            }
        }
        Ok(None)
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
