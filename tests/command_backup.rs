//! `hukun backup` and `hukun restore`: one file, whole or refused, and the same graph with the same history from it.

use std::fs;
use std::path::Path;

use hukun::model::principal::Role;
use hukun::service::{Limits, Service};
use hukun::store::embedded::EmbeddedStore;
use serde_json::{Value, json};

use crate::command::{hukun, seed};
use crate::support::keys::key;
use crate::support::tokens::{KeyServer, Signer, accepting, claims};
use crate::support::{TestApp, graph};

fn run(home: &Path, arguments: &[&str]) -> (i32, String) {
    let done = hukun(home).args(arguments).output().unwrap();
    (
        done.status.code().unwrap(),
        String::from_utf8(done.stderr).unwrap(),
    )
}

/// A home whose store has the Kunshan data in two revisions, and its backup.
fn kunshan() -> (tempfile::TempDir, String) {
    let home = tempfile::tempdir().unwrap();
    assert_eq!(run(home.path(), &["import", &seed()]).0, 0);
    let path = home.path().join("all.backup").display().to_string();
    let (code, told) = run(home.path(), &["backup", &path]);
    assert_eq!(code, 0, "{told}");
    assert!(told.contains("revision 1, 352 records, 353 changes"), "{told}");
    (home, path)
}

/// A home into which a backup was restored, and the messages of the command. A backup of it is the same file, and
/// a check of it prints the given line.
fn restored(backup: &str, checked: &str) -> (tempfile::TempDir, String) {
    let home = tempfile::tempdir().unwrap();
    let (code, told) = run(home.path(), &["restore", backup]);
    assert_eq!(code, 0, "{told}");
    let again = home.path().join("again").display().to_string();
    assert_eq!(run(home.path(), &["backup", &again]).0, 0);
    assert!(
        fs::read(backup).unwrap() == fs::read(&again).unwrap(),
        "the backup of the restored store is another"
    );
    let output = hukun(home.path()).arg("check").output().unwrap();
    assert_eq!(String::from_utf8(output.stdout).unwrap(), checked);
    (home, told)
}

#[test]
fn a_restored_store_is_the_one_that_was_backed_up() {
    let (home, path) = kunshan();
    let (other, _) = restored(&path, "352 records clean at revision 1\n");
    // It goes on from there.
    assert!(
        run(other.path(), &["import", &seed()])
            .1
            .contains("352 unchanged")
    );
    let left: Vec<_> = fs::read_dir(home.path())
        .unwrap()
        .map(|one| one.unwrap().file_name())
        .collect();
    assert!(
        left.iter()
            .all(|name| !name.to_string_lossy().contains("all.backup.")),
        "{left:?}"
    );
}

#[test]
fn what_is_damaged_or_no_backup_is_refused_and_nothing_is_written() {
    let (_home, path) = kunshan();
    let whole = fs::read(&path).unwrap();
    let text = String::from_utf8(whole.clone()).unwrap();
    let lines: Vec<&str> = text.lines().collect();
    let flipped = {
        let mut bytes = whole.clone();
        let middle = bytes.len() / 2;
        bytes[middle] ^= 1;
        bytes
    };
    let without_one = [&lines[..5], &lines[6..]].concat().join("\n").into_bytes();
    let newer = text.replacen("\"version\":1", "\"version\":99", 1).into_bytes();
    for (name, bytes, reason) in [
        ("flipped", flipped, "changed or truncated"),
        ("cut", whole[..whole.len() - 40].to_vec(), "changed or truncated"),
        ("half", whole[..whole.len() / 2].to_vec(), "changed or truncated"),
        ("less", without_one, "the checksum does not match"),
        ("newer", newer, "this backup was written by a newer Hukun"),
        ("empty", Vec::new(), "it is empty"),
        ("foreign", b"{\"a\":1}\n".to_vec(), "not a backup of Hukun"),
        ("picture", vec![0xff, 0xd8, 0xff, 0xe0], "not a backup of Hukun"),
    ] {
        let other = tempfile::tempdir().unwrap();
        let bad = other.path().join(name).display().to_string();
        fs::write(&bad, bytes).unwrap();
        let (code, told) = run(other.path(), &["restore", &bad]);
        assert_eq!(code, 1, "{name}: {told}");
        assert!(told.contains(reason) && told.contains(name), "{name}: {told}");
        // Nothing is in the store: a whole one is taken in.
        assert_eq!(run(other.path(), &["restore", &path]).0, 0, "{name}");
        // And what the store holds stays when a bad one is to take its place.
        assert_eq!(run(other.path(), &["restore", &bad, "--replace"]).0, 1, "{name}");
        let checked = hukun(other.path()).arg("check").output().unwrap();
        assert_eq!(
            String::from_utf8(checked.stdout).unwrap(),
            "352 records clean at revision 1\n"
        );
    }
}

