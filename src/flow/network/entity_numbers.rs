//! Numbering of entities: each entity of the facts gets a small number, by which tables are indexed.

use std::collections::HashMap;

use super::indices::NodeIndex;
use crate::model::id::EntityId;
use crate::model::job;

/// Entities, numbered from 0 in the order in which they are first used. `'f` is the lifetime of the facts that name
/// them.
#[derive(Debug, Default)]
pub(super) struct EntityNumbers<'f> {
    numbers: HashMap<IdKey<'f>, usize>,
    entities: Vec<&'f EntityId>,
}

/// An id as a hash key, with the same order as the id. Its first bytes are stored in the key, so that most ids are
/// told apart without reading their text elsewhere in memory, which would take most of the time for a million
/// relations.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
struct IdKey<'f> {
    /// The first [`HEAD`] bytes as a big-endian number, padded with zeros, which no id contains.
    head: u128,
    /// The other bytes.
    tail: &'f [u8],
}

/// Number of bytes in the head of a key.
const HEAD: usize = size_of::<u128>();

impl<'f> IdKey<'f> {
    fn new(id: &'f EntityId) -> Self {
        let text = id.as_str().as_bytes();
        let (first, tail) = text.split_at(text.len().min(HEAD));
        let mut head = [0; HEAD];
        head[..first.len()].copy_from_slice(first);
        Self {
            head: u128::from_be_bytes(head),
            // Not an empty slice of the text: comparing it would still access that memory.
            tail: if tail.is_empty() { &[] } else { tail },
        }
    }
}

impl<'f> EntityNumbers<'f> {
    /// The number of an entity; assigns the next number to a new one.
    pub(super) fn number(&mut self, id: &'f EntityId) -> usize {
        *self.numbers.entry(IdKey::new(id)).or_insert_with(|| {
            self.entities.push(id);
            self.entities.len() - 1
        })
    }

    /// The number of an entity, if it has one.
    pub(super) fn find(&self, id: &EntityId) -> Option<usize> {
        self.numbers.get(&IdKey::new(id)).copied()
    }

    /// The entity with a number.
    pub(super) fn id(&self, number: usize) -> &'f EntityId {
        self.entities[number]
    }

    /// How many entities are numbered.
    pub(super) fn count(&self) -> usize {
        self.entities.len()
    }

    /// The entities sorted by id, and for each number the position of its entity in that order.
    pub(super) fn sorted(self) -> (Vec<EntityId>, Vec<NodeIndex>) {
        let mut order: Vec<(IdKey<'_>, usize)> = self.numbers.into_iter().collect();
        order.sort_unstable();
        let mut positions = vec![0; order.len()];
        for (position, (_, number)) in order.iter().enumerate() {
            job::step();
            positions[*number] = position;
        }
        let entities = order.iter().map(|(_, number)| self.entities[*number].clone());
        (entities.collect(), positions)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_entity_is_numbered_once_and_sorting_follows_the_ids() {
        let texts = [
            "fund:b",
            "fund:a-name-that-is-longer-than-sixteen-bytes",
            "fund:a-name-that-is-longer",
            "fund:b",
            "fund:a",
            "fund:a-name-that-",
            "fund:a-name-that-is-longer",
        ];
        let ids: Vec<EntityId> = texts.iter().map(|text| EntityId::parse(text).unwrap()).collect();
        let mut numbering = EntityNumbers::default();
        let numbers: Vec<usize> = ids.iter().map(|id| numbering.number(id)).collect();
        assert_eq!(numbers, [0, 1, 2, 0, 3, 4, 2]);
        let (entities, positions) = numbering.sorted();
        let mut wanted = ids.clone();
        wanted.sort();
        wanted.dedup();
        assert_eq!(entities, wanted);
        for (id, number) in ids.iter().zip(numbers) {
            assert_eq!(&entities[positions[number]], id);
        }
    }
}
