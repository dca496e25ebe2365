//! `trace`, `mechanisms` and `ledger`: paths of resources, and the programs through which they pass.

use async_graphql::{Context, Object};

use crate::graphql::cost::cost;
use crate::graphql::errors::Result;
use crate::graphql::inputs::trace::TraceInput;
use crate::graphql::request_context::request_context;
use crate::graphql::types::mechanism::{Ledger, MechanismRow};
use crate::graphql::types::trace::Trace;

#[derive(Default)]
pub(super) struct TraceFields;

#[Object]
impl TraceFields {
    /// Paths along which resources reach the entities of `to` from those of `from`, and the dead ends where they stop.
    #[graphql(directive = cost::apply(200_000))]
    async fn trace(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Sources, targets and conditions of the trace.")] input: TraceInput,
    ) -> Result<Trace> {
        let at = input.as_of()?;
        let answer = request_context(ctx).session.trace(input.parse()?).await?;
        Ok(Trace::new(answer, at))
    }

    /// Rows of the `ledger`: for each program, and in one row for the relations without a program, what reaches `to` from `from` through
    /// it and how much of that is stated. A relation under several programs is in the row of each.
    #[graphql(directive = cost::apply(200_000))]
    async fn mechanisms(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Sources, targets and conditions of the trace.")] input: TraceInput,
    ) -> Result<Vec<MechanismRow>> {
        Ok(load_ledger(ctx, input).await?.rows())
    }

    /// Programs through which resources of `from` reach `to`, and the programs that are left out, with the reason.
    #[graphql(directive = cost::apply(200_000))]
    async fn ledger(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Sources, targets and conditions of the trace.")] input: TraceInput,
    ) -> Result<Ledger> {
        load_ledger(ctx, input).await
    }
}

async fn load_ledger(ctx: &Context<'_>, input: TraceInput) -> Result<Ledger> {
    let at = input.as_of()?;
    let ledger = request_context(ctx).session.mechanisms(input.parse()?).await?;
    request_context(ctx).spend_rows(ledger.rows.len() + ledger.left_out.len())?;
    Ok(Ledger::new(ledger, at))
}
