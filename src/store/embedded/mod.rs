//! The default store: a durable `SQLite` file under a graph in memory.
//!
//! - **Durable.** `SQLite` in WAL mode with `synchronous = FULL`: a commit that was acknowledged is on the disk, and one that was
//!   not acknowledged is there entirely or not at all.
//! - **In memory.** All that walks, filters and lists read: dense slots and adjacency in both directions. Statements stay in the file.
//! - **Snapshots.** A reader holds an immutable graph; readers and the writer never wait for each other.
//! - **Visibility.** For a reader from whom a data set is hidden, the visible part is a graph of its own, built when it is first read,
//!   which shares all unchanged pages with the whole graph.
//! - **One writer.** One process per data directory, with one writer thread; waiting change sets are committed together.

mod apply;
mod change_set_writer;
mod data_directory;
mod disk;
mod expand;
mod file;
mod file_reader;
mod filter;
mod graph;
mod keys;
mod list;
mod list_relations;
mod load;
mod lock;
mod log;
mod lookup;
mod neighborhood;
mod page;
mod postings;
mod provenance_pool;
mod reader;
mod region;
mod select;
mod stored_version;
mod table;
mod transaction;
mod unreadable;
mod upgrade;
mod visible_graph;
mod visible_graph_cache;
mod writer;

use std::collections::VecDeque;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Duration;

use arc_swap::ArcSwap;
use tokio::sync::{mpsc, oneshot, watch};

pub use keys::EmbeddedKeyStore;
pub use reader::EmbeddedReader;

use self::data_directory::DataDirectory;
use self::disk::Disk;
use self::file_reader::FileReader;
use self::file_reader::SharedPendingWrites;
use self::graph::GraphSnapshot;
use self::transaction::WriteTransaction;
use self::visible_graph_cache::VisibleGraphCache;
use self::writer::{WriteJob, WriteReply, WriterThread};
use super::{
    CommitOutcome, OpenError, PreparedWrite, Store, StoreError, StoreResult, StoreStatus, VisibilityFilter,
    WritePlan,
};
use crate::model::change::Revision;

/// Number of change sets that may wait in the queue of the writer; further callers wait for a place in it.
const QUEUE_MAX: usize = 1024;

/// Default of [`EmbeddedOptions::views_max`].
pub const VIEWS_MAX: usize = 8;
/// Default of [`EmbeddedOptions::busy_max`].
const BUSY_MAX: Duration = Duration::from_secs(5);

/// Options for opening a store.
#[derive(Clone, Debug)]
pub struct EmbeddedOptions {
    /// Number of visible graphs kept for readers from whom something is hidden; the least recently used one is evicted and rebuilt on
    /// demand.
    pub views_max: usize,
    /// How long a write waits for another program's lock on the file before it fails.
    pub busy_max: Duration,
    /// Number of pages of 8 KiB that the file may have; a write that needs more fails as on a full disk. None: no limit.
    pub pages_max: Option<u32>,
    /// Whether a new graph may be created although one was lost: the file is missing or empty, and other files of the store exist.
    pub begin_anew: bool,
    /// Whether an empty store stays empty: it remembers that no data set may be imported into it unasked.
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

/// The default store: a graph in memory over an `SQLite` file.
pub struct EmbeddedStore {
    published: Arc<ArcSwap<GraphSnapshot>>,
    revisions: watch::Receiver<Revision>,
    visible_graphs: Arc<VisibleGraphCache>,
    file: FileReader,
    jobs: Option<mpsc::Sender<WriteJob>>,
    writer: Option<JoinHandle<()>>,
    temporary: Option<PathBuf>,
    keys: EmbeddedKeyStore,
    disk: Arc<Disk>,
    keeps_empty: bool,
    // Declared last: the directory is released after the writer has ended.
    _directory: DataDirectory,
}

impl EmbeddedStore {
    /// Opens the store in a directory, or creates one there. Reads the whole graph and locks the directory for this process.
    pub fn open(directory: &Path) -> Result<Self, OpenError> {
        Self::open_with(directory, &EmbeddedOptions::default())
    }

    /// [`EmbeddedStore::open`] with options.
    pub fn open_with(directory: &Path, options: &EmbeddedOptions) -> Result<Self, OpenError> {
        let data_directory = DataDirectory::lock(directory)?;
        let refuse = |error: StoreError| data_directory::open_error(data_directory.file(), error);
        let load = || -> Result<_, OpenError> {
            let conn = data_directory.open(options)?;
            let (graph, provenances) = load::load(&conn).map_err(refuse)?;
            let keeps_empty = file::keeps_empty(&conn, options.keep_empty).map_err(refuse)?;
            Ok((conn, graph, provenances, keeps_empty))
        };
        let (conn, graph, provenances, keeps_empty) = match load() {
            // A read that the disk failed once looks like damage, and succeeds now.
            Err(OpenError::Damaged { .. }) => load(),
            other => other,
        }?;
        let disk = Arc::new(Disk::of_file(data_directory.file()));
        let (revision_sender, revisions) = watch::channel(graph.revision);
        let published = Arc::new(ArcSwap::from_pointee(graph));
        let visible_graphs = Arc::new(VisibleGraphCache::new(options.views_max));
        let (jobs, queue) = mpsc::channel(QUEUE_MAX);
        let writer = WriterThread {
            conn,
            published: published.clone(),
            revision_sender,
            visible_graphs: visible_graphs.clone(),
            pending: SharedPendingWrites::default(),
            provenances,
            garbage: VecDeque::new(),
            disk: disk.clone(),
        };
        let thread = std::thread::Builder::new()
            .name("hukun-writer".into())
            .spawn(move || writer.run(queue));
        let thread = thread.map_err(|error| OpenError::Io {
            place: data_directory.file().display().to_string(),
            reason: error.to_string(),
        })?;
        Ok(Self {
            published,
            revisions,
            visible_graphs,
            file: FileReader::new(data_directory.file().to_path_buf(), disk.clone()),
            jobs: Some(jobs),
            writer: Some(thread),
            temporary: None,
            keys: EmbeddedKeyStore::at(directory),
            disk,
            keeps_empty,
            _directory: data_directory,
        })
    }

