//! Sort keys of names.

use super::letters::{Letters, UnitKind};
use super::normal::normalize_name;

/// Number of characters of a name that its key is made from. Names that differ only after them have equal keys.
const SORTED_CHARS_MAX: usize = 1_000;

/// Maximum number of bytes of a key; the rest is cut off.
const SORT_KEY_BYTES_MAX: usize = 8_192;

/// The sort key of a name, compared as bytes: Chinese and English in one alphabet.
///
/// A Chinese character sorts by its usual reading in pinyin, then by its code point: 上海 after Shang Yang and before
/// Shanghai. The key ignores case, width and accents, treats punctuation as spaces, and has simplified characters for
/// traditional ones, each with the reading of the character as written. Names can therefore have equal keys; the
/// caller sorts those by id.
pub fn sort_key(name: &str) -> String {
    let end = name
        .char_indices()
        .nth(SORTED_CHARS_MAX)
        .map_or(name.len(), |(at, _)| at);
    let mut key = whole_key(&name[..end]);
    key.truncate(key.floor_char_boundary(SORT_KEY_BYTES_MAX));
    key
}

/// The key before it is cut to [`SORT_KEY_BYTES_MAX`].
fn whole_key(name: &str) -> String {
    let letters = Letters::of(name);
    if letters.units.is_empty() {
        // A name of nothing but punctuation still needs a key that distinguishes it.
        return normalize_name(name);
    }
    let mut key = String::with_capacity(name.len() * 2);
    for unit in &letters.units {
        match unit.kind {
            // A run of ASCII letters or of digits.
            UnitKind::Word => {
                if unit.apart && !key.is_empty() {
                    key.push(' ');
                }
                key.extend(letters.text(unit));
            }
            // One character that is not ASCII, as a Chinese one.
            UnitKind::Sign => {
                let sign = letters.chars[unit.place.start];
                if let Some(reading) = letters.usual_reading(unit) {
                    // A space, so that xi 西 sorts before xian 鲜.
                    key.push_str(reading);
                    key.push(' ');
                }
                key.push(sign);
            }
        }
    }
    key
}
