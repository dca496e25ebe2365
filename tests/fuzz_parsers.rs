//! What reads texts and files never panics, whatever it is given, and what it prints it reads again as the same.

use std::fs;
use std::path::Path;

use hukun::dataset::{
    ExportFormat, ExportOptions, ImportError, ImportOptions, import, read_directory, write_directory,
};
use hukun::model::change::LogSubject;
use hukun::model::entity::ExternalId;
use hukun::model::id::{DatasetId, EntityId, ObservationId, RelationId, RuleId, SourceId};
use hukun::model::key::KeyId;
use hukun::model::ontology::RelationKind;
use hukun::model::partial_date::PartialDate;
use hukun::model::period::Period;
use hukun::model::principal::Principal;
use hukun::model::quantity::Unit;
use hukun::model::statement::Locator;
use hukun::service::{Limits, Service, check_store};
use hukun::store::embedded::EmbeddedStore;
use proptest::prelude::*;

use crate::support::fuzz::{config, mutated, mutated_texts, rounds, samples};

const WORDS: &[&str] = &[
    ":",
    "/",
    "-",
    "0000",
    "9999",
    "-1",
    "2024-02-30",
    "/",
    "//",
    "é",
    "沪",
    "\u{0}",
    "\u{202e}",
    "\u{feff}",
    " ",
    "\t",
    "1e999",
    "18446744073709551616",
];

fn ids() -> impl Strategy<Value = String> {
    mutated_texts(
        [
            "fund:angel",
            "region:kunshan",
            "source:article",
            "kunshan",
            "r/past",
            "rule:x",
            "o/1",
            "wikidata:Q1",
            "0123456789ab",
            "INVESTS_IN",
            "CNY",
            "person",
            "a:b:c",
        ],
        WORDS,
    )
}

proptest! {
    #![proptest_config(config(4_000))]

    #[test]
    fn ids_and_names_are_read_or_refused(text in ids(), kind in ids()) {
        macro_rules! again {
            ($($of:ident)+) => { $(
                if let Ok(id) = $of::parse(&text) {
                    prop_assert_eq!($of::parse(&id.to_string()).unwrap(), id);
                }
            )+ };
        }
        again!(EntityId RelationId ObservationId RuleId SourceId DatasetId ExternalId);
        if let Some(id) = KeyId::parse(&text) {
            prop_assert_eq!(KeyId::parse(id.as_str()), Some(id));
        }
        if let Some(kind) = RelationKind::parse(&text) {
            prop_assert_eq!(RelationKind::parse(&kind.to_string()), Some(kind));
        }
        let _ = Unit::parse(&text);
        for kind in [&*kind, "entity", "relation", "dataset", "source"] {
            if let Some(changed) = LogSubject::parse(kind, &text) {
                prop_assert_eq!(LogSubject::parse(changed.kind_name(), changed.as_str()), Some(changed));
            }
        }
    }

    #[test]
    fn dates_and_places_are_read_or_refused(text in mutated_texts(
        ["2024", "2024-02", "2024-02-29", "2023/2024-06", "2023/", "/2024", "L1 [0,4)", "p. 3", "§2 [10,20)"], WORDS,
    )) {
        if let Ok(date) = PartialDate::parse(&text) {
            prop_assert_eq!(PartialDate::parse(&date.to_string()).unwrap(), date);
            prop_assert!(date.first_day() <= date.last_day());
        }
        if let Ok(period) = Period::parse(&text) {
            prop_assert_eq!(Period::parse(&period.to_string()).unwrap(), period);
        }
        let place = Locator::parse(&text);
        prop_assert_eq!(Locator::parse(&place.cell()), place);
    }
}

// ── files ─────────────────────────────────────────────────────────────────────────────────────────────────────────────────

/// A data set that is taken in as it stands: file by file.
fn small() -> Vec<(String, String)> {
    let evidence = "source:s,L1,如此说,STATED,INDEPENDENT";
    let file = |name: &str, text: String| (name.to_string(), text);
    vec![
        file("dataset.toml", "id = \"d\"\ntitle = \"D\"\nlicence = \"CC0-1.0\"\nsynthetic = false\ncoverage = \"SAMPLE\"\naccess = \"public\"\n".into()),
        file("sources.csv", "id,title\nsource:s,S\n".into()),
        file("entities.csv", format!(
            "id,kind,name_zh,name_en,valid_from,valid_to,source_id,locator,quote,assertion,reliability\nfund:a,FUND,甲,A,2010,,{evidence}\nproject:p,PROJECT,乙,\"P, the \"\"first\"\"\",2011-02,2012-03-04,{evidence}\nregion:r,REGION,丙,R,,,{evidence}\n")),
        file("relations.csv", format!(
            "id,kind,from_id,to_id,amount,unit,basis,valid_from,valid_to,source_id,locator,quote,assertion,reliability\nr/1,INVESTS_IN,fund:a,project:p,12.5,CNY,PAID_IN,2015,2016-02,{evidence}\nr/2,LOCATED_IN,project:p,region:r,,,,,,{evidence}\n")),
    ]
}

