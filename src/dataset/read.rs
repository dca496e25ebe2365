//! Reading a data set directory: what cannot be read at all is an error, what is wrong with a row is collected.
//!
//! Both forms of a table may stand in one directory: the CSV file is read first, then the JSON Lines. A row that is
//! rejected makes no draft, and its key is kept, so that whoever refers to it is not blamed.

use std::collections::{HashMap, HashSet};
use std::path::Path;

use super::column::{Column, Table};
use super::csv::Separator;
use super::encoding::{self, TextEncoding};
use super::error::ReadError;
use super::manifest::Manifest;
use super::report::{Rejection, Report};
use super::row::{Cells, File, Row};
use super::rules::RuleRows;
use super::{csv, jsonl, manifest, tables};
use crate::model::change::Record;
use crate::model::entity::{Entity, Properties};
use crate::model::id::SourceId;
use crate::model::quantity::{Quantity, Unit};
use crate::model::record::Dataset;
use crate::model::statement::Property;
use crate::service::least_far;
use crate::service::write::{Draft, Problem, StatementDraft};

/// Where a draft was written.
#[derive(Clone, Copy, Debug)]
pub(super) struct Origin {
    pub(super) file: u16,
    pub(super) line: u32,
}

/// A data set as far as it could be read.
#[derive(Debug)]
pub struct Parsed {
    /// Its own record.
    pub dataset: Dataset,
    /// What its rows say, in the order of tables and lines.
    pub(super) drafts: Vec<Draft>,
    /// Cells that were refused.
    pub(super) rejections: Vec<Rejection>,
    /// Keys of the rows that were refused.
    pub(super) unread: HashSet<String>,
    pub(super) places: Places,
}

/// Where each draft was written.
#[derive(Debug, Default)]
pub(super) struct Places {
    pub(super) files: Vec<File>,
    pub(super) origins: Vec<Origin>,
    /// The rows of the drafts that have several.
    pub(super) rows: HashMap<usize, Vec<Origin>>,
}

impl Places {
    fn origin(&self, draft: usize, row: usize) -> Option<(&File, u32)> {
        let origin = match self.rows.get(&draft) {
            Some(rows) => rows.get(row).or(rows.first()),
            None => self.origins.get(draft),
        }?;
        Some((self.files.get(usize::from(origin.file))?, origin.line))
    }

    /// A draft's place as a person reads it: `entities.csv:17`.
    pub(super) fn place(&self, draft: usize) -> String {
        self.origin(draft, 0)
            .map(|(file, line)| format!("{}:{line}", file.name))
            .unwrap_or_default()
    }

    /// A problem of a draft as a row of the report.
    pub(super) fn reject(&self, problem: &Problem) -> Rejection {
        let origin = problem.draft.and_then(|draft| self.origin(draft, problem.row));
        Rejection {
            file: origin
                .map_or(manifest::FILE, |(file, _)| file.name.as_str())
                .to_string(),
            line: origin.map(|(_, line)| line),
            column: problem.field.to_string(),
            value: problem.value.clone(),
            reason: problem.reason.render(|draft| self.place(draft)),
            hint: problem.hint.render(|draft| self.place(draft)),
        }
    }

    /// Sorts a report: by file in the order of the tables, then by line; the columns in the order of the table.
    pub(super) fn sort(&self, rejections: &mut [Rejection]) {
        let columns: HashMap<&str, &[Column]> = self
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

/// A quotation of a data set, to be held against its source.
pub(super) struct Quoted<'a> {
    pub(super) draft: usize,
    pub(super) row: usize,
    pub(super) statement: &'a StatementDraft,
}

impl Parsed {
    /// How many rows make something: rows that were refused are not among them.
    pub fn draft_count(&self) -> usize {
        self.drafts.len()
    }

    /// What was refused so far.
    pub fn report(&self) -> Report {
        Report {
            dataset: self.dataset.id.to_string(),
            rejections: self.rejections.clone(),
        }
    }

