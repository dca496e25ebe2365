//! Search text: how names in Chinese, English and pinyin are indexed, found, ranked and sorted.
//!
//! A store keeps [`index_tokens`] of every entity and finds those that have all of [`Query::tokens`]; [`rank`] then
//! verifies and ranks. The store may thus be a set of posting lists or a full-text index that splits at white space:
//! result and order are the same, since both come from here. The promise is that nothing is missed: whatever `rank`
//! accepts has every token of the query.
//!
//! That takes a single list of tokens, without alternatives, although `zikun` may be a word or the sound of 紫昆: Latin
//! text, pinyin and initials all give trigrams of letters, so one token serves whichever it came from. What such mixing
//! lets through, `rank` turns away. Bigrams of characters and not words from a dictionary, for a dictionary misses what
//! it cuts elsewhere (新能 in 新能源汽车). Both sides are folded (`fold.rs`), and traditional characters are taken for simplified ones. Tokens are letters and digits only: no query syntax needs escaping.

mod find;
mod fold;
mod letters;
mod normal;
mod pinyin;
mod query;
mod rank;
mod simplified;
mod sort;
#[cfg(test)]
mod tests;
mod tokens;

pub use normal::{NameFilter, normalise, spellings};
pub use query::{QUERY_CHARS_MAX, Query, QueryError};
pub use rank::{MARK_CLOSE, MARK_OPEN, Match, Score, rank};
pub use sort::sort_key;
pub use tokens::{QUERY_TOKENS_MAX, index_tokens};
