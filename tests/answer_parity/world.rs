//! The same graph in both stores: by the same batches, in the same order, with what a graph may have that is rare.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::fmt::Write as _;
use std::path::Path;

use chrono::DateTime;
use fastrand::Rng;
use hukun::dataset::{ImportOptions, import, read_directory};
use hukun::model::change::{Change, ChangeSet, Record, Subject};
use hukun::model::entity::{
    self as model, EntityKind, ProgramFamily, ProjectStage, Properties, SharedEntity,
};
use hukun::model::flow_direction::FlowDirection;
use hukun::model::id::{EntityId, SourceId};
use hukun::model::ontology::{CarriedResource, Conservation, RelationKind};
use hukun::model::page::PageRequest;
use hukun::model::partial_date::PartialDate;
use hukun::model::principal::Principal;
use hukun::model::quantity::{Basis, Qualifier};
use hukun::model::record::RuleType;
use hukun::model::relation::Driver;
use hukun::model::resource::Resource;
use hukun::model::selector::{Direction, EntityFilter, RelationFilter};
use hukun::model::statement::{Assertion, Rank, Reliability};
use hukun::service::write::{StatementDraft, WriteOutcome};
use hukun::service::{Limits, Service, Session};
use hukun::store::embedded::EmbeddedStore;
use hukun::store::neo4j::Neo4jStore;
use hukun::store::{IncidentQuery, PreparedWrite, Reader, Store, StoreResult, WritePlan};
use tempfile::TempDir;

use crate::support::Neo4jServer;
use crate::support::graph;
use crate::support::graph::{Amount, Entity, Graph, cny, entity, of, relation, said};
use crate::support::stores::Lent;

/// Parts of names: both scripts, wide and beyond the basic plane, and what means something to an index or a query language.
pub const NAMES: &[&str] = &[
    "昆山未来产业基金",
    "復旦大學",
    "复旦大学 昆山",
    "重庆长江行",
    "ＡＢＣ科技（华东）",
    "𠮷野家",
    "𠀀𠀁基金",
    "🚀 rocket lab",
    "a \"quoted\" name",
    r"back\slash \ and 'single'",
    "plus + minus - && || ! ( ) { } [ ] ^ ~ * ? : /",
    "AND OR NOT TO",
    "C++ / C#",
    "Straße ﬁnal İstanbul",
    "naïve café e\u{301}cole",
    "a*b?c~0.8 d^4",
    "${jndi} $param `tick` #hash",
    "100% 天使",
    "Angel  Fund",
    "angel fund of funds",
    "a",
    "产",
];
pub const TAGS: &[&str] = &[
    "angel",
    "天使",
    "early",
    "Q\"uote",
    "it's",
    "back\\slash",
    "A",
    "[x]",
];
pub const DATES: &[&str] = &[
    "2018",
    "2019-07",
    "2020-03",
    "2021-03-05",
    "2022",
    "2023-12-31",
    "2024",
];
pub const INDICATORS: &[&str] = &["revenue", "专利", "jobs"];
/// Writes before the merges.
const BATCHES: usize = 10;
/// Endings of ids that sort otherwise as bytes than as words.
const ENDINGS: &[&str] = &[
    "a", "a-1", "a.b", "a/b", "A", "a_b", "a:b", "10", "9", "Z", "aa", "b",
];
pub const SOURCES: &[&str] = &["source:s", "source:wikipedia-en-kunshan"];
pub const DATASETS: &[&str] = &["kunshan", "d", "e", "f"];

/// A chance of one in so many.
pub fn once_in(rng: &mut Rng, many: u32) -> bool {
    rng.u32(0..many) == 0
}

/// One of several.
pub fn one<T: Clone>(rng: &mut Rng, of: &[T]) -> T {
    of[rng.usize(..of.len())].clone()
}

/// Both stores, apart from those who read them, so that each can be opened again.
pub struct Stores {
    home: TempDir,
    lent: Lent,
}

/// The use cases over both.
pub struct Both {
    pub embedded: Service,
    pub neo4j: Service,
}

impl Stores {
    pub async fn empty() -> Self {
        let home = tempfile::tempdir().unwrap();
        Self {
            home,
            lent: Lent::empty().await,
        }
    }

    /// The server of the one in Neo4j.
    pub fn server(&self) -> &Neo4jServer {
        self.lent.server()
    }

    async fn open_each(&self) -> (EmbeddedStore, Neo4jStore) {
        let mut options = self.lent.options();
        // What is compared is what is answered, however long a busy machine takes.
        options.limits.query_ms_max = 600_000;
        let neo4j = Neo4jStore::open(options).await.unwrap();
        (EmbeddedStore::open(self.home.path()).unwrap(), neo4j)
    }

