//! Layers: resource, unit and status of a flow, and the contribution of each relation.

use crate::model::Decimal;
use crate::model::closed::closed_list;
use crate::model::flow_direction::FlowDirection;
use crate::model::ontology::RelationKind;
use crate::model::quantity::{Measure, Quantity, QuantityStatus, Unit};
use crate::model::relation::Relation;
use crate::model::resource::Resource;
use crate::model::statement::{EvidenceClass, EvidenceFilter, Rank};

/// The resource, unit and status of a flow. Amounts of different layers are never added.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Layer {
    /// The resource.
    pub resource: Resource,
    /// The unit.
    pub unit: Unit,
    /// The status: realized, promised or claimed.
    pub status: QuantityStatus,
}

closed_list! {
    MissingReason ["缺失的事实", "Missing fact"]
        ["数额归因所依据的某项事实缺了什么。", "What is not known about a fact on which a flow depends."]
    {
        NoAmount "NO_AMOUNT" ["没有记录数额", "no amount is recorded"] ["没有记录数额。", "No amount is recorded."],
        UnknownAmount "UNKNOWN_AMOUNT" ["数额未说明", "the amount is not stated"] ["有数额，但未说明多少。", "The amount is not stated."],
        BoundedAmount "BOUNDED_AMOUNT" ["数额只有区间", "the amount is given as a range"]
            ["数额介于两个数之间。",
            "The amount lies between two numbers."],
        UnboundedAbove "UNBOUNDED_ABOVE" ["数额没有上限", "only a lower bound of the amount is given"]
            ["数额只给出下限。",
            "Only a lower bound of the amount is given."],
        NoDirection "NO_DIRECTION" ["流向未说明", "the direction is not stated"] ["流向未说明。", "The direction is not stated."],
        NoResource "NO_RESOURCE" ["所带资源未说明", "the resource is not stated"] ["所带资源未说明。", "The resource is not stated."],
        NoShare "NO_SHARE" ["份额未说明", "the share is not stated"]
            ["实体属于某产业的份额，或项目归于某承载单位的份额，未说明。",
            "The share of an entity in an industry, or of a carrier in a project, is not stated."],
        NoUnit "NO_UNIT" ["单位未说明", "the unit is not stated"] ["数额的单位未说明。", "The unit of the amount is not stated."],
        Doubted "DOUBTED" ["没有符合条件的证据", "no statement passes the filter"]
            ["有陈述，但没有一条符合证据条件；存疑不等于为零。",
            "It has statements, but none passes the filter; missing evidence does not prove an amount of zero."],
        ConduitNotNamed "CONDUIT_NOT_NAMED" ["未按编号指名", "not named by id"]
            ["被选中但未按编号指名的经手方，其给出的资源来历不明；按编号指名即视为它自己的。",
            "A conduit is selected but not named by id, and the origin of what it gives is not known; name it by id to count that as its own."],
    }
}

/// The direction in which a relation carries the amount of a layer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Heading {
    /// From `from` to `to`.
    Forward,
    /// From `to` to `from`.
    Backward,
    /// Any division of the amount between both directions, because how it is divided is not stated.
    Either,
}

/// The contribution of a relation to a layer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LayerContribution {
    /// The direction in which it carries.
    pub heading: Heading,
    /// The minimum, in the unit of the layer.
    pub lower: Decimal,
    /// The maximum; `None` if unbounded.
    pub upper: Option<Decimal>,
    /// What is not known about it; `None` if direction and amount are known.
    pub missing: Option<MissingReason>,
}

/// An amount that a carrier states in the unit and status of the layer. Unlike a [`LayerContribution`] it has no
/// direction, because a carrier passes on what arrives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StatedAmount {
    /// The minimum.
    pub lower: Decimal,
    /// The maximum; `None` if unbounded.
    pub upper: Option<Decimal>,
    /// What is not known about it; `None` if it is one number.
    pub missing: Option<MissingReason>,
}

/// Whether relations of a kind may contribute to a layer: they carry a resource, their amounts add up in some unit,
/// and they are not carriers.
pub fn is_counted(kind: RelationKind) -> bool {
    let info = kind.info();
    !info.is_carrier() && info.can_carry() && info.conserved.in_unit(None)
}

