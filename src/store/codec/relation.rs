//! The stored form of relations.

use serde::{Deserialize, Serialize};

use super::{
    DecodeError, DecodeResult, QuantityRow, ValidityRow, decimal, entity_id, is_default, key, parse_name,
    parse_optional,
};
use crate::model::flow_direction::FlowDirection;
use crate::model::id::{EntityId, RelationId};
use crate::model::ontology::RelationKind;
use crate::model::relation::{Driver, Relation};
use crate::model::resource::Resource;

/// The stored form of a relation. Its ends are decoded by the caller, so that loading resolves them without a copy.
#[derive(Serialize, Deserialize)]
pub(in crate::store) struct RelationRow<'a> {
    #[serde(rename = "k", borrow)]
    kind: std::borrow::Cow<'a, str>,
    #[serde(rename = "f", borrow)]
    pub(in crate::store) from: std::borrow::Cow<'a, str>,
    #[serde(rename = "t", borrow)]
    pub(in crate::store) to: std::borrow::Cow<'a, str>,
    #[serde(rename = "r", skip_serializing_if = "Option::is_none", default)]
    resource: Option<String>,
    #[serde(rename = "w", skip_serializing_if = "Option::is_none", default)]
    flow: Option<String>,
    #[serde(rename = "q", skip_serializing_if = "Option::is_none", default)]
    quantity: Option<QuantityRow>,
    #[serde(rename = "s", skip_serializing_if = "Option::is_none", default)]
    share: Option<String>,
    #[serde(rename = "u", skip_serializing_if = "Vec::is_empty", default)]
    under: Vec<String>,
    #[serde(rename = "d", skip_serializing_if = "Option::is_none", default)]
    driver: Option<String>,
    #[serde(rename = "v", skip_serializing_if = "is_default", default)]
    valid: ValidityRow,
}

impl<'a> RelationRow<'a> {
    pub(in crate::store) fn of(relation: &'a Relation) -> Self {
        Self {
            kind: relation.kind.name().into(),
            from: relation.from.as_str().into(),
            to: relation.to.as_str().into(),
            resource: relation.stated_resource.map(|r| r.name().into()),
            flow: relation.stated_flow.map(|f| f.name().into()),
            quantity: relation.quantity.as_ref().map(QuantityRow::of),
            share: relation.share.map(|share| share.to_string()),
            under: relation.under.iter().map(ToString::to_string).collect(),
            driver: (relation.driver != Driver::Unstated).then(|| relation.driver.name().into()),
            valid: ValidityRow::of(relation.validity),
        }
    }

    pub(in crate::store) fn read(self, id: &str, from: EntityId, to: EntityId) -> DecodeResult<Relation> {
        Ok(Relation {
            id: key!(RelationId, id)?,
            kind: parse_name("relation kind", RelationKind::parse, &self.kind)?,
            from,
            to,
            stated_resource: parse_optional("resource", Resource::parse, self.resource.as_deref())?,
            stated_flow: parse_optional("flow", FlowDirection::parse, self.flow.as_deref())?,
            quantity: self.quantity.map(QuantityRow::read).transpose()?,
            share: self.share.as_deref().map(decimal).transpose()?,
            under: self
                .under
                .iter()
                .map(|id| entity_id(id))
                .collect::<DecodeResult<_>>()?,
            driver: self.driver.as_deref().map_or(Ok(Driver::Unstated), |text| {
                parse_name("driver", Driver::parse, text)
            })?,
            validity: self.valid.read()?,
        })
    }
}
