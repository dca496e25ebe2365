//! Relations: edges with their own ids; a pair of entities may have several.

use rust_decimal::Decimal;

use super::closed::closed_list;
use super::flow_direction::FlowDirection;
use super::id::{EntityId, RelationId};
use super::ontology::{CarriedResource, RelationKind};
use super::period::Validity;
use super::quantity::Quantity;
use super::resource::Resource;

closed_list! {
    Driver ["驱动方式", "Driver"]
        ["推动一条关系形成的力量。", "Force that drives a relation: government, the market or both."]
    {
        Administrative "ADMINISTRATIVE" ["行政驱动", "Administrative"] ["由政府推动。", "Driven by government."],
        Market "MARKET" ["市场驱动", "Market"] ["由市场推动。", "Driven by the market."],
        Hybrid "HYBRID" ["混合驱动", "Hybrid"] ["政府与市场共同推动。", "Driven by government and the market together."],
        Unstated "UNSTATED" ["驱动方式未说明", "Driver not stated"] ["来源未说明。", "Driver that the source does not state."],
    }
}

/// An edge of the graph. Its statements are stored separately and read on demand.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Relation {
    /// Its key.
    pub id: RelationId,
    /// Its kind: a row of the ontology.
    pub kind: RelationKind,
    /// The entity at which it begins.
    pub from: EntityId,
    /// The entity at which it ends.
    pub to: EntityId,
    /// The resource that it states; see [`Relation::resource`].
    pub stated_resource: Option<Resource>,
    /// The direction that it states; see [`Relation::flow`].
    pub stated_flow: Option<FlowDirection>,
    /// The amount.
    pub quantity: Option<Quantity>,
    /// The share of the whole, 0–1.
    pub share: Option<Decimal>,
    /// The programs that it belongs to, sorted and unique.
    pub under: Vec<EntityId>,
    /// The force that drives it.
    pub driver: Driver,
    /// The period in which it holds.
    pub validity: Validity,
}

impl Relation {
    /// The direction in which it carries: its own, or else that of its kind, or else unstated.
    pub fn flow(&self) -> FlowDirection {
        effective_flow(self.kind, self.stated_flow)
    }

    /// The resource it carries: that of its kind, or else its own; none for a carrier, or if it is not stated.
    pub fn resource(&self) -> Option<Resource> {
        effective_resource(self.kind, self.stated_resource)
    }

    /// Whether its amount adds up along a path, because its kind is conserved in the unit of its quantity.
    pub fn is_conserved(&self) -> bool {
        self.kind.info().conserved.in_unit(
            self.quantity
                .as_ref()
                .and_then(|q| q.unit())
                .map(super::quantity::Unit::as_str),
        )
    }

    /// The end opposite to `entity`.
    pub fn other(&self, entity: &EntityId) -> &EntityId {
        if self.from == *entity {
            &self.to
        } else {
            &self.from
        }
    }
}

/// The effective direction; see [`Relation::flow`].
pub fn effective_flow(kind: RelationKind, stated: Option<FlowDirection>) -> FlowDirection {
    stated.or(kind.info().flow).unwrap_or(FlowDirection::Unstated)
}

/// The effective resource; see [`Relation::resource`].
pub fn effective_resource(kind: RelationKind, stated: Option<Resource>) -> Option<Resource> {
    match kind.info().carries {
        CarriedResource::Own(resource) => Some(resource),
        CarriedResource::Stated => stated,
        CarriedResource::Incoming | CarriedResource::Nothing => None,
    }
}
