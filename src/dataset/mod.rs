//! Data sets as files: directories of CSV or JSON Lines, in and out, and quotations held against their sources.
//!
//! The format is described in `docs/formats.md`. What is promised: a row that is wrong is reported with file, line and
//! column, all rows at once; a data set is written all or nothing; what is exported, taken in and exported again is the
//! same to the byte.

mod cell;
mod column;
mod csv;
mod encoding;
mod error;
mod formula;
mod import;
mod jsonl;
mod manifest;
mod part;
mod properties;
mod questionnaire;
mod read;
mod report;
mod row;
mod rows;
mod rules;
mod script;
mod source_text;
mod sources;
mod tables;
mod together;
mod write;

pub use column::{Column, Table};
pub use csv::Separator;
pub use encoding::TextEncoding;
pub use error::ReadError;
pub use import::{Import, ImportError, ImportOptions, import};
pub use part::{Part, PartOptions};
pub use questionnaire::{QuestionRow, questionnaire};
pub use read::{Parsed, ReadOptions, read_directory, read_directory_with};
pub use report::{Rejection, Report};
pub use sources::{Finding, SourceCheck, SourceFiles, check_sources, source_text, supplied_sources};
pub use together::{import_order, import_together};
pub use write::{ExportError, ExportOptions, Exported, Format, write_directory};
