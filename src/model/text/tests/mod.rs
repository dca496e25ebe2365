//! Search text: names by example, and properties of any name.

mod examples;
mod properties;

use super::tokens::tokens_of;
use super::*;
use crate::model::entity::{Name, NameRole};

fn name(value: &str, role: NameRole) -> Name {
    Name {
        value: value.to_string(),
        lang: String::new(),
        role,
    }
}

/// The first is official, the others are aliases.
fn names(values: &[&str]) -> Vec<Name> {
    let role = |at| {
        if at == 0 {
            NameRole::Official
        } else {
            NameRole::Alias
        }
    };
    values
        .iter()
        .enumerate()
        .map(|(at, value)| name(value, role(at)))
        .collect()
}

/// Whether a name matches a name filter.
fn contains(name: &str, part: &str) -> bool {
    NameFilter::of(part).matches(name)
}

fn has_all(index: &[String], tokens: &[String]) -> bool {
    tokens.iter().all(|token| index.binary_search(token).is_ok())
}

/// Ranks, and holds the promise by which a store finds it at all.
#[track_caller]
fn ranked(query: &str, values: &[&str], id: &str) -> Option<(Score, String)> {
    let query = SearchQuery::parse(query).unwrap();
    let names = names(values);
    let found = rank(&query, &names, std::iter::once(id)).map(|found| (found.score, found.highlight()));
    if found.is_some() {
        let index = tokens_of(values.iter().copied().chain([id]));
        assert!(
            has_all(&index, query.tokens()),
            "{query:?} has a token that {index:?} has not"
        );
    }
    found
}

#[track_caller]
fn highlight(query: &str, values: &[&str]) -> String {
    ranked(query, values, "project:p")
        .map(|(_, text)| text)
        .unwrap_or_default()
}
