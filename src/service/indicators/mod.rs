//! Indicators of regions: values from their record, missing inputs, and the facts they depend on.
//!
//! Each describes the structure of a record. If all facts come from one document, it says nothing about the
//! world: it then has no value, only the number over the record.

mod record;
mod rows;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::{Result, ServiceError, Session, workers::compute};
use crate::indicators::{BrokerageRoles, brokerage};
use crate::model::budget::BudgetExhausted;
use crate::model::closed::closed_list;
use crate::model::flow_direction::FlowDirection;
use crate::model::id::{EntityId, RelationId};
use crate::model::language::Bilingual;
use crate::model::quantity::Unit;
use crate::model::relation::Relation;
use crate::model::resource::Resource;
use crate::model::selector::AsOf;
use record::RegionRecord;
use rows::IndicatorRows;

closed_list! {
    IndicatorCode ["指标", "Indicator"]
        ["衡量地区的指标。主体指高校、研发平台、科研设施、园区、企业、机构、基金和专家；项目、地点、产业、机制和论断不算，也不连接主体。",
        "Indicator of regions. Actors are universities, labs, facilities, parks, companies, organizations, funds and experts. Projects, places, industries, programs and claims are not actors and do not connect actors."]
    {
        Fragmentation "FRAGMENTATION" ["碎片化", "Fragmentation"]
            ["没有任何联系相通的主体对所占比例：0 全部相连，1 全部孤立。所有地区合为一行。",
            "Share of all pairs of actors that no chain of ties between actors connects: 0 all connected, 1 all isolated. One row for all regions together."],
        EiIndex "EI_INDEX" ["E–I 指数", "E–I index"]
            ["(E − I) / (E + I)：主体的对外联系与内部联系之比较；−1 只有内部联系，1 只有外部联系。每个地区一行。",
            "(E − I) / (E + I), with E the ties of a region's actors with actors of other regions and I the ties among its own actors: −1 only internal, 1 only external. One row for each region."],
        StructureSimilarity "STRUCTURE_SIMILARITY" ["产业结构相似度", "Structural similarity"]
            ["各产业份额的 Σ xᵢyᵢ / √(Σxᵢ² Σyᵢ²)：0 全不同，1 全相同。每对地区一行。",
            "Σ xᵢyᵢ / √(Σxᵢ² Σyᵢ²) over the industries' shares: 0 nothing in common, 1 the same proportions. One row for each pair of regions."],
        Krugman "KRUGMAN" ["克鲁格曼指数", "Krugman index"]
            ["各产业份额的 Σ |sᵢ − tᵢ|：0 全相同，2 全不同。每对地区一行。",
            "Σ |sᵢ − tᵢ| over the industries' shares: 0 the same, 2 nothing in common. One row for each pair of regions."],
        LocationQuotient "LOCATION_QUOTIENT" ["区位商", "Location quotient"]
            ["某产业在该地区的份额除以其在全部所选地区的份额：大于 1 表示相对集中。每个地区和产业一行。",
            "Share of an industry in a region divided by its share in all given regions: above 1, it is concentrated there. One row for each region and industry."],
        MarketDriveCount "MARKET_DRIVE_COUNT" ["市场驱动（按条数）", "Market drive (by count)"]
            ["驱动方式已说明的联系中，市场驱动所占比例。所有地区合为一行。",
            "Share of ties driven by the market, among those whose driver is stated. One row for all regions together."],
        MarketDriveAmount "MARKET_DRIVE_AMOUNT" ["市场驱动（按金额）", "Market drive (by amount)"]
            ["同上，按金额计：数额确知且已实现的资金，每种货币一行。",
            "The same by amount: realized capital whose amount is one number. One row for each currency."],
    }
}

closed_list! {
    MissingInputReason ["缺少的输入", "Missing input"]
        ["指标为何没有数值。", "Reason for which an indicator has no value."]
    {
        SingleDocument "SINGLE_DOCUMENT" ["仅一份文献", "One document only"]
            ["事实都出自同一份文献：数值描述的是该文献，不是现实。",
            "All facts are from one document: the number describes that document, not the world."],
        TooFewMembers "TOO_FEW_MEMBERS" ["主体不足", "Too few actors"]
            ["主体不足两个，无从成对。",
            "There are fewer than two actors, so there is no pair."],
        NoTies "NO_TIES" ["没有联系", "No ties"]
            ["主体与位于某地区的主体之间没有联系。",
            "No tie connects an actor with an actor that is located in a region."],
        NoIndustry "NO_INDUSTRY" ["没有带份额的产业", "No industry with a share"]
            ["没有一个成员带有份额已知的产业。",
            "No member has an industry with a known share."],
        NoShare "NO_SHARE" ["份额未知", "Share not known"]
            ["有成员属于多个产业，其中有的份额未知。",
            "A member has several industries, and the share of one is not known."],
        NoDriver "NO_DRIVER" ["驱动方式未说明", "Drivers not stated"]
            ["联系都不能计入：驱动方式或数额未说明。",
            "No tie counts, because drivers or amounts are not stated."],
    }
}

impl IndicatorCode {
    /// Whether it counts actors and the ties between them, rather than all members.
    pub const fn counts_actors(self) -> bool {
        matches!(self, Self::Fragmentation | Self::EiIndex)
    }
}

/// A missing input, with details.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MissingInput {
    /// The kind of missing input.
    pub lack: MissingInputReason,
    /// The details.
    pub detail: Bilingual,
}