    pub async fn open(&self, limits: Limits) -> Both {
        let (embedded, neo4j) = self.open_each().await;
        Both {
            embedded: Service::new(embedded, limits.clone()),
            neo4j: Service::new(neo4j, limits),
        }
    }

    /// Merges one entity into another in both.
    async fn merge(&self, from: &EntityId, to: &EntityId) {
        let (embedded, neo4j) = self.open_each().await;
        let merge = Merge {
            from: from.clone(),
            to: to.clone(),
        };
        let done = embedded.commit(merge.clone()).await.unwrap();
        assert_eq!(neo4j.commit(merge).await.unwrap(), done);
    }
}

impl Both {
    async fn import(&self, directory: &Path) {
        for service in [&self.embedded, &self.neo4j] {
            let options = ImportOptions::new(Principal::operator("test"));
            let done = import(service, read_directory(directory).unwrap(), &options)
                .await
                .unwrap();
            done.result.unwrap_or_else(|report| panic!("{report}"));
        }
    }

    /// Writes the same to both; says whether it was taken.
    async fn write(&self, graph: &Graph) -> bool {
        let written = self.embedded.write(graph.batch()).await.unwrap();
        assert_eq!(self.neo4j.write(graph.batch()).await.unwrap(), written);
        if let WriteOutcome::Refused(problems) = &written {
            println!("a batch was refused by both: {problems:?}");
        }
        matches!(written, WriteOutcome::Done(_))
    }

    /// Holds every record with its statements against the other's, as they are found by their data sets.
    async fn same(&self) {
        let (embedded, neo4j) = (records(&self.embedded).await, records(&self.neo4j).await);
        assert_eq!(
            embedded.keys().collect::<Vec<_>>(),
            neo4j.keys().collect::<Vec<_>>(),
            "what there is"
        );
        for (key, record) in embedded {
            assert_eq!(record, neo4j[&key], "{key}");
        }
    }
}

/// All records of a graph by their keys, with their statements, without when they were recorded.
async fn records(service: &Service) -> BTreeMap<String, String> {
    let session = service.session(&Principal::operator("test")).await.unwrap();
    let mut subjects = BTreeSet::new();
    for info in session.datasets().await.unwrap() {
        subjects.extend(session.subjects_of_dataset(&info.dataset.id).await.unwrap());
    }
    let subjects: Vec<Subject> = subjects.into_iter().collect();
    let mut found = texts(&session, &subjects).await;
    let statements = session.statements(&subjects).await.unwrap();
    let members = session.memberships(&subjects).await.unwrap();
    let evidence = session.evidence(&subjects).await.unwrap();
    let about = statements.into_iter().zip(members).zip(evidence);
    for (subject, ((mut statements, members), evidence)) in subjects.iter().zip(about) {
        for statement in &mut statements {
            statement.recorded_at = DateTime::UNIX_EPOCH;
        }
        let text = found.get_mut(subject.as_str()).unwrap();
        write!(text, "{members:?}\n{evidence:?}\n{statements:#?}").unwrap();
    }
    found
}

/// The records alone.
async fn texts(session: &Session, subjects: &[Subject]) -> BTreeMap<String, String> {
    let mut found = BTreeMap::new();
    macro_rules! read {
        ($sort:ident, $call:ident, $shown:expr) => {
            let ids: Vec<_> = subjects
                .iter()
                .filter_map(|subject| match subject {
                    Subject::$sort(id) => Some(id.clone()),
                    _ => None,
                })
                .collect();
            let records = session.$call(&ids).await.unwrap();
            found.extend(records.into_iter().zip(ids).map(|(record, id)| {
                let record = $shown(record.unwrap());
                (id.to_string(), format!("{record:?}\n"))
            }));
        };
    }
    read!(Entity, entities, |entity: SharedEntity| model::Entity {
        recorded_at: DateTime::UNIX_EPOCH,
        ..(*entity).clone()
    });
    read!(Relation, relations, std::convert::identity);
    read!(Observation, observations, std::convert::identity);
    read!(Rule, rules, std::convert::identity);
    read!(Source, sources, std::convert::identity);
    found
}

fn all<K>() -> PageRequest<K> {
    PageRequest {
        limit: 1000,
        from_end: false,
        after: None,
        before: None,
    }
}

/// Merges one entity into another: what is told of the one is told of the other.
#[derive(Clone)]
struct Merge {
    from: EntityId,
    to: EntityId,
}

