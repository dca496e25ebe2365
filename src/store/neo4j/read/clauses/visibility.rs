//! Visibility in Cypher: what each statement leaves out for a reader from whom a data set is hidden.
//!
//! A record that belongs to a restricted data set, or names an entity that does, stores that on its node and on its relationship:
//! `restricted` has the data sets with which it is hidden. A statement has a place for the test wherever it meets a record, as
//! `{{where seen e}}`. The same test tells Hukun's records from others' nodes ([`crate::store::neo4j::driver::ownership`]), for every reader.

use crate::model::id::DatasetId;
use crate::model::period::{UndatedFacts, When};
use crate::model::selector::AsOf;
use crate::store::neo4j::driver::ownership;
use crate::store::neo4j::driver::statement::Statement;
use crate::store::view::Hidden;

/// Makes the test of a variable; the flag says whether something is hidden from the reader.
type MakeTest = fn(&str, bool) -> String;

/// The sorts of tests, by the word in a statement, with what makes the test of a variable.
const TESTS: [(&str, MakeTest); 3] = [("seen", seen), ("listed", listed), ("leads", leads)];

/// The data sets that are hidden from a reader.
#[derive(Clone, Debug, Default)]
pub(in crate::store) struct VisibilityFilter {
    pub(in crate::store) hidden: Hidden,
}

impl VisibilityFilter {
    /// Whether a data set is hidden.
    pub(in crate::store) fn hides(&self) -> bool {
        !self.hidden.is_empty()
    }

    /// The statement with its tests of visibility filled in.
    pub(in crate::store) fn apply(&self, mut statement: Statement) -> Statement {
        for (sort, test) in TESTS {
            for word in ["where", "and"] {
                statement = statement.fill_each(&format!("{word} {sort} "), |variable| {
                    format!("{} {}", word.to_uppercase(), test(variable, self.hides()))
                });
            }
        }
        if self.hides() {
            let hidden: Vec<&str> = self.hidden.iter().map(DatasetId::as_str).collect();
            statement.with("hidden", hidden)
        } else {
            statement
        }
    }
}

/// Whether a record, or the relationship of one, is Hukun's and not hidden.
fn seen(of: &str, is_restricted: bool) -> String {
    let ours = ownership::record(of);
    if is_restricted {
        format!(
            "({ours} AND ({of}.restricted IS NULL OR none(hiding IN {of}.restricted WHERE hiding IN $hidden)))"
        )
    } else {
        ours
    }
}

/// Whether a source is Hukun's, and listed by a data set that is not hidden, or by none at all.
fn listed(of: &str, is_restricted: bool) -> String {
    let ours = ownership::body(of);
    if is_restricted {
        format!(
            "({ours} AND ({of}.datasets = [] OR any(listing IN {of}.datasets WHERE NOT listing IN $hidden)))"
        )
    } else {
        ours
    }
}

/// Whether a redirect is Hukun's, and leads to an entity that is not hidden.
fn leads(of: &str, is_restricted: bool) -> String {
    let ours = ownership::redirect(of);
    if is_restricted {
        format!(
            "({ours} AND EXISTS {{ MATCH ({of}_kept:Entity {{id: {of}.to}}) WHERE {} }})",
            seen(&format!("{of}_kept"), is_restricted)
        )
    } else {
        format!("({ours})")
    }
}

/// The scope of a read: its date, and whether something is hidden from the reader.
#[derive(Clone, Copy, Debug)]
pub(in crate::store) struct ReadScope {
    /// The date asked.
    pub(in crate::store) at: AsOf,
    /// Whether a data set is hidden.
    pub(in crate::store) is_restricted: bool,
}

impl ReadScope {
    /// Whether a node or relationship holds when it is asked for. Reads `$since` and `$until`.
    pub(in crate::store) fn valid(self, of: &str) -> String {
        match self.at {
            None => "true".into(),
            Some(_) => format!("({of}.from_day <= $until AND $since < {of}.to_day)"),
        }
    }

    /// Whether a fact counts: it holds, and undated facts count where it is one.
    pub(in crate::store) fn counts(self, of: &str) -> String {
        let valid = self.valid(of);
        match self.at.map(When::undated) {
            Some(UndatedFacts::Exclude) => {
                format!("{valid} AND ({of}.valid_from IS NOT NULL OR {of}.valid_to IS NOT NULL)")
            }
            Some(UndatedFacts::Include) | None => valid,
        }
    }

    /// Whether a node or relationship is Hukun's and not hidden. Where something is, it reads `$hidden`.
    pub(in crate::store) fn seen(self, of: &str) -> String {
        seen(of, self.is_restricted)
    }

    /// Whether a relationship is Hukun's, valid at the date and not hidden.
    pub(in crate::store) fn holds(self, of: &str) -> String {
        match self.at {
            None => self.seen(of),
            Some(_) => format!("{} AND {}", self.valid(of), self.seen(of)),
        }
    }

    /// The same for all relationships of a path.
    pub(in crate::store) fn holds_along(self, path: &str) -> String {
        format!("all(part IN {path} WHERE {})", self.holds("part"))
    }
}
