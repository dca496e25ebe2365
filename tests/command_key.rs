//! `hukun key`, as it is typed, beside a server that runs.

use std::fs::{self, File};
use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Stdio};
use std::time::Duration;

use reqwest::{Client, StatusCode};
use serde_json::Value;

use crate::command::{hukun, run};
use crate::support::tokens::{Signer, claims, set};

/// A server that logs all it has to say.
struct Serving {
    process: Child,
    url: String,
}

impl Serving {
    fn start(home: &Path, arguments: &[&str]) -> Self {
        let mut process = hukun(home)
            .args(["serve", "--listen", "127.0.0.1:0"])
            .args(arguments)
            .env("RUST_LOG", "trace")
            .stdout(Stdio::piped())
            .stderr(File::create(home.join("log")).unwrap())
            .spawn()
            .unwrap();
        let said = BufReader::new(process.stdout.take().unwrap()).lines();
        let url = said
            .map(Result::unwrap)
            .find_map(|line| line.strip_prefix("Hukun listens on ").map(String::from))
            .expect("it says where it listens");
        Self { process, url }
    }

    async fn status(&self, token: &str) -> StatusCode {
        let request = Client::new().get(format!("{}/graphql?query={{revision}}", self.url));
        request.bearer_auth(token).send().await.unwrap().status()
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        self.process.kill().unwrap();
        self.process.wait().unwrap();
    }
}

#[tokio::test]
async fn a_key_is_made_used_and_revoked_while_a_server_runs_and_never_logged() {
    let home = tempfile::tempdir().unwrap();
    let home = home.path();
    fs::write(home.join("keys.json"), set(&[&Signer::ed25519()])).unwrap();
    let tokens = [
        "--jwt-jwks",
        "keys.json",
        "--jwt-issuer",
        "https://login.example.org/",
        "--jwt-audience",
        "hukun",
    ];
    let serving = Serving::start(home, &tokens);
    let (code, told, log) = run(
        home,
        &[
            "key",
            "create",
            "--role",
            "editor",
            "--pii",
            "--dataset",
            "kunshan",
            "--dataset",
            "partners",
            "--label",
            "Zhang's script",
            "--expires-in",
            "90d",
        ],
    );
    assert_eq!(code, 0, "{log}");
    let key = told.split_whitespace().last().unwrap();
    assert!(
        told.contains("editor, sees personal data, granted kunshan,partners, expires"),
        "{told}"
    );
    assert_eq!(serving.status(key).await, StatusCode::OK, "at once");

    let (id, secret) = key.rsplit_once('_').unwrap();
    let (code, listed, _) = run(home, &["key", "list"]);
    assert_eq!(code, 0);
    let header: Vec<&str> = listed.lines().next().unwrap().split_whitespace().collect();
    assert_eq!(
        header.join(" "),
        "ID LABEL ROLE DATA SETS PII CREATED EXPIRES LAST USED REVOKED"
    );
    assert!(
        listed.contains(&format!("{id}  Zhang's script  editor  kunshan,partners  yes")),
        "{listed}"
    );
    let (_, json, _) = run(home, &["key", "list", "--json"]);
    let json: Value = serde_json::from_str(&json).unwrap();
    assert_eq!((&json[0]["id"], &json[0]["role"]), (&id.into(), &"editor".into()));
    assert!(
        json[0]["expiresAt"].is_string() && json[0]["revokedAt"].is_null(),
        "{json:#}"
    );

    let good = Signer::ed25519().sign(&claims());
    let forged = Signer::next().sign(&claims());
    assert_eq!(serving.status(&good).await, StatusCode::OK);
    let wrong = format!("{id}_{}", "z".repeat(38));
    for bad in [&forged, &wrong, "only-a-password"] {
        assert_eq!(serving.status(bad).await, StatusCode::UNAUTHORIZED);
    }
    let (code, told, _) = run(home, &["key", "revoke", id]);
    assert_eq!(code, 0);
    assert!(told.contains(&format!("Key {id} is revoked since 2")), "{told}");
    tokio::time::sleep(Duration::from_secs(1)).await;
    assert_eq!(serving.status(key).await, StatusCode::UNAUTHORIZED);
    drop(serving);

    let log = fs::read_to_string(home.join("log")).unwrap();
    for reason in [
        "is revoked",
        "is incomplete or mistyped",
        "is not in the key set",
        "it is not a JWT",
    ] {
        assert!(log.contains(reason), "the log does not say: {reason}");
    }
    assert!(
        log.contains(id.trim_start_matches("hk_")),
        "the log names the key"
    );
    let signature = |token: &str| token.rsplit('.').next().unwrap().to_string();
    let secrets = [
        secret.to_string(),
        signature(&good),
        signature(&forged),
        "z".repeat(38),
        "only-a-password".into(),
    ];
    for secret in &secrets {
        assert!(!log.contains(secret), "a secret is in the log");
    }
    for kept in fs::read_dir(home.join("data")).unwrap() {
        let bytes = fs::read(kept.unwrap().path()).unwrap();
        let found = bytes
            .windows(secret.len())
            .any(|window| window == secret.as_bytes());
        assert!(!found, "a secret is kept");
    }
}

