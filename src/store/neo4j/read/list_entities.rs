//! Reads of lists of entities: pages, counts, selections and candidates of a search.
//!
//! A list by id reads the index in order and stops when the page is full. Any other starts from the most selective part of the filter
//! (ids, words of the full-text index, a region) and sorts only the page.

use std::sync::Arc;

use super::clauses::filter::{FilterCompiler, all, labels, quoted, words};
use super::clauses::region;
use super::clauses::visibility::ReadScope;
use super::clauses::window::{GREATEST, LEAST, PageWindow, page};
use super::reader::Neo4jReader;
use crate::model::entity::{Entity, EntityKind, SharedEntity};
use crate::model::id::EntityId;
use crate::model::page::{Page, PageRequest};
use crate::model::period::TimeFilter;
use crate::model::selector::{AsOf, EntityFilter, EntityOrder, EntityOrderField, Selector};
use crate::model::text;
use crate::store::codec::entity_id;
use crate::store::neo4j::driver::ownership;
use crate::store::neo4j::driver::statement::{CypherStatement, cypher};
use crate::store::neo4j::format::{kind_label, read_entity};
use crate::store::{EntityKey, EntityQuery, OrderValue, StoreResult};

/// A row of a list: part (0 the page, 1 a row before it, 2 a row behind it), id, body and degree.
type EntityListRow = (i64, String, String, i64);

impl Neo4jReader {
    pub(in crate::store) async fn list_entities(
        &self,
        query: &EntityQuery,
        request: &PageRequest<EntityKey>,
    ) -> StoreResult<Page<(EntityKey, SharedEntity)>> {
        // Keys after the id never decide, for ids are unique.
        let end = query
            .order
            .iter()
            .position(|key| key.field == EntityOrderField::Id);
        let order = &query.order[..end.map_or(query.order.len(), |at| at + 1)];
        let by_id = order
            .iter()
            .all(|key| key.field == EntityOrderField::Id && !key.descending);
        let mut filter = self.filter(query.at);
        let anchor = self.anchor(&mut filter, &query.filter);
        let wanted = filter.lists("e", &query.filter);
        let statement = match anchor {
            None if by_id => scan(&mut filter, &query.filter, &wanted, request),
            anchor => {
                let anchor = anchor.unwrap_or_else(|| format!("MATCH (e:{})", labels(&query.filter)));
                sorted(&mut filter, &anchor, &wanted, order, request)
            }
        };
        let rows: Vec<EntityListRow> = self.ask(statement.with_all(filter.params())).await?;
        let before = rows.iter().any(|row| row.0 == 1);
        let behind = rows.iter().any(|row| row.0 == 2);
        let keyed = |(_, id, body, degree): EntityListRow| {
            let entity = read_entity(&id, &body)?;
            Ok((key_of(&entity, degree, order), Arc::new(entity)))
        };
        let mut items = rows
            .into_iter()
            .filter(|row| row.0 == 0)
            .map(keyed)
            .collect::<StoreResult<Vec<_>>>()?;
        items.truncate(request.limit.saturating_add(1));
        Ok(page(items, request.limit, request.from_end, before, behind))
    }

    pub(in crate::store) async fn count_entities(&self, wanted: &EntityFilter, at: AsOf) -> StoreResult<u64> {
        let kinds_alone = EntityFilter {
            kinds: wanted.kinds.clone(),
            ..EntityFilter::default()
        };
        if at.is_none() && *wanted == kinds_alone {
            let labels = match &wanted.kinds {
                None => vec!["Entity".to_string()],
                Some(kinds) => distinct(kinds)
                    .into_iter()
                    .map(|kind| format!("Entity:{}", kind_label(kind)))
                    .collect(),
            };
            return self.count_with_labels(labels).await;
        }
        let mut filter = self.filter(at);
        let anchor = self
            .anchor(&mut filter, wanted)
            .unwrap_or_else(|| format!("MATCH (e:{})", labels(wanted)));
        let tests = filter.lists("e", wanted);
        let statement = cypher!("count_entities")
            .fill("anchor", &anchor)
            .fill("where", &tests)
            .with_all(filter.params());
        let counts: Vec<i64> = self.ask(statement).await?;
        Ok(counts.iter().sum::<i64>().unsigned_abs())
    }

    /// The clause that restricts a list to few entities; none if it must read all.
    fn anchor(&self, filter: &mut FilterCompiler, wanted: &EntityFilter) -> Option<String> {
        if let Some(ids) = &wanted.ids {
            let ids: std::collections::BTreeSet<String> =
                ids.iter().map(|id| self.canonical(id).to_string()).collect();
            let ids = filter.param(ids.into_iter().collect::<Vec<_>>());
            return Some(format!("UNWIND {ids} AS id MATCH (e:Entity {{id: id}})"));
        }
        if let Some(words) = words(wanted) {
            let words = filter.param(words);
            return Some(format!(
                "CALL db.index.fulltext.queryNodes('hukun_tokens', {words}) YIELD node AS e"
            ));
        }
        let region = std::iter::once(wanted)
            .chain(&wanted.and)
            .find_map(|each| each.region.as_ref())?;
        let id = filter.param(self.canonical(&region.region).as_str());
        Some(region::members(&id, region.role, "anchor", filter.scope()))
    }

