//! A server that is there, with what is slow, locked, left over, dropped or asked for too often.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::{Duration, Instant};

use chrono::{DateTime, Utc};
use hukun::model::key::{ApiKey, KeyHash, KeyId};
use hukun::model::principal::{DatasetScope, Role};
use hukun::store::neo4j::{Neo4jLimits, Neo4jStore};
use hukun::store::{CommitOutcome, KeyStore as _, Reader as _, Store as _, StoreError, VisibilityFilter};
use neo4rs::{Txn, query};
use serde_json::json;

use super::app::{App, BACK_WITHIN, Raw, limits, store};
use crate::conformance::fixture::{Write, dataset, entity, entity_id, put_entity, source, write};
use crate::conformance::fresh;

const LOCK: &str = "MATCH (h:Hukun) SET h.turn = coalesce(h.turn, 0) + 1";

fn one(id: &str) -> Write {
    Write(vec![put_entity(entity(id))])
}

/// A lock, held past Hukun: as another process does.
async fn hold(raw: &Raw, cypher: &str) -> Txn {
    let mut txn = raw.0.start_txn().await.unwrap();
    txn.run(query(cypher)).await.unwrap();
    txn
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_slow_question_is_stopped_here_and_on_the_server() {
    let alone = fresh::neo4j().await;
    let server = alone.server();
    let limits = Neo4jLimits {
        query_ms_max: 500,
        ..limits()
    };
    let app = Arc::new(App::over(store(server, limits).await).await);
    let raw = Raw::of(server);
    // Whether 20,000 have any of other tags, asked forty times: 16 million comparisons.
    let slow = "UNWIND range(1, 20000) AS n CREATE (:Entity:Project {id: 'project:s' + n, \
                tags: [t IN range(1, 20) | 'tag of many' + t]})";
    raw.run(slow).await;
    let filters: Vec<_> = (0..40)
        .map(|n| json!({ "not": { "tags": [format!("tag of none {n}")] } }))
        .collect();
    let question = json!({
        "query": "query ($all: [EntityFilter!]) { entities(filter: { and: $all }) { totalCount } }",
        "variables": { "all": filters },
    });
    let told = app.send(question.clone()).await;
    assert_eq!(told.code(), Some("TIMEOUT"), "{told:?}");
    assert!(told.message().contains("500 ms"), "{told:?}");
    assert!(told.after < Duration::from_secs(2), "{told:?}");
    // The server looks for those that are over their time every two seconds.
    raw.nothing_runs("tag IN", Duration::from_secs(6)).await;

    // Slow is not away, however often: whoever comes now may find the server at work, and is not refused.
    for _ in 0..5 {
        app.send(question.clone()).await;
    }
    for _ in 0..5 {
        let told = app.ask("{ node(id: \"project:none\") { id } }").await;
        assert!([None, Some("TIMEOUT")].contains(&told.code()), "{told:?}");
    }

    // Whoever goes away in the middle leaves nothing behind.
    for _ in 0..10 {
        let left = tokio::time::timeout(Duration::from_millis(100), app.send(question.clone())).await;
        assert!(left.is_err(), "{left:?}");
    }
    raw.nothing_runs("tag IN", Duration::from_secs(6)).await;
    let begun = Instant::now();
    while app
        .ask("{ node(id: \"project:none\") { id } }")
        .await
        .code()
        .is_some()
    {
        assert!(
            begun.elapsed() < BACK_WITHIN,
            "nothing runs, and it does not answer"
        );
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_lock_is_waited_for_and_let_go() {
    let alone = fresh::neo4j().await;
    let server = alone.server();
    let (patient, hasty) = (
        Arc::new(store(server, limits()).await),
        Arc::new(
            store(
                server,
                Neo4jLimits {
                    write_ms_max: 600,
                    ..limits()
                },
            )
            .await,
        ),
    );
    let raw = Raw::of(server);
    write(
        &*patient,
        vec![dataset(), source(), put_entity(entity("project:a"))],
    )
    .await;

    // Another process has the lock, for longer than a connection may take and than a server may be silent.
    let held = hold(&raw, LOCK).await;
    let waiting = tokio::spawn({
        let patient = patient.clone();
        async move { patient.commit(one("project:b")).await }
    });
    let begun = Instant::now();
    let late = hasty.commit(one("project:c")).await.unwrap_err();
    assert!(matches!(late, StoreError::Timeout { after_ms: 600 }), "{late}");
    assert!(begun.elapsed() < Duration::from_secs(2), "{:?}", begun.elapsed());
    // A reader is not kept.
    assert!(
        patient
            .reader(&VisibilityFilter::All)
            .await
            .unwrap()
            .entities(&[entity_id("project:a")])
            .await
            .unwrap()[0]
            .is_some()
    );
    tokio::time::sleep(Duration::from_millis(3_500).saturating_sub(begun.elapsed())).await;
    // What was late has left nothing on the server: one waits, and it is the patient one.
    let lock = "SHOW TRANSACTIONS YIELD currentQuery WHERE currentQuery CONTAINS 'locked.turn' AND NOT currentQuery \
                STARTS WITH 'SHOW' RETURN count(*) AS row";
    assert_eq!(raw.one::<i64>(lock).await, 1);
    held.rollback().await.unwrap();
    assert!(matches!(waiting.await.unwrap(), Ok(CommitOutcome::Committed(r, ())) if r.0 == 2));

    // The server ends ours for a reason that passes, before its COMMIT: it is made again.
    let held = hold(&raw, "MATCH (e:Entity {id: 'project:a'}) SET e.held = true").await;
    let changed = hukun::model::entity::Entity {
        description: Some("后来".into()),
        ..entity("project:a")
    };
    let again = tokio::spawn({
        let patient = patient.clone();
        async move { patient.commit(Write(vec![put_entity(changed)])).await }
    });
    let ours = "SHOW TRANSACTIONS YIELD transactionId, currentQuery, status WHERE status STARTS WITH 'Blocked' \
                RETURN transactionId AS row";
    let blocked = loop {
        if let Some(id) = raw.rows::<String>(ours).await.pop() {
            break id;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    };
    raw.run(&format!("TERMINATE TRANSACTION '{blocked}'")).await;
    tokio::time::sleep(Duration::from_millis(200)).await;
    held.rollback().await.unwrap();
    let outcome = again.await.unwrap();
    assert!(
        matches!(outcome, Ok(CommitOutcome::Committed(r, ())) if r.0 == 3),
        "{outcome:?}"
    );

    // A snapshot reader that is dropped lets the next writer in, in this process or another; so does one that gave up waiting.
    let snapshot = patient.snapshot_reader(&VisibilityFilter::All).await.unwrap();
    let kept = tokio::time::timeout(Duration::from_millis(300), hasty.commit(one("project:d"))).await;
    assert!(kept.is_err(), "{kept:?}");
    let gave_up = tokio::time::timeout(
        Duration::from_millis(300),
        hasty.snapshot_reader(&VisibilityFilter::All),
    )
    .await;
    assert!(gave_up.is_err() || gave_up.is_ok_and(|reader| reader.is_err()));
    drop(snapshot);
    let begun = Instant::now();
    write(&*patient, vec![put_entity(entity("project:e"))]).await;
    assert!(begun.elapsed() < Duration::from_secs(5), "{:?}", begun.elapsed());
    raw.nothing_runs("", Duration::from_secs(2)).await;

    // A caller that goes away from its commit: the commit is made, whole, or not at all.
    for n in 0..10 {
        let at_once = tokio::time::timeout(
            Duration::from_millis(n),
            patient.commit(one(&format!("project:f{n}"))),
        )
        .await;
        drop(at_once);
    }
    write(&*patient, vec![put_entity(entity("project:g"))]).await;
    raw.nothing_runs("", Duration::from_secs(2)).await;
    raw.fits("after callers that went away").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_mark_that_a_dead_writer_left_is_taken_back() {
    let alone = fresh::neo4j().await;
    let server = alone.server();
    let app = App::over(
        store(
            server,
            Neo4jLimits {
                connect_ms_max: 5_000,
                query_ms_max: 10_000,
                ..limits()
            },
        )
        .await,
    )
    .await;
    let writer = store(server, limits()).await;
    write(
        &writer,
        vec![dataset(), source(), put_entity(entity("project:a"))],
    )
    .await;
    let raw = Raw::of(server);
    let died = "MATCH (c:Commit) SET c.revision = c.revision + 1";
    raw.run(died).await;
    let begun = Instant::now();
    let asked = (0..20).map(|_| app.ask("{ entities(first: 1) { nodes { id } } }"));
    for told in futures_util::future::join_all(asked).await {
        assert_eq!(told.code(), None, "{told:?}");
    }
    println!(
        "a dead writer's mark held 20 readers up for {:?}",
        begun.elapsed()
    );
    assert!(begun.elapsed() < Duration::from_secs(8), "{:?}", begun.elapsed());
    raw.fits("after the readers").await;
    raw.run(died).await;
    write(&writer, vec![put_entity(entity("project:b"))]).await;
    raw.fits("after a writer").await;
    raw.run(died).await;
    assert!(
        writer
            .snapshot_reader(&VisibilityFilter::All)
            .await
            .unwrap()
            .entities(&[entity_id("project:b")])
            .await
            .unwrap()[0]
            .is_some()
    );
    raw.fits("after a snapshot reader").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn few_connections_are_enough_for_many() {
    let alone = fresh::neo4j().await;
    let server = alone.server();
    let limits = |connections_max| Neo4jLimits {
        connections_max,
        connect_ms_max: 5_000,
        query_ms_max: 10_000,
        ..limits()
    };
    let app = App::over(store(server, limits(4)).await).await;
    let store: Arc<Neo4jStore> = Arc::new(store(server, limits(2)).await);
    write(
        &*store,
        vec![dataset(), source(), put_entity(entity("project:a"))],
    )
    .await;
    let raw = Raw::of(server);

    let begun = Instant::now();
    let asked = (0..200).map(|_| app.ask("{ entities(first: 5) { nodes { id name tags } totalCount } }"));
    let (mut good, mut busy) = (0, 0);
    for told in futures_util::future::join_all(asked).await {
        match told.code() {
            None => good += 1,
            Some(code) => {
                assert_eq!(code, "STORE_UNAVAILABLE", "{told:?}");
                busy += 1;
            }
        }
    }
    println!(
        "200 at once on 4 connections: {good} answered, {busy} refused, in {:?}",
        begun.elapsed()
    );
    assert!(
        good >= 100 && begun.elapsed() < Duration::from_secs(15),
        "{good} in {:?}",
        begun.elapsed()
    );
    assert_eq!(app.ready().await, 200, "busy is not away");

    let begun = Instant::now();
    let snapshot = {
        let store = store.clone();
        tokio::spawn(async move {
            for _ in 0..5 {
                let reader = store.snapshot_reader(&VisibilityFilter::All).await.unwrap();
                assert!(reader.entities(&[entity_id("project:a")]).await.unwrap()[0].is_some());
            }
        })
    };
    let writers: Vec<_> = (0..50)
        .map(|n| {
            let store = store.clone();
            tokio::spawn(async move { store.commit(one(&format!("project:w{n}"))).await })
        })
        .collect();
    for writer in writers {
        let outcome = writer.await.unwrap();
        assert!(matches!(outcome, Ok(CommitOutcome::Committed(..))), "{outcome:?}");
    }
    snapshot.await.unwrap();
    println!(
        "50 writers and a snapshot reader on 2 connections: {:?}",
        begun.elapsed()
    );
    raw.fits("after 50 writers").await;
}

/// The servers of tests let a transaction have 128 MB. What is staged needs less: see `staged`.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_needs_too_much_memory_is_refused_and_the_server_stays_up() {
    let alone = fresh::neo4j().await;
    let limits = Neo4jLimits {
        transaction_records_max: usize::MAX,
        // The server is to refuse it for its size, however long a busy machine takes to get there.
        query_ms_max: 600_000,
        write_ms_max: 600_000,
        lease_ms_max: 600_000,
        ..Neo4jLimits::default()
    };
    let writer = store(alone.server(), limits).await;
    write(
        &writer,
        vec![dataset(), source(), put_entity(entity("project:first"))],
    )
    .await;
    let many = (0..40_000).map(|n| put_entity(entity(&format!("project:p{n}"))));
    let told = writer.commit(Write(many.collect())).await;
    assert!(matches!(told, Err(StoreError::TooLarge)), "{told:?}");
    // Nothing of it stands, and what fits is taken, as soon as the server has given back what the other held.
    let begun = Instant::now();
    loop {
        let outcome = writer.commit(one("project:last")).await;
        if matches!(outcome, Ok(CommitOutcome::Committed(..))) {
            break;
        }
        println!("after {:?}: {outcome:?}", begun.elapsed());
        assert!(begun.elapsed() < Duration::from_mins(1), "{outcome:?}");
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    let reader = writer.reader(&VisibilityFilter::All).await.unwrap();
    let there = reader
        .entities(&["project:first", "project:last", "project:p0"].map(entity_id))
        .await
        .unwrap();
    assert_eq!(
        there.iter().map(Option::is_some).collect::<Vec<_>>(),
        [true, true, false]
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_write_of_keys_that_the_server_ends_is_repeated() {
    let alone = fresh::neo4j().await;
    let server = alone.server();
    let raw = Raw::of(server);
    let keys = Arc::new(store(server, limits()).await.keys());
    let key = |id: &str| ApiKey {
        id: KeyId::parse(&format!("{id:0>12}")).unwrap(),
        hash: KeyHash([7; 32]),
        label: None,
        role: Role::Reader,
        pii: false,
        scope: DatasetScope::Only(BTreeSet::new()),
        created_at: at(0),
        expires_at: None,
        last_used_at: None,
        revoked_at: None,
    };
    let (one, two) = (key("a"), key("b"));
    assert!(keys.add(&one).await.unwrap());
    // As if the reply to the first try was lost; another key with its id is none of that.
    assert!(keys.add(&one).await.unwrap());
    let other = ApiKey {
        role: Role::Admin,
        ..one.clone()
    };
    assert!(!keys.add(&other).await.unwrap());

    let of_one = format!("MATCH (k:ApiKey {{id: '{}'}}) SET k.held = true", one.id.as_str());
    let of_two = format!("CREATE (k:ApiKey {{id: '{}'}})", two.id.as_str());
    let held = hold(&raw, &of_two).await;
    let task = tokio::spawn({
        let (keys, two) = (keys.clone(), two.clone());
        async move { keys.add(&two).await }
    });
    end_blocked(&raw, held).await;
    assert!(task.await.unwrap().unwrap());

    let held = hold(&raw, &of_one).await;
    let task = tokio::spawn({
        let (keys, id) = (keys.clone(), one.id.clone());
        async move { keys.record_use(&id, at(5)).await }
    });
    end_blocked(&raw, held).await;
    task.await.unwrap().unwrap();

    let held = hold(&raw, &of_one).await;
    let task = tokio::spawn({
        let (keys, id) = (keys.clone(), one.id.clone());
        async move { keys.revoke(&id, at(9)).await }
    });
    end_blocked(&raw, held).await;
    let revoked = task.await.unwrap().unwrap().unwrap();
    assert_eq!(
        (revoked.last_used_at, revoked.revoked_at),
        (Some(at(5)), Some(at(9)))
    );

    let held = hold(&raw, "MATCH (h:Hukun {id: 'graph'}) SET h.held = true").await;
    let task = tokio::spawn({
        let keys = keys.clone();
        async move { keys.cursor_key([3; 32]).await }
    });
    end_blocked(&raw, held).await;
    assert_eq!(task.await.unwrap().unwrap(), [3; 32]);
    assert_eq!(keys.list().await.unwrap(), [revoked, two]);
}

fn at(millis: i64) -> DateTime<Utc> {
    DateTime::from_timestamp_millis(1_700_000_000_000 + millis).unwrap()
}

/// Has the server end the transaction that waits for a lock, and then lets the lock go.
async fn end_blocked(raw: &Raw, held: Txn) {
    let waiting = "SHOW TRANSACTIONS YIELD transactionId, status WHERE status STARTS WITH 'Blocked' RETURN transactionId AS row";
    let begun = Instant::now();
    let blocked = loop {
        if let Some(id) = raw.rows::<String>(waiting).await.pop() {
            break id;
        }
        assert!(begun.elapsed() < Duration::from_secs(30), "nothing waits");
        tokio::time::sleep(Duration::from_millis(20)).await;
    };
    raw.run(&format!("TERMINATE TRANSACTION '{blocked}'")).await;
    tokio::time::sleep(Duration::from_millis(100)).await;
    held.rollback().await.unwrap();
}
