//! Connections: pages of any list, with the keys of the rows as cursors.

use std::borrow::Cow;
use std::sync::Arc;

use async_graphql::registry::{MetaType, Registry};
use async_graphql::{Context, Object, OutputType, SimpleObject, TypeName};

use crate::graphql::cursor::{self, CursorKey};
use crate::graphql::errors::Result;
use crate::graphql::loaders::ObservationQuery;
use crate::graphql::request_context::request_context;
use crate::graphql::scalars::int;
use crate::model::id::EntityId;
use crate::model::page::Page;
use crate::model::selector::{AsOf, EntityFilter};
use crate::service::{IncidentQuery, ProgramRelationsQuery, RelationQuery};

/// Position of a page in its list, as defined by the Relay cursor connections specification. Rows are always in list order, for
/// `first` and for `last`.
#[derive(SimpleObject, Clone, Debug)]
pub(in crate::graphql) struct PageInfo {
    /// With `first`: whether more rows follow the page, up to `before` if that is given. With `last`: whether there are rows from
    /// `before` onward.
    pub(in crate::graphql) has_next_page: bool,
    /// With `last`: whether more rows precede the page, down to `after` if that is given. With `first`: whether there are rows up
    /// to `after`.
    pub(in crate::graphql) has_previous_page: bool,
    /// Cursor of the first row. Null on an empty page.
    pub(in crate::graphql) start_cursor: Option<String>,
    /// Cursor of the last row. Null on an empty page.
    pub(in crate::graphql) end_cursor: Option<String>,
}

/// An edge of a connection: a row with its cursor.
pub(in crate::graphql) trait ConnectionEdge: OutputType {
    /// Type of the row.
    type Node: OutputType;
    fn node(&self) -> &Self::Node;
    fn cursor(&self) -> &str;
}

/// A row of a list, with its cursor.
#[derive(Clone)]
pub(in crate::graphql) struct Edge<N> {
    pub(in crate::graphql) cursor: String,
    pub(in crate::graphql) node: N,
}

/// A row of a list, with its cursor.
#[Object(name_type)]
impl<N: OutputType> Edge<N> {
    /// Cursor of the row, for `after` and `before`. It remains valid after the row is deleted.
    async fn cursor(&self) -> &str {
        &self.cursor
    }
    /// Row.
    async fn node(&self) -> &N {
        &self.node
    }
}

impl<N: OutputType> TypeName for Edge<N> {
    fn type_name() -> Cow<'static, str> {
        format!("{}Edge", N::type_name()).into()
    }
}

impl<N: OutputType> ConnectionEdge for Edge<N> {
    type Node = N;
    fn node(&self) -> &N {
        &self.node
    }
    fn cursor(&self) -> &str {
        &self.cursor
    }
}

/// Adds a note to the description of each edge whose `node` is not a `Node`: a Relay client would cache such a row by its id and
/// refetch it.
pub(in crate::graphql) fn describe_edges(registry: &mut Registry) {
    let implements = &registry.implements;
    let is_node = |name: &str| implements.get(name).is_some_and(|all| all.contains("Node"));
    let edges = registry
        .types
        .iter_mut()
        .filter(|(name, _)| name.ends_with("Edge"));
    for (_, edge) in edges {
        let MetaType::Object {
            description, fields, ..
        } = edge
        else {
            continue;
        };
        let Some(node) = fields.get_mut("node") else {
            continue;
        };
        let of = node.ty.trim_end_matches('!').to_string();
        if !is_node(&of) {
            let note =
                format!("{of} is not a `Node`: it has no id of its own and cannot be refetched by `node`.");
            for text in [description, &mut node.description] {
                let description = text.take().unwrap_or_default();
                *text = Some(format!("{description} {note}"));
            }
        }
    }
}

