//! Memory footprints of loaded records, within a few bytes of what the allocator uses.

use std::mem::size_of;
use std::sync::Arc;

use super::change::Subject;
use super::entity::{Entity, ExternalId, Name, Properties};
use super::id::{DatasetId, EntityId, ObservationId, RelationId, RuleId, SourceId};
use super::language::Bilingual;
use super::page::Page;
use super::quantity::Quantity;
use super::record::{Dataset, Observation, Rule, RulePart, Source};
use super::relation::Relation;
use super::statement::Statement;
use super::subgraph::{SubEntity, SubRelation, Subgraph};

/// Overhead of each allocation in bytes, rounding included.
const ALLOCATION: u64 = 16;

/// A value with a known size in memory.
pub trait Footprint {
    /// The size of the heap data it owns, in bytes.
    fn heap(&self) -> u64;

    /// Its size with the heap data, in bytes.
    fn footprint(&self) -> u64
    where
        Self: Sized,
    {
        size_of::<Self>() as u64 + self.heap()
    }
}

fn bytes(length: usize) -> u64 {
    if length == 0 {
        0
    } else {
        length as u64 + ALLOCATION
    }
}

impl Footprint for String {
    fn heap(&self) -> u64 {
        bytes(self.len())
    }
}

impl Footprint for Bilingual {
    fn heap(&self) -> u64 {
        self.zh.heap() + self.en.heap()
    }
}

impl<T: Footprint> Footprint for Option<T> {
    fn heap(&self) -> u64 {
        self.as_ref().map_or(0, T::heap)
    }
}

impl<T: Footprint> Footprint for Vec<T> {
    fn heap(&self) -> u64 {
        ALLOCATION + self.iter().map(T::footprint).sum::<u64>()
    }
}

/// Shared values are not counted: the records of the embedded store outlive a request.
impl<T: Footprint> Footprint for Arc<T> {
    fn heap(&self) -> u64 {
        if Self::strong_count(self) > 1 {
            return 0;
        }
        ALLOCATION + T::footprint(self)
    }
}

impl<A: Footprint, B: Footprint> Footprint for (A, B) {
    fn heap(&self) -> u64 {
        self.0.heap() + self.1.heap()
    }
}

impl Footprint for bool {
    fn heap(&self) -> u64 {
        0
    }
}

impl<T: Footprint> Footprint for Arc<[T]> {
    fn heap(&self) -> u64 {
        ALLOCATION + self.iter().map(T::footprint).sum::<u64>()
    }
}

impl<T: Footprint> Footprint for Page<T> {
    fn heap(&self) -> u64 {
        self.items.heap()
    }
}

impl Footprint for u64 {
    fn heap(&self) -> u64 {
        0
    }
}

macro_rules! ids {
    ($($id:ty),+) => { $(
        impl Footprint for $id {
            fn heap(&self) -> u64 {
                bytes(self.as_str().len()) + ALLOCATION
            }
        }
    )+ };
}
ids!(
    EntityId,
    RelationId,
    ObservationId,
    RuleId,
    SourceId,
    DatasetId,
    Subject
);

impl Footprint for Quantity {
    fn heap(&self) -> u64 {
        let unit = self.unit().map_or(0, |unit| bytes(unit.as_str().len()));
        // The quantity resolved from statements.
        unit + bytes(self.original_text().map_or(0, str::len)) + size_of::<Self>() as u64
    }
}

impl Footprint for Name {
    fn heap(&self) -> u64 {
        self.value.heap() + self.lang.heap()
    }
}

impl Footprint for ExternalId {
    fn heap(&self) -> u64 {
        self.scheme.heap() + self.value.heap()
    }
}

impl Footprint for Properties {
    fn heap(&self) -> u64 {
        // The largest variant: a level or a code, a scheme, and two amounts.
        (4 * size_of::<Quantity>()) as u64
    }
}

impl Footprint for Entity {
    fn heap(&self) -> u64 {
        self.id.heap()
            + self.names.heap()
            + self.description.heap()
            + self.tags.heap()
            + self.external_ids.heap()
            + self.former_ids.heap()
            + self.size.heap()
            + self.properties.heap()
    }
}

impl Footprint for Relation {
    fn heap(&self) -> u64 {
        self.id.heap() + self.from.heap() + self.to.heap() + self.quantity.heap() + self.under.heap()
    }
}

impl Footprint for Observation {
    fn heap(&self) -> u64 {
        self.id.heap() + self.entity.heap() + self.indicator.heap() + self.quantity.heap()
    }
}

impl Footprint for RulePart {
    fn heap(&self) -> u64 {
        self.party.heap() + self.label.heap()
    }
}

impl Footprint for Rule {
    fn heap(&self) -> u64 {
        self.id.heap() + self.bearer.heap() + self.base.heap() + self.parts.heap()
    }
}

impl Footprint for Source {
    fn heap(&self) -> u64 {
        self.id.heap()
            + self.title.heap()
            + self.authors.heap()
            + self.affiliation.heap()
            + self.publisher.heap()
            + self.language.heap()
            + self.licence.heap()
            + self.sha256.heap()
            + self.url.heap()
            + self.datasets.heap()
    }
}

impl Footprint for Dataset {
    fn heap(&self) -> u64 {
        self.id.heap() + self.title.heap() + self.licence.heap()
    }
}

impl Footprint for Statement {
    fn heap(&self) -> u64 {
        self.source.heap()
            + self.locator.text.heap()
            + self.locator.section.heap()
            + self.quote.heap()
            + self.quantity.heap()
            + self.dataset.heap()
            + self.recorded_by.heap()
    }
}

impl Footprint for Subgraph {
    fn heap(&self) -> u64 {
        let relation = size_of::<SubRelation>() as u64;
        let entity = size_of::<SubEntity>() as u64;
        let relations = self.relations.iter().map(|one| relation + one.id.heap());
        let entities = self.entities.iter().map(|one| entity + one.id.heap());
        relations.sum::<u64>() + entities.sum::<u64>()
    }
}
