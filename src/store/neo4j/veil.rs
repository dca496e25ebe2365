//! Views in Cypher: what each statement leaves out for a reader from whom a data set is hidden.
//!
//! What belongs to a restricted data set, or names an entity that does, says so itself, on its node and on its relationship:
//! `restricted` has the data sets with which it is hidden. A statement has a place for the test wherever it meets a record, as
//! `{{where seen e}}`; a reader from whom nothing is hidden sends the statement without any.

use super::statement::Statement;
use crate::model::id::DatasetId;
use crate::model::selector::AsOf;
use crate::store::view::Hidden;

type MakeTest = fn(&str) -> String;

/// The sorts of tests, by the word in a statement, with what makes the test of a variable.
const TESTS: [(&str, MakeTest); 3] = [("seen", seen), ("listed", listed), ("leads", leads)];

/// What is hidden from a reader.
#[derive(Clone, Debug, Default)]
pub(super) struct Veil {
    pub(super) hidden: Hidden,
}

impl Veil {
    /// Whether anything is hidden.
    pub(super) fn hides(&self) -> bool {
        !self.hidden.is_empty()
    }

    /// A statement as this reader sends it.
    pub(super) fn over(&self, mut statement: Statement) -> Statement {
        for (sort, test) in TESTS {
            for word in ["where", "and"] {
                statement = statement.fill_each(&format!("{word} {sort} "), |variable| {
                    if self.hides() {
                        format!("{} {}", word.to_uppercase(), test(variable))
                    } else {
                        String::new()
                    }
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

/// Whether a record, or the relationship of one, is not hidden.
fn seen(of: &str) -> String {
    format!("({of}.restricted IS NULL OR none(hiding IN {of}.restricted WHERE hiding IN $hidden))")
}

/// Whether a source is listed by a data set that is not hidden, or by none at all.
fn listed(of: &str) -> String {
    format!("({of}.datasets = [] OR any(listing IN {of}.datasets WHERE NOT listing IN $hidden))")
}

/// Whether a redirect leads to an entity that is not hidden.
fn leads(of: &str) -> String {
    format!(
        "EXISTS {{ MATCH ({of}_kept:Entity {{id: {of}.to}}) WHERE {} }}",
        seen(&format!("{of}_kept"))
    )
}

/// What a piece of Cypher looks at in a record: whether it is valid at a date, and is not hidden from the reader.
#[derive(Clone, Copy, Debug)]
pub(super) struct Sight {
    pub(super) at: AsOf,
    pub(super) veiled: bool,
}

impl Sight {
    /// Whether a node or relationship is valid at the date. Reads `$day`.
    pub(super) fn valid(self, of: &str) -> String {
        match self.at {
            None => "true".into(),
            Some(_) => format!("({of}.from_day <= $day AND $day < {of}.to_day)"),
        }
    }

    /// Whether a node or relationship is not hidden. Reads `$hidden`.
    pub(super) fn seen(self, of: &str) -> String {
        if self.veiled { seen(of) } else { "true".into() }
    }

    /// Whether a relationship is valid at the date and not hidden.
    pub(super) fn holds(self, of: &str) -> String {
        match (self.at, self.veiled) {
            (_, false) => self.valid(of),
            (None, true) => self.seen(of),
            (Some(_), true) => format!("{} AND {}", self.valid(of), self.seen(of)),
        }
    }

    /// Whether that is so of all relationships of a path.
    pub(super) fn holds_along(self, path: &str) -> String {
        match self.holds("part").as_str() {
            "true" => "true".into(),
            holds => format!("all(part IN {path} WHERE {holds})"),
        }
    }
}
