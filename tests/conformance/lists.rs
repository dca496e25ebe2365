//! Lists, their filters, orders and pages.

use hukun::model::budget::WorkBudget;
use hukun::model::entity::{Entity, EntityKind, ExternalId, Name, NameRole, ProjectStage, Properties};
use hukun::model::ontology::RelationKind;
use hukun::model::ontology::RelationKind::{CollaboratesWith, InvestsIn, LocatedIn};
use hukun::model::page::{PageRequest, page_of_sorted};
use hukun::model::partial_date::{Day, PartialDate};
use hukun::model::period::{Span, TimeFilter, UndatedFacts, Validity};
use hukun::model::selector::{
    AsOf, Direction, EntityFilter, EntityOrder, EntityOrderField, RegionRole, RegionSelector, RelatedFilter,
    RelatedMatch, RelationFilter, Selector,
};
use hukun::model::walk::WalkRules;
use hukun::store::{EntityKey, EntityQuery, IncidentQuery, Reader, RelationQuery, Store, VisibilityFilter};

use super::fixture::*;

pub fn all(filter: EntityFilter) -> EntityQuery {
    EntityQuery {
        filter,
        at: None,
        order: vec![],
    }
}

pub async fn ids<R: Reader>(reader: &R, query: &EntityQuery) -> Vec<String> {
    let page = reader
        .list_entities(query, &PageRequest::first(1000))
        .await
        .unwrap();
    assert!(!page.has_next && !page.has_previous);
    page.items
        .into_iter()
        .map(|(_, entity)| entity.id.to_string())
        .collect()
}

pub async fn a_list_is_sorted_by_id_and_pages_are_cut_out_of_it<S: Store>(store: &S) {
    let names: Vec<String> = ["fund", "park", "company"]
        .iter()
        .flat_map(|kind| (0..7).map(move |n| format!("{kind}:e{n}")))
        .collect();
    write(
        store,
        graph(&names.iter().map(String::as_str).collect::<Vec<_>>(), &[]),
    )
    .await;
    let reader = store.reader(&VisibilityFilter::All).await.unwrap();
    let mut sorted = names.clone();
    sorted.sort();
    let query = all(EntityFilter::default());
    assert_eq!(ids(&reader, &query).await, sorted);
    let key = |id: &str| EntityKey {
        values: vec![],
        id: entity_id(id),
    };
    let edges = [
        None,
        Some("company:e3"),
        Some("fund:e2x"),
        Some("park:e6"),
        Some("company:a"),
        Some("region:z"),
    ];
    for (after, before) in edges.iter().flat_map(|a| edges.iter().map(move |b| (*a, *b))) {
        for (limit, from_end) in [
            (0, false),
            (0, true),
            (1, false),
            (4, true),
            (5, false),
            (50, true),
        ] {
            let wanted = PageRequest {
                limit,
                from_end,
                after: after.map(str::to_string),
                before: before.map(str::to_string),
            };
            let plain = page_of_sorted(&sorted, String::clone, &wanted);
            let request = PageRequest {
                limit,
                from_end,
                after: after.map(key),
                before: before.map(key),
            };
            let page = reader
                .list_entities(&query, &request)
                .await
                .unwrap()
                .map(|(_, entity)| entity.id.to_string());
            assert_eq!(page, plain, "{wanted:?}");
        }
    }
}

