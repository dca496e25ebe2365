//! What a trace found. Each field is computed when it is asked for.

use std::borrow::Cow;
use std::collections::HashMap;

use async_graphql::{Context, Object, SimpleObject, TypeName};
use serde_json::{Value, json};

use super::entity::Record;
use super::kinds::Entity;
use super::page::{Connection, Edge, Edged, PageInfo, Total, edges, page_info};
use super::relation::Relation;
use super::subgraph::{HiddenCount, Subgraph};
use crate::graphql::cursor::{self, CursorKey};
use crate::graphql::errors::{Failure, Result};
use crate::graphql::inputs::page::PageArgs;
use crate::graphql::scalars::{WholeNumber, int};
use crate::graphql::schema::asker;
use crate::model::id::{EntityId, RelationId};
use crate::model::page::{Page, page_of_sorted};
use crate::model::relation::Resource;
use crate::model::selector::AsOf;
use crate::model::statement::Assertion;
use crate::model::walk::TruncationReason;
use crate::service::{self, DeadEndReason, PathKey, TraceAnswer};

/// The ways from some entities to others, and where what flows stops.
pub(in crate::graphql) struct Trace {
    pub(in crate::graphql) answer: TraceAnswer,
    pub(in crate::graphql) at: AsOf,
}

/// The ways from some entities to others, and where what flows stops.
#[Object]
impl Trace {
    /// The paths: by length, then by the ids of their relations.
    async fn paths(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "So many, at most 1000.", default_with = "Some(100)")] first: Option<i32>,
        #[graphql(desc = "Paths after this cursor.")] after: Option<String>,
    ) -> Result<PathConnection> {
        let page = PageArgs::forward(first, after).parse::<PathKey>("paths")?;
        let found = self.answer.paths(page.limit, page.after).await?.page;
        asker(ctx).spend_rows(found.items.len())?;
        let path = |path: service::Path| PathEdge {
            cursor: cursor::encode("paths", &path.key()),
            node: Path { path, at: self.at },
        };
        Ok(PathConnection {
            page: found.map(path),
        })
    }
    /// The union of all the paths, not of a page of them. `hidden` counts the relations of its entities that lie on no path.
    async fn graph(&self, ctx: &Context<'_>) -> Result<Subgraph> {
        let union = self.answer.union().await?;
        asker(ctx).spend_rows(union.entities.len() + union.relations.len())?;
        let entities = Record::load_all(ctx, &union.entities, self.at).await?;
        let relations = Relation::load_all(ctx, &union.relations, self.at).await?;
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
        let hidden = hidden.collect();
        let entities = entities.into_iter().map(Entity::from).collect();
        Ok(Subgraph {
            entities,
            relations,
            truncated: union.truncated.is_some(),
            hidden,
        })
    }
    /// Where a resource from the sources arrives and nothing known leads on, by id.
    async fn dead_ends(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "So many, at most 1000.", default_with = "Some(100)")] first: Option<i32>,
        #[graphql(desc = "Rows after this cursor.")] after: Option<String>,
    ) -> Result<Connection<Edge<DeadEnd>>> {
        let page = PageArgs::forward(first, after).parse::<EntityId>("deadEnds")?;
        let rows = &self.answer.dead_ends().await?.rows;
        let found = page_of_sorted(rows, |row| row.entity.clone(), &page);
        asker(ctx).spend_rows(found.items.len())?;
        let row = |row: service::DeadEnd| (row.entity.clone(), DeadEnd { row, at: self.at });
        Ok(Connection {
            page: edges(found, "deadEnds", row),
            total: Total::Known(rows.len() as u64),
        })
    }
    /// How many paths there are.
    async fn total_count(&self) -> Result<PathCount> {
        Ok(self.answer.count().await?.into())
    }
    /// Whether anything may be missing. If not, the pages together are all the paths, and the count is exact.
    async fn truncated(&self) -> Result<bool> {
        Ok(self.answer.truncated_by().await?.is_some())
    }
    /// Why something may be missing; null where nothing is.
    async fn truncated_by(&self) -> Result<Option<TruncationReason>> {
        Ok(self.answer.truncated_by().await?)
    }
    /// The revision it was read at.
    async fn revision(&self) -> String {
        self.answer.revision().to_string()
    }
}

/// A way from a source to a target.
pub(in crate::graphql) struct Path {
    path: service::Path,
    at: AsOf,
}

