//! The data directory: held by one process, and its file opened. What is foreign, newer or damaged is refused and left as
//! it is.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{Read as _, Seek as _, Write as _};
use std::path::{Path, PathBuf};

use rusqlite::{Connection, OpenFlags};

use crate::store::OpenError;

/// "HUKN": what tells our files from others.
const APPLICATION_ID: i64 = 0x4855_4b4e;
/// The version of `schema.sql`.
const SCHEMA_VERSION: i64 = 3;
/// What brings a file of an older version to the next, by the version it has. All or nothing.
const STEPS: [(i64, &str); 2] = [
    (
        1,
        "ALTER TABLE change ADD COLUMN datasets TEXT NOT NULL DEFAULT '[]';",
    ),
    (2, "CREATE INDEX change_subject ON change (subject);"),
];
const FILE_NAME: &str = "hukun.db";
const LOCK_NAME: &str = "hukun.lock";

/// The data directory, held by this process alone as long as it lives.
pub(super) struct Home {
    path: PathBuf,
    _lock: File,
}

/// How often the lock is tried, and how long between: a program that this process starts holds a copy of every open file from
/// its beginning until it is loaded, and with it the lock of a store that was let go meanwhile.
const LOCK_TRIES: u32 = 20;
const LOCK_PAUSE: std::time::Duration = std::time::Duration::from_millis(10);

#[expect(
    clippy::disallowed_methods,
    reason = "opening reads the whole file besides, on a thread of its own"
)]
fn patiently(lock: &std::fs::File) -> Result<(), TryLockError> {
    for _ in 1..LOCK_TRIES {
        match lock.try_lock() {
            Err(TryLockError::WouldBlock) => std::thread::sleep(LOCK_PAUSE),
            done => return done,
        }
    }
    lock.try_lock()
}

impl Home {
    /// Takes the directory; makes it where it is not there.
    pub(super) fn take(directory: &Path) -> Result<Self, OpenError> {
        let place = directory.display().to_string();
        let io = |error: std::io::Error| OpenError::Io {
            place: place.clone(),
            reason: error.to_string(),
        };
        fs::create_dir_all(directory).map_err(io)?;
        let lock_path = directory.join(LOCK_NAME);
        let mut lock = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .open(lock_path)
            .map_err(io)?;
        match patiently(&lock) {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                let mut holder = String::new();
                lock.read_to_string(&mut holder).map_err(io)?;
                return Err(OpenError::InUse {
                    place,
                    holder: holder.trim().to_string(),
                });
            }
            Err(TryLockError::Error(error)) => return Err(io(error)),
        }
        lock.set_len(0).map_err(io)?;
        lock.rewind().map_err(io)?;
        writeln!(lock, "{}", std::process::id()).map_err(io)?;
        Ok(Self {
            path: directory.join(FILE_NAME),
            _lock: lock,
        })
    }

    pub(super) fn file(&self) -> &Path {
        &self.path
    }

    /// Opens the file for writing; makes it where it is not there.
    pub(super) fn open(&self) -> Result<Connection, OpenError> {
        let place = self.path.display().to_string();
        let refuse = |error: rusqlite::Error| refusal(&place, &error);
        if fs::metadata(&self.path).map_or(true, |meta| meta.len() == 0) {
            self.make()?;
        }
        self.check_header()?;
        let conn = Connection::open(&self.path).map_err(refuse)?;
        conn.busy_timeout(std::time::Duration::from_secs(5))
            .map_err(refuse)?;
        check_version(&conn, &place)?;
        // FULL: a commit that was acknowledged is on the medium. WAL: readers and the writer do not wait for each other.
        conn.pragma_update(None, "journal_mode", "WAL").map_err(refuse)?;
        conn.pragma_update(None, "synchronous", "FULL").map_err(refuse)?;
        Ok(conn)
    }

    /// Makes an empty file, elsewhere, and puts it in its place when it is whole: a process killed meanwhile leaves none.
    fn make(&self) -> Result<(), OpenError> {
        let place = self.path.display().to_string();
        let unfinished = self.path.with_extension("db.new");
        let io = |error: std::io::Error| OpenError::Io {
            place: place.clone(),
            reason: error.to_string(),
        };
        if unfinished.exists() {
            fs::remove_file(&unfinished).map_err(io)?;
        }
        let conn = Connection::open(&unfinished).map_err(|error| refusal(&place, &error))?;
        create(&conn).map_err(|error| refusal(&place, &error))?;
        conn.close().map_err(|(_, error)| refusal(&place, &error))?;
        fs::rename(&unfinished, &self.path).map_err(io)
    }

    fn check_header(&self) -> Result<(), OpenError> {
        let place = self.path.display().to_string();
        let mut header = [0; 16];
        let read = File::open(&self.path).and_then(|mut file| file.read_exact(&mut header));
        if read.is_err() || &header != b"SQLite format 3\0" {
            return Err(OpenError::Foreign {
                place,
                reason: "it does not begin as a SQLite file".into(),
            });
        }
        Ok(())
    }
}

