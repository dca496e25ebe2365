//! A text as search sees it: letters and digits only, cut into units of sound.

use std::collections::HashMap;
use std::ops::Range;

use super::fold::{Folded, walk};
use super::pinyin::{Sounds, first_reading, readings};
use super::simplified::simplified;

/// What is spoken in one go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum UnitKind {
    /// ASCII letters in a row, or digits.
    Word,
    /// One character of any other script.
    Sign,
}

/// A word or a character.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Unit {
    /// Which of the two.
    pub(super) kind: UnitKind,
    /// Its place in [`Letters::chars`].
    pub(super) place: Range<usize>,
    /// Whether a space or a mark stands before it.
    pub(super) apart: bool,
}

/// A text without spaces and marks, folded, in simplified characters.
///
/// What part of a text it is makes no difference to a character, so the letters of a part are part of the letters.
#[derive(Clone, Debug, Default)]
pub(super) struct Letters {
    /// Its letters and digits.
    pub(super) chars: Vec<char>,
    /// The same as they were written, for the sound: 乾隆 is qianlong, though 乾 is simplified to 干.
    written: Vec<char>,
    /// The same as bytes; 0 for what is not in ASCII.
    ascii: Vec<u8>,
    /// For each of them, the code points of the text that it stands for.
    origin: Vec<Range<usize>>,
    /// The same cut into units; together they are all of it.
    pub(super) units: Vec<Unit>,
    /// Words with marks as they are spelled without them, by where they begin: mueller for Müller.
    other: HashMap<usize, Vec<u8>>,
}

impl Letters {
    /// Reads a text.
    pub(super) fn of(text: &str) -> Self {
        let mut letters = Self::default();
        letters.chars.reserve(text.len());
        letters.written.reserve(text.len());
        letters.ascii.reserve(text.len());
        letters.origin.reserve(text.len());
        letters.units.reserve(text.len() / 3);
        let mut apart = false;
        let mut also = Vec::new();
        walk(text, |folded, origin| {
            if folded.letter.is_alphanumeric() {
                also.extend(folded.also.map(|_| (letters.chars.len(), folded)));
                letters.push(folded.letter, origin, std::mem::take(&mut apart));
            } else {
                apart = true;
            }
        });
        if !also.is_empty() {
            letters.spell(&also);
        }
        letters
    }

    /// Notes how words are spelled without marks; each letter that has one, by its place.
    fn spell(&mut self, marked: &[(usize, Folded)]) {
        for unit in self.units.iter().filter(|unit| unit.kind == UnitKind::Word) {
            let mut word = Vec::with_capacity(unit.place.len() + 1);
            for place in unit.place.clone() {
                word.push(self.ascii[place]);
                let folded = marked.iter().find(|(marked, _)| *marked == place);
                let also = folded.and_then(|(_, folded)| folded.also);
                word.extend(also.and_then(|also| u8::try_from(also).ok()));
            }
            if word.len() > unit.place.len() {
                self.other.insert(unit.place.start, word);
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
            _ => self.units.push(Unit {
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
    pub(super) fn text(&self, unit: &Unit) -> &[char] {
        &self.chars[unit.place.clone()]
    }

    /// Where a part stands in the original text, in code points, with the spaces and marks inside it.
    pub(super) fn original(&self, part: &Range<usize>) -> Range<usize> {
        let start = self.origin.get(part.start).map_or(0, |origin| origin.start);
        let end = part
            .end
            .checked_sub(1)
            .and_then(|last| self.origin.get(last))
            .map_or(start, |origin| origin.end);
        start..end
    }

    /// How a unit may sound: a word as it is spelled, a character by each of its readings; one without any gives none.
    pub(super) fn sounds(&self, unit: &Unit) -> Sounds<'_> {
        match unit.kind {
            UnitKind::Word => {
                let mut sounds = Sounds::one(&self.ascii[unit.place.clone()]);
                if let Some(other) = self.other.get(&unit.place.start) {
                    sounds.add(other);
                }
                sounds
            }
            UnitKind::Sign => readings(self.written[unit.place.start]),
        }
    }

    /// The usual reading of a unit, where it is a character that has one.
    pub(super) fn usual_reading(&self, unit: &Unit) -> Option<&'static str> {
        first_reading(self.written[unit.place.start])
    }
}
