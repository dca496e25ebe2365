//! What a relation must be like by itself: the ontology's word on its ends, its resource, its flow and its share.

use crate::model::Decimal;
use crate::model::entity::EntityKind;
use crate::model::ontology::{Carries, Conserved, Ends, KindInfo, RelationKind};
use crate::model::quantity::{DIGITS_MAX, Quantity};
use crate::model::relation::{FlowDirection, Relation};

/// What to do about an amount of too many digits.
pub(super) const ROUND_IT: &str = "round it, or write it in a larger unit";

/// A fault of a relation by itself.
pub(in crate::service) struct RelationFault {
    pub(in crate::service) field: &'static str,
    pub(in crate::service) value: String,
    pub(in crate::service) reason: String,
    pub(in crate::service) hint: String,
}

/// What is wrong with a relation by itself: ends, resource, flow, share, programmes.
pub(in crate::service) fn check_relation_shape(relation: &Relation) -> Vec<RelationFault> {
    let info = relation.kind.info();
    let mut faults = Vec::new();
    let mut fault = |field, value: String, reason: String, hint: String| {
        faults.push(RelationFault {
            field,
            value,
            reason,
            hint,
        });
    };
    let (from, to) = (relation.from.kind(), relation.to.kind());
    if !info.allows(from, to) {
        let begins = info.ends.iter().any(|ends| ends.from.contains(&from));
        let (field, value) = if begins {
            ("to_id", &relation.to)
        } else {
            ("from_id", &relation.from)
        };
        let reason = format!("{} does not go from {from} to {to}", info.name);
        fault(field, value.to_string(), reason, what_goes(info, from, to));
    }
    if let Some(resource) = relation.stated_resource
        && info.carries != Carries::Stated
    {
        let (reason, hint) = match info.carries {
            Carries::Own(own) => (format!("{} carries {own}", info.name), "leave the cell empty"),
            Carries::Incoming => (
                format!("{} carries on whatever comes in", info.name),
                "leave the cell empty",
            ),
            Carries::Nothing | Carries::Stated => {
                (format!("{} carries nothing", info.name), "leave the cell empty")
            }
        };
        fault("resource", resource.to_string(), reason, hint.into());
    }
    if let Some(flow) = relation.stated_flow
        && !may_flow(info, flow)
    {
        let allowed = if info.can_carry() {
            let flows = FlowDirection::ALL.iter().filter(|flow| may_flow(info, **flow));
            one_of(&flows.map(|flow| flow.name()).collect::<Vec<_>>())
        } else {
            "nothing at all".to_string()
        };
        let reason = format!("{} does not go {flow}", info.name);
        fault("flow", flow.to_string(), reason, format!("it may say {allowed}"));
    }
    if let Some(share) = relation.share {
        if info.conserved != Conserved::Share {
            let kinds = RelationKind::ALL
                .iter()
                .filter(|kind| kind.info().conserved == Conserved::Share);
            let kinds: Vec<&str> = kinds.map(|kind| kind.name()).collect();
            let reason = format!("{} has no share", info.name);
            fault(
                "share",
                share.to_string(),
                reason,
                format!("only {} have one", kinds.join(" and ")),
            );
        } else if share < Decimal::ZERO || share > Decimal::ONE {
            fault(
                "share",
                share.to_string(),
                "a share is between 0 and 1".into(),
                "write the part of the whole, as 0.25 for a quarter".into(),
            );
        }
    }
    for under in relation
        .under
        .iter()
        .filter(|under| under.kind() != EntityKind::Program)
    {
        fault(
            "under",
            under.to_string(),
            format!("a relation falls under programmes; this is a {}", under.kind()),
            "name a programme, or leave it out".into(),
        );
    }
    faults.extend(check_amount(relation));
    faults
}

/// What is wrong with the amount that a row gives: beside a share, or of more digits than a flow computes with.
fn check_amount(relation: &Relation) -> Vec<RelationFault> {
    let own = relation
        .quantity
        .as_ref()
        .filter(|quantity| !quantity.is_implicit());
    let mut faults = Vec::new();
    if let (Some(share), Some(amount)) = (relation.share, own.and_then(Quantity::lower))
        && relation.kind == RelationKind::CarriedBy
    {
        faults.push(RelationFault {
            field: "share",
            value: share.to_string(),
            reason: format!("the row has a share and an amount ({amount})"),
            hint: "state one of both and leave the other empty".into(),
        });
    }
    if let Some(amount) = own.and_then(Quantity::beyond_digits) {
        faults.push(RelationFault {
            field: "amount",
            value: amount.to_string(),
            reason: format!("the amount has too many digits (expected {DIGITS_MAX})"),
            hint: ROUND_IT.into(),
        });
    }
    faults
}

/// Whether a relation of a kind may state that it carries this way.
fn may_flow(info: &KindInfo, flow: FlowDirection) -> bool {
    match info.flow {
        None => flow != FlowDirection::None,
        Some(own) => {
            flow == own || info.can_carry() && matches!(flow, FlowDirection::Both | FlowDirection::Unstated)
        }
    }
}

/// Permitted values, each once: `A, B or C`.
fn one_of(values: &[&str]) -> String {
    match values {
        [] => String::new(),
        [only] => (*only).to_string(),
        [first @ .., last] => format!("{} or {last}", first.join(", ")),
    }
}

/// What the kind allows, and which kinds allow these ends.
fn what_goes(info: &KindInfo, from: EntityKind, to: EntityKind) -> String {
    let list = |kinds: &[EntityKind]| {
        if kinds.len() == EntityKind::ALL.len() {
            return "anything".to_string();
        }
        kinds
            .iter()
            .map(|kind| kind.name())
            .collect::<Vec<_>>()
            .join(", ")
    };
    let one = |ends: &Ends| {
        let same = if ends.same_kind { " of the same kind" } else { "" };
        format!("{} → {}{same}", list(ends.from), list(ends.to))
    };
    let allowed = info.ends.iter().map(one).collect::<Vec<_>>().join("; ");
    let others = RelationKind::ALL
        .iter()
        .map(|kind| kind.info())
        .filter(|other| other.allows(from, to));
    let others: Vec<&str> = others.map(|other| other.name).collect();
    format!("it goes {allowed}; from {from} to {to} go {}", others.join(", "))
}
