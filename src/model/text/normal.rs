//! One spelling for what a reader takes for the same text: full and half width, upper and lower case, traditional and
//! simplified characters, white space.

use std::ops::Range;

use unicode_normalization::char::{canonical_combining_class, decompose_compatible};
use unicode_normalization::{IsNormalized, UnicodeNormalization, is_nfkc_quick};

use super::simplified::simplified;

/// The text in NFKC, lower case and simplified characters, its white space trimmed and collapsed to single spaces.
/// Idempotent.
pub fn normalise(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut space = false;
    walk(text, |c, _| {
        if c.is_whitespace() {
            space = !out.is_empty();
            return;
        }
        if std::mem::take(&mut space) {
            out.push(' ');
        }
        out.push(simplified(c));
    });
    out
}

/// Whether `haystack` contains `needle`, whatever the case, width and script of either.
pub fn contains(haystack: &str, needle: &str) -> bool {
    contains_normalised(haystack, &normalise(needle))
}

/// [`contains`] for a needle that was normalised once, before a loop.
pub fn contains_normalised(haystack: &str, needle: &str) -> bool {
    needle.is_empty() || normalise(haystack).contains(needle)
}

/// Gives each character of the text in NFKC and lower case, with the range of code points of `text` it stands for.
///
/// The text is normalised piece by piece, which is what keeps the ranges; a piece ends only where nothing after it can
/// combine with it, so the pieces together are the normalised whole.
pub(super) fn walk(text: &str, mut emit: impl FnMut(char, Range<usize>)) {
    let mut chars = text.char_indices().enumerate().peekable();
    while let Some((start, (from, c))) = chars.next() {
        let (mut end, mut to) = (start + 1, from + c.len_utf8());
        while let Some((_, (at, next))) = chars.next_if(|(_, (_, next))| !begins_piece(*next)) {
            (end, to) = (end + 1, at + next.len_utf8());
        }
        if end == start + 1 && is_plain(c) {
            emit(c.to_ascii_lowercase(), start..end);
        } else {
            // Lower case can undo a composition, as with İ: hence the second time.
            text[from..to]
                .nfkc()
                .flat_map(char::to_lowercase)
                .nfkc()
                .for_each(|c| emit(c, start..end));
        }
    }
}

/// Whether normalising changes nothing about it but the case: nearly every character there is in names.
fn is_plain(c: char) -> bool {
    c.is_ascii() || ('\u{4E00}'..='\u{9FFF}').contains(&c)
}

fn begins_piece(c: char) -> bool {
    if is_plain(c) {
        return true;
    }
    let mut first = None;
    decompose_compatible(c, |part| first = first.or(Some(part)));
    let first = first.unwrap_or(c);
    canonical_combining_class(first) == 0 && is_nfkc_quick(std::iter::once(first)) != IsNormalized::Maybe
}
