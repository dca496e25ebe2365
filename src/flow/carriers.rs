//! Carriers: what companies take over from the projects they carry, and industries from those in them.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use super::facts::{LinkFact, PartFact, SplitFact};
use super::layer::MissingReason;
use crate::model::Decimal;
use crate::model::entity::EntityKind;
use crate::model::id::{EntityId, RelationId};

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
    /// Whether what is implied counts: then an only industry without a share has the whole.
    may_imply: bool,
}

impl<'f> Carriers<'f> {
    pub(super) fn new(facts: &'f [CarrierFact], may_imply: bool) -> Self {
        let mut carriers = Self {
            may_imply,
            ..Self::default()
        };
        for fact in facts {
            let by = if fact.to.kind() == EntityKind::Industry {
                &mut carriers.industries
            } else {
                &mut carriers.by_project
            };
            by.entry(&fact.from).or_default().push(fact);
        }
        carriers
    }

    /// What the projects of a company among the targets would keep goes to it: of those that are no target themselves, are in no
    /// industry of their own and are carried by it alone.
    pub(super) fn to_companies(&self, links: &[LinkFact], ends: &Ends) -> Vec<SplitFact> {
        let carried = self.takers(links).into_iter().filter_map(|project| {
            let carrier = self.only_carrier(project)?;
            let is_taken = ends.targets.contains(&carrier.to) && !ends.targets.contains(project);
            is_taken.then(|| SplitFact {
                entity: project.clone(),
                parts: vec![PartFact {
                    relation: carrier.relation.clone(),
                    to: carrier.to.clone(),
                    share: stated(carrier, Some(Decimal::ONE)),
                }],
                known: if carrier.is_doubted {
                    Decimal::ZERO
                } else {
                    Decimal::ONE
                },
            })
        });
        carried.collect()
    }

    /// What entities would keep goes to the industries that they are in, as far as those are among the targets; of Industries
    /// picked with a region, from entities that lie in it.
    pub(super) fn to_industries(&self, links: &[LinkFact], ends: &Ends) -> Vec<SplitFact> {
        let wanted = |industry: &EntityId| ends.targets.contains(industry);
        self.takers(links)
            .into_iter()
            .filter_map(|entity| {
                let (holder, industries) = self.industries_of(entity)?;
                let is_inside = ends.inside.as_ref().is_none_or(|inside| inside.contains(holder));
                is_inside.then(|| self.split(entity, industries, &wanted))
            })
            .filter(|split| !split.parts.is_empty())
            .collect()
    }

    /// What the targets keep, by the industries that they are in.
    pub(super) fn of_targets(&self, ends: &Ends) -> Vec<SplitFact> {
        ends.targets
            .iter()
            .filter_map(|target| {
                let (_, industries) = self.industries_of(target)?;
                Some(self.split(target, industries, &|_| true))
            })
            .collect()
    }

    fn split(
        &self,
        entity: &EntityId,
        industries: &[&CarrierFact],
        wanted: &dyn Fn(&EntityId) -> bool,
    ) -> SplitFact {
        let implied = (self.may_imply && industries.len() == 1).then_some(Decimal::ONE);
        let share = |fact: &CarrierFact| stated(fact, fact.share.or(implied));
        SplitFact {
            entity: entity.clone(),
            known: industries.iter().filter_map(|fact| share(fact).ok()).sum(),
            parts: industries
                .iter()
                .filter(|fact| wanted(&fact.to))
                .map(|fact| PartFact {
                    relation: fact.relation.clone(),
                    to: fact.to.clone(),
                    share: share(fact),
                })
                .collect(),
        }
    }

    /// Whose industries an entity has: its own, or of a project without those of the company that alone carries it.
    fn industries_of<'a>(&'a self, entity: &'a EntityId) -> Option<(&'a EntityId, &'a [&'f CarrierFact])> {
        if let Some(own) = self.industries.get(entity) {
            return Some((entity, own));
        }
        let company = &self
            .only_carrier(entity)
            .filter(|carrier| !carrier.is_doubted)?
            .to;
        let industries = self.industries.get(company)?;
        Some((company, industries))
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

    fn only_carrier(&self, project: &EntityId) -> Option<&'f CarrierFact> {
        match self.by_project.get(project).map(Vec::as_slice) {
            Some([carrier]) if !self.industries.contains_key(project) => Some(carrier),
            _ => None,
        }
    }
}

/// What is known of a share.
fn stated(fact: &CarrierFact, share: Option<Decimal>) -> Result<Decimal, MissingReason> {
    if fact.is_doubted {
        return Err(MissingReason::Doubted);
    }
    share.ok_or(MissingReason::NoShare)
}