/// A number about one region, a pair, or several together.
#[derive(Clone, Debug, PartialEq)]
pub struct Indicator {
    /// The indicator.
    pub code: IndicatorCode,
    /// The regions.
    pub regions: Vec<EntityId>,
    /// The industry, if it is about one.
    pub industry: Option<EntityId>,
    /// The currency, if it is about amounts of one.
    pub currency: Option<Unit>,
    /// The number over the record; `None` if it is undefined.
    pub in_record: Option<f64>,
    /// Why the number does not describe the world; empty if it does, within the coverage of the data.
    pub missing: Vec<MissingInput>,
    /// The relations it depends on, by id.
    pub facts: Arc<[RelationId]>,
    /// The number of relations of the kind that are excluded.
    pub excluded: usize,
}

impl Indicator {
    /// The number, if it describes the world.
    pub fn value(&self) -> Option<f64> {
        self.in_record.filter(|_| self.missing.is_empty())
    }
}

/// The brokerage roles of an entity.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BrokerageRow {
    /// The entity.
    pub entity: EntityId,
    /// The count of each role.
    pub roles: BrokerageRoles,
}

impl Session {
    /// Computes indicators of regions, in the order of the list of codes, then of the given regions, then of
    /// industries.
    ///
    /// - **Errors.** No region, or more than 50; an unknown id, or the id of another kind of entity; more
    ///   facts than the limit.
    /// - **Calls.** Nine, plus one for each region.
    pub async fn indicators(
        &self,
        regions: &[EntityId],
        codes: &BTreeSet<IndicatorCode>,
        at: AsOf,
    ) -> Result<Vec<Indicator>> {
        let record = self.region_record(regions, at).await?;
        let names = self.names(&record.regions).await?;
        let single = self.single_documents(&record).await?;
        let ends: BTreeSet<EntityId> = record
            .ties
            .iter()
            .flat_map(|tie| [tie.from.clone(), tie.to.clone()])
            .collect();
        let placed = self.placed(ends.into_iter().collect(), at).await?;
        compute(|| IndicatorRows::new(&record, &names, &placed, &single).of(codes))
    }

    /// The name of each region; the id of a region that no longer exists.
    async fn names(&self, regions: &[EntityId]) -> Result<Vec<Bilingual>> {
        let found = self.entities(regions).await?;
        let named = regions.iter().zip(found).map(|(id, region)| {
            let unnamed = || Bilingual::new(id.as_str(), id.as_str()).to_owned();
            region.map_or_else(unnamed, |region| region.names_in_both())
        });
        Ok(named.collect())
    }

    /// Ranks entities by brokerage: the greatest total first, then by id. An arc is a tie with a stated
    /// direction, of one of the resources if given. Groups are the regions; each entity belongs to the first
    /// region that contains it.
    ///
    /// - **Errors.** Those of [`Session::indicators`]; an exhausted budget.
    /// - **Calls.** Five, plus one for each region.
    pub async fn brokerage(
        &self,
        regions: &[EntityId],
        resources: Option<&[Resource]>,
        at: AsOf,
    ) -> Result<Vec<BrokerageRow>> {
        let record = self.region_record(regions, at).await?;
        let resources: Option<BTreeSet<Resource>> =
            resources.map(|resources| resources.iter().copied().collect());
        let mut budget = self.limits().trace_budget();
        let rows = compute(|| {
            let (entities, groups) = grouped(&record);
            let asked = |tie: &&Relation| match &resources {
                None => true,
                Some(asked) => tie.resource().is_some_and(|resource| asked.contains(&resource)),
            };
            let arcs = record.ties.iter().filter(asked).flat_map(arcs);
            let place = |id: &EntityId| entities.binary_search(&id).ok();
            let arcs = arcs.filter_map(|(from, to)| Some((place(from)?, place(to)?)));
            let roles = brokerage(&groups, arcs, &mut budget)?;
            Ok(ranked(&entities, roles))
        });
        let rows: std::result::Result<_, BudgetExhausted> = rows?;
        rows.map_err(|BudgetExhausted(_)| ServiceError::BudgetExhausted("counting brokerage roles"))
    }
}

/// The members by id, and the first region that contains each.
fn grouped(record: &RegionRecord) -> (Vec<&EntityId>, Vec<usize>) {
    let mut groups: BTreeMap<&EntityId, usize> = BTreeMap::new();
    for (group, members) in record.members.iter().enumerate() {
        for member in members {
            groups.entry(member).or_insert(group);
        }
    }
    groups.into_iter().unzip()
}

/// The stated directions of a tie.
fn arcs(tie: &Relation) -> impl Iterator<Item = (&EntityId, &EntityId)> {
    let (forward, backward) = match tie.flow() {
        FlowDirection::Forward => (true, false),
        FlowDirection::Backward => (false, true),
        FlowDirection::Both => (true, true),
        FlowDirection::Unstated | FlowDirection::None => (false, false),
    };
    let forward = forward.then_some((&tie.from, &tie.to));
    forward
        .into_iter()
        .chain(backward.then_some((&tie.to, &tie.from)))
}

/// The entities with any role, greatest total first, then by id.
fn ranked(entities: &[&EntityId], roles: Vec<BrokerageRoles>) -> Vec<BrokerageRow> {
    let rows = entities.iter().zip(roles).filter(|(_, roles)| roles.total() > 0);
    let mut rows: Vec<BrokerageRow> = rows
        .map(|(entity, roles)| BrokerageRow {
            entity: (*entity).clone(),
            roles,
        })
        .collect();
    rows.sort_by(|a, b| {
        let total = |row: &BrokerageRow| row.roles.total();
        total(b).cmp(&total(a)).then_with(|| a.entity.cmp(&b.entity))
    });
    rows
}
