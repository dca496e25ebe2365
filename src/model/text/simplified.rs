//! Conversion of traditional to simplified characters, so that 復旦 and 复旦 are the same text in a search.
//!
//! By character and not by phrase, so that a part of a text is converted as in the text, which the tokens and the ranges of a
//! highlight rely on. A phrase would tell 乾隆 from 乾燥; here 乾 is 干 in both, on both sides of
//! a search. The table is data from Open Chinese Convert; the crates that carry it bring phrases and megabytes too.

use std::sync::LazyLock;

/// Pairs, sorted by the traditional character.
static PAIRS: LazyLock<Vec<(char, char)>> = LazyLock::new(|| {
    let lines = include_str!("simplified.txt").lines();
    lines
        .filter(|line| !line.starts_with('#'))
        .flat_map(str::split_whitespace)
        .filter_map(|pair| {
            let mut chars = pair.chars();
            Some((chars.next()?, chars.next()?))
        })
        .collect()
});

/// The simplified form of a character; other characters are returned unchanged. Idempotent.
pub(super) fn simplified(c: char) -> char {
    // Below are no Chinese characters.
    if c < '\u{3400}' {
        return c;
    }
    let found = PAIRS.binary_search_by_key(&c, |(traditional, _)| *traditional);
    found
        .ok()
        .and_then(|at| PAIRS.get(at))
        .map_or(c, |(_, simple)| *simple)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_whole_and_folds_once() {
        assert_eq!(PAIRS.len(), 4105);
        assert!(PAIRS.is_sorted_by(|a, b| a.0 < b.0));
        for (traditional, simple) in PAIRS.iter() {
            assert_eq!(
                (simplified(*traditional), simplified(*simple)),
                (*simple, *simple)
            );
            assert!(*traditional >= '\u{3400}' && traditional != simple);
        }
        assert_eq!(
            ['復', '崑', '滬', '昆', 'a', 'ア'].map(simplified),
            ['复', '昆', '沪', '昆', 'a', 'ア']
        );
    }
}
