//! Matching and ranking entities for a query.

use std::ops::Range;

use super::find::{MatchExtent, MatchManner, WordMatch, find, find_text};
use super::letters::Letters;
use super::query::SearchQuery;
use crate::model::entity::{Name, NameRole};

/// The character before a highlighted part.
///
/// A highlight is plain text, so a front end splits it at the marks and shows the parts as text: there is no markup to
/// trust. The marks are mathematical brackets, which names do not use; one that does has them shown as `[` and `]`, so
/// that a split is never wrong.
pub const MARK_OPEN: char = '⟦';
/// The character after a highlighted part; see [`MARK_OPEN`].
pub const MARK_CLOSE: char = '⟧';

/// The score of a match; greater is better. It is an integer, so that it is the same on every platform.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Score(u16);

impl Score {
    /// The weight of a tier; within a tier, the role and then the length decide.
    const TIER: u16 = 1 << 11;
    const ROLE: u16 = 1 << 9;

    fn of(tier: Tier, field: &SearchField<'_>) -> Self {
        let length = u16::try_from(field.letters.chars.len())
            .unwrap_or(u16::MAX)
            .min(Self::ROLE - 1);
        let role = match field.role {
            FieldRole::Official => 2,
            FieldRole::OtherName => 1,
            FieldRole::Id => 0,
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

/// The match of an entity.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SearchMatch<'a> {
    /// The score.
    pub score: Score,
    /// The name that matches best, or the id, as it is written.
    pub text: &'a str,
    /// The matching ranges in code points, in order and not adjacent.
    pub ranges: Vec<Range<usize>>,
}

impl SearchMatch<'_> {
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

/// The tier of a match, best last. The phrase of a query is its words concatenated.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Tier {
    /// The words match in several names, some by initials or an incomplete syllable.
    LooselyAcross = 2,
    /// The same, in one name.
    Loosely = 3,
    /// The phrase as initials.
    InitialsInside = 4,
    InitialsPrefix = 5,
    InitialsWhole = 6,
    /// The phrase by sound, with an incomplete last syllable.
    PartialSoundInside = 7,
    PartialSound = 8,
    /// The words by sound or spelling, in several names; in one.
    BySoundAcross = 10,
    BySound = 11,
    /// The phrase by sound.
    SoundInside = 12,
    SoundPrefix = 13,
    SoundWhole = 14,
    /// A part of the id. It ranks low because ids begin with the kind, so that `fund` is in the id of every fund.
    Id = 16,
    /// The words by spelling, in several names; in one.
    Across = 18,
    Apart = 20,
    /// The phrase by spelling.
    Inside = 22,
    Begin = 25,
    Prefix = 28,
    Whole = 31,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum FieldRole {
    Id,
    OtherName,
    Official,
}

/// A name or an id, and the match of each word of the query in it.
struct SearchField<'a> {
    text: &'a str,
    role: FieldRole,
    letters: Letters,
    found: Vec<Option<WordMatch>>,
}

/// The match of an entity with these names and ids, its own and those merged into it; none if it does not match.
///
/// Spelling ranks before sound, and sound before initials; the whole name before its beginning, then the beginning of a word, then
/// the inside of one. Then official names rank before others, then shorter names before longer ones.
pub fn rank<'a>(
    query: &SearchQuery,
    names: &'a [Name],
    ids: impl Iterator<Item = &'a str>,
) -> Option<SearchMatch<'a>> {
    let texts = names.iter().map(|name| {
        (
            name.value.as_str(),
            if name.role == NameRole::Official {
                FieldRole::Official
            } else {
                FieldRole::OtherName
            },
        )
    });
    let fields: Vec<SearchField<'a>> = texts
        .chain(ids.map(|id| (id, FieldRole::Id)))
        .map(|(text, role)| field(query, text, role))
        .collect();
    let everywhere =
        (0..query.words().len()).all(|word| fields.iter().any(|field| field.found[word].is_some()));
    if !everywhere {
        return None;
    }
    let in_one = fields.iter().filter_map(|field| {
        let (tier, ranges) = field.whole_query(query)?;
        Some(SearchMatch {
            score: Score::of(tier, field),
            text: field.text,
            ranges,
        })
    });
    // The first of equals, unlike `max_by_key`.
    in_one
        .reduce(|best, next| if next.score > best.score { next } else { best })
        .or_else(|| across(&fields))
}

