//! The Neo4j that the tests run against: it answers, and it can be harmed and comes back with its data.

use std::time::Duration;

use neo4rs::{ConfigBuilder, Graph, query};
use tokio::net::TcpStream;
use tokio::time::timeout;

use crate::support::Neo4jServer;

fn connect(server: &Neo4jServer) -> Graph {
    let config = ConfigBuilder::default()
        .uri(server.uri())
        .user(Neo4jServer::USER)
        .password(server.password())
        .build()
        .unwrap();
    Graph::connect(config).unwrap()
}

async fn number(graph: &Graph, cypher: &str) -> Result<i64, neo4rs::Error> {
    let mut rows = graph.execute(query(cypher)).await?;
    let row = rows.next().await?.expect("a row");
    Ok(row.get("n").expect("a number in it"))
}

#[tokio::test]
async fn the_shared_server_answers_a_query() {
    let graph = connect(Neo4jServer::shared().await);
    assert_eq!(number(&graph, "RETURN 1 AS n").await.unwrap(), 1);
}

#[tokio::test]
async fn a_server_of_ones_own_can_be_paused_and_killed_and_keeps_its_data() {
    let mut server = Neo4jServer::start_own().await;
    assert_ne!(server.port(), Neo4jServer::shared().await.port());
    let graph = connect(&server);
    graph.run(query("CREATE (:Kept {n: 7})")).await.unwrap();
    let kept = "MATCH (kept:Kept) RETURN kept.n AS n";

    server.pause();
    let held = timeout(Duration::from_secs(2), number(&graph, kept)).await;
    assert!(held.is_err(), "a paused server answered: {held:?}");
    server.resume();
    assert_eq!(number(&connect(&server), kept).await.unwrap(), 7);

    server.kill();
    number(&graph, kept).await.unwrap_err();
    server.restart().await;
    assert_eq!(number(&connect(&server), kept).await.unwrap(), 7);

    // The end of the pipe is all that the script waits for, so this is what a killed test leaves behind: nothing.
    let port = server.port();
    drop(server);
    TcpStream::connect(("127.0.0.1", port)).await.unwrap_err();
}
