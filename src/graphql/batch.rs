//! Batches: the records below a list are read in one call of the store, however long the list is.
//!
//! A resolver that needs a record awaits a [`BatchLoader`]. [`BatchedExecution`] drives the execution, and fetches the
//! requested keys, with one call for each loader, only when nothing else can proceed and no batch is running. So the number
//! of calls depends only on the levels of the request. A timer (as in `async_graphql::dataloader`) would end a batch
//! whenever another thread is faster, and a test could not count calls.

use std::collections::HashMap;
use std::future::{Future, poll_fn};
use std::hash::Hash;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, Wake, Waker};

use parking_lot::Mutex;
use tokio::sync::oneshot;
use tokio::task::coop::{Unconstrained, unconstrained};

use super::errors::{Failure, Result};
use crate::model::footprint::Footprint;
use crate::model::job;
use crate::model::memory::{Account, MemoryExhausted};
use crate::service::Session;

/// One kind of read: many keys, one call.
pub(super) trait Lookup: Send + Sync + 'static {
    /// The query that the keys of one call share, such as a filter or page.
    type Query: PartialEq + Send + Sync + 'static;
    /// The key of a value.
    type Key: Clone + Eq + Hash + Send + Sync + 'static;
    /// The value of a key; cheap to clone.
    type Value: Clone + Footprint + Send + Sync + 'static;

    /// Number of rows that a key may have: a batch of many rows is read in parts, so that few are read before they are
    /// charged.
    fn rows(query: &Self::Query) -> usize;

    /// Reads a value for each key, in the order of the keys.
    fn fetch(
        session: &Session,
        query: &Self::Query,
        keys: &[Self::Key],
    ) -> impl Future<Output = crate::service::Result<Vec<Self::Value>>> + Send;
}

/// A loader that collects keys until nothing else can proceed. Each key is read once in a request.
pub(super) struct BatchLoader<L: Lookup> {
    session: Session,
    account: Account,
    groups: Arc<Mutex<Vec<QueryGroup<L>>>>,
}

struct QueryGroup<L: Lookup> {
    query: Arc<L::Query>,
    slots: HashMap<L::Key, LoadSlot<L::Value>>,
    queued: Vec<L::Key>,
}

enum LoadSlot<V> {
    Waiting(Vec<Waker>),
    Loaded(Result<V>),
}

/// Resolvers that wait until nothing else can proceed.
#[derive(Default)]
pub(super) struct IdleQueue(Mutex<Vec<oneshot::Sender<()>>>);

impl IdleQueue {
    /// Returns when nothing else can proceed: then every other resolver that had begun has ended, or waits for a store.
    pub(super) async fn wait(&self) {
        let (sender, receiver) = oneshot::channel();
        self.0.lock().push(sender);
        // It fails only if the queue is dropped, and this future with it.
        let _ = receiver.await;
    }

    /// Starts a batch that wakes the waiting resolvers, if there are any.
    pub(super) fn start(&self, running: &mut Vec<RunningBatch>) {
        let waiting = std::mem::take(&mut *self.0.lock());
        if !waiting.is_empty() {
            running.push(Box::pin(async move {
                for sender in waiting {
                    // It fails only if the resolver was dropped.
                    let _ = sender.send(());
                }
            }));
        }
    }
}

/// A batch that is being read.
pub(super) type RunningBatch = Pin<Box<dyn Future<Output = ()> + Send>>;

/// The interface of loaders for [`BatchedExecution`].
pub(super) trait BatchQueue: Send + Sync {
    /// Starts batches for the waiting keys.
    fn start(&self, running: &mut Vec<RunningBatch>);

    /// The memory limit that the response reached, if any; it is then abandoned.
    fn exhausted(&self) -> Option<MemoryExhausted>;
}

impl<L: Lookup> BatchLoader<L> {
    pub(super) fn new(session: Session, account: Account) -> Self {
        Self {
            session,
            account,
            groups: Arc::default(),
        }
    }

