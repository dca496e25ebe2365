//! A random graph that is public, and what restricted data sets add to it: as it is written to a store that has both, and to one
//! that never heard of them.

use std::collections::{BTreeMap, BTreeSet};

use hukun::model::change::{Change, Record, Subject};
use hukun::model::id::{DatasetId, EntityId, ObservationId, RuleId, SourceId};
use hukun::model::ontology::RelationKind;
use hukun::model::record::{Access, Dataset, Observation, Rule, RulePart, RuleType, Source};
use hukun::model::relation::Relation;
use hukun::model::statement::Statement;

use crate::conformance::fixture::{
    cny, dataset, entity, entity_id, relation, relation_id, source, statement,
};
use crate::store_parity::world::{Dice, ENTITIES, STRANGERS};

/// The restricted data sets.
pub const RESTRICTED: [&str; 2] = ["r1", "r2"];
/// What each restricted data set has of its own; `*` stands for the data set. The last is merged into the company.
const OWN: [&str; 9] = [
    "region:*",
    "fund:*",
    "project:*",
    "company:*",
    "program:*",
    "university:*",
    "expert:*",
    "industry:*",
    "company:*-old",
];

/// Something written: by which data set, and what.
#[derive(Clone)]
struct Step {
    dataset: &'static str,
    changes: Vec<Change>,
}

/// What is written, one after another.
pub struct Story {
    steps: Vec<Step>,
    /// The steps after which a data set that is to be restricted is public still.
    pub open: BTreeSet<usize>,
    /// Ids of all records, hidden ones among them, and of none.
    pub keys: Vec<String>,
}

pub fn dataset_id(id: &str) -> DatasetId {
    DatasetId::parse(id).unwrap()
}

/// A data set's record.
pub fn put_dataset(id: &str, access: Access) -> Change {
    let Change::Dataset(record) = dataset() else {
        unreachable!()
    };
    Change::Dataset(Dataset {
        id: dataset_id(id),
        access,
        ..record
    })
}

/// A statement of a data set on one of its rows; its own source says it.
pub fn said_by(dataset: &str, base: Statement) -> Statement {
    let source = if dataset.starts_with('r') {
        format!("source:{dataset}")
    } else {
        base.source.to_string()
    };
    Statement {
        dataset: dataset_id(dataset),
        source: SourceId::parse(&source).unwrap(),
        ..base
    }
}

fn put_source(id: &str, datasets: &[&str]) -> Change {
    let Change::Put {
        record: Record::Source(record),
        ..
    } = source()
    else {
        unreachable!()
    };
    Change::Put {
        record: Record::Source(Source {
            id: SourceId::parse(id).unwrap(),
            datasets: datasets.iter().map(|id| dataset_id(id)).collect(),
            ..record
        }),
        statements: vec![],
    }
}

/// Makes a story.
struct Teller<'d> {
    dice: &'d mut Dice,
    /// What stands of the public part, with its public statements.
    public: BTreeMap<Subject, (Record, Vec<Statement>)>,
    /// What restricted data sets say of the public part.
    notes: BTreeMap<Subject, Vec<Statement>>,
    steps: Vec<Step>,
    open: BTreeSet<usize>,
    keys: BTreeSet<String>,
}

/// A random story.
pub fn story(dice: &mut Dice) -> Story {
    let [first, second] = dice.writes();
    let mut teller = Teller {
        dice,
        public: BTreeMap::new(),
        notes: BTreeMap::new(),
        steps: Vec::new(),
        open: BTreeSet::new(),
        keys: STRANGERS.iter().map(ToString::to_string).collect(),
    };
    teller.tell("d", first);
    teller.leaves();
    for dataset in RESTRICTED {
        teller.restricted(dataset);
    }
    teller.tell("d", second);
    teller.leaves();
    for dataset in RESTRICTED {
        teller.again(dataset);
        teller.entangled(dataset);
    }
    Story {
        steps: teller.steps,
        open: teller.open,
        keys: teller.keys.into_iter().collect(),
    }
}

