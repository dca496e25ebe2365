//! The fields of `Subscription`.
//!
//! A subscription is executed once to see what it asks for, and then once for each change, in the session in which that change
//! is told: what is read below it is of one revision, and read together with what is read below others.

use std::collections::HashSet;
use std::sync::Arc;

use async_graphql::futures_util::stream::{self, Stream};
use async_graphql::{Context, ID, Subscription};
use parking_lot::Mutex;

use super::errors::{Failure, Result};
use super::schema::asker;
use super::types::change::{Change, cursors};
use crate::model::entity::EntityKind;
use crate::model::log::LogPlace;
use crate::service::Following;

/// What a subscription asks for, once it was executed to see it.
#[derive(Default)]
pub(super) struct Opening {
    /// Where the client says that it has come to, whatever `since` says.
    pub(super) resume: Option<String>,
    pub(super) following: Mutex<Option<Following>>,
}

/// The change that a subscription is executed for.
pub(super) struct Told(pub(super) Change);

/// What is told as it happens.
pub(super) struct Feed;

/// What is told as it happens, over `/graphql/ws` (graphql-transport-ws) or `/graphql/stream` (graphql-sse).
#[Subscription(name = "Subscription")]
impl Feed {
    /// Changes, from a cursor on and then as they are made: each once, in order, with no gap.
    async fn changes(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Changes after this cursor; from now on where not given.")] since: Option<String>,
        #[graphql(desc = "Changes of entities of these kinds only.")] kinds: Option<Vec<EntityKind>>,
        #[graphql(desc = "Changes of what has these ids only, be it there or not.")] ids: Option<Vec<ID>>,
    ) -> Result<impl Stream<Item = Change>> {
        if let Some(told) = ctx.data_opt::<Told>() {
            return Ok(stream::iter(Some(told.0.clone())));
        }
        let opening = ctx.data_opt::<Arc<Opening>>();
        let opening = opening.ok_or_else(|| Failure::fault("a subscription was executed as a query"))?;
        let following = Following {
            after: place(ctx, opening.resume.clone().or(since)).await?,
            kinds: kinds.map(|kinds| some("kinds", kinds)).transpose()?,
            ids: ids.map(|ids| named(ctx, ids)).transpose()?,
        };
        *opening.following.lock() = Some(following);
        Ok(stream::iter(None))
    }
}

/// The place of a cursor, which the log must have; where none is given, its end.
async fn place(ctx: &Context<'_>, since: Option<String>) -> Result<LogPlace> {
    let asker = asker(ctx);
    let session = &asker.session;
    let Some(since) = since else {
        return Ok(session.log_end().await?);
    };
    let place = cursors(asker).await?.read("since", &since)?;
    session.check_log_place(place).await?;
    Ok(place)
}

fn named(ctx: &Context<'_>, ids: Vec<ID>) -> Result<HashSet<String>> {
    let max = asker(ctx).session.limits().ids_max;
    if ids.len() > max {
        let count = ids.len();
        return Err(Failure::limit(format!(
            "ids: {count}, at most {max}; follow all changes, or fewer ids"
        )));
    }
    Ok(some("ids", ids)?.into_iter().map(String::from).collect())
}

fn some<T>(argument: &str, list: Vec<T>) -> Result<Vec<T>> {
    if list.is_empty() {
        return Err(Failure::input(format!(
            "`{argument}` is empty, so nothing would ever be told: leave it out for all"
        )));
    }
    Ok(list)
}
