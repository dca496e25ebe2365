//! Suggestions for misspelled words: the nearest known spelling.
//!
//! The distance is the number of letters to add, remove, change or swap with a neighbor, ignoring case. A
//! text that is far from all spellings gets no suggestion, because a wrong guess is worse than none.

/// Finds spellings near a text.
pub(super) struct Speller {
    /// In lower case.
    text: String,
    max: usize,
}

impl Speller {
    /// Creates a speller for a text.
    pub(super) fn new(text: &str) -> Self {
        let max = (text.chars().count() / 3).clamp(1, 3);
        Self::within(text, max)
    }

    fn within(text: &str, max: usize) -> Self {
        let text = text.to_ascii_lowercase();
        Self { text, max }
    }

    /// The distance of another spelling, in letters; `None` if it exceeds the limit.
    pub(super) fn distance(&self, other: &str) -> Option<usize> {
        // The length alone excludes most spellings. A letter has at most four bytes.
        if other.len().abs_diff(self.text.len()) > self.max.saturating_mul(4) {
            return None;
        }
        Some(strsim::osa_distance(&self.text, &other.to_ascii_lowercase()))
            .filter(|distance| *distance <= self.max)
    }

    /// The nearest spelling; the first of several at the same distance.
    pub(super) fn nearest<'a>(&self, among: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
        let near = among
            .into_iter()
            .filter_map(|other| Some((self.distance(other)?, other)));
        near.min_by_key(|(distance, _)| *distance).map(|(_, other)| other)
    }
}

/// The nearest spelling, if it is near enough to be meant.
pub fn nearest<'a>(text: &str, among: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    Speller::new(text).nearest(among)
}

/// A suggestion for a text that is not in a closed list: the nearest value, or all values.
pub fn suggest<'a>(text: &str, among: impl Iterator<Item = &'a str> + Clone) -> String {
    match nearest(text, among.clone()) {
        Some(near) => format!("did you mean {near}?"),
        None => format!("one of {}", among.collect::<Vec<_>>().join(", ")),
    }
}

/// The closest spelling, however far: for a message that must name one.
pub fn closest<'a>(text: &str, among: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    const ANY: usize = 1000;
    Speller::within(text, ANY).nearest(among)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_is_found_and_a_far_one_is_not() {
        assert_eq!(
            nearest("fund:angle", ["fund:mother", "fund:angel"]),
            Some("fund:angel")
        );
        assert_eq!(nearest("soruce_id", ["source_id", "share"]), Some("source_id"));
        assert_eq!(nearest("exact", ["EXACT", "RANGE"]), Some("EXACT"));
        assert_eq!(nearest("colour", ["share", "under"]), None);
        assert_eq!(closest("colour", ["share", "under"]), Some("under"));
        assert_eq!(nearest("", ["share"]), None);
        assert_eq!(Speller::new("kitten").distance("sitting"), None);
        assert_eq!(Speller::new("abcdefghij").distance("abdcefghi"), Some(2));
    }
}
