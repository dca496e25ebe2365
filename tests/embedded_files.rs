//! The files of a data directory: who may read them, who holds them, and what is refused when some of them are lost.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::{Duration, Instant};

use hukun::model::change::Revision;
use hukun::store::embedded::EmbeddedStore;
use hukun::store::{OpenError, Store as _, StoreError};

use crate::command::{hukun, seed};
use crate::conformance::fixture::{Write, entity, graph, put_entity, write};
use crate::support::server::OwnServer;

fn run(home: &Path, arguments: &[&str]) -> (i32, String) {
    let done = hukun(home).args(arguments).output().unwrap();
    let said = String::from_utf8(done.stdout).unwrap() + &String::from_utf8(done.stderr).unwrap();
    (done.status.code().unwrap(), said)
}

/// Serves until it says where it listens; all that it said, and the revision that it then has.
#[expect(
    clippy::disallowed_methods,
    reason = "no runtime runs in this test, whose server is another process"
)]
fn served(home: &Path, arguments: &[&str]) -> (String, String) {
    let log = home.join("served");
    let out = fs::File::create(&log).unwrap();
    let mut child = hukun(home)
        .args(["serve", "--listen", "127.0.0.1:0"])
        .args(arguments)
        .stdout(out.try_clone().unwrap())
        .stderr(Stdio::from(out))
        .spawn()
        .unwrap();
    let begun = Instant::now();
    let said = loop {
        let said = fs::read_to_string(&log).unwrap();
        if said.contains("A first question") || child.try_wait().unwrap().is_some() {
            break said;
        }
        assert!(begun.elapsed() < Duration::from_mins(2), "{said}");
        std::thread::sleep(Duration::from_millis(20));
    };
    let ready = said.split("http://").nth(1).map(|rest| {
        let address = rest.split_whitespace().next().unwrap();
        let done = std::process::Command::new("curl")
            .args(["-s", &format!("http://{address}/health/ready")])
            .output()
            .unwrap();
        String::from_utf8(done.stdout).unwrap()
    });
    let _ = child.kill();
    child.wait().unwrap();
    (fs::read_to_string(&log).unwrap(), ready.unwrap_or_default())
}

