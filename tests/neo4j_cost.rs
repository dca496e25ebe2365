//! What answers from Neo4j cost: round trips, and what the server reads for them (`PROFILE`'s db hits).

use std::collections::BTreeSet;
use std::sync::Arc;

use hukun::model::change::Change;
use hukun::model::entity::EntityKind::{Fund, Industry, Project};
use hukun::model::id::EntityId;
use hukun::model::ontology::RelationKind::{self, InIndustry, InvestsIn, LocatedIn};
use hukun::model::page::PageRequest;
use hukun::model::principal::Principal;
use hukun::model::selector::{Direction, EntityFilter, RegionRole, RegionSelector, RelationFilter, Selector};
use hukun::model::walk::WalkRules;
use hukun::service::write::{Batch, WriteOutcome};
use hukun::service::{Limits, Service, TraceInput};
use hukun::store::neo4j::{Neo4jReader, Neo4jStore};
use hukun::store::{EntityQuery, IncidentQuery, Reader as _, Store as _, VisibilityFilter};
use parking_lot::Mutex;
use tracing::field::{Field, Visit};
use tracing_subscriber::layer::{Context, SubscriberExt as _};

use crate::conformance::fixture::{self, entity_id, write};
use crate::conformance::fresh::{self, Alone};
use crate::support::Neo4jServer;
use crate::support::graph::{entity, graph, relation};

/// Round trips of an upsert of entities and relations that exist.
const UPSERT_ROUND_TRIPS: u64 = 9;

/// A statement as the store tells it, with its parameters as Cypher.
#[derive(Clone, Debug, Default)]
struct Told {
    text: String,
    parameters: String,
}

impl Visit for Told {
    fn record_str(&mut self, field: &Field, value: &str) {
        match field.name() {
            "text" => self.text = value.into(),
            "parameters" => self.parameters = value.into(),
            _ => {}
        }
    }
    fn record_debug(&mut self, field: &Field, value: &dyn std::fmt::Debug) {
        // What is said with `%` or as a message comes this way.
        self.record_str(field, &format!("{value:?}"));
    }
}

/// Keeps what the store tells.
#[derive(Clone, Default)]
struct Ear(Arc<Mutex<Vec<Told>>>);

impl<S: tracing::Subscriber> tracing_subscriber::Layer<S> for Ear {
    fn on_event(&self, event: &tracing::Event<'_>, _: Context<'_, S>) {
        if event.metadata().target() == "hukun::cypher" {
            let mut told = Told::default();
            event.record(&mut told);
            self.0.lock().push(told);
        }
    }
}

/// What something cost.
#[derive(Debug)]
struct Cost {
    round_trips: u64,
    db_hits: u64,
}

/// Does something and counts: what was waited for, and what the server reads when it is asked the same again.
async fn cost<T>(store: &Alone, work: impl Future<Output = T>) -> (T, Cost) {
    let ear = Ear::default();
    let before = store.round_trips();
    let done = {
        let _listening = tracing::subscriber::set_default(tracing_subscriber::registry().with(ear.clone()));
        work.await
    };
    let round_trips = store.round_trips() - before;
    let told = ear.0.lock().clone();
    assert!(!told.is_empty(), "nothing was asked of the server");
    let mut db_hits = 0;
    for told in &told {
        db_hits += profiled(store.server(), told).await;
    }
    (done, Cost { round_trips, db_hits })
}

/// The db hits of a statement, by its profile.
async fn profiled(server: &Neo4jServer, told: &Told) -> u64 {
    let neo4j = neo4rs::Graph::new(server.uri(), Neo4jServer::USER, server.password()).unwrap();
    let mut rows = neo4j
        .execute(format!("RETURN {} AS parameters", told.parameters))
        .await
        .unwrap();
    let parameters: neo4rs::BoltMap = rows.next().await.unwrap().unwrap().get("parameters").unwrap();
    let query = neo4rs::query(&format!("PROFILE {}", told.text)).with_params(parameters);
    let mut rows = neo4j.execute(query).await.unwrap();
    while rows.next().await.unwrap().is_some() {}
    // The driver keeps the profile to itself, but for how it prints.
    let printed = format!("{:?}", rows.finish().await.unwrap());
    assert!(printed.contains("dbHits"), "no profile: {printed}");
    let counts = printed.split("\"dbHits\"").skip(1);
    let count = |text: &str| {
        let digits: String = text
            .chars()
            .skip_while(|c| !c.is_ascii_digit())
            .take_while(char::is_ascii_digit)
            .collect();
        digits.parse::<u64>().unwrap()
    };
    counts.map(count).sum()
}

