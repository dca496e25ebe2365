//! Amounts as known at the date of a query: an amount that every statement dates later is not known yet.
//!
//! Everything read for a date passes here, so that answers use the unknown amount and report how many there
//! are.

use std::sync::Arc;

use super::Session;
use crate::model::entity::{Properties, SharedEntity};
use crate::model::job;
use crate::model::period::TimeFilter;
use crate::model::quantity::Quantity;
use crate::model::relation::Relation;
use crate::model::selector::AsOf;
use crate::model::statement::Property;

impl Session {
    /// An amount as known at a date. One that is stated later is unknown, and noted under the name `of`.
    pub fn known_amount(&self, amount: Quantity, at: AsOf, of: &str) -> Quantity {
        let known = amount.known_on(at.and_then(TimeFilter::day));
        if known.unknown_reason().is_some() {
            self.stats().note_stated_later(of);
        }
        known
    }

    /// Replaces the amounts of relations by what is known at a date.
    pub(in crate::service) fn apply_as_of<'r>(
        &self,
        relations: impl IntoIterator<Item = &'r mut Relation>,
        at: AsOf,
    ) {
        if at.and_then(TimeFilter::day).is_none() {
            return;
        }
        for relation in relations {
            job::step();
            if let Some(amount) = relation.quantity.take() {
                relation.quantity = Some(self.known_amount(amount, at, relation.id.as_str()));
            }
        }
    }

    /// A property amount of an entity as known at a date.
    pub fn known_property(&self, entity: &SharedEntity, property: Property, at: AsOf) -> Option<Quantity> {
        let amount = match (property, &entity.properties) {
            (Property::Size, _) => entity.size.clone(),
            (Property::Committed, Properties::Fund { committed, .. }) => committed.clone(),
            (Property::PaidIn, Properties::Fund { paid_in, .. }) => paid_in.clone(),
            (Property::Committed | Property::PaidIn | Property::Capacity, _) => None,
        };
        Some(self.known_amount(amount?, at, &format!("{} {property}", entity.id)))
    }

    /// The entity with its size as known at a date.
    pub(in crate::service) fn with_known_size(&self, mut entity: SharedEntity, at: AsOf) -> SharedEntity {
        let is_asked = at.and_then(TimeFilter::day).is_some() && entity.size.is_some();
        if is_asked {
            let size = self.known_property(&entity, Property::Size, at);
            if size.as_ref().is_some_and(|size| size.unknown_reason().is_some()) {
                Arc::make_mut(&mut entity).size = size;
            }
        }
        entity
    }
}