#[test]
fn a_graph_that_was_lost_is_not_begun_anew_unasked() {
    let home = tempfile::tempdir().unwrap();
    let data = home.path().join("data");
    // The key first, and then the graph: nothing was lost.
    assert_eq!(run(home.path(), &["key", "create", "--role", "reader"]).0, 0);
    let (said, _) = served(home.path(), &[]);
    assert!(said.contains("the built-in data set was imported"), "{said}");
    let backup = home.path().join("b").display().to_string();
    assert_eq!(run(home.path(), &["backup", &backup]).0, 0);
    let (file, log) = (data.join("hukun.db"), data.join("hukun.db-wal"));
    let graph = fs::read(&file).unwrap();
    for (state, content) in [("is missing", None), ("is empty", Some(""))] {
        match content {
            None => fs::remove_file(&file).unwrap(),
            Some(text) => fs::write(&file, text).unwrap(),
        }
        let refused = format!(
            "{} {state}, but {} exists: the graph that was in it is lost",
            file.display(),
            data.join("keys.db").display()
        );
        for said in [served(home.path(), &[]).0, run(home.path(), &["check"]).1] {
            assert!(
                said.contains(&refused) && said.contains("hukun restore"),
                "{said}"
            );
            assert!(said.contains("hukun serve --empty"), "{said}");
        }
        // Nothing was made in its place.
        assert_eq!(fs::read(&file).ok(), content.map(Vec::from));
        // A backup is taken back without more ado.
        let (code, said) = run(home.path(), &["restore", &backup]);
        assert_eq!(code, 0, "{said}");
        assert!(run(home.path(), &["check"]).1.contains("352 records clean"));
    }
    // Without keys, an empty file shows the same; a missing one nothing.
    fs::remove_file(data.join("keys.db")).unwrap();
    fs::write(&file, "").unwrap();
    let (code, said) = run(home.path(), &["check"]);
    assert!(
        code == 1 && said.contains("is empty") && said.contains("remove the empty file"),
        "{said}"
    );
    // A log without its file is never taken for that of a new one, whatever is asked for.
    fs::remove_file(&file).unwrap();
    fs::write(&log, [7; 4096]).unwrap();
    for arguments in [
        &["check"][..],
        &["serve", "--listen", "127.0.0.1:0", "--empty"],
        &["restore", &backup],
    ] {
        let (code, said) = run(home.path(), arguments);
        assert!(
            code == 1 && said.contains("hukun.db-wal exists"),
            "{arguments:?}: {said}"
        );
        assert!(!file.exists() && log.exists());
    }
    let (code, said) = run(home.path(), &["restore", &backup, "--replace"]);
    assert_eq!(code, 0, "{said}");
    assert!(
        run(home.path(), &["check"])
            .1
            .contains("352 records clean at revision 1")
    );
    assert_eq!(fs::read(data.join("hukun.db.damaged-wal")).unwrap(), [7; 4096]);
    // So is one that is put in place of a file that cannot be read.
    fs::write(&file, &graph[..graph.len() / 2]).unwrap();
    assert_eq!(run(home.path(), &["check"]).0, 1);
    let (code, said) = run(home.path(), &["restore", &backup, "--replace"]);
    assert_eq!(code, 0, "{said}");
    assert!(
        run(home.path(), &["check"])
            .1
            .contains("352 records clean at revision 1")
    );
    assert_eq!(
        fs::read(data.join("hukun.db.damaged")).unwrap(),
        graph[..graph.len() / 2]
    );
}

#[test]
fn a_server_that_is_started_empty_stays_so() {
    let home = tempfile::tempdir().unwrap();
    for arguments in [&["--empty"][..], &[], &["--empty", "false"], &["--empty"]] {
        let (said, ready) = served(home.path(), arguments);
        assert!(!said.contains("the built-in data set was imported"), "{said}");
        assert!(
            ready.contains("\"revision\":\"0\"") && ready.contains("\"status\":\"ready\""),
            "{ready}"
        );
    }
    assert!(
        run(home.path(), &["check"])
            .1
            .contains("0 records clean at revision 0")
    );
    // Another that was never started so is filled, also where the option says no.
    let other = tempfile::tempdir().unwrap();
    let (said, ready) = served(other.path(), &["--empty", "false"]);
    assert!(said.contains("the built-in data set was imported"), "{said}");
    assert!(ready.contains("\"revision\":\"1\""), "{ready}");
    // One that has something keeps it.
    let (_, ready) = served(other.path(), &["--empty"]);
    assert!(ready.contains("\"revision\":\"1\""), "{ready}");
}

#[tokio::test]
async fn a_directory_is_held_also_when_its_lock_file_is_removed() {
    let home = tempfile::tempdir().unwrap();
    let holder = EmbeddedStore::open(home.path()).unwrap();
    fs::remove_file(home.path().join("hukun.lock")).unwrap();
    for _ in 0..2 {
        let Err(error) = EmbeddedStore::open(home.path()) else {
            panic!("two hold it");
        };
        assert!(matches!(error, OpenError::InUse { .. }), "{error}");
        assert!(
            error
                .to_string()
                .contains("a process whose hukun.lock was removed"),
            "{error}"
        );
    }
    write(&holder, graph(&["fund:f"], &[])).await;
    drop(holder);
    let next = EmbeddedStore::open(home.path()).unwrap();
    assert_eq!(next.newest().await.unwrap(), Revision(1));
}