    /// The sources that it lists, each with the hash of its file.
    pub(super) fn hashes(&self) -> Vec<(SourceId, Option<String>)> {
        let sources = self.drafts.iter().filter_map(|draft| match draft {
            Draft::Record { record, .. } => match record.as_ref() {
                crate::model::change::Record::Source(source) => {
                    Some((source.id.clone(), source.sha256.clone()))
                }
                _ => None,
            },
            Draft::Region { .. }
            | Draft::Statement { .. }
            | Draft::OwnStatement { .. }
            | Draft::Name { .. } => None,
        });
        sources.collect()
    }

    /// Every quotation that it makes, each once for its row.
    pub(super) fn quotes(&self) -> impl Iterator<Item = Quoted<'_>> {
        self.drafts.iter().enumerate().flat_map(|(draft, content)| {
            let statements: &[StatementDraft] = match content {
                Draft::Record { own, .. } => own,
                // Its evidence is that of the entity's row.
                Draft::Region { .. } => &[],
                Draft::Statement { statement, .. }
                | Draft::OwnStatement { statement, .. }
                | Draft::Name { statement, .. } => std::slice::from_ref(statement),
            };
            statements.iter().enumerate().map(move |(row, statement)| Quoted {
                draft,
                row,
                statement,
            })
        })
    }
}

/// Reads a data set directory that is written as the format has it.
pub fn read_directory(path: &Path) -> Result<Parsed, ReadError> {
    read_directory_with(path, &ReadOptions::default())
}

/// Reads a data set directory.
pub fn read_directory_with(path: &Path, options: &ReadOptions) -> Result<Parsed, ReadError> {
    let entries = std::fs::read_dir(path).map_err(|error| ReadError::io(path, &error))?;
    let mut names = Vec::new();
    for entry in entries {
        let entry = entry.map_err(|error| ReadError::io(path, &error))?;
        names.push(entry.file_name().to_string_lossy().into_owned());
    }
    names.sort();
    if !names.iter().any(|name| name == manifest::FILE) {
        return Err(ReadError::NoManifest {
            path: path.display().to_string(),
        });
    }
    refuse_strangers(path, &names)?;
    let manifest_path = path.join(manifest::FILE);
    let text = read_text(&manifest_path, options)?;
    let Manifest { dataset, currency } = manifest::parse(&manifest_path, &text)?;
    let (drafts, rejections, unread) = (Vec::new(), Vec::new(), HashSet::new());
    let mut parsed = Parsed {
        dataset,
        drafts,
        rejections,
        unread,
        places: Places::default(),
    };
    for table in Table::ALL {
        let mut rules = RuleRows::default();
        for ending in ["csv", "jsonl"] {
            let name = format!("{}.{ending}", table.name());
            if names.contains(&name) {
                let file = File { table, name };
                read_table(&mut parsed, currency.as_ref(), &mut rules, &file, path, options)?;
            }
        }
        rules.finish(&mut parsed);
    }
    if let Some(currency) = &currency {
        settle_currency(&mut parsed.drafts, currency);
    }
    Ok(parsed)
}

/// Puts amounts that statements give of a fund's money into the data set's currency, where the fund's own row has none of its
/// own: the table has no column for it.
fn settle_currency(drafts: &mut [Draft], currency: &Unit) {
    let mut stated: HashSet<(String, Property)> = HashSet::new();
    for draft in drafts.iter() {
        if let Draft::Record { record, .. } = draft
            && let Record::Entity(Entity { id, properties, .. }) = record.as_ref()
            && let Properties::Fund {
                committed, paid_in, ..
            } = properties
        {
            let has_unit =
                |quantity: &Option<Quantity>| quantity.as_ref().is_some_and(|one| one.unit().is_some());
            for (property, amount) in [(Property::Committed, committed), (Property::PaidIn, paid_in)] {
                stated.extend(has_unit(amount).then(|| (id.to_string(), property)));
            }
        }
    }
    for draft in drafts {
        if let Draft::Statement { subject, statement } = draft
            && let Some(property @ (Property::Committed | Property::PaidIn)) = statement.property
            && let Some(amount) = &mut statement.amount
            && !stated.contains(&(subject.clone(), property))
        {
            amount.unit = Some(currency.clone());
        }
    }
}

