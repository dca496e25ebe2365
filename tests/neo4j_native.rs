//! The native graph in Neo4j held against the records: damaged by hand, named by the check, fixed by the repair.

use fastrand::Rng;
use hukun::model::change::{Change, Record};
use hukun::model::id::DatasetId;
use hukun::model::ontology::RelationKind;
use hukun::model::record::{Access, Dataset};
use hukun::model::statement::Statement;
use hukun::service::Limits;
use hukun::store::neo4j::{NativeProblem, NativeReport, Neo4jStore};
use neo4rs::query;

use crate::answer_parity::world::{Stores, build};
use crate::answer_parity::{Pair, know_the_rest};
use crate::command::{hukun, seed};
use crate::command_neo4j::{at, ran};
use crate::conformance::{fixture, fresh};
use crate::support::stores::Lent;

/// What someone does to the graph by hand, and what the check must call it. Each is about records of its own.
const DAMAGES: &[(&[NativeProblem], &str)] = &[
    (
        &[NativeProblem::RelationshipMissing],
        "MATCH (:Entity)-[r]->() WITH r ORDER BY r.id LIMIT 3 DELETE r",
    ),
    (
        &[NativeProblem::RelationMissing],
        "MATCH (a:Entity), (b:Entity) WHERE a.id < b.id WITH a, b ORDER BY a.id, b.id LIMIT 2 \
         CREATE (a)-[:INVESTS_IN {id: 'stray:' + b.id, provenance: 1, flow: 'FORWARD', from_day: -10000000, to_day: 10000000}]->(b)",
    ),
    (
        &[NativeProblem::RelationshipDoubled],
        "MATCH (a:Entity)-[r]->(b) WITH a, r, b ORDER BY r.id SKIP 5 LIMIT 1 CREATE (a)-[s:$(type(r))]->(b) SET s = properties(r)",
    ),
    (
        &[NativeProblem::RelationshipType],
        "MATCH (a:Entity)-[r]->(b) WHERE type(r) <> 'SUPPORTS' WITH a, r, b ORDER BY r.id SKIP 10 LIMIT 1 \
         CREATE (a)-[s:SUPPORTS]->(b) SET s = properties(r) DELETE r",
    ),
    (
        &[
            NativeProblem::RelationshipEnds,
            NativeProblem::RelationshipMissing,
        ],
        "MATCH (a:Entity)-[r]->(b) WHERE a <> b WITH a, r, b ORDER BY r.id SKIP 15 LIMIT 1 \
         CREATE (b)-[s:$(type(r))]->(a) SET s = properties(r) DELETE r",
    ),
    (
        &[NativeProblem::RelationshipProperty],
        "MATCH (:Entity)-[r]->() WITH r ORDER BY r.id SKIP 20 LIMIT 2 SET r.flow = 'BACKWARD', r.to_day = 1, r.valid_to = '1970'",
    ),
    (
        &[NativeProblem::NodeEnds, NativeProblem::RelationshipEnds],
        "MATCH (v:Relation) WHERE v.from <> v.to WITH v ORDER BY v.id SKIP 25 LIMIT 1 SET v.from = v.to",
    ),
    (
        &[NativeProblem::Property],
        "MATCH (v:Relation) WITH v ORDER BY v.id SKIP 30 LIMIT 1 SET v.status = 'X', v.unit = 'X'",
    ),
    (
        &[NativeProblem::Property],
        "MATCH (s:Source) WITH s ORDER BY s.id LIMIT 1 SET s.datasets = []",
    ),
    (
        &[NativeProblem::NodeEnds],
        "MATCH (o:Observation) WITH o ORDER BY o.id LIMIT 1 MATCH (e:Entity) WHERE e.id <> o.entity \
         WITH o, e ORDER BY e.id LIMIT 1 SET o.entity = e.id",
    ),
    (
        &[NativeProblem::Names],
        "MATCH (e:Entity) WITH e ORDER BY e.id LIMIT 2 SET e.tokens = 'x', e.name = 'x', e.name_key = 'x'",
    ),
    (
        &[NativeProblem::Label],
        "MATCH (e:Fund) WITH e ORDER BY e.id LIMIT 1 REMOVE e:Fund SET e:Park",
    ),
    (
        &[NativeProblem::Label],
        "MATCH (e:Region) WITH e ORDER BY e.id LIMIT 1 REMOVE e:Entity",
    ),
    (
        &[NativeProblem::Degree],
        "MATCH (e:Entity) WITH e ORDER BY e.id SKIP 7 LIMIT 3 SET e.degree = 77",
    ),
    (
        &[NativeProblem::Restricted],
        "MATCH (e:Entity) WITH e ORDER BY e.id SKIP 3 LIMIT 1 SET e.restricted = ['kunshan'], e.entangled = true",
    ),
    (
        &[NativeProblem::Restricted],
        "MATCH (v:Relation) WITH v ORDER BY v.id SKIP 35 LIMIT 1 SET v.restricted = ['kunshan']",
    ),
    (
        &[NativeProblem::Restricted],
        "MATCH (:Entity)-[r]->() WITH r ORDER BY r.id SKIP 40 LIMIT 1 SET r.restricted = ['kunshan']",
    ),
    (
        &[NativeProblem::Provenance],
        "MATCH (e:Entity) WITH e ORDER BY e.id SKIP 9 LIMIT 1 REMOVE e.provenance",
    ),
    (
        &[NativeProblem::Provenance],
        "MATCH (e:Entity) MATCH (p:Provenance {id: e.provenance}) WHERE e.provenance > 0 \
         WITH p ORDER BY e.id SKIP 12 LIMIT 1 SET p.members = ['nobody']",
    ),
    (
        &[NativeProblem::Count],
        "MATCH (d:Dataset {id: 'kunshan'}) SET d.entities = 1, d.relations = 999",
    ),
    (
        &[NativeProblem::Property],
        "MATCH (d:Dataset {id: 'kunshan'}) SET d.access = 'restricted'",
    ),
    (&[NativeProblem::Schema], "DROP INDEX hukun_relation_from"),
];

