//! Neo4j on a disk that fills up. It stops its database until it is restarted; that is named, what was acknowledged is there
//! afterwards, and an import is there as a whole or not at all.
//!
//! Neo4j itself does not always recover: depending on where the full disk cut its transaction log, 5.26.30 fails to read the log. Then
//! Hukun goes on saying so.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use serde_json::json;

use crate::command::seed;
use crate::command_neo4j::{at, ran};
use crate::support::Neo4jServer;
use crate::support::server::OwnServer;

const ENTITIES: usize = 3_000;
const RELATIONS: usize = 6_000;
/// Neo4j recovers its database first.
const WELL_WITHIN: Duration = Duration::from_mins(2);
/// What the log and a command say.
const ADVICE: &str = "its database has stopped after a critical error, such as a full disk: see Neo4j's log, free space if its disk \
                      is full, and restart Neo4j";
/// What a client is told.
const TOLD: &str = "the store's database has stopped after a critical error, such as a full disk; try again after its operator has \
                    made space and restarted it";

/// A data set that needs some 18 MB of Neo4j's disk.
fn large(home: &Path) -> String {
    let directory = home.join("large");
    fs::create_dir(&directory).unwrap();
    let manifest = "id = \"large\"\ntitle = \"T\"\nlicence = \"CC0-1.0\"\nsynthetic = true\ncoverage = \"SAMPLE\"\naccess = \"public\"\n";
    let cited = "source_id,locator,quote,assertion,reliability\n";
    let mut entities = format!("id,kind,name_en,{cited}");
    for n in 0..ENTITIES {
        writeln!(
            entities,
            "project:large-{n},PROJECT,Project {n},source:large,,words {n},STATED,INDEPENDENT"
        )
        .unwrap();
    }
    let mut relations = format!("id,kind,from_id,to_id,{cited}");
    for n in 0..RELATIONS {
        let (from, to) = (n % ENTITIES, (n * 7 + 1 + n / ENTITIES) % ENTITIES);
        writeln!(
            relations,
            "rel:large-{n},COLLABORATES_WITH,project:large-{from},project:large-{to},source:large,,words {n},STATED,INDEPENDENT"
        )
        .unwrap();
    }
    for (name, text) in [
        ("dataset.toml", manifest),
        ("sources.csv", "id,title\nsource:large,S\n"),
        ("entities.csv", &entities),
        ("relations.csv", &relations),
    ] {
        fs::write(directory.join(name), text).unwrap();
    }
    directory.display().to_string()
}

/// Fills a disk of so many MiB with an import, makes space again, and restarts the server once it is ended. The words of the import,
/// and the revision afterwards, if Neo4j recovers.
async fn fill(mib: u32, end: fn(&mut Neo4jServer)) -> (String, Option<u64>) {
    let mut server = Neo4jServer::on_small_disk(mib).await;
    let home = tempfile::tempdir().unwrap();
    let large = large(home.path());
    assert_eq!(ran(at(&server, home.path(), "import").arg(seed())).0, 0);
    let serving = OwnServer::with_settings(&[
        ("HUKUN_STORE", &server.uri()),
        ("HUKUN_STORE_PASSWORD", server.password()),
    ]);
    assert_eq!(serving.write("fund:before", "small").await, None);
    assert_eq!(serving.ready("?for=writes").await.0, 200);

    let (code, told, said) = ran(at(&server, home.path(), "import").arg(&large));
    assert_eq!(code, 1, "the disk was never full: {told}{said}");
    assert!(
        !said.contains("INTERNAL") && !said.contains("see the log for its message"),
        "{said}"
    );
    // A client learns it at its first request, and others at once.
    for n in 0..3 {
        let refused = serving.write(&format!("fund:refused-{n}"), "small").await;
        assert_eq!(
            refused,
            Some(("STORE_UNAVAILABLE".into(), TOLD.into())),
            "{}",
            serving.log()
        );
    }
    let read = serving.ask("{ revision }", json!({})).await;
    assert_eq!(read["errors"][0]["message"], TOLD, "{read}");
    assert_eq!(
        (serving.ready("").await.0, serving.ready("?for=writes").await.0),
        (503, 503)
    );
    let (code, _, log) = ran(&mut at(&server, home.path(), "check"));
    assert_eq!(code, 1, "{log}");
    let reason = format!("{} cannot be opened: {ADVICE}, then start again", server.uri());
    assert!(log.contains(&reason), "{log}");

    // Space alone does not help.
    server.disk().resize(200);
    assert_eq!(serving.ready("").await.0, 503);
    end(&mut server);
    server.restart().await;
    let begun = Instant::now();
    while serving.ready("?for=writes").await.0 != 200 {
        if server.failed_to_recover() {
            let read = serving.ask("{ revision }", json!({})).await;
            assert_eq!(read["errors"][0]["message"], TOLD, "{read}");
            assert_eq!(ran(&mut at(&server, home.path(), "check")).0, 1);
            return (said, None);
        }
        assert!(
            begun.elapsed() < WELL_WITHIN,
            "{}\n{}",
            serving.log(),
            server.log()
        );
        tokio::time::sleep(Duration::from_millis(500)).await;
    }
    // What was committed is applied before anything is read.
    let revision = loop {
        let read = serving
            .ask("{ revision nodes(ids: [\"fund:before\"]) { id } }", json!({}))
            .await;
        if let Some(revision) = read["data"]["revision"].as_str() {
            break revision.parse::<u64>().unwrap();
        }
        assert!(begun.elapsed() < WELL_WITHIN, "{read}");
        tokio::time::sleep(Duration::from_millis(500)).await;
    };
    assert_eq!(serving.log().matches(ADVICE).count(), 1, "{}", serving.log());
    assert!(
        serving.log().contains("answers again, after"),
        "{}",
        serving.log()
    );
    let ids = ["fund:before", "fund:refused-0", "project:large-0"].map(String::from);
    let there = serving.has(&ids).await;
    assert_eq!(there[..2], [true, false]);
    let records = 353 + if there[2] { 1 + ENTITIES + RELATIONS } else { 0 };
    for arguments in [&[][..], &["--native"]] {
        let (code, told, log) = ran(at(&server, home.path(), "check").args(arguments));
        let expected = format!("{records} records clean at revision {revision}\n");
        assert_eq!((code, told), (0, expected), "{log}");
    }
    let (code, told, log) = ran(at(&server, home.path(), "import").arg(&large));
    assert_eq!(code, 0, "{told}{log}");
    assert_eq!(serving.write("fund:after", "small").await, None);
    (said, Some(revision))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_disk_that_is_full_after_the_commit_of_an_import_leaves_all_of_it() {
    let (said, revision) = fill(16, Neo4jServer::kill).await;
    let reason = "the database has stopped after a critical error, such as a full disk: free space if its disk is full";
    assert!(said.contains(reason), "{said}");
    assert!(
        said.contains("it is not known whether the write was committed"),
        "{said}"
    );
    assert!(revision.is_none_or(|revision| revision == 3), "{revision:?}");
}
