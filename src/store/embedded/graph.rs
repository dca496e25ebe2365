//! The graph in memory at one revision: dense slots and adjacency in both directions. Statements stay in the file.
//!
//! A [`GraphSnapshot`] never changes once it is published. The next one is a copy that shares all unchanged pages; see [`super::table`].

use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock};

use super::postings::Postings;
use super::table::{Slot, SlotTable, TableRow};
use crate::model::Decimal;
use crate::model::change::Revision;
use crate::model::entity::{Entity, ProjectStage, SharedEntity};
use crate::model::flow_direction::FlowDirection;
use crate::model::id::{DatasetId, EntityId, RelationId};
use crate::model::ontology::RelationKind;
use crate::model::period::Validity;
use crate::model::quantity::Quantity;
use crate::model::record::{Dataset, Observation, Rule, Source};
use crate::model::relation::{Driver, Relation, effective_flow};
use crate::model::resource::Resource;
use crate::model::text;
use crate::model::walk::{EntityFacts, RelationFacts, leads_out};
use crate::store::codec::Provenance;

/// The row of a record's statements in the file, or 0 for none. A row never changes: another version is another row.
pub(super) type EvidenceRow = i64;

/// An entity with its adjacency.
#[derive(Clone)]
pub(super) struct EntityNode {
    pub(super) facts: EntityCore,
    /// Relations that begin here, by id.
    pub(super) outgoing: Arc<[Slot]>,
    /// Relations that end here, by id.
    pub(super) incoming: Arc<[Slot]>,
    /// The relations of both, in that order, whose own flow may lead out of the entity: a walk skips the thousands that only lead
    /// into a hub.
    pub(super) outbound: Arc<[Slot]>,
    /// Observations of it, by id.
    pub(super) observations: Arc<[Slot]>,
}

/// An entity without its adjacency.
///
/// The fields that walks and lists by kind read are repeated in the row itself: they read thousands of entities, and each further
/// pointer is a wait for memory.
#[derive(Clone)]
pub(super) struct EntityCore {
    pub(super) id: EntityId,
    stage: Option<ProjectStage>,
    pub(super) validity: Validity,
    pub(super) provenance: Arc<Provenance>,
    pub(super) entity: SharedEntity,
    pub(super) evidence_row: EvidenceRow,
    /// Computed when a list is first sorted by name: most entities never are.
    name_key: OnceLock<Arc<str>>,
}

impl EntityCore {
    pub(super) fn new(entity: Entity, provenance: Arc<Provenance>, evidence_row: EvidenceRow) -> Self {
        Self {
            id: entity.id.clone(),
            stage: entity.stage(),
            validity: entity.validity,
            provenance,
            entity: Arc::new(entity),
            evidence_row,
            name_key: OnceLock::new(),
        }
    }

    /// The key of the entity in a list by name.
    pub(super) fn name_key(&self) -> &str {
        self.name_key
            .get_or_init(|| text::sort_key(self.entity.name("zh")).into())
    }

    pub(super) fn walk_facts(&self) -> EntityFacts<'_> {
        EntityFacts {
            id: &self.id,
            stage: self.stage,
            validity: self.validity,
            evidence: &self.provenance.evidence,
        }
    }
}

impl TableRow for EntityNode {
    fn key(&self) -> &str {
        self.facts.id.as_str()
    }
}

/// A relation in packed form: fields that most relations lack cost one pointer.
#[derive(Clone)]
pub(super) struct RelationNode {
    pub(super) id: RelationId,
    pub(super) from: Slot,
    pub(super) to: Slot,
    pub(super) kind: RelationKind,
    pub(super) stated_resource: Option<Resource>,
    pub(super) stated_flow: Option<FlowDirection>,
    pub(super) driver: Driver,
    pub(super) validity: Validity,
    pub(super) extra: Option<Arc<RelationExtra>>,
    pub(super) provenance: Arc<Provenance>,
    pub(super) evidence_row: EvidenceRow,
}

