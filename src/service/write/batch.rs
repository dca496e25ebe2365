//! Batches: the drafts of one write.

use std::collections::HashSet;

use super::terms::Terms;
use crate::model::change::Record;
use crate::model::entity::{EntityKind, Name};
use crate::model::id::{EntityId, IdError, RelationId, SourceId};
use crate::model::ontology::RelationKind;
use crate::model::partial_date::PartialDate;
use crate::model::period::Validity;
use crate::model::quantity::QuantityParts;
use crate::model::record::Dataset;
use crate::model::relation::{Driver, Relation};
use crate::model::statement::{Assertion, Locator, Property, Rank, Reliability};

/// The drafts of one write.
#[derive(Debug)]
pub struct Batch {
    /// The data set that is written. Its own record is written too, except in [`WriteMode::Curate`].
    pub dataset: Dataset,
    /// The drafts; a problem refers to its draft by the index in this list.
    pub drafts: Vec<Draft>,
    /// How the rest of the data set is treated.
    pub mode: WriteMode,
    /// The author and the conditions of the write.
    pub terms: Terms,
    /// Keys of rows that could not be read. References to them are not reported; a batch with such keys is
    /// never written.
    pub unread: HashSet<String>,
}

/// How a batch treats the records that it does not name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WriteMode {
    /// An import that keeps the rest of the data set.
    Add,
    /// An import that deletes the records of the data set that are not in the batch.
    Replace,
    /// A mutation of single records: the rest of the data set and the data set's own record stay unchanged.
    Curate,
    /// A mutation of the data set's own record; its import time stays unchanged.
    Describe,
}

/// A record, statement or name to write.
#[derive(Clone, Debug)]
pub enum Draft {
    /// A record, written as a whole.
    Record {
        /// The record. When it was recorded is set on writing.
        record: Box<Record>,
        /// The statements in its own row, which support the record as it is written here. A rule may have one for
        /// each part, a source has none.
        own: Vec<StatementDraft>,
        /// Further statements about it.
        more: Vec<StatementDraft>,
    },
    /// The location of an entity in a region: shorthand for one relation, see [`region_relation`].
    Region {
        /// The entity.
        entity: EntityId,
        /// The region.
        region: EntityId,
        /// The evidence of the entity's row.
        own: Vec<StatementDraft>,
    },
    /// A further statement on a record of this batch or of the graph.
    Statement {
        /// The key of the record that it is about.
        subject: String,
        /// The statement.
        statement: StatementDraft,
    },
    /// A statement that belongs to the own row of a record of this batch, but comes separately.
    OwnStatement {
        /// The key of the record.
        subject: String,
        /// The statement.
        statement: StatementDraft,
    },
    /// A further name of an entity of this batch or of the graph.
    Name {
        /// The entity.
        entity: EntityId,
        /// The name.
        name: Name,
        /// The evidence for it.
        statement: StatementDraft,
    },
}

/// A statement without its author and time.
#[derive(Clone, Debug)]
pub struct StatementDraft {
    /// The source.
    pub source: SourceId,
    /// The place in the source.
    pub locator: Locator,
    /// The shortest phrase that states the fact.
    pub quote: Option<String>,
    /// How it is stated.
    pub assertion: Assertion,
    /// How reliable the source is for it.
    pub reliability: Reliability,
    /// Whether it counts: a deprecated statement does not, and a preferred amount counts alone.
    pub rank: Rank,
    /// The property that it is about, if it is about a property of an entity and not about the record as a whole.
    pub property: Option<Property>,
    /// The stated amount. Unit, basis and measure default to those of the subject.
    pub amount: Option<Box<QuantityParts>>,
    /// The date of the stated fact.
    pub as_of: Option<PartialDate>,
}

/// The relation that `region_id` is shorthand for: `LOCATED_IN`, or `PART_OF` for a region, with the key
/// `<entity id>/region`.
pub fn region_relation(entity: &EntityId, region: &EntityId) -> Result<Relation, IdError> {
    let kind = if entity.kind() == EntityKind::Region {
        RelationKind::PartOf
    } else {
        RelationKind::LocatedIn
    };
    Ok(Relation {
        id: RelationId::parse(&format!("{entity}/region"))?,
        kind,
        from: entity.clone(),
        to: region.clone(),
        stated_resource: None,
        stated_flow: None,
        quantity: None,
        share: None,
        under: Vec::new(),
        driver: Driver::Unstated,
        validity: Validity::default(),
    })
}
