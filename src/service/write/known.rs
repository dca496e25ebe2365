//! Which keys are whose: in the batch, in the graph, or merged into another.
//!
//! Everything that a batch names is asked of the store in one call, so that an import of any size costs a few.

use std::collections::{HashMap, HashSet};

use super::plan::WritePlan;
use super::problem::{Cause, Message, Problems, Spot};
use super::{Item, StatementDraft};
use crate::model::change::{Record, Subject};
use crate::model::id::EntityId;
use crate::service::spelling::Speller;
use crate::store::{Answer, Reader};

/// How many spellings may be compared for hints, over a whole batch: each hint costs a pass over the keys.
const COMPARISONS_MAX: usize = 2_000_000;
/// How many unknown keys are looked for in the graph with a letter changed; some thousand look-ups each.
const STORE_HINTS_MAX: usize = 8;

/// What a key stands for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Found {
    /// A record of this batch, by its place among the items.
    Item(usize),
    /// A record in the graph.
    Stored(Subject),
    /// An entity that is now part of another.
    Merged(EntityId),
    /// Something that could not be read.
    Unread,
    /// A record that this write takes away.
    Leaving,
    /// Nothing.
    Nothing,
}

/// What each key of a batch stands for.
pub(super) struct Known<'a> {
    pub(super) here: HashMap<&'a str, usize>,
    stored: HashMap<&'a str, Subject>,
    kept: HashMap<&'a str, EntityId>,
    /// Keys of what the writer may not see.
    hidden: HashSet<&'a str>,
    unread: &'a HashSet<String>,
    /// The keys of what this write takes away.
    pub(super) gone: HashSet<String>,
}

/// Each reference from a record to an entity, with its column and row.
pub(super) fn references<'r>(record: &'r Record, mut each: impl FnMut(&'static str, usize, &'r EntityId)) {
    match record {
        Record::Source(_) | Record::Entity(_) => {}
        Record::Relation(relation) => {
            each("from_id", 0, &relation.from);
            each("to_id", 0, &relation.to);
            relation.under.iter().for_each(|id| each("under", 0, id));
        }
        Record::Observation(observation) => each("entity_id", 0, &observation.entity),
        Record::Rule(rule) => {
            each("bearer_id", 0, &rule.bearer);
            for (row, part) in rule.parts.iter().enumerate() {
                if let Some(party) = &part.party {
                    each("party_id", row, party);
                }
            }
        }
    }
}

impl Item {
    /// Its key.
    pub(super) fn key(&self) -> &str {
        match &self.record {
            Record::Source(source) => source.id.as_str(),
            Record::Entity(entity) => entity.id.as_str(),
            Record::Relation(relation) => relation.id.as_str(),
            Record::Observation(observation) => observation.id.as_str(),
            Record::Rule(rule) => rule.id.as_str(),
        }
    }

    pub(super) fn statements(&self) -> impl Iterator<Item = &StatementDraft> {
        self.own.iter().chain(&self.more)
    }
}

impl<'a> Known<'a> {
    /// Asks the store for every key that the batch has or names; those in `unread` could not be read.
    pub(super) async fn load<R: Reader>(
        items: &'a [Item],
        keys: Vec<&'a str>,
        unread: &'a HashSet<String>,
        at: &R,
        problems: &mut Problems,
    ) -> Answer<Self> {
        let mut here: HashMap<&str, usize> = HashMap::with_capacity(items.len());
        for (index, item) in items.iter().enumerate() {
            if let Some(first) = here.insert(item.key(), index) {
                here.insert(item.key(), first);
                let reason = Message::from("this id stands already at ").place(items[first].draft);
                problems.push_with(
                    Spot::of(item),
                    "id",
                    item.key(),
                    reason,
                    Some("ids are unique over everything"),
                );
            }
        }
        let asked: Vec<String> = keys.iter().map(ToString::to_string).collect();
        let occupants = at.occupants(&asked).await?;
        let mut stored: HashMap<&str, Subject> = HashMap::with_capacity(keys.len());
        let mut entities: Vec<(&str, EntityId)> = Vec::new();
        for (key, subject) in keys.iter().copied().zip(occupants) {
            match subject {
                // A merged id stays taken, so only the store can say whether it is an entity's own.
                Some(Subject::Entity(_)) | None => {
                    entities.extend(EntityId::parse(key).ok().map(|id| (key, id)));
                }
                Some(subject) => _ = stored.insert(key, subject),
            }
        }
        let ids: Vec<EntityId> = entities.iter().map(|(_, id)| id.clone()).collect();
        let resolved = if ids.is_empty() {
            Vec::new()
        } else {
            at.resolve(&ids).await?
        };
        let mut kept = HashMap::new();
        for ((key, id), now) in entities.into_iter().zip(resolved) {
            match now {
                Some(now) if now == id => _ = stored.insert(key, Subject::Entity(id)),
                Some(now) => _ = kept.insert(key, now),
                None => {}
            }
        }
        Ok(Self {
            here,
            stored,
            kept,
            hidden: HashSet::new(),
            unread,
            gone: HashSet::new(),
        })
    }

