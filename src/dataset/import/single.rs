//! Imports a data set as one batch, and maps the problems that the service reports to file, line and column.

use std::path::PathBuf;

use crate::dataset::error::ReadError;
use crate::dataset::quotations::sources::{QuoteCheck, SourceFiles};
use crate::dataset::read::parsed_dataset::{ParsedDataset, RowOrigins};
use crate::dataset::report::{Rejection, Report};
use crate::model::id::DatasetId;
use crate::model::principal::Principal;
use crate::service::write::{Batch, Terms, UpsertSummary, WriteMode, WriteOutcome, WriteProblem};
use crate::service::{Service, ServiceError};

/// Options of an import.
#[derive(Clone, Debug)]
pub struct ImportOptions {
    /// Deletes the records that the data set has in the graph and not in the files.
    pub replace: bool,
    /// Checks without writing.
    pub dry_run: bool,
    /// The principal that is recorded as the author.
    pub by: Principal,
    /// The directory of the sources' files; if it is given, every quotation is checked against its source.
    pub sources: Option<PathBuf>,
}

impl ImportOptions {
    /// Options that add and change records, delete none, and check no quotations.
    pub fn new(by: Principal) -> Self {
        Self {
            replace: false,
            dry_run: false,
            by,
            sources: None,
        }
    }
}

/// The result of an import.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ImportOutcome {
    /// The data set.
    pub dataset: DatasetId,
    /// Number of quotations that were checked against their source, if a directory of sources was given.
    pub quotes_checked: Option<usize>,
    /// The summary of the changes, or the report of the rejected cells.
    pub result: Result<UpsertSummary, Report>,
}

/// Why an import failed without a report.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    /// The files cannot be read.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// The service failed.
    #[error(transparent)]
    Service(#[from] ServiceError),
}

/// Information about a data set that was read, beside its drafts.
pub(super) struct ReadSummary {
    pub(super) dataset: DatasetId,
    pub(super) quotes_checked: Option<usize>,
    pub(super) rejections: Vec<Rejection>,
    row_origins: RowOrigins,
}

/// Converts a data set to the batch that the service writes, and checks its quotations.
pub(super) fn into_batch(
    mut parsed: ParsedDataset,
    options: &ImportOptions,
) -> Result<(Batch, ReadSummary), ImportError> {
    let quotes_checked = match &options.sources {
        Some(dir) => Some(check_quotes(&mut parsed, &SourceFiles::open(dir)?)),
        None => None,
    };
    let ParsedDataset {
        dataset,
        drafts,
        rejections,
        rejected_keys,
        row_origins,
    } = parsed;
    let reading = ReadSummary {
        dataset: dataset.id.clone(),
        quotes_checked,
        rejections,
        row_origins,
    };
    let batch = Batch {
        dataset,
        drafts,
        mode: if options.replace {
            WriteMode::Replace
        } else {
            WriteMode::Add
        },
        terms: Terms::new(options.by.clone()),
        unread: rejected_keys,
    };
    Ok((batch, reading))
}

/// The report on a rejected data set.
pub(super) fn rejection_report(mut reading: ReadSummary, problems: &[WriteProblem]) -> Report {
    let rejected = problems
        .iter()
        .map(|problem| reading.row_origins.rejection(problem));
    reading.rejections.extend(rejected);
    reading.row_origins.sort(&mut reading.rejections);
    Report {
        dataset: reading.dataset.to_string(),
        rejections: reading.rejections,
    }
}

/// Writes a data set in one transaction, or reports every row that cannot be written.
pub async fn import(
    service: &Service,
    parsed: ParsedDataset,
    options: &ImportOptions,
) -> Result<ImportOutcome, ImportError> {
    let (batch, reading) = into_batch(parsed, options)?;
    let can_write = reading.rejections.is_empty() && !options.dry_run;
    let written = if can_write {
        service.write(batch).await?
    } else {
        service.check(batch).await?
    };
    let (dataset, quotes_checked) = (reading.dataset.clone(), reading.quotes_checked);
    let result = match written {
        WriteOutcome::Done(imported) if reading.rejections.is_empty() => Ok(imported),
        WriteOutcome::Done(_) => Err(rejection_report(reading, &[])),
        WriteOutcome::Refused(problems) => Err(rejection_report(reading, &problems)),
    };
    Ok(ImportOutcome {
        dataset,
        quotes_checked,
        result,
    })
}

/// Rejects the rows whose quotation differs from their source, and returns the number of quotations checked.
fn check_quotes(parsed: &mut ParsedDataset, files: &SourceFiles) -> usize {
    let hashes: std::collections::HashMap<_, _> = parsed.source_hashes().into_iter().collect();
    let (mut checked, mut rejections) = (0, Vec::new());
    for quoted in parsed.quotations() {
        let statement = quoted.statement;
        let Some(Some(hash)) = hashes.get(&statement.source) else {
            continue;
        };
        let Some(quote) = &statement.quote else { continue };
        match files.check_quote(hash, &statement.locator, quote) {
            QuoteCheck::SourceNotSupplied => {}
            QuoteCheck::Unreadable(difference) => rejections.push(
                parsed
                    .row_origins
                    .rejection(&difference.to_problem(quoted.draft, quoted.row)),
            ),
            QuoteCheck::Matches => checked += 1,
            QuoteCheck::Differs(difference) => {
                checked += 1;
                rejections.push(
                    parsed
                        .row_origins
                        .rejection(&difference.to_problem(quoted.draft, quoted.row)),
                );
            }
        }
    }
    parsed.rejections.append(&mut rejections);
    checked
}
