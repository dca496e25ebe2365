//! Resolves the keys of a batch: to a record of the batch, a record in the graph, or an entity merged into another.
//!
//! All keys of a batch are looked up together, so that an import of any size needs only a few calls of the store.

use std::collections::{HashMap, HashSet};

use super::problem::{Message, WriteProblems};
use super::split_batch::BatchRecord;
use crate::model::change::Subject;
use crate::model::field::Field;
use crate::model::id::EntityId;
use crate::store::{Reader, StoreResult};

/// What a key refers to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum KeyTarget {
    /// A record of this batch, by its index.
    InBatch(usize),
    /// A record in the graph.
    Stored(Subject),
    /// An id that was merged into this entity.
    Redirect(EntityId),
    /// An id that was merged into this entity, which was deleted.
    DeadRedirect(EntityId),
    /// A record of the batch that could not be read.
    Unread,
    /// A record in the graph that this write deletes.
    Deleted,
    /// Nothing.
    Absent,
}

/// The targets of the keys of a batch.
pub(super) struct KeyTable<'a> {
    /// The index of each record of the batch, by key.
    in_batch: HashMap<&'a str, usize>,
    stored: HashMap<&'a str, Subject>,
    redirects: HashMap<&'a str, EntityId>,
    dead_redirects: HashMap<&'a str, EntityId>,
    /// Keys of records that the writer cannot see.
    hidden: HashSet<&'a str>,
    unread: &'a HashSet<String>,
    /// Keys of records that this write deletes.
    deleted: HashSet<String>,
}

impl<'a> KeyTable<'a> {
    /// Looks up every key that the batch has or refers to; those in `unread` could not be read.
    pub(super) async fn load<R: Reader>(
        records: &'a [BatchRecord],
        keys: Vec<&'a str>,
        unread: &'a HashSet<String>,
        at: &R,
        problems: &mut WriteProblems,
    ) -> StoreResult<Self> {
        let mut in_batch: HashMap<&str, usize> = HashMap::with_capacity(records.len());
        for (index, record) in records.iter().enumerate() {
            if let Some(first) = in_batch.insert(record.key(), index) {
                in_batch.insert(record.key(), first);
                let reason = Message::from("this id is already used at ").place(records[first].draft);
                problems.push(
                    record.location(),
                    Field::Id,
                    record.key(),
                    reason,
                    "choose another id: ids are unique across all records and data sets",
                );
            }
        }
        let asked: Vec<String> = keys.iter().map(ToString::to_string).collect();
        let occupants = at.subjects_of_keys(&asked).await?;
        let mut stored: HashMap<&str, Subject> = HashMap::with_capacity(keys.len());
        let mut entities: Vec<(&str, EntityId)> = Vec::new();
        for (key, subject) in keys.iter().copied().zip(occupants) {
            match subject {
                // A merged id stays taken, so only the store can say whether it is an entity's own.
                Some(Subject::Entity(_)) | None => {
                    entities.extend(EntityId::parse(key).ok().map(|id| (key, id)));
                }
                Some(subject) => _ = stored.insert(key, subject),
            }
        }
        let ids: Vec<EntityId> = entities.iter().map(|(_, id)| id.clone()).collect();
        let resolved = if ids.is_empty() {
            Vec::new()
        } else {
            at.resolve(&ids).await?
        };
        let (mut redirects, mut absent) = (HashMap::new(), Vec::new());
        for ((key, id), now) in entities.into_iter().zip(resolved) {
            match now {
                Some(now) if now == id => _ = stored.insert(key, Subject::Entity(id)),
                Some(now) => _ = redirects.insert(key, now),
                None => absent.push((key, id)),
            }
        }
        Ok(Self {
            in_batch,
            stored,
            redirects,
            dead_redirects: dead_redirects(at, absent).await?,
            hidden: HashSet::new(),
            unread,
            deleted: HashSet::new(),
        })
    }

