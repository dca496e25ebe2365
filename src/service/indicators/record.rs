//! The record of regions: their members, the ties of these, and the evidence.

use std::collections::{BTreeMap, BTreeSet};

use futures_util::future::try_join_all;

use crate::indicators::Profile;
use crate::model::Decimal;
use crate::model::change::Subject;
use crate::model::entity::EntityKind;
use crate::model::id::{DatasetId, EntityId, RelationId};
use crate::model::job;
use crate::model::ontology::RelationKind;
use crate::model::record::Coverage;
use crate::model::relation::Relation;
use crate::model::selector::{AsOf, RegionRole, RegionSelector, Selector};
use crate::model::statement::EvidenceFilter;
use crate::model::walk::WalkRules;
use crate::service::{Result, ServiceError, Session};

/// Maximum number of regions: indicators of pairs grow quadratically.
pub(super) const REGIONS_MAX: usize = 50;

/// Regions, their members, and the ties of the members.
///
/// Members are the entities in a region or below it, including the regions themselves, without Industries.
/// Ties are relations of kinds that carry a resource, between two different entities, with a member at an
/// end. All are valid on the date and pass the default evidence filter.
#[derive(Debug)]
pub(super) struct RegionRecord {
    /// The regions, in the given order without duplicates.
    pub(super) regions: Vec<EntityId>,
    /// The members of each region.
    pub(super) members: Vec<BTreeSet<EntityId>>,
    /// The ties, by id.
    pub(super) ties: Vec<Relation>,
}

/// The industries of members.
#[derive(Debug, Default)]
pub(super) struct Industries {
    /// The sums of the shares.
    pub(super) profile: Profile,
    /// The relations that state them, by id.
    pub(super) facts: BTreeSet<RelationId>,
    /// The members with several industries, of which one has no share.
    pub(super) unshared: BTreeSet<EntityId>,
}

impl Session {
    /// Reads the record of regions. Five calls, plus one for each region.
    pub(super) async fn region_record(&self, regions: &[EntityId], at: AsOf) -> Result<RegionRecord> {
        let regions = self.known_regions(regions).await?;
        let selecting = regions.iter().map(|region| {
            let selector = Selector {
                region: Some(located_in(region)),
                ..Selector::default()
            };
            async move { self.select(&selector, at).await }
        });
        let picked = try_join_all(selecting).await?;
        let all: BTreeSet<&EntityId> = picked.iter().flatten().collect();
        self.check_facts("entities in the regions", all.len())?;
        let ties = self.ties_at(&regions, at).await?;
        let ends = ties.iter().flat_map(|tie| [&tie.from, &tie.to]);
        let beside: BTreeSet<&EntityId> = ends.filter(|end| !all.contains(end)).collect();
        let beside = self.valid(beside, at).await?;
        let ids: Vec<EntityId> = all.into_iter().chain(&beside).cloned().collect();
        let counting = self.supported_entities(ids).await?;
        let counts = |id: &EntityId| counting.contains(id);
        let members: Vec<BTreeSet<EntityId>> = picked
            .into_iter()
            .map(|ids| ids.into_iter().filter(counts).collect())
            .collect();
        let is_member = |id: &EntityId| members.iter().any(|members| members.contains(id));
        let is_tie = |tie: &Relation| {
            tie.from != tie.to
                && counts(&tie.from)
                && counts(&tie.to)
                && (is_member(&tie.from) || is_member(&tie.to))
        };
        Ok(RegionRecord {
            ties: ties.into_iter().filter(is_tie).collect(),
            regions,
            members,
        })
    }

    /// The canonical ids of the given regions, without duplicates.
    async fn known_regions(&self, regions: &[EntityId]) -> Result<Vec<EntityId>> {
        if regions.is_empty() {
            return Err(ServiceError::Input("regions: give at least one".into()));
        }
        if regions.len() > REGIONS_MAX {
            return Err(ServiceError::OverLimit {
                what: "regions",
                asked: regions.len() as u64,
                max: REGIONS_MAX as u64,
            });
        }
        let mut known: Vec<EntityId> = Vec::with_capacity(regions.len());
        for (id, region) in regions.iter().zip(self.require_ids("region", regions).await?) {
            if region.kind() != EntityKind::Region {
                let problem = format!("`{id}` is not a region: regions takes ids of REGIONs");
                return Err(ServiceError::Input(problem));
            }
            if !known.contains(&region) {
                known.push(region);
            }
        }
        Ok(known)
    }

