//! Keys that no record has: reported, each with the nearest key that one has.

use std::collections::HashMap;

use crate::model::change::{Record, Subject};
use crate::service::spelling::Speller;
use crate::service::write::problem::{Cause, Message, Problems, Spot};
use crate::service::write::split_batch::SplitBatch;
use crate::store::{Answer, Reader};

/// How many spellings may be compared for hints, over a whole batch: each hint costs a pass over the keys.
const COMPARISONS_MAX: usize = 2_000_000;
/// How many unknown keys are looked for in the graph with a letter changed; some thousand look-ups each.
const STORE_HINTS_MAX: usize = 8;

/// A key that no record has, and where it is used.
pub(in crate::service::write) struct UnknownKey {
    pub(in crate::service::write) spot: Spot,
    pub(in crate::service::write) field: &'static str,
    pub(in crate::service::write) key: String,
    /// What it should be: an entity, a source, a record.
    pub(in crate::service::write) what: &'static str,
}

/// What to do about a key that no record has.
const ADD_FIRST: &str = "add it first, or correct the id";

/// Reports unknown keys, each with the nearest known one where there is any; of the graph only where the writer sees it all.
pub(in crate::service::write) async fn report_unknown_keys<R: Reader>(
    batch: &SplitBatch,
    at: &R,
    unknown: Vec<UnknownKey>,
    sees_all: bool,
    problems: &mut Problems,
) -> Answer<()> {
    let mut hints: HashMap<String, Option<Message>> = HashMap::new();
    let mut passes = (COMPARISONS_MAX / batch.records.len().max(1)).max(1);
    let mut in_store = if sees_all { STORE_HINTS_MAX } else { 0 };
    for UnknownKey {
        spot,
        field,
        key,
        what,
    } in unknown
    {
        if !hints.contains_key(&key) && passes > 0 {
            passes -= 1;
            let mut hint = near_in_batch(batch, &key, what);
            if hint.is_none() && in_store > 0 {
                in_store -= 1;
                hint = near_in_store(at, &key, what).await?;
            }
            hints.insert(key.clone(), hint);
        }
        let near = hints.get(&key).cloned().flatten();
        let hint = near.unwrap_or_else(|| ADD_FIRST.into());
        problems.push(spot, field, &key, format!("no {what} has this id"), hint);
        problems.cause(Cause::Unknown);
    }
    Ok(())
}

fn near_in_batch(batch: &SplitBatch, key: &str, what: &str) -> Option<Message> {
    let speller = Speller::new(key);
    let fits = |record: &Record| match record {
        Record::Source(_) => what == "source",
        Record::Entity(_) => what != "source",
        Record::Relation(_) | Record::Observation(_) | Record::Rule(_) => what == "record",
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

/// Asks whether a spelling one letter away has a record: cheap, and what most slips are.
async fn near_in_store<R: Reader>(at: &R, key: &str, what: &str) -> Answer<Option<Message>> {
    let spellings = one_letter_away(key);
    let occupants = at.occupants(&spellings).await?;
    let found = occupants.into_iter().flatten().find(|subject| match subject {
        Subject::Source(_) => what == "source",
        Subject::Entity(_) => what != "source",
        Subject::Relation(_) | Subject::Observation(_) | Subject::Rule(_) => what == "record",
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
    // What is no id cannot have a record; a store need not be asked.
    spellings.retain(|spelling| !spelling.is_empty());
    spellings
}
