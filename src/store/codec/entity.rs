//! The stored form of entities, with the properties of each kind.

use serde::{Deserialize, Serialize};

use super::{
    DecodeResult, QuantityRow, ValidityRow, decimal, entity_id, is_default, parse_name, parse_optional, time,
};
use crate::model::entity::{
    Centroid, ClaimType, Entity, EntityKind, ExternalId, Name, NameRole, ProgramFamily, ProjectStage,
    Properties,
};
use crate::model::quantity::Quantity;

/// The stored form of an entity.
#[derive(Serialize, Deserialize)]
pub(in crate::store) struct EntityRow {
    names: Vec<(String, String, String)>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    description: Option<String>,
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    tags: Vec<String>,
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    external: Vec<(String, String)>,
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    former: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    size: Option<QuantityRow>,
    #[serde(skip_serializing_if = "is_default", default)]
    valid: ValidityRow,
    #[serde(skip_serializing_if = "is_default", default)]
    texts: TextProperties,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    committed: Option<QuantityRow>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    paid_in: Option<QuantityRow>,
    at: i64,
}

/// The text properties of an entity's kind: at most four for any kind.
#[derive(Serialize, Deserialize, Default, PartialEq)]
struct TextProperties {
    #[serde(skip_serializing_if = "Option::is_none", default)]
    a: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    b: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    c: Option<String>,
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    list: Vec<String>,
}

impl EntityRow {
    pub(in crate::store) fn of(entity: &Entity) -> Self {
        let (texts, committed, paid_in) = encode_properties(&entity.properties);
        let name = |name: &Name| {
            (
                name.value.clone(),
                name.lang.clone(),
                name.role.name().to_string(),
            )
        };
        Self {
            names: entity.names.iter().map(name).collect(),
            description: entity.description.clone(),
            tags: entity.tags.clone(),
            external: entity
                .external_ids
                .iter()
                .map(|id| (id.scheme.clone(), id.value.clone()))
                .collect(),
            former: entity.former_ids.iter().map(ToString::to_string).collect(),
            size: entity.size.as_ref().map(QuantityRow::of),
            valid: ValidityRow::of(entity.validity),
            texts,
            committed: committed.map(QuantityRow::of),
            paid_in: paid_in.map(QuantityRow::of),
            at: entity.recorded_at.timestamp_micros(),
        }
    }

    pub(in crate::store) fn read(self, id: &str) -> DecodeResult<Entity> {
        let id = entity_id(id)?;
        let name = |(value, lang, role): (String, String, String)| {
            Ok(Name {
                value,
                lang,
                role: parse_name("name role", NameRole::parse, &role)?,
            })
        };
        let committed = self.committed.map(QuantityRow::read).transpose()?;
        let paid_in = self.paid_in.map(QuantityRow::read).transpose()?;
        Ok(Entity {
            properties: decode_properties(id.kind(), self.texts, committed, paid_in)?,
            id,
            names: self.names.into_iter().map(name).collect::<DecodeResult<_>>()?,
            description: self.description,
            tags: self.tags,
            external_ids: self
                .external
                .into_iter()
                .map(|(scheme, value)| ExternalId { scheme, value })
                .collect(),
            former_ids: self
                .former
                .iter()
                .map(|id| entity_id(id))
                .collect::<DecodeResult<_>>()?,
            size: self.size.map(QuantityRow::read).transpose()?,
            validity: self.valid.read()?,
            recorded_at: time(self.at)?,
        })
    }
}

fn encode_properties(properties: &Properties) -> (TextProperties, Option<&Quantity>, Option<&Quantity>) {
    let texts = |a: &Option<String>, b: &Option<String>| TextProperties {
        a: a.clone(),
        b: b.clone(),
        ..TextProperties::default()
    };
    let word = |word: Option<&'static str>| TextProperties {
        a: word.map(Into::into),
        ..TextProperties::default()
    };
    match properties {
        Properties::Region { level, centroid } => {
            let (b, c) = centroid
                .map(|c| (c.longitude.to_string(), c.latitude.to_string()))
                .unzip();
            (
                TextProperties {
                    a: level.clone(),
                    b,
                    c,
                    list: Vec::new(),
                },
                None,
                None,
            )
        }
        Properties::Industry { scheme, code } => (texts(scheme, code), None, None),
        Properties::Park { park_type, level } => (texts(park_type, level), None, None),
        Properties::University => (TextProperties::default(), None, None),
        Properties::Lab { lab_type } => (texts(lab_type, &None), None, None),
        Properties::Facility {
            facility_type,
            capacity,
        } => (texts(facility_type, capacity), None, None),
        Properties::Fund {
            fund_type,
            committed,
            paid_in,
        } => (texts(fund_type, &None), committed.as_ref(), paid_in.as_ref()),
        Properties::Expert {
            title_class,
            fields,
            contact,
        } => (
            TextProperties {
                list: fields.clone(),
                ..texts(title_class, contact)
            },
            None,
            None,
        ),
        Properties::Project { stage } => (word(stage.map(ProjectStage::name)), None, None),
        Properties::Company { listing_board } => (texts(listing_board, &None), None, None),
        Properties::Organization { org_type } => (texts(org_type, &None), None, None),
        Properties::Program { family } => (word(family.map(ProgramFamily::name)), None, None),
        Properties::Claim { claim_type } => (word(claim_type.map(ClaimType::name)), None, None),
    }
}

fn decode_properties(
    kind: EntityKind,
    texts: TextProperties,
    committed: Option<Quantity>,
    paid_in: Option<Quantity>,
) -> DecodeResult<Properties> {
    let TextProperties { a, b, c, list } = texts;
    Ok(match kind {
        EntityKind::Region => {
            let centroid = match (b, c) {
                (Some(b), Some(c)) => Some(Centroid {
                    longitude: decimal(&b)?,
                    latitude: decimal(&c)?,
                }),
                _ => None,
            };
            Properties::Region { level: a, centroid }
        }
        EntityKind::Industry => Properties::Industry { scheme: a, code: b },
        EntityKind::Park => Properties::Park {
            park_type: a,
            level: b,
        },
        EntityKind::University => Properties::University,
        EntityKind::Lab => Properties::Lab { lab_type: a },
        EntityKind::Facility => Properties::Facility {
            facility_type: a,
            capacity: b,
        },
        EntityKind::Fund => Properties::Fund {
            fund_type: a,
            committed,
            paid_in,
        },
        EntityKind::Expert => Properties::Expert {
            title_class: a,
            fields: list,
            contact: b,
        },
        EntityKind::Project => Properties::Project {
            stage: parse_optional("stage", ProjectStage::parse, a.as_deref())?,
        },
        EntityKind::Company => Properties::Company { listing_board: a },
        EntityKind::Organization => Properties::Organization { org_type: a },
        EntityKind::Program => Properties::Program {
            family: parse_optional("family", ProgramFamily::parse, a.as_deref())?,
        },
        EntityKind::Claim => Properties::Claim {
            claim_type: parse_optional("claim type", ClaimType::parse, a.as_deref())?,
        },
    })
}
