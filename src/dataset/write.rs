//! Writing a data set directory: one form for one content, so that an export taken in again and exported again is the
//! same to the byte.
//!
//! Rows are sorted by id, columns stand in the order of their table, all of them always; a table without rows has no file.
//! What is exported is a copy: it is written beside its place and moved there when it is whole.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::io::{BufWriter, Write as _};
use std::path::{Path, PathBuf};

use super::column::{Column, Table};
use super::part::Part;
use super::{formula, manifest, rows};
use crate::model::change::Record;
use crate::model::id::{DatasetId, SourceId};
use crate::model::page::{PAGE_MAX, PageRequest};
use crate::model::record::Source;
use crate::service::{ServiceError, Session, create_private_directory, create_private_file};

/// How many records are read at a time.
const CHUNK: usize = 5_000;

/// The form of the tables.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// CSV.
    Csv,
    /// JSON Lines; empty cells are left out.
    Jsonl,
}

impl Format {
    const fn ending(self) -> &'static str {
        match self {
            Self::Csv => "csv",
            Self::Jsonl => "jsonl",
        }
    }
}

/// How to export.
#[derive(Clone, Copy, Debug)]
pub struct ExportOptions {
    /// The form of the tables.
    pub format: Format,
    /// Whether personal data (the contact of an expert) is written too.
    pub personal_data: bool,
}

/// What was exported.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Exported {
    /// The directory of the data set.
    pub path: PathBuf,
    /// How many rows each table has; tables without rows are left out.
    pub rows: Vec<(&'static str, usize)>,
}

/// Why nothing was exported.
#[derive(Debug, thiserror::Error)]
pub enum ExportError {
    /// Something is there already.
    #[error("{path} is not empty: export to another place, or remove it first")]
    NotEmpty {
        /// The directory.
        path: String,
    },
    /// The system refused.
    #[error("{path} cannot be written: {reason}")]
    Io {
        /// The file or directory.
        path: String,
        /// What the system said.
        reason: String,
    },
    /// The service gave no answer.
    #[error(transparent)]
    Service(#[from] ServiceError),
}

fn io(path: &Path) -> impl FnOnce(std::io::Error) -> ExportError {
    let path = path.display().to_string();
    move |error| ExportError::Io {
        path,
        reason: error.to_string(),
    }
}

/// What stands in a cell that is written.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Out {
    Empty,
    Text(String),
    List(Vec<String>),
}

impl Out {
    pub(super) fn text(text: Option<&str>) -> Self {
        text.filter(|text| !text.is_empty())
            .map_or(Self::Empty, |text| Self::Text(text.to_string()))
    }

    pub(super) fn shown(value: Option<impl std::fmt::Display>) -> Self {
        value.map_or(Self::Empty, |value| Self::Text(value.to_string()))
    }

    pub(super) fn list<T: std::fmt::Display>(items: &[T]) -> Self {
        let items: Vec<String> = items.iter().map(ToString::to_string).collect();
        if items.is_empty() {
            Self::Empty
        } else {
            Self::List(items)
        }
    }
}

/// A row that is written; columns that are not named are empty.
pub(super) type OutRow = Vec<(Column, Out)>;

/// Writes a data set, or what of it is in a part, into a directory of its own below `out`.
pub async fn write_directory(
    session: &Session,
    dataset: &DatasetId,
    part: Option<&Part>,
    out: &Path,
    options: ExportOptions,
) -> Result<Exported, ExportError> {
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
    made.map_err(io(&partial))?;
    let written = write_tables(
        session,
        dataset,
        part,
        &partial,
        options,
        &manifest::write(&info.dataset),
    )
    .await;
    let moved = written.and_then(|rows| {
        std::fs::rename(&partial, &target).map_err(io(&target))?;
        Ok(Exported { path: target, rows })
    });
    if moved.is_err() {
        // The failure is what the caller must hear of; what is left of the copy has a name of its own.
        let _ = std::fs::remove_dir_all(&partial);
    }
    moved
}

/// A file of an export, for its owner alone where it may hold personal data.
fn create_file(path: &Path, options: ExportOptions) -> std::io::Result<File> {
    if options.personal_data {
        create_private_file(path)
    } else {
        File::create(path)
    }
}

