//! Tables that are cheap to copy: a snapshot shares with the next all pages but those that a write changed.
//!
//! A row keeps its slot, a dense number, as long as it lives; the order of the keys is stored apart. Both are divided into pages
//! behind `Arc`, so that a commit copies the pages that it changes and two lists of pointers.

use crate::model::job;
use std::sync::Arc;

/// The number of a row in its table, dense and stable.
pub(super) type Slot = u32;

/// Rows in one page: few enough that copying a page is cheap, and enough that the list of pages is short.
const PAGE_ROWS: usize = 256;
/// Most slots in one leaf of the order.
const LEAF_MAX: usize = 512;

/// A row of a table, with a key.
pub(super) trait TableRow {
    /// The key, which never changes while the row lives.
    fn key(&self) -> &str;
}

/// A table of rows by slot and by key.
pub(super) struct SlotTable<T> {
    pages: Vec<Arc<Vec<Option<T>>>>,
    order: Vec<Arc<Vec<Slot>>>,
    free: Vec<Slot>,
    len: usize,
}

impl<T> Clone for SlotTable<T> {
    fn clone(&self) -> Self {
        Self {
            pages: self.pages.clone(),
            order: self.order.clone(),
            free: self.free.clone(),
            len: self.len,
        }
    }
}

impl<T> Default for SlotTable<T> {
    fn default() -> Self {
        Self {
            pages: Vec::new(),
            order: Vec::new(),
            free: Vec::new(),
            len: 0,
        }
    }
}

impl<T: TableRow + Clone> SlotTable<T> {
    /// Number of rows.
    pub(super) fn len(&self) -> usize {
        self.len
    }

    /// The row in a slot.
    pub(super) fn get(&self, slot: Slot) -> Option<&T> {
        // Every loop over the graph reads rows, so that a cancelled job ends here.
        job::step();
        let slot = slot as usize;
        self.pages.get(slot / PAGE_ROWS)?.get(slot % PAGE_ROWS)?.as_ref()
    }

    /// The slot of a key.
    pub(super) fn find(&self, key: &str) -> Option<Slot> {
        let (leaf, at) = self.position(key);
        let slot = *self.order.get(leaf)?.get(at)?;
        (self.key_of(slot) == key).then_some(slot)
    }

    /// The row with a key.
    pub(super) fn row(&self, key: &str) -> Option<&T> {
        self.find(key).and_then(|slot| self.get(slot))
    }

    /// Inserts a row, or replaces the row with its key. Returns the slot and the replaced row.
    pub(super) fn put(&mut self, row: T) -> (Slot, Option<T>) {
        let (leaf, at) = self.position(row.key());
        let existing = self.order.get(leaf).and_then(|leaf| leaf.get(at)).copied();
        if let Some(slot) = existing.filter(|slot| self.key_of(*slot) == row.key()) {
            let old = self.get(slot).cloned();
            self.set(slot, Some(row));
            return (slot, old);
        }
        let slot = self.free.pop().unwrap_or_else(|| self.next_slot());
        self.set(slot, Some(row));
        self.insert_at(leaf, at, slot);
        self.len += 1;
        (slot, None)
    }

    /// Appends a row whose key is above all others; for filling a table from a sorted list.
    pub(super) fn append(&mut self, row: T) -> Slot {
        let slot = self.next_slot();
        self.set(slot, Some(row));
        // Leaves are filled to three quarters, so that the first inserts do not split them.
        match self.order.last_mut().filter(|leaf| leaf.len() < LEAF_MAX * 3 / 4) {
            Some(leaf) => Arc::make_mut(leaf).push(slot),
            None => self.order.push(Arc::new(vec![slot])),
        }
        self.len += 1;
        slot
    }

    /// Changes the row in a slot, but not its key.
    pub(super) fn update(&mut self, slot: Slot, change: impl FnOnce(&mut T)) {
        let (page, at) = (slot as usize / PAGE_ROWS, slot as usize % PAGE_ROWS);
        if let Some(row) = self
            .pages
            .get_mut(page)
            .and_then(|page| Arc::make_mut(page).get_mut(at))
            .and_then(Option::as_mut)
        {
            change(row);
        }
    }

