//! The ledger: one row for each programme, and one for what falls under none.
//!
//! What rows rest on is read for all of them together: the calls of the store do not grow with the rows.

use std::collections::{BTreeMap, BTreeSet};

use super::{TraceAnswer, TraceInput, region_of};
use crate::model::change::Subject;
use crate::model::id::{EntityId, RelationId};
use crate::model::ontology::RelationKind;
use crate::model::page::{PAGE_MAX, PageRequest};
use crate::model::relation::Relation;
use crate::model::selector::{Direction, RegionRole, RelationFilter};
use crate::service::{Result, ServiceError, Session};
use crate::store::IncidentQuery;
use crate::trace::mechanisms::{LedgerFacts, MechanismRow, by_program, row};

impl Session {
    /// The rows, by programme; what falls under none comes last.
    pub async fn mechanisms(&self, input: TraceInput) -> Result<Vec<MechanismRow>> {
        let input = input.checked(self).await?;
        let trace = self.walk(&input).await?;
        let relations = self.relations_of_ledger(&input, &trace).await?;
        let rows = by_program(&relations);
        let groups = rows.iter().map(|(_, relations)| relations.iter().map(|r| r.id.clone()).collect()).collect();
        let counts = trace.count_using(groups).await?;
        let facts = self.ledger_facts(&input, &trace, &relations).await?;
        Ok(rows.into_iter().zip(counts).map(|((program, relations), count)| row(program, &relations, &facts, count)).collect())
    }

    /// The relations with an end in the sources, the targets or a region named, and those on a path or on the way to a
    /// dead end; as far as the question asks for what they carry.
    async fn relations_of_ledger(&self, input: &TraceInput, trace: &TraceAnswer) -> Result<Vec<Relation>> {
        let ends = trace.trace.ends();
        let entities: BTreeSet<EntityId> = ends.sources.union(&ends.targets).cloned().collect();
        let selectors = [&input.from, &input.to].into_iter().chain(&input.through);
        let regions: Vec<_> = selectors.filter_map(region_of).collect();
        let max = self.limits().ledger_relations_max;
        let (found, more) = self.ledger(&entities, &regions, &input.walk, max).await?;
        if more {
            return Err(ServiceError::OverLimit { what: "relations of a ledger", asked: max as u64 + 1, max: max as u64 });
        }
        let mut by_id: BTreeMap<RelationId, Relation> = found.into_iter().map(|r| (r.id.clone(), r)).collect();
        let walked = trace.union().await?.relations.iter().chain(&trace.dead_ends().await?.ways);
        let missing: Vec<RelationId> = walked.filter(|id| !by_id.contains_key(*id)).cloned().collect::<BTreeSet<_>>().into_iter().collect();
        if !missing.is_empty() {
            let read = self.relations(&missing).await?;
            by_id.extend(read.into_iter().flatten().map(|relation| (relation.id.clone(), relation)));
        }
        let asked = |relation: &Relation| match (relation.resource(), &input.walk.resources) {
            (Some(resource), Some(asked)) => asked.contains(&resource),
            _ => true,
        };
        Ok(by_id.into_values().filter(asked).collect())
    }

    async fn ledger_facts(&self, input: &TraceInput, trace: &TraceAnswer, relations: &[Relation]) -> Result<LedgerFacts> {
        let subjects: Vec<Subject> = relations.iter().map(|relation| Subject::Relation(relation.id.clone())).collect();
        let evidence = self.evidence(&subjects).await?;
        let ends: BTreeSet<&EntityId> = relations.iter().flat_map(|relation| [&relation.from, &relation.to]).collect();
        let ends: Vec<EntityId> = ends.into_iter().cloned().collect();
        let entities = self.entities(&ends).await?;
        let regions = self.regions(&ends, RegionRole::Located, input.walk.at).await?;
        let belonging = self.belonging(&ends, input).await?;
        let of_kind = |kinds: &[RelationKind]| belonging.iter().filter(|r| kinds.contains(&r.kind)).collect::<Vec<_>>();
        let programs = relations.iter().flat_map(|relation| relation.under.iter().cloned());
        let bearers: BTreeSet<EntityId> = ends.iter().cloned().chain(programs).collect();
        let bearers: Vec<EntityId> = bearers.into_iter().collect();
        let dead_ends = trace.dead_ends().await?;
        Ok(LedgerFacts {
            evidence: relations.iter().map(|relation| relation.id.clone()).zip(evidence).collect(),
            filter: input.walk.evidence.clone(),
            entities: ends.iter().cloned().zip(entities).filter_map(|(id, entity)| Some((id, entity?))).collect(),
            placed: ends.iter().cloned().zip(regions).filter(|(_, regions)| !regions.is_empty()).map(|(id, _)| id).collect(),
            classified: of_kind(&[RelationKind::InIndustry]).into_iter().map(|r| r.from.clone()).collect(),
            within: of_kind(&[RelationKind::SubsetOf, RelationKind::MemberOf])
                .into_iter()
                .map(|r| (r.from.clone(), r.to.clone()))
                .collect(),
            rules: self.list_rules(Some(&bearers), None).await?,
            arriving: dead_ends.rows.iter().flat_map(|dead_end| dead_end.arriving.iter().cloned()).collect(),
        })
    }

    /// The relations that say in which industry, or in which larger cohort, entities are; as far as the question accepts them.
    async fn belonging(&self, ids: &[EntityId], input: &TraceInput) -> Result<Vec<Relation>> {
        let kinds = vec![RelationKind::InIndustry, RelationKind::SubsetOf, RelationKind::MemberOf];
        let filter = RelationFilter { kinds: Some(kinds), evidence: Some(input.walk.evidence.clone()), ..RelationFilter::default() };
        let mut query = IncidentQuery { filter, direction: Direction::Out, other: None, at: input.walk.at, page: PageRequest::first(PAGE_MAX) };
        let mut open: Vec<EntityId> = ids.to_vec();
        let mut found = Vec::new();
        // One round for nearly every question; a further one for entities that are in over a thousand cohorts.
        while !open.is_empty() {
            let pages = self.incident(&open, &query).await?;
            query.page.after = pages.iter().filter(|page| page.has_next).filter_map(|page| page.items.last()).map(|r| r.id.clone()).min();
            open = open.into_iter().zip(&pages).filter(|(_, page)| page.has_next).map(|(id, _)| id).collect();
            found.extend(pages.into_iter().flat_map(|page| page.items));
        }
        found.sort_by(|a, b| a.id.cmp(&b.id));
        found.dedup_by(|a, b| a.id == b.id);
        Ok(found)
    }
}
