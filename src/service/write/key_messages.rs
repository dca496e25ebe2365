//! Messages of write problems about keys of records: reasons, each with its hint.

use super::problem::Message;
use crate::model::change::Subject;
use crate::model::id::EntityId;

/// The type of a record with its article, such as "an entity".
pub(super) fn noun(subject: &Subject) -> &'static str {
    match subject {
        Subject::Entity(_) => "an entity",
        Subject::Relation(_) => "a relation",
        Subject::Observation(_) => "an observation",
        Subject::Rule(_) => "a rule",
        Subject::Source(_) => "a source",
    }
}

/// Reason: the id `former` was merged into the entity `kept`, which was deleted later.
pub(super) fn merged_into_deleted(former: &str, kept: &EntityId) -> String {
    format!("{former} was merged into {kept}, which was deleted; the id remains reserved for {kept}")
}

/// Hint for a reference to an id that was merged into the deleted entity `kept`.
pub(super) fn recreate_hint(kept: &EntityId) -> String {
    format!("create {kept} again first, or refer to another entity")
}

/// Reason: this write deletes the record.
pub(super) fn deleted_here(key: &str) -> Message {
    Message::from(format!(
        "{key} would be deleted: its data set no longer has a row for it"
    ))
}

/// Hint for a reference to a record that this write deletes.
pub(super) const KEEP_ROW: &str = "keep its row, or remove what refers to it";

/// Reason: the key belongs to another type of record than expected; `expected` has its article.
pub(super) fn another_type(key: &str, subject: &Subject, expected: &str) -> Message {
    Message::from(format!("{key} is {}, not {expected}", noun(subject)))
}
