//! Pages of the relations of an entity and of the entities at their other ends. The pages of all entities of a list are
//! read in one call, because their queries are the same.

use std::borrow::Cow;
use std::sync::Arc;

use async_graphql::futures_util::future::try_join_all;
use async_graphql::{Context, Object, TypeName};

use super::entity::EntityAtDate;
use super::kinds::Entity;
use super::page::{Connection, ConnectionEdge, Edge, TotalCount, wants_rows};
use super::relation::Relation;
use crate::graphql::cursor;
use crate::graphql::errors::{Failure, Result};
use crate::graphql::inputs::page::PageArgs;
use crate::graphql::request_context::request_context;
use crate::model;
use crate::model::id::RelationId;
use crate::model::page::{Page, page_of_sorted};
use crate::model::selector::AsOf;
use crate::service::IncidentQuery;

/// A page of relations.
pub(in crate::graphql) type RelationConnection = Connection<Edge<Relation>>;
/// A page of related entities.
pub(in crate::graphql) type RelatedConnection = Connection<RelatedEdge>;

/// An entity at the other end of a relation.
pub(in crate::graphql) struct RelatedEdge {
    cursor: String,
    node: Entity,
    relation: Relation,
}

/// An entity at the other end of a relation.
#[Object(name_type)]
impl RelatedEdge {
    /// Cursor of the row, for `after` and `before`.
    async fn cursor(&self) -> &str {
        &self.cursor
    }
    /// Entity at the other end.
    async fn node(&self) -> &Entity {
        &self.node
    }
    /// Relation between the two entities.
    async fn relation(&self) -> &Relation {
        &self.relation
    }
}

impl TypeName for RelatedEdge {
    fn type_name() -> Cow<'static, str> {
        "RelatedEdge".into()
    }
}

impl ConnectionEdge for RelatedEdge {
    type Node = Entity;
    fn node(&self) -> &Entity {
        &self.node
    }
    fn cursor(&self) -> &str {
        &self.cursor
    }
}

/// Loads a page of the relations of an entity.
pub(in crate::graphql) async fn relations(
    ctx: &Context<'_>,
    of: &EntityAtDate,
    query: IncidentQuery,
    args: PageArgs,
) -> Result<RelationConnection> {
    let (page, total) = load(ctx, of, "relations", query, args).await?;
    let page = relation_edges(of, "relations", &page);
    Ok(Connection { page, total })
}

/// Loads a page of relations from a list of ids, in its order. A cursor is valid only in its own `scope`.
pub(super) async fn page_by_ids(
    ctx: &Context<'_>,
    ids: &[RelationId],
    scope: &str,
    args: PageArgs,
    at: AsOf,
) -> Result<RelationConnection> {
    let page = args.parse::<RelationId>(scope)?;
    let shown = page_of_sorted(ids, RelationId::clone, &page);
    let relations = Relation::load_all(ctx, &shown.items, at).await?;
    let rows = shown.items.iter().zip(relations);
    let items = rows.map(|(id, node)| Edge {
        cursor: cursor::encode(scope, id),
        node,
    });
    Ok(Connection {
        page: Page {
            items: items.collect(),
            ..empty_page_like(&shown)
        },
        total: TotalCount::Known(ids.len() as u64),
    })
}

/// The edges of a page of relations, for one field of an entity.
pub(super) fn relation_edges(
    of: &EntityAtDate,
    field: &str,
    page: &Page<model::relation::Relation>,
) -> Page<Edge<Relation>> {
    let scope = scope(of, field);
    let edge = |relation: &model::relation::Relation| Edge {
        cursor: cursor::encode(&scope, &relation.id),
        node: Relation::new(relation.clone(), of.at),
    };
    Page {
        items: page.items.iter().map(edge).collect(),
        ..empty_page_like(page)
    }
}

/// Loads a page of the entities at the other ends of an entity's relations.
pub(in crate::graphql) async fn related(
    ctx: &Context<'_>,
    of: &EntityAtDate,
    field: &str,
    query: IncidentQuery,
    args: PageArgs,
) -> Result<RelatedConnection> {
    let (page, total) = load(ctx, of, field, query, args).await?;
    let scope = scope(of, field);
    let edge = async |relation: &model::relation::Relation| {
        let node = EntityAtDate::entity(ctx, relation.other(&of.entity.id), of.at).await?;
        let cursor = cursor::encode(&scope, &relation.id);
        Ok::<_, Failure>(RelatedEdge {
            cursor,
            node,
            relation: Relation::new(relation.clone(), of.at),
        })
    };
    let items = try_join_all(page.items.iter().map(edge)).await?;
    Ok(Connection {
        page: Page {
            items,
            ..empty_page_like(&page)
        },
        total,
    })
}

async fn load(
    ctx: &Context<'_>,
    of: &EntityAtDate,
    field: &str,
    query: IncidentQuery,
    args: PageArgs,
) -> Result<(Arc<Page<model::relation::Relation>>, TotalCount)> {
    let id = &of.entity.id;
    let query = Arc::new(IncidentQuery {
        page: args.parse(&scope(of, field))?,
        ..query
    });
    let page = if wants_rows(ctx) {
        request_context(ctx)
            .loaders
            .incident_relations
            .load(&query, id.clone())
            .await?
    } else {
        Arc::new(Page::empty())
    };
    request_context(ctx).spend_rows(page.items.len())?;
    Ok((page, TotalCount::Incident(id.clone(), query)))
}

/// The scope of the cursors of one entity's field; a cursor is not valid at another entity.
pub(super) fn scope(of: &EntityAtDate, field: &str) -> String {
    format!("{}.{field}", of.entity.id)
}

/// A page without items that has the flags of `page`.
fn empty_page_like<T, U>(page: &Page<T>) -> Page<U> {
    Page {
        items: Vec::new(),
        has_previous: page.has_previous,
        has_next: page.has_next,
    }
}
