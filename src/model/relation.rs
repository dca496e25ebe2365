//! Relations: edges with their own ids; a pair of entities may have several.

use rust_decimal::Decimal;

use super::closed::closed_list;
use super::id::{EntityId, RelationId};
use super::ontology::{CarriedResource, RelationKind};
use super::period::Validity;
use super::quantity::Quantity;

closed_list! {
    Resource ["资源", "Resource"]
        ["在关系中流动的东西。", "Resource that a relation carries."]
    {
        Capital "CAPITAL" ["资金", "Capital"] ["资金。", "Money."],
        Talent "TALENT" ["人才", "Talent"] ["人才及其技能。", "People and their skills."],
        Technology "TECHNOLOGY" ["技术", "Technology"] ["付诸应用的科技成果。", "Research results put to use."],
        Compute "COMPUTE" ["算力", "Computing"] ["算力。", "Computing power."],
        Service "SERVICE" ["服务", "Service"] ["科技服务、政务服务等。", "Technical, administrative and other services."],
        Tax "TAX" ["税收", "Tax"] ["按约定分享的税收。", "Tax revenue shared by agreement."],
        Enterprise "ENTERPRISE" ["企业", "Enterprise"] ["迁入或设立分支的企业。", "Companies that relocate or open a branch."],
        Demand "DEMAND" ["需求", "Demand"] ["需求：向供应方开放的应用场景。", "Demand, as application scenarios opened to suppliers."],
    }
}

closed_list! {
    FlowDirection ["流向", "Direction of flow"]
        ["关系所带资源的流向。", "Direction in which a relation carries a resource."]
    {
        Forward "FORWARD" ["正向", "Forward"] ["由 `from` 流向 `to`。", "From `from` to `to`."],
        Backward "BACKWARD" ["反向", "Backward"] ["由 `to` 流向 `from`。", "From `to` to `from`."],
        Both "BOTH" ["双向", "Both ways"] ["两个方向都有。", "In both directions."],
        None "NONE" ["不流动", "Carries nothing"] ["不带任何资源。", "No resource is carried."],
        Unstated "UNSTATED" ["流向未说明", "Direction not stated"]
            ["带有资源，但流向未说明；只有明确要求时才沿其追踪。",
            "Unstated direction: the relation carries a resource, but the direction is not stated. A trace follows it only on request."],
    }
}

impl FlowDirection {
    /// The direction of the same flow from the opposite end.
    #[must_use]
    pub fn reversed(self) -> Self {
        match self {
            Self::Forward => Self::Backward,
            Self::Backward => Self::Forward,
            Self::Both | Self::None | Self::Unstated => self,
        }
    }
}

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
