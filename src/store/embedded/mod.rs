//! The default store: a durable `SQLite` file under a graph in memory.
//!
//! - **Durable.** `SQLite` in WAL mode with `synchronous = FULL`: a commit that was acknowledged is on the medium, and what was
//!   not acknowledged is there whole or not at all.
//! - **In memory.** What a walk, a filter or a list needs: dense slots, adjacency both ways. Statements stay in the file.
//! - **Snapshots.** A reader holds an immutable graph; it never waits for the writer, nor the writer for it.
//! - **Views.** What hides a data set is a graph of its own, made when it is first read, which shares all it can with the whole.
//! - **One writer.** One process per data directory, one thread in it; change sets that wait are committed together.

mod apply;
mod around;
mod expand;
mod file;
mod filter;
mod graph;
mod home;
mod keys;
mod list;
mod list_relations;
mod load;
mod lock;
mod log;
mod lookup;
mod medium;
mod page;
mod pool;
mod postings;
mod reader;
mod region;
mod scope;
mod select;
mod table;
mod upgrade;
mod veil;
mod views;
mod writer;

use std::collections::VecDeque;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Duration;

use arc_swap::ArcSwap;
use tokio::sync::{mpsc, oneshot, watch};

pub use keys::EmbeddedKeys;
pub use reader::EmbeddedReader;

use self::graph::Graph;
use self::home::Home;
use self::medium::Medium;
use self::pool::EvidencePool;
use self::pool::Fresh;
use self::scope::Scope;
use self::views::Views;
use self::writer::{Done, Job, Writer};
use super::{Answer, OpenError, Outcome, Plan, PreparedWrite, Store, StoreError, StoreStatus, View};
use crate::model::change::Revision;

/// Change sets that may wait for the writer; further ones wait to be let in.
const QUEUE_MAX: usize = 1024;

/// Views kept where nothing else is said; see [`EmbeddedOptions::views_max`].
pub const VIEWS_MAX: usize = 8;
/// How long the writer waits for another program's lock on the file, where nothing else is said.
const BUSY_MAX: Duration = Duration::from_secs(5);

/// How a store is opened.
#[derive(Clone, Debug)]
pub struct EmbeddedOptions {
    /// Views kept that hide something; further ones are rebuilt when they are read.
    pub views_max: usize,
    /// How long a write waits for another program's lock on the file before it fails.
    pub busy_max: Duration,
    /// Pages of 8 KiB that the file may have; a write that needs more fails as on a full disk. None: as many as the disk holds.
    pub pages_max: Option<u32>,
    /// Whether a new graph may be begun where one was lost: where the file is missing or empty beside other files of a store.
    pub begin_anew: bool,
    /// Whether the store, where it is empty, is to stay so: it remembers that no data set is to be put into it unasked.
    pub keep_empty: bool,
}

impl Default for EmbeddedOptions {
    fn default() -> Self {
        Self {
            views_max: VIEWS_MAX,
            busy_max: BUSY_MAX,
            pages_max: None,
            begin_anew: false,
            keep_empty: false,
        }
    }
}

/// The default store.
pub struct EmbeddedStore {
    published: Arc<ArcSwap<Graph>>,
    news: watch::Receiver<Revision>,
    views: Arc<Views>,
    evidence: EvidencePool,
    jobs: Option<mpsc::Sender<Job>>,
    writer: Option<JoinHandle<()>>,
    temporary: Option<PathBuf>,
    keys: EmbeddedKeys,
    medium: Arc<Medium>,
    keeps_empty: bool,
    // Declared last: the directory is let go when the writer has ended.
    _home: Home,
}

impl EmbeddedStore {
    /// Opens the store in a directory, or makes one there. Reads the whole graph, and holds the directory for this process.
    pub fn open(directory: &Path) -> Result<Self, OpenError> {
        Self::open_with(directory, &EmbeddedOptions::default())
    }

    /// [`EmbeddedStore::open`] with options.
    pub fn open_with(directory: &Path, options: &EmbeddedOptions) -> Result<Self, OpenError> {
        let home = Home::take(directory)?;
        let conn = home.open(options)?;
        let refuse = |error: StoreError| home::open_error(home.file(), error);
        let (graph, provenances) = load::load(&conn).map_err(refuse)?;
        let keeps_empty = file::keeps_empty(&conn, options.keep_empty).map_err(refuse)?;
        let medium = Arc::new(Medium::of(home.file()));
        let (tell, news) = watch::channel(graph.revision);
        let published = Arc::new(ArcSwap::from_pointee(graph));
        let views = Arc::new(Views::new(options.views_max));
        let (jobs, queue) = mpsc::channel(QUEUE_MAX);
        let writer = Writer {
            conn,
            published: published.clone(),
            tell,
            views: views.clone(),
            fresh: Fresh::default(),
            provenances,
            garbage: VecDeque::new(),
            medium: medium.clone(),
        };
        let thread = std::thread::Builder::new()
            .name("hukun-writer".into())
            .spawn(move || writer.run(queue));
        let thread = thread.map_err(|error| OpenError::Io {
            place: home.file().display().to_string(),
            reason: error.to_string(),
        })?;
        Ok(Self {
            published,
            news,
            views,
            evidence: EvidencePool::new(home.file().to_path_buf()),
            jobs: Some(jobs),
            writer: Some(thread),
            temporary: None,
            keys: EmbeddedKeys::at(directory),
            medium,
            keeps_empty,
            _home: home,
        })
    }

