//! What schemathesis makes of the schema: questions and writes that nobody thought of, from a fixed seed. None may end in a fault of
//! the server or in another shape than GraphQL's; tests/schemathesis/run.py has the rules.

use std::path::Path;
use std::process::Command;

use hukun::model::principal::Role;

use crate::support::TestApp;
use crate::support::keys::key;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_question_made_at_random_finds_a_fault() {
    let (scratch, open) = (TestApp::kunshan().await, TestApp::kunshan().await);
    let editor = scratch.issue(key(Role::Editor)).await;
    let asked = [
        run(&scratch.url, Some(editor.reveal().to_string())),
        run(&open.url, None),
    ];
    for asked in asked {
        let (ended_well, said) = asked.await.unwrap();
        assert!(ended_well, "{said}");
        assert!(said.starts_with("asked "), "{said}");
    }
}

/// Runs it, and gives whether all was well and what it said.
fn run(url: &str, key: Option<String>) -> tokio::task::JoinHandle<(bool, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let home = root.join("target/schemathesis");
    let mut python = Command::new(home.join("bin/python"));
    python
        .arg(root.join("tests/schemathesis/run.py"))
        .arg(format!("{url}/graphql"))
        .args(key)
        .env("HYPOTHESIS_STORAGE_DIRECTORY", home.join("hypothesis"));
    tokio::task::spawn_blocking(move || {
        let output = python
            .output()
            .expect("scripts/schemathesis.sh installs schemathesis, as `make test` does");
        let said = String::from_utf8_lossy(&output.stdout).into_owned();
        (
            output.status.success(),
            said + &String::from_utf8_lossy(&output.stderr),
        )
    })
}
