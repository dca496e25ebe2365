//! The sounds of a Chinese character.

use pinyin::{ToPinyin, ToPinyinMulti};

/// Maximum number of initials of one character. Of 41,693 characters 89 have more, all of them rare, and three characters in a row
/// give the product of theirs.
const INITIALS_MAX: usize = 3;

/// Maximum number of spellings of one character: 8 readings, and one more if ü is among them.
const READINGS_MAX: usize = 10;

/// The distinct ASCII spellings of a unit. Stored inline, because every character of every name needs them.
#[derive(Clone, Copy, Default)]
pub(super) struct Sounds<'a> {
    list: [&'a [u8]; READINGS_MAX],
    len: usize,
}

impl<'a> Sounds<'a> {
    /// One spelling.
    pub(super) fn one(sound: &'a [u8]) -> Self {
        let mut sounds = Self::default();
        sounds.add(sound);
        sounds
    }

    /// The spellings.
    pub(super) fn list(&self) -> &[&'a [u8]] {
        &self.list[..self.len]
    }

    /// Adds a spelling.
    pub(super) fn add(&mut self, sound: &'a [u8]) {
        if self.len < READINGS_MAX && !sound.is_empty() && !self.list().contains(&sound) {
            self.list[self.len] = sound;
            self.len += 1;
        }
    }

    /// The first letters, each once, three at most.
    pub(super) fn initials(&self) -> impl Iterator<Item = u8> {
        let mut all = [0; INITIALS_MAX];
        let mut count = 0;
        for initial in self.list().iter().filter_map(|sound| sound.first()) {
            if count < INITIALS_MAX && !all[..count].contains(initial) {
                all[count] = *initial;
                count += 1;
            }
        }
        all.into_iter().take(count)
    }
}

/// Every reading of a character, without tones and in ASCII, the usual one first.
///
/// ü is read `v`, as it is typed, and `u`, as it is printed where ü is missing.
pub(super) fn readings(c: char) -> Sounds<'static> {
    let mut all = Sounds::default();
    for reading in c.to_pinyin_multi().into_iter().flatten() {
        for spelling in spellings(reading.plain()) {
            all.add(spelling.as_bytes());
        }
    }
    all
}

/// The usual reading of a character.
pub(super) fn first_reading(c: char) -> Option<&'static str> {
    c.to_pinyin().map(|reading| spellings(reading.plain())[0])
}

fn spellings(plain: &'static str) -> [&'static str; 2] {
    match plain {
        "lü" => ["lv", "lu"],
        "nü" => ["nv", "nu"],
        "lüe" => ["lve", "lue"],
        "nüe" => ["nve", "nue"],
        "ê" => ["e", ""],
        other => [other, ""],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(c: char) -> Vec<&'static str> {
        readings(c)
            .list()
            .iter()
            .map(|reading| std::str::from_utf8(reading).unwrap())
            .collect()
    }

    #[test]
    fn every_reading_is_known_and_in_ascii() {
        assert_eq!(texts('重'), ["zhong", "chong", "tong"]);
        assert_eq!(texts('绿'), ["lv", "lu"]);
        assert_eq!(texts('a'), [""; 0]);
        assert_eq!(
            (first_reading('紫'), first_reading('吕'), first_reading('ア')),
            (Some("zi"), Some("lv"), None)
        );
        for c in '\u{3400}'..='\u{2A6DF}' {
            assert!(
                texts(c)
                    .iter()
                    .all(|reading| reading.bytes().all(|b| b.is_ascii_lowercase())),
                "{c}"
            );
            assert!(texts(c).len() < READINGS_MAX, "{c} may have more");
        }
    }
}
