//! Checks the keys of a batch: those of its records are free to use, and those that it refers to exist.

use std::collections::HashSet;

use crate::model::change::{Record, Subject};
use crate::model::field::Field;
use crate::service::write::access::visibility::WriterVisibility;
use crate::service::write::check::unknown_keys::{ReferencedType, UnknownKey};
use crate::service::write::key_messages::{KEEP_ROW, another_type, deleted_here};
use crate::service::write::key_messages::{merged_into_deleted, noun, recreate_hint};
use crate::service::write::keys::{KeyTable, KeyTarget};
use crate::service::write::problem::WriteProblems;
use crate::service::write::references::references;
use crate::service::write::split_batch::BatchRecord;
use crate::service::write::split_batch::SplitBatch;

/// Checks the key of the data set, which is a node too.
pub(in crate::service::write) fn check_dataset_key(
    batch: &SplitBatch,
    keys: &KeyTable<'_>,
    problems: &mut WriteProblems,
) {
    let id = batch.dataset.id.as_str();
    let reason = match keys.stored(id) {
        Some(subject) => format!("this id is already used by {}", noun(subject)),
        None => match (keys.redirect(id), keys.target(id)) {
            (Some(kept), _) => format!("{id} was merged into {kept}; the id remains reserved for it"),
            (None, KeyTarget::DeadRedirect(gone)) => merged_into_deleted(id, &gone),
            (None, _) if keys.is_hidden(id) => "this id cannot be used".to_string(),
            (None, _) => return,
        },
    };
    problems.push_for_batch(
        Field::Id,
        id,
        reason,
        "choose another id: ids are unique across all records and data sets",
    );
}

/// Checks that every statement cites a source.
pub(in crate::service::write) fn check_sources(
    batch: &SplitBatch,
    keys: &KeyTable<'_>,
    unknown: &mut Vec<UnknownKey>,
    problems: &mut WriteProblems,
) {
    batch.each_statement(|location, statement| {
        let key = statement.source.as_str();
        match keys.target(key) {
            KeyTarget::InBatch(index) if matches!(batch.records[index].record, Record::Source(_)) => {}
            KeyTarget::Stored(Subject::Source(_)) | KeyTarget::Unread => {}
            KeyTarget::InBatch(index) => {
                let subject = batch.records[index].record.subject();
                problems.push(
                    location,
                    Field::SourceId,
                    key,
                    another_type(key, &subject, "a source"),
                    "write the id of a source",
                );
            }
            KeyTarget::Stored(subject) => {
                problems.push(
                    location,
                    Field::SourceId,
                    key,
                    another_type(key, &subject, "a source"),
                    "write the id of a source",
                );
            }
            KeyTarget::Deleted => problems.push(location, Field::SourceId, key, deleted_here(key), KEEP_ROW),
            KeyTarget::Redirect(_) | KeyTarget::DeadRedirect(_) | KeyTarget::Absent => {
                unknown.push(UnknownKey {
                    location,
                    field: Field::SourceId,
                    key: key.to_string(),
                    expected: ReferencedType::Source,
                });
            }
        }
    });
}

/// Rejects an id that a record of another type has, or that redirects to another entity.
pub(in crate::service::write) fn check_key(
    item: &BatchRecord,
    keys: &KeyTable<'_>,
    datasets: &HashSet<&str>,
    visibility: &WriterVisibility,
    problems: &mut WriteProblems,
) {
    let (location, key) = (item.location(), item.key());
    let is_hidden = keys.is_hidden(key) || visibility.hides_dataset(key);
    if datasets.contains(key) && !is_hidden {
        problems.push(
            location,
            Field::Id,
            key,
            "this id is already used by a data set",
            "choose another id: ids are unique across all records and data sets",
        );
    }
    if is_hidden {
        problems.push(
            location,
            Field::Id,
            key,
            "this id cannot be used",
            "choose another id",
        );
    }
    match keys.stored(key) {
        Some(subject) if *subject != item.record.subject() => {
            let reason = format!("this id is already used by {}", noun(subject));
            problems.push(
                location,
                Field::Id,
                key,
                reason,
                "choose another id: ids are unique across all records and data sets",
            );
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
                format!(
                    "write this row with the id {stands_for}, or choose another id if it is another entity"
                )
            } else {
                format!("choose another id: this one remains reserved for {stands_for}")
            };
            problems.push(location, Field::Id, key, reason, hint);
        }
    }
}

pub(in crate::service::write) fn check_references(
    batch: &SplitBatch,
    item: &BatchRecord,
    keys: &KeyTable<'_>,
    unknown: &mut Vec<UnknownKey>,
    problems: &mut WriteProblems,
) {
    references(&item.record, |field, row, id| {
        let (location, key) = (item.location().row(row), id.as_str());
        match keys.target(key) {
            KeyTarget::InBatch(index) if matches!(batch.records[index].record, Record::Entity(_)) => {}
            KeyTarget::Stored(Subject::Entity(_)) | KeyTarget::Redirect(_) | KeyTarget::Unread => {}
            KeyTarget::InBatch(index) => {
                let subject = batch.records[index].record.subject();
                problems.push(
                    location,
                    field,
                    key,
                    another_type(key, &subject, "an entity"),
                    "write the id of an entity",
                );
            }
            KeyTarget::Stored(subject) => {
                problems.push(
                    location,
                    field,
                    key,
                    another_type(key, &subject, "an entity"),
                    "write the id of an entity",
                );
            }
            KeyTarget::Deleted => problems.push(location, field, key, deleted_here(key), KEEP_ROW),
            KeyTarget::DeadRedirect(gone) => problems.push(
                location,
                field,
                key,
                merged_into_deleted(key, &gone),
                recreate_hint(&gone),
            ),
            KeyTarget::Absent => unknown.push(UnknownKey {
                location,
                field,
                key: key.to_string(),
                expected: ReferencedType::Entity,
            }),
        }
    });
}
