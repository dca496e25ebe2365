//! Writes in steps, with whoever applies them stopped in the middle: once announced they stand, whole, and before that nothing does.

use std::sync::Arc;
use std::time::{Duration, Instant};

use hukun::model::id::EntityId;
use hukun::model::ontology::RelationKind::CollaboratesWith;
use hukun::store::neo4j::{Neo4jLimits, Neo4jStore};
use hukun::store::{CommitOutcome, Reader as _, Store as _, StoreError, VisibilityFilter};
use neo4rs::{Txn, query};

use super::app::{App, BACK_WITHIN, Raw, limits, store};
use crate::command_neo4j::{at, ran};
use crate::conformance::fixture::{
    Write, dataset, entity, entity_id, put_entity, put_relation, relation, source, write,
};
use crate::conformance::fresh;
use crate::support::{Neo4jServer, soak};

const ENTITIES: usize = 1_200;

/// Everything in steps, whatever its size.
pub fn staging() -> Neo4jLimits {
    Neo4jLimits {
        transaction_records_max: 0,
        query_ms_max: 10_000,
        ..limits()
    }
}

/// A ring of entities.
fn ring(name: &str) -> Write {
    ring_of(name, ENTITIES)
}

/// A ring of so many entities.
pub fn ring_of(name: &str, count: usize) -> Write {
    let id = |n: usize| format!("project:{name}-{}", n % count);
    let entities = (0..count).map(|n| put_entity(entity(&id(n))));
    let relations = (0..count).map(|n| {
        put_relation(relation(
            &format!("{name}-r{n}"),
            CollaboratesWith,
            &id(n),
            &id(n + 1),
        ))
    });
    Write(entities.chain(relations).collect())
}

/// The id of an entity of a ring.
pub fn ring_id(name: &str, number: usize) -> EntityId {
    entity_id(&format!("project:{name}-{number}"))
}

/// How many entities and relations of a ring are there.
pub async fn of_ring(raw: &Raw, name: &str) -> (usize, usize) {
    let count = async |label: &str, prefix: &str| -> usize {
        raw.one(&format!(
            "MATCH (n:{label}) WHERE n.id STARTS WITH '{prefix}' RETURN count(n) AS row"
        ))
        .await
    };
    (
        count("Entity", &format!("project:{name}-")).await,
        count("Relation", &format!("{name}-r")).await,
    )
}

pub async fn steps(raw: &Raw) -> usize {
    raw.one("MATCH (s:Step) RETURN count(s) AS row").await
}

