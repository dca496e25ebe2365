//! Finding a word of a query in a name.

use std::ops::Range;

use super::letters::{Letters, TextUnit, UnitKind};

/// The way in which a word matches, best last.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum MatchManner {
    /// By the initials of adjacent units.
    Initials,
    /// By its sound, with an incomplete last syllable.
    PartialSound,
    /// By its sound.
    Sound,
    /// By its spelling.
    Text,
}

/// The part of the name that a word matches, largest last.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum MatchExtent {
    /// A part inside a word.
    Inside,
    /// From the beginning of a word or character.
    UnitStart,
    /// From the beginning of the name.
    Prefix,
    /// The whole name.
    Whole,
}

/// A match of a word in a name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct WordMatch {
    pub(super) manner: MatchManner,
    pub(super) extent: MatchExtent,
    /// The matching parts of [`Letters::chars`], in order and not adjacent.
    pub(super) parts: Vec<Range<usize>>,
}

/// The best match of `wanted`: by spelling, by sound, by initials; the first one of its kind in the name.
pub(super) fn find(letters: &Letters, wanted: &[char]) -> Option<WordMatch> {
    find_text(letters, wanted).or_else(|| {
        // Only ASCII letters can be a sound.
        wanted
            .iter()
            .any(char::is_ascii)
            .then(|| find_sound(letters, wanted).or_else(|| find_initials(letters, wanted)))?
    })
}

/// The first match of `wanted` by spelling.
pub(super) fn find_text(letters: &Letters, wanted: &[char]) -> Option<WordMatch> {
    let begins = letters.units.iter().map(|unit| unit.place.start);
    let begin = begins
        .into_iter()
        .find(|start| letters.chars[*start..].starts_with(wanted));
    let inside = || {
        let long = wanted.len() >= 3;
        let words = letters
            .units
            .iter()
            .filter(|unit| long && unit.kind == UnitKind::Word);
        words.into_iter().find_map(|unit| {
            let at = letters
                .text(unit)
                .windows(wanted.len())
                .position(|window| window == wanted)?;
            Some(unit.place.start + at)
        })
    };
    let part = |start| start..start + wanted.len();
    match begin {
        Some(start) => Some(match_from(letters, MatchManner::Text, part(start))),
        None => inside().map(|start| WordMatch {
            manner: MatchManner::Text,
            extent: MatchExtent::Inside,
            parts: vec![part(start)],
        }),
    }
}

/// A match that begins with a unit.
fn match_from(letters: &Letters, manner: MatchManner, part: Range<usize>) -> WordMatch {
    WordMatch {
        manner,
        extent: extent_of(letters, &part),
        parts: vec![part],
    }
}

fn extent_of(letters: &Letters, part: &Range<usize>) -> MatchExtent {
    match (part.start == 0, part.end == letters.chars.len()) {
        (true, true) => MatchExtent::Whole,
        (true, false) => MatchExtent::Prefix,
        (false, _) => MatchExtent::UnitStart,
    }
}

fn find_sound(letters: &Letters, wanted: &[char]) -> Option<WordMatch> {
    let mut begun = None;
    for from in 0..letters.units.len() {
        match sound_from(letters, &letters.units[from..], wanted) {
            Some((MatchManner::Sound, part)) => return Some(match_from(letters, MatchManner::Sound, part)),
            Some((manner, part)) if begun.is_none() => begun = Some(match_from(letters, manner, part)),
            _ => {}
        }
    }
    begun
}

/// Matches all readings at once: after each unit, the positions in `wanted` that some choice of readings has reached. So readings
/// with a common beginning (xi, xian) cost no more than the length of `wanted` for each unit.
fn sound_from(letters: &Letters, units: &[TextUnit], wanted: &[char]) -> Option<(MatchManner, Range<usize>)> {
    let start = units.first()?.place.start;
    let mut begun = None;
    let mut places = vec![0];
    for unit in units {
        let sounds = letters.sounds(unit);
        let sign = letters.text(unit);
        let mut next = Vec::new();
        for rest in places.iter().map(|place| &wanted[*place..]) {
            let place = wanted.len() - rest.len();
            if unit.kind == UnitKind::Sign && rest.starts_with(sign) {
                next.push(place + 1);
            }
            for sound in sounds.list() {
                let same = rest
                    .iter()
                    .zip(*sound)
                    .take_while(|(a, b)| **a == char::from(**b))
                    .count();
                if same == sound.len() {
                    next.push(place + same);
                } else if same == rest.len() && begun.is_none() {
                    let end = if unit.kind == UnitKind::Word {
                        (unit.place.start + same).min(unit.place.end)
                    } else {
                        unit.place.end
                    };
                    begun = Some((MatchManner::PartialSound, start..end));
                }
            }
        }
        if next.contains(&wanted.len()) {
            return Some((MatchManner::Sound, start..unit.place.end));
        }
        next.sort_unstable();
        next.dedup();
        if next.is_empty() {
            break;
        }
        places = next;
    }
    begun
}

fn find_initials(letters: &Letters, wanted: &[char]) -> Option<WordMatch> {
    if wanted.len() < 2 {
        return None;
    }
    let matches = |(unit, wanted): (&TextUnit, &char)| {
        let same = |initial| char::from(initial) == *wanted;
        letters.chars[unit.place.start] == *wanted || letters.sounds(unit).initials().any(same)
    };
    let units = letters
        .units
        .windows(wanted.len())
        .find(|units| units.iter().zip(wanted).all(matches))?;
    let (first, last) = (units.first()?.place.start, units.last()?.place.end);
    let mut parts: Vec<Range<usize>> = Vec::new();
    for start in units.iter().map(|unit| unit.place.start) {
        match parts.last_mut() {
            Some(part) if part.end == start => part.end = start + 1,
            _ => parts.push(start..start + 1),
        }
    }
    Some(WordMatch {
        manner: MatchManner::Initials,
        extent: extent_of(letters, &(first..last)),
        parts,
    })
}