#[tokio::test]
async fn a_store_that_holds_something_is_kept_unless_it_is_to_be_replaced() {
    let (_home, path) = kunshan();
    let other = tempfile::tempdir().unwrap();
    {
        let store = EmbeddedStore::open(&other.path().join("data")).unwrap();
        graph()
            .entities(["fund:other"])
            .write(&Service::new(store, Limits::default()))
            .await;
    }
    let (code, told) = run(other.path(), &["restore", &path]);
    assert_eq!(code, 1);
    assert!(told.contains("use --replace"), "{told}");
    assert_eq!(run(other.path(), &["restore", &path, "--replace"]).0, 0);
    let again = other.path().join("again").display().to_string();
    assert_eq!(run(other.path(), &["backup", &again]).0, 0);
    assert!(fs::read(&path).unwrap() == fs::read(&again).unwrap());
}

#[tokio::test]
async fn a_backup_of_a_store_in_use_is_of_one_moment() {
    let home = tempfile::tempdir().unwrap();
    let store = EmbeddedStore::open(&home.path().join("data")).unwrap();
    let service = Service::new(store, Limits::default());
    graph().entities(["fund:first"]).write(&service).await;
    let writing = {
        let service = service.clone();
        tokio::spawn(async move {
            for round in 0..10_000 {
                let pair = [format!("fund:a{round}"), format!("company:b{round}")];
                graph()
                    .entities(pair.iter().map(String::as_str))
                    .write(&service)
                    .await;
            }
        })
    };
    for round in 0..3 {
        let path = home.path().join(format!("{round}.backup")).display().to_string();
        let (from, arguments) = (home.path().to_path_buf(), path.clone());
        let done = tokio::task::spawn_blocking(move || run(&from, &["backup", &arguments]));
        let (code, told) = done.await.unwrap();
        assert_eq!(code, 0, "{told}");
        let other = tempfile::tempdir().unwrap();
        assert_eq!(run(other.path(), &["restore", &path]).0, 0);
        let checked = hukun(other.path()).arg("check").output().unwrap();
        let checked = String::from_utf8(checked.stdout).unwrap();
        assert!(checked.contains("records clean at revision"), "{checked}");
        // Of each pair both or none: a source, the first, and two a revision after it.
        let numbers: Vec<u64> = checked
            .split(' ')
            .filter_map(|word| word.trim().parse().ok())
            .collect();
        assert_eq!(numbers[0], 2 * numbers[1], "{checked}");
    }
    writing.abort();
}

/// A server in this process over the store of a home, which takes tokens.
async fn serving(home: &Path, keys: &KeyServer) -> TestApp {
    let store = EmbeddedStore::open(&home.join("data")).unwrap();
    let hour = std::time::Duration::from_hours(1);
    let config = accepting(&keys.address, hour, hour).await;
    TestApp::over(Service::new(store, Limits::default()), config).await
}

/// The log: what became of each record, by whom and when.
async fn audited(app: &TestApp) -> Vec<Value> {
    let question = "{ changes(first: 1000) { nodes { by at action kind subjectId revision } } }";
    let data = app.query(question).await.good();
    data["changes"]["nodes"].as_array().unwrap().clone()
}

