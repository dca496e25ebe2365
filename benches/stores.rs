//! Both stores side by side, and the driver alone: `cargo bench --bench stores -- 100000 500000 bolt://127.0.0.1:7687`, with
//! the password of Neo4j in `HUKUN_STORE_PASSWORD`.
//!
//! The same questions are asked in GraphQL of both stores, in process and in turn, round after round. Then the statements that
//! Neo4j was sent for each are sent again by the driver alone: what is left is what the service costs. Neo4j is filled where it
//! is empty, and must hold the same graph otherwise.

#![allow(
    clippy::pedantic,
    clippy::unwrap_used,
    clippy::panic,
    clippy::expect_used,
    clippy::disallowed_methods,
    unreachable_pub,
    missing_docs,
    reason = "a figure that cannot be had ends the run"
)]

use std::sync::Arc;
use std::time::{Duration, Instant};

#[path = "generate.rs"]
mod generate;

use generate::{WriteAll, generate};
use hukun::graphql::{DocumentLimits, Engine};
use hukun::model::principal::Principal;
use hukun::service::{Limits, Service};
use hukun::store::embedded::EmbeddedStore;
use hukun::store::neo4j::{Neo4jOptions, Neo4jStore};
use hukun::store::{AnyStore, Store};
use parking_lot::Mutex;
use tracing::field::{Field, Visit};
use tracing_subscriber::layer::{Context, SubscriberExt as _};

#[global_allocator]
static ALLOCATOR: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

const ROUNDS: usize = 31;
/// Rounds before those that count: Neo4j compiles what it is asked often.
const WARM: usize = 10;
/// How many questions run at once for the requests a second.
const AT_ONCE: usize = 16;

/// A question, whose `{n}` is another number each round.
const CASES: &[(&str, &str)] = &[
    (
        "entity by id",
        "{ node(id: \"{fund}\") { id ... on Entity { name kind } } }",
    ),
    (
        "50 funds of a region, by name",
        "{ entities(filter: { kinds: [FUND], regionId: \"region:e{region}\" }, orderBy: [{ field: NAME }], first: 50) { nodes { id name } } }",
    ),
    (
        "nested 10 → 20 → 5 with amounts",
        "{ funds(first: 10) { nodes { id name related(first: 20) { edges { relation { quantity { lower } } node { id name related(first: 5) { nodes { id name } } } } } } } }",
    ),
    (
        "three levels, 10 each",
        "{ funds(first: 10) { nodes { id related(first: 10) { nodes { id related(first: 10) { nodes { id name } } } } } } }",
    ),
    (
        "first 10 relations of a region",
        "{ node(id: \"region:e{region}\") { ... on Entity { relations(first: 10) { nodes { id kind } } } } }",
    ),
    (
        "search 「未来产业」, first 10",
        "{ search(query: \"未来产业\", first: 10) { nodes { id name } } }",
    ),
    (
        "trace of length 3 from a fund",
        "{ trace(input: { from: { ids: [\"{fund}\"] }, to: { kinds: [COMPANY] }, maxLength: 3 }) { totalCount { value } paths(first: 10) { nodes { relations { id } } } } }",
    ),
];

#[derive(Clone, Default)]
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
    fn record_debug(&mut self, _: &Field, _: &dyn std::fmt::Debug) {}
}

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

fn main() {
    let args: Vec<String> = std::env::args().skip(1).filter(|arg| arg != "--bench").collect();
    let number = |at: usize, default| args.get(at).and_then(|arg| arg.parse().ok()).unwrap_or(default);
    let (entities, relations) = (number(0, 100_000), number(1, 500_000));
    let uri = args
        .get(2)
        .cloned()
        .unwrap_or_else(|| "bolt://127.0.0.1:7687".into());
    let password = std::env::var("HUKUN_STORE_PASSWORD").expect("the password in HUKUN_STORE_PASSWORD");
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(async {
        let mut options = Neo4jOptions::new(&uri, "neo4j", password.clone().into());
        // So many records in one transaction make a server collect garbage for seconds, which is not away.
        options.limits.connect_ms_max = 60_000;
        let neo4j = Neo4jStore::open(options).await.unwrap();
        let embedded = EmbeddedStore::temporary().unwrap();
        fill("embedded", &embedded, entities, relations).await;
        if neo4j.newest().await.unwrap().0 == 0 {
            fill("neo4j", &neo4j, entities, relations).await;
        }
        let driver = neo4rs::Graph::new(uri, "neo4j", password).unwrap();
        compare(engine(embedded), engine(neo4j), &driver).await;
    });
}

async fn fill(name: &str, store: &impl Store, entities: usize, relations: usize) {
    let generated = generate(entities, relations);
    let rows = generated.entities.len() + generated.relations.len();
    let started = Instant::now();
    store.commit(WriteAll(generated)).await.unwrap();
    let took = started.elapsed();
    println!(
        "{name}: {rows} records in one change set in {took:.1?}, {:.0} rows/s",
        rows as f64 / took.as_secs_f64()
    );
}

fn engine(store: impl Into<AnyStore>) -> Engine {
    Engine::new(
        Service::new(store, Limits::default()),
        DocumentLimits::default(),
        true,
        1,
    )
}

