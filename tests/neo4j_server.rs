//! The Neo4j that the tests run against: it answers, and it can be harmed and comes back with its data.

use std::time::Duration;

use neo4rs::{Graph, query};
use tokio::net::TcpStream;
use tokio::time::timeout;

use crate::support::Neo4jServer;
use crate::support::stores::Lent;

async fn number(graph: &Graph, cypher: &str) -> Result<i64, neo4rs::Error> {
    let mut rows = graph.execute(query(cypher)).await?;
    let row = rows.next().await?.expect("a row");
    Ok(row.get("n").expect("a number in it"))
}

#[tokio::test]
async fn a_server_that_comes_back_is_lent_on_empty_and_a_test_may_have_two() {
    let first = Lent::empty().await;
    first.server().run("CREATE (:Left {n: 7})").await;
    let second = Lent::empty().await;
    assert_ne!(first.server().port(), second.server().port());
    drop((first, second));
    let (first, second) = (Lent::empty().await, Lent::empty().await);
    for lent in [&first, &second] {
        let left = number(&lent.server().graph(), "MATCH (n:Left) RETURN count(n) AS n").await;
        assert_eq!(left.unwrap(), 0);
    }
}

#[tokio::test]
async fn a_server_of_ones_own_can_be_paused_and_killed_and_keeps_its_data() {
    let mut server = Neo4jServer::start_own().await;
    let graph = server.graph();
    graph.run(query("CREATE (:Kept {n: 7})")).await.unwrap();
    let kept = "MATCH (kept:Kept) RETURN kept.n AS n";

    server.pause();
    let held = timeout(Duration::from_secs(2), number(&graph, kept)).await;
    assert!(held.is_err(), "a paused server answered: {held:?}");
    server.resume();
    assert_eq!(number(&server.graph(), kept).await.unwrap(), 7);

    server.kill();
    number(&graph, kept).await.unwrap_err();
    server.restart().await;
    assert_eq!(number(&server.graph(), kept).await.unwrap(), 7);

    // The end of the pipe is all that the script waits for, so this is what a killed test leaves behind: nothing.
    let port = server.port();
    drop(server);
    TcpStream::connect(("127.0.0.1", port)).await.unwrap_err();
}
