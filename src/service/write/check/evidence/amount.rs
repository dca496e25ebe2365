//! Resolves the amount of a statement, in the unit and basis of its subject.

use super::subject::{AmountUse, SubjectAmounts};
use crate::model::entity::EntityKind;
use crate::model::field::Field;
use crate::model::quantity::{Basis, DIGITS_MAX, Measure, Quantity, QuantityParts, Unit};
use crate::model::refusal::Refusal;
use crate::model::statement::Property;
use crate::service::write::batch::StatementDraft;
use crate::service::write::check::cohort::COHORT_TAG;
use crate::service::write::check::relation::ROUND_IT;
use crate::service::write::problem::{ProblemLocation, WriteProblems};

/// The amount of a statement; none if it has none, or a problem.
pub(super) fn resolve_amount(
    location: ProblemLocation,
    about: &SubjectAmounts,
    statement: &StatementDraft,
    problems: &mut WriteProblems,
) -> Option<Quantity> {
    if let Some(property) = statement.property
        && let Err((reason, hint)) = allows(about, property)
    {
        problems.push(location, Field::Property, property, reason, hint);
        return None;
    }
    let mut parts = (**statement.amount.as_ref()?).clone();
    let value = parts.amount.map(|amount| amount.to_string()).unwrap_or_default();
    let frame = frame_of(about, statement.property, parts.unit.as_ref());
    let Some((unit, basis, measure)) = frame else {
        let hint = match about {
            SubjectAmounts::Entity(_) => "name the property: size, committed or paid_in",
            SubjectAmounts::Amount(..) => "first give its row an amount, or UNKNOWN with unit and basis",
            SubjectAmounts::Nothing => "leave amount, amount_max and qualifier empty",
        };
        problems.push(
            location,
            Field::Amount,
            value,
            "this amount does not correspond to an amount of the record",
            hint,
        );
        return None;
    };
    let is_money = matches!(statement.property, Some(Property::Committed | Property::PaidIn));
    if is_money && !unit.as_ref().is_some_and(Unit::is_currency) && parts.amount.is_some() {
        problems.push(
            location,
            Field::Amount,
            value,
            "an amount of money needs a currency",
            "write it in the fund's own row, as in `100000000 EUR` or `? EUR`, or for the data set as `currency = \"EUR\"` in dataset.toml",
        );
        return None;
    }
    if parts.unit.as_ref().is_some_and(|own| Some(own) != unit.as_ref())
        || parts.basis.is_some_and(|own| own != basis)
    {
        let unit = unit.map(|unit| unit.as_str().to_string()).unwrap_or_default();
        problems.push(
            location,
            Field::Amount,
            value,
            format!("an amount stated here must be in {unit}, {basis}, like the amount of its record"),
            "leave unit and basis out, or give the amount in these units",
        );
        return None;
    }
    parts = QuantityParts {
        unit,
        basis: Some(basis),
        original_text: None,
        ..parts
    };
    match Quantity::new(parts, measure) {
        Ok(quantity) => {
            let is_in_flows = matches!(about, SubjectAmounts::Amount(_, AmountUse::Flows));
            if let Some(amount) = quantity.beyond_digits().filter(|_| is_in_flows) {
                let reason = format!("the amount has too many digits (expected {DIGITS_MAX})");
                problems.push(location, Field::Amount, amount, reason, ROUND_IT);
                return None;
            }
            Some(quantity)
        }
        Err(error) => {
            let Refusal { reason, hint } = error.into();
            problems.push(location, Field::Amount, value, reason, hint);
            None
        }
    }
}

/// The unit, basis and measure of the amount that a statement is about; none if it is about no amount. `stated` is the unit in the
/// statement, which counts where the record has none.
fn frame_of(
    about: &SubjectAmounts,
    property: Option<Property>,
    stated: Option<&Unit>,
) -> Option<(Option<Unit>, Basis, Measure)> {
    let money = |own: &Option<Quantity>, basis| {
        let unit = own.as_ref().and_then(Quantity::unit).or(stated);
        Some((unit.cloned(), basis, Measure::Stock))
    };
    match (about, property) {
        (SubjectAmounts::Entity(entity), Some(Property::Size)) => Some((
            Unit::parse(entity.kind.member_unit()).ok(),
            Basis::Measured,
            Measure::Stock,
        )),
        (SubjectAmounts::Entity(entity), Some(Property::Committed)) => {
            money(&entity.committed, Basis::Committed)
        }
        (SubjectAmounts::Entity(entity), Some(Property::PaidIn)) => money(&entity.paid_in, Basis::PaidIn),
        (SubjectAmounts::Amount(Some(own), _), None) => own
            .basis()
            .map(|basis| (own.unit().cloned(), basis, own.measure())),
        (SubjectAmounts::Entity(_) | SubjectAmounts::Amount(..) | SubjectAmounts::Nothing, _) => None,
    }
}

fn allows(about: &SubjectAmounts, property: Property) -> Result<(), (String, &'static str)> {
    let needs = match property {
        Property::Size => None,
        Property::Committed | Property::PaidIn => Some(EntityKind::Fund),
        Property::Capacity => Some(EntityKind::Facility),
    };
    match (about, needs) {
        (SubjectAmounts::Entity(entity), None) if entity.is_cohort => Ok(()),
        (SubjectAmounts::Entity(entity), None) => Err((
            format!(
                "only a cohort has `{property}`, the number of its members; this {} has no tag `{COHORT_TAG}`",
                entity.kind
            ),
            PROPERTY_HINT,
        )),
        (SubjectAmounts::Entity(entity), Some(needs)) if entity.kind == needs => Ok(()),
        (SubjectAmounts::Entity(entity), Some(needs)) => Err((
            format!("only a {needs} has `{property}`; this is a {}", entity.kind),
            PROPERTY_HINT,
        )),
        (SubjectAmounts::Amount(..) | SubjectAmounts::Nothing, _) => {
            Err(("only an entity has properties".into(), PROPERTY_HINT))
        }
    }
}

const PROPERTY_HINT: &str = "leave the property empty if the statement is about the record as a whole";
