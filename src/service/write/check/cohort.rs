//! Cohorts: only an entity that is tagged as one has a size, because a size is a number of members.
//!
//! A company of 250 employees is one company. The size in a register is an observation; counted as members it would mean 250
//! companies.

use crate::model::Decimal;
use crate::model::entity::{Entity, EntityKind};
use crate::model::field::Field;
use crate::model::quantity::Quantity;
use crate::service::write::problem::{ProblemLocation, WriteProblems};

/// The tag that marks an entity as a cohort.
pub(super) const COHORT_TAG: &str = "cohort";

/// Whether an entity is a cohort: it has the tag, or was stored with a size before the tag was required.
pub(super) fn is_cohort(entity: &Entity) -> bool {
    let is_tagged = entity.tags.iter().any(|tag| tag == COHORT_TAG);
    is_tagged || entity.size.as_ref().is_some_and(|size| !size.is_implicit())
}

/// Rejects the size of an entity that is not tagged as a cohort.
pub(super) fn check_cohort(entity: &Entity, location: ProblemLocation, problems: &mut WriteProblems) {
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
        "{}; if the entity stands for several of its kind, tag it `{COHORT_TAG}`",
        placement_hint(entity, size)
    );
    problems.push(location, Field::Size, format_size(size), reason, hint);
}

/// The hint that says where the given size belongs.
fn placement_hint(entity: &Entity, size: &Quantity) -> String {
    let (indicator, unit) = match entity.kind() {
        EntityKind::Fund => {
            return "write what was promised to or paid into the fund in `committed` or `paid_in`".into();
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
        |(column, amount): (Field, Option<Decimal>)| Some(format!(", {column} {}", amount?.normalize()));
    let cells = [(Field::Amount, amount), (Field::AmountMax, amount_max)]
        .into_iter()
        .filter_map(cell);
    format!(
        "record employees, students and turnover as observations: entity_id {}, indicator {indicator}{}, qualifier {}, unit {unit}, \
         basis MEASURED",
        entity.id,
        cells.collect::<String>(),
        size.qualifier()
    )
}

/// A size for a message.
fn format_size(size: &Quantity) -> String {
    match (size.lower(), size.upper()) {
        (Some(lower), Some(upper)) if lower == upper => lower.normalize().to_string(),
        (Some(lower), Some(upper)) => format!("{}..{}", lower.normalize(), upper.normalize()),
        (Some(lower), None) => format!("{} or more", lower.normalize()),
        (None, _) => "an unknown number".into(),
    }
}
