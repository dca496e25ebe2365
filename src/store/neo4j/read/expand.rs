//! Walking a bounded part of the graph: one call for each level. What is entered is decided by the walker that all stores share.

use std::collections::{BTreeSet, HashMap};
use std::hash::RandomState;
use std::sync::Arc;

use serde::Deserialize;

use super::clauses::visibility::ReadScope;
use super::reader::Neo4jReader;
use crate::model::budget::{OutOfWork, WorkBudget};
use crate::model::entity::ProjectStage;
use crate::model::id::{EntityId, RelationId};
use crate::model::ontology::RelationKind;
use crate::model::period::{PartialDate, Validity};
use crate::model::relation::{FlowDirection, Resource};
use crate::model::subgraph::Subgraph;
use crate::model::walk::{EntityFacts, RelationFacts, TruncationReason, Walk, leads_out};
use crate::store::codec::{Provenance, entity_id};
use crate::store::neo4j::driver::statement::{Statement, cypher, number_bytes, pieces};
use crate::store::walker::{Ground, Leading, Walker};
use crate::store::{Answer, StoreError};

/// The server's number of a node or relationship: a few bytes, and the same as long as nothing is written, which every read
/// makes sure of.
type Number = i64;

/// Number, id, stage, dates, provenance.
#[derive(Deserialize)]
struct EntityRow(
    Number,
    String,
    Option<String>,
    Option<String>,
    Option<String>,
    i64,
);

/// Id, kind, whether it ends here, flow, resource, dates, provenance, the other end.
#[derive(Deserialize)]
struct RelationRow(
    String,
    String,
    bool,
    Option<String>,
    Option<String>,
    Option<String>,
    Option<String>,
    i64,
    EntityRow,
);

type LevelRow = (EntityRow, Vec<RelationRow>);

/// The entities from which the walk goes on.
enum Level {
    /// By id: where a walk begins.
    Seeds(Vec<String>),
    /// By number.
    Reached(Vec<Number>),
}

/// What a walk looks at in an entity.
struct EntityNode {
    id: EntityId,
    stage: Option<ProjectStage>,
    validity: Validity,
    provenance: Arc<Provenance>,
}

/// A relation that leads out of an entity.
struct LeadingRelation {
    id: RelationId,
    kind: RelationKind,
    incoming: bool,
    flow: Option<FlowDirection>,
    resource: Option<Resource>,
    validity: Validity,
    provenance: Arc<Provenance>,
    other: Number,
}

/// The entities that the walk has come to.
#[derive(Default)]
struct EntityNodes(HashMap<Number, EntityNode>);

impl Ground for EntityNodes {
    type Entity = Number;
    type Hasher = RandomState;

    fn facts(&self, entity: Number) -> Option<EntityFacts<'_>> {
        self.0.get(&entity).map(|node| EntityFacts {
            id: &node.id,
            stage: node.stage,
            validity: node.validity,
            evidence: &node.provenance.evidence,
        })
    }
}

impl Neo4jReader {
    /// See [`Reader::expand`](crate::store::Reader::expand): one call a level, and one more for provenances that are new to this process.
    pub(in crate::store) async fn expand(
        &self,
        seeds: &[EntityId],
        stop: &BTreeSet<EntityId>,
        walk: &Walk,
        length: u32,
        mut budget: WorkBudget,
    ) -> Answer<Subgraph> {
        let stop: BTreeSet<&EntityId> = stop.iter().map(|id| self.canonical(id)).collect();
        let seeds: BTreeSet<&EntityId> = seeds.iter().map(|id| self.canonical(id)).collect();
        let mut walker = Walker::new(walk);
        let mut nodes = EntityNodes::default();
        let mut level = Level::Seeds(seeds.into_iter().map(ToString::to_string).collect());
        // One round more than steps: what leads out of the last entities is looked at, though nothing is entered by it.
        for _ in 0..=length {
            let Some(mut leading) = self.look_around(&level, walk, "", &budget, &mut nodes).await? else {
                return Ok(walker.found(Some(TruncationReason::TimeLimit)));
            };
            let frontier = match level {
                Level::Seeds(_) => {
                    let mut seeds: Vec<Number> = leading.keys().copied().collect();
                    seeds.sort_by_key(|seed| nodes.0.get(seed).map(|node| &node.id));
                    walker.begin(&nodes, seeds)
                }
                Level::Reached(frontier) => frontier,
            };
            if leading.values().map(Vec::len).sum::<usize>() as u64 > budget.left() {
                // More than may be looked at: then it matters which come first.
                let (level, order) = (Level::Reached(frontier.clone()), "ORDER BY place, incoming, r.id");
                let Some(first) = self.look_around(&level, walk, order, &budget, &mut nodes).await? else {
                    return Ok(walker.found(Some(TruncationReason::TimeLimit)));
                };
                leading = first;
            }
            let mut next = Vec::new();
            for entity in frontier {
                let mut out = leading.remove(&entity).unwrap_or_default();
                out.sort_by(|a, b| (a.incoming, &a.id).cmp(&(b.incoming, &b.id)));
                let out = out.iter().map(|out| out.seen_from(entity));
                if let Err(OutOfWork(reason)) = walker.follow(&nodes, entity, out, &mut next, &mut budget) {
                    return Ok(walker.found(Some(reason)));
                }
            }
            next.retain(|entity| nodes.0.get(entity).is_some_and(|node| !stop.contains(&node.id)));
            if next.is_empty() {
                break;
            }
            level = Level::Reached(next);
        }
        Ok(walker.found(None))
    }