/// A fund that invested in very many projects, each of which is in one of ten industries; all in one region.
fn hub(projects: usize) -> Vec<Change> {
    let ids: Vec<String> = (0..projects).map(|n| format!("project:p{n:05}")).collect();
    let industries: Vec<String> = (0..10).map(|n| format!("industry:i{n}")).collect();
    let mut entities: Vec<&str> = vec!["region:r", "fund:hub", "fund:other"];
    entities.extend(ids.iter().chain(&industries).map(String::as_str));
    let keys: Vec<[String; 3]> = ids
        .iter()
        .map(|id| ["a", "b", "c"].map(|part| format!("{part}:{id}")))
        .collect();
    let mut relations: Vec<(&str, RelationKind, &str, &str)> = vec![
        ("l", LocatedIn, "fund:hub", "region:r"),
        ("m", LocatedIn, "fund:other", "region:r"),
    ];
    for (at, (id, keys)) in ids.iter().zip(&keys).enumerate() {
        relations.push((&keys[0], InvestsIn, "fund:hub", id));
        relations.push((&keys[1], InIndustry, id, &industries[at % 10]));
        relations.push((&keys[2], LocatedIn, id, "region:r"));
    }
    fixture::graph(&entities, &relations)
}

/// Writes the graph in parts: the small servers of tests have little memory for a transaction.
async fn fill(store: &Alone, projects: usize) {
    for part in hub(projects).chunks(2_000) {
        write(&**store, part.to_vec()).await;
    }
}

async fn reader(store: &Alone) -> Neo4jReader {
    store.reader(&VisibilityFilter::All).await.unwrap()
}

#[tokio::test]
async fn a_page_of_a_hub_reads_what_is_on_the_page() {
    let store = fresh::neo4j().await;
    fill(&store, 3_000).await;
    let reader = reader(&store).await;
    let hub = [entity_id("fund:hub")];
    let page = |direction, after: Option<&str>| IncidentQuery {
        filter: RelationFilter::default(),
        direction,
        other: None,
        at: None,
        page: PageRequest {
            after: after.map(|id| hukun::model::id::RelationId::parse(id).unwrap()),
            ..PageRequest::first(10)
        },
    };
    for query in [
        page(Direction::Out, None),
        page(Direction::Both, None),
        page(Direction::Out, Some("a:project:p02000")),
    ] {
        let (pages, cost) = cost(&store, Box::pin(reader.incident(&hub, &query))).await;
        let pages = pages.unwrap();
        assert_eq!((pages[0].items.len(), pages[0].has_next), (10, true));
        assert_eq!(cost.round_trips, 1);
        assert!(cost.db_hits < 1_000, "{cost:?} for ten of three thousand");
    }
    let region = [entity_id("region:r")];
    let (pages, cost) = cost(
        &store,
        Box::pin(reader.incident(&region, &page(Direction::In, None))),
    )
    .await;
    assert_eq!(pages.unwrap()[0].items.len(), 10);
    assert!(cost.db_hits < 1_000, "{cost:?}");
}

#[tokio::test]
async fn a_list_by_id_reads_what_is_on_the_page() {
    let store = fresh::neo4j().await;
    fill(&store, 3_000).await;
    let reader = reader(&store).await;
    let query = |filter| EntityQuery {
        filter,
        at: None,
        order: vec![],
    };
    let kinds = |kinds: &[hukun::model::entity::EntityKind]| EntityFilter {
        kinds: Some(kinds.to_vec()),
        ..EntityFilter::default()
    };
    for filter in [
        EntityFilter::default(),
        kinds(&[Project]),
        kinds(&[Project, Fund]),
    ] {
        let query = query(filter);
        let (page, cost) = cost(
            &store,
            Box::pin(reader.list_entities(&query, &PageRequest::first(10))),
        )
        .await;
        let page = page.unwrap();
        assert_eq!((page.items.len(), page.has_next), (10, true));
        let cursor = PageRequest {
            after: Some(page.items[9].0.clone()),
            ..PageRequest::first(10)
        };
        assert_eq!(cost.round_trips, 1);
        assert!(cost.db_hits < 500, "{cost:?}");
        let (next, cost) = self::cost(&store, Box::pin(reader.list_entities(&query, &cursor))).await;
        assert!(next.unwrap().has_previous);
        assert!(cost.db_hits < 500, "{cost:?}");
    }
    let all = hukun::store::RelationQuery {
        filter: RelationFilter::default(),
        at: None,
    };
    let (page, cost) = cost(
        &store,
        Box::pin(reader.list_relations(&all, &PageRequest::first(10))),
    )
    .await;
    assert_eq!(page.unwrap().items.len(), 10);
    assert!(cost.db_hits < 500, "{cost:?}");
}

