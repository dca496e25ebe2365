//! Reading: from the files of a directory to the drafts of a batch, with every wrong cell reported. Start at `directory`.

pub(super) mod csv;
pub(super) mod directory;
pub(super) mod encoding;
mod jsonl;
pub(super) mod parsed_dataset;
mod rules;
mod tables;
