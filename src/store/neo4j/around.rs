//! What lies around: neighbourhoods and degrees.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use super::filter::{Filter, all};
use super::reader::Neo4jReader;
use super::records::{read_entity, read_relation};
use super::statement::{Statement, cypher, number_bytes, pieces};
use crate::model::entity::SharedEntity;
use crate::model::id::EntityId;
use crate::model::ontology::RelationKind;
use crate::model::relation::Relation;
use crate::model::selector::{AsOf, RelationFilter};
use crate::store::{Answer, KindCount, Neighbourhood, StoreError};

/// How many relations of each kind.
type Counts = Vec<(String, i64)>;
/// Number, id, body, counts.
type Row = (i64, String, String, Counts);

/// An entity to be shown.
struct Shown {
    entity: SharedEntity,
    counts: BTreeMap<RelationKind, u64>,
}

impl Shown {
    fn read((_, id, body, counts): Row) -> Answer<Self> {
        Ok(Self {
            entity: Arc::new(read_entity(&id, &body)?),
            counts: by_kind(&counts)?,
        })
    }
}

/// Which relations count, made ready once for all levels.
struct Around {
    statement: Statement,
    relations: Statement,
    limit: i64,
}

impl Neo4jReader {
    /// See [`crate::store::Reader::neighbourhood`]: one call a step, one for where it begins, and one for the relations.
    pub(super) async fn around(
        &self,
        ids: &[EntityId],
        depth: u32,
        wanted: &RelationFilter,
        at: AsOf,
        entities_max: usize,
    ) -> Answer<Neighbourhood> {
        let mut filter = self.filter(at);
        let (types, tests) = matches(&mut filter, wanted);
        let ready = |statement: Statement| {
            let statement = statement.fill("types", &types).fill("where", &tests);
            statement.with_all(filter.params())
        };
        // Those that are shown already may come again, so that as many rows are asked for as may be shown, and one more.
        let limit = i64::try_from(entities_max).unwrap_or(i64::MAX - 1) + 1;
        let around = Around {
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
            shown.extend(level.into_iter().map(Shown::read).collect::<Answer<Vec<_>>>()?);
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
        Ok(Neighbourhood {
            hidden: hidden(&shown, &relations),
            entities: shown.into_iter().map(|shown| shown.entity).collect(),
            relations,
            truncated,
        })
    }

    /// The first entities by id one step on, those shown already left out: one more than may be shown, where there are so many.
    async fn level(&self, around: &Around, from: &[i64], shown: &BTreeSet<i64>) -> Answer<Vec<Row>> {
        let statement = around.statement.clone().with("limit", around.limit);
        let asked = pieces(from, |number| number_bytes(*number))
            .into_iter()
            .map(|from| statement.clone().with("from", from.to_vec()));
        Ok(sorted(self.ask_all(asked).await?, shown))
    }

    /// The relations between the entities shown that have an end among `near`, by id.
    async fn between(&self, around: &Around, near: &[i64], shown: &BTreeSet<i64>) -> Answer<Vec<Relation>> {
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

    /// See [`crate::store::Reader::degrees`].
    pub(super) async fn degrees_of(&self, ids: &[EntityId]) -> Answer<Vec<Vec<KindCount>>> {
        let rows: Vec<(String, Counts)> = self.ask_at(ids, &cypher!("degrees")).await?;
        let degrees = rows
            .iter()
            .map(|(id, counts)| Ok((id.as_str(), by_kind(counts)?)));
        let degrees = degrees.collect::<Answer<HashMap<&str, _>>>()?;
        let counted = |id: &EntityId| degrees.get(self.kept(id).as_str()).map_or_else(Vec::new, counted);
        Ok(ids.iter().map(counted).collect())
    }
}

/// Rows by id, each once, without those shown already.
fn sorted(mut rows: Vec<Row>, shown: &BTreeSet<i64>) -> Vec<Row> {
    rows.retain(|row| !shown.contains(&row.0));
    rows.sort_by(|a, b| a.1.cmp(&b.1));
    rows.dedup_by(|a, b| a.0 == b.0);
    rows
}

/// A filter as the types of the relationship `r` between `a` and `b`, and as a test of it. What stands on the relationship is
/// tested there, the rest on its node.
fn matches(filter: &mut Filter, wanted: &RelationFilter) -> (String, String) {
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
    let mut tests = vec![filter.seen("r")];
    tests.extend(["r", "a", "b"].iter().map(|of| filter.valid(of)));
    tests.push(filter.relation("r", &on_it));
    if on_node != RelationFilter::default() {
        let matches = filter.relation("n", &on_node);
        tests.push(format!(
            "EXISTS {{ MATCH (n:Relation {{id: r.id}}) WHERE {matches} }}"
        ));
    }
    let types = match kinds.as_deref() {
        None => String::new(),
        Some([]) => {
            tests.push("false".into());
            String::new()
        }
        Some(kinds) => format!(
            ":{}",
            kinds.iter().map(|kind| kind.name()).collect::<Vec<_>>().join("|")
        ),
    };
    (types, all(tests))
}

fn by_kind(counts: &Counts) -> Answer<BTreeMap<RelationKind, u64>> {
    let count = |(kind, count): &(String, i64)| {
        let unknown = || StoreError::Damaged(format!("relation kind `{kind}` is not readable"));
        Ok((
            RelationKind::parse(kind).ok_or_else(unknown)?,
            count.unsigned_abs(),
        ))
    };
    counts.iter().map(count).collect()
}

/// The kinds of which there are any, in their order.
fn counted(counts: &BTreeMap<RelationKind, u64>) -> Vec<KindCount> {
    let counts = counts.iter().filter(|(_, count)| **count > 0);
    counts
        .map(|(kind, count)| KindCount {
            kind: *kind,
            count: *count,
        })
        .collect()
}

/// Relations that there are at what is shown, and that are not shown.
fn hidden(shown: &[Shown], relations: &[Relation]) -> Vec<(EntityId, KindCount)> {
    let mut seen: HashMap<(&EntityId, RelationKind), u64> = HashMap::new();
    for relation in relations {
        for end in BTreeSet::from([&relation.from, &relation.to]) {
            *seen.entry((end, relation.kind)).or_default() += 1;
        }
    }
    let unseen = |shown: &Shown| {
        let id = &shown.entity.id;
        let seen = |kind: RelationKind| seen.get(&(id, kind)).copied().unwrap_or(0);
        let left = shown
            .counts
            .iter()
            .map(|(kind, count)| (*kind, count.saturating_sub(seen(*kind))));
        counted(&left.collect())
            .into_iter()
            .map(|count| (id.clone(), count))
            .collect::<Vec<_>>()
    };
    shown.iter().flat_map(unseen).collect()
}
