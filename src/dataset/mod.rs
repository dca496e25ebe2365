//! Data sets as files: import and export of directories of CSV or JSON Lines, and the check of quotations against their sources.
//!
//! The format is described in `docs/formats.md`. Guarantees: every wrong row is reported with file, line and column, all rows
//! at once; a data set is written completely or not at all; exporting, importing and exporting again gives the same bytes.

mod cell;
mod column;
mod csv;
mod encoding;
mod error;
mod formula;
mod import;
mod jsonl;
mod manifest;
mod output_row;
mod parsed_dataset;
mod properties;
mod quantity_cells;
mod questionnaire;
mod read;
mod report;
mod row;
mod rows;
mod rules;
mod script;
mod source_text;
mod sources;
mod subset;
mod tables;
mod together;
mod write;

pub use column::{DatasetColumn, DatasetTable};
pub use csv::Separator;
pub use encoding::TextEncoding;
pub use error::ReadError;
pub use import::{ImportError, ImportOptions, ImportOutcome, import};
pub use parsed_dataset::ParsedDataset;
pub use questionnaire::{QuestionRow, questionnaire};
pub use read::{ReadOptions, read_directory, read_directory_with};
pub use report::{Rejection, Report};
pub use sources::{QuoteMismatch, SourceCheck, SourceFiles, check_sources, source_text, supplied_sources};
pub use subset::{GraphSubset, SubsetOptions};
pub use together::{import_order, import_together};
pub use write::{ExportError, ExportFormat, ExportOptions, ExportSummary, write_directory};
