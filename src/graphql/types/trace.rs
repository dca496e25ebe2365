//! A trace: its paths, their union and its dead ends. Each part is computed only if the query selects it.

use std::collections::HashMap;
use std::sync::Arc;

use async_graphql::{Context, Object, SimpleObject};
use serde_json::{Value, json};

use super::entity::EntityAtDate;
use super::kinds::Entity;
use super::page::{Connection, Edge, PageInfo, TotalCount, edges, page_info, wants_rows};
use super::relation::Relation;
use super::subgraph::{HiddenCount, Subgraph};
use super::truncation::Truncation;
use crate::graphql::cursor::CursorKey;
use crate::graphql::errors::Result;
use crate::graphql::inputs::page::PageArgs;
use crate::graphql::request_context::request_context;
use crate::graphql::scalars::{Decimal, int};
use crate::model;
use crate::model::id::{EntityId, RelationId};
use crate::model::page::{Page, PageRequest, page_of_sorted};
use crate::model::resource::Resource;
use crate::model::selector::AsOf;
use crate::model::statement::Assertion;
use crate::model::walk::TruncationReason;
use crate::service::{self, DeadEndReason, PathKey, TraceAnswer};

/// The result of a trace.
pub(in crate::graphql) struct Trace {
    answer: TraceAnswer,
    at: AsOf,
    /// Of the parts that have a work limit of their own.
    truncation: Truncation,
}

/// The scope of the cursors of paths.
const PATHS: &str = "paths";

impl Trace {
    pub(in crate::graphql) fn new(answer: TraceAnswer, at: AsOf) -> Self {
        Self {
            answer,
            at,
            truncation: Truncation::default(),
        }
    }

    /// The limit because of which a selected part may be incomplete; a truncated list must not look complete.
    async fn truncation(&self, ctx: &Context<'_>) -> Result<Option<TruncationReason>> {
        let of_count = self.answer.truncated_by().await?;
        let of_parts = self.truncation.of_selected_parts(ctx).await;
        Ok(of_count.or(of_parts))
    }
}

