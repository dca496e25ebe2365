//! What a flow rests on, read from the store.

use std::collections::{BTreeMap, BTreeSet};

use futures_util::future::try_join4;

use super::FlowInput;
use super::input::check_targets;
use crate::flow::{CarrierFact, Ends, Facts, Layer, LinkFact, asserted, is_counted};
use crate::model::change::Subject;
use crate::model::entity::EntityKind;
use crate::model::id::{EntityId, RelationId};
use crate::model::ontology::{Carries, RelationKind};
use crate::model::page::{PAGE_MAX, PageRequest};
use crate::model::relation::{Relation, Resource};
use crate::model::selector::{AsOf, Direction, RelationFilter};
use crate::model::statement::{Assertion, Evidence, EvidenceFilter};
use crate::service::{Result, ServiceError, Session};
use crate::store::IncidentQuery;

/// The kinds whose relations may count in a layer of a resource; of no resource in particular, in any.
pub(super) fn counted_kinds(resource: Option<Resource>) -> BTreeSet<RelationKind> {
    let may_carry = |kind: &RelationKind| match (kind.info().carries, resource) {
        (Carries::Own(own), Some(resource)) => own == resource,
        (Carries::Own(_) | Carries::Stated, _) => true,
        (Carries::Incoming | Carries::Nothing, _) => false,
    };
    let kinds = RelationKind::ALL.iter().copied();
    kinds
        .filter(|kind| is_counted(*kind) && may_carry(kind))
        .collect()
}

/// The kinds that pass on what an entity would keep.
fn carrier_kinds() -> Vec<RelationKind> {
    let kinds = RelationKind::ALL.iter().copied();
    kinds.filter(|kind| kind.info().is_carrier()).collect()
}

/// What a flow rests on, whatever evidence it asks for.
#[derive(Debug)]
pub(in crate::service) struct FlowFacts {
    /// What may count in the layer, by id.
    relations: Vec<(Relation, Evidence)>,
    /// What passes on what entities would keep, by id.
    carriers: Vec<(Relation, Evidence)>,
    /// Between whom is asked.
    pub(in crate::service) ends: Ends,
}

impl FlowFacts {
    /// What supports some of them.
    pub(in crate::service) fn evidence_of<'f>(
        &'f self,
        relations: &'f BTreeSet<RelationId>,
    ) -> impl Iterator<Item = &'f Evidence> {
        let all = self.relations.iter().chain(&self.carriers);
        all.filter(|(relation, _)| relations.contains(&relation.id))
            .map(|(_, evidence)| evidence)
    }

    /// What counts in a layer by some evidence.
    pub(in crate::service) fn admitted(&self, layer: &Layer, filter: &EvidenceFilter) -> Facts {
        let link = |(relation, evidence): &(Relation, Evidence)| {
            Some(LinkFact {
                carried: layer.admit(relation, evidence, filter)?,
                relation: relation.id.clone(),
                from: relation.from.clone(),
                to: relation.to.clone(),
            })
        };
        let carrier = |(relation, evidence): &(Relation, Evidence)| {
            asserted(evidence, filter).then(|| CarrierFact {
                relation: relation.id.clone(),
                from: relation.from.clone(),
                to: relation.to.clone(),
                share: relation.share,
                amount: layer.part_of(relation),
                is_doubted: !filter.passes(evidence),
            })
        };
        Facts {
            links: self.relations.iter().filter_map(link).collect(),
            carriers: self.carriers.iter().filter_map(carrier).collect(),
            may_imply: filter.assertions.contains(&Assertion::Implied),
        }
    }
}

/// Entities whose relations are read before they are charged. Most layers have fewer.
const ENDS_AT_ONCE: usize = 10_000;

impl Session {
    /// The relations of some kinds that are valid as a question asks, each with what supports it.
    pub(super) async fn counted(
        &self,
        kinds: &BTreeSet<RelationKind>,
        at: AsOf,
    ) -> Result<Vec<(Relation, Evidence)>> {
        let max = self.limits().flow_relations_max;
        let (relations, is_cut) = self.of_kinds(kinds, at, max).await?;
        if is_cut {
            return Err(ServiceError::OverLimit {
                what: "relations that a flow rests on",
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

    /// The facts of a question, and between whom it asks.
    ///
    /// - **Calls.** One for the ids, where there are any, and one a selector; one for the relations of the layer and one for their
    ///   evidence; two each for what passes on what entities keep, of those in the layer and of the companies that carry them; one
    ///   for the place of Industries, where they are picked with a region.
    pub(in crate::service) async fn flow_facts(&self, input: &FlowInput) -> Result<FlowFacts> {
        let asked = input.as_trace();
        asked.check(self.limits().ids_max)?;
        let kinds = counted_kinds(Some(input.layer.resource));
        // At once: what an id stands for is no condition of what a selector picks, which follows it by itself.
        let (asked, sources, targets, relations) = try_join4(
            self.settle(asked),
            self.select(&input.from, input.at),
            self.select(&input.to, input.at),
            self.counted(&kinds, input.at),
        )
        .await?;
        check_targets(targets.iter().map(EntityId::kind).collect::<Vec<_>>().iter())?;
        let mut facts = FlowFacts {
            relations,
            carriers: Vec::new(),
            ends: Ends {
                sources: sources.into_iter().collect(),
                named: asked.from.ids.iter().flatten().cloned().collect(),
                targets: targets.into_iter().collect(),
                inside: None,
            },
        };
        let links = facts.admitted(&input.layer, &input.evidence).links;
        facts.carriers = self.carriers(&links, &facts.ends, input).await?;
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

    /// What passes on what the entities of a layer, and the targets, would keep; and then of the companies that carry projects.
    async fn carriers(
        &self,
        links: &[LinkFact],
        ends: &Ends,
        input: &FlowInput,
    ) -> Result<Vec<(Relation, Evidence)>> {
        let kinds = carrier_kinds();
        let may_pass = |id: &&EntityId| {
            let allowed =
                |kind: &RelationKind| kind.info().ends.iter().any(|ends| ends.from.contains(&id.kind()));
            kinds.iter().any(allowed)
        };
        let near: BTreeSet<&EntityId> = links
            .iter()
            .flat_map(|link| [&link.from, &link.to])
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

    /// All relations of some kinds that begin at entities, with what supports them.
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
        // Hardly any entity has more than a page of them: those that have are asked one by one.
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