/// The fields that few relations have.
pub(super) struct RelationExtra {
    pub(super) quantity: Option<Quantity>,
    pub(super) share: Option<Decimal>,
    pub(super) under: Vec<EntityId>,
}

impl RelationNode {
    /// Packs a relation whose ends are in these slots.
    pub(super) fn pack(
        relation: Relation,
        from: Slot,
        to: Slot,
        provenance: Arc<Provenance>,
        evidence_row: EvidenceRow,
    ) -> Self {
        let Relation {
            id,
            kind,
            from: _,
            to: _,
            stated_resource,
            stated_flow,
            quantity,
            share,
            under,
            driver,
            validity,
        } = relation;
        let has_extra = quantity.is_some() || share.is_some() || !under.is_empty();
        let extra = has_extra.then(|| {
            Arc::new(RelationExtra {
                quantity,
                share,
                under,
            })
        });
        Self {
            id,
            from,
            to,
            kind,
            stated_resource,
            stated_flow,
            driver,
            validity,
            extra,
            provenance,
            evidence_row,
        }
    }

    pub(super) fn quantity(&self) -> Option<&Quantity> {
        self.extra.as_ref().and_then(|extra| extra.quantity.as_ref())
    }
    pub(super) fn share(&self) -> Option<Decimal> {
        self.extra.as_ref().and_then(|extra| extra.share)
    }
    pub(super) fn under(&self) -> &[EntityId] {
        self.extra.as_ref().map_or(&[], |extra| &extra.under)
    }
    /// Whether its own flow may lead out of one of its ends.
    pub(super) fn leads_from(&self, end: Slot) -> bool {
        let (from_leads, to_leads) = leads_out(effective_flow(self.kind, self.stated_flow));
        self.from != self.to
            && self.kind.info().can_carry()
            && (if self.from == end { from_leads } else { to_leads })
    }
    /// The end across from an entity.
    pub(super) fn other(&self, entity: Slot) -> Slot {
        if self.from == entity { self.to } else { self.from }
    }
    pub(super) fn walk_facts(&self) -> RelationFacts<'_> {
        RelationFacts {
            kind: self.kind,
            stated_flow: self.stated_flow,
            stated_resource: self.stated_resource,
            validity: self.validity,
            evidence: &self.provenance.evidence,
        }
    }
}

impl TableRow for RelationNode {
    fn key(&self) -> &str {
        self.id.as_str()
    }
}

/// An observation or rule with its provenance.
pub(super) struct RecordNode<T> {
    pub(super) record: Arc<T>,
    pub(super) provenance: Arc<Provenance>,
    pub(super) evidence_row: EvidenceRow,
}

impl<T> Clone for RecordNode<T> {
    fn clone(&self) -> Self {
        Self {
            record: self.record.clone(),
            provenance: self.provenance.clone(),
            evidence_row: self.evidence_row,
        }
    }
}
impl TableRow for RecordNode<Observation> {
    fn key(&self) -> &str {
        self.record.id.as_str()
    }
}
impl TableRow for RecordNode<Rule> {
    fn key(&self) -> &str {
        self.record.id.as_str()
    }
}
impl TableRow for Arc<Source> {
    fn key(&self) -> &str {
        self.id.as_str()
    }
}

/// A data set with its numbers of entities and relations.
#[derive(Clone)]
pub(super) struct DatasetNode {
    pub(super) dataset: Dataset,
    pub(super) entities: u64,
    pub(super) relations: u64,
}

/// The whole graph at one revision.
#[derive(Clone, Default)]
pub(super) struct GraphSnapshot {
    pub(super) revision: Revision,
    pub(super) entities: SlotTable<EntityNode>,
    pub(super) relations: SlotTable<RelationNode>,
    pub(super) observations: SlotTable<RecordNode<Observation>>,
    pub(super) rules: SlotTable<RecordNode<Rule>>,
    pub(super) sources: SlotTable<Arc<Source>>,
    pub(super) datasets: Arc<BTreeMap<DatasetId, DatasetNode>>,
    pub(super) redirects: Arc<BTreeMap<EntityId, EntityId>>,
    pub(super) postings: Postings,
}

