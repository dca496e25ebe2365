//! Writes a data set directory. The form is canonical: importing an export and exporting it again gives the same bytes.
//!
//! Rows are sorted by id. All columns are written, in the order of their table; a table without rows has no file. An export is
//! written to a temporary directory and moved to its place when it is complete.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::io::{BufWriter, Write as _};
use std::path::{Path, PathBuf};

use super::record_rows;
use super::subset::GraphSubset;
use crate::dataset::format::column::DatasetTable;
use crate::dataset::format::output_row::{OutputCell, OutputRow};
use crate::dataset::format::{formula, manifest};
use crate::model::change::Record;
use crate::model::field::Field;
use crate::model::id::{DatasetId, SourceId};
use crate::model::page::{PAGE_MAX, PageRequest};
use crate::model::record::Source;
use crate::service::{ServiceError, Session, create_private_directory, create_private_file};

/// Number of records read at a time.
const CHUNK: usize = 5_000;

/// The file format of the tables.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ExportFormat {
    /// CSV.
    Csv,
    /// JSON Lines; empty cells are left out.
    Jsonl,
}

impl ExportFormat {
    const fn extension(self) -> &'static str {
        match self {
            Self::Csv => "csv",
            Self::Jsonl => "jsonl",
        }
    }
}

/// Options of an export.
#[derive(Clone, Copy, Debug)]
pub struct ExportOptions {
    /// The file format of the tables.
    pub format: ExportFormat,
    /// Whether personal data (the contact of an expert) is written too.
    pub personal_data: bool,
}

/// The result of an export.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExportSummary {
    /// The directory of the data set.
    pub path: PathBuf,
    /// Number of rows of each table; tables without rows are omitted.
    pub rows: Vec<(&'static str, usize)>,
}

/// Why an export failed.
#[derive(Debug, thiserror::Error)]
pub enum ExportError {
    /// The directory is not empty.
    #[error("{path} is not empty; export to another directory, or remove it first")]
    NotEmpty {
        /// The directory.
        path: String,
    },
    /// The operating system reported an error.
    #[error("{path} cannot be written: {reason}")]
    Io {
        /// The file or directory.
        path: String,
        /// The message of the operating system.
        reason: String,
    },
    /// The service failed.
    #[error(transparent)]
    Service(#[from] ServiceError),
}

fn io_error(path: &Path) -> impl FnOnce(std::io::Error) -> ExportError {
    let path = path.display().to_string();
    move |error| ExportError::Io {
        path,
        reason: error.to_string(),
    }
}

/// Writes a data set, or its records in a subset, to a directory of its own below `out`.
pub async fn write_directory(
    session: &Session,
    dataset: &DatasetId,
    subset: Option<&GraphSubset>,
    out: &Path,
    options: ExportOptions,
) -> Result<ExportSummary, ExportError> {
    let info = session
        .datasets()
        .await?
        .into_iter()
        .find(|info| info.dataset.id == *dataset);
    let revision = session.revision();
    let info = info.ok_or_else(|| ServiceError::UnknownId {
        what: "data set",
        id: dataset.to_string(),
        revision,
    })?;
    let name = directory_name(dataset);
    let target = out.join(&name);
    if std::fs::read_dir(&target).is_ok_and(|mut entries| entries.next().is_some()) {
        return Err(ExportError::NotEmpty {
            path: target.display().to_string(),
        });
    }
    let partial = out.join(format!(".{name}.{}.partial", std::process::id()));
    let made = if options.personal_data {
        create_private_directory(&partial)
    } else {
        std::fs::create_dir_all(&partial)
    };
    made.map_err(io_error(&partial))?;
    let written = write_tables(
        session,
        dataset,
        subset,
        &partial,
        options,
        &manifest::write(&info.dataset),
    )
    .await;
    let moved = written.and_then(|rows| {
        std::fs::rename(&partial, &target).map_err(io_error(&target))?;
        Ok(ExportSummary { path: target, rows })
    });
    if moved.is_err() {
        // The caller gets the first error; a leftover directory has a name of its own.
        let _ = std::fs::remove_dir_all(&partial);
    }
    moved
}

/// Creates a file of an export, readable only by its owner if it may contain personal data.
fn create_file(path: &Path, options: ExportOptions) -> std::io::Result<File> {
    if options.personal_data {
        create_private_file(path)
    } else {
        File::create(path)
    }
}

/// The directory name of a data set; characters of the id that would change the path are replaced.
fn directory_name(dataset: &DatasetId) -> String {
    let name: String = dataset
        .as_str()
        .chars()
        .map(|c| if matches!(c, '/' | ':') { '_' } else { c })
        .collect();
    if name.starts_with('.') {
        format!("_{name}")
    } else {
        name
    }
}

async fn write_tables(
    session: &Session,
    dataset: &DatasetId,
    subset: Option<&GraphSubset>,
    dir: &Path,
    options: ExportOptions,
    manifest_text: &str,
) -> Result<Vec<(&'static str, usize)>, ExportError> {
    let path = dir.join(manifest::FILE);
    create_file(&path, options)
        .and_then(|mut file| file.write_all(manifest_text.as_bytes()))
        .map_err(io_error(&path))?;
    let mut tables = TableFiles {
        dir: dir.to_path_buf(),
        options,
        open: BTreeMap::new(),
    };
    // Sorted by key over all types, so that every table is in the order of its first column.
    let mut subjects = session.subjects_of_dataset(dataset).await?;
    subjects.sort_by(|a, b| a.as_str().cmp(b.as_str()));
    let mut cited: BTreeSet<SourceId> = BTreeSet::new();
    for chunk in subjects.chunks(CHUNK) {
        let (records, statements) = (
            record_rows::records(session, chunk).await?,
            session.statements(chunk).await?,
        );
        for (record, statements) in records.into_iter().zip(statements) {
            let is_left_out = |record: &Record| subset.is_some_and(|subset| !subset.contains(record));
            if record.as_ref().is_some_and(is_left_out) {
                continue;
            }
            let own = statements
                .into_iter()
                .filter(|statement| statement.dataset == *dataset);
            let statements: Vec<_> = own.collect();
            cited.extend(statements.iter().map(|statement| statement.source.clone()));
            if let Some(record) = record {
                for (table, row) in record_rows::record_rows(&record, statements, options.personal_data) {
                    tables.write_row(table, row)?;
                }
            }
        }
    }
    for source in sources(session, dataset, &cited).await? {
        if subset.is_some_and(|subset| !subset.contains_source(&source.id)) {
            continue;
        }
        tables.write_row(DatasetTable::Sources, record_rows::source_row(&source))?;
    }
    tables.finish()
}

/// The sources that the data set lists, and those that it cites and no data set lists: without them it could not be
/// imported again.
async fn sources(
    session: &Session,
    dataset: &DatasetId,
    cited: &BTreeSet<SourceId>,
) -> Result<Vec<Source>, ExportError> {
    let (mut sources, mut request) = (Vec::new(), PageRequest::first(PAGE_MAX));
    loop {
        let page = session.list_sources(&request).await?;
        request.after = page.items.last().map(|source| source.id.clone());
        let is_ours = |source: &Source| {
            source.datasets.contains(dataset) || source.datasets.is_empty() && cited.contains(&source.id)
        };
        sources.extend(page.items.into_iter().filter(is_ours));
        if !page.has_next {
            return Ok(sources);
        }
    }
}

/// The files of the tables, each created with its first row.
struct TableFiles {
    dir: PathBuf,
    options: ExportOptions,
    open: BTreeMap<DatasetTable, TableFile>,
}

struct TableFile {
    path: PathBuf,
    columns: Vec<Field>,
    rows: usize,
    writer: RowWriter,
}

enum RowWriter {
    Csv(Box<::csv::Writer<File>>),
    Jsonl(BufWriter<File>),
}

impl TableFiles {
    fn write_row(&mut self, table: DatasetTable, row: OutputRow) -> Result<(), ExportError> {
        let file = match self.open.entry(table) {
            std::collections::btree_map::Entry::Occupied(entry) => entry.into_mut(),
            std::collections::btree_map::Entry::Vacant(entry) => {
                entry.insert(TableFile::create(&self.dir, self.options, table)?)
            }
        };
        file.write_row(row)
    }

