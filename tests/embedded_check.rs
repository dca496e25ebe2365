//! `hukun check` of the change log and of the API keys: what was changed behind the program's back is named.

use std::path::Path;

use rusqlite::Connection;

use hukun::model::change::{ChangeSet, Revision};
use hukun::model::page::PageRequest;
use hukun::model::principal::Principal;
use hukun::service::{Limits, Service, check_store};
use hukun::store::embedded::EmbeddedStore;
use hukun::store::{
    CommitOutcome, LogQuery, PreparedWrite, Reader, Store as _, StoreResult, VisibilityFilter, WritePlan,
};

use crate::command::{hukun, seed};
use crate::conformance::fixture::graph as conformance;
use crate::support::graph;
use crate::support::stores::fresh_neo4j;

fn run(home: &Path, arguments: &[&str]) -> (i32, String) {
    let done = hukun(home).args(arguments).output().unwrap();
    (
        done.status.code().unwrap(),
        String::from_utf8(done.stdout).unwrap(),
    )
}

#[test]
fn a_change_log_that_does_not_fit_is_told_line_by_line() {
    let home = tempfile::tempdir().unwrap();
    assert_eq!(run(home.path(), &["import", &seed()]).0, 0);
    let data = home.path().join("data");
    let file = data.join("hukun.db");
    let kept = std::fs::read(&file).unwrap();
    let one = "(SELECT cursor FROM change WHERE subject = 'fund:angel')";
    for (sql, finding) in [
        (
            "DELETE FROM change WHERE cursor = 100".to_string(),
            "change 101: follows change 99",
        ),
        (
            "UPDATE change SET cursor = cursor + 5 WHERE cursor = (SELECT max(cursor) FROM change)".into(),
            "change 358: follows change 352",
        ),
        (
            "UPDATE change SET revision = 3 WHERE cursor > 200; UPDATE meta SET value = 3 WHERE name = 'revision'".into(),
            "change 201: has revision 3, but the previous change has revision 1",
        ),
        (
            "UPDATE meta SET value = 2 WHERE name = 'revision'".into(),
            "the change log: its last line has revision 1, but the graph is at revision 2",
        ),
        (
            format!("UPDATE change SET datasets = '[\"nowhere\"]' WHERE cursor = {one}"),
            "concerns the data set nowhere, which does not exist",
        ),
        (
            format!("UPDATE change SET action = 'DELETED' WHERE cursor = {one}"),
            "fund:angel is logged as DELETED, but it exists",
        ),
        (
            format!("UPDATE change SET subject = 'fund:nobody' WHERE cursor = {one}"),
            "fund:nobody is logged as CREATED, but it does not exist",
        ),
        (
            format!("UPDATE change SET subject = 'fund:nobody' WHERE cursor = {one}"),
            "fund:angel: is missing from the change log",
        ),
        (
            format!("UPDATE change SET action = 'MERGED', merged_into = 'fund:mother', subject = 'fund:gone' WHERE cursor = {one}"),
            "fund:gone was merged into fund:mother, but does not lead there",
        ),
        (
            format!("UPDATE change SET datasets = 'x' WHERE cursor = {one}"),
            "the change log: it cannot be read",
        ),
    ] {
        std::fs::write(&file, &kept).unwrap();
        let _ = std::fs::remove_file(data.join("hukun.db-wal"));
        Connection::open(&file).unwrap().execute_batch(&sql).unwrap();
        let (code, said) = run(home.path(), &["check"]);
        assert!(code == 3 && said.contains(finding), "{sql}: {said}");
    }
    std::fs::write(&file, &kept).unwrap();
    // The oldest part may be gone: then it does not know every record.
    Connection::open(&file)
        .unwrap()
        .execute_batch("DELETE FROM change WHERE cursor <= 100")
        .unwrap();
    let (code, said) = run(home.path(), &["check"]);
    assert_eq!(code, 0, "{said}");
}

