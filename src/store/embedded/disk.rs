//! The disk of the store: why a write failed, and whether the next one can succeed.
//!
//! `SQLite` has one error for most failures of a disk. So after one, a small probe file is written beside the graph's: the error of
//! the system is the reason, and while the probe fails, the store reports that it takes no writes.

use std::fs;
use std::io::{self, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use parking_lot::Mutex;

use super::unreadable::OpenFiles;
use crate::store::error::IoFailure;
use crate::store::private::create_private_file;
use crate::store::{DiskProblem, StoreError, StoreResult};

/// Size of the probe file.
const PROBE_BYTES: usize = 256 * 1024;
const PROBE_NAME: &str = "hukun.probe";
/// The least time between two probes.
const PROBE_PAUSE: Duration = Duration::from_secs(1);

/// The disk that a store's file is on.
pub(super) struct Disk {
    directory: PathBuf,
    file: PathBuf,
    /// The identity of the file that was opened.
    opened: Option<FileIdentity>,
    files: OpenFiles,
    /// Why the last write failed and when that was last checked; none if the disk did not fail.
    last_failure: Mutex<Option<(StoreError, Instant)>>,
}

impl Disk {
    /// The disk of an open file.
    pub(super) fn of_file(file: &Path) -> Self {
        Self {
            directory: file.parent().map(Path::to_path_buf).unwrap_or_default(),
            file: file.to_path_buf(),
            opened: identity(file),
            files: OpenFiles::new(file),
            last_failure: Mutex::default(),
        }
    }

    /// The error of a failed read: a disk that fails to read is not a damaged store. Its place is only logged.
    pub(super) fn explain_read(&self, error: StoreError) -> StoreError {
        let error = match self.files.explain(error) {
            StoreError::Disk {
                problem: DiskProblem::Failing(reason),
                ..
            } => IoFailure::Disk(DiskProblem::Unreadable(reason)).at(self.file.display().to_string()),
            other => other,
        };
        if is_disk_error(&error) {
            tracing::error!(%error, "the graph's file could not be read");
        }
        error
    }

    /// The error of a failed write with the reason of the system. An error that is not of the disk is returned as it is.
    pub(super) fn explain(&self, error: StoreError) -> StoreError {
        let error = with_location(&self.directory, self.files.explain(error));
        if is_disk_error(&error) {
            *self.last_failure.lock() = Some((error.clone(), Instant::now()));
        }
        error
    }

    /// Notes that a write succeeded.
    pub(super) fn note_success(&self) {
        *self.last_failure.lock() = None;
    }

    /// Fails if the open file was removed or replaced: writes to it would be lost.
    pub(super) fn check_in_place(&self) -> StoreResult<()> {
        if identity(&self.file) == self.opened {
            return Ok(());
        }
        Err(IoFailure::Disk(DiskProblem::Replaced).at(self.file.display().to_string()))
    }

    /// Fails if a write cannot succeed now: after a failed write, a probe tells.
    pub(super) fn check_writable(&self) -> StoreResult<()> {
        self.check_in_place()?;
        let mut failed = self.last_failure.lock();
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

/// The error with the directory that it concerns and the reason of the system.
pub(super) fn with_location(directory: &Path, error: StoreError) -> StoreError {
    match error {
        StoreError::DiskFull { .. } => {
            IoFailure::DiskFull.at(full_directory(directory).display().to_string())
        }
        StoreError::FlushFailed { .. } => StoreError::FlushFailed {
            place: directory.display().to_string(),
        },
        StoreError::Disk {
            problem: DiskProblem::Failing(reason),
            ..
        } => match probe(directory) {
            // The disk works again, or fails only at the graph's file.
            Ok(()) => IoFailure::Disk(DiskProblem::Failing(reason)).at(directory.display().to_string()),
            Err(refused) => problem(directory, &refused),
        },
        other => other,
    }
}

/// The directory that is full. `SQLite` keeps the undo log of a large savepoint in the system's temporary directory.
fn full_directory(directory: &Path) -> PathBuf {
    let temporary = std::env::temp_dir();
    let is_full =
        |path: &Path| probe(path).is_err_and(|error| IoFailure::from_io(&error) == IoFailure::DiskFull);
    if !is_full(directory) && is_full(&temporary) {
        temporary
    } else {
        directory.to_path_buf()
    }
}

fn problem(directory: &Path, refused: &io::Error) -> StoreError {
    IoFailure::from_io(refused).at(directory.display().to_string())
}

/// Whether an error is of the disk, so that a probe tells when it is over. A replaced file is checked for at each write.
fn is_disk_error(error: &StoreError) -> bool {
    let replaced = matches!(
        error,
        StoreError::Disk {
            problem: DiskProblem::Replaced,
            ..
        }
    );
    !replaced
        && matches!(
            error,
            StoreError::DiskFull { .. } | StoreError::Disk { .. } | StoreError::FlushFailed { .. }
        )
}

/// Writes a small file beside the graph's and removes it. It is written at the offset of the largest file's end: the hole before it
/// takes no space, but counts towards a limit of file sizes.
pub(super) fn probe(directory: &Path) -> io::Result<()> {
    let path = directory.join(format!("{PROBE_NAME}.{}", std::process::id()));
    let written = largest_file_bytes(directory).and_then(|length| {
        let mut file = create_private_file(&path)?;
        file.seek(SeekFrom::Start(length))?;
        file.write_all(&vec![0; PROBE_BYTES])?;
        file.sync_data()
    });
    let _ = fs::remove_file(&path);
    written
}

/// Size of the largest of the store's files in a directory.
fn largest_file_bytes(directory: &Path) -> io::Result<u64> {
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

/// Device and inode number of a file, which tell it from another of the same name.
type FileIdentity = (u64, u64);

#[cfg(unix)]
fn identity(file: &Path) -> Option<FileIdentity> {
    use std::os::unix::fs::MetadataExt as _;
    let metadata = fs::metadata(file).ok()?;
    Some((metadata.dev(), metadata.ino()))
}

/// On other systems an open file cannot be removed.
#[cfg(not(unix))]
fn identity(_: &Path) -> Option<FileIdentity> {
    None
}
