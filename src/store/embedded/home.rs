//! The data directory: held by one process, and its file opened. What is foreign, newer or damaged is refused and left as
//! it is.

use std::fs::{self, File};
use std::io::Read as _;
use std::path::{Path, PathBuf};

use rusqlite::{Connection, OpenFlags};

use super::EmbeddedOptions;
use super::lock::{DirectoryLock, LOCK_NAME};
use super::medium::probe;
use super::upgrade::{STEPS, upgrade};
use crate::store::private::{create_private_directory, create_private_file, open_to_others};
use crate::store::{MediumFault, OpenError, StoreError};

/// "HUKN": what tells our files from others.
const APPLICATION_ID: i64 = 0x4855_4b4e;
/// The version of `schema.sql`.
const SCHEMA_VERSION: i64 = 4;
pub(super) const FILE_NAME: &str = "hukun.db";
/// What `SQLite` keeps beside a file: the commits that are not in it yet, and where they are.
const LOG_NAME: &str = "hukun.db-wal";
const INDEX_NAME: &str = "hukun.db-shm";
/// Where `restore --replace` puts a file that cannot be read.
const DAMAGED_NAME: &str = "hukun.db.damaged";
/// The files of a data directory, which are for their owner alone.
const PRIVATE_NAMES: [&str; 7] = [
    FILE_NAME,
    LOG_NAME,
    INDEX_NAME,
    "keys.db",
    "keys.db-wal",
    "keys.db-shm",
    LOCK_NAME,
];

/// The data directory, held by this process alone as long as it lives.
pub(super) struct Home {
    path: PathBuf,
    _lock: DirectoryLock,
}

impl Home {
    /// Takes the directory; makes it where it is not there.
    pub(super) fn take(directory: &Path) -> Result<Self, OpenError> {
        create_private_directory(directory)
            .map_err(|error| OpenError::of_io(directory.display().to_string(), &error))?;
        let lock = DirectoryLock::take(directory)?;
        warn_of_others(directory);
        Ok(Self {
            path: directory.join(FILE_NAME),
            _lock: lock,
        })
    }

    pub(super) fn file(&self) -> &Path {
        &self.path
    }

    /// Opens the file for writing; makes it where it is not there.
    pub(super) fn open(&self, options: &EmbeddedOptions) -> Result<Connection, OpenError> {
        let refuse = |error: rusqlite::Error| refusal(&self.path, &error);
        match self.state()? {
            FileState::Whole => self.check_header()?,
            state => {
                self.check_beginning(state, options)?;
                self.make()?;
            }
        }
        let conn = Connection::open(&self.path).map_err(refuse)?;
        conn.busy_timeout(options.busy_max).map_err(refuse)?;
        if let Some(pages) = options.pages_max {
            conn.pragma_update(None, "max_page_count", pages)
                .map_err(refuse)?;
        }
        // SQLite opens what it cannot write for reading, and says nothing.
        if conn.is_readonly("main").map_err(refuse)? {
            let fault = MediumFault::Denied;
            let place = self.path.display().to_string();
            return Err(refused(&self.path).unwrap_or(OpenError::Medium { place, fault }));
        }
        check_version(&conn, &self.path)?;
        // FULL: a commit that was acknowledged is on the medium. WAL: readers and the writer do not wait for each other.
        conn.pragma_update(None, "journal_mode", "WAL").map_err(refuse)?;
        conn.pragma_update(None, "synchronous", "FULL").map_err(refuse)?;
        Ok(conn)
    }

    fn state(&self) -> Result<FileState, OpenError> {
        match fs::metadata(&self.path) {
            Ok(metadata) if metadata.is_dir() => Err(self.io(&std::io::ErrorKind::IsADirectory.into())),
            Ok(metadata) if metadata.len() == 0 => Ok(FileState::Empty),
            Ok(_) => Ok(FileState::Whole),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(FileState::Missing),
            Err(error) => Err(self.io(&error)),
        }
    }

    /// Refuses to begin a new graph where another was: the operator must know that it is lost.
    fn check_beginning(&self, state: FileState, options: &EmbeddedOptions) -> Result<(), OpenError> {
        let beside = |name: &str| self.path.with_file_name(name);
        let log = beside(LOG_NAME);
        let lost = |beside: &Path, next: String| OpenError::Lost {
            place: self.path.display().to_string(),
            state: state.words(),
            beside: beside.display().to_string(),
            next,
        };
        // What it holds would be taken for a part of the new file.
        if fs::metadata(&log).is_ok_and(|metadata| metadata.len() > 0) {
            let next = format!(
                "Put {FILE_NAME} back beside it, or restore a backup with `hukun restore --replace`; to begin anew, move {} away",
                log.display()
            );
            return Err(lost(&log, next));
        }
        if options.begin_anew {
            return Ok(());
        }
        let restore = "Restore a backup with `hukun restore`";
        let keys = beside("keys.db");
        if keys.exists() {
            let next = format!(
                "{restore}; to begin anew with the keys that are there, `hukun serve --empty`; without them, remove {}",
                keys.display()
            );
            return Err(lost(&keys, next));
        }
        if matches!(state, FileState::Empty) {
            let next = format!("{restore}; to begin anew, remove the empty file");
            return Err(lost(&self.path, next));
        }
        Ok(())
    }

