//! The embedded store on a disk that is full, read-only, closed to it or failing: each has its own words, nothing is lost, and
//! nothing is called damaged.
//!
//! The disks are real: file systems in memory that are mounted in a name space of the test's own, and errors that the kernel is
//! told to return to the server.

use std::fs::{self, File};
use std::io::Write as _;
use std::path::Path;
use std::process::Command;

use serde_json::json;

use crate::command::{hukun, seed};
use crate::support::failing_calls::{Failing, failing_calls};
use crate::support::server::{OwnServer, checked};

/// Fills a disk to its last byte.
fn fill(path: &Path) {
    let mut file = File::create(path).unwrap();
    let mut part = vec![0x5a; 64 * 1024];
    while !part.is_empty() {
        if file.write_all(&part).is_err() {
            part.truncate(part.len() / 2);
        }
    }
}

#[tokio::test]
async fn a_full_disk_is_told_with_its_place_and_the_server_reads_on_and_writes_when_there_is_room() {
    let server = OwnServer::on_small_disk(12 * 1024);
    let place = server.data.display().to_string();
    let (mut written, mut refused) = (Vec::new(), Vec::new());
    assert_eq!(server.ready("").await.1["writes"], "ready");
    for round in 0..3 {
        fill(&server.reach("ballast"));
        // What the log of the file still has room for is written all the same.
        for n in 0.. {
            assert!(n < 200, "the disk was never full");
            let id = format!("fund:r{round}-{n}");
            match server.write(&id, &"words ".repeat(1_600)).await {
                None => written.push(id),
                Some((code, message)) => {
                    assert_eq!(code, "STORE_UNAVAILABLE", "{message}");
                    let expected = format!(
                        "the store's disk is full, and nothing was written; free space at {place}, then write again"
                    );
                    assert_eq!(message, expected);
                    refused.push(id);
                    break;
                }
            }
        }
        server.until_writes_are("disk full").await;
        let (status, body) = server.ready("").await;
        assert_eq!((status, &body["status"]), (200, &json!("ready")), "{body}");
        let (status, body) = server.ready("?for=writes").await;
        assert_eq!((status, &body["status"]), (503, &json!("read-only")), "{body}");
        assert!(
            !body.to_string().contains(&place),
            "anyone may ask for that: {body}"
        );
        assert!(server.has(&written).await.iter().all(|there| *there));
        assert!(!server.has(&refused).await.contains(&true));
        fs::remove_file(server.reach("ballast")).unwrap();
        // By itself: nobody writes meanwhile.
        server.until_writes_are("ready").await;
        assert_eq!(server.ready("?for=writes").await.0, 200);
        let id = format!("fund:after{round}");
        assert_eq!(server.write(&id, "small").await, None);
        written.push(id);
    }
    assert!(server.log().contains("disk is full at"), "{}", server.log());
    let home = server.kill();
    let said = checked(&home.path().join("kept"));
    assert!(
        said.contains(&format!(
            "{} records clean at revision {}",
            352 + written.len(),
            1 + written.len()
        )),
        "{said}"
    );
}

/// Runs a script in a name space of its own, where it may mount.
fn in_name_space(home: &Path, flags: &[&str], script: &str) -> String {
    let done = Command::new("unshare")
        .args(flags)
        .args(["/bin/sh", "-c", script])
        .env_clear()
        .env("PATH", "/usr/sbin:/usr/bin:/sbin:/bin")
        .env("HUKUN", env!("CARGO_BIN_EXE_hukun"))
        .env("HUKUN_DATA_DIR", home.join("data"))
        .env("DATA", home.join("data"))
        .env("SEED", seed())
        .current_dir(home)
        .output()
        .unwrap();
    String::from_utf8_lossy(&done.stdout).into_owned() + &String::from_utf8_lossy(&done.stderr)
}

const MAY_MOUNT: [&str; 3] = ["--user", "--map-root-user", "--mount"];

