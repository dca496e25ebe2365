//! `flow` and `flowLayers`: how much was supplied, and of what there are amounts at all.

use async_graphql::{Context, Object};

use crate::graphql::errors::Result;
use crate::graphql::inputs::flow::FlowInput;
use crate::graphql::inputs::selector::Selector;
use crate::graphql::inputs::time::{DateRange, when};
use crate::graphql::scalars::Date;
use crate::graphql::schema::asker;
use crate::graphql::types::flow::{Asked, Flow, FlowLayer};
use crate::model::period::UndatedFacts;

#[derive(Default)]
pub(super) struct FlowFields;

#[Object]
impl FlowFields {
    /// The layers that exist: of which resource, in which unit and as what kind of fact some relation has an amount. Amounts of
    /// different layers are never added.
    async fn flow_layers(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Only layers in which something may come from these; not given: from any.")]
        from: Option<Selector>,
        #[graphql(desc = "Only layers in which something may come to these; not given: to any.")] to: Option<
            Selector,
        >,
        #[graphql(desc = "Valid on that day; less than a day, as `2023`, means its last.")] as_of: Option<
            Date,
        >,
        #[graphql(desc = "Valid on some day of it; with `asOf`, on that day too.")] during: Option<DateRange>,
        #[graphql(
            desc = "Whether facts without a date count; says something only with `asOf` or `during`.",
            default_with = "Some(UndatedFacts::Include)"
        )]
        undated: Option<UndatedFacts>,
    ) -> Result<Vec<FlowLayer>> {
        let from = from.map(|from| from.parse("from")).transpose()?;
        let to = to.map(|to| to.parse("to")).transpose()?;
        let at = when(as_of, during, undated)?;
        let layers = asker(ctx).session.flow_layers(from, to, at).await?;
        asker(ctx).spend_rows(layers.len())?;
        Ok(layers
            .into_iter()
            .map(|layer| FlowLayer::new(layer, at))
            .collect())
    }

    /// How much the entities of `to` take in from those of `from`, in one layer: proportionally, and at least and at most whatever
    /// mixes with what; from whom else; what is not known, and what knowing it would tell.
    async fn flow(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "From whom to whom, and of what.")] input: FlowInput,
    ) -> Result<Flow> {
        let (at, group_by) = (input.as_of()?, input.group_by());
        let answer = asker(ctx).session.flow(input.parse()?).await?;
        Ok(Flow::new(answer, at, group_by, Asked::below(ctx)))
    }
}
