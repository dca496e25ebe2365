//! Did you mean: the nearest of some spellings.
//!
//! Nearness is the number of letters to add, drop, change or swap with a neighbour, whatever their case. A text that
//! is far from all of them gets no suggestion: a wild guess costs the reader more than none.

/// Finds spellings near to one text. It keeps its working memory, for it may be asked about many thousands.
pub(super) struct Speller {
    text: Vec<u8>,
    max: usize,
    rows: [Vec<usize>; 3],
}

impl Speller {
    /// For a text as somebody wrote it.
    pub(super) fn new(text: &str) -> Self {
        let max = (text.len() / 3).clamp(1, 3);
        Self::within(text, max)
    }

    fn within(text: &str, max: usize) -> Self {
        let text = text.to_ascii_lowercase().into_bytes();
        let row = vec![0; text.len() + 1];
        Self {
            max,
            rows: [row.clone(), row.clone(), row],
            text,
        }
    }

    /// How far another spelling is; none where it is too far to be meant.
    pub(super) fn distance(&mut self, other: &str) -> Option<usize> {
        let other = other.as_bytes();
        if other.len().abs_diff(self.text.len()) > self.max {
            return None;
        }
        for (j, cell) in self.rows[1].iter_mut().enumerate() {
            *cell = j;
        }
        for i in 1..=other.len() {
            let letter = other[i - 1].to_ascii_lowercase();
            let [before, above, here] = &mut self.rows;
            here[0] = i;
            for j in 1..=self.text.len() {
                let change = usize::from(letter != self.text[j - 1]);
                let mut best = (above[j] + 1).min(here[j - 1] + 1).min(above[j - 1] + change);
                let swapped = i > 1
                    && j > 1
                    && letter == self.text[j - 2]
                    && other[i - 2].to_ascii_lowercase() == self.text[j - 1];
                if swapped {
                    best = best.min(before[j - 2] + 1);
                }
                here[j] = best;
            }
            if here.iter().all(|cell| *cell > self.max) {
                return None;
            }
            self.rows.rotate_left(1);
        }
        Some(self.rows[1][self.text.len()]).filter(|distance| *distance <= self.max)
    }

    /// The nearest of some spellings; of several as near, the first.
    pub(super) fn nearest<'a>(&mut self, among: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
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