    /// A store with what a directory's store held at one moment, in a new directory that is removed with it. Another process may hold
    /// the directory and write to it meanwhile.
    pub fn copy(directory: &Path, to: &Path) -> Result<Self, OpenError> {
        if to.exists() {
            std::fs::remove_dir_all(to)
                .map_err(|error| OpenError::of_io(to.display().to_string(), &error))?;
        }
        home::copy(directory, to)?;
        let mut store = Self::open(to)?;
        store.temporary = Some(to.to_path_buf());
        Ok(store)
    }

    /// An empty store in a new directory; what an earlier process left there is taken away.
    pub fn make(directory: &Path) -> Result<Self, OpenError> {
        if directory.exists() {
            std::fs::remove_dir_all(directory)
                .map_err(|error| OpenError::of_io(directory.display().to_string(), &error))?;
        }
        Self::open(directory)
    }

    /// Puts the file of a store that is closed in place of another's, in one step. API keys stay.
    pub fn put_in_place(from: &Path, directory: &Path) -> Result<(), OpenError> {
        home::put_in_place(from, directory)
    }

    /// Whether it was opened with [`EmbeddedOptions::keep_empty`], now or earlier.
    pub fn keeps_empty(&self) -> bool {
        self.keeps_empty
    }

    /// The API keys of the same directory.
    pub fn keys(&self) -> EmbeddedKeys {
        self.keys.clone()
    }

    /// A store in a new directory of the system's own for such, which is removed with it.
    pub fn temporary() -> Result<Self, OpenError> {
        use std::sync::atomic::{AtomicU64, Ordering};
        static COUNT: AtomicU64 = AtomicU64::new(0);
        let unique = COUNT.fetch_add(1, Ordering::Relaxed);
        let directory = std::env::temp_dir().join(format!("hukun-{}-{unique}", std::process::id()));
        let mut store = Self::open(&directory)?;
        store.temporary = Some(directory);
        Ok(store)
    }
}

impl Drop for EmbeddedStore {
    fn drop(&mut self) {
        // The writer ends when nobody can send it a job any more; only then is the file closed.
        self.jobs = None;
        if let Some(writer) = self.writer.take() {
            let _ = writer.join();
        }
        if let Some(directory) = self.temporary.take() {
            let _ = std::fs::remove_dir_all(directory);
        }
    }
}

impl Store for EmbeddedStore {
    type Reader = EmbeddedReader;

    async fn newest(&self) -> Answer<Revision> {
        Ok(self.published.load().revision)
    }

    /// A write is published as a whole, so that readers never wait for one.
    async fn status(&self) -> Answer<StoreStatus> {
        Ok(StoreStatus {
            revision: self.published.load().revision,
            applying: None,
        })
    }

    async fn reader(&self, view: &View) -> Answer<EmbeddedReader> {
        let whole = self.published.load_full();
        let hidden = view.hidden(whole.datasets.values().map(|node| &node.dataset));
        let veiled = if hidden.is_empty() {
            None
        } else {
            Some(self.views.of(whole.clone(), hidden).await?)
        };
        Ok(EmbeddedReader {
            graph: veiled.as_ref().map_or(whole, |veiled| veiled.graph.clone()),
            evidence: self.evidence.clone(),
            veiled,
        })
    }

    async fn commit<P: Plan>(&self, plan: P) -> Answer<Outcome<P::Output, P::Refusal>> {
        let (reply, answer) = oneshot::channel();
        let (evidence, runtime) = (self.evidence.clone(), tokio::runtime::Handle::current());
        let job: Job = Box::new(move |scope| {
            let outcome = scope.and_then(|scope| run(plan, scope, &evidence, &runtime));
            // Told only when the group is on the medium.
            Box::new(move |written: Answer<()>| {
                let _ = reply.send(written.and(outcome));
            }) as Done
        });
        let jobs = self.jobs.as_ref().ok_or(StoreError::Unavailable)?;
        jobs.send(job).await.map_err(|_| StoreError::Unavailable)?;
        answer.await.map_err(|_| StoreError::Unavailable)?
    }

    async fn writable(&self) -> Answer<()> {
        let medium = self.medium.clone();
        let asked = tokio::task::spawn_blocking(move || medium.writable()).await;
        asked.map_err(|error| StoreError::Fault(error.to_string()))?
    }

    fn subscribe(&self) -> watch::Receiver<Revision> {
        self.news.clone()
    }
}

fn run<P: Plan>(
    mut plan: P,
    scope: &mut Scope<'_>,
    evidence: &EvidencePool,
    runtime: &tokio::runtime::Handle,
) -> Answer<Outcome<P::Output, P::Refusal>> {
    let reader = EmbeddedReader {
        graph: scope.tip.clone(),
        evidence: evidence.with_fresh(scope.fresh),
        veiled: None,
    };
    match runtime.block_on(plan.prepare(&reader))? {
        Err(refusal) => Ok(Outcome::Refused(refusal)),
        Ok(PreparedWrite { changes, output }) => {
            let changed = scope.apply(changes)?;
            let revision = scope.tip.revision;
            Ok(if changed {
                Outcome::Committed(revision, output)
            } else {
                Outcome::Unchanged(revision, output)
            })
        }
    }
}