#[test]
fn a_store_that_is_opened_on_a_full_disk_is_full_and_never_damaged() {
    let home = tempfile::tempdir().unwrap();
    fs::create_dir(home.path().join("data")).unwrap();
    // So much is free when it is opened: too little for anything, for the lock alone, for some of what SQLite makes, for all.
    let said = in_name_space(
        home.path(),
        &MAY_MOUNT,
        r#"
        mount -t tmpfs -o size=8m tmpfs "$DATA" || exit 9
        "$HUKUN" import "$SEED" || exit 9
        for free in 0 4 8 16 32 64 128 512 2048; do
          for lock in kept removed; do
            if [ $lock = removed ]; then rm "$DATA/hukun.lock"; fi
            dd if=/dev/zero of="$DATA/spare" bs=1024 count=$free 2>/dev/null
            dd if=/dev/zero of="$DATA/ballast" bs=1024 2>/dev/null
            rm "$DATA/spare"
            echo "== $free $lock"
            "$HUKUN" check 2>&1
            rm "$DATA/ballast"
            "$HUKUN" check >/dev/null 2>&1 || echo "NOT WELL AGAIN"
          done
        done
        rm "$DATA"/hukun.db*
        dd if=/dev/zero of="$DATA/ballast" bs=1024 2>/dev/null
        echo "== anew"
        "$HUKUN" check 2>&1
        "#,
    );
    assert!(
        !said.contains("damaged") && !said.contains("NOT WELL AGAIN"),
        "{said}"
    );
    let parts: Vec<&str> = said.split("== ").skip(1).collect();
    assert_eq!(parts.len(), 19, "{said}");
    let full = format!("the disk is full at {}", home.path().join("data").display());
    for part in &parts {
        assert!(
            part.contains("352 records clean") || part.contains(&full),
            "{part}"
        );
    }
    assert!(parts[0].contains(&full) && parts[1].contains(&full), "{said}");
    assert!(parts[0].contains("free space there, then start again"), "{said}");
    assert!(parts[16].contains("352 records clean"), "{said}");
    assert!(parts[18].contains(&full), "{said}");
}

