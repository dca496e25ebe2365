//! Reads of lists of relations, of the whole graph and at an entity. They read the nodes of relations, whose indexes are sorted by end,
//! so that a page of ten reads ten of a hub's fifty thousand relations.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::clauses::filter::{FilterCompiler, all};
use super::clauses::window::{PageWindow, page};
use super::reader::Neo4jReader;
use crate::model::entity::EntityKind;
use crate::model::id::{EntityId, RelationId};
use crate::model::ontology::RelationKind;
use crate::model::page::{Page, PageRequest};
use crate::model::relation::Relation;
use crate::model::selector::{AsOf, Direction, RelationFilter};
use crate::store::neo4j::driver::statement::{CypherStatement, cypher};
use crate::store::neo4j::format::read_relation;
use crate::store::{IncidentQuery, RelationQuery, StoreResult};

/// A row of a list: part, as in [`super::list_entities`], id and body.
type RelationListRow = (i64, String, String);
/// A row of a list at entities: part, id of the entity, id and body.
type IncidentRow = (i64, String, String, String);

impl Neo4jReader {
    pub(in crate::store) async fn list_relations(
        &self,
        query: &RelationQuery,
        request: &PageRequest<RelationId>,
    ) -> StoreResult<Page<Relation>> {
        let mut filter = self.filter(query.at);
        let tests = all(vec![filter.holds("v"), filter.relation("v", &query.filter)]);
        let window = PageWindow::of(request);
        let anchored = self.anchor_of_relations(&mut filter, &query.filter);
        let statements = window.branches().map(|branch| {
            let (name, anchor) = match &anchored {
                Some(anchor) => (cypher!("list_relations"), anchor.as_str()),
                None => (cypher!("scan_relations"), ""),
            };
            name.fill("anchor", anchor)
                .fill("part", &branch.part.to_string())
                .fill("above", &filter.param(branch.above))
                .fill("below", &filter.param(branch.below))
                .fill("limit", &filter.param(branch.limit))
                .fill("where", &tests)
                .fill("direction", if branch.descending { "DESC" } else { "" })
        });
        let statements: Vec<CypherStatement> = statements.collect();
        let statement = CypherStatement::union(statements).unwrap_or_else(|| cypher!("nothing"));
        let rows: Vec<RelationListRow> = self.ask(statement.with_all(filter.params())).await?;
        let before = rows.iter().any(|row| row.0 == 1);
        let behind = rows.iter().any(|row| row.0 == 2);
        let of_page = rows.into_iter().filter(|row| row.0 == 0);
        let items = of_page
            .map(|(_, id, body)| read_relation(&id, &body))
            .collect::<StoreResult<Vec<_>>>()?;
        Ok(page(items, request.limit, request.from_end, before, behind))
    }

    /// See [`Reader::relations_of_kinds`](crate::store::Reader::relations_of_kinds).
    pub(in crate::store) async fn relations_of_kinds(
        &self,
        kinds: &BTreeSet<RelationKind>,
        at: AsOf,
        limit: usize,
    ) -> StoreResult<(Vec<Relation>, bool)> {
        if kinds.is_empty() {
            return Ok((Vec::new(), false));
        }
        let filter = self.filter(at);
        let names: Vec<&str> = kinds.iter().map(|kind| kind.name()).collect();
        let mut tests = vec![filter.visible("r")];
        tests.push(filter.counts("r"));
        tests.extend(["a", "b"].map(|of| filter.valid(of)));
        let statement = cypher!("relations_of_kinds")
            .fill("kinds", &names.join("|"))
            .fill("where", &all(tests))
            .with_all(filter.params())
            .with("limit", i64::try_from(limit).unwrap_or(i64::MAX - 1) + 1);
        let mut rows: Vec<(String, String)> = self.ask(statement).await?;
        // The lookup of the nodes may change the order.
        rows.sort_unstable();
        let more = rows.len() > limit;
        let relations = rows.iter().take(limit).map(|(id, body)| read_relation(id, body));
        Ok((relations.collect::<StoreResult<_>>()?, more))
    }

