//! Regions, selectors, walks and neighbourhoods.

use std::collections::BTreeSet;

use hukun::model::budget::WorkBudget;
use hukun::model::entity::EntityKind;
use hukun::model::flow_direction::FlowDirection;
use hukun::model::ontology::RelationKind::{
    CoBuilds, ContributesTo, GovernedBy, HostedAt, InIndustry, InvestsIn, LocatedIn, Originates, PartOf,
    ReturnsTo,
};
use hukun::model::partial_date::PartialDate;
use hukun::model::period::Validity;
use hukun::model::selector::{RegionRole, RegionSelector, RelationFilter, Selector};
use hukun::model::walk::{TruncationReason, WalkRefusal, WalkRules};
use hukun::store::{Reader, Store, VisibilityFilter};

use super::fixture::*;

async fn select<R: Reader>(reader: &R, selector: Selector, at: Option<&str>) -> Vec<String> {
    let at = at.map(|at| PartialDate::parse(at).unwrap().first_day().into());
    reader
        .select(&selector, at)
        .await
        .unwrap()
        .into_iter()
        .map(|id| id.to_string())
        .collect()
}

fn of_region(region: &str, role: RegionRole) -> Selector {
    Selector {
        region: Some(RegionSelector {
            region: entity_id(region),
            role,
        }),
        ..Selector::default()
    }
}

pub async fn a_region_follows_from_dated_relations<S: Store>(store: &S) {
    let relations = [
        ("p1", PartOf, "region:city", "region:province"),
        ("g1", GovernedBy, "park:z", "region:province"),
        ("o1", Originates, "region:city", "company:c"),
    ];
    let mut changes = graph(
        &["region:city", "region:province", "park:z", "company:c", "fund:f"],
        &relations,
    );
    let mut located = relation("l1", LocatedIn, "fund:f", "region:city");
    located.validity = Validity::new(
        Some(PartialDate::parse("2020").unwrap()),
        Some(PartialDate::parse("2022").unwrap()),
    )
    .unwrap();
    changes.push(put_relation(located));
    write(store, changes).await;
    let reader = store.reader(&VisibilityFilter::All).await.unwrap();
    let located = || of_region("region:province", RegionRole::Located);
    assert_eq!(
        select(&reader, located(), None).await,
        ["fund:f", "region:city", "region:province"]
    );
    assert_eq!(
        select(&reader, located(), Some("2021")).await,
        ["fund:f", "region:city", "region:province"]
    );
    assert_eq!(
        select(&reader, located(), Some("2022")).await,
        ["region:city", "region:province"]
    );
    assert_eq!(
        select(&reader, of_region("region:province", RegionRole::Governed), None).await,
        ["park:z", "region:city", "region:province"]
    );
    assert_eq!(
        select(&reader, of_region("region:city", RegionRole::Origin), None).await,
        ["company:c", "region:city"]
    );
    let place = RegionSelector {
        region: entity_id("region:province"),
        role: RegionRole::Located,
    };
    let asked = [entity_id("fund:f"), entity_id("park:z"), entity_id("region:city")];
    assert_eq!(
        reader.within(&asked, &place, None).await.unwrap(),
        [true, false, true]
    );
    let regions = reader.regions(&asked, RegionRole::Located, None).await.unwrap();
    assert_eq!(
        regions,
        [
            vec![entity_id("region:city")],
            vec![],
            vec![entity_id("region:city")]
        ]
    );
}

pub async fn what_is_hosted_is_where_its_host_is<S: Store>(store: &S) {
    let relations = [
        ("l1", LocatedIn, "park:z", "region:a"),
        ("h1", HostedAt, "project:guest", "park:z"),
        ("h2", HostedAt, "project:moved", "park:z"),
        ("l2", LocatedIn, "project:moved", "region:b"),
    ];
    write(
        store,
        graph(
            &["region:a", "region:b", "park:z", "project:guest", "project:moved"],
            &relations,
        ),
    )
    .await;
    let reader = store.reader(&VisibilityFilter::All).await.unwrap();
    assert_eq!(
        select(&reader, of_region("region:a", RegionRole::Located), None).await,
        ["park:z", "project:guest", "region:a"]
    );
    assert_eq!(
        select(&reader, of_region("region:b", RegionRole::Located), None).await,
        ["project:moved", "region:b"]
    );
    let regions = reader
        .regions(&[entity_id("project:guest")], RegionRole::Located, None)
        .await
        .unwrap();
    assert_eq!(regions, [vec![entity_id("region:a")]]);
}

