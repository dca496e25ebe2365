//! Entities.

use async_graphql::{ID, InputObject};

use super::properties::EntityPropertiesInput;
use super::quantity::QuantityInput;
use super::{Place, Reading, StatementInput, Written};
use crate::graphql::inputs::filter::ExternalIdInput;
use crate::graphql::scalars::PartialDate;
use crate::model::basis::Basis;
use crate::model::change::Record;
use crate::model::entity::{Entity, EntityKind, ExternalId, Name, NameRole};
use crate::model::id::EntityId;
use crate::model::refusal::Refusal;
use crate::service::write::Draft;

/// An entity with its evidence. It is written whole: a field left out is emptied.
#[derive(InputObject, Clone, Debug)]
pub(in crate::graphql) struct EntityInput {
    /// Its key: `fund:angel`. What stands before the colon is its kind's.
    id: ID,
    /// Its kind, as the id says.
    kind: EntityKind,
    /// Its names; one at least.
    names: Vec<NameInput>,
    /// A sentence on what it is.
    description: Option<String>,
    /// The region it lies in: short for one relation `LOCATED_IN` (of a Region `PART_OF`) with the same evidence and the id
    /// `<id>/region`.
    region_id: Option<ID>,
    /// Free labels.
    tags: Option<Vec<String>>,
    /// Keys in registers elsewhere.
    external_ids: Option<Vec<ExternalIdInput>>,
    /// How many it stands for, of a cohort: an entity with the tag `cohort`.
    size: Option<QuantityInput>,
    /// From when it was.
    valid_from: Option<PartialDate>,
    /// Until when.
    valid_to: Option<PartialDate>,
    /// What its kind has of its own.
    properties: Option<EntityPropertiesInput>,
    /// The data set that says so; one for a whole call. Null: the only one that the key is for, or that there is.
    dataset_id: Option<ID>,
    /// Who says so; one at least speaks of the entity as a whole.
    statements: Vec<StatementInput>,
}

/// A name in one language.
#[derive(InputObject, Clone, Debug)]
pub(in crate::graphql) struct NameInput {
    /// The name, as it is written.
    value: String,
    /// A BCP 47 language tag: `zh`, `en`.
    lang: String,
    /// What the name is.
    #[graphql(default_with = "Some(NameRole::Official)")]
    role: Option<NameRole>,
}

impl Written for EntityInput {
    fn dataset(&self) -> Option<&ID> {
        self.dataset_id.as_ref()
    }
    fn key(&self) -> &str {
        &self.id
    }
    fn draft(self, reading: &mut Reading, path: &str) {
        let Some(id) = reading.parse(|| format!("{path}.id"), &self.id, EntityId::parse) else {
            return;
        };
        if id.kind() != self.kind {
            let reason = format!("the id {id} is that of a {}", id.kind());
            let hint = format!(
                "write {}, or an id that begins with {}:",
                id.kind(),
                self.kind.prefix()
            );
            reading.note(format!("{path}.kind"), self.kind, Refusal::new(reason, hint));
        }
        let region = self
            .region_id
            .and_then(|region| reading.parse(|| format!("{path}.regionId"), &region, EntityId::parse));
        let size = self.size.and_then(|size| {
            size.read_as(
                reading,
                &format!("{path}.size"),
                self.kind.member_unit(),
                Basis::Measured,
            )
        });
        let properties = self.properties.unwrap_or_default();
        let entity = Entity {
            names: self.names.into_iter().map(NameInput::read).collect(),
            description: self.description,
            tags: self.tags.unwrap_or_default(),
            external_ids: external_ids(self.external_ids),
            former_ids: Vec::new(),
            size,
            validity: reading.validity(path, self.valid_from, self.valid_to),
            properties: properties.read(reading, &format!("{path}.properties"), id.kind()),
            recorded_at: chrono::DateTime::UNIX_EPOCH,
            id: id.clone(),
        };
        reading.record(path, Record::Entity(entity), self.statements);
        let own = match reading.drafts.last() {
            Some(Draft::Record { own, .. }) => own.clone(),
            _ => Vec::new(),
        };
        if let Some(region) = region {
            reading.places.push(Place::of_region(path));
            reading.drafts.push(Draft::Region {
                entity: id,
                region,
                own,
            });
        }
    }
}

impl NameInput {
    fn read(self) -> Name {
        Name {
            value: self.value,
            lang: self.lang,
            role: self.role.unwrap_or(NameRole::Official),
        }
    }
}

fn external_ids(given: Option<Vec<ExternalIdInput>>) -> Vec<ExternalId> {
    let read = given.unwrap_or_default().into_iter().map(|one| ExternalId {
        scheme: one.scheme,
        value: one.value,
    });
    read.collect()
}
