//! The properties of nodes and relationships: those for finding records, some for people who browse the graph, and the record itself as
//! `body`.

use neo4rs::{BoltMap, BoltNull, BoltType};

use super::restrictions::RecordRestriction;
use crate::model::entity::{Entity, ProgramFamily, ProjectStage};
use crate::model::id::{DatasetId, EntityId};
use crate::model::partial_date::PartialDate;
use crate::model::period::Validity;
use crate::model::quantity::{Quantity, QuantityStatus, Unit};
use crate::model::record::{Observation, Rule, Source};
use crate::model::relation::Relation;
use crate::model::resource::Resource;
use crate::model::statement::{EvidenceClass, Statement};
use crate::model::text;
use crate::store::StoreError;
use crate::store::codec::{
    EntityRow, ObservationRow, Provenance, RelationRow, RuleRow, SourceRow, StatementRow, encode,
};
use crate::store::neo4j::format::{DAY_MAX, DAY_MIN, class_text, day_number, external_token, tag_token};

/// The properties of a node or relationship.
#[derive(Default)]
pub(in crate::store) struct NodeProperties(BoltMap);

impl NodeProperties {
    /// Sets a property.
    pub(in crate::store) fn with(mut self, name: &str, value: impl Into<BoltType>) -> Self {
        self.0.put(name.into(), value.into());
        self
    }

    /// Sets a property, or removes it if there is no value: in Neo4j, setting a property to null removes it.
    pub(in crate::store) fn with_some(self, name: &str, value: Option<impl Into<BoltType>>) -> Self {
        self.with(name, value.map_or(BoltType::Null(BoltNull), Into::into))
    }

    /// Sets the restricted data sets with which a record is hidden.
    pub(in crate::store) fn restricted(self, with: &RecordRestriction) -> Self {
        let RecordRestriction { datasets, entangled } = with;
        let names = strings(datasets.iter().map(DatasetId::as_str));
        self.with_some("restricted", Some(names).filter(|names| !names.is_empty()))
            .with_some("entangled", (*entangled && !datasets.is_empty()).then_some(true))
    }

    /// The properties as a parameter.
    pub(in crate::store) fn map(self) -> BoltType {
        BoltType::Map(self.0)
    }
}

fn strings<'a>(texts: impl IntoIterator<Item = &'a str>) -> Vec<String> {
    texts.into_iter().map(str::to_string).collect()
}

fn validity(properties: NodeProperties, validity: Validity) -> NodeProperties {
    let number = |date: Option<PartialDate>, open| date.map_or(open, |date| day_number(date.first_day()));
    properties
        .with("from_day", number(validity.from(), DAY_MIN))
        .with("to_day", number(validity.to(), DAY_MAX))
        .with_some("valid_from", validity.from().map(|date| date.to_string()))
        .with_some("valid_to", validity.to().map(|date| date.to_string()))
}

/// The properties by which an entity is searched and sorted.
pub(in crate::store) fn names(entity: &Entity) -> NodeProperties {
    let mut tokens = text::index_tokens(entity);
    tokens.extend(entity.tags.iter().map(|tag| tag_token(tag)));
    tokens.extend(
        entity
            .external_ids
            .iter()
            .map(|id| external_token(&id.scheme, &id.value)),
    );
    let names = entity.names.iter().map(|name| text::spellings(&name.value));
    NodeProperties::default()
        .with("name_key", text::sort_key(entity.name("zh")))
        .with("names_normal", names.collect::<Vec<_>>())
        .with("tokens", tokens.join(" "))
}

/// The node of an entity; `provenance` is the number of its provenance.
pub(in crate::store) fn entity(entity: &Entity, provenance: i64) -> Result<NodeProperties, StoreError> {
    let english = entity
        .names
        .iter()
        .find(|name| name.lang == "en")
        .map(|name| name.value.as_str());
    let properties = names(entity)
        .with("id", entity.id.as_str())
        .with("kind", entity.kind().name())
        .with("name", entity.name("zh"))
        .with_some("name_en", english)
        .with("tags", entity.tags.clone())
        .with(
            "external_ids",
            entity
                .external_ids
                .iter()
                .map(|id| format!("{}:{}", id.scheme, id.value))
                .collect::<Vec<_>>(),
        )
        .with_some("family", entity.family().map(ProgramFamily::name))
        .with_some("stage", entity.stage().map(ProjectStage::name))
        .with("recorded_at", entity.recorded_at.timestamp_micros())
        .with("body", encode(&EntityRow::of(entity))?);
    Ok(validity(
        properties.with("provenance", provenance),
        entity.validity,
    ))
}

