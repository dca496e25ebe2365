//! What a check of the native graph came to.

use std::collections::BTreeMap;

/// Ids of each fault that are told.
const FIRST_MAX: usize = 10;

/// A way in which what stands in Neo4j does not fit the records.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum NativeFault {
    /// A constraint or an index is missing.
    Schema,
    /// A record cannot be read.
    Unreadable,
    /// The statements on a record are missing.
    StatementsMissing,
    /// Statements are on a record that is not there.
    StatementsUnowned,
    /// A relation's end, or the entity that a redirect leads to, is not there.
    EntityMissing,
    /// A node has not the labels of its kind.
    Label,
    /// An entity's names are not those by which it is searched and sorted.
    Names,
    /// A property of a node differs from its record.
    Property,
    /// The ends that a record's node names differ from its record.
    NodeEnds,
    /// What a record is said to rest on differs from its statements.
    Provenance,
    /// The data sets with which a record is hidden are wrong.
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

impl NativeFault {
    /// What is wrong, as a heading of the ids.
    pub const fn text(self) -> &'static str {
        match self {
            Self::Schema => "constraints or indexes missing",
            Self::Unreadable => "records that cannot be read",
            Self::StatementsMissing => "records whose statements are missing",
            Self::StatementsUnowned => "statements on records that are missing",
            Self::EntityMissing => "relations or redirects that name a missing entity",
            Self::Label => "entities without the labels of their kind",
            Self::Names => "entities whose names for search or order differ from the record",
            Self::Property => "nodes whose properties differ from the record",
            Self::NodeEnds => "nodes that name other entities than the record",
            Self::Provenance => "records whose provenance differs from their statements",
            Self::Restricted => "wrong restricted marks",
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

    /// Whether it concerns what is derived, which a repair makes anew.
    pub const fn is_repairable(self) -> bool {
        !matches!(
            self,
            Self::Unreadable | Self::StatementsMissing | Self::StatementsUnowned | Self::EntityMissing
        )
    }
}

/// How often a fault was found, and where first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FaultCount {
    /// How often.
    pub count: u64,
    /// The first ids, up to ten.
    pub first: Vec<String>,
}

/// What a check or a repair of the native graph came to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NativeReport {
    /// Records that were looked at.
    pub records: u64,
    /// What was found.
    pub faults: BTreeMap<NativeFault, FaultCount>,
    /// Labels of others, with the nodes of each.
    pub foreign_labels: Vec<(String, u64)>,
    /// Types of relationships of others, with how many there are of each.
    pub foreign_types: Vec<(String, u64)>,
    /// Nodes of others under labels of Hukun's.
    pub foreign_nodes: Vec<(String, u64)>,
    /// Whether the check stopped at the schema, without which the rest would take too long.
    pub is_partial: bool,
}

impl NativeReport {
    pub(super) fn note(&mut self, fault: NativeFault, id: impl Into<String>) {
        let found = self.faults.entry(fault).or_default();
        found.count += 1;
        if found.first.len() < FIRST_MAX {
            found.first.push(id.into());
        }
    }

    /// How many faults were found.
    pub fn count(&self) -> u64 {
        self.faults.values().map(|found| found.count).sum()
    }

    /// How many of them no repair mends.
    pub fn unrepairable(&self) -> u64 {
        let found = self.faults.iter().filter(|(fault, _)| !fault.is_repairable());
        found.map(|(_, found)| found.count).sum()
    }
}
