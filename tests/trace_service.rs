//! Traces over a store: ids, selectors, regions, dates, and the ledger.

use std::ops::Deref;

use hukun::model::entity::EntityKind;
use hukun::model::id::{EntityId, RelationId};
use hukun::model::ontology::RelationKind::{
    CarriedBy, CollaboratesWith, ContributesTo, InIndustry, InvestsIn, Leverages, LocatedIn, PartyTo,
    ReturnsTo, Serves,
};
use hukun::model::page::PageRequest;
use hukun::model::principal::Principal;
use hukun::model::quantity::QuantityStatus;
use hukun::model::record::RuleType;
use hukun::model::resource::Resource;
use hukun::model::selector::{RegionRole, RegionSelector, Selector};
use hukun::service::trace::{DeadEndReason, LENGTH_MAX, Path, TraceAnswer, TraceInput, TraceMode};
use hukun::service::{Limits, ServiceError, Session};

use crate::support::graph::{cny, entity, of, relation};
use crate::support::stores::{self, Ground};
use crate::support::{Graph, graph};

/// A session, and what its store stands on.
struct Standing {
    session: Session,
    _ground: Ground,
}

impl Deref for Standing {
    type Target = Session;
    fn deref(&self) -> &Session {
        &self.session
    }
}

async fn session(graph: Graph) -> Standing {
    let (service, ground) = stores::service(Limits::default()).await;
    graph.write(&service).await;
    Standing {
        session: service.session(&Principal::operator("test")).await.unwrap(),
        _ground: ground,
    }
}

fn id(text: &str) -> EntityId {
    EntityId::parse(text).unwrap()
}

fn ids(texts: &[&str]) -> Selector {
    Selector {
        ids: Some(texts.iter().map(|text| id(text)).collect()),
        ..Selector::default()
    }
}

fn region(text: &str) -> Selector {
    let place = RegionSelector {
        region: id(text),
        role: RegionRole::Located,
    };
    Selector {
        region: Some(place),
        ..Selector::default()
    }
}

fn shown(paths: &[Path]) -> Vec<String> {
    paths
        .iter()
        .map(|path| {
            path.relations
                .iter()
                .map(RelationId::as_str)
                .collect::<Vec<_>>()
                .join(" ")
        })
        .collect()
}

async fn paths(answer: &TraceAnswer) -> Vec<String> {
    shown(&answer.paths(&PageRequest::first(100)).await.unwrap().page.items)
}

/// A region gives to a fund, which invests in two projects; one is carried on into an industry, the other ends there.
fn seed() -> Graph {
    graph()
        .relation(
            ContributesTo,
            "region:a",
            "fund:f",
            relation().id("r1").amount(cny(60).paid_in()).under("program:p"),
        )
        .relation(
            InvestsIn,
            "fund:f",
            "project:j",
            relation().id("r2").amount(cny(40).invested()).under("program:p"),
        )
        .relation(
            InvestsIn,
            "fund:f",
            "project:k",
            relation().id("r3").under("program:q"),
        )
        .relation(CarriedBy, "project:j", "company:c", "r4")
        .relation(InIndustry, "company:c", "industry:x", "r5")
        .relation(ReturnsTo, "project:j", "fund:f", "r6")
        .relation(LocatedIn, "company:c", "region:b", "r7")
        .relation(LocatedIn, "fund:f", "region:a", "r8")
}

fn to_industry() -> TraceInput {
    TraceInput::between(ids(&["region:a"]), ids(&["industry:x"]))
}

