//! Reading a backup: whole and unchanged, or not at all.

use std::io::{BufRead, Read, Seek};

use sha2::{Digest as _, Sha256};

use super::line::{Foot, Head, Line, Read as LineRead};
use super::write::hexadecimal;
use super::{Backup, BackupSummary, FORMAT, VERSION};
use crate::model::change::{Change, Revision};

/// Bytes of a line, at most: the longest records have some hundred thousand.
const LINE_BYTES_MAX: u64 = 64 * 1024 * 1024;

/// Why a file is not restored.
#[derive(Debug, thiserror::Error)]
pub enum BackupError {
    /// It is no backup.
    #[error("this is no backup of Hukun: {0}")]
    Foreign(String),
    /// A newer program wrote it.
    #[error(
        "a newer Hukun wrote this backup (version {found}; this one reads up to {VERSION}): use that one"
    )]
    Newer {
        /// Its version.
        found: u32,
    },
    /// It is not as it was written.
    #[error("line {line}: {reason}; the file is not as it was written: take another copy of it")]
    Damaged {
        /// Where, from 1.
        line: u64,
        /// What is wrong.
        reason: String,
    },
    /// It cannot be read.
    #[error("the backup cannot be read: {0}")]
    Io(#[from] std::io::Error),
}

/// Reads a backup, the first time for its checksum alone.
pub fn read(mut from: impl BufRead + Seek) -> Result<Backup, BackupError> {
    let lines = check(&mut from)?;
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
            summary.revision = Revision(head(&text)?.revision);
            continue;
        }
        let damaged = |reason: String| BackupError::Damaged { line: number, reason };
        let line: Line<'_> = serde_json::from_str(&text).map_err(|error| damaged(error.to_string()))?;
        match line.read().map_err(|error| damaged(error.to_string()))? {
            LineRead::Change(change) => {
                summary.records += usize::from(matches!(*change, Change::Put { .. }));
                summary.redirects += usize::from(matches!(*change, Change::Redirect { .. }));
                changes.push(*change);
            }
            LineRead::Logged(line) => log.push(line),
        }
    }
    summary.changes = log.len();
    changes.push(Change::History {
        revision: summary.revision,
        log,
    });
    Ok(Backup { summary, changes })
}

fn head(text: &str) -> Result<Head, BackupError> {
    let head: Head = serde_json::from_str(text)
        .map_err(|_| BackupError::Foreign("its first line does not say that it is one".to_string()))?;
    if head.format != FORMAT {
        return Err(BackupError::Foreign(format!("it is `{}`", head.format)));
    }
    if head.version > VERSION {
        return Err(BackupError::Newer { found: head.version });
    }
    Ok(head)
}

/// How many lines stand before the last, which must say the same, and the hash of all their bytes.
fn check(from: &mut (impl BufRead + Seek)) -> Result<u64, BackupError> {
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
            head(&String::from_utf8_lossy(&line))?;
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
        return Err(BackupError::Foreign("it is empty".to_string()));
    }
    let foot: Foot = serde_json::from_slice(&last)
        .map_err(|_| damaged("the file ends before its last line, the one with the checksum"))?;
    if foot.lines != lines - 1 || foot.sha256 != hexadecimal(&hash.finalize()) {
        return Err(damaged("the checksum is another"));
    }
    Ok(lines - 1)
}