    fn io(&self, error: &std::io::Error) -> OpenError {
        OpenError::of_io(self.path.display().to_string(), error)
    }

    /// Makes an empty file, elsewhere, and puts it in its place when it is whole: a process killed meanwhile leaves none.
    fn make(&self) -> Result<(), OpenError> {
        let refuse = |error: rusqlite::Error| refusal(&self.path, &error);
        let unfinished = self.path.with_extension("db.new");
        // Made first, so that what SQLite makes beside it is for its owner alone too.
        create_private_file(&unfinished).map_err(|error| self.io(&error))?;
        let conn = Connection::open(&unfinished).map_err(refuse)?;
        create(&conn).map_err(refuse)?;
        conn.close().map_err(|(_, error)| refuse(error))?;
        fs::rename(&unfinished, &self.path).map_err(|error| self.io(&error))
    }

    fn check_header(&self) -> Result<(), OpenError> {
        let mut header = [0; 16];
        match File::open(&self.path).and_then(|mut file| file.read_exact(&mut header)) {
            Err(error) if error.kind() != std::io::ErrorKind::UnexpectedEof => return Err(self.io(&error)),
            _ => {}
        }
        if &header != b"SQLite format 3\0" {
            return Err(OpenError::Foreign {
                place: self.path.display().to_string(),
                reason: "it does not begin as a SQLite file".into(),
            });
        }
        Ok(())
    }
}

/// What stands where the graph's file should be.
#[derive(Clone, Copy)]
enum FileState {
    Missing,
    Empty,
    Whole,
}

impl FileState {
    const fn words(self) -> &'static str {
        match self {
            Self::Missing => "is missing",
            Self::Empty => "is empty",
            Self::Whole => "is whole",
        }
    }
}

/// Says which files of a directory others can read, and how to keep them from it: made by an older version, or copied.
fn warn_of_others(directory: &Path) {
    let names = open_to_others(directory, &PRIVATE_NAMES);
    if !names.is_empty() {
        let paths: Vec<String> = names
            .iter()
            .map(|name| directory.join(name).display().to_string())
            .collect();
        tracing::warn!(
            "other users of this machine can read files of the store; to keep them private: chmod go= {}",
            paths.join(" ")
        );
    }
}

/// Makes an empty file in a directory that has none. Where another process holds the directory, that one does.
pub(super) fn begin(directory: &Path) -> Result<(), OpenError> {
    if directory.join(FILE_NAME).exists() {
        return Ok(());
    }
    match Home::take(directory) {
        Ok(home) => home.open(&EmbeddedOptions::default()).map(drop),
        Err(OpenError::InUse { .. }) => Ok(()),
        Err(other) => Err(other),
    }
}

/// Copies the file of a directory as it is at one moment, whoever holds it, into a new directory.
pub(super) fn copy(directory: &Path, to: &Path) -> Result<(), OpenError> {
    let file = directory.join(FILE_NAME);
    let io = |path: &Path, error: std::io::Error| OpenError::of_io(path.display().to_string(), &error);
    let target = to.join(FILE_NAME);
    fs::metadata(&file).map_err(|error| io(&file, error))?;
    create_private_directory(to).map_err(|error| io(to, error))?;
    create_private_file(&target).map_err(|error| io(&target, error))?;
    let refuse = |error: rusqlite::Error| refusal(&file, &error);
    // Not read-only: a file that nobody has open may have a log beside it that must be taken in first.
    let conn = Connection::open_with_flags(&file, OpenFlags::SQLITE_OPEN_READ_WRITE).map_err(refuse)?;
    conn.busy_timeout(std::time::Duration::from_secs(5))
        .map_err(refuse)?;
    check_version(&conn, &file)?;
    // One read transaction, so one moment.
    conn.execute("VACUUM INTO ?1", [target.display().to_string()])
        .map_err(|error| refusal(&target, &error))?;
    Ok(())
}

/// Puts the file of one directory in place of another's. Both are held meanwhile.
pub(super) fn put_in_place(from: &Path, directory: &Path) -> Result<(), OpenError> {
    let (from, home) = (Home::take(from)?, Home::take(directory)?);
    // Closing the last connection takes the log beside a file into it: what is renamed is whole.
    drop(from.open(&EmbeddedOptions::default())?);
    home.make_way()?;
    fs::rename(&from.path, &home.path).map_err(|error| home.io(&error))?;
    File::open(directory)
        .and_then(|directory| directory.sync_all())
        .map_err(|error| home.io(&error))
}

