//! `criticality` and `robustness` of a trace or flow.

use async_graphql::{Context, Object};

use crate::graphql::cost::cost;
use crate::graphql::errors::{Failure, Result};
use crate::graphql::inputs::flow::FlowInput;
use crate::graphql::inputs::page::PageArgs;
use crate::graphql::inputs::trace::TraceInput;
use crate::graphql::request_context::request_context;
use crate::graphql::types::analysis::{Criticality, RobustnessRow};
use crate::model::id::RelationId;

/// Default number of rows of `criticality`.
const ROWS: i32 = 20;

#[derive(Default)]
pub(super) struct AnalysisFields;

#[Object]
impl AnalysisFields {
    /// Entities and relations on which most of a trace depends, sorted by value in descending order, then by id. The sources and targets
    /// themselves are not ranked. Empty if no path connects any of them.
    #[graphql(directive = cost::apply(200_000))]
    async fn criticality(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Sources, targets and conditions of the trace.")] input: TraceInput,
        #[graphql(desc = "Number of rows, at most 1000.", default_with = "Some(20)")] first: Option<i32>,
    ) -> Result<Vec<Criticality>> {
        let at = input.as_of()?;
        let args = PageArgs {
            first: first.or(Some(ROWS)),
            ..PageArgs::default()
        };
        let page = args.parse::<RelationId>("criticality")?;
        let rows = request_context(ctx)
            .session
            .criticality(input.parse()?, page.limit)
            .await?;
        request_context(ctx).spend_rows(rows.len())?;
        Ok(rows.into_iter().map(|row| Criticality { row, at }).collect())
    }

    /// Results of a trace or flow without part of its evidence: without self-reported statements, without implied statements, and without
    /// each source of what is on a path, or counts in the layer of the flow, in turn.
    #[graphql(directive = cost::apply(200_000))]
    async fn robustness(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Trace to repeat. Give either `trace` or `flow`.")] trace: Option<TraceInput>,
        #[graphql(desc = "Flow to repeat. Give either `trace` or `flow`.")] flow: Option<FlowInput>,
    ) -> Result<Vec<RobustnessRow>> {
        let session = &request_context(ctx).session;
        let (rows, unit) = match (trace, flow) {
            (Some(trace), None) => (session.robustness_of_trace(trace.parse()?).await?, None),
            (None, Some(flow)) => {
                let input = flow.parse()?;
                let unit = input.layer.unit.clone();
                (session.robustness_of_flow(input).await?, Some(unit))
            }
            (None, None) | (Some(_), Some(_)) => {
                return Err(Failure::input(
                    "robustness: give exactly one of `trace` and `flow`",
                ));
            }
        };
        request_context(ctx).spend_rows(rows.len())?;
        let row = |row| RobustnessRow::new(row, unit.as_ref());
        Ok(rows.into_iter().map(row).collect())
    }
}
