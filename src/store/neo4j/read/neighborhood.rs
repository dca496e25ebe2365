//! Reads of neighborhoods and degrees.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use super::clauses::filter::{FilterCompiler, all};
use super::reader::Neo4jReader;
use crate::model::entity::SharedEntity;
use crate::model::id::EntityId;
use crate::model::ontology::RelationKind;
use crate::model::relation::Relation;
use crate::model::selector::{AsOf, RelationFilter};
use crate::store::neo4j::driver::ownership;
use crate::store::neo4j::driver::statement::{CypherStatement, cypher, number_bytes, pieces};
use crate::store::neo4j::format::{read_entity, read_relation};
use crate::store::{KindCount, Neighborhood, StoreError, StoreResult};

/// Number of relations by kind.
type KindCounts = Vec<(String, i64)>;
/// A row of an entity: internal id, id, body, counts.
type NeighborRow = (i64, String, String, KindCounts);

/// An entity of the neighborhood.
struct ShownEntity {
    entity: SharedEntity,
    counts: BTreeMap<RelationKind, u64>,
}

impl ShownEntity {
    fn read((_, id, body, counts): NeighborRow) -> StoreResult<Self> {
        Ok(Self {
            entity: Arc::new(read_entity(&id, &body)?),
            counts: by_kind(&counts)?,
        })
    }
}

/// The statements of a neighborhood, filled in once for all levels.
struct NeighborhoodStatements {
    statement: CypherStatement,
    relations: CypherStatement,
    limit: i64,
}

impl Neo4jReader {
    /// See [`Reader::neighborhood`](crate::store::Reader::neighborhood): one call for the
    /// entities it begins at, one for each step, and one for the relations.
    pub(in crate::store) async fn neighborhood(
        &self,
        ids: &[EntityId],
        depth: u32,
        wanted: &RelationFilter,
        at: AsOf,
        entities_max: usize,
    ) -> StoreResult<Neighborhood> {
        let mut filter = self.filter(at);
        let (types, tests) = matches(&mut filter, wanted);
        let ready = |statement: CypherStatement| {
            let statement = statement.fill("types", &types).fill("where", &tests);
            statement.with_all(filter.params())
        };
        // Entities shown already may come again, so that as many rows are read as may be shown, and one more.
        let limit = i64::try_from(entities_max).unwrap_or(i64::MAX - 1) + 1;
        let around = NeighborhoodStatements {
            statement: ready(cypher!("around")),
            relations: ready(cypher!("around_relations")),
            limit,
        };
        let start = ready(cypher!("around_start")).with("limit", limit);
        let mut level = sorted(self.ask_at(ids, &start).await?, &BTreeSet::new());
        let (mut shown, mut numbers, mut near) = (Vec::new(), BTreeSet::new(), Vec::new());
        let mut truncated = false;
        for step in 0..=depth {
            let left = entities_max.saturating_sub(shown.len());
            truncated |= level.len() > left;
            level.truncate(left);
            let reached: Vec<i64> = level.iter().map(|row| row.0).collect();
            numbers.extend(&reached);
            shown.extend(
                level
                    .into_iter()
                    .map(ShownEntity::read)
                    .collect::<StoreResult<Vec<_>>>()?,
            );
            if step == depth || reached.is_empty() {
                break;
            }
            near.extend(&reached);
            let full = truncated && shown.len() >= entities_max;
            level = if full {
                Vec::new()
            } else {
                self.level(&around, &reached, &numbers).await?
            };
        }
        let relations = self.between(&around, &near, &numbers).await?;
        Ok(Neighborhood {
            hidden: relations_not_shown(&shown, &relations),
            entities: shown.into_iter().map(|shown| shown.entity).collect(),
            relations,
            truncated,
        })
    }

    /// The entities of the next step that are not shown yet, by id: at most one more than may be shown.
    async fn level(
        &self,
        around: &NeighborhoodStatements,
        from: &[i64],
        shown: &BTreeSet<i64>,
    ) -> StoreResult<Vec<NeighborRow>> {
        let statement = around.statement.clone().with("limit", around.limit);
        let asked = pieces(from, |number| number_bytes(*number))
            .into_iter()
            .map(|from| statement.clone().with("from", from.to_vec()));
        Ok(sorted(self.ask_all(asked).await?, shown))
    }

    /// The relations between the entities shown that have an end among `near`, by id.
    async fn between(
        &self,
        around: &NeighborhoodStatements,
        near: &[i64],
        shown: &BTreeSet<i64>,
    ) -> StoreResult<Vec<Relation>> {
        let statement = around
            .relations
            .clone()
            .with("shown", shown.iter().copied().collect::<Vec<_>>());
        let asked = pieces(near, |number| number_bytes(*number))
            .into_iter()
            .map(|from| statement.clone().with("from", from.to_vec()));
        let rows: BTreeMap<String, String> = self.ask_all(asked).await?.into_iter().collect();
        rows.iter().map(|(id, body)| read_relation(id, body)).collect()
    }