    /// Loads the value of a key, together with all keys that are requested meanwhile.
    pub(super) async fn load(&self, query: &Arc<L::Query>, key: L::Key) -> Result<L::Value> {
        // Before a lock is held.
        job::step();
        let group = self.group(query);
        poll_fn(|cx| self.poll_slot(group, &key, cx)).await
    }

    /// Adds a value that is already known, so that it is not read again.
    pub(super) fn prime(&self, query: &Arc<L::Query>, key: L::Key, value: L::Value) {
        let group = self.group(query);
        let mut groups = self.groups.lock();
        groups[group]
            .slots
            .entry(key)
            .or_insert(LoadSlot::Loaded(Ok(value)));
    }

    fn group(&self, query: &Arc<L::Query>) -> usize {
        let mut groups = self.groups.lock();
        // A request has few different queries: one for each field with arguments.
        let found = groups
            .iter()
            .position(|group| Arc::ptr_eq(&group.query, query) || group.query == *query);
        found.unwrap_or_else(|| {
            groups.push(QueryGroup {
                query: query.clone(),
                slots: HashMap::new(),
                queued: Vec::new(),
            });
            groups.len() - 1
        })
    }

    fn poll_slot(&self, group: usize, key: &L::Key, cx: &Context<'_>) -> Poll<Result<L::Value>> {
        let mut groups = self.groups.lock();
        let QueryGroup { slots, queued, .. } = &mut groups[group];
        match slots.get_mut(key) {
            Some(LoadSlot::Loaded(value)) => Poll::Ready(value.clone()),
            Some(LoadSlot::Waiting(wakers)) => {
                // Comparing only the last keeps a key with thousands of waiters linear; waking one twice does no harm.
                if !wakers.last().is_some_and(|waker| waker.will_wake(cx.waker())) {
                    wakers.push(cx.waker().clone());
                }
                Poll::Pending
            }
            None => {
                slots.insert(key.clone(), LoadSlot::Waiting(vec![cx.waker().clone()]));
                queued.push(key.clone());
                Poll::Pending
            }
        }
    }
}

impl<L: Lookup> BatchLoader<L> {
    /// Starts a batch for the waiting keys, if there are any.
    pub(super) fn start(&self, running: &mut Vec<RunningBatch>) {
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
                let woken = fill_slots(&mut groups.lock()[index], keys, values);
                woken.into_iter().for_each(Waker::wake);
            }));
        }
    }
}

/// Maximum number of rows that are read before they are charged, unless one key has more.
const ROWS_UNCHARGED_MAX: usize = 20_000;
/// Bytes of a key, its slot and its waiters.
const SLOT_BYTES: u64 = 256;

/// Reads the values of keys and charges them. When the memory limit is reached, the rest is not read, since the response is
/// abandoned.
async fn fetch<L: Lookup>(
    session: &Session,
    account: &Account,
    query: &L::Query,
    keys: &[L::Key],
) -> Result<Vec<L::Value>> {
    let mut values = Vec::with_capacity(keys.len());
    for part in keys.chunks((ROWS_UNCHARGED_MAX / L::rows(query).max(1)).max(1)) {
        let read = L::fetch(session, query, part).await.map_err(Failure::from)?;
        // The session has charged what it read; here it counts towards the response.
        account.keep(SLOT_BYTES * part.len() as u64)?;
        account.answer(read.iter().map(Footprint::footprint).sum())?;
        values.extend(read);
    }
    Ok(values)
}

/// Fills the slots with the values; returns their waiters, to be woken after the lock is released.
fn fill_slots<L: Lookup>(
    group: &mut QueryGroup<L>,
    keys: Vec<L::Key>,
    values: Result<Vec<L::Value>>,
) -> Vec<Waker> {
    let mut woken = Vec::new();
    let mut put = |key: L::Key, value: Result<L::Value>| {
        if let Some(LoadSlot::Waiting(wakers)) = group.slots.insert(key, LoadSlot::Loaded(value)) {
            woken.extend(wakers);
        }
    };
    match values {
        Ok(values) => {
            debug_assert_eq!(keys.len(), values.len(), "a lookup returns a value for each key");
            keys.into_iter()
                .zip(values)
                .for_each(|(key, value)| put(key, Ok(value)));
        }
        Err(failure) => keys.into_iter().for_each(|key| put(key, Err(failure.clone()))),
    }
    woken
}

