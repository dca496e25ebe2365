//! Properties of each entity kind, to and from the columns of `entities.csv`.

use super::cell;
use super::input_row::RowReader;
use super::output_row::OutputCell;
use super::quantity_cells::{money_cell, original_text_cell};
use crate::model::entity::{Centroid, ClaimType, EntityKind, ProgramFamily, ProjectStage, Properties};
use crate::model::field::Field as C;
use crate::model::quantity::{Basis, Quantity, Unit};

/// The columns that only some kinds have, with those kinds.
const KIND_COLUMNS: [(C, &[EntityKind]); 22] = [
    (C::Level, &[EntityKind::Region, EntityKind::Park]),
    (C::Scheme, &[EntityKind::Industry]),
    (C::Code, &[EntityKind::Industry]),
    (C::Longitude, &[EntityKind::Region]),
    (C::Latitude, &[EntityKind::Region]),
    (C::ParkType, &[EntityKind::Park]),
    (C::LabType, &[EntityKind::Lab]),
    (C::FacilityType, &[EntityKind::Facility]),
    (C::Capacity, &[EntityKind::Facility]),
    (C::FundType, &[EntityKind::Fund]),
    (C::Committed, &[EntityKind::Fund]),
    (C::PaidIn, &[EntityKind::Fund]),
    (C::CommittedText, &[EntityKind::Fund]),
    (C::PaidInText, &[EntityKind::Fund]),
    (C::TitleClass, &[EntityKind::Expert]),
    (C::Fields, &[EntityKind::Expert]),
    (C::Contact, &[EntityKind::Expert]),
    (C::Stage, &[EntityKind::Project]),
    (C::ListingBoard, &[EntityKind::Company]),
    (C::OrgType, &[EntityKind::Organization]),
    (C::Family, &[EntityKind::Program]),
    (C::ClaimType, &[EntityKind::Claim]),
];

/// Reads a size.
pub(in crate::dataset) fn read_size(
    row: &mut RowReader<'_>,
    column: C,
    unit: &str,
    basis: Basis,
) -> Option<Quantity> {
    row.read(column, |text| cell::parse_size(text, unit, basis))
}

/// Reads an amount of money, in the data set's `currency` if the cell has none.
fn read_money(row: &mut RowReader<'_>, column: C, currency: Option<&Unit>, basis: Basis) -> Option<Quantity> {
    row.read(column, |text| cell::parse_money(text, currency, basis))
}

/// Adds the source's words, which have a cell of their own, to an amount.
pub(in crate::dataset) fn with_original_text_cell(
    row: &mut RowReader<'_>,
    amount: Option<Quantity>,
    column: C,
    words: C,
) -> Option<Quantity> {
    let text = row.text(words);
    if let Some(text) = text.as_deref().filter(|_| row.is_empty(column)) {
        let hint = format!(
            "write ? in {} if the amount is unknown, or leave this cell empty",
            column.name()
        );
        row.reject(words, text, "the amount that this text belongs to is empty", hint);
    }
    Some(amount?.with_original_text(text))
}

