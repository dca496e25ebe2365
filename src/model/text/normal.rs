//! Filtering by a part of a name.

use super::fold::fold;
use super::letters::Letters;
use super::simplified::simplified;
use super::tokens::{QUERY_TOKENS_MAX, push_query_tokens};

/// The text folded, in simplified characters, its white space trimmed and collapsed to single spaces. Idempotent.
pub fn normalize_name(text: &str) -> String {
    spelled(text, false).0
}

/// The text as by [`normalize_name`], and whether it has letters with marks; with `without_marks`, those are spelled without marks.
fn spelled(text: &str, without_marks: bool) -> (String, bool) {
    let mut out = String::with_capacity(text.len());
    let (mut space, mut any) = (false, false);
    fold(text, |folded, _| {
        if folded.letter.is_whitespace() {
            space = !out.is_empty();
            return;
        }
        if std::mem::take(&mut space) {
            out.push(' ');
        }
        out.push(simplified(folded.letter));
        any |= folded.also.is_some();
        out.extend(folded.also.filter(|_| without_marks));
    });
    (out, any)
}

/// The spellings of a name, one per line, in which [`NameFilter::words`] are searched.
pub fn spellings(name: &str) -> String {
    match spelled(name, false) {
        (plain, true) => format!("{plain}\n{}", spelled(name, true).0),
        (plain, false) => plain,
    }
}

/// A filter for names that contain each of its words, in any order, case, width, script and spelling.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NameFilter {
    words: Vec<String>,
}

impl NameFilter {
    /// A filter from a text.
    pub fn of(text: &str) -> Self {
        let words = normalize_name(text);
        Self {
            words: words.split_whitespace().map(str::to_string).collect(),
        }
    }

    /// The words that one name must contain, as given by [`spellings`].
    pub fn words(&self) -> &[String] {
        &self.words
    }

    /// Whether a name matches.
    pub fn matches(&self, name: &str) -> bool {
        if self.words.is_empty() {
            return true;
        }
        let name = spellings(name);
        self.words.iter().all(|word| name.contains(word.as_str()))
    }

    /// Tokens that every matching name has; empty if none is certain, as for two Latin letters that may be inside a word.
    pub fn tokens(&self) -> Vec<String> {
        let mut tokens = Vec::new();
        for word in &self.words {
            let letters = Letters::of(word);
            for part in letters.chars.chunk_by(|a, b| a.is_ascii() == b.is_ascii()) {
                if part.len() > 2 || !part[0].is_ascii() {
                    push_query_tokens(part, &mut tokens);
                }
            }
        }
        tokens.truncate(QUERY_TOKENS_MAX);
        tokens
    }
}
