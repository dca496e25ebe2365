//! The questions in Cypher that `docs/neo4j.md` gives, asked of the first data set.

use hukun::dataset::{import, read_directory};
use hukun::service::{Limits, Service};
use hukun::store::neo4j::Neo4jStore;

use crate::conformance::fresh;
use crate::support::Neo4jServer;

/// The Cypher of a page.
fn questions(page: &str) -> Vec<&str> {
    page.split("```cypher\n")
        .skip(1)
        .map(|rest| rest.split("```").next().unwrap())
        .collect()
}

#[tokio::test]
async fn every_question_of_the_page_on_neo4j_has_an_answer() {
    let store = fresh::neo4j().await;
    let server = store.server();
    let again = Neo4jStore::open(store.options()).await.unwrap();
    let service = Service::new(again, Limits::default());
    let seed = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("seed/kunshan");
    let imported = import(
        &service,
        read_directory(&seed).unwrap(),
        &crate::import_support::options(),
    )
    .await;
    imported.unwrap().result.unwrap();
    let neo4j = neo4rs::Graph::new(server.uri(), Neo4jServer::USER, server.password()).unwrap();
    let page = include_str!("../docs/neo4j.md");
    let questions = questions(page);
    assert!(questions.len() >= 5);
    for question in questions {
        let mut rows = neo4j.execute(question).await.unwrap();
        assert!(
            rows.next().await.unwrap().is_some(),
            "nothing is found by\n{question}"
        );
    }
}
