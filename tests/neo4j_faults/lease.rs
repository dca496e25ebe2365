//! Processes that stop while they hold the writers' lock: others wait for their lease and no longer, and who works keeps it.

use std::fs::{self, File};
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use hukun::store::neo4j::Neo4jLimits;
use hukun::store::{CommitOutcome, Store as _, VisibilityFilter};

use super::app::{App, Raw, limits, store};
use super::staged::{held_at, steps, until};
use crate::command_neo4j::{at, ran};
use crate::conformance::fixture::{Write, dataset, entity, put_entity, source, write};
use crate::conformance::fresh;
use crate::crash::{ENTITIES, RELATIONS, large};
use crate::support::{Neo4jServer, soak};

const LEASE: Duration = Duration::from_secs(2);
/// Far above what is left to do once the lease is over, on a machine with much else to do, and far below the ten minutes for which a
/// lock is waited for.
const BOUND: Duration = Duration::from_mins(2);

fn leased() -> Neo4jLimits {
    Neo4jLimits {
        lease_ms_max: 2_000,
        write_ms_max: 600_000,
        ..limits()
    }
}

/// `hukun import` of a data set, by steps or not.
struct Import {
    child: Child,
    log: std::path::PathBuf,
}

impl Import {
    fn begin(server: &Neo4jServer, home: &Path, name: &str, transaction_records_max: &str) -> Self {
        let log = home.join(format!("{name}.log"));
        let child = at(server, home, "import")
            .arg(large(home, name))
            .env("HUKUN_STORE_TRANSACTION_RECORDS_MAX", transaction_records_max)
            .env("HUKUN_STORE_LEASE_MS_MAX", LEASE.as_millis().to_string())
            .stdout(Stdio::null())
            .stderr(File::create(&log).unwrap())
            .spawn()
            .unwrap();
        Self { child, log }
    }

    fn signal(&self, name: &str) {
        let sent = Command::new("kill")
            .args(["-s", name, &self.child.id().to_string()])
            .status();
        assert!(sent.unwrap().success());
    }

    /// How it ended, and what it said.
    async fn end(mut self) -> (ExitStatus, String) {
        let begun = Instant::now();
        loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                return (status, fs::read_to_string(&self.log).unwrap());
            }
            assert!(
                begun.elapsed() < BOUND,
                "it does not end: {}",
                fs::read_to_string(&self.log).unwrap()
            );
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }
}

/// Everything of a data set is there, once.
async fn whole(raw: &Raw, name: &str) {
    let entities: u64 = raw
        .one(&format!(
            "MATCH (e:Entity) WHERE e.id STARTS WITH 'project:{name}-' RETURN count(e) AS row"
        ))
        .await;
    let native: (u64, u64) = raw
        .one(&format!(
            "MATCH ()-[r]->() WHERE r.id STARTS WITH '{name}-r' RETURN [count(r), count(DISTINCT r.id)] AS row"
        ))
        .await;
    assert_eq!((entities, native), (ENTITIES, (RELATIONS, RELATIONS)), "{name}");
    raw.fits(name).await;
    assert_eq!(steps(raw).await, 0, "{name}");
}