    pub(in crate::store) async fn select(&self, selector: &Selector, at: AsOf) -> StoreResult<Vec<EntityId>> {
        let of_region = EntityFilter {
            region: selector.region.clone(),
            ..EntityFilter::default()
        };
        let with_industries = EntityFilter {
            or: Some(vec![
                of_region.clone(),
                EntityFilter {
                    kinds: Some(vec![EntityKind::Industry]),
                    ..EntityFilter::default()
                },
            ]),
            ..EntityFilter::default()
        };
        let wanted = EntityFilter {
            ids: selector.ids.clone(),
            kinds: selector.kinds.clone(),
            tags: selector.tags.clone(),
            families: selector.families.clone(),
            // An Industry has no region: the trace restricts it to its part in the region.
            and: vec![if selector.picks_industries_of_a_region() {
                with_industries
            } else {
                of_region
            }],
            ..EntityFilter::default()
        };
        let mut filter = self.filter(at.map(TimeFilter::including_undated));
        let anchor = self
            .anchor(&mut filter, &wanted)
            .unwrap_or_else(|| format!("MATCH (e:{})", labels(&wanted)));
        let tests = filter.lists("e", &wanted);
        let statement = cypher!("select")
            .fill("anchor", &anchor)
            .fill("where", &tests)
            .with_all(filter.params());
        let mut ids = self
            .ask::<String>(statement)
            .await?
            .iter()
            .map(|id| Ok(entity_id(id)?))
            .collect::<StoreResult<Vec<_>>>()?;
        ids.sort();
        Ok(ids)
    }

    pub(in crate::store) async fn candidates(
        &self,
        tokens: &[String],
        kinds: Option<&[EntityKind]>,
        limit: usize,
    ) -> StoreResult<(Vec<SharedEntity>, bool)> {
        let mut filter = self.filter(None);
        let of_kinds = EntityFilter {
            kinds: kinds.map(<[_]>::to_vec),
            ..EntityFilter::default()
        };
        let tests = filter.lists("e", &of_kinds);
        let anchor = if tokens.is_empty() {
            format!("MATCH (e:{})", labels(&of_kinds))
        } else {
            let every: Vec<String> = tokens.iter().map(|token| quoted(token)).collect();
            let words = filter.param(every.join(" AND "));
            format!("CALL db.index.fulltext.queryNodes('hukun_tokens', {words}) YIELD node AS e")
        };
        let most = i64::try_from(limit).unwrap_or(i64::MAX - 1) + 1;
        let statement = cypher!("candidates")
            .fill("anchor", &anchor)
            .fill("where", &tests)
            .with("limit", most)
            .with_all(filter.params());
        let rows: Vec<(String, String)> = self.ask(statement).await?;
        let more = rows.len() > limit;
        let read = |(id, body): (String, String)| Ok(Arc::new(read_entity(&id, &body)?));
        let mut found = rows
            .into_iter()
            .map(read)
            .collect::<StoreResult<Vec<SharedEntity>>>()?;
        found.sort_by(|a, b| a.id.cmp(&b.id));
        found.truncate(limit);
        Ok((found, more))
    }
}

fn distinct(kinds: &[EntityKind]) -> Vec<EntityKind> {
    EntityKind::BY_PREFIX
        .into_iter()
        .filter(|kind| kinds.contains(kind))
        .collect()
}

/// The statement of a list by id of all entities or of some kinds: each kind is one range of the index.
fn scan(
    filter: &mut FilterCompiler,
    wanted: &EntityFilter,
    tests: &str,
    request: &PageRequest<EntityKey>,
) -> CypherStatement {
    let id = |key: &Option<EntityKey>| key.as_ref().map(|key| key.id.to_string());
    let ids = PageRequest {
        limit: request.limit,
        from_end: request.from_end,
        after: id(&request.after),
        before: id(&request.before),
    };
    let stretches: Vec<(String, String)> = match &wanted.kinds {
        None => vec![(LEAST.to_string(), GREATEST.to_string())],
        // `;` is the character after `:`.
        Some(kinds) => distinct(kinds)
            .into_iter()
            .map(|kind| (format!("{}:", kind.prefix()), format!("{};", kind.prefix())))
            .collect(),
    };
    let window = PageWindow::of(&ids);
    let statements = window.branches().map(|branch| {
        let (above, below) = (branch.above.as_str(), branch.below.as_str());
        let mut ranges: Vec<Vec<String>> = stretches
            .iter()
            .map(|(from, to)| {
                vec![
                    above.max(from.as_str()).to_string(),
                    below.min(to.as_str()).to_string(),
                ]
            })
            .filter(|range| range[0] < range[1])
            .collect();
        if branch.descending {
            ranges.reverse();
        }
        cypher!("scan_entities")
            .fill("part", &branch.part.to_string())
            .fill("ranges", &filter.param(ranges))
            .fill("limit", &filter.param(branch.limit))
            .fill("where", tests)
            .fill("direction", if branch.descending { "DESC" } else { "" })
    });
    let statements: Vec<CypherStatement> = statements.collect();
    CypherStatement::union(statements).unwrap_or_else(|| cypher!("nothing"))
}

