//! Writing: from stored records to the files of a directory, and questionnaires. Start at `directory`.

pub(super) mod directory;
pub(super) mod questionnaire;
mod record_rows;
pub(super) mod subset;
