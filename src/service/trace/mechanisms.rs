//! The ledger: for each programme what stands behind it, and how much of it is stated.

use std::collections::{BTreeMap, BTreeSet};

use super::{TraceAnswer, TraceInput};
use crate::model::change::Subject;
use crate::model::entity::{EntityKind, SharedEntity};
use crate::model::id::{EntityId, RelationId};
use crate::model::ontology::RelationKind;
use crate::model::page::{PAGE_MAX, PageRequest};
use crate::model::record::Rule;
use crate::model::relation::Relation;
use crate::model::selector::{Direction, InRegion, RegionRole, RelationFilter};
use crate::model::walk::{TruncationReason, Walk};
use crate::service::{Result, ServiceError, Session, off_thread};
use crate::store::IncidentQuery;
use crate::trace::PathCount;
use crate::trace::mechanisms::{LedgerFacts, MechanismRow, by_program, row};

/// The rows of a ledger.
#[derive(Clone, Debug)]
pub struct Mechanisms {
    /// By the id of the programme; last what falls under none.
    pub rows: Vec<MechanismRow>,
    /// Why relations may be missing that lie on a path or on the way to a dead end.
    pub truncated: Option<TruncationReason>,
}

impl Session {
    /// The ledger of a trace: for each programme, and last for none, the relations that count.
    ///
    /// These are valid, pass the evidence filter, and have an end among the sources or targets or in a region that a
    /// selector names, or lie on a path or on the way to a dead end; within the kinds, resources, stages and exclusions of
    /// the question. What carries nothing is of no resource, and stays whichever is asked.
    /// - **Errors.** More relations than the limit: a sum over a part of them would be no answer.
    /// - **Calls.** Those of the trace, and eight, however many rows there are.
    pub async fn mechanisms(&self, input: TraceInput) -> Result<Mechanisms> {
        let answer = self.trace(input).await?;
        let (union, dead_ends) = (answer.union().await?, answer.dead_ends().await?);
        let relations = self.ledger_relations(&answer).await?;
        let entities = self.ends_of(&relations).await?;
        let walk = &answer.input().walk;
        let relations: Vec<Relation> = relations
            .into_iter()
            .filter(|r| is_asked(r, walk, &entities))
            .collect();
        let arriving = dead_ends
            .rows
            .iter()
            .flat_map(|row| row.arriving.iter().cloned())
            .collect();
        let facts = LedgerFacts {
            entities,
            arriving,
            ..self.ledger_facts(&relations, walk).await?
        };
        let truncated = union.truncated.or(dead_ends.truncated);
        let (trace, mut budget) = (answer.trace().clone(), self.limits().trace_budget());
        let rows = off_thread(move || {
            let groups = by_program(&relations);
            let ids: Vec<BTreeSet<RelationId>> = groups
                .iter()
                .map(|(_, relations)| relations.iter().map(|r| r.id.clone()).collect())
                .collect();
            let counts: Vec<PathCount> = trace.count_using(&ids, &mut budget);
            let rows = groups.into_iter().zip(counts);
            rows.map(|((program, relations), count)| row(program, &relations, &facts, count))
                .collect()
        });
        Ok(Mechanisms {
            rows: rows.await?,
            truncated,
        })
    }

    /// The relations that may count, by id.
    async fn ledger_relations(&self, answer: &TraceAnswer) -> Result<Vec<Relation>> {
        let (union, dead_ends) = (answer.union().await?, answer.dead_ends().await?);
        let ends = answer.trace().ends();
        let picked: BTreeSet<EntityId> = ends.sources.union(&ends.targets).cloned().collect();
        let regions: Vec<InRegion> = answer
            .input()
            .selectors()
            .filter_map(|selector| selector.region.clone())
            .collect();
        let max = self.limits().ledger_relations_max;
        let (beside, is_cut) = self.ledger(&picked, &regions, &answer.input().walk, max).await?;
        let mut found: BTreeMap<RelationId, Relation> =
            beside.into_iter().map(|r| (r.id.clone(), r)).collect();
        let walked: BTreeSet<&RelationId> = union.relations.iter().chain(&dead_ends.ways).collect();
        let more: Vec<RelationId> = walked
            .into_iter()
            .filter(|id| !found.contains_key(*id))
            .cloned()
            .collect();
        if is_cut || found.len() + more.len() > max {
            let asked = if is_cut { max + 1 } else { found.len() + more.len() };
            return Err(ServiceError::OverLimit {
                what: "relations in a ledger",
                asked: asked as u64,
                max: max as u64,
            });
        }
        if !more.is_empty() {
            let more = self.relations(&more).await?;
            found.extend(
                more.into_iter()
                    .flatten()
                    .map(|relation| (relation.id.clone(), relation)),
            );
        }
        Ok(found.into_values().collect())
    }

