//! `search`: entities by name.

use std::borrow::Cow;
use std::cmp::Reverse;

use async_graphql::{Context, Object, TypeName};
use serde_json::{Value, json};

use crate::graphql::cursor::{self, CursorKey};
use crate::graphql::errors::Result;
use crate::graphql::inputs::page::PageArgs;
use crate::graphql::schema::asker;
use crate::graphql::types::entity::Record;
use crate::graphql::types::kinds::Entity;
use crate::graphql::types::page::{Connection, Edged, Total};
use crate::model::entity::EntityKind;
use crate::model::id::EntityId;
use crate::model::text::Score;
use crate::service::{SearchHit, SearchKey};

#[derive(Default)]
pub(super) struct SearchFields;

#[Object]
impl SearchFields {
    /// Entities by name, best first: Chinese in either script, any other language whatever the case and accents, pinyin, initials, or id; ids that were
    /// merged away find the entity kept.
    #[expect(clippy::too_many_arguments, reason = "a connection has four")]
    async fn search(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What to look for.")] query: String,
        #[graphql(desc = "Of these kinds only.")] kinds: Option<Vec<EntityKind>>,
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
        let asker = asker(ctx);
        let found = asker.session.search(&query, kinds.as_deref(), &page).await?;
        asker.spend_rows(found.page.items.len())?;
        asker
            .loaders
            .prime_entities(found.page.items.iter().map(|hit| &hit.entity));
        Ok(Connection {
            page: found.page.map(SearchEdge::from),
            total: Total::Known(found.total),
        })
    }
}

/// An entity that was found.
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
            node: Record {
                entity: hit.entity,
                at: None,
            }
            .into(),
            highlight: hit.highlight,
        }
    }
}

/// An entity that was found.
#[Object(name_type)]
impl SearchEdge {
    /// What `after` and `before` take.
    async fn cursor(&self) -> &str {
        &self.cursor
    }
    /// The entity.
    async fn node(&self) -> &Entity {
        &self.node
    }
    /// How well it matches: above 0, at most 1.
    async fn score(&self) -> f64 {
        self.score
    }
    /// The name that matches best, or the id, with ⟦ and ⟧ around what matches: plain text, no markup.
    async fn highlight(&self) -> Option<&str> {
        Some(self.highlight.as_str()).filter(|highlight| !highlight.is_empty())
    }
}

impl TypeName for SearchEdge {
    fn type_name() -> Cow<'static, str> {
        "SearchEdge".into()
    }
}

impl Edged for SearchEdge {
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
