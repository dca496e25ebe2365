//! The bounded expansion of the graph: one call for each level. Which entities are entered is decided by the builder that all stores share.

use std::collections::{BTreeSet, HashMap};
use std::hash::RandomState;
use std::sync::Arc;

use serde::Deserialize;

use super::clauses::visibility::ReadScope;
use super::reader::Neo4jReader;
use crate::model::budget::{BudgetExhausted, WorkBudget};
use crate::model::entity::ProjectStage;
use crate::model::flow_direction::FlowDirection;
use crate::model::id::{EntityId, RelationId};
use crate::model::ontology::RelationKind;
use crate::model::partial_date::PartialDate;
use crate::model::period::Validity;
use crate::model::resource::Resource;
use crate::model::subgraph::Subgraph;
use crate::model::walk::{EntityFacts, RelationFacts, TruncationReason, WalkRules, leads_out};
use crate::store::codec::{Provenance, entity_id};
use crate::store::neo4j::driver::statement::{CypherStatement, cypher, number_bytes, pieces};
use crate::store::subgraph_builder::{SubgraphBuilder, WalkRelation, WalkSource};
use crate::store::{StoreError, StoreResult};

/// The server's internal id of a node: a few bytes, and valid as long as nothing is written, which every read checks.
type InternalId = i64;

/// Internal id, id, stage, dates, provenance.
#[derive(Deserialize)]
struct WalkEntityRow(
    InternalId,
    String,
    Option<String>,
    Option<String>,
    Option<String>,
    i64,
);

/// Id, kind, whether it ends here, flow, resource, dates, provenance, the other end.
#[derive(Deserialize)]
struct WalkRelationRow(
    String,
    String,
    bool,
    Option<String>,
    Option<String>,
    Option<String>,
    Option<String>,
    i64,
    WalkEntityRow,
);

type LevelRow = (WalkEntityRow, Vec<WalkRelationRow>);

/// The entities whose relations are read next.
enum Level {
    /// The seeds, by id.
    Seeds(Vec<String>),
    /// The entities entered last, by internal id.
    Reached(Vec<InternalId>),
}

/// The facts of an entity that a walk reads.
struct WalkEntity {
    id: EntityId,
    stage: Option<ProjectStage>,
    validity: Validity,
    provenance: Arc<Provenance>,
}

/// A relation that leads out of an entity.
struct OutboundRelation {
    id: RelationId,
    kind: RelationKind,
    incoming: bool,
    flow: Option<FlowDirection>,
    resource: Option<Resource>,
    validity: Validity,
    provenance: Arc<Provenance>,
    other: InternalId,
}

/// The entities that the walk has reached.
#[derive(Default)]
struct WalkEntities(HashMap<InternalId, WalkEntity>);

impl WalkSource for WalkEntities {
    type Entity = InternalId;
    type Hasher = RandomState;