    /// The relations that lead out of each entity of a level: at most one more than the budget allows. A seed is there even if none
    /// leads out of it. None: the time is up.
    async fn look_around(
        &self,
        level: &Level,
        walk: &Walk,
        order: &str,
        budget: &WorkBudget,
        nodes: &mut EntityNodes,
    ) -> Answer<Option<HashMap<Number, Vec<LeadingRelation>>>> {
        let read = async {
            let limit = budget.left().saturating_add(1);
            let rows: Vec<LevelRow> = self
                .ask_all(statements(level, walk, order, limit, self.scope(walk.at)))
                .await?;
            let numbers = rows.iter().flat_map(|(entity, leading)| {
                leading.iter().flat_map(|row| [row.7, row.8.5]).chain([entity.5])
            });
            self.load_provenances(numbers.collect::<BTreeSet<_>>().into_iter())
                .await?;
            Ok::<_, StoreError>(rows)
        };
        let rows = match budget.deadline() {
            None => read.await?,
            Some(deadline) => match tokio::time::timeout_at(deadline.into(), read).await {
                Ok(rows) => rows?,
                Err(_) => return Ok(None),
            },
        };
        let mut around: HashMap<Number, Vec<LeadingRelation>> = HashMap::new();
        for (entity, leading) in rows {
            let out = around.entry(entity.0).or_default();
            self.note_entity(nodes, entity)?;
            for row in leading {
                out.push(self.leading_relation(nodes, row)?);
            }
        }
        Ok(Some(around))
    }

    fn note_entity(&self, nodes: &mut EntityNodes, row: EntityRow) -> Answer<Number> {
        let EntityRow(number, id, stage, from, to, provenance) = row;
        if let std::collections::hash_map::Entry::Vacant(new) = nodes.0.entry(number) {
            new.insert(EntityNode {
                id: entity_id(&id)?,
                stage: some("stage", ProjectStage::parse, stage.as_deref())?,
                validity: validity(from.as_deref(), to.as_deref())?,
                provenance: self.provenance_at(provenance)?,
            });
        }
        Ok(number)
    }

    fn leading_relation(&self, nodes: &mut EntityNodes, row: RelationRow) -> Answer<LeadingRelation> {
        let RelationRow(id, kind, incoming, flow, resource, from, to, provenance, other) = row;
        Ok(LeadingRelation {
            id: RelationId::trusted(id.into()),
            kind: RelationKind::parse(&kind).ok_or_else(|| unreadable("kind", &kind))?,
            incoming,
            flow: some("flow", FlowDirection::parse, flow.as_deref())?,
            resource: some("resource", Resource::parse, resource.as_deref())?,
            validity: validity(from.as_deref(), to.as_deref())?,
            provenance: self.provenance_at(provenance)?,
            other: self.note_entity(nodes, other)?,
        })
    }
}

impl LeadingRelation {
    /// The relation as the walker takes it. The relationship stores the effective flow and resource, of its kind or its own; both are
    /// given as stated, which comes to the same.
    fn seen_from(&self, entity: Number) -> Leading<'_, EntityNodes> {
        let (from, to) = if self.incoming {
            (self.other, entity)
        } else {
            (entity, self.other)
        };
        Leading {
            id: &self.id,
            from,
            to,
            facts: RelationFacts {
                kind: self.kind,
                stated_flow: self.flow,
                stated_resource: self.resource,
                validity: self.validity,
                evidence: &self.provenance.evidence,
            },
        }
    }
}

