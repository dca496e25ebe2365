//! `Program.covers`: the relations that fall under a program. The program is not at an end of them, so that they are not
//! incident relations; they are still read in one call for all programs of a list.

use std::sync::Arc;

use async_graphql::registry::MetaField;
use async_graphql::{Context, OutputType, ServerResult, Value};

use super::entity::EntityAtDate;
use super::incident::{self, RelationConnection};
use super::kinds::FieldMap;
use super::page::{Connection, TotalCount, wants_rows};
use crate::graphql::errors::{Failure, Result};
use crate::graphql::inputs::filter::RelationFilter;
use crate::graphql::inputs::page::PageArgs;
use crate::graphql::inputs::redirects::resolve_redirects;
use crate::graphql::request_context::request_context;
use crate::model::page::Page;
use crate::service::ProgramRelationsQuery;

/// Name of the field.
pub(super) const FIELD: &str = "covers";

/// The definition of the field: `relations` without the `direction` argument, which does not apply.
pub(super) fn field(common: &FieldMap) -> Option<MetaField> {
    let mut field = common.get("relations")?.clone();
    field.name = FIELD.to_string();
    field.description = Some("Relations that fall under the program, sorted by id.".to_string());
    field.args.shift_remove("direction");
    Some(field)
}

/// Resolves the field to a page of relations.
pub(super) async fn resolve(record: &EntityAtDate, ctx: &Context<'_>) -> ServerResult<Value> {
    let args = PageArgs {
        first: ctx.param_value("first", None)?.1,
        after: ctx.param_value("after", None)?.1,
        last: ctx.param_value("last", None)?.1,
        before: ctx.param_value("before", None)?.1,
    };
    let filter = ctx.param_value::<Option<RelationFilter>>("filter", None)?.1;
    let page = page(record, ctx, filter, &args).await;
    let page = page.map_err(|failure| ctx.set_error_path(failure.into_field_error(ctx.item.pos)))?;
    let below = ctx.with_selection_set(&ctx.item.node.selection_set);
    OutputType::resolve(&page, &below, ctx.item).await
}

async fn page(
    record: &EntityAtDate,
    ctx: &Context<'_>,
    filter: Option<RelationFilter>,
    args: &PageArgs,
) -> Result<RelationConnection> {
    let filter = filter.map(RelationFilter::parse).transpose()?.unwrap_or_default();
    if filter.under.is_some() {
        return Err(Failure::input(
            "`under` is not accepted in the filter of `covers`, which is already restricted to this program; leave it out, or query `relations` for several programs",
        ));
    }
    let id = record.entity.id.clone();
    let query = Arc::new(ProgramRelationsQuery {
        filter: resolve_redirects(ctx, filter).await?,
        at: record.at,
        page: args.parse(&incident::scope(record, FIELD))?,
    });
    let found = if wants_rows(ctx) {
        request_context(ctx)
            .loaders
            .program_relations
            .load(&query, id.clone())
            .await?
    } else {
        Arc::new(Page::empty())
    };
    request_context(ctx).spend_rows(found.items.len())?;
    Ok(Connection {
        page: incident::relation_edges(record, FIELD, &found),
        total: TotalCount::Under(id, query),
    })
}
