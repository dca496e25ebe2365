//! Reports references to keys that no record has, with the nearest existing key.

use std::collections::HashMap;

use crate::model::change::{Record, Subject};
use crate::model::field::Field;
use crate::service::spelling::Speller;
use crate::service::write::problem::{Message, ProblemCause, ProblemLocation, WriteProblems};
use crate::service::write::split_batch::SplitBatch;
use crate::store::{Reader, StoreResult};

/// Maximum number of spellings compared for the hints of a batch; each hint costs a pass over the keys.
const COMPARISONS_MAX: usize = 2_000_000;
/// Maximum number of unknown keys that are searched in the graph with one letter changed; some thousand lookups each.
const STORE_HINTS_MAX: usize = 8;

/// A reference to a key that no record has.
pub(in crate::service::write) struct UnknownKey {
    pub(in crate::service::write) location: ProblemLocation,
    pub(in crate::service::write) field: Field,
    pub(in crate::service::write) key: String,
    pub(in crate::service::write) expected: ReferencedType,
}

/// The type of record that a reference may name.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(in crate::service::write) enum ReferencedType {
    Entity,
    Source,
    /// Any record that statements may be about: not a source.
    Record,
}

impl ReferencedType {
    const fn noun(self) -> &'static str {
        match self {
            Self::Entity => "entity",
            Self::Source => "source",
            Self::Record => "record",
        }
    }
}

/// Hint for a key that no record has.
const ADD_FIRST: &str = "add it first, or correct the id";

/// Reports unknown keys, each with the nearest existing one; keys of the graph are suggested only to a writer who sees all of it.
pub(in crate::service::write) async fn report_unknown_keys<R: Reader>(
    batch: &SplitBatch,
    at: &R,
    unknown: Vec<UnknownKey>,
    sees_all: bool,
    problems: &mut WriteProblems,
) -> StoreResult<()> {
    let mut hints: HashMap<String, Option<Message>> = HashMap::new();
    let mut passes = (COMPARISONS_MAX / batch.records.len().max(1)).max(1);
    let mut in_store = if sees_all { STORE_HINTS_MAX } else { 0 };
    for UnknownKey {
        location,
        field,
        key,
        expected,
    } in unknown
    {
        if !hints.contains_key(&key) && passes > 0 {
            passes -= 1;
            let mut hint = near_in_batch(batch, &key, expected);
            if hint.is_none() && in_store > 0 {
                in_store -= 1;
                hint = near_in_store(at, &key, expected).await?;
            }
            hints.insert(key.clone(), hint);
        }
        let near = hints.get(&key).cloned().flatten();
        let hint = near.unwrap_or_else(|| ADD_FIRST.into());
        problems.push(
            location,
            field,
            &key,
            format!("no {} has this id", expected.noun()),
            hint,
        );
        problems.set_cause(ProblemCause::Unknown);
    }
    Ok(())
}

fn near_in_batch(batch: &SplitBatch, key: &str, expected: ReferencedType) -> Option<Message> {
    let speller = Speller::new(key);
    let fits = |record: &Record| match record {
        Record::Source(_) => expected == ReferencedType::Source,
        Record::Entity(_) => expected != ReferencedType::Source,
        Record::Relation(_) | Record::Observation(_) | Record::Rule(_) => expected == ReferencedType::Record,
    };
    let near = batch
        .records
        .iter()
        .filter(|item| !item.shorthand && fits(&item.record));
    let near = near.filter_map(|item| Some((speller.distance(item.key())?, item)));
    let (_, item) = near.min_by_key(|(distance, _)| *distance)?;
    Some(
        Message::from(format!("did you mean {} (", item.key()))
            .place(item.draft)
            .text(")?"),
    )
}

/// Searches for a record whose key differs in one letter, which is cheap and finds most typing errors.
async fn near_in_store<R: Reader>(
    at: &R,
    key: &str,
    expected: ReferencedType,
) -> StoreResult<Option<Message>> {
    let spellings = one_letter_away(key);
    let occupants = at.subjects_of_keys(&spellings).await?;
    let found = occupants.into_iter().flatten().find(|subject| match subject {
        Subject::Source(_) => expected == ReferencedType::Source,
        Subject::Entity(_) => expected != ReferencedType::Source,
        Subject::Relation(_) | Subject::Observation(_) | Subject::Rule(_) => {
            expected == ReferencedType::Record
        }
    });
    Ok(found.map(|subject| Message::from(format!("did you mean {}?", subject.as_str()))))
}

fn one_letter_away(key: &str) -> Vec<String> {
    const LETTERS: &str = "abcdefghijklmnopqrstuvwxyz0123456789-_.:/ABCDEFGHIJKLMNOPQRSTUVWXYZ";
    let mut spellings = Vec::new();
    if !key.is_ascii() {
        return spellings;
    }
    for at in 0..=key.len() {
        let (head, tail) = key.split_at(at);
        let rest = tail.get(1..);
        if let Some(rest) = rest {
            spellings.push(format!("{head}{rest}"));
        }
        if let (Some(first), Some(second)) = (tail.get(..1), tail.get(1..2)) {
            spellings.push(format!("{head}{second}{first}{}", &tail[2..]));
        }
        for letter in LETTERS.chars() {
            spellings.push(format!("{head}{letter}{tail}"));
            if let Some(rest) = rest {
                spellings.push(format!("{head}{letter}{rest}"));
            }
        }
    }
    // An empty spelling cannot be an id.
    spellings.retain(|spelling| !spelling.is_empty());
    spellings
}
