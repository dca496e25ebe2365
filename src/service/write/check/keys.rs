//! The keys of a batch: those of its records are free to use, and those that it refers to exist.

use std::collections::HashSet;

use crate::model::change::{Record, Subject};
use crate::service::write::access::visibility::WriterVisibility;
use crate::service::write::check::unknown_keys::UnknownKey;
use crate::service::write::key_messages::{KEEP_ROW, another_type, deleted_here};
use crate::service::write::key_messages::{merged_into_deleted, noun, write_again};
use crate::service::write::keys::{KeyTable, KeyTarget};
use crate::service::write::problem::Problems;
use crate::service::write::references::references;
use crate::service::write::split_batch::BatchRecord;
use crate::service::write::split_batch::SplitBatch;

/// The data set is a node too, so its key is one of the keys.
pub(in crate::service::write) fn check_dataset_key(
    batch: &SplitBatch,
    keys: &KeyTable<'_>,
    problems: &mut Problems,
) {
    let id = batch.dataset.id.as_str();
    let reason = match keys.stored(id) {
        Some(subject) => format!("this id is already that of {}", noun(subject)),
        None => match (keys.redirect(id), keys.target(id)) {
            (Some(kept), _) => format!("{id} was merged into {kept}, and stands for it for ever"),
            (None, KeyTarget::DeadRedirect(gone)) => merged_into_deleted(id, &gone),
            (None, _) if keys.is_hidden(id) => "this id cannot be used".to_string(),
            (None, _) => return,
        },
    };
    problems.batch("id", id, reason, "ids are unique over everything: choose another");
}

/// Every statement cites a source.
pub(in crate::service::write) fn check_sources(
    batch: &SplitBatch,
    keys: &KeyTable<'_>,
    unknown: &mut Vec<UnknownKey>,
    problems: &mut Problems,
) {
    batch.each_statement(|spot, statement| {
        let key = statement.source.as_str();
        match keys.target(key) {
            KeyTarget::InBatch(index) if matches!(batch.records[index].record, Record::Source(_)) => {}
            KeyTarget::Stored(Subject::Source(_)) | KeyTarget::Unread => {}
            KeyTarget::InBatch(index) => {
                let subject = batch.records[index].record.subject();
                problems.push(
                    spot,
                    "source_id",
                    key,
                    another_type(key, &subject, "a source"),
                    "cite a source",
                );
            }
            KeyTarget::Stored(subject) => {
                problems.push(
                    spot,
                    "source_id",
                    key,
                    another_type(key, &subject, "a source"),
                    "cite a source",
                );
            }
            KeyTarget::Deleted => problems.push(spot, "source_id", key, deleted_here(key), KEEP_ROW),
            KeyTarget::Redirect(_) | KeyTarget::DeadRedirect(_) | KeyTarget::Absent => {
                unknown.push(UnknownKey {
                    spot,
                    field: "source_id",
                    key: key.to_string(),
                    what: "source",
                });
            }
        }
    });
}

/// An id that something of another sort has, or that leads elsewhere, is no id for a record.
pub(in crate::service::write) fn check_key(
    item: &BatchRecord,
    keys: &KeyTable<'_>,
    datasets: &HashSet<&str>,
    visibility: &WriterVisibility,
    problems: &mut Problems,
) {
    let (spot, key) = (item.spot(), item.key());
    let is_hidden = keys.is_hidden(key) || visibility.hides_dataset(key);
    if datasets.contains(key) && !is_hidden {
        problems.push(
            spot,
            "id",
            key,
            "this id is already that of a data set",
            "ids are unique over everything",
        );
    }
    if is_hidden {
        problems.push(spot, "id", key, "this id cannot be used", "choose another");
    }
    match keys.stored(key) {
        Some(subject) if *subject != item.record.subject() => {
            let reason = format!("this id is already that of {}", noun(subject));
            problems.push(spot, "id", key, reason, "ids are unique over everything");
        }
        Some(_) => {}
        None => {
            let is_entity = matches!(item.record, Record::Entity(_));
            let (reason, stands_for) = match (keys.redirect(key), keys.dead_redirect(key)) {
                (Some(kept), _) => (format!("{key} was merged into {kept}"), kept),
                (None, Some(kept)) => (merged_into_deleted(key, kept), kept),
                (None, None) => return,
            };
            let hint = if is_entity {
                format!("write this row with the id {stands_for}, or choose another id for another entity")
            } else {
                format!("choose another id: this one leads to {stands_for} for ever")
            };
            problems.push(spot, "id", key, reason, hint);
        }
    }
}

pub(in crate::service::write) fn check_references(
    batch: &SplitBatch,
    item: &BatchRecord,
    keys: &KeyTable<'_>,
    unknown: &mut Vec<UnknownKey>,
    problems: &mut Problems,
) {
    references(&item.record, |field, row, id| {
        let (spot, key) = (item.spot().row(row), id.as_str());
        match keys.target(key) {
            KeyTarget::InBatch(index) if matches!(batch.records[index].record, Record::Entity(_)) => {}
            KeyTarget::Stored(Subject::Entity(_)) | KeyTarget::Redirect(_) | KeyTarget::Unread => {}
            KeyTarget::InBatch(index) => {
                let subject = batch.records[index].record.subject();
                problems.push(
                    spot,
                    field,
                    key,
                    another_type(key, &subject, "an entity"),
                    "name an entity",
                );
            }
            KeyTarget::Stored(subject) => {
                problems.push(
                    spot,
                    field,
                    key,
                    another_type(key, &subject, "an entity"),
                    "name an entity",
                );
            }
            KeyTarget::Deleted => problems.push(spot, field, key, deleted_here(key), KEEP_ROW),
            KeyTarget::DeadRedirect(gone) => problems.push(
                spot,
                field,
                key,
                merged_into_deleted(key, &gone),
                write_again(&gone),
            ),
            KeyTarget::Absent => unknown.push(UnknownKey {
                spot,
                field,
                key: key.to_string(),
                what: "entity",
            }),
        }
    });
}
