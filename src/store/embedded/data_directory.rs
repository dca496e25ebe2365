//! The data directory: locked by one process, with the file of the graph. A file that is damaged, of another program or of a newer
//! version is refused and not changed.

use std::fs::{self, File};
use std::io::Read as _;
use std::path::{Path, PathBuf};

use rusqlite::{Connection, OpenFlags};

use super::EmbeddedOptions;
use super::disk::probe;
use super::lock::{DirectoryLock, LOCK_NAME};
use super::unreadable::UnreadableFile;
use super::upgrade::{STEPS, upgrade};
use crate::store::private::{accessible_to_others, create_private_directory, create_private_file};
use crate::store::{DiskProblem, OpenError, StoreError};

/// "HUKN": the application id of the graph's file.
const APPLICATION_ID: i64 = 0x4855_4b4e;
/// The version of `schema.sql`.
const SCHEMA_VERSION: i64 = 4;
pub(super) const FILE_NAME: &str = "hukun.db";
/// The write-ahead log of `SQLite`: the commits that are not in the file yet.
const LOG_NAME: &str = "hukun.db-wal";
/// The index of the write-ahead log.
const INDEX_NAME: &str = "hukun.db-shm";
/// The name that `restore --replace` gives a file that cannot be read.
const DAMAGED_NAME: &str = "hukun.db.damaged";
/// The files of a data directory, which only their owner may read.
const PRIVATE_NAMES: [&str; 7] = [
    FILE_NAME,
    LOG_NAME,
    INDEX_NAME,
    "keys.db",
    "keys.db-wal",
    "keys.db-shm",
    LOCK_NAME,
];

/// A data directory, locked by this process until this is dropped.
pub(super) struct DataDirectory {
    path: PathBuf,
    _lock: DirectoryLock,
}

impl DataDirectory {
    /// Locks the directory; creates it if it does not exist.
    pub(super) fn lock(directory: &Path) -> Result<Self, OpenError> {
        create_private_directory(directory)
            .map_err(|error| OpenError::from_io(directory.display().to_string(), &error))?;
        let lock = DirectoryLock::take(directory)?;
        warn_about_permissions(directory);
        Ok(Self {
            path: directory.join(FILE_NAME),
            _lock: lock,
        })
    }

    pub(super) fn file(&self) -> &Path {
        &self.path
    }

    /// Opens the file for writing; creates it if it does not exist.
    pub(super) fn open(&self, options: &EmbeddedOptions) -> Result<Connection, OpenError> {
        let refuse = |error: rusqlite::Error| open_error_of_sqlite(&self.path, &error);
        match self.state()? {
            FileState::Present => self.check_header()?,
            state => {
                self.check_new_graph_allowed(state, options)?;
                self.make()?;
            }
        }
        let conn = Connection::open(&self.path).map_err(refuse)?;
        conn.busy_timeout(options.busy_max).map_err(refuse)?;
        if let Some(pages) = options.pages_max {
            conn.pragma_update(None, "max_page_count", pages)
                .map_err(refuse)?;
        }
        // SQLite opens a file that it cannot write as read-only, without an error.
        if conn.is_readonly("main").map_err(refuse)? {
            let problem = DiskProblem::Denied;
            let place = self.path.display().to_string();
            return Err(write_check_error(&self.path).unwrap_or(OpenError::Disk { place, problem }));
        }
        check_version(&conn, &self.path)?;
        // FULL: an acknowledged commit is on the disk. WAL: readers and the writer do not wait for each other.
        conn.pragma_update(None, "journal_mode", "WAL").map_err(refuse)?;
        conn.pragma_update(None, "synchronous", "FULL").map_err(refuse)?;
        Ok(conn)
    }

    fn state(&self) -> Result<FileState, OpenError> {
        match fs::metadata(&self.path) {
            Ok(metadata) if metadata.is_dir() => Err(self.io(&std::io::ErrorKind::IsADirectory.into())),
            Ok(metadata) if metadata.len() == 0 => Ok(FileState::Empty),
            Ok(_) => Ok(FileState::Present),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(FileState::Missing),
            Err(error) => Err(self.io(&error)),
        }
    }

