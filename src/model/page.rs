//! Pages by keyset: a cursor is the key of a row, so it works after its row is gone.

/// The page size where none is asked for.
pub const PAGE_DEFAULT: usize = 100;
/// The largest page.
pub const PAGE_MAX: usize = 1000;

/// Which rows of a sorted list: up to `limit`, strictly after `after` and strictly before `before`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct PageRequest<K> {
    /// How many at most; 0 asks only what lies around.
    pub limit: usize,
    /// From the end of the range backwards, in list order all the same.
    pub from_end: bool,
    /// Rows after this key.
    pub after: Option<K>,
    /// Rows before this key.
    pub before: Option<K>,
}

impl<K> PageRequest<K> {
    /// The first rows.
    pub fn first(limit: usize) -> Self {
        Self {
            limit,
            from_end: false,
            after: None,
            before: None,
        }
    }
}

/// Some rows of a sorted list, in list order, and whether there are others on either side.
///
/// Where a page goes on, what counts is the range between `after` and `before`, as Relay's algorithms have it: a client that
/// pages through a range comes to its end. Behind it, what counts is the key it began at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page<T> {
    /// The rows.
    pub items: Vec<T>,
    /// Forward: whether a row stands at `after` or before it. From the end: whether the range has rows before the page.
    pub has_previous: bool,
    /// Forward: whether the range has rows behind the page. From the end: whether a row stands at `before` or behind it.
    pub has_next: bool,
}

impl<T> Page<T> {
    /// No rows of an empty list.
    pub fn empty() -> Self {
        Self {
            items: Vec::new(),
            has_previous: false,
            has_next: false,
        }
    }

    /// The same page of other items, those that have none left out.
    pub fn filter_map<U>(self, f: impl FnMut(T) -> Option<U>) -> Page<U> {
        Page {
            items: self.items.into_iter().filter_map(f).collect(),
            has_previous: self.has_previous,
            has_next: self.has_next,
        }
    }

    /// The same page of other items.
    pub fn map<U>(self, f: impl FnMut(T) -> U) -> Page<U> {
        Page {
            items: self.items.into_iter().map(f).collect(),
            has_previous: self.has_previous,
            has_next: self.has_next,
        }
    }
}

/// Cuts a page out of a whole list that is sorted by `key`.
pub fn page_of_sorted<T: Clone, K: Ord>(
    list: &[T],
    key: impl Fn(&T) -> K,
    request: &PageRequest<K>,
) -> Page<T> {
    let start = request
        .after
        .as_ref()
        .map_or(0, |after| list.partition_point(|item| key(item) <= *after));
    let behind = request.before.as_ref().map_or(list.len(), |before| {
        list.partition_point(|item| key(item) < *before)
    });
    // A range turned round holds nothing.
    let end = behind.max(start);
    let (from, to) = if request.from_end {
        (end.saturating_sub(request.limit).max(start), end)
    } else {
        (start, start.saturating_add(request.limit).min(end))
    };
    let (has_previous, has_next) = if request.from_end {
        (from > start, behind < list.len())
    } else {
        (start > 0, to < end)
    };
    Page {
        items: list[from..to].to_vec(),
        has_previous,
        has_next,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_says_truly_what_lies_around_it() {
        let list = [1, 3, 5, 7];
        let page = |request: PageRequest<i32>| page_of_sorted(&list, |x| *x, &request);
        let all = |limit, from_end, after, before| {
            page(PageRequest {
                limit,
                from_end,
                after,
                before,
            })
        };
        assert_eq!(
            all(2, false, None, None),
            Page {
                items: vec![1, 3],
                has_previous: false,
                has_next: true
            }
        );
        assert_eq!(
            all(2, true, None, None),
            Page {
                items: vec![5, 7],
                has_previous: true,
                has_next: false
            }
        );
        assert_eq!(
            all(9, false, Some(2), None),
            Page {
                items: vec![3, 5, 7],
                has_previous: true,
                has_next: false
            }
        );
        assert_eq!(
            all(1, true, None, Some(5)),
            Page {
                items: vec![3],
                has_previous: true,
                has_next: true
            }
        );
        assert_eq!(
            all(0, false, None, None),
            Page {
                items: vec![],
                has_previous: false,
                has_next: true
            }
        );
        assert_eq!(
            all(5, false, Some(7), None),
            Page {
                items: vec![],
                has_previous: true,
                has_next: false
            }
        );
        // A range has an end, though the list goes on behind it.
        assert_eq!(
            all(5, false, Some(1), Some(7)),
            Page {
                items: vec![3, 5],
                has_previous: true,
                has_next: false
            }
        );
        assert_eq!(
            all(5, true, Some(1), Some(7)),
            Page {
                items: vec![3, 5],
                has_previous: false,
                has_next: true
            }
        );
    }
}