const CELLS: &[&str] = &[
    ",",
    "\"",
    "\"\"",
    "\n",
    "\r\n",
    "\r",
    ";",
    "\t",
    "|",
    "\u{feff}",
    "\u{0}",
    "fund:a",
    "region:none",
    "FUND",
    "INVESTS_IN",
    "CNY",
    "1e9",
    "-0",
    "9999999999999999999999999999999999",
    "0.0000000000000000000000000001",
    ">50",
    "50-59",
    "≥3",
    "2024-13",
    "2024-02-29",
    "true",
    "source:s",
    "[",
    "]",
    "{",
    "}",
    "= ",
    "\u{202e}",
    "id",
    "kind",
    "name_zh",
    "amount",
    "former_ids",
    "share",
    "tags",
    "null",
    "\\u0000",
];

fn write(directory: &Path, files: &[(String, Vec<u8>)]) {
    for (name, bytes) in files {
        fs::write(directory.join(name), bytes).unwrap();
    }
}

/// A service over an empty store.
fn empty() -> Service {
    Service::new(EmbeddedStore::temporary().unwrap(), Limits::default())
}

/// Takes a directory in: whether it was, or was refused in words.
async fn taken_in(service: &Service, directory: &Path) -> bool {
    let Ok(parsed) = read_directory(directory) else {
        return false;
    };
    let options = ImportOptions::new(Principal::operator("fuzz"));
    match import(service, parsed, &options).await {
        Ok(done) => done.result.is_ok(),
        Err(ImportError::Read(_)) => false,
        Err(ImportError::Service(error)) => panic!("{error}"),
    }
}

/// Takes in data sets of which one file is changed: each is refused in words, or is in the graph, which then keeps its promises.
async fn each_is_refused_or_fits(files: Vec<(String, Vec<u8>)>, short: u32) {
    let (mut accepted, mut tried) = (0, 0);
    for (changed, (name, bytes)) in files.iter().enumerate() {
        // Parts of the others may come in too.
        let mut corpus = vec![bytes.clone()];
        corpus.extend(files.iter().map(|(_, bytes)| bytes.clone()));
        let one = mutated(corpus[..1].to_vec(), CELLS);
        for bytes in samples(&one, short) {
            let home = tempfile::tempdir().unwrap();
            let mut files = files.clone();
            files[changed].1.clone_from(&bytes);
            write(home.path(), &files);
            let service = empty();
            tried += 1;
            if taken_in(&service, home.path()).await {
                accepted += 1;
                let session = service
                    .snapshot_session(&Principal::operator("fuzz"))
                    .await
                    .unwrap();
                let faults = check_store(&session).await.unwrap().faults;
                assert!(
                    faults.is_empty(),
                    "{name}: {faults:?}\n{}",
                    String::from_utf8_lossy(&bytes)
                );
            }
        }
    }
    // Neither is rare: the inputs are neither all broken nor all as they were.
    assert!(
        accepted > tried / 20 && accepted < tried,
        "{accepted} of {tried} were taken in"
    );
}

#[tokio::test]
async fn tables_and_the_manifest_are_read_or_refused() {
    let files = small().into_iter().map(|(name, text)| (name, text.into_bytes()));
    each_is_refused_or_fits(files.collect(), 60).await;
}

#[tokio::test]
async fn json_lines_are_read_or_refused() {
    let (home, out) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let files: Vec<_> = small()
        .into_iter()
        .map(|(name, text)| (name, text.into_bytes()))
        .collect();
    write(home.path(), &files);
    let service = empty();
    assert!(taken_in(&service, home.path()).await);
    let session = service
        .snapshot_session(&Principal::operator("fuzz"))
        .await
        .unwrap();
    let options = ExportOptions {
        format: ExportFormat::Jsonl,
        personal_data: true,
    };
    let dataset = DatasetId::parse("d").unwrap();
    write_directory(&session, &dataset, None, out.path(), options)
        .await
        .unwrap();
    let mut files: Vec<(String, Vec<u8>)> = fs::read_dir(out.path().join("d"))
        .unwrap()
        .map(|entry| {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            (name, fs::read(path).unwrap())
        })
        .collect();
    files.sort();
    assert!(files.iter().any(|(name, _)| name == "relations.jsonl"));
    each_is_refused_or_fits(files, 40).await;
}

#[test]
fn files_in_any_encoding_are_read_or_refused() {
    let files = small();
    let tables: Vec<Vec<u8>> = files.iter().map(|(_, text)| text.clone().into_bytes()).collect();
    let wide = |bytes: &Vec<u8>| -> Vec<u8> {
        let text = String::from_utf8(bytes.clone()).unwrap();
        std::iter::once(0xfeff)
            .chain(text.encode_utf16())
            .flat_map(u16::to_le_bytes)
            .collect()
    };
    let mut corpus = tables.clone();
    corpus.extend(tables.iter().map(wide));
    let home = tempfile::tempdir().unwrap();
    let tried = samples(&mutated(corpus, CELLS), 400);
    assert_eq!(tried.len(), rounds(400) as usize);
    for bytes in tried {
        for (name, _) in &files {
            let mut all: Vec<_> = files
                .iter()
                .map(|(name, text)| (name.clone(), text.clone().into_bytes()))
                .collect();
            let at = all.iter().position(|(own, _)| own == name).unwrap();
            all[at].1.clone_from(&bytes);
            write(home.path(), &all);
            if let Err(error) = read_directory(home.path()) {
                assert!(!error.to_string().is_empty());
            }
        }
    }
}
