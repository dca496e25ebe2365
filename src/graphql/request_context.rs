//! The context of a request, which resolvers use.

use std::any::Any;
use std::collections::{BTreeSet, HashMap};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};

use async_graphql::Context;
use parking_lot::Mutex;

use super::batch::{BatchQueue, IdleQueue, RunningBatch};
use super::errors::{self, Failure};
use super::loaders::Loaders;
use crate::model::memory::{Account, MemoryExhausted};
use crate::service::{Service, Session};

/// The session of a request, with its loaders and limits. A write adds a newer context, in which the fields after it are
/// resolved.
pub(super) struct RequestContext {
    pub(super) session: Session,
    pub(super) loaders: Arc<Loaders>,
    pub(super) service: Service,
    /// The account that pays for the response and for the records read for it; shared by responses that are computed
    /// together.
    pub(super) account: Account,
    rows: Arc<RowBudget>,
    writes: Arc<WriteResults>,
    withheld: Arc<WithheldFields>,
    /// Shared by everything that is executed together.
    idle: Arc<IdleQueue>,
    newer: OnceLock<Box<RequestContext>>,
}

/// The fields of personal data that the request selects and the principal may not see. They depend on the request alone:
/// whether there was data to withhold is not disclosed.
type WithheldFields = Mutex<BTreeSet<&'static str>>;

/// Bytes of a row without its fields: its record, its cursor, and the resolver.
const ROW: u64 = 1024;

/// The number of rows that a response may still have.
struct RowBudget {
    left: AtomicU64,
    max: u64,
}

impl RowBudget {
    fn new(max: u64) -> Arc<Self> {
        Arc::new(Self {
            left: AtomicU64::new(max),
            max,
        })
    }
}

/// The results of the writes of a request, by the response key of the field that made each. When a request is executed
/// again after a stale read, its writes are not repeated.
pub(super) type WriteResults = Mutex<HashMap<String, errors::Result<WriteResult>>>;

/// The result of a write, of the type that its field returns.
type WriteResult = Arc<dyn Any + Send + Sync>;

impl RequestContext {
    /// A context in a session. `rows_max` is the number of rows that the response may have; `writes` are the results of an
    /// earlier execution.
    pub(super) fn new(
        service: Service,
        session: Session,
        account: Account,
        rows_max: u64,
        writes: Arc<WriteResults>,
    ) -> Self {
        let session = session.charging(&account);
        Self {
            loaders: Arc::new(Loaders::new(&session, &account)),
            session,
            service,
            account,
            rows: RowBudget::new(rows_max),
            writes,
            withheld: Arc::default(),
            idle: Arc::default(),
            newer: OnceLock::new(),
        }
    }

    /// A context for another response that is computed together with this one and shares its loaders.
    pub(super) fn sibling(&self) -> Self {
        Self {
            session: self.session.clone(),
            loaders: self.loaders.clone(),
            service: self.service.clone(),
            account: self.account.clone(),
            rows: RowBudget::new(self.rows.max),
            writes: Arc::default(),
            withheld: Arc::default(),
            idle: self.idle.clone(),
            newer: OnceLock::new(),
        }
    }

    /// The fields that were withheld, as `Type.field`.
    pub(super) fn withheld_fields(&self) -> BTreeSet<&'static str> {
        self.withheld.lock().clone()
    }

    /// Notes a selected field of personal data, as `Type.field`, if the principal may not see it.
    pub(super) fn note_personal_field(&self, field: &'static str) {
        if !self.session.principal().pii {
            self.withheld.lock().insert(field);
        }
    }

    /// Returns when nothing else in the execution can proceed without a store.
    pub(super) async fn idle(&self) {
        self.idle.wait().await;
    }

    /// The context that reads after all writes so far.
    pub(super) fn newest(&self) -> &Self {
        let mut newest = self;
        while let Some(newer) = newest.newer.get() {
            newest = newer;
        }
        newest
    }

    /// All contexts of the request, in the order of the writes between them.
    pub(super) fn chain(&self) -> impl Iterator<Item = &Self> {
        std::iter::successors(Some(self), |one| one.newer.get().map(AsRef::as_ref))
    }

    /// Adds a context at the newest revision, which the next fields use.
    async fn advance(&self) -> errors::Result<()> {
        let session = self.service.session(self.session.principal()).await?;
        let session = session.charging(&self.account);
        let newer = Self {
            loaders: Arc::new(Loaders::new(&session, &self.account)),
            session,
            service: self.service.clone(),
            account: self.account.clone(),
            rows: self.rows.clone(),
            writes: self.writes.clone(),
            withheld: self.withheld.clone(),
            idle: self.idle.clone(),
            newer: OnceLock::new(),
        };
        // Mutation fields are executed one after the other, so it is not set yet.
        let _ = self.newer.set(Box::new(newer));
        Ok(())
    }

    /// The result of the write of this field, if it was made in an earlier execution.
    pub(super) fn previous_write<T: Any + Clone>(&self, ctx: &Context<'_>) -> errors::Result<Option<T>> {
        let done = self.writes.lock().get(&response_key(ctx)).cloned().transpose()?;
        Ok(done.and_then(|done| done.downcast_ref::<T>().cloned()))
    }

    /// Keeps the result of the write of this field. If it was made, the next fields read at its revision.
    pub(super) async fn finish_write<T: Any + Clone + Send + Sync>(
        &self,
        ctx: &Context<'_>,
        done: errors::Result<T>,
    ) -> errors::Result<T> {
        let kept = done.clone().map(|done| -> WriteResult { Arc::new(done) });
        self.writes.lock().insert(response_key(ctx), kept);
        let done = done?;
        self.advance().await?;
        Ok(done)
    }

    /// The response keys of the fields whose writes were committed.
    pub(super) fn committed_fields(&self) -> Vec<String> {
        let writes = self.writes.lock();
        let mut fields: Vec<String> = writes
            .iter()
            .filter(|(_, done)| done.is_ok())
            .map(|(field, _)| field.clone())
            .collect();
        fields.sort();
        fields
    }

    /// Deducts the rows of a page from the row budget. The limits on a document bound its cost in advance; this counts the
    /// rows that are really returned.
    pub(super) fn spend_rows(&self, rows: usize) -> errors::Result<()> {
        self.account.keep(ROW * rows as u64)?;
        let take = |left: u64| left.checked_sub(rows as u64);
        let RowBudget { left, max } = &*self.rows;
        let spent = left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, take);
        spent.map(drop).map_err(|_| {
            Failure::limit(format!(
                "the answer has more than {max} rows; request smaller pages (`first`)"
            ))
        })
    }
}

impl BatchQueue for Arc<RequestContext> {
    fn start(&self, running: &mut Vec<RunningBatch>) {
        self.chain().for_each(|context| context.loaders.start(running));
        self.idle.start(running);
    }

    fn exhausted(&self) -> Option<MemoryExhausted> {
        self.account.exhausted()
    }
}

/// The key of a field in the response.
fn response_key(ctx: &Context<'_>) -> String {
    let field = ctx.field();
    field.alias().unwrap_or_else(|| field.name()).to_string()
}

/// The context of the request that is executed.
pub(super) fn request_context<'a>(ctx: &Context<'a>) -> &'a RequestContext {
    ctx.data_unchecked::<Arc<RequestContext>>().newest()
}