    /// What a key stands for.
    pub(super) fn find(&self, key: &str) -> Found {
        if let Some(index) = self.here.get(key) {
            return Found::Item(*index);
        }
        if self.unread.contains(key) {
            return Found::Unread;
        }
        match (self.stored.get(key), self.kept.get(key)) {
            (Some(_), _) if self.gone.contains(key) => Found::Leaving,
            (Some(subject), _) => Found::Stored(subject.clone()),
            (None, Some(kept)) => Found::Merged(kept.clone()),
            (None, None) => Found::Nothing,
        }
    }

    /// Everything that the graph has under a key, and what that stands for.
    pub(super) fn standing(&self) -> Vec<(&'a str, Subject)> {
        let stored = self.stored.iter().map(|(key, subject)| (*key, subject.clone()));
        let kept = self
            .kept
            .iter()
            .map(|(key, id)| (*key, Subject::Entity(id.clone())));
        stored.chain(kept).collect()
    }

    /// Takes what a key has as not there.
    pub(super) fn hide(&mut self, key: &str) {
        let stored = self.stored.remove_entry(key).map(|(key, _)| key);
        let kept = self.kept.remove_entry(key).map(|(key, _)| key);
        self.hidden.extend(stored.into_iter().chain(kept));
    }

    /// Whether a key is that of something that the writer may not see.
    pub(super) fn is_hidden(&self, key: &str) -> bool {
        self.hidden.contains(key)
    }

    /// What the graph has under a key, whatever the batch has.
    pub(super) fn in_store(&self, key: &str) -> Option<&Subject> {
        self.stored.get(key)
    }

    /// The entity that a merged key stands for.
    pub(super) fn kept(&self, key: &str) -> Option<&EntityId> {
        self.kept.get(key)
    }
}

/// What kind of record a subject is, in words.
pub(super) fn noun(subject: &Subject) -> &'static str {
    match subject {
        Subject::Entity(_) => "an entity",
        Subject::Relation(_) => "a relation",
        Subject::Observation(_) => "an observation",
        Subject::Rule(_) => "a rule",
        Subject::Source(_) => "a source",
    }
}

/// A key that nothing has, and where it stands.
pub(super) struct Unknown {
    pub(super) spot: Spot,
    pub(super) field: &'static str,
    pub(super) key: String,
    /// What it should be: an entity, a source, a record.
    pub(super) what: &'static str,
}

/// Reports unknown keys, each with the nearest known one where there is any; of the graph only where the writer sees it all.
pub(super) async fn report_unknown<R: Reader>(
    plan: &WritePlan,
    at: &R,
    unknown: Vec<Unknown>,
    sees_all: bool,
    problems: &mut Problems,
) -> Answer<()> {
    let mut hints: HashMap<String, Option<Message>> = HashMap::new();
    let mut passes = (COMPARISONS_MAX / plan.items.len().max(1)).max(1);
    let mut in_store = if sees_all { STORE_HINTS_MAX } else { 0 };
    for Unknown {
        spot,
        field,
        key,
        what,
    } in unknown
    {
        if !hints.contains_key(&key) && passes > 0 {
            passes -= 1;
            let mut hint = near_in_batch(plan, &key, what);
            if hint.is_none() && in_store > 0 {
                in_store -= 1;
                hint = near_in_store(at, &key, what).await?;
            }
            hints.insert(key.clone(), hint);
        }
        let hint = hints.get(&key).cloned().flatten();
        problems.push_with(spot, field, &key, format!("no {what} has this id"), hint);
        problems.cause(Cause::Unknown);
    }
    Ok(())
}

fn near_in_batch(plan: &WritePlan, key: &str, what: &str) -> Option<Message> {
    let mut speller = Speller::new(key);
    let fits = |record: &Record| match record {
        Record::Source(_) => what == "source",
        Record::Entity(_) => what != "source",
        Record::Relation(_) | Record::Observation(_) | Record::Rule(_) => what == "record",
    };
    let near = plan
        .items
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