/// The number of rows of a whole list, counted only when the query selects it.
pub(in crate::graphql) enum TotalCount {
    /// An already known number.
    Known(u64),
    /// Number of entities that match.
    Entities(Box<EntityFilter>, AsOf),
    /// Number of relations that match.
    Relations(Box<RelationQuery>),
    /// Number of relations of an entity.
    Incident(EntityId, Arc<IncidentQuery>),
    /// Number of relations under a program.
    Under(EntityId, Arc<ProgramRelationsQuery>),
    /// Number of observations of an entity.
    Observations(EntityId, Arc<ObservationQuery>),
    /// Number of sources.
    Sources,
    /// Number of changes.
    Changes,
}

impl TotalCount {
    async fn count(&self, ctx: &Context<'_>) -> Result<u64> {
        let context = request_context(ctx);
        Ok(match self {
            Self::Known(count) => *count,
            Self::Entities(filter, at) => context.session.count_entities(filter, *at).await?,
            Self::Relations(query) => context.session.count_relations(query).await?,
            Self::Incident(id, query) => {
                context
                    .loaders
                    .incident_relation_counts
                    .load(query, id.clone())
                    .await?
            }
            Self::Under(id, query) => {
                let of = Arc::new((query.filter.clone(), query.at));
                context
                    .loaders
                    .program_relation_counts
                    .load(&of, id.clone())
                    .await?
            }
            Self::Observations(id, query) => {
                let indicators = Arc::new(query.indicators.clone());
                context
                    .loaders
                    .entity_observation_counts
                    .load(&indicators, id.clone())
                    .await?
            }
            Self::Sources => context.session.count_sources().await?,
            Self::Changes => context.session.count_log().await?,
        })
    }
}

/// A page of a list.
pub(in crate::graphql) struct Connection<E> {
    pub(in crate::graphql) page: Page<E>,
    pub(in crate::graphql) total: TotalCount,
}

/// A page of a list: 100 rows by default, at most 1000.
#[Object(name_type)]
impl<E: ConnectionEdge> Connection<E> {
    /// Rows with their cursors.
    async fn edges(&self) -> &[E] {
        &self.page.items
    }
    /// Rows without their cursors.
    async fn nodes(&self) -> Vec<&E::Node> {
        self.page.items.iter().map(E::node).collect()
    }
    /// Position of the page in the list.
    async fn page_info(&self) -> PageInfo {
        page_info(&self.page)
    }
    /// Number of rows in the whole list.
    async fn total_count(&self, ctx: &Context<'_>) -> Result<i32> {
        self.total.count(ctx).await.map(int)
    }
}

impl<E: ConnectionEdge> TypeName for Connection<E> {
    fn type_name() -> Cow<'static, str> {
        let edge = <E as OutputType>::type_name();
        format!("{}Connection", edge.strip_suffix("Edge").unwrap_or(&edge)).into()
    }
}

/// The position of a page in its list.
pub(in crate::graphql) fn page_info<E: ConnectionEdge>(page: &Page<E>) -> PageInfo {
    PageInfo {
        has_next_page: page.has_next,
        has_previous_page: page.has_previous,
        start_cursor: page.items.first().map(|edge| edge.cursor().to_string()),
        end_cursor: page.items.last().map(|edge| edge.cursor().to_string()),
    }
}

/// The rows of a page as edges. `split` returns the key and the node of a row.
pub(in crate::graphql) fn edges<T, K: CursorKey, N>(
    page: Page<T>,
    scope: &str,
    split: impl Fn(T) -> (K, N),
) -> Page<Edge<N>> {
    page.map(|row| {
        let (key, node) = split(row);
        Edge {
            cursor: cursor::encode(scope, &key),
            node,
        }
    })
}

/// Whether the query selects more of the current connection than its count.
pub(in crate::graphql) fn wants_rows(ctx: &Context<'_>) -> bool {
    let selected = ctx.look_ahead();
    ["edges", "nodes", "pageInfo"]
        .into_iter()
        .any(|field| selected.field(field).exists())
}
