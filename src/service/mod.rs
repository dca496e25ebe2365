//! Use cases. The only caller of the store, and the place where access is decided.

mod aggregate;
mod allocation;
mod backup;
mod charged;
mod counted;
mod error;
mod feed;
pub mod flow;
mod follow;
mod indicators;
mod integrity;
mod keys;
mod leverage;
mod limits;
mod personal;
mod read;
mod robustness;
mod rules;
mod seal;
mod search;
mod spelling;
mod stated_later;
pub mod trace;
mod under;
mod view;
pub mod vocabulary;
mod workers;
pub mod write;

pub use aggregate::{AggregateGroup, GroupValue};
pub use allocation::Allocation;
pub use backup::{BackupError, BackupSummary, CheckedBackup, RestoreError};
pub use error::{Result, ServiceError};
pub use feed::{Following, Heard};
pub use flow::{FlowAnswer, FlowInput};
pub use follow::{Follow, Kept, Weight};
pub use indicators::{BrokerageRow, Indicator, IndicatorCode, Lack, MissingInput};
pub use integrity::{Fault, Integrity, check_keys, check_store};
pub use keys::{Issued, KeyRefused, KeyRing, NewKey};
pub use leverage::{Amount, AmountFact, LeverageRow};
pub use limits::Limits;
pub use read::{Session, SessionStats};
pub use robustness::{RobustnessRow, WeakEvidence};
pub use rules::{RuleCheck, RuleStatus};
pub use seal::CursorSeal;
pub use search::{SearchHit, SearchKey, SearchPage};
pub use spelling::{least_far, nearest, suggest};
pub use trace::{CriticalityRow, Mechanisms, Placement, TraceAnswer, TraceInput};
pub use under::UnderQuery;
pub use workers::Workers;

// The store's words for lists are the service's too: the layers above know no store.
pub use crate::store::{
    Applying, DatasetInfo, EntityKey, EntityQuery, IncidentQuery, KindCount, Neighbourhood, OrderValue,
    RelationQuery, StoreStatus,
};
pub use crate::store::{MediumFault, create_private_directory, create_private_file};

pub use crate::indicators::{Gap, Portion, Ratio, Roles};
pub use crate::trace::figures::{Figure, StatedTotal};
pub use crate::trace::mechanisms::{Elsewhere, LeftOut, MechanismRow, NothingCounted, StatementCount};
pub use crate::trace::{
    CountInterval, Critical, DeadEnd, DeadEndReason, Part, Path, PathCount, PathKey, TraceMode,
};

use std::sync::Arc;

use tokio::sync::OnceCell;

use crate::model::change::Revision;
use crate::model::principal::Principal;
use crate::store::{AnyStore, Store};

/// The store that the service runs on.
type Backend = AnyStore;

/// The use cases over one store. A copy is another handle to the same.
#[derive(Clone)]
pub struct Service {
    store: Arc<Backend>,
    keys: KeyRing,
    limits: Arc<Limits>,
    recent: Arc<feed::Recent>,
    workers: Workers,
    seal: Arc<OnceCell<CursorSeal>>,
}

impl Service {
    /// The use cases over a store.
    pub fn new(store: impl Into<AnyStore>, limits: Limits) -> Self {
        let store = store.into();
        Self {
            workers: Workers::new(limits.work_threads),
            keys: KeyRing::new(store.keys()),
            store: Arc::new(store),
            limits: Arc::new(limits),
            recent: Arc::default(),
            seal: Arc::default(),
        }
    }

    /// The API keys.
    pub fn keys(&self) -> &KeyRing {
        &self.keys
    }

    /// The newest revision, asked of the store itself: whether it answers, and whether there is a graph.
    pub async fn newest(&self) -> Result<Revision> {
        Ok(self.store.newest().await?)
    }

    /// Whether no data set is to be put into the store unasked.
    pub fn keeps_empty(&self) -> bool {
        self.store.keeps_empty()
    }

    /// Whether a write could be made now, as far as is known without making one: the error that it would meet.
    pub async fn writable(&self) -> Result<()> {
        Ok(self.store.writable().await?)
    }

    /// Where the store stands: whether it answers, and whether it applies a write so large that nobody can read meanwhile.
    pub async fn status(&self) -> Result<StoreStatus> {
        Ok(self.store.status().await?)
    }

    /// How often readers have waited for the store so far; of a store in memory, never.
    pub fn round_trips(&self) -> u64 {
        match &*self.store {
            AnyStore::Embedded(_) => 0,
            AnyStore::Neo4j(store) => store.round_trips(),
        }
    }

    /// The threads on which questions are answered.
    pub fn workers(&self) -> &Workers {
        &self.workers
    }

    /// Its limits.
    pub fn limits(&self) -> &Limits {
        &self.limits
    }

    /// A session: everything read in it is read at one revision, and is the principal's to see. Where [`Service::may_be_overtaken`], a write meanwhile ends it
    /// with [`ServiceError::Overtaken`]: then the question must be asked again in a new one.
    pub async fn session(&self, principal: &Principal) -> Result<Session> {
        Ok(Session::new(
            self.store.reader(&view::of(principal)).await?,
            self.limits.clone(),
            principal.clone(),
        ))
    }

    /// A session that nothing overtakes, for which writers may have to wait: for what takes long, or was overtaken before.
    pub async fn steady_session(&self, principal: &Principal) -> Result<Session> {
        Ok(Session::new(
            self.store.snapshot_reader(&view::of(principal)).await?,
            self.limits.clone(),
            principal.clone(),
        ))
    }

    /// Whether a write may end a session under way.
    pub fn may_be_overtaken(&self) -> bool {
        match &*self.store {
            AnyStore::Embedded(_) => false,
            AnyStore::Neo4j(_) => true,
        }
    }
}