    /// Refuses to create a new graph where another was: the operator must know that it is lost.
    fn check_new_graph_allowed(&self, state: FileState, options: &EmbeddedOptions) -> Result<(), OpenError> {
        let beside = |name: &str| self.path.with_file_name(name);
        let log = beside(LOG_NAME);
        let lost = |beside: &Path, next: String| OpenError::GraphLost {
            place: self.path.display().to_string(),
            state: state.description(),
            beside: beside.display().to_string(),
            next,
        };
        // SQLite would apply it to the new file.
        if fs::metadata(&log).is_ok_and(|metadata| metadata.len() > 0) {
            let next = format!(
                "Put {FILE_NAME} back beside it, or restore a backup with `hukun restore --replace`; to start with an empty graph, move {} away",
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
                "{restore}; to start with an empty graph and these API keys, run `hukun serve --empty`; to start without them, remove {}",
                keys.display()
            );
            return Err(lost(&keys, next));
        }
        if matches!(state, FileState::Empty) {
            let next = format!("{restore}; to start with an empty graph, remove the empty file");
            return Err(lost(&self.path, next));
        }
        Ok(())
    }

    fn io(&self, error: &std::io::Error) -> OpenError {
        OpenError::from_io(self.path.display().to_string(), error)
    }

    /// Creates an empty file under another name, and renames it when it is complete: a process killed meanwhile leaves none.
    fn make(&self) -> Result<(), OpenError> {
        let refuse = |error: rusqlite::Error| open_error_of_sqlite(&self.path, &error);
        let unfinished = self.path.with_extension("db.new");
        // Created first, so that the files that SQLite creates beside it are private too.
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
            return Err(OpenError::NotAStore {
                place: self.path.display().to_string(),
                reason: "it does not have the header of an SQLite file".into(),
            });
        }
        Ok(())
    }
}

/// The state of the graph's file.
#[derive(Clone, Copy)]
enum FileState {
    Missing,
    Empty,
    Present,
}

impl FileState {
    const fn description(self) -> &'static str {
        match self {
            Self::Missing => "is missing",
            Self::Empty => "is empty",
            Self::Present => "is present",
        }
    }
}

