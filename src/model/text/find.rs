//! Where and how a word of a query is found in a name.

use std::ops::Range;

use super::letters::{Letters, Unit, UnitKind};

/// How it is found: best last.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Manner {
    /// By the initials of neighbours.
    Initials,
    /// By its sound, the last syllable only begun.
    SoundBegun,
    /// By its sound.
    Sound,
    /// As it is spelled.
    Text,
}

/// How much of the name it is: most last.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Extent {
    /// Inside a word.
    Inside,
    /// From the beginning of a word or character.
    Begin,
    /// From the beginning of the name.
    Prefix,
    /// All of it.
    Whole,
}

/// Where and how something is found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Found {
    pub(super) manner: Manner,
    pub(super) extent: Extent,
    /// Parts of [`Letters::chars`], in order, apart from one another.
    pub(super) parts: Vec<Range<usize>>,
}

/// The best way in which `wanted` is found: as it is spelled, by sound, by initials; the first such place in the name.
pub(super) fn find(letters: &Letters, wanted: &[char]) -> Option<Found> {
    find_text(letters, wanted).or_else(|| {
        // Without a letter there is nothing to sound.
        wanted
            .iter()
            .any(char::is_ascii)
            .then(|| find_sound(letters, wanted).or_else(|| find_initials(letters, wanted)))?
    })
}

/// Where `wanted` is found as it is spelled.
pub(super) fn find_text(letters: &Letters, wanted: &[char]) -> Option<Found> {
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
        Some(start) => Some(found_from(letters, Manner::Text, part(start))),
        None => inside().map(|start| Found {
            manner: Manner::Text,
            extent: Extent::Inside,
            parts: vec![part(start)],
        }),
    }
}

/// What is found from the beginning of a unit on.
fn found_from(letters: &Letters, manner: Manner, part: Range<usize>) -> Found {
    Found {
        manner,
        extent: extent_of(letters, &part),
        parts: vec![part],
    }
}

fn extent_of(letters: &Letters, part: &Range<usize>) -> Extent {
    match (part.start == 0, part.end == letters.chars.len()) {
        (true, true) => Extent::Whole,
        (true, false) => Extent::Prefix,
        (false, _) => Extent::Begin,
    }
}

fn find_sound(letters: &Letters, wanted: &[char]) -> Option<Found> {
    let mut begun = None;
    for from in 0..letters.units.len() {
        match sound_from(letters, &letters.units[from..], wanted) {
            Some((Manner::Sound, part)) => return Some(found_from(letters, Manner::Sound, part)),
            Some((manner, part)) if begun.is_none() => begun = Some(found_from(letters, manner, part)),
            _ => {}
        }
    }
    begun
}

/// Follows all readings at once: after each unit, the places of `wanted` where some choice of readings has come. So
/// readings that begin alike (xi, xian) cost no more than the length of `wanted` for each unit.
fn sound_from(letters: &Letters, units: &[Unit], wanted: &[char]) -> Option<(Manner, Range<usize>)> {
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
                    begun = Some((Manner::SoundBegun, start..end));
                }
            }
        }
        if next.contains(&wanted.len()) {
            return Some((Manner::Sound, start..unit.place.end));
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

fn find_initials(letters: &Letters, wanted: &[char]) -> Option<Found> {
    if wanted.len() < 2 {
        return None;
    }
    let matches = |(unit, wanted): (&Unit, &char)| {
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
    Some(Found {
        manner: Manner::Initials,
        extent: extent_of(letters, &(first..last)),
        parts,
    })
}
