//! The graph of modules: no circle among files, and none among what is in one folder. For files, an arrow to a folder's own
//! `mod.rs` does not count, for that file is what the folder shows of itself.

use std::collections::{BTreeMap, BTreeSet};

use super::{code, sources};

type Module = Vec<String>;

/// The only files that refer to each other in a circle: the types of the schema that return each other. An entity
/// has relations, whose ends are entities.
const MUTUAL_TYPES: &[&str] = &[
    "graphql::types::covers",
    "graphql::types::entity",
    "graphql::types::incident",
    "graphql::types::kinds",
    "graphql::types::named",
    "graphql::types::observation",
    "graphql::types::properties",
    "graphql::types::relation",
    "graphql::types::rule",
];

/// The only parts of a folder besides these that refer to each other in a circle. Validation parses the schema, the
/// schema has the mutations, and these check the rest of a batch of which validation rejected some items.
const MUTUAL_PARTS: &[&str] = &[
    "graphql::inputs",
    "graphql::mutation",
    "graphql::prepared_request",
    "graphql::query",
    "graphql::schema",
    "graphql::subscription",
    "graphql::types",
    "graphql::validation",
];

/// The module of a source file: `a/b.rs` and `a/b/mod.rs` are both `a::b`.
fn module(file: &str) -> Module {
    let path = file.trim_end_matches(".rs").trim_end_matches("/mod");
    path.split('/').map(String::from).collect()
}

/// Every path that a use tree names, such as `super::{a, b::{self, C}}`.
fn expand(prefix: &[String], tree: &str, paths: &mut Vec<Vec<String>>) {
    let (mut depth, mut start) = (0, 0);
    let mut parts = Vec::new();
    for (at, c) in tree.char_indices() {
        match c {
            '{' => depth += 1,
            '}' => depth -= 1,
            ',' if depth == 0 => {
                parts.push(&tree[start..at]);
                start = at + 1;
            }
            _ => {}
        }
    }
    parts.push(&tree[start..]);
    for part in parts {
        let (head, inner) = match part.split_once('{') {
            Some((head, rest)) => (head, rest.rsplit_once('}').map(|(inner, _)| inner)),
            None => (part.split(" as ").next().unwrap_or_default(), None),
        };
        let segments = head.split("::").map(str::trim).filter(|name| !name.is_empty());
        let path: Vec<String> = prefix.iter().cloned().chain(segments.map(String::from)).collect();
        match inner {
            Some(inner) => expand(&path, inner, paths),
            None if path.len() > prefix.len() => paths.push(path),
            None => {}
        }
    }
}

/// The paths that a file names, beginning with `crate`, `super` or `self`.
fn paths(text: &str) -> Vec<Vec<String>> {
    let text = text.split("#[cfg(test)]\nmod ").next().unwrap_or_default();
    let text: String = code(text).flat_map(|(_, line)| [line, "\n"]).collect();
    let mut found = Vec::new();
    let mut rest = text.as_str();
    while let Some(at) = rest.find("use ") {
        let is_word = rest[..at].ends_with(|c: char| c.is_alphanumeric() || c == '_');
        let (_, after) = rest.split_at(at + 4);
        let end = after.find(';').unwrap_or(after.len());
        if !is_word {
            expand(&[], &after[..end], &mut found);
        }
        rest = &after[end..];
    }
    for root in ["crate::", "super::", "self::"] {
        for (at, _) in text.match_indices(root) {
            let path = text[at..].split(|c: char| !c.is_alphanumeric() && c != '_' && c != ':');
            let segments = path.take(1).flat_map(|path| path.split("::"));
            found.push(
                segments
                    .filter(|name| !name.is_empty())
                    .map(String::from)
                    .collect(),
            );
        }
    }
    found
}

/// The module that a path leads into, seen from another.
fn resolve(from: &Module, path: &[String], modules: &BTreeSet<Module>) -> Option<Module> {
    let mut rest = path;
    let mut absolute = match rest.first()?.as_str() {
        "crate" => Vec::new(),
        "self" | "super" => from.clone(),
        _ => return None,
    };
    while let Some((first, after)) = rest.split_first() {
        match first.as_str() {
            "crate" | "self" => {}
            "super" => _ = absolute.pop(),
            _ => break,
        }
        rest = after;
    }
    absolute.extend(rest.iter().cloned());
    (1..=absolute.len())
        .rev()
        .map(|length| absolute[..length].to_vec())
        .find(|module| modules.contains(module))
}