impl WritePlan for Merge {
    type Output = ();
    type Refusal = ();
    async fn prepare<R: Reader>(&mut self, at: &R) -> StoreResult<Result<PreparedWrite<()>, ()>> {
        let of = std::slice::from_ref(&self.from);
        let query = IncidentQuery {
            filter: RelationFilter::default(),
            direction: Direction::Both,
            other: None::<EntityFilter>,
            at: None,
            page: all(),
        };
        let relations = at.incident(of, &query).await?.remove(0).items;
        let mut changes = Vec::new();
        let moved = |id: &EntityId| {
            if *id == self.from {
                self.to.clone()
            } else {
                id.clone()
            }
        };
        for mut relation in relations {
            let subject = Subject::Relation(relation.id.clone());
            let statements = at.statements(&[subject]).await?.remove(0);
            (relation.from, relation.to) = (moved(&relation.from), moved(&relation.to));
            changes.push(Change::Put {
                record: Record::Relation(relation),
                statements,
            });
        }
        for mut observation in at.observations_of(of, None, &all()).await?.remove(0).items {
            let subject = Subject::Observation(observation.id.clone());
            let statements = at.statements(&[subject]).await?.remove(0);
            observation.entity = self.to.clone();
            changes.push(Change::Put {
                record: Record::Observation(observation),
                statements,
            });
        }
        for mut rule in at.list_rules(Some(of), None).await? {
            let statements = at.statements(&[Subject::Rule(rule.id.clone())]).await?.remove(0);
            rule.bearer = self.to.clone();
            changes.push(Change::Put {
                record: Record::Rule(rule),
                statements,
            });
        }
        let kept = at
            .entities(std::slice::from_ref(&self.to))
            .await?
            .remove(0)
            .unwrap();
        let statements = at
            .statements(&[Subject::Entity(self.to.clone())])
            .await?
            .remove(0);
        let mut kept = (*kept).clone();
        kept.former_ids.push(self.from.clone());
        kept.former_ids.sort();
        changes.push(Change::Put {
            record: Record::Entity(kept),
            statements,
        });
        changes.push(Change::Delete(Subject::Entity(self.from.clone())));
        changes.push(Change::Redirect {
            from: self.from.clone(),
            to: self.to.clone(),
        });
        Ok(Ok(ChangeSet {
            by: "test".into(),
            at: DateTime::from_timestamp(1_700_000_000, 0).unwrap(),
            changes,
        }
        .into()))
    }
}

/// What was written, as far as questions and further writes need to know.
pub struct World {
    /// Entities as they were last written.
    entities: BTreeMap<String, Entity>,
    merged: HashSet<String>,
    /// Ids of entities, in the order in which they were made: hierarchies go from later ones to earlier ones.
    pub ids: Vec<String>,
    pub relations: Vec<String>,
    taken: usize,
}

/// Writes the world.
pub async fn build(stores: &Stores, rng: &mut Rng) -> World {
    let mut world = World {
        entities: BTreeMap::new(),
        merged: HashSet::new(),
        ids: Vec::new(),
        relations: Vec::new(),
        taken: 0,
    };
    let both = stores.open(Limits::default()).await;
    both.import(&Path::new(env!("CARGO_MANIFEST_DIR")).join("seed/kunshan"))
        .await;
    for at in 0..BATCHES {
        world.write(&both, rng, DATASETS[1 + at % 3], false).await;
    }
    both.same().await;
    drop(both);
    for kind in [EntityKind::Company, EntityKind::Fund, EntityKind::Project] {
        world.merge(stores, rng, kind).await;
        world.merge(stores, rng, kind).await;
    }
    let both = stores.open(Limits::default()).await;
    both.same().await;
    for at in 0..4 {
        world.write(&both, rng, DATASETS[1 + at % 3], at == 3).await;
    }
    both.same().await;
    assert!(world.taken >= BATCHES / 2, "most of what was written was refused");
    world
}

impl World {
    /// The ids of a kind, merged ones included.
    pub fn of_kind(&self, kind: EntityKind) -> Vec<&String> {
        let is = |id: &&String| EntityId::parse(id).unwrap().kind() == kind;
        self.ids.iter().filter(is).collect()
    }

