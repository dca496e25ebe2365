//! `trace` and `mechanisms`: which ways resources take, and what stands behind each programme.

use std::sync::Arc;

use async_graphql::{Context, Object};

use crate::graphql::errors::Result;
use crate::graphql::inputs::trace::TraceInput;
use crate::graphql::schema::asker;
use crate::graphql::types::mechanism::MechanismRow;
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
        let at = input.as_of();
        let answer = asker(ctx).session.trace(input.parse()?).await?;
        Ok(Trace::new(answer, at, Asked::below(ctx)))
    }

    /// The ledger: for each programme, and once for what falls under none, its relations between `from` and `to` and on
    /// the way, and how much of them is stated. A relation under several programmes is in the row of each.
    async fn mechanisms(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "From where to where, by which ways.")] input: TraceInput,
    ) -> Result<Vec<MechanismRow>> {
        let at = input.as_of();
        let ledger = asker(ctx).session.mechanisms(input.parse()?).await?;
        asker(ctx).spend_rows(ledger.rows.len())?;
        let row = |row| MechanismRow::new(Arc::new(row), ledger.truncated, at);
        Ok(ledger.rows.into_iter().map(row).collect())
    }
}
