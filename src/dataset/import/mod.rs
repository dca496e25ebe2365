//! Importing the drafts of data sets into the graph. Start at `single`; `together` sorts and groups several.

pub(super) mod single;
pub(super) mod together;