fn field<'a>(query: &SearchQuery, text: &'a str, role: FieldRole) -> SearchField<'a> {
    let letters = Letters::of(text);
    // Ids match by spelling only: their sound is not that of a name, and their initials would be those of the kind.
    let look = if role == FieldRole::Id { find_text } else { find };
    let found = query.words().iter().map(|word| look(&letters, word)).collect();
    SearchField {
        text,
        role,
        letters,
        found,
    }
}

impl SearchField<'_> {
    /// The tier and the ranges of a match of the whole query, if there is one.
    fn whole_query(&self, query: &SearchQuery) -> Option<(Tier, Vec<Range<usize>>)> {
        let worst = self
            .found
            .iter()
            .map(|found| found.as_ref().map(|found| found.manner))
            .min()??;
        let phrase = match (&self.found[..], self.role) {
            ([single], _) => single.clone(),
            (_, FieldRole::Id) => find_text(&self.letters, query.phrase()),
            (_, FieldRole::OtherName | FieldRole::Official) => find(&self.letters, query.phrase()),
        };
        let apart = match worst {
            MatchManner::Text => Tier::Apart,
            MatchManner::Sound => Tier::BySound,
            MatchManner::PartialSound | MatchManner::Initials => Tier::Loosely,
        };
        let (tier, ranges) = match phrase.as_ref().map(|phrase| (tier_of(phrase), phrase)) {
            Some((tier, phrase)) if tier > apart => (tier, self.ranges(std::iter::once(phrase))),
            _ => (apart, self.ranges(self.found.iter().flatten())),
        };
        let tier = if self.role == FieldRole::Id && tier != Tier::Whole {
            Tier::Id
        } else {
            tier
        };
        Some((tier, ranges))
    }

    /// The matching ranges in code points of the text, in order, with adjacent ones joined.
    fn ranges<'f>(&self, found: impl Iterator<Item = &'f WordMatch>) -> Vec<Range<usize>> {
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

/// The match if no text has all words: the text with most of them is shown.
fn across<'a>(fields: &[SearchField<'a>]) -> Option<SearchMatch<'a>> {
    let best_of = |word: usize| {
        fields
            .iter()
            .filter_map(|field| Some(field.found[word].as_ref()?.manner))
            .max()
    };
    let words = fields.first()?.found.len();
    let tier = match (0..words).filter_map(best_of).min()? {
        MatchManner::Text => Tier::Across,
        MatchManner::Sound => Tier::BySoundAcross,
        MatchManner::PartialSound | MatchManner::Initials => Tier::LooselyAcross,
    };
    let count = |field: &SearchField<'_>| field.found.iter().flatten().count();
    let better = |next: &SearchField<'_>, best: &SearchField<'_>| {
        (count(next), Score::of(tier, next)) > (count(best), Score::of(tier, best))
    };
    let shown = fields
        .iter()
        .reduce(|best, next| if better(next, best) { next } else { best })?;
    let ranges = shown.ranges(shown.found.iter().flatten());
    Some(SearchMatch {
        score: Score::of(tier, shown),
        text: shown.text,
        ranges,
    })
}

fn tier_of(phrase: &WordMatch) -> Tier {
    match (phrase.manner, phrase.extent) {
        (MatchManner::Text, MatchExtent::Whole) => Tier::Whole,
        (MatchManner::Text, MatchExtent::Prefix) => Tier::Prefix,
        (MatchManner::Text, MatchExtent::UnitStart) => Tier::Begin,
        (MatchManner::Text, MatchExtent::Inside) => Tier::Inside,
        (MatchManner::Sound, MatchExtent::Whole) => Tier::SoundWhole,
        (MatchManner::Sound, MatchExtent::Prefix) => Tier::SoundPrefix,
        (MatchManner::Sound, MatchExtent::UnitStart | MatchExtent::Inside) => Tier::SoundInside,
        (MatchManner::PartialSound, MatchExtent::Whole | MatchExtent::Prefix) => Tier::PartialSound,
        (MatchManner::PartialSound, MatchExtent::UnitStart | MatchExtent::Inside) => Tier::PartialSoundInside,
        (MatchManner::Initials, MatchExtent::Whole) => Tier::InitialsWhole,
        (MatchManner::Initials, MatchExtent::Prefix) => Tier::InitialsPrefix,
        (MatchManner::Initials, MatchExtent::UnitStart | MatchExtent::Inside) => Tier::InitialsInside,
    }
}