/// A way from a source to a target.
#[Object]
impl Path {
    /// The entities it goes through: one more than relations, all distinct.
    async fn entities(&self, ctx: &Context<'_>) -> Result<Vec<Entity>> {
        let entities = Record::load_all(ctx, &self.path.entities, self.at).await?;
        Ok(entities.into_iter().map(Entity::from).collect())
    }
    /// The relations walked, in turn; one may be walked against its arrow.
    async fn relations(&self, ctx: &Context<'_>) -> Result<Vec<Relation>> {
        Relation::load_all(ctx, &self.path.relations, self.at).await
    }
    /// What it carries, in the order of the way, each once; empty where no relation on it states it.
    async fn resources(&self) -> &[Resource] {
        &self.path.resources
    }
    /// How many relations it has.
    async fn length(&self) -> i32 {
        int(self.path.relations.len())
    }
    /// The weakest of its facts, each taken by its best statement: STATED, COMPUTED, IMPLIED, SUPERLATIVE, NORMATIVE.
    async fn weakest(&self) -> Assertion {
        self.path.weakest
    }
    /// How many of its relations have no date.
    async fn undated_count(&self) -> i32 {
        int(self.path.undated_count)
    }
}

/// A path with its cursor.
pub(in crate::graphql) struct PathEdge {
    cursor: String,
    node: Path,
}

/// A path with its cursor.
#[Object(name_type)]
impl PathEdge {
    /// What `after` takes.
    async fn cursor(&self) -> &str {
        &self.cursor
    }
    /// The path.
    async fn node(&self) -> &Path {
        &self.node
    }
}

impl TypeName for PathEdge {
    fn type_name() -> Cow<'static, str> {
        "PathEdge".into()
    }
}

impl Edged for PathEdge {
    type Node = Path;
    fn node(&self) -> &Path {
        &self.node
    }
    fn cursor(&self) -> &str {
        &self.cursor
    }
}

/// A page of paths; how many there are in all is the trace's to say, for it may be a bound.
pub(in crate::graphql) struct PathConnection {
    page: Page<PathEdge>,
}

/// A page of paths. How many there are is `Trace.totalCount`, for it may be a bound.
#[Object]
impl PathConnection {
    /// The paths with their cursors.
    async fn edges(&self) -> &[PathEdge] {
        &self.page.items
    }
    /// The paths.
    async fn nodes(&self) -> Vec<&Path> {
        self.page.items.iter().map(Edged::node).collect()
    }
    /// Where the page lies in the list.
    async fn page_info(&self) -> PageInfo {
        page_info(&self.page)
    }
}

/// A number of paths.
#[derive(SimpleObject)]
pub(in crate::graphql) struct PathCount {
    /// How many; where it is not exact, how many at least.
    value: WholeNumber,
    /// Whether it is the number itself.
    exact: bool,
}

impl From<service::PathCount> for PathCount {
    fn from(count: service::PathCount) -> Self {
        Self {
            value: WholeNumber(count.value),
            exact: count.is_exact(),
        }
    }
}

/// Where a resource arrives and nothing known leads on.
pub(in crate::graphql) struct DeadEnd {
    row: service::DeadEnd,
    at: AsOf,
}

/// Where a resource arrives and nothing known leads on; or a source that nothing could leave.
#[Object]
impl DeadEnd {
    /// Where.
    async fn entity(&self, ctx: &Context<'_>) -> Result<Entity> {
        let entity = Record::load(ctx, &self.row.entity, self.at).await?;
        entity
            .map(Entity::from)
            .ok_or_else(|| Failure::fault(&format!("the dead end `{}` is not there", self.row.entity)))
    }
    /// Why nothing leads on.
    async fn reasons(&self) -> &[DeadEndReason] {
        &self.row.reasons
    }
    /// The relations that arrive there, so the amounts.
    async fn arriving(&self, ctx: &Context<'_>) -> Result<Vec<Relation>> {
        Relation::load_all(ctx, &self.row.arriving, self.at).await
    }
}

impl TypeName for DeadEnd {
    fn type_name() -> Cow<'static, str> {
        "DeadEnd".into()
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
        let texts = |value: &Value| {
            value
                .as_array()?
                .iter()
                .map(|text| text.as_str().map(str::to_string))
                .collect::<Option<Vec<_>>>()
        };
        let relations = texts(relations)?
            .iter()
            .map(|id| RelationId::parse(id).ok())
            .collect::<Option<Vec<_>>>()?;
        let entities = texts(entities)?
            .iter()
            .map(|id| EntityId::parse(id).ok())
            .collect::<Option<Vec<_>>>()?;
        (entities.len() == relations.len() + 1).then_some(Self { relations, entities })
    }
}
