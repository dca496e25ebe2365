//! Relations: first-class edges with their own keys; parallel ones between a pair are allowed.

use rust_decimal::Decimal;

use super::closed::closed_list;
use super::id::{EntityId, RelationId};
use super::ontology::{Carries, RelationKind};
use super::period::Validity;
use super::quantity::Quantity;

closed_list! {
    /// What flows.
    Resource {
        /// Money.
        Capital "CAPITAL",
        /// People and their skill.
        Talent "TALENT",
        /// Knowledge put to use.
        Technology "TECHNOLOGY",
        /// Computing.
        Compute "COMPUTE",
        /// Services.
        Service "SERVICE",
        /// Shared tax.
        Tax "TAX",
        /// Firms that move or branch out.
        Enterprise "ENTERPRISE",
        /// Demand: scenarios opened to suppliers.
        Demand "DEMAND",
    }
}

closed_list! {
    /// Which way a relation carries.
    FlowDirection {
        /// From `from` to `to`.
        Forward "FORWARD",
        /// From `to` to `from`.
        Backward "BACKWARD",
        /// Either way.
        Both "BOTH",
        /// It carries nothing.
        None "NONE",
        /// It carries, but which way is not stated.
        Unstated "UNSTATED",
    }
}

closed_list! {
    /// What drives a relation.
    Driver {
        /// Administration.
        Administrative "ADMINISTRATIVE",
        /// The market.
        Market "MARKET",
        /// Both.
        Hybrid "HYBRID",
        /// Not stated.
        Unstated "UNSTATED",
    }
}

/// One edge of the graph. Its statements are kept beside it and read when asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Relation {
    /// Its key.
    pub id: RelationId,
    /// Its kind: a row of the ontology.
    pub kind: RelationKind,
    /// Where it begins.
    pub from: EntityId,
    /// Where it ends.
    pub to: EntityId,
    /// What it carries, where its kind leaves that to the relation; see [`Relation::resource`].
    pub stated_resource: Option<Resource>,
    /// Which way it carries, where it does not go as its kind does; see [`Relation::flow`].
    pub stated_flow: Option<FlowDirection>,
    /// How much.
    pub quantity: Option<Quantity>,
    /// The part of the whole, 0–1.
    pub share: Option<Decimal>,
    /// The programmes it falls under, sorted, each once.
    pub under: Vec<EntityId>,
    /// What drives it.
    pub driver: Driver,
    /// When it held.
    pub validity: Validity,
}

impl Relation {
    /// Which way it carries: its own word, else its kind's, else unstated where the kind leaves it to the relation.
    pub fn flow(&self) -> FlowDirection {
        effective_flow(self.kind, self.stated_flow)
    }

    /// What it carries: its kind's resource, else its own word; none for a carrier, or where it is not stated.
    pub fn resource(&self) -> Option<Resource> {
        effective_resource(self.kind, self.stated_resource)
    }

    /// Whether its amounts add up along a path: the kind is conserved in the unit of its quantity.
    pub fn is_conserved(&self) -> bool {
        self.kind.info().conserved.in_unit(
            self.quantity
                .as_ref()
                .and_then(|q| q.unit())
                .map(super::quantity::Unit::as_str),
        )
    }

    /// The end across from `entity`.
    pub fn other(&self, entity: &EntityId) -> &EntityId {
        if self.from == *entity {
            &self.to
        } else {
            &self.from
        }
    }
}

/// See [`Relation::flow`].
pub fn effective_flow(kind: RelationKind, stated: Option<FlowDirection>) -> FlowDirection {
    stated.or(kind.info().flow).unwrap_or(FlowDirection::Unstated)
}

/// See [`Relation::resource`].
pub fn effective_resource(kind: RelationKind, stated: Option<Resource>) -> Option<Resource> {
    match kind.info().carries {
        Carries::Own(resource) => Some(resource),
        Carries::Stated => stated,
        Carries::Incoming | Carries::Nothing => None,
    }
}