impl Home {
    /// Takes in, or else moves away, what stands beside the file: a log that belonged to another would be taken for the new
    /// one's. What cannot be read is kept, for who wants to look into it.
    fn make_way(&self) -> Result<(), OpenError> {
        let readable = match self.state()? {
            FileState::Whole => self.open(&EmbeddedOptions::default()).map(drop),
            FileState::Missing | FileState::Empty => Ok(()),
        };
        match readable {
            Ok(()) | Err(OpenError::Damaged { .. } | OpenError::Foreign { .. } | OpenError::Newer { .. }) => {
            }
            Err(other) => return Err(other),
        }
        let unreadable = readable.is_err();
        let damaged = self.path.with_file_name(DAMAGED_NAME);
        for (name, kept) in [
            (FILE_NAME, DAMAGED_NAME.to_string()),
            (LOG_NAME, format!("{DAMAGED_NAME}-wal")),
        ] {
            if name == FILE_NAME && !unreadable {
                continue;
            }
            match fs::rename(self.path.with_file_name(name), self.path.with_file_name(kept)) {
                Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(self.io(&error)),
                Err(_) => {}
                Ok(()) => tracing::warn!(
                    "{name} could not be read; what is left of it is {}",
                    damaged.display()
                ),
            }
        }
        match fs::remove_file(self.path.with_file_name(INDEX_NAME)) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(self.io(&error)),
            _ => Ok(()),
        }
    }
}

fn create(conn: &Connection) -> rusqlite::Result<()> {
    conn.pragma_update(None, "page_size", 8192)?;
    conn.execute_batch(&format!(
        "BEGIN; PRAGMA application_id = {APPLICATION_ID}; PRAGMA user_version = {SCHEMA_VERSION}; {} COMMIT;",
        include_str!("schema.sql")
    ))
}

fn check_version(conn: &Connection, file: &Path) -> Result<(), OpenError> {
    let place = || file.display().to_string();
    let pragma = |name: &str| conn.pragma_query_value(None, name, |row| row.get::<_, i64>(0));
    let refuse = |error: rusqlite::Error| refusal(file, &error);
    if pragma("application_id").map_err(refuse)? != APPLICATION_ID {
        return Err(OpenError::Foreign {
            place: place(),
            reason: "it is the file of another program".into(),
        });
    }
    match pragma("user_version").map_err(refuse)? {
        SCHEMA_VERSION => Ok(()),
        found if STEPS.iter().any(|(from, _)| *from == found) => upgrade(conn, found, SCHEMA_VERSION)
            .map_err(|error| match open_error(file, error) {
                OpenError::Damaged { place, reason } => OpenError::Damaged {
                    place,
                    reason: format!("its version {found} cannot be brought to {SCHEMA_VERSION}: {reason}"),
                },
                other => other,
            }),
        found if found > SCHEMA_VERSION => Err(OpenError::Newer {
            place: place(),
            found,
            known: SCHEMA_VERSION,
        }),
        found => Err(OpenError::Damaged {
            place: place(),
            reason: format!("its schema version is {found}"),
        }),
    }
}

/// Why a file is not opened, by what `SQLite` says of it and the system of the disk under it.
fn refusal(file: &Path, error: &rusqlite::Error) -> OpenError {
    let reason = error.to_string();
    match error.sqlite_error_code() {
        Some(
            rusqlite::ErrorCode::SystemIoFailure
            | rusqlite::ErrorCode::CannotOpen
            | rusqlite::ErrorCode::PermissionDenied
            | rusqlite::ErrorCode::ReadOnly
            | rusqlite::ErrorCode::DiskFull
            | rusqlite::ErrorCode::DatabaseBusy,
        ) => open_error(file, StoreError::from_driver(error)),
        _ => OpenError::Damaged {
            place: file.display().to_string(),
            reason,
        },
    }
}

/// Why a file is not opened, by what reading or writing it came to. Nothing is called damaged that the disk may have caused.
pub(super) fn open_error(file: &Path, error: StoreError) -> OpenError {
    let place = || file.display().to_string();
    match error {
        StoreError::Full { .. } => OpenError::Full {
            place: file.parent().unwrap_or(file).display().to_string(),
        },
        StoreError::Locked => OpenError::Locked { place: place() },
        StoreError::Medium { fault, .. } => match refused(file) {
            Some(error) => error,
            None => OpenError::Medium {
                place: place(),
                fault,
            },
        },
        StoreError::Damaged(reason) | StoreError::Fault(reason) => OpenError::Damaged {
            place: place(),
            reason,
        },
        other => OpenError::Damaged {
            place: place(),
            reason: other.to_string(),
        },
    }
}

/// What the system says when a file and its directory are written; none: nothing against it.
fn refused(file: &Path) -> Option<OpenError> {
    let directory = file.parent().unwrap_or(file);
    if let Err(error) = probe(directory) {
        return Some(OpenError::of_io(directory.display().to_string(), &error));
    }
    let opened = File::options().read(true).write(true).open(file);
    let error = opened.err()?;
    Some(OpenError::of_io(file.display().to_string(), &error))
}
