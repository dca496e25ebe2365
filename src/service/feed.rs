//! The change feed: the change log, read from any position by any number of subscribers.
//!
//! A subscriber holds a position in the log and reads the lines after it. Nothing waits for subscribers, and
//! a slow one uses no memory. The newest lines are cached for all of them, so that a thousand subscribers
//! read the store once.

use std::collections::{BTreeSet, HashSet, VecDeque};
use std::sync::Arc;

use tokio::sync::{Mutex, watch};

use super::{Result, Service, Session};
use crate::model::change::{LogPosition, LogSubject, LoggedChange, Revision, Subject};
use crate::model::entity::EntityKind;
use crate::model::id::DatasetId;
use crate::model::page::{Page, PageRequest};
use crate::model::principal::{DatasetScope, Role};
use crate::store::{LogQuery, Store};

/// Number of lines cached for all subscribers.
const RECENT_MAX: usize = 10_000;
/// Number of lines read from the store at a time.
const READ: usize = 1_000;

/// The changes that a subscriber asked for, and how far it has read the log.
#[derive(Clone, Debug)]
pub struct FeedSubscription {
    /// The position after which lines are returned.
    pub after: LogPosition,
    /// Only changes of entities of these kinds, if given.
    pub kinds: Option<Vec<EntityKind>>,
    /// Only changes of records with these ids, if given.
    pub ids: Option<HashSet<String>>,
}

impl FeedSubscription {
    /// Whether the subscription includes a line.
    pub fn wants(&self, line: &LoggedChange) -> bool {
        let of_kind = self.kinds.as_ref().is_none_or(|kinds| match &line.changed {
            LogSubject::Record(Subject::Entity(id)) => kinds.contains(&id.kind()),
            LogSubject::Record(
                Subject::Relation(_) | Subject::Observation(_) | Subject::Rule(_) | Subject::Source(_),
            )
            | LogSubject::Dataset(_) => false,
        });
        let named = self.ids.as_ref();
        of_kind && named.is_none_or(|ids| ids.contains(line.changed.as_str()))
    }
}

/// The newest lines of the log, read once for all subscribers.
#[derive(Default)]
pub(super) struct RecentLog {
    kept: Mutex<Option<RecentLines>>,
}

/// All lines after a position, up to a revision.
struct RecentLines {
    after: LogPosition,
    lines: VecDeque<Arc<LoggedChange>>,
    read_at: Revision,
}

impl RecentLines {
    fn end(&self) -> LogPosition {
        self.lines.back().map_or(self.after, |line| line.position)
    }

    /// Appends lines, and drops the oldest ones over the limit.
    fn extend(&mut self, page: Page<LoggedChange>, read_at: Revision) {
        self.lines.extend(page.items.into_iter().map(Arc::new));
        if !page.has_next {
            self.read_at = read_at;
        }
        while self.lines.len() > RECENT_MAX {
            if let Some(oldest) = self.lines.pop_front() {
                self.after = oldest.position;
            }
        }
    }

    /// The lines after a position, as of a revision.
    fn lines(&self, after: LogPosition, limit: usize, at: Revision) -> Vec<Arc<LoggedChange>> {
        let start = self.lines.partition_point(|line| line.position <= after);
        let lines = self.lines.range(start..).take(limit);
        lines
            .take_while(|line| line.position.revision <= at)
            .cloned()
            .collect()
    }
}

impl RecentLog {
    /// Up to `limit` lines after a position, regardless of data set. If there are fewer, there are no more at
    /// the session's revision, or they follow in the next call.
    async fn after(
        &self,
        session: &Session,
        after: LogPosition,
        limit: usize,
    ) -> Result<Vec<Arc<LoggedChange>>> {
        let at = session.revision();
        // Locked while the store is read, because others wait for the same lines.
        let mut kept = self.kept.lock().await;
        if kept.as_ref().is_none_or(|kept| kept.end() < after) {
            *kept = Some(RecentLines {
                after,
                lines: VecDeque::new(),
                read_at: Revision::default(),
            });
        }
        match kept.as_mut().filter(|kept| kept.after <= after) {
            Some(kept) => {
                if kept.read_at < at {
                    let page = session.all_lines(kept.end(), READ).await?;
                    kept.extend(page, at);
                }
                Ok(kept.lines(after, limit, at))
            }
            None => {
                drop(kept);
                let page = session.all_lines(after, limit).await?;
                Ok(page.items.into_iter().map(Arc::new).collect())
            }
        }
    }
}