    fn finish(self) -> Result<Vec<(&'static str, usize)>, ExportError> {
        let mut counts = Vec::new();
        for (table, mut file) in self.open {
            let flushed = match &mut file.writer {
                RowWriter::Csv(writer) => writer.flush(),
                RowWriter::Jsonl(writer) => writer.flush(),
            };
            flushed.map_err(io_error(&file.path))?;
            counts.push((table.name(), file.rows));
        }
        Ok(counts)
    }
}

impl TableFile {
    fn create(dir: &Path, options: ExportOptions, table: DatasetTable) -> Result<Self, ExportError> {
        let path = dir.join(format!("{}.{}", table.name(), options.format.extension()));
        let file = create_file(&path, options).map_err(io_error(&path))?;
        // `region_id` is shorthand for a relation, which is written itself.
        let columns: Vec<Field> = table
            .columns()
            .iter()
            .copied()
            .filter(|c| *c != Field::RegionId)
            .collect();
        let writer = match options.format {
            ExportFormat::Csv => {
                let mut writer = ::csv::Writer::from_writer(file);
                let header = columns.iter().map(|column| column.name());
                writer
                    .write_record(header)
                    .map_err(|error| io_error(&path)(error.into()))?;
                RowWriter::Csv(Box::new(writer))
            }
            ExportFormat::Jsonl => RowWriter::Jsonl(BufWriter::new(file)),
        };
        Ok(Self {
            path,
            columns,
            rows: 0,
            writer,
        })
    }

    fn write_row(&mut self, row: OutputRow) -> Result<(), ExportError> {
        self.rows += 1;
        let mut cells: Vec<OutputCell> = vec![OutputCell::Empty; self.columns.len()];
        for (column, out) in row {
            if let Some(place) = self.columns.iter().position(|own| *own == column) {
                cells[place] = out;
            }
        }
        match &mut self.writer {
            RowWriter::Csv(writer) => {
                let texts = cells.into_iter().map(|cell| match cell {
                    OutputCell::Empty => String::new(),
                    OutputCell::Text(text) => text,
                    OutputCell::List(items) => items.join("|"),
                });
                let cells: Vec<String> = texts.map(|text| formula::escape(&text).into_owned()).collect();
                writer
                    .write_record(cells)
                    .map_err(|error| io_error(&self.path)(error.into()))
            }
            RowWriter::Jsonl(writer) => {
                let mut object = serde_json::Map::new();
                for (column, cell) in self.columns.iter().zip(cells) {
                    let value = match cell {
                        OutputCell::Empty => continue,
                        OutputCell::Text(text) => text.into(),
                        OutputCell::List(items) => items.into(),
                    };
                    object.insert(column.name().to_string(), value);
                }
                writeln!(writer, "{}", serde_json::Value::Object(object)).map_err(io_error(&self.path))
            }
        }
    }
}
