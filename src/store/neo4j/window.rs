//! Keyset pages in Cypher: what is asked of the index, and what the rows that come back say of the page.

use std::borrow::Borrow;

use crate::model::page::{Page, PageRequest};

/// The part of a list that a page is cut out of, in keys that sort as bytes, and what is asked beside it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Window {
    /// Rows above this key.
    pub(super) above: String,
    /// Rows below this key.
    pub(super) below: String,
    /// One row more than the page has: whether there is another.
    pub(super) limit: i64,
    /// From the end backwards.
    pub(super) descending: bool,
    /// Whether rows may stand before the window, and must be looked for up to this key.
    pub(super) before: Option<String>,
    /// Whether rows may stand behind it, and must be looked for from this key.
    pub(super) behind: Option<String>,
}

/// Below every id, and above every id: ids are letters, digits and `. _ - : /`.
pub(super) const LEAST: &str = "";
/// See [`LEAST`].
pub(super) const GREATEST: &str = "~";

impl Window {
    /// The window of a page of ids.
    pub(super) fn of<K: Borrow<str>>(page: &PageRequest<K>) -> Self {
        let text = |key: &Option<K>| key.as_ref().map(|key| key.borrow().to_string());
        let (after, before) = (text(&page.after), text(&page.before));
        // A range turned round holds nothing, and what stands behind it begins after its first key.
        let crossed = after
            .as_ref()
            .zip(before.as_ref())
            .is_some_and(|(after, before)| before <= after);
        let above = after.clone().unwrap_or_else(|| LEAST.into());
        let below = if crossed {
            above.clone()
        } else {
            before.clone().unwrap_or_else(|| GREATEST.into())
        };
        let behind = if crossed {
            after.as_deref().map(just_above)
        } else {
            before
        };
        Self {
            above,
            below,
            limit: i64::try_from(page.limit).unwrap_or(i64::MAX - 1) + 1,
            descending: page.from_end,
            before: after,
            behind,
        }
    }
}

/// One part of a page: the rows, or whether there are any before or behind them.
pub(super) struct Branch {
    pub(super) part: i64,
    pub(super) above: String,
    pub(super) below: String,
    pub(super) limit: i64,
    pub(super) descending: bool,
}

impl Window {
    /// What is asked for a page: its rows, and one row beside it where there may be any.
    pub(super) fn branches(&self) -> impl Iterator<Item = Branch> + '_ {
        let rows = Branch {
            part: 0,
            above: self.above.clone(),
            below: self.below.clone(),
            limit: self.limit,
            descending: self.descending,
        };
        let before = self.before.as_ref().map(|edge| Branch {
            part: 1,
            above: LEAST.into(),
            below: just_above(edge),
            limit: 1,
            descending: true,
        });
        let behind = self.behind.as_ref().map(|edge| Branch {
            part: 2,
            above: just_below(edge),
            below: GREATEST.into(),
            limit: 1,
            descending: false,
        });
        std::iter::once(rows).chain(before).chain(behind)
    }
}

/// A key above this one and below every other that is above it: `!` sorts below all that an id is made of.
pub(super) fn just_above(key: &str) -> String {
    format!("{key}!")
}

/// A key such that what is above it is the edge and all above that: no id stands between them.
pub(super) fn just_below(edge: &str) -> String {
    let mut key = edge.to_string();
    // Ids are ASCII and not empty; the last character less one, then the greatest there is.
    match key.pop() {
        Some(last) => {
            let less = char::from_u32(u32::from(last).saturating_sub(1)).unwrap_or(' ');
            format!("{key}{less}{GREATEST}")
        }
        None => key,
    }
}

/// The page of rows as they came, one more than it has where there is another.
pub(super) fn page<T>(
    mut rows: Vec<T>,
    limit: usize,
    descending: bool,
    before: bool,
    behind: bool,
) -> Page<T> {
    let more = rows.len() > limit;
    rows.truncate(limit);
    if descending {
        rows.reverse();
    }
    let (has_previous, has_next) = if descending {
        (more || before, behind)
    } else {
        (before, more || behind)
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
        /// What a store gives that holds itself to the window is the page of the whole list.
        #[test]
        fn a_window_gives_the_page_of_the_whole_list(
            keys in prop::collection::btree_set("[a-c]{1,2}", 0..9), limit in 0..5_usize, from_end: bool,
            after in prop::option::of("[a-c]{1,2}"), before in prop::option::of("[a-c]{1,2}"),
        ) {
            let list: Vec<String> = keys.into_iter().collect();
            let request = PageRequest { limit, from_end, after, before };
            let window = Window::of(&request);
            let mut rows: Vec<String> =
                list.iter().filter(|key| **key > window.above && **key < window.below).cloned().collect();
            if window.descending {
                rows.reverse();
            }
            rows.truncate(usize::try_from(window.limit).unwrap_or(0));
            let before = window.before.as_ref().is_some_and(|edge| list.iter().any(|key| key <= edge));
            let behind = window.behind.as_ref().is_some_and(|edge| list.iter().any(|key| key >= edge));
            let page = page(rows, limit, window.descending, before, behind);
            prop_assert_eq!(page, page_of_sorted(&list, String::clone, &request));
        }
    }
}