/// A misspelled file would be left out in silence, so it is an error.
fn refuse_strangers(path: &Path, names: &[String]) -> Result<(), ReadError> {
    let known: Vec<String> = Table::ALL
        .iter()
        .flat_map(|table| ["csv", "jsonl"].map(|ending| format!("{}.{ending}", table.name())))
        .collect();
    let is_table = |name: &&String| {
        let ending = Path::new(name.as_str()).extension();
        ending
            .is_some_and(|ending| ending.eq_ignore_ascii_case("csv") || ending.eq_ignore_ascii_case("jsonl"))
    };
    match names.iter().filter(is_table).find(|name| !known.contains(name)) {
        None => Ok(()),
        Some(name) => Err(ReadError::UnknownFile {
            path: path.join(name).display().to_string(),
            nearest: least_far(name, known.iter().map(String::as_str))
                .unwrap_or_default()
                .to_string(),
        }),
    }
}

/// How the files of a data set are written, where not as the format has it.
#[derive(Clone, Copy, Debug)]
pub struct ReadOptions {
    /// What stands between the cells of its CSV files.
    pub separator: Separator,
    /// The encoding of those of its files that are not UTF-8.
    pub encoding: Option<TextEncoding>,
}

impl Default for ReadOptions {
    fn default() -> Self {
        Self {
            separator: Separator::Comma,
            encoding: None,
        }
    }
}

/// The text of a file, without a byte-order mark.
fn read_text(path: &Path, options: &ReadOptions) -> Result<String, ReadError> {
    let bytes = std::fs::read(path).map_err(|error| ReadError::io(path, &error))?;
    let mut text = encoding::decode(bytes, options.encoding).map_err(|fault| ReadError::Broken {
        path: path.display().to_string(),
        line: fault.line,
        reason: fault.reason,
        hint: fault.hint,
    })?;
    if text.starts_with('\u{feff}') {
        text.drain(..'\u{feff}'.len_utf8());
    }
    Ok(text)
}

fn read_table(
    parsed: &mut Parsed,
    currency: Option<&Unit>,
    rules: &mut RuleRows,
    file: &File,
    dir: &Path,
    options: &ReadOptions,
) -> Result<(), ReadError> {
    let path = dir.join(&file.name);
    let text = read_text(&path, options)?;
    let number = u16::try_from(parsed.places.files.len()).unwrap_or(u16::MAX);
    parsed.places.files.push(file.clone());
    let mut each = |line: u32, cells: &dyn Cells| {
        let mut drafts = Vec::new();
        let mut row = Row::new(file, line, cells, &mut parsed.rejections);
        let origin = Origin { file: number, line };
        match file.table {
            Table::Sources => tables::source(&mut row, &mut drafts),
            Table::Entities => tables::entity(&mut row, currency, &mut drafts),
            Table::Relations => tables::relation(&mut row, &mut drafts),
            Table::Observations => tables::observation(&mut row, &mut drafts),
            Table::Rules => rules.row(&mut row, origin),
            Table::Statements => tables::statement(&mut row, &mut drafts),
            Table::Names => tables::name(&mut row, &mut drafts),
        }
        if row.is_rejected() {
            // A row is taken whole or not at all.
            if let super::row::Cell::Text(id) = cells.cell(Column::Id) {
                parsed.unread.extend([id.to_string(), format!("{id}/region")]);
            }
            return;
        }
        parsed.places.origins.extend(drafts.iter().map(|_| origin));
        parsed.drafts.append(&mut drafts);
    };
    if Path::new(&file.name)
        .extension()
        .is_some_and(|extension| extension == "csv")
    {
        csv::read(file, &path, &text, options.separator, &mut each)
    } else {
        jsonl::read(file, &path, &text, &mut each)
    }
}
