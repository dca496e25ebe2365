//! Whether an entity matches a query, how well, and where.

use std::ops::Range;

use super::find::{Extent, Found, Manner, find, find_text};
use super::letters::Letters;
use super::query::Query;
use crate::model::entity::{Name, NameRole};

/// Stands before what a highlight marks.
///
/// A highlight is plain text, so a front end splits it at the marks and shows the parts as text: there is no markup to
/// trust. The marks are mathematical brackets, which names do not use; one that does has them shown as `[` and `]`, so
/// that a split is never wrong.
pub const MARK_OPEN: char = '⟦';
/// Stands after what a highlight marks; see [`MARK_OPEN`].
pub const MARK_CLOSE: char = '⟧';

/// How well something matches: the greater, the better. Counted in whole numbers, so it is the same everywhere.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Score(u16);

impl Score {
    /// How far above the others a better tier stands; then the role, then the length decide.
    const TIER: u16 = 1 << 11;
    const ROLE: u16 = 1 << 9;

    fn of(tier: Tier, field: &Field<'_>) -> Self {
        let length = u16::try_from(field.letters.chars.len())
            .unwrap_or(u16::MAX)
            .min(Self::ROLE - 1);
        let role = match field.role {
            Role::Official => 2,
            Role::OtherName => 1,
            Role::Id => 0,
        };
        Self(tier as u16 * Self::TIER + role * Self::ROLE + (Self::ROLE - 1 - length))
    }

    /// The score as a number above 0, at most 1.
    pub fn value(self) -> f64 {
        (f64::from(self.0) + 1.0) / 65_536.0
    }

    /// The score as a whole number, for a cursor.
    pub fn bits(self) -> u16 {
        self.0
    }

    /// The score that [`Score::bits`] gave.
    pub fn from_bits(bits: u16) -> Self {
        Self(bits)
    }
}

/// An entity that matches.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Match<'a> {
    /// How well.
    pub score: Score,
    /// The name that matches best, or the id, as it is written.
    pub text: &'a str,
    /// What of it matches, in code points; in order, apart from one another.
    pub ranges: Vec<Range<usize>>,
}

impl Match<'_> {
    /// The text with [`MARK_OPEN`] and [`MARK_CLOSE`] around what matches.
    pub fn highlight(&self) -> String {
        let mut out = String::with_capacity(self.text.len() + 6 * self.ranges.len());
        for (at, c) in self.text.chars().enumerate() {
            if self.ranges.iter().any(|range| range.start == at) {
                out.push(MARK_OPEN);
            }
            out.push(match c {
                MARK_OPEN => '[',
                MARK_CLOSE => ']',
                other => other,
            });
            if self.ranges.iter().any(|range| range.end == at + 1) {
                out.push(MARK_CLOSE);
            }
        }
        out
    }
}

/// How an entity matches: best last. The words of a query in a row are its phrase.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Tier {
    /// The words are found in several names, some by initials or a syllable only begun.
    LooselyAcross = 2,
    /// They are in one name.
    Loosely = 3,
    /// The phrase as initials.
    InitialsInside = 4,
    InitialsPrefix = 5,
    InitialsWhole = 6,
    /// The phrase by sound, the last syllable only begun.
    SoundBegunInside = 7,
    SoundBegun = 8,
    /// The words by sound or as they are spelled, in several names; in one.
    BySoundAcross = 10,
    BySound = 11,
    /// The phrase by sound.
    SoundInside = 12,
    SoundPrefix = 13,
    SoundWhole = 14,
    /// A part of the id: below every name, since it begins with the kind and so `fund` is in the id of all funds.
    Id = 16,
    /// The words as they are spelled, in several names; in one.
    Across = 18,
    Apart = 20,
    /// The phrase as it is spelled.
    Inside = 22,
    Begin = 25,
    Prefix = 28,
    Whole = 31,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Role {
    Id,
    OtherName,
    Official,
}

/// A name or the id, and where each word of the query is found in it.
struct Field<'a> {
    text: &'a str,
    role: Role,
    letters: Letters,
    found: Vec<Option<Found>>,
}

/// Whether an entity with these names and ids, its own and those merged into it, matches, and how well.
///
/// As it is spelled comes before sound, sound before initials; the whole name before its beginning, that before the
/// beginning of a word, that before the inside of one. Then official names before others, then the shorter name.
pub fn rank<'a>(query: &Query, names: &'a [Name], ids: impl Iterator<Item = &'a str>) -> Option<Match<'a>> {
    let texts = names.iter().map(|name| {
        (
            name.value.as_str(),
            if name.role == NameRole::Official {
                Role::Official
            } else {
                Role::OtherName
            },
        )
    });
    let fields: Vec<Field<'a>> = texts
        .chain(ids.map(|id| (id, Role::Id)))
        .map(|(text, role)| field(query, text, role))
        .collect();
    let everywhere =
        (0..query.words().len()).all(|word| fields.iter().any(|field| field.found[word].is_some()));
    if !everywhere {
        return None;
    }
    let in_one = fields.iter().filter_map(|field| {
        let (tier, ranges) = field.whole_query(query)?;
        Some(Match {
            score: Score::of(tier, field),
            text: field.text,
            ranges,
        })
    });
    // Of equals the first, which `max_by_key` would not give.
    in_one
        .reduce(|best, next| if next.score > best.score { next } else { best })
        .or_else(|| across(&fields))
}