/// Warns about files of a directory that other users can read: those of an older version, or copied ones.
fn warn_about_permissions(directory: &Path) {
    let names = accessible_to_others(directory, &PRIVATE_NAMES);
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

/// Creates an empty file in a directory that has none. A process that holds the directory creates it itself.
pub(super) fn create_file_if_missing(directory: &Path) -> Result<(), OpenError> {
    if directory.join(FILE_NAME).exists() {
        return Ok(());
    }
    match DataDirectory::lock(directory) {
        Ok(data_directory) => data_directory.open(&EmbeddedOptions::default()).map(drop),
        Err(OpenError::InUse { .. }) => Ok(()),
        Err(other) => Err(other),
    }
}

/// Copies the file of a directory at one moment, also if another process holds it, into a new directory.
pub(super) fn copy(directory: &Path, to: &Path) -> Result<(), OpenError> {
    let file = directory.join(FILE_NAME);
    let io = |path: &Path, error: std::io::Error| OpenError::from_io(path.display().to_string(), &error);
    let target = to.join(FILE_NAME);
    fs::metadata(&file).map_err(|error| io(&file, error))?;
    create_private_directory(to).map_err(|error| io(to, error))?;
    create_private_file(&target).map_err(|error| io(&target, error))?;
    let refuse = |error: rusqlite::Error| open_error_of_sqlite(&file, &error);
    // Not read-only: a file that no process has open may have a write-ahead log that must be applied first.
    let conn = Connection::open_with_flags(&file, OpenFlags::SQLITE_OPEN_READ_WRITE).map_err(refuse)?;
    conn.busy_timeout(std::time::Duration::from_secs(5))
        .map_err(refuse)?;
    check_version(&conn, &file)?;
    // VACUUM INTO copies in one read transaction.
    let copied = conn.execute("VACUUM INTO ?1", [target.display().to_string()]);
    copied.map(drop).map_err(|error| {
        let error = StoreError::from_driver(&error);
        let of_source = matches!(error, StoreError::Damaged(_));
        open_error(if of_source { &file } else { &target }, error)
    })
}

/// Replaces the file of a directory by that of another. Both directories are locked meanwhile.
pub(super) fn put_in_place(from: &Path, directory: &Path) -> Result<(), OpenError> {
    let (from, data_directory) = (DataDirectory::lock(from)?, DataDirectory::lock(directory)?);
    // Closing the last connection applies the write-ahead log, so that the renamed file is complete.
    drop(from.open(&EmbeddedOptions::default())?);
    data_directory.move_old_files_away()?;
    fs::rename(&from.path, &data_directory.path).map_err(|error| data_directory.io(&error))?;
    File::open(directory)
        .and_then(|directory| directory.sync_all())
        .map_err(|error| data_directory.io(&error))
}

impl DataDirectory {
    /// Applies or moves away the write-ahead log of the old file: `SQLite` would apply it to the new one. A file that cannot be read is
    /// kept under another name.
    fn move_old_files_away(&self) -> Result<(), OpenError> {
        let readable = match self.state()? {
            FileState::Present => self.open(&EmbeddedOptions::default()).map(drop),
            FileState::Missing | FileState::Empty => Ok(()),
        };
        match readable {
            Ok(())
            | Err(
                OpenError::Damaged { .. }
                | OpenError::NotAStore { .. }
                | OpenError::NewerSchema { .. }
                | OpenError::Disk {
                    problem: DiskProblem::Unreadable(_),
                    ..
                },
            ) => {}
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
                Ok(()) => tracing::warn!("{name} could not be read; it is kept as {}", damaged.display()),
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
    let refuse = |error: rusqlite::Error| open_error_of_sqlite(file, &error);
    if pragma("application_id").map_err(refuse)? != APPLICATION_ID {
        return Err(OpenError::NotAStore {
            place: place(),
            reason: "it is a file of another program".into(),
        });
    }
    match pragma("user_version").map_err(refuse)? {
        SCHEMA_VERSION => Ok(()),
        found if STEPS.iter().any(|(from, _)| *from == found) => upgrade(conn, found, SCHEMA_VERSION)
            .map_err(|error| match open_error(file, error) {
                OpenError::Damaged { place, reason } => OpenError::Damaged {
                    place,
                    reason: format!(
                        "it cannot be upgraded from schema version {found} to {SCHEMA_VERSION}: {reason}"
                    ),
                },
                other => other,
            }),
        found if found > SCHEMA_VERSION => Err(OpenError::NewerSchema {
            place: place(),
            found,
            known: SCHEMA_VERSION,
        }),
        found => Err(OpenError::Damaged {
            place: place(),
            reason: format!("its schema version {found} is unknown"),
        }),
    }
}

/// The error of opening a file, from that of `SQLite` and of the disk.
fn open_error_of_sqlite(file: &Path, error: &rusqlite::Error) -> OpenError {
    open_error(file, StoreError::from_driver(error))
}

/// The error of opening a file, from that of reading or writing it. An error that the disk may have caused is not reported as damage.
pub(super) fn open_error(file: &Path, error: StoreError) -> OpenError {
    let place = || file.display().to_string();
    match error {
        StoreError::DiskFull { .. } => OpenError::DiskFull {
            place: file.parent().unwrap_or(file).display().to_string(),
        },
        StoreError::Locked => OpenError::Locked { place: place() },
        StoreError::Disk { problem, .. } => write_check_error(file)
            .or_else(|| read_error(file))
            .unwrap_or_else(|| OpenError::Disk {
                place: place(),
                problem,
            }),
        // `SQLite` takes a file for damaged that the disk fails to read.
        StoreError::Damaged(reason) | StoreError::Internal(reason) => {
            read_error(file).unwrap_or_else(|| OpenError::Damaged {
                place: place(),
                reason,
            })
        }
        other => OpenError::Damaged {
            place: place(),
            reason: other.to_string(),
        },
    }
}

/// The error of the system when a file and its log are read; none if there is none.
fn read_error(file: &Path) -> Option<OpenError> {
    let UnreadableFile { path, reason } = UnreadableFile::find(file)?;
    Some(OpenError::Disk {
        place: path.display().to_string(),
        problem: DiskProblem::Unreadable(reason),
    })
}

/// The error of the system when a file and its directory are written; none if there is none.
fn write_check_error(file: &Path) -> Option<OpenError> {
    let directory = file.parent().unwrap_or(file);
    if let Err(error) = probe(directory) {
        return Some(OpenError::from_io(directory.display().to_string(), &error));
    }
    let opened = File::options().read(true).write(true).open(file);
    let error = opened.err()?;
    Some(OpenError::from_io(file.display().to_string(), &error))
}
