//! The relations of each program, grouped by how the ledger counts them.

use std::collections::{BTreeMap, BTreeSet};

use super::end_class::{CarriedRelation, EndClass, EndClassifier, EndStatus};
use super::figure_draft::figures;
use super::figures::{CountedRelation, Figure, FigureKey, StatedTotal, key_of};
use super::ledger_facts::LedgerFacts;
use crate::model::budget::WorkBudget;
use crate::model::closed::closed_list;
use crate::model::entity::{EntityKind, Properties};
use crate::model::flow_direction::FlowDirection;
use crate::model::id::{EntityId, ObservationId, RelationId};
use crate::model::job;
use crate::model::quantity::{Basis, Quantity};
use crate::model::relation::Relation;
use crate::model::resource::Resource;

closed_list! {
    NothingCounted ["未计数的原因", "Reason for counting nothing"]
        ["一项机制为何没有关系被计入。", "Reason why no relation of a program counts in the ledger."]
    {
        Elsewhere "ELSEWHERE" ["均来自或去往别处", "everything is elsewhere"]
            ["其关系所带的一切都来自别处或去往别处。",
            "Everything that its relations carry comes from elsewhere or goes elsewhere."],
        NeitherStated "NEITHER_STATED" ["来去均未说明", "neither end stated"]
            ["来源与去向都未说明，机制与两端也都没有联系。",
            "Neither origin nor destination is stated, and the program is not tied to either side."],
        NothingCarried "NOTHING_CARRIED" ["未记载资源流动", "no flow of resources on record"]
            ["其关系都不带资源。",
            "None of its relations carries a resource."],
    }
}

/// The relations of one program, grouped by how the ledger counts them.
pub struct ProgramGroup<'a> {
    /// The program; `None` for the relations of no program.
    pub(super) program: Option<&'a EntityId>,
    /// Whether the program itself is tied to the sources or targets.
    pub(super) is_tied: bool,
    /// The relations that count.
    pub(super) counted: Vec<CountedRelation<'a>>,
    /// The relations that carry nothing of their own, and so do not count, but belong to the row.
    pub(super) beside: Vec<&'a Relation>,
    /// The relations that come from elsewhere or go elsewhere.
    pub(super) elsewhere: Vec<CountedRelation<'a>>,
    /// The relations with neither end stated, if the program is not tied.
    pub(super) not_tied: Vec<CountedRelation<'a>>,
    /// Whether the program, or an end of one of its relations, is a source or target or in a region that a selector
    /// names. Always true for the relations of no program.
    pub(super) is_touched: bool,
}

/// Relations from elsewhere or to elsewhere. They are never added to the others.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ElsewhereFigures {
    /// The relations, by id.
    pub relations: Vec<RelationId>,
    /// The sums of their amounts.
    pub figures: Vec<Figure>,
}

/// A program without a row.
#[derive(Clone, Debug, PartialEq)]
pub struct OmittedProgram {
    /// The program.
    pub program: EntityId,
    /// Why none of its relations counts.
    pub reason: NothingCounted,
    /// The relations and amounts from elsewhere or to elsewhere.
    pub elsewhere: ElsewhereFigures,
    /// The relations with neither end stated, by id.
    pub not_tied: Vec<RelationId>,
}

/// Groups relations by program, sorted by id. A program has the relations under it and those with it at an end.
/// The last group has the relations of no program, if there are any. Relations of location and membership are in
/// no group. A program of `facts` without relations has a group too.
pub fn groups<'a>(
    relations: &'a [Relation],
    facts: &'a LedgerFacts,
    classifier: &EndClassifier,
) -> Vec<ProgramGroup<'a>> {
    let mut by_program: BTreeMap<&EntityId, Vec<&Relation>> = facts
        .programs
        .iter()
        .map(|program| (program, Vec::new()))
        .collect();
    let mut without_program = Vec::new();
    for relation in relations
        .iter()
        .filter(|relation| !relation.kind.info().structure)
    {
        let ends = [&relation.from, &relation.to];
        let programs = ends.into_iter().filter(|end| end.kind() == EntityKind::Program);
        let programs: BTreeSet<&EntityId> = relation.under.iter().chain(programs).collect();
        if programs.is_empty() {
            without_program.push(relation);
        }
        for program in programs {
            job::step();
            by_program.entry(program).or_default().push(relation);
        }
    }
    let groups = by_program
        .into_iter()
        .map(|(program, relations)| (Some(program), relations));
    groups
        .chain((!without_program.is_empty()).then_some((None, without_program)))
        .map(|(program, relations)| ProgramGroup::new(program, &relations, facts, classifier))
        .collect()
}

