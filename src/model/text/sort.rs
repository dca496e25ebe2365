//! The order of names in a list.

use super::letters::{Letters, UnitKind};
use super::normal::normalise;

/// Characters of a name by which it is sorted, and bytes of the key: those of a longer one make no difference, and it goes on by id.
const SORTED_CHARS_MAX: usize = 1_000;
const SORT_KEY_BYTES_MAX: usize = 8_192;

/// The key by which names are sorted, as bytes: Chinese and English in one alphabet.
///
/// A character stands where its usual reading stands, then by its code point: 上海 after Shang Yang and before Shanghai.
/// Case, width, accents, marks and script make no difference but to the reading, so names may share a key: a list then goes on by id.
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
                    // A space, so that xi 西 stands before xian 鲜.
                    key.push_str(reading);
                    key.push(' ');
                }
                key.push(sign);
            }
        }
    }
    key
}