impl GraphSnapshot {
    /// The slot of an entity; for a former id, that of the canonical entity.
    pub(super) fn slot(&self, id: &EntityId) -> Option<Slot> {
        self.entities.find(id.as_str()).or_else(|| {
            let kept = self.redirects.get(id)?;
            self.entities.find(kept.as_str())
        })
    }

    pub(super) fn node(&self, id: &EntityId) -> Option<&EntityNode> {
        self.slot(id).and_then(|slot| self.entities.get(slot))
    }

    pub(super) fn entity(&self, slot: Slot) -> Option<&SharedEntity> {
        self.entities.get(slot).map(|node| &node.facts.entity)
    }

    pub(super) fn id(&self, slot: Slot) -> Option<&EntityId> {
        self.entities.get(slot).map(|node| &node.facts.id)
    }

    /// The relation in a slot, unpacked.
    pub(super) fn relation(&self, slot: Slot) -> Option<Relation> {
        self.relations.get(slot).and_then(|node| self.unpack(node))
    }

    pub(super) fn unpack(&self, node: &RelationNode) -> Option<Relation> {
        Some(Relation {
            id: node.id.clone(),
            kind: node.kind,
            from: self.id(node.from)?.clone(),
            to: self.id(node.to)?.clone(),
            stated_resource: node.stated_resource,
            stated_flow: node.stated_flow,
            quantity: node.quantity().cloned(),
            share: node.share(),
            under: node.under().to_vec(),
            driver: node.driver,
            validity: node.validity,
        })
    }

    /// The relations at an entity: outgoing, then incoming; a relation from the entity to itself comes twice.
    pub(super) fn incident_relations(&self, slot: Slot) -> impl Iterator<Item = (Slot, &RelationNode)> + '_ {
        let node = self.entities.get(slot);
        let both = node
            .into_iter()
            .flat_map(|node| node.outgoing.iter().chain(node.incoming.iter()));
        both.filter_map(|slot| self.relations.get(*slot).map(|relation| (*slot, relation)))
    }

    /// The relations at an entity whose own flow may lead out of it.
    pub(super) fn outbound_relations(&self, slot: Slot) -> impl Iterator<Item = &RelationNode> + '_ {
        let node = self.entities.get(slot);
        let leading = node.map(|node| &*node.outbound).unwrap_or_default();
        leading.iter().filter_map(|slot| self.relations.get(*slot))
    }

    /// Whether a relation and both its ends are valid at a date.
    pub(super) fn is_valid_at(&self, relation: &RelationNode, at: crate::model::selector::AsOf) -> bool {
        at.is_none()
            || relation.validity.counts(at)
                && [relation.from, relation.to].iter().all(|end| {
                    self.entities
                        .get(*end)
                        .is_some_and(|node| node.facts.validity.holds(at))
                })
    }
}

/// The tokens by which an entity is found: of its names, id, tags and external ids.
pub(super) fn tokens_of(entity: &Entity) -> Vec<String> {
    let mut tokens = text::index_tokens(entity);
    tokens.extend(entity.tags.iter().map(|tag| tag_token(tag)));
    tokens.extend(
        entity
            .external_ids
            .iter()
            .map(|id| external_token(&id.scheme, &id.value)),
    );
    tokens
}

/// The token of a tag. Text tokens contain no white space, so that none equals it.
pub(super) fn tag_token(tag: &str) -> String {
    format!(" tag {tag}")
}

/// The token of an external id; see [`tag_token`].
pub(super) fn external_token(scheme: &str, value: &str) -> String {
    format!(" key {scheme} {value}")
}
