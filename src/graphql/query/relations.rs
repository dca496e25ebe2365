//! `relations` and `sources`: lists sorted by id.

use std::sync::Arc;

use async_graphql::{Context, Object};

use crate::graphql::errors::Result;
use crate::graphql::inputs::filter::RelationFilter;
use crate::graphql::inputs::page::PageArgs;
use crate::graphql::inputs::redirects::resolve_redirects;
use crate::graphql::inputs::time::{DateRange, time_filter};
use crate::graphql::request_context::request_context;
use crate::graphql::scalars::Date;
use crate::graphql::types::incident::RelationConnection;
use crate::graphql::types::page::{Connection, Edge, TotalCount, edges, wants_rows};
use crate::graphql::types::relation::Relation;
use crate::graphql::types::statement::Source;
use crate::model::page::Page;
use crate::model::period::UndatedFacts;
use crate::model::record;
use crate::service::RelationQuery;

#[derive(Default)]
pub(super) struct RelationFields;

#[Object]
impl RelationFields {
    /// Relations, sorted by id.
    #[expect(clippy::too_many_arguments, reason = "the fixed schema has them")]
    async fn relations(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Conditions that the relations must meet.")] filter: Option<RelationFilter>,
        #[graphql(
            desc = "Day on which relations and both of their ends must be valid. A year or month, such as `2023`, means its last day. Default: any time. Also applies to nested fields."
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
        #[graphql(desc = "Number of rows from the start, 0–1000. Default: 100.")] first: Option<i32>,
        #[graphql(desc = "Rows after this cursor.")] after: Option<String>,
        #[graphql(desc = "Number of rows from the end, 0–1000, in list order.")] last: Option<i32>,
        #[graphql(desc = "Rows before this cursor.")] before: Option<String>,
    ) -> Result<RelationConnection> {
        let at = time_filter(as_of, during, undated)?;
        let page = PageArgs {
            first,
            after,
            last,
            before,
        }
        .parse("relations")?;
        let filter = resolve_redirects(
            ctx,
            filter.map(RelationFilter::parse).transpose()?.unwrap_or_default(),
        )
        .await?;
        let query = RelationQuery { filter, at };
        let session = &request_context(ctx).session;
        let rows = if wants_rows(ctx) {
            session.list_relations(&query, &page).await?
        } else {
            Page::empty()
        };
        request_context(ctx).spend_rows(rows.items.len())?;
        let row =
            |relation: crate::model::relation::Relation| (relation.id.clone(), Relation::new(relation, at));
        Ok(Connection {
            page: edges(rows, "relations", row),
            total: TotalCount::Relations(Box::new(query)),
        })
    }

    /// Sources (documents and pages that statements cite), sorted by id.
    async fn sources(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Number of rows from the start, 0–1000. Default: 100.")] first: Option<i32>,
        #[graphql(desc = "Rows after this cursor.")] after: Option<String>,
        #[graphql(desc = "Number of rows from the end, 0–1000, in list order.")] last: Option<i32>,
        #[graphql(desc = "Rows before this cursor.")] before: Option<String>,
    ) -> Result<Connection<Edge<Source>>> {
        let page = PageArgs {
            first,
            after,
            last,
            before,
        }
        .parse("sources")?;
        let session = &request_context(ctx).session;
        let rows = if wants_rows(ctx) {
            session.list_sources(&page).await?
        } else {
            Page::empty()
        };
        request_context(ctx).spend_rows(rows.items.len())?;
        let row = |source: record::Source| (source.id.clone(), Source(Arc::new(source)));
        Ok(Connection {
            page: edges(rows, "sources", row),
            total: TotalCount::Sources,
        })
    }
}