impl Layer {
    /// The contribution of a relation to the layer; `None` if it has none.
    ///
    /// Only relations that are conserved (their amounts add up) and are not carriers contribute, and no amount of
    /// measure RULE or CHANGE or of basis MEASURED. A relation without an amount may carry any amount, in every
    /// layer that its unit and basis allow, if it has them. If no statement of the relation has an assertion that
    /// the filter accepts, the relation is excluded; if one has, but the reliability or source fails the filter,
    /// the relation remains with an unknown amount.
    pub fn contribution(
        &self,
        relation: &Relation,
        evidence: &[EvidenceClass],
        filter: &EvidenceFilter,
    ) -> Option<LayerContribution> {
        let info = relation.kind.info();
        if !is_counted(relation.kind)
            || !info.conserved.in_unit(Some(self.unit.as_str()))
            || !is_asserted(evidence, filter)
        {
            return None;
        }
        let resource = relation.resource();
        let heading = heading(relation.flow())?;
        if resource.is_some_and(|resource| resource != self.resource) {
            return None;
        }
        let amount = self.amount(relation.kind, relation.quantity.as_ref().map(Quantity::effective))?;
        let unsupported = !filter.passes(evidence);
        let (lower, upper) = match (unsupported, resource) {
            (true, _) => (Decimal::ZERO, None),
            // The relation may carry another resource, and then nothing in this layer.
            (false, None) => (Decimal::ZERO, amount.upper),
            (false, Some(_)) => (amount.lower, amount.upper),
        };
        let missing = match (unsupported, resource) {
            (true, _) => Some(MissingReason::Doubted),
            (false, None) => Some(MissingReason::NoResource),
            (false, Some(_)) if heading == Heading::Either => Some(MissingReason::NoDirection),
            (false, Some(_)) => amount.missing,
        };
        Some(LayerContribution {
            heading,
            lower,
            upper,
            missing,
        })
        // A relation that certainly carries nothing does not contribute.
        .filter(|contribution| contribution.upper != Some(Decimal::ZERO))
    }

    /// The amount that a relation of a kind and quantity may carry in the layer; `None` if the quantity
    /// belongs to another layer.
    fn amount(&self, kind: RelationKind, quantity: Option<&Quantity>) -> Option<AmountBounds> {
        let Some(quantity) = quantity else {
            return Some(AmountBounds::unknown(MissingReason::NoAmount));
        };
        let status = kind.status_of(Some(quantity));
        // Without a status, an amount may be of any if it has no basis; a basis without a status, such as MEASURED,
        // counts in no layer.
        let belongs = !matches!(quantity.measure(), Measure::Rule | Measure::Change)
            && quantity.unit().is_none_or(|unit| *unit == self.unit)
            && status.map_or(quantity.basis().is_none(), |status| status == self.status);
        belongs.then(|| match (quantity.lower(), quantity.upper()) {
            (None, _) if quantity.unit().is_none() => AmountBounds::unknown(MissingReason::NoUnit),
            (None, _) => AmountBounds::unknown(MissingReason::UnknownAmount),
            (Some(lower), upper) => AmountBounds {
                lower,
                upper,
                missing: match upper {
                    None => Some(MissingReason::UnboundedAbove),
                    Some(upper) => (upper != lower).then_some(MissingReason::BoundedAmount),
                },
            },
        })
    }

    /// The part that a carrier takes over, if the relation states it as an amount; `None` if it does not, or states
    /// it in another unit or status.
    pub fn part_of(&self, relation: &Relation) -> Option<StatedAmount> {
        let quantity = relation.quantity.as_ref().map(Quantity::effective)?;
        let amount = self.amount(relation.kind, Some(quantity))?;
        quantity.lower().map(|_| StatedAmount {
            lower: amount.lower,
            upper: amount.upper,
            missing: amount.missing,
        })
    }

    /// The layer to which the amount of a relation belongs; `None` without an amount, or if its resource, unit or
    /// status is not stated.
    pub(super) fn of_relation(relation: &Relation) -> Option<Self> {
        let quantity = relation.quantity.as_ref().map(Quantity::effective)?;
        Some(Self {
            resource: relation.resource()?,
            unit: quantity.unit()?.clone(),
            status: relation.kind.status_of(Some(quantity))?,
        })
    }
}

/// The bounds of the amount of a relation that belongs to a layer, stated or not.
struct AmountBounds {
    lower: Decimal,
    upper: Option<Decimal>,
    missing: Option<MissingReason>,
}

impl AmountBounds {
    /// Any amount, for the given reason.
    fn unknown(missing: MissingReason) -> Self {
        Self {
            lower: Decimal::ZERO,
            upper: None,
            missing: Some(missing),
        }
    }
}

/// The heading of a relation; `None` if it carries nothing. How the amount of BOTH is divided is not stated either.
fn heading(flow: FlowDirection) -> Option<Heading> {
    match flow {
        FlowDirection::Forward => Some(Heading::Forward),
        FlowDirection::Backward => Some(Heading::Backward),
        FlowDirection::Both | FlowDirection::Unstated => Some(Heading::Either),
        FlowDirection::None => None,
    }
}

/// Whether a statement that is not deprecated has an assertion that the filter accepts.
pub fn is_asserted(evidence: &[EvidenceClass], filter: &EvidenceFilter) -> bool {
    evidence
        .iter()
        .any(|class| class.rank != Rank::Deprecated && filter.assertions.contains(&class.assertion))
}