async fn check(store: &Neo4jStore) -> NativeReport {
    store.check_native(|_| {}).await.unwrap()
}

/// The schema first: without an index the rest is not looked at.
async fn repair(store: &Neo4jStore) -> NativeReport {
    store.repair_native(|_| {}).await.unwrap()
}

/// Takes away what keeps a relationship from being made twice, as a graph of an older program is without.
async fn allow_doubles(graph: &neo4rs::Graph) {
    let names = "SHOW CONSTRAINTS YIELD name WHERE name STARTS WITH 'hukun_relationship' RETURN name AS row";
    let mut rows = graph.execute(query(names)).await.unwrap();
    let mut drops = Vec::new();
    while let Some(row) = rows.next().await.unwrap() {
        drops.push(format!("DROP CONSTRAINT {}", row.get::<String>("row").unwrap()));
    }
    assert!(!drops.is_empty(), "nothing keeps them from it");
    for drop in drops {
        graph.run(query(&drop)).await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_damage_is_named_and_repaired() {
    let (lent, home) = (Lent::empty().await, tempfile::tempdir().unwrap());
    assert_eq!(ran(at(lent.server(), home.path(), "import").arg(seed())).0, 0);
    let store = Neo4jStore::open(lent.options()).await.unwrap();
    let clean = check(&store).await;
    assert_eq!((clean.count(), clean.records), (0, 352), "{clean:?}");
    for (problems, damage) in DAMAGES {
        // Each time, because the repair before created the constraints again.
        if damage.contains("$(type(r))") {
            allow_doubles(&lent.server().graph()).await;
        }
        lent.server().run(damage).await;
        let found = check(&store).await;
        for problem in *problems {
            let first = found.problems.get(problem).map(|found| &found.first);
            assert!(
                first.is_some_and(|first| !first.is_empty()),
                "{problem:?} of `{damage}`: {found:?}"
            );
        }
        let repaired = repair(&store).await;
        assert!(repaired.count() > 0, "{damage}");
        let left = check(&store).await;
        assert_eq!(left.count(), 0, "after `{damage}`: {left:?}");
    }
    // What is not derived cannot be made anew, and is told.
    for (problem, damage) in [
        (
            NativeProblem::StatementsMissing,
            "MATCH (v:Evidence) WITH v ORDER BY v.of LIMIT 1 DELETE v",
        ),
        (
            NativeProblem::Unreadable,
            "MATCH (v:Relation) WITH v ORDER BY v.id SKIP 50 LIMIT 1 SET v.body = '{'",
        ),
        (
            NativeProblem::StatementsUnowned,
            "CREATE (:Evidence {of: 'rel:gone', statements: '[]'})",
        ),
    ] {
        lent.server().run(damage).await;
        let left = repair(&store).await;
        assert!(left.problems.contains_key(&problem), "{damage}: {left:?}");
    }
    drop(store);
    let (code, told, log) = ran(&mut at(lent.server(), home.path(), "repair"));
    assert_eq!(code, 3, "{told}{log}");
    assert!(told.contains("cannot be repaired: restore a backup"), "{told}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn answers_after_a_repair_are_those_of_the_embedded_store() {
    let stores = Stores::empty().await;
    let mut world = build(&stores, &mut Rng::with_seed(11)).await;
    let graph = stores.server().graph();
    allow_doubles(&graph).await;
    for (_, damage) in DAMAGES {
        // Some damage hides what the next would harm.
        graph.run(query(damage)).await.unwrap();
    }
    let home = tempfile::tempdir().unwrap();
    let run = |command: &str, arguments: &[&str]| {
        let (code, told, log) = ran(at(stores.server(), home.path(), command).args(arguments));
        (code, told + &log)
    };
    let (code, told) = run("check", &["--native"]);
    assert_eq!(code, 3, "{told}");
    // One of each kind of relation, and an index.
    let missing = RelationKind::ALL.len() + 1;
    let expected =
        format!("constraints or indexes missing: {missing}: hukun_relation_from, hukun_relationship_");
    assert!(told.contains(&expected), "{told}");
    assert!(told.contains("run `hukun repair` first"), "{told}");
    // Stopped in the middle, it can be run again.
    let mut stopped = at(stores.server(), home.path(), "repair").spawn().unwrap();
    tokio::time::sleep(std::time::Duration::from_millis(1_500)).await;
    stopped.kill().unwrap();
    stopped.wait().unwrap();
    let (code, told) = run("repair", &[]);
    assert_eq!(code, 0, "{told}");
    assert!(told.contains("0 left"), "{told}");
    let (code, told) = run("check", &["--native"]);
    assert_eq!(code, 0, "{told}");
    let limits = Limits {
        trace_work_max: 20_000,
        trace_ms_max: 600_000,
        ..Limits::default()
    };
    let both = stores.open(limits).await;
    know_the_rest(&mut world, &both).await;
    Pair::of(both).await.asked(11, 80, &world).await.check();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_repair_writes_nothing_in_a_dry_run_and_waits_for_no_other_writer() {
    let (lent, home) = (Lent::empty().await, tempfile::tempdir().unwrap());
    let server = lent.server();
    let repair = |arguments: &[&str]| {
        let (code, told, log) = ran(at(server, home.path(), "repair").args(arguments));
        (code, told + &log)
    };
    assert_eq!(ran(at(server, home.path(), "import").arg(seed())).0, 0);
    server
        .run("MATCH (e:Entity {id: 'fund:mother'}) SET e.degree = 77")
        .await;
    let (code, told) = repair(&["--dry-run"]);
    assert_eq!(code, 0, "{told}");
    assert!(
        told.contains("entities with a wrong number of relations: 1 (would be repaired): fund:mother"),
        "{told}"
    );
    let degree = "MATCH (e:Entity {id: 'fund:mother'}) RETURN toString(e.degree) AS name";
    assert_eq!(server.names(degree).await, ["77"]);

    let mut writer = server.graph().start_txn().await.unwrap();
    writer
        .run(query("MATCH (h:Hukun {id: 'graph'}) SET h.turn = 0"))
        .await
        .unwrap();
    let (code, told) = repair(&[]);
    assert_eq!(code, 1, "{told}");
    assert!(told.contains("another program"), "{told}");
    assert!(told.contains(&format!("the store at {}", server.uri())), "{told}");
    writer.rollback().await.unwrap();
    let (code, told) = repair(&[]);
    assert_eq!(code, 0, "{told}");
    assert!(told.contains("1 (repaired): fund:mother"), "{told}");
    assert_ne!(server.names(degree).await, ["77"]);

    let (code, told, log) = ran(hukun(home.path()).arg("repair"));
    assert_eq!(code, 2, "{told}{log}");
    assert!(log.contains("needs a Neo4j store"), "{log}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_constraint_of_relationships_that_is_missing_is_named_and_created_again() {
    const NAME: &str = "hukun_relationship_invests_in";
    let (lent, home) = (Lent::empty().await, tempfile::tempdir().unwrap());
    let server = lent.server();
    let run = |command: &str, arguments: &[&str]| {
        let (code, told, log) = ran(at(server, home.path(), command).args(arguments));
        (code, told + &log)
    };
    let exists = async || {
        let names = server.names("SHOW CONSTRAINTS YIELD name RETURN name").await;
        names.iter().any(|name| name == NAME)
    };
    assert_eq!(run("import", &[&seed()]).0, 0);
    assert!(exists().await);
    server.run(&format!("DROP CONSTRAINT {NAME}")).await;
    // A check changes nothing, so that it says the same again.
    for _ in 0..2 {
        let (code, told) = run("check", &["--native"]);
        assert_eq!(code, 3, "{told}");
        let expected = format!("constraints or indexes missing: 1: {NAME}");
        assert!(told.contains(&expected), "{told}");
        assert!(!exists().await);
    }
    let (code, told) = run("repair", &["--dry-run"]);
    assert_eq!(code, 0, "{told}");
    assert!(told.contains(&format!("1 (would be repaired): {NAME}")), "{told}");
    let (code, told) = run("repair", &[]);
    assert_eq!(code, 0, "{told}");
    assert!(told.contains(&format!("1 (repaired): {NAME}")), "{told}");
    assert!(exists().await);
    let (code, told) = run("check", &["--native"]);
    assert_eq!(code, 0, "{told}");

    server.run(&format!("DROP CONSTRAINT {NAME}")).await;
    let twice =
        "CREATE (a:Foreign)-[:INVESTS_IN {id: 'x'}]->(b:Foreign) CREATE (a)-[:INVESTS_IN {id: 'x'}]->(b)";
    server.run(twice).await;
    let (code, told) = run("repair", &[]);
    assert_eq!(code, 3, "{told}");
    let expected = "two relationships have the same id: 1 (delete those of other applications";
    assert!(told.contains(expected) && told.contains(NAME), "{told}");
    server.run("MATCH (n:Foreign) DETACH DELETE n").await;
    let (code, told) = run("repair", &[]);
    assert_eq!(code, 0, "{told}");
    assert!(exists().await);
}

/// The rule which records are entangled is written in Rust and, for records that a write does not contain, in Cypher.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_hidden_with_other_data_sets_is_recomputed_as_it_is_written() {
    const DATASETS: [&str; 3] = ["a", "b", "c"];
    let store = fresh::neo4j().await;
    let dataset = |id: &str, access: Access| match fixture::dataset() {
        Change::Dataset(dataset) => Change::Dataset(Dataset {
            id: DatasetId::parse(id).unwrap(),
            access,
            ..dataset
        }),
        other => other,
    };
    let stated = |record: Record, datasets: &[&str]| Change::Put {
        record,
        statements: datasets
            .iter()
            .map(|id| Statement {
                dataset: DatasetId::parse(id).unwrap(),
                ..fixture::statement()
            })
            .collect(),
    };
    let subsets: [&[&str]; 4] = [&["a"], &["b"], &["a", "b"], &["a", "b", "c"]];
    let mut changes: Vec<Change> = DATASETS.map(|id| dataset(id, Access::Public)).to_vec();
    changes.push(fixture::source());
    for (place, datasets) in subsets.iter().enumerate() {
        let entity = fixture::entity(&format!("fund:f{place}"));
        changes.push(stated(Record::Entity(entity), datasets));
    }
    // Each set of rows with ends of each other.
    for (place, datasets) in subsets.iter().enumerate() {
        for end in 0..subsets.len() {
            let (id, to) = (format!("r{place}{end}"), format!("fund:f{end}"));
            let relation = fixture::relation(&id, RelationKind::InvestsIn, "fund:f0", &to);
            changes.push(stated(Record::Relation(relation), datasets));
        }
    }
    fixture::write(&*store, changes).await;
    let mut entangled = Vec::new();
    for restricted in [0b001, 0b011, 0b111, 0b110, 0b010, 0b101, 0b000] {
        let access = |place: usize| match restricted >> place & 1 {
            0 => Access::Public,
            _ => Access::Restricted,
        };
        let changes = DATASETS.iter().enumerate();
        let changes = changes.map(|(place, id)| dataset(id, access(place)));
        fixture::write(&*store, changes.collect()).await;
        let report = check(&store).await;
        assert_eq!(report.count(), 0, "{restricted:03b}: {report:?}");
        let count =
            "MATCH (n) WHERE (n:Entity OR n:Relation) AND n.entangled IS NOT NULL RETURN count(n) AS row";
        let mut rows = store.server().graph().execute(query(count)).await.unwrap();
        entangled.push(rows.next().await.unwrap().unwrap().get::<i64>("row").unwrap());
    }
    assert_eq!(entangled, [14, 12, 8, 14, 13, 15, 0]);
}