/// Reads the properties of a kind, and rejects those of other kinds.
pub(in crate::dataset) fn read_properties(
    row: &mut RowReader<'_>,
    kind: EntityKind,
    currency: Option<&Unit>,
) -> Properties {
    for (column, owners) in KIND_COLUMNS {
        if !owners.contains(&kind) && !row.is_empty(column) {
            let value = row.raw(column).unwrap_or_default();
            let owners = owners
                .iter()
                .map(|kind| kind.name())
                .collect::<Vec<_>>()
                .join(" and ");
            let reason = format!("a {kind} has no {}", column.name());
            row.reject(
                column,
                value,
                reason,
                format!("leave the cell empty: this column is only for {owners}"),
            );
        }
    }
    match kind {
        EntityKind::Region => Properties::Region {
            level: row.text(C::Level),
            centroid: read_centroid(row),
        },
        EntityKind::Industry => Properties::Industry {
            scheme: row.text(C::Scheme),
            code: row.text(C::Code),
        },
        EntityKind::Park => Properties::Park {
            park_type: row.text(C::ParkType),
            level: row.text(C::Level),
        },
        EntityKind::University => Properties::University,
        EntityKind::Lab => Properties::Lab {
            lab_type: row.text(C::LabType),
        },
        EntityKind::Facility => Properties::Facility {
            facility_type: row.text(C::FacilityType),
            capacity: row.text(C::Capacity),
        },
        EntityKind::Fund => Properties::Fund {
            fund_type: row.text(C::FundType),
            committed: {
                let committed = read_money(row, C::Committed, currency, Basis::Committed);
                with_original_text_cell(row, committed, C::Committed, C::CommittedText)
            },
            paid_in: {
                let paid_in = read_money(row, C::PaidIn, currency, Basis::PaidIn);
                with_original_text_cell(row, paid_in, C::PaidIn, C::PaidInText)
            },
        },
        EntityKind::Expert => Properties::Expert {
            title_class: row.text(C::TitleClass),
            fields: row.texts(C::Fields),
            contact: row.text(C::Contact),
        },
        EntityKind::Project => Properties::Project {
            stage: row.choice(C::Stage, ProjectStage::ALL, ProjectStage::name),
        },
        EntityKind::Company => Properties::Company {
            listing_board: row.text(C::ListingBoard),
        },
        EntityKind::Organization => Properties::Organization {
            org_type: row.text(C::OrgType),
        },
        EntityKind::Program => Properties::Program {
            family: row.choice(C::Family, ProgramFamily::ALL, ProgramFamily::name),
        },
        EntityKind::Claim => Properties::Claim {
            claim_type: row.choice(C::ClaimType, ClaimType::ALL, ClaimType::name),
        },
    }
}

fn read_centroid(row: &mut RowReader<'_>) -> Option<Centroid> {
    let half = match (row.is_empty(C::Longitude), row.is_empty(C::Latitude)) {
        (true, false) => Some(C::Longitude),
        (false, true) => Some(C::Latitude),
        (true, true) | (false, false) => None,
    };
    if let Some(missing) = half {
        row.reject(
            missing,
            "",
            "a location needs both longitude and latitude",
            "give both, in degrees, or neither",
        );
    }
    let (longitude, latitude) = (row.decimal(C::Longitude), row.decimal(C::Latitude));
    Some(Centroid {
        longitude: longitude?,
        latitude: latitude?,
    })
}

/// The cells of the properties; columns that are not named are empty.
pub(in crate::dataset) fn property_cells(properties: &Properties) -> Vec<(C, OutputCell)> {
    let text = |text: &Option<String>| OutputCell::text(text.as_deref());
    let money = |quantity: &Option<Quantity>| money_cell(quantity.as_ref());
    match properties {
        Properties::Region { level, centroid } => vec![
            (C::Level, text(level)),
            (
                C::Longitude,
                OutputCell::display(centroid.map(|point| point.longitude.normalize())),
            ),
            (
                C::Latitude,
                OutputCell::display(centroid.map(|point| point.latitude.normalize())),
            ),
        ],
        Properties::Industry { scheme, code } => vec![(C::Scheme, text(scheme)), (C::Code, text(code))],
        Properties::Park { park_type, level } => {
            vec![(C::ParkType, text(park_type)), (C::Level, text(level))]
        }
        Properties::University => Vec::new(),
        Properties::Lab { lab_type } => vec![(C::LabType, text(lab_type))],
        Properties::Facility {
            facility_type,
            capacity,
        } => {
            vec![
                (C::FacilityType, text(facility_type)),
                (C::Capacity, text(capacity)),
            ]
        }
        Properties::Fund {
            fund_type,
            committed,
            paid_in,
        } => {
            vec![
                (C::FundType, text(fund_type)),
                (C::Committed, money(committed)),
                (C::PaidIn, money(paid_in)),
                (C::CommittedText, original_text_cell(committed.as_ref())),
                (C::PaidInText, original_text_cell(paid_in.as_ref())),
            ]
        }
        Properties::Expert {
            title_class,
            fields,
            contact,
        } => {
            vec![
                (C::TitleClass, text(title_class)),
                (C::Fields, OutputCell::list(fields)),
                (C::Contact, text(contact)),
            ]
        }
        Properties::Project { stage } => vec![(C::Stage, OutputCell::display(*stage))],
        Properties::Company { listing_board } => vec![(C::ListingBoard, text(listing_board))],
        Properties::Organization { org_type } => vec![(C::OrgType, text(org_type))],
        Properties::Program { family } => vec![(C::Family, OutputCell::display(*family))],
        Properties::Claim { claim_type } => vec![(C::ClaimType, OutputCell::display(*claim_type))],
    }
}