pub async fn an_order_by_name_puts_both_scripts_in_one_alphabet<S: Store>(store: &S) {
    let named = |id: &str, name: &str| Entity {
        names: vec![Name {
            value: name.into(),
            lang: "zh".into(),
            role: NameRole::Official,
        }],
        ..entity(id)
    };
    let funds = [
        ("fund:1", "紫昆"),
        ("fund:2", "Beta"),
        ("fund:3", "复旦"),
        ("fund:4", "alpha"),
        ("fund:5", "复旦"),
    ];
    let puts = funds.iter().map(|(id, name)| put_entity(named(id, name)));
    write(store, [dataset(), source()].into_iter().chain(puts).collect()).await;
    let reader = store.reader(&VisibilityFilter::All).await.unwrap();
    let by_name = |descending| EntityQuery {
        order: vec![EntityOrder {
            field: EntityOrderField::Name,
            descending,
        }],
        ..all(EntityFilter::default())
    };
    assert_eq!(
        ids(&reader, &by_name(false)).await,
        ["fund:4", "fund:2", "fund:3", "fund:5", "fund:1"]
    );
    assert_eq!(
        ids(&reader, &by_name(true)).await,
        ["fund:1", "fund:3", "fund:5", "fund:2", "fund:4"],
        "equal names by id, upwards"
    );
    let first = reader
        .list_entities(&by_name(true), &PageRequest::first(2))
        .await
        .unwrap();
    let cursor = first.items[1].0.clone();
    let rest = PageRequest {
        after: Some(cursor),
        ..PageRequest::first(2)
    };
    let rest = reader.list_entities(&by_name(true), &rest).await.unwrap();
    assert_eq!(
        rest.items.iter().map(|(_, e)| e.id.as_str()).collect::<Vec<_>>(),
        ["fund:5", "fund:2"]
    );
    assert!(rest.has_previous && rest.has_next);
}

pub async fn filters_join_by_and_and_their_values_by_or<S: Store>(store: &S) {
    let tagged = |id: &str, tags: &[&str]| Entity {
        tags: tags.iter().map(ToString::to_string).collect(),
        ..entity(id)
    };
    let landed = Properties::Project {
        stage: Some(ProjectStage::Landed),
    };
    let changes = [
        put_entity(tagged("fund:a", &["x"])),
        put_entity(tagged("fund:b", &["x", "y"])),
        put_entity(tagged("park:c", &["y"])),
        put_entity(Entity {
            properties: landed,
            ..entity("project:d")
        }),
        put_entity(Entity {
            external_ids: vec![ExternalId {
                scheme: "ror".into(),
                value: "1".into(),
            }],
            ..entity("lab:e")
        }),
    ];
    write(store, [dataset(), source()].into_iter().chain(changes).collect()).await;
    let reader = store.reader(&VisibilityFilter::All).await.unwrap();
    let tags = |tags: &[&str]| EntityFilter {
        tags: Some(tags.iter().map(ToString::to_string).collect()),
        ..EntityFilter::default()
    };
    let funds = EntityFilter {
        kinds: Some(vec![hukun::model::entity::EntityKind::Fund]),
        ..EntityFilter::default()
    };
    let list = async |filter: EntityFilter| ids(&reader, &all(filter)).await;
    assert_eq!(list(tags(&["x", "y"])).await, ["fund:a", "fund:b", "park:c"]);
    assert_eq!(
        list(EntityFilter {
            and: vec![tags(&["y"])],
            ..funds.clone()
        })
        .await,
        ["fund:b"]
    );
    assert_eq!(
        list(EntityFilter {
            or: Some(vec![tags(&["y"]), funds.clone()]),
            ..EntityFilter::default()
        })
        .await,
        ["fund:a", "fund:b", "park:c"]
    );
    assert_eq!(
        list(EntityFilter {
            or: Some(vec![]),
            ..funds.clone()
        })
        .await,
        Vec::<String>::new()
    );
    assert_eq!(
        list(EntityFilter {
            not: Some(Box::new(tags(&["y"]))),
            ..funds
        })
        .await,
        ["fund:a"]
    );
    assert_eq!(
        list(EntityFilter {
            stages: Some(vec![ProjectStage::Landed]),
            ..EntityFilter::default()
        })
        .await,
        ["project:d"]
    );
    let ror = ExternalId {
        scheme: "ror".into(),
        value: "1".into(),
    };
    assert_eq!(
        list(EntityFilter {
            external_id: Some(ror),
            ..EntityFilter::default()
        })
        .await,
        ["lab:e"]
    );
    assert_eq!(
        list(EntityFilter {
            name: Some("名 ＦＵＮＤ".into()),
            ..EntityFilter::default()
        })
        .await,
        ["fund:a", "fund:b"]
    );
}

