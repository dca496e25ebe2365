//! The facts of a flow, read from the store.

use std::collections::{BTreeMap, BTreeSet};

use futures_util::future::try_join4;

use super::FlowInput;
use super::input::check_targets;
use crate::flow::{CarrierFact, EdgeFact, FlowEnds, Layer, LayerFacts, is_asserted, is_counted};
use crate::model::change::Subject;
use crate::model::entity::EntityKind;
use crate::model::id::{EntityId, RelationId};
use crate::model::ontology::{CarriedResource, RelationKind};
use crate::model::page::{PAGE_MAX, PageRequest};
use crate::model::relation::Relation;
use crate::model::resource::Resource;
use crate::model::selector::{AsOf, Direction, RelationFilter};
use crate::model::statement::{Assertion, Evidence, EvidenceFilter};
use crate::service::{Result, ServiceError, Session};
use crate::store::IncidentQuery;

/// The kinds of relations that may count in a layer of a resource; without a resource, in any layer.
pub(super) fn counted_kinds(resource: Option<Resource>) -> BTreeSet<RelationKind> {
    let may_carry = |kind: &RelationKind| match (kind.info().carries, resource) {
        (CarriedResource::Own(own), Some(resource)) => own == resource,
        (CarriedResource::Own(_) | CarriedResource::Stated, _) => true,
        (CarriedResource::Incoming | CarriedResource::Nothing, _) => false,
    };
    let kinds = RelationKind::ALL.iter().copied();
    kinds
        .filter(|kind| is_counted(*kind) && may_carry(kind))
        .collect()
}

/// The kinds of relations that pass on what an entity would keep.
fn carrier_kinds() -> Vec<RelationKind> {
    let kinds = RelationKind::ALL.iter().copied();
    kinds.filter(|kind| kind.info().is_carrier()).collect()
}

/// The facts of a flow before the evidence filter.
#[derive(Debug)]
pub(in crate::service) struct FlowFacts {
    /// The relations that may count in the layer, by id.
    relations: Vec<(Relation, Evidence)>,
    /// The relations that pass on what entities would keep, by id.
    carriers: Vec<(Relation, Evidence)>,
    /// The sources and targets.
    pub(in crate::service) ends: FlowEnds,
}

impl FlowFacts {
    /// The evidence of some of the relations.
    pub(in crate::service) fn evidence_of<'f>(
        &'f self,
        relations: &'f BTreeSet<RelationId>,
    ) -> impl Iterator<Item = &'f Evidence> {
        let all = self.relations.iter().chain(&self.carriers);
        all.filter(|(relation, _)| relations.contains(&relation.id))
            .map(|(_, evidence)| evidence)
    }

    /// The facts that count in a layer under an evidence filter.
    pub(in crate::service) fn admitted(&self, layer: &Layer, filter: &EvidenceFilter) -> LayerFacts {
        let edge = |(relation, evidence): &(Relation, Evidence)| {
            Some(EdgeFact {
                contribution: layer.contribution(relation, evidence, filter)?,
                relation: relation.id.clone(),
                from: relation.from.clone(),
                to: relation.to.clone(),
            })
        };
        let carrier = |(relation, evidence): &(Relation, Evidence)| {
            is_asserted(evidence, filter).then(|| CarrierFact {
                relation: relation.id.clone(),
                from: relation.from.clone(),
                to: relation.to.clone(),
                share: relation.share,
                amount: layer.part_of(relation),
                is_unsupported: !filter.passes(evidence),
            })
        };
        LayerFacts {
            edges: self.relations.iter().filter_map(edge).collect(),
            carriers: self.carriers.iter().filter_map(carrier).collect(),
            may_imply: filter.assertions.contains(&Assertion::Implied),
        }
    }
}

/// Number of entities whose relations are read before they are charged; most layers have fewer.
const ENDS_AT_ONCE: usize = 10_000;

impl Session {
    /// The valid relations of some kinds, each with its evidence.
    pub(super) async fn counted(
        &self,
        kinds: &BTreeSet<RelationKind>,
        at: AsOf,
    ) -> Result<Vec<(Relation, Evidence)>> {
        let max = self.limits().flow_relations_max;
        let (relations, is_cut) = self.relations_of_kinds(kinds, at, max).await?;
        if is_cut {
            return Err(ServiceError::OverLimit {
                what: "relations on which a flow depends",
                asked: max as u64 + 1,
                max: max as u64,
            });
        }
        self.supported(relations).await
    }

    async fn supported(&self, relations: Vec<Relation>) -> Result<Vec<(Relation, Evidence)>> {
        if relations.is_empty() {
            return Ok(Vec::new());
        }
        let subjects: Vec<Subject> = relations
            .iter()
            .map(|relation| Subject::Relation(relation.id.clone()))
            .collect();
        let evidence = self.evidence(&subjects).await?;
        Ok(relations.into_iter().zip(evidence).collect())
    }

