//! Stores: where a graph, its revision counter and its change log are kept. There is an embedded one (a `SQLite` file
//! and the graph in memory) and one in Neo4j, with the same guarantees.
//!
//! A store reads and writes records, and reads a bounded part of the graph as a whole. Access rules are decided by the
//! service, and results are computed by the service, the trace and the indicators.

mod any;
pub mod backup;
mod codec;
pub mod embedded;
mod error;
mod keys;
pub mod neo4j;
mod previous;
mod private;
mod query;
pub(crate) mod reads;
mod status;
mod subgraph_builder;
mod visibility;

use std::future::Future;

use tokio::sync::watch;

pub use any::{AnyReader, AnyStore};
pub use error::{DiskProblem, OpenError, StoreError};
pub use keys::{AnyKeyStore, KeyStore};
pub(crate) use previous::PreviousVersion;
pub use previous::PreviousVersions;
pub use private::{create_private_directory, create_private_file};
pub use query::{
    DatasetInfo, EntityKey, EntityQuery, IncidentQuery, KindCount, LogQuery, Neighborhood, OrderValue,
    RelationQuery,
};
pub use reads::Reader;
pub use status::{StoreStatus, WriteProgress};
pub use visibility::VisibilityFilter;

use crate::model::change::{ChangeSet, Revision};

/// The result of a call to a store.
pub type StoreResult<T> = Result<T, StoreError>;

/// One graph with one revision counter and one change log. The guarantees of every store:
///
/// - **Revision.** A reader reads at one revision. A committed write is visible to every reader opened later. If a store keeps no older
///   state, reads fail with [`StoreError::StaleRead`] after a newer commit; they never return data of another revision.
/// - **Visibility.** A reader from whom a data set is hidden reads as if the data set had never been written; this
///   includes counts, degrees, walks, filters and former ids. A record is hidden if a data set that has a row for it
///   is hidden, or if an entity that it names is hidden (an end or `under` of a relation, the entity of an
///   observation, the bearer or a party of a rule). A statement is hidden if its data set or its record is. A source
///   is hidden if all data sets that list it are. If nothing is hidden, this costs nothing.
/// - **Order.** Lists are sorted by id in ascending order of bytes, unless another order is given. No store uses a collation of its own.
/// - **Limits.** A list that stops at a limit is a prefix of the full list and says so.
/// - **Writes.** `commit` is all or nothing; a change set that changes nothing makes no revision.
/// - **Errors.** An unknown id gives `None`, a merged one the canonical entity. [`StoreError`] says which errors to
///   retry, and contains no type of a database driver.
/// - **Cancellation.** A future that is dropped leaves no partial write, and no work that goes on beyond its deadline.
pub trait Store: Send + Sync + 'static {
    /// The reader of one revision.
    type Reader: Reader;

    /// The newest revision, read from the database. Fails if that does not answer.
    fn newest(&self) -> impl Future<Output = StoreResult<Revision>> + Send;

    /// The state of the store for its operator, read from the database.
    fn status(&self) -> impl Future<Output = StoreResult<StoreStatus>> + Send;

    /// A reader at the newest revision that this process knows of. If another process has committed a newer one and the
    /// store keeps no older state, its first read fails with [`StoreError::StaleRead`].
    fn reader(&self, visibility: &VisibilityFilter)
    -> impl Future<Output = StoreResult<Self::Reader>> + Send;

    /// A reader at the newest revision whose reads are never stale while it, or a copy of it, lives. For reads that
    /// take long, and for requests whose reads were stale too often: writers may have to wait for it.
    ///
    /// By default [`Store::reader`], for a store that keeps older states.
    fn snapshot_reader(
        &self,
        visibility: &VisibilityFilter,
    ) -> impl Future<Output = StoreResult<Self::Reader>> + Send {
        self.reader(visibility)
    }

    /// Lets a plan prepare its change set on the newest graph, and commits it. No other write comes between the two.
    ///
    /// If the store has to start again, it calls [`WritePlan::prepare`] again. So what the plan has read of the changed records
    /// ([`PreparedWrite::previous`]) is never of an older graph than the one that is written to.
    fn commit<P: WritePlan>(
        &self,
        plan: P,
    ) -> impl Future<Output = StoreResult<CommitOutcome<P::Output, P::Refusal>>> + Send;

    /// Fails with the error with which a write would fail now, as far as the store can tell without writing.
    fn writable(&self) -> impl Future<Output = StoreResult<()>> + Send {
        std::future::ready(Ok(()))
    }

    /// Subscribes to the revisions of the graph, whichever process writes them: after each, the change log may have new lines. The
    /// subscription ends with the store. Must be called within a runtime.
    fn subscribe(&self) -> watch::Receiver<Revision>;
}

/// A write, which determines its changes from the newest graph when [`Store::commit`] asks for them.
pub trait WritePlan: Send + 'static {
    /// The result of the write, beside the new revision.
    type Output: Send + 'static;
    /// The reason for writing nothing.
    type Refusal: Send + 'static;

    /// Returns the changes to write, or the reason for writing nothing. `at` reads the graph that they apply to.
    fn prepare<R: Reader>(
        &mut self,
        at: &R,
    ) -> impl Future<Output = StoreResult<Result<PreparedWrite<Self::Output>, Self::Refusal>>> + Send;
}

/// The changes of a plan, with its output.
#[derive(Debug, Clone)]
pub struct PreparedWrite<T> {
    /// The changes to write.
    pub changes: ChangeSet,
    /// The stored versions of the changed records that the plan has read; the store reads the others.
    pub previous: PreviousVersions,
    /// The output of the plan.
    pub output: T,
}

impl From<ChangeSet> for PreparedWrite<()> {
    fn from(changes: ChangeSet) -> Self {
        Self {
            changes,
            previous: PreviousVersions::default(),
            output: (),
        }
    }
}

/// The outcome of a commit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CommitOutcome<T, R> {
    /// The changes are committed as this revision.
    Committed(Revision, T),
    /// The graph at this revision has all the changes already; nothing was written.
    Unchanged(Revision, T),
    /// The plan refused to write.
    Refused(R),
}
