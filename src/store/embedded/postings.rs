//! From a token to the entities that have it: names for search, tags and outside keys for filters.

use std::collections::HashMap;
use std::hash::{BuildHasher, BuildHasherDefault, DefaultHasher};
use std::sync::Arc;

use super::table::Slot;

/// Shards, so that a commit copies a thousandth of the index for each token it touches.
const SHARDS: usize = 1024;

type Shard = HashMap<Arc<str>, Arc<[Slot]>>;

/// An inverted index that is cheap to copy.
#[derive(Clone)]
pub(super) struct Postings {
    shards: Vec<Arc<Shard>>,
}

impl Default for Postings {
    fn default() -> Self {
        Self { shards: vec![Arc::default(); SHARDS] }
    }
}

impl Postings {
    /// An index of what was gathered.
    pub(super) fn gathered(all: HashMap<String, Vec<Slot>>) -> Self {
        let mut shards: Vec<Shard> = vec![Shard::default(); SHARDS];
        for (token, mut slots) in all {
            slots.sort_unstable();
            slots.dedup();
            shards[shard_of(&token)].insert(token.into(), slots.into());
        }
        Self { shards: shards.into_iter().map(Arc::new).collect() }
    }

    /// The entities that have a token, by slot.
    pub(super) fn get(&self, token: &str) -> &[Slot] {
        self.shards[shard_of(token)].get(token).map_or(&[], |slots| slots)
    }

    /// The entities that have every token, by slot.
    pub(super) fn all_of<'a>(&self, tokens: impl Iterator<Item = &'a str>) -> Vec<Slot> {
        let mut lists: Vec<&[Slot]> = tokens.map(|token| self.get(token)).collect();
        lists.sort_by_key(|list| list.len());
        let Some((shortest, rest)) = lists.split_first() else { return Vec::new() };
        let in_all = |slot: &&Slot| rest.iter().all(|list| list.binary_search(slot).is_ok());
        shortest.iter().filter(in_all).copied().collect()
    }

    /// Notes that an entity has these tokens.
    pub(super) fn add(&mut self, slot: Slot, tokens: impl Iterator<Item = String>) {
        for token in tokens {
            let shard = Arc::make_mut(&mut self.shards[shard_of(&token)]);
            let mut slots = shard.get(token.as_str()).map_or_else(Vec::new, |slots| slots.to_vec());
            if let Err(at) = slots.binary_search(&slot) {
                slots.insert(at, slot);
                shard.insert(token.into(), slots.into());
            }
        }
    }

    /// Forgets that an entity has these tokens.
    pub(super) fn remove(&mut self, slot: Slot, tokens: impl Iterator<Item = String>) {
        for token in tokens {
            let shard = Arc::make_mut(&mut self.shards[shard_of(&token)]);
            let Some(slots) = shard.get(token.as_str()) else { continue };
            let left: Vec<Slot> = slots.iter().copied().filter(|other| *other != slot).collect();
            if left.is_empty() {
                shard.remove(token.as_str());
            } else {
                shard.insert(token.into(), left.into());
            }
        }
    }
}

/// Keys are never stored by their hash, so it need not be the same tomorrow.
fn shard_of(token: &str) -> usize {
    let hash = BuildHasherDefault::<DefaultHasher>::default().hash_one(token);
    usize::try_from(hash % SHARDS as u64).unwrap_or_default()
}