    /// Reads the facts, sources and targets of a query.
    ///
    /// - **Calls.** One for ids, if there are any, and one for each selector; one for the relations of the
    ///   layer and one for their evidence; two each for the carrier relations of the entities of the layer,
    ///   and of the companies that carry them; one for the entities in the region, if Industries are selected
    ///   with a region.
    pub(in crate::service) async fn flow_facts(&self, input: &FlowInput) -> Result<FlowFacts> {
        let asked = input.as_trace();
        asked.check(self.limits().ids_max)?;
        let kinds = counted_kinds(Some(input.layer.resource));
        // Concurrently, because selectors resolve merged ids themselves.
        let (asked, sources, targets, relations) = try_join4(
            self.resolve_input_ids(asked),
            self.select(&input.from, input.at),
            self.select(&input.to, input.at),
            self.counted(&kinds, input.at),
        )
        .await?;
        check_targets(targets.iter().map(EntityId::kind).collect::<Vec<_>>().iter())?;
        let mut facts = FlowFacts {
            relations,
            carriers: Vec::new(),
            ends: FlowEnds {
                sources: sources.into_iter().collect(),
                named: asked.from.ids.iter().flatten().cloned().collect(),
                targets: targets.into_iter().collect(),
                inside: None,
            },
        };
        let edges = facts.admitted(&input.layer, &input.evidence).edges;
        facts.carriers = self.carriers(&edges, &facts.ends, input).await?;
        if facts.ends.are_industries()
            && let Some(region) = &asked.to.region
        {
            let holders: BTreeSet<&EntityId> =
                facts.carriers.iter().map(|(carrier, _)| &carrier.from).collect();
            let holders: Vec<EntityId> = holders.into_iter().cloned().collect();
            let within = if holders.is_empty() {
                Vec::new()
            } else {
                self.within(&holders, region, input.at).await?
            };
            let inside = holders.into_iter().zip(within).filter(|(_, within)| *within);
            facts.ends.inside = Some(inside.map(|(holder, _)| holder).collect());
        }
        Ok(facts)
    }

    /// Reads the relations that pass on what entities of a layer and the targets would keep, then those of
    /// the companies that carry projects.
    async fn carriers(
        &self,
        edges: &[EdgeFact],
        ends: &FlowEnds,
        input: &FlowInput,
    ) -> Result<Vec<(Relation, Evidence)>> {
        let kinds = carrier_kinds();
        let may_pass = |id: &&EntityId| {
            let allowed =
                |kind: &RelationKind| kind.info().ends.iter().any(|ends| ends.from.contains(&id.kind()));
            kinds.iter().any(allowed)
        };
        let near: BTreeSet<&EntityId> = edges
            .iter()
            .flat_map(|edge| [&edge.from, &edge.to])
            .chain(&ends.targets)
            .filter(may_pass)
            .collect();
        let first = self
            .outgoing_all(near.iter().copied().cloned().collect(), &kinds, input)
            .await?;
        let companies: BTreeSet<&EntityId> = first
            .iter()
            .map(|(relation, _)| &relation.to)
            .filter(|id| id.kind() == EntityKind::Company && !near.contains(id))
            .collect();
        let second = self
            .outgoing_all(companies.into_iter().cloned().collect(), &kinds, input)
            .await?;
        let carriers = first.into_iter().chain(second);
        let by_id: BTreeMap<RelationId, (Relation, Evidence)> =
            carriers.map(|carrier| (carrier.0.id.clone(), carrier)).collect();
        Ok(by_id.into_values().collect())
    }

    /// All relations of some kinds that start at the entities, with their evidence.
    async fn outgoing_all(
        &self,
        mut ids: Vec<EntityId>,
        kinds: &[RelationKind],
        input: &FlowInput,
    ) -> Result<Vec<(Relation, Evidence)>> {
        let mut query = IncidentQuery {
            filter: RelationFilter {
                kinds: Some(kinds.to_vec()),
                ..RelationFilter::default()
            },
            direction: Direction::Out,
            other: None,
            at: input.at,
            page: PageRequest::first(PAGE_MAX),
        };
        let mut found = Vec::new();
        let mut pages = Vec::with_capacity(ids.len());
        for part in ids.chunks(ENDS_AT_ONCE) {
            pages.extend(self.incident(part, &query).await?);
        }
        // Few entities have more than one page; these are read one by one.
        while let Some(page) = pages.pop() {
            let id = ids.pop();
            let (last, has_next) = (
                page.items.last().map(|relation| relation.id.clone()),
                page.has_next,
            );
            found.extend(page.items);
            if let (Some(id), true) = (id, has_next) {
                query.page = PageRequest {
                    after: last,
                    ..PageRequest::first(PAGE_MAX)
                };
                pages.extend(self.incident(std::slice::from_ref(&id), &query).await?);
                ids.push(id);
            }
        }
        self.supported(found).await
    }
}
