//! The form of a data set in files: tables and columns, cells, rows and the manifest, each read and written by one file.
//! Start at `column`.

pub(super) mod cell;
pub(super) mod column;
pub(super) mod formula;
pub(super) mod input_row;
pub(super) mod manifest;
pub(super) mod output_row;
pub(super) mod properties;
pub(super) mod quantity_cells;
pub(super) mod script;