/// A name for the directory of a data set: its id may have characters that lead elsewhere.
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
    part: Option<&Part>,
    dir: &Path,
    options: ExportOptions,
    manifest_text: &str,
) -> Result<Vec<(&'static str, usize)>, ExportError> {
    let path = dir.join(manifest::FILE);
    create_file(&path, options)
        .and_then(|mut file| file.write_all(manifest_text.as_bytes()))
        .map_err(io(&path))?;
    let mut tables = Tables {
        dir: dir.to_path_buf(),
        options,
        open: BTreeMap::new(),
    };
    // Over all sorts by key, so that every table comes out in the order of its first column.
    let mut subjects = session.subjects_of_dataset(dataset).await?;
    subjects.sort_by(|a, b| a.as_str().cmp(b.as_str()));
    let mut cited: BTreeSet<SourceId> = BTreeSet::new();
    for chunk in subjects.chunks(CHUNK) {
        let (records, statements) = (
            rows::records(session, chunk).await?,
            session.statements(chunk).await?,
        );
        for (record, statements) in records.into_iter().zip(statements) {
            let is_left_out = |record: &Record| part.is_some_and(|part| !part.has(record));
            if record.as_ref().is_some_and(is_left_out) {
                continue;
            }
            let own = statements
                .into_iter()
                .filter(|statement| statement.dataset == *dataset);
            let statements: Vec<_> = own.collect();
            cited.extend(statements.iter().map(|statement| statement.source.clone()));
            if let Some(record) = record {
                for (table, row) in rows::of_record(&record, statements, options.personal_data) {
                    tables.row(table, row)?;
                }
            }
        }
    }
    for source in sources(session, dataset, &cited).await? {
        if part.is_some_and(|part| !part.has_source(&source.id)) {
            continue;
        }
        tables.row(Table::Sources, rows::of_source(&source))?;
    }
    tables.finish()
}

/// The sources that the data set lists, and those that it cites and no data set lists: without them it could not be
/// taken in again.
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

/// The files of the tables, each made when its first row comes.
struct Tables {
    dir: PathBuf,
    options: ExportOptions,
    open: BTreeMap<Table, TableFile>,
}

struct TableFile {
    path: PathBuf,
    columns: Vec<Column>,
    rows: usize,
    writer: Writer,
}

enum Writer {
    Csv(Box<::csv::Writer<File>>),
    Jsonl(BufWriter<File>),
}

impl Tables {
    fn row(&mut self, table: Table, row: OutRow) -> Result<(), ExportError> {
        let file = match self.open.entry(table) {
            std::collections::btree_map::Entry::Occupied(entry) => entry.into_mut(),
            std::collections::btree_map::Entry::Vacant(entry) => {
                entry.insert(TableFile::create(&self.dir, self.options, table)?)
            }
        };
        file.row(row)
    }

    fn finish(self) -> Result<Vec<(&'static str, usize)>, ExportError> {
        let mut counts = Vec::new();
        for (table, mut file) in self.open {
            let flushed = match &mut file.writer {
                Writer::Csv(writer) => writer.flush(),
                Writer::Jsonl(writer) => writer.flush(),
            };
            flushed.map_err(io(&file.path))?;
            counts.push((table.name(), file.rows));
        }
        Ok(counts)
    }
}

impl TableFile {
    fn create(dir: &Path, options: ExportOptions, table: Table) -> Result<Self, ExportError> {
        let path = dir.join(format!("{}.{}", table.name(), options.format.ending()));
        let file = create_file(&path, options).map_err(io(&path))?;
        // The relation is written, so that its shorthand would write it twice.
        let columns: Vec<Column> = table
            .columns()
            .iter()
            .copied()
            .filter(|c| *c != Column::RegionId)
            .collect();
        let writer = match options.format {
            Format::Csv => {
                let mut writer = ::csv::Writer::from_writer(file);
                let header = columns.iter().map(|column| column.name());
                writer
                    .write_record(header)
                    .map_err(|error| io(&path)(error.into()))?;
                Writer::Csv(Box::new(writer))
            }
            Format::Jsonl => Writer::Jsonl(BufWriter::new(file)),
        };
        Ok(Self {
            path,
            columns,
            rows: 0,
            writer,
        })
    }

    fn row(&mut self, row: OutRow) -> Result<(), ExportError> {
        self.rows += 1;
        let mut cells: Vec<Out> = vec![Out::Empty; self.columns.len()];
        for (column, out) in row {
            if let Some(place) = self.columns.iter().position(|own| *own == column) {
                cells[place] = out;
            }
        }
        match &mut self.writer {
            Writer::Csv(writer) => {
                let texts = cells.into_iter().map(|cell| match cell {
                    Out::Empty => String::new(),
                    Out::Text(text) => text,
                    Out::List(items) => items.join("|"),
                });
                let cells: Vec<String> = texts.map(|text| formula::escape(&text).into_owned()).collect();
                writer
                    .write_record(cells)
                    .map_err(|error| io(&self.path)(error.into()))
            }
            Writer::Jsonl(writer) => {
                let mut object = serde_json::Map::new();
                for (column, cell) in self.columns.iter().zip(cells) {
                    let value = match cell {
                        Out::Empty => continue,
                        Out::Text(text) => text.into(),
                        Out::List(items) => items.into(),
                    };
                    object.insert(column.name().to_string(), value);
                }
                writeln!(writer, "{}", serde_json::Value::Object(object)).map_err(io(&self.path))
            }
        }
    }
}
