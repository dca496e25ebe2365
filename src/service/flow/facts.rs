//! What a flow rests on, read from the store.

use std::collections::{BTreeMap, BTreeSet};

use super::FlowInput;
use super::input::check_targets;
use crate::flow::{CarrierFact, Ends, Facts, LinkFact, asserted, is_counted};
use crate::model::change::Subject;
use crate::model::entity::EntityKind;
use crate::model::id::EntityId;
use crate::model::ontology::{Carries, RelationKind};
use crate::model::page::{PAGE_MAX, PageRequest};
use crate::model::relation::{Relation, Resource};
use crate::model::selector::{AsOf, Direction, RelationFilter};
use crate::model::statement::{Assertion, Evidence};
use crate::model::walk::UndatedFacts;
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

impl Session {
    /// The relations of some kinds that are valid as a question asks, each with what supports it.
    pub(super) async fn counted(
        &self,
        kinds: &BTreeSet<RelationKind>,
        at: AsOf,
        undated: UndatedFacts,
    ) -> Result<Vec<(Relation, Evidence)>> {
        let max = self.limits().flow_relations_max;
        let (mut relations, is_cut) = self.of_kinds(kinds, at, max).await?;
        if is_cut {
            return Err(ServiceError::OverLimit {
                what: "relations that a flow rests on",
                asked: max as u64 + 1,
                max: max as u64,
            });
        }
        if at.is_some() && undated == UndatedFacts::Exclude {
            relations.retain(|relation| !relation.validity.is_undated());
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
    pub(super) async fn flow_facts(&self, input: &FlowInput) -> Result<(Facts, Ends)> {
        let asked = input.as_trace();
        asked.check(self.limits().ids_max)?;
        let asked = self.settle(asked).await?;
        let sources = self.select(&asked.from, input.at).await?;
        let targets = self.select(&asked.to, input.at).await?;
        check_targets(targets.iter().map(EntityId::kind).collect::<Vec<_>>().iter())?;
        let mut ends = Ends {
            sources: sources.into_iter().collect(),
            named: asked.from.ids.iter().flatten().cloned().collect(),
            targets: targets.into_iter().collect(),
            inside: None,
        };
        let kinds = counted_kinds(Some(input.layer.resource));
        let counted = self.counted(&kinds, input.at, input.undated).await?;
        let link = |(relation, evidence): (Relation, Evidence)| {
            let carried = input.layer.admit(&relation, &evidence, &input.evidence)?;
            Some(LinkFact {
                relation: relation.id,
                from: relation.from,
                to: relation.to,
                carried,
            })
        };
        let links: Vec<LinkFact> = counted.into_iter().filter_map(link).collect();
        let carriers = self.carriers(&links, &ends, input).await?;
        if ends.are_industries()
            && let Some(region) = &asked.to.region
        {
            let holders: BTreeSet<&EntityId> = carriers.iter().map(|carrier| &carrier.from).collect();
            let holders: Vec<EntityId> = holders.into_iter().cloned().collect();
            let within = if holders.is_empty() {
                Vec::new()
            } else {
                self.within(&holders, region, input.at).await?
            };
            let inside = holders.into_iter().zip(within).filter(|(_, within)| *within);
            ends.inside = Some(inside.map(|(holder, _)| holder).collect());
        }
        let facts = Facts {
            links,
            carriers,
            may_imply: input.evidence.assertions.contains(&Assertion::Implied),
        };
        Ok((facts, ends))
    }

    /// What passes on what the entities of a layer, and the targets, would keep; and then of the companies that carry projects.
    async fn carriers(&self, links: &[LinkFact], ends: &Ends, input: &FlowInput) -> Result<Vec<CarrierFact>> {
        let kinds = [RelationKind::CarriedBy, RelationKind::InIndustry];
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
            .outgoing_all(companies.into_iter().cloned().collect(), &kinds[1..], input)
            .await?;
        let carriers: BTreeMap<_, _> = first
            .into_iter()
            .chain(second)
            .filter(|(_, evidence)| asserted(evidence, &input.evidence))
            .map(|(relation, evidence)| {
                let carrier = CarrierFact {
                    relation: relation.id.clone(),
                    from: relation.from,
                    to: relation.to,
                    share: relation.share,
                    is_doubted: !input.evidence.passes(&evidence),
                };
                (relation.id, carrier)
            })
            .collect();
        Ok(carriers.into_values().collect())
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
        // Hardly any entity has more than a page of them: those that have are asked one by one.
        let mut pages = if ids.is_empty() {
            Vec::new()
        } else {
            self.incident(&ids, &query).await?
        };
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
        if input.at.is_some() && input.undated == UndatedFacts::Exclude {
            found.retain(|relation| !relation.validity.is_undated());
        }
        self.supported(found).await
    }
}