pub async fn related_filters_look_at_the_other_end<S: Store>(store: &S) {
    let relations = [
        ("r1", InvestsIn, "fund:a", "project:p"),
        ("r2", InvestsIn, "fund:b", "company:c"),
    ];
    write(
        store,
        graph(
            &["fund:a", "fund:b", "fund:c", "project:p", "company:c"],
            &relations,
        ),
    )
    .await;
    let reader = store.reader(&VisibilityFilter::All).await.unwrap();
    let projects = EntityFilter {
        ids: Some(vec![entity_id("project:p")]),
        ..EntityFilter::default()
    };
    let matched = |direction, entity: Option<EntityFilter>| RelatedMatch {
        relation: RelationFilter::default(),
        direction,
        entity: entity.map(Box::new),
    };
    let some = |wanted| EntityFilter {
        related: Some(RelatedFilter {
            some: Some(wanted),
            none: None,
        }),
        ..EntityFilter::default()
    };
    let none = |wanted| EntityFilter {
        kinds: Some(vec![hukun::model::entity::EntityKind::Fund]),
        related: Some(RelatedFilter {
            some: None,
            none: Some(wanted),
        }),
        ..EntityFilter::default()
    };
    assert_eq!(
        ids(
            &reader,
            &all(some(matched(Direction::Out, Some(projects.clone()))))
        )
        .await,
        ["fund:a"]
    );
    assert_eq!(
        ids(&reader, &all(some(matched(Direction::In, None)))).await,
        ["company:c", "project:p"]
    );
    assert_eq!(
        ids(&reader, &all(none(matched(Direction::Both, None)))).await,
        ["fund:c"]
    );
    assert_eq!(
        ids(&reader, &all(none(matched(Direction::Out, Some(projects))))).await,
        ["fund:b", "fund:c"]
    );
}

pub async fn counts_are_the_lengths_of_lists<S: Store>(store: &S) {
    let relations = [
        ("r1", LocatedIn, "fund:a", "region:r"),
        ("r2", InvestsIn, "fund:a", "project:p"),
    ];
    write(
        store,
        graph(&["fund:a", "fund:b", "project:p", "region:r"], &relations),
    )
    .await;
    let reader = store.reader(&VisibilityFilter::All).await.unwrap();
    let located = EntityFilter {
        region: Some(RegionSelector {
            region: entity_id("region:r"),
            role: RegionRole::Located,
        }),
        ..EntityFilter::default()
    };
    let kinds = EntityFilter {
        kinds: Some(vec![hukun::model::entity::EntityKind::Fund]),
        ..EntityFilter::default()
    };
    for filter in [EntityFilter::default(), located, kinds] {
        let length = ids(&reader, &all(filter.clone())).await.len() as u64;
        assert_eq!(reader.count_entities(&filter, None).await.unwrap(), length);
    }
    let invest = RelationFilter {
        kinds: Some(vec![InvestsIn]),
        ..RelationFilter::default()
    };
    for filter in [
        RelationFilter::default(),
        invest,
        RelationFilter {
            from_ids: Some(vec![entity_id("fund:a")]),
            ..RelationFilter::default()
        },
    ] {
        let query = RelationQuery { filter, at: None };
        let page = reader
            .list_relations(&query, &PageRequest::first(10))
            .await
            .unwrap();
        assert_eq!(
            reader.count_relations(&query).await.unwrap(),
            page.items.len() as u64
        );
    }
}