#[test]
fn a_disk_that_is_read_only_or_closed_to_the_process_has_its_own_words() {
    let home = tempfile::tempdir().unwrap();
    let data = home.path().join("data");
    assert!(
        hukun(home.path())
            .args(["import", &seed()])
            .status()
            .unwrap()
            .success()
    );
    let said = in_name_space(
        home.path(),
        &MAY_MOUNT,
        r#"mount --bind "$DATA" "$DATA" && mount -o remount,bind,ro "$DATA" && "$HUKUN" check"#,
    );
    assert!(
        said.contains("the file system is read-only; mount it for writing"),
        "{said}"
    );
    // Without a map of users, nobody there is root.
    let denied = || in_name_space(home.path(), &["--user"], r#""$HUKUN" check"#);
    let mode = |path: &Path, mode| {
        use std::os::unix::fs::PermissionsExt as _;
        fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
    };
    for (path, closed) in [
        (data.join("hukun.db"), 0o400),
        (data.join("hukun.lock"), 0o400),
        (data.clone(), 0o500),
    ] {
        if path == data {
            // What is there already needs no right to make it.
            for name in ["hukun.db-wal", "hukun.db-shm"] {
                let left = data.join(name);
                assert!(name.ends_with("shm") || fs::metadata(&left).is_ok_and(|left| left.len() == 0));
                fs::remove_file(left).unwrap();
            }
        }
        mode(&path, closed);
        let said = denied();
        assert!(
            said.contains("permission denied; let the user of this process"),
            "{said}"
        );
        assert!(!said.contains("damaged"), "{said}");
        mode(&path, if path == data { 0o700 } else { 0o600 });
        assert!(denied().contains("352 records clean"));
    }
    let run = |directory: &Path| {
        let done = hukun(home.path())
            .arg("check")
            .env("HUKUN_DATA_DIR", directory)
            .output()
            .unwrap();
        assert_eq!(done.status.code(), Some(1));
        String::from_utf8(done.stderr).unwrap()
    };
    let file = home.path().join("file");
    fs::write(&file, "x").unwrap();
    assert!(
        run(&file).contains("there is a file where a directory must be"),
        "{}",
        run(&file)
    );
    let other = home.path().join("other");
    fs::create_dir_all(other.join("hukun.db")).unwrap();
    assert!(
        run(&other).contains("there is a directory where a file must be"),
        "{}",
        run(&other)
    );
}

#[tokio::test]
async fn a_disk_that_fails_to_flush_or_to_write_is_told_and_nothing_of_the_write_stands() {
    let server = OwnServer::start();
    let mut written = vec!["fund:before".to_string()];
    assert_eq!(server.write("fund:before", "small").await, None);
    let mut refused = Vec::new();
    for (calls, words) in [
        (
            "fsync,fdatasync",
            "failed to flush the write: it is not in the graph",
        ),
        ("pwrite64,write", "the store's disk cannot be used"),
    ] {
        let failing = Failing::calls(&server, &["hukun.db-wal"], calls);
        for n in 0..3 {
            let id = format!("fund:{}-{n}", &calls[..5]);
            let (code, message) = server.write(&id, "small").await.unwrap();
            assert_eq!(code, "STORE_UNAVAILABLE", "{message}");
            assert!(
                message.contains(words) && message.contains(&server.data.display().to_string()),
                "{message}"
            );
            refused.push(id);
        }
        assert!(server.has(&written).await.iter().all(|there| *there));
        assert!(!server.has(&refused).await.contains(&true));
        drop(failing);
        server.until_writes_are("ready").await;
        let id = format!("fund:after-{}", &calls[..5]);
        assert_eq!(server.write(&id, "small").await, None);
        written.push(id);
    }
    let home = server.kill();
    let said = checked(&home.path().join("data"));
    assert!(said.contains("355 records clean at revision 4"), "{said}");
}

/// Runs a command while its calls on the keys fail; its exit code and its errors.
fn with_failing_keys(server: &OwnServer, calls: &str, arguments: &[&str]) -> (Option<i32>, String) {
    let trace = server.home.path().join("trace");
    let done = failing_calls(&server.data, &["keys.db", "keys.db-wal"], calls)
        .args(["-o", &trace.display().to_string()])
        .arg(env!("CARGO_BIN_EXE_hukun"))
        .args(arguments)
        .env("HUKUN_DATA_DIR", &server.data)
        .output()
        .unwrap();
    let trace = fs::read_to_string(trace).unwrap();
    assert!(trace.contains("INJECTED"), "no call of {calls} failed: {trace}");
    (
        done.status.code(),
        String::from_utf8_lossy(&done.stderr).into_owned(),
    )
}

/// The ids of the keys, and whether each is revoked.
fn listed_keys(server: &OwnServer) -> Vec<(String, bool)> {
    let done = hukun(server.home.path())
        .args(["key", "list", "--json"])
        .output()
        .unwrap();
    let keys: Vec<serde_json::Value> = serde_json::from_slice(&done.stdout).unwrap();
    let one = |key: &serde_json::Value| {
        (
            key["id"].as_str().unwrap().to_string(),
            !key["revoked_at"].is_null(),
        )
    };
    keys.iter().map(one).collect()
}

#[tokio::test]
async fn keys_on_a_disk_that_fails_are_neither_created_nor_revoked_and_the_command_says_so() {
    let server = OwnServer::start();
    let before = listed_keys(&server);
    let [(id, false)] = &before[..] else {
        panic!("{before:?}");
    };
    for calls in ["fsync,fdatasync", "pwrite64,write"] {
        for command in [
            vec!["key", "create", "--role", "admin"],
            vec!["key", "revoke", id],
        ] {
            let (code, errors) = with_failing_keys(&server, calls, &command);
            assert_eq!(code, Some(1), "{command:?} without {calls}: {errors}");
            assert!(
                errors.contains("the disk reports an error")
                    && errors.contains(&server.data.display().to_string()),
                "{errors}"
            );
            assert_eq!(listed_keys(&server), before, "{command:?} without {calls}");
        }
    }
    let (code, errors) = with_failing_keys(&server, "pread64,read", &["key", "list"]);
    assert_eq!(code, Some(1), "{errors}");
    assert!(errors.contains("the disk reports an error"), "{errors}");
    // When the disk works again, nothing else is needed.
    assert_eq!(server.write("fund:after", "small").await, None);
    let made = hukun(server.home.path())
        .args(["key", "create", "--role", "reader"])
        .output()
        .unwrap();
    assert!(made.status.success(), "{made:?}");
    assert_eq!(listed_keys(&server).len(), 2);
}

#[tokio::test]
async fn a_server_that_cannot_read_or_write_its_keys_serves_on_and_recovers() {
    let server = OwnServer::start();
    let keys = ["keys.db", "keys.db-wal"];
    let status = async |key: Option<&str>| {
        let mut request = reqwest::Client::new().get(format!("{}/graphql?query={{revision}}", server.url));
        if let Some(key) = key {
            request = request.bearer_auth(key);
        }
        let answer = request.send().await.unwrap();
        (answer.status().as_u16(), answer.text().await.unwrap())
    };
    let create = || {
        let made = hukun(server.home.path())
            .args(["key", "create", "--role", "reader"])
            .output()
            .unwrap();
        let text = String::from_utf8(made.stdout).unwrap();
        text.split_whitespace().last().unwrap().to_string()
    };
    // Another process wrote, so that the server reads pages again.
    let failing = Failing::calls(&server, &keys, "pread64,read");
    let key = create();
    let (code, body) = status(Some(&key)).await;
    assert_eq!(code, 503, "{body} {}", server.log());
    assert!(
        body.contains("STORE_UNAVAILABLE") && body.contains("keys cannot be read"),
        "{body}"
    );
    let place = server.data.display().to_string();
    assert!(!body.contains(&place), "anyone may send a key: {body}");
    assert!(server.log().contains(&place), "{}", server.log());
    assert_eq!(status(None).await.0, 200);
    drop(failing);
    assert_eq!(status(Some(&key)).await.0, 200);
    // A key is accepted although its use cannot be recorded.
    for calls in ["fsync,fdatasync", "pwrite64,write"] {
        let key = create();
        let failing = Failing::calls(&server, &keys, calls);
        for _ in 0..3 {
            assert_eq!(status(Some(&key)).await.0, 200);
        }
        drop(failing);
        assert_eq!(status(Some(&create())).await.0, 200);
    }
}
