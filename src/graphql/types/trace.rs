//! A trace: its paths, their union, and where they stop. Each part is computed when it is asked for.

use std::collections::HashMap;
use std::sync::Arc;

use async_graphql::{Context, Object, SimpleObject};
use serde_json::{Value, json};

use super::entity::Record;
use super::kinds::Entity;
use super::page::{Connection, Edge, PageInfo, Total, edges, page_info, pages_asked, wants_rows};
use super::relation::Relation;
use super::subgraph::{HiddenCount, Subgraph};
use crate::graphql::cursor::CursorKey;
use crate::graphql::errors::Result;
use crate::graphql::inputs::page::PageArgs;
use crate::graphql::scalars::{Decimal, int};
use crate::graphql::schema::asker;
use crate::model;
use crate::model::id::{EntityId, RelationId};
use crate::model::page::{Page, PageRequest, page_of_sorted};
use crate::model::relation::Resource;
use crate::model::selector::AsOf;
use crate::model::statement::Assertion;
use crate::model::walk::TruncationReason;
use crate::service::{self, DeadEndReason, PathKey, TraceAnswer};

/// The answer to a trace.
pub(in crate::graphql) struct Trace {
    answer: TraceAnswer,
    at: AsOf,
    asked: Asked,
}

/// What is asked of a trace that may run out of work by itself, so that `truncated` can tell of it wherever it stands.
pub(in crate::graphql) struct Asked {
    dead_ends: bool,
    pages: Vec<PageRequest<PathKey>>,
}

impl Asked {
    /// Of the selection below a field of type `Trace`.
    pub(in crate::graphql) fn below(ctx: &Context<'_>) -> Self {
        Self {
            dead_ends: ctx.look_ahead().field("deadEnds").exists(),
            pages: pages_asked(ctx, PATHS, PATHS),
        }
    }
}

/// The connection that a cursor of a path belongs to.
const PATHS: &str = "paths";

impl Trace {
    pub(in crate::graphql) fn new(answer: TraceAnswer, at: AsOf, asked: Asked) -> Self {
        Self { answer, at, asked }
    }

    /// Why something asked for may be missing: a list that is cut must not look whole.
    async fn cut(&self) -> Result<Option<TruncationReason>> {
        let mut cut = self.answer.truncated_by().await?;
        for page in &self.asked.pages {
            if cut.is_none() {
                cut = self.answer.paths(page).await?.truncated;
            }
        }
        if cut.is_none() && self.asked.dead_ends {
            cut = self.answer.dead_ends().await?.truncated;
        }
        Ok(cut)
    }
}

/// The paths along which resources reach some entities from others, and where they stop. Nothing is cut in silence.
#[Object]
impl Trace {
    /// The paths: shorter first, then by the ids of their relations. Where `truncated`, a page may have only its first
    /// paths, and its `endCursor` is a place to go on from; a page from the end only its last, and its `startCursor` is.
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
        let found = self.answer.paths(&page).await?.page.clone();
        asker(ctx).spend_rows(found.items.len())?;
        let listed = Arc::new(ListedPage {
            answer: self.answer.clone(),
            asked: page,
        });
        let mut places = 0..;
        let found = found.map(|path| Path {
            at: self.at,
            listed: listed.clone(),
            place: places.next().unwrap_or_default(),
            inner: path,
        });
        Ok(PathConnection {
            page: edges(found, PATHS, |path| (path.inner.key(), path)),
        })
    }
    /// The union of all paths, not of the page. `hidden` counts the relations of its entities that lie on no path.
    async fn graph(&self, ctx: &Context<'_>) -> Result<Subgraph> {
        let union = self.answer.union().await?;
        let entities = Record::load_all(ctx, &union.entities, self.at);
        let relations = Relation::load_all(ctx, &union.relations, self.at);
        let (entities, relations) =
            async_graphql::futures_util::future::try_join(entities, relations).await?;
        let by_id: HashMap<&EntityId, &Record> = entities
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
    /// Entities that a resource reaches and from which nothing known leads on, and sources that nothing known leaves (`reached` tells
    /// them apart); by id.
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
        let total = Total::Known(dead_ends.rows.len() as u64);
        let found = page_of_sorted(&dead_ends.rows, |row| row.entity.clone(), &page);
        asker(ctx).spend_rows(found.items.len())?;
        Ok(Connection {
            page: edges(found, "deadEnds", |row| {
                (row.entity.clone(), DeadEnd { row, at: self.at })
            }),
            total,
        })
    }
    /// How many paths there are.
    async fn total_count(&self) -> Result<PathCount> {
        Ok(self.answer.count().await?.into())
    }
    /// Whether paths, or dead ends where they are asked for, may be missing. If not, the pages together are all the paths.
    async fn truncated(&self) -> Result<bool> {
        Ok(self.cut().await?.is_some())
    }
    /// Why; null where nothing is missing.
    async fn truncated_by(&self) -> Result<Option<TruncationReason>> {
        self.cut().await
    }
    /// The revision that it was read at.
    async fn revision(&self) -> String {
        self.answer.revision().to_string()
    }
}

