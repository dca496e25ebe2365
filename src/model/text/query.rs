//! What is searched for.

use super::letters::Letters;
use super::tokens::{QUERY_TOKENS_MAX, push_query_tokens};

/// The longest query, in characters.
pub const QUERY_CHARS_MAX: usize = 200;

/// Why a text is no query. The message is what the asker reads.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum QueryError {
    /// Nothing at all.
    #[error(
        "an empty query finds nothing: write a part of a name, its pinyin or initials, or an id, as in 紫昆, zikun, zk"
    )]
    Empty,
    /// Only marks.
    #[error(
        "`{0}` has neither a letter nor a digit: write a part of a name, its pinyin or initials, or an id"
    )]
    Marks(String),
    /// Too long.
    #[error("a query of {0} characters is too long: at most {QUERY_CHARS_MAX}; a part of the name is enough")]
    Length(usize),
}

/// What is searched for: words, each of which must be found in some name of an entity or in its id.
///
/// A word ends at a space or a mark, and where ASCII meets another script: `紫昆park` is two. One in another script is
/// found as it stands, whatever spaces and marks a name has in between. One in ASCII is found
///
/// - inside a word of the name, if it has three letters at least: `dan` in Fudan;
/// - from the beginning of a word or character on, over as many as it takes, each as it is spelled or by any reading, the
///   last perhaps begun only: `fudanuni`, `zikun`, `ziku`;
/// - as initials of neighbours, if it has two letters at least: `zk`, `sjtu`.
#[derive(Clone, Debug)]
pub struct Query {
    words: Vec<Vec<char>>,
    phrase: Vec<char>,
    tokens: Vec<String>,
}

impl Query {
    /// Reads what is searched for; full and half width, upper and lower case, accents, traditional and simplified
    /// characters are all one.
    pub fn parse(text: &str) -> Result<Self, QueryError> {
        let text = text.trim();
        let length = text.chars().count();
        if length == 0 {
            return Err(QueryError::Empty);
        }
        if length > QUERY_CHARS_MAX {
            return Err(QueryError::Length(length));
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
            return Err(QueryError::Marks(text.to_string()));
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

    /// The tokens that whatever matches has, all of them; at least one, at most [`QUERY_TOKENS_MAX`].
    pub fn tokens(&self) -> &[String] {
        &self.tokens
    }

    pub(super) fn words(&self) -> &[Vec<char>] {
        &self.words
    }

    /// All words in a row.
    pub(super) fn phrase(&self) -> &[char] {
        &self.phrase
    }
}