/// Copies the file of a directory as it is at one moment, whoever holds it, into a new directory.
pub(super) fn copy(directory: &Path, to: &Path) -> Result<(), OpenError> {
    let file = directory.join(FILE_NAME);
    let place = file.display().to_string();
    let io = |error: std::io::Error| OpenError::Io {
        place: place.clone(),
        reason: error.to_string(),
    };
    fs::metadata(&file).map_err(io)?;
    fs::create_dir_all(to).map_err(io)?;
    let refuse = |error: rusqlite::Error| refusal(&place, &error);
    // Not read-only: a file that nobody has open may have a log beside it that must be taken in first.
    let conn = Connection::open_with_flags(&file, OpenFlags::SQLITE_OPEN_READ_WRITE).map_err(refuse)?;
    conn.busy_timeout(std::time::Duration::from_secs(5))
        .map_err(refuse)?;
    check_version(&conn, &place)?;
    // One read transaction, so one moment.
    conn.execute("VACUUM INTO ?1", [to.join(FILE_NAME).display().to_string()])
        .map_err(refuse)?;
    Ok(())
}

/// Puts the file of one directory in place of another's. Both are held meanwhile.
pub(super) fn put_in_place(from: &Path, directory: &Path) -> Result<(), OpenError> {
    let (from, home) = (Home::take(from)?, Home::take(directory)?);
    // Closing the last connection takes the log beside a file into it: what is renamed is whole, and so is what stays if this fails.
    for home in [&from, &home] {
        if home.path.exists() {
            drop(home.open()?);
        }
    }
    let io = |error: std::io::Error| OpenError::Io {
        place: home.path.display().to_string(),
        reason: error.to_string(),
    };
    fs::rename(&from.path, &home.path).map_err(io)?;
    File::open(directory)
        .and_then(|directory| directory.sync_all())
        .map_err(io)
}

fn create(conn: &Connection) -> rusqlite::Result<()> {
    conn.pragma_update(None, "page_size", 8192)?;
    conn.execute_batch(&format!(
        "BEGIN; PRAGMA application_id = {APPLICATION_ID}; PRAGMA user_version = {SCHEMA_VERSION}; {} COMMIT;",
        include_str!("schema.sql")
    ))
}

fn check_version(conn: &Connection, place: &str) -> Result<(), OpenError> {
    let pragma = |name: &str| conn.pragma_query_value(None, name, |row| row.get::<_, i64>(0));
    let refuse = |error: rusqlite::Error| refusal(place, &error);
    if pragma("application_id").map_err(refuse)? != APPLICATION_ID {
        return Err(OpenError::Foreign {
            place: place.into(),
            reason: "it is the file of another program".into(),
        });
    }
    match pragma("user_version").map_err(refuse)? {
        SCHEMA_VERSION => Ok(()),
        found if STEPS.iter().any(|(from, _)| *from == found) => migrate(conn, found).map_err(refuse),
        found if found > SCHEMA_VERSION => Err(OpenError::Newer {
            place: place.into(),
            found,
            known: SCHEMA_VERSION,
        }),
        found => Err(OpenError::Damaged {
            place: place.into(),
            reason: format!("its schema version is {found}"),
        }),
    }
}

/// Brings an older file to this version.
fn migrate(conn: &Connection, found: i64) -> rusqlite::Result<()> {
    let steps = STEPS.iter().filter(|(from, _)| *from >= found);
    let steps: String = steps.map(|(_, step)| *step).collect();
    conn.execute_batch(&format!(
        "BEGIN IMMEDIATE; {steps} PRAGMA user_version = {SCHEMA_VERSION}; COMMIT;"
    ))
}

fn refusal(place: &str, error: &rusqlite::Error) -> OpenError {
    let (place, reason) = (place.to_string(), error.to_string());
    match error.sqlite_error_code() {
        Some(rusqlite::ErrorCode::DatabaseCorrupt | rusqlite::ErrorCode::NotADatabase) => {
            OpenError::Damaged { place, reason }
        }
        Some(
            rusqlite::ErrorCode::CannotOpen
            | rusqlite::ErrorCode::PermissionDenied
            | rusqlite::ErrorCode::ReadOnly,
        ) => OpenError::Io { place, reason },
        _ => OpenError::Damaged { place, reason },
    }
}
