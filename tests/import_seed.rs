//! The first data set, as it is delivered.

use std::path::Path;

use hukun::dataset::ExportFormat;

use crate::import_support::{Graph, options};

fn seed() -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("seed/kunshan")
}

#[tokio::test]
async fn the_seed_is_taken_in_whole_and_a_second_time_changes_nothing() {
    let graph = Graph::empty().await;
    let (created, updated, unchanged, deleted) = Graph::counts(graph.import_with(&seed(), &options()).await);
    assert_eq!((updated, unchanged, deleted), (0, 0, 0));
    let revision = graph.session().await.revision();
    assert_eq!(
        Graph::counts(graph.import_with(&seed(), &options()).await),
        (0, 0, created, 0)
    );
    assert_eq!(graph.session().await.revision(), revision);
}

#[tokio::test]
async fn the_seed_exported_taken_in_and_exported_again_is_the_same() {
    let graph = Graph::empty().await;
    graph.import_with(&seed(), &options()).await.unwrap();
    let first = graph.export("kunshan", ExportFormat::Csv).await;
    // What is exported says what stands, in its own words.
    let unchanged = Graph::counts(graph.import(&first).await);
    assert_eq!((unchanged.0, unchanged.1, unchanged.3), (0, 0, 0));
    let other = Graph::empty().await;
    other.import(&first).await.unwrap();
    assert_eq!(
        other.export("kunshan", ExportFormat::Csv).await.texts(),
        first.texts()
    );
}

/// What the README says of the tables is what they hold: rows, entities of each kind, sources without a licence.
#[test]
fn the_readme_counts_the_rows() {
    let readme = std::fs::read_to_string(seed().join("README.md")).unwrap();
    let readme = readme.split_whitespace().collect::<Vec<_>>().join(" ");
    let column = |table: &str, name: &str| -> Vec<String> {
        let mut reader = csv::Reader::from_path(seed().join(format!("{table}.csv"))).unwrap();
        let at = reader
            .headers()
            .unwrap()
            .iter()
            .position(|column| column == name)
            .unwrap();
        reader.records().map(|row| row.unwrap()[at].to_string()).collect()
    };
    let says = |line: &str| assert!(readme.contains(line), "the README does not say: {line}");
    for (table, first) in [
        ("sources", "id"),
        ("entities", "id"),
        ("relations", "id"),
        ("observations", "id"),
        ("rules", "id"),
        ("statements", "subject_id"),
        ("names", "entity_id"),
    ] {
        says(&format!("| `{table}.csv` | {} |", column(table, first).len()));
    }
    let kinds = column("entities", "kind");
    let in_words = [
        "Region",
        "Industry",
        "Park",
        "University",
        "Lab",
        "Facility",
        "Fund",
        "Expert",
        "Project",
        "Company",
        "Organization",
        "Program",
        "Claim",
    ];
    let counts = in_words.map(|word| {
        let count = kinds
            .iter()
            .filter(|kind| kind.eq_ignore_ascii_case(word))
            .count();
        format!("{word} {count}")
    });
    says(&counts.join(", "));
    let licences = column("sources", "licence");
    let second = &licences[1..];
    let silent = second
        .iter()
        .filter(|licence| licence.starts_with("not stated"))
        .count();
    says(&format!("the article and {} second sources", second.len()));
    says(&format!("{silent} of these state no license"));
}
