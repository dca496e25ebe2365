//! `relations` and `sources`: lists by id.

use std::sync::Arc;

use async_graphql::{Context, Object};

use crate::graphql::errors::Result;
use crate::graphql::inputs::filter::RelationFilter;
use crate::graphql::inputs::follow::follow;
use crate::graphql::inputs::page::PageArgs;
use crate::graphql::inputs::time::{DateRange, when};
use crate::graphql::scalars::Date;
use crate::graphql::schema::asker;
use crate::graphql::types::incident::RelationConnection;
use crate::graphql::types::page::{Connection, Edge, Total, edges, wants_rows};
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
    /// Relations by id.
    #[expect(clippy::too_many_arguments, reason = "the fixed schema has them")]
    async fn relations(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which relations.")] filter: Option<RelationFilter>,
        #[graphql(
            desc = "Valid on that day, with both ends; less than a day, as `2023`, means its last. Holds below it."
        )]
        as_of: Option<Date>,
        #[graphql(desc = "Valid on some day of it; with `asOf`, on that day too.")] during: Option<DateRange>,
        #[graphql(
            desc = "Whether facts without a date count; says something only with `asOf` or `during`.",
            default_with = "Some(UndatedFacts::Include)"
        )]
        undated: Option<UndatedFacts>,
        #[graphql(desc = "So many from the beginning; 100 where not given, at most 1000.")] first: Option<
            i32,
        >,
        #[graphql(desc = "Rows after this cursor.")] after: Option<String>,
        #[graphql(desc = "So many from the end, in list order.")] last: Option<i32>,
        #[graphql(desc = "Rows before this cursor.")] before: Option<String>,
    ) -> Result<RelationConnection> {
        let at = when(as_of, during, undated)?;
        let page = PageArgs {
            first,
            after,
            last,
            before,
        }
        .parse("relations")?;
        let filter = follow(
            ctx,
            filter.map(RelationFilter::parse).transpose()?.unwrap_or_default(),
        )
        .await?;
        let query = RelationQuery { filter, at };
        let session = &asker(ctx).session;
        let rows = if wants_rows(ctx) {
            session.list_relations(&query, &page).await?
        } else {
            Page::empty()
        };
        asker(ctx).spend_rows(rows.items.len())?;
        let row =
            |relation: crate::model::relation::Relation| (relation.id.clone(), Relation::new(relation, at));
        Ok(Connection {
            page: edges(rows, "relations", row),
            total: Total::Relations(Box::new(query)),
        })
    }

    /// The documents that state facts, by id.
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
        let session = &asker(ctx).session;
        let rows = if wants_rows(ctx) {
            session.list_sources(&page).await?
        } else {
            Page::empty()
        };
        asker(ctx).spend_rows(rows.items.len())?;
        let row = |source: record::Source| (source.id.clone(), Source(Arc::new(source)));
        Ok(Connection {
            page: edges(rows, "sources", row),
            total: Total::Sources,
        })
    }
}