fn field<'a>(query: &Query, text: &'a str, role: Role) -> Field<'a> {
    let letters = Letters::of(text);
    // The sound of an id is no name's, and its initials would be those of its kind.
    let look = if role == Role::Id { find_text } else { find };
    let found = query.words().iter().map(|word| look(&letters, word)).collect();
    Field {
        text,
        role,
        letters,
        found,
    }
}

impl Field<'_> {
    /// How the whole query is found here, if it is.
    fn whole_query(&self, query: &Query) -> Option<(Tier, Vec<Range<usize>>)> {
        let worst = self
            .found
            .iter()
            .map(|found| found.as_ref().map(|found| found.manner))
            .min()??;
        let phrase = match (&self.found[..], self.role) {
            ([single], _) => single.clone(),
            (_, Role::Id) => find_text(&self.letters, query.phrase()),
            (_, Role::OtherName | Role::Official) => find(&self.letters, query.phrase()),
        };
        let apart = match worst {
            Manner::Text => Tier::Apart,
            Manner::Sound => Tier::BySound,
            Manner::SoundBegun | Manner::Initials => Tier::Loosely,
        };
        let (tier, ranges) = match phrase.as_ref().map(|phrase| (tier_of(phrase), phrase)) {
            Some((tier, phrase)) if tier > apart => (tier, self.ranges(std::iter::once(phrase))),
            _ => (apart, self.ranges(self.found.iter().flatten())),
        };
        let tier = if self.role == Role::Id && tier != Tier::Whole {
            Tier::Id
        } else {
            tier
        };
        Some((tier, ranges))
    }

    /// What was found, in code points of the text, in order and joined where parts meet.
    fn ranges<'f>(&self, found: impl Iterator<Item = &'f Found>) -> Vec<Range<usize>> {
        let mut parts: Vec<_> = found
            .flat_map(|found| &found.parts)
            .map(|part| self.letters.original(part))
            .collect();
        parts.sort_unstable_by_key(|part| (part.start, part.end));
        let mut joined: Vec<Range<usize>> = Vec::with_capacity(parts.len());
        for part in parts {
            match joined.last_mut() {
                Some(last) if part.start <= last.end => last.end = last.end.max(part.end),
                _ => joined.push(part),
            }
        }
        joined
    }
}

/// The words are found, but no text has them all: the one that has most is shown.
fn across<'a>(fields: &[Field<'a>]) -> Option<Match<'a>> {
    let best_of = |word: usize| {
        fields
            .iter()
            .filter_map(|field| Some(field.found[word].as_ref()?.manner))
            .max()
    };
    let words = fields.first()?.found.len();
    let tier = match (0..words).filter_map(best_of).min()? {
        Manner::Text => Tier::Across,
        Manner::Sound => Tier::BySoundAcross,
        Manner::SoundBegun | Manner::Initials => Tier::LooselyAcross,
    };
    let count = |field: &Field<'_>| field.found.iter().flatten().count();
    let better = |next: &Field<'_>, best: &Field<'_>| {
        (count(next), Score::of(tier, next)) > (count(best), Score::of(tier, best))
    };
    let shown = fields
        .iter()
        .reduce(|best, next| if better(next, best) { next } else { best })?;
    let ranges = shown.ranges(shown.found.iter().flatten());
    Some(Match {
        score: Score::of(tier, shown),
        text: shown.text,
        ranges,
    })
}

fn tier_of(phrase: &Found) -> Tier {
    match (phrase.manner, phrase.extent) {
        (Manner::Text, Extent::Whole) => Tier::Whole,
        (Manner::Text, Extent::Prefix) => Tier::Prefix,
        (Manner::Text, Extent::Begin) => Tier::Begin,
        (Manner::Text, Extent::Inside) => Tier::Inside,
        (Manner::Sound, Extent::Whole) => Tier::SoundWhole,
        (Manner::Sound, Extent::Prefix) => Tier::SoundPrefix,
        (Manner::Sound, Extent::Begin | Extent::Inside) => Tier::SoundInside,
        (Manner::SoundBegun, Extent::Whole | Extent::Prefix) => Tier::SoundBegun,
        (Manner::SoundBegun, Extent::Begin | Extent::Inside) => Tier::SoundBegunInside,
        (Manner::Initials, Extent::Whole) => Tier::InitialsWhole,
        (Manner::Initials, Extent::Prefix) => Tier::InitialsPrefix,
        (Manner::Initials, Extent::Begin | Extent::Inside) => Tier::InitialsInside,
    }
}
