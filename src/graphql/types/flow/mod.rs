//! A flow: how much, from whom, to whom, and what is not known of it. Each part is computed when it is asked for.

mod amounts;
mod attribution;
mod missing;
mod sankey;

use async_graphql::{Context, Object, SimpleObject};

pub(in crate::graphql) use amounts::FlowAmount;
use amounts::{FlowOrigin, FlowShare, IndustryFlow};
use attribution::{ATTRIBUTIONS, FlowAttribution, Place, page_of, pairs};
use missing::MissingFact;
use sankey::Sankey;

use super::entity::Record;
use super::incident::{self, RelationConnection};
use super::kinds::Entity;
use super::page::{Connection, Edge, pages_asked};
use super::quantity::Quantity;
use crate::graphql::errors::Result;
use crate::graphql::inputs::page::PageArgs;
use crate::graphql::scalars::{Decimal, int};
use crate::model::page::PageRequest;
use crate::model::quantity::QuantityStatus;
use crate::model::relation::Resource;
use crate::model::selector::AsOf;
use crate::model::walk::TruncationReason;
use crate::service::FlowAnswer;
use crate::service::flow::{self, Assumption, FlowGroup, Scenario};

/// The answer to a flow.
pub(in crate::graphql) struct Flow {
    answer: FlowAnswer,
    at: AsOf,
    group_by: Option<FlowGroup>,
    asked: Asked,
}

/// Which parts are asked for, and which pages of pairs, so that `truncatedBy` can tell of them wherever it stands.
pub(in crate::graphql) struct Asked {
    parts: Vec<&'static str>,
    pages: Vec<PageRequest<Place>>,
}

impl Asked {
    /// Of the selection below a field of type `Flow`.
    pub(in crate::graphql) fn below(ctx: &Context<'_>) -> Self {
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
            pages: pages_asked(ctx, "attributions", ATTRIBUTIONS),
        }
    }
}

impl Flow {
    pub(in crate::graphql) fn new(
        answer: FlowAnswer,
        at: AsOf,
        group_by: Option<FlowGroup>,
        asked: Asked,
    ) -> Self {
        Self {
            answer,
            at,
            group_by,
            asked,
        }
    }