    /// See [`Reader::degrees`](crate::store::Reader::degrees).
    pub(in crate::store) async fn degrees(&self, ids: &[EntityId]) -> StoreResult<Vec<Vec<KindCount>>> {
        let rows: Vec<(String, KindCounts)> = self.ask_at(ids, &cypher!("degrees")).await?;
        let degrees = rows
            .iter()
            .map(|(id, counts)| Ok((id.as_str(), by_kind(counts)?)));
        let degrees = degrees.collect::<StoreResult<HashMap<&str, _>>>()?;
        let kind_counts = |id: &EntityId| {
            degrees
                .get(self.canonical(id).as_str())
                .map_or_else(Vec::new, kind_counts)
        };
        Ok(ids.iter().map(kind_counts).collect())
    }
}

/// Rows by id, each once, without those shown already.
fn sorted(mut rows: Vec<NeighborRow>, shown: &BTreeSet<i64>) -> Vec<NeighborRow> {
    rows.retain(|row| !shown.contains(&row.0));
    rows.sort_by(|a, b| a.1.cmp(&b.1));
    rows.dedup_by(|a, b| a.0 == b.0);
    rows
}

/// Compiles a filter to the types of the relationship `r` between `a` and `b`, and to a test of it. Properties of the relationship are
/// tested there, the others on its relation's node.
fn matches(filter: &mut FilterCompiler, wanted: &RelationFilter) -> (String, String) {
    let RelationFilter {
        ids,
        kinds,
        resources,
        from_ids,
        to_ids,
        under,
        drivers,
        units,
        statuses,
        evidence,
    } = wanted.clone();
    let on_it = RelationFilter {
        ids,
        resources,
        units,
        statuses,
        evidence,
        ..RelationFilter::default()
    };
    let on_node = RelationFilter {
        from_ids,
        to_ids,
        under,
        drivers,
        ..RelationFilter::default()
    };
    let mut tests = vec![filter.visible("r")];
    tests.push(filter.counts("r"));
    tests.extend(["a", "b"].map(|of| filter.valid(of)));
    tests.push(filter.relation("r", &on_it));
    if on_node != RelationFilter::default() {
        let matches = filter.relation("n", &on_node);
        tests.push(format!(
            "EXISTS {{ MATCH (n:Relation {{id: r.id}}) WHERE {matches} }}"
        ));
    }
    let types = match kinds.as_deref() {
        None => ownership::types().to_string(),
        Some([]) => {
            tests.push("false".into());
            ownership::types().to_string()
        }
        Some(kinds) => kinds.iter().map(|kind| kind.name()).collect::<Vec<_>>().join("|"),
    };
    (types, all(tests))
}

fn by_kind(counts: &KindCounts) -> StoreResult<BTreeMap<RelationKind, u64>> {
    let count = |(kind, count): &(String, i64)| {
        let unknown = || StoreError::Damaged(format!("`{kind}` is not a valid relation kind"));
        Ok((
            RelationKind::parse(kind).ok_or_else(unknown)?,
            count.unsigned_abs(),
        ))
    };
    counts.iter().map(count).collect()
}

/// The kinds with at least one relation, in the order of the ontology.
fn kind_counts(counts: &BTreeMap<RelationKind, u64>) -> Vec<KindCount> {
    let counts = counts.iter().filter(|(_, count)| **count > 0);
    counts
        .map(|(kind, count)| KindCount {
            kind: *kind,
            count: *count,
        })
        .collect()
}

/// Numbers of relations at the shown entities that are not shown themselves.
fn relations_not_shown(shown: &[ShownEntity], relations: &[Relation]) -> Vec<(EntityId, KindCount)> {
    let mut shown_counts: HashMap<(&EntityId, RelationKind), u64> = HashMap::new();
    for relation in relations {
        for end in BTreeSet::from([&relation.from, &relation.to]) {
            *shown_counts.entry((end, relation.kind)).or_default() += 1;
        }
    }
    let not_shown = |shown: &ShownEntity| {
        let id = &shown.entity.id;
        let count_shown = |kind: RelationKind| shown_counts.get(&(id, kind)).copied().unwrap_or(0);
        let left = shown
            .counts
            .iter()
            .map(|(kind, count)| (*kind, count.saturating_sub(count_shown(*kind))));
        kind_counts(&left.collect())
            .into_iter()
            .map(|count| (id.clone(), count))
            .collect::<Vec<_>>()
    };
    shown.iter().flat_map(not_shown).collect()
}