#[tokio::test]
async fn what_would_be_written_to_a_file_that_was_removed_is_refused() {
    let home = tempfile::tempdir().unwrap();
    let store = EmbeddedStore::open(home.path()).unwrap();
    write(&store, graph(&["fund:f"], &[])).await;
    let (file, away) = (home.path().join("hukun.db"), home.path().join("away"));
    fs::rename(&file, &away).unwrap();
    for put in [false, true] {
        if put {
            fs::copy(&away, &file).unwrap();
        }
        let answer = store.commit(Write(vec![put_entity(entity("fund:lost"))])).await;
        let Err(StoreError::Disk { problem, place }) = answer else {
            panic!("{answer:?}");
        };
        assert_eq!(place, file.display().to_string());
        assert!(problem.to_string().contains("removed or replaced"), "{problem}");
        assert!(store.writable().await.is_err());
    }
    fs::rename(&away, &file).unwrap();
    store.writable().await.unwrap();
    write(&store, vec![put_entity(entity("fund:g"))]).await;
    drop(store);
    assert_eq!(
        EmbeddedStore::open(home.path()).unwrap().newest().await.unwrap(),
        Revision(2)
    );
}

/// Everything below a directory that others than its owner may do something with.
fn open_to_others(directory: &Path) -> Vec<PathBuf> {
    let mut open = Vec::new();
    let mut rest = vec![directory.to_path_buf()];
    while let Some(path) = rest.pop() {
        let metadata = fs::metadata(&path).unwrap();
        if metadata.is_dir() {
            rest.extend(fs::read_dir(&path).unwrap().map(|entry| entry.unwrap().path()));
        }
        if metadata.permissions().mode() & 0o077 != 0 {
            open.push(path);
        }
    }
    open
}

#[tokio::test]
async fn what_is_made_is_for_its_owner_alone_and_what_others_can_read_is_told() {
    let home = tempfile::tempdir().unwrap();
    let from_home = |name: &str| home.path().join(name).display().to_string();
    let server = OwnServer::start();
    assert_eq!(server.write("fund:f", "small").await, None);
    let names = |directory: &Path| -> Vec<String> {
        let entries = fs::read_dir(directory).unwrap();
        entries
            .map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned())
            .collect()
    };
    let made = names(&server.data);
    for name in [
        "hukun.db",
        "hukun.db-wal",
        "hukun.db-shm",
        "keys.db",
        "hukun.lock",
    ] {
        assert!(made.iter().any(|one| one == name), "{made:?}");
        assert_eq!(
            open_to_others(&server.data.join(name)),
            Vec::<PathBuf>::new(),
            "{name}"
        );
    }
    drop(server);
    for arguments in [
        &["import", &seed()][..],
        &["key", "create", "--role", "reader"],
        &["backup", &from_home("all.backup")],
        &["export", "--format", "csv", "--out", &from_home("out/csv")],
        &["export", "--format", "jsonl", "--out", &from_home("out/jsonl")],
    ] {
        let (code, said) = run(home.path(), arguments);
        assert_eq!(code, 0, "{said}");
        assert!(!said.contains("chmod"), "{said}");
    }
    for made in ["data", "all.backup", "out"] {
        assert_eq!(open_to_others(&home.path().join(made)), Vec::<PathBuf>::new());
    }
    // As an older version made them.
    for name in ["hukun.db", "keys.db"] {
        let path = home.path().join("data").join(name);
        fs::set_permissions(path, fs::Permissions::from_mode(0o644)).unwrap();
    }
    let (code, said) = run(home.path(), &["check"]);
    assert_eq!(code, 0, "{said}");
    let expected = format!(
        "chmod go= {} {}",
        from_home("data/hukun.db"),
        from_home("data/keys.db")
    );
    assert!(said.contains(&expected), "{said}");
    let left = open_to_others(&home.path().join("data"));
    for name in ["hukun.db", "keys.db"] {
        assert!(
            left.contains(&home.path().join("data").join(name)),
            "they are left as they are: {left:?}"
        );
    }
}