pub async fn what_has_two_hosts_is_where_each_of_them_is<S: Store>(store: &S) {
    // One host lies in a region itself, the other is hosted in turn, and lies where its host does.
    let relations = [
        ("l1", LocatedIn, "park:near", "region:a"),
        ("l2", LocatedIn, "park:far", "region:b"),
        ("h1", HostedAt, "lab:guest", "park:near"),
        ("h2", HostedAt, "lab:guest", "university:u"),
        ("h3", HostedAt, "university:u", "park:far"),
    ];
    let entities = [
        "region:a",
        "region:b",
        "park:near",
        "park:far",
        "university:u",
        "lab:guest",
    ];
    write(store, graph(&entities, &relations)).await;
    let reader = store.reader(&VisibilityFilter::All).await.unwrap();
    let guest = [entity_id("lab:guest")];
    let regions = reader.regions(&guest, RegionRole::Located, None).await.unwrap();
    assert_eq!(regions, [vec![entity_id("region:a"), entity_id("region:b")]]);
    for (region, there) in [
        ("region:a", vec!["lab:guest", "park:near", "region:a"]),
        (
            "region:b",
            vec!["lab:guest", "park:far", "region:b", "university:u"],
        ),
    ] {
        assert_eq!(
            select(&reader, of_region(region, RegionRole::Located), None).await,
            there
        );
        let place = RegionSelector {
            region: entity_id(region),
            role: RegionRole::Located,
        };
        assert_eq!(reader.within(&guest, &place, None).await.unwrap(), [true]);
    }
}

pub async fn a_region_alone_selects_no_industry<S: Store>(store: &S) {
    let relations = [
        ("l", LocatedIn, "project:p", "region:a"),
        ("i", InIndustry, "project:p", "industry:x"),
    ];
    write(
        store,
        graph(&["region:a", "project:p", "industry:x", "industry:y"], &relations),
    )
    .await;
    let reader = store.reader(&VisibilityFilter::All).await.unwrap();
    assert_eq!(
        select(&reader, of_region("region:a", RegionRole::Located), None).await,
        ["project:p", "region:a"]
    );
    let kinds = Selector {
        kinds: Some(vec![EntityKind::Industry]),
        ..of_region("region:a", RegionRole::Located)
    };
    assert_eq!(select(&reader, kinds, None).await, ["industry:x", "industry:y"]);
    let one = Selector {
        ids: Some(vec![entity_id("industry:x")]),
        ..of_region("region:a", RegionRole::Located)
    };
    assert_eq!(select(&reader, one, None).await, ["industry:x"]);
}

fn budget(work: u64) -> WorkBudget {
    WorkBudget::new(work, None)
}

pub async fn a_walk_brings_what_is_reached_and_what_was_refused<S: Store>(store: &S) {
    let relations = [
        ("r1", ContributesTo, "region:a", "fund:f"),
        ("r2", InvestsIn, "fund:f", "project:p"),
        ("r3", CoBuilds, "region:a", "lab:l"),
        ("r4", InIndustry, "project:p", "industry:i"),
        ("r5", LocatedIn, "fund:f", "region:a"),
        ("r6", InvestsIn, "fund:other", "project:p"),
    ];
    write(
        store,
        graph(
            &[
                "region:a",
                "fund:f",
                "fund:other",
                "project:p",
                "lab:l",
                "industry:i",
            ],
            &relations,
        ),
    )
    .await;
    let reader = store.reader(&VisibilityFilter::All).await.unwrap();
    let seeds = [entity_id("region:a")];
    let found = reader
        .expand(&seeds, &BTreeSet::new(), &WalkRules::default(), 2, budget(1000))
        .await
        .unwrap();
    let entities: Vec<&str> = found.entities.iter().map(|entity| entity.id.as_str()).collect();
    assert_eq!(entities[0], "region:a");
    assert_eq!(entities.iter().collect::<BTreeSet<_>>().len(), entities.len());
    let mut relations: Vec<(&str, Option<WalkRefusal>)> = found
        .relations
        .iter()
        .map(|r| (r.id.as_str(), r.refusal))
        .collect();
    relations.sort_unstable_by_key(|(id, _)| *id);
    // r3 carries nothing stated and its direction is not stated; r4 leads on from the last entity; r5 carries nothing; r6 leads in.
    assert_eq!(
        relations,
        [
            ("r1", None),
            ("r2", None),
            ("r3", Some(WalkRefusal::DirectionUnstated)),
            ("r4", None)
        ]
    );
    let stop = BTreeSet::from([entity_id("fund:f")]);
    let stopped = reader
        .expand(&seeds, &stop, &WalkRules::default(), 6, budget(1000))
        .await
        .unwrap();
    assert!(
        !stopped
            .relations
            .iter()
            .any(|relation| relation.id.as_str() == "r2")
    );
}

