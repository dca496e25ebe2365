//! The command line on a store in Neo4j: the same words, files and exit codes as on the embedded one.

use std::fs;
use std::io::{BufRead as _, BufReader};
use std::net::TcpListener;
use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant};

use crate::command::{hukun, seed};
use crate::support::Neo4jServer;
use crate::support::stores::Lent;

/// The command on a server.
fn on(lent: &Lent, home: &Path, command: &str) -> Command {
    at(lent.server(), home, command)
}

pub fn at(server: &Neo4jServer, home: &Path, command: &str) -> Command {
    let mut at = hukun(home);
    at.args([command, "--store", &server.uri()])
        .env("HUKUN_STORE_PASSWORD", server.password());
    at
}

pub fn ran(command: &mut Command) -> (i32, String, String) {
    let Output {
        status,
        stdout,
        stderr,
    } = command.output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (status.code().unwrap(), text(stdout), text(stderr))
}

/// The files of an export.
fn files(directory: &Path) -> Vec<(String, Vec<u8>)> {
    let read = |entry: fs::DirEntry| {
        (
            entry.file_name().to_string_lossy().into_owned(),
            fs::read(entry.path()).unwrap(),
        )
    };
    let entries = fs::read_dir(directory.join("kunshan")).unwrap();
    let mut files: Vec<_> = entries.map(|entry| read(entry.unwrap())).collect();
    files.sort();
    files
}

#[tokio::test]
async fn what_is_taken_in_is_given_out_as_by_the_embedded_store() {
    let (lent, home) = (Lent::empty().await, tempfile::tempdir().unwrap());
    for expected in [
        "352 created, 0 updated, 0 unchanged",
        "0 created, 0 updated, 352 unchanged",
    ] {
        let (code, _, told) = ran(on(&lent, home.path(), "import").arg(seed()));
        assert_eq!(code, 0, "{told}");
        assert!(told.contains(expected) && told.contains("revision 1"), "{told}");
    }
    let (code, told, _) = ran(&mut on(&lent, home.path(), "check"));
    assert_eq!((code, told.as_str()), (0, "352 records clean at revision 1\n"));
    assert_eq!(ran(hukun(home.path()).args(["import", &seed()])).0, 0);
    for format in ["csv", "jsonl"] {
        let exported = |mut command: Command, name: &str| {
            let out = home.path().join(format!("{format}-{name}"));
            let (code, _, told) = ran(command.args(["--format", format, "--out"]).arg(&out));
            assert_eq!(code, 0, "{told}");
            files(&out)
        };
        let mut embedded = hukun(home.path());
        embedded.arg("export");
        let embedded = exported(embedded, "embedded");
        assert!(embedded.len() > 5);
        assert_eq!(exported(on(&lent, home.path(), "export"), "neo4j"), embedded);
    }
    assert!(
        home.path().join("data/hukun.db").is_file()
            && fs::read_dir(home.path().join("data")).unwrap().count() > 0,
        "the embedded store has a place of its own"
    );
}

#[tokio::test]
async fn a_server_on_an_empty_neo4j_takes_the_first_data_set_in_once_and_where_it_is_told() {
    let (lent, home) = (Lent::empty().await, tempfile::tempdir().unwrap());
    for (arguments, expected) in [
        (
            &[][..],
            format!(
                "The store at {} is empty. Import data sets with `hukun import DIRECTORY --store {}`",
                lent.server().uri(),
                lent.server().uri()
            ),
        ),
        (
            &["--seed"],
            format!(
                "The store at {} was empty, so the built-in data set was imported (kunshan: 352 records).",
                lent.server().uri()
            ),
        ),
        (&["--seed"], "Hukun listens on http://127.0.0.1:".to_string()),
    ] {
        let mut serving = on(&lent, home.path(), "serve")
            .args(["--listen", "127.0.0.1:0"])
            .args(arguments)
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let said = BufReader::new(serving.stdout.take().unwrap()).lines().next();
        serving.kill().unwrap();
        serving.wait().unwrap();
        let said = said.unwrap().unwrap();
        assert!(said.starts_with(&expected), "{said}");
    }
    assert!(!home.path().join("data").exists(), "nothing is kept on this side");
}

#[tokio::test]
async fn a_key_made_beside_a_running_server_is_no_part_of_the_graph() {
    let (lent, home) = (Lent::empty().await, tempfile::tempdir().unwrap());
    let mut serving = on(&lent, home.path(), "serve")
        .args(["--listen", "127.0.0.1:0", "--anonymous", "off", "--seed"])
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let said = BufReader::new(serving.stdout.take().unwrap()).lines();
    let url = said
        .map(Result::unwrap)
        .find_map(|line| line.strip_prefix("Hukun listens on ").map(String::from));
    let url = format!("{}/graphql?query={{revision}}", url.unwrap());
    let revision = async |key: &str| {
        let answer = reqwest::Client::new()
            .get(&url)
            .bearer_auth(key)
            .send()
            .await
            .unwrap();
        let body: serde_json::Value = answer.json().await.unwrap();
        body["data"]["revision"].as_str().map(String::from)
    };
    let key = |arguments: &[&str]| {
        let mut command = hukun(home.path());
        command
            .arg("key")
            .args(arguments)
            .args(["--store", &lent.server().uri()]);
        command.env("HUKUN_STORE_PASSWORD", lent.server().password());
        ran(&mut command)
    };
    let (code, told, log) = key(&["create", "--role", "reader"]);
    assert_eq!(code, 0, "{log}");
    let text = told.split_whitespace().last().unwrap();
    assert_eq!(
        revision(text).await.as_deref(),
        Some("1"),
        "at once, and as before"
    );
    let id = &text[..15];
    assert!(key(&["list"]).1.contains(id));
    assert_eq!(key(&["revoke", id]).0, 0);
    tokio::time::sleep(Duration::from_secs(1)).await;
    assert_eq!(revision(text).await, None);
    serving.kill().unwrap();
    serving.wait().unwrap();
    let (code, told, _) = ran(&mut on(&lent, home.path(), "check"));
    assert_eq!((code, told.as_str()), (0, "352 records clean at revision 1\n"));
}

