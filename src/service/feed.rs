//! The change feed: the log read from any place on, by whoever asks.
//!
//! A follower holds a place in the log and asks for what stands after it; nothing waits for followers, and a slow one costs no
//! memory. What was written last is kept for all of them, so that a thousand followers read the store once.

use std::collections::{BTreeSet, HashSet, VecDeque};
use std::sync::Arc;

use tokio::sync::{Mutex, watch};

use super::{Result, Service, Session};
use crate::model::change::{Revision, Subject};
use crate::model::entity::EntityKind;
use crate::model::id::DatasetId;
use crate::model::log::{Changed, LogPlace, LoggedChange};
use crate::model::page::{Page, PageRequest};
use crate::model::principal::{Role, Scope};
use crate::store::{LogQuery, Store};

/// Lines kept for all followers.
const RECENT_MAX: usize = 10_000;
/// Lines read from the store at a time.
const READ: usize = 1_000;

/// What a follower wants to hear of, and how far it has come.
#[derive(Clone, Debug)]
pub struct Following {
    /// Lines after this place.
    pub after: LogPlace,
    /// Of entities of these kinds only, where given.
    pub kinds: Option<Vec<EntityKind>>,
    /// Of what has these ids only, where given.
    pub ids: Option<HashSet<String>>,
}

impl Following {
    /// Whether a line is one of those wanted.
    pub fn wants(&self, line: &LoggedChange) -> bool {
        let of_kind = self.kinds.as_ref().is_none_or(|kinds| match &line.changed {
            Changed::Record(Subject::Entity(id)) => kinds.contains(&id.kind()),
            _ => false,
        });
        let named = self.ids.as_ref();
        of_kind && named.is_none_or(|ids| ids.contains(line.changed.as_str()))
    }
}

/// The newest lines of the log, read once for all followers.
#[derive(Default)]
pub(super) struct Recent {
    kept: Mutex<Option<Kept>>,
}

/// All lines after a place, up to a revision.
struct Kept {
    after: LogPlace,
    lines: VecDeque<Arc<LoggedChange>>,
    read_at: Revision,
}

impl Kept {
    fn end(&self) -> LogPlace {
        self.lines.back().map_or(self.after, |line| line.place)
    }

    /// Takes up what was read; the oldest lines make room.
    fn extend(&mut self, page: Page<LoggedChange>, read_at: Revision) {
        self.lines.extend(page.items.into_iter().map(Arc::new));
        if !page.has_next {
            self.read_at = read_at;
        }
        while self.lines.len() > RECENT_MAX {
            if let Some(oldest) = self.lines.pop_front() {
                self.after = oldest.place;
            }
        }
    }

    /// Lines after a place, as they were at a revision.
    fn lines(&self, after: LogPlace, limit: usize, at: Revision) -> Vec<Arc<LoggedChange>> {
        let start = self.lines.partition_point(|line| line.place <= after);
        let lines = self.lines.range(start..).take(limit);
        lines
            .take_while(|line| line.place.revision <= at)
            .cloned()
            .collect()
    }
}

impl Recent {
    /// Up to `limit` lines after a place, whomever they concern. Fewer: there are no more at the session's revision, or they
    /// are given at the next call.
    async fn after(
        &self,
        session: &Session,
        after: LogPlace,
        limit: usize,
    ) -> Result<Vec<Arc<LoggedChange>>> {
        let at = session.revision();
        // Held while the store is read: the others wait for the same lines.
        let mut kept = self.kept.lock().await;
        if kept.as_ref().is_none_or(|kept| kept.end() < after) {
            *kept = Some(Kept {
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
    /// Tells that something may have been written since it was last looked at, for as long as it is held.
    pub fn subscribe(&self) -> watch::Receiver<Revision> {
        self.store.subscribe()
    }

    /// What a follower is told next: lines it wants and may hear of, out of the next `limit` of the log; and whether there may
    /// be more at once. The follower's place is moved on by [`Following::after`] of the answer.
    pub async fn follow(&self, session: &Session, following: &Following, limit: usize) -> Result<Heard> {
        let lines = self.recent.after(session, following.after, limit).await?;
        let Some(last) = lines.last().map(|line| line.place) else {
            return Ok(Heard {
                lines,
                up_to: following.after,
                more: false,
            });
        };
        let more = lines.len() == limit;
        let mut lines = lines;
        lines.retain(|line| following.wants(line));
        if !lines.is_empty() {
            let told = session.told().await?;
            lines.retain(|line| told.as_ref().is_none_or(|told| line.is_told(told)));
        }
        Ok(Heard {
            lines,
            up_to: last,
            more,
        })
    }
}

/// What a follower is told next.
pub struct Heard {
    /// The lines.
    pub lines: Vec<Arc<LoggedChange>>,
    /// The place up to which the log was looked through.
    pub up_to: LogPlace,
    /// Whether more may follow at once.
    pub more: bool,
}

impl Session {
    /// One page of the log, as far as it concerns data sets that the asker sees.
    pub async fn log(&self, page: PageRequest<LogPlace>) -> Result<Page<LoggedChange>> {
        let told = self.told().await?;
        self.log_lines(&LogQuery { page, told }).await
    }

    /// The place of the newest line that concerns data sets that the asker sees; where there is none, that before the first line.
    pub async fn seen_log_end(&self) -> Result<LogPlace> {
        let newest = PageRequest {
            from_end: true,
            ..PageRequest::first(1)
        };
        let page = self.log(newest).await?;
        Ok(page.items.last().map(|line| line.place).unwrap_or_default())
    }

    /// How many lines of the log concern data sets that the asker sees.
    pub async fn count_log(&self) -> Result<u64> {
        let told = self.told().await?;
        self.count_log_lines(told.as_ref()).await
    }

    /// Refuses a place that the log does not have.
    pub async fn check_log_place(&self, place: LogPlace) -> Result<()> {
        self.all_lines(place, 0).await.map(drop)
    }

    /// One page of the log, whomever it concerns.
    async fn all_lines(&self, after: LogPlace, limit: usize) -> Result<Page<LoggedChange>> {
        let page = PageRequest {
            after: Some(after),
            ..PageRequest::first(limit)
        };
        self.log_lines(&LogQuery { page, told: None }).await
    }

    /// The data sets that the asker sees, and those given by name, which may be gone: of what changed in others it is told nothing.
    /// None: it is told of all.
    async fn told(&self) -> Result<Option<BTreeSet<DatasetId>>> {
        let principal = self.principal();
        if principal.role == Role::Admin {
            return Ok(None);
        }
        let datasets = self.datasets().await?;
        let mut told: BTreeSet<DatasetId> = datasets.into_iter().map(|info| info.dataset.id).collect();
        if let Scope::Only(given) = &principal.scope {
            told.extend(given.iter().cloned());
        }
        Ok(Some(told))
    }
}
