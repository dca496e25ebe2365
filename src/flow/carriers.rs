//! Carriers: what companies take over from the projects they carry, and industries from those in them.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use super::facts::{LinkFact, NodeKey, PartFact, PartSize, SplitFact, StatedAmount};
use super::layer::MissingReason;
use crate::model::Decimal;
use crate::model::entity::EntityKind;
use crate::model::id::{EntityId, RelationId};
use crate::model::job;

/// A relation that passes on what an entity would keep: a company carries a project, or an entity is in an industry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CarrierFact {
    /// Its key.
    pub relation: RelationId,
    /// Who would keep it.
    pub from: EntityId,
    /// Who gets it.
    pub to: EntityId,
    /// Which part, where that is stated.
    pub share: Option<Decimal>,
    /// How much of it in the layer, where that is stated in its unit and as its kind of fact.
    pub amount: Option<StatedAmount>,
    /// Whether its statements fail the filter by reliability or source.
    pub is_doubted: bool,
}

/// Which entities a flow is between.
#[derive(Clone, Debug, Default)]
pub struct Ends {
    /// Who supplies.
    pub sources: BTreeSet<EntityId>,
    /// Those of them that were named by id: what a conduit among them puts in is its own.
    pub named: BTreeSet<EntityId>,
    /// Who takes in.
    pub targets: BTreeSet<EntityId>,
    /// Of Industries picked with a region: who lies in it.
    pub inside: Option<BTreeSet<EntityId>>,
}

impl Ends {
    /// Whether Industries take in.
    pub fn are_industries(&self) -> bool {
        self.targets
            .first()
            .is_some_and(|target| target.kind() == EntityKind::Industry)
    }

    /// Whether what an entity puts in is what is asked for: it is among the sources, and no conduit, or a conduit named by id. Where a
    /// conduit lies says nothing of where what it puts in came from.
    pub(super) fn credit(&self, id: &EntityId) -> bool {
        self.sources.contains(id) && (!id.kind().is_conduit() || self.named.contains(id))
    }
}

/// The carriers that hold at the date asked.
#[derive(Clone, Debug, Default)]
pub(super) struct Carriers<'f> {
    by_project: BTreeMap<&'f EntityId, Vec<&'f CarrierFact>>,
    industries: BTreeMap<&'f EntityId, Vec<&'f CarrierFact>>,
    /// Whether what is implied counts: then who alone carries a project has the whole of it, and an only industry of its member.
    may_imply: bool,
}

impl<'f> Carriers<'f> {
    pub(super) fn new(facts: &'f [CarrierFact], may_imply: bool) -> Self {
        let mut carriers = Self {
            may_imply,
            ..Self::default()
        };
        for fact in facts {
            job::step();
            let by = if fact.to.kind() == EntityKind::Industry {
                &mut carriers.industries
            } else {
                &mut carriers.by_project
            };
            by.entry(&fact.from).or_default().push(fact);
        }
        carriers
    }

    /// What entities would keep and pass on, who passes on to others that pass on before them.
    ///
    /// - To entities: a project that is no target passes on to all its carriers.
    /// - To industries: who is in industries passes on to those among the targets, if it lies where these were picked; a project that
    ///   is in none passes on to its carriers.
    pub(super) fn passing(&self, links: &[LinkFact], ends: &Ends) -> Vec<SplitFact> {
        let takers = self.takers(links);
        if !ends.are_industries() {
            let projects = takers.into_iter().filter(|taker| !ends.targets.contains(*taker));
            return projects.filter_map(|project| self.to_carriers(project)).collect();
        }
        let without = takers
            .iter()
            .filter(|taker| !self.industries.contains_key(*taker));
        let mut splits: Vec<SplitFact> = without.filter_map(|project| self.to_carriers(project)).collect();
        let carried = splits.iter().flat_map(|split| &split.parts);
        let mut holders: BTreeSet<EntityId> = carried.map(|part| part.to.entity().clone()).collect();
        holders.extend(takers.into_iter().cloned());
        let wanted = |industry: &EntityId| ends.targets.contains(industry);
        for holder in &holders {
            job::step();
            let is_inside = ends.inside.as_ref().is_none_or(|inside| inside.contains(holder));
            let split = self.to_industries(NodeKey::Entity(holder.clone()), holder, &wanted);
            splits.extend(split.filter(|split| is_inside && !split.parts.is_empty()));
        }
        splits
    }

