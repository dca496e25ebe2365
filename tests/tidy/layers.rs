//! The layers in `ARCHITECTURE.md` are those that the source is held to.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use super::MAY_USE;

fn architecture() -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("ARCHITECTURE.md")).unwrap()
}

/// The rows of the table of layers: a layer, and what its cell names.
fn rows(text: &str) -> Vec<(&str, BTreeSet<&str>)> {
    let table = text.lines().skip_while(|line| *line != "| layer | may use |");
    let rows = table.skip(2).take_while(|line| line.starts_with('|'));
    rows.map(|row| {
        let (layer, used) = row.trim_matches('|').split_once('|').unwrap();
        let used = match used.trim() {
            "–" => BTreeSet::new(),
            "all" => {
                let layers = MAY_USE.iter().map(|(name, _)| *name);
                layers.filter(|name| *name != layer.trim()).collect()
            }
            names => names.split(',').map(str::trim).collect(),
        };
        (layer.trim(), used)
    })
    .collect()
}

#[test]
fn the_table_of_layers_is_the_one_that_is_checked() {
    let text = architecture();
    let checked: Vec<(&str, BTreeSet<&str>)> = MAY_USE
        .iter()
        .map(|(layer, used)| (*layer, used.iter().copied().collect()))
        .collect();
    assert_eq!(
        rows(&text),
        checked,
        "ARCHITECTURE.md (left) and MAY_USE in tests/tidy.rs (right) differ: change both"
    );
}

#[test]
fn the_picture_of_layers_has_no_arrow_that_is_not_allowed() {
    let text = architecture();
    let may_use: BTreeMap<&str, &[&str]> = MAY_USE.iter().copied().collect();
    let mut arrows = 0;
    for line in text.lines() {
        let Some((from, to)) = line.trim().split_once(" --> ") else {
            continue;
        };
        let (from, to) = (from.to_lowercase(), to.to_lowercase());
        if let Some(allowed) = may_use.get(from.as_str())
            && may_use.contains_key(to.as_str())
        {
            arrows += 1;
            assert!(allowed.contains(&to.as_str()), "{from} may not use {to}");
        }
    }
    assert!(arrows > 10, "only {arrows} arrows were found");
}