    /// A copy of a directory's store at one moment, in a new directory that is removed when the copy is dropped. Another process may
    /// hold the directory and write to it meanwhile.
    pub fn copy(directory: &Path, to: &Path) -> Result<Self, OpenError> {
        if to.exists() {
            std::fs::remove_dir_all(to)
                .map_err(|error| OpenError::from_io(to.display().to_string(), &error))?;
        }
        data_directory::copy(directory, to)?;
        let mut store = Self::open(to)?;
        store.temporary = Some(to.to_path_buf());
        Ok(store)
    }

    /// An empty store in a new directory; files that an earlier process left there are removed.
    pub fn make(directory: &Path) -> Result<Self, OpenError> {
        if directory.exists() {
            std::fs::remove_dir_all(directory)
                .map_err(|error| OpenError::from_io(directory.display().to_string(), &error))?;
        }
        Self::open(directory)
    }

    /// Replaces the file of a directory's store by that of another, closed store, in one step. API keys stay.
    pub fn put_in_place(from: &Path, directory: &Path) -> Result<(), OpenError> {
        data_directory::put_in_place(from, directory)
    }

    /// Whether it was opened with [`EmbeddedOptions::keep_empty`], now or earlier.
    pub fn keeps_empty(&self) -> bool {
        self.keeps_empty
    }

    /// The API keys of the same directory.
    pub fn keys(&self) -> EmbeddedKeyStore {
        self.keys.clone()
    }

    /// An empty store in a new temporary directory, which is removed when the store is dropped.
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
        // The writer thread ends, and closes the file, when the last sender of its queue is dropped.
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

    async fn newest(&self) -> StoreResult<Revision> {
        Ok(self.published.load().revision)
    }

    /// A write is published as a whole, so that readers never wait for one.
    async fn status(&self) -> StoreResult<StoreStatus> {
        Ok(StoreStatus {
            revision: self.published.load().revision,
            applying: None,
        })
    }

    async fn reader(&self, visibility: &VisibilityFilter) -> StoreResult<EmbeddedReader> {
        let whole = self.published.load_full();
        let hidden = visibility.hidden_datasets(whole.datasets.values().map(|node| &node.dataset));
        let visible = if hidden.is_empty() {
            None
        } else {
            Some(self.visible_graphs.get(whole.clone(), hidden).await?)
        };
        Ok(EmbeddedReader {
            graph: visible.as_ref().map_or(whole, |visible| visible.graph.clone()),
            file: self.file.clone(),
            visible,
        })
    }

    async fn commit<P: WritePlan>(&self, plan: P) -> StoreResult<CommitOutcome<P::Output, P::Refusal>> {
        let (reply, answer) = oneshot::channel();
        let (file, runtime) = (self.file.clone(), tokio::runtime::Handle::current());
        let job: WriteJob = Box::new(move |transaction| {
            let outcome = transaction.and_then(|transaction| run(plan, transaction, &file, &runtime));
            // Sent only when the transaction is on the disk.
            Box::new(move |written: StoreResult<()>| {
                let _ = reply.send(written.and(outcome));
            }) as WriteReply
        });
        let jobs = self.jobs.as_ref().ok_or(StoreError::Unavailable)?;
        jobs.send(job).await.map_err(|_| StoreError::Unavailable)?;
        answer.await.map_err(|_| StoreError::Unavailable)?
    }

    async fn writable(&self) -> StoreResult<()> {
        let disk = self.disk.clone();
        let asked = tokio::task::spawn_blocking(move || disk.check_writable()).await;
        asked.map_err(|error| StoreError::Internal(error.to_string()))?
    }

    fn subscribe(&self) -> watch::Receiver<Revision> {
        self.revisions.clone()
    }
}

fn run<P: WritePlan>(
    mut plan: P,
    transaction: &mut WriteTransaction<'_>,
    file: &FileReader,
    runtime: &tokio::runtime::Handle,
) -> StoreResult<CommitOutcome<P::Output, P::Refusal>> {
    let reader = EmbeddedReader {
        graph: transaction.newest.clone(),
        file: file.with_pending(transaction.pending),
        visible: None,
    };
    match runtime.block_on(plan.prepare(&reader))? {
        Err(refusal) => Ok(CommitOutcome::Refused(refusal)),
        Ok(PreparedWrite {
            changes,
            previous,
            output,
        }) => {
            let changed = transaction.apply(changes, &previous)?;
            let revision = transaction.newest.revision;
            Ok(if changed {
                CommitOutcome::Committed(revision, output)
            } else {
                CommitOutcome::Unchanged(revision, output)
            })
        }
    }
}
