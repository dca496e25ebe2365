//! Carriers: amounts that companies take over from the projects they carry, and industries from their
//! members.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use super::edge_fact::EdgeFact;
use super::layer::{MissingReason, StatedAmount};
use super::split_fact::{NodeKey, PartFact, PartSize, SplitFact};
use crate::model::Decimal;
use crate::model::entity::EntityKind;
use crate::model::id::{EntityId, RelationId};
use crate::model::job;

/// A relation that passes on what an entity would keep: a company carries a project, or an entity is in an
/// industry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CarrierFact {
    /// The id of the relation.
    pub relation: RelationId,
    /// The entity that would keep it.
    pub from: EntityId,
    /// The entity that receives it.
    pub to: EntityId,
    /// The share, 0–1, if it is stated.
    pub share: Option<Decimal>,
    /// The amount in the layer, if it is stated in the unit and status of the layer.
    pub amount: Option<StatedAmount>,
    /// Whether none of its statements passes the filter by reliability or source.
    pub is_unsupported: bool,
}

/// The sources and targets of a flow.
#[derive(Clone, Debug, Default)]
pub struct FlowEnds {
    /// The suppliers.
    pub sources: BTreeSet<EntityId>,
    /// The suppliers that are named by id; what a conduit among them puts in counts as its own.
    pub named: BTreeSet<EntityId>,
    /// The recipients.
    pub targets: BTreeSet<EntityId>,
    /// The entities inside the region, if Industries are selected with a region.
    pub inside: Option<BTreeSet<EntityId>>,
}

impl FlowEnds {
    /// Whether the targets are Industries.
    pub fn are_industries(&self) -> bool {
        self.targets
            .first()
            .is_some_and(|target| target.kind() == EntityKind::Industry)
    }

    /// Whether the own supply of an entity counts: it is a source, and not a conduit unless named by id. The
    /// location of a conduit does not show where its supply comes from.
    pub(in crate::flow) fn credit(&self, id: &EntityId) -> bool {
        self.sources.contains(id) && (!id.kind().is_conduit() || self.named.contains(id))
    }
}

/// The carriers that are valid on the date of the query.
#[derive(Clone, Debug, Default)]
pub(in crate::flow) struct Carriers<'f> {
    by_project: BTreeMap<&'f EntityId, Vec<&'f CarrierFact>>,
    industries: BTreeMap<&'f EntityId, Vec<&'f CarrierFact>>,
    /// Whether implied statements count: then the only carrier of a project has all of it, and the only
    /// industry of a member too.
    may_imply: bool,
}

impl<'f> Carriers<'f> {
    pub(in crate::flow) fn new(facts: &'f [CarrierFact], may_imply: bool) -> Self {
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

    /// The splits of what entities would keep. A giver comes before those to which it passes on and that pass
    /// on themselves.
    ///
    /// - To entities: a project that is not a target passes on to all its carriers.
    /// - To industries: a member passes on to its industries among the targets, if it lies in the region
    ///   selected with them; a project without an industry passes on to its carriers.
    pub(in crate::flow) fn passing(&self, edges: &[EdgeFact], ends: &FlowEnds) -> Vec<SplitFact> {
        let takers = self.takers(edges);
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

    /// The split of a project among its carriers.
    pub(in crate::flow) fn to_carriers(&self, project: &EntityId) -> Option<SplitFact> {
        let carriers = self.by_project.get(project)?;
        let size = |fact: &CarrierFact| match (fact.is_unsupported, fact.share, fact.amount) {
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
        // If some entity is known to carry a part of unknown size, nothing remains with the project.
        let is_left = |part: &PartFact| part.size == PartSize::Open(MissingReason::NoShare);
        split.takes_all = self.may_imply && split.parts.iter().any(is_left) || is_over(&split);
        Some(split)
    }

    /// The industries of an entity as parts of what a node keeps, restricted to those wanted.
    pub(in crate::flow) fn to_industries(
        &self,
        giver: NodeKey,
        holder: &EntityId,
        wanted: &dyn Fn(&EntityId) -> bool,
    ) -> Option<SplitFact> {
        let industries = self.industries.get(holder)?;
        let implied = (self.may_imply && industries.len() == 1).then_some(Decimal::ONE);
        let size = |fact: &CarrierFact| match (fact.is_unsupported, fact.share.or(implied)) {
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

    /// Whether an entity is in industries itself.
    pub(in crate::flow) fn has_industries(&self, id: &EntityId) -> bool {
        self.industries.contains_key(id)
    }

    /// The entities with carriers that may receive something, by id.
    fn takers(&self, edges: &[EdgeFact]) -> BTreeSet<&'f EntityId> {
        let holders = self.by_project.keys().chain(self.industries.keys());
        let holders: HashSet<&'f EntityId> = holders.copied().collect();
        let ends = edges.iter().flat_map(|edge| [&edge.from, &edge.to]);
        let ends = ends.filter(|_| !holders.is_empty());
        let found: HashSet<&'f EntityId> = ends.filter_map(|end| holders.get(end).copied()).collect();
        found.into_iter().collect()
    }
}

/// A split into parts, with what they leave.
fn split(giver: NodeKey, mut parts: Vec<PartFact>) -> SplitFact {
    let shares = parts.iter().filter_map(|part| match part.size {
        PartSize::Share(share) => Some(share),
        PartSize::Between(..) | PartSize::Amount(_) | PartSize::Open(_) => None,
    });
    let known: Decimal = shares.sum();
    if known > Decimal::ONE {
        // Shares of different times. As with amounts that exceed the whole, they are upper bounds, and
        // together the whole.
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

/// Whether the shares exceed the whole.
fn is_over(split: &SplitFact) -> bool {
    let mut parts = split.parts.iter();
    parts.any(|part| matches!(part.size, PartSize::Between(..)))
}
