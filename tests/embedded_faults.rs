//! The embedded store where its file cannot be written or read: a write that fails leaves nothing, in the file or in memory.

use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

use futures_util::future::join_all;
use hukun::model::change::{Change, Revision, Subject};
use hukun::model::entity::Entity;
use hukun::model::page::PageRequest;
use hukun::model::selector::EntityFilter;
use hukun::store::embedded::{EmbeddedOptions, EmbeddedStore};
use hukun::store::{
    CommitOutcome, LogQuery, Reader as _, Store as _, StoreError, StoreResult, VisibilityFilter,
};
use reqwest::Client;
use rusqlite::Connection;
use serde_json::{Value, json};

use crate::command::{hukun, seed};
use crate::conformance::fixture::{Write, entity, entity_id, graph, put_entity, write};
use crate::support::stores::Place;

fn options() -> EmbeddedOptions {
    EmbeddedOptions {
        busy_max: Duration::from_millis(100),
        ..EmbeddedOptions::default()
    }
}

fn second_connection(home: &Path) -> Connection {
    Connection::open(home.join("hukun.db")).unwrap()
}

/// What a store holds: its revision, the ids of its entities, how many lines its log has.
async fn held(store: &EmbeddedStore, ids: &[&str]) -> (u64, u64, Vec<bool>, usize) {
    let reader = store.reader(&VisibilityFilter::All).await.unwrap();
    let asked: Vec<_> = ids.iter().map(|id| entity_id(id)).collect();
    let subjects: Vec<_> = asked.iter().cloned().map(Subject::Entity).collect();
    let statements = reader.statements(&subjects).await.unwrap();
    let there: Vec<bool> = reader
        .entities(&asked)
        .await
        .unwrap()
        .iter()
        .map(Option::is_some)
        .collect();
    // What is there has its statement, what is not has none.
    assert_eq!(
        there,
        statements.iter().map(|all| all.len() == 1).collect::<Vec<_>>()
    );
    let log = LogQuery {
        page: PageRequest::first(10_000),
        datasets: None,
    };
    (
        reader.revision().0,
        reader
            .count_entities(&EntityFilter::default(), None)
            .await
            .unwrap(),
        there,
        reader.log(&log).await.unwrap().items.len(),
    )
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lock_that_is_held_too_long_fails_every_write_and_nothing_of_them_is_kept() {
    let home = tempfile::tempdir().unwrap();
    let store = Arc::new(EmbeddedStore::open_with(home.path(), &options()).unwrap());
    write(&*store, graph(&["fund:first"], &[])).await;
    let before = held(&store, &["fund:first"]).await;
    let other = second_connection(home.path());
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    // Several at once, so that some of them share a group.
    let writes: Vec<_> = (0..8)
        .map(|n| {
            let store = store.clone();
            tokio::spawn(async move {
                store
                    .commit(Write(vec![put_entity(entity(&format!("fund:lost{n}")))]))
                    .await
            })
        })
        .collect();
    for write in writes {
        let answer = write.await.unwrap();
        assert!(matches!(answer, Err(StoreError::Locked)), "{answer:?}");
    }
    assert_eq!(held(&store, &["fund:first"]).await, before);
    other.execute_batch("ROLLBACK").unwrap();
    for n in 0..3 {
        write(&*store, vec![put_entity(entity(&format!("fund:later{n}")))]).await;
    }
    let ids = [
        "fund:first",
        "fund:later0",
        "fund:later1",
        "fund:later2",
        "fund:lost0",
        "fund:lost7",
    ];
    let expected = (4, 4, vec![true, true, true, true, false, false], before.3 + 3);
    assert_eq!(held(&store, &ids).await, expected);
    drop(store);
    let store = EmbeddedStore::open(home.path()).unwrap();
    assert_eq!(held(&store, &ids).await, expected);
}

/// An entity that takes `kib` of room.
fn large(id: &str, kib: usize) -> Change {
    put_entity(Entity {
        description: Some("x".repeat(kib * 1024)),
        ..entity(id)
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn a_full_disk_fails_the_writes_of_a_group_and_those_after_it_go_on_when_there_is_room() {
    let home = tempfile::tempdir().unwrap();
    let limited = EmbeddedOptions {
        pages_max: Some(150),
        ..options()
    };
    let store = Arc::new(EmbeddedStore::open_with(home.path(), &limited).unwrap());
    write(&*store, graph(&["fund:first"], &[])).await;
    write(&*store, vec![large("fund:ballast", 600)]).await;
    let before = held(&store, &["fund:first"]).await;
    // More than what is left, in one record and in many; beside them small ones that would fit, some in the same group.
    let mut writes = Vec::new();
    for n in 0..12 {
        let store = store.clone();
        let changes = match n % 3 {
            0 => vec![large(&format!("fund:w{n}"), 900)],
            1 => (0..90)
                .map(|part| large(&format!("fund:w{n}-{part}"), 10))
                .collect(),
            _ => vec![put_entity(entity(&format!("fund:w{n}")))],
        };
        writes.push(tokio::spawn(
            async move { (n, store.commit(Write(changes)).await) },
        ));
    }
    let mut written = Vec::new();
    for write in writes {
        let (n, answer) = write.await.unwrap();
        match answer {
            Ok(CommitOutcome::Committed(..)) => written.push(n),
            Err(StoreError::DiskFull { place }) => assert_eq!(place, home.path().display().to_string()),
            other => panic!("{other:?}"),
        }
    }
    assert!(written.iter().all(|n| n % 3 == 2), "{written:?}");
    let count = written.len() as u64;
    let ids: Vec<String> = (0..12)
        .map(|n| {
            if n % 3 == 1 {
                format!("fund:w{n}-0")
            } else {
                format!("fund:w{n}")
            }
        })
        .collect();
    let ids: Vec<&str> = ids.iter().map(String::as_str).collect();
    let there: Vec<bool> = (0..12).map(|n| written.contains(&n)).collect();
    let expected = (
        before.0 + count,
        before.1 + count,
        there.clone(),
        before.3 + written.len(),
    );
    assert_eq!(held(&store, &ids).await, expected);
    // Room again: what was in the way goes.
    write(
        &*store,
        vec![Change::Delete(Subject::Entity(entity_id("fund:ballast")))],
    )
    .await;
    write(&*store, vec![large("fund:after", 300)]).await;
    let expected = (
        before.0 + count + 2,
        before.1 + count,
        there,
        before.3 + written.len() + 2,
    );
    assert_eq!(held(&store, &ids).await, expected);
    drop(store);
    let store = EmbeddedStore::open(home.path()).unwrap();
    assert_eq!(held(&store, &ids).await, expected);
    assert_eq!(held(&store, &["fund:after", "fund:first"]).await.2, [true, true]);
}

#[tokio::test]
async fn rows_that_a_failed_group_set_free_are_deleted_by_the_next() {
    let home = tempfile::tempdir().unwrap();
    let store = EmbeddedStore::open_with(home.path(), &options()).unwrap();
    let named = |text: &str| {
        vec![put_entity(Entity {
            description: Some(text.into()),
            ..entity("fund:f")
        })]
    };
    write(&store, graph(&["fund:f"], &[])).await;
    write(&store, named("one")).await;
    let other = second_connection(home.path());
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    assert!(store.commit(Write(named("lost"))).await.is_err());
    other.execute_batch("ROLLBACK").unwrap();
    write(&store, named("two")).await;
    write(&store, named("three")).await;
    let rows: i64 = other
        .query_row("SELECT count(*) FROM evidence", [], |row| row.get(0))
        .unwrap();
    // That of the record as it stands, and that of the version before, which the next write deletes.
    assert_eq!(rows, 2);
}

#[tokio::test]
async fn a_file_that_another_program_has_written_is_not_written_over() {
    let home = tempfile::tempdir().unwrap();
    let store = EmbeddedStore::open_with(home.path(), &options()).unwrap();
    write(&store, graph(&["fund:f"], &[])).await;
    let other = second_connection(home.path());
    other
        .execute("UPDATE meta SET value = 7 WHERE name = 'revision'", [])
        .unwrap();
    let answer = store.commit(Write(vec![put_entity(entity("fund:g"))])).await;
    assert!(
        matches!(&answer, Err(StoreError::Damaged(reason)) if reason.contains("at revision 7") && reason.contains("memory at 1")),
        "{answer:?}"
    );
    other
        .execute("UPDATE meta SET value = 1 WHERE name = 'revision'", [])
        .unwrap();
    write(&store, vec![put_entity(entity("fund:g"))]).await;
}

/// Makes the statements on an entity unreadable, or takes them away.
async fn spoil(place: &Place, id: &str, broken: Option<&str>) {
    match place {
        Place::Directory(home) => {
            let other = second_connection(home.path());
            let row = format!("(SELECT evidence FROM entity WHERE id = '{id}')");
            let done = match broken {
                Some(text) => other.execute(
                    &format!("UPDATE evidence SET body = '{text}' WHERE id = {row}"),
                    [],
                ),
                None => other.execute(&format!("DELETE FROM evidence WHERE id = {row}"), []),
            };
            assert_eq!(done.unwrap(), 1);
        }
        Place::Neo4j(lent) => {
            let change = match broken {
                Some(text) => format!("SET v.statements = '{text}'"),
                None => "DELETE v".into(),
            };
            lent.server()
                .run(&format!("MATCH (v:Evidence {{of: '{id}'}}) {change}"))
                .await;
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_write_that_cannot_read_the_statements_of_a_record_fails_and_changes_nothing() {
    let place = Place::empty().await;
    let store = place.open().await;
    let changes = graph(&["fund:f", "fund:g", "fund:h"], &[]);
    store.commit(Write(changes)).await.unwrap();
    for (id, broken) in [
        ("fund:f", Some("[{\"source\":")),
        ("fund:g", None),
        ("fund:h", Some("{}")),
    ] {
        spoil(&place, id, broken).await;
        let changed = put_entity(Entity {
            description: Some("another".into()),
            ..entity(id)
        });
        let answer: StoreResult<_> = store
            .commit(Write(vec![put_entity(entity("fund:new")), changed]))
            .await;
        assert!(answer.is_err(), "{id}: {answer:?}");
        let reader = store.reader(&VisibilityFilter::All).await.unwrap();
        assert_eq!(reader.revision(), Revision(1));
        let found = reader
            .entities(&[entity_id(id), entity_id("fund:new")])
            .await
            .unwrap();
        assert_eq!(found[0].as_ref().unwrap().description, None);
        assert!(found[1].is_none());
        let members = reader
            .memberships(&[Subject::Entity(entity_id(id))])
            .await
            .unwrap();
        assert_eq!(members[0].len(), 1, "it lost its data set");
    }
    // Deleting needs no statements, so that what is broken can be taken out.
    let ids = ["fund:f", "fund:g", "fund:h"].map(entity_id);
    let deleted = ids
        .iter()
        .map(|id| Change::Delete(Subject::Entity(id.clone())))
        .collect();
    store.commit(Write(deleted)).await.unwrap();
    let reader = store.reader(&VisibilityFilter::All).await.unwrap();
    let found = reader.entities(&ids).await.unwrap();
    assert!(found.iter().all(Option::is_none));
}

// ── a medium that fails, over HTTP ────────────────────────────────────────────────────────────────────────────────────

/// A server, its address, and the key that it was given.
struct Server {
    home: tempfile::TempDir,
    child: Child,
    url: String,
    key: String,
    client: Client,
}

impl Server {
    fn start() -> Self {
        let home = tempfile::tempdir().unwrap();
        let said = |arguments: &[&str]| {
            let done = hukun(home.path()).args(arguments).output().unwrap();
            assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
            String::from_utf8(done.stdout).unwrap()
        };
        said(&["import", &seed()]);
        let key = said(&["key", "create", "--role", "editor"]);
        let key = key.split_whitespace().last().unwrap().to_string();
        let mut child = hukun(home.path())
            .args(["serve", "--listen", "127.0.0.1:0"])
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let url = lines.find_map(|line| {
            let line = line.unwrap();
            let url = line[line.find("http://127.0.0.1:")?..]
                .split_whitespace()
                .next()?;
            Some(url.trim_end_matches(['/', ',', '.']).to_string())
        });
        // Read on, so that the server never waits for somebody to read what it logs.
        std::thread::spawn(move || lines.for_each(drop));
        Self {
            url: url.unwrap(),
            home,
            child,
            key,
            client: Client::new(),
        }
    }

    /// Limits the size of every file that the server writes.
    fn limit_files(&self, bytes: &str) {
        let (pid, limit) = (self.child.id().to_string(), format!("--fsize={bytes}:unlimited"));
        let done = Command::new("prlimit")
            .args(["--pid", &pid, &limit])
            .status()
            .unwrap();
        assert!(done.success());
    }

    /// How large its largest file is.
    fn largest(&self) -> u64 {
        let files = std::fs::read_dir(self.home.path().join("data")).unwrap();
        files
            .map(|file| file.unwrap().metadata().unwrap().len())
            .max()
            .unwrap()
    }

    async fn ask(&self, query: &str, variables: Value) -> Value {
        let sent = self
            .client
            .post(format!("{}/graphql", self.url))
            .bearer_auth(&self.key)
            .json(&json!({ "query": query, "variables": variables }))
            .send();
        sent.await.unwrap().json().await.unwrap()
    }

    /// Writes funds; the error, where there is one.
    async fn write(&self, ids: &[String], text: &str) -> Option<Value> {
        let fund = |id: &String| {
            json!({ "id": id, "kind": "FUND", "names": [{ "value": id, "lang": "en" }], "description": text,
                "statements": [{ "sourceId": "source:article", "quote": "", "reliability": "INDEPENDENT" }] })
        };
        let input: Vec<Value> = ids.iter().map(fund).collect();
        let mutation = "mutation($input: [EntityInput!]!) { upsertEntities(input: $input) { created } }";
        self.ask(mutation, json!({ "input": input }))
            .await
            .get("errors")
            .cloned()
    }

    async fn has(&self, ids: &[String]) -> usize {
        let mut count = 0;
        for ids in ids.chunks(100) {
            let answer = self
                .ask(
                    "query($ids: [ID!]!) { nodes(ids: $ids) { id } }",
                    json!({ "ids": ids }),
                )
                .await;
            let nodes = answer["data"]["nodes"]
                .as_array()
                .unwrap_or_else(|| panic!("{answer}"));
            count += nodes.iter().filter(|node| !node.is_null()).count();
        }
        count
    }
}

#[tokio::test]
async fn a_server_whose_medium_fails_answers_on_and_writes_again_when_it_is_mended() {
    let mut server = Server::start();
    let (mut acknowledged, mut failed) = (Vec::new(), Vec::new());
    for round in 0..3 {
        server.limit_files(&(server.largest() + 200_000).to_string());
        // Several at once, until there is no room; and then a write that is larger than what is kept in memory, with small ones beside it.
        for n in 0.. {
            assert!(n < 500, "the limit was never met");
            let ids: Vec<_> = (0..6).map(|one| [format!("fund:r{round}-{n}-{one}")]).collect();
            let told = join_all(ids.iter().map(|ids| server.write(ids, "small"))).await;
            for (ids, errors) in ids.into_iter().zip(&told) {
                if let Some(errors) = errors {
                    assert_eq!(errors[0]["extensions"]["code"], "STORE_UNAVAILABLE", "{errors}");
                    let told = errors[0]["message"].as_str().unwrap();
                    assert!(told.contains("the file size limit of this process"), "{told}");
                    failed.extend(ids);
                } else {
                    acknowledged.extend(ids);
                }
            }
            if told.iter().any(Option::is_some) {
                break;
            }
        }
        let large: Vec<String> = (0..300).map(|n| format!("fund:large{round}-{n}")).collect();
        let ids: Vec<_> = (0..4).map(|one| [format!("fund:beside{round}-{one}")]).collect();
        let text = "words ".repeat(2_000);
        let beside = join_all(ids.iter().map(|ids| server.write(ids, "small")));
        let (told, beside) = tokio::join!(server.write(&large, &text), beside);
        assert!(told.is_some());
        failed.extend(large);
        for (ids, errors) in ids.into_iter().zip(beside) {
            let known = if errors.is_some() {
                &mut failed
            } else {
                &mut acknowledged
            };
            known.extend(ids);
        }
        assert_eq!(server.has(&acknowledged).await, acknowledged.len());
        assert_eq!(server.has(&failed).await, 0);
        server.limit_files("unlimited");
        let ids: Vec<String> = (0..20).map(|n| format!("fund:after{round}-{n}")).collect();
        assert_eq!(server.write(&ids, "small").await, None);
        acknowledged.extend(ids);
    }
    assert!(
        acknowledged.len() > 60,
        "little was written: {}",
        acknowledged.len()
    );
    assert_eq!(server.has(&acknowledged).await, acknowledged.len());
    server.child.kill().unwrap();
    server.child.wait().unwrap();
    let checked = hukun(server.home.path()).arg("check").output().unwrap();
    assert!(
        String::from_utf8_lossy(&checked.stdout).contains("records clean"),
        "{checked:?}"
    );
    let store = EmbeddedStore::open(&server.home.path().join("data")).unwrap();
    let reader = store.reader(&VisibilityFilter::All).await.unwrap();
    for (ids, there) in [(&acknowledged, true), (&failed, false)] {
        let asked: Vec<_> = ids.iter().map(|id| entity_id(id)).collect();
        let found = reader.entities(&asked).await.unwrap();
        assert!(found.iter().all(|one| one.is_some() == there));
    }
}

#[test]
fn a_command_that_reaches_the_file_size_limit_fails_with_an_error_and_no_signal() {
    let home = tempfile::tempdir().unwrap();
    let limited = |arguments: &str| {
        // In blocks of 512 bytes: some tables fit, and no data set does.
        let script = format!("ulimit -f 200; exec \"$0\" {arguments}");
        let done = Command::new("/bin/sh")
            .args(["-c", &script, env!("CARGO_BIN_EXE_hukun")])
            .env("HUKUN_DATA_DIR", home.path().join("data"))
            .current_dir(home.path())
            .output()
            .unwrap();
        (
            done.status.code(),
            String::from_utf8_lossy(&done.stderr).into_owned(),
        )
    };
    let (code, errors) = limited(&format!("import {}", seed()));
    assert_eq!(code, Some(1), "{errors}");
    assert!(errors.contains("the file size limit of this process"), "{errors}");
    let done = hukun(home.path()).args(["import", &seed()]).output().unwrap();
    assert!(done.status.success(), "{done:?}");
    let (code, errors) = limited("backup graph.backup");
    assert_eq!(code, Some(1), "{errors}");
    assert!(!home.path().join("graph.backup").exists(), "{errors}");
}