impl<'a> ProgramGroup<'a> {
    fn new(
        program: Option<&'a EntityId>,
        relations: &[&'a Relation],
        facts: &LedgerFacts,
        classifier: &EndClassifier,
    ) -> Self {
        let touches = |id: &EntityId| facts.touching.contains(id);
        let is_tied = program.is_some_and(|program| facts.tied.contains(program));
        let mut group = ProgramGroup {
            program,
            is_tied,
            counted: Vec::new(),
            beside: Vec::new(),
            elsewhere: Vec::new(),
            not_tied: Vec::new(),
            is_touched: is_tied || program.is_none() || program.is_some_and(touches),
        };
        for relation in relations {
            job::step();
            let is_near = touches(&relation.from) || touches(&relation.to);
            group.is_touched |= is_near;
            let directed = classifier.directed_ends(CarriedRelation {
                from: &relation.from,
                to: &relation.to,
                flow: facts.walk.flow(relation.kind, relation.stated_flow),
                resource: relation.resource(),
            });
            let (class, counted) = (directed.class, CountedRelation { relation, directed });
            if !counts(relation) {
                // It carries nothing to classify, so that only its ends show whether it is elsewhere.
                let is_far = !is_near
                    && [&relation.from, &relation.to]
                        .into_iter()
                        .any(|end| classifier.is_elsewhere(end));
                if is_far {
                    group.elsewhere.push(counted);
                } else {
                    group.beside.push(relation);
                }
            } else if class.is_out() {
                group.elsewhere.push(counted);
            } else if class == EndClass::UNSTATED && !is_tied {
                group.not_tied.push(counted);
            } else {
                group.counted.push(counted);
            }
        }
        group
    }

    /// Whether the program has a row: something counts, or the program is tied to the sources or targets.
    pub fn has_row(&self) -> bool {
        self.is_touched || !self.counted.is_empty()
    }

    /// The relations of the row.
    pub fn relations(&self) -> impl Iterator<Item = &'a Relation> {
        let counted = self.counted.iter().map(|counted| counted.relation);
        counted.chain(self.beside.iter().copied())
    }

    /// Why no relation counts; `None` if one does.
    pub(super) fn reason(&self) -> Option<NothingCounted> {
        let is_elsewhere = self.elsewhere.iter().any(|counted| counts(counted.relation));
        match (self.counted.is_empty(), self.not_tied.is_empty(), is_elsewhere) {
            (false, ..) => None,
            (true, true, true) => Some(NothingCounted::Elsewhere),
            (true, true, false) => Some(NothingCounted::NothingCarried),
            (true, false, _) => Some(NothingCounted::NeitherStated),
        }
    }

    /// The relations that come from elsewhere or go elsewhere, with the sums of their amounts.
    pub(super) fn elsewhere(
        &self,
        totals: &[StatedTotal],
        classifier: &EndClassifier,
        budget: &mut WorkBudget,
    ) -> ElsewhereFigures {
        ElsewhereFigures {
            relations: by_id(self.elsewhere.iter().map(|counted| counted.relation)),
            figures: figures(&self.elsewhere, totals, &BTreeSet::new(), classifier, budget)
                .unwrap_or_default(),
        }
    }

    /// The entry among the programs without a row; `None` for relations of no program, or if something
    /// counts.
    pub fn left_out(&self, classifier: &EndClassifier, budget: &mut WorkBudget) -> Option<OmittedProgram> {
        Some(OmittedProgram {
            program: self.program?.clone(),
            reason: self.reason()?,
            elsewhere: self.elsewhere(&[], classifier, budget),
            not_tied: by_id(self.not_tied.iter().map(|counted| counted.relation)),
        })
    }

    /// The stated totals of the program, and of the funds among `ends`, the ends of its relations.
    pub(super) fn totals(
        &self,
        ends: &BTreeSet<&EntityId>,
        facts: &LedgerFacts,
        classifier: &EndClassifier,
    ) -> Vec<StatedTotal> {
        let funds = ends.iter().filter(|id| facts.supported.contains(**id));
        let mut stated: Vec<(&EntityId, Option<ObservationId>, &Quantity)> = Vec::new();
        for fund in funds.filter_map(|id| facts.entities.get(*id)) {
            if let Properties::Fund {
                committed, paid_in, ..
            } = &fund.properties
            {
                let amounts = committed.iter().chain(paid_in);
                stated.extend(amounts.map(|quantity| (&fund.id, None, quantity)));
            }
        }
        // A commitment or payment to a fund is one fact, even if both a property and an observation state it.
        let of_funds: BTreeSet<(&EntityId, Option<Basis>)> = stated
            .iter()
            .map(|(fund, _, quantity)| (*fund, quantity.effective().basis()))
            .collect();
        let is_bearer =
            |id: &EntityId| self.program == Some(id) || (id.kind() == EntityKind::Fund && ends.contains(id));
        let observed = facts.observations.iter().filter(|observation| {
            let basis = observation.quantity.effective().basis();
            is_bearer(&observation.entity) && !of_funds.contains(&(&observation.entity, basis))
        });
        stated.extend(observed.map(|observation| {
            (
                &observation.entity,
                Some(observation.id.clone()),
                &observation.quantity,
            )
        }));
        stated
            .into_iter()
            .filter_map(|(entity, observation, quantity)| {
                self.total(entity, observation, quantity, classifier)
            })
            .collect()
    }