    /// The carriers of a project, and what is stated of their parts.
    pub(super) fn to_carriers(&self, project: &EntityId) -> Option<SplitFact> {
        let carriers = self.by_project.get(project)?;
        let size = |fact: &CarrierFact| match (fact.is_doubted, fact.share, fact.amount) {
            (true, ..) => PartSize::Open(MissingReason::Doubted),
            (_, Some(share), _) => PartSize::Share(share),
            (_, None, Some(amount)) => PartSize::Amount(amount),
            (_, None, None) => PartSize::Open(MissingReason::NoShare),
        };
        let parts = carriers.iter().map(|fact| PartFact {
            relation: fact.relation.clone(),
            to: NodeKey::Entity(fact.to.clone()),
            size: size(fact),
        });
        let mut split = split(NodeKey::Entity(project.clone()), parts.collect());
        // Who is known to carry a part, though not which, leaves nothing to the project.
        let is_left = |part: &PartFact| part.size == PartSize::Open(MissingReason::NoShare);
        split.takes_all = self.may_imply && split.parts.iter().any(is_left) || is_over(&split);
        Some(split)
    }

    /// The industries of an entity as parts of what a node keeps, as far as they are wanted.
    pub(super) fn to_industries(
        &self,
        giver: NodeKey,
        holder: &EntityId,
        wanted: &dyn Fn(&EntityId) -> bool,
    ) -> Option<SplitFact> {
        let industries = self.industries.get(holder)?;
        let implied = (self.may_imply && industries.len() == 1).then_some(Decimal::ONE);
        let size = |fact: &CarrierFact| match (fact.is_doubted, fact.share.or(implied)) {
            (true, _) => PartSize::Open(MissingReason::Doubted),
            (false, Some(share)) => PartSize::Share(share),
            (false, None) => PartSize::Open(MissingReason::NoShare),
        };
        let parts = industries.iter().map(|fact| PartFact {
            relation: fact.relation.clone(),
            to: NodeKey::Entity(fact.to.clone()),
            size: size(fact),
        });
        let mut split = split(giver, parts.collect());
        split.parts.retain(|part| wanted(part.to.entity()));
        Some(split)
    }

    /// Whether an entity is in industries of its own.
    pub(super) fn has_industries(&self, id: &EntityId) -> bool {
        self.industries.contains_key(id)
    }

    /// Who may take something in and has carriers, by id.
    fn takers(&self, links: &[LinkFact]) -> BTreeSet<&'f EntityId> {
        let holders = self.by_project.keys().chain(self.industries.keys());
        let holders: HashSet<&'f EntityId> = holders.copied().collect();
        let ends = links.iter().flat_map(|link| [&link.from, &link.to]);
        let ends = ends.filter(|_| !holders.is_empty());
        let found: HashSet<&'f EntityId> = ends.filter_map(|end| holders.get(end).copied()).collect();
        found.into_iter().collect()
    }
}

/// A split into parts, which leave what they leave.
fn split(giver: NodeKey, mut parts: Vec<PartFact>) -> SplitFact {
    let shares = parts.iter().filter_map(|part| match part.size {
        PartSize::Share(share) => Some(share),
        PartSize::Between(..) | PartSize::Amount(_) | PartSize::Open(_) => None,
    });
    let known: Decimal = shares.sum();
    if known > Decimal::ONE {
        // Shares of different times. Like amounts that are more than there is, they are upper bounds, together all of it.
        for part in &mut parts {
            job::step();
            if let PartSize::Share(share) = part.size {
                let others = known - share;
                part.size = PartSize::Between((Decimal::ONE - others).max(Decimal::ZERO), share);
            }
        }
    }
    let is_open = |part: &&PartFact| matches!(part.size, PartSize::Open(_));
    SplitFact {
        giver,
        known: known.min(Decimal::ONE),
        open: parts.iter().filter(is_open).count(),
        takes_all: false,
        parts,
    }
}

/// Whether its shares are more than the whole.
fn is_over(split: &SplitFact) -> bool {
    let mut parts = split.parts.iter();
    parts.any(|part| matches!(part.size, PartSize::Between(..)))
}
