//! Tokens: the parts of a text that an index stores, and those that a query requires.
//!
//! | of | tokens | found by |
//! |---|---|---|
//! | characters | each, and each two adjacent ones | 紫, 紫昆, 未来产业 |
//! | words and readings | three letters in a row, also across units | fudan, zikun, ziku, fudanuni |
//! | the beginning of a unit | one letter and two | f, fu, zi |
//! | initials | of two and three adjacent units | zk, sjtu |
//!
//! A letter at the end of a unit is combined with every sound of the next, at most two units ahead. So the number of tokens grows
//! with the text and the readings of adjacent units, never with the product of all readings: about 10 for each
//! Chinese character and 1 for each Latin letter of real names, at most 70 for one character whatever the text.

use super::letters::{Letters, UnitKind};
use crate::model::entity::Entity;
use crate::model::id::EntityId;

/// Maximum number of tokens of a query that are looked up. Further ones would only narrow the candidates; `rank` verifies them.
pub const QUERY_TOKENS_MAX: usize = 32;

/// The tokens of an entity's names, its id and the ids merged into it: sorted as bytes, unique, of one to three letters or digits.
pub fn index_tokens(entity: &Entity) -> Vec<String> {
    let names = entity.names.iter().map(|name| name.value.as_str());
    let ids = std::iter::once(&entity.id).chain(&entity.former_ids);
    tokens_of(names.chain(ids.map(EntityId::as_str)))
}

/// The tokens of some texts.
pub(super) fn tokens_of<'a>(texts: impl Iterator<Item = &'a str>) -> Vec<String> {
    let mut grams = Vec::new();
    for text in texts {
        let letters = Letters::of(text);
        signs(&letters, &mut grams);
        sounds(&letters, &mut grams);
    }
    grams.sort_unstable();
    grams.dedup();
    grams.into_iter().map(Gram::text).collect()
}

/// Adds the tokens that every text containing `part` has; `part` is all ASCII or all other characters.
pub(super) fn push_query_tokens(part: &[char], tokens: &mut Vec<String>) {
    let length = if part.first().is_some_and(char::is_ascii) {
        3
    } else {
        2
    };
    for gram in part.windows(length.min(part.len()).max(1)) {
        let token = String::from_iter(gram);
        if !tokens.contains(&token) {
            tokens.push(token);
        }
    }
}

/// Up to three characters packed into a number that sorts as their UTF-8, but faster than strings.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Gram(u64);

impl Gram {
    /// Bits of a code point; 0 is no character.
    const BITS: u32 = 21;

    fn of<T: Into<u32>>(chars: [T; 3]) -> Self {
        Self(
            chars
                .into_iter()
                .fold(0, |packed, c| (packed << Self::BITS) | u64::from(c.into())),
        )
    }

    fn text(self) -> String {
        let mut text = String::with_capacity(8);
        for place in [2, 1, 0] {
            let code = u32::try_from((self.0 >> (place * Self::BITS)) & ((1 << Self::BITS) - 1)).unwrap_or(0);
            text.extend(char::from_u32(code).filter(|c| *c != '\0'));
        }
        text
    }
}

fn signs(letters: &Letters, grams: &mut Vec<Gram>) {
    let mut last = None;
    for unit in &letters.units {
        let sign = (unit.kind == UnitKind::Sign).then(|| letters.chars[unit.place.start]);
        if let Some(sign) = sign {
            grams.push(Gram::of([sign, '\0', '\0']));
            grams.extend(last.map(|last| Gram::of([last, sign, '\0'])));
        }
        last = sign;
    }
}

/// The possible continuations of a text from one of its units.
#[derive(Default)]
struct Continuations {
    /// Its first letter, its first two.
    one: Vec<u8>,
    two: Vec<[u8; 2]>,
    /// The initials of the unit, and of it and the next.
    initials: Vec<u8>,
    initial_pairs: Vec<[u8; 2]>,
}

impl Continuations {
    fn clear(&mut self) {
        self.one.clear();
        self.two.clear();
        self.initials.clear();
        self.initial_pairs.clear();
    }
}

/// Adds the trigrams of sounds and initials, from the last unit to the first, because each needs the continuations after it.
fn sounds(letters: &Letters, grams: &mut Vec<Gram>) {
    let (mut here, mut next) = (Continuations::default(), Continuations::default());
    for unit in letters.units.iter().rev() {
        here.clear();
        let sounds = letters.sounds(unit);
        for sound in sounds.list() {
            push_sound(sound, &next, &mut here, grams);
        }
        here.initials.extend(sounds.initials());
        for initial in &here.initials {
            here.initial_pairs
                .extend(next.initials.iter().map(|a| [*initial, *a]));
            grams.extend(
                next.initial_pairs
                    .iter()
                    .map(|[a, b]| Gram::of([*initial, *a, *b])),
            );
        }
        grams.extend(here.one.iter().map(|a| Gram::of([*a, 0, 0])));
        grams.extend(
            here.two
                .iter()
                .chain(&here.initial_pairs)
                .map(|[a, b]| Gram::of([*a, *b, 0])),
        );
        std::mem::swap(&mut here, &mut next);
    }
}

/// Adds the trigrams that begin in one sound of a unit.
fn push_sound(sound: &[u8], next: &Continuations, here: &mut Continuations, grams: &mut Vec<Gram>) {
    grams.extend(sound.array_windows().map(|gram: &[u8; 3]| Gram::of(*gram)));
    match sound {
        [] => {}
        [only] => {
            here.two.extend(next.one.iter().map(|a| [*only, *a]));
            grams.extend(next.two.iter().map(|[a, b]| Gram::of([*only, *a, *b])));
        }
        [first, second, ..] => {
            let (before, last) = (sound[sound.len() - 2], sound[sound.len() - 1]);
            grams.extend(next.one.iter().map(|a| Gram::of([before, last, *a])));
            grams.extend(next.two.iter().map(|[a, b]| Gram::of([last, *a, *b])));
            if !here.two.contains(&[*first, *second]) {
                here.two.push([*first, *second]);
            }
        }
    }
    here.one
        .extend(sound.first().filter(|first| !here.one.contains(first)));
}