#[tokio::test]
async fn a_search_reads_what_has_its_tokens() {
    let store = fresh::neo4j().await;
    fill(&store, 3_000).await;
    let tokens = hukun::model::text::SearchQuery::parse("p02321")
        .unwrap()
        .tokens()
        .to_vec();
    let reader = reader(&store).await;
    let (found, cost) = cost(&store, Box::pin(reader.candidates(&tokens, None, 1_000))).await;
    assert!(!found.unwrap().0.is_empty());
    assert_eq!(cost.round_trips, 1);
    assert!(cost.db_hits < 5_000, "{cost:?}");
}

#[tokio::test]
async fn records_by_id_cost_one_round_trip_however_many() {
    let store = fresh::neo4j().await;
    fill(&store, 500).await;
    let reader = reader(&store).await;
    let ids: Vec<EntityId> = (0..500).map(|n| entity_id(&format!("project:p{n:05}"))).collect();
    let (found, cost) = cost(&store, Box::pin(reader.entities(&ids))).await;
    assert_eq!(found.unwrap().iter().flatten().count(), 500);
    assert_eq!(cost.round_trips, 1);
    assert!(cost.db_hits < 500 * 6, "{cost:?}");
}

/// Whatever the fan-out: a hub of two thousand on the way costs no round trip more.
#[tokio::test]
async fn a_trace_costs_its_length_and_three_round_trips() {
    let store = fresh::neo4j().await;
    fill(&store, 2_000).await;
    let again = Neo4jStore::open(store.options()).await.unwrap();
    let service = Service::new(again, Limits::default());
    let of_region = |kinds: Option<Vec<_>>| Selector {
        kinds,
        region: Some(RegionSelector {
            region: entity_id("region:r"),
            role: RegionRole::Located,
        }),
        ..Selector::default()
    };
    for length in [1, 2, 4] {
        let input = TraceInput {
            max_length: length,
            ..TraceInput::between(of_region(Some(vec![Fund])), of_region(Some(vec![Industry])))
        };
        // Once before it counts: what records rest on is learnt once by a process, and kept.
        let learning = service.session(&Principal::operator("test")).await.unwrap();
        Box::pin(learning.trace(input.clone())).await.unwrap();
        let session = service.session(&Principal::operator("test")).await.unwrap();
        let before = service.round_trips();
        let answer = Box::pin(session.trace(input)).await.unwrap();
        let count = answer.count().await.unwrap();
        let spent = service.round_trips() - before;
        assert!(
            spent <= u64::from(length) + 3,
            "{spent} round trips for length {length}"
        );
        assert_eq!(count.value > 0, length > 1);
    }
    let reader = reader(&store).await;
    let walk = WalkRules::default();
    let budget = || hukun::model::budget::WorkBudget::new(1_000_000, None);
    let from = [entity_id("fund:hub")];
    let (walked, cost) = cost(
        &store,
        Box::pin(reader.expand(&from, &BTreeSet::new(), &walk, 2, budget())),
    )
    .await;
    assert_eq!(walked.unwrap().relations.len(), 4_000);
    // A level each, and one to learn what the relations rest on, which this store has not met.
    assert!(cost.round_trips <= 4, "{cost:?}");
}

/// A batch of funds that each invest in a project.
fn investments(count: usize, description: &str) -> Batch {
    let rows = (0..count).fold(graph(), |rows, n| {
        rows.entity(entity(&format!("fund:f{n:03}")).described(description))
    });
    let rows = (0..count).fold(rows, |rows, n| {
        let id = format!("r{n:03}");
        rows.relation(
            InvestsIn,
            &format!("fund:f{n:03}"),
            "project:a",
            relation().id(&id),
        )
    });
    rows.batch()
}

async fn upsert(service: &Service, batch: Batch) {
    let outcome = service.write(batch).await.unwrap();
    assert!(matches!(outcome, WriteOutcome::Done(_)), "{outcome:?}");
}

/// A write of many records that exist costs the round trips of a write of few.
#[tokio::test]
async fn a_write_costs_the_same_round_trips_however_many_records_it_changes() {
    let store = fresh::neo4j().await;
    let service = Service::new(
        Neo4jStore::open(store.options()).await.unwrap(),
        Limits::default(),
    );
    upsert(&service, investments(200, "first")).await;
    let mut costs = Vec::new();
    for (count, description) in [(2, "second"), (200, "third")] {
        let before = service.round_trips();
        upsert(&service, investments(count, description)).await;
        costs.push(service.round_trips() - before);
    }
    // What the plan has read of them, the store does not read again.
    assert_eq!(costs, [UPSERT_ROUND_TRIPS; 2]);
}
