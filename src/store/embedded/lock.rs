//! The lock on the data directory: one process holds it at a time.
//!
//! There are two locks of the system, which end with the process: one on a lock file, which contains the process id of its holder, and
//! one on the directory itself, which stays if the lock file is removed.

use std::fs::{File, TryLockError};
use std::io::{self, Read as _, Seek as _, Write as _};
use std::path::Path;

use crate::store::OpenError;
use crate::store::private::private_options;

pub(super) const LOCK_NAME: &str = "hukun.lock";

/// How often a lock is tried. A child process holds a copy of every open file, and with it the lock of a store that was closed
/// meanwhile, from its start until its program is loaded.
const LOCK_TRIES: u32 = 20;
/// The pause between two tries.
const LOCK_PAUSE: std::time::Duration = std::time::Duration::from_millis(10);

/// The lock on a directory, released when it is dropped.
pub(super) struct DirectoryLock {
    _file: File,
    _directory: Option<File>,
}

impl DirectoryLock {
    /// Locks a directory that exists.
    pub(super) fn take(directory: &Path) -> Result<Self, OpenError> {
        let place = directory.display().to_string();
        let path = directory.join(LOCK_NAME);
        let io = |error: io::Error| OpenError::from_io(path.display().to_string(), &error);
        let mut file = private_options()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .open(&path)
            .map_err(io)?;
        let in_use = |holder: String| OpenError::InUse {
            place: place.clone(),
            holder,
        };
        match lock_with_retries(&file) {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                let mut holder = String::new();
                file.read_to_string(&mut holder).map_err(io)?;
                return Err(in_use(format!("process {}", holder.trim())));
            }
            Err(TryLockError::Error(error)) => return Err(io(error)),
        }
        let own = match lock_directory(directory) {
            Ok(own) => own,
            Err(TryLockError::WouldBlock) => {
                return Err(in_use(format!("a process whose {LOCK_NAME} was removed")));
            }
            Err(TryLockError::Error(error)) => return Err(io(error)),
        };
        file.set_len(0).map_err(io)?;
        file.rewind().map_err(io)?;
        writeln!(file, "{}", std::process::id()).map_err(io)?;
        Ok(Self {
            _file: file,
            _directory: own,
        })
    }
}

/// Locks the directory itself. None if the system or the file system locks only files.
fn lock_directory(directory: &Path) -> Result<Option<File>, TryLockError> {
    if cfg!(not(unix)) {
        return Ok(None);
    }
    let own = File::open(directory).map_err(TryLockError::Error)?;
    match lock_with_retries(&own) {
        Ok(()) => Ok(Some(own)),
        Err(TryLockError::WouldBlock) => Err(TryLockError::WouldBlock),
        Err(TryLockError::Error(error)) => {
            tracing::debug!(%error, "the directory itself cannot be locked; only its lock file is locked");
            Ok(None)
        }
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "opening reads the whole file besides, on a thread of its own"
)]
fn lock_with_retries(lock: &File) -> Result<(), TryLockError> {
    for _ in 1..LOCK_TRIES {
        match lock.try_lock() {
            Err(TryLockError::WouldBlock) => std::thread::sleep(LOCK_PAUSE),
            done => return done,
        }
    }
    lock.try_lock()
}
