//! Killed in the middle: the store opens, and holds all of a data set or nothing of it.
//!
//! What this proves: no write of the program is lost or torn when the process dies. It does not prove what happens when the
//! power fails: that rests on the medium keeping what it was told to flush.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use hukun::model::selector::{EntityFilter, RelationFilter};
use hukun::store::embedded::EmbeddedStore;
use hukun::store::{Reader as _, RelationQuery, Store as _, VisibilityFilter};

use crate::command::hukun;

pub const ENTITIES: u64 = 400;
pub const RELATIONS: u64 = 2000;

/// A data set large enough that its import takes a while.
pub fn large(home: &Path, id: &str) -> String {
    let directory = home.join(id);
    fs::create_dir_all(&directory).unwrap();
    let manifest = format!(
        "id = \"{id}\"\ntitle = \"T\"\nlicence = \"CC0-1.0\"\nsynthetic = true\ncoverage = \"SAMPLE\"\naccess = \"public\"\n"
    );
    fs::write(directory.join("dataset.toml"), manifest).unwrap();
    fs::write(
        directory.join("sources.csv"),
        format!("id,title\nsource:{id},S\n"),
    )
    .unwrap();
    let evidence = format!("source:{id},L1,句,STATED,SYNTHETIC");
    let mut entities = "id,kind,name_zh,source_id,locator,quote,assertion,reliability\n".to_string();
    for n in 0..ENTITIES {
        writeln!(entities, "project:{id}-{n},PROJECT,未来产业项目{n},{evidence}").unwrap();
    }
    let mut relations = "id,kind,from_id,to_id,source_id,locator,quote,assertion,reliability\n".to_string();
    for n in 0..RELATIONS {
        let (from, to) = (n % ENTITIES, (n * 7 + 1) % ENTITIES);
        writeln!(
            relations,
            "{id}-r{n},COLLABORATES_WITH,project:{id}-{from},project:{id}-{to},{evidence}"
        )
        .unwrap();
    }
    fs::write(directory.join("entities.csv"), entities).unwrap();
    fs::write(directory.join("relations.csv"), relations).unwrap();
    directory.to_string_lossy().into_owned()
}

/// What the store holds: entities, relations, revision.
async fn held(home: &Path) -> (u64, u64, u64) {
    let store = EmbeddedStore::open(&home.join("data")).unwrap();
    let reader = store.reader(&VisibilityFilter::All).await.unwrap();
    let relations = reader
        .count_relations(&RelationQuery {
            filter: RelationFilter::default(),
            at: None,
        })
        .await
        .unwrap();
    (
        reader
            .count_entities(&EntityFilter::default(), None)
            .await
            .unwrap(),
        relations,
        reader.revision().0,
    )
}

#[tokio::test]
async fn an_import_that_is_killed_leaves_all_of_a_data_set_or_nothing() {
    let home = tempfile::tempdir().unwrap();
    let paths = [large(home.path(), "a"), large(home.path(), "b")];
    // How long it takes when nobody kills it, so that the blows fall all over it.
    let started = std::time::Instant::now();
    assert!(
        hukun(home.path())
            .arg("import")
            .args(&paths)
            .stderr(Stdio::null())
            .status()
            .unwrap()
            .success()
    );
    let whole = started.elapsed();
    let (mut none, mut one, mut both) = (0, 0, 0);
    let rounds = if crate::support::soak() { 500 } else { 50 };
    for round in 0..rounds {
        fs::remove_dir_all(home.path().join("data")).unwrap();
        let mut import = hukun(home.path())
            .arg("import")
            .args(&paths)
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        tokio::time::sleep(whole * round / rounds + Duration::from_millis(1)).await;
        import.kill().unwrap();
        import.wait().unwrap();
        if !home.path().join("data").exists() {
            fs::create_dir_all(home.path().join("data")).unwrap();
        }
        match held(home.path()).await {
            (0, 0, 0) => none += 1,
            (ENTITIES, RELATIONS, 1) => one += 1,
            (entities, RELATIONS_BOTH, 2) if entities == 2 * ENTITIES => both += 1,
            torn => panic!("round {round}: a torn data set: {torn:?}"),
        }
        // What was interrupted can be done again.
        if round % 10 == 0 {
            assert!(
                hukun(home.path())
                    .arg("import")
                    .args(&paths)
                    .stderr(Stdio::null())
                    .status()
                    .unwrap()
                    .success()
            );
            assert_eq!(held(home.path()).await, (2 * ENTITIES, 2 * RELATIONS, 2));
        }
    }
    assert!(
        none > 0 && one + both > 0,
        "the blows fell before and after a commit: {none} {one} {both}"
    );
}

const RELATIONS_BOTH: u64 = 2 * RELATIONS;