/// Paths along which resources reach some entities from others, and the dead ends where they stop. `truncated` reports anything that
/// is left out because of a limit.
#[Object]
impl Trace {
    /// Paths, sorted by length, then by the ids of their relations. If `truncated`, a page may contain only its first paths;
    /// continue from its `endCursor`. A page from the end may contain only its last paths; continue from its `startCursor`.
    async fn paths(
        &self,
        ctx: &Context<'_>,
        #[graphql(
            desc = "Number of rows from the start, 0–1000. Default: 100, where `last` is not given.",
            default_with = "Some(100)"
        )]
        first: Option<i32>,
        #[graphql(desc = "Rows after this cursor.")] after: Option<String>,
        #[graphql(desc = "Number of rows from the end, 0–1000, in list order.")] last: Option<i32>,
        #[graphql(desc = "Rows before this cursor.")] before: Option<String>,
    ) -> Result<PathConnection> {
        let args = PageArgs {
            first,
            after,
            last,
            before,
        };
        let page = args.defaulted(ctx).parse::<PathKey>(PATHS)?;
        if !wants_rows(ctx) {
            return Ok(PathConnection { page: Page::empty() });
        }
        let found = self.answer.paths(&page).await?;
        self.truncation.note(found.truncated);
        let found = found.page.clone();
        request_context(ctx).spend_rows(found.items.len())?;
        let listed = Arc::new(ListedPage {
            answer: self.answer.clone(),
            request: page,
        });
        let mut indexes = 0..;
        let found = found.map(|path| Path {
            at: self.at,
            listed: listed.clone(),
            index: indexes.next().unwrap_or_default(),
            inner: path,
        });
        Ok(PathConnection {
            page: edges(found, PATHS, |path| (path.inner.key(), path)),
        })
    }
    /// Union of all paths, not only of those on the page. `hidden` counts the relations of its entities that are on no path.
    async fn graph(&self, ctx: &Context<'_>) -> Result<Subgraph> {
        let union = self.answer.union().await?;
        let entities = EntityAtDate::load_all(ctx, &union.entities, self.at);
        let relations = Relation::load_all(ctx, &union.relations, self.at);
        let (entities, relations) =
            async_graphql::futures_util::future::try_join(entities, relations).await?;
        let by_id: HashMap<&EntityId, &EntityAtDate> = entities
            .iter()
            .map(|record| (&record.entity.id, record))
            .collect();
        let hidden = self.answer.hidden().await?;
        let hidden = hidden.iter().filter_map(|(id, kind)| {
            let entity = Entity::from((*by_id.get(id)?).clone());
            Some(HiddenCount {
                entity,
                kind: kind.kind,
                count: int(kind.count),
            })
        });
        Ok(Subgraph {
            hidden: hidden.collect(),
            entities: entities.into_iter().map(Entity::from).collect(),
            relations,
            truncated: union.truncated.is_some(),
        })
    }
    /// Entities that a resource reaches and from which no known relation leads on, and sources that no known relation leaves
    /// (`reached` distinguishes them); sorted by id.
    async fn dead_ends(
        &self,
        ctx: &Context<'_>,
        #[graphql(
            desc = "Number of rows from the start, 0–1000. Default: 100, where `last` is not given.",
            default_with = "Some(100)"
        )]
        first: Option<i32>,
        #[graphql(desc = "Rows after this cursor.")] after: Option<String>,
        #[graphql(desc = "Number of rows from the end, 0–1000, in list order.")] last: Option<i32>,
        #[graphql(desc = "Rows before this cursor.")] before: Option<String>,
    ) -> Result<Connection<Edge<DeadEnd>>> {
        let args = PageArgs {
            first,
            after,
            last,
            before,
        };
        let page = args.defaulted(ctx).parse::<EntityId>("deadEnds")?;
        let dead_ends = self.answer.dead_ends().await?;
        self.truncation.note(dead_ends.truncated);
        let total = TotalCount::Known(dead_ends.rows.len() as u64);
        let found = page_of_sorted(&dead_ends.rows, |row| row.entity.clone(), &page);
        request_context(ctx).spend_rows(found.items.len())?;
        Ok(Connection {
            page: edges(found, "deadEnds", |row| {
                (row.entity.clone(), DeadEnd { row, at: self.at })
            }),
            total,
        })
    }
    /// Number of paths.
    async fn total_count(&self) -> Result<PathCount> {
        Ok(self.answer.count().await?.into())
    }
    /// Whether paths, or dead ends if they are selected, may be missing. If false, the pages together contain all paths.
    async fn truncated(&self, ctx: &Context<'_>) -> Result<bool> {
        Ok(self.truncation(ctx).await?.is_some())
    }
    /// Limit because of which something may be missing. Null if nothing is.
    async fn truncated_by(&self, ctx: &Context<'_>) -> Result<Option<TruncationReason>> {
        self.truncation(ctx).await
    }
    /// Revision at which the trace was computed.
    async fn revision(&self) -> String {
        self.answer.revision().to_string()
    }
}

/// A page of paths. For the number of all paths, see `Trace.totalCount`, which may be a lower bound.
pub(in crate::graphql) struct PathConnection {
    page: Page<Edge<Path>>,
}

/// A page of paths. For the number of all paths, see `Trace.totalCount`, which may be a lower bound.
#[Object]
impl PathConnection {
    /// Paths with their cursors.
    async fn edges(&self) -> &[Edge<Path>] {
        &self.page.items
    }
    /// Paths without their cursors.
    async fn nodes(&self) -> Vec<&Path> {
        self.page.items.iter().map(|edge| &edge.node).collect()
    }
    /// Position of the page in the list.
    async fn page_info(&self) -> PageInfo {
        page_info(&self.page)
    }
}

/// A path from a source to a target: a sequence of relations.
pub(in crate::graphql) struct Path {
    inner: service::Path,
    at: AsOf,
    listed: Arc<ListedPage>,
    index: usize,
}

/// The page that lists a path. The placements of all its paths are computed together.
struct ListedPage {
    answer: TraceAnswer,
    request: PageRequest<PathKey>,
}

impl Path {
    async fn placement(&self) -> Result<service::Placement> {
        let placements = self.listed.answer.placements(&self.listed.request).await?;
        Ok(placements.get(self.index).cloned().unwrap_or_default())
    }
}

