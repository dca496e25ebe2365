//! Small random graphs and questions about them.

use std::collections::{BTreeMap, BTreeSet};

use hukun::model::budget::WorkBudget;
use hukun::model::change::{Change, Record, Subject};
use hukun::model::entity::{EntityKind, ProjectStage, Properties};
use hukun::model::flow_direction::FlowDirection;
use hukun::model::id::{EntityId, SourceId};
use hukun::model::ontology::{CarriedResource, Conservation, RelationKind};
use hukun::model::partial_date::PartialDate;
use hukun::model::period::{Span, TimeFilter, UndatedFacts, Validity};
use hukun::model::relation::{Driver, Relation};
use hukun::model::resource::Resource;
use hukun::model::selector::{AsOf, RegionRole, RegionSelector, RelationFilter};
use hukun::model::statement::{Assertion, EvidenceFilter, Rank, Reliability, Statement};
use hukun::model::walk::WalkRules;

use crate::conformance::fixture::{
    cny, dataset, entity, entity_id, relation, relation_id, source, statement,
};

/// Few, so that much meets.
pub const ENTITIES: [&str; 24] = [
    "region:a",
    "region:b",
    "region:c",
    "region:d",
    "park:a",
    "park:b",
    "university:a",
    "lab:a",
    "fund:a",
    "fund:b",
    "project:a",
    "project:b",
    "project:c",
    "company:a",
    "company:b",
    "organization:a",
    "program:a",
    "program:b",
    "expert:a",
    "facility:a",
    "facility:b",
    "industry:a",
    "industry:b",
    "claim:a",
];
/// What was merged away, and what nothing has.
pub const STRANGERS: [&str; 2] = ["company:merged", "company:none"];
const KEPT: &str = "company:b";

/// A source of chance that gives the same for the same seed.
pub struct Dice(pub fastrand::Rng);

impl Dice {
    pub fn one<T: Clone>(&mut self, of: &[T]) -> T {
        of[self.0.usize(..of.len())].clone()
    }
    pub fn in_one_of(&mut self, times: u32) -> bool {
        self.0.u32(..times) == 0
    }
    pub fn some<T>(&mut self, one_in: u32, make: impl FnOnce(&mut Self) -> T) -> Option<T> {
        self.in_one_of(one_in).then(|| make(self))
    }
    pub fn several<T: Clone>(&mut self, of: &[T], most: usize) -> Vec<T> {
        (0..self.0.usize(1..=most)).map(|_| self.one(of)).collect()
    }

    fn date(&mut self) -> PartialDate {
        PartialDate::parse(self.one(&["2019", "2020-06", "2021", "2022-03-05"])).unwrap()
    }
    fn validity(&mut self) -> Validity {
        let (from, to) = (self.some(3, Self::date), self.some(4, Self::date));
        Validity::new(from, to).unwrap_or_default()
    }
    pub fn statements(&mut self) -> Vec<Statement> {
        let said = |dice: &mut Self| Statement {
            source: SourceId::parse(dice.one(&["source:s", "source:t"])).unwrap(),
            assertion: dice.one(Assertion::ALL),
            reliability: dice.one(Reliability::ALL),
            rank: if dice.in_one_of(8) {
                Rank::Deprecated
            } else {
                Rank::Normal
            },
            as_of: dice.some(2, Self::date),
            ..statement()
        };
        let mut all = vec![said(self)];
        all.extend(self.some(3, said));
        all
    }

    pub fn relation(&mut self, id: &str) -> Relation {
        let (kind, from, to) = loop {
            let kind = self.one(RelationKind::ALL);
            let (from, to) = (self.one(&ENTITIES), self.one(&ENTITIES));
            let (from, to) = (entity_id(from), entity_id(to));
            if kind.info().allows(from.kind(), to.kind()) {
                break (kind, from, to);
            }
        };
        let info = kind.info();
        let flows = match info.flow {
            None => vec![
                FlowDirection::Forward,
                FlowDirection::Backward,
                FlowDirection::Both,
                FlowDirection::Unstated,
            ],
            Some(_) if info.can_carry() => vec![FlowDirection::Both, FlowDirection::Unstated],
            Some(_) => Vec::new(),
        };
        Relation {
            stated_flow: if flows.is_empty() {
                None
            } else {
                self.some(3, |dice| dice.one(&flows))
            },
            stated_resource: if info.carries == CarriedResource::Stated {
                self.some(2, |dice| dice.one(Resource::ALL))
            } else {
                None
            },
            quantity: self.some(3, |dice| cny(dice.0.i64(1..1000))),
            share: if info.conserved == Conservation::Share {
                self.some(2, |_| "0.5".parse().unwrap())
            } else {
                None
            },
            under: self.some(4, |_| vec![entity_id("program:a")]).unwrap_or_default(),
            driver: self.one(Driver::ALL),
            validity: self.validity(),
            ..relation(id, kind, from.as_str(), to.as_str())
        }
    }

    fn put_relation(&mut self, id: &str) -> Change {
        Change::Put {
            record: Record::Relation(self.relation(id)),
            statements: self.statements(),
        }
    }

