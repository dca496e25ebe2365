//! The inverted index: from a token to the entities that have it. Tokens are of names for search, and of tags and external ids for filters.

use crate::model::job::Paced as _;
use std::collections::HashMap;
use std::hash::{BuildHasher, BuildHasherDefault, DefaultHasher};
use std::sync::Arc;

use super::table::Slot;

/// Number of shards: a commit copies a thousandth of the index for each token that it changes.
const SHARDS: usize = 1024;

type Shard = HashMap<Arc<str>, Arc<[Slot]>>;

/// An inverted index that is cheap to copy.
#[derive(Clone)]
pub(super) struct Postings {
    shards: Vec<Arc<Shard>>,
}

impl Default for Postings {
    fn default() -> Self {
        Self {
            shards: vec![Arc::default(); SHARDS],
        }
    }
}

impl Postings {
    /// The index of some tokens with their entities.
    pub(super) fn build(all: HashMap<String, Vec<Slot>>) -> Self {
        let mut shards: Vec<Shard> = vec![Shard::default(); SHARDS];
        for (token, mut slots) in all {
            slots.sort_unstable();
            slots.dedup();
            shards[shard_of(&token)].insert(token.into(), slots.into());
        }
        Self {
            shards: shards.into_iter().map(Arc::new).collect(),
        }
    }

    /// The entities that have a token, by slot.
    pub(super) fn get(&self, token: &str) -> &[Slot] {
        self.shards[shard_of(token)].get(token).map_or(&[], |slots| slots)
    }

    /// The entities that have every token, by slot.
    pub(super) fn all_of<'a>(&self, tokens: impl Iterator<Item = &'a str>) -> Vec<Slot> {
        let mut lists: Vec<&[Slot]> = tokens.map(|token| self.get(token)).collect();
        lists.sort_by_key(|list| list.len());
        let Some((shortest, rest)) = lists.split_first() else {
            return Vec::new();
        };
        let in_all = |slot: &&Slot| rest.iter().all(|list| list.binary_search(slot).is_ok());
        shortest.iter().paced().filter(in_all).copied().collect()
    }

    /// Applies many changes at once: a list is copied once, however many entities gain its token.
    pub(super) fn apply(&mut self, changes: PostingChanges) {
        for (token, mut changes) in changes.by_token {
            // The sort is stable: of several changes to one entity the last one counts.
            changes.sort_by_key(|(slot, _)| *slot);
            let changed = |slot: &Slot| changes.binary_search_by_key(slot, |(slot, _)| *slot).is_ok();
            let shard = Arc::make_mut(&mut self.shards[shard_of(&token)]);
            let existing = shard.get(token.as_str()).map_or(&[][..], |slots| slots);
            let mut slots: Vec<Slot> = existing.iter().copied().filter(|slot| !changed(slot)).collect();
            let last = changes.chunk_by(|a, b| a.0 == b.0).filter_map(<[_]>::last);
            slots.extend(last.filter(|(_, has)| *has).map(|(slot, _)| *slot));
            slots.sort_unstable();
            if slots.is_empty() {
                shard.remove(token.as_str());
            } else {
                shard.insert(token.into(), slots.into());
            }
        }
    }
}

/// Changes of an index, collected until they are applied together.
#[derive(Default)]
pub(super) struct PostingChanges {
    /// By token, in order: an entity, and whether it has the token after the change.
    by_token: HashMap<String, Vec<(Slot, bool)>>,
}

impl PostingChanges {
    /// Adds tokens to an entity.
    pub(super) fn add(&mut self, slot: Slot, tokens: impl Iterator<Item = String>) {
        self.note(slot, tokens, true);
    }

    /// Removes tokens from an entity.
    pub(super) fn remove(&mut self, slot: Slot, tokens: impl Iterator<Item = String>) {
        self.note(slot, tokens, false);
    }

    fn note(&mut self, slot: Slot, tokens: impl Iterator<Item = String>, has: bool) {
        for token in tokens {
            self.by_token.entry(token).or_default().push((slot, has));
        }
    }
}

/// The shard of a token. The hash is never stored, so that it may differ between versions.
fn shard_of(token: &str) -> usize {
    let hash = BuildHasherDefault::<DefaultHasher>::default().hash_one(token);
    usize::try_from(hash % SHARDS as u64).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_several_changes_to_one_entity_the_last_counts() {
        let mut postings = Postings::build(HashMap::from([("a".to_string(), vec![1, 2, 3])]));
        let mut changes = PostingChanges::default();
        let token = || std::iter::once("a".to_string());
        changes.remove(1, token());
        changes.add(1, token());
        changes.add(4, token());
        changes.remove(4, token());
        changes.remove(3, token());
        changes.add(0, token());
        postings.apply(changes);
        assert_eq!(postings.get("a"), [0, 1, 2]);
    }
}
