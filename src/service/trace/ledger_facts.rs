//! The reads of a ledger: the relations of programs, the walks from them, locations, and evidence.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::TraceAnswer;
use super::sides::{LedgerLocations, side};
use crate::model::change::Subject;
use crate::model::entity::{EntityKind, Properties, SharedEntity};
use crate::model::flow_direction::FlowDirection;
use crate::model::id::{EntityId, RelationId};
use crate::model::ontology::RelationKind;
use crate::model::page::{PAGE_MAX, PageRequest};
use crate::model::partial_date::PartialDate;
use crate::model::period::TimeFilter;
use crate::model::record::Observation;
use crate::model::relation::Relation;
use crate::model::selector::{AsOf, Direction, RegionSelector, RelationFilter, Selector};
use crate::model::statement::{Evidence, Property};
use crate::model::subgraph::Subgraph;
use crate::model::walk::WalkRules;
use crate::service::{Result, ServiceError, Session};
use crate::store::{IncidentQuery, RelationQuery};
use crate::trace::SelectorRole;
use crate::trace::end_class::LedgerSide;
use crate::trace::mechanisms::LedgerFacts;

/// Length of the walks that find origins and destinations: unlimited.
const ANY_LENGTH: u32 = u32::MAX - 1;

impl Session {
    /// The programs that are valid on the date and pass the evidence filter.
    pub(super) async fn programs(&self, walk: &WalkRules) -> Result<BTreeSet<EntityId>> {
        let all = Selector {
            kinds: Some(vec![EntityKind::Program]),
            ..Selector::default()
        };
        let programs = self.select(&all, walk.at).await?;
        let subjects: Vec<Subject> = programs.iter().cloned().map(Subject::Entity).collect();
        let evidence = if subjects.is_empty() {
            Vec::new()
        } else {
            self.evidence(&subjects).await?
        };
        let asked = programs
            .into_iter()
            .zip(evidence)
            .filter(|(program, classes)| walk.evidence.passes(classes) && !walk.exclude.contains(program));
        Ok(asked.map(|(program, _)| program).collect())
    }

    /// The relations that may count, by id: those of the programs, and those at the selected entities.
    pub(super) async fn ledger_relations(
        &self,
        answer: &TraceAnswer,
        programs: &BTreeSet<EntityId>,
    ) -> Result<Vec<Relation>> {
        let (union, dead_ends) = (answer.union().await?, answer.dead_ends().await?);
        let (ends, walk) = (answer.trace().ends(), &answer.input().walk);
        let picked = ends
            .sources
            .union(&ends.targets)
            .chain(programs)
            .cloned()
            .collect();
        let regions: Vec<RegionSelector> = answer
            .input()
            .selectors()
            .filter_map(|selector| selector.region.clone())
            .collect();
        let max = self.limits().ledger_relations_max;
        let (beside, is_cut) = self.ledger(&picked, &regions, walk, max).await?;
        let (under, is_cut_too) = self.under_programs(programs, walk, max).await?;
        let mut found: BTreeMap<RelationId, Relation> = beside
            .into_iter()
            .chain(under)
            .map(|r| (r.id.clone(), r))
            .collect();
        let walked: BTreeSet<&RelationId> = union.relations.iter().chain(&dead_ends.relations).collect();
        let more: Vec<RelationId> = walked
            .into_iter()
            .filter(|id| !found.contains_key(*id))
            .cloned()
            .collect();
        let is_cut = is_cut || is_cut_too;
        if is_cut || found.len() + more.len() > max {
            let asked = if is_cut { max + 1 } else { found.len() + more.len() };
            return Err(ServiceError::OverLimit {
                what: "relations in a ledger",
                asked: asked as u64,
                max: max as u64,
            });
        }
        if !more.is_empty() {
            let mut more = self.relations(&more).await?;
            self.apply_as_of(more.iter_mut().flatten(), answer.input().walk.at);
            found.extend(
                more.into_iter()
                    .flatten()
                    .map(|relation| (relation.id.clone(), relation)),
            );
        }
        Ok(found.into_values().collect())
    }

    /// The relations under programs, by id, and whether there are more than the limit.
    pub(super) async fn under_programs(
        &self,
        programs: &BTreeSet<EntityId>,
        walk: &WalkRules,
        max: usize,
    ) -> Result<(Vec<Relation>, bool)> {
        if programs.is_empty() {
            return Ok((Vec::new(), false));
        }
        let filter = RelationFilter {
            under: Some(programs.iter().cloned().collect()),
            kinds: walk.kinds.as_ref().map(|kinds| kinds.iter().copied().collect()),
            evidence: Some(walk.evidence.clone()),
            ..RelationFilter::default()
        };
        let query = RelationQuery { filter, at: walk.at };
        let (relations, more) = self.relations_up_to(&query, max).await?;
        let is_walkable = |relation: &Relation| {
            let is_ruled_out = walk.rules.get(&relation.kind) == Some(&FlowDirection::None);
            !(is_ruled_out || relation.kind.info().structure)
        };
        Ok((relations.into_iter().filter(is_walkable).collect(), more))
    }

