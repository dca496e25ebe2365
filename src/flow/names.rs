//! The entities of many facts, each once, in order of their ids.

use std::collections::HashMap;

use super::network::NodeIndex;
use crate::model::id::EntityId;
use crate::model::job;

/// Entities as they are met, each with a number of its own.
#[derive(Debug, Default)]
pub(super) struct Names<'f> {
    numbers: HashMap<Name<'f>, usize>,
    met: Vec<&'f EntityId>,
}

/// An id, ordered as ids are. Its first bytes lie in the name itself, so that most ids are told apart without a look at
/// where their text lies: of a million relations that would take longest of all.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
struct Name<'f> {
    /// The first bytes as a number, the first of them the highest; zeros where there are less, which no id has.
    head: u128,
    tail: &'f [u8],
}

const HEAD: usize = size_of::<u128>();

impl<'f> Name<'f> {
    fn of(id: &'f EntityId) -> Self {
        let text = id.as_str().as_bytes();
        let (first, tail) = text.split_at(text.len().min(HEAD));
        let mut head = [0; HEAD];
        head[..first.len()].copy_from_slice(first);
        Self {
            head: u128::from_be_bytes(head),
            // Not the empty end of a text that lies elsewhere: even to compare nothing, a processor looks there.
            tail: if tail.is_empty() { &[] } else { tail },
        }
    }
}

impl<'f> Names<'f> {
    /// The number of an entity: the next, where it was not met before.
    pub(super) fn number(&mut self, id: &'f EntityId) -> usize {
        *self.numbers.entry(Name::of(id)).or_insert_with(|| {
            self.met.push(id);
            self.met.len() - 1
        })
    }

    /// The number of an entity that was met.
    pub(super) fn find(&self, id: &EntityId) -> Option<usize> {
        self.numbers.get(&Name::of(id)).copied()
    }

    /// The entity of a number.
    pub(super) fn id(&self, number: usize) -> &'f EntityId {
        self.met[number]
    }

    /// How many were met.
    pub(super) fn count(&self) -> usize {
        self.met.len()
    }

    /// The entities in order of their ids, and by its number the place of each.
    pub(super) fn sorted(self) -> (Vec<EntityId>, Vec<NodeIndex>) {
        let mut order: Vec<(Name<'_>, usize)> = self.numbers.into_iter().collect();
        order.sort_unstable();
        let mut places = vec![0; order.len()];
        for (place, (_, number)) in order.iter().enumerate() {
            job::step();
            places[*number] = place;
        }
        let entities = order.iter().map(|(_, number)| self.met[*number].clone());
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
        let mut names = Names::default();
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
