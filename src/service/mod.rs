//! The service layer: use cases over a store. It is the only caller of the store, and decides access.

mod aggregate;
mod allocation;
mod backup;
mod charged;
mod counted;
mod error;
mod feed;
pub mod flow;
mod indicators;
mod integrity;
mod keys;
mod leverage;
mod limits;
mod personal;
mod read;
mod redirects;
mod robustness;
mod rules;
mod seal;
mod search;
mod session_stats;
mod spelling;
mod stated_later;
pub mod trace;
mod under;
mod visibility;
pub mod vocabulary;
mod workers;
pub mod write;

pub use aggregate::{AggregateGroup, GroupValue};
pub use allocation::Allocation;
pub use backup::{BackupError, BackupSummary, CheckedBackup, RestoreError};
pub use error::{Result, ServiceError};
pub use feed::{FeedPage, FeedSubscription};
pub use flow::{FlowAnswer, FlowInput};
pub use indicators::{BrokerageRow, Indicator, IndicatorCode, MissingInput, MissingInputReason};
pub use integrity::{IntegrityFault, IntegrityReport, check_keys, check_store};
pub use keys::{IssuedKey, KeyRejection, KeyRing, NewKey};
pub use leverage::{AmountFact, LeverageAmount, LeverageRow};
pub use limits::Limits;
pub use read::Session;
pub use redirects::{FilterWeight, ResolveRedirects, ResolvedIds};
pub use robustness::{RobustnessRow, WeakEvidence};
pub use rules::{RuleCheck, RuleStatus};
pub use seal::CursorSeal;
pub use search::{SearchHit, SearchKey, SearchPage};
pub use session_stats::SessionStats;
pub use spelling::{closest, nearest, suggest};
pub use trace::{CriticalityRow, Mechanisms, Placement, TraceAnswer, TraceInput};
pub use under::ProgramRelationsQuery;
pub use workers::Workers;

// Query types of the store are re-exported, because the layers above do not use the store.
pub use crate::store::{
    DatasetInfo, EntityKey, EntityQuery, IncidentQuery, KindCount, Neighborhood, OrderValue, RelationQuery,
    StoreStatus, WriteProgress,
};
pub use crate::store::{DiskProblem, create_private_directory, create_private_file};

pub use crate::indicators::{BrokerageRoles, Portion, Ratio, RatioGap};
pub use crate::trace::figures::{Figure, StatedTotal};
pub use crate::trace::mechanisms::{
    ElsewhereFigures, MechanismRow, NothingCounted, OmittedProgram, StatementCount,
};
pub use crate::trace::{
    CountInterval, CriticalPart, Criticality, DeadEnd, DeadEndReason, Path, PathCount, PathKey, TraceMode,
};

use std::sync::Arc;

use tokio::sync::OnceCell;

use crate::model::change::Revision;
use crate::model::principal::Principal;
use crate::store::{AnyStore, Store};

/// The type of store behind the service: one of those that the program supports, chosen at run time.
type Backend = AnyStore;

/// The use cases over one store. Clones share the store and everything else.
#[derive(Clone)]
pub struct Service {
    store: Arc<Backend>,
    keys: KeyRing,
    limits: Arc<Limits>,
    /// The newest lines of the change log, for all subscribers.
    recent: Arc<feed::RecentLog>,
    workers: Workers,
    /// Encrypts the cursors of the change log; its key is read from the store on first use.
    seal: Arc<OnceCell<CursorSeal>>,
}

impl Service {
    /// Creates the service over a store.
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

    /// Reads the newest revision from the store, which shows whether it responds and has a graph.
    pub async fn newest(&self) -> Result<Revision> {
        Ok(self.store.newest().await?)
    }

    /// Whether the store is to remain empty rather than receive the seed data.
    pub fn keeps_empty(&self) -> bool {
        self.store.keeps_empty()
    }

    /// Checks whether a write is possible, as far as the store knows without writing. If not, returns the error
    /// that a write would return.
    pub async fn writable(&self) -> Result<()> {
        Ok(self.store.writable().await?)
    }

    /// The status of the store: whether it responds, and whether it is applying a large write during which
    /// nobody can read.
    pub async fn status(&self) -> Result<StoreStatus> {
        Ok(self.store.status().await?)
    }

    /// Number of round trips to the store so far; always 0 for a store in memory.
    pub fn round_trips(&self) -> u64 {
        match &*self.store {
            AnyStore::Embedded(_) => 0,
            AnyStore::Neo4j(store) => store.round_trips(),
        }
    }

    /// The threads that execute requests.
    pub fn workers(&self) -> &Workers {
        &self.workers
    }

    /// The limits of requests.
    pub fn limits(&self) -> &Limits {
        &self.limits
    }

    /// Opens a session: it reads everything at one revision, and only what the principal may see. If
    /// [`Service::may_have_stale_reads`], a write meanwhile makes its reads fail with [`ServiceError::StaleRead`];
    /// then the request must be repeated in a new session.
    pub async fn session(&self, principal: &Principal) -> Result<Session> {
        Ok(Session::new(
            self.store.reader(&visibility::visibility_of(principal)).await?,
            self.limits.clone(),
            principal.clone(),
        ))
    }

    /// Opens a session whose reads are never stale; writers may have to wait for it. It is for requests that take
    /// long, and for those whose reads were stale before.
    pub async fn snapshot_session(&self, principal: &Principal) -> Result<Session> {
        Ok(Session::new(
            self.store
                .snapshot_reader(&visibility::visibility_of(principal))
                .await?,
            self.limits.clone(),
            principal.clone(),
        ))
    }

    /// Whether a write may make the reads of an open session stale.
    pub fn may_have_stale_reads(&self) -> bool {
        match &*self.store {
            AnyStore::Embedded(_) => false,
            AnyStore::Neo4j(_) => true,
        }
    }
}
