//! A server that is held: its connections stay open, and nothing is answered.

use std::sync::Arc;
use std::time::{Duration, Instant};

use hukun::store::neo4j::Neo4jLimits;
use hukun::store::{CommitOutcome, Reader as _, Store as _, StoreError, VisibilityFilter};

use super::app::{App, BACK_WITHIN, GRACE, Raw, limits, store};
use super::load::Load;
use crate::conformance::fixture::{Write, dataset, entity, entity_id, put_entity, source, write};
use crate::support::{Neo4jServer, soak};

const WRITTEN: usize = 300;
/// Something takes 2 s, the server is asked twice, 2 s each; and some more for a machine that has other work.
const KNOWN_WITHIN: Duration = Duration::from_millis(7_500);

fn many(round: u32) -> Write {
    Write(
        (0..WRITTEN)
            .map(|n| put_entity(entity(&format!("project:p{round}-{n}"))))
            .collect(),
    )
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_paused_neo4j_keeps_nobody_waiting_and_no_write_is_doubled() {
    let mut server = Neo4jServer::start_own().await;
    let limits = Neo4jLimits {
        write_ms_max: 4_000,
        ..limits()
    };
    let limit = Duration::from_millis(limits.query_ms_max) + GRACE;
    let app = Arc::new(App::over(store(&server, limits).await).await);
    let writer = Arc::new(store(&server, limits).await);
    write(
        &*writer,
        vec![dataset(), source(), put_entity(entity("project:p"))],
    )
    .await;
    let held = Duration::from_secs(if soak() { 20 } else { 8 });

    // Reads.
    let load = Load::begin(&app, 4);
    tokio::time::sleep(Duration::from_millis(500)).await;
    server.pause();
    let begun = Instant::now();
    let known = app.becomes(503, limit).await;
    while begun.elapsed() < held {
        // Whoever comes now is told at once.
        let told = app.ask("{ entities(first: 1) { nodes { id } } }").await;
        if begun.elapsed() > KNOWN_WITHIN {
            assert_eq!(told.code(), Some("STORE_UNAVAILABLE"));
            assert!(told.after < Duration::from_millis(500), "{told:?}");
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    server.resume();
    let back = app.becomes(200, BACK_WITHIN).await;
    tokio::time::sleep(Duration::from_millis(300)).await;
    let tally = load.end().await;
    println!("held {held:?} while reading: 503 after {known:?}, 200 again after {back:?}, {tally:?}");
    assert!(tally.longest < limit, "{tally:?}");
    assert!(tally.good > 0);

    // Commits, held at one place after another.
    let mut takes = Duration::MAX;
    for warm in [100, 101] {
        let begun = Instant::now();
        writer.commit(many(warm)).await.unwrap();
        takes = takes.min(begun.elapsed());
    }
    let rounds: u32 = if soak() { 12 } else { 3 };
    for round in 1..=rounds {
        let committing = {
            let writer = writer.clone();
            tokio::spawn(async move { (writer.commit(many(round)).await, Instant::now()) })
        };
        tokio::time::sleep(takes * (2 * round - 1) / (2 * rounds)).await;
        server.pause();
        let begun = Instant::now();
        tokio::time::sleep(Duration::from_secs(7)).await;
        server.resume();
        let (outcome, told) = committing.await.unwrap();
        // Nothing: it was through before the server was held.
        let after = told.checked_duration_since(begun);
        println!("held 7 s in commit {round}: {outcome:?} after {after:?}");
        // The limit of a statement, and once more that to find out whether a COMMIT stands.
        let bound = Duration::from_millis(2 * limits.write_ms_max) + GRACE;
        assert!(after.is_none_or(|after| after < bound), "told after {after:?}");
        app.becomes(200, BACK_WITHIN).await;
        let raw = Raw::of(&server);
        // Once another has had the lock, the one before has ended.
        let again = retried(&writer, round).await;
        let count =
            format!("MATCH (e:Entity) WHERE e.id STARTS WITH 'project:p{round}-' RETURN count(e) AS row");
        assert_eq!(raw.one::<usize>(&count).await, WRITTEN);
        let logged = format!(
            "MATCH (c:Change) WHERE c.subject STARTS WITH 'project:p{round}-' RETURN count(c) AS row"
        );
        assert_eq!(
            raw.one::<usize>(&logged).await,
            WRITTEN,
            "each is logged once: no write was doubled"
        );
        match (outcome, again) {
            (Ok(CommitOutcome::Committed(..)), CommitOutcome::Unchanged(..)) => {}
            (
                Err(StoreError::Unavailable | StoreError::Timeout { .. } | StoreError::Busy),
                CommitOutcome::Committed(..),
            ) => {}
            (Err(StoreError::OutcomeUnknown), _) => {}
            (first, again) => panic!("told {first:?}, and then {again:?}"),
        }
        raw.fits(&format!("round {round}")).await;
    }

    // An older graph in the place of this one, as a backup gives it: the process serves from that.
    let raw = Raw::of(&server);
    raw.run("MATCH (w:Write) WHERE w.revision > 1 DELETE w").await;
    raw.run("MATCH (h:Hukun), (c:Commit) SET h.revision = 1, c.revision = 1")
        .await;
    let reader = loop {
        let reader = writer.reader(&VisibilityFilter::All).await.unwrap();
        match reader.entities(&[entity_id("project:p")]).await {
            Ok(found) => {
                assert!(found[0].is_some());
                break reader;
            }
            Err(error) => assert!(matches!(error, StoreError::StaleRead { .. }), "{error}"),
        }
    };
    assert_eq!(reader.revision().0, 1);
    assert!(
        matches!(write(&*writer, vec![put_entity(entity("project:after"))]).await, CommitOutcome::Committed(r, ()) if r.0 == 2)
    );
}

/// The same once more, until it is told for certain.
async fn retried(writer: &hukun::store::neo4j::Neo4jStore, round: u32) -> CommitOutcome<(), ()> {
    let begun = Instant::now();
    loop {
        match writer.commit(many(round)).await {
            Ok(outcome) => return outcome,
            Err(error) => assert!(begun.elapsed() < BACK_WITHIN, "{error}"),
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}