#[test]
fn keys_that_cannot_be_are_told() {
    let home = tempfile::tempdir().unwrap();
    assert_eq!(run(home.path(), &["import", &seed()]).0, 0);
    assert_eq!(
        run(
            home.path(),
            &["key", "create", "--role", "reader", "--expires-in", "9d"]
        )
        .0,
        0
    );
    assert_eq!(run(home.path(), &["check"]).0, 0);
    let file = home.path().join("data/keys.db");
    let kept = std::fs::read(&file).unwrap();
    for (sql, finding) in [
        ("UPDATE api_key SET expires_at = created_at - 1", "expires at"),
        ("UPDATE api_key SET revoked_at = created_at - 1", "was revoked at"),
        (
            "UPDATE api_key SET last_used_at = created_at - 1",
            "was last used at",
        ),
        ("UPDATE api_key SET hash = x'00ff'", "the hash of the key"),
        ("UPDATE api_key SET role = 'king'", "the role of the key"),
        ("UPDATE api_key SET datasets = 'a b'", "the data sets of the key"),
        (
            "UPDATE api_key SET created_at = 9223372036854775807",
            "the time of the key",
        ),
    ] {
        std::fs::write(&file, &kept).unwrap();
        Connection::open(&file).unwrap().execute_batch(sql).unwrap();
        let (code, said) = run(home.path(), &["check"]);
        assert!(code == 3 && said.contains(finding), "{sql}: {said}");
    }
}

#[tokio::test]
async fn the_log_in_neo4j_is_held_to_the_same() {
    let (store, lent) = fresh_neo4j().await;
    let service = Service::new(store, Limits::default());
    for id in ["fund:a", "fund:b", "fund:c"] {
        graph().entities([id]).write(&service).await;
    }
    let found = async || {
        let session = service
            .snapshot_session(&Principal::operator("test"))
            .await
            .unwrap();
        let faults = check_store(&session).await.unwrap().faults;
        let told: Vec<String> = faults
            .iter()
            .map(|fault| format!("{}: {}", fault.subject, fault.reason))
            .collect();
        told.join("\n")
    };
    assert_eq!(found().await, "");
    let server = lent.server();
    server
        .run("MATCH (c:Change {subject: 'fund:b'}) SET c.action = 'DELETED'")
        .await;
    assert!(
        found()
            .await
            .contains("fund:b is logged as DELETED, but it exists"),
        "{}",
        found().await
    );
    server
        .run("MATCH (c:Change {subject: 'fund:b'}) SET c.datasets = ['nowhere'], c.action = 'CREATED'")
        .await;
    assert!(
        found().await.contains("the data set nowhere"),
        "{}",
        found().await
    );
    server.run("MATCH (c:Change {subject: 'fund:b'}) DELETE c").await;
    let told = found().await;
    assert!(told.contains("follows change"), "{told}");
    assert!(told.contains("fund:b: is missing from the change log"), "{told}");
}

/// A plan of an entity that is written when the clock shows this.
struct At(&'static str, i64);

impl WritePlan for At {
    type Output = ();
    type Refusal = ();
    async fn prepare<R: Reader>(&mut self, _at: &R) -> StoreResult<Result<PreparedWrite<()>, ()>> {
        let changes = conformance(&[self.0], &[]);
        Ok(Ok(ChangeSet {
            by: "test".into(),
            at: chrono::DateTime::from_timestamp(self.1, 0).unwrap(),
            changes,
        }
        .into()))
    }
}

#[tokio::test]
async fn a_clock_that_is_set_back_changes_no_order_and_no_revision() {
    let home = tempfile::tempdir().unwrap();
    let clock = [
        ("fund:a", 1_900_000_000),
        ("fund:b", 1_000_000_000),
        ("fund:c", 1_500_000_000),
    ];
    let store = EmbeddedStore::open(home.path()).unwrap();
    for (revision, (id, at)) in (1..).zip(clock) {
        assert_eq!(
            store.commit(At(id, at)).await.unwrap(),
            CommitOutcome::Committed(Revision(revision), ())
        );
    }
    drop(store);
    let store = EmbeddedStore::open(home.path()).unwrap();
    let query = LogQuery {
        page: PageRequest::first(100),
        datasets: None,
    };
    let lines = store
        .reader(&VisibilityFilter::All)
        .await
        .unwrap()
        .log(&query)
        .await
        .unwrap()
        .items;
    let funds: Vec<_> = lines
        .iter()
        .filter(|line| line.changed.as_str().starts_with("fund:"))
        .map(|line| {
            (
                line.changed.as_str(),
                line.position.revision.0,
                line.at.timestamp(),
            )
        })
        .collect();
    let expected: Vec<_> = (1..)
        .zip(clock)
        .map(|(revision, (id, at))| (id, revision, at))
        .collect();
    assert_eq!(funds, expected);
    assert!(lines.windows(2).all(|pair| pair[0].position < pair[1].position));
    let service = Service::new(store, Limits::default());
    let session = service
        .snapshot_session(&Principal::operator("test"))
        .await
        .unwrap();
    assert_eq!(check_store(&session).await.unwrap().faults, []);
}
