//! Former ids that lead to entities of a batch: an id that was merged away stands for the entity kept for ever, also once that is
//! deleted.

use std::collections::{HashMap, HashSet};

use crate::model::change::Record;
use crate::model::id::EntityId;
use crate::service::write::keys::{KeyTable, KeyTarget};
use crate::service::write::split_batch::BatchRecord;
use crate::service::write::split_batch::SplitBatch;
use crate::store::{Answer, Reader};

/// Ids that stand for entities of the batch, although the graph does not say so.
pub(super) struct BatchRedirects<'p> {
    /// Those that a row names as its former ids, and that nothing else has.
    pub(super) claimed: HashMap<&'p EntityId, &'p EntityId>,
    /// Those that led to an entity which was deleted, and which the batch has again.
    pub(super) regained: HashMap<EntityId, &'p EntityId>,
}

impl<'p> BatchRedirects<'p> {
    pub(super) fn of(batch: &'p SplitBatch, keys: &KeyTable<'_>) -> Self {
        let mut here = Self {
            claimed: HashMap::new(),
            regained: HashMap::new(),
        };
        let entities = batch.records.iter().filter_map(|item| match &item.record {
            Record::Entity(entity) => Some(entity),
            _ => None,
        });
        for entity in entities {
            let free = |former: &&EntityId| {
                let key = former.as_str();
                **former != entity.id && keys.target(key) == KeyTarget::Absent && !keys.is_hidden(key)
            };
            for former in entity.former_ids.iter().filter(free) {
                here.claimed.entry(former).or_insert(&entity.id);
            }
        }
        for (former, gone) in keys.dead_redirects() {
            if let Some(place) = keys.place(gone.as_str())
                && let Record::Entity(entity) = &batch.records[place].record
                && let Ok(former) = EntityId::parse(former)
            {
                here.regained.insert(former, &entity.id);
            }
        }
        here
    }
}

/// For each entity of a batch that the graph does not have: the ids that were merged into it before it was deleted.
pub(super) async fn former_ids_of_new<R: Reader>(
    items: &[BatchRecord],
    keys: &KeyTable<'_>,
    at: &R,
) -> Answer<HashMap<EntityId, Vec<EntityId>>> {
    let new = items.iter().filter_map(|item| match &item.record {
        Record::Entity(entity) if keys.stored(item.key()).is_none() => Some(&entity.id),
        _ => None,
    });
    let new: HashSet<&EntityId> = new.collect();
    let mut leading: HashMap<EntityId, Vec<EntityId>> = HashMap::new();
    if !new.is_empty() {
        for (former, gone) in at.redirects(None).await? {
            if new.contains(&gone) {
                leading.entry(gone).or_default().push(former);
            }
        }
    }
    Ok(leading)
}