    /// The relations that may be ties, by id.
    async fn ties_at(&self, regions: &[EntityId], at: AsOf) -> Result<Vec<Relation>> {
        let carrying = RelationKind::ALL.iter().filter(|kind| kind.info().can_carry());
        let walk = WalkRules {
            kinds: Some(carrying.copied().collect()),
            at,
            ..WalkRules::default()
        };
        let regions: Vec<RegionSelector> = regions.iter().map(located_in).collect();
        let max = self.limits().indicator_facts_max;
        let (ties, is_cut) = self.ledger(&BTreeSet::new(), &regions, &walk, max).await?;
        self.check_facts(
            "relations at the regions' members",
            ties.len() + usize::from(is_cut),
        )?;
        Ok(ties)
    }

    /// The entities that are valid on the date.
    async fn valid(&self, ids: BTreeSet<&EntityId>, at: AsOf) -> Result<BTreeSet<EntityId>> {
        let ids: Vec<EntityId> = ids.into_iter().cloned().collect();
        let found = self.entities(&ids).await?;
        let valid = found
            .into_iter()
            .flatten()
            .filter(|entity| entity.validity.holds(at));
        Ok(valid.map(|entity| entity.id.clone()).collect())
    }

    /// The entities that pass the default evidence filter.
    async fn supported_entities(&self, ids: Vec<EntityId>) -> Result<BTreeSet<EntityId>> {
        let subjects: Vec<Subject> = ids.iter().cloned().map(Subject::Entity).collect();
        let evidence = self.evidence(&subjects).await?;
        let filter = EvidenceFilter::default();
        let supported = ids
            .into_iter()
            .zip(evidence)
            .filter(|(_, classes)| filter.passes(classes));
        Ok(supported.map(|(id, _)| id).collect())
    }

    /// The entities that are located in any region.
    pub(super) async fn placed(&self, ids: Vec<EntityId>, at: AsOf) -> Result<BTreeSet<EntityId>> {
        let regions = self.regions(&ids, RegionRole::Located, at).await?;
        let placed = ids
            .into_iter()
            .zip(regions)
            .filter(|(_, regions)| !regions.is_empty());
        Ok(placed.map(|(id, _)| id).collect())
    }

    /// The single-document data sets of each fact that is in no other data set. Two calls.
    pub(super) async fn single_documents(
        &self,
        record: &RegionRecord,
    ) -> Result<BTreeMap<Subject, BTreeSet<DatasetId>>> {
        let members: BTreeSet<&EntityId> = record.members.iter().flatten().collect();
        let members = members.into_iter().cloned().map(Subject::Entity);
        let ties = record.ties.iter().map(|tie| Subject::Relation(tie.id.clone()));
        let subjects: Vec<Subject> = members.chain(ties).collect();
        let covers: BTreeMap<DatasetId, Coverage> = self
            .datasets()
            .await?
            .into_iter()
            .map(|info| (info.dataset.id, info.dataset.coverage))
            .collect();
        let is_one_document = |id: &DatasetId| covers.get(id) == Some(&Coverage::SingleDocument);
        let datasets = self.memberships(&subjects).await?;
        let single = subjects
            .into_iter()
            .zip(datasets)
            .filter(|(_, datasets)| !datasets.is_empty() && datasets.iter().all(is_one_document));
        Ok(single
            .map(|(subject, datasets)| (subject, datasets.into_iter().collect()))
            .collect())
    }
}

fn located_in(region: &EntityId) -> RegionSelector {
    RegionSelector {
        region: region.clone(),
        role: RegionRole::Located,
    }
}

impl RegionRecord {
    /// The members of all regions together.
    pub(super) fn all_members(&self) -> BTreeSet<&EntityId> {
        self.members.iter().flatten().collect()
    }

    /// The industries of members. Without a share, the only industry of a member has all of it; of several,
    /// an industry without a share is unknown.
    pub(super) fn industries(&self, is_member: impl Fn(&EntityId) -> bool) -> Industries {
        let mut by_member: BTreeMap<&EntityId, Vec<&Relation>> = BTreeMap::new();
        for tie in &self.ties {
            job::step();
            if tie.kind == RelationKind::InIndustry && is_member(&tie.from) {
                by_member.entry(&tie.from).or_default().push(tie);
            }
        }
        let mut industries = Industries::default();
        for (member, ties) in by_member {
            job::step();
            let only = (ties.len() == 1).then_some(Decimal::ONE);
            for tie in ties {
                job::step();
                let Some(share) = tie.share.or(only) else {
                    industries.unshared.insert(member.clone());
                    continue;
                };
                *industries.profile.entry(tie.to.clone()).or_default() += share;
                industries.facts.insert(tie.id.clone());
            }
        }
        industries
    }
}
