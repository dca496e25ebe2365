//! Keyset pages in Cypher: the ranges of an index that a page needs, and the page made of the returned rows.

use std::borrow::Borrow;

use crate::model::page::{Page, PageRequest};
use crate::store::StoreResult;
use crate::store::neo4j::driver::statement::{CypherStatement, cypher};

/// The range of keys of a page, and the edges beyond which the existence of a row is tested.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::store) struct PageWindow {
    /// Rows above this key.
    pub(in crate::store) above: String,
    /// Rows below this key.
    pub(in crate::store) below: String,
    /// One row more than the page may have, to see whether there are more.
    pub(in crate::store) limit: i64,
    /// Whether it is read from the end.
    pub(in crate::store) descending: bool,
    /// The key up to which a row before the window is looked for; only if the page is read forward.
    pub(in crate::store) before: Option<String>,
    /// The key from which a row behind the window is looked for; only if the page is read from the end.
    pub(in crate::store) behind: Option<String>,
}

/// A key below every id: ids consist of letters, digits and `. _ - : /`.
pub(in crate::store) const LEAST: &str = "";
/// A key above every id; see [`LEAST`].
pub(in crate::store) const GREATEST: &str = "~";

impl PageWindow {
    /// The window of a page of ids.
    pub(in crate::store) fn of<K: Borrow<str>>(page: &PageRequest<K>) -> Self {
        let text = |key: &Option<K>| key.as_ref().map(|key| key.borrow().to_string());
        let (after, before) = (text(&page.after), text(&page.before));
        Self {
            above: after.clone().unwrap_or_else(|| LEAST.into()),
            below: before.clone().unwrap_or_else(|| GREATEST.into()),
            limit: i64::try_from(page.limit).unwrap_or(i64::MAX - 1) + 1,
            descending: page.from_end,
            before: after.filter(|_| !page.from_end),
            behind: before.filter(|_| page.from_end),
        }
    }
}

/// One query of a page: its rows, or one row before or behind them.
pub(in crate::store) struct PageBranch {
    pub(in crate::store) part: i64,
    pub(in crate::store) above: String,
    pub(in crate::store) below: String,
    pub(in crate::store) limit: i64,
    pub(in crate::store) descending: bool,
}

impl PageWindow {
    /// The queries of a page: its rows, and one row before or behind them if there may be any.
    pub(in crate::store) fn branches(&self) -> impl Iterator<Item = PageBranch> + '_ {
        let rows = PageBranch {
            part: 0,
            above: self.above.clone(),
            below: self.below.clone(),
            limit: self.limit,
            descending: self.descending,
        };
        let before = self.before.as_ref().map(|edge| PageBranch {
            part: 1,
            above: LEAST.into(),
            below: just_above(edge),
            limit: 1,
            descending: true,
        });
        let behind = self.behind.as_ref().map(|edge| PageBranch {
            part: 2,
            above: just_below(edge),
            below: GREATEST.into(),
            limit: 1,
            descending: false,
        });
        std::iter::once(rows).chain(before).chain(behind)
    }
}

/// The next key above a key: `!` sorts below all characters of ids.
pub(in crate::store) fn just_above(key: &str) -> String {
    format!("{key}!")
}

/// A key directly below an edge: no id is between them.
pub(in crate::store) fn just_below(edge: &str) -> String {
    let mut key = edge.to_string();
    // Ids are ASCII and not empty: the last character is decremented, and the greatest key appended.
    match key.pop() {
        Some(last) => {
            let less = char::from_u32(u32::from(last).saturating_sub(1)).unwrap_or(' ');
            format!("{key}{less}{GREATEST}")
        }
        None => key,
    }
}

/// The page of some rows in the order of the query, of which there may be one more than the page has.
pub(in crate::store) fn page<T>(
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
        (more, behind)
    } else {
        (before, more)
    };
    Page {
        items: rows,
        has_previous,
        has_next,
    }
}

/// The union of the statements for all queries of a page.
pub(in crate::store) fn windowed(statement: &CypherStatement, window: &PageWindow) -> CypherStatement {
    let parts = window.branches().enumerate().map(|(at, branch)| {
        statement
            .clone()
            .fill("part", &branch.part.to_string())
            .fill("above", &format!("$above{at}"))
            .fill("below", &format!("$below{at}"))
            .fill("limit", &format!("$limit{at}"))
            .fill("direction", if branch.descending { "DESC" } else { "" })
            .with(&format!("above{at}"), branch.above)
            .with(&format!("below{at}"), branch.below)
            .with(&format!("limit{at}"), branch.limit)
    });
    let parts: Vec<CypherStatement> = parts.collect();
    CypherStatement::union(parts).unwrap_or_else(|| cypher!("nothing"))
}

/// The page made of the rows of its queries.
pub(in crate::store) fn page_of<T>(
    rows: &[(i64, String, String)],
    window: &PageWindow,
    limit: usize,
    read: impl Fn(&str, &str) -> StoreResult<T>,
) -> StoreResult<Page<T>> {
    let has = |part: i64| rows.iter().any(|row| row.0 == part);
    let of_page = rows.iter().filter(|row| row.0 == 0);
    let items = of_page
        .map(|(_, id, body)| read(id, body))
        .collect::<StoreResult<Vec<T>>>()?;
    Ok(page(items, limit, window.descending, has(1), has(2)))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::model::page::page_of_sorted;

    proptest! {
        /// The rows in the window make the page of the whole list.
        #[test]
        fn a_window_gives_the_page_of_the_whole_list(
            keys in prop::collection::btree_set("[a-c]{1,2}", 0..9), limit in 0..5_usize, from_end: bool,
            after in prop::option::of("[a-c]{1,2}"), before in prop::option::of("[a-c]{1,2}"),
        ) {
            let list: Vec<String> = keys.into_iter().collect();
            let request = PageRequest { limit, from_end, after, before };
            let window = PageWindow::of(&request);
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
