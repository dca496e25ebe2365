//! Visibility in Cypher: the tests by which a statement omits hidden data.
//!
//! A record that belongs to a restricted data set, or names an entity that does, stores the data sets with which it is hidden in the
//! property `restricted` of its node and its relationship. A statement has a placeholder for the test wherever it reads a record, such
//! as `{{where visible e}}`. The same test excludes the nodes of other programs ([`crate::store::neo4j::driver::ownership`]), for
//! every reader.

use crate::model::id::DatasetId;
use crate::model::period::{TimeFilter, UndatedFacts};
use crate::model::selector::AsOf;
use crate::store::neo4j::driver::ownership;
use crate::store::neo4j::driver::statement::CypherStatement;
use crate::store::visibility::HiddenDatasets;

/// Makes the test of a variable. The flag says whether something is hidden from the reader.
type VisibilityTest = fn(&str, bool) -> String;

/// The tests by their word in a placeholder.
const TESTS: [(&str, VisibilityTest); 3] = [("visible", visible), ("listed", listed), ("leads", leads)];

/// The data sets that are hidden from a reader, for the tests in its statements.
#[derive(Clone, Debug, Default)]
pub(in crate::store) struct VisibilityClauses {
    pub(in crate::store) hidden: HiddenDatasets,
}

impl VisibilityClauses {
    /// Whether any data set is hidden.
    pub(in crate::store) fn hides(&self) -> bool {
        !self.hidden.is_empty()
    }

    /// Fills in the visibility tests of a statement.
    pub(in crate::store) fn apply(&self, mut statement: CypherStatement) -> CypherStatement {
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

/// The test whether a record, or the relationship of one, is Hukun's and visible.
fn visible(of: &str, is_restricted: bool) -> String {
    let ours = ownership::record(of);
    if is_restricted {
        format!(
            "({ours} AND ({of}.restricted IS NULL OR none(hiding IN {of}.restricted WHERE hiding IN $hidden)))"
        )
    } else {
        ours
    }
}

/// The test whether a source is Hukun's, and listed by a visible data set or by none.
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

/// The test whether a redirect is Hukun's and leads to a visible entity.
fn leads(of: &str, is_restricted: bool) -> String {
    let ours = ownership::redirect(of);
    if is_restricted {
        format!(
            "({ours} AND EXISTS {{ MATCH ({of}_kept:Entity {{id: {of}.to}}) WHERE {} }})",
            visible(&format!("{of}_kept"), is_restricted)
        )
    } else {
        format!("({ours})")
    }
}

/// The scope of a read: its date, and whether something is hidden from the reader.
#[derive(Clone, Copy, Debug)]
pub(in crate::store) struct ReadScope {
    /// The date of the read.
    pub(in crate::store) at: AsOf,
    /// Whether a data set is hidden.
    pub(in crate::store) is_restricted: bool,
}

impl ReadScope {
    /// The test whether a node or relationship is valid at the date. Uses `$since` and `$until`.
    pub(in crate::store) fn valid(self, of: &str) -> String {
        match self.at {
            None => "true".into(),
            Some(_) => format!("({of}.from_day <= $until AND $since < {of}.to_day)"),
        }
    }

    /// The test whether a fact is valid at the date, and not excluded as undated.
    pub(in crate::store) fn counts(self, of: &str) -> String {
        let valid = self.valid(of);
        match self.at.map(TimeFilter::undated) {
            Some(UndatedFacts::Exclude) => {
                format!("{valid} AND ({of}.valid_from IS NOT NULL OR {of}.valid_to IS NOT NULL)")
            }
            Some(UndatedFacts::Include) | None => valid,
        }
    }

    /// The test whether a node or relationship is Hukun's and visible. If something is hidden, it uses `$hidden`.
    pub(in crate::store) fn visible(self, of: &str) -> String {
        visible(of, self.is_restricted)
    }

    /// The test whether a relationship is Hukun's, visible and valid at the date.
    pub(in crate::store) fn holds(self, of: &str) -> String {
        match self.at {
            None => self.visible(of),
            Some(_) => format!("{} AND {}", self.valid(of), self.visible(of)),
        }
    }

    /// [`Self::holds`] for all relationships of a path.
    pub(in crate::store) fn holds_along(self, path: &str) -> String {
        format!("all(part IN {path} WHERE {})", self.holds("part"))
    }
}