/// A path from a source to a target: a sequence of relations.
#[Object]
impl Path {
    /// Entities of the path in order: one more than there are relations, without repetition.
    async fn entities(&self, ctx: &Context<'_>) -> Result<Vec<Entity>> {
        let entities = EntityAtDate::load_all(ctx, &self.inner.entities, self.at).await?;
        Ok(entities.into_iter().map(Entity::from).collect())
    }
    /// Relations of the path in order.
    async fn relations(&self, ctx: &Context<'_>) -> Result<Vec<Relation>> {
        Relation::load_all(ctx, &self.inner.relations, self.at).await
    }
    /// Resources that the path carries, in order: one unless conversion is allowed; empty if none is stated.
    async fn resources(&self) -> &[Resource] {
        &self.inner.resources
    }
    /// Number of relations of the path.
    async fn length(&self) -> i32 {
        int(self.inner.relations.len())
    }
    /// Weakest assertion among the facts on which the path is based (its entities, relations and `placements`), each taken with its
    /// strongest statement. From strongest to weakest: STATED, COMPUTED, IMPLIED, SUPERLATIVE, NORMATIVE.
    async fn weakest(&self) -> Result<Assertion> {
        let placed = self.placement().await?.weakest;
        let facts = placed.into_iter().chain([self.inner.weakest]);
        Ok(facts
            .max_by_key(|fact| fact.weakness())
            .unwrap_or(self.inner.weakest))
    }
    /// Relations by which its ends belong to the selected regions: `LOCATED_IN`, `HOSTED_AT`, `GOVERNED_BY` or `ORIGINATES`, then
    /// `PART_OF` up to the region, by the strongest evidence. An Industry at an end takes the placement of the entity beside it.
    /// Empty if no region was selected.
    async fn placements(&self, ctx: &Context<'_>) -> Result<Vec<Relation>> {
        Relation::load_all(ctx, &self.placement().await?.relations, self.at).await
    }
    /// Number of its relations without a date.
    async fn undated_count(&self) -> i32 {
        int(self.inner.undated_count)
    }
}

/// A number of paths.
#[derive(SimpleObject)]
pub(in crate::graphql) struct PathCount {
    /// Number of paths; a lower bound if `exact` is false.
    value: Decimal,
    /// Whether `value` is the exact number rather than a lower bound.
    exact: bool,
}

impl From<service::PathCount> for PathCount {
    fn from(count: service::PathCount) -> Self {
        // A count above the maximum of a decimal is reported as that maximum, as a lower bound.
        let value = i128::try_from(count.value)
            .ok()
            .and_then(|value| model::Decimal::try_from_i128_with_scale(value, 0).ok());
        Self {
            value: Decimal(value.unwrap_or(model::Decimal::MAX)),
            exact: count.is_exact() && value.is_some(),
        }
    }
}

/// A dead end of a trace.
#[derive(Clone)]
pub(in crate::graphql) struct DeadEnd {
    row: service::DeadEnd,
    at: AsOf,
}

/// A dead end: an entity that a resource reaches and from which no known relation leads on, or a source that no known relation
/// leaves.
#[Object]
impl DeadEnd {
    /// Entity at which the trace stops.
    async fn entity(&self, ctx: &Context<'_>) -> Result<Entity> {
        EntityAtDate::entity(ctx, &self.row.entity, self.at).await
    }
    /// Whether a resource arrives at the entity. If false, the entity is a source that no relation on the trace leaves, and
    /// `arriving` is empty.
    async fn reached(&self) -> bool {
        !self.row.arriving.is_empty()
    }
    /// Reasons why nothing leads on.
    async fn reasons(&self) -> &[DeadEndReason] {
        &self.row.reasons
    }
    /// Relations that arrive at the entity, with their amounts. Empty if it is not `reached`.
    async fn arriving(&self, ctx: &Context<'_>) -> Result<Vec<Relation>> {
        Relation::load_all(ctx, &self.row.arriving, self.at).await
    }
}

impl CursorKey for PathKey {
    fn write(&self) -> Value {
        let relations: Vec<&str> = self.relations.iter().map(RelationId::as_str).collect();
        let entities: Vec<&str> = self.entities.iter().map(EntityId::as_str).collect();
        json!([relations, entities])
    }
    fn read(value: &Value) -> Option<Self> {
        let [relations, entities] = value.as_array()?.as_slice() else {
            return None;
        };
        let relations = relations
            .as_array()?
            .iter()
            .map(|id| RelationId::parse(id.as_str()?).ok());
        let entities = entities
            .as_array()?
            .iter()
            .map(|id| EntityId::parse(id.as_str()?).ok());
        Some(Self {
            relations: relations.collect::<Option<_>>()?,
            entities: entities.collect::<Option<_>>()?,
        })
    }
}
