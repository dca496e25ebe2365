//! Indicators of regions: what their record comes to, what is missing, and on which facts it rests.
//!
//! Each describes how things are arranged, so each says nothing of the world where the facts come from one document: then it
//! has no value, and only the number over the record.

mod record;
mod rows;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::{Result, ServiceError, Session, off_thread};
use crate::indicators::{Roles, brokerage};
use crate::model::budget::OutOfWork;
use crate::model::closed::closed_list;
use crate::model::id::{EntityId, RelationId};
use crate::model::relation::{FlowDirection, Relation, Resource};
use crate::model::selector::AsOf;
use record::RegionRecord;
use rows::Rows;

closed_list! {
    /// What is measured.
    IndicatorCode {
        /// The part of all pairs of members that no chain of ties joins.
        Fragmentation "FRAGMENTATION",
        /// Whether ties lead out of a region or stay inside.
        EiIndex "EI_INDEX",
        /// How alike the industries of two regions are.
        StructureSimilarity "STRUCTURE_SIMILARITY",
        /// How far the industries of two regions differ.
        Krugman "KRUGMAN",
        /// Whether a region has more of an industry than its size would give it.
        LocationQuotient "LOCATION_QUOTIENT",
        /// The part of the ties that the market drives, by number.
        MarketDriveCount "MARKET_DRIVE_COUNT",
        /// The same by amount.
        MarketDriveAmount "MARKET_DRIVE_AMOUNT",
    }
}

closed_list! {
    /// Why an indicator has no value.
    Lack {
        /// The facts are of one document, and describe that.
        SingleDocument "SINGLE_DOCUMENT",
        /// There are too few members to speak of pairs.
        TooFewMembers "TOO_FEW_MEMBERS",
        /// There is no tie.
        NoTies "NO_TIES",
        /// A region has no industry.
        NoIndustry "NO_INDUSTRY",
        /// A member has several industries, and of one no share.
        NoShare "NO_SHARE",
        /// Of no tie it is stated what drives it.
        NoDriver "NO_DRIVER",
    }
}

/// Something that is missing, and what in particular.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MissingInput {
    /// What.
    pub lack: Lack,
    /// What in particular.
    pub detail: String,
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
    /// - **Calls.** Eight, and one for each region.
    pub async fn indicators(
        &self,
        regions: &[EntityId],
        codes: &BTreeSet<IndicatorCode>,
        at: AsOf,
    ) -> Result<Vec<Indicator>> {
        let record = self.region_record(regions, at).await?;
        let single = self.single_documents(&record).await?;
        let ends: BTreeSet<EntityId> = record
            .ties
            .iter()
            .flat_map(|tie| [tie.from.clone(), tie.to.clone()])
            .collect();
        let placed = self.placed(ends.into_iter().collect(), at).await?;
        let codes = codes.clone();
        off_thread(move || Rows::new(&record, &placed, &single).of(&codes)).await
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
        let rows = off_thread(move || {
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
        let rows: std::result::Result<_, OutOfWork> = rows.await?;
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