/// Waits for something in the database.
pub async fn until(raw: &Raw, cypher: &str) {
    let begun = Instant::now();
    while !raw.one::<bool>(cypher).await {
        assert!(begun.elapsed() < Duration::from_secs(30), "never: {cypher}");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

/// Keeps the step from being applied that writes an entity of this id.
pub async fn held_at(raw: &Raw, id: &str) -> Txn {
    let mut txn = raw.0.start_txn().await.unwrap();
    txn.run(query(&format!("CREATE (:Entity {{id: '{id}'}})")))
        .await
        .unwrap();
    txn
}

/// A writer in a runtime of its own, which can be ended in the middle of whatever it does, as its process would be.
fn apart(server: &Neo4jServer, changes: Write) -> tokio::runtime::Runtime {
    let options = hukun::store::neo4j::Neo4jOptions {
        limits: staging(),
        ..server.options()
    };
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()
        .unwrap();
    runtime.spawn(async move {
        let store = Neo4jStore::open(options).await.unwrap();
        let _ = store.commit(changes).await;
    });
    runtime
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_no_transaction_has_the_memory_for_is_written_in_steps() {
    let alone = fresh::neo4j().await;
    write(&*alone, vec![dataset(), source()]).await;
    // Some 600 MB in one transaction, on a server that has 256.
    let many = (0..40_000).map(|n| put_entity(entity(&format!("project:p{n}"))));
    let many = || Write(many.clone().collect());
    assert!(matches!(alone.commit(many()).await, Ok(CommitOutcome::Committed(r, ())) if r.0 == 2));
    let reader = alone.reader(&VisibilityFilter::All).await.unwrap();
    let ends = ["project:p0", "project:p39999"].map(entity_id);
    assert!(reader.entities(&ends).await.unwrap().iter().all(Option::is_some));
    // And nothing of it again.
    assert!(matches!(alone.commit(many()).await, Ok(CommitOutcome::Unchanged(r, ())) if r.0 == 2));
    let raw = Raw::of(alone.server());
    raw.fits("in steps").await;
    assert_eq!(steps(&raw).await, 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn readers_are_told_while_steps_are_applied_and_see_all_or_nothing() {
    let alone = fresh::neo4j().await;
    let server = alone.server();
    let app = App::over(store(server, limits()).await).await;
    let other = Arc::new(store(server, staging()).await);
    let raw = Raw::of(server);
    write(
        &*other,
        vec![dataset(), source(), put_entity(entity("project:before"))],
    )
    .await;

    let held = held_at(&raw, "project:a-7").await;
    let writing = tokio::spawn({
        let other = other.clone();
        async move { other.commit(ring("a")).await }
    });
    until(&raw, "MATCH (c:Commit) RETURN c.staged IS NOT NULL AS row").await;
    // This process neither has the write nor the turn.
    let told = app.ask("{ node(id: \"project:before\") { id } }").await;
    assert_eq!(told.code(), Some("STORE_UNAVAILABLE"), "{told:?}");
    assert!(told.message().contains("applying a large write"), "{told:?}");
    assert!(told.after < Duration::from_secs(4), "{told:?}");
    // The process that writes does not hold up its own readers longer.
    let begun = Instant::now();
    let own = match other.reader(&VisibilityFilter::All).await {
        Ok(reader) => reader.entities(&[entity_id("project:before")]).await.map(drop),
        Err(error) => Err(error),
    };
    assert!(
        matches!(
            own,
            Err(StoreError::Applying { .. } | StoreError::StaleRead { .. })
        ),
        "{own:?}"
    );
    assert!(begun.elapsed() < Duration::from_secs(4), "{:?}", begun.elapsed());

    held.rollback().await.unwrap();
    assert!(matches!(writing.await.unwrap(), Ok(CommitOutcome::Committed(r, ())) if r.0 == 2));
    let told = app
        .ask("{ node(id: \"project:before\") { id } last: node(id: \"project:a-1199\") { id } }")
        .await;
    assert_eq!(told.code(), None, "{told:?}");
    assert_eq!(told.body["data"]["last"]["id"], "project:a-1199");
    raw.fits("after the steps").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn steps_whose_writer_died_are_applied_by_whoever_comes_next() {
    let alone = fresh::neo4j().await;
    let server = alone.server();
    let raw = Raw::of(server);
    write(
        &*alone,
        vec![dataset(), source(), put_entity(entity("project:before"))],
    )
    .await;
    let rounds: u32 = if soak() { 30 } else { 3 };
    for round in 0..rounds {
        let name = format!("d{round}");
        // In turn: by a reader, by a writer, by one that is only opened.
        let held = held_at(
            &raw,
            &format!("project:{name}-{}", (round as usize * 397) % ENTITIES),
        )
        .await;
        let writer = apart(server, ring(&name));
        until(&raw, "MATCH (c:Commit) RETURN c.staged IS NOT NULL AS row").await;
        tokio::time::sleep(Duration::from_millis(100)).await;
        writer.shutdown_background();
        // As the server notices that its connections are closed.
        held.rollback().await.unwrap();
        let begun = Instant::now();
        if round % 3 == 1 {
            let next = Write(vec![put_entity(entity(&format!("project:next{round}")))]);
            assert!(matches!(
                alone.commit(next).await,
                Ok(CommitOutcome::Committed(..))
            ));
        }
        let reopened = store(server, staging()).await;
        let reading: &Neo4jStore = if round % 3 == 2 { &reopened } else { &alone };
        loop {
            let there = match reading.reader(&VisibilityFilter::All).await {
                Ok(reader) => {
                    reader
                        .entities(&["project:before", &format!("project:{name}-1199")].map(entity_id))
                        .await
                }
                Err(error) => Err(error),
            };
            match there {
                Ok(there) => {
                    assert!(there.iter().all(Option::is_some), "round {round}: {there:?}");
                    break;
                }
                Err(
                    StoreError::Applying { .. } | StoreError::StaleRead { .. } | StoreError::Timeout { .. },
                ) => {}
                Err(other) => panic!("round {round}: {other}"),
            }
            assert!(
                begun.elapsed() < Duration::from_mins(1),
                "round {round}: never applied"
            );
        }
        assert_eq!(of_ring(&raw, &name).await, (ENTITIES, ENTITIES), "round {round}");
        raw.fits(&format!("round {round}")).await;
        assert_eq!(steps(&raw).await, 0);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn steps_that_were_not_announced_are_as_if_never_written() {
    let alone = fresh::neo4j().await;
    let server = alone.server();
    let raw = Raw::of(server);
    write(
        &*alone,
        vec![dataset(), source(), put_entity(entity("project:before"))],
    )
    .await;
    let rounds: u32 = if soak() { 30 } else { 3 };
    for round in 0..rounds {
        let name = format!("u{round}");
        let writer = apart(server, ring(&name));
        until(&raw, "MATCH (s:Step) RETURN count(s) > 1 AS row").await;
        writer.shutdown_background();
        // Readers never knew of it, unless it was announced in that moment.
        let next = Write(vec![put_entity(entity(&format!("project:after{round}")))]);
        assert!(matches!(
            alone.commit(next).await,
            Ok(CommitOutcome::Committed(..))
        ));
        let there = of_ring(&raw, &name).await;
        assert!(
            [(0, 0), (ENTITIES, ENTITIES)].contains(&there),
            "round {round}: {there:?}"
        );
        raw.fits(&format!("round {round}")).await;
        // The next that stages takes away what was left.
        let staging = store(server, staging()).await;
        write(
            &staging,
            vec![put_entity(entity(&format!("project:last{round}")))],
        )
        .await;
        assert_eq!(steps(&raw).await, 0, "round {round}");
    }
}

/// The server ends the transaction that holds the lock, of which its writer learns nothing; meanwhile another writes.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_writer_that_lost_its_turn_announces_nothing() {
    let alone = fresh::neo4j().await;
    let server = alone.server();
    let raw = Raw::of(server);
    write(&*alone, vec![dataset(), source()]).await;
    let staging = Arc::new(store(server, staging()).await);
    let writing = tokio::spawn({
        let staging = staging.clone();
        async move { staging.commit(ring("lost")).await }
    });
    until(&raw, "MATCH (s:Step) RETURN count(s) > 0 AS row").await;
    // The oldest of its transactions is the one that holds the lock.
    let locks: Vec<String> = raw
        .rows(
            "SHOW TRANSACTIONS YIELD transactionId, startTime, currentQuery WHERE NOT currentQuery STARTS WITH 'SHOW' \
             RETURN transactionId AS row ORDER BY startTime LIMIT 1",
        )
        .await;
    for id in locks {
        // Its answer says what became of it; by then it may have ended by itself.
        raw.run(&format!("TERMINATE TRANSACTIONS '{id}'")).await;
    }
    let other = Write(vec![put_entity(entity("project:other"))]);
    assert!(matches!(
        alone.commit(other).await,
        Ok(CommitOutcome::Committed(..))
    ));
    assert!(matches!(writing.await.unwrap(), Ok(CommitOutcome::Committed(..))));
    assert_eq!(of_ring(&raw, "lost").await, (ENTITIES, ENTITIES));
    let revision: i64 = raw.one("MATCH (h:Hukun) RETURN h.revision AS row").await;
    assert_eq!(revision, 3);
    raw.fits("after a lost turn").await;
    assert_eq!(steps(&raw).await, 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_killed_while_steps_are_applied_has_them_all_in_the_end() {
    let mut server = Neo4jServer::start_own().await;
    let rounds: u32 = if soak() { 20 } else { 2 };
    {
        let first = store(&server, staging()).await;
        write(&first, vec![dataset(), source()]).await;
    }
    for round in 0..rounds {
        let name = format!("k{round}");
        let writer = Arc::new(store(&server, staging()).await);
        let writing = tokio::spawn({
            let (writer, changes) = (writer.clone(), ring(&name));
            async move { writer.commit(changes).await }
        });
        let announced = "MATCH (c:Commit) RETURN c.staged IS NOT NULL AS row";
        until(&Raw::of(&server), announced).await;
        tokio::time::sleep(Duration::from_millis(u64::from(round) * 150)).await;
        server.kill();
        server.restart().await;
        let outcome = writing.await.unwrap();
        assert!(
            matches!(
                outcome,
                Ok(CommitOutcome::Committed(..)) | Err(StoreError::OutcomeUnknown)
            ),
            "round {round}: {outcome:?}"
        );
        // What is not known to its writer stands all the same.
        let next = Write(vec![put_entity(entity(&format!("project:after{round}")))]);
        let begun = Instant::now();
        while writer.commit(Write(next.0.clone())).await.is_err() {
            assert!(begun.elapsed() < BACK_WITHIN, "round {round}: not back");
        }
        let raw = Raw::of(&server);
        assert_eq!(of_ring(&raw, &name).await, (ENTITIES, ENTITIES), "round {round}");
        raw.fits(&format!("round {round}")).await;
        assert_eq!(steps(&raw).await, 0);
    }
}

/// Somebody changed in the database what was announced: nobody hangs, all are told, and a backup can be put in its place.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_step_that_can_never_be_applied_is_told_and_ends_with_a_backup() {
    let alone = fresh::neo4j().await;
    let server = alone.server();
    let raw = Raw::of(server);
    write(&*alone, vec![dataset(), source()]).await;
    let home = tempfile::tempdir().unwrap();
    let backup = home.path().join("backup").display().to_string();
    let (code, _, told) = ran(at(server, home.path(), "backup").arg(&backup));
    assert_eq!(code, 0, "{told}");
    let held = held_at(&raw, "project:never-7").await;
    let writer = apart(server, ring("never"));
    until(&raw, "MATCH (c:Commit) RETURN c.staged IS NOT NULL AS row").await;
    writer.shutdown_background();
    raw.run(
        "MATCH (s:Step) WITH max(s.number) AS last MATCH (s:Step {number: last}) SET s.text = 'no Cypher'",
    )
    .await;
    held.rollback().await.unwrap();

    let soon = Duration::from_secs(10);
    let app = App::over(store(server, limits()).await).await;
    for _ in 0..3 {
        let told = app.ask("{ node(id: \"project:never-7\") { id } }").await;
        assert_eq!(told.code(), Some("STORE_UNAVAILABLE"), "{told:?}");
        assert!(told.after < Duration::from_secs(4), "{told:?}");
    }
    let next = Write(vec![put_entity(entity("project:next"))]);
    let refused = tokio::time::timeout(soon, alone.commit(next))
        .await
        .expect("a writer is answered");
    assert!(matches!(refused, Err(StoreError::Internal(_))), "{refused:?}");
    // All but the one step was applied, and nobody has seen anything of it.
    assert_eq!(steps(&raw).await, 1);

    let (code, _, told) = ran(at(server, home.path(), "restore").args([backup.as_str(), "--replace"]));
    assert_eq!(code, 0, "{told}");
    let again = store(server, staging()).await;
    assert!(matches!(again.commit(ring("never")).await, Ok(CommitOutcome::Committed(r, ())) if r.0 == 2));
    assert_eq!(of_ring(&raw, "never").await, (ENTITIES, ENTITIES));
    raw.fits("after a backup").await;
}
