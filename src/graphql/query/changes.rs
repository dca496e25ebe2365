//! `changes`: the log as a list.

use std::sync::Arc;

use async_graphql::{Context, Object};

use crate::graphql::cursor;
use crate::graphql::errors::Result;
use crate::graphql::inputs::page::PageArgs;
use crate::graphql::schema::asker;
use crate::graphql::types::change::{Change, ChangeConnection, SCOPE, cursor_at};
use crate::graphql::types::page::{Connection, Total, edges, wants_rows};
use crate::model::log::LogPlace;
use crate::model::page::{Page, PageRequest};

#[derive(Default)]
pub(super) struct ChangeFields;

#[Object]
impl ChangeFields {
    /// What was changed, in the order in which it was; `Subscription.changes` goes on from any of its cursors.
    async fn changes(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Changes after this cursor; from the beginning where not given.")] since: Option<
            String,
        >,
        #[graphql(desc = "So many; 100 where not given, at most 1000.")] first: Option<i32>,
    ) -> Result<ChangeConnection> {
        let asker = asker(ctx);
        let after = since.map(|since| cursor::decode(SCOPE, "since", &since));
        let after: LogPlace = after.transpose()?.unwrap_or_default();
        let page: PageRequest<LogPlace> = PageArgs::forward(first, None).parse(SCOPE)?;
        let lines = if wants_rows(ctx) {
            asker.session.log(after, page.limit).await?
        } else {
            Page::empty()
        };
        asker.spend_rows(lines.items.len())?;
        Ok(Connection {
            page: edges(lines, SCOPE, |line| (line.place, Change(Arc::new(line)))),
            total: Total::Changes,
        })
    }

    /// The cursor of the newest change that this answer sees. Who reads the graph and this in one request, and follows from here,
    /// misses nothing and hears nothing twice.
    async fn change_cursor(&self, ctx: &Context<'_>) -> Result<String> {
        Ok(cursor_at(asker(ctx).session.log_end().await?))
    }
}
