//! The check of quotations against the files of their sources. Start at `sources`.

mod source_text;
pub(super) mod sources;
