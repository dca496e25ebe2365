//! Indicators of regions: what their record comes to, what is missing, and on which facts it rests.
//!
//! Each describes how things are arranged, so each says nothing of the world where the facts come from one document: then it
//! has no value, and only the number over the record.

mod record;
mod rows;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::{Result, ServiceError, Session, workers::compute};
use crate::indicators::{Roles, brokerage};
use crate::model::budget::OutOfWork;
use crate::model::closed::closed_list;
use crate::model::id::{EntityId, RelationId};
use crate::model::language::Bilingual;
use crate::model::quantity::Unit;
use crate::model::relation::{FlowDirection, Relation, Resource};
use crate::model::selector::AsOf;
use record::RegionRecord;
use rows::Rows;

closed_list! {
    IndicatorCode ["指标", "Indicator"]
        ["衡量地区的指标。主体指高校、研发平台、科研设施、园区、企业、机构、基金和专家；项目、地点、产业、机制和论断不算，也不连接主体。",
        "Indicator of regions. Actors are universities, labs, facilities, parks, companies, organizations, funds and experts. A project, a place, an industry, a program or a claim is not an actor and joins none."]
    {
        Fragmentation "FRAGMENTATION" ["碎片化", "Fragmentation"]
            ["没有任何联系相通的主体对所占比例：0 全部相连，1 全部孤立。所有地区合为一行。",
            "Share of all pairs of actors that no chain of ties between actors joins: 0 all connected, 1 all isolated. One row for all the regions together."],
        EiIndex "EI_INDEX" ["E–I 指数", "E–I index"]
            ["(E − I) / (E + I)：主体的对外联系与内部联系之比较；−1 只有内部联系，1 只有外部联系。每个地区一行。",
            "(E − I) / (E + I), ties of a region's actors with actors of other regions against ties among its own: −1 only internal, 1 only external. One row a region."],
        StructureSimilarity "STRUCTURE_SIMILARITY" ["产业结构相似度", "Structural similarity"]
            ["各产业份额的 Σ xᵢyᵢ / √(Σxᵢ² Σyᵢ²)：0 全不同，1 全相同。每对地区一行。",
            "Σ xᵢyᵢ / √(Σxᵢ² Σyᵢ²) over the industries' shares: 0 nothing alike, 1 the same proportions. One row a pair of regions."],
        Krugman "KRUGMAN" ["克鲁格曼指数", "Krugman index"]
            ["各产业份额的 Σ |sᵢ − tᵢ|：0 全相同，2 全不同。每对地区一行。",
            "Σ |sᵢ − tᵢ| over the industries' shares: 0 the same, 2 nothing alike. One row a pair of regions."],
        LocationQuotient "LOCATION_QUOTIENT" ["区位商", "Location quotient"]
            ["某产业在该地区的份额除以其在全部所选地区的份额：大于 1 表示相对集中。每个地区和产业一行。",
            "Share of an industry in a region over its share in all the regions given: above 1 it is concentrated there. One row a region and industry."],
        MarketDriveCount "MARKET_DRIVE_COUNT" ["市场驱动（按条数）", "Market drive (by count)"]
            ["驱动方式已说明的联系中，市场驱动所占比例。所有地区合为一行。",
            "Share of the ties driven by the market, of those whose driver is stated. One row for all the regions together."],
        MarketDriveAmount "MARKET_DRIVE_AMOUNT" ["市场驱动（按金额）", "Market drive (by amount)"]
            ["同上，按金额计：数额确知且已实现的资金，每种货币一行。",
            "The same by amount: realised capital known as one number, one row a currency."],
    }
}

