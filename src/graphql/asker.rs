//! Who asks: what resolvers reach for.

use std::collections::{BTreeSet, HashMap};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};

use async_graphql::Context;
use parking_lot::Mutex;

use super::batch::{Queue, Running};
use super::errors::{self, Failure};
use super::loaders::Loaders;
use super::types::written::{DeleteResult, MergeResult, UpsertResult};
use crate::model::memory::{Account, MemoryExhausted};
use crate::service::{Service, Session};

/// What resolvers reach for: one session a request, and what is read in it. A write makes a newer one, in which what comes
/// after it is read.
pub(super) struct Asker {
    pub(super) session: Session,
    pub(super) loaders: Arc<Loaders>,
    pub(super) service: Service,
    /// What the answer holds, with what is read for it; one for answers that are worked out together.
    pub(super) account: Account,
    rows: Arc<Rows>,
    writes: Arc<Writes>,
    withheld: Arc<Withheld>,
    newer: OnceLock<Box<Asker>>,
}

/// The fields of personal data that were asked for by one who may not see it. By what was asked alone: whether there was
/// something to hide is not told.
type Withheld = Mutex<BTreeSet<&'static str>>;

/// Bytes of a row beside its fields: the record of it, its cursor, and what reads it.
const ROW: u64 = 1024;

/// What is left of the rows that an answer may have.
struct Rows {
    left: AtomicU64,
    max: u64,
}

impl Rows {
    fn new(max: u64) -> Arc<Self> {
        Arc::new(Self {
            left: AtomicU64::new(max),
            max,
        })
    }
}

/// What came of the writes of a request, by the field that made each. Where the answer has to be read again, because the
/// graph moved on, nothing is written again.
pub(super) type Writes = Mutex<HashMap<String, errors::Result<Done>>>;

/// What came of a write.
#[derive(Clone)]
pub(super) enum Done {
    Upserted(UpsertResult),
    Removed(DeleteResult),
    Merged(MergeResult),
}

impl Asker {
    /// An asker in a session, whose answer may have so many rows. What was written is not written again.
    pub(super) fn new(
        service: Service,
        session: Session,
        account: Account,
        rows_max: u64,
        writes: Arc<Writes>,
    ) -> Self {
        let session = session.charging(&account);
        Self {
            loaders: Arc::new(Loaders::new(&session, &account)),
            session,
            service,
            account,
            rows: Rows::new(rows_max),
            writes,
            withheld: Arc::default(),
            newer: OnceLock::new(),
        }
    }

    /// An asker of another answer that is worked out together with this one's: what both lead to is read once.
    pub(super) fn beside(&self) -> Self {
        Self {
            session: self.session.clone(),
            loaders: self.loaders.clone(),
            service: self.service.clone(),
            account: self.account.clone(),
            rows: Rows::new(self.rows.max),
            writes: Arc::default(),
            withheld: Arc::default(),
            newer: OnceLock::new(),
        }
    }

    /// The fields that were withheld, as `Type.field`.
    pub(super) fn withheld(&self) -> BTreeSet<&'static str> {
        self.withheld.lock().clone()
    }

    /// Notes that a field of personal data is asked for, as `Type.field`.
    pub(super) fn asks_personal(&self, field: &'static str) {
        if !self.session.principal().pii {
            self.withheld.lock().insert(field);
        }
    }

    /// The one that reads after all writes so far.
    pub(super) fn newest(&self) -> &Self {
        let mut newest = self;
        while let Some(newer) = newest.newer.get() {
            newest = newer;
        }
        newest
    }

    /// Every one, in the order of the writes between them.
    pub(super) fn all(&self) -> impl Iterator<Item = &Self> {
        std::iter::successors(Some(self), |one| one.newer.get().map(AsRef::as_ref))
    }

    /// Reads from now on at the newest revision.
    pub(super) async fn renew(&self) -> errors::Result<()> {
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
            newer: OnceLock::new(),
        };
        // Fields that write are done one after the other, so nobody else has set it.
        let _ = self.newer.set(Box::new(newer));
        Ok(())
    }

    /// What came of the write of this field, where it was made already.
    pub(super) fn done(&self, ctx: &Context<'_>) -> errors::Result<Option<Done>> {
        self.writes.lock().get(&response_key(ctx)).cloned().transpose()
    }

    /// Notes what came of the write of this field.
    pub(super) fn note(&self, ctx: &Context<'_>, done: errors::Result<Done>) {
        self.writes.lock().insert(response_key(ctx), done);
    }

    /// The fields whose writes were made.
    pub(super) fn written(&self) -> Vec<String> {
        let writes = self.writes.lock();
        let mut fields: Vec<String> = writes
            .iter()
            .filter(|(_, done)| done.is_ok())
            .map(|(field, _)| field.clone())
            .collect();
        fields.sort();
        fields
    }

    /// Takes the rows of a page from what the answer may have. What a question may cost is reckoned beforehand from the
    /// sizes it names; this is what it does cost.
    pub(super) fn spend_rows(&self, rows: usize) -> errors::Result<()> {
        self.account.keep(ROW * rows as u64)?;
        let take = |left: u64| left.checked_sub(rows as u64);
        let Rows { left, max } = &*self.rows;
        let spent = left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, take);
        spent.map(drop).map_err(|_| {
            Failure::limit(format!(
                "the answer has more than {max} rows; ask for smaller pages (`first`)"
            ))
        })
    }
}

impl Queue for Arc<Asker> {
    fn start(&self, running: &mut Vec<Running>) {
        self.all().for_each(|asker| asker.loaders.start(running));
    }

    fn exhausted(&self) -> Option<MemoryExhausted> {
        self.account.exhausted()
    }
}

/// The name of a field in the answer.
fn response_key(ctx: &Context<'_>) -> String {
    let field = ctx.field();
    field.alias().unwrap_or_else(|| field.name()).to_string()
}

/// The asker of the request that is being answered.
pub(super) fn asker<'a>(ctx: &Context<'a>) -> &'a Asker {
    ctx.data_unchecked::<Arc<Asker>>().newest()
}
