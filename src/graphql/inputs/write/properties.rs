//! Input type for the properties that each kind of entity has.

use async_graphql::InputObject;

use super::InputReader;
use super::quantity::QuantityInput;
use crate::graphql::scalars::Decimal;
use crate::model::basis::Basis;
use crate::model::entity::{Centroid, ClaimType, EntityKind, ProgramFamily, ProjectStage, Properties};
use crate::model::refusal::Refusal;

/// Properties of an entity's kind. A field that belongs to another kind is rejected.
#[derive(InputObject, Clone, Debug, Default)]
pub(in crate::graphql) struct EntityPropertiesInput {
    /// Level of a region or park.
    level: Option<String>,
    /// Classification scheme of an industry.
    scheme: Option<String>,
    /// Code of an industry in its classification scheme.
    code: Option<String>,
    /// Longitude of a region in degrees east; requires `latitude`.
    longitude: Option<Decimal>,
    /// Latitude of a region in degrees north; requires `longitude`.
    latitude: Option<Decimal>,
    /// Type of a park.
    park_type: Option<String>,
    /// Type of a lab.
    lab_type: Option<String>,
    /// Type of a facility.
    facility_type: Option<String>,
    /// Capacity of a facility, in words.
    capacity: Option<String>,
    /// Type of a fund.
    fund_type: Option<String>,
    /// Amount promised to a fund, in the currency that its `unit` names.
    committed: Option<QuantityInput>,
    /// Amount paid into a fund, in the currency that its `unit` names.
    paid_in: Option<QuantityInput>,
    /// Title class of an expert.
    title_class: Option<String>,
    /// Fields of an expert.
    fields: Option<Vec<String>>,
    /// Contact of an expert; personal data.
    contact: Option<String>,
    /// Stage of a project.
    stage: Option<ProjectStage>,
    /// Listing board of a company.
    listing_board: Option<String>,
    /// Type of an organization.
    org_type: Option<String>,
    /// Family of a program.
    family: Option<ProgramFamily>,
    /// Type of a claim.
    claim_type: Option<ClaimType>,
}

impl EntityPropertiesInput {
    /// Reads the properties of an entity of a kind.
    pub(super) fn read(mut self, reader: &mut InputReader, path: &str, kind: EntityKind) -> Properties {
        let properties = self.take(reader, path, kind);
        for (field, value) in self.rest() {
            reader.reject(
                format!("{path}.{field}"),
                value,
                Refusal::new(format!("a {kind} has no {field}"), "leave it out"),
            );
        }
        properties
    }

    /// Takes the fields of the kind.
    fn take(&mut self, reader: &mut InputReader, path: &str, kind: EntityKind) -> Properties {
        let text = |field: &mut Option<String>| field.take().filter(|text| !text.is_empty());
        match kind {
            EntityKind::Region => Properties::Region {
                level: text(&mut self.level),
                centroid: self.centroid(reader, path),
            },
            EntityKind::Industry => Properties::Industry {
                scheme: text(&mut self.scheme),
                code: text(&mut self.code),
            },
            EntityKind::Park => Properties::Park {
                park_type: text(&mut self.park_type),
                level: text(&mut self.level),
            },
            EntityKind::University => Properties::University,
            EntityKind::Lab => Properties::Lab {
                lab_type: text(&mut self.lab_type),
            },
            EntityKind::Facility => Properties::Facility {
                facility_type: text(&mut self.facility_type),
                capacity: text(&mut self.capacity),
            },
            EntityKind::Fund => {
                let mut amount = |field: Option<QuantityInput>, name: &str, basis| {
                    field.and_then(|one| one.read_money(reader, &format!("{path}.{name}"), basis))
                };
                Properties::Fund {
                    fund_type: text(&mut self.fund_type),
                    committed: amount(self.committed.take(), "committed", Basis::Committed),
                    paid_in: amount(self.paid_in.take(), "paidIn", Basis::PaidIn),
                }
            }
            EntityKind::Expert => Properties::Expert {
                title_class: text(&mut self.title_class),
                fields: self.fields.take().unwrap_or_default(),
                contact: text(&mut self.contact),
            },
            EntityKind::Project => Properties::Project {
                stage: self.stage.take(),
            },
            EntityKind::Company => Properties::Company {
                listing_board: text(&mut self.listing_board),
            },
            EntityKind::Organization => Properties::Organization {
                org_type: text(&mut self.org_type),
            },
            EntityKind::Program => Properties::Program {
                family: self.family.take(),
            },
            EntityKind::Claim => Properties::Claim {
                claim_type: self.claim_type.take(),
            },
        }
    }

    fn centroid(&mut self, reader: &mut InputReader, path: &str) -> Option<Centroid> {
        match (self.longitude.take(), self.latitude.take()) {
            (Some(longitude), Some(latitude)) => Some(Centroid {
                longitude: longitude.0,
                latitude: latitude.0,
            }),
            (None, None) => None,
            (longitude, _) => {
                let missing = if longitude.is_none() {
                    "longitude"
                } else {
                    "latitude"
                };
                reader.reject(
                    format!("{path}.{missing}"),
                    "",
                    Refusal::new(
                        "a place needs both longitude and latitude",
                        "give both, in degrees, or neither",
                    ),
                );
                None
            }
        }
    }

    /// Fields that are given and not taken, with their values.
    fn rest(self) -> Vec<(&'static str, String)> {
        let text = |name, field: Option<String>| field.map(|text| (name, text));
        let given = |name, is_given: bool| is_given.then(|| (name, String::new()));
        let number = |name, field: Option<Decimal>| field.map(|value| (name, value.0.to_string()));
        [
            text("level", self.level),
            text("scheme", self.scheme),
            text("code", self.code),
            number("longitude", self.longitude),
            number("latitude", self.latitude),
            text("parkType", self.park_type),
            text("labType", self.lab_type),
            text("facilityType", self.facility_type),
            text("capacity", self.capacity),
            text("fundType", self.fund_type),
            given("committed", self.committed.is_some()),
            given("paidIn", self.paid_in.is_some()),
            text("titleClass", self.title_class),
            self.fields.map(|list| ("fields", list.join(", "))),
            text("contact", self.contact),
            self.stage.map(|stage| ("stage", stage.to_string())),
            text("listingBoard", self.listing_board),
            text("orgType", self.org_type),
            self.family.map(|family| ("family", family.to_string())),
            self.claim_type.map(|claim| ("claimType", claim.to_string())),
        ]
        .into_iter()
        .flatten()
        .collect()
    }
}