/// The modules that each module refers to.
fn references() -> BTreeMap<Module, BTreeSet<Module>> {
    let files = sources("src");
    let modules: BTreeSet<Module> = files.iter().map(|(file, _)| module(file)).collect();
    let references = files.iter().map(|(file, text)| {
        let from = module(file);
        let targets = paths(text)
            .iter()
            .filter_map(|path| resolve(&from, path, &modules))
            .filter(|target| *target != from)
            .collect();
        (from, targets)
    });
    references.collect()
}

/// The modules with modules below them.
fn folders(references: &BTreeMap<Module, BTreeSet<Module>>) -> BTreeSet<Module> {
    let above = |module: &Module| {
        (1..module.len())
            .map(|length| module[..length].to_vec())
            .collect::<Vec<_>>()
    };
    references.keys().flat_map(above).collect()
}

/// The files that each file refers to; folders left out.
fn arrows() -> BTreeMap<Module, BTreeSet<Module>> {
    let mut arrows = references();
    let folders = folders(&arrows);
    arrows.retain(|from, _| !folders.contains(from));
    for targets in arrows.values_mut() {
        targets.retain(|target| !folders.contains(target));
    }
    arrows
}

/// What is directly in a folder and refers to what else is directly in it.
fn arrows_within(
    folder: &Module,
    references: &BTreeMap<Module, BTreeSet<Module>>,
) -> BTreeMap<Module, BTreeSet<Module>> {
    let part = |module: &Module| {
        let is_below = module.len() > folder.len() && module.starts_with(folder);
        is_below.then(|| module[..=folder.len()].to_vec())
    };
    let mut arrows: BTreeMap<Module, BTreeSet<Module>> = BTreeMap::new();
    for (from, targets) in references {
        let Some(from) = part(from) else { continue };
        let targets = targets.iter().filter_map(part).filter(|target| *target != from);
        arrows.entry(from.clone()).or_default().extend(targets);
    }
    arrows
}

/// The modules that can be reached from one.
fn reached<'g>(from: &Module, arrows: &'g BTreeMap<Module, BTreeSet<Module>>) -> BTreeSet<&'g Module> {
    let (mut reached, mut open) = (BTreeSet::new(), vec![from]);
    while let Some(module) = open.pop() {
        for next in arrows.get(module).into_iter().flatten() {
            if reached.insert(next) {
                open.push(next);
            }
        }
    }
    reached
}

/// The circles of a graph, each as the names of its modules.
fn circles(arrows: &BTreeMap<Module, BTreeSet<Module>>) -> BTreeSet<BTreeSet<String>> {
    let mut circles = BTreeSet::new();
    for module in arrows.keys() {
        let around = reached(module, arrows);
        if around.contains(module) {
            let back = around
                .into_iter()
                .filter(|other| reached(other, arrows).contains(module));
            circles.insert(back.map(|other| other.join("::")).collect());
        }
    }
    circles
}

/// A circle, given by the names of its modules.
fn named(modules: &[&str]) -> BTreeSet<String> {
    modules.iter().map(|name| (*name).to_string()).collect()
}

/// A line for each circle.
fn listed(circles: impl IntoIterator<Item = BTreeSet<String>>) -> String {
    let lines = circles
        .into_iter()
        .map(|circle| circle.into_iter().collect::<Vec<_>>().join(", "));
    lines.collect::<Vec<_>>().join("\n")
}

#[test]
fn no_files_refer_to_each_other_in_a_circle() {
    let arrows = arrows();
    assert!(
        arrows.values().map(BTreeSet::len).sum::<usize>() > 1_000,
        "arrows were not found"
    );
    let circles = circles(&arrows);
    let mutual = named(MUTUAL_TYPES);
    assert!(
        circles.contains(&mutual),
        "MUTUAL_TYPES names a file that is in no circle:\n{}",
        listed(circles)
    );
    let wrong = listed(circles.into_iter().filter(|circle| *circle != mutual));
    assert!(
        wrong.is_empty(),
        "put what both need into the lower file, or into one of its own:\n{wrong}"
    );
}

#[test]
fn no_folders_refer_to_each_other_in_a_circle() {
    let references = references();
    let folders = folders(&references);
    assert!(folders.len() > 30, "only {} folders were found", folders.len());
    let mutual = [MUTUAL_TYPES, MUTUAL_PARTS].map(named);
    let within = folders
        .iter()
        .flat_map(|folder| circles(&arrows_within(folder, &references)));
    let wrong = listed(within.filter(|circle| !mutual.contains(circle)));
    assert!(
        wrong.is_empty(),
        "move what both need into the lower folder, or beside both:\n{wrong}"
    );
}
