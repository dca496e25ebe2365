//! Names of types: one name, one type, and none that says nothing.

use std::collections::BTreeMap;

use super::{code, names_after, sources};

/// Names that were given up, since they say what happened to a thing and not what it is. `GLOSSARY.md` has the words used.
const RETIRED: &[&str] = &[
    "Asked",
    "Beginning",
    "Begun",
    "Doorkeeper",
    "Drawn",
    "Ended",
    "Followed",
    "Follower",
    "Found",
    "Gate",
    "Given",
    "Gone",
    "Ground",
    "Heard",
    "Held",
    "Issued",
    "Kept",
    "Known",
    "Leaving",
    "Left",
    "Lent",
    "Met",
    "Named",
    "Opened",
    "OutOfWork",
    "Overtaken",
    "Place",
    "Places",
    "Planned",
    "Quoted",
    "Read",
    "Said",
    "Seen",
    "Sent",
    "Silence",
    "Standing",
    "Stood",
    "Told",
    "Veil",
    "View",
    "Visitor",
    "Walker",
    "Watched",
    "Worded",
    "Written",
];

/// The types that the source defines outside its tests, with their files. Those of traits and functions are indented, and
/// left out.
fn types() -> BTreeMap<String, Vec<String>> {
    let mut types: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for (file, text) in sources("src") {
        if file.ends_with("tests.rs") || file.contains("/tests/") {
            continue;
        }
        let text = text.split("#[cfg(test)]\nmod ").next().unwrap_or_default();
        for (_, line) in code(text) {
            let words = line.strip_prefix("pub").unwrap_or(line);
            let words = words
                .strip_prefix('(')
                .and_then(|rest| rest.split_once(')'))
                .map_or(words, |(_, rest)| rest)
                .strip_prefix(' ')
                .unwrap_or(words);
            let is_definition = ["struct ", "enum ", "trait ", "type ", "union "]
                .iter()
                .any(|keyword| words.starts_with(keyword));
            if !is_definition {
                continue;
            }
            let keyword = &words[..=words.find(' ').unwrap_or_default()];
            for name in names_after(words, keyword).into_iter().take(1) {
                if name.starts_with(|c: char| c.is_ascii_uppercase()) {
                    types.entry(name.into()).or_default().push(file.clone());
                }
            }
        }
    }
    types
}

/// A type in `graphql` may have the name of the one in the model that it mirrors, for that is its public name.
#[test]
fn one_name_is_one_type() {
    let types = types();
    assert!(types.len() > 500, "{} types were found", types.len());
    let mut shared = Vec::new();
    for (name, files) in types {
        let mirrors = files.iter().filter(|file| file.starts_with("graphql/")).count();
        let own = files.len() - mirrors;
        if own > 1 || mirrors > 1 {
            shared.push(format!("{name}: {}", files.join(", ")));
        }
    }
    assert!(
        shared.is_empty(),
        "name each after what it holds:\n{}",
        shared.join("\n")
    );
}

#[test]
fn no_retired_name_comes_back() {
    let types = types();
    let back: Vec<String> = RETIRED
        .iter()
        .filter_map(|name| {
            types
                .get(*name)
                .map(|files| format!("{name}: {}", files.join(", ")))
        })
        .collect();
    assert!(
        back.is_empty(),
        "a stranger cannot tell what these hold; see GLOSSARY.md:\n{}",
        back.join("\n")
    );
}
