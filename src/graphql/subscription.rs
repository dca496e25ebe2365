//! The fields of `Subscription`.
//!
//! A subscription is executed once to read its arguments, and then once for each change. The changes of one page of the
//! feed are executed in one session, so that they are read at one revision and in common batches.

use std::collections::HashSet;
use std::sync::Arc;

use async_graphql::futures_util::stream::{self, Stream};
use async_graphql::{Context, ID, Subscription};
use parking_lot::Mutex;

use super::errors::{Failure, Result};
use super::request_context::request_context;
use super::types::change::{Change, cursors};
use crate::model::change::LogPosition;
use crate::model::entity::EntityKind;
use crate::service::FeedSubscription;

/// The arguments of a subscription, filled in by its first execution.
#[derive(Default)]
pub(super) struct SubscriptionSetup {
    /// The cursor that the client resumes from, which overrides `since`.
    pub(super) resume: Option<String>,
    pub(super) subscription: Mutex<Option<FeedSubscription>>,
}

/// The change that a subscription is executed for.
pub(super) struct CurrentChange(pub(super) Change);

/// The root type of subscriptions.
pub(super) struct SubscriptionRoot;

/// Subscriptions, over `/graphql/ws` (graphql-transport-ws) or `/graphql/stream` (graphql-sse).
#[Subscription(name = "Subscription")]
impl SubscriptionRoot {
    /// Changes after a cursor, and then changes as they are made: each once, in order and without a gap.
    async fn changes(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Cursor after which changes are sent. Default: changes from now on.")] since: Option<
            String,
        >,
        #[graphql(desc = "Kinds of entities whose changes are sent. Default: changes of all records.")] kinds: Option<
            Vec<EntityKind>,
        >,
        #[graphql(desc = "Ids of records whose changes are sent, whether they exist or not. Default: all.")]
        ids: Option<Vec<ID>>,
    ) -> Result<impl Stream<Item = Change>> {
        if let Some(current) = ctx.data_opt::<CurrentChange>() {
            return Ok(stream::iter(Some(current.0.clone())));
        }
        let setup = ctx.data_opt::<Arc<SubscriptionSetup>>();
        let setup = setup.ok_or_else(|| Failure::internal("a subscription was executed as a query"))?;
        let subscription = FeedSubscription {
            after: position(ctx, setup.resume.clone().or(since)).await?,
            kinds: kinds.map(|kinds| non_empty("kinds", kinds)).transpose()?,
            ids: ids.map(|ids| checked_ids(ctx, ids)).transpose()?,
        };
        *setup.subscription.lock() = Some(subscription);
        Ok(stream::iter(None))
    }
}

/// The position of a cursor, which must be in the log; without a cursor, the end of the log.
async fn position(ctx: &Context<'_>, since: Option<String>) -> Result<LogPosition> {
    let context = request_context(ctx);
    let session = &context.session;
    let Some(since) = since else {
        return Ok(session.log_end().await?);
    };
    let place = cursors(context).await?.read("since", &since)?;
    session.check_log_position(place).await?;
    Ok(place)
}

fn checked_ids(ctx: &Context<'_>, ids: Vec<ID>) -> Result<HashSet<String>> {
    let max = request_context(ctx).session.limits().ids_max;
    if ids.len() > max {
        let count = ids.len();
        return Err(Failure::limit(format!(
            "ids: {count}, at most {max} allowed; subscribe to fewer ids, or to all changes"
        )));
    }
    Ok(non_empty("ids", ids)?.into_iter().map(String::from).collect())
}

fn non_empty<T>(argument: &str, list: Vec<T>) -> Result<Vec<T>> {
    if list.is_empty() {
        return Err(Failure::input(format!(
            "`{argument}` is empty and matches no change; leave it out to receive all"
        )));
    }
    Ok(list)
}