/// Drives an execution and the batches that it waits for. An execution that reaches its memory limit is dropped at once, with
/// all that it holds; the resolvers that reach the limit wait instead of failing, since an error for each would be as large.
pub(super) struct BatchedExecution<F, Q> {
    /// Without the budget of tokio, which would make a resolver wait that could proceed.
    answer: Pin<Box<Unconstrained<F>>>,
    queue: Q,
    running: Vec<RunningBatch>,
    wake_flag: Arc<WakeFlag>,
}

/// A flag that is set when the execution can proceed.
struct WakeFlag {
    is_set: AtomicBool,
    outer: Mutex<Waker>,
}

impl Wake for WakeFlag {
    fn wake(self: Arc<Self>) {
        self.is_set.store(true, Ordering::Release);
        self.outer.lock().wake_by_ref();
    }
}

/// Number of polls before the execution yields to the runtime: a future that wakes itself must not block the thread.
const POLLS_PER_TURN: u32 = 64;

impl<F: Future, Q: BatchQueue> BatchedExecution<F, Q> {
    pub(super) fn new(answer: F, queue: Q) -> Self {
        let wake_flag = WakeFlag {
            is_set: AtomicBool::new(true),
            outer: Mutex::new(Waker::noop().clone()),
        };
        Self {
            answer: Box::pin(unconstrained(answer)),
            queue,
            running: Vec::new(),
            wake_flag: Arc::new(wake_flag),
        }
    }
}

impl<F: Future, Q: BatchQueue + Unpin> Future for BatchedExecution<F, Q> {
    type Output = std::result::Result<F::Output, MemoryExhausted>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.get_mut();
        this.wake_flag.outer.lock().clone_from(cx.waker());
        let waker = Waker::from(this.wake_flag.clone());
        for _ in 0..POLLS_PER_TURN {
            this.running
                .retain_mut(|batch| batch.as_mut().poll(cx).is_pending());
            if let Some(exhausted) = this.queue.exhausted() {
                return Poll::Ready(Err(exhausted));
            }
            if this.wake_flag.is_set.swap(false, Ordering::AcqRel) {
                let polled = this.answer.as_mut().poll(&mut Context::from_waker(&waker));
                if let Some(exhausted) = this.queue.exhausted() {
                    return Poll::Ready(Err(exhausted));
                }
                if let Poll::Ready(output) = polled {
                    return Poll::Ready(Ok(output));
                }
                continue;
            }
            // A level begins when the one above is complete: even if one batch is faster than another, the next keys of both
            // are read together.
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

#[cfg(test)]
mod tests {
    use std::sync::atomic::AtomicUsize;

    use super::*;

    impl BatchQueue for Arc<IdleQueue> {
        fn start(&self, running: &mut Vec<RunningBatch>) {
            IdleQueue::start(self, running);
        }

        fn exhausted(&self) -> Option<MemoryExhausted> {
            None
        }
    }

    #[tokio::test]
    async fn an_idle_resolver_waits_for_all_that_began_with_it() {
        let queue = Arc::new(IdleQueue::default());
        let done = AtomicUsize::new(0);
        let idle = async || {
            queue.wait().await;
            done.load(Ordering::Relaxed)
        };
        let busy = async |polls: usize| {
            let mut polls = 0..polls;
            poll_fn(|cx| match polls.next() {
                Some(_) => {
                    cx.waker().wake_by_ref();
                    Poll::Pending
                }
                None => Poll::Ready(()),
            })
            .await;
            done.fetch_add(1, Ordering::Relaxed)
        };
        // The first to begin, and one in the middle; each waits again.
        let all = async_graphql::futures_util::future::join5(
            async { (idle().await, idle().await) },
            busy(3),
            idle(),
            busy(0),
            busy(200),
        );
        let (first, _, middle, ..) = BatchedExecution::new(all, queue.clone()).await.unwrap();
        assert_eq!((first, middle), ((3, 3), 3));
    }
}