    /// What is written, one after another: entities and relations, then changes, with a merge.
    pub fn writes(&mut self) -> [Vec<Change>; 2] {
        let put = |dice: &mut Self, id: &str| {
            let mut entity = entity(id);
            if dice.in_one_of(2) {
                entity.validity = dice.validity();
            }
            if entity.id.kind() == EntityKind::Project {
                entity.properties = Properties::Project {
                    stage: dice.some(2, |dice| dice.one(ProjectStage::ALL)),
                };
            }
            let statements = if dice.in_one_of(3) {
                dice.statements()
            } else {
                vec![statement()]
            };
            Change::Put {
                record: Record::Entity(entity),
                statements,
            }
        };
        let mut first = vec![dataset(), source()];
        first.extend(ENTITIES.iter().chain(&[STRANGERS[0]]).map(|id| put(self, id)));
        let count = self.0.usize(10..60);
        first.extend((0..count).map(|n| self.put_relation(&format!("r{n:02}"))));
        let merged = entity_id(STRANGERS[0]);
        let mut second = vec![
            Change::Delete(Subject::Entity(merged.clone())),
            Change::Redirect {
                from: merged,
                to: entity_id(KEPT),
            },
        ];
        for n in 0..count {
            let id = format!("r{n:02}");
            let change = match self.0.u32(..8) {
                0 => Some(Change::Delete(Subject::Relation(relation_id(&id)))),
                1 => Some(self.put_relation(&id)),
                _ => None,
            };
            second.extend(change);
        }
        second.extend((0..5).map(|n| self.put_relation(&format!("r{n:02}new"))));
        [first, second]
    }

    pub fn id(&mut self) -> EntityId {
        let strange = self.in_one_of(10);
        entity_id(if strange {
            self.one(&STRANGERS)
        } else {
            self.one(&ENTITIES)
        })
    }
    pub fn ids(&mut self, most: usize) -> Vec<EntityId> {
        (0..self.0.usize(..=most)).map(|_| self.id()).collect()
    }
    pub fn id_set(&mut self, most: usize) -> BTreeSet<EntityId> {
        self.ids(most).into_iter().collect()
    }
    pub fn at(&mut self) -> AsOf {
        let day = self.some(2, |dice| dice.date().last_day());
        let ends = (self.some(2, Self::date), self.some(2, Self::date));
        let during = Span::new(ends.0, ends.1).ok().filter(|_| self.in_one_of(3));
        TimeFilter::new(day, during, self.one(UndatedFacts::ALL))
    }
    pub fn role(&mut self) -> RegionRole {
        self.one(RegionRole::ALL)
    }
    pub fn place(&mut self) -> RegionSelector {
        let region = if self.in_one_of(8) {
            self.id()
        } else {
            entity_id(self.one(&ENTITIES[..4]))
        };
        RegionSelector {
            region,
            role: self.role(),
        }
    }
    pub fn length(&mut self) -> u32 {
        self.0.u32(..5)
    }
    pub fn max(&mut self) -> usize {
        self.0.usize(..15)
    }
    pub fn budget(&mut self) -> WorkBudget {
        let work = if self.in_one_of(3) {
            self.0.u64(..25)
        } else {
            10_000
        };
        WorkBudget::new(work, None)
    }

    pub fn evidence(&mut self) -> EvidenceFilter {
        EvidenceFilter {
            assertions: if self.in_one_of(2) {
                Assertion::DEFAULT.to_vec()
            } else {
                self.several(Assertion::ALL, 3)
            },
            reliabilities: self.some(4, |dice| dice.several(Reliability::ALL, 2)),
            exclude_sources: self
                .some(4, |_| SourceId::parse("source:t").unwrap())
                .into_iter()
                .collect(),
        }
    }

    pub fn walk(&mut self) -> WalkRules {
        let rule = |dice: &mut Self| (dice.one(RelationKind::ALL), dice.one(FlowDirection::ALL));
        let rules = |dice: &mut Self| (0..4).map(|_| rule(dice)).collect::<BTreeMap<_, _>>();
        WalkRules {
            resources: self.some(4, |dice| dice.several(Resource::ALL, 4).into_iter().collect()),
            kinds: self.some(5, |dice| {
                dice.several(RelationKind::ALL, 20).into_iter().collect()
            }),
            rules: self.some(3, rules).unwrap_or_default(),
            reversed: self.in_one_of(3),
            include_unstated: self.in_one_of(2),
            at: self.at(),
            evidence: self.some(3, Self::evidence).unwrap_or_else(EvidenceFilter::any),
            exclude: if self.in_one_of(4) {
                self.id_set(3)
            } else {
                BTreeSet::new()
            },
            stages: self.some(5, |dice| dice.several(ProjectStage::ALL, 2).into_iter().collect()),
        }
    }

    pub fn filter(&mut self) -> RelationFilter {
        if self.in_one_of(2) {
            return RelationFilter::default();
        }
        RelationFilter {
            ids: self.some(8, |dice| {
                let ids: Vec<String> = (0..60).map(|n| format!("r{n:02}")).collect();
                dice.several(&ids, 20).iter().map(|id| relation_id(id)).collect()
            }),
            kinds: self.some(3, |dice| {
                if dice.in_one_of(9) {
                    vec![]
                } else {
                    dice.several(RelationKind::ALL, 20)
                }
            }),
            resources: self.some(5, |dice| dice.several(Resource::ALL, 4)),
            from_ids: self.some(6, |dice| dice.ids(8)),
            to_ids: self.some(6, |dice| dice.ids(8)),
            under: self.some(8, |_| vec![entity_id("program:a")]),
            drivers: self.some(5, |dice| dice.several(Driver::ALL, 2)),
            units: None,
            statuses: None,
            evidence: self.some(4, Self::evidence),
        }
    }
}
