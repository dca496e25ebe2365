//! Names: their one order, and which of them a data set cannot take away.

use crate::model::entity::{Name, NameRole};
use crate::model::statement::Statement;

/// The languages that have a column of their own come first among names.
const FIRST_LANGUAGES: [&str; 2] = ["zh", "en"];

/// Whether a name stands on the word of another data set: its statement quotes it, and its own row is not to be lost.
pub(super) fn is_brought_by_another(name: &Name, statements: &[Statement], own: &str) -> bool {
    let quotes = |statement: &Statement| {
        statement
            .quote
            .as_deref()
            .is_some_and(|quote| quote.contains(&name.value))
    };
    statements
        .iter()
        .any(|statement| !statement.own && statement.dataset.as_str() != own && quotes(statement))
}

/// One order of names, whatever the order in which they came: by role, then language. Among official names of one
/// language the first given stays first, for it is the one shown.
pub(super) fn order_names(names: &mut Vec<Name>) {
    let language = |name: &Name| {
        FIRST_LANGUAGES
            .iter()
            .position(|first| *first == name.lang)
            .unwrap_or(FIRST_LANGUAGES.len())
    };
    names.sort_by(|a, b| {
        let key = |name: &Name| (name.role, language(name));
        let given = a.role == NameRole::Official && b.role == NameRole::Official;
        let value = |a: &Name, b: &Name| {
            if given {
                std::cmp::Ordering::Equal
            } else {
                a.value.cmp(&b.value)
            }
        };
        key(a)
            .cmp(&key(b))
            .then_with(|| a.lang.cmp(&b.lang))
            .then_with(|| value(a, b))
    });
    let mut seen: Vec<(String, String)> = Vec::with_capacity(names.len());
    names.retain(|name| {
        let key = (name.value.clone(), name.lang.clone());
        let is_new = !seen.contains(&key);
        if is_new {
            seen.push(key);
        }
        is_new
    });
}