    /// The target of a key.
    pub(super) fn target(&self, key: &str) -> KeyTarget {
        if let Some(place) = self.in_batch.get(key) {
            return KeyTarget::InBatch(*place);
        }
        if self.unread.contains(key) {
            return KeyTarget::Unread;
        }
        match (self.stored.get(key), self.redirects.get(key)) {
            (Some(_), _) if self.deleted.contains(key) => KeyTarget::Deleted,
            (Some(subject), _) => KeyTarget::Stored(subject.clone()),
            (None, Some(kept)) => KeyTarget::Redirect(kept.clone()),
            (None, None) => match self.dead_redirects.get(key) {
                Some(kept) => KeyTarget::DeadRedirect(kept.clone()),
                None => KeyTarget::Absent,
            },
        }
    }

    /// The index of the batch's record with a key.
    pub(super) fn place(&self, key: &str) -> Option<usize> {
        self.in_batch.get(key).copied()
    }

    /// The graph's record with a key, even if the batch has one too.
    pub(super) fn stored(&self, key: &str) -> Option<&Subject> {
        self.stored.get(key)
    }

    /// The entity into which the one with this id was merged.
    pub(super) fn redirect(&self, key: &str) -> Option<&EntityId> {
        self.redirects.get(key)
    }

    /// The entity into which the one with this id was merged, and which was deleted.
    pub(super) fn dead_redirect(&self, key: &str) -> Option<&EntityId> {
        self.dead_redirects.get(key)
    }

    /// All ids that were merged into an entity that was deleted, each with that entity.
    pub(super) fn dead_redirects(&self) -> impl Iterator<Item = (&'a str, &EntityId)> {
        self.dead_redirects.iter().map(|(key, kept)| (*key, kept))
    }

    /// Every key that exists in the graph, with its record.
    pub(super) fn stored_subjects(&self) -> Vec<(&'a str, Subject)> {
        let stored = self.stored.iter().map(|(key, subject)| (*key, subject.clone()));
        let redirects = self.redirects.iter();
        let redirects = redirects.map(|(key, id)| (*key, Subject::Entity(id.clone())));
        stored.chain(redirects).collect()
    }

    /// Whether the write neither replaces nor deletes a record of the graph.
    pub(super) fn is_untouched(&self, key: &str) -> bool {
        !self.in_batch.contains_key(key) && !self.is_deleted(key)
    }

    /// Whether the write deletes the record with this key.
    pub(super) fn is_deleted(&self, key: &str) -> bool {
        self.deleted.contains(key)
    }

    /// Marks records as deleted by the write.
    pub(super) fn delete(&mut self, keys: impl IntoIterator<Item = String>) {
        self.deleted.extend(keys);
    }

    /// Treats a record that the writer cannot see as absent.
    pub(super) fn hide(&mut self, key: &str) {
        let stored = self.stored.remove_entry(key).map(|(key, _)| key);
        let redirect = self.redirects.remove_entry(key).map(|(key, _)| key);
        let dead = self.dead_redirects.remove_entry(key).map(|(key, _)| key);
        self.hidden.extend(stored.into_iter().chain(redirect).chain(dead));
    }

    /// Whether the writer cannot see the record with a key.
    pub(super) fn is_hidden(&self, key: &str) -> bool {
        self.hidden.contains(key)
    }
}

/// Absent ids that were merged into an entity that was deleted, each with that entity.
async fn dead_redirects<'a, R: Reader>(
    at: &R,
    absent: Vec<(&'a str, EntityId)>,
) -> StoreResult<HashMap<&'a str, EntityId>> {
    if absent.is_empty() {
        return Ok(HashMap::new());
    }
    let ids: Vec<EntityId> = absent.iter().map(|(_, id)| id.clone()).collect();
    let kept: HashMap<EntityId, EntityId> = at.redirects(Some(&ids)).await?.into_iter().collect();
    let redirects = absent.into_iter();
    Ok(redirects
        .filter_map(|(key, id)| Some((key, kept.get(&id)?.clone())))
        .collect())
}
