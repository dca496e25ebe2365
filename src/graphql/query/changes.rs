//! `changes`: the log as a list.

use std::sync::Arc;

use async_graphql::{Context, Object};

use crate::graphql::cursor::{CHANGES, GivenPlace};
use crate::graphql::errors::{Failure, Result};
use crate::graphql::inputs::page::PageArgs;
use crate::graphql::schema::asker;
use crate::graphql::types::change::{Change, ChangeConnection, cursors};
use crate::graphql::types::page::{Connection, Edge, Total, wants_rows};
use crate::model::log::LoggedChange;
use crate::model::page::{Page, PageRequest};

#[derive(Default)]
pub(super) struct ChangeFields;

#[Object]
impl ChangeFields {
    /// What was changed, in the order in which it was; `Subscription.changes` goes on from any of its cursors. `last` gives the
    /// newest.
    async fn changes(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The same as `after`, by the name that the subscription gives it.")] since: Option<
            String,
        >,
        #[graphql(desc = "Number of rows from the start, 0–1000. Default: 100.")] first: Option<i32>,
        #[graphql(desc = "Rows after this cursor.")] after: Option<String>,
        #[graphql(desc = "Number of rows from the end, 0–1000, in list order.")] last: Option<i32>,
        #[graphql(desc = "Rows before this cursor.")] before: Option<String>,
    ) -> Result<ChangeConnection> {
        let asker = asker(ctx);
        if since.is_some() && after.is_some() {
            return Err(Failure::input(
                "`since` and `after` are given together, and mean the same: give one of them",
            ));
        }
        let cursors = cursors(asker).await?;
        let since = since.map(|since| cursors.read("since", &since)).transpose()?;
        let args = PageArgs {
            first,
            after,
            last,
            before,
        };
        let page: PageRequest<GivenPlace> = args.parse(CHANGES)?;
        let place = |argument, given: Option<GivenPlace>| {
            given.map(|given| cursors.place(argument, given)).transpose()
        };
        let page = PageRequest {
            limit: page.limit,
            from_end: page.from_end,
            after: since.or(place("after", page.after)?),
            before: place("before", page.before)?,
        };
        let lines = if wants_rows(ctx) {
            asker.session.log(page).await?
        } else {
            Page::empty()
        };
        asker.spend_rows(lines.items.len())?;
        let edge = |line: LoggedChange| {
            let cursor = cursors.at(line.place)?;
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
            total: Total::Changes,
        })
    }

    /// The cursor of the newest change that this answer sees. Who reads the graph and this in one request, and follows from here,
    /// misses nothing and hears nothing twice.
    async fn change_cursor(&self, ctx: &Context<'_>) -> Result<String> {
        let asker = asker(ctx);
        let cursors = cursors(asker).await?;
        // The end of the whole log would move with what is hidden.
        let end = if cursors.see_all() {
            asker.session.log_end().await?
        } else {
            asker.session.seen_log_end().await?
        };
        Ok(cursors.at(end)?)
    }
}
