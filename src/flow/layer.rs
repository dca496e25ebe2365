//! Layers: what one flow is a flow of, and what each relation is in it.

use super::facts::StatedAmount;
use crate::model::Decimal;
use crate::model::closed::closed_list;
use crate::model::ontology::RelationKind;
use crate::model::quantity::{Measure, Quantity, QuantityStatus, Unit};
use crate::model::relation::{FlowDirection, Relation, Resource};
use crate::model::statement::{EvidenceClass, EvidenceFilter, Rank};

/// What a flow is a flow of. Amounts of different layers are never added.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Layer {
    /// What flows.
    pub resource: Resource,
    /// In which unit.
    pub unit: Unit,
    /// As what kind of fact.
    pub status: QuantityStatus,
}

closed_list! {
    MissingReason ["缺失的事实", "Missing fact"]
        ["数额归因所依据的某项事实缺了什么。", "What is not known of a fact on which a flow rests."]
    {
        NoAmount "NO_AMOUNT" ["没有记录数额", "no amount is recorded"] ["没有记录数额。", "No amount is recorded."],
        UnknownAmount "UNKNOWN_AMOUNT" ["数额未说明", "the amount is not stated"] ["有数额，但未说明多少。", "The amount is not stated."],
        BoundedAmount "BOUNDED_AMOUNT" ["数额只有区间", "the amount is given as a range"]
            ["数额介于两个数之间。",
            "The amount lies between two numbers."],
        UnboundedAbove "UNBOUNDED_ABOVE" ["数额没有上限", "only a lower end of the amount is given"]
            ["数额只给出下限。",
            "The amount is above a number; no upper end is given."],
        NoDirection "NO_DIRECTION" ["流向未说明", "the direction is not stated"] ["流向未说明。", "The direction is not stated."],
        NoResource "NO_RESOURCE" ["所带资源未说明", "the resource is not stated"] ["所带资源未说明。", "The resource is not stated."],
        NoShare "NO_SHARE" ["份额未说明", "the share is not stated"]
            ["实体属于某产业的份额，或项目归于某承载单位的份额，未说明。",
            "The share of an entity in an industry, or of a carrier in a project, is not stated."],
        NoUnit "NO_UNIT" ["单位未说明", "the unit is not stated"] ["数额的单位未说明。", "The unit of the amount is not stated."],
        Doubted "DOUBTED" ["没有符合条件的证据", "no statement passes the filter"]
            ["有陈述，但没有一条符合证据条件；存疑不等于为零。",
            "It has statements, but none that passes the filter: doubt is no proof of zero."],
        ConduitNotNamed "CONDUIT_NOT_NAMED" ["未按编号指名", "not named by id"]
            ["被选中但未按编号指名的经手方，其给出的资源来历不明；按编号指名即视为它自己的。",
            "A conduit was selected without being named, and the origin of what it gives is not known; name it by id to count it as its own."],
    }
}

/// Which way a relation carries in a layer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Heading {
    /// From `from` to `to`.
    Forward,
    /// From `to` to `from`.
    Backward,
    /// One of both, which is not stated.
    Either,
}

/// What a relation is in a layer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Carried {
    /// Which way.
    pub heading: Heading,
    /// How much at least, in the unit of the layer.
    pub lower: Decimal,
    /// How much at most; none: without end.
    pub upper: Option<Decimal>,
    /// What is not known of it; none: direction and amount are.
    pub missing: Option<MissingReason>,
}

/// Whether a kind may have amounts that add up, and is no carrier of them.
pub fn is_counted(kind: RelationKind) -> bool {
    let info = kind.info();
    !info.is_carrier() && info.can_carry() && info.conserved.in_unit(None)
}

