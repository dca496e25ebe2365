//! The embedded store's file: what it keeps, and what it refuses to open.

use std::collections::BTreeSet;
use std::fs;
use std::io::{Seek as _, SeekFrom, Write as _};
use std::path::Path;

use hukun::model::budget::WorkBudget;
use hukun::model::change::{LogPosition, LoggedChange, Revision};
use hukun::model::entity::Entity;
use hukun::model::id::{DatasetId, EntityId};
use hukun::model::ontology::RelationKind::{Commutes, InvestsIn};
use hukun::model::page::PageRequest;
use hukun::model::partial_date::PartialDate;
use hukun::model::period::Validity;
use hukun::model::selector::EntityFilter;
use hukun::model::walk::WalkRules;
use hukun::store::embedded::EmbeddedStore;
use hukun::store::{LogQuery, OpenError, Reader as _, Store as _, StoreError, VisibilityFilter};

use crate::conformance::fixture::{
    dataset, entity, entity_id, graph, put_entity, relation_id, source, stated_in_2024, write,
};

async fn filled(directory: &Path) {
    let store = EmbeddedStore::open(directory).unwrap();
    let projects: Vec<String> = (0..500).map(|n| format!("project:p{n:03}")).collect();
    let ids: Vec<String> = (0..500).map(|n| format!("r{n:03}")).collect();
    let relations: Vec<_> = projects
        .iter()
        .zip(&ids)
        .map(|(p, id)| (id.as_str(), InvestsIn, "fund:f", p.as_str()))
        .collect();
    let entities: Vec<&str> = std::iter::once("fund:f")
        .chain(projects.iter().map(String::as_str))
        .collect();
    write(&store, graph(&entities, &relations)).await;
}

fn refused(directory: &Path) -> OpenError {
    match EmbeddedStore::open(directory) {
        Ok(_) => panic!("it was opened"),
        Err(error) => error,
    }
}

#[tokio::test]
async fn what_was_written_is_there_when_it_is_opened_again() {
    let home = tempfile::tempdir().unwrap();
    filled(home.path()).await;
    let store = EmbeddedStore::open(home.path()).unwrap();
    let reader = store.reader(&VisibilityFilter::All).await.unwrap();
    assert_eq!(reader.revision(), Revision(1));
    assert_eq!(
        reader
            .count_entities(&EntityFilter::default(), None)
            .await
            .unwrap(),
        501
    );
    let degrees = reader.degrees(&[entity_id("fund:f")]).await.unwrap();
    assert_eq!(degrees[0][0].count, 500);
    assert_eq!(reader.candidates(&[], None, 10).await.unwrap().0.len(), 0);
}

#[tokio::test]
async fn dates_stay_at_their_ends_when_it_is_opened_again() {
    let home = tempfile::tempdir().unwrap();
    let date = |text: Option<&str>| text.map(|text| PartialDate::parse(text).unwrap());
    let validities = [
        (None, None),
        (Some("2020"), None),
        (None, Some("2021-03")),
        (Some("2020"), Some("2021-03")),
    ]
    .map(|(from, to)| Validity::new(date(from), date(to)).unwrap());
    let ids: Vec<EntityId> = (0..4).map(|n| entity_id(&format!("fund:f{n}"))).collect();
    let funds = ids.iter().zip(validities).map(|(id, validity)| {
        put_entity(Entity {
            validity,
            ..entity(id.as_str())
        })
    });
    write(
        &EmbeddedStore::open(home.path()).unwrap(),
        [dataset(), source()].into_iter().chain(funds).collect(),
    )
    .await;
    let store = EmbeddedStore::open(home.path()).unwrap();
    let read = store
        .reader(&VisibilityFilter::All)
        .await
        .unwrap()
        .entities(&ids)
        .await
        .unwrap();
    let read: Vec<Validity> = read.into_iter().map(|fund| fund.unwrap().validity).collect();
    assert_eq!(read, validities);
}

#[tokio::test]
async fn a_walk_over_its_budget_stops_at_the_same_relation_when_it_is_opened_again() {
    let home = tempfile::tempdir().unwrap();
    // What leads out of the region begins there (r2) and ends there (r1, r3).
    let relations = [
        ("r1", Commutes, "park:p", "region:a"),
        ("r2", Commutes, "region:a", "park:q"),
        ("r3", Commutes, "park:q", "region:a"),
    ];
    let walked = async |store: &EmbeddedStore| {
        let reader = store.reader(&VisibilityFilter::All).await.unwrap();
        let (seeds, none, walk) = ([entity_id("region:a")], BTreeSet::new(), WalkRules::default());
        let found = reader
            .expand(&seeds, &none, &walk, 1, WorkBudget::new(2, None))
            .await
            .unwrap();
        found
            .relations
            .iter()
            .map(|r| r.id.to_string())
            .collect::<Vec<_>>()
    };
    let store = EmbeddedStore::open(home.path()).unwrap();
    write(&store, graph(&["region:a", "park:p", "park:q"], &relations)).await;
    assert_eq!(walked(&store).await, ["r2", "r1"]);
    drop(store);
    assert_eq!(
        walked(&EmbeddedStore::open(home.path()).unwrap()).await,
        ["r2", "r1"]
    );
}

