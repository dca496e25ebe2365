//! The layers and the rooms, held against the source. A failure says what to do.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

/// Which layers of this crate each may use, itself aside. `ARCHITECTURE.md` has the same table.
const MAY_USE: &[(&str, &[&str])] = &[
    ("model", &[]),
    ("store", &["model"]),
    ("trace", &["model"]),
    ("flow", &["model"]),
    ("indicators", &["model"]),
    ("service", &["model", "store", "trace", "flow", "indicators"]),
    ("dataset", &["model", "service"]),
    ("graphql", &["model", "service"]),
    ("http", &["model", "service", "dataset", "graphql"]),
    (
        "cli",
        &[
            "model",
            "store",
            "trace",
            "flow",
            "indicators",
            "service",
            "dataset",
            "graphql",
            "http",
        ],
    ),
];

/// Foreign crates that have a room of their own, and the rooms.
const ROOMS: &[(&str, &[&str])] = &[
    ("async_graphql", &["graphql", "http"]),
    ("axum", &["http"]),
    ("hyper", &["http"]),
    ("hyper_util", &["http"]),
    ("tower_http", &["http"]),
    ("tower", &["http"]),
    ("rust_embed", &["http", "cli"]),
    ("rusqlite", &["store/embedded"]),
    ("neo4rs", &["store/neo4j"]),
    ("secrecy", &["store/neo4j", "service/keys"]),
    ("subtle", &["service/keys"]),
    ("getrandom", &["service/keys"]),
    ("jsonwebtoken", &["http/auth"]),
    ("governor", &["http/auth"]),
    ("hyper_rustls", &["http/auth"]),
    ("http_body_util", &["http/auth"]),
    ("arc_swap", &["store/embedded"]),
    ("xxhash_rust", &["store/embedded", "store/neo4j"]),
    ("clap", &["cli", "main.rs"]),
    ("figment", &["cli"]),
    ("anyhow", &["cli", "main.rs"]),
    ("indicatif", &["cli"]),
    ("tracing_subscriber", &["cli"]),
    ("csv", &["dataset"]),
    ("toml", &["dataset", "cli"]),
    ("sha2", &["dataset", "http/auth", "service/keys", "store/backup"]),
    ("microlp", &["flow/linear"]),
    ("num_bigint", &["flow/linear"]),
    ("pinyin", &["model/text"]),
    ("unicode_normalization", &["model/text"]),
    (
        "serde",
        &[
            "store/backup",
            "store/codec",
            "store/neo4j",
            "dataset",
            "graphql",
            "http",
            "cli",
        ],
    ),
    (
        "serde_json",
        &["store/backup", "store/codec", "dataset", "graphql", "http", "cli"],
    ),
];

/// Words that no file may have: the project speaks of itself alone.
const FOREIGN_WORDS: &[&str] = &[
    "../shared",
    "/work/",
    "registry.npmjs",
    "static.crates.io",
    "index.crates.io",
    "repo1.maven",
];

fn sources(under: &str) -> Vec<(String, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut found = Vec::new();
    let mut open = vec![root.join(under)];
    while let Some(path) = open.pop() {
        if path.is_dir() {
            open.extend(fs::read_dir(&path).unwrap().map(|entry| entry.unwrap().path()));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let name = path
                .strip_prefix(root.join(under))
                .unwrap()
                .to_string_lossy()
                .replace('\\', "/");
            found.push((name, fs::read_to_string(&path).unwrap()));
        }
    }
    found.sort();
    found
}

/// Code without comments, so that a doc link is no dependency; strings stay, for there are no paths in them.
fn code(text: &str) -> impl Iterator<Item = (usize, &str)> {
    text.lines()
        .enumerate()
        .map(|(at, line)| (at + 1, line.split("//").next().unwrap_or_default()))
}