/// The statement of a list in any other order: every entity that passes the filter is read, and the page is sorted.
fn sorted(
    filter: &mut FilterCompiler,
    anchor: &str,
    tests: &str,
    order: &[EntityOrder],
    request: &PageRequest<EntityKey>,
) -> CypherStatement {
    let mut keys: Vec<(String, bool)> = order
        .iter()
        .map(|key| (expression(key.field, filter.scope()), key.descending))
        .collect();
    if order.last().is_none_or(|key| key.field != EntityOrderField::Id) {
        keys.push(("e.id".into(), false));
    }
    // Counted only if the list is sorted by it.
    let by_degree = order.iter().any(|key| key.field == EntityOrderField::Degree);
    let degree = if by_degree {
        expression(EntityOrderField::Degree, filter.scope())
    } else {
        "0".into()
    };
    let after = request
        .after
        .as_ref()
        .map(|key| compared(filter, &keys, key, true));
    let before = request
        .before
        .as_ref()
        .map(|key| compared(filter, &keys, key, false));
    let mut branch = |part: i64, tests: Vec<String>, limit: i64, backwards: bool| {
        let order = keys
            .iter()
            .map(|(key, descending)| format!("{key}{}", if *descending == backwards { "" } else { " DESC" }));
        cypher!("list_entities")
            .fill("part", &part.to_string())
            .fill("anchor", anchor)
            .fill("where", &all(tests))
            .fill("order", &order.collect::<Vec<_>>().join(", "))
            .fill("degree", &degree)
            .fill("limit", &filter.param(limit))
    };
    let inside: Vec<String> = std::iter::once(tests.to_string())
        .chain(after.clone())
        .chain(before.clone())
        .collect();
    let limit = i64::try_from(request.limit).unwrap_or(i64::MAX - 1) + 1;
    let mut branches = vec![branch(0, inside, limit, request.from_end)];
    let (part, edge) = if request.from_end { (2, before) } else { (1, after) };
    if let Some(edge) = edge {
        branches.push(branch(
            part,
            vec![tests.to_string(), format!("NOT {edge}")],
            1,
            false,
        ));
    }
    CypherStatement::union(branches).unwrap_or_else(|| cypher!("nothing"))
}

fn expression(field: EntityOrderField, scope: ReadScope) -> String {
    let property = match field {
        EntityOrderField::Id => "e.id",
        EntityOrderField::Name => "e.name_key",
        EntityOrderField::Kind => "e.kind",
        // The stored degree counts hidden relations too.
        EntityOrderField::Degree if scope.is_restricted => {
            return format!(
                "COUNT {{ (e)-[at:{}]-() WHERE {} }}",
                ownership::types(),
                scope.visible("at")
            );
        }
        EntityOrderField::Degree => "e.degree",
        EntityOrderField::RecordedAt => "e.recorded_at",
    };
    property.into()
}

/// The test whether an entity comes after or before a key, by the first key of the order in which they differ.
fn compared(filter: &mut FilterCompiler, keys: &[(String, bool)], edge: &EntityKey, after: bool) -> String {
    let id = OrderValue::Text(edge.id.to_string());
    let values: Vec<OrderValue> = edge.values.iter().cloned().chain(std::iter::once(id)).collect();
    let mut text = "false".to_string();
    for ((key, descending), value) in keys.iter().zip(values).rev() {
        let sign = if after == *descending { "<" } else { ">" };
        let value = match value {
            OrderValue::Number(number) => filter.param(number),
            OrderValue::Text(value) => filter.param(value),
        };
        text = format!("({key} {sign} {value} OR ({key} = {value} AND {text}))");
    }
    text
}

fn key_of(entity: &Entity, degree: i64, order: &[EntityOrder]) -> EntityKey {
    let value = |key: &EntityOrder| match key.field {
        EntityOrderField::Id => OrderValue::Text(entity.id.to_string()),
        EntityOrderField::Name => OrderValue::Text(text::sort_key(entity.name("zh"))),
        EntityOrderField::Kind => OrderValue::Text(entity.kind().name().to_string()),
        EntityOrderField::Degree => OrderValue::Number(degree),
        EntityOrderField::RecordedAt => OrderValue::Number(entity.recorded_at.timestamp_micros()),
    };
    EntityKey {
        values: order.iter().map(value).collect(),
        id: entity.id.clone(),
    }
}