#[tokio::test]
async fn a_directory_in_use_is_refused_and_its_holder_named() {
    let home = tempfile::tempdir().unwrap();
    let holder = EmbeddedStore::open(home.path()).unwrap();
    let message = refused(home.path()).to_string();
    let expected = format!(
        "{} is in use by process {}: stop that process, or choose another --data-dir",
        home.path().display(),
        std::process::id()
    );
    assert_eq!(message, expected);
    drop(holder);
    EmbeddedStore::open(home.path()).unwrap();
}

#[tokio::test]
async fn a_newer_file_is_refused_and_left_as_it_is() {
    let home = tempfile::tempdir().unwrap();
    filled(home.path()).await;
    let file = home.path().join("hukun.db");
    rusqlite::Connection::open(&file)
        .unwrap()
        .pragma_update(None, "user_version", 99)
        .unwrap();
    let before = fs::read(&file).unwrap();
    let error = refused(home.path());
    assert!(
        matches!(error, OpenError::NewerSchema { found: 99, .. }),
        "{error}"
    );
    assert!(
        error
            .to_string()
            .contains("was written by a newer Hukun (schema 99; this one reads up to 4)"),
        "{error}"
    );
    assert_eq!(fs::read(&file).unwrap(), before);
}

#[tokio::test]
async fn a_foreign_file_is_refused_and_left_as_it_is() {
    for content in ["這不是資料庫".as_bytes().to_vec(), foreign_database()] {
        let home = tempfile::tempdir().unwrap();
        let file = home.path().join("hukun.db");
        fs::write(&file, &content).unwrap();
        let error = refused(home.path());
        assert!(matches!(error, OpenError::NotAStore { .. }), "{error}");
        assert_eq!(fs::read(&file).unwrap(), content);
    }
}

fn foreign_database() -> Vec<u8> {
    let home = tempfile::tempdir().unwrap();
    let file = home.path().join("other.db");
    rusqlite::Connection::open(&file)
        .unwrap()
        .execute_batch("CREATE TABLE t (x)")
        .unwrap();
    fs::read(file).unwrap()
}

#[tokio::test]
async fn a_record_changed_behind_its_back_is_refused() {
    let home = tempfile::tempdir().unwrap();
    filled(home.path()).await;
    let file = home.path().join("hukun.db");
    let sql = "UPDATE relation SET body = replace(body, 'project:p001', 'project:p002') WHERE id = 'r001'";
    assert_eq!(
        rusqlite::Connection::open(&file)
            .unwrap()
            .execute(sql, [])
            .unwrap(),
        1
    );
    let error = refused(home.path());
    assert!(matches!(error, OpenError::Damaged { .. }), "{error}");
    assert!(
        error
            .to_string()
            .contains("do not match the stored digest; nothing was changed. Restore a backup"),
        "{error}"
    );
}

#[tokio::test]
async fn a_file_with_a_broken_page_or_cut_short_is_refused() {
    for broken in [true, false] {
        let home = tempfile::tempdir().unwrap();
        filled(home.path()).await;
        let path = home.path().join("hukun.db");
        let mut file = fs::OpenOptions::new().write(true).open(&path).unwrap();
        let length = file.metadata().unwrap().len();
        if broken {
            // Every page but the first, which a reader of the header would catch.
            for page in 1..length / 8192 {
                file.seek(SeekFrom::Start(page * 8192)).unwrap();
                file.write_all(&[0xa5; 64]).unwrap();
            }
        } else {
            file.set_len(length / 3).unwrap();
        }
        drop(file);
        let error = refused(home.path());
        assert!(matches!(error, OpenError::Damaged { .. }), "{error}");
    }
}

/// What this store promises beyond the others: a reader answers as long as it lives.
#[tokio::test]
async fn a_reader_never_has_a_stale_read() {
    let store = EmbeddedStore::temporary().unwrap();
    write(&store, graph(&["fund:f"], &[])).await;
    let before = store.reader(&VisibilityFilter::All).await.unwrap();
    for n in 0..100 {
        write(&store, graph(&[&format!("fund:{n}")], &[])).await;
    }
    let known = before
        .resolve(&[entity_id("fund:f"), entity_id("fund:0")])
        .await
        .unwrap();
    assert_eq!(known, [Some(entity_id("fund:f")), None]);
    assert_eq!(before.revision().0, 1);
}

/// What the log has after a place.
async fn log_after(store: &EmbeddedStore, after: LogPosition) -> Result<Vec<LoggedChange>, StoreError> {
    let page = PageRequest {
        after: Some(after),
        ..PageRequest::first(1_000)
    };
    let query = LogQuery { page, datasets: None };
    let page = store
        .reader(&VisibilityFilter::All)
        .await
        .unwrap()
        .log(&query)
        .await;
    page.map(|page| page.items)
}

