//! A data set as it was read: its drafts, the file and line of each, and the rejected cells.

use std::collections::{HashMap, HashSet};

use crate::dataset::format::input_row::InputFile;
use crate::dataset::format::manifest;
use crate::dataset::report::{Rejection, Report};
use crate::model::change::Record;
use crate::model::field::Field;
use crate::model::id::SourceId;
use crate::model::record::Dataset;
use crate::service::write::{Draft, StatementDraft, WriteProblem};

/// The file and line of a draft.
#[derive(Clone, Copy, Debug)]
pub(in crate::dataset) struct RowOrigin {
    pub(in crate::dataset) file: u16,
    pub(in crate::dataset) line: u32,
}

/// The readable part of a data set.
#[derive(Debug)]
pub struct ParsedDataset {
    /// The data set's own record.
    pub dataset: Dataset,
    /// The drafts of its rows, in the order of tables and lines.
    pub(in crate::dataset) drafts: Vec<Draft>,
    /// Rejected cells.
    pub(in crate::dataset) rejections: Vec<Rejection>,
    /// Keys of the rejected rows.
    pub(in crate::dataset) rejected_keys: HashSet<String>,
    pub(in crate::dataset) row_origins: RowOrigins,
}

/// The file and line of each draft.
#[derive(Debug, Default)]
pub(in crate::dataset) struct RowOrigins {
    pub(in crate::dataset) files: Vec<InputFile>,
    pub(super) origins: Vec<RowOrigin>,
    /// The rows of the drafts that consist of several.
    pub(in crate::dataset) rows: HashMap<usize, Vec<RowOrigin>>,
}

impl RowOrigins {
    fn origin(&self, draft: usize, row: usize) -> Option<(&InputFile, u32)> {
        let origin = match self.rows.get(&draft) {
            Some(rows) => rows.get(row).or(rows.first()),
            None => self.origins.get(draft),
        }?;
        Some((self.files.get(usize::from(origin.file))?, origin.line))
    }

    /// The location of a draft for messages: `entities.csv:17`.
    pub(in crate::dataset) fn location(&self, draft: usize) -> String {
        self.origin(draft, 0)
            .map(|(file, line)| format!("{}:{line}", file.name))
            .unwrap_or_default()
    }

    /// The rejection that reports a problem of a draft.
    pub(in crate::dataset) fn rejection(&self, problem: &WriteProblem) -> Rejection {
        let origin = problem.draft.and_then(|draft| self.origin(draft, problem.row));
        Rejection {
            file: origin
                .map_or(manifest::FILE, |(file, _)| file.name.as_str())
                .to_string(),
            line: origin.map(|(_, line)| line),
            column: problem.field.to_string(),
            value: problem.value.clone(),
            reason: problem.reason.render(|draft| self.location(draft)),
            hint: problem.hint.render(|draft| self.location(draft)),
        }
    }

    /// Sorts a report: by file in the order of the tables, then by line; the columns in the order of the table.
    pub(in crate::dataset) fn sort(&self, rejections: &mut [Rejection]) {
        let columns: HashMap<&str, &[Field]> = self
            .files
            .iter()
            .map(|file| (file.name.as_str(), file.table.columns()))
            .collect();
        rejections.sort_by_cached_key(|rejection| {
            let file = self.files.iter().position(|file| file.name == rejection.file);
            let own = columns.get(rejection.file.as_str());
            let column = own.and_then(|own| own.iter().position(|column| column.name() == rejection.column));
            (file, rejection.line, column)
        });
    }
}

/// A quotation of a data set, for the check against its source.
pub(in crate::dataset) struct Quotation<'a> {
    pub(in crate::dataset) draft: usize,
    pub(in crate::dataset) row: usize,
    pub(in crate::dataset) statement: &'a StatementDraft,
}

impl ParsedDataset {
    /// Number of drafts; rejected rows make none.
    pub fn draft_count(&self) -> usize {
        self.drafts.len()
    }

    /// The rejections so far.
    pub fn report(&self) -> Report {
        Report {
            dataset: self.dataset.id.to_string(),
            rejections: self.rejections.clone(),
        }
    }

    /// The sources that the data set lists, each with the hash of its file.
    pub(in crate::dataset) fn source_hashes(&self) -> Vec<(SourceId, Option<String>)> {
        let sources = self.drafts.iter().filter_map(|draft| match draft {
            Draft::Record { record, .. } => match record.as_ref() {
                Record::Source(source) => Some((source.id.clone(), source.sha256.clone())),
                _ => None,
            },
            Draft::Region { .. }
            | Draft::Statement { .. }
            | Draft::OwnStatement { .. }
            | Draft::Name { .. } => None,
        });
        sources.collect()
    }

    /// Every quotation of the data set, once for each row.
    pub(in crate::dataset) fn quotations(&self) -> impl Iterator<Item = Quotation<'_>> {
        self.drafts.iter().enumerate().flat_map(|(draft, content)| {
            let statements: &[StatementDraft] = match content {
                Draft::Record { own, .. } => own,
                // Its evidence is that of the entity's row.
                Draft::Region { .. } => &[],
                Draft::Statement { statement, .. }
                | Draft::OwnStatement { statement, .. }
                | Draft::Name { statement, .. } => std::slice::from_ref(statement),
            };
            statements
                .iter()
                .enumerate()
                .map(move |(row, statement)| Quotation {
                    draft,
                    row,
                    statement,
                })
        })
    }
}