fn names_after<'a>(line: &'a str, prefix: &str) -> Vec<&'a str> {
    let ends = |rest: &'a str| {
        rest.find(|c: char| !c.is_alphanumeric() && c != '_')
            .map_or(rest, |end| &rest[..end])
    };
    line.match_indices(prefix)
        .map(|(at, _)| ends(&line[at + prefix.len()..]))
        .collect()
}

#[test]
fn each_layer_uses_only_what_it_may() {
    let may_use: BTreeMap<&str, &[&str]> = MAY_USE.iter().copied().collect();
    let mut broken = Vec::new();
    for (file, text) in sources("src") {
        let layer = file.split('/').next().unwrap_or_default();
        let Some(allowed) = may_use.get(layer) else {
            assert!(
                ["lib.rs", "main.rs"].contains(&layer),
                "{file} is in no layer: put it in one, or add the layer to the table"
            );
            continue;
        };
        for (line_number, line) in code(&text) {
            for used in names_after(line, "crate::") {
                let layered = may_use.contains_key(used);
                if layered && used != layer && !allowed.contains(&used) {
                    broken.push(format!("src/{file}:{line_number}: {layer} may not use {used}"));
                }
            }
        }
    }
    assert!(
        broken.is_empty(),
        "move the code to a layer that may, or turn the dependency round:\n{}",
        broken.join("\n")
    );
}

#[test]
fn foreign_crates_stay_in_their_rooms() {
    let mut broken = Vec::new();
    for (file, text) in sources("src") {
        for (line_number, line) in code(&text) {
            for (name, rooms) in ROOMS {
                let path = format!("{name}::");
                let boundary =
                    |at: usize| !line[..at].ends_with(|c: char| c.is_alphanumeric() || c == '_' || c == ':');
                let used = line.match_indices(&path).any(|(at, _)| boundary(at));
                if used && !rooms.iter().any(|room| file.starts_with(room)) {
                    broken.push(format!(
                        "src/{file}:{line_number}: {name} belongs in {}",
                        rooms.join(", ")
                    ));
                }
            }
        }
    }
    assert!(
        broken.is_empty(),
        "translate at the edge of the room instead:\n{}",
        broken.join("\n")
    );
}

#[test]
fn every_module_opens_with_what_it_is_for() {
    let mute: Vec<String> = sources("src")
        .into_iter()
        .filter(|(_, text)| !text.starts_with("//!"))
        .map(|(file, _)| file)
        .collect();
    assert!(
        mute.is_empty(),
        "begin each with `//!`: what it is for, what it promises, why so: {mute:?}"
    );
}

#[test]
fn no_file_grows_past_two_ideas() {
    /// Past this many lines a file is usually two; what follows is tests, which may be long.
    const LINES_MAX: usize = 400;
    let body = |text: &str| text.lines().take_while(|line| *line != "#[cfg(test)]").count();
    let long: Vec<String> = sources("src")
        .into_iter()
        .filter(|(_, text)| body(text) > LINES_MAX)
        .map(|(file, text)| format!("{file}: {}", body(&text)))
        .collect();
    assert!(long.is_empty(), "split by idea: {long:?}");
}

#[test]
fn the_project_speaks_of_itself_alone() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let skipped = [
        "target",
        ".git",
        ".neo4j",
        "node_modules",
        "data",
        "dist",
        "tidy.rs",
    ];
    let mut open: Vec<PathBuf> = vec![root.to_path_buf()];
    let mut found = Vec::new();
    while let Some(path) = open.pop() {
        let name = path.file_name().unwrap_or_default().to_string_lossy().to_string();
        if path != root && skipped.contains(&name.as_str()) {
            continue;
        }
        if path.is_dir() {
            open.extend(fs::read_dir(&path).unwrap().map(|entry| entry.unwrap().path()));
        } else if let Ok(text) = fs::read_to_string(&path) {
            let words = FOREIGN_WORDS.iter().filter(|word| text.contains(**word));
            found.extend(words.map(|word| format!("{}: {word}", path.strip_prefix(root).unwrap().display())));
        }
    }
    assert!(found.is_empty(), "{found:?}");
}
