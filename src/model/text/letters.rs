//! The letters and digits of a text, split into units of sound, for search.

use std::collections::HashMap;
use std::ops::Range;

use super::fold::{FoldedLetter, fold};
use super::pinyin::{Sounds, first_reading, readings};
use super::simplified::simplified;

/// The kind of a unit of sound.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum UnitKind {
    /// ASCII letters in a row, or digits.
    Word,
    /// One character of any other script.
    Sign,
}

/// A unit of sound: a word or a character.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct TextUnit {
    /// Its kind.
    pub(super) kind: UnitKind,
    /// Its range in [`Letters::chars`].
    pub(super) place: Range<usize>,
    /// Whether a space or a mark precedes it.
    pub(super) apart: bool,
}

/// A folded text without spaces and marks, in simplified characters.
///
/// Characters are converted independently of their context, so the letters of a substring are a substring of the letters.
#[derive(Clone, Debug, Default)]
pub(super) struct Letters {
    /// Its letters and digits.
    pub(super) chars: Vec<char>,
    /// The letters before simplification, for their sound: 乾隆 is qianlong, although 乾 is simplified to 干.
    written: Vec<char>,
    /// The letters as bytes; 0 for non-ASCII letters.
    ascii: Vec<u8>,
    /// For each letter, the code points of the text that it stands for.
    origin: Vec<Range<usize>>,
    /// The units, which together cover all letters.
    pub(super) units: Vec<TextUnit>,
    /// Spellings without marks of words with marks, by their start: mueller for Müller.
    other_spellings: HashMap<usize, Vec<u8>>,
}

impl Letters {
    /// The letters of a text.
    pub(super) fn of(text: &str) -> Self {
        let mut letters = Self::default();
        letters.chars.reserve(text.len());
        letters.written.reserve(text.len());
        letters.ascii.reserve(text.len());
        letters.origin.reserve(text.len());
        letters.units.reserve(text.len() / 3);
        let mut apart = false;
        let mut also = Vec::new();
        fold(text, |folded, origin| {
            if folded.letter.is_alphanumeric() {
                also.extend(folded.also.map(|_| (letters.chars.len(), folded)));
                letters.push(folded.letter, origin, std::mem::take(&mut apart));
            } else {
                apart = true;
            }
        });
        if !also.is_empty() {
            letters.add_other_spellings(&also);
        }
        letters
    }

    /// Records the spellings without marks, from the marked letters and their positions.
    fn add_other_spellings(&mut self, marked: &[(usize, FoldedLetter)]) {
        for unit in self.units.iter().filter(|unit| unit.kind == UnitKind::Word) {
            let mut word = Vec::with_capacity(unit.place.len() + 1);
            for place in unit.place.clone() {
                word.push(self.ascii[place]);
                let folded = marked.iter().find(|(marked, _)| *marked == place);
                let also = folded.and_then(|(_, folded)| folded.also);
                word.extend(also.and_then(|also| u8::try_from(also).ok()));
            }
            if word.len() > unit.place.len() {
                self.other_spellings.insert(unit.place.start, word);
            }
        }
    }

    fn push(&mut self, c: char, origin: Range<usize>, apart: bool) {
        let at = self.chars.len();
        let kind = if c.is_ascii() {
            UnitKind::Word
        } else {
            UnitKind::Sign
        };
        let continues = |last: char| last.is_ascii_digit() == c.is_ascii_digit();
        match (self.units.last_mut(), self.chars.last()) {
            (Some(unit), Some(last))
                if kind == UnitKind::Word && unit.kind == kind && !apart && continues(*last) =>
            {
                unit.place.end = at + 1;
            }
            _ => self.units.push(TextUnit {
                kind,
                place: at..at + 1,
                apart,
            }),
        }
        self.chars.push(simplified(c));
        self.written.push(c);
        self.ascii
            .push(u8::try_from(c).ok().filter(u8::is_ascii).unwrap_or(0));
        self.origin.push(origin);
    }

    /// The letters of a unit.
    pub(super) fn text(&self, unit: &TextUnit) -> &[char] {
        &self.chars[unit.place.clone()]
    }

    /// The range of a part in the original text, in code points, with the spaces and marks inside it.
    pub(super) fn original(&self, part: &Range<usize>) -> Range<usize> {
        let start = self.origin.get(part.start).map_or(0, |origin| origin.start);
        let end = part
            .end
            .checked_sub(1)
            .and_then(|last| self.origin.get(last))
            .map_or(start, |origin| origin.end);
        start..end
    }

    /// The possible sounds of a unit: the spelling of a word, or all readings of a character.
    pub(super) fn sounds(&self, unit: &TextUnit) -> Sounds<'_> {
        match unit.kind {
            UnitKind::Word => {
                let mut sounds = Sounds::one(&self.ascii[unit.place.clone()]);
                if let Some(other) = self.other_spellings.get(&unit.place.start) {
                    sounds.add(other);
                }
                sounds
            }
            UnitKind::Sign => readings(self.written[unit.place.start]),
        }
    }

    /// The usual reading of a unit, if it is a character that has one.
    pub(super) fn usual_reading(&self, unit: &TextUnit) -> Option<&'static str> {
        first_reading(self.written[unit.place.start])
    }
}
