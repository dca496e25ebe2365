//! Reads a data set directory. A file that cannot be read is an error; problems of rows are collected.
//!
//! A table may be given as a CSV file, a JSON Lines file, or both: then the CSV file is read first. An accepted row
//! makes one or several drafts, which the service turns into records. A rejected row makes none; its key goes to
//! `rejected_keys` of the [`ParsedDataset`], so that references to it are not reported as unknown.

use std::collections::HashSet;
use std::path::Path;

use super::csv::Separator;
use super::encoding::{self, TextEncoding};
use super::parsed_dataset::{ParsedDataset, RowOrigin, RowOrigins};
use super::rules::RuleRows;
use super::{csv, jsonl, tables};
use crate::dataset::error::ReadError;
use crate::dataset::format::column::DatasetTable;
use crate::dataset::format::input_row::{InputCell, InputFile, RowCells, RowReader};
use crate::dataset::format::manifest;
use crate::dataset::format::manifest::Manifest;
use crate::model::change::Record;
use crate::model::entity::{Entity, Properties};
use crate::model::field::Field;
use crate::model::quantity::{Quantity, Unit};
use crate::model::statement::Property;
use crate::service::closest;
use crate::service::write::Draft;

/// The extensions of table files, in the order in which those of one table are read.
const EXTENSIONS: [&str; 2] = ["csv", "jsonl"];

/// Reads a data set directory with the default separator and encoding.
pub fn read_directory(path: &Path) -> Result<ParsedDataset, ReadError> {
    read_directory_with(path, &ReadOptions::default())
}

/// Reads a data set directory.
pub fn read_directory_with(path: &Path, options: &ReadOptions) -> Result<ParsedDataset, ReadError> {
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
    reject_unknown_files(path, &names)?;
    let manifest_path = path.join(manifest::FILE);
    let text = read_text(&manifest_path, options)?;
    let Manifest { dataset, currency } = manifest::parse(&manifest_path, &text)?;
    let (drafts, rejections, rejected_keys) = (Vec::new(), Vec::new(), HashSet::new());
    let mut parsed = ParsedDataset {
        dataset,
        drafts,
        rejections,
        rejected_keys,
        row_origins: RowOrigins::default(),
    };
    for table in DatasetTable::ALL {
        let mut rules = RuleRows::default();
        for ending in EXTENSIONS {
            let name = format!("{}.{ending}", table.name());
            if names.contains(&name) {
                let file = InputFile { table, name };
                read_table(&mut parsed, currency.as_ref(), &mut rules, &file, path, options)?;
            }
        }
        rules.finish(&mut parsed);
    }
    if let Some(currency) = &currency {
        apply_default_currency(&mut parsed.drafts, currency);
    }
    Ok(parsed)
}

/// Applies the data set's currency to the amounts of money that statements give for a fund. The table of statements has
/// no column for a currency, so an amount has that of the fund's own row; the default applies only if that has none.
fn apply_default_currency(drafts: &mut [Draft], currency: &Unit) {
    let mut row_has_currency: HashSet<(String, Property)> = HashSet::new();
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
                row_has_currency.extend(has_unit(amount).then(|| (id.to_string(), property)));
            }
        }
    }
    for draft in drafts {
        if let Draft::Statement { subject, statement } = draft
            && let Some(property @ (Property::Committed | Property::PaidIn)) = statement.property
            && let Some(amount) = &mut statement.amount
            && !row_has_currency.contains(&(subject.clone(), property))
        {
            amount.unit = Some(currency.clone());
        }
    }
}

/// Rejects files with unknown names, so that a misspelled one is not silently ignored.
fn reject_unknown_files(path: &Path, names: &[String]) -> Result<(), ReadError> {
    let known: Vec<String> = DatasetTable::ALL
        .iter()
        .flat_map(|table| EXTENSIONS.map(|ending| format!("{}.{ending}", table.name())))
        .collect();
    // Other endings are left alone: a directory may also hold notes or the files of sources.
    let is_table = |name: &&String| {
        let ending = Path::new(name.as_str()).extension();
        ending.is_some_and(|ending| EXTENSIONS.iter().any(|one| ending.eq_ignore_ascii_case(one)))
    };
    match names.iter().filter(is_table).find(|name| !known.contains(name)) {
        None => Ok(()),
        Some(name) => Err(ReadError::UnknownFile {
            path: path.join(name).display().to_string(),
            nearest: closest(name, known.iter().map(String::as_str))
                .unwrap_or_default()
                .to_string(),
        }),
    }
}

/// Deviations of the files from the standard format.
#[derive(Clone, Copy, Debug)]
pub struct ReadOptions {
    /// The separator of the CSV files.
    pub separator: Separator,
    /// The encoding of the files that are not UTF-8.
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
    let mut text = encoding::decode(bytes, options.encoding).map_err(|error| ReadError::Broken {
        path: path.display().to_string(),
        line: error.line,
        reason: error.reason,
        hint: error.hint,
    })?;
    if text.starts_with('\u{feff}') {
        text.drain(..'\u{feff}'.len_utf8());
    }
    Ok(text)
}

/// Reads one file of a table into `parsed`; the rows of rules into `rules`, because a rule consists of several rows.
fn read_table(
    parsed: &mut ParsedDataset,
    currency: Option<&Unit>,
    rules: &mut RuleRows,
    file: &InputFile,
    dir: &Path,
    options: &ReadOptions,
) -> Result<(), ReadError> {
    let path = dir.join(&file.name);
    let text = read_text(&path, options)?;
    let file_number = u16::try_from(parsed.row_origins.files.len()).unwrap_or(u16::MAX);
    parsed.row_origins.files.push(file.clone());
    let mut read_row = |line: u32, cells: &dyn RowCells| {
        let mut drafts = Vec::new();
        let mut row = RowReader::new(file, line, cells, &mut parsed.rejections);
        let origin = RowOrigin {
            file: file_number,
            line,
        };
        match file.table {
            DatasetTable::Sources => tables::read_source(&mut row, &mut drafts),
            DatasetTable::Entities => tables::read_entity(&mut row, currency, &mut drafts),
            DatasetTable::Relations => tables::read_relation(&mut row, &mut drafts),
            DatasetTable::Observations => tables::read_observation(&mut row, &mut drafts),
            DatasetTable::Rules => rules.add_row(&mut row, origin),
            DatasetTable::Statements => tables::read_statement(&mut row, &mut drafts),
            DatasetTable::Names => tables::read_name(&mut row, &mut drafts),
        }
        if row.is_rejected() {
            // A row is accepted completely or not at all. `<id>/region` is the key of the relation that the row of an
            // entity also makes if it has a `region_id`.
            if let InputCell::Text(id) = cells.cell(Field::Id) {
                parsed
                    .rejected_keys
                    .extend([id.to_string(), format!("{id}/region")]);
            }
            return;
        }
        // One origin for each draft, by the same index.
        parsed.row_origins.origins.extend(drafts.iter().map(|_| origin));
        parsed.drafts.append(&mut drafts);
    };
    if Path::new(&file.name)
        .extension()
        .is_some_and(|extension| extension == "csv")
    {
        csv::read(file, &path, &text, options.separator, &mut read_row)
    } else {
        jsonl::read(file, &path, &text, &mut read_row)
    }
}