impl Service {
    /// A receiver that is notified whenever something may have been written.
    pub fn subscribe(&self) -> watch::Receiver<Revision> {
        self.store.subscribe()
    }

    /// The lines that a subscriber asked for and may see, out of the next `limit` of the log. The caller then sets [`FeedSubscription::after`] to `up_to` of the page.
    pub async fn feed_page(
        &self,
        session: &Session,
        subscription: &FeedSubscription,
        limit: usize,
    ) -> Result<FeedPage> {
        let lines = self.recent.after(session, subscription.after, limit).await?;
        let Some(last) = lines.last().map(|line| line.position) else {
            return Ok(FeedPage {
                lines,
                up_to: subscription.after,
                more: false,
            });
        };
        let more = lines.len() == limit;
        let mut lines = lines;
        lines.retain(|line| subscription.wants(line));
        if !lines.is_empty() {
            let visible = session.feed_datasets().await?;
            lines.retain(|line| visible.as_ref().is_none_or(|visible| line.concerns_any(visible)));
        }
        Ok(FeedPage {
            lines,
            up_to: last,
            more,
        })
    }
}

/// One page of the log for a subscriber.
pub struct FeedPage {
    /// The lines.
    pub lines: Vec<Arc<LoggedChange>>,
    /// The position up to which the log was read.
    pub up_to: LogPosition,
    /// Whether more lines may be available at once.
    pub more: bool,
}

impl Session {
    /// A page of the changes in data sets that the principal can see.
    pub async fn log(&self, page: PageRequest<LogPosition>) -> Result<Page<LoggedChange>> {
        let told = self.feed_datasets().await?;
        self.log_lines(&LogQuery { page, datasets: told }).await
    }

    /// The position of the newest change in data sets that the principal can see; if there is none, the
    /// position before the first line.
    pub async fn visible_log_end(&self) -> Result<LogPosition> {
        let newest = PageRequest {
            from_end: true,
            ..PageRequest::first(1)
        };
        let page = self.log(newest).await?;
        Ok(page.items.last().map(|line| line.position).unwrap_or_default())
    }

    /// The number of changes in data sets that the principal can see.
    pub async fn count_log(&self) -> Result<u64> {
        let told = self.feed_datasets().await?;
        self.count_log_lines(told.as_ref()).await
    }

    /// Rejects a position that the log does not have.
    pub async fn check_log_position(&self, place: LogPosition) -> Result<()> {
        self.all_lines(place, 0).await.map(drop)
    }

    /// A page of the log, regardless of data set.
    async fn all_lines(&self, after: LogPosition, limit: usize) -> Result<Page<LoggedChange>> {
        let page = PageRequest {
            after: Some(after),
            ..PageRequest::first(limit)
        };
        self.log_lines(&LogQuery { page, datasets: None }).await
    }

    /// The data sets whose changes the principal can see, including those that its key names, which may be
    /// deleted; `None` for all.
    async fn feed_datasets(&self) -> Result<Option<BTreeSet<DatasetId>>> {
        let principal = self.principal();
        if principal.role == Role::Admin {
            return Ok(None);
        }
        let datasets = self.datasets().await?;
        let mut told: BTreeSet<DatasetId> = datasets.into_iter().map(|info| info.dataset.id).collect();
        if let DatasetScope::Only(given) = &principal.scope {
            told.extend(given.iter().cloned());
        }
        Ok(Some(told))
    }
}
