//! `kill -9` during reads, an import and a stream of small writes.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use hukun::dataset::{ImportError, ImportOptions, import, read_directory};
use hukun::model::ontology::RelationKind::CollaboratesWith;
use hukun::model::principal::Principal;
use hukun::store::neo4j::{Neo4jLimits, Neo4jStore};
use hukun::store::{Store as _, StoreError};

use super::app::{self, App, BACK_WITHIN, GRACE, Raw, store};
use super::load::{Load, Tally};
use crate::conformance::fixture::{
    Write, dataset, entity, put_entity, put_relation, relation, source, write,
};
use crate::crash::{ENTITIES, RELATIONS, large};
use crate::support::{Neo4jServer, soak};

/// Small writes one after another, two entities and a relation each. Gives the last that was acknowledged, and the next number.
fn small_writes(
    store: &Arc<Neo4jStore>,
    first: usize,
    stop: &Arc<AtomicBool>,
) -> tokio::task::JoinHandle<(Vec<usize>, usize)> {
    let (store, stop) = (store.clone(), stop.clone());
    tokio::spawn(async move {
        let (mut acknowledged, mut number) = (Vec::new(), first);
        while !stop.load(Ordering::Relaxed) {
            let [a, b] = [
                format!("project:small-{number}-a"),
                format!("project:small-{number}-b"),
            ];
            let changes = vec![
                put_entity(entity(&a)),
                put_entity(entity(&b)),
                put_relation(relation(&format!("small-{number}"), CollaboratesWith, &a, &b)),
            ];
            match store.commit(Write(changes)).await {
                Ok(_) => acknowledged.push(number),
                Err(
                    StoreError::Unavailable
                    | StoreError::Timeout { .. }
                    | StoreError::OutcomeUnknown
                    | StoreError::Busy,
                ) => {
                    tokio::time::sleep(Duration::from_millis(50)).await;
                }
                Err(other) => panic!("{other}"),
            }
            number += 1;
        }
        (acknowledged, number)
    })
}

/// Which small writes stand: each whole.
async fn standing(raw: &Raw) -> Vec<usize> {
    let ids = "MATCH (e:Entity) WHERE e.id STARTS WITH 'project:small-' RETURN e.id AS row ORDER BY row";
    let related = "MATCH (r:Relation) WHERE r.id STARTS WITH 'small-' RETURN r.id AS row ORDER BY row";
    let (ids, related) = (raw.rows::<String>(ids).await, raw.rows::<String>(related).await);
    let number = |id: &String| id.split('-').nth(1).unwrap().parse::<usize>().unwrap();
    let mut whole: Vec<usize> = related.iter().map(number).collect();
    whole.sort_unstable();
    let mut found: Vec<usize> = ids.iter().map(number).collect();
    found.sort_unstable();
    let twice: Vec<usize> = whole.iter().flat_map(|number| [*number, *number]).collect();
    assert_eq!(found, twice, "a small write stands by half");
    whole
}

/// Imports a data set of this id.
async fn imported(app: &App, home: &Path, id: &str) -> Result<(), ImportError> {
    let parsed = read_directory(large(home, id).as_ref()).unwrap();
    let options = ImportOptions::new(Principal::operator("test"));
    let done = import(&app.service, parsed, &options).await?;
    done.result.unwrap_or_else(|report| panic!("{report}"));
    Ok(())
}

/// An import reads much at once, on a server that has just started.
fn limits() -> Neo4jLimits {
    Neo4jLimits {
        query_ms_max: 10_000,
        ..app::limits()
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_killed_neo4j_loses_nothing_and_is_found_again() {
    let mut server = Neo4jServer::start_own().await;
    let app = Arc::new(App::over(store(&server, limits()).await).await);
    // Another process, as far as the database knows.
    let writer = Arc::new(store(&server, limits()).await);
    write(&*writer, vec![dataset(), source()]).await;
    let home = tempfile::tempdir().unwrap();
    let rounds: u32 = if soak() { 30 } else { 3 };
    let (mut acknowledged, mut next) = (Vec::new(), 0);
    let (mut away, mut back, mut longest) = (Duration::ZERO, Duration::ZERO, Duration::ZERO);
    let (mut whole, mut none) = (0, 0);
    // How long an import takes when nobody ends it, so that the blows fall all over it.
    let takes = {
        let load = Load::begin(&app, 4);
        let begun = Instant::now();
        imported(&app, home.path(), "unharmed").await.unwrap();
        load.end().await;
        begun.elapsed()
    };
    for round in 0..rounds {
        let load = Load::begin(&app, 4);
        let stop = Arc::new(AtomicBool::new(false));
        let small = small_writes(&writer, next, &stop);
        tokio::time::sleep(Duration::from_millis(500)).await;
        let id = format!("a{round}");
        let importing = tokio::spawn({
            let (app, home, id) = (app.clone(), home.path().to_path_buf(), id.clone());
            async move { imported(&app, &home, &id).await }
        });
        // From a third of it to a little after it.
        tokio::time::sleep(takes / 3 + takes * round / rounds).await;
        server.kill();
        away = away.max(app.becomes(503, Duration::from_secs(5)).await);
        server.restart().await;
        back = back.max(app.becomes(200, BACK_WITHIN).await);

        let imported = importing.await.unwrap();
        let again = Instant::now();
        while app
            .ask("{ entities(first: 1) { nodes { id } } }")
            .await
            .code()
            .is_some()
        {
            assert!(again.elapsed() < BACK_WITHIN, "ready, and no answer");
        }
        tokio::time::sleep(Duration::from_millis(300)).await;
        stop.store(true, Ordering::Relaxed);
        let (done, number) = small.await.unwrap();
        acknowledged.extend(done);
        next = number;
        let Tally {
            good,
            errors,
            longest: longest_here,
        } = load.end().await;
        println!(
            "round {round}: {good} good, {errors:?}, longest {longest_here:?}, import {:?}",
            imported.is_ok()
        );
        assert!(good > 0);
        longest = longest.max(longest_here);

        let raw = Raw::of(&server);
        raw.fits(&format!("round {round}")).await;
        let stands = standing(&raw).await;
        let lost: Vec<_> = acknowledged
            .iter()
            .filter(|number| !stands.contains(number))
            .collect();
        assert!(lost.is_empty(), "round {round}: acknowledged and lost: {lost:?}");
        let entities: u64 = raw
            .one(&format!(
                "MATCH (e:Entity) WHERE e.id STARTS WITH 'project:{id}-' RETURN count(e) AS row"
            ))
            .await;
        let relations: u64 = raw
            .one(&format!(
                "MATCH (r:Relation) WHERE r.id STARTS WITH '{id}-r' RETURN count(r) AS row"
            ))
            .await;
        match (entities, relations) {
            (0, 0) => none += 1,
            (ENTITIES, RELATIONS) => whole += 1,
            torn => panic!("round {round}: a torn data set: {torn:?}"),
        }
        assert!(
            entities == ENTITIES || imported.is_err(),
            "round {round}: the import was acknowledged and is lost"
        );
    }
    println!(
        "{rounds} kills: longest answer {longest:?}; 503 after {away:?}; 200 again {back:?} after Bolt; {} small writes; \
         imports whole {whole}, none {none}",
        acknowledged.len()
    );
    assert!(!acknowledged.is_empty());
    let limit = Duration::from_millis(limits().query_ms_max) + GRACE;
    assert!(longest < limit, "an answer took {longest:?}");
}
