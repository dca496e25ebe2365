//! `Program.covers`: the relations that fall under a programme. It is at neither end of them, so this is no page of what
//! is incident; it is read in one call for all the programmes of a list all the same.

use std::sync::Arc;

use async_graphql::registry::MetaField;
use async_graphql::{Context, OutputType, ServerResult, Value};

use super::entity::Record;
use super::incident::{self, RelationConnection};
use super::kinds::Fields;
use super::page::{Connection, Total, wants_rows};
use crate::graphql::errors::{Failure, Result};
use crate::graphql::inputs::filter::RelationFilter;
use crate::graphql::inputs::follow::follow;
use crate::graphql::inputs::page::PageArgs;
use crate::graphql::schema::asker;
use crate::model::page::Page;
use crate::service::UnderQuery;

/// Its name.
pub(super) const FIELD: &str = "covers";

/// The field: `relations` without the argument that means nothing here.
pub(super) fn field(common: &Fields) -> Option<MetaField> {
    let mut field = common.get("relations")?.clone();
    field.name = FIELD.to_string();
    field.description = Some("The relations that fall under it, by id.".to_string());
    field.args.shift_remove("direction");
    Some(field)
}

/// A page of them.
pub(super) async fn resolve(record: &Record, ctx: &Context<'_>) -> ServerResult<Value> {
    let args = PageArgs {
        first: ctx.param_value("first", None)?.1,
        after: ctx.param_value("after", None)?.1,
        last: ctx.param_value("last", None)?.1,
        before: ctx.param_value("before", None)?.1,
    };
    let filter = ctx.param_value::<Option<RelationFilter>>("filter", None)?.1;
    let page = page(record, ctx, filter, &args).await;
    let page = page.map_err(|failure| ctx.set_error_path(failure.at(ctx.item.pos)))?;
    let below = ctx.with_selection_set(&ctx.item.node.selection_set);
    OutputType::resolve(&page, &below, ctx.item).await
}

async fn page(
    record: &Record,
    ctx: &Context<'_>,
    filter: Option<RelationFilter>,
    args: &PageArgs,
) -> Result<RelationConnection> {
    let filter = filter.map(RelationFilter::parse).transpose()?.unwrap_or_default();
    if filter.under.is_some() {
        return Err(Failure::input(
            "`under` is this programme already: leave it out, or ask `relations` for several programmes",
        ));
    }
    let id = record.entity.id.clone();
    let query = Arc::new(UnderQuery {
        filter: follow(ctx, filter).await?,
        at: record.at,
        page: args.parse(&incident::scope(record, FIELD))?,
    });
    let found = if wants_rows(ctx) {
        asker(ctx).loaders.under.load(&query, id.clone()).await?
    } else {
        Arc::new(Page::empty())
    };
    asker(ctx).spend_rows(found.items.len())?;
    Ok(Connection {
        page: incident::relation_edges(record, FIELD, &found),
        total: Total::Under(id, query),
    })
}
