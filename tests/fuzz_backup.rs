//! A backup that is not as it was written is refused whole; one that was forged, with a right checksum, is refused or makes a graph
//! that keeps every promise. Nothing that is restored is ever damaged.

use std::io::Cursor;

use hukun::model::entity::Entity;
use hukun::model::id::EntityId;
use hukun::model::ontology::RelationKind::InvestsIn;
use hukun::model::principal::Principal;
use hukun::service::{CheckedBackup, Limits, RestoreError, Service, check_store};
use hukun::store::embedded::EmbeddedStore;
use proptest::prelude::*;
use sha2::{Digest as _, Sha256};

use hukun::model::change::{Change, Subject};

use crate::conformance::fixture::{Write, entity, entity_id, graph, put_entity};
use crate::support::fuzz::{mutated, samples};
use hukun::store::Store as _;

const WORDS: &[&str] = &[
    "null",
    "0",
    "-1",
    "9223372036854775807",
    "18446744073709551615",
    "\"\"",
    "[]",
    "{}",
    "fund:a",
    "fund:gone",
    "source:none",
    "d",
    "\"DELETED\"",
    "\"MERGED\"",
    "\n",
    "\u{0}",
    "{\"change\":",
    "{\"redirect\":[\"fund:x\",\"fund:a\"]}\n",
];

/// A graph with every sort of line: records that were changed, deleted and merged.
async fn backed_up() -> Vec<u8> {
    let store = EmbeddedStore::temporary().unwrap();
    let relations = [
        ("r1", InvestsIn, "fund:a", "project:p"),
        ("r2", InvestsIn, "fund:b", "project:p"),
    ];
    for changes in [
        graph(&["fund:a", "fund:b", "fund:old", "project:p"], &relations),
        vec![put_entity(Entity {
            description: Some("another".into()),
            ..entity("fund:b")
        })],
        vec![
            Change::Delete(Subject::Entity(entity_id("fund:old"))),
            Change::Redirect {
                from: entity_id("fund:old"),
                to: entity_id("fund:a"),
            },
            put_entity(Entity {
                former_ids: vec![EntityId::parse("fund:old").unwrap()],
                ..entity("fund:a")
            }),
        ],
    ] {
        store.commit(Write(changes)).await.unwrap();
    }
    let mut bytes = Vec::new();
    let service = Service::new(store, Limits::default());
    service.backup(&mut bytes).await.unwrap();
    bytes
}

/// Lines with the last line that they must have.
fn sealed(lines: &[u8]) -> Vec<u8> {
    let count = lines.iter().filter(|byte| **byte == b'\n').count();
    let hash: String = Sha256::digest(lines)
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    let foot = format!("{{\"lines\":{count},\"sha256\":\"{hash}\"}}\n");
    [lines, foot.as_bytes()].concat()
}

/// All lines but the last.
fn unsealed(backup: &[u8]) -> &[u8] {
    let end = backup[..backup.len() - 1]
        .iter()
        .rposition(|byte| *byte == b'\n')
        .unwrap();
    &backup[..=end]
}

/// Reads a backup: the one that is made of what it was restored to, or why it was refused.
async fn restored(bytes: &[u8]) -> Result<Vec<u8>, RestoreError> {
    let home = tempfile::tempdir().unwrap();
    let scratch = home.path().join("scratch");
    CheckedBackup::read(Cursor::new(bytes), &scratch).await?;
    let service = Service::new(EmbeddedStore::open(&scratch).unwrap(), Limits::default());
    let session = service
        .snapshot_session(&Principal::operator("fuzz"))
        .await
        .unwrap();
    let faults = check_store(&session).await.unwrap().faults;
    assert!(faults.is_empty(), "{faults:?}");
    let mut again = Vec::new();
    service.backup(&mut again).await.unwrap();
    Ok(again)
}