/// The statements that ask for a level.
fn statements(level: &Level, walk: &Walk, order: &str, limit: u64, scope: ReadScope) -> Vec<Statement> {
    let asked = |from: &str| {
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        let statement = cypher!("walk")
            .fill("from", from)
            .fill("arms", &arms(walk, scope))
            .fill("order", order);
        statement.with("limit", limit)
    };
    match level {
        Level::Seeds(ids) => {
            let asked = Statement::union([asked("a.id = $from[place]"), cypher!("walk_seeds")]);
            let pieces = pieces(ids, String::len).into_iter();
            pieces
                .filter_map(|ids| Some(asked.clone()?.with("from", ids.to_vec())))
                .collect()
        }
        Level::Reached(numbers) => {
            let asked = asked("id(a) = $from[place]");
            let pieces = pieces(numbers, |number| number_bytes(*number)).into_iter();
            pieces
                .map(|numbers| asked.clone().with("from", numbers.to_vec()))
                .collect()
        }
    }
}

/// The relations that may lead out of `a`: those that begin there, and those that end there, each with the kinds that may lead
/// that way, so that a hub is not read for what only leads in.
fn arms(walk: &Walk, scope: ReadScope) -> String {
    let (kinds_out, test_out) = arm(walk, |(from, _)| from);
    let (kinds_in, test_in) = arm(walk, |(_, to)| to);
    let seen = scope.seen("r");
    format!(
        "MATCH (a)-[r:{kinds_out}]->(b) WHERE a <> b AND {test_out} AND {seen} RETURN r, b, false AS incoming\nUNION ALL\n\
         MATCH (a)<-[r:{kinds_in}]-(b) WHERE a <> b AND {test_in} AND {seen} RETURN r, b, true AS incoming"
    )
}

/// One of the [`arms`]: its kinds, and the test of the flow, where that is not the caller's rule.
fn arm(walk: &Walk, leads: impl Fn((bool, bool)) -> bool) -> (String, String) {
    // What leads out against the flow is what leads in with it.
    let leads = |flow: FlowDirection| leads(leads_out(if walk.reversed { flow.reversed() } else { flow }));
    let rule = |kind: &RelationKind| walk.rules.get(kind).filter(|rule| **rule != FlowDirection::None);
    let ruled = RelationKind::ALL
        .iter()
        .filter(|kind| rule(kind).is_some_and(|rule| leads(*rule)));
    let ruled: Vec<&str> = ruled.map(|kind| kind.name()).collect();
    let by_flow = RelationKind::ALL
        .iter()
        .filter(|kind| rule(kind).is_none() && (kind.info().can_carry() || walk.rules.contains_key(kind)));
    let by_flow = by_flow.map(|kind| kind.name());
    let types: Vec<&str> = ruled.iter().copied().chain(by_flow).collect();
    let flows = FlowDirection::ALL
        .iter()
        .filter(|flow| leads(**flow))
        .map(|flow| flow.name());
    let test = format!("(type(r) IN {} OR r.flow IN {})", listed(ruled), listed(flows));
    (types.join("|"), test)
}

/// A list of names from a closed table.
fn listed<'a>(names: impl IntoIterator<Item = &'a str>) -> String {
    let names: Vec<String> = names.into_iter().map(|name| format!("'{name}'")).collect();
    format!("[{}]", names.join(", "))
}

fn some<T>(what: &str, parse: impl Fn(&str) -> Option<T>, text: Option<&str>) -> Answer<Option<T>> {
    text.map(|text| parse(text).ok_or_else(|| unreadable(what, text)))
        .transpose()
}

fn validity(from: Option<&str>, to: Option<&str>) -> Answer<Validity> {
    let date = |text| some("date", |text| PartialDate::parse(text).ok(), text);
    let (from, to) = (date(from)?, date(to)?);
    Validity::new(from, to).map_err(|error| StoreError::Damaged(error.to_string()))
}

fn unreadable(what: &str, text: &str) -> StoreError {
    StoreError::Damaged(format!("{what} `{text}` is not readable"))
}