    pub(in crate::store) async fn count_relations(&self, query: &RelationQuery) -> StoreResult<u64> {
        if query.at.is_none() && query.filter == RelationFilter::default() {
            return self.count_with_labels(vec!["Relation".into()]).await;
        }
        let mut filter = self.filter(query.at);
        let tests = all(vec![filter.holds("v"), filter.relation("v", &query.filter)]);
        let anchor = self.anchor_of_relations(&mut filter, &query.filter);
        let anchor = anchor.unwrap_or_else(|| "MATCH (v:Relation)".into());
        let statement = cypher!("count_relations")
            .fill("anchor", &anchor)
            .fill("where", &tests);
        let counts: Vec<i64> = self.ask(statement.with_all(filter.params())).await?;
        Ok(counts.iter().sum::<i64>().unsigned_abs())
    }

    /// The clause that restricts a list to few relations; none if it must read all.
    fn anchor_of_relations(&self, filter: &mut FilterCompiler, wanted: &RelationFilter) -> Option<String> {
        if let Some(ids) = &wanted.ids {
            let ids: BTreeSet<String> = ids.iter().map(ToString::to_string).collect();
            let ids = filter.param(ids.into_iter().collect::<Vec<_>>());
            return Some(format!("UNWIND {ids} AS id MATCH (v:Relation {{id: id}})"));
        }
        for (end, ids) in [("from", &wanted.from_ids), ("to", &wanted.to_ids)] {
            if let Some(ids) = ids {
                let ids: BTreeSet<String> = ids.iter().map(|id| self.canonical(id).to_string()).collect();
                let ids = filter.param(ids.into_iter().collect::<Vec<_>>());
                return Some(format!(
                    "UNWIND {ids} AS id MATCH (v:Relation) USING INDEX SEEK v:Relation({end}, kind, id) \
                     WHERE v.{end} = id AND v.kind > '' AND v.id > ''"
                ));
            }
        }
        None
    }

    /// See [`Reader::incident`](crate::store::Reader::incident).
    pub(in crate::store) async fn incident(
        &self,
        ids: &[EntityId],
        query: &IncidentQuery,
    ) -> StoreResult<Vec<Page<Relation>>> {
        let mut filter = self.filter(query.at);
        let window = PageWindow::of(&query.page);
        let tests = tests_at(&mut filter, query);
        let branches: Vec<_> = window.branches().collect();
        let mut statements = Vec::new();
        for branch in branches {
            let sides = sides(query.direction, ids, &query.filter).map(|side| {
                let loops = if side.leave_loops {
                    "AND v.from <> v.to"
                } else {
                    ""
                };
                cypher!("relations_at")
                    .fill("end", side.end)
                    .fill("kinds", &filter.param(side.kinds))
                    .fill("above", &filter.param(branch.above.as_str()))
                    .fill("below", &filter.param(branch.below.as_str()))
                    .fill("limit", &filter.param(branch.limit))
                    .fill("loops", loops)
                    .fill("where", &tests)
                    .fill("direction", if branch.descending { "DESC" } else { "" })
                    .fill("part", &branch.part.to_string())
            });
            statements.extend(sides);
        }
        let Some(statement) = CypherStatement::union(statements) else {
            return Ok(vec![Page::empty(); ids.len()]);
        };
        let rows: Vec<IncidentRow> = self.ask_at(ids, &statement.with_all(filter.params())).await?;
        let mut found: HashMap<String, IncidentRows> = HashMap::new();
        for (part, at, id, body) in rows {
            let found = found.entry(at).or_default();
            match part {
                1 => found.before = true,
                2 => found.behind = true,
                _ => drop(found.rows.insert(id, body)),
            }
        }
        let page_of = |id: &EntityId| {
            let Some(found) = found.get(self.canonical(id).as_str()) else {
                return Ok(Page::empty());
            };
            let read = |(id, body): (&String, &String)| read_relation(id, body);
            let limit = usize::try_from(window.limit).unwrap_or(usize::MAX);
            let rows: Vec<Relation> = if window.descending {
                found
                    .rows
                    .iter()
                    .rev()
                    .take(limit)
                    .map(read)
                    .collect::<StoreResult<_>>()?
            } else {
                found
                    .rows
                    .iter()
                    .take(limit)
                    .map(read)
                    .collect::<StoreResult<_>>()?
            };
            Ok(page(
                rows,
                query.page.limit,
                window.descending,
                found.before,
                found.behind,
            ))
        };
        ids.iter().map(page_of).collect()
    }