#[tokio::test]
async fn a_resource_is_traced_into_an_industry_and_where_it_stops() {
    let session = session(seed()).await;
    let answer = session.trace(to_industry()).await.unwrap();
    // Ids, two selectors, one walk; no other call for what is asked below.
    assert_eq!(session.stats().store_calls(), 4);
    assert_eq!(paths(&answer).await, ["r1 r2 r4 r5"]);
    let count = answer.count().await.unwrap();
    assert_eq!(
        (count.value, count.truncated, answer.truncated_by().await.unwrap()),
        (1, None, None)
    );
    let page = &answer.paths(&PageRequest::first(1)).await.unwrap().page;
    assert_eq!(
        (page.has_next, page.has_previous, page.items[0].resources.clone()),
        (false, false, vec![Resource::Capital])
    );
    let union = answer.union().await.unwrap();
    assert_eq!(union.entities.len(), 5);
    let dead = answer.dead_ends().await.unwrap();
    assert_eq!(
        dead.rows
            .iter()
            .map(|row| row.entity.as_str())
            .collect::<Vec<_>>(),
        ["project:k"]
    );
    assert_eq!(dead.rows[0].reasons, [DeadEndReason::NoOutgoing]);
    assert_eq!(dead.rows[0].arriving[0].as_str(), "r3");
    assert_eq!(session.stats().store_calls(), 4);
    let hidden = answer.hidden().await.unwrap();
    let hidden: Vec<String> = hidden
        .iter()
        .map(|(id, kind)| format!("{id} {} {}", kind.kind, kind.count))
        .collect();
    let expected = [
        "company:c LOCATED_IN 1",
        "fund:f INVESTS_IN 1",
        "fund:f RETURNS_TO 1",
        "fund:f LOCATED_IN 1",
        "project:j RETURNS_TO 1",
        "region:a LOCATED_IN 1",
    ];
    assert_eq!(hidden, expected);
}

#[tokio::test]
async fn what_makes_no_sense_is_refused_and_what_is_unknown_is_named() {
    let session = session(seed()).await;
    let problem = async |input: TraceInput| session.trace(input).await.err().unwrap();
    let empty = TraceInput {
        through: vec![Selector::default()],
        ..to_industry()
    };
    assert!(matches!(problem(empty).await, ServiceError::Input(_)));
    for max_length in [0, LENGTH_MAX + 1] {
        assert!(matches!(
            problem(TraceInput {
                max_length,
                ..to_industry()
            })
            .await,
            ServiceError::Input(_)
        ));
    }
    let many = TraceInput {
        through: vec![ids(&["fund:f"]); 9],
        ..to_industry()
    };
    assert!(matches!(
        problem(many).await,
        ServiceError::OverLimit { asked: 9, max: 8, .. }
    ));
    assert!(matches!(
        problem(TraceInput {
            from: region("fund:f"),
            ..to_industry()
        })
        .await,
        ServiceError::Input(_)
    ));
    let mut excluding = to_industry();
    excluding.walk.exclude.insert(id("fund:none"));
    for (input, expected) in [
        (
            TraceInput {
                through: vec![ids(&["fund:no"])],
                ..to_industry()
            },
            ("entity", "fund:no"),
        ),
        (
            TraceInput {
                to: region("region:no"),
                ..to_industry()
            },
            ("region", "region:no"),
        ),
        (excluding, ("entity", "fund:none")),
    ] {
        let ServiceError::UnknownId { what, id, .. } = problem(input).await else {
            panic!("not named: {expected:?}")
        };
        assert_eq!((what, id.as_str()), expected);
    }
}

#[tokio::test]
async fn an_id_that_was_merged_away_is_followed() {
    let session = session(seed().entity(entity("fund:f").former("fund:old"))).await;
    let mut input = TraceInput {
        through: vec![ids(&["fund:old"])],
        ..to_industry()
    };
    assert_eq!(
        paths(&session.trace(input.clone()).await.unwrap()).await,
        ["r1 r2 r4 r5"]
    );
    input.walk.exclude.insert(id("fund:old"));
    let answer = session.trace(input).await.unwrap();
    assert_eq!(paths(&answer).await, [""; 0]);
    assert_eq!(answer.input().walk.exclude.first(), Some(&id("fund:f")));
}

