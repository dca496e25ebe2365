//! `flow` and `flowLayers`: attributed amounts, and the layers for which there are amounts.

use async_graphql::{Context, Object};

use crate::graphql::cost::cost;
use crate::graphql::errors::Result;
use crate::graphql::inputs::flow::FlowInput;
use crate::graphql::inputs::selector::Selector;
use crate::graphql::inputs::time::{DateRange, time_filter};
use crate::graphql::request_context::request_context;
use crate::graphql::scalars::Date;
use crate::graphql::types::flow::{Flow, FlowLayer};
use crate::model::period::UndatedFacts;

#[derive(Default)]
pub(super) struct FlowFields;

#[Object]
impl FlowFields {
    /// Layers of the graph: each resource, unit and status for which some relation has an amount. Amounts of different layers are never
    /// added.
    #[graphql(directive = cost::apply(200_000))]
    async fn flow_layers(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Only layers in which an amount may come from these entities. Default: any.")]
        from: Option<Selector>,
        #[graphql(desc = "Only layers in which an amount may go to these entities. Default: any.")]
        to: Option<Selector>,
        #[graphql(
            desc = "Day on which facts must be valid. A year or month, such as `2023`, means its last day. Default: any time."
        )]
        as_of: Option<Date>,
        #[graphql(
            desc = "Range of days; facts must be valid on at least one of them, and on `asOf` if both are given."
        )]
        during: Option<DateRange>,
        #[graphql(
            desc = "Whether facts without a date count. Has no effect without `asOf` or `during`.",
            default_with = "Some(UndatedFacts::Include)"
        )]
        undated: Option<UndatedFacts>,
    ) -> Result<Vec<FlowLayer>> {
        let from = from.map(|from| from.parse("from")).transpose()?;
        let to = to.map(|to| to.parse("to")).transpose()?;
        let at = time_filter(as_of, during, undated)?;
        let layers = request_context(ctx).session.flow_layers(from, to, at).await?;
        request_context(ctx).spend_rows(layers.len())?;
        Ok(layers
            .into_iter()
            .map(|layer| FlowLayer::new(layer, at))
            .collect())
    }

    /// Amounts that the entities of `to` receive from those of `from` in one layer: the proportional amount, and the minimum and maximum
    /// for any mixing; with the other origins, the missing facts, and how much each of them would narrow the total.
    #[graphql(directive = cost::apply(200_000))]
    async fn flow(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Sources, targets, layer and conditions of the flow.")] input: FlowInput,
    ) -> Result<Flow> {
        let (at, group_by) = (input.as_of()?, input.group_by());
        let answer = request_context(ctx).session.flow(input.parse()?).await?;
        Ok(Flow::new(answer, at, group_by))
    }
}
