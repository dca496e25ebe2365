//! Writers whose lock the server ends under them, and writers that wait for each other: every step is applied once, and no
//! lock is waited for in a circle.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use hukun::model::id::EntityId;
use hukun::model::ontology::RelationKind;
use hukun::store::neo4j::{Neo4jLimits, Neo4jStore};
use hukun::store::{CommitOutcome, Reader as _, Store as _, StoreError, VisibilityFilter};

use neo4rs::query;

use super::app::{Raw, limits, store};
use super::staged::{of_ring, ring_id, ring_of, staging, steps};
use crate::conformance::fixture::{Write, dataset, entity, put_entity, source, write};
use crate::conformance::fresh;
use crate::support::{Neo4jServer, soak};

/// Large enough that applying it takes some seconds.
const ENTITIES: usize = 2_000;

/// Ends every transaction that holds the writers' lock, or applies a step, as long as it is not told to stop.
async fn end_locks(raw: Raw, stop: Arc<AtomicBool>) -> u64 {
    let mut ended = 0;
    while !stop.load(Ordering::Relaxed) {
        for id in lock_holders(&raw).await {
            raw.run(&format!("TERMINATE TRANSACTIONS '{id}'")).await;
            ended += 1;
        }
        // Now and then they get on: a lock that is always ended is of no use to anybody.
        tokio::time::sleep(Duration::from_millis(400)).await;
    }
    ended
}

/// The transactions of writers that wait for nothing: those that hold the lock.
async fn lock_holders(raw: &Raw) -> Vec<String> {
    raw.rows(
        "SHOW TRANSACTIONS YIELD transactionId, metaData, currentQuery WHERE metaData.hukun IS NOT NULL \
         AND currentQuery = '' RETURN transactionId AS row",
    )
    .await
}

/// How many transactions of the server wait for a lock.
async fn blocked(raw: &Raw) -> usize {
    let text = "SHOW TRANSACTIONS YIELD status WHERE status STARTS WITH 'Blocked' RETURN count(*) AS row";
    raw.one(text).await
}

