//! What problems say of the key of a record.

use super::problem::Message;
use crate::model::change::Subject;
use crate::model::id::EntityId;

/// The type of a record, with its article.
pub(super) fn noun(subject: &Subject) -> &'static str {
    match subject {
        Subject::Entity(_) => "an entity",
        Subject::Relation(_) => "a relation",
        Subject::Observation(_) => "an observation",
        Subject::Rule(_) => "a rule",
        Subject::Source(_) => "a source",
    }
}

/// Why an id cannot be used that was merged into an entity that was deleted.
pub(super) fn merged_into_deleted(former: &str, kept: &EntityId) -> String {
    format!("{former} was merged into {kept}, which was deleted; it stands for {kept} for ever")
}

/// What to do where something refers to such an id.
pub(super) fn write_again(kept: &EntityId) -> String {
    format!("write {kept} again first, or refer to another entity")
}

/// Why a record of the graph cannot be referred to that this write deletes.
pub(super) fn deleted_here(key: &str) -> Message {
    Message::from(format!(
        "{key} is taken away: its data set no longer has a row for it"
    ))
}

/// What to do where something refers to such a record.
pub(super) const KEEP_ROW: &str = "keep its row, or take out what refers to it";

/// Says that a key is that of another type of record than is expected.
pub(super) fn another_type(key: &str, subject: &Subject, expected: &str) -> Message {
    Message::from(format!("{key} is {}, not {expected}", noun(subject)))
}
