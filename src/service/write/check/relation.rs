//! Checks a relation by itself against the ontology: its ends, resource, flow and share.

use crate::model::Decimal;
use crate::model::entity::EntityKind;
use crate::model::flow_direction::FlowDirection;
use crate::model::ontology::{CarriedResource, Conservation, KindInfo, PermittedEnds, RelationKind};
use crate::model::quantity::{DIGITS_MAX, Quantity};
use crate::model::relation::Relation;

/// Hint for an amount with too many digits.
pub(super) const ROUND_IT: &str = "round it, or write it in a larger unit";

/// A problem of a relation by itself.
pub(in crate::service) struct RelationFault {
    pub(in crate::service) field: &'static str,
    pub(in crate::service) value: String,
    pub(in crate::service) reason: String,
    pub(in crate::service) hint: String,
}

/// The problems of a relation by itself: ends, resource, flow, share, programs.
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
        let reason = format!("{} cannot connect {from} to {to}", info.name);
        fault(
            field,
            value.to_string(),
            reason,
            permitted_connections(info, from, to),
        );
    }
    if let Some(resource) = relation.stated_resource
        && info.carries != CarriedResource::Stated
    {
        let (reason, hint) = match info.carries {
            CarriedResource::Own(own) => (
                format!("{} always carries {own}", info.name),
                "leave the cell empty",
            ),
            CarriedResource::Incoming => (
                format!("{} passes on the resource that it receives", info.name),
                "leave the cell empty",
            ),
            CarriedResource::Nothing | CarriedResource::Stated => (
                format!("{} carries no resource", info.name),
                "leave the cell empty",
            ),
        };
        fault("resource", resource.to_string(), reason, hint.into());
    }
    if let Some(flow) = relation.stated_flow
        && !may_flow(info, flow)
    {
        let hint = if info.can_carry() {
            let flows = FlowDirection::ALL.iter().filter(|flow| may_flow(info, **flow));
            let flows = flows.map(|flow| flow.name()).collect::<Vec<_>>();
            format!("write {}", join_with_or(&flows))
        } else {
            "leave the cell empty".to_string()
        };
        let reason = format!("{} cannot have the flow {flow}", info.name);
        fault("flow", flow.to_string(), reason, hint);
    }
    if let Some(share) = relation.share {
        if info.conserved != Conservation::Share {
            let kinds = RelationKind::ALL
                .iter()
                .filter(|kind| kind.info().conserved == Conservation::Share);
            let kinds: Vec<&str> = kinds.map(|kind| kind.name()).collect();
            let reason = format!("{} has no share", info.name);
            fault(
                "share",
                share.to_string(),
                reason,
                format!("leave the cell empty: only {} have a share", kinds.join(" and ")),
            );
        } else if share < Decimal::ZERO || share > Decimal::ONE {
            fault(
                "share",
                share.to_string(),
                "a share must be between 0 and 1".into(),
                "write a fraction of the whole, such as 0.25 for a quarter".into(),
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
            format!(
                "a relation can only fall under a PROGRAM; this is a {}",
                under.kind()
            ),
            "write the id of a programme, or leave it out".into(),
        );
    }
    faults.extend(check_amount(relation));
    faults
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
            field: "share",
            value: share.to_string(),
            reason: format!("the row has both a share and an amount ({amount})"),
            hint: "state one of the two and leave the other empty".into(),
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
        "{} connects {allowed}; to connect {from} to {to} use {}",
        info.name,
        others.join(", ")
    )
}
