//! Reading a backup. A file that was changed or truncated is refused.

use std::io::{BufRead, Read, Seek};

use sha2::{Digest as _, Sha256};

use super::line::{BackupFooter, BackupHeader, BackupItem, BackupLine};
use super::write::{hexadecimal, log_from};
use super::{Backup, BackupSummary, FORMAT, VERSION};
use crate::model::change::{Change, Revision};

/// Most bytes of a line; the longest records have some hundred thousand.
const LINE_BYTES_MAX: u64 = 64 * 1024 * 1024;

/// Why a backup cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum BackupError {
    /// The file is not a backup.
    #[error("this is not a backup of Hukun: {0}")]
    NotABackup(String),
    /// A newer Hukun wrote it.
    #[error(
        "this backup was written by a newer Hukun (version {found}; this one reads up to {VERSION}): use that version"
    )]
    NewerVersion {
        /// The version of the backup.
        found: u32,
    },
    /// The file was changed or truncated after it was written.
    #[error(
        "line {line}: {reason}; the file was changed or truncated after it was written: use another copy"
    )]
    Damaged {
        /// The number of the line, from 1.
        line: u64,
        /// What is wrong.
        reason: String,
    },
    /// The file cannot be read.
    #[error("the backup cannot be read: {0}")]
    Io(#[from] std::io::Error),
}

/// Reads a backup. Checks its checksum in a first pass.
pub fn read(mut from: impl BufRead + Seek) -> Result<Backup, BackupError> {
    let lines = check_integrity(&mut from)?;
    from.rewind()?;
    let (mut changes, mut log) = (Vec::new(), Vec::new());
    let mut summary = BackupSummary::default();
    let mut text = String::new();
    for number in 1..=lines {
        text.clear();
        if let Err(error) = from.read_line(&mut text) {
            return Err(match error.kind() {
                std::io::ErrorKind::InvalidData => BackupError::Damaged {
                    line: number,
                    reason: "it is not UTF-8".into(),
                },
                _ => error.into(),
            });
        }
        if number == 1 {
            let header = read_header(&text)?;
            summary.revision = Revision(header.revision);
            summary.log_from = header.log_from.map(Revision);
            continue;
        }
        let damaged = |reason: String| BackupError::Damaged { line: number, reason };
        let line: BackupLine<'_> = serde_json::from_str(&text).map_err(|error| damaged(error.to_string()))?;
        match line.read().map_err(|error| damaged(error.to_string()))? {
            BackupItem::Change(change) => {
                summary.records += usize::from(matches!(*change, Change::Put { .. }));
                summary.redirects += usize::from(matches!(*change, Change::Redirect { .. }));
                changes.push(*change);
            }
            BackupItem::LogLine(line) => log.push(line),
        }
    }
    summary.changes = log.len();
    let first = log.iter().map(|line| line.position).min().unwrap_or_default();
    if log_from(first) != summary.log_from {
        return Err(BackupError::Damaged {
            line: 1,
            reason: "the change log begins at another revision than this line says".into(),
        });
    }
    changes.push(Change::History {
        revision: summary.revision,
        log,
    });
    Ok(Backup { summary, changes })
}

fn read_header(text: &str) -> Result<BackupHeader, BackupError> {
    let header: BackupHeader = serde_json::from_str(text)
        .map_err(|_| BackupError::NotABackup("its first line is not the header of a backup".to_string()))?;
    if header.format != FORMAT {
        return Err(BackupError::NotABackup(format!(
            "its format is `{}`",
            header.format
        )));
    }
    if header.version > VERSION {
        return Err(BackupError::NewerVersion {
            found: header.version,
        });
    }
    Ok(header)
}

/// Checks the number of lines and the checksum in the last line. Returns the number of lines before it.
fn check_integrity(from: &mut (impl BufRead + Seek)) -> Result<u64, BackupError> {
    let mut hash = Sha256::new();
    let (mut line, mut last) = (Vec::new(), Vec::new());
    let mut lines = 0;
    loop {
        line.clear();
        let read = from.by_ref().take(LINE_BYTES_MAX).read_until(b'\n', &mut line)?;
        if read == 0 {
            break;
        }
        if lines == 0 {
            read_header(&String::from_utf8_lossy(&line))?;
        } else {
            hash.update(&last);
        }
        lines += 1;
        std::mem::swap(&mut line, &mut last);
    }
    let damaged = |reason: &str| BackupError::Damaged {
        line: lines,
        reason: reason.to_string(),
    };
    if lines == 0 {
        return Err(BackupError::NotABackup("it is empty".to_string()));
    }
    let footer: BackupFooter = serde_json::from_slice(&last)
        .map_err(|_| damaged("the file ends before its last line, the one with the checksum"))?;
    if footer.lines != lines - 1 || footer.sha256 != hexadecimal(&hash.finalize()) {
        return Err(damaged("the checksum does not match"));
    }
    Ok(lines - 1)
}
