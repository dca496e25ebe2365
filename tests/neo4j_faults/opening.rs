//! The start: a server that is not there, one that comes late, and one that lets nobody in. As the operator sees it.

use std::net::TcpListener;
use std::process::{Output, Stdio};
use std::time::{Duration, Instant};

use crate::command::hukun;
use crate::support::Neo4jServer;

/// `hukun check` on a Neo4j, with every line of the log that there is.
fn check(home: &std::path::Path, uri: &str, password: &str, startup_ms_max: u32) -> std::process::Command {
    let mut command = hukun(home);
    command
        .args([
            "check",
            "--store",
            uri,
            "--store-startup-ms-max",
            &startup_ms_max.to_string(),
        ])
        .env("HUKUN_STORE_PASSWORD", password)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    command
}

fn told(output: Output) -> (Option<i32>, String) {
    let text = String::from_utf8(output.stderr).unwrap() + &String::from_utf8(output.stdout).unwrap();
    (output.status.code(), text)
}

#[test]
fn a_neo4j_that_is_not_there_is_waited_for_and_given_up() {
    let home = tempfile::tempdir().unwrap();
    let port = TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap()
        .port();
    for scheme in ["neo4j", "bolt"] {
        let uri = format!("{scheme}://127.0.0.1:{port}");
        let begun = Instant::now();
        let (code, text) = told(
            check(home.path(), &uri, "secret-of-the-test", 1_500)
                .output()
                .unwrap(),
        );
        let took = begun.elapsed();
        assert_eq!(code, Some(1), "{text}");
        assert!(
            (Duration::from_secs(1)..Duration::from_secs(10)).contains(&took),
            "{took:?}: {text}"
        );
        assert!(
            text.contains(&format!("waiting for Neo4j at {uri}, up to 1500 ms")),
            "{text}"
        );
        let reason =
            format!("hukun: {uri} cannot be opened: it did not answer within 1500 ms. Is it running");
        assert!(text.contains(&reason), "{text}");
        assert!(
            text.contains("Use --store-startup-ms-max to wait longer"),
            "{text}"
        );
        assert!(!text.contains("os error"), "{text}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_neo4j_that_comes_late_is_waited_for_and_a_wrong_password_is_tried_once() {
    let mut server = Neo4jServer::start_own().await;
    let home = tempfile::tempdir().unwrap();
    server.kill();
    let waiting = check(home.path(), &server.uri(), server.password(), 300_000)
        .spawn()
        .unwrap();
    tokio::time::sleep(Duration::from_secs(1)).await;
    server.restart().await;
    let waited = tokio::task::spawn_blocking(|| waiting.wait_with_output().unwrap())
        .await
        .unwrap();
    let (code, text) = told(waited);
    assert_eq!(code, Some(0), "{text}");
    assert!(text.contains("waiting for Neo4j at"), "{text}");
    assert!(text.contains("0 records clean at revision 0"), "{text}");

    // Three failures in a row would lock the user out for seconds: two are made, and the right password is taken at once.
    for uri in [server.uri(), server.uri().replace("neo4j:", "bolt:")] {
        let begun = Instant::now();
        let mut command = check(home.path(), &uri, "wrong-of-the-test", 60_000);
        let (code, text) = told(command.env("RUST_LOG", "trace").output().unwrap());
        assert_eq!(code, Some(1), "{text}");
        assert!(
            begun.elapsed() < Duration::from_secs(20),
            "{:?}: {text}",
            begun.elapsed()
        );
        assert!(!text.contains("waiting for Neo4j"), "{text}");
        assert!(
            text.contains("it does not accept the user and password"),
            "{text}"
        );
        assert!(text.contains("--store-password-file"), "{text}");
        assert!(
            !text.contains("wrong-of-the-test"),
            "the log has the password: {text}"
        );
    }
    let mut command = check(home.path(), &server.uri(), server.password(), 60_000);
    let (code, text) = told(command.env("RUST_LOG", "trace").output().unwrap());
    assert_eq!(code, Some(0), "{text}");
    assert!(
        text.contains("neo4rs"),
        "this log has every line there is: {text}"
    );
    assert!(
        !text.contains(server.password()),
        "the log has the password: {text}"
    );

    let mut command = check(home.path(), &server.uri(), server.password(), 1_000);
    let (code, text) = told(command.env("HUKUN_STORE_DATABASE", "nowhere").output().unwrap());
    assert_eq!(code, Some(1), "{text}");
    assert!(
        text.contains("it has no database of that name: choose another --store-database"),
        "{text}"
    );
}
