//! The schema in Neo4j: made where there is none, and left alone where it is.

use hukun::model::change::Revision;
use hukun::model::selector::EntityFilter;
use hukun::store::neo4j::Neo4jStore;
use hukun::store::{Reader as _, Store as _, View};

use crate::conformance::fixture::{graph, write};
use crate::support::stores::{Lent, fresh_neo4j};

/// The names of its constraints and indexes.
async fn schema(lent: &Lent) -> Vec<String> {
    let server = lent.server();
    let mut names = server.names("SHOW CONSTRAINTS YIELD name RETURN name").await;
    names.extend(
        server
            .names("SHOW INDEXES YIELD name, type WHERE type <> 'LOOKUP' RETURN name")
            .await,
    );
    names.sort();
    names.dedup();
    names
}

#[tokio::test]
async fn the_schema_is_made_on_an_empty_database_and_kept_on_one_that_has_it() {
    let (_, lent) = fresh_neo4j().await;
    let known = schema(&lent).await;
    assert!(known.len() > 10, "{known:?}");
    lent.wipe().await;
    assert!(schema(&lent).await.is_empty());

    let store = Neo4jStore::open(lent.options()).await.unwrap();
    assert_eq!(schema(&lent).await, known);
    assert_eq!(store.reader(&View::All).await.unwrap().revision(), Revision(0));
    write(&store, graph(&["fund:a", "fund:b"], &[])).await;

    let again = Neo4jStore::open(lent.options()).await.unwrap();
    assert_eq!(schema(&lent).await, known);
    let reader = again.reader(&View::All).await.unwrap();
    assert_eq!(reader.revision(), Revision(1));
    assert_eq!(
        reader
            .count_entities(&EntityFilter::default(), None)
            .await
            .unwrap(),
        2
    );
}