closed_list! {
    Lack ["缺少的输入", "Missing input"]
        ["指标为何没有数值。", "Why an indicator has no value."]
    {
        SingleDocument "SINGLE_DOCUMENT" ["仅一份文献", "One document only"]
            ["事实都出自同一份文献：数值描述的是该文献，不是现实。",
            "All facts are of one document: the number describes that document, not the world."],
        TooFewMembers "TOO_FEW_MEMBERS" ["主体不足", "Too few actors"]
            ["主体不足两个，无从成对。",
            "There are fewer actors than the two that a pair needs."],
        NoTies "NO_TIES" ["没有联系", "No ties"]
            ["主体与位于某地区的主体之间没有联系。",
            "No tie joins an actor to an actor that lies in a region."],
        NoIndustry "NO_INDUSTRY" ["没有带份额的产业", "No industry with a share"]
            ["没有一个成员带有份额已知的产业。",
            "No member has an industry with a share."],
        NoShare "NO_SHARE" ["份额未知", "Share not known"]
            ["有成员属于多个产业，其中有的份额未知。",
            "A member has several industries, and of one no share."],
        NoDriver "NO_DRIVER" ["驱动方式未说明", "Drivers not stated"]
            ["联系都不能计入：驱动方式或数额未说明。",
            "No tie counts: its driver or its amount is not stated."],
    }
}

impl IndicatorCode {
    /// Whether it counts actors and the ties between them, rather than all members.
    pub const fn counts_actors(self) -> bool {
        matches!(self, Self::Fragmentation | Self::EiIndex)
    }
}

/// Something that is missing, and what in particular.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MissingInput {
    /// What.
    pub lack: Lack,
    /// What in particular.
    pub detail: Bilingual,
}

/// One number about one region, two, or several together.
#[derive(Clone, Debug, PartialEq)]
pub struct Indicator {
    /// What is measured.
    pub code: IndicatorCode,
    /// Of which regions.
    pub regions: Vec<EntityId>,
    /// Of which industry, where it is of one.
    pub industry: Option<EntityId>,
    /// In which currency, where it is of amounts of one.
    pub currency: Option<Unit>,
    /// The number over the record alone; none where it is not defined.
    pub in_record: Option<f64>,
    /// Why the number says nothing of the world; none: it does, as far as the coverage of the data goes.
    pub missing: Vec<MissingInput>,
    /// The relations it rests on, by id.
    pub facts: Arc<[RelationId]>,
    /// Relations of the kind that were left out.
    pub excluded: usize,
}

impl Indicator {
    /// The number as one about the world.
    pub fn value(&self) -> Option<f64> {
        self.in_record.filter(|_| self.missing.is_empty())
    }
}

/// Between whom an entity stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BrokerageRow {
    /// The entity.
    pub entity: EntityId,
    /// How often in each role.
    pub roles: Roles,
}

impl Session {
    /// The indicators of some regions, in the order of the list of codes, then of the regions as asked, then of the industries.
    ///
    /// - **Errors.** No region, or more than 50; an unknown id, or one of no region; more facts than the limit.
    /// - **Calls.** Nine, and one for each region.
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
        compute(|| Rows::new(&record, &names, &placed, &single).of(codes))
    }

    /// What each of some regions is called; its id where it is gone.
    async fn names(&self, regions: &[EntityId]) -> Result<Vec<Bilingual>> {
        let found = self.entities(regions).await?;
        let named = regions.iter().zip(found).map(|(id, region)| {
            let unnamed = || Bilingual::new(id.as_str(), id.as_str()).to_owned();
            region.map_or_else(unnamed, |region| region.names_in_both())
        });
        Ok(named.collect())
    }

    /// Who stands between two others that no arc joins directly, and for whom: greatest total first, then by id. An arc is a tie
    /// whose direction is stated, of one of the resources where they are given; groups are the regions, each entity in the first
    /// of them that holds it.
    ///
    /// - **Errors.** Those of [`Session::indicators`]; work that came to no end.
    /// - **Calls.** Five, and one for each region.
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
        let rows: std::result::Result<_, OutOfWork> = rows?;
        rows.map_err(|OutOfWork(_)| ServiceError::OutOfWork("counting who stands between whom"))
    }
}

/// The members by id, and the first region that holds each.
fn grouped(record: &RegionRecord) -> (Vec<&EntityId>, Vec<usize>) {
    let mut groups: BTreeMap<&EntityId, usize> = BTreeMap::new();
    for (group, members) in record.members.iter().enumerate() {
        for member in members {
            groups.entry(member).or_insert(group);
        }
    }
    groups.into_iter().unzip()
}

/// The ways a tie carries, where that is stated.
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

/// Those that stand between any, greatest total first, then by id.
fn ranked(entities: &[&EntityId], roles: Vec<Roles>) -> Vec<BrokerageRow> {
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
