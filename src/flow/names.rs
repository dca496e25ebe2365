//! Numbers for the entities of many facts.

use std::collections::HashMap;

use super::indices::NodeIndex;
use crate::model::id::EntityId;
use crate::model::job;

/// Entities numbered in order of first use.
#[derive(Debug, Default)]
pub(super) struct EntityNumbers<'f> {
    numbers: HashMap<IdKey<'f>, usize>,
    entities: Vec<&'f EntityId>,
}

/// An id with the order of ids. Its first bytes are stored inline, so that most ids are distinguished without
/// reading their text in memory, which dominates for a million relations.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
struct IdKey<'f> {
    /// The first bytes as a big-endian number, padded with zeros, which no id contains.
    head: u128,
    tail: &'f [u8],
}

const HEAD: usize = size_of::<u128>();

impl<'f> IdKey<'f> {
    fn new(id: &'f EntityId) -> Self {
        let text = id.as_str().as_bytes();
        let (first, tail) = text.split_at(text.len().min(HEAD));
        let mut head = [0; HEAD];
        head[..first.len()].copy_from_slice(first);
        Self {
            head: u128::from_be_bytes(head),
            // A static empty slice, because even an empty comparison would access the other text.
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

    /// The number of entities.
    pub(super) fn count(&self) -> usize {
        self.entities.len()
    }

    /// The entities in order of their ids, and the position of each by its number.
    pub(super) fn sorted(self) -> (Vec<EntityId>, Vec<NodeIndex>) {
        let mut order: Vec<(IdKey<'_>, usize)> = self.numbers.into_iter().collect();
        order.sort_unstable();
        let mut places = vec![0; order.len()];
        for (place, (_, number)) in order.iter().enumerate() {
            job::step();
            places[*number] = place;
        }
        let entities = order.iter().map(|(_, number)| self.entities[*number].clone());
        (entities.collect(), places)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_is_named_once_and_they_are_in_the_order_of_their_ids() {
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
        let mut names = EntityNumbers::default();
        let numbers: Vec<usize> = ids.iter().map(|id| names.number(id)).collect();
        assert_eq!(numbers, [0, 1, 2, 0, 3, 4, 2]);
        let (entities, places) = names.sorted();
        let mut wanted = ids.clone();
        wanted.sort();
        wanted.dedup();
        assert_eq!(entities, wanted);
        for (id, number) in ids.iter().zip(numbers) {
            assert_eq!(&entities[places[number]], id);
        }
    }
}