pub async fn relations_at_an_entity_come_by_id_and_a_loop_comes_once<S: Store>(store: &S) {
    let relations = [
        ("r3", CollaboratesWith, "park:a", "park:b"),
        ("r1", CollaboratesWith, "park:b", "park:a"),
        ("r2", CollaboratesWith, "park:a", "park:a"),
        ("r4", CollaboratesWith, "park:b", "park:c"),
    ];
    let dated = |id: &str| {
        let year = PartialDate::parse("2020").unwrap();
        Entity {
            validity: Validity::new(Some(year), None).unwrap(),
            ..entity(id)
        }
    };
    let mut changes = graph(&["park:a", "park:b", "park:c"], &relations);
    changes.push(put_entity(dated("park:b")));
    write(store, changes).await;
    let reader = store.reader(&VisibilityFilter::All).await.unwrap();
    let query = |direction, at: Option<&str>| IncidentQuery {
        filter: RelationFilter::default(),
        direction,
        other: None,
        at: at.map(|at| PartialDate::parse(at).unwrap().first_day().into()),
        page: PageRequest::first(10),
    };
    let at = [entity_id("park:a")];
    let seen = async |query: IncidentQuery| {
        let page = reader.incident(&at, &query).await.unwrap().remove(0);
        assert_eq!(
            reader.count_incident(&at, &query).await.unwrap(),
            [page.items.len() as u64]
        );
        page.items
            .into_iter()
            .map(|relation| relation.id.to_string())
            .collect::<Vec<_>>()
    };
    assert_eq!(seen(query(Direction::Both, None)).await, ["r1", "r2", "r3"]);
    assert_eq!(seen(query(Direction::Out, None)).await, ["r2", "r3"]);
    assert_eq!(seen(query(Direction::In, None)).await, ["r1", "r2"]);
    assert_eq!(
        seen(query(Direction::Both, Some("2019-12-31"))).await,
        ["r2"],
        "an end that is not there yet takes its relations along"
    );
    assert_eq!(
        seen(query(Direction::Both, Some("2020-01-01"))).await,
        ["r1", "r2", "r3"]
    );
    let to_b = IncidentQuery {
        other: Some(EntityFilter {
            ids: Some(vec![entity_id("park:b")]),
            ..EntityFilter::default()
        }),
        ..query(Direction::Both, None)
    };
    assert_eq!(seen(to_b).await, ["r1", "r3"]);
    let paged = IncidentQuery {
        page: PageRequest {
            after: Some(relation_id("r2")),
            ..PageRequest::first(1)
        },
        ..query(Direction::Out, None)
    };
    let page = reader.incident(&at, &paged).await.unwrap().remove(0);
    assert_eq!(
        (page.items[0].id.as_str(), page.has_previous, page.has_next),
        ("r3", true, false)
    );
}

/// Three relations at one entity: from 2020 until 2022, since 2023, and of no date.
async fn three_in_time<S: Store>(store: &S) {
    let mut changes = graph(&["fund:f", "project:p"], &[]);
    for (id, from, to) in [
        ("past", Some("2020"), Some("2022")),
        ("since", Some("2023-06"), None),
        ("undated", None, None),
    ] {
        let date = |text: Option<&str>| text.map(|text| PartialDate::parse(text).unwrap());
        let mut relation = relation(id, RelationKind::InvestsIn, "fund:f", "project:p");
        relation.validity = Validity::new(date(from), date(to)).unwrap();
        changes.push(put_relation(relation));
    }
    write(store, changes).await;
}