    async fn write(&mut self, both: &Both, rng: &mut Rng, dataset: &str, replace: bool) {
        let before = (self.entities.clone(), self.ids.clone(), self.relations.clone());
        let mut graph = graph().in_dataset(dataset);
        if replace {
            graph = graph.replacing();
        }
        for _ in 0..14 {
            let kind = one(rng, EntityKind::ALL);
            let id = format!("{}:{}", kind.name().to_lowercase(), one(rng, ENDINGS));
            if !self.merged.contains(&id) {
                let entity = self.entity(rng, &id);
                graph = graph.entity(entity);
            }
        }
        for turn in 0..60 {
            graph = self.relation(rng, graph, turn);
        }
        let programs: Vec<String> = self.of_kind(EntityKind::Program).into_iter().cloned().collect();
        for at in 0..4 {
            let of_entity = one(rng, &self.ids);
            if self.merged.contains(&of_entity) {
                continue;
            }
            graph = graph.entity(self.entities[&of_entity].clone()).observation(
                &format!("obs:{dataset}{}", rng.u32(0..30) * 4 + at),
                &of_entity,
                one(rng, INDICATORS),
                &amount(rng),
                one(rng, &["2020", "2021-03", "2019/2022"]),
            );
        }
        if let Some(bearer) = (!programs.is_empty()).then(|| one(rng, &programs)) {
            let parties = [("region:a", 5, 5), ("region:b", 3, 3)];
            for (party, ..) in parties {
                let entity = self.known(rng, party);
                graph = graph.entity(entity);
            }
            graph = graph.entity(self.entities[&bearer].clone()).rule(
                &format!("rule:{dataset}"),
                &bearer,
                one(rng, RuleType::ALL),
                Some("CAPITAL"),
                &parties,
            );
        }
        if both.write(&graph).await {
            self.taken += 1;
        } else {
            (self.entities, self.ids, self.relations) = before;
        }
    }

    async fn merge(&mut self, stores: &Stores, rng: &mut Rng, kind: EntityKind) {
        let ids: Vec<String> = self
            .of_kind(kind)
            .into_iter()
            .filter(|id| !self.merged.contains(*id))
            .cloned()
            .collect();
        let (Some(from), Some(to)) = (rng.choice(&ids), rng.choice(&ids)) else {
            return;
        };
        if from != to {
            let parse = |id: &str| EntityId::parse(id).unwrap();
            stores.merge(&parse(from), &parse(to)).await;
            self.merged.insert(from.clone());
        }
    }

    fn known(&mut self, rng: &mut Rng, id: &str) -> Entity {
        match self.entities.get(id) {
            Some(known) => known.clone(),
            None => self.entity(rng, id),
        }
    }

    fn entity(&mut self, rng: &mut Rng, id: &str) -> Entity {
        let mut entity = entity(id).evidence(statement(rng));
        if !once_in(rng, 6) {
            entity = entity.named(&name(rng));
        }
        for _ in 0..rng.usize(0..3) {
            entity = entity.alias(&name(rng), one(rng, &["en", "zh", "de"]));
        }
        for tag in TAGS {
            if once_in(rng, 5) {
                entity = entity.tag(tag);
            }
        }
        if once_in(rng, 4) {
            let value = format!("Q{} /?:{}", rng.u32(0..5), id.len());
            entity = entity.external(one(rng, &["wikidata", "ror"]), &value);
        }
        if once_in(rng, 3) {
            let (from, to) = dates(rng);
            entity = entity.valid(from, to);
        }
        if once_in(rng, 4) {
            let unit = match EntityId::parse(id).unwrap().kind() {
                EntityKind::Expert => "PERSON",
                kind => kind.name(),
            };
            let size = of(rng.i64(1..900), unit);
            entity = entity.size(&size);
            if once_in(rng, 3) {
                entity = entity.size_said(&size.number(rng.i64(1..900)));
            }
        }
        if once_in(rng, 10) {
            entity = entity.former(&format!("{}-once", id.replace('/', ".")));
        }
        entity = match EntityId::parse(id).unwrap().kind() {
            EntityKind::Program => entity.properties(Properties::Program {
                family: Some(one(rng, ProgramFamily::ALL)),
            }),
            EntityKind::Project => entity.properties(Properties::Project {
                stage: rng.choice(ProjectStage::ALL).copied().filter(|_| rng.bool()),
            }),
            _ => entity,
        };
        if self.entities.insert(id.to_string(), entity.clone()).is_none() {
            self.ids.push(id.to_string());
        }
        entity
    }

