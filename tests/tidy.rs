//! The layers and the rooms, held against the source. A failure says what to do.

mod layers;
mod modules;
mod names;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

/// Which layers of this crate each may use, itself aside. `ARCHITECTURE.md` has the same table (`layers` compares them).
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
    (
        "apollo_compiler",
        &[
            "graphql/validation",
            "graphql/limits.rs",
            "graphql/cost.rs",
            // A test holds its paths to the schema.
            "graphql/inputs/write/draft_location.rs",
        ],
    ),
    ("axum", &["http"]),
    ("hyper", &["http"]),
    ("hyper_util", &["http"]),
    ("tower_http", &["http"]),
    ("tower", &["http"]),
    ("rust_embed", &["http", "cli"]),
    ("rusqlite", &["store/embedded"]),
    ("neo4rs", &["store/neo4j"]),
    ("rustls", &["store/neo4j/driver"]),
    ("secrecy", &["store/neo4j", "service/keys"]),
    ("subtle", &["service/keys"]),
    ("getrandom", &["service/keys", "service/seal.rs"]),
    ("aes_gcm_siv", &["service/seal.rs"]),
    ("jsonwebtoken", &["http/auth"]),
    ("governor", &["http/auth"]),
    (
        "mediatype",
        &["http/response/media.rs", "http/request/content_type.rs"],
    ),
    ("tungstenite", &["http/routes/ws"]),
    ("tokio_tungstenite", &["http/routes/ws"]),
    ("hyper_rustls", &["http/auth"]),
    ("http_body_util", &["http/auth", "http/request/body.rs"]),
    ("arc_swap", &["store/embedded"]),
    (
        "xxhash_rust",
        &["store/embedded", "store/neo4j", "http/response/etag.rs"],
    ),
    ("clap", &["cli", "main.rs"]),
    ("figment", &["cli"]),
    ("anyhow", &["cli", "main.rs"]),
    ("indicatif", &["cli"]),
    ("libc", &["cli"]),
    ("unicode_width", &["cli"]),
    ("tracing_subscriber", &["cli"]),
    ("csv", &["dataset"]),
    ("encoding_rs", &["dataset"]),
    ("chardetng", &["dataset"]),
    ("toml", &["dataset", "cli"]),
    ("sha2", &["dataset", "http/auth", "service/keys", "store/backup"]),
    ("strsim", &["service/spelling.rs"]),
    ("hex", &["store/neo4j"]),
    ("microlp", &["flow/bounds/linear"]),
    ("num_bigint", &["flow/bounds/linear"]),
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

/// The files of the project that are text, with their paths below its root; not what is built, fetched or stored.
fn project_files() -> Vec<(PathBuf, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let skipped = ["target", ".git", ".neo4j", "node_modules", "data", "dist"];
    let mut files = Vec::new();
    let mut pending = vec![root.to_path_buf()];
    while let Some(path) = pending.pop() {
        let name = path.file_name().unwrap_or_default().to_string_lossy().to_string();
        if path != root && skipped.contains(&name.as_str()) {
            continue;
        }
        if path.is_dir() {
            pending.extend(fs::read_dir(&path).unwrap().map(|entry| entry.unwrap().path()));
        } else if let Ok(text) = fs::read_to_string(&path) {
            files.push((path.strip_prefix(root).unwrap().to_path_buf(), text));
        }
    }
    files.sort();
    files
}

fn markdown_files() -> Vec<(PathBuf, String)> {
    let markdown = |path: &Path| path.extension().is_some_and(|extension| extension == "md");
    project_files()
        .into_iter()
        .filter(|(path, _)| markdown(path))
        .collect()
}

/// The lines of a Markdown text outside code fences, with their numbers.
fn prose(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let mut fenced = false;
    text.lines().enumerate().filter_map(move |(index, line)| {
        let fence = line.trim_start().starts_with("```");
        fenced ^= fence;
        (!fenced && !fence).then_some((index + 1, line))
    })
}

/// The targets of the links in a line, and the line without them.
fn links(line: &str) -> (Vec<&str>, String) {
    let (mut targets, mut rest, mut remaining) = (Vec::new(), String::new(), line);
    while let Some(start) = remaining.find("](") {
        let after = &remaining[start + 2..];
        let end = after.find(')').unwrap_or(after.len());
        rest.push_str(&remaining[..start]);
        targets.push(&after[..end]);
        remaining = &after[end..];
    }
    rest.push_str(remaining);
    (targets, rest)
}

