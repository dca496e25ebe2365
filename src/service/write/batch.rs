//! Batches: what one writer wants to have in the graph.

use std::collections::HashSet;

use super::terms::Terms;
use crate::model::change::Record;
use crate::model::entity::{EntityKind, Name};
use crate::model::id::{EntityId, IdError, RelationId, SourceId};
use crate::model::ontology::RelationKind;
use crate::model::period::{PartialDate, Validity};
use crate::model::quantity::QuantityParts;
use crate::model::record::Dataset;
use crate::model::relation::{Driver, Relation};
use crate::model::statement::{Assertion, Locator, Property, Rank, Reliability};

/// What one writer wants to have in the graph.
#[derive(Debug)]
pub struct Batch {
    /// The data set that it speaks for. Its own record is written too, but for [`Mode::Curate`].
    pub dataset: Dataset,
    /// What it says; problems name each by its place here.
    pub drafts: Vec<Draft>,
    /// What becomes of the rest of the data set.
    pub mode: Mode,
    /// Who writes, and on what terms.
    pub terms: Terms,
    /// Keys of what could not be read. Whoever refers to them is not blamed; a batch that has any is never written.
    pub unread: HashSet<String>,
}

/// What a batch means for what it does not name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// An import: the rest of the data set stays.
    Add,
    /// An import: what the data set had and the batch has not is taken away.
    Replace,
    /// Single facts: the rest stays, and so does the data set's own record, as it stands when they are written.
    Curate,
    /// The data set's own record, which is no newer for it.
    Describe,
}

/// One thing to have in the graph.
#[derive(Clone, Debug)]
pub enum Draft {
    /// A record, written whole.
    Record {
        /// The record. When it was recorded is set on writing.
        record: Box<Record>,
        /// The evidence of its own row; a rule may have one for each part, a source has none.
        own: Vec<StatementDraft>,
        /// Further evidence.
        more: Vec<StatementDraft>,
    },
    /// An entity lies in a region: short for one relation, see [`region_relation`].
    Region {
        /// The entity.
        entity: EntityId,
        /// The region.
        region: EntityId,
        /// The evidence of the entity's row.
        own: Vec<StatementDraft>,
    },
    /// A further statement on something of this batch, or in the graph.
    Statement {
        /// The key of what it speaks of.
        subject: String,
        /// What it says.
        statement: StatementDraft,
    },
    /// More evidence of the own row of a record of this batch, beside that of the row.
    OwnStatement {
        /// The key of the record.
        subject: String,
        /// What it says.
        statement: StatementDraft,
    },
    /// A further name of an entity of this batch, or in the graph.
    Name {
        /// The entity.
        entity: EntityId,
        /// The name.
        name: Name,
        /// The evidence for it.
        statement: StatementDraft,
    },
}

/// A statement before it is known who records it, and when.
#[derive(Clone, Debug)]
pub struct StatementDraft {
    /// Who says it.
    pub source: SourceId,
    /// Where.
    pub locator: Locator,
    /// The shortest phrase that holds the fact.
    pub quote: Option<String>,
    /// How it is said.
    pub assertion: Assertion,
    /// How far it can be relied on.
    pub reliability: Reliability,
    /// Whether it counts.
    pub rank: Rank,
    /// The property of an entity that it speaks of.
    pub property: Option<Property>,
    /// What it says of the amount. Unit, basis and measure may be left to what it speaks of.
    pub amount: Option<Box<QuantityParts>>,
    /// When it was so.
    pub as_of: Option<PartialDate>,
}

/// The relation for which `region_id` is short: `LOCATED_IN`, for a Region `PART_OF`, with the key `<entity id>/region`.
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
