//! Checks a relation by itself against the ontology: its ends, resource, flow and share.

use crate::model::Decimal;
use crate::model::entity::EntityKind;
use crate::model::field::Field;
use crate::model::flow_direction::FlowDirection;
use crate::model::ontology::{CarriedResource, Conservation, KindInfo, PermittedEnds, RelationKind};
use crate::model::quantity::{DIGITS_MAX, Quantity};
use crate::model::relation::Relation;

/// Hint for an amount with too many digits.
pub(super) const ROUND_IT: &str = "round it, or write it in a larger unit";

/// A problem of a relation by itself.
pub(in crate::service) struct RelationFault {
    pub(in crate::service) field: Field,
    pub(in crate::service) value: String,
    pub(in crate::service) reason: String,
    pub(in crate::service) hint: String,
}

/// The problems of a relation by itself: ends, resource, flow, share, programs.
pub(in crate::service) fn check_relation_shape(relation: &Relation) -> Vec<RelationFault> {
    let mut faults = Vec::new();
    faults.extend(check_ends(relation));
    faults.extend(check_resource(relation));
    faults.extend(check_flow(relation));
    faults.extend(check_share(relation));
    faults.extend(check_under(relation));
    faults.extend(check_amount(relation));
    faults
}

/// The problem of the ends: kinds that the kind of relation does not connect.
fn check_ends(relation: &Relation) -> Option<RelationFault> {
    let info = relation.kind.info();
    let (from, to) = (relation.from.kind(), relation.to.kind());
    if info.allows(from, to) {
        return None;
    }
    let begins = info.ends.iter().any(|ends| ends.from.contains(&from));
    let (field, value) = if begins {
        (Field::ToId, &relation.to)
    } else {
        (Field::FromId, &relation.from)
    };
    Some(RelationFault {
        field,
        value: value.to_string(),
        reason: format!("{} cannot connect {from} to {to}", info.name),
        hint: permitted_connections(info, from, to),
    })
}

/// The problem of a stated flow that the kind cannot have.
fn check_flow(relation: &Relation) -> Option<RelationFault> {
    let info = relation.kind.info();
    let flow = relation.stated_flow.filter(|flow| !may_flow(info, *flow))?;
    let hint = if info.can_carry() {
        let flows = FlowDirection::ALL.iter().filter(|flow| may_flow(info, **flow));
        let flows = flows.map(|flow| flow.name()).collect::<Vec<_>>();
        format!("write {}", join_with_or(&flows))
    } else {
        "leave the cell empty".to_string()
    };
    Some(RelationFault {
        field: Field::Flow,
        value: flow.to_string(),
        reason: format!("{} cannot have the flow {flow}", info.name),
        hint,
    })
}

/// The problems of the programs that it falls under: ids of other kinds.
fn check_under(relation: &Relation) -> impl Iterator<Item = RelationFault> {
    let others = relation
        .under
        .iter()
        .filter(|under| under.kind() != EntityKind::Program);
    others.map(|under| RelationFault {
        field: Field::Under,
        value: under.to_string(),
        reason: format!(
            "a relation can only fall under a PROGRAM; this is a {}",
            under.kind()
        ),
        hint: "write the id of a programme, or leave it out".into(),
    })
}

/// The problem of a stated resource where the kind says which it carries.
fn check_resource(relation: &Relation) -> Option<RelationFault> {
    let info = relation.kind.info();
    let resource = relation.stated_resource?;
    let reason = match info.carries {
        CarriedResource::Stated => return None,
        CarriedResource::Own(own) => format!("{} always carries {own}", info.name),
        CarriedResource::Incoming => format!("{} passes on the resource that it receives", info.name),
        CarriedResource::Nothing => format!("{} carries no resource", info.name),
    };
    Some(RelationFault {
        field: Field::Resource,
        value: resource.to_string(),
        reason,
        hint: "leave the cell empty".into(),
    })
}

/// The problem of a share: of a kind that has none, or not a fraction.
fn check_share(relation: &Relation) -> Option<RelationFault> {
    let info = relation.kind.info();
    let share = relation.share?;
    let (reason, hint) = if info.conserved != Conservation::Share {
        let kinds = RelationKind::ALL
            .iter()
            .filter(|kind| kind.info().conserved == Conservation::Share);
        let kinds: Vec<&str> = kinds.map(|kind| kind.name()).collect();
        (
            format!("{} has no share", info.name),
            format!("leave the cell empty: only {} have a share", kinds.join(" and ")),
        )
    } else if share < Decimal::ZERO || share > Decimal::ONE {
        (
            "a share must be between 0 and 1".into(),
            "write a fraction of the whole, such as 0.25 for a quarter".into(),
        )
    } else {
        return None;
    };
    Some(RelationFault {
        field: Field::Share,
        value: share.to_string(),
        reason,
        hint,
    })
}

/// The problems of the amount in a row: given together with a share, or with more digits than a flow computes with.
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
            field: Field::Share,
            value: share.to_string(),
            reason: format!("the row has both a share and an amount ({amount})"),
            hint: "state one of the two and leave the other empty".into(),
        });
    }
    if let Some(amount) = own.and_then(Quantity::beyond_digits) {
        faults.push(RelationFault {
            field: Field::Amount,
            value: amount.to_string(),
            reason: format!("the amount has too many digits (expected {DIGITS_MAX})"),
            hint: ROUND_IT.into(),
        });
    }
    faults
}

/// Whether a relation of a kind may state this flow direction.
fn may_flow(info: &KindInfo, flow: FlowDirection) -> bool {
    match info.flow {
        None => flow != FlowDirection::None,
        Some(own) => {
            flow == own || info.can_carry() && matches!(flow, FlowDirection::Both | FlowDirection::Unstated)
        }
    }
}

/// Permitted values, each once: `A, B or C`.
fn join_with_or(values: &[&str]) -> String {
    match values {
        [] => String::new(),
        [only] => (*only).to_string(),
        [first @ .., last] => format!("{} or {last}", first.join(", ")),
    }
}

/// Hint: the ends that the kind permits, and the kinds that permit these ends.
fn permitted_connections(info: &KindInfo, from: EntityKind, to: EntityKind) -> String {
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
    let one = |ends: &PermittedEnds| {
        let same = if ends.same_kind { " of the same kind" } else { "" };
        format!("{} → {}{same}", list(ends.from), list(ends.to))
    };
    let allowed = info.ends.iter().map(one).collect::<Vec<_>>().join("; ");
    let others = RelationKind::ALL
        .iter()
        .map(|kind| kind.info())
        .filter(|other| other.allows(from, to));
    let others: Vec<&str> = others.map(|other| other.name).collect();
    format!(
        "{} connects {allowed}; {}",
        info.name,
        alternatives(&others, from, to)
    )
}

/// The kinds of relation that connect two kinds of entity, in words.
fn alternatives(others: &[&str], from: EntityKind, to: EntityKind) -> String {
    if others.is_empty() {
        format!("no relation connects {from} to {to}")
    } else {
        format!("to connect {from} to {to} use {}", others.join(", "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hint_names_alternatives_or_says_that_there_are_none() {
        let of = |others: &[&str]| alternatives(others, EntityKind::Industry, EntityKind::Region);
        assert_eq!(
            of(&["COLLABORATES_WITH", "GOVERNED_BY"]),
            "to connect INDUSTRY to REGION use COLLABORATES_WITH, GOVERNED_BY"
        );
        assert_eq!(of(&[]), "no relation connects INDUSTRY to REGION");
    }
}
