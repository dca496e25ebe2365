//! The table: worlds, each with what is taken from the data set or given to it, and the leaves that then change.
//!
//! ```text
//! # Why.
//! without rel:x                        the record and what rests on it is taken away
//! unsay rel:x                          what `statements` says of it further is taken away
//! set rel:x driver = MARKET            a cell is written; with nothing after `=`, emptied
//! with LOCATED_IN fund:f region:r      a relation is stated; a programme may follow, under which it falls
//! every relations driver - = MARKET    a cell is written wherever it is so; `-` is an empty one
//! dispute rel:x 3                      another source states another amount
//! dispute fund:f committed 3           … of a property
//! dispute fund:f committed >3          … above or below a bound
//!   mechanisms program:p endsDead: true -> false
//!   mechanisms program:p rules: - rule:r
//!   trace deadEnds nodes project:j reasons: + NO_OUTGOING
//! ```
//!
//! Changes that follow each other make one world; the leaves below it are indented.

use crate::support::Seed;

use super::leaves::{Leaf, Leaves};

/// A changed data set, and what it changes of the answers.
pub struct World {
    pub file: &'static str,
    pub line: usize,
    pub changes: Vec<Change>,
    pub entries: Vec<Entry>,
}

/// What is taken from the data set, or given to it: a line of the table.
pub struct Change(String);

/// A leaf, and what becomes of it.
pub struct Entry {
    pub leaf: String,
    pub becomes: Becomes,
}

/// What becomes of a leaf.
pub enum Becomes {
    /// It has another value; `gone` where its row is no more.
    Other { old: String, new: String },
    /// Its list loses an item.
    Without(String),
    /// Its list gets an item.
    With(String),
}

/// Reads a file of the table.
pub fn parse(file: &'static str, text: &str) -> Vec<World> {
    let mut worlds: Vec<World> = Vec::new();
    let told = |line: &&str| !line.trim().is_empty() && !line.starts_with('#');
    for (at, line) in text.lines().enumerate().filter(|(_, line)| told(line)) {
        let entry = line
            .strip_prefix("  ")
            .map(|entry| Entry::parse(entry).unwrap_or_else(|| panic!("{file}:{}: no leaf: {line}", at + 1)));
        let open = worlds
            .last_mut()
            .filter(|world| entry.is_some() || world.entries.is_empty());
        match (open, entry) {
            (Some(world), Some(entry)) => world.entries.push(entry),
            (Some(world), None) => world.changes.push(Change(line.to_string())),
            (None, Some(_)) => panic!("{file}:{}: a leaf without a change", at + 1),
            (None, None) => worlds.push(World {
                file,
                line: at + 1,
                changes: vec![Change(line.to_string())],
                entries: Vec::new(),
            }),
        }
    }
    worlds
}

impl World {
    /// The data set of it.
    pub fn of(&self, whole: &Seed) -> Seed {
        let mut seed = whole.clone();
        self.changes.iter().for_each(|change| change.apply(&mut seed));
        seed
    }

    /// Its changes, in one line, with its place in the table.
    pub fn title(&self) -> String {
        let changes: Vec<&str> = self.changes.iter().map(|change| change.0.as_str()).collect();
        format!("{}:{} {}", self.file, self.line, changes.join("; "))
    }
}

impl Change {
    fn apply(&self, seed: &mut Seed) {
        let words: Vec<&str> = self.0.split_whitespace().collect();
        match words.as_slice() {
            ["without", key] => seed.remove(key),
            ["unsay", key] => seed.unsay(key),
            ["set", key, column, "="] => seed.set(key, column, ""),
            ["set", key, column, "=", value] => seed.set(key, column, value),
            ["with", kind, from, to] => seed.relate(kind, from, to, ""),
            ["with", kind, from, to, under] => seed.relate(kind, from, to, under),
            ["every", table, column, "-", "=", to] => seed.set_everywhere(table, column, "", to),
            ["every", table, column, from, "=", to] => seed.set_everywhere(table, column, from, to),
            ["dispute", key, amount] => seed.dispute(key, "", amount),
            ["dispute", key, property, amount] => seed.dispute(key, property, amount),
            _ => panic!("no change: {}", self.0),
        }
    }
}

impl Entry {
    fn parse(text: &str) -> Option<Self> {
        let (leaf, becomes) = text.split_once(": ")?;
        let becomes = if let Some(item) = becomes.strip_prefix("- ") {
            Becomes::Without(item.to_string())
        } else if let Some(item) = becomes.strip_prefix("+ ") {
            Becomes::With(item.to_string())
        } else {
            let (old, new) = becomes.rsplit_once(" -> ")?;
            Becomes::Other {
                old: old.to_string(),
                new: new.to_string(),
            }
        };
        Some(Self {
            leaf: leaf.to_string(),
            becomes,
        })
    }

    /// What this shows to rest on a fact: the leaf, and of a list the item.
    pub fn shows(&self) -> Option<(String, String)> {
        let item = match &self.becomes {
            Becomes::Other { .. } => "",
            Becomes::Without(item) => item,
            Becomes::With(_) => return None,
        };
        Some((self.leaf.clone(), item.to_string()))
    }

    /// The line of it.
    pub fn text(&self) -> String {
        match &self.becomes {
            Becomes::Other { old, new } => format!("{}: {old} -> {new}", self.leaf),
            Becomes::Without(item) => format!("{}: - {item}", self.leaf),
            Becomes::With(item) => format!("{}: + {item}", self.leaf),
        }
    }

    /// What is wrong with it, given the answers before and after.
    pub fn fault(&self, before: &Leaves, after: &Leaves) -> Option<String> {
        let leaf = &self.leaf;
        match (&self.becomes, before.get(leaf), after.get(leaf)) {
            (_, None, _) => Some(format!("no answer has the leaf {leaf}")),
            (Becomes::Other { old, new }, Some(Leaf::One(was)), is) => {
                let is = is.map_or_else(|| "gone".to_string(), ToString::to_string);
                let flips = |text: &str| ["true", "false"].contains(&text);
                if (was, &is) != (old, new) {
                    Some(format!("{leaf}: expected {old} -> {new}, got {was} -> {is}"))
                } else if was == &is {
                    Some(format!("{leaf} stays {is}"))
                } else if flips(was) && !flips(&is) {
                    Some(format!("{leaf}: a boolean must be seen to take its other value"))
                } else {
                    None
                }
            }
            (Becomes::Without(item), Some(Leaf::Many(was)), is) => {
                let stays = matches!(is, Some(Leaf::Many(items)) if items.contains(item));
                if was.contains(item) {
                    stays.then(|| format!("{leaf} keeps {item}"))
                } else {
                    Some(format!("{leaf} has no {item} to lose"))
                }
            }
            (Becomes::With(item), Some(Leaf::Many(was)), is) => {
                let comes = matches!(is, Some(Leaf::Many(items)) if items.contains(item));
                let is = is.map_or_else(|| "gone".to_string(), ToString::to_string);
                (was.contains(item) || !comes).then(|| format!("{leaf} does not get {item}: {was:?} -> {is}"))
            }
            (_, Some(was), _) => Some(format!(
                "{leaf} is {was}: items (`: - item`, `: + item`) are of lists, values (`: old -> new`) of others"
            )),
        }
    }
}