#[test]
fn what_makes_no_sense_is_wrong_usage_and_a_secret_is_not_repeated() {
    let home = tempfile::tempdir().unwrap();
    let home = home.path();
    assert_eq!(run(home, &["key", "list"]).0, 0);
    assert!(!home.join("data").exists(), "looking makes nothing");
    for wrong in [
        &["create"][..],
        &["create", "--role", "owner"],
        &["create", "--role", "reader", "--expires-in", "soon"],
        &["create", "--role", "reader", "--expires-at", "2001-01-01"],
        &[
            "create",
            "--role",
            "reader",
            "--expires-in",
            "1d",
            "--expires-at",
            "2100-01-01",
        ],
        &["create", "--role", "reader", "--label", " "],
        &["create", "--role", "reader", "--dataset", "a b"],
    ] {
        let (code, _, told) = run(home, &[&["key"], wrong].concat());
        assert_eq!(code, 2, "{wrong:?}: {told}");
    }
    let (_, told, _) = run(home, &["key", "create", "--role", "admin"]);
    let key = told.split_whitespace().last().unwrap();
    let (code, _, told) = run(home, &["key", "revoke", key]);
    assert_eq!(code, 2, "{told}");
    assert!(
        told.contains("as `hukun key list` shows it") && !told.contains(&key[16..]),
        "{told}"
    );
    let (code, _, told) = run(home, &["key", "revoke", "hk_000000000000"]);
    assert_eq!(
        (code, told.as_str()),
        (
            1,
            "hukun: no key hk_000000000000; `hukun key list` shows the existing ones\n"
        )
    );
    assert_eq!(
        run(home, &["key", "revoke", &key[3..15]]).0,
        0,
        "without the prefix too"
    );
}

#[cfg(unix)]
#[test]
fn the_keys_are_for_their_owner_to_read() {
    use std::os::unix::fs::PermissionsExt as _;
    let home = tempfile::tempdir().unwrap();
    assert_eq!(run(home.path(), &["key", "create", "--role", "reader"]).0, 0);
    let file = home.path().join("data/keys.db");
    let mode = fs::metadata(&file).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    fs::write(file, "something else").unwrap();
    let (code, _, told) = run(home.path(), &["key", "list"]);
    assert_eq!(code, 1, "{told}");
}

#[test]
fn settings_of_tokens_go_together() {
    let home = tempfile::tempdir().unwrap();
    let serve = |arguments: &[&str]| {
        run(
            home.path(),
            &[&["serve", "--listen", "127.0.0.1:0"], arguments].concat(),
        )
    };
    let all = ["--jwt-issuer", "i", "--jwt-audience", "a", "--jwt-jwks"];
    let (code, _, told) = serve(&["--jwt-jwks", "keys.json"]);
    assert_eq!(code, 2, "{told}");
    assert!(told.contains("give all three, or none"), "{told}");
    let (code, _, told) = serve(&[&all[..], &["http://login.example.org/keys"]].concat());
    assert_eq!(code, 2, "{told}");
    assert!(told.contains("is not https"), "{told}");
    let (code, _, told) = serve(&[&all[..], &["nowhere.json"]].concat());
    assert_eq!(code, 1, "{told}");
    assert!(told.contains("nowhere.json"), "{told}");
    assert_eq!(serve(&["--anonymous", "perhaps"]).0, 2);
    assert_eq!(serve(&["--jwt-skew-s-max", "601"]).0, 2);
    assert_eq!(serve(&["--auth-failures-per-minute-max", "0"]).0, 2);
}
