//! The tables of limits in the documentation, against the program's own help.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use crate::command::hukun;

/// The numeric defaults in `hukun serve --help`, by option.
fn defaults_of_the_program() -> BTreeMap<String, String> {
    let home = tempfile::tempdir().unwrap();
    let help = hukun(home.path()).args(["serve", "--help"]).output().unwrap();
    let help = String::from_utf8(help.stdout).unwrap();
    let mut defaults = BTreeMap::new();
    let mut option = None;
    for line in help.lines().map(str::trim) {
        if let Some(at) = line.find("--").filter(|_| line.starts_with('-')) {
            option = line[at..].split([' ', '[', '=']).next().map(String::from);
        }
        let default = line
            .split_once("[default: ")
            .and_then(|(_, rest)| rest.split_once(']'));
        if let (Some(option), Some((default, _))) = (&option, default)
            && default.parse::<u64>().is_ok()
        {
            defaults.insert(option.clone(), default.to_string());
        }
    }
    defaults
}

/// The defaults in the tables of the documents, by option.
fn defaults_of_the_documents() -> BTreeMap<String, String> {
    let docs = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs");
    let mut defaults = BTreeMap::new();
    for document in ["limits.md", "access.md"] {
        let text = fs::read_to_string(docs.join(document)).unwrap();
        for line in text.lines().filter(|line| line.starts_with("| `--")) {
            let cells: Vec<&str> = line.trim_matches('|').split('|').map(str::trim).collect();
            let number: String = cells[1]
                .chars()
                .take_while(|c| c.is_ascii_digit() || *c == ',')
                .filter(|c| *c != ',')
                .collect();
            if !number.is_empty() {
                defaults.insert(cells[0].trim_matches('`').to_string(), number);
            }
        }
    }
    defaults
}

#[test]
fn the_documents_have_each_limit_with_its_default() {
    let program = defaults_of_the_program();
    assert!(program.len() > 50, "{} defaults in the help", program.len());
    assert_eq!(program, defaults_of_the_documents());
}
