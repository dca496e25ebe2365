//! What an operator does to a Neo4j on which Hukun runs: another password, a database made read-only, a newer program beside.

use std::fs;
use std::net::TcpListener;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use hukun::dataset::{ImportOptions, import, read_directory};
use hukun::model::principal::Principal;
use hukun::service::{Limits, Service};
use hukun::store::Store as _;
use hukun::store::StoreError;
use hukun::store::neo4j::{Neo4jOptions, Neo4jPassword, Neo4jStore};
use neo4rs::{Graph, query};

use super::app::{App, Raw, limits};
use crate::command::seed;
use crate::command_neo4j::{at, ran};
use crate::conformance::fixture::{Write, graph};
use crate::support::Neo4jServer;
use crate::support::stores::Lent;

fn signed_in(server: &Neo4jServer, password: &str) -> Graph {
    Graph::new(
        server.uri().replace("neo4j:", "bolt:"),
        Neo4jServer::USER,
        password,
    )
    .unwrap()
}

/// A password is changed under load: nobody is locked out, and the file alone brings the server back.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn another_password_locks_nobody_out_and_needs_no_new_start() {
    let mut server = Neo4jServer::start_own().await;
    let home = tempfile::tempdir().unwrap();
    assert_eq!(ran(at(&server, home.path(), "import").arg(seed())).0, 0);
    for scheme in ["bolt", "neo4j"] {
        let file = home.path().join("password");
        fs::write(&file, format!("{}\n", server.password())).unwrap();
        let options = Neo4jOptions {
            uri: server.uri().replace("neo4j", scheme),
            password: Neo4jPassword::File(file.clone()),
            limits: limits(),
            ..server.options()
        };
        let app = Arc::new(App::over(Neo4jStore::open(options).await.unwrap()).await);
        assert_eq!(app.ask("{ revision }").await.code(), None);
        let next = format!("{}-{scheme}", server.password());
        Raw::of(&server)
            .0
            .run_on(
                "system",
                query(&format!(
                    "ALTER CURRENT USER SET PASSWORD FROM '{}' TO '{next}'",
                    server.password()
                )),
            )
            .await
            .unwrap();
        server.has_password(&next);

        // Many at once, so that new connections are wanted; and the operator, who signs in again and again.
        let stop = Arc::new(AtomicBool::new(false));
        let readers: Vec<_> = (0..12)
            .map(|_| {
                let (app, stop) = (app.clone(), stop.clone());
                tokio::spawn(async move {
                    while !stop.load(Ordering::Relaxed) {
                        let told = app
                            .ask("{ entities(first: 100) { edges { node { id name degree } } } }")
                            .await;
                        assert!(
                            told.code().is_none_or(|code| code == "STORE_UNAVAILABLE"),
                            "{told:?}"
                        );
                        tokio::time::sleep(Duration::from_millis(5)).await;
                    }
                })
            })
            .collect();
        for _ in 0..16 {
            signed_in(&server, &next)
                .run(query("RETURN 1"))
                .await
                .unwrap_or_else(|error| panic!("{scheme}: the operator is locked out: {error}"));
            tokio::time::sleep(Duration::from_millis(250)).await;
        }
        assert_eq!(app.ready().await, 503, "{scheme}: the password was refused");
        fs::write(&file, format!("{next}\n")).unwrap();
        app.becomes(200, Duration::from_secs(15)).await;
        stop.store(true, Ordering::Relaxed);
        for reader in readers {
            reader.await.unwrap();
        }
        assert_eq!(app.ask("{ revision }").await.code(), None);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_database_that_takes_no_writes_or_a_password_that_is_over_is_named() {
    let mut server = Neo4jServer::start_own().await;
    let home = tempfile::tempdir().unwrap();
    assert_eq!(ran(at(&server, home.path(), "import").arg(seed())).0, 0);
    server.stop();
    server.restart_with("server.databases.read_only=neo4j").await;
    let bolt = server.uri().replace("neo4j:", "bolt:");
    let options = Neo4jOptions {
        uri: bolt.clone(),
        ..server.options()
    };
    let app = App::over(Neo4jStore::open(options).await.unwrap()).await;
    let told = app.ask("{ entities(first: 3) { totalCount } }").await;
    assert_eq!(told.code(), None, "{told:?}");
    let mut command = crate::command::hukun(home.path());
    command
        .args(["import", "--store", &bolt, &seed()])
        .env("HUKUN_STORE_PASSWORD", server.password());
    let (code, told, log) = ran(&mut command);
    assert_eq!(code, 1, "{told}{log}");
    assert!(log.contains("the store is read-only"), "{log}");
    assert!(log.contains(&format!("the store at {bolt}")), "{log}");
    assert_eq!(
        log.matches("server.databases.read_only").count(),
        1,
        "one line: {log}"
    );

    server.kill();
    server.restart_with("").await;
    Raw::of(&server)
        .0
        .run_on(
            "system",
            query("ALTER USER neo4j SET PASSWORD 'to-be-changed' CHANGE REQUIRED"),
        )
        .await
        .unwrap();
    server.has_password("to-be-changed");
    let (code, told, log) = ran(&mut at(&server, home.path(), "check"));
    assert_eq!(code, 1, "{told}{log}");
    assert!(
        log.contains("the password has expired: change it in Neo4j"),
        "{log}"
    );
    assert!(!log.contains("to-be-changed"), "{log}");
}

/// What a server without a word is taken for.
#[test]
fn a_server_that_wants_tls_is_named_and_one_that_has_none() {
    let home = tempfile::tempdir().unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    // As one that demands TLS does: it takes the connection, and ends it at the first byte that is none of a greeting of TLS.
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            drop(stream);
        }
    });
    let begun = Instant::now();
    let mut command = crate::command::hukun(home.path());
    command
        .args([
            "check",
            "--store",
            &format!("bolt://127.0.0.1:{port}"),
            "--store-startup-ms-max",
            "500",
        ])
        .env("HUKUN_STORE_PASSWORD", "any");
    let (code, told, log) = ran(&mut command);
    assert_eq!(code, 1, "{told}{log}");
    assert!(
        log.contains("it may require TLS (neo4j+s:// or bolt+s://"),
        "{log}"
    );
    assert!(begun.elapsed() < Duration::from_secs(30));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_program_whose_graph_was_raised_by_a_newer_one_stops() {
    let (lent, home) = (Lent::empty().await, tempfile::tempdir().unwrap());
    assert_eq!(ran(at(lent.server(), home.path(), "import").arg(seed())).0, 0);
    let store = Neo4jStore::open(lent.options()).await.unwrap();
    let changes = graph(&["fund:newcomer"], &[]);
    lent.server()
        .run("MATCH (h:Hukun {id: 'graph'}) SET h.schema = h.schema + 1")
        .await;
    let refused = store.commit(Write(changes.clone())).await;
    let read = store.newest().await;
    let none = lent
        .server()
        .names("MATCH (e:Entity {id: 'fund:newcomer'}) RETURN e.id AS name")
        .await;
    let service = Service::new(store, Limits::default());
    let options = ImportOptions::new(Principal::operator("test"));
    let imported = import(
        &service,
        read_directory(std::path::Path::new(&seed())).unwrap(),
        &options,
    )
    .await;
    // The next to have the server must not meet it.
    lent.server()
        .run("MATCH (h:Hukun {id: 'graph'}) SET h.schema = h.schema - 1")
        .await;
    assert!(matches!(refused, Err(StoreError::Outdated)), "{refused:?}");
    assert!(matches!(read, Err(StoreError::Outdated)), "{read:?}");
    assert!(none.is_empty(), "it was written");
    let told = imported.expect_err("refused").to_string();
    assert!(told.contains("upgraded by a newer version"), "{told}");
    assert_eq!(service.newest().await.unwrap().0, 1, "back, it goes on");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_transactions_of_the_server_tell_whose_they_are() {
    let (lent, home) = (Lent::empty().await, tempfile::tempdir().unwrap());
    let server = lent.server();
    assert_eq!(ran(&mut at(server, home.path(), "check")).0, 0);
    let mut writer = server.graph().start_txn().await.unwrap();
    writer
        .run(query("MATCH (h:Hukun {id: 'graph'}) SET h.turn = 0"))
        .await
        .unwrap();
    let mut waiting = at(server, home.path(), "import").arg(seed()).spawn().unwrap();
    let begun = Instant::now();
    let named = "SHOW TRANSACTIONS YIELD metaData WHERE metaData.app STARTS WITH 'hukun/' \
                 RETURN metaData.app + ' ' + metaData.operation AS name";
    let expected = format!("hukun/{} lock", env!("CARGO_PKG_VERSION"));
    while !server.names(named).await.contains(&expected) {
        assert!(
            begun.elapsed() < Duration::from_mins(1),
            "no transaction says `{expected}`"
        );
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    writer.rollback().await.unwrap();
    assert!(waiting.wait().unwrap().success());
}
