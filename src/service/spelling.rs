//! Suggestions for misspelled words: the nearest of some spellings.
//!
//! Nearness is the number of letters to add, drop, change or swap with a neighbour, whatever their case. A text that
//! is far from all of them gets no suggestion: a wild guess costs the reader more than none.

/// Finds spellings near to one text.
pub(super) struct Speller {
    /// In lower case.
    text: String,
    max: usize,
}

impl Speller {
    /// A speller for a text as it was written.
    pub(super) fn new(text: &str) -> Self {
        let max = (text.chars().count() / 3).clamp(1, 3);
        Self::within(text, max)
    }

    fn within(text: &str, max: usize) -> Self {
        let text = text.to_ascii_lowercase();
        Self { text, max }
    }

    /// Distance of another spelling, in letters; none where it is over the limit.
    pub(super) fn distance(&self, other: &str) -> Option<usize> {
        // The lengths alone keep most spellings out. A letter has at most four bytes.
        if other.len().abs_diff(self.text.len()) > self.max.saturating_mul(4) {
            return None;
        }
        Some(strsim::osa_distance(&self.text, &other.to_ascii_lowercase()))
            .filter(|distance| *distance <= self.max)
    }

    /// The nearest of some spellings; of several as near, the first.
    pub(super) fn nearest<'a>(&self, among: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
        let near = among
            .into_iter()
            .filter_map(|other| Some((self.distance(other)?, other)));
        near.min_by_key(|(distance, _)| *distance).map(|(_, other)| other)
    }
}

/// The nearest of some spellings, where one is near enough to be meant.
pub fn nearest<'a>(text: &str, among: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    Speller::new(text).nearest(among)
}

/// What to write in place of a text that is none of a closed list: the nearest of it, or all.
pub fn suggest<'a>(text: &str, among: impl Iterator<Item = &'a str> + Clone) -> String {
    match nearest(text, among.clone()) {
        Some(near) => format!("did you mean {near}?"),
        None => format!("one of {}", among.collect::<Vec<_>>().join(", ")),
    }
}

/// The least far of some spellings, however far: for a message that must name one.
pub fn least_far<'a>(text: &str, among: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
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
        assert_eq!(least_far("colour", ["share", "under"]), Some("under"));
        assert_eq!(nearest("", ["share"]), None);
        assert_eq!(Speller::new("kitten").distance("sitting"), None);
        assert_eq!(Speller::new("abcdefghij").distance("abdcefghi"), Some(2));
    }
}
