//! A disk that fails to read the graph's file: it is told from a damaged file, nothing is changed, and nothing is seeded anew.

use std::fs;
use std::path::Path;

use serde_json::json;

use crate::command::{hukun, seed};
use crate::support::failing_calls::{Failing, failing_calls};
use crate::support::server::{OwnServer, checked};

const FILES: [&str; 2] = ["hukun.db", "hukun.db-wal"];
const READS: &str = "pread64,read";

/// Runs a command while calls on the graph's file fail: its exit code, what it said, and whether any call failed.
fn failing(home: &Path, calls: &str, arguments: &[&str]) -> (Option<i32>, String, bool) {
    let trace = home.join("trace");
    let done = failing_calls(&home.join("data"), &FILES, calls)
        .args(["-o", &trace.display().to_string()])
        .arg(env!("CARGO_BIN_EXE_hukun"))
        .args(arguments)
        .env("HUKUN_DATA_DIR", home.join("data"))
        .output()
        .unwrap();
    let said = [done.stdout, done.stderr].concat();
    let injected = fs::read_to_string(trace).unwrap().contains("INJECTED");
    (
        done.status.code(),
        String::from_utf8_lossy(&said).into_owned(),
        injected,
    )
}

/// A data directory with the seed, whose changes are all in the graph's file.
fn seeded() -> tempfile::TempDir {
    let home = tempfile::tempdir().unwrap();
    let imported = hukun(home.path()).args(["import", &seed()]).status().unwrap();
    assert!(imported.success());
    home
}

#[test]
fn a_file_that_cannot_be_read_at_startup_is_not_called_damaged_and_stays_as_it_is() {
    let home = seeded();
    let file = home.path().join("data/hukun.db");
    let before = fs::read(&file).unwrap();
    let backup = home.path().join("backup").display().to_string();
    for command in [
        vec!["check"],
        vec!["serve", "--listen", "127.0.0.1:0"],
        vec!["import", &seed()],
        vec!["backup", &backup],
    ] {
        // At once, and after the head of the file was read.
        for calls in [READS, "pread64,read:when=2+"] {
            let (code, said, injected) = failing(home.path(), calls, &command);
            assert!(injected, "{command:?} read nothing");
            assert_eq!(code, Some(1), "{command:?}: {said}");
            assert!(
                said.contains(&file.display().to_string()) && said.contains("Input/output error"),
                "{command:?}: {said}"
            );
            assert!(said.contains("check the system log"), "{command:?}: {said}");
            assert!(!said.contains("damaged"), "{command:?}: {said}");
            assert_eq!(fs::read(&file).unwrap(), before, "{command:?}");
        }
    }
    let said = checked(&home.path().join("data"));
    assert!(said.contains("352 records clean"), "{said}");
}

#[test]
fn a_read_that_fails_once_is_never_damage() {
    let home = seeded();
    let mut failed = 0;
    for number in (1..10).chain((10..200).step_by(15)) {
        let calls = format!("pread64:when={number}");
        let (code, said, injected) = failing(home.path(), &calls, &["check"]);
        if !injected {
            break;
        }
        failed += 1;
        assert!(!said.contains("damaged"), "call {number}: {said}");
        match code {
            Some(0) => assert!(said.contains("352 records clean"), "call {number}: {said}"),
            _ => assert!(said.contains("disk"), "call {number}: {said}"),
        }
    }
    assert!(failed >= 3, "{failed} calls failed");
}

#[tokio::test]
async fn a_server_whose_disk_fails_to_read_says_so_and_answers_when_it_works_again() {
    let server = OwnServer::start();
    assert_eq!(server.write("fund:before", "small").await, None);
    let quotes = "{ entities(first: 300) { nodes { id statements { quote } } } }";
    let changes = "{ changes(first: 1000) { nodes { subjectId } } }";
    let failing = Failing::calls(&server, &FILES, READS);
    for query in [quotes, changes] {
        let answer = server.ask(query, json!({})).await;
        let error = &answer["errors"][0];
        assert_eq!(error["extensions"]["code"], "STORE_UNAVAILABLE", "{answer}");
        let message = error["message"].as_str().unwrap();
        assert!(
            message.contains("fails to read") && message.contains("try again"),
            "{message}"
        );
        let place = server.data.display().to_string();
        assert!(!message.contains(&place), "anyone may ask: {message}");
    }
    // What is in memory is answered.
    assert_eq!(server.has(&["fund:before".into()]).await, [true]);
    let log = server.log();
    assert!(
        log.contains("hukun.db") && log.contains("Input/output error"),
        "{log}"
    );
    assert!(
        !log.contains("damaged") && !log.contains("internal error"),
        "{log}"
    );
    drop(failing);
    for query in [quotes, changes] {
        let answer = server.ask(query, json!({})).await;
        assert!(answer.get("errors").is_none(), "{answer}");
    }
    server.until_writes_are("ready").await;
    // The server still has its locks on the file, so that another process that opens and closes it leaves the log of the server alone.
    let backup = server.home.path().join("backup").display().to_string();
    let copied = hukun(server.home.path())
        .args(["backup", &backup])
        .status()
        .unwrap();
    assert!(copied.success());
    assert_eq!(server.write("fund:after", "small").await, None);
    let home = server.kill();
    let said = checked(&home.path().join("data"));
    assert!(said.contains("354 records clean at revision 3"), "{said}");
}