#[test]
fn markdown_lines_fit_a_window() {
    /// Columns of a line. A table row is measured without the targets of its links, for it cannot wrap.
    const COLUMNS_MAX: usize = 120;
    let width = |line: &str| {
        if line.starts_with('|') {
            links(line).1.chars().count()
        } else {
            line.chars().count()
        }
    };
    let mut long = Vec::new();
    for (path, text) in markdown_files() {
        let lines = prose(&text).filter(|(_, line)| width(line) > COLUMNS_MAX);
        // A word that is longer by itself, such as an address, has nowhere to break.
        let wrappable = |line: &str| {
            line.split(' ')
                .all(|word| word.chars().count() < COLUMNS_MAX - 20)
        };
        let name = path.display();
        let found = lines.filter(|(_, line)| wrappable(line));
        long.extend(found.map(|(number, line)| format!("{name}:{number}: {}", width(line))));
    }
    assert!(
        long.is_empty(),
        "wrap at 100 columns, or move long cells out of the table:\n{}",
        long.join("\n")
    );
}

/// The anchors that a Markdown text offers, as GitHub makes them of its headings.
fn anchors(text: &str) -> Vec<String> {
    let mut anchors: Vec<String> = Vec::new();
    for (_, line) in prose(text) {
        let Some(heading) = line.strip_prefix('#') else {
            continue;
        };
        let heading = heading.trim_start_matches('#').trim().to_lowercase();
        let kept = heading
            .chars()
            .filter(|c| c.is_alphanumeric() || " -_".contains(*c));
        let anchor: String = kept.map(|c| if c == ' ' { '-' } else { c }).collect();
        let repeated = anchors.iter().filter(|known| **known == anchor).count();
        anchors.push(match repeated {
            0 => anchor,
            count => format!("{anchor}-{count}"),
        });
    }
    anchors
}

#[test]
fn markdown_links_lead_somewhere() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut broken = Vec::new();
    let mut checked = 0;
    for (path, text) in markdown_files() {
        for (number, line) in prose(&text) {
            for target in links(line).0 {
                if target.contains("://") {
                    continue;
                }
                checked += 1;
                let (file, anchor) = target.split_once('#').unwrap_or((target, ""));
                let file = match file {
                    "" => root.join(&path),
                    _ => root.join(&path).parent().unwrap().join(file),
                };
                let offers = || anchors(&fs::read_to_string(&file).unwrap_or_default());
                if !file.exists() || (!anchor.is_empty() && !offers().iter().any(|offer| offer == anchor)) {
                    broken.push(format!("{}:{number}: {target}", path.display()));
                }
            }
        }
    }
    assert!(checked > 100, "only {checked} links were found");
    assert!(
        broken.is_empty(),
        "no such file or heading:\n{}",
        broken.join("\n")
    );
}

/// Each row of the glossary: its place is a module, and a name in code style is defined in the source.
#[test]
fn the_glossary_is_true() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let source: String = sources("src").into_iter().map(|(_, text)| text + "\n").collect();
    let is_word = |c: char| c.is_alphanumeric() || c == '_';
    let words: std::collections::BTreeSet<&str> = source.split(|c| !is_word(c)).collect();
    let glossary = fs::read_to_string(root.join("GLOSSARY.md")).unwrap();
    let mut wrong = Vec::new();
    let mut rows = 0;
    for line in glossary.lines().filter(|line| line.starts_with("| ")) {
        let cells: Vec<&str> = line.trim_matches('|').split('|').map(str::trim).collect();
        let [word, _, place, _] = cells[..] else { continue };
        if word == "word" {
            continue;
        }
        rows += 1;
        for module in place.split(", ") {
            let path = root.join("src").join(module);
            if module.is_empty() || !(path.is_dir() || path.with_extension("rs").is_file()) {
                wrong.push(format!("{word}: no module `{module}`"));
            }
        }
        for name in word.split('`').skip(1).step_by(2) {
            if !words.contains(name) {
                wrong.push(format!("{word}: `{name}` is not in the source"));
            }
        }
    }
    assert!(rows > 50, "{rows} rows were read");
    assert!(wrong.is_empty(), "correct GLOSSARY.md:\n{}", wrong.join("\n"));
}
