//! Telling a disk that fails to read from a damaged file. `SQLite` has one error for both, so that the files are read again.

use std::fs::File;
use std::io::{self, Seek as _, SeekFrom};
use std::path::{Path, PathBuf};

use parking_lot::Mutex;

use crate::store::error::{DiskProblem, IoFailure};
use crate::store::{StoreError, StoreResult};

/// A file that the disk fails to read.
pub(super) struct UnreadableFile {
    pub(super) path: PathBuf,
    /// The message of the system.
    pub(super) reason: String,
}

impl UnreadableFile {
    /// A database file or its write-ahead log, if the disk fails to read it. No connection to the file may be used afterwards: when a
    /// process closes a file, the system drops all its locks on that file, also those of `SQLite`.
    pub(super) fn find(file: &Path) -> Option<Self> {
        Self::of(file, open_and_read(file)).or_else(|| Self::find_log(file))
    }

    /// The write-ahead log of a database file, if the disk fails to read it. `SQLite` does not lock it.
    fn find_log(file: &Path) -> Option<Self> {
        let log = file.with_extension("db-wal");
        Self::of(&log, open_and_read(&log))
    }

    fn of(path: &Path, read: io::Result<()>) -> Option<Self> {
        let error = read.err()?;
        match error.kind() {
            // Not errors of reading.
            io::ErrorKind::NotFound | io::ErrorKind::PermissionDenied => None,
            _ => Some(Self {
                path: path.to_path_buf(),
                reason: error.to_string(),
            }),
        }
    }
}

/// The graph's file and its write-ahead log, read again beside open connections.
pub(super) struct OpenFiles {
    file: PathBuf,
    /// The graph's file, which stays open once it was: closing it would drop the locks of the connections.
    opened: Mutex<Option<File>>,
}

impl OpenFiles {
    pub(super) fn new(file: &Path) -> Self {
        Self {
            file: file.to_path_buf(),
            opened: Mutex::default(),
        }
    }

    /// Fails if the disk fails to read a file.
    fn check_readable(&self) -> StoreResult<()> {
        let unreadable = UnreadableFile::of(&self.file, self.read_file());
        match unreadable.or_else(|| UnreadableFile::find_log(&self.file)) {
            Some(UnreadableFile { path, reason }) => {
                Err(IoFailure::Disk(DiskProblem::Unreadable(reason)).at(path.display().to_string()))
            }
            None => Ok(()),
        }
    }

    /// The error of a read or write: if a disk that fails to read may be the cause, and it does fail, that error.
    pub(super) fn explain(&self, error: StoreError) -> StoreError {
        let suspected = matches!(
            error,
            StoreError::Damaged(_)
                | StoreError::Disk {
                    problem: DiskProblem::Failing(_),
                    ..
                }
        );
        if !suspected {
            return error;
        }
        self.check_readable().err().unwrap_or(error)
    }

    fn read_file(&self) -> io::Result<()> {
        let mut opened = self.opened.lock();
        let file = match &mut *opened {
            Some(file) => file,
            none => none.insert(File::open(&self.file)?),
        };
        read_whole(file)
    }
}

fn open_and_read(path: &Path) -> io::Result<()> {
    read_whole(&File::open(path)?)
}

fn read_whole(mut file: &File) -> io::Result<()> {
    file.seek(SeekFrom::Start(0))?;
    io::copy(&mut file, &mut io::sink()).map(drop)
}
