//! Input types for entities.

use async_graphql::{ID, InputObject};

use super::properties::EntityPropertiesInput;
use super::quantity::QuantityInput;
use super::{DraftLocation, InputReader, RecordInput, StatementInput};
use crate::graphql::inputs::filter::ExternalIdInput;
use crate::graphql::scalars::PartialDate;
use crate::model::basis::Basis;
use crate::model::change::Record;
use crate::model::entity::{Entity, EntityKind, ExternalId, Name, NameRole};
use crate::model::id::EntityId;
use crate::model::refusal::Refusal;
use crate::service::write::Draft;

/// An entity with its evidence. The record is written as a whole: a field that is left out becomes empty.
#[derive(InputObject, Clone, Debug)]
pub(in crate::graphql) struct EntityInput {
    /// Id, such as `fund:angel`. The part before the colon is the prefix of the kind.
    id: ID,
    /// Kind, which must match the id.
    kind: EntityKind,
    /// Names; at least one.
    names: Vec<NameInput>,
    /// Description, in one sentence.
    description: Option<String>,
    /// Id of the region in which the entity is located. Shorthand for a relation `LOCATED_IN` (for a region,
    /// `PART_OF`) with the same evidence and the id `<id>/region`.
    region_id: Option<ID>,
    /// Free-form labels.
    tags: Option<Vec<String>>,
    /// Keys in external registers.
    external_ids: Option<Vec<ExternalIdInput>>,
    /// Number of members of a cohort, which is an entity with the tag `cohort`.
    size: Option<QuantityInput>,
    /// Date from which the entity exists.
    valid_from: Option<PartialDate>,
    /// Date until which the entity exists.
    valid_to: Option<PartialDate>,
    /// Properties of the entity's kind.
    properties: Option<EntityPropertiesInput>,
    /// Id of the data set that states the record; the same for all records of a call. Default: the only data
    /// set that the key is for, or the only one there is.
    dataset_id: Option<ID>,
    /// Statements about the record; at least one must be about the entity as a whole.
    statements: Vec<StatementInput>,
}

/// A name in one language.
#[derive(InputObject, Clone, Debug)]
pub(in crate::graphql) struct NameInput {
    /// Name, as it is written.
    value: String,
    /// Language, as a BCP 47 tag: `zh`, `en`.
    lang: String,
    /// Role of the name.
    #[graphql(default_with = "Some(NameRole::Official)")]
    role: Option<NameRole>,
}

impl RecordInput for EntityInput {
    fn dataset_id(&self) -> Option<&ID> {
        self.dataset_id.as_ref()
    }
    fn key(&self) -> &str {
        &self.id
    }
    fn draft(self, reader: &mut InputReader, path: &str) {
        let Some(id) = reader.parse(|| format!("{path}.id"), &self.id, EntityId::parse) else {
            return;
        };
        if id.kind() != self.kind {
            let reason = format!("the id {id} belongs to a {}", id.kind());
            let hint = format!(
                "write {}, or an id that begins with {}:",
                id.kind(),
                self.kind.prefix()
            );
            reader.reject(format!("{path}.kind"), self.kind, Refusal::new(reason, hint));
        }
        let region = self
            .region_id
            .and_then(|region| reader.parse(|| format!("{path}.regionId"), &region, EntityId::parse));
        let size = self.size.and_then(|size| {
            size.read_as(
                reader,
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
            validity: reader.validity(path, self.valid_from, self.valid_to),
            properties: properties.read(reader, &format!("{path}.properties"), id.kind()),
            recorded_at: chrono::DateTime::UNIX_EPOCH,
            id: id.clone(),
        };
        reader.add_record(path, Record::Entity(entity), self.statements);
        let own = match reader.drafts.last() {
            Some(Draft::Record { own, .. }) => own.clone(),
            _ => Vec::new(),
        };
        if let Some(region) = region {
            // Its statements are those of the entity.
            reader.locations.push(DraftLocation::for_record(path, Vec::new()));
            reader.drafts.push(Draft::Region {
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