    fn facts(&self, entity: InternalId) -> Option<EntityFacts<'_>> {
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
        walk: &WalkRules,
        length: u32,
        mut budget: WorkBudget,
    ) -> StoreResult<Subgraph> {
        let stop: BTreeSet<&EntityId> = stop.iter().map(|id| self.canonical(id)).collect();
        let seeds: BTreeSet<&EntityId> = seeds.iter().map(|id| self.canonical(id)).collect();
        let mut builder = SubgraphBuilder::new(walk);
        let mut nodes = WalkEntities::default();
        let mut level = Level::Seeds(seeds.into_iter().map(ToString::to_string).collect());
        // One round more than steps: the relations out of the last entities are read, though nothing is entered by them.
        for _ in 0..=length {
            let Some(mut leading) = self.read_level(&level, walk, "", &budget, &mut nodes).await? else {
                return Ok(builder.finish(Some(TruncationReason::TimeLimit)));
            };
            let frontier = match level {
                Level::Seeds(_) => {
                    let mut seeds: Vec<InternalId> = leading.keys().copied().collect();
                    seeds.sort_by_key(|seed| nodes.0.get(seed).map(|node| &node.id));
                    builder.enter_seeds(&nodes, seeds)
                }
                Level::Reached(frontier) => frontier,
            };
            if leading.values().map(Vec::len).sum::<usize>() as u64 > budget.left() {
                // More relations than the budget allows: they are read again in order.
                let (level, order) = (Level::Reached(frontier.clone()), "ORDER BY place, incoming, r.id");
                let Some(first) = self.read_level(&level, walk, order, &budget, &mut nodes).await? else {
                    return Ok(builder.finish(Some(TruncationReason::TimeLimit)));
                };
                leading = first;
            }
            let mut next = Vec::new();
            for entity in frontier {
                let mut out = leading.remove(&entity).unwrap_or_default();
                out.sort_by(|a, b| (a.incoming, &a.id).cmp(&(b.incoming, &b.id)));
                let out = out.iter().map(|out| out.as_walk_relation(entity));
                if let Err(BudgetExhausted(reason)) =
                    builder.expand_entity(&nodes, entity, out, &mut next, &mut budget)
                {
                    return Ok(builder.finish(Some(reason)));
                }
            }
            next.retain(|entity| nodes.0.get(entity).is_some_and(|node| !stop.contains(&node.id)));
            if next.is_empty() {
                break;
            }
            level = Level::Reached(next);
        }
        Ok(builder.finish(None))
    }

    /// The relations that lead out of each entity of a level: at most one more than the budget allows. A seed is in the map even if no
    /// relation leads out of it. None: the time limit is exceeded.
    async fn read_level(
        &self,
        level: &Level,
        walk: &WalkRules,
        order: &str,
        budget: &WorkBudget,
        nodes: &mut WalkEntities,
    ) -> StoreResult<Option<HashMap<InternalId, Vec<OutboundRelation>>>> {
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
        let mut around: HashMap<InternalId, Vec<OutboundRelation>> = HashMap::new();
        for (entity, leading) in rows {
            let out = around.entry(entity.0).or_default();
            self.note_entity(nodes, entity)?;
            for row in leading {
                out.push(self.outbound_relation(nodes, row)?);
            }
        }
        Ok(Some(around))
    }

    fn note_entity(&self, nodes: &mut WalkEntities, row: WalkEntityRow) -> StoreResult<InternalId> {
        let WalkEntityRow(number, id, stage, from, to, provenance) = row;
        if let std::collections::hash_map::Entry::Vacant(new) = nodes.0.entry(number) {
            new.insert(WalkEntity {
                id: entity_id(&id)?,
                stage: some("stage", ProjectStage::parse, stage.as_deref())?,
                validity: validity(from.as_deref(), to.as_deref())?,
                provenance: self.provenance_at(provenance)?,
            });
        }
        Ok(number)
    }

    fn outbound_relation(
        &self,
        nodes: &mut WalkEntities,
        row: WalkRelationRow,
    ) -> StoreResult<OutboundRelation> {
        let WalkRelationRow(id, kind, incoming, flow, resource, from, to, provenance, other) = row;
        Ok(OutboundRelation {
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

impl OutboundRelation {
    /// The relation for the builder. The relationship stores the effective flow and resource; passing them as stated has the same effect.
    fn as_walk_relation(&self, entity: InternalId) -> WalkRelation<'_, WalkEntities> {
        let (from, to) = if self.incoming {
            (self.other, entity)
        } else {
            (entity, self.other)
        };
        WalkRelation {
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

/// The statements that read a level.
fn statements(
    level: &Level,
    walk: &WalkRules,
    order: &str,
    limit: u64,
    scope: ReadScope,
) -> Vec<CypherStatement> {
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
            let asked = CypherStatement::union([asked("a.id = $from[place]"), cypher!("walk_seeds")]);
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

/// The clauses for the relations that may lead out of `a`, outgoing and incoming, each only of the kinds that may lead that way, so
/// that relations that only lead into a hub are not read.
fn arms(walk: &WalkRules, scope: ReadScope) -> String {
    let (kinds_out, test_out) = arm(walk, |(from, _)| from);
    let (kinds_in, test_in) = arm(walk, |(_, to)| to);
    let visible = scope.visible("r");
    format!(
        "MATCH (a)-[r:{kinds_out}]->(b) WHERE a <> b AND {test_out} AND {visible} RETURN r, b, false AS incoming\nUNION ALL\n\
         MATCH (a)<-[r:{kinds_in}]-(b) WHERE a <> b AND {test_in} AND {visible} RETURN r, b, true AS incoming"
    )
}

/// The kinds of one of the [`arms`], and the test of the flow of those without a rule.
fn arm(walk: &WalkRules, leads: impl Fn((bool, bool)) -> bool) -> (String, String) {
    // A reversed walk follows the relations against their flow.
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

/// A list literal of names from a closed table.
fn listed<'a>(names: impl IntoIterator<Item = &'a str>) -> String {
    let names: Vec<String> = names.into_iter().map(|name| format!("'{name}'")).collect();
    format!("[{}]", names.join(", "))
}

fn some<T>(what: &str, parse: impl Fn(&str) -> Option<T>, text: Option<&str>) -> StoreResult<Option<T>> {
    text.map(|text| parse(text).ok_or_else(|| unreadable(what, text)))
        .transpose()
}

fn validity(from: Option<&str>, to: Option<&str>) -> StoreResult<Validity> {
    let date = |text| some("date", |text| PartialDate::parse(text).ok(), text);
    let (from, to) = (date(from)?, date(to)?);
    Validity::new(from, to).map_err(|error| StoreError::Damaged(error.to_string()))
}

fn unreadable(what: &str, text: &str) -> StoreError {
    StoreError::Damaged(format!("`{text}` is not a valid {what}"))
}