async fn ask(engine: &Engine, query: &str) -> serde_json::Value {
    let question = engine.prepare(query, None, serde_json::Map::new());
    let Ok(question) = question else {
        panic!("over a limit: {query}")
    };
    let answer = engine.execute(question, &Principal::anonymous()).await;
    assert!(
        answer.response.errors.is_empty(),
        "{query}: {:?}",
        answer.response.errors
    );
    serde_json::to_value(&answer.response.data).unwrap()
}

async fn compare(embedded: Engine, neo4j: Engine, driver: &neo4rs::Graph) {
    let listed = ask(&embedded, "{ funds(first: 1000) { nodes { id } } }").await;
    let listed = listed["funds"]["nodes"].as_array().unwrap().iter();
    let funds: Arc<[String]> = listed
        .map(|fund| fund["id"].as_str().unwrap().to_string())
        .collect();
    let mut random = generate::Random(23);
    println!(
        "{:36} {:>24} {:>24} {:>24} {:>9}",
        "", "embedded", "neo4j", "driver alone", "overhead"
    );
    for (name, question) in CASES {
        let mut times: [Vec<Duration>; 3] = Default::default();
        for round in 0..WARM + ROUNDS {
            let question = question
                .replace("{region}", &format!("{:06}", random.below(generate::REGIONS)))
                .replace("{fund}", &funds[random.below(funds.len())]);
            let ear = Ear::default();
            let started = Instant::now();
            let here = ask(&embedded, &question).await;
            let first = started.elapsed();
            // Before it is timed, to hear what is sent, and so that neither of the two comes to it first.
            {
                let _listening =
                    tracing::subscriber::set_default(tracing_subscriber::registry().with(ear.clone()));
                assert_eq!(here, ask(&neo4j, &question).await, "{question}");
            }
            let told = ear.0.lock().clone();
            let mut queries = Vec::new();
            for Told { text, parameters } in told {
                let mut rows = driver
                    .execute(format!("RETURN {parameters} AS parameters"))
                    .await
                    .unwrap();
                let parameters: neo4rs::BoltMap =
                    rows.next().await.unwrap().unwrap().get("parameters").unwrap();
                queries.push(neo4rs::query(&sent(&text)).with_params(parameters));
            }
            let (mut second, mut third) = (Duration::ZERO, Duration::ZERO);
            let mut queries = Some(queries);
            for is_driver in [round % 2 == 0, round % 2 != 0] {
                let started = Instant::now();
                if is_driver {
                    for query in queries.take().into_iter().flatten() {
                        let mut rows = driver.execute_read(query).await.unwrap();
                        while rows.next().await.unwrap().is_some() {}
                    }
                    third = started.elapsed();
                } else {
                    ask(&neo4j, &question).await;
                    second = started.elapsed();
                }
            }
            if round >= WARM {
                for (times, took) in times.iter_mut().zip([first, second, third]) {
                    times.push(took);
                }
            }
        }
        let [here, there, raw] = times.map(|mut times| {
            times.sort();
            times
        });
        let overhead = there[ROUNDS / 2].as_secs_f64() / raw[ROUNDS / 2].as_secs_f64();
        println!(
            "{name:36} {:>24} {:>24} {:>24} {overhead:>8.2}×",
            spread(&here),
            spread(&there),
            spread(&raw)
        );
    }
    for (name, question) in &CASES[..2] {
        let mut rates = Vec::new();
        for engine in [&embedded, &neo4j] {
            rates.push(rate(engine, question, &funds).await);
        }
        println!(
            "{name}: {:.0} requests/s embedded, {:.0} requests/s neo4j, {AT_ONCE} at a time",
            rates[0], rates[1]
        );
    }
}

/// A statement as the store sends it: the revision after it.
fn sent(text: &str) -> String {
    format!(
        "{text}\nUNION ALL MATCH (hukun:Hukun) MATCH (commit:Commit) RETURN [hukun.revision, commit.revision, hukun.merged_at] AS row"
    )
}

async fn rate(engine: &Engine, question: &str, funds: &Arc<[String]>) -> f64 {
    let (asked, started) = (Arc::new(Mutex::new(0_u64)), Instant::now());
    let askers = (0..AT_ONCE).map(|seed| {
        let (engine, asked, funds, question) =
            (engine.clone(), asked.clone(), funds.clone(), question.to_string());
        tokio::spawn(async move {
            let mut random = generate::Random(seed as u64);
            while started.elapsed() < Duration::from_secs(5) {
                let question = question
                    .replace("{region}", &format!("{:06}", random.below(generate::REGIONS)))
                    .replace("{fund}", &funds[random.below(funds.len())]);
                ask(&engine, &question).await;
                *asked.lock() += 1;
            }
        })
    });
    for asker in askers.collect::<Vec<_>>() {
        asker.await.unwrap();
    }
    let asked = *asked.lock();
    asked as f64 / started.elapsed().as_secs_f64()
}

fn spread(times: &[Duration]) -> String {
    let at = |part: f64| times[((times.len() - 1) as f64 * part) as usize];
    format!("{:.2?} ({:.2?}…{:.2?})", at(0.5), at(0.25), at(0.75))
}
