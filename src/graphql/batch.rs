//! Batches: what hangs below a list is read in one call of the store, however long the list is.
//!
//! A resolver that needs a record asks a [`Loader`] and waits. [`Batched`] drives the whole answer, and only when nothing
//! in it can go on by itself, and no batch is under way, are the keys asked for so far fetched: one call a loader. So the
//! number of calls depends on the question's levels alone. A timer (as in `async_graphql::dataloader`) would cut a batch
//! wherever another thread is quicker, and a test could not count calls.

use std::collections::HashMap;
use std::future::{Future, poll_fn};
use std::hash::Hash;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, Wake, Waker};

use parking_lot::Mutex;

use super::errors::{Failure, Result};
use crate::model::footprint::Footprint;
use crate::model::job;
use crate::model::memory::{Account, MemoryExhausted};
use crate::service::Session;

/// One kind of read: many keys, one call.
pub(super) trait Lookup: Send + Sync + 'static {
    /// What the keys of one call share: a filter, a page.
    type Query: PartialEq + Send + Sync + 'static;
    /// What is asked for.
    type Key: Clone + Eq + Hash + Send + Sync + 'static;
    /// What is answered; cheap to copy.
    type Value: Clone + Footprint + Send + Sync + 'static;

    /// Rows that a key may be answered with: a batch of many is read in parts, so that what is read before it is charged
    /// stays small.
    fn rows(query: &Self::Query) -> usize;

    /// A value for each key, in the order of the keys.
    fn fetch(
        session: &Session,
        query: &Self::Query,
        keys: &[Self::Key],
    ) -> impl Future<Output = crate::service::Result<Vec<Self::Value>>> + Send;
}

/// Reads of one kind, gathered until nothing else can go on. Each key is read once in a request.
pub(super) struct Loader<L: Lookup> {
    session: Session,
    account: Account,
    groups: Arc<Mutex<Vec<Group<L>>>>,
}

struct Group<L: Lookup> {
    query: Arc<L::Query>,
    slots: HashMap<L::Key, Slot<L::Value>>,
    queued: Vec<L::Key>,
}

enum Slot<V> {
    Waiting(Vec<Waker>),
    Done(Result<V>),
}

/// A batch under way.
pub(super) type Running = Pin<Box<dyn Future<Output = ()> + Send>>;

/// Loaders of any kind, as [`Batched`] sees them.
pub(super) trait Queue: Send + Sync {
    /// Starts a batch for the keys that wait, if any do.
    fn start(&self, running: &mut Vec<Running>);

    /// Why the answer is to be given up: what it holds came to its limit.
    fn exhausted(&self) -> Option<MemoryExhausted>;
}

impl<L: Lookup> Loader<L> {
    pub(super) fn new(session: Session, account: Account) -> Self {
        Self {
            session,
            account,
            groups: Arc::default(),
        }
    }

    /// The value of a key; read together with all the keys that are asked for meanwhile.
    pub(super) async fn load(&self, query: &Arc<L::Query>, key: L::Key) -> Result<L::Value> {
        // Before any lock is held.
        job::step();
        let group = self.group(query);
        poll_fn(|cx| self.poll_slot(group, &key, cx)).await
    }

    /// Takes over a value that is already known, so that it is not read again.
    pub(super) fn prime(&self, query: &Arc<L::Query>, key: L::Key, value: L::Value) {
        let group = self.group(query);
        let mut groups = self.groups.lock();
        groups[group].slots.entry(key).or_insert(Slot::Done(Ok(value)));
    }

    fn group(&self, query: &Arc<L::Query>) -> usize {
        let mut groups = self.groups.lock();
        // A request has few different queries: one for each field that takes arguments.
        let found = groups
            .iter()
            .position(|group| Arc::ptr_eq(&group.query, query) || group.query == *query);
        found.unwrap_or_else(|| {
            groups.push(Group {
                query: query.clone(),
                slots: HashMap::new(),
                queued: Vec::new(),
            });
            groups.len() - 1
        })
    }

    fn poll_slot(&self, group: usize, key: &L::Key, cx: &Context<'_>) -> Poll<Result<L::Value>> {
        let mut groups = self.groups.lock();
        let Group { slots, queued, .. } = &mut groups[group];
        match slots.get_mut(key) {
            Some(Slot::Done(value)) => Poll::Ready(value.clone()),
            Some(Slot::Waiting(wakers)) => {
                // Looking at the last alone keeps a key that thousands wait for linear; one woken twice does no harm.
                if !wakers.last().is_some_and(|waker| waker.will_wake(cx.waker())) {
                    wakers.push(cx.waker().clone());
                }
                Poll::Pending
            }
            None => {
                slots.insert(key.clone(), Slot::Waiting(vec![cx.waker().clone()]));
                queued.push(key.clone());
                Poll::Pending
            }
        }
    }
}