#[tokio::test]
async fn an_industry_of_a_region_is_entered_only_from_there() {
    let session = session(seed().relation(InIndustry, "project:k", "industry:x", "r9")).await;
    let of = |place: &str| Selector {
        kinds: Some(vec![EntityKind::Industry]),
        ..region(place)
    };
    let to = async |place: &str| {
        let input = TraceInput {
            to: of(place),
            ..to_industry()
        };
        paths(&session.trace(input).await.unwrap()).await
    };
    assert_eq!(to("region:b").await, ["r1 r2 r4 r5"]);
    assert_eq!(to("region:a").await, [""; 0]);
    let input = TraceInput {
        to: ids(&["industry:x"]),
        mode: TraceMode::Shortest,
        ..to_industry()
    };
    assert_eq!(paths(&session.trace(input).await.unwrap()).await, ["r1 r3 r9"]);
}

#[tokio::test]
async fn the_ledger_says_what_stands_behind_each_programme() {
    let graph = seed()
        .relation(InIndustry, "project:j", "industry:x", "r9")
        .relation(
            Leverages,
            "fund:f",
            "project:k",
            relation().id("ra").amount(cny(500).invested()).under("program:p"),
        )
        .relation(
            PartyTo,
            "region:a",
            "program:p",
            relation().id("rb").under("program:p"),
        )
        .relation(
            Serves,
            "expert:far",
            "project:far",
            relation().id("rc").under("program:p"),
        )
        .relation(CollaboratesWith, "company:c", "company:d", "rd")
        .entity(entity("project:j").size(&of(46, "PROJECT")))
        .rule(
            "rule:1",
            "program:p",
            RuleType::Allocation,
            None,
            &[("region:a", 5, 5)],
        );
    let session = session(graph).await;
    let ledger = session.mechanisms(to_industry()).await.unwrap();
    let calls = session.stats().store_calls();
    assert_eq!(calls, 21);
    assert_eq!(ledger.truncated, None);
    let program = |n: usize| ledger.rows[n].program.as_ref().map(EntityId::as_str);
    assert_eq!(
        [program(0), program(1), program(2)],
        [Some("program:p"), Some("program:q"), None]
    );
    let [p, q, none] = &ledger.rows[..] else {
        panic!("{} rows", ledger.rows.len())
    };
    let relations = |row: &hukun::service::trace::MechanismRow| {
        row.relations
            .iter()
            .map(|id| id.as_str().to_string())
            .collect::<Vec<_>>()
    };
    // `ra` and `rc` end at neither; the programme is tied to the region by `rb`, so they are counted.
    assert_eq!(relations(p), ["r1", "r2", "ra", "rb", "rc"]);
    assert_eq!(relations(q), ["r3"]);
    assert_eq!(relations(none), ["r4", "r5", "r9"]);
    assert_eq!(
        p.sums(QuantityStatus::Realised)
            .map(|q| q.exact().unwrap())
            .collect::<Vec<_>>(),
        [60.into(), 40.into()]
    );
    assert_eq!(
        (p.path_count.value, q.path_count.value, none.path_count.value),
        (2, 0, 2)
    );
    assert_eq!((p.ends_dead, q.ends_dead), (false, true));
    assert_eq!(
        (p.origin_stated, p.direction_stated, p.industry_stated),
        (false, true, false)
    );
    assert_eq!(
        (q.origin_stated, q.direction_stated, q.industry_stated),
        (true, true, false)
    );
    assert_eq!(p.rules.len(), 1);
    let projects = p
        .members
        .iter()
        .find(|(kind, _)| *kind == EntityKind::Project)
        .unwrap()
        .1;
    assert_eq!((projects.lower, projects.upper), (46.into(), Some(48.into())));
    assert_eq!(p.statements.iter().map(|count| count.count).sum::<usize>(), 5);
    assert_eq!((p.tied, q.tied), (true, false));
}

#[tokio::test]
async fn a_ledger_over_its_limit_is_no_answer() {
    let limits = Limits {
        ledger_relations_max: 3,
        ..Limits::default()
    };
    let (service, _ground) = stores::service(limits).await;
    seed().write(&service).await;
    let refused = service
        .session(&Principal::operator("test"))
        .await
        .unwrap()
        .mechanisms(to_industry())
        .await
        .err();
    assert!(
        matches!(refused, Some(ServiceError::OverLimit { max: 3, .. })),
        "{refused:?}"
    );
}
