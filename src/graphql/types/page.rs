//! Connections: pages of a list whose cursors are keys, whatever the list is of.

use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::Arc;

use async_graphql::registry::{MetaType, Registry};
use async_graphql::{
    Context, InputType, Lookahead, Name, Object, OutputType, SelectionField, SimpleObject, TypeName, Value,
};

use crate::graphql::cursor::{self, CursorKey};
use crate::graphql::errors::Result;
use crate::graphql::inputs::page::PageArgs;
use crate::graphql::loaders::ObservationQuery;
use crate::graphql::scalars::int;
use crate::graphql::schema::asker;
use crate::model::id::EntityId;
use crate::model::page::{Page, PageRequest};
use crate::model::selector::{AsOf, EntityFilter};
use crate::service::{IncidentQuery, RelationQuery, UnderQuery};

/// Where a page lies in its list, as the Relay cursor connections specification defines it. Rows are in list order, whichever
/// way the page was asked for.
#[derive(SimpleObject, Clone, Debug)]
pub(in crate::graphql) struct PageInfo {
    /// With `first`: whether rows follow the page, up to `before` where that is given. With `last`: whether there are rows from
    /// `before` on.
    pub(in crate::graphql) has_next_page: bool,
    /// With `last`: whether rows precede the page, down to `after` where that is given. With `first`: whether there are rows up
    /// to `after`.
    pub(in crate::graphql) has_previous_page: bool,
    /// The cursor of the first row; null on an empty page.
    pub(in crate::graphql) start_cursor: Option<String>,
    /// The cursor of the last row; null on an empty page.
    pub(in crate::graphql) end_cursor: Option<String>,
}

/// A row of a connection.
pub(in crate::graphql) trait Edged: OutputType {
    /// What the row is of.
    type Node: OutputType;
    fn node(&self) -> &Self::Node;
    fn cursor(&self) -> &str;
}

/// A row of a list.
#[derive(Clone)]
pub(in crate::graphql) struct Edge<N> {
    pub(in crate::graphql) cursor: String,
    pub(in crate::graphql) node: N,
}

/// A row of a list.
#[Object(name_type)]
impl<N: OutputType> Edge<N> {
    /// What `after` and `before` take. It stays good when the row is gone.
    async fn cursor(&self) -> &str {
        &self.cursor
    }
    /// The row itself.
    async fn node(&self) -> &N {
        &self.node
    }
}

impl<N: OutputType> TypeName for Edge<N> {
    fn type_name() -> Cow<'static, str> {
        format!("{}Edge", N::type_name()).into()
    }
}

impl<N: OutputType> Edged for Edge<N> {
    type Node = N;
    fn node(&self) -> &N {
        &self.node
    }
    fn cursor(&self) -> &str {
        &self.cursor
    }
}

/// Says of each edge whose `node` is no `Node` that it is none: a Relay client would keep such a row by its id and ask for it
/// again.
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
                let said = text.take().unwrap_or_default();
                *text = Some(format!("{said} {note}"));
            }
        }
    }
}

/// How many rows the whole list has; counted only when asked for.
pub(in crate::graphql) enum Total {
    /// It is known.
    Known(u64),
    /// Of a list of entities.
    Entities(Box<EntityFilter>, AsOf),
    /// Of a list of relations.
    Relations(Box<RelationQuery>),
    /// Of relations at an entity.
    Incident(EntityId, Arc<IncidentQuery>),
    /// Of relations under a programme.
    Under(EntityId, Arc<UnderQuery>),
    /// Of an entity's observations.
    Observations(EntityId, Arc<ObservationQuery>),
    /// Of all sources.
    Sources,
    /// Of all changes.
    Changes,
}

impl Total {
    async fn count(&self, ctx: &Context<'_>) -> Result<u64> {
        let asker = asker(ctx);
        Ok(match self {
            Self::Known(count) => *count,
            Self::Entities(filter, at) => asker.session.count_entities(filter, *at).await?,
            Self::Relations(query) => asker.session.count_relations(query).await?,
            Self::Incident(id, query) => asker.loaders.incident_counts.load(query, id.clone()).await?,
            Self::Under(id, query) => {
                let of = Arc::new((query.filter.clone(), query.at));
                asker.loaders.under_counts.load(&of, id.clone()).await?
            }
            Self::Observations(id, query) => {
                let indicators = Arc::new(query.indicators.clone());
                asker
                    .loaders
                    .observed_counts
                    .load(&indicators, id.clone())
                    .await?
            }
            Self::Sources => asker.session.count_sources().await?,
            Self::Changes => asker.session.count_log().await?,
        })
    }
}

/// A page of a list.
pub(in crate::graphql) struct Connection<E> {
    pub(in crate::graphql) page: Page<E>,
    pub(in crate::graphql) total: Total,
}

/// A page of a list. Default size 100, at most 1000.
#[Object(name_type)]
impl<E: Edged> Connection<E> {
    /// The rows with their cursors.
    async fn edges(&self) -> &[E] {
        &self.page.items
    }
    /// The rows.
    async fn nodes(&self) -> Vec<&E::Node> {
        self.page.items.iter().map(E::node).collect()
    }
    /// Where the page lies in the list.
    async fn page_info(&self) -> PageInfo {
        page_info(&self.page)
    }
    /// How many rows the whole list has.
    async fn total_count(&self, ctx: &Context<'_>) -> Result<i32> {
        self.total.count(ctx).await.map(int)
    }
}

impl<E: Edged> TypeName for Connection<E> {
    fn type_name() -> Cow<'static, str> {
        let edge = <E as OutputType>::type_name();
        format!("{}Connection", edge.strip_suffix("Edge").unwrap_or(&edge)).into()
    }
}

/// Where a page lies in its list.
pub(in crate::graphql) fn page_info<E: Edged>(page: &Page<E>) -> PageInfo {
    PageInfo {
        has_next_page: page.has_next,
        has_previous_page: page.has_previous,
        start_cursor: page.items.first().map(|edge| edge.cursor().to_string()),
        end_cursor: page.items.last().map(|edge| edge.cursor().to_string()),
    }
}

/// The rows of a page as edges: each row's key, and what it is of.
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

/// Whether anything of a connection is asked for but its count.
pub(in crate::graphql) fn wants_rows(ctx: &Context<'_>) -> bool {
    selects_rows(&ctx.look_ahead())
}

/// Whether anything of the connections selected is asked for but their count.
fn selects_rows(connections: &Lookahead<'_>) -> bool {
    ["edges", "nodes", "pageInfo"]
        .into_iter()
        .any(|field| connections.field(field).exists())
}

/// The pages that a question asks for of a connection below the field at hand, wherever it selects rows of them. Where arguments are
/// wrong, the field itself says so.
pub(in crate::graphql) fn pages_asked<K: CursorKey>(
    ctx: &Context<'_>,
    connection: &str,
    scope: &str,
) -> Vec<PageRequest<K>> {
    let asked = |field: &SelectionField<'_>| {
        let mut arguments: HashMap<Name, Value> = field.arguments().ok()?.into_iter().collect();
        let args = PageArgs {
            first: InputType::parse(arguments.remove("first")).ok()?,
            after: InputType::parse(arguments.remove("after")).ok()?,
            last: InputType::parse(arguments.remove("last")).ok()?,
            before: InputType::parse(arguments.remove("before")).ok()?,
        };
        args.parse(scope).ok()
    };
    let fields = ctx.look_ahead().field(connection).selection_fields();
    let listing = fields
        .iter()
        .filter(|field| selects_rows(&Lookahead::from(**field)));
    listing.filter_map(asked).collect()
}
