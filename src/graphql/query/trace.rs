//! `trace` and `mechanisms`: which ways resources take, and by which mechanisms.

use async_graphql::{Context, Object};

use crate::graphql::errors::Result;
use crate::graphql::inputs::trace::TraceInput;
use crate::graphql::schema::asker;
use crate::graphql::types::mechanism::MechanismRow;
use crate::graphql::types::trace::Trace;

#[derive(Default)]
pub(super) struct TraceFields;

#[Object]
impl TraceFields {
    /// The ways along which resources reach the entities of `to` from those of `from`, and where they stop.
    async fn trace(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The question.")] input: TraceInput,
    ) -> Result<Trace> {
        let input = input.parse()?;
        let at = input.walk.at;
        Ok(Trace {
            answer: asker(ctx).session.trace(input).await?,
            at,
        })
    }

    /// The ledger: for each programme, and last for what falls under none, what stands behind it between the ends of the
    /// question, and how much of that is stated.
    async fn mechanisms(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The question.")] input: TraceInput,
    ) -> Result<Vec<MechanismRow>> {
        let input = input.parse()?;
        let at = input.walk.at;
        let rows = asker(ctx).session.mechanisms(input).await?.rows;
        asker(ctx).spend_rows(rows.len())?;
        Ok(rows.into_iter().map(|row| MechanismRow { row, at }).collect())
    }
}
