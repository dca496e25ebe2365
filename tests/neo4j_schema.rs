//! The schema in Neo4j: made where there is none, and left alone where it is.

use hukun::model::change::Revision;
use hukun::model::entity::{Entity, Name, NameRole};
use hukun::model::selector::EntityFilter;
use hukun::store::neo4j::Neo4jStore;
use hukun::store::{Reader as _, Store as _, VisibilityFilter};

use crate::conformance::fixture::{entity, entity_id, graph, put_entity, relation_id, stated_in_2024, write};
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
    assert_eq!(
        store.reader(&VisibilityFilter::All).await.unwrap().revision(),
        Revision(0)
    );
    write(&store, graph(&["fund:a", "fund:b"], &[])).await;

    let again = Neo4jStore::open(lent.options()).await.unwrap();
    assert_eq!(schema(&lent).await, known);
    let reader = again.reader(&VisibilityFilter::All).await.unwrap();
    assert_eq!(reader.revision(), Revision(1));
    assert_eq!(
        reader
            .count_entities(&EntityFilter::default(), None)
            .await
            .unwrap(),
        2
    );
}

/// The schema before kept no day from which an amount is known: it is derived from the statements that stand.
#[tokio::test]
async fn amounts_of_the_schema_before_are_known_from_their_days() {
    let (store, lent) = fresh_neo4j().await;
    let known_from = async |store: &Neo4jStore| {
        let reader = store.reader(&VisibilityFilter::All).await.unwrap();
        let relation = reader.relations(&[relation_id("dated")]).await.unwrap()[0].clone();
        relation.unwrap().quantity.unwrap().known_from()
    };
    write(&store, stated_in_2024()).await;
    let written = known_from(&store).await;
    assert_eq!(written.map(|day| day.to_string()).as_deref(), Some("2024-12-31"));
    let server = lent.server();
    server
        .run("MATCH (n:Relation) SET n.body = replace(n.body, ',\"f\":\"2024-12-31\"', '')")
        .await;
    assert_eq!(known_from(&store).await, None);
    server.run("MATCH (h:Hukun) SET h.schema = 4").await;
    for _ in 0..2 {
        let store = Neo4jStore::open(lent.options()).await.unwrap();
        assert_eq!(known_from(&store).await, written);
    }
}

#[tokio::test]
async fn names_that_an_older_program_folded_are_folded_anew() {
    let (store, lent) = fresh_neo4j().await;
    // More than are written at a time.
    let mut changes = graph(&[], &[]);
    changes.extend((0..1_100).map(|n| {
        put_entity(Entity {
            names: vec![Name {
                value: format!("Łódź Müller {n}"),
                lang: "pl".into(),
                role: NameRole::Official,
            }],
            former_ids: vec![entity_id(&format!("fund:old{n}"))],
            ..entity(&format!("fund:f{n}"))
        })
    }));
    write(&store, changes).await;
    let found = async |store: &Neo4jStore, name: &str| {
        let reader = store.reader(&VisibilityFilter::All).await.unwrap();
        let filter = EntityFilter {
            name: Some(name.into()),
            ..EntityFilter::default()
        };
        let token = [name.chars().take(3).collect::<String>()];
        (
            reader.count_entities(&filter, None).await.unwrap(),
            reader.candidates(&token, None, 5_000).await.unwrap().0.len(),
        )
    };
    for name in ["lodz", "mueller"] {
        assert_eq!(found(&store, name).await, (1_100, 1_100), "{name}");
    }
    drop(store);
    for old in [
        "MATCH (e:Entity) SET e.tokens = 'xyz', e.names_normal = ['xyz'], e.name_key = 'xyz'",
        "MATCH (h:Hukun) SET h.schema = 5",
    ] {
        lent.server().run(old).await;
    }
    for _ in 0..2 {
        let store = Neo4jStore::open(lent.options()).await.unwrap();
        for name in ["lodz", "mueller"] {
            assert_eq!(found(&store, name).await, (1_100, 1_100), "{name}");
        }
        assert_eq!(found(&store, "xyz").await, (0, 0));
        let key = "MATCH (e:Entity {id: 'fund:f7'}) RETURN e.name_key AS name";
        assert_eq!(lent.server().names(key).await, ["lodz muller 7"]);
    }
}
