//! A database that others use too. Whatever stands beside the graph, under other labels or the same, no answer shows it and no
//! write takes it.

use std::collections::BTreeMap;
use std::fs;

use fastrand::Rng;
use hukun::model::ontology::RelationKind;
use hukun::service::Limits;
use neo4rs::query;

use crate::answer_parity::world::{Stores, build};
use crate::answer_parity::{Pair, know_the_rest};
use crate::command::seed;
use crate::command_neo4j::{at, ran};
use crate::support::Neo4jServer;
use crate::support::stores::Lent;

/// Data of others: each line is a kind of it, and each node and relationship is marked `foreign`.
const NODES: &[&str] = &[
    // Labels of others with our ids, and with properties that ours have.
    "MATCH (e:Entity) CREATE (:Person {foreign: true, id: e.id, name: 'x', body: '{}', provenance: 1})",
    "MATCH (r:Relation) WITH r LIMIT 50 CREATE (:Note {foreign: true, id: r.id, of: r.id, from: r.from})",
    // Our labels, with an id or without, of text, a number or none.
    "CREATE (:Entity {foreign: true, name: 'x'}), (:Entity {foreign: true, id: 'person:zz'}), (:Entity {foreign: true, id: 7})",
    "CREATE (:Entity:Fund {foreign: true, id: 'fund:zz', name: 'x', tokens: 'fu un nd', tags: ['angel'], degree: 90})",
    "UNWIND range(1, 20) AS n CREATE (:Fund {foreign: true, n: n}), (:Region {foreign: true, id: 'region:z' + n}), \
     (:Project {foreign: true}), (:Person {foreign: true}), (:Company {foreign: true, name: 'x'})",
    "MATCH (v:Relation) WITH v LIMIT 200 CREATE (:Relation {foreign: true, id: 'zz:' + v.id, from: v.from, to: v.to, kind: v.kind})",
    "MATCH (e:Entity) WHERE e.kind IS NOT NULL CREATE (:Observation {foreign: true, id: 'zz:' + e.id, entity: e.id, indicator: 'revenue'})",
    "MATCH (e:Entity) WHERE e.kind IS NOT NULL CREATE (:Rule {foreign: true, bearer: e.id, rule_type: 'GUARANTEE'})",
    "CREATE (:Source {foreign: true, id: 'source:zz', title: 'x'}), (:Source {foreign: true, name: 'spring'})",
    "CREATE (:Dataset {foreign: true, name: 'x'}), (:Dataset {foreign: true, id: 'zz', access: 'restricted'})",
    "CREATE (:Provenance {foreign: true, id: 'zz', members: ['kunshan'], contributors: ['kunshan', 'd']})",
    "CREATE (:Redirect {foreign: true, id: '/a', to: '/b'}), (:Redirect {foreign: true, id: 'https://a', to: 'https://b'})",
    "MATCH (e:Entity) WHERE e.kind IS NOT NULL CREATE (:Change {foreign: true, subject: e.id}), (:Evidence {foreign: true, exhibit: e.id})",
    "CREATE (:Write {foreign: true, by: 'x'}), (:Step {foreign: true, name: 'x'}), (:ApiKey {foreign: true, name: 'x'})",
    "CREATE (:Commit {foreign: true, sha: 'a'}), (:Commit {foreign: true, id: 'b'}), (:Hukun {foreign: true, name: 'a dog'})",
];

/// Relationships of others, at nodes of ours.
const RELATIONSHIPS: &[&str] = &[
    "MATCH (a:Entity) WHERE a.kind IS NOT NULL MATCH (b:Person {id: a.id}) CREATE (a)-[:KNOWS {foreign: true}]->(b)",
    "MATCH (a:Relation) WHERE a.kind IS NOT NULL MATCH (b:Note {id: a.id}) CREATE (b)-[:ABOUT {foreign: true, id: a.id}]->(a)",
];

/// Puts data of others beside a graph.
pub async fn load(server: &Neo4jServer) {
    let graph = server.graph();
    for cypher in NODES.iter().chain(RELATIONSHIPS) {
        graph.run(query(cypher)).await.unwrap();
    }
    // Between our nodes, and between ours and others': of a type of others, and of each of ours.
    let types = RelationKind::ALL.iter().map(|kind| kind.name());
    for (at, kind) in types.chain(["SIMILAR_TO"]).enumerate() {
        for cypher in [
            format!(
                "MATCH (e:Entity) WHERE e.kind IS NOT NULL WITH e ORDER BY e.id SKIP {at} LIMIT 40 WITH collect(e) AS es \
                 UNWIND range(0, size(es) - 2) AS n WITH es[n] AS a, es[n + 1] AS b, n \
                 CREATE (a)-[:{kind} {{foreign: true, score: 0.5}}]->(b), (b)-[:{kind} {{foreign: true, id: '{kind}:' + n, flow: 'FORWARD', \
                 resource: 'CAPITAL', from_day: -10000000, to_day: 10000000}}]->(a), (a)-[:{kind} {{foreign: true}}]->(a)"
            ),
            format!(
                "MATCH (e:Entity) WHERE e.kind IS NOT NULL WITH e ORDER BY e.id SKIP {at} LIMIT 20 MATCH (p:Person {{id: e.id}}) \
                 CREATE (e)-[:{kind} {{foreign: true}}]->(p), (p)-[:{kind} {{foreign: true, id: 'p:' + e.id + '{kind}'}}]->(e)"
            ),
        ] {
            graph.run(query(&cypher)).await.unwrap();
        }
    }
    // Properties and labels on what is ours.
    graph
        .run(query(
            "MATCH (e:Entity) WHERE e.kind IS NOT NULL SET e.reviewed = true, e.score = 0.5, e:Reviewed",
        ))
        .await
        .unwrap();
    graph
        .run(query(
            "MATCH ()-[r]->() WHERE r.provenance > 0 SET r.reviewed = true",
        ))
        .await
        .unwrap();
}