    /// The subgraphs downstream and upstream of relations by walks of any length; the latter by a reversed
    /// walk.
    pub(super) async fn walks(
        &self,
        relations: &[Relation],
        walk: &WalkRules,
    ) -> Result<(Subgraph, Subgraph)> {
        let seeds: Vec<EntityId> = ends(
            relations
                .iter()
                .filter(|relation| relation.kind.info().can_carry()),
        );
        if seeds.is_empty() {
            return Ok((Subgraph::default(), Subgraph::default()));
        }
        // Unstated directions are walked, to check that they do not lead elsewhere for certain.
        let along = WalkRules {
            include_unstated: true,
            ..walk.clone()
        };
        let against = WalkRules {
            reversed: true,
            ..along.clone()
        };
        let (none, limits) = (BTreeSet::new(), self.limits());
        let down = self
            .expand(&seeds, &none, &along, ANY_LENGTH, limits.trace_budget())
            .await?;
        let up = self
            .expand(&seeds, &none, &against, ANY_LENGTH, limits.trace_budget())
            .await?;
        Ok((down, up))
    }

    /// The possible ties of each program to the selected entities: its parties, operators and locations, each
    /// with its other end.
    ///
    /// A tie is not a flow: it holds whichever kinds the query walks, and a location needs no date.
    pub(super) async fn ties_of(
        &self,
        programs: &BTreeSet<EntityId>,
        walk: &WalkRules,
    ) -> Result<BTreeSet<(EntityId, EntityId)>> {
        let kinds = [
            RelationKind::PartyTo,
            RelationKind::Operates,
            RelationKind::HostedAt,
            RelationKind::GovernedBy,
            RelationKind::LocatedIn,
        ];
        let query = IncidentQuery {
            filter: RelationFilter {
                kinds: Some(kinds.to_vec()),
                evidence: Some(walk.evidence.clone()),
                ..RelationFilter::default()
            },
            direction: Direction::Both,
            other: None,
            at: walk.at.map(TimeFilter::including_undated),
            page: PageRequest::first(self.limits().ledger_relations_max),
        };
        let ids: Vec<EntityId> = programs.iter().cloned().collect();
        let pages = if ids.is_empty() {
            Vec::new()
        } else {
            self.incident(&ids, &query).await?
        };
        let ties = pages.into_iter().flat_map(|page| page.items);
        let tie = |relation: Relation| match relation.kind {
            RelationKind::PartyTo | RelationKind::Operates => (relation.to, relation.from),
            _ => (relation.from, relation.to),
        };
        Ok(ties
            .map(tie)
            .filter(|(program, _)| programs.contains(program))
            .collect())
    }

    /// The locations of everything that is walked, or at an end or tie.
    pub(super) async fn places(
        &self,
        answer: &TraceAnswer,
        walked: &(Subgraph, Subgraph),
        relations: &[Relation],
        ties: &BTreeSet<(EntityId, EntityId)>,
    ) -> Result<LedgerLocations> {
        let mut ids: BTreeSet<EntityId> = ends(relations.iter()).into_iter().collect();
        let entities = walked.0.entities.iter().chain(&walked.1.entities);
        ids.extend(entities.map(|entity| entity.id.clone()));
        ids.extend(ties.iter().map(|(_, other)| other.clone()));
        let selectors = [&answer.input().from, &answer.input().to];
        self.places_of(ids.into_iter().collect(), selectors, answer.input().walk.at)
            .await
    }

    /// Both sides of the ledger: the selected entities, and those known not to be among them.
    pub(super) async fn sides(
        &self,
        answer: &TraceAnswer,
        walked: &(Subgraph, Subgraph),
        places: &LedgerLocations,
    ) -> Result<(LedgerSide, LedgerSide)> {
        let (ends, input) = (answer.trace().ends(), answer.input());
        let gates = self.gates(input, ends, &walked.0).await?;
        let gate = gates.into_iter().find(|gate| gate.role == SelectorRole::To);
        let (of_from, of_to) = (places.of(SelectorRole::From), places.of(SelectorRole::To));
        let from = side(&input.from, &ends.sources, of_from, &walked.0);
        let to = side(&input.to, &ends.targets, of_to, &walked.0);
        Ok((from, LedgerSide { gate, ..to }))
    }