    async fn ends_of(&self, relations: &[Relation]) -> Result<BTreeMap<EntityId, SharedEntity>> {
        let ids = ends(relations.iter());
        let found = self.entities(&ids).await?;
        Ok(ids
            .into_iter()
            .zip(found)
            .filter_map(|(id, entity)| Some((id, entity?)))
            .collect())
    }

    /// What the rows rest on beside the entities and the dead ends.
    async fn ledger_facts(&self, relations: &[Relation], walk: &Walk) -> Result<LedgerFacts> {
        let ids = ends(relations.iter());
        let subjects: Vec<Subject> = relations
            .iter()
            .map(|r| Subject::Relation(r.id.clone()))
            .collect();
        let evidence = self.evidence(&subjects).await?;
        let regions = self.regions(&ids, RegionRole::Located, walk.at).await?;
        let placed = ids
            .iter()
            .zip(regions)
            .filter(|(_, regions)| !regions.is_empty())
            .map(|(id, _)| id.clone());
        let classifiable: Vec<EntityId> = ids
            .iter()
            .filter(|id| matches!(id.kind(), EntityKind::Project | EntityKind::Company))
            .cloned()
            .collect();
        let classified = self
            .outgoing(&classifiable, &[RelationKind::InIndustry], walk)
            .await?;
        let within = self
            .outgoing(&ids, &[RelationKind::SubsetOf, RelationKind::MemberOf], walk)
            .await?;
        Ok(LedgerFacts {
            evidence: relations
                .iter()
                .map(|relation| relation.id.clone())
                .zip(evidence)
                .collect(),
            filter: walk.evidence.clone(),
            placed: placed.collect(),
            classified: classified.into_iter().map(|relation| relation.from).collect(),
            within: within
                .into_iter()
                .map(|relation| (relation.from, relation.to))
                .collect(),
            rules: self.rules_of(relations, &ids).await?,
            ..LedgerFacts::default()
        })
    }

    /// The relations of some kinds that begin at entities, valid and supported as the question asks.
    async fn outgoing(&self, ids: &[EntityId], kinds: &[RelationKind], walk: &Walk) -> Result<Vec<Relation>> {
        let evidence = Some(walk.evidence.clone());
        let query = IncidentQuery {
            filter: RelationFilter {
                kinds: Some(kinds.to_vec()),
                evidence,
                ..RelationFilter::default()
            },
            direction: Direction::Out,
            other: None,
            at: walk.at,
            page: PageRequest::first(PAGE_MAX),
        };
        let pages = if ids.is_empty() {
            Vec::new()
        } else {
            self.incident(ids, &query).await?
        };
        Ok(pages.into_iter().flat_map(|page| page.items).collect())
    }

    /// The rules of the programmes, and of the programmes and funds at the ends.
    async fn rules_of(&self, relations: &[Relation], ids: &[EntityId]) -> Result<Vec<Rule>> {
        let at_ends = ids
            .iter()
            .filter(|id| matches!(id.kind(), EntityKind::Program | EntityKind::Fund));
        let programs = relations.iter().flat_map(|relation| &relation.under);
        let bearers: BTreeSet<&EntityId> = at_ends.chain(programs).collect();
        if bearers.is_empty() {
            return Ok(Vec::new());
        }
        self.list_rules(Some(&bearers.into_iter().cloned().collect::<Vec<_>>()), None)
            .await
    }
}

fn ends<'a>(relations: impl Iterator<Item = &'a Relation>) -> Vec<EntityId> {
    let ids: BTreeSet<&EntityId> = relations
        .flat_map(|relation| [&relation.from, &relation.to])
        .collect();
    ids.into_iter().cloned().collect()
}

/// Whether the question leaves a relation in: by what it carries, by its ends, and by the stage of projects there.
fn is_asked(relation: &Relation, walk: &Walk, entities: &BTreeMap<EntityId, SharedEntity>) -> bool {
    let info = relation.kind.info();
    let carries_its_own = info.can_carry() && !info.is_carrier();
    let resource_asked = walk
        .resources
        .as_ref()
        .is_none_or(|asked| match relation.resource() {
            Some(resource) => asked.contains(&resource),
            None => !carries_its_own || walk.include_unstated,
        });
    let end_asked = |end: &EntityId| {
        let stage = entities.get(end).and_then(|entity| entity.stage());
        let stage_asked =
            stage.is_none_or(|stage| walk.stages.as_ref().is_none_or(|asked| asked.contains(&stage)));
        stage_asked && !walk.exclude.contains(end)
    };
    resource_asked && end_asked(&relation.from) && end_asked(&relation.to)
}