pub async fn a_relation_met_from_both_ends_is_there_once<S: Store>(store: &S) {
    let relations = [
        ("r1", CoBuilds, "region:a", "lab:l"),
        ("r2", InvestsIn, "fund:f", "project:p"),
        ("r3", InvestsIn, "fund:g", "project:p"),
    ];
    write(
        store,
        graph(
            &["region:a", "lab:l", "fund:f", "fund:g", "project:p"],
            &relations,
        ),
    )
    .await;
    let reader = store.reader(&VisibilityFilter::All).await.unwrap();
    let walked = async |seeds: &[&str], walk: WalkRules| {
        let seeds: Vec<_> = seeds.iter().map(|seed| entity_id(seed)).collect();
        let found = reader
            .expand(&seeds, &BTreeSet::new(), &walk, 3, budget(1000))
            .await
            .unwrap();
        let mut ids: Vec<String> = found.relations.iter().map(|r| r.id.to_string()).collect();
        ids.sort_unstable();
        ids
    };
    // Its direction is not stated, so it may lead out of either end.
    let include_unstated = WalkRules {
        include_unstated: true,
        ..WalkRules::default()
    };
    assert_eq!(walked(&["region:a", "lab:l"], WalkRules::default()).await, ["r1"]);
    assert_eq!(walked(&["region:a"], include_unstated).await, ["r1"]);
    let both_ways = WalkRules {
        rules: [(InvestsIn, FlowDirection::Both)].into(),
        ..WalkRules::default()
    };
    assert_eq!(walked(&["fund:f"], both_ways).await, ["r2", "r3"]);
}

pub async fn a_reversed_walk_goes_upstream_as_far_as_there_is_a_way<S: Store>(store: &S) {
    let relations = [
        ("r1", ContributesTo, "region:a", "fund:f"),
        ("r2", InvestsIn, "fund:f", "fund:g"),
        ("r3", InvestsIn, "fund:g", "project:p"),
        ("r4", ReturnsTo, "project:p", "fund:f"),
        ("r5", InvestsIn, "fund:g", "project:q"),
    ];
    let entities = ["region:a", "fund:f", "fund:g", "project:p", "project:q"];
    write(store, graph(&entities, &relations)).await;
    let reader = store.reader(&VisibilityFilter::All).await.unwrap();
    let walked = async |seed: &str, walk: WalkRules| {
        let found = reader
            .expand(
                &[entity_id(seed)],
                &BTreeSet::new(),
                &walk,
                u32::MAX - 1,
                budget(1000),
            )
            .await
            .unwrap();
        let mut ways: Vec<(String, FlowDirection)> = found
            .relations
            .iter()
            .map(|r| (r.id.to_string(), r.flow))
            .collect();
        ways.sort_unstable();
        ways
    };
    let upstream = WalkRules {
        reversed: true,
        ..WalkRules::default()
    };
    let back = |ids: &[&str]| -> Vec<(String, FlowDirection)> {
        ids.iter()
            .map(|id| ((*id).to_string(), FlowDirection::Backward))
            .collect()
    };
    assert!(walked("region:a", upstream.clone()).await.is_empty());
    assert_eq!(
        walked("project:q", upstream.clone()).await,
        back(&["r1", "r2", "r3", "r4", "r5"])
    );
    // What the caller says of a kind is turned round with the rest.
    let turned = WalkRules {
        rules: [(InvestsIn, FlowDirection::Backward)].into(),
        ..upstream
    };
    assert_eq!(
        walked("fund:g", turned).await,
        [("r3", FlowDirection::Forward), ("r5", FlowDirection::Forward)]
            .map(|(id, flow)| (id.to_string(), flow))
    );
}