/// What others have: nodes by what stands on them, relationships by that and their ends; how often each.
async fn beside(server: &Neo4jServer) -> [BTreeMap<String, usize>; 2] {
    let count = async |cypher: &str| {
        let mut counts = BTreeMap::new();
        for name in server.names(cypher).await {
            *counts.entry(name).or_default() += 1;
        }
        counts
    };
    [
        count(
            "MATCH (n) WHERE n.foreign UNWIND keys(n) AS key WITH n, key ORDER BY key \
             WITH n, collect(key + '=' + coalesce(toStringOrNull(n[key]), '[]')) AS marks \
             UNWIND labels(n) AS label WITH n, marks, label ORDER BY label \
             WITH n, marks, collect(label) AS labels \
             RETURN reduce(text = '', mark IN marks + labels | text + mark + ' ') AS name",
        )
        .await,
        count(
            "MATCH (a)-[r]->(b) WHERE r.foreign RETURN coalesce(toStringOrNull(a.id), '') + type(r) + coalesce(r.id, '') + \
             coalesce(toStringOrNull(b.id), '') AS name",
        )
        .await,
    ]
}

/// What is there on one side alone.
#[track_caller]
fn alike(one: &BTreeMap<String, usize>, other: &BTreeMap<String, usize>) {
    let only = |a: &BTreeMap<String, usize>, b: &BTreeMap<String, usize>| {
        let of_a = a.iter().filter(|(name, count)| b.get(*name) != Some(count));
        of_a.map(|(name, count)| format!("{name}: {count}"))
            .take(5)
            .collect::<Vec<_>>()
    };
    assert!(
        one == other,
        "now {:#?}, before {:#?}",
        only(one, other),
        only(other, one)
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn answers_are_those_of_the_graph_alone() {
    let stores = Stores::empty().await;
    let mut world = build(&stores, &mut Rng::with_seed(7)).await;
    load(stores.server()).await;
    let limits = Limits {
        trace_work_max: 20_000,
        trace_ms_max: 600_000,
        ..Limits::default()
    };
    let both = stores.open(limits).await;
    know_the_rest(&mut world, &both).await;
    Pair::of(both).await.asked(7, 200, &world).await.check();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn writes_and_restores_take_nothing_of_others() {
    let (lent, home) = (Lent::empty().await, tempfile::tempdir().unwrap());
    let server = lent.server();
    let run = |command: &str, arguments: &[&str]| {
        let (code, told, log) = ran(at(server, home.path(), command).args(arguments));
        assert_eq!(code, 0, "{command} {arguments:?}: {told}{log}");
        told + &log
    };
    run("import", &[&seed()]);
    load(server).await;
    let before = beside(server).await;
    assert!(
        before[0].len() > 300 && before[1].len() > 900,
        "{} {}",
        before[0].len(),
        before[1].len()
    );
    let clean = "352 records clean at revision 1\n";
    assert!(run("check", &[]).contains(clean));
    let told = run("check", &["--native"]);
    for foreign in [
        "labels of other applications, ignored: ",
        "Person (",
        "relationship types of other applications, ignored: ",
        "SIMILAR_TO (",
        "nodes of other applications with labels of Hukun, ignored: ",
        "Commit (2)",
    ] {
        assert!(told.contains(foreign), "{foreign}: {told}");
    }
    assert!(told.contains(clean), "{told}");
    let told = run("repair", &[]);
    assert!(
        told.contains("352 records checked: 0 problems repaired, 0 left"),
        "{told}"
    );
    let told = run("import", &[&seed()]);
    assert!(told.contains("352 unchanged"), "{told}");

    // A large write is staged, and takes away steps that were left behind.
    let changed = home.path().join("changed/kunshan");
    fs::create_dir_all(&changed).unwrap();
    for file in fs::read_dir(seed()).unwrap() {
        let file = file.unwrap();
        let text = fs::read_to_string(file.path()).unwrap();
        let text = text.replace("昆山", "崑山");
        fs::write(changed.join(file.file_name()), text).unwrap();
    }
    let changed = changed.display().to_string();
    let told = run("import", &[&changed, "--store-transaction-records-max", "20"]);
    assert!(told.contains("revision 2"), "{told}");
    let [nodes, relationships] = beside(server).await;
    alike(&nodes, &before[0]);
    alike(&relationships, &before[1]);
    let reviewed =
        "MATCH (e:Entity) WHERE e.kind IS NOT NULL AND e.reviewed AND e:Reviewed RETURN e.id AS name";
    let entities = server.names("MATCH (e:Entity) WHERE e.kind IS NOT NULL RETURN e.id AS name");
    assert_eq!(
        server.names(reviewed).await.len(),
        entities.await.len(),
        "marks of others on what was written again"
    );

    let backup = home.path().join("backup").display().to_string();
    run("backup", &[&backup]);
    run("restore", &[&backup, "--replace"]);
    let [nodes, _] = beside(server).await;
    alike(&nodes, &before[0]);
    assert!(run("check", &[]).contains("352 records clean at revision 2\n"));
    let again = home.path().join("again").display().to_string();
    run("backup", &[&again]);
    assert!(
        fs::read(&backup).unwrap() == fs::read(&again).unwrap(),
        "another backup after the restore"
    );
}
