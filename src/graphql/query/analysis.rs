//! `criticality`, `robustness`: what hangs on what in a trace.

use async_graphql::{Context, Object};

use crate::graphql::errors::{Failure, Result};
use crate::graphql::inputs::flow::FlowInput;
use crate::graphql::inputs::page::PageArgs;
use crate::graphql::inputs::trace::TraceInput;
use crate::graphql::schema::asker;
use crate::graphql::types::analysis::{Criticality, RobustnessRow};
use crate::model::id::RelationId;

/// Rows of criticality where it is not said.
const ROWS: i32 = 20;

#[derive(Default)]
pub(super) struct AnalysisFields;

#[Object]
impl AnalysisFields {
    /// The entities between the ends of a trace, and the relations, on which most of it hangs: greatest first, then by id. The
    /// ends themselves are not ranked; where no path joins any, there are no rows.
    async fn criticality(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "From where to where, by which ways.")] input: TraceInput,
        #[graphql(desc = "So many, at most 1000.", default_with = "Some(20)")] first: Option<i32>,
    ) -> Result<Vec<Criticality>> {
        let at = input.as_of()?;
        let args = PageArgs {
            first: first.or(Some(ROWS)),
            ..PageArgs::default()
        };
        let page = args.parse::<RelationId>("criticality")?;
        let rows = asker(ctx).session.criticality(input.parse()?, page.limit).await?;
        asker(ctx).spend_rows(rows.len())?;
        Ok(rows.into_iter().map(|row| Criticality { row, at }).collect())
    }

    /// Whether an answer stands without some of its evidence: without what sources say of themselves, without what they only
    /// imply, and without each source of what lies on a path, or counts in the layer of a flow, in turn.
    async fn robustness(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The trace to ask again; or give `flow`.")] trace: Option<TraceInput>,
        #[graphql(desc = "The flow to ask again; or give `trace`.")] flow: Option<FlowInput>,
    ) -> Result<Vec<RobustnessRow>> {
        let session = &asker(ctx).session;
        let (rows, unit) = match (trace, flow) {
            (Some(trace), None) => (session.robustness_of_trace(trace.parse()?).await?, None),
            (None, Some(flow)) => {
                let input = flow.parse()?;
                let unit = input.layer.unit.clone();
                (session.robustness_of_flow(input).await?, Some(unit))
            }
            (None, None) | (Some(_), Some(_)) => {
                return Err(Failure::input(
                    "robustness: give `trace` or `flow`, what is to be asked again, and one of both",
                ));
            }
        };
        asker(ctx).spend_rows(rows.len())?;
        let row = |row| RobustnessRow::new(row, unit.as_ref());
        Ok(rows.into_iter().map(row).collect())
    }
}
