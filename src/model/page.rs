//! Keyset pagination: a cursor is the key of a row, so it stays valid after the row is deleted.

/// The default page size.
pub const PAGE_DEFAULT: usize = 100;
/// The maximum page size.
pub const PAGE_MAX: usize = 1000;

/// A request for rows of a sorted list: up to `limit`, strictly after `after` and strictly before `before`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct PageRequest<K> {
    /// Maximum number of rows; 0 requests only `has_previous` and `has_next`.
    pub limit: usize,
    /// Whether to take the last rows of the range instead of the first; they are still in list order.
    pub from_end: bool,
    /// The key before the range.
    pub after: Option<K>,
    /// The key behind the range.
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
/// In the direction of paging, only the range between `after` and `before` counts, as in Relay's algorithms, so that a client that
/// pages through a range reaches its end. In the other direction, all rows of the list count.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page<T> {
    /// The rows.
    pub items: Vec<T>,
    /// Forward: whether there is a row at or before `after`. From the end: whether the range has rows before the page.
    pub has_previous: bool,
    /// Forward: whether the range has rows after the page. From the end: whether there is a row at or after `before`.
    pub has_next: bool,
}

impl<T> Page<T> {
    /// The page of an empty list.
    pub fn empty() -> Self {
        Self {
            items: Vec::new(),
            has_previous: false,
            has_next: false,
        }
    }

    /// The page with its items mapped and filtered.
    pub fn filter_map<U>(self, f: impl FnMut(T) -> Option<U>) -> Page<U> {
        Page {
            items: self.items.into_iter().filter_map(f).collect(),
            has_previous: self.has_previous,
            has_next: self.has_next,
        }
    }

    /// The page with its items mapped.
    pub fn map<U>(self, f: impl FnMut(T) -> U) -> Page<U> {
        Page {
            items: self.items.into_iter().map(f).collect(),
            has_previous: self.has_previous,
            has_next: self.has_next,
        }
    }
}

/// The page of a complete list that is sorted by `key`.
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
    // An inverted range is empty.
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
    fn a_page_says_whether_there_are_rows_around_it() {
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