    /// The entities, with sizes and amounts as known at the date.
    pub(super) async fn entities_of(
        &self,
        ids: &[EntityId],
        at: AsOf,
    ) -> Result<BTreeMap<EntityId, SharedEntity>> {
        let found = self.entities(ids).await?;
        Ok(ids
            .iter()
            .cloned()
            .zip(found)
            .filter_map(|(id, entity)| Some((id, self.as_known(entity?, at))))
            .collect())
    }

    /// An entity as known at the date: its size, and the commitments and payments of a fund.
    fn as_known(&self, entity: SharedEntity, at: AsOf) -> SharedEntity {
        let mut entity = self.with_known_size(entity, at);
        if at.and_then(TimeFilter::day).is_some() && entity.kind() == EntityKind::Fund {
            let known = [Property::Committed, Property::PaidIn]
                .map(|property| self.known_property(&entity, property, at));
            if let Properties::Fund {
                committed, paid_in, ..
            } = &mut Arc::make_mut(&mut entity).properties
            {
                [*committed, *paid_in] = known;
            }
        }
        entity
    }

    /// The other facts of the rows, besides entities, locations and dead ends.
    pub(super) async fn ledger_facts(
        &self,
        relations: &[Relation],
        programs: BTreeSet<EntityId>,
        walk: &WalkRules,
    ) -> Result<LedgerFacts> {
        let ids = ends(relations.iter());
        let bearers: BTreeSet<EntityId> = ids
            .iter()
            .filter(|id| matches!(id.kind(), EntityKind::Program | EntityKind::Fund))
            .chain(&programs)
            .cloned()
            .collect();
        let bearers: Vec<EntityId> = bearers.into_iter().collect();
        let observations = self.stated_of(&bearers, walk).await?;
        let of_relations = relations.iter().map(|r| Subject::Relation(r.id.clone()));
        let of_bearers = bearers.iter().cloned().map(Subject::Entity);
        let observed = observations
            .iter()
            .map(|one| Subject::Observation(one.id.clone()));
        let subjects: Vec<Subject> = of_relations.chain(of_bearers).chain(observed).collect();
        let mut evidence = self.evidence(&subjects).await?.into_iter();
        let of_relations = relations
            .iter()
            .map(|relation| relation.id.clone())
            .zip(evidence.by_ref());
        let of_relations = of_relations.collect();
        let passes = |classes: &Evidence| walk.evidence.passes(classes);
        let supported = bearers.iter().cloned().zip(evidence.by_ref());
        let supported = supported
            .filter(|(_, classes)| passes(classes))
            .map(|(id, _)| id)
            .collect();
        let observations = observations.into_iter().zip(evidence);
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
        let rules = if bearers.is_empty() {
            Vec::new()
        } else {
            self.list_rules(Some(&bearers), None).await?
        };
        Ok(LedgerFacts {
            evidence: of_relations,
            walk: walk.clone(),
            programs,
            supported,
            observations: observations
                .filter(|(_, classes)| passes(classes))
                .map(|(one, _)| one)
                .collect(),
            classified: classified.into_iter().map(|relation| relation.from).collect(),
            within: within
                .into_iter()
                .map(|relation| (relation.from, relation.to))
                .collect(),
            rules,
            ..LedgerFacts::default()
        })
    }

    /// The observations of programs and funds that had started by the date.
    pub(super) async fn stated_of(&self, ids: &[EntityId], walk: &WalkRules) -> Result<Vec<Observation>> {
        if ids.is_empty() {
            return Ok(Vec::new());
        }
        let pages = self
            .observations_of(ids, None, &PageRequest::first(self.limits().ledger_relations_max))
            .await?;
        let until = walk.at.and_then(|at| at.bounds().1);
        let has_begun = |one: &Observation| {
            let begins = one
                .period
                .and_then(|period| period.from)
                .map(PartialDate::first_day);
            begins.zip(until).is_none_or(|(begins, until)| begins <= until)
        };
        let observed = pages.into_iter().flat_map(|page| page.items).filter(has_begun);
        let known = |one: Observation| Observation {
            quantity: self.known_amount(one.quantity.clone(), walk.at, one.id.as_str()),
            ..one
        };
        Ok(observed.map(known).collect())
    }

    /// The relations of some kinds that start at entities, valid and supported as the query requires.
    pub(super) async fn outgoing(
        &self,
        ids: &[EntityId],
        kinds: &[RelationKind],
        walk: &WalkRules,
    ) -> Result<Vec<Relation>> {
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
}

/// The entities at the ends of relations, by id.
pub(super) fn ends<'a>(relations: impl Iterator<Item = &'a Relation>) -> Vec<EntityId> {
    let ids: BTreeSet<&EntityId> = relations
        .flat_map(|relation| [&relation.from, &relation.to])
        .collect();
    ids.into_iter().cloned().collect()
}
