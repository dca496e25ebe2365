//! Stores: one graph, one revision counter, one change log; the same promises whichever store keeps it.
//!
//! A store reads and writes the graph and walks a bounded part of it. It decides nothing about access, and computes no
//! answer: that is for the service, the trace and the indicators.

mod any;
pub mod backup;
mod codec;
pub mod embedded;
mod error;
mod keys;
pub mod neo4j;
mod private;
mod query;
pub(crate) mod reads;
mod status;
mod view;
mod walker;

use std::future::Future;

use tokio::sync::watch;

pub use any::{AnyReader, AnyStore};
pub use error::{MediumFault, OpenError, StoreError};
pub use keys::{AnyKeys, Keys};
pub use private::{create_private_directory, create_private_file};
pub use query::{
    DatasetInfo, EntityKey, EntityQuery, IncidentQuery, KindCount, LogQuery, Neighbourhood, OrderValue,
    RelationQuery,
};
pub use reads::Reader;
pub use status::{Applying, StoreStatus};
pub use view::View;

use crate::model::change::{ChangeSet, Revision};

/// The answer of a store.
pub type Answer<T> = Result<T, StoreError>;

/// One graph, one revision counter, one change log. What a caller may rely on, whichever store it is:
///
/// - **Revision.** A reader reads at one revision and names it. A committed write is seen by every reader opened later. If a store keeps
///   no older graph, reads fail with [`StoreError::StaleRead`] after a newer commit; they never answer from another revision.
/// - **View.** A reader of a view that hides a data set answers as if that had never been written: records, counts, degrees, walks,
///   what filters look at, former ids. A record is hidden where a data set with a row for it is, or an entity that it names (an
///   end, `under`, a bearer, a party); a statement with its data set or its record; a source where all data sets that list it
///   are. Where nothing is hidden from a view, it costs nothing.
/// - **Order.** Lists ascend by id, as bytes, where no other order is asked for. No store sorts by a collation of its own.
/// - **Limits.** What stops at a limit says at which, and is a prefix of the full answer. Nothing is cut in silence.
/// - **Writes.** `commit` is all or nothing; a change set that changes nothing makes no revision.
/// - **Errors.** Unknown id: `None`; merged: the entity kept. Worth a retry: as [`StoreError`] says. No driver type.
/// - **Cancel.** A dropped future leaves no write half done, and no work that outlives its deadline.
pub trait Store: Send + Sync + 'static {
    /// A reader of one revision.
    type Reader: Reader;

    /// The newest revision, asked of the database: fails if that does not answer.
    fn newest(&self) -> impl Future<Output = Answer<Revision>> + Send;

    /// The state of the store for its operator, asked of the database.
    fn status(&self) -> impl Future<Output = Answer<StoreStatus>> + Send;

    /// A reader at the newest revision that is known without asking. If the graph has a newer one by then, the first read is a stale read.
    fn reader(&self, view: &View) -> impl Future<Output = Answer<Self::Reader>> + Send;

    /// A reader at the newest revision whose reads are never stale while it, or a copy of it, lives: writers may be kept waiting. For
    /// answers that take long, and for requests whose reads were stale too often.
    fn snapshot_reader(&self, view: &View) -> impl Future<Output = Answer<Self::Reader>> + Send {
        self.reader(view)
    }

    /// Prepares a change set against the newest graph, all of it, with no write in between, and writes it all or nothing.
    ///
    /// The plan may be asked more than once where the store has to start again.
    fn commit<P: Plan>(&self, plan: P)
    -> impl Future<Output = Answer<Outcome<P::Output, P::Refusal>>> + Send;

    /// Whether a write could be made now, as far as is known without making one: the error that it would meet.
    fn writable(&self) -> impl Future<Output = Answer<()>> + Send {
        std::future::ready(Ok(()))
    }

    /// Subscribes to the revisions of the graph, whichever process writes them: after each, the log may have new lines. The subscription
    /// ends with the store. Must be called within a runtime.
    fn subscribe(&self) -> watch::Receiver<Revision>;
}

/// What a writer intends, decided only when the newest graph is in view.
pub trait Plan: Send + 'static {
    /// What the writer learns of the changes, beside the revision that they made.
    type Output: Send + 'static;
    /// Why it may decide to write nothing.
    type Refusal: Send + 'static;

    /// The changes to make, or why none are made.
    fn prepare<R: Reader>(
        &mut self,
        at: &R,
    ) -> impl Future<Output = Answer<Result<PreparedWrite<Self::Output>, Self::Refusal>>> + Send;
}

/// The changes that a plan decided on, and what it says of them.
#[derive(Debug, Clone)]
pub struct PreparedWrite<T> {
    /// The changes to make.
    pub changes: ChangeSet,
    /// The output of the plan.
    pub output: T,
}

impl From<ChangeSet> for PreparedWrite<()> {
    fn from(changes: ChangeSet) -> Self {
        Self { changes, output: () }
    }
}

/// What came of a commit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome<T, R> {
    /// It is written; the graph is at this revision now.
    Committed(Revision, T),
    /// Nothing differed, so nothing was written; the graph is at this revision.
    Unchanged(Revision, T),
    /// The plan was refused.
    Refused(R),
}
