//! Pages of lists: scanned from the cursor of a sorted list, or picked from unsorted rows.

use std::cmp::Ordering;

use super::table::Slot;
use crate::model::job::{self, Paced as _};
use crate::model::page::{Page, PageRequest};

/// The rows that pass, with their keys, in one direction.
pub(super) type KeyedSlots<'a> = Box<dyn Iterator<Item = (&'a str, Slot)> + 'a>;

/// A list sorted by key that can be scanned from any key.
pub(super) struct SortedScan<'f, 'a> {
    /// The rows whose key is not below this, ascending.
    pub(super) up: &'f dyn Fn(&str) -> KeyedSlots<'a>,
    /// The rows whose key is below this, or all, descending.
    pub(super) down: &'f dyn Fn(Option<&str>) -> KeyedSlots<'a>,
}

impl SortedScan<'_, '_> {
    /// A page. Reads no more rows than it needs to fill the page.
    pub(super) fn page(
        &self,
        after: Option<&str>,
        before: Option<&str>,
        limit: usize,
        from_end: bool,
    ) -> Page<Slot> {
        let above_after = |row: &(&str, Slot)| after.is_none_or(|after| row.0 > after);
        let below_before = |row: &(&str, Slot)| before.is_none_or(|before| row.0 < before);
        let (mut rows, more) = if from_end {
            first_of((self.down)(before).take_while(above_after), limit)
        } else {
            let above = (self.up)(after.unwrap_or_default()).filter(above_after);
            first_of(above.take_while(below_before), limit)
        };
        let up_to = |edge: &str| {
            (self.down)(Some(edge)).next().is_some()
                || (self.up)(edge).next().is_some_and(|row| row.0 == edge)
        };
        let (has_previous, has_next) = if from_end {
            rows.reverse();
            (more, before.is_some_and(|edge| (self.up)(edge).next().is_some()))
        } else {
            (after.is_some_and(up_to), more)
        };
        Page {
            items: rows.into_iter().map(|row| row.1).collect(),
            has_previous,
            has_next,
        }
    }
}

/// The first items, and whether there are more.
fn first_of<T>(mut items: impl Iterator<Item = T>, limit: usize) -> (Vec<T>, bool) {
    let first = items.by_ref().take(limit).paced().collect();
    (first, items.next().is_some())
}

/// The page of unsorted rows with keys: only the rows on the page are sorted.
pub(super) fn pick_page<K>(
    rows: Vec<(K, Slot)>,
    page: &PageRequest<K>,
    compare: impl Fn(&K, &K) -> Ordering,
) -> Page<(K, Slot)> {
    let is_after = |key: &K| {
        page.after
            .as_ref()
            .is_none_or(|after| compare(key, after).is_gt())
    };
    let is_before = |key: &K| {
        page.before
            .as_ref()
            .is_none_or(|before| compare(key, before).is_lt())
    };
    let (mut rows, around): (Vec<_>, Vec<_>) = rows
        .into_iter()
        .paced()
        .partition(|(key, _)| is_after(key) && is_before(key));
    let in_front = around.iter().paced().any(|(key, _)| !is_after(key));
    let behind = around.iter().paced().any(|(key, _)| !is_before(key));
    let by_key = job::by(|a: &(K, Slot), b: &(K, Slot)| compare(&a.0, &b.0));
    let left_out = rows.len().saturating_sub(page.limit);
    if left_out > 0 && page.from_end {
        rows.select_nth_unstable_by(left_out - 1, &by_key);
        rows.drain(..left_out);
    } else if left_out > 0 {
        rows.select_nth_unstable_by(page.limit, &by_key);
        rows.truncate(page.limit);
    }
    rows.sort_by(by_key);
    let (has_previous, has_next) = if page.from_end {
        (left_out > 0, behind)
    } else {
        (in_front, left_out > 0)
    };
    Page {
        items: rows,
        has_previous,
        has_next,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::model::page::page_of_sorted;

    proptest! {
        /// Scanning and picking give the same page as cutting the whole sorted list.
        #[test]
        fn both_ways_agree_with_the_plain_one(
            keys in prop::collection::btree_set("[a-e]{1,2}", 0..12), limit in 0..6_usize, from_end: bool,
            after in prop::option::of("[a-e]{1,2}"), before in prop::option::of("[a-e]{1,2}"),
        ) {
            let rows: Vec<(String, Slot)> = keys.into_iter().zip(0..).collect();
            let request = PageRequest { limit, from_end, after, before };
            let plain = page_of_sorted(&rows, |row| row.0.clone(), &request);
            let up = |from: &str| -> KeyedSlots<'_> {
                let from = from.to_string();
                Box::new(rows.iter().filter(move |row| row.0 >= from).map(|row| (row.0.as_str(), row.1)))
            };
            let down = |to: Option<&str>| -> KeyedSlots<'_> {
                let to = to.map(str::to_string);
                Box::new(rows.iter().rev().filter(move |row| to.as_ref().is_none_or(|to| row.0 < *to)).map(|row| (row.0.as_str(), row.1)))
            };
            let walked = SortedScan { up: &up, down: &down }.page(request.after.as_deref(), request.before.as_deref(), limit, from_end);
            prop_assert_eq!(&walked, &plain.clone().map(|row| row.1));
            let mut shuffled = rows.clone();
            shuffled.reverse();
            prop_assert_eq!(pick_page(shuffled, &request, Ord::cmp), plain);
        }
    }
}