/// The relations that count, whichever way they are asked for.
async fn counting<S: Store>(store: &S, at: AsOf) -> Vec<String> {
    let reader = store.reader(&VisibilityFilter::All).await.unwrap();
    let filter = RelationFilter::default();
    let query = RelationQuery {
        filter: filter.clone(),
        at,
    };
    let ids = |relations: Vec<hukun::model::relation::Relation>| -> Vec<String> {
        relations.iter().map(|one| one.id.to_string()).collect()
    };
    let listed = ids(reader
        .list_relations(&query, &PageRequest::first(10))
        .await
        .unwrap()
        .items);
    assert_eq!(reader.count_relations(&query).await.unwrap(), listed.len() as u64);
    let fund = [entity_id("fund:f")];
    let incident = IncidentQuery {
        filter: filter.clone(),
        direction: Direction::Both,
        other: None,
        at,
        page: PageRequest::first(10),
    };
    assert_eq!(
        ids(reader.incident(&fund, &incident).await.unwrap().remove(0).items),
        listed
    );
    let around = reader.neighborhood(&fund, 1, &filter, at, 10).await.unwrap();
    assert_eq!(ids(around.relations), listed);
    let kinds = [RelationKind::InvestsIn].into();
    assert_eq!(
        ids(reader.relations_of_kinds(&kinds, at, 10).await.unwrap().0),
        listed
    );
    let walk = WalkRules {
        at,
        ..WalkRules::default()
    };
    let ledger = reader
        .ledger(&fund.iter().cloned().collect(), &[], &walk, 10)
        .await
        .unwrap()
        .0;
    assert_eq!(ids(ledger), listed);
    let budget = WorkBudget::new(100, None);
    let reached = reader
        .expand(&fund, &std::collections::BTreeSet::new(), &walk, 1, budget)
        .await
        .unwrap();
    let walked = reached.relations.iter().filter(|one| one.refusal.is_none());
    let mut walked: Vec<String> = walked.map(|one| one.id.to_string()).collect();
    walked.sort();
    assert_eq!(walked, listed);
    // The ends have no date, and are there all the same; so is what is selected.
    let of_kind = Selector {
        kinds: Some(vec![EntityKind::Fund]),
        ..Selector::default()
    };
    assert_eq!(reader.select(&of_kind, at).await.unwrap().len(), 1);
    listed
}

fn day(text: &str) -> Day {
    PartialDate::parse(text).unwrap().last_day()
}

pub async fn undated_facts_are_left_out_where_that_is_asked<S: Store>(store: &S) {
    three_in_time(store).await;
    let at = |text, undated| TimeFilter::new(Some(day(text)), None, undated);
    assert_eq!(
        counting(store, at("2021", UndatedFacts::Include)).await,
        ["past", "undated"]
    );
    assert_eq!(counting(store, at("2021", UndatedFacts::Exclude)).await, ["past"]);
    assert_eq!(
        counting(store, at("2023", UndatedFacts::Exclude)).await,
        ["since"]
    );
    // A list of entities leaves out those without a date.
    let reader = store.reader(&VisibilityFilter::All).await.unwrap();
    let count = async |undated| {
        reader
            .count_entities(&EntityFilter::default(), at("2021", undated))
            .await
            .unwrap()
    };
    assert_eq!(count(UndatedFacts::Include).await, 2);
    assert_eq!(count(UndatedFacts::Exclude).await, 0);
}

pub async fn facts_count_that_meet_a_range<S: Store>(store: &S) {
    three_in_time(store).await;
    let during = |from: &str, to: &str| {
        let date = |text: &str| (!text.is_empty()).then(|| PartialDate::parse(text).unwrap());
        Some(Span::new(date(from), date(to)).unwrap())
    };
    let meets = |from, to| TimeFilter::new(None, during(from, to), UndatedFacts::Exclude);
    assert_eq!(counting(store, meets("2021", "2023")).await, ["past", "since"]);
    assert_eq!(counting(store, meets("2021-12-31", "2023-05")).await, ["past"]);
    assert_eq!(counting(store, meets("2022", "2022")).await, [""; 0]);
    assert_eq!(counting(store, meets("2022", "")).await, ["since"]);
    assert_eq!(counting(store, meets("", "2020-01-01")).await, ["past"]);
    let both = |text, from, to| TimeFilter::new(Some(day(text)), during(from, to), UndatedFacts::Include);
    assert_eq!(
        counting(store, both("2021", "2019", "2020")).await,
        ["past", "undated"]
    );
    assert_eq!(counting(store, both("2023", "2019", "2020")).await, ["undated"]);
}
