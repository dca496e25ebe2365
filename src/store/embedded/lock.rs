//! The data directory belongs to one process at a time.
//!
//! Two locks, both of the system and gone with the process: one on a file, which says who holds it, and one on the directory
//! itself, which is held still when that file is removed.

use std::fs::{File, TryLockError};
use std::io::{self, Read as _, Seek as _, Write as _};
use std::path::Path;

use crate::store::OpenError;
use crate::store::private::private_options;

pub(super) const LOCK_NAME: &str = "hukun.lock";

/// How often a lock is tried, and how long between: a program that this process starts holds a copy of every open file from
/// its beginning until it is loaded, and with it the lock of a store that was let go meanwhile.
const LOCK_TRIES: u32 = 20;
const LOCK_PAUSE: std::time::Duration = std::time::Duration::from_millis(10);

/// A directory that this process holds as long as this lives.
pub(super) struct DirectoryLock {
    _file: File,
    _directory: Option<File>,
}

impl DirectoryLock {
    /// Takes a directory that is there.
    pub(super) fn take(directory: &Path) -> Result<Self, OpenError> {
        let place = directory.display().to_string();
        let path = directory.join(LOCK_NAME);
        let io = |error: io::Error| OpenError::of_io(path.display().to_string(), &error);
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
        match patiently(&file) {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                let mut holder = String::new();
                file.read_to_string(&mut holder).map_err(io)?;
                return Err(in_use(format!("process {}", holder.trim())));
            }
            Err(TryLockError::Error(error)) => return Err(io(error)),
        }
        let own = match directory_itself(directory) {
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

/// Locks the directory itself. None where the system, or the file system, locks files alone.
fn directory_itself(directory: &Path) -> Result<Option<File>, TryLockError> {
    if cfg!(not(unix)) {
        return Ok(None);
    }
    let own = File::open(directory).map_err(TryLockError::Error)?;
    match patiently(&own) {
        Ok(()) => Ok(Some(own)),
        Err(TryLockError::WouldBlock) => Err(TryLockError::WouldBlock),
        Err(TryLockError::Error(error)) => {
            tracing::debug!(%error, "the directory itself cannot be locked; its lock file is");
            Ok(None)
        }
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "opening reads the whole file besides, on a thread of its own"
)]
fn patiently(lock: &File) -> Result<(), TryLockError> {
    for _ in 1..LOCK_TRIES {
        match lock.try_lock() {
            Err(TryLockError::WouldBlock) => std::thread::sleep(LOCK_PAUSE),
            done => return done,
        }
    }
    lock.try_lock()
}
