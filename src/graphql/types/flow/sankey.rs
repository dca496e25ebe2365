//! The Sankey diagram of a flow, and the grouping of its entities.

use std::collections::{BTreeMap, BTreeSet};

use async_graphql::{ComplexObject, Context, ID, SimpleObject};

use crate::graphql::errors::Result;
use crate::graphql::request_context::request_context;
use crate::graphql::scalars::Decimal;
use crate::graphql::types::entity::EntityAtDate;
use crate::graphql::types::kinds::Entity;
use crate::graphql::types::relation::Relation;
use crate::model::id::{EntityId, RelationId};
use crate::model::language::{Bilingual, Language};
use crate::model::selector::{AsOf, RegionRole};
use crate::service::FlowAnswer;
use crate::service::flow::{FlowGroup, SankeyGroup};

/// Sankey diagram: links on which resources of the sources lead to the targets, and for each giver one link to `OUTSIDE` for what leaves
/// for elsewhere.
#[derive(SimpleObject)]
pub(super) struct Sankey {
    /// Nodes, sorted by id.
    nodes: Vec<SankeyNode>,
    /// Links, sorted by the ids of their ends.
    links: Vec<SankeyLink>,
}

/// An entity or a group of entities.
#[derive(SimpleObject)]
#[graphql(complex)]
struct SankeyNode {
    /// Id of the entity. For a group: `kind:FUND`, the id of a region, or `region:` if the region is not known. `OUTSIDE` for
    /// everything that does not lead to the targets.
    id: ID,
    /// Entity. For a group by region, the region; null for any other group.
    entity: Option<Entity>,
    /// Key of the group: the kind, the id of the region or `OUTSIDE`. Null for an entity.
    group: Option<String>,
    #[graphql(skip)]
    label: Bilingual,
}

#[ComplexObject]
impl SankeyNode {
    /// Label of the node.
    async fn label(&self, #[graphql(desc = "Language: `zh` or `en`.", default = "zh")] lang: String) -> &str {
        self.label.of(Language::of(&lang))
    }
}

/// Amount from the sources that passes from one node to another.
#[derive(SimpleObject)]
#[graphql(complex)]
struct SankeyLink {
    /// Id of the giving node.
    source: ID,
    /// Id of the receiving node.
    target: ID,
    /// Amount that comes from the sources. Null if it is not known.
    amount: Option<Decimal>,
    /// Whether the link is part of a circulation. Draw such links separately; the others contain no cycle.
    circulating: bool,
    #[graphql(skip)]
    ids: BTreeSet<RelationId>,
    #[graphql(skip)]
    at: AsOf,
}

#[ComplexObject]
impl SankeyLink {
    /// Relations that the link represents, sorted by id.
    async fn relations(&self, ctx: &Context<'_>) -> Result<Vec<Relation>> {
        let ids: Vec<RelationId> = self.ids.iter().cloned().collect();
        Relation::load_all(ctx, &ids, self.at).await
    }
}

/// The id of the node for everything that does not lead to the targets.
const OUTSIDE: &str = "OUTSIDE";

impl Sankey {
    pub(super) async fn new(
        ctx: &Context<'_>,
        answer: &FlowAnswer,
        group_by: Option<FlowGroup>,
        at: AsOf,
    ) -> Result<Self> {
        let drawn = answer.sankey().await?;
        let links = &drawn.sankey.links;
        let ends: BTreeSet<&EntityId> = links
            .iter()
            .flat_map(|link| std::iter::once(&link.from).chain(&link.to))
            .collect();
        request_context(ctx).spend_rows(ends.len() + links.len())?;
        let ends: Vec<EntityId> = ends.into_iter().cloned().collect();
        let keys = keys(ctx, &ends, group_by, at).await?;
        let key = |id: &EntityId| keys.get(id).cloned().unwrap_or_default();
        let mut folded: BTreeMap<(String, String), SankeyLink> = BTreeMap::new();
        for link in links {
            let (source, target) = (
                key(&link.from),
                link.to.as_ref().map_or_else(|| OUTSIDE.to_string(), key),
            );
            if source == target {
                continue;
            }
            let sum = folded
                .entry((source.clone(), target.clone()))
                .or_insert_with(|| SankeyLink {
                    source: ID(source),
                    target: ID(target),
                    amount: Some(Decimal(crate::model::Decimal::ZERO)),
                    circulating: false,
                    ids: BTreeSet::new(),
                    at,
                });
            let more = sum.amount.as_ref().zip(link.amount);
            sum.amount = more.and_then(|(sum, more)| sum.0.checked_add(more)).map(Decimal);
            sum.circulating |= link.circulating;
            sum.ids.extend(link.relations.iter().cloned());
        }
        let drawn: BTreeSet<&String> = folded
            .keys()
            .flat_map(|(source, target)| [source, target])
            .collect();
        let nodes = nodes(ctx, drawn, group_by, at).await?;
        Ok(Self {
            nodes,
            links: folded.into_values().collect(),
        })
    }
}

/// The id of the node that represents each entity.
async fn keys(
    ctx: &Context<'_>,
    ids: &[EntityId],
    group_by: Option<FlowGroup>,
    at: AsOf,
) -> Result<BTreeMap<EntityId, String>> {
    let keys: Vec<String> = match group_by {
        None => ids.iter().map(ToString::to_string).collect(),
        Some(FlowGroup::Kind) => ids.iter().map(|id| format!("kind:{}", id.kind())).collect(),
        Some(FlowGroup::Region) if ids.is_empty() => Vec::new(),
        Some(FlowGroup::Region) => {
            let regions = request_context(ctx)
                .session
                .regions(ids, RegionRole::Located, at)
                .await?;
            let first =
                |regions: Vec<EntityId>| regions.first().map_or("region:".into(), ToString::to_string);
            regions.into_iter().map(first).collect()
        }
    };
    Ok(ids.iter().cloned().zip(keys).collect())
}

async fn nodes(
    ctx: &Context<'_>,
    keys: BTreeSet<&String>,
    group_by: Option<FlowGroup>,
    at: AsOf,
) -> Result<Vec<SankeyNode>> {
    let ids: Vec<EntityId> = keys.iter().filter_map(|key| EntityId::parse(key).ok()).collect();
    let entities = EntityAtDate::load_all(ctx, &ids, at).await?;
    let entities: BTreeMap<String, EntityAtDate> = entities
        .into_iter()
        .map(|record| (record.entity.id.to_string(), record))
        .collect();
    let node = |key: &&String| {
        let record = entities.get(*key);
        let kind = key
            .strip_prefix("kind:")
            .and_then(crate::model::entity::EntityKind::parse);
        let is_outside = key.as_str() == OUTSIDE;
        let label = match (record, kind) {
            _ if is_outside => SankeyGroup::Outside.label().to_owned(),
            (Some(record), _) => record.entity.names_in_both(),
            (None, Some(kind)) => kind.label().to_owned(),
            (None, None) => SankeyGroup::RegionUnknown.label().to_owned(),
        };
        SankeyNode {
            id: ID((*key).clone()),
            entity: record.cloned().map(Entity::from),
            group: (group_by.is_some() || is_outside)
                .then(|| key.strip_prefix("kind:").unwrap_or(key).to_string()),
            label,
        }
    };
    Ok(keys.iter().map(node).collect())
}
