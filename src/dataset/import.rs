//! Importing: what was read becomes one batch, and what the service refuses gets its file, line and column back.

use std::path::PathBuf;

use super::error::ReadError;
use super::read::{Parsed, Places};
use super::report::{Rejection, Report};
use super::sources::{Outcome as Verdict, SourceFiles};
use crate::model::id::DatasetId;
use crate::model::principal::Principal;
use crate::service::write::{Batch, Mode, Problem, Terms, UpsertSummary, WriteOutcome};
use crate::service::{Service, ServiceError};

/// How to import.
#[derive(Clone, Debug)]
pub struct ImportOptions {
    /// Takes away what the data set had and the files no longer have.
    pub replace: bool,
    /// Reports and writes nothing.
    pub dry_run: bool,
    /// Who imports, as the graph records it.
    pub by: Principal,
    /// Where the sources' files are: then every quotation is held against its own.
    pub sources: Option<PathBuf>,
}

impl ImportOptions {
    /// Adds and changes, takes nothing away, and holds no quotation against its source.
    pub fn new(by: Principal) -> Self {
        Self {
            replace: false,
            dry_run: false,
            by,
            sources: None,
        }
    }
}

/// What came of an import.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Import {
    /// The data set.
    pub dataset: DatasetId,
    /// How many quotations were held against their source, where a directory of sources was given.
    pub quotes_checked: Option<usize>,
    /// What was done, or why nothing was.
    pub result: Result<UpsertSummary, Report>,
}

/// Why an import did not come to a result.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    /// What was given cannot be read.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// The service gave no answer.
    #[error(transparent)]
    Service(#[from] ServiceError),
}

/// What is known of a data set that was read, beside what it says.
pub(super) struct ReadSummary {
    pub(super) dataset: DatasetId,
    pub(super) quotes_checked: Option<usize>,
    pub(super) rejections: Vec<Rejection>,
    places: Places,
}

/// Makes of what was read what the service takes.
pub(super) fn batch_of(
    mut parsed: Parsed,
    options: &ImportOptions,
) -> Result<(Batch, ReadSummary), ImportError> {
    let quotes_checked = match &options.sources {
        Some(dir) => Some(check_quotes(&mut parsed, &SourceFiles::open(dir)?)),
        None => None,
    };
    let Parsed {
        dataset,
        drafts,
        rejections,
        unread,
        places,
    } = parsed;
    let reading = ReadSummary {
        dataset: dataset.id.clone(),
        quotes_checked,
        rejections,
        places,
    };
    let batch = Batch {
        dataset,
        drafts,
        mode: if options.replace { Mode::Replace } else { Mode::Add },
        terms: Terms::of(options.by.clone()),
        unread,
    };
    Ok((batch, reading))
}

/// The report on a data set that was refused.
pub(super) fn report_of(mut reading: ReadSummary, problems: &[Problem]) -> Report {
    let rejected = problems.iter().map(|problem| reading.places.reject(problem));
    reading.rejections.extend(rejected);
    reading.places.sort(&mut reading.rejections);
    Report {
        dataset: reading.dataset.to_string(),
        rejections: reading.rejections,
    }
}

/// Writes what was read, or reports every row that cannot be written. One transaction: all or nothing.
pub async fn import(
    service: &Service,
    parsed: Parsed,
    options: &ImportOptions,
) -> Result<Import, ImportError> {
    let (batch, reading) = batch_of(parsed, options)?;
    let can_write = reading.rejections.is_empty() && !options.dry_run;
    let written = if can_write {
        service.write(batch).await?
    } else {
        service.check(batch).await?
    };
    let (dataset, quotes_checked) = (reading.dataset.clone(), reading.quotes_checked);
    let result = match written {
        WriteOutcome::Done(imported) if reading.rejections.is_empty() => Ok(imported),
        WriteOutcome::Done(_) => Err(report_of(reading, &[])),
        WriteOutcome::Refused(problems) => Err(report_of(reading, &problems)),
    };
    Ok(Import {
        dataset,
        quotes_checked,
        result,
    })
}

/// Rejects the rows whose quotation is not what their source has at that place.
fn check_quotes(parsed: &mut Parsed, files: &SourceFiles) -> usize {
    let hashes: std::collections::HashMap<_, _> = parsed.hashes().into_iter().collect();
    let (mut checked, mut rejections) = (0, Vec::new());
    for quoted in parsed.quotes() {
        let statement = quoted.statement;
        let Some(Some(hash)) = hashes.get(&statement.source) else {
            continue;
        };
        let Some(quote) = &statement.quote else { continue };
        match files.hold(hash, &statement.locator, quote) {
            Verdict::NotThere => {}
            Verdict::Unreadable(difference) => rejections.push(
                parsed
                    .places
                    .reject(&difference.problem(quoted.draft, quoted.row)),
            ),
            Verdict::Holds => checked += 1,
            Verdict::Differs(difference) => {
                checked += 1;
                rejections.push(
                    parsed
                        .places
                        .reject(&difference.problem(quoted.draft, quoted.row)),
                );
            }
        }
    }
    parsed.rejections.append(&mut rejections);
    checked
}
