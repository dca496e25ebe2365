//! `changes` and `changeCursor`: the change log as a list.

use std::sync::Arc;

use async_graphql::{Context, Object};

use crate::graphql::cursor::{CHANGES, LogCursor};
use crate::graphql::errors::{Failure, Result};
use crate::graphql::inputs::page::PageArgs;
use crate::graphql::request_context::request_context;
use crate::graphql::types::change::{Change, ChangeConnection, cursors};
use crate::graphql::types::page::{Connection, Edge, TotalCount, wants_rows};
use crate::model::change::LoggedChange;
use crate::model::page::{Page, PageRequest};

#[derive(Default)]
pub(super) struct ChangeFields;

#[Object]
impl ChangeFields {
    /// Changes of the graph in the order in which they were made. `Subscription.changes` continues from any of their cursors. `last`
    /// returns the newest.
    async fn changes(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Same as `after`, under the name that the subscription uses.")] since: Option<
            String,
        >,
        #[graphql(desc = "Number of rows from the start, 0–1000. Default: 100.")] first: Option<i32>,
        #[graphql(desc = "Rows after this cursor.")] after: Option<String>,
        #[graphql(desc = "Number of rows from the end, 0–1000, in list order.")] last: Option<i32>,
        #[graphql(desc = "Rows before this cursor.")] before: Option<String>,
    ) -> Result<ChangeConnection> {
        let context = request_context(ctx);
        if since.is_some() && after.is_some() {
            return Err(Failure::input(
                "`since` and `after` have the same meaning and cannot be combined; give one of them",
            ));
        }
        let cursors = cursors(context).await?;
        let since = since.map(|since| cursors.read("since", &since)).transpose()?;
        let args = PageArgs {
            first,
            after,
            last,
            before,
        };
        let page: PageRequest<LogCursor> = args.parse(CHANGES)?;
        let place = |argument, given: Option<LogCursor>| {
            given.map(|given| cursors.place(argument, given)).transpose()
        };
        let page = PageRequest {
            limit: page.limit,
            from_end: page.from_end,
            after: since.or(place("after", page.after)?),
            before: place("before", page.before)?,
        };
        let lines = if wants_rows(ctx) {
            context.session.log(page).await?
        } else {
            Page::empty()
        };
        context.spend_rows(lines.items.len())?;
        let edge = |line: LoggedChange| {
            let cursor = cursors.at(line.position)?;
            let node = Change {
                line: Arc::new(line),
                cursor: cursor.clone(),
            };
            Ok(Edge { cursor, node })
        };
        let rows = lines.items.into_iter().map(edge).collect::<Result<Vec<_>>>()?;
        Ok(Connection {
            page: Page {
                items: rows,
                has_next: lines.has_next,
                has_previous: lines.has_previous,
            },
            total: TotalCount::Changes,
        })
    }

    /// Cursor of the newest change that this response includes. If you read the graph and this cursor in one request and subscribe from it, you
    /// receive every later change exactly once.
    async fn change_cursor(&self, ctx: &Context<'_>) -> Result<String> {
        let context = request_context(ctx);
        let cursors = cursors(context).await?;
        // The end of the whole log would reveal changes that the principal cannot see.
        let end = if cursors.see_all() {
            context.session.log_end().await?
        } else {
            context.session.visible_log_end().await?
        };
        Ok(cursors.at(end)?)
    }
}
