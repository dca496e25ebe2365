//! An answer as its leaves: each with the way to it, and what stands there.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use serde_json::{Map, Value};

/// What stands at each leaf.
pub type Leaves = BTreeMap<String, Leaf>;

/// What stands at a leaf.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Leaf {
    /// A boolean, a number, an amount, a label, or null.
    One(String),
    /// Labels or ids, whatever their order.
    Many(BTreeSet<String>),
}

/// The fields by which a row of a list is told from the others; where it has none, its place.
const NAMES: [&str; 9] = [
    "program",
    "entity",
    "kind",
    "keys",
    "assertion",
    "reliability",
    "unit",
    "basis",
    "id",
];
/// The field of a path of which the first and the last name it.
const WAY: &str = "entities";

/// The leaves of an answer.
pub fn leaves(answer: &Value) -> Leaves {
    let mut found = Leaves::new();
    collect("", answer, &mut found);
    found
}

fn collect(path: &str, value: &Value, found: &mut Leaves) {
    let at = |name: &str| format!("{path} {name}").trim_start().to_string();
    match value {
        Value::Object(fields) if reference(fields).is_none() => {
            for (name, value) in fields {
                collect(&at(name), value, found);
            }
        }
        Value::Array(rows) if rows.iter().any(is_row) => {
            let mut named: BTreeMap<String, usize> = BTreeMap::new();
            let mut names = BTreeSet::new();
            for (place, row) in rows.iter().enumerate() {
                let name = name(row).unwrap_or_else(|| (place + 1).to_string());
                let times = named.entry(name.clone()).or_default();
                *times += 1;
                let name = if *times == 1 {
                    name
                } else {
                    format!("{name}/{times}")
                };
                let told = row.as_object().into_iter().flatten();
                for (field, value) in told.filter(|(field, _)| !NAMES.contains(&field.as_str())) {
                    collect(&at(&format!("{name} {field}")), value, found);
                }
                names.insert(name);
            }
            found.insert(path.to_string(), Leaf::Many(names));
        }
        Value::Array(items) => {
            let items = items.iter().map(plain).collect();
            found.insert(path.to_string(), Leaf::Many(items));
        }
        value => {
            found.insert(path.to_string(), Leaf::One(plain(value)));
        }
    }
}

fn is_row(item: &Value) -> bool {
    item.as_object().is_some_and(|fields| reference(fields).is_none())
}

/// The id, of an object that has nothing else.
fn reference(fields: &Map<String, Value>) -> Option<&str> {
    fields.get("id").filter(|_| fields.len() == 1)?.as_str()
}

fn name(row: &Value) -> Option<String> {
    if let Some([first, .., last]) = row.get(WAY).and_then(Value::as_array).map(Vec::as_slice) {
        return Some(format!("{}..{}", plain(first), plain(last)));
    }
    let names = NAMES.iter().filter_map(|field| match row.get(field)? {
        Value::Array(keys) => keys
            .iter()
            .map(|key| plain(&key["value"]))
            .reduce(|all, key| format!("{all} {key}")),
        value => Some(plain(value)),
    });
    names.reduce(|all, name| format!("{all} {name}"))
}

fn plain(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Object(fields) => reference(fields).unwrap_or("{}").to_string(),
        value => value.to_string(),
    }
}

impl fmt::Display for Leaf {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::One(text) => f.write_str(text),
            Self::Many(items) => {
                let items: Vec<&str> = items.iter().map(String::as_str).collect();
                write!(f, "[{}]", items.join(" "))
            }
        }
    }
}
