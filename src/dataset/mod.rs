//! Data sets as files: import and export of directories of CSV or JSON Lines, and the check of quotations against their sources.
//!
//! The format is described in `docs/formats.md`. Guarantees: every wrong row is reported with file, line and column, all rows
//! at once; a data set is written completely or not at all; exporting, importing and exporting again gives the same bytes.
//!
//! `format` is what reading and writing share; `read` makes drafts of files, which `import` writes into the graph after
//! `quotations` checked them; `write` makes files of stored records.

mod error;
mod format;
mod import;
mod quotations;
mod read;
mod report;
mod write;

pub use error::ReadError;
pub use format::column::DatasetTable;
pub use import::single::{ImportError, ImportOptions, ImportOutcome, import};
pub use import::together::{import_order, import_together};
pub use quotations::sources::{
    QuoteMismatch, SourceCheck, SourceFiles, check_sources, source_text, supplied_sources,
};
pub use read::csv::Separator;
pub use read::directory::{ReadOptions, read_directory, read_directory_with};
pub use read::encoding::TextEncoding;
pub use read::parsed_dataset::ParsedDataset;
pub use report::{Rejection, Report};
pub use write::directory::{ExportError, ExportFormat, ExportOptions, ExportSummary, write_directory};
pub use write::questionnaire::{QuestionRow, questionnaire};
pub use write::subset::{GraphSubset, SubsetOptions};