pub async fn a_walk_over_its_budget_says_so<S: Store>(store: &S) {
    let projects: Vec<String> = (0..50).map(|n| format!("project:p{n:02}")).collect();
    let ids: Vec<String> = (0..50).map(|n| format!("r{n:02}")).collect();
    let relations: Vec<_> = projects
        .iter()
        .zip(&ids)
        .map(|(p, id)| (id.as_str(), InvestsIn, "fund:f", p.as_str()))
        .collect();
    let entities: Vec<&str> = std::iter::once("fund:f")
        .chain(projects.iter().map(String::as_str))
        .collect();
    write(store, graph(&entities, &relations)).await;
    let reader = store.reader(&VisibilityFilter::All).await.unwrap();
    let walk = async |work| {
        reader
            .expand(
                &[entity_id("fund:f")],
                &BTreeSet::new(),
                &WalkRules::default(),
                3,
                budget(work),
            )
            .await
            .unwrap()
    };
    let (part, whole) = (walk(20).await, walk(1000).await);
    assert_eq!(
        (part.truncated, whole.truncated),
        (Some(TruncationReason::WorkLimit), None)
    );
    assert_eq!((part.relations.len(), whole.relations.len()), (20, 50));
    assert!(
        part.relations
            .iter()
            .zip(&whole.relations)
            .all(|(a, b)| a.id == b.id),
        "a prefix of the full answer"
    );
}

pub async fn a_neighbourhood_counts_what_it_hides<S: Store>(store: &S) {
    let relations = [
        ("r1", InvestsIn, "fund:f", "project:p"),
        ("r2", InvestsIn, "fund:f", "project:q"),
        ("r3", InIndustry, "project:p", "industry:i"),
        ("r4", LocatedIn, "fund:f", "region:a"),
    ];
    write(
        store,
        graph(
            &["fund:f", "project:p", "project:q", "industry:i", "region:a"],
            &relations,
        ),
    )
    .await;
    let reader = store.reader(&VisibilityFilter::All).await.unwrap();
    let around = async |depth, max| {
        reader
            .neighborhood(
                &[entity_id("fund:f")],
                depth,
                &RelationFilter::default(),
                None,
                max,
            )
            .await
            .unwrap()
    };
    let one = around(1, 100).await;
    let ids: Vec<&str> = one.entities.iter().map(|entity| entity.id.as_str()).collect();
    assert_eq!(ids, ["fund:f", "project:p", "project:q", "region:a"]);
    assert_eq!(
        one.relations.iter().map(|r| r.id.as_str()).collect::<Vec<_>>(),
        ["r1", "r2", "r4"]
    );
    let hidden: Vec<_> = one
        .hidden
        .iter()
        .map(|(id, count)| (id.as_str(), count.kind, count.count))
        .collect();
    assert_eq!(hidden, [("project:p", InIndustry, 1)]);
    let cut = around(1, 2).await;
    assert_eq!(
        (cut.entities.len(), cut.truncated, cut.relations.len()),
        (2, true, 1)
    );
    let hidden: Vec<_> = cut
        .hidden
        .iter()
        .map(|(id, count)| (id.as_str(), count.kind, count.count))
        .collect();
    assert_eq!(
        hidden,
        [
            ("fund:f", InvestsIn, 1),
            ("fund:f", LocatedIn, 1),
            ("project:p", InIndustry, 1)
        ]
    );
    assert_eq!(around(0, 10).await.relations.len(), 0);
}

pub async fn a_deleted_relation_is_gone_both_ways<S: Store>(store: &S) {
    let relations = [
        ("r1", InvestsIn, "fund:f", "project:p"),
        ("r2", InvestsIn, "fund:f", "project:p"),
    ];
    write(store, graph(&["fund:f", "project:p"], &relations)).await;
    // A new relation may take the place in memory of one deleted in the same change set.
    write(
        store,
        vec![
            delete_relation("r1"),
            put_relation(relation("r3", InvestsIn, "fund:f", "project:p")),
        ],
    )
    .await;
    let reader = store.reader(&VisibilityFilter::All).await.unwrap();
    let degrees = reader
        .degrees(&[entity_id("fund:f"), entity_id("project:p")])
        .await
        .unwrap();
    assert!(
        degrees
            .iter()
            .all(|counts| counts.len() == 1 && counts[0].count == 2)
    );
    let near = reader
        .neighborhood(&[entity_id("project:p")], 1, &RelationFilter::default(), None, 10)
        .await
        .unwrap();
    assert_eq!(
        near.relations.iter().map(|r| r.id.as_str()).collect::<Vec<_>>(),
        ["r2", "r3"]
    );
}
