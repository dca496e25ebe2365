//! Relations: first-class edges with their own keys; parallel ones between a pair are allowed.

use rust_decimal::Decimal;

use super::closed::closed_list;
use super::id::{EntityId, RelationId};
use super::ontology::{Carries, RelationKind};
use super::period::Validity;
use super::quantity::Quantity;

closed_list! {
    Resource ["资源", "Resource"]
        ["在关系中流动的东西。", "What flows along a relation."]
    {
        Capital "CAPITAL" ["资金", "Capital"] ["资金。", "Money."],
        Talent "TALENT" ["人才", "Talent"] ["人才及其技能。", "People and their skills."],
        Technology "TECHNOLOGY" ["技术", "Technology"] ["付诸应用的科技成果。", "Knowledge put to use."],
        Compute "COMPUTE" ["算力", "Computing"] ["算力。", "Computing power."],
        Service "SERVICE" ["服务", "Service"] ["科技服务、政务服务等。", "Services."],
        Tax "TAX" ["税收", "Tax"] ["按约定分享的税收。", "Shared tax revenue."],
        Enterprise "ENTERPRISE" ["企业", "Enterprise"] ["迁入或设立分支的企业。", "Firms that move or branch out."],
        Demand "DEMAND" ["需求", "Demand"] ["需求：向供应方开放的应用场景。", "Demand: application scenarios opened to suppliers."],
    }
}

closed_list! {
    FlowDirection ["流向", "Direction of flow"]
        ["关系所带资源的流向。", "Direction in which a relation carries."]
    {
        Forward "FORWARD" ["正向", "Forward"] ["由 `from` 流向 `to`。", "From `from` to `to`."],
        Backward "BACKWARD" ["反向", "Backward"] ["由 `to` 流向 `from`。", "From `to` to `from`."],
        Both "BOTH" ["双向", "Both ways"] ["两个方向都有。", "Both ways."],
        None "NONE" ["不流动", "Carries nothing"] ["不带任何资源。", "Carries nothing."],
        Unstated "UNSTATED" ["流向未说明", "Direction not stated"]
            ["带有资源，但流向未说明；只有明确要求时才沿其追踪。",
            "Carries something, but the direction is not stated; walked only on request."],
    }
}

impl FlowDirection {
    /// The direction of the same flow seen from its end.
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
        ["推动一条关系形成的力量。", "Force that drives a relation."]
    {
        Administrative "ADMINISTRATIVE" ["行政驱动", "Administrative"] ["由政府推动。", "Driven by government."],
        Market "MARKET" ["市场驱动", "Market"] ["由市场推动。", "Driven by the market."],
        Hybrid "HYBRID" ["混合驱动", "Hybrid"] ["政府与市场共同推动。", "Driven by both."],
        Unstated "UNSTATED" ["驱动方式未说明", "Driver not stated"] ["来源未说明。", "Not stated."],
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