/// A page of paths. How many there are is told by `Trace.totalCount`, which may be a bound.
pub(in crate::graphql) struct PathConnection {
    page: Page<Edge<Path>>,
}

/// A page of paths. How many there are is told by `Trace.totalCount`, which may be a bound.
#[Object]
impl PathConnection {
    /// The paths with their cursors.
    async fn edges(&self) -> &[Edge<Path>] {
        &self.page.items
    }
    /// The paths.
    async fn nodes(&self) -> Vec<&Path> {
        self.page.items.iter().map(|edge| &edge.node).collect()
    }
    /// Where the page lies in the list.
    async fn page_info(&self) -> PageInfo {
        page_info(&self.page)
    }
}

/// A way from a source to a target.
pub(in crate::graphql) struct Path {
    inner: service::Path,
    at: AsOf,
    listed: Arc<ListedPage>,
    place: usize,
}

/// The page that a path is listed on, all of which is placed at once.
struct ListedPage {
    answer: TraceAnswer,
    asked: PageRequest<PathKey>,
}

impl Path {
    async fn placement(&self) -> Result<service::Placement> {
        let placements = self.listed.answer.placements(&self.listed.asked).await?;
        Ok(placements.get(self.place).cloned().unwrap_or_default())
    }
}

/// A way from a source to a target.
#[Object]
impl Path {
    /// The entities it goes through, in turn: one more than relations, all distinct.
    async fn entities(&self, ctx: &Context<'_>) -> Result<Vec<Entity>> {
        let entities = Record::load_all(ctx, &self.inner.entities, self.at).await?;
        Ok(entities.into_iter().map(Entity::from).collect())
    }
    /// The relations walked, in turn.
    async fn relations(&self, ctx: &Context<'_>) -> Result<Vec<Relation>> {
        Relation::load_all(ctx, &self.inner.relations, self.at).await
    }
    /// What it carries, in turn: one resource unless conversion is allowed; none where none is stated.
    async fn resources(&self) -> &[Resource] {
        &self.inner.resources
    }
    /// How many relations it has.
    async fn length(&self) -> i32 {
        int(self.inner.relations.len())
    }
    /// The weakest of the facts it rests on, each taken by its best statement: STATED, COMPUTED, IMPLIED, SUPERLATIVE, NORMATIVE.
    /// These are its entities, its relations and its `placements`.
    async fn weakest(&self) -> Result<Assertion> {
        let placed = self.placement().await?.weakest;
        let facts = placed.into_iter().chain([self.inner.weakest]);
        Ok(facts
            .max_by_key(|fact| fact.weakness())
            .unwrap_or(self.inner.weakest))
    }
    /// The relations by which its ends count as of the regions asked for: `LOCATED_IN`, `HOSTED_AT`, `GOVERNED_BY` or `ORIGINATES`, then
    /// `PART_OF` up to the region, by the strongest evidence. An Industry stands for what lies beside it. Empty where no region
    /// was asked for.
    async fn placements(&self, ctx: &Context<'_>) -> Result<Vec<Relation>> {
        Relation::load_all(ctx, &self.placement().await?.relations, self.at).await
    }
    /// How many of its relations have no date.
    async fn undated_count(&self) -> i32 {
        int(self.inner.undated_count)
    }
}

/// A number of paths.
#[derive(SimpleObject)]
pub(in crate::graphql) struct PathCount {
    /// How many; where it is not exact, how many at least.
    value: Decimal,
    /// Whether it is the number itself and no lower bound.
    exact: bool,
}

impl From<service::PathCount> for PathCount {
    fn from(count: service::PathCount) -> Self {
        // More than a decimal holds is told as the most that it holds, and as a bound.
        let value = i128::try_from(count.value)
            .ok()
            .and_then(|value| model::Decimal::try_from_i128_with_scale(value, 0).ok());
        Self {
            value: Decimal(value.unwrap_or(model::Decimal::MAX)),
            exact: count.is_exact() && value.is_some(),
        }
    }
}

/// An entity that a resource reaches and from which nothing known leads on, or a source that nothing known leaves.
#[derive(Clone)]
pub(in crate::graphql) struct DeadEnd {
    row: service::DeadEnd,
    at: AsOf,
}

/// An entity that a resource reaches and from which nothing known leads on, or a source that nothing known leaves.
#[Object]
impl DeadEnd {
    /// The entity.
    async fn entity(&self, ctx: &Context<'_>) -> Result<Entity> {
        Record::entity(ctx, &self.row.entity, self.at).await
    }
    /// Whether a resource arrives there. False: it is a source, and no relation that leads out of it was walked; then `arriving` is
    /// empty.
    async fn reached(&self) -> bool {
        !self.row.arriving.is_empty()
    }
    /// Why nothing leads on.
    async fn reasons(&self) -> &[DeadEndReason] {
        &self.row.reasons
    }
    /// The relations that arrive there, and so their amounts; empty where it is not `reached`.
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
