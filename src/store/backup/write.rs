//! Writing a backup from a reader, at one revision and in parts, so that its size is not limited by memory.

use std::collections::BTreeSet;
use std::io::Write;

use serde::Serialize;
use sha2::{Digest as _, Sha256};

use super::line::{BackupFooter, BackupHeader, BackupLine};
use super::{BackupSummary, FORMAT, VERSION};
use crate::model::change::{LogPosition, Record, Revision, Subject};
use crate::model::entity::Entity;
use crate::model::page::PageRequest;
use crate::store::error::IoFailure;
use crate::store::{LogQuery, Reader, StoreError, StoreResult};

/// Number of records, or lines of the change log, read at a time.
const CHUNK: usize = 5_000;

/// Writes the lines of a backup, and hashes them.
struct BackupWriter<'w> {
    to: &'w mut (dyn Write + Send),
    hash: Sha256,
    lines: u64,
}

impl BackupWriter<'_> {
    fn write_line(&mut self, line: &impl Serialize) -> StoreResult<()> {
        let mut text = serde_json::to_vec(line)
            .map_err(|error| StoreError::Internal(format!("the backup cannot be written: {error}")))?;
        text.push(b'\n');
        self.hash.update(&text);
        self.lines += 1;
        self.to
            .write_all(&text)
            .map_err(|error| IoFailure::from_io(&error).at("the backup's disk"))
    }
}

/// Writes a backup of all that is visible to a reader.
pub async fn write<R: Reader>(at: &R, to: &mut (dyn Write + Send)) -> StoreResult<BackupSummary> {
    let mut writer = BackupWriter {
        to,
        hash: Sha256::new(),
        lines: 0,
    };
    let first = at.log_begin().await?;
    let mut summary = BackupSummary {
        revision: at.revision(),
        log_from: log_from(first),
        ..BackupSummary::default()
    };
    writer.write_line(&BackupHeader {
        format: FORMAT.to_string(),
        version: VERSION,
        revision: at.revision().0,
        log_from: summary.log_from.map(|revision| revision.0),
    })?;
    let datasets = at.datasets().await?;
    let mut subjects = BTreeSet::new();
    for info in &datasets {
        writer.write_line(&BackupLine::of_dataset(&info.dataset))?;
        subjects.extend(at.subjects_of_dataset(&info.dataset.id).await?);
    }
    // Sources first, and entities before the records that refer to them: the order in which they can be restored.
    let mut subjects: Vec<Subject> = subjects.into_iter().collect();
    subjects.sort_by_key(kind_order);
    for chunk in subjects.chunks(CHUNK) {
        let records = records(at, chunk).await?;
        let statements = at.statements(chunk).await?;
        for (record, statements) in records.iter().zip(&statements) {
            let Some(record) = record else { continue };
            summary.records += 1;
            writer.write_line(&BackupLine::of(record, statements))?;
        }
    }
    // Also redirects to deleted entities: their ids stay taken.
    for (from, to) in at.redirects(None).await? {
        summary.redirects += 1;
        writer.write_line(&BackupLine::of_redirect(&from, &to))?;
    }
    // The position before the first line, which has the revision of no line.
    let mut after = LogPosition {
        number: first.number.saturating_sub(1),
        ..LogPosition::default()
    };
    loop {
        let query = LogQuery {
            page: PageRequest {
                after: Some(after),
                ..PageRequest::first(CHUNK)
            },
            datasets: None,
        };
        let page = at.log(&query).await?;
        for change in &page.items {
            summary.changes += 1;
            after = change.position;
            writer.write_line(&BackupLine::of_change(change))?;
        }
        if !page.has_next {
            break;
        }
    }
    let footer = BackupFooter {
        lines: writer.lines,
        sha256: hexadecimal(&std::mem::take(&mut writer.hash).finalize()),
    };
    writer.write_line(&footer)?;
    Ok(summary)
}

/// The revision from which a log goes whose first line is at a position; none if nothing is missing before it.
pub(super) fn log_from(first: LogPosition) -> Option<Revision> {
    (first.number > 1).then_some(first.revision)
}

fn kind_order(subject: &Subject) -> u8 {
    match subject {
        Subject::Source(_) => 0,
        Subject::Entity(_) => 1,
        Subject::Relation(_) => 2,
        Subject::Observation(_) => 3,
        Subject::Rule(_) => 4,
    }
}

/// The records of some subjects, in their order; one read for each kind of record.
async fn records<R: Reader>(at: &R, subjects: &[Subject]) -> StoreResult<Vec<Option<Record>>> {
    macro_rules! read {
        ($($sort:ident $call:ident $own:expr;)+) => {{
            let mut found = Vec::with_capacity(subjects.len());
            $(
                let ids: Vec<_> = subjects
                    .iter()
                    .filter_map(|subject| if let Subject::$sort(id) = subject { Some(id.clone()) } else { None })
                    .collect();
                if !ids.is_empty() {
                    let read = at.$call(&ids).await?.into_iter();
                    found.extend(read.map(|record| record.map(|record| Record::$sort($own(record)))));
                }
            )+
            found
        }};
    }
    // The subjects are sorted by the kind of record, so that reading kind by kind keeps their order.
    Ok(read! {
        Source sources std::convert::identity;
        Entity entities |one: crate::model::entity::SharedEntity| Entity::clone(&one);
        Relation relations std::convert::identity;
        Observation observations std::convert::identity;
        Rule rules std::convert::identity;
    })
}

pub(super) fn hexadecimal(bytes: &[u8]) -> String {
    let digits = bytes.iter().flat_map(|byte| [byte >> 4, byte & 15]);
    digits
        .filter_map(|digit| char::from_digit(digit.into(), 16))
        .collect()
}