#[tokio::test]
async fn a_wrong_password_is_told_at_once_and_never_repeated() {
    let (lent, home) = (Lent::empty().await, tempfile::tempdir().unwrap());
    let begun = Instant::now();
    let (code, _, told) = ran(on(&lent, home.path(), "check").env("HUKUN_STORE_PASSWORD", "not-this-one"));
    assert_eq!(code, 1, "{told}");
    assert!(
        told.contains("does not accept the user and password, or does not let the user read and write: give others by --store-user and --store-password-file"),
        "{told}"
    );
    assert!(!told.contains("not-this-one"), "{told}");
    assert!(
        begun.elapsed() < Duration::from_secs(30),
        "it was tried again and again"
    );
    let (code, _, told) = ran(on(&lent, home.path(), "check").env_remove("HUKUN_STORE_PASSWORD"));
    assert_eq!(code, 2, "{told}");
    assert!(told.contains("needs a password"), "{told}");
    let file = home.path().join("password");
    fs::write(&file, format!("{}\n", lent.server().password())).unwrap();
    let (code, ..) = ran(on(&lent, home.path(), "check")
        .env_remove("HUKUN_STORE_PASSWORD")
        .arg("--store-password-file")
        .arg(&file));
    assert_eq!(code, 0);
}

#[test]
fn a_neo4j_that_does_not_answer_is_waited_for_no_longer_than_was_said() {
    let home = tempfile::tempdir().unwrap();
    let port = TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap()
        .port();
    let begun = Instant::now();
    let (code, _, told) = ran(hukun(home.path())
        .args(["check", "--store", &format!("neo4j://127.0.0.1:{port}")])
        .args(["--store-startup-ms-max", "500"])
        .env("HUKUN_STORE_PASSWORD", "any"));
    let took = begun.elapsed();
    assert_eq!(code, 1, "{told}");
    let expected = format!(
        "hukun: neo4j://127.0.0.1:{port} cannot be opened: it did not answer within 500 ms. Is it running, is this its Bolt port"
    );
    assert!(told.contains(&expected), "{told}");
    // Some time to start and end the program on a busy machine.
    assert!(took < Duration::from_secs(10), "{took:?}");
}

#[tokio::test]
async fn the_schema_of_a_newer_program_is_refused() {
    let (lent, home) = (Lent::empty().await, tempfile::tempdir().unwrap());
    assert_eq!(ran(&mut on(&lent, home.path(), "check")).0, 0);
    lent.server().run("MATCH (h:Hukun) SET h.schema = 99").await;
    let (code, _, told) = ran(&mut on(&lent, home.path(), "check"));
    // The next to have the server must not meet it.
    lent.wipe().await;
    assert_eq!(code, 1, "{told}");
    assert!(
        told.contains("was written by a newer Hukun (schema 99; this one reads up to 7): use that version"),
        "{told}"
    );
}

#[tokio::test]
async fn a_backup_of_either_store_restores_into_the_other() {
    let (lent, home) = (Lent::empty().await, tempfile::tempdir().unwrap());
    let path = |name: &str| home.path().join(name).display().to_string();
    assert_eq!(ran(hukun(home.path()).args(["import", &seed()])).0, 0);
    assert_eq!(ran(hukun(home.path()).args(["backup", &path("embedded")])).0, 0);
    let (code, _, told) = ran(on(&lent, home.path(), "restore").arg(path("embedded")));
    assert_eq!(code, 0, "{told}");
    assert_eq!(ran(on(&lent, home.path(), "backup").arg(path("neo4j"))).0, 0);
    let same = |one: &str, other: &str| fs::read(path(one)).unwrap() == fs::read(path(other)).unwrap();
    assert!(same("embedded", "neo4j"), "the same graph has another backup");
    // It is not empty now, and is emptied only when that is said.
    let (code, _, told) = ran(on(&lent, home.path(), "restore").arg(path("neo4j")));
    assert!(code == 1 && told.contains("use --replace"), "{told}");
    let (code, _, told) = ran(on(&lent, home.path(), "restore")
        .arg(path("neo4j"))
        .arg("--replace"));
    assert_eq!(code, 0, "{told}");
    let other = tempfile::tempdir().unwrap();
    assert_eq!(ran(hukun(other.path()).args(["restore", &path("neo4j")])).0, 0);
    assert_eq!(ran(hukun(other.path()).args(["backup", &path("back")])).0, 0);
    assert!(same("embedded", "back"));
    let (code, told, _) = ran(&mut on(&lent, home.path(), "check"));
    assert_eq!((code, told.as_str()), (0, "352 records clean at revision 1\n"));
}