#[tokio::test]
async fn who_wrote_what_and_when_is_kept_whichever_way_it_was_written() {
    let home = tempfile::tempdir().unwrap();
    assert_eq!(run(home.path(), &["import", &seed()]).0, 0);
    let (signer, begun) = (Signer::ed25519(), chrono::Utc::now());
    let keys = KeyServer::start(&[&signer]).await;
    let (all, issued) = {
        let app = serving(home.path(), &keys).await;
        let issued = app.issue(key(Role::Editor)).await;
        let mut claims = claims();
        claims["roles"] = json!(["editor"]);
        let write = |id: &str| {
            format!("mutation {{ upsertSources(input: [{{ id: \"{id}\", title: \"T\" }}]) {{ created }} }}")
        };
        let (by_key, by_token) = (app.with_token(issued.reveal()), signer.sign(&claims));
        by_key.query(&write("source:key")).await.good();
        app.with_token(&by_token)
            .query(&write("source:token"))
            .await
            .good();
        (audited(&app).await, issued)
    };
    let of = |id: &str| {
        let line = all.iter().find(|line| line["subjectId"] == id);
        line.unwrap_or_else(|| panic!("{id} is not in the log"))
    };
    assert_eq!(of("source:key")["by"], format!("key:{}", issued.key.id));
    assert_eq!(of("source:token")["by"], "jwt:mei");
    assert_eq!(of("region:kunshan")["by"], "import");
    for id in ["source:key", "source:token"] {
        let at: chrono::DateTime<chrono::Utc> = of(id)["at"].as_str().unwrap().parse().unwrap();
        assert!(begun <= at && at <= chrono::Utc::now(), "{id}: {at}");
    }
    let backup = home.path().join("all.backup").display().to_string();
    assert_eq!(run(home.path(), &["backup", &backup]).0, 0);
    let other = tempfile::tempdir().unwrap();
    assert_eq!(run(other.path(), &["restore", &backup]).0, 0);
    assert_eq!(audited(&serving(other.path(), &keys).await).await, all);
}

#[test]
fn a_backup_of_a_store_whose_oldest_changes_are_gone_says_from_where_its_log_goes() {
    let (home, _) = kunshan();
    let csv = home.path().join("more");
    fs::create_dir(&csv).unwrap();
    let table = "id,title\nsource:more,More\n";
    let manifest =
        "id = \"more\"\ntitle = \"More\"\nlicence = \"CC0-1.0\"\nsynthetic = false\ncoverage = \"SAMPLE\"\n";
    fs::write(csv.join("dataset.toml"), manifest).unwrap();
    fs::write(csv.join("sources.csv"), table).unwrap();
    let (code, told) = run(home.path(), &["import", &csv.display().to_string()]);
    assert_eq!(code, 0, "{told}");
    let file = rusqlite::Connection::open(home.path().join("data/hukun.db")).unwrap();
    for (gone, from) in [("cursor <= 100", 1), ("revision <= 1", 2)] {
        file.execute(&format!("DELETE FROM change WHERE {gone}"), [])
            .unwrap();
        let left: i64 = file
            .query_row("SELECT count(*) FROM change", [], |row| row.get(0))
            .unwrap();
        let path = home.path().join(format!("{from}.backup")).display().to_string();
        let (code, told) = run(home.path(), &["backup", &path]);
        assert_eq!(code, 0, "{told}");
        let expected = format!("revision 2, 353 records, {left} changes from revision {from} on");
        assert!(told.contains(&expected), "{told}");
        let text = fs::read_to_string(&path).unwrap();
        let header: Value = serde_json::from_str(text.lines().next().unwrap()).unwrap();
        assert_eq!(header["log_from"], from, "{header}");

        let (_, told) = restored(&path, "353 records clean at revision 2\n");
        assert!(told.contains(&expected), "{told}");
    }
}