impl<L: Lookup> Loader<L> {
    /// Starts a batch for the keys that wait, if any do.
    pub(super) fn start(&self, running: &mut Vec<Running>) {
        let mut groups = self.groups.lock();
        for (index, group) in groups
            .iter_mut()
            .enumerate()
            .filter(|(_, group)| !group.queued.is_empty())
        {
            let (keys, query) = (std::mem::take(&mut group.queued), group.query.clone());
            let (session, account, groups) =
                (self.session.clone(), self.account.clone(), self.groups.clone());
            running.push(Box::pin(async move {
                let values = fetch::<L>(&session, &account, &query, &keys).await;
                let woken = settle(&mut groups.lock()[index], keys, values);
                woken.into_iter().for_each(Waker::wake);
            }));
        }
    }
}

/// Rows that are read before they are charged, at most, where one key has no more.
const ROWS_UNCHARGED_MAX: usize = 20_000;
/// Bytes of a key, of its slot and of who waits for it.
const SLOT: u64 = 256;

/// Reads the values of keys and charges them. Where they do not fit, the rest is not read: nobody is going to see it.
async fn fetch<L: Lookup>(
    session: &Session,
    account: &Account,
    query: &L::Query,
    keys: &[L::Key],
) -> Result<Vec<L::Value>> {
    let mut values = Vec::with_capacity(keys.len());
    for part in keys.chunks((ROWS_UNCHARGED_MAX / L::rows(query).max(1)).max(1)) {
        let read = L::fetch(session, query, part).await.map_err(Failure::from)?;
        // The session has charged what it read; here it counts towards the answer.
        account.keep(SLOT * part.len() as u64)?;
        account.answer(read.iter().map(Footprint::footprint).sum())?;
        values.extend(read);
    }
    Ok(values)
}

/// Puts the values in their slots; gives who waits for them, to be woken when the lock is no longer held.
fn settle<L: Lookup>(group: &mut Group<L>, keys: Vec<L::Key>, values: Result<Vec<L::Value>>) -> Vec<Waker> {
    let mut woken = Vec::new();
    let mut put = |key: L::Key, value: Result<L::Value>| {
        if let Some(Slot::Waiting(wakers)) = group.slots.insert(key, Slot::Done(value)) {
            woken.extend(wakers);
        }
    };
    match values {
        Ok(values) => {
            debug_assert_eq!(keys.len(), values.len(), "a lookup answers each key");
            keys.into_iter()
                .zip(values)
                .for_each(|(key, value)| put(key, Ok(value)));
        }
        Err(failure) => keys.into_iter().for_each(|key| put(key, Err(failure.clone()))),
    }
    woken
}

/// Drives an answer and the batches it waits for. An answer that came to the limit of its memory is dropped on the spot, with all
/// that it holds; where it came to it, a resolver goes on to wait, since an error each would be an answer as large again.
pub(super) struct Batched<F, Q> {
    answer: Pin<Box<F>>,
    queue: Q,
    running: Vec<Running>,
    bell: Arc<Bell>,
}

/// Rings when something inside can go on.
struct Bell {
    rung: AtomicBool,
    outer: Mutex<Waker>,
}

impl Wake for Bell {
    fn wake(self: Arc<Self>) {
        self.rung.store(true, Ordering::Release);
        self.outer.lock().wake_by_ref();
    }
}

/// So often is an answer polled before the runtime gets its turn: what wakes itself must not hold the thread.
const POLLS_PER_TURN: u32 = 64;

impl<F: Future, Q: Queue> Batched<F, Q> {
    pub(super) fn new(answer: F, queue: Q) -> Self {
        let bell = Bell {
            rung: AtomicBool::new(true),
            outer: Mutex::new(Waker::noop().clone()),
        };
        Self {
            answer: Box::pin(answer),
            queue,
            running: Vec::new(),
            bell: Arc::new(bell),
        }
    }
}

impl<F: Future, Q: Queue + Unpin> Future for Batched<F, Q> {
    type Output = std::result::Result<F::Output, MemoryExhausted>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.get_mut();
        this.bell.outer.lock().clone_from(cx.waker());
        let waker = Waker::from(this.bell.clone());
        for _ in 0..POLLS_PER_TURN {
            this.running
                .retain_mut(|batch| batch.as_mut().poll(cx).is_pending());
            if let Some(exhausted) = this.queue.exhausted() {
                return Poll::Ready(Err(exhausted));
            }
            if this.bell.rung.swap(false, Ordering::AcqRel) {
                let polled = this.answer.as_mut().poll(&mut Context::from_waker(&waker));
                if let Some(exhausted) = this.queue.exhausted() {
                    return Poll::Ready(Err(exhausted));
                }
                if let Poll::Ready(output) = polled {
                    return Poll::Ready(Ok(output));
                }
                continue;
            }
            // A level begins when the one above has come in whole: where one batch is quicker than another, what both
            // lead to is still read together.
            if this.running.is_empty() {
                this.queue.start(&mut this.running);
                if !this.running.is_empty() {
                    continue;
                }
            }
            return Poll::Pending;
        }
        cx.waker().wake_by_ref();
        Poll::Pending
    }
}