async fn until_blocked(raw: &Raw, number: usize) {
    let begun = Instant::now();
    while blocked(raw).await < number {
        assert!(
            begun.elapsed() < Duration::from_mins(1),
            "never {number} that wait"
        );
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

/// Reads until it is answered: so it applies what there is to apply.
async fn read_through(store: &Neo4jStore, stop: Arc<AtomicBool>) {
    while !stop.load(Ordering::Relaxed) {
        if let Ok(reader) = store.reader(&VisibilityFilter::All).await {
            let _ = reader.entities(&[ring_id("none", 0)]).await;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// The same data in the embedded store gives the same counts of relations at every entity.
async fn as_embedded(neo4j: &Neo4jStore, entities: usize, names: &[String]) {
    let embedded = fresh::embedded().await;
    write(&*embedded, vec![dataset(), source()]).await;
    for name in names {
        write(&*embedded, ring_of(name, entities).0).await;
    }
    let ids: Vec<EntityId> = names
        .iter()
        .flat_map(|name| (0..entities).map(|n| ring_id(name, n)))
        .collect();
    let expected = embedded
        .reader(&VisibilityFilter::All)
        .await
        .unwrap()
        .degrees(&ids)
        .await
        .unwrap();
    let reader = neo4j.snapshot_reader(&VisibilityFilter::All).await.unwrap();
    let found = reader.degrees(&ids).await.unwrap();
    let differing = found.iter().zip(&expected).filter(|(a, b)| a != b).count();
    assert_eq!(
        differing, 0,
        "entities with other relations than in the embedded store"
    );
}

/// Large writes by two processes, whose locks are ended under them, and a third that reads.
async fn written_once(server: &Neo4jServer, ended: bool) {
    let raw = Raw::of(server);
    let limits = Neo4jLimits {
        write_ms_max: 120_000,
        ..staging()
    };
    let (a, b, c) = (
        Arc::new(store(server, limits).await),
        Arc::new(store(server, limits).await),
        Arc::new(store(server, limits).await),
    );
    // The first statement that a server is ever asked takes it seconds.
    while a.commit(Write(vec![dataset(), source()])).await.is_err() {}
    let stop = Arc::new(AtomicBool::new(false));
    let reading = tokio::spawn({
        let (c, stop) = (c.clone(), stop.clone());
        async move { read_through(&c, stop).await }
    });
    let ending = ended.then(|| tokio::spawn(end_locks(Raw::of(server), stop.clone())));
    let rounds = if soak() { 20 } else { 1 };
    let mut names = Vec::new();
    for round in 0..rounds {
        let written = ["a", "b"].map(|writer| format!("{writer}{round}"));
        let writers = [&a, &b].into_iter().zip(&written).map(|(store, name)| {
            let (store, name) = (store.clone(), name.clone());
            tokio::spawn(async move {
                let begun = Instant::now();
                // What is refused for its lock was not written, and is written again.
                loop {
                    match store.commit(ring_of(&name, ENTITIES)).await {
                        Ok(CommitOutcome::Committed(..) | CommitOutcome::Unchanged(..)) => return,
                        Err(
                            StoreError::Unavailable | StoreError::OutcomeUnknown | StoreError::Timeout { .. },
                        ) if begun.elapsed() < Duration::from_mins(4) => {}
                        other => panic!("{name}: {other:?}"),
                    }
                }
            })
        });
        for writer in writers.collect::<Vec<_>>() {
            writer.await.unwrap();
        }
        names.extend(written);
    }
    stop.store(true, Ordering::Relaxed);
    reading.await.unwrap();
    if let Some(ending) = ending {
        let ended = ending.await.unwrap();
        assert!(ended > 0, "no lock was ended");
    }
    for name in &names {
        assert_eq!(of_ring(&raw, name).await, (ENTITIES, ENTITIES), "{name}");
    }
    raw.fits("after ended locks").await;
    assert_eq!(steps(&raw).await, 0);
    as_embedded(&a, ENTITIES, &names).await;
}

/// Entities, and relations, of a write in few steps.
const FEW: usize = 50;

/// In the middle of a step the server ends the transaction that holds the lock, of which its writer learns nothing; another takes the lock
/// and goes on.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_step_is_applied_once_though_another_takes_over_in_the_middle_of_it() {
    let alone = fresh::neo4j().await;
    let server = alone.server();
    let raw = Raw::of(server);
    let patient = Neo4jLimits {
        write_ms_max: 120_000,
        ..staging()
    };
    let (a, b) = (
        Arc::new(store(server, patient).await),
        Arc::new(store(server, patient).await),
    );
    let (entities, relations): (Vec<_>, Vec<_>) = {
        let mut changes = ring_of("m", FEW).0;
        let relations = changes.split_off(FEW);
        (changes, relations)
    };
    write(&*a, vec![dataset(), source()]).await;
    write(&*a, entities).await;
    // Whoever makes a relationship of that id waits.
    let mut held = raw.0.start_txn().await.unwrap();
    let same = "MATCH (e:Entity {id: 'project:m-7'}) CREATE (e)-[:COLLABORATES_WITH {id: 'm-r7'}]->(e)";
    held.run(query(same)).await.unwrap();
    let writing = tokio::spawn({
        let a = a.clone();
        async move { a.commit(Write(relations)).await }
    });
    until_blocked(&raw, 1).await;
    let lock = lock_holders(&raw).await.pop().expect("the lock is held");
    raw.run(&format!("TERMINATE TRANSACTIONS '{lock}'")).await;
    let other = tokio::spawn({
        let b = b.clone();
        async move { b.commit(Write(vec![put_entity(entity("project:other"))])).await }
    });
    until_blocked(&raw, 2).await;
    held.rollback().await.unwrap();
    let (first, second) = (writing.await.unwrap(), other.await.unwrap());
    assert!(
        matches!(first, Ok(CommitOutcome::Committed(r, ())) if r.0 == 3),
        "{first:?}"
    );
    assert!(
        matches!(second, Ok(CommitOutcome::Committed(r, ())) if r.0 == 4),
        "{second:?}"
    );
    assert_eq!(of_ring(&raw, "m").await, (FEW, FEW));
    raw.fits("taken over").await;
    assert_eq!(steps(&raw).await, 0);
}

/// What an older program applied twice is once there when it is opened, and is counted so; and is refused from then on.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn doubled_relationships_of_an_older_program_are_taken_away() {
    let alone = fresh::neo4j().await;
    let server = alone.server();
    let raw = Raw::of(server);
    let names = vec!["o".to_string()];
    write(&*alone, vec![dataset(), source()]).await;
    write(&*alone, ring_of("o", ENTITIES).0).await;
    let keys = "SHOW CONSTRAINTS YIELD name WHERE name STARTS WITH 'hukun_relationship_' RETURN name AS row";
    let keys: Vec<String> = raw.rows(keys).await;
    assert_eq!(keys.len(), RelationKind::ALL.len());
    for key in &keys {
        raw.run(&format!("DROP CONSTRAINT {key}")).await;
    }
    raw.run(
        "MATCH (a)-[r:COLLABORATES_WITH]->(b) WHERE r.id ENDS WITH '7' CREATE (a)-[again:COLLABORATES_WITH]->(b) SET again = properties(r) \
         SET a.degree = a.degree + 1, b.degree = b.degree + 1",
    )
    .await;
    raw.run("MATCH (d:Dataset) SET d.relations = d.relations + 200")
        .await;
    raw.run("MATCH (h:Hukun) SET h.schema = 6").await;
    let again = store(server, limits()).await;
    raw.fits("once each").await;
    as_embedded(&again, ENTITIES, &names).await;
    let wrong: i64 = raw
        .one("MATCH (e:Entity) WHERE e.degree <> COUNT { (e)-[]-() } RETURN count(e) AS row")
        .await;
    assert_eq!(wrong, 0);
    let counted: (i64, i64) = raw
        .one("MATCH (d:Dataset) RETURN [d.entities, d.relations] AS row")
        .await;
    let count = i64::try_from(ENTITIES).unwrap();
    assert_eq!(counted, (count, count));
    let twice = "MATCH (a)-[r:COLLABORATES_WITH]->(b) WITH a, r, b LIMIT 1 \
                 CREATE (a)-[again:COLLABORATES_WITH]->(b) SET again = properties(r)";
    assert!(
        raw.0.run(query(twice)).await.is_err(),
        "a relation is there twice"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_step_is_applied_twice_where_the_locks_of_its_writers_are_ended() {
    let alone = fresh::neo4j().await;
    written_once(alone.server(), true).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_step_is_applied_twice_where_the_server_ends_transactions_after_seconds() {
    let server = Neo4jServer::ending_transactions_after("4s").await;
    written_once(&server, false).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn writers_wait_for_each_other_without_a_deadlock() {
    let alone = fresh::neo4j().await;
    let server = alone.server();
    write(&*alone, vec![dataset(), source()]).await;
    let rounds = if soak() { 500 } else { 60 };
    let stores = [
        Arc::new(store(server, limits()).await),
        Arc::new(store(server, limits()).await),
        Arc::new(store(server, limits()).await),
    ];
    let writers = stores.iter().enumerate().map(|(writer, store)| {
        let store = store.clone();
        tokio::spawn(async move {
            for n in 0..rounds {
                let change = put_entity(entity(&format!("project:w{writer}-{n}")));
                assert!(matches!(
                    store.commit(Write(vec![change])).await,
                    Ok(CommitOutcome::Committed(..))
                ));
            }
        })
    });
    for writer in writers.collect::<Vec<_>>() {
        writer.await.unwrap();
    }
    let deadlocks: u64 = stores.iter().map(|store| store.deadlocks()).sum();
    assert_eq!(deadlocks, 0, "of {} commits", rounds * stores.len());
    Raw::of(server).fits("after waiting").await;
}
