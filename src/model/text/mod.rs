//! Search text: how names in Chinese, English and pinyin are indexed, found, ranked and sorted.
//!
//! A store keeps [`index_tokens`] of every entity and finds those that have all of [`SearchQuery::tokens`]; [`rank`] then
//! verifies and ranks. The store may thus be a set of posting lists or a full-text index that splits at white space:
//! result and order are the same, because both come from here. The guarantee is that nothing is missed: every entity that
//! `rank` accepts has every token of the query.
//!
//! A single list of tokens without alternatives suffices, although `zikun` may be a word or the sound of 紫昆: Latin text, pinyin
//! and initials all give trigrams of letters, so one token serves for each of them. `rank` rejects the false matches that this
//! allows. Characters give bigrams instead of dictionary words, because a dictionary misses words that it segments differently (新能
//! in 新能源汽车). Both sides are folded (`fold.rs`), and traditional characters are converted to simplified ones. Tokens are letters and
//! digits only, so no query syntax needs escaping.

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

pub use normal::{NameFilter, normalize_name, spellings};
pub use query::{QUERY_CHARS_MAX, SearchQuery, SearchQueryError};
pub use rank::{MARK_CLOSE, MARK_OPEN, Score, SearchMatch, rank};
pub use sort::sort_key;
pub use tokens::{QUERY_TOKENS_MAX, index_tokens};
