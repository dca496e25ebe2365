//! The disk under the store: why a write failed, and whether the next one can succeed.
//!
//! `SQLite` names most failures of a disk alike. So after one, a small file is written beside the graph's, and what the system says
//! to that is the reason; while it is not written, the store says that it takes no writes.

use std::fs;
use std::io::{self, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use parking_lot::Mutex;

use crate::store::error::IoProblem;
use crate::store::private::create_private_file;
use crate::store::{Answer, MediumFault, StoreError};

/// What is written to see whether the disk takes writes.
const PROBE_BYTES: usize = 256 * 1024;
const PROBE_NAME: &str = "hukun.probe";
/// The shortest time between two probes that nobody asked for by writing.
const PROBE_PAUSE: Duration = Duration::from_secs(1);

/// The disk that a store's file is on.
pub(super) struct Medium {
    directory: PathBuf,
    file: PathBuf,
    /// Which file was opened.
    opened: Option<Identity>,
    /// Why the last write failed, and when that was seen last; none: it did not fail for the disk.
    failed: Mutex<Option<(StoreError, Instant)>>,
}

impl Medium {
    /// The disk of a file that is open.
    pub(super) fn of(file: &Path) -> Self {
        Self {
            directory: file.parent().map(Path::to_path_buf).unwrap_or_default(),
            file: file.to_path_buf(),
            opened: identity(file),
            failed: Mutex::default(),
        }
    }

    /// The reason of a failed write, as the system gives it; an error that is not the disk's stays as it is.
    pub(super) fn explain(&self, error: StoreError) -> StoreError {
        let error = locate(&self.directory, error);
        if is_of_the_disk(&error) {
            *self.failed.lock() = Some((error.clone(), Instant::now()));
        }
        error
    }

    /// A write succeeded.
    pub(super) fn succeeded(&self) {
        *self.failed.lock() = None;
    }

    /// Whether the file that was opened is still the one in its place: what is written to one that was removed is lost.
    pub(super) fn in_place(&self) -> Answer<()> {
        if identity(&self.file) == self.opened {
            return Ok(());
        }
        Err(IoProblem::Fault(MediumFault::Replaced).at(self.file.display().to_string()))
    }

    /// Whether a write could succeed now: after one that failed, whether a small one does.
    pub(super) fn writable(&self) -> Answer<()> {
        self.in_place()?;
        let mut failed = self.failed.lock();
        let Some((error, at)) = &mut *failed else {
            return Ok(());
        };
        if at.elapsed() < PROBE_PAUSE {
            return Err(error.clone());
        }
        match probe(&self.directory) {
            Ok(()) => {
                *failed = None;
                Ok(())
            }
            Err(refused) => {
                *error = problem(&self.directory, &refused);
                *at = Instant::now();
                Err(error.clone())
            }
        }
    }
}

/// An error with the directory that it is about, and the reason that the system gives for it.
pub(super) fn locate(directory: &Path, error: StoreError) -> StoreError {
    match error {
        StoreError::Full { .. } => IoProblem::Full.at(without_room(directory).display().to_string()),
        StoreError::Unflushed { .. } => StoreError::Unflushed {
            place: directory.display().to_string(),
        },
        StoreError::Medium {
            fault: MediumFault::Failing(reason),
            ..
        } => match probe(directory) {
            // The disk is well again, or fails only where the graph's file is.
            Ok(()) => IoProblem::Fault(MediumFault::Failing(reason)).at(directory.display().to_string()),
            Err(refused) => problem(directory, &refused),
        },
        other => other,
    }
}

/// Where there is no room: `SQLite` keeps what it needs to undo a large write among the system's temporary files.
fn without_room(directory: &Path) -> PathBuf {
    let temporary = std::env::temp_dir();
    let is_full = |path: &Path| probe(path).is_err_and(|error| IoProblem::of(&error) == IoProblem::Full);
    if !is_full(directory) && is_full(&temporary) {
        temporary
    } else {
        directory.to_path_buf()
    }
}

fn problem(directory: &Path, refused: &io::Error) -> StoreError {
    IoProblem::of(refused).at(directory.display().to_string())
}

/// Whether a probe can tell that it is over. That a file was replaced is looked for each time.
fn is_of_the_disk(error: &StoreError) -> bool {
    let replaced = matches!(
        error,
        StoreError::Medium {
            fault: MediumFault::Replaced,
            ..
        }
    );
    !replaced
        && matches!(
            error,
            StoreError::Full { .. } | StoreError::Medium { .. } | StoreError::Unflushed { .. }
        )
}

/// Writes a small file where the graph's files are, as far into it as the largest of them is long, and takes it away again. The
/// hole in front needs no room, but a limit of file sizes counts it.
pub(super) fn probe(directory: &Path) -> io::Result<()> {
    let path = directory.join(format!("{PROBE_NAME}.{}", std::process::id()));
    let written = largest(directory).and_then(|length| {
        let mut file = create_private_file(&path)?;
        file.seek(SeekFrom::Start(length))?;
        file.write_all(&vec![0; PROBE_BYTES])?;
        file.sync_data()
    });
    let _ = fs::remove_file(&path);
    written
}

/// How long the largest of the store's files in a directory is.
fn largest(directory: &Path) -> io::Result<u64> {
    let mut largest = 0;
    for name in ["hukun.db", "hukun.db-wal"] {
        match fs::metadata(directory.join(name)) {
            Ok(metadata) => largest = largest.max(metadata.len()),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Err(error),
        }
    }
    Ok(largest)
}

/// What tells a file from another that is put in its place.
type Identity = (u64, u64);

#[cfg(unix)]
fn identity(file: &Path) -> Option<Identity> {
    use std::os::unix::fs::MetadataExt as _;
    let metadata = fs::metadata(file).ok()?;
    Some((metadata.dev(), metadata.ino()))
}

/// Elsewhere a file that is open cannot be removed.
#[cfg(not(unix))]
fn identity(_: &Path) -> Option<Identity> {
    None
}