/// In the middle of a step the importer is stopped, or killed. Its lock, and that of the step, are the server's to keep.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_write_whose_importer_stands_still_is_applied_by_others_after_its_lease() {
    let (alone, home) = (fresh::neo4j().await, tempfile::tempdir().unwrap());
    let server = alone.server();
    let raw = Raw::of(server);
    write(
        &*alone,
        vec![dataset(), source(), put_entity(entity("project:before"))],
    )
    .await;
    let app = App::over(store(server, leased()).await).await;
    let rounds = if soak() { 30 } else { 2 };
    for round in 0..rounds {
        let name = format!("s{round}");
        let held = held_at(&raw, &format!("project:{name}-{}", (round * 97) % ENTITIES)).await;
        let import = Import::begin(server, home.path(), &name, "0");
        let waits =
            "SHOW TRANSACTIONS YIELD status WHERE status STARTS WITH 'Blocked' RETURN count(*) > 0 AS row";
        until(&raw, waits).await;
        let is_killed = round % 2 == 1;
        import.signal(if is_killed { "KILL" } else { "STOP" });
        // The step that it was at is done on the server, and nobody is there to say so.
        held.rollback().await.unwrap();
        let health = app.health().await;
        let begun = Instant::now();
        while app
            .ask("{ node(id: \"project:before\") { id } }")
            .await
            .code()
            .is_some()
        {
            assert!(begun.elapsed() < LEASE + BOUND, "round {round}: nobody can read");
        }
        if !is_killed {
            assert_eq!(health["status"], "applying", "{health}");
            assert_eq!(
                health["applying"]["revision"],
                (round + 2).to_string(),
                "{health}"
            );
            assert!(health["applying"]["steps"].as_u64() > Some(0), "{health}");
            assert!(health["applying"]["stepsApplied"].as_u64() < health["applying"]["steps"].as_u64());
        }
        assert_eq!(app.health().await["status"], "ready");
        whole(&raw, &name).await;
        if !is_killed {
            import.signal("CONT");
        }
        let (status, said) = import.end().await;
        assert_eq!(status.success(), !is_killed, "{said}");
        // What it announced stands, and it says who applied it.
        assert!(
            is_killed || said.contains("it has lost the writers' lock"),
            "{said}"
        );
        whole(&raw, &name).await;
    }
    let (code, told, said) = ran(&mut at(server, home.path(), "check"));
    assert_eq!(code, 0, "{told}{said}");
}

/// Before it announces anything, nothing of it stands: others write, and it begins again.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn writers_wait_for_one_that_stands_still_no_longer_than_its_lease() {
    let (alone, home) = (fresh::neo4j().await, tempfile::tempdir().unwrap());
    let server = alone.server();
    let raw = Raw::of(server);
    write(&*alone, vec![dataset(), source()]).await;
    let other = store(server, leased()).await;
    let rounds: u64 = if soak() { 30 } else { 2 };
    for round in 0..rounds {
        let name = format!("p{round}");
        // In turn by one transaction and by steps.
        let import = Import::begin(
            server,
            home.path(),
            &name,
            if round % 2 == 0 { "100000" } else { "0" },
        );
        until(
            &raw,
            "SHOW TRANSACTIONS YIELD metaData WHERE metaData.hukun IS NOT NULL RETURN count(*) > 0 AS row",
        )
        .await;
        tokio::time::sleep(Duration::from_millis(round * 13 % 200)).await;
        import.signal("STOP");
        let change = put_entity(entity(&format!("project:other{round}")));
        let written = tokio::time::timeout(LEASE + BOUND, other.commit(Write(vec![change]))).await;
        let written = written.unwrap_or_else(|_| panic!("round {round}: nobody can write"));
        assert!(matches!(written, Ok(CommitOutcome::Committed(..))), "{written:?}");
        import.signal("CONT");
        let (status, said) = import.end().await;
        assert!(status.success(), "{said}");
        whole(&raw, &name).await;
    }
    let leases: i64 = raw.one("MATCH (l:Lease) RETURN count(l) AS row").await;
    assert!(
        leases <= i64::try_from(rounds).unwrap(),
        "{leases} leases are left"
    );
}

/// Who works keeps the lock for as long as it needs, however short its lease is.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_sends_heartbeats_keeps_the_lock() {
    let alone = fresh::neo4j().await;
    let server = alone.server();
    write(&*alone, vec![dataset(), source()]).await;
    let (reading, writing) = (store(server, leased()).await, store(server, leased()).await);
    let snapshot = reading.snapshot_reader(&VisibilityFilter::All).await.unwrap();
    let change = Write(vec![put_entity(entity("project:late"))]);
    let waiting = tokio::spawn(async move { writing.commit(change).await });
    tokio::time::sleep(4 * LEASE).await;
    assert!(!waiting.is_finished(), "the lock was taken from one that works");
    drop(snapshot);
    assert!(matches!(waiting.await.unwrap(), Ok(CommitOutcome::Committed(..))));
}