impl Teller<'_> {
    fn tell(&mut self, dataset: &'static str, changes: Vec<Change>) {
        for change in &changes {
            match change {
                Change::Put { record, statements } => {
                    self.keys.insert(record.subject().as_str().to_string());
                    if dataset == "d" {
                        self.public
                            .insert(record.subject(), (record.clone(), statements.clone()));
                    }
                }
                Change::Delete(subject) if dataset == "d" => {
                    self.public.remove(subject);
                    self.notes.remove(subject);
                }
                _ => {}
            }
        }
        // Whoever writes a record writes all its statements, from all data sets.
        let with_notes = |change: Change| match change {
            Change::Put {
                record,
                mut statements,
            } if dataset == "d" => {
                statements.extend(self.notes.get(&record.subject()).into_iter().flatten().cloned());
                Change::Put { record, statements }
            }
            other => other,
        };
        let changes = changes.into_iter().map(with_notes).collect();
        self.steps.push(Step { dataset, changes });
    }

    /// Public observations, rules and sources.
    fn leaves(&mut self) {
        let mut changes = vec![
            put_dataset("e", Access::Public),
            put_source("source:t", &["d", "e"]),
        ];
        for n in 0..6 {
            let entity = entity_id(self.dice.one(&ENTITIES));
            changes.push(self.observation("d", &format!("o{n}"), entity));
            let names = [entity_id("program:a"), entity_id(self.dice.one(&ENTITIES))];
            changes.push(self.rule("d", &format!("u{n}"), names));
        }
        self.tell("d", changes);
    }

    fn statements(&mut self, dataset: &str) -> Vec<Statement> {
        let said = self.dice.statements();
        said.into_iter().map(|base| said_by(dataset, base)).collect()
    }

    fn observation(&mut self, dataset: &str, id: &str, entity: EntityId) -> Change {
        let record = Record::Observation(Observation {
            id: ObservationId::parse(id).unwrap(),
            entity,
            indicator: self.dice.one(&["A", "B"]).into(),
            quantity: cny(self.dice.0.i64(1..100)),
            period: None,
        });
        Change::Put {
            record,
            statements: self.statements(dataset),
        }
    }

    fn rule(&mut self, dataset: &str, id: &str, [bearer, party]: [EntityId; 2]) -> Change {
        let part = RulePart {
            party: Some(party),
            label: None,
            lower: None,
            upper: None,
        };
        let record = Record::Rule(Rule {
            id: RuleId::parse(id).unwrap(),
            bearer,
            rule_type: self.dice.one(RuleType::ALL),
            base: None,
            parts: vec![part],
        });
        Change::Put {
            record,
            statements: self.statements(dataset),
        }
    }

    /// A relation between the entities of a restricted data set and those of all.
    fn relation(&mut self, dataset: &str, id: &str) -> Relation {
        let own = own(dataset);
        let pick = |dice: &mut Dice| {
            entity_id(
                if dice.in_one_of(2) {
                    dice.one(&own[..8])
                } else {
                    dice.one(&ENTITIES).to_string()
                }
                .as_str(),
            )
        };
        loop {
            let kind = self.dice.one(RelationKind::ALL);
            let (from, to) = (pick(self.dice), pick(self.dice));
            if kind.info().allows(from.kind(), to.kind()) {
                let under = if self.dice.in_one_of(3) {
                    vec![entity_id(&own[4])]
                } else {
                    vec![]
                };
                let validity = self.dice.relation(id).validity;
                return Relation {
                    under,
                    validity,
                    quantity: Some(cny(7)),
                    ..relation(id, kind, from.as_str(), to.as_str())
                };
            }
        }
    }

    fn put_relation(&mut self, dataset: &str, id: &str) -> Change {
        let record = Record::Relation(self.relation(dataset, id));
        Change::Put {
            record,
            statements: self.statements(dataset),
        }
    }

    /// All that a restricted data set has of its own, and its statements on what is public.
    fn restricted(&mut self, dataset: &'static str) {
        let source = format!("source:{dataset}");
        let before = RESTRICTED.iter().take_while(|other| **other != dataset);
        let listing: Vec<&str> = ["d", "e"]
            .into_iter()
            .chain(before.copied())
            .chain([dataset])
            .collect();
        let was_public = self.dice.in_one_of(2);
        let access = if was_public {
            Access::Public
        } else {
            Access::Restricted
        };
        let mut changes = vec![
            put_dataset(dataset, access),
            put_source(&source, &[dataset]),
            // One that others list too.
            put_source("source:t", &listing),
        ];
        for id in own(dataset) {
            let mut entity = entity(&id);
            entity.tags = vec![self.dice.one(&["t", "u"]).into()];
            let statements = vec![said_by(dataset, statement())];
            changes.push(Change::Put {
                record: Record::Entity(entity),
                statements,
            });
        }
        for n in 0..15 {
            let id = format!("{dataset}-r{n:02}");
            changes.push(self.put_relation(dataset, &id));
        }
        let own = own(dataset);
        for n in 0..4 {
            let entity = if n % 2 == 0 {
                self.dice.one(&own[..8])
            } else {
                self.dice.one(&ENTITIES).to_string()
            };
            changes.push(self.observation(dataset, &format!("{dataset}-o{n}"), entity_id(&entity)));
            let bearer = if n % 2 == 0 {
                own[4].clone()
            } else {
                "program:a".into()
            };
            let party = self.dice.one(&own[..8]);
            changes.push(self.rule(
                dataset,
                &format!("{dataset}-u{n}"),
                [entity_id(&bearer), entity_id(&party)],
            ));
        }
        self.tell(dataset, changes);
        if was_public {
            self.open.insert(self.steps.len() - 1);
            self.tell(dataset, vec![put_dataset(dataset, Access::Restricted)]);
        }
        let mut changes = self.say(dataset);
        let old = entity_id(&own[8]);
        changes.push(Change::Delete(Subject::Entity(old.clone())));
        changes.push(Change::Redirect {
            from: old,
            to: entity_id(&own[3]),
        });
        // One that is told by others as its own is gone by then.
        self.tell(dataset, changes);
    }

    /// Plain statements on public records.
    fn say(&mut self, dataset: &str) -> Vec<Change> {
        let subjects: Vec<Subject> = self.public.keys().cloned().collect();
        let mut changes = Vec::new();
        for _ in 0..10 {
            let subject = self.dice.one(&subjects);
            if matches!(subject, Subject::Source(_)) || subject.as_str() == STRANGERS[0] {
                continue;
            }
            let more = self
                .statements(dataset)
                .into_iter()
                .map(|said| Statement { own: false, ..said });
            self.notes.entry(subject.clone()).or_default().extend(more);
            let (record, public) = &self.public[&subject];
            let mut statements = public.clone();
            statements.extend(self.notes[&subject].iter().cloned());
            changes.push(Change::Put {
                record: record.clone(),
                statements,
            });
        }
        changes
    }

    /// Public records that need one of a restricted data set: only what stood before it was restricted is so.
    fn entangled(&mut self, dataset: &'static str) {
        let own = own(dataset);
        let mut under = self.dice.relation("x");
        under.under = vec![entity_id(&own[4])];
        let mut end = self.relation(dataset, "x");
        while !own.contains(&end.from.to_string()) {
            end = self.relation(dataset, "x");
        }
        end.under.clear();
        let relations = [(under, "x"), (end, "y")].map(|(of, name)| Relation {
            id: relation_id(&format!("{dataset}-d-{name}")),
            ..of
        });
        let mut changes: Vec<Change> = Vec::new();
        for relation in relations {
            let statements = self.statements("d");
            changes.push(Change::Put {
                record: Record::Relation(relation),
                statements,
            });
        }
        changes.push(self.observation("d", &format!("{dataset}-d-o"), entity_id(&own[3])));
        let names = [entity_id("program:a"), entity_id(&own[1])];
        changes.push(self.rule("d", &format!("{dataset}-d-u"), names));
        self.tell("d", changes);
    }

    /// Further writes of a restricted data set: relations changed and taken away, and more said.
    fn again(&mut self, dataset: &'static str) {
        let mut changes = self.say(dataset);
        for n in 0..15 {
            let id = format!("{dataset}-r{n:02}");
            match self.dice.0.u32(..4) {
                0 => changes.push(Change::Delete(Subject::Relation(relation_id(&id)))),
                1 => changes.push(self.put_relation(dataset, &id)),
                _ => {}
            }
        }
        self.tell(dataset, changes);
    }
}

