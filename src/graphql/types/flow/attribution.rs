//! Attributions of a flow: amounts by pair of source and target, in pages.

use async_graphql::{Context, SimpleObject};
use serde_json::{Value, json};

use super::FlowAmount;
use crate::graphql::cursor::{self, CursorKey};
use crate::graphql::errors::Result;
use crate::graphql::inputs::page::PageArgs;
use crate::graphql::types::entity::EntityAtDate;
use crate::graphql::types::kinds::Entity;
use crate::graphql::types::page::{Connection, Edge, TotalCount, wants_rows};
use crate::graphql::types::truncation::Truncation;
use crate::model::Decimal;
use crate::model::id::EntityId;
use crate::model::page::{Page, page_of_sorted};
use crate::model::selector::AsOf;
use crate::service::FlowAnswer;
use crate::service::flow::Pair;

/// Amount that one target receives from one source.
#[derive(SimpleObject)]
pub(super) struct FlowAttribution {
    /// Source that supplies the amount.
    source: Entity,
    /// Target that receives the amount.
    target: Entity,
    /// Amount.
    amount: FlowAmount,
}

/// The sort key of a pair: larger amounts first, unknown ones last, then by source and target.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct PairKey {
    amount: std::cmp::Reverse<Option<Decimal>>,
    source: EntityId,
    target: EntityId,
}

impl PairKey {
    fn new(pair: &Pair) -> Self {
        Self {
            amount: std::cmp::Reverse(pair.proportional),
            source: pair.source.clone(),
            target: pair.target.clone(),
        }
    }
}

impl CursorKey for PairKey {
    fn write(&self) -> Value {
        let amount = self.amount.0.map(|amount| amount.to_string());
        json!([amount, self.source.as_str(), self.target.as_str()])
    }
    fn read(value: &Value) -> Option<Self> {
        let [amount, source, target] = value.as_array()?.as_slice() else {
            return None;
        };
        let amount = match amount {
            Value::Null => None,
            amount => Some(Decimal::from_str_exact(amount.as_str()?).ok()?),
        };
        Some(Self {
            amount: std::cmp::Reverse(amount),
            source: EntityId::parse(source.as_str()?).ok()?,
            target: EntityId::parse(target.as_str()?).ok()?,
        })
    }
}

/// The scope of the cursors of pairs.
const ATTRIBUTIONS: &str = "attributions";

/// Loads a page of the pairs of a flow. Bounds are computed only for the pairs on the page; `truncation` notes if they are
/// incomplete.
pub(super) async fn pairs(
    ctx: &Context<'_>,
    answer: &FlowAnswer,
    args: &PageArgs,
    at: AsOf,
    truncation: &Truncation,
) -> Result<Connection<Edge<FlowAttribution>>> {
    let request = args.parse::<PairKey>(ATTRIBUTIONS)?;
    let pairs = answer.pairs().await?;
    truncation.note(pairs.truncated);
    let total = TotalCount::Known(pairs.pairs.len() as u64);
    if !wants_rows(ctx) {
        let page = Page::empty();
        return Ok(Connection { page, total });
    }
    let found = page_of_sorted(&pairs.pairs, PairKey::new, &request);
    let amounts = answer.amounts_of(&found.items).await?;
    amounts
        .iter()
        .for_each(|amount| truncation.note(amount.bounds.truncated));
    let loaded = async_graphql::futures_util::future::try_join(
        EntityAtDate::entities(ctx, found.items.iter().map(|pair| &pair.source), at),
        EntityAtDate::entities(ctx, found.items.iter().map(|pair| &pair.target), at),
    );
    let (sources, targets) = loaded.await?;
    let rows = found
        .items
        .iter()
        .zip(amounts.iter())
        .zip(sources.into_iter().zip(targets));
    let items = rows
        .map(|((pair, amount), (source, target))| Edge {
            cursor: cursor::encode(ATTRIBUTIONS, &PairKey::new(pair)),
            node: FlowAttribution {
                source: source.into(),
                target: target.into(),
                amount: FlowAmount::new(*amount, answer.unit()),
            },
        })
        .collect();
    let page = Page {
        items,
        has_previous: found.has_previous,
        has_next: found.has_next,
    };
    Ok(Connection { page, total })
}