/// The node of a relation, which lists and filters read.
pub(in crate::store) fn relation(relation: &Relation, provenance: i64) -> Result<NodeProperties, StoreError> {
    let quantity = relation.quantity.as_ref().map(Quantity::effective);
    let properties = NodeProperties::default()
        .with("id", relation.id.as_str())
        .with("kind", relation.kind.name())
        .with("from", relation.from.as_str())
        .with("to", relation.to.as_str())
        .with_some("resource", relation.resource().map(Resource::name))
        .with("driver", relation.driver.name())
        .with_some("unit", quantity.and_then(Quantity::unit).map(Unit::as_str))
        .with_some(
            "status",
            relation.kind.status_of(quantity).map(QuantityStatus::name),
        )
        .with("under", strings(relation.under.iter().map(EntityId::as_str)))
        .with("body", encode(&RelationRow::of(relation))?);
    Ok(validity(
        properties.with("provenance", provenance),
        relation.validity,
    ))
}

/// The native relationship of a relation, which walks read and graph browsers show.
pub(in crate::store) fn relationship(relation: &Relation, provenance: i64) -> NodeProperties {
    let quantity = relation.quantity.as_ref().map(Quantity::effective);
    let (amount, amount_max) = quantity.map(Quantity::cells).unwrap_or_default();
    let properties = NodeProperties::default()
        .with("id", relation.id.as_str())
        .with("flow", relation.flow().name())
        .with_some("resource", relation.resource().map(Resource::name))
        .with_some("amount", amount.map(|amount| amount.to_string()))
        .with_some("amount_max", amount_max.map(|amount| amount.to_string()))
        .with_some("unit", quantity.and_then(Quantity::unit).map(Unit::as_str))
        .with_some(
            "status",
            relation.kind.status_of(quantity).map(QuantityStatus::name),
        )
        .with_some("share", relation.share.map(|share| share.to_string()))
        .with("provenance", provenance);
    validity(properties, relation.validity)
}

/// The node of an observation.
pub(in crate::store) fn observation(
    observation: &Observation,
    entity: &str,
    provenance: i64,
) -> Result<NodeProperties, StoreError> {
    let properties = NodeProperties::default()
        .with("id", observation.id.as_str())
        .with("entity", entity)
        .with("indicator", observation.indicator.as_str())
        .with("body", encode(&ObservationRow::of(observation))?);
    Ok(properties.with("provenance", provenance))
}

/// The node of a rule.
pub(in crate::store) fn rule(
    rule: &Rule,
    bearer: &str,
    provenance: i64,
) -> Result<NodeProperties, StoreError> {
    let properties = NodeProperties::default()
        .with("id", rule.id.as_str())
        .with("bearer", bearer)
        .with("rule_type", rule.rule_type.name())
        .with(
            "parties",
            strings(
                rule.parts
                    .iter()
                    .filter_map(|part| part.party.as_ref())
                    .map(EntityId::as_str),
            ),
        )
        .with("body", encode(&RuleRow::of(rule))?);
    Ok(properties.with("provenance", provenance))
}

/// The node of a source.
pub(in crate::store) fn source(source: &Source) -> Result<NodeProperties, StoreError> {
    Ok(NodeProperties::default()
        .with("id", source.id.as_str())
        .with("title", source.title.as_str())
        .with("datasets", strings(source.datasets.iter().map(DatasetId::as_str)))
        .with("body", encode(&SourceRow::of(source))?))
}

/// The node of the statements on a record.
pub(in crate::store) fn evidence(of: &str, statements: &[Statement]) -> Result<NodeProperties, StoreError> {
    let rows: Vec<StatementRow> = statements.iter().map(StatementRow::of).collect();
    Ok(NodeProperties::default()
        .with("of", of)
        .with(
            "quotes",
            strings(
                statements
                    .iter()
                    .filter_map(|statement| statement.quote.as_deref()),
            ),
        )
        .with(
            "sources",
            strings(statements.iter().map(|statement| statement.source.as_str())),
        )
        .with("statements", encode(&rows)?))
}

/// The node of a provenance, with its number and its key.
pub(in crate::store) fn provenance(id: i64, key: u64, provenance: &Provenance) -> NodeProperties {
    let ids = |ids: &[DatasetId]| ids.iter().map(ToString::to_string).collect::<Vec<_>>();
    let said = |(class, dataset): &(EvidenceClass, DatasetId)| format!("{} {dataset}", class_text(class));
    let said_by: Vec<String> = provenance.said_by.iter().map(said).collect();
    NodeProperties::default()
        .with_some("said_by", Some(said_by).filter(|said_by| !said_by.is_empty()))
        .with("id", id)
        .with("key", key.cast_signed())
        .with(
            "evidence",
            provenance.evidence.iter().map(class_text).collect::<Vec<_>>(),
        )
        .with("members", ids(&provenance.members))
        .with("contributors", ids(&provenance.contributors))
}
