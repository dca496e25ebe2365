//! Amounts as they are known when they are asked for: what every statement gives a later day is not known yet.
//!
//! Whatever a question reads for a day passes here, so that an answer counts with the unknown amount alone, and tells how many there are.

use std::sync::Arc;

use super::Session;
use crate::model::entity::{Properties, SharedEntity};
use crate::model::job;
use crate::model::period::When;
use crate::model::quantity::Quantity;
use crate::model::relation::Relation;
use crate::model::selector::AsOf;
use crate::model::statement::Property;

impl Session {
    /// An amount as it is known on the day asked. One that is stated later is unknown, and noted by the name `of`.
    pub fn known_amount(&self, amount: Quantity, at: AsOf, of: &str) -> Quantity {
        let known = amount.known_on(at.and_then(When::day));
        if known.unknown_reason().is_some() {
            self.stats().note_stated_later(of);
        }
        known
    }

    /// Makes the amounts of relations what is known of them on the day asked.
    pub(in crate::service) fn know<'r>(
        &self,
        relations: impl IntoIterator<Item = &'r mut Relation>,
        at: AsOf,
    ) {
        if at.and_then(When::day).is_none() {
            return;
        }
        for relation in relations {
            job::step();
            if let Some(amount) = relation.quantity.take() {
                relation.quantity = Some(self.known_amount(amount, at, relation.id.as_str()));
            }
        }
    }

    /// The amount that an entity has, as it is known on the day asked.
    pub fn known_property(&self, entity: &SharedEntity, property: Property, at: AsOf) -> Option<Quantity> {
        let amount = match (property, &entity.properties) {
            (Property::Size, _) => entity.size.clone(),
            (Property::Committed, Properties::Fund { committed, .. }) => committed.clone(),
            (Property::PaidIn, Properties::Fund { paid_in, .. }) => paid_in.clone(),
            (Property::Committed | Property::PaidIn | Property::Capacity, _) => None,
        };
        Some(self.known_amount(amount?, at, &format!("{} {property}", entity.id)))
    }

    /// An entity whose size is what is known of it on the day asked.
    pub(in crate::service) fn sized(&self, mut entity: SharedEntity, at: AsOf) -> SharedEntity {
        let is_asked = at.and_then(When::day).is_some() && entity.size.is_some();
        if is_asked {
            let size = self.known_property(&entity, Property::Size, at);
            if size.as_ref().is_some_and(|size| size.unknown_reason().is_some()) {
                Arc::make_mut(&mut entity).size = size;
            }
        }
        entity
    }
}