    /// A stated total, not yet counted. `None` if it has no key, or if neither of its ends is stated and the
    /// program is not tied.
    fn total(
        &self,
        entity: &EntityId,
        observation: Option<ObservationId>,
        quantity: &Quantity,
        classifier: &EndClassifier,
    ) -> Option<StatedTotal> {
        let resource = self.resource_of(quantity.effective());
        let mut total = StatedTotal {
            entity: entity.clone(),
            observation,
            quantity: quantity.clone(),
            resource,
            class: EndClass {
                origin: classifier.origin(entity, resource),
                destination: classifier.destination(entity, resource),
            },
            counts: false,
        };
        let key = total.key()?;
        if entity.kind() == EntityKind::Program {
            total.class = self.class_of(&key);
        }
        (self.is_tied || total.class != EndClass::UNSTATED).then_some(total)
    }

    /// The class of a total of the program: for each end the best status among the relations that the total may
    /// include; elsewhere if it may only include relations that are elsewhere.
    fn class_of(&self, key: &FigureKey) -> EndClass {
        let may_include = |counted: &&CountedRelation<'_>| {
            let relation = counted.relation;
            counts(relation)
                && relation.resource() == key.resource
                && key_of(relation).is_none_or(|own| {
                    own.basis.is_none_or(|basis| Some(basis) == key.basis)
                        && own.unit.is_none_or(|unit| Some(unit) == key.unit)
                })
        };
        let not_elsewhere = self.counted.iter().chain(&self.not_tied).filter(may_include);
        let mut classes = not_elsewhere.map(|counted| counted.directed.class).peekable();
        if classes.peek().is_none() && self.elsewhere.iter().any(|counted| may_include(&counted)) {
            return EndClass {
                origin: EndStatus::Out,
                destination: EndStatus::Out,
            };
        }
        // `In` is the least status and `Out` the greatest.
        classes.fold(EndClass::UNSTATED, |so_far, class| EndClass {
            origin: so_far.origin.min(class.origin),
            destination: so_far.destination.min(class.destination),
        })
    }

    /// The resource of a total: the one that all relations of its basis and unit carry, or else the one that its
    /// basis implies; `None` if neither shows one.
    fn resource_of(&self, quantity: &Quantity) -> Option<Resource> {
        let all = self.counted.iter().chain(&self.not_tied).chain(&self.elsewhere);
        let of_its_kind = all.filter_map(|counted| key_of(counted.relation)).filter(|key| {
            key.basis == quantity.basis() && key.unit.as_ref() == quantity.unit() && key.basis.is_some()
        });
        let carried: BTreeSet<Option<Resource>> = of_its_kind.map(|key| key.resource).collect();
        if let Some(only) = carried.first().filter(|_| carried.len() == 1) {
            return *only;
        }
        // A unit code of three letters is taken for a currency.
        let is_money = quantity.unit().is_some_and(|unit| unit.as_str().len() == 3);
        match quantity.basis()? {
            Basis::Shared => Some(Resource::Tax),
            Basis::PaidIn
            | Basis::Invested
            | Basis::Reinvested
            | Basis::Granted
            | Basis::Returned
            | Basis::Issued
            | Basis::Committed
            | Basis::Earmarked => is_money.then_some(Resource::Capital),
            Basis::Delivered | Basis::CrowdedIn | Basis::Output | Basis::TaxYield | Basis::Measured => None,
        }
    }
}

/// Whether a relation is classified and counted: it carries something of its own, or claims an effect.
fn counts(relation: &Relation) -> bool {
    carries_its_own(relation) || relation.kind.info().claimed
}

/// Whether a relation carries a resource of its own.
pub(super) fn carries_its_own(relation: &Relation) -> bool {
    let info = relation.kind.info();
    info.can_carry() && !info.is_carrier() && relation.flow() != FlowDirection::None
}

/// The ids of relations, sorted, without duplicates.
pub(super) fn by_id<'a>(relations: impl Iterator<Item = &'a Relation>) -> Vec<RelationId> {
    let ids: BTreeSet<&RelationId> = relations.map(|relation| &relation.id).collect();
    ids.into_iter().cloned().collect()
}