impl Layer {
    /// What a relation is in the layer; none where it is nothing.
    ///
    /// Only conserved relations count that are no carriers, and no amount of measure RULE or CHANGE or of basis MEASURED. Without
    /// an amount it may carry any, in every layer that its unit and basis, where given, allow. One that fails the filter by its
    /// assertion is out; one that fails by reliability or source stays, its amount unknown.
    pub fn admit(
        &self,
        relation: &Relation,
        evidence: &[EvidenceClass],
        filter: &EvidenceFilter,
    ) -> Option<Carried> {
        let info = relation.kind.info();
        if !is_counted(relation.kind)
            || !info.conserved.in_unit(Some(self.unit.as_str()))
            || !asserted(evidence, filter)
        {
            return None;
        }
        let resource = relation.resource();
        let heading = heading(relation.flow())?;
        if resource.is_some_and(|resource| resource != self.resource) {
            return None;
        }
        let amount = self.amount(relation.kind, relation.quantity.as_ref().map(Quantity::effective))?;
        let doubted = !filter.passes(evidence);
        let (lower, upper) = match (doubted, resource) {
            (true, _) => (Decimal::ZERO, None),
            // It may be of another resource, and carry nothing here.
            (false, None) => (Decimal::ZERO, amount.upper),
            (false, Some(_)) => (amount.lower, amount.upper),
        };
        let missing = match (doubted, resource) {
            (true, _) => Some(MissingReason::Doubted),
            (false, None) => Some(MissingReason::NoResource),
            (false, Some(_)) if heading == Heading::Either => Some(MissingReason::NoDirection),
            (false, Some(_)) => amount.missing,
        };
        Some(Carried {
            heading,
            lower,
            upper,
            missing,
        })
        .filter(|carried| carried.upper != Some(Decimal::ZERO))
    }

    /// How much a relation of a kind with that quantity may carry in the layer; none: its quantity belongs elsewhere.
    fn amount(&self, kind: RelationKind, quantity: Option<&Quantity>) -> Option<Amount> {
        let Some(quantity) = quantity else {
            return Some(Amount::unknown(MissingReason::NoAmount));
        };
        let status = kind.status_of(Some(quantity));
        let belongs = !matches!(quantity.measure(), Measure::Rule | Measure::Change)
            && quantity.unit().is_none_or(|unit| *unit == self.unit)
            && status.map_or(quantity.basis().is_none(), |status| status == self.status);
        belongs.then(|| match (quantity.lower(), quantity.upper()) {
            (None, _) if quantity.unit().is_none() => Amount::unknown(MissingReason::NoUnit),
            (None, _) => Amount::unknown(MissingReason::UnknownAmount),
            (Some(lower), upper) => Amount {
                lower,
                upper,
                missing: match upper {
                    None => Some(MissingReason::UnboundedAbove),
                    Some(upper) => (upper != lower).then_some(MissingReason::BoundedAmount),
                },
            },
        })
    }

    /// What a relation that passes on what an entity keeps states of its part as an amount of the layer. Of another unit or another kind of
    /// fact it states nothing.
    pub fn part_of(&self, relation: &Relation) -> Option<StatedAmount> {
        let quantity = relation.quantity.as_ref().map(Quantity::effective)?;
        let amount = self.amount(relation.kind, Some(quantity))?;
        quantity.lower().map(|_| StatedAmount {
            lower: amount.lower,
            upper: amount.upper,
            missing: amount.missing,
        })
    }

    /// The layer that a relation's own amount is of; none where it has none.
    pub(super) fn of(relation: &Relation) -> Option<Self> {
        let quantity = relation.quantity.as_ref().map(Quantity::effective)?;
        Some(Self {
            resource: relation.resource()?,
            unit: quantity.unit()?.clone(),
            status: relation.kind.status_of(Some(quantity))?,
        })
    }
}

struct Amount {
    lower: Decimal,
    upper: Option<Decimal>,
    missing: Option<MissingReason>,
}

impl Amount {
    fn unknown(missing: MissingReason) -> Self {
        Self {
            lower: Decimal::ZERO,
            upper: None,
            missing: Some(missing),
        }
    }
}

fn heading(flow: FlowDirection) -> Option<Heading> {
    match flow {
        FlowDirection::Forward => Some(Heading::Forward),
        FlowDirection::Backward => Some(Heading::Backward),
        FlowDirection::Both | FlowDirection::Unstated => Some(Heading::Either),
        FlowDirection::None => None,
    }
}

/// Whether a statement that counts says it in a way that is asked for.
pub fn asserted(evidence: &[EvidenceClass], filter: &EvidenceFilter) -> bool {
    evidence
        .iter()
        .any(|class| class.rank != Rank::Deprecated && filter.assertions.contains(&class.assertion))
}
