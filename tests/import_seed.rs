//! The first data set, as it is delivered.

use std::path::Path;

use hukun::dataset::Format;

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
    let first = graph.export("kunshan", Format::Csv).await;
    // What is exported says what stands, in its own words.
    let unchanged = Graph::counts(graph.import(&first).await);
    assert_eq!((unchanged.0, unchanged.1, unchanged.3), (0, 0, 0));
    let other = Graph::empty().await;
    other.import(&first).await.unwrap();
    assert_eq!(other.export("kunshan", Format::Csv).await.texts(), first.texts());
}