    async fn cut(&self, part: &str) -> Result<Option<TruncationReason>> {
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

/// How much some entities take in from others, in one layer, and how sure that is.
#[Object]
impl Flow {
    /// What the targets take in from the sources.
    async fn total(&self) -> Result<FlowAmount> {
        Ok(FlowAmount::new(self.answer.total().await?, self.answer.unit()))
    }
    /// What the targets take in at all: `total`, and what comes from other origins.
    async fn absorbed(&self) -> Result<FlowAmount> {
        Ok(FlowAmount::new(self.answer.absorbed().await?, self.answer.unit()))
    }
    /// Who supplied how much to whom: the largest proportional amount first, then those that are not known, each by id.
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
    /// What each source supplies to the targets, the largest first.
    async fn by_source(&self, ctx: &Context<'_>) -> Result<Vec<FlowShare>> {
        let rows = self.answer.by_source().await?;
        FlowShare::rows(ctx, &rows, self.answer.unit(), self.at).await
    }
    /// What each target takes in from the sources, the largest first.
    async fn by_target(&self, ctx: &Context<'_>) -> Result<Vec<FlowShare>> {
        let rows = self.answer.by_target().await?;
        FlowShare::rows(ctx, &rows, self.answer.unit(), self.at).await
    }
    /// The same by industry: what came through a project by the project's industries, where it has some, the rest by those of the targets;
    /// last, with industry null, what is in none that is known.
    async fn by_industry(&self, ctx: &Context<'_>) -> Result<Vec<IndustryFlow>> {
        let rows = self.answer.by_industry().await?;
        IndustryFlow::rows(ctx, &rows, self.answer.unit(), self.at).await
    }
    /// What the targets take in from elsewhere, the largest first.
    async fn other_origins(&self, ctx: &Context<'_>) -> Result<Vec<FlowOrigin>> {
        let rows = self.answer.other_origins().await?;
        FlowOrigin::rows(ctx, &rows, self.answer.unit(), self.at).await
    }
    /// What comes from the sources and leads to the targets, link by link, and what leaves for elsewhere. Empty where `truncatedBy` says
    /// why.
    async fn sankey(&self, ctx: &Context<'_>) -> Result<Sankey> {
        Sankey::new(ctx, &self.answer, self.group_by, self.at).await
    }
    /// The facts that the total misses: those first that narrow it most. What to ask next.
    async fn missing(&self, ctx: &Context<'_>) -> Result<Vec<MissingFact>> {
        MissingFact::rows(ctx, &self.answer, self.at).await
    }
    /// What flows round between the sources and the targets and comes back.
    async fn circulations(&self, ctx: &Context<'_>) -> Result<Vec<Circulation>> {
        let circulations = self.answer.circulations().await?;
        let ids = circulations.iter().flat_map(|circulation| &circulation.entities);
        let mut entities = Record::entities(ctx, ids, self.at)
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
    /// Whether an assumption stands in for facts: then `proportional` is of a structure, not of amounts.
    async fn structural(&self) -> bool {
        self.answer.input().assumption.is_some()
    }
    /// The scenario asked for: every uncertain amount at that end.
    async fn scenario(&self) -> Option<Scenario> {
        self.answer.input().scenario
    }
    /// The assumption asked for.
    async fn assume(&self) -> Option<Assumption> {
        self.answer.input().assumption
    }
    /// Why some part that is asked for is not whole: rows or proportional amounts may be missing, bounds wider than they must be.
    async fn truncated_by(&self) -> Result<Option<TruncationReason>> {
        for part in &self.asked.parts {
            if let Some(reason) = self.cut(part).await? {
                return Ok(Some(reason));
            }
        }
        for page in &self.asked.pages {
            let page = page_of(&self.answer, page).await?;
            let amounts = self.answer.amounts_of(&page.items).await?;
            if let Some(reason) = amounts.iter().find_map(|amount| amount.bounds.truncated) {
                return Ok(Some(reason));
            }
        }
        Ok(None)
    }
    /// The revision that it was read at.
    async fn revision(&self) -> String {
        self.answer.revision().to_string()
    }
}

/// Entities each of which passes on to the next, back to the first; of one, a relation from an entity to itself.
#[derive(SimpleObject)]
struct Circulation {
    /// Who is in it, by id.
    entities: Vec<Entity>,
    /// The amounts inside it in sum; of uncertain ones what there is at least.
    amount: Decimal,
    /// Whether nothing enters or leaves it: then it changes no number.
    closed: bool,
}

/// A layer that exists.
pub(in crate::graphql) struct FlowLayer {
    found: flow::FlowLayer,
    at: AsOf,
}

impl FlowLayer {
    pub(in crate::graphql) fn new(found: flow::FlowLayer, at: AsOf) -> Self {
        Self { found, at }
    }
}

/// A layer that exists.
#[Object]
impl FlowLayer {
    /// What flows.
    async fn resource(&self) -> Resource {
        self.found.layer.resource
    }
    /// In which unit.
    async fn unit(&self) -> &str {
        self.found.layer.unit.as_str()
    }
    /// As what kind of fact.
    async fn status(&self) -> QuantityStatus {
        self.found.layer.status
    }
    /// How many relations count in it, their amounts known or not.
    async fn relation_count(&self) -> i32 {
        int(self.found.relations.len())
    }
    /// Of how many of them the amount, and which way it goes, is known as one number.
    async fn known_count(&self) -> i32 {
        int(self.found.known_count)
    }
    /// Their amounts in sum. What passes several relations is in it several times: it is no measure of what was supplied.
    async fn total(&self) -> Quantity {
        Quantity::of_status(self.found.total.clone(), self.found.layer.status)
    }
    /// The relations of which `total` is the sum, by id.
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
        // One cursor for all layers: each lists by id, and they stand beside each other in a list.
        incident::listed(ctx, &self.found.relations, "flowLayers.relations", args, self.at).await
    }
}
