//! What a view hides, in a graph small enough to see it; `tests/restricted` asks every way of reading at random.

use std::collections::BTreeSet;

use hukun::model::change::{Change, Record, Subject};
use hukun::model::id::DatasetId;
use hukun::model::ontology::RelationKind::{
    self, GovernedBy, HostedAt, InvestsIn, LocatedIn, Originates, PartOf,
};
use hukun::model::record::{Access, Dataset};
use hukun::model::selector::{EntityFilter, RegionRole, RegionSelector, Selector};
use hukun::model::statement::Statement;
use hukun::store::{Reader, Store, VisibilityFilter};

use super::fixture::{dataset, entity, entity_id, graph, relation, relation_id, statement, write};

fn secret() -> DatasetId {
    DatasetId::parse("secret").unwrap()
}

fn access(access: Access) -> Change {
    let Change::Dataset(record) = dataset() else {
        unreachable!()
    };
    Change::Dataset(Dataset {
        id: secret(),
        access,
        ..record
    })
}

fn put(record: Record, of: &str) -> Change {
    let own = Statement {
        dataset: DatasetId::parse(of).unwrap(),
        ..statement()
    };
    Change::Put {
        record,
        statements: vec![own],
    }
}

fn invests(id: &str, from: &str, of: &str) -> Change {
    put(Record::Relation(relation(id, InvestsIn, from, "project:a")), of)
}

/// Entities, degree of the project, relations of the public data set: as a view has them.
async fn seen<S: Store>(store: &S, view: &VisibilityFilter) -> (u64, u64, Vec<u64>) {
    let reader = store.reader(view).await.unwrap();
    let entities = reader
        .count_entities(&EntityFilter::default(), None)
        .await
        .unwrap();
    let degrees = reader.degrees(&[entity_id("project:a")]).await.unwrap();
    let degree = degrees[0].iter().map(|count| count.count).sum();
    let datasets = reader.datasets().await.unwrap();
    (
        entities,
        degree,
        datasets.iter().map(|info| info.relation_count).collect(),
    )
}

pub async fn what_a_view_hides_was_never_written<S: Store>(store: &S) {
    let public: [(&str, RelationKind, &str, &str); 1] = [("a", InvestsIn, "fund:a", "project:a")];
    write(store, graph(&["fund:a", "project:a"], &public)).await;
    let before = seen(store, &VisibilityFilter::All).await;
    let mut changes = vec![access(Access::Restricted)];
    changes.push(put(Record::Entity(entity("fund:s")), "secret"));
    changes.push(invests("s", "fund:s", "secret"));
    write(store, changes).await;
    let given = VisibilityFilter::Only(BTreeSet::from([secret()]));
    assert_eq!(seen(store, &VisibilityFilter::public()).await, before);
    assert_eq!(seen(store, &VisibilityFilter::All).await, (3, 2, vec![1, 1]));
    assert_eq!(seen(store, &given).await, (3, 2, vec![1, 1]));

    // What is added to a public record is hidden with its data set, and a record of its own with its statements.
    let more = Statement {
        dataset: secret(),
        own: false,
        ..statement()
    };
    let record = Record::Relation(relation("a", InvestsIn, "fund:a", "project:a"));
    let statements = vec![statement(), more];
    write(store, vec![Change::Put { record, statements }]).await;
    let subjects = ["a", "s"].map(|id| Subject::Relation(relation_id(id)));
    for (view, expected) in [
        (VisibilityFilter::public(), [1, 0]),
        (VisibilityFilter::All, [2, 1]),
    ] {
        let reader = store.reader(&view).await.unwrap();
        let said = reader.statements(&subjects).await.unwrap();
        assert_eq!([said[0].len(), said[1].len()], expected);
    }
}

pub async fn a_change_of_access_is_seen_by_readers_opened_later<S: Store>(store: &S) {
    write(store, graph(&["fund:a", "project:a"], &[])).await;
    let before = seen(store, &VisibilityFilter::public()).await;
    let mut changes = vec![
        access(Access::Public),
        put(Record::Entity(entity("fund:s")), "secret"),
    ];
    changes.push(invests("s", "fund:s", "secret"));
    // Of the public data set, and begins at an entity of the other.
    changes.push(invests("x", "fund:s", "d"));
    write(store, changes).await;
    assert_eq!(seen(store, &VisibilityFilter::public()).await, (3, 2, vec![1, 1]));
    write(store, vec![access(Access::Restricted)]).await;
    assert_eq!(seen(store, &VisibilityFilter::public()).await, before);
    assert_eq!(seen(store, &VisibilityFilter::All).await, (3, 2, vec![1, 1]));
    write(store, vec![access(Access::Public)]).await;
    assert_eq!(seen(store, &VisibilityFilter::public()).await, (3, 2, vec![1, 1]));
}

/// Where something lies follows from relations, which may be hidden: one that is places nothing.
pub async fn a_hidden_relation_places_nothing<S: Store>(store: &S) {
    let located = |role| RegionSelector {
        region: entity_id("region:top"),
        role,
    };
    let public = [("l", LocatedIn, "park:a", "region:low")];
    write(
        store,
        graph(
            &["region:top", "region:low", "park:a", "fund:a", "project:a"],
            &public,
        ),
    )
    .await;
    let mut changes = vec![access(Access::Restricted)];
    for (id, kind, from, to) in [
        ("p", PartOf, "region:low", "region:top"),
        ("h", HostedAt, "fund:a", "park:a"),
        ("o", Originates, "park:a", "project:a"),
        ("g", GovernedBy, "fund:a", "region:top"),
    ] {
        changes.push(put(Record::Relation(relation(id, kind, from, to)), "secret"));
    }
    write(store, changes).await;
    let ids = ["park:a", "fund:a", "project:a"].map(entity_id);
    for (view, expected) in [
        (
            VisibilityFilter::public(),
            [[false, false, false], [false; 3], [false; 3]],
        ),
        (
            VisibilityFilter::All,
            [[true, true, false], [false, true, false], [false, false, true]],
        ),
    ] {
        let reader = store.reader(&view).await.unwrap();
        for (role, expected) in [RegionRole::Located, RegionRole::Governed, RegionRole::Origin]
            .into_iter()
            .zip(expected)
        {
            let place = located(role);
            let within = reader.within(&ids, &place, None).await.unwrap();
            assert_eq!(within, expected, "{role:?}, {view:?}");
            let selector = Selector {
                region: Some(place),
                ..Selector::default()
            };
            let picked = reader.select(&selector, None).await.unwrap();
            let are_picked = ids.each_ref().map(|id| picked.contains(id));
            assert_eq!(are_picked, expected, "{role:?}, {view:?}: {picked:?}");
        }
    }
}