    /// Removes the row with a key.
    pub(super) fn remove(&mut self, key: &str) -> Option<T> {
        let (slot, row) = self.vacate(key)?;
        self.free(slot);
        Some(row)
    }

    /// Removes the row with a key. Its slot is not reused until it is freed.
    pub(super) fn vacate(&mut self, key: &str) -> Option<(Slot, T)> {
        let slot = self.find(key)?;
        let (leaf, at) = self.position(key);
        let row = self.get(slot).cloned()?;
        let slots = Arc::make_mut(&mut self.order[leaf]);
        slots.remove(at);
        if slots.is_empty() {
            self.order.remove(leaf);
        }
        self.set(slot, None);
        self.len -= 1;
        Some((slot, row))
    }

    /// Makes a vacated slot available to new rows.
    pub(super) fn free(&mut self, slot: Slot) {
        self.free.push(slot);
    }

    /// The slots of keys not below `from`, in ascending order of keys.
    pub(super) fn slots_from<'a>(&'a self, from: &str) -> impl Iterator<Item = Slot> + use<'a, T> {
        let (leaf, at) = self.position(from);
        let first = self
            .order
            .get(leaf)
            .into_iter()
            .flat_map(move |leaf| leaf[at..].iter().copied());
        let rest = self
            .order
            .iter()
            .skip(leaf + 1)
            .flat_map(|leaf| leaf.iter().copied());
        first.chain(rest)
    }

    /// The slots of keys below `to`, in descending order of keys.
    pub(super) fn slots_below<'a>(&'a self, to: &str) -> impl Iterator<Item = Slot> + use<'a, T> {
        let (leaf, at) = self.position(to);
        let last = self
            .order
            .get(leaf)
            .into_iter()
            .flat_map(move |leaf| leaf[..at].iter().rev().copied());
        let rest = self.order[..leaf.min(self.order.len())]
            .iter()
            .rev()
            .flat_map(|leaf| leaf.iter().rev().copied());
        last.chain(rest)
    }

    /// All slots in ascending order of keys.
    pub(super) fn slots(&self) -> impl Iterator<Item = Slot> + '_ {
        self.order.iter().flat_map(|leaf| leaf.iter().copied())
    }

    /// All slots in descending order of keys.
    pub(super) fn slots_down(&self) -> impl Iterator<Item = Slot> + '_ {
        self.order
            .iter()
            .rev()
            .flat_map(|leaf| leaf.iter().rev().copied())
    }

    /// All rows in ascending order of keys.
    pub(super) fn rows(&self) -> impl Iterator<Item = &T> + '_ {
        self.slots().filter_map(|slot| self.get(slot))
    }

    /// The slots whose rows may differ between this table and a copy of it: those of the pages that the two do not share.
    pub(super) fn slots_changed(&self, other: &Self) -> impl Iterator<Item = Slot> + use<T> {
        let pages = self.pages.len().max(other.pages.len());
        let changed: Vec<usize> = (0..pages)
            .filter(|at| match (self.pages.get(*at), other.pages.get(*at)) {
                (Some(one), Some(other)) => !Arc::ptr_eq(one, other),
                _ => true,
            })
            .collect();
        let slots = changed
            .into_iter()
            .flat_map(|page| page * PAGE_ROWS..(page + 1) * PAGE_ROWS);
        slots.filter_map(|slot| Slot::try_from(slot).ok())
    }

    /// Number of rows whose key begins with `prefix`.
    pub(super) fn count_prefix(&self, prefix: &str) -> usize {
        // The byte after the prefix's last sorts above every key that begins with it.
        let mut end = prefix.as_bytes().to_vec();
        if let Some(last) = end.last_mut() {
            *last += 1;
        }
        let end = String::from_utf8(end).unwrap_or_default();
        self.rank(&end) - self.rank(prefix)
    }

    /// Number of keys below `key`.
    fn rank(&self, key: &str) -> usize {
        let (leaf, at) = self.position(key);
        self.order[..leaf.min(self.order.len())]
            .iter()
            .map(|leaf| leaf.len())
            .sum::<usize>()
            + at
    }

    fn key_of(&self, slot: Slot) -> &str {
        self.get(slot).map_or("", TableRow::key)
    }

    /// The position of a key, or where it would be inserted: leaf and index in it. The index is past a leaf's end only after the last key.
    fn position(&self, key: &str) -> (usize, usize) {
        // Rows are often written in order: then each key is the last, and no search is needed.
        if let Some(leaf) = self.order.last()
            && leaf.last().is_some_and(|slot| self.key_of(*slot) < key)
        {
            return (self.order.len() - 1, leaf.len());
        }
        let above = self
            .order
            .partition_point(|leaf| leaf.first().is_some_and(|slot| self.key_of(*slot) <= key));
        let leaf = above.saturating_sub(1);
        let at = self
            .order
            .get(leaf)
            .map_or(0, |leaf| leaf.partition_point(|slot| self.key_of(*slot) < key));
        let past_leaf =
            self.order.get(leaf).is_some_and(|slots| at == slots.len()) && leaf + 1 < self.order.len();
        if past_leaf { (leaf + 1, 0) } else { (leaf, at) }
    }

    fn next_slot(&self) -> Slot {
        let full = self.pages.len().saturating_sub(1) * PAGE_ROWS;
        Slot::try_from(full + self.pages.last().map_or(0, |page| page.len())).unwrap_or(Slot::MAX)
    }

    fn set(&mut self, slot: Slot, row: Option<T>) {
        let (page, at) = (slot as usize / PAGE_ROWS, slot as usize % PAGE_ROWS);
        if page == self.pages.len() {
            self.pages.push(Arc::new(Vec::with_capacity(PAGE_ROWS)));
        }
        let rows = Arc::make_mut(&mut self.pages[page]);
        if at < rows.len() {
            rows[at] = row;
        } else {
            rows.push(row);
        }
    }

    fn insert_at(&mut self, leaf: usize, at: usize, slot: Slot) {
        let Some(slots) = self.order.get_mut(leaf) else {
            self.order.push(Arc::new(vec![slot]));
            return;
        };
        let slots = Arc::make_mut(slots);
        slots.insert(at, slot);
        if slots.len() > LEAF_MAX {
            let upper = slots.split_off(LEAF_MAX / 2);
            self.order.insert(leaf + 1, Arc::new(upper));
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::*;

    #[derive(Clone, Debug, PartialEq)]
    struct TestRow(String, u32);
    impl TableRow for TestRow {
        fn key(&self) -> &str {
            &self.0
        }
    }

    proptest! {
        #[test]
        fn a_table_is_a_sorted_map(steps in prop::collection::vec((any::<bool>(), 0..2000_u32, any::<u32>()), 1..3000), from in 0..2000_u32) {
            let mut table = SlotTable::default();
            let mut model = BTreeMap::new();
            let mut before = None;
            for (i, (put, key, value)) in steps.iter().enumerate() {
                let key = format!("k{key:04}");
                if *put {
                    table.put(TestRow(key.clone(), *value));
                    model.insert(key, *value);
                } else {
                    prop_assert_eq!(table.remove(&key).map(|row| row.1), model.remove(&key));
                }
                if i == steps.len() / 2 {
                    before = Some((table.clone(), model.clone()));
                }
            }
            for (table, model) in before.into_iter().chain([(table, model)]) {
                let from = format!("k{from:04}");
                let key = |slot: Slot| table.get(slot).unwrap().0.clone();
                prop_assert_eq!(table.len(), model.len());
                prop_assert!(table.rows().map(|row| (&row.0, &row.1)).eq(model.iter()));
                prop_assert!(table.slots_from(&from).map(key).eq(model.range(from.clone()..).map(|(k, _)| k.clone())));
                prop_assert!(table.slots_below(&from).map(key).eq(model.range(..from.clone()).rev().map(|(k, _)| k.clone())));
                prop_assert!(table.slots_down().map(key).eq(model.keys().rev().cloned()));
                prop_assert_eq!(table.row(&from).map(|row| row.1), model.get(&from).copied());
                prop_assert_eq!(table.count_prefix("k01"), model.keys().filter(|k| k.starts_with("k01")).count());
            }
        }
    }
}
