//! `search`: entities by name.

use std::borrow::Cow;
use std::cmp::Reverse;

use async_graphql::{Context, Object, TypeName};
use serde_json::{Value, json};

use crate::graphql::cost::cost;
use crate::graphql::cursor::{self, CursorKey};
use crate::graphql::errors::Result;
use crate::graphql::inputs::page::PageArgs;
use crate::graphql::request_context::request_context;
use crate::graphql::types::entity::EntityAtDate;
use crate::graphql::types::kinds::Entity;
use crate::graphql::types::page::{Connection, ConnectionEdge, TotalCount};
use crate::model::entity::EntityKind;
use crate::model::id::EntityId;
use crate::model::text::Score;
use crate::service::{SearchHit, SearchKey};

#[derive(Default)]
pub(super) struct SearchFields;

#[Object]
impl SearchFields {
    /// Entities by name, best match first. Matches Chinese in either script, other languages regardless of case and accents, pinyin, pinyin
    /// initials and ids; a merged id finds the entity into which it was merged.
    #[expect(clippy::too_many_arguments, reason = "a connection has four")]
    #[graphql(directive = cost::apply(50_000))]
    async fn search(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Text to search for.")] query: String,
        #[graphql(desc = "Kinds of entity to return. Default: all.")] kinds: Option<Vec<EntityKind>>,
        #[graphql(desc = "Number of rows from the start, 0–1000. Default: 100.")] first: Option<i32>,
        #[graphql(desc = "Rows after this cursor.")] after: Option<String>,
        #[graphql(desc = "Number of rows from the end, 0–1000, in list order.")] last: Option<i32>,
        #[graphql(desc = "Rows before this cursor.")] before: Option<String>,
    ) -> Result<Connection<SearchEdge>> {
        let page = PageArgs {
            first,
            after,
            last,
            before,
        }
        .parse::<SearchKey>("search")?;
        let context = request_context(ctx);
        let found = context.session.search(&query, kinds.as_deref(), &page).await?;
        context.spend_rows(found.page.items.len())?;
        context
            .loaders
            .prime_entities(found.page.items.iter().map(|hit| &hit.entity));
        Ok(Connection {
            page: found.page.map(SearchEdge::from),
            total: TotalCount::Known(found.total),
        })
    }
}

/// A search hit as an edge.
struct SearchEdge {
    cursor: String,
    node: Entity,
    score: f64,
    highlight: String,
}

impl From<SearchHit> for SearchEdge {
    fn from(hit: SearchHit) -> Self {
        Self {
            cursor: cursor::encode("search", &hit.key),
            score: hit.score(),
            node: EntityAtDate {
                entity: hit.entity,
                at: None,
            }
            .into(),
            highlight: hit.highlight,
        }
    }
}

/// An entity that matches the search.
#[Object(name_type)]
impl SearchEdge {
    /// Cursor of the row, for `after` and `before`.
    async fn cursor(&self) -> &str {
        &self.cursor
    }
    /// Entity that matches.
    async fn node(&self) -> &Entity {
        &self.node
    }
    /// Quality of the match, greater than 0 and at most 1.
    async fn score(&self) -> f64 {
        self.score
    }
    /// Best matching name, or the id, with ⟦ and ⟧ around the matching part. Plain text without markup.
    async fn highlight(&self) -> Option<&str> {
        Some(self.highlight.as_str()).filter(|highlight| !highlight.is_empty())
    }
}

impl TypeName for SearchEdge {
    fn type_name() -> Cow<'static, str> {
        "SearchEdge".into()
    }
}

impl ConnectionEdge for SearchEdge {
    type Node = Entity;
    fn node(&self) -> &Entity {
        &self.node
    }
    fn cursor(&self) -> &str {
        &self.cursor
    }
}

impl CursorKey for SearchKey {
    fn write(&self) -> Value {
        json!([self.score.0.bits(), self.id.as_str()])
    }
    fn read(value: &Value) -> Option<Self> {
        let [score, id] = value.as_array()?.as_slice() else {
            return None;
        };
        let score = Score::from_bits(u16::try_from(score.as_u64()?).ok()?);
        Some(Self {
            score: Reverse(score),
            id: EntityId::parse(id.as_str()?).ok()?,
        })
    }
}