#[tokio::test]
async fn a_log_without_its_oldest_part_says_so() {
    let home = tempfile::tempdir().unwrap();
    let store = EmbeddedStore::open(home.path()).unwrap();
    write(&store, graph(&["fund:a", "fund:b"], &[])).await;
    let all = log_after(&store, LogPosition::default()).await.unwrap();
    drop(store);
    let file = rusqlite::Connection::open(home.path().join("hukun.db")).unwrap();
    file.execute("DELETE FROM change WHERE cursor <= 2", []).unwrap();
    drop(file);
    let store = EmbeddedStore::open(home.path()).unwrap();
    for lost in [LogPosition::default(), all[0].position] {
        let refused = log_after(&store, lost).await;
        assert!(matches!(refused, Err(StoreError::LogTruncated)), "{lost:?}");
    }
    // The newest lines can be read all the same.
    let page = PageRequest {
        from_end: true,
        ..PageRequest::first(1)
    };
    let query = LogQuery { page, datasets: None };
    let reader = store.reader(&VisibilityFilter::All).await.unwrap();
    let newest = reader.log(&query).await.unwrap();
    assert_eq!(newest.items, all[all.len() - 1..]);
    assert!(newest.has_previous && !newest.has_next);
    // The last line that is gone has no gap after it.
    for kept in 1..all.len() {
        let rest = log_after(&store, all[kept].position).await.unwrap();
        assert_eq!(rest, all[kept + 1..]);
    }
}

#[tokio::test]
async fn a_file_of_the_version_before_is_brought_to_this_one() {
    let home = tempfile::tempdir().unwrap();
    filled(home.path()).await;
    let file = rusqlite::Connection::open(home.path().join("hukun.db")).unwrap();
    file.execute_batch(
        "DROP INDEX change_subject; ALTER TABLE change DROP COLUMN datasets; PRAGMA user_version = 1;",
    )
    .unwrap();
    drop(file);
    for _ in 0..2 {
        let store = EmbeddedStore::open(home.path()).unwrap();
        let lines = log_after(&store, LogPosition::default()).await.unwrap();
        assert!(lines.len() > 1_000 - 1 && lines.iter().all(|line| line.datasets.is_empty()));
        let told = BTreeSet::from([DatasetId::parse("x").unwrap()]);
        let reader = store.reader(&VisibilityFilter::All).await.unwrap();
        assert!(reader.count_log(Some(&told)).await.unwrap() > 1_000 - 1);
        drop(reader);
    }
}

#[tokio::test]
async fn amounts_of_a_file_of_the_version_before_are_known_from_their_days() {
    let home = tempfile::tempdir().unwrap();
    let known_from = async |store: &EmbeddedStore| {
        let reader = store.reader(&VisibilityFilter::All).await.unwrap();
        let relation = reader.relations(&[relation_id("dated")]).await.unwrap()[0].clone();
        relation.unwrap().quantity.unwrap().known_from()
    };
    let store = EmbeddedStore::open(home.path()).unwrap();
    write(&store, stated_in_2024()).await;
    let written = known_from(&store).await;
    assert_eq!(written.map(|day| day.to_string()).as_deref(), Some("2024-12-31"));
    drop(store);
    // The version before had no such day: its record, and its mark of integrity, were of the shorter body.
    let file = rusqlite::Connection::open(home.path().join("hukun.db")).unwrap();
    let (body, provenance, evidence, hash): (String, i64, i64, i64) = file
        .query_row(
            "SELECT body, provenance, evidence, hash FROM relation WHERE id = 'dated'",
            [],
            |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?)),
        )
        .unwrap();
    let older = body.replace(",\"f\":\"2024-12-31\"", "");
    assert_ne!(older, body);
    let mut hashed = format!("relation\0dated\0{older}").into_bytes();
    hashed.extend(provenance.to_le_bytes());
    hashed.extend(evidence.to_le_bytes());
    let older_hash = xxhash_rust::xxh3::xxh3_64(&hashed).cast_signed();
    file.execute(
        "UPDATE relation SET body = ?1, hash = ?2 WHERE id = 'dated'",
        rusqlite::params![older, older_hash],
    )
    .unwrap();
    let digest: i64 = file
        .query_row("SELECT value FROM meta WHERE name = 'digest'", [], |row| {
            row.get(0)
        })
        .unwrap();
    let digest = digest.wrapping_sub(hash).wrapping_add(older_hash);
    file.execute("UPDATE meta SET value = ?1 WHERE name = 'digest'", [digest])
        .unwrap();
    file.pragma_update(None, "user_version", 3).unwrap();
    drop(file);
    for _ in 0..2 {
        let store = EmbeddedStore::open(home.path()).unwrap();
        assert_eq!(known_from(&store).await, written);
    }
}