/// The ids of a restricted data set's own entities.
pub fn own(dataset: &str) -> Vec<String> {
    OWN.iter().map(|id| id.replace('*', dataset)).collect()
}

/// The entities that a record needs.
fn named(record: &Record) -> Vec<EntityId> {
    match record {
        Record::Relation(relation) => {
            let ends = [&relation.from, &relation.to].into_iter();
            ends.chain(&relation.under).cloned().collect()
        }
        Record::Observation(observation) => vec![observation.entity.clone()],
        Record::Rule(rule) => rule.named_entities().cloned().collect(),
        Record::Source(_) | Record::Entity(_) => vec![],
    }
}

impl Story {
    /// What is written where no other restricted data sets than some were ever heard of: of each step, what is theirs to know.
    pub fn told(&self, known: &[&str]) -> Vec<Vec<Change>> {
        let unknown = |id: &DatasetId| RESTRICTED.contains(&id.as_str()) && !known.contains(&id.as_str());
        let without = |change: Change| match change {
            Change::History { .. } => unreachable!("a story restores nothing"),
            Change::Dataset(dataset) if unknown(&dataset.id) => None,
            Change::Put {
                record: Record::Source(mut source),
                ..
            } => {
                let was = source.datasets.len();
                source.datasets.retain(|id| !unknown(id));
                (source.datasets.len() == was || !source.datasets.is_empty()).then_some(Change::Put {
                    record: Record::Source(source),
                    statements: vec![],
                })
            }
            Change::Put {
                record,
                mut statements,
            } => {
                let is_theirs = statements.iter().any(|said| said.own && unknown(&said.dataset));
                let needs_theirs = named(&record).iter().any(|id| {
                    let of = RESTRICTED.iter().find(|of| own(of).contains(&id.to_string()));
                    of.is_some_and(|of| unknown(&dataset_id(of)))
                });
                statements.retain(|said| !unknown(&said.dataset));
                (!is_theirs && !needs_theirs).then_some(Change::Put { record, statements })
            }
            Change::Delete(_) | Change::DeleteDataset(_) | Change::Redirect { .. } | Change::Dataset(_) => {
                Some(change)
            }
        };
        let step = |step: &Step| {
            if unknown(&dataset_id(step.dataset)) {
                // What it says of public records is of no other: nothing differs without it, but for shared sources.
                return Vec::new();
            }
            step.changes.iter().cloned().filter_map(without).collect()
        };
        self.steps.iter().map(step).collect()
    }
}
