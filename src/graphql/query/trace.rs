//! `trace` and `mechanisms`: which ways resources take, and what stands behind each programme.

use async_graphql::{Context, Object};

use crate::graphql::errors::Result;
use crate::graphql::inputs::trace::TraceInput;
use crate::graphql::schema::asker;
use crate::graphql::types::mechanism::{Ledger, MechanismRow};
use crate::graphql::types::trace::{Asked, Trace};

#[derive(Default)]
pub(super) struct TraceFields;

#[Object]
impl TraceFields {
    /// The paths along which resources reach the entities of `to` from those of `from`, and where they stop.
    async fn trace(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "From where to where, by which ways.")] input: TraceInput,
    ) -> Result<Trace> {
        let at = input.as_of()?;
        let answer = asker(ctx).session.trace(input.parse()?).await?;
        Ok(Trace::new(answer, at, Asked::below(ctx)))
    }

    /// The rows of the `ledger`: for each programme, and once for what falls under none, what reaches `to` from `from` by it,
    /// and how much of that is stated. A relation under several programmes is in the row of each.
    async fn mechanisms(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "From where to where, by which ways.")] input: TraceInput,
    ) -> Result<Vec<MechanismRow>> {
        Ok(ledger_of(ctx, input).await?.rows())
    }

    /// By which programmes what `from` gives reaches `to`, and which programmes were left out, and why.
    async fn ledger(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "From where to where, by which ways.")] input: TraceInput,
    ) -> Result<Ledger> {
        ledger_of(ctx, input).await
    }
}

async fn ledger_of(ctx: &Context<'_>, input: TraceInput) -> Result<Ledger> {
    let at = input.as_of()?;
    let ledger = asker(ctx).session.mechanisms(input.parse()?).await?;
    asker(ctx).spend_rows(ledger.rows.len() + ledger.left_out.len())?;
    Ok(Ledger::new(ledger, at))
}