    /// See [`Reader::count_incident`](crate::store::Reader::count_incident).
    pub(in crate::store) async fn count_incident(
        &self,
        ids: &[EntityId],
        query: &IncidentQuery,
    ) -> StoreResult<Vec<u64>> {
        let mut filter = self.filter(query.at);
        let tests = tests_at(&mut filter, query);
        let statements: Vec<CypherStatement> = sides(query.direction, ids, &query.filter)
            .map(|side| {
                let loops = if side.leave_loops {
                    "AND v.from <> v.to"
                } else {
                    ""
                };
                cypher!("count_relations_at")
                    .fill("end", side.end)
                    .fill("kinds", &filter.param(side.kinds))
                    .fill("loops", loops)
                    .fill("where", &tests)
            })
            .collect();
        let Some(statement) = CypherStatement::union(statements) else {
            return Ok(vec![0; ids.len()]);
        };
        let rows: Vec<(String, i64)> = self.ask_at(ids, &statement.with_all(filter.params())).await?;
        let mut counts: HashMap<String, u64> = HashMap::new();
        for (id, count) in rows {
            *counts.entry(id).or_default() += count.unsigned_abs();
        }
        Ok(ids
            .iter()
            .map(|id| counts.get(self.canonical(id).as_str()).copied().unwrap_or(0))
            .collect())
    }

    /// Sends a statement for some entities, each once, in several messages if they are many.
    pub(in crate::store) async fn ask_at<T: serde::de::DeserializeOwned>(
        &self,
        ids: &[EntityId],
        statement: &CypherStatement,
    ) -> StoreResult<Vec<T>> {
        let ids: BTreeSet<&str> = ids.iter().map(|id| self.canonical(id).as_str()).collect();
        let ids: Vec<&str> = ids.into_iter().collect();
        let pieces = crate::store::neo4j::driver::statement::pieces(&ids, |id| id.len());
        self.ask_all(
            pieces
                .into_iter()
                .map(|ids| statement.clone().with("ids", ids.to_vec())),
        )
        .await
    }
}

/// The rows of one entity's page.
#[derive(Default)]
struct IncidentRows {
    rows: BTreeMap<String, String>,
    before: bool,
    behind: bool,
}

/// One end of relations at an entity: the outgoing or the incoming ones.
struct IncidentSide {
    end: &'static str,
    kinds: Vec<String>,
    /// Whether relations from an entity to itself are skipped, for they are read at the other end.
    leave_loops: bool,
}

/// The ends at which relations are read, with the relation kinds that entities of these kinds can have there.
fn sides(
    direction: Direction,
    ids: &[EntityId],
    filter: &RelationFilter,
) -> impl Iterator<Item = IncidentSide> {
    let entity_kinds: BTreeSet<EntityKind> = ids.iter().map(EntityId::kind).collect();
    let kinds = |out: bool| {
        let can_be = |kind: &&RelationKind| {
            let asked = filter.kinds.as_ref().is_none_or(|kinds| kinds.contains(kind));
            asked
                && kind.info().ends.iter().any(|ends| {
                    let kinds = if out { ends.from } else { ends.to };
                    kinds.iter().any(|kind| entity_kinds.contains(kind))
                })
        };
        RelationKind::ALL
            .iter()
            .filter(can_be)
            .map(|kind| kind.name().to_string())
            .collect::<Vec<_>>()
    };
    let out = matches!(direction, Direction::Out | Direction::Both).then(|| IncidentSide {
        end: "from",
        kinds: kinds(true),
        leave_loops: false,
    });
    let into = matches!(direction, Direction::In | Direction::Both).then(|| IncidentSide {
        end: "to",
        kinds: kinds(false),
        leave_loops: direction == Direction::Both,
    });
    out.into_iter().chain(into).filter(|side| !side.kinds.is_empty())
}

/// The test of a relation at the entity `id`, without its kind, and of the entity at its other end.
fn tests_at(filter: &mut FilterCompiler, query: &IncidentQuery) -> String {
    let rest = RelationFilter {
        kinds: None,
        ..query.filter.clone()
    };
    let mut tests = vec![filter.holds("v"), filter.relation("v", &rest)];
    if let Some(other) = &query.other {
        let passes = filter.entity("other", other);
        // The other end of a relation from an entity to itself is that entity.
        tests.push(format!(
            "EXISTS {{ MATCH (other:Entity {{id: CASE WHEN v.from = id THEN v.to ELSE v.from END}}) WHERE {passes} }}"
        ));
    }
    all(tests)
}
