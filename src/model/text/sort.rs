//! Sort keys of names.

use super::letters::{Letters, UnitKind};
use super::normal::normalise;

/// Maximum number of characters of a name, and of bytes of a key, that sorting considers; names that are equal so far are sorted by id.
const SORTED_CHARS_MAX: usize = 1_000;
const SORT_KEY_BYTES_MAX: usize = 8_192;

/// The sort key of a name, compared as bytes: Chinese and English in one alphabet.
///
/// A character sorts by its usual reading, then by its code point: 上海 after Shang Yang and before Shanghai. Case, width, accents,
/// marks and script affect only the reading, so names can have equal keys; they are then sorted by id.
pub fn sort_key(name: &str) -> String {
    let end = name
        .char_indices()
        .nth(SORTED_CHARS_MAX)
        .map_or(name.len(), |(at, _)| at);
    let mut key = whole_key(&name[..end]);
    key.truncate(key.floor_char_boundary(SORT_KEY_BYTES_MAX));
    key
}

fn whole_key(name: &str) -> String {
    let letters = Letters::of(name);
    if letters.units.is_empty() {
        return normalise(name);
    }
    let mut key = String::with_capacity(name.len() * 2);
    for unit in &letters.units {
        match unit.kind {
            UnitKind::Word => {
                if unit.apart && !key.is_empty() {
                    key.push(' ');
                }
                key.extend(letters.text(unit));
            }
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
