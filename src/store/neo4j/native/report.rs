//! The report of a check or repair of the native graph.

use std::collections::BTreeMap;

/// Number of ids of each problem that are reported.
const FIRST_MAX: usize = 10;

/// A kind of inconsistency between the native graph and the records.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum NativeProblem {
    /// A constraint or an index is missing.
    Schema,
    /// A constraint cannot be created, because two relationships have the same id.
    ConstraintBlocked,
    /// A record cannot be read.
    Unreadable,
    /// The statements on a record are missing.
    StatementsMissing,
    /// Statements are on a record that does not exist.
    StatementsUnowned,
    /// The end of a relation, or the target of a redirect, does not exist.
    EntityMissing,
    /// A node does not have the labels of its kind.
    Label,
    /// The stored names for search and order differ from those of the entity.
    Names,
    /// A property of a node differs from its record.
    Property,
    /// The ends stored on a record's node differ from its record.
    NodeEnds,
    /// The provenance of a record differs from its statements.
    Provenance,
    /// The stored data sets with which a record is hidden are wrong.
    Restricted,
    /// A relation has no relationship.
    RelationshipMissing,
    /// A relationship has no relation.
    RelationMissing,
    /// A relation has several relationships.
    RelationshipDoubled,
    /// A relationship is of another type than its relation's kind.
    RelationshipType,
    /// A relationship is between other entities than its relation says.
    RelationshipEnds,
    /// A property of a relationship differs from its relation.
    RelationshipProperty,
    /// An entity's number of relations is wrong.
    Degree,
    /// A data set's number of entities or relations is wrong.
    Count,
}

impl NativeProblem {
    /// A description, as a heading of the ids.
    pub const fn text(self) -> &'static str {
        match self {
            Self::Schema => "constraints or indexes missing",
            Self::ConstraintBlocked => {
                "constraints that cannot be created, because two relationships have the same id"
            }
            Self::Unreadable => "records that cannot be read",
            Self::StatementsMissing => "records whose statements are missing",
            Self::StatementsUnowned => "statements on records that are missing",
            Self::EntityMissing => "relations or redirects that name a missing entity",
            Self::Label => "entities without the labels of their kind",
            Self::Names => "entities whose names for search or order differ from the record",
            Self::Property => "nodes whose properties differ from the record",
            Self::NodeEnds => "nodes that name other entities than the record",
            Self::Provenance => "records whose provenance differs from their statements",
            Self::Restricted => "records whose restricted data sets are wrong",
            Self::RelationshipMissing => "relations without a relationship",
            Self::RelationMissing => "relationships without a relation",
            Self::RelationshipDoubled => "relations with more than one relationship",
            Self::RelationshipType => "relationships of another type than their relation's kind",
            Self::RelationshipEnds => "relationships between other entities than their relation's",
            Self::RelationshipProperty => "relationships whose properties differ from the relation",
            Self::Degree => "entities with a wrong number of relations",
            Self::Count => "data sets with a wrong number of entities or relations",
        }
    }

    /// Whether it is in derived data, which a repair can rebuild.
    pub const fn is_repairable(self) -> bool {
        !matches!(
            self,
            Self::ConstraintBlocked
                | Self::Unreadable
                | Self::StatementsMissing
                | Self::StatementsUnowned
                | Self::EntityMissing
        )
    }
}

/// The number of occurrences of a problem, with the first ids.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ProblemCount {
    /// Number of occurrences.
    pub count: u64,
    /// The first ids, up to ten.
    pub first: Vec<String>,
}

/// The report of a check or repair of the native graph.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NativeReport {
    /// Number of records checked.
    pub records: u64,
    /// The problems found.
    pub problems: BTreeMap<NativeProblem, ProblemCount>,
    /// Labels of other programs, with the number of nodes of each.
    pub foreign_labels: Vec<(String, u64)>,
    /// Types of relationships of other programs, with the number of each.
    pub foreign_types: Vec<(String, u64)>,
    /// Labels of Hukun that nodes of other programs have, with the number of such nodes.
    pub foreign_nodes: Vec<(String, u64)>,
    /// Whether the check stopped because constraints or indexes are missing, without which it would take too long.
    pub is_partial: bool,
}

impl NativeReport {
    pub(super) fn note(&mut self, problem: NativeProblem, id: impl Into<String>) {
        let found = self.problems.entry(problem).or_default();
        found.count += 1;
        if found.first.len() < FIRST_MAX {
            found.first.push(id.into());
        }
    }

    /// Number of problems found.
    pub fn count(&self) -> u64 {
        self.problems.values().map(|found| found.count).sum()
    }

    /// Number of problems that a repair cannot fix.
    pub fn unrepairable(&self) -> u64 {
        let found = self
            .problems
            .iter()
            .filter(|(problem, _)| !problem.is_repairable());
        found.map(|(_, found)| found.count).sum()
    }
}