    /// With one relation more, between entities that there are; ends merged away stay as they were called.
    fn relation(&mut self, rng: &mut Rng, graph: Graph, turn: u32) -> Graph {
        let (from, to) = (rng.usize(..self.ids.len()), rng.usize(..self.ids.len()));
        let kind_of = |at: usize| EntityId::parse(&self.ids[at]).unwrap().kind();
        let fits = |kind: &&RelationKind| {
            let info = kind.info();
            info.allows(kind_of(from), kind_of(to)) && (!info.acyclic || from > to)
        };
        let kinds: Vec<&RelationKind> = RelationKind::ALL.iter().filter(fits).collect();
        let Some(kind) = rng.choice(&kinds).map(|kind| **kind) else {
            return graph;
        };
        let info = kind.info();
        let id = format!(
            "rel:{}{}",
            one(rng, &["x", "X", "x-", "x/"]),
            rng.u32(0..6) * 60 + turn
        );
        let mut of = relation()
            .id(&id)
            .driver(one(rng, Driver::ALL))
            .evidence(statement(rng));
        let has_amount = once_in(rng, 2);
        if has_amount {
            let amount = amount(rng);
            of = of.amount(amount.clone());
            if once_in(rng, 3) {
                of = of.said_as(&amount.number(rng.i64(1..900)), one(rng, Rank::ALL));
            }
        }
        // Who carries a project has a share of it, or an amount.
        let may_share = kind != RelationKind::CarriedBy || !has_amount;
        if info.conserved == Conservation::Share && once_in(rng, 2) && may_share {
            of = of.share(one(rng, &["0.05", "0.1", "0.125"]));
        }
        if info.carries == CarriedResource::Stated && !once_in(rng, 3) {
            of = of.resource(one(rng, Resource::ALL));
        }
        if info.flow.is_none() && !once_in(rng, 4) {
            of = of.flow(one(
                rng,
                &[
                    FlowDirection::Forward,
                    FlowDirection::Backward,
                    FlowDirection::Both,
                ],
            ));
        } else if info.can_carry() && once_in(rng, 8) {
            of = of.flow(one(rng, &[FlowDirection::Both, FlowDirection::Unstated]));
        }
        if once_in(rng, 3) {
            let (from, to) = dates(rng);
            of = of.valid(from, to);
        }
        let mut graph = graph;
        let programs: Vec<String> = self.of_kind(EntityKind::Program).into_iter().cloned().collect();
        if let Some(program) = rng.choice(&programs).filter(|_| once_in(rng, 3)) {
            of = of.under(program);
            graph = graph.entity(self.entities[program].clone());
        }
        let (from, to) = (self.ids[from].clone(), self.ids[to].clone());
        for end in [&from, &to] {
            if !self.merged.contains(end) {
                graph = graph.entity(self.entities[end].clone());
            }
        }
        self.relations.push(id);
        graph.relation_between_known(kind, &from, &to, of)
    }
}

fn name(rng: &mut Rng) -> String {
    match rng.u32(0..3) {
        0 => format!("{} {}", one(rng, NAMES), one(rng, NAMES)),
        _ => one(rng, NAMES).to_string(),
    }
}

fn dates(rng: &mut Rng) -> (Option<&'static str>, Option<&'static str>) {
    let (a, b) = (rng.usize(..DATES.len()), rng.usize(..DATES.len()));
    let (from, to) = (a.min(b), a.max(b));
    match rng.u32(0..3) {
        0 => (Some(DATES[from]), None),
        1 => (None, Some(DATES[to])),
        _ => (Some(DATES[from]), (from < to).then(|| DATES[to])),
    }
}

fn amount(rng: &mut Rng) -> Amount {
    let amount = match rng.u32(0..3) {
        0 => of(rng.i64(1..500), one(rng, &["PERSON", "PROJECT", "CNY", "EUR"])),
        _ => cny(rng.i64(1..9_000_000_000)),
    };
    let amount = amount.basis(one(rng, Basis::ALL));
    match rng.u32(0..8) {
        0 => amount.more_than(),
        1 => amount.unknown(),
        2 => amount.qualified(one(
            rng,
            &[Qualifier::AtLeast, Qualifier::AtMost, Qualifier::LessThan],
        )),
        _ => amount,
    }
}

fn statement(rng: &mut Rng) -> StatementDraft {
    let assertion = if rng.bool() {
        Assertion::Stated
    } else {
        one(rng, Assertion::ALL)
    };
    let days = ["2018", "2019-06", "2020-12-31", "2021"];
    // Drawn beside, so that what is drawn next does not hang on it: tests with a seed need the world that they had.
    let mut beside = rng.clone();
    let as_of = (beside.u32(0..3) > 0).then(|| PartialDate::parse(one(&mut beside, &days)).unwrap());
    StatementDraft {
        source: SourceId::parse(one(rng, SOURCES)).unwrap(),
        as_of,
        ..said(assertion, one(rng, Reliability::ALL))
    }
}
