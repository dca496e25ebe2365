//! Relations at an entity and what stands at their other ends, a page at a time. The pages of all the entities of a list
//! are read in one call, since they ask for the same.

use std::borrow::Cow;
use std::sync::Arc;

use async_graphql::futures_util::future::try_join_all;
use async_graphql::{Context, Object, TypeName};

use super::entity::Record;
use super::kinds::Entity;
use super::page::{Connection, Edge, Edged, Total, wants_rows};
use super::relation::Relation;
use crate::graphql::cursor;
use crate::graphql::errors::{Failure, Result};
use crate::graphql::inputs::page::PageArgs;
use crate::graphql::schema::asker;
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
    /// What `after` and `before` take.
    async fn cursor(&self) -> &str {
        &self.cursor
    }
    /// The entity at the other end.
    async fn node(&self) -> &Entity {
        &self.node
    }
    /// The relation that leads there.
    async fn relation(&self) -> &Relation {
        &self.relation
    }
}

impl TypeName for RelatedEdge {
    fn type_name() -> Cow<'static, str> {
        "RelatedEdge".into()
    }
}

impl Edged for RelatedEdge {
    type Node = Entity;
    fn node(&self) -> &Entity {
        &self.node
    }
    fn cursor(&self) -> &str {
        &self.cursor
    }
}

/// One page of the relations at an entity.
pub(in crate::graphql) async fn relations(
    ctx: &Context<'_>,
    of: &Record,
    query: IncidentQuery,
    args: PageArgs,
) -> Result<RelationConnection> {
    let (page, total) = load(ctx, of, "relations", query, args).await?;
    let page = relation_edges(of, "relations", &page);
    Ok(Connection { page, total })
}

/// One page of relations whose ids are known, in their order. Cursors of one `scope` mean nothing in another.
pub(super) async fn listed(
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
            ..around(&shown)
        },
        total: Total::Known(ids.len() as u64),
    })
}

/// A page of relations of an entity as the edges of one of its fields.
pub(super) fn relation_edges(
    of: &Record,
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
        ..around(page)
    }
}

/// One page of the entities at the other ends of the relations at an entity.
pub(in crate::graphql) async fn related(
    ctx: &Context<'_>,
    of: &Record,
    field: &str,
    query: IncidentQuery,
    args: PageArgs,
) -> Result<RelatedConnection> {
    let (page, total) = load(ctx, of, field, query, args).await?;
    let scope = scope(of, field);
    let edge = async |relation: &model::relation::Relation| {
        let node = Record::entity(ctx, relation.other(&of.entity.id), of.at).await?;
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
            ..around(&page)
        },
        total,
    })
}

async fn load(
    ctx: &Context<'_>,
    of: &Record,
    field: &str,
    query: IncidentQuery,
    args: PageArgs,
) -> Result<(Arc<Page<model::relation::Relation>>, Total)> {
    let id = &of.entity.id;
    let query = Arc::new(IncidentQuery {
        page: args.parse(&scope(of, field))?,
        ..query
    });
    let page = if wants_rows(ctx) {
        asker(ctx).loaders.incident.load(&query, id.clone()).await?
    } else {
        Arc::new(Page::empty())
    };
    asker(ctx).spend_rows(page.items.len())?;
    Ok((page, Total::Incident(id.clone(), query)))
}

/// Cursors of one entity's relations mean nothing at another's.
pub(super) fn scope(of: &Record, field: &str) -> String {
    format!("{}.{field}", of.entity.id)
}

fn around<T, U>(page: &Page<T>) -> Page<U> {
    Page {
        items: Vec::new(),
        has_previous: page.has_previous,
        has_next: page.has_next,
    }
}