#[tokio::test]
async fn any_byte_that_is_flipped_and_any_cut_is_refused_or_changes_nothing() {
    let whole = backed_up().await;
    assert_eq!(restored(&whole).await.unwrap(), whole);
    let (mut refused, mut equal) = (0, 0);
    let mut hold = async |bytes: &[u8], what: String| match restored(bytes).await {
        Ok(again) => {
            assert!(again == whole, "{what} makes another graph");
            equal += 1;
        }
        Err(RestoreError::Backup(_)) => refused += 1,
        Err(other) => panic!("{what}: {other}"),
    };
    for at in 0..whole.len() {
        let mut flipped = whole.clone();
        flipped[at] ^= 1 << (at % 8);
        hold(&flipped, format!("byte {at}")).await;
        hold(&whole[..at], format!("cut at {at}")).await;
    }
    // The line break at the end is the one byte without which it is as good.
    assert!(refused >= 2 * whole.len() - 4, "{refused} refused, {equal} equal");
}

#[tokio::test]
async fn what_is_forged_with_a_right_checksum_is_refused_or_keeps_every_promise() {
    let whole = backed_up().await;
    let lines: Vec<Vec<u8>> = unsealed(&whole)
        .split_inclusive(|byte| *byte == b'\n')
        .map(<[u8]>::to_vec)
        .collect();
    // Whole lines left out, twice, or in each other's places; and bytes of them changed.
    let count = lines.len();
    let moved = (proptest::collection::vec((0..count, 0..count, 0..3_usize), 1..3)).prop_map({
        let lines = lines.clone();
        move |steps| {
            let mut lines = lines.clone();
            for (one, other, step) in steps {
                let (one, other) = (one % lines.len(), other % lines.len());
                match step {
                    0 => drop(lines.remove(one)),
                    1 => lines.insert(other, lines[one].clone()),
                    _ => lines.swap(one, other),
                }
            }
            lines.concat()
        }
    });
    let changed = mutated(vec![lines.concat()], WORDS);
    let (mut refused, mut restored_count) = (0, 0);
    for bytes in samples(&prop_oneof![moved, changed], 400) {
        match restored(&sealed(&bytes)).await {
            Ok(again) => {
                // Stable from then on.
                assert_eq!(restored(&again).await.unwrap(), again);
                restored_count += 1;
            }
            Err(RestoreError::Backup(_) | RestoreError::Inconsistent(_)) => refused += 1,
            Err(other) => panic!("{other}: {}", String::from_utf8_lossy(&bytes)),
        }
    }
    assert!(
        refused > 100 && restored_count > 20,
        "{refused} refused, {restored_count} restored"
    );
}

#[tokio::test]
async fn each_promise_that_a_forged_backup_breaks_is_named() {
    let whole = String::from_utf8(backed_up().await).unwrap();
    let text = String::from_utf8(unsealed(whole.as_bytes()).to_vec()).unwrap();
    let line = |begin: &str| {
        let found = text.lines().find(|line| line.contains(begin));
        format!(
            "{}\n",
            found.unwrap_or_else(|| panic!("no line has {begin}: {text}"))
        )
    };
    let project = line("{\"entity\":[\"project:p\"");
    for (forged, reason) in [
        (text.replace(&project, ""), "project:p"),
        (text.replace(&project, &project.repeat(2)), "some are there twice"),
        (
            text.replace("\"revision\":3}", "\"revision\":4}"),
            "its last line has revision 3, but the graph is at revision 4",
        ),
        (
            text.replace(&line("{\"change\":{\"number\":2,"), ""),
            "change 3: follows change 1",
        ),
        (text.replace(&line("{\"source\":"), ""), "source:s"),
        (text.replace(&line("{\"dataset\":"), ""), "d"),
        (text.replace(&line("{\"redirect\":"), ""), "fund:old"),
        (
            text.replace(
                &line("{\"redirect\":"),
                "{\"redirect\":[\"fund:old\",\"fund:none\"]}\n",
            ),
            "fund:",
        ),
    ] {
        assert_ne!(forged, text);
        let Err(error) = restored(&sealed(forged.as_bytes())).await else {
            panic!("{reason}: it was restored");
        };
        assert!(matches!(error, RestoreError::Inconsistent(_)), "{error}");
        assert!(error.to_string().contains(reason), "{reason}: {error}");
    }
}
