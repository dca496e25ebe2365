//! Former ids: each redirects to one entity of the same kind, and is not used otherwise.

use std::collections::{HashMap, HashSet};

use crate::model::change::Record;
use crate::model::field::Field;
use crate::model::id::EntityId;
use crate::service::write::key_messages::merged_into_deleted;
use crate::service::write::keys::{KeyTable, KeyTarget};
use crate::service::write::problem::{Message, WriteProblems};
use crate::service::write::split_batch::BatchRecord;

/// Rejects a former id that is used otherwise.
pub(in crate::service::write) fn check_former_ids(
    item: &BatchRecord,
    keys: &KeyTable<'_>,
    datasets: &HashSet<&str>,
    problems: &mut WriteProblems,
) {
    let Record::Entity(entity) = &item.record else {
        return;
    };
    for former in &entity.former_ids {
        let (location, key) = (item.location(), former.as_str());
        if former.kind() != entity.kind() {
            let reason = format!(
                "{key} is the id of a {}, but this entity is a {}",
                former.kind(),
                entity.kind()
            );
            let hint = "leave it out: only entities of the same kind can be merged";
            problems.push(location, Field::FormerIds, key, reason, hint);
            continue;
        }
        match keys.target(key) {
            KeyTarget::Absent if keys.is_hidden(key) => {
                problems.push(
                    location,
                    Field::FormerIds,
                    key,
                    "this id cannot be used",
                    "leave it out",
                );
            }
            KeyTarget::Absent if datasets.contains(key) => {
                let reason = "this id is already used by a data set";
                problems.push(location, Field::FormerIds, key, reason, "leave it out");
            }
            KeyTarget::Absent | KeyTarget::Unread => {}
            KeyTarget::Redirect(kept) | KeyTarget::DeadRedirect(kept) if kept == entity.id => {}
            KeyTarget::Redirect(kept) => {
                let hint = format!("leave it out, or write this row with the id {kept}");
                let reason = format!("{key} was merged into {kept}");
                problems.push(location, Field::FormerIds, key, reason, hint);
            }
            KeyTarget::DeadRedirect(gone) => {
                let hint = format!("leave it out, or write this row with the id {gone}");
                problems.push(
                    location,
                    Field::FormerIds,
                    key,
                    merged_into_deleted(key, &gone),
                    hint,
                );
            }
            KeyTarget::InBatch(_) | KeyTarget::Stored(_) | KeyTarget::Deleted => {
                let reason = Message::from(format!("{key} is the id of another record"));
                let hint = "merge the two first: `mergeEntities` moves its relations too";
                problems.push(location, Field::FormerIds, key, reason, hint);
            }
        }
    }
}

/// Rejects a former id that two entities of the batch claim.
pub(in crate::service::write) fn check_claimed_once(items: &[BatchRecord], problems: &mut WriteProblems) {
    let mut claimed: HashMap<&EntityId, &BatchRecord> = HashMap::new();
    for item in items {
        let Record::Entity(entity) = &item.record else {
            continue;
        };
        for former in &entity.former_ids {
            let first = claimed.entry(former).or_insert(item);
            if first.key() != item.key() {
                let reason = Message::from(format!("{former} is already a former id of {} at ", first.key()));
                let hint = "remove it from one of the two: a former id leads to one entity";
                problems.push(
                    item.location(),
                    Field::FormerIds,
                    former,
                    reason.place(first.draft),
                    hint,
                );
            }
        }
    }
}
