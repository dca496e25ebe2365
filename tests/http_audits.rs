//! GraphQL over HTTP, as another project reads the specification.

use std::path::Path;

use crate::support::{TestApp, graph};

#[tokio::test]
async fn every_audit_of_graphql_http_passes() {
    let app = TestApp::with(graph()).await;
    let here = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/js");
    assert!(
        here.join("node_modules/graphql-http").exists(),
        "the audits are not installed: `npm ci --prefix tests/js`, as `make test` does"
    );
    let url = format!("{}/graphql", app.url);
    let run = move || {
        std::process::Command::new("node")
            .arg(here.join("audit.mjs"))
            .arg(url)
            .output()
    };
    let audit = tokio::task::spawn_blocking(run)
        .await
        .unwrap()
        .expect("node runs: see CONTRIBUTING.md for what the tests need");
    let report = String::from_utf8_lossy(&audit.stdout);
    assert!(
        audit.status.success(),
        "{report}{}",
        String::from_utf8_lossy(&audit.stderr)
    );
    assert!(report.contains("61 audits, 0 failed"), "{report}");
}
