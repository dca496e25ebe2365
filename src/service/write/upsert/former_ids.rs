//! Former ids of the entities of a batch: a merged id permanently redirects to the entity kept, even after that is deleted.

use std::collections::{HashMap, HashSet};

use crate::model::change::Record;
use crate::model::id::EntityId;
use crate::service::write::keys::{KeyTable, KeyTarget};
use crate::service::write::split_batch::BatchRecord;
use crate::service::write::split_batch::SplitBatch;
use crate::store::{Reader, StoreResult};

/// Redirects to entities of the batch that the graph does not have.
pub(super) struct BatchRedirects<'p> {
    /// Former ids that a row lists and that no record has.
    pub(super) claimed: HashMap<&'p EntityId, &'p EntityId>,
    /// Ids that redirected to an entity that was deleted and that the batch adds again.
    pub(super) regained: HashMap<EntityId, &'p EntityId>,
}

impl<'p> BatchRedirects<'p> {
    pub(super) fn new(batch: &'p SplitBatch, keys: &KeyTable<'_>) -> Self {
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

/// For each entity of a batch that is not in the graph: the ids that were merged into it before it was deleted.
pub(super) async fn former_ids_of_new<R: Reader>(
    items: &[BatchRecord],
    keys: &KeyTable<'_>,
    at: &R,
) -> StoreResult<HashMap<EntityId, Vec<EntityId>>> {
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
