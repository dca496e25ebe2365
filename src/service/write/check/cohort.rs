//! Cohorts: only an entity that is marked as one has a size, for a size is the number of its members.
//!
//! A company of 250 employees is one company. What a register calls its size is an observation, and counted as members it would
//! make 250 companies of it.

use crate::model::Decimal;
use crate::model::entity::{Entity, EntityKind};
use crate::model::quantity::Quantity;
use crate::service::write::problem::{Problems, Spot};

/// The tag that marks an entity as a cohort.
pub(super) const COHORT_TAG: &str = "cohort";

/// Whether an entity stands for several: it is tagged so, or was stored with a size when no tag was asked for.
pub(super) fn is_cohort(entity: &Entity) -> bool {
    let is_tagged = entity.tags.iter().any(|tag| tag == COHORT_TAG);
    is_tagged || entity.size.as_ref().is_some_and(|size| !size.is_implicit())
}

/// Refuses the size of an entity that is not marked as a cohort.
pub(super) fn check_cohort(entity: &Entity, spot: Spot, problems: &mut Problems) {
    let Some(size) = &entity.size else {
        return;
    };
    if entity.tags.iter().any(|tag| tag == COHORT_TAG) {
        return;
    }
    let reason = format!(
        "`size` is the number of members of a cohort; this {} is not tagged `{COHORT_TAG}`",
        entity.kind()
    );
    let hint = format!(
        "{}; where the entity stands for several of its kind, tag it `{COHORT_TAG}`",
        instead(entity, size)
    );
    problems.push(spot, "size", said(size), reason, hint);
}

/// Where what was given as a size belongs.
fn instead(entity: &Entity, size: &Quantity) -> String {
    let (indicator, unit) = match entity.kind() {
        EntityKind::Fund => {
            return "what was promised to or paid into a fund is `committed` or `paid_in`".into();
        }
        EntityKind::University => ("STUDENTS", "PERSON"),
        EntityKind::Region => ("POPULATION", "PERSON"),
        EntityKind::Park => ("COMPANIES", "COMPANY"),
        EntityKind::Project => ("BUDGET", "EUR"),
        EntityKind::Expert => ("STAFF", "PERSON"),
        EntityKind::Industry
        | EntityKind::Lab
        | EntityKind::Facility
        | EntityKind::Company
        | EntityKind::Organization
        | EntityKind::Program
        | EntityKind::Claim => ("EMPLOYEES", "PERSON"),
    };
    let (amount, amount_max) = size.cells();
    let cell =
        |(column, amount): (&str, Option<Decimal>)| Some(format!(", {column} {}", amount?.normalize()));
    let cells = [("amount", amount), ("amount_max", amount_max)]
        .into_iter()
        .filter_map(cell);
    format!(
        "employees, students and turnover are observations: entity_id {}, indicator {indicator}{}, qualifier {}, unit {unit}, \
         basis MEASURED",
        entity.id,
        cells.collect::<String>(),
        size.qualifier()
    )
}

/// A size in a sentence.
fn said(size: &Quantity) -> String {
    match (size.lower(), size.upper()) {
        (Some(lower), Some(upper)) if lower == upper => lower.normalize().to_string(),
        (Some(lower), Some(upper)) => format!("{}..{}", lower.normalize(), upper.normalize()),
        (Some(lower), None) => format!("{} or more", lower.normalize()),
        (None, _) => "an unknown number".into(),
    }
}
