//! Search queries.

use super::letters::Letters;
use super::tokens::{QUERY_TOKENS_MAX, push_query_tokens};

/// Maximum length of a query in characters.
pub const QUERY_CHARS_MAX: usize = 200;

/// Why a text is not a valid query. The message is shown to the client.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SearchQueryError {
    /// It is empty.
    #[error(
        "the query is empty; write a part of a name, its pinyin or initials, or an id, as in 紫昆, zikun, zk"
    )]
    Empty,
    /// It has only marks.
    #[error(
        "`{0}` has neither a letter nor a digit; write a part of a name, its pinyin or initials, or an id"
    )]
    Marks(String),
    /// It is too long; its length in characters.
    #[error("the query has {0} characters (at most {QUERY_CHARS_MAX}); a part of the name is enough")]
    Length(usize),
}

/// A search query: words, each of which must match some name of an entity or its id.
///
/// A word ends at a space or a mark, and where ASCII meets another script: `紫昆park` is two words. A word in another
/// script matches as it is written, whatever spaces and marks a name has in between. An ASCII word matches
///
/// - inside a word of the name, if it has at least three letters: `dan` in Fudan;
/// - from the beginning of a word or character on, over as many as it takes, each by its spelling or any reading, the
///   last one possibly incomplete: `fudanuni`, `zikun`, `ziku`;
/// - as initials of adjacent units, if it has at least two letters: `zk`, `sjtu`.
#[derive(Clone, Debug)]
pub struct SearchQuery {
    words: Vec<Vec<char>>,
    phrase: Vec<char>,
    tokens: Vec<String>,
}

impl SearchQuery {
    /// Parses a query. Width, case, accents, and traditional or simplified characters make no difference.
    pub fn parse(text: &str) -> Result<Self, SearchQueryError> {
        let text = text.trim();
        let length = text.chars().count();
        if length == 0 {
            return Err(SearchQueryError::Empty);
        }
        if length > QUERY_CHARS_MAX {
            return Err(SearchQueryError::Length(length));
        }
        let letters = Letters::of(text);
        let mut words: Vec<Vec<char>> = Vec::new();
        for unit in &letters.units {
            let chars = letters.text(unit);
            match words.last_mut() {
                Some(word) if !unit.apart && word[0].is_ascii() == chars[0].is_ascii() => word.extend(chars),
                _ => words.push(chars.to_vec()),
            }
        }
        if words.is_empty() {
            return Err(SearchQueryError::Marks(text.to_string()));
        }
        let mut tokens = Vec::new();
        for word in &words {
            push_query_tokens(word, &mut tokens);
        }
        tokens.truncate(QUERY_TOKENS_MAX);
        Ok(Self {
            words,
            phrase: letters.chars,
            tokens,
        })
    }

    /// The tokens that every match has: at least one, at most [`QUERY_TOKENS_MAX`].
    pub fn tokens(&self) -> &[String] {
        &self.tokens
    }

    pub(super) fn words(&self) -> &[Vec<char>] {
        &self.words
    }

    /// All words concatenated.
    pub(super) fn phrase(&self) -> &[char] {
        &self.phrase
    }
}
