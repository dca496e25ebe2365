//! Figures of answers in process, without HTTP: `cargo bench --bench answers`.
//!
//! Printed are the median of the rounds and what an answer weighs.

#![allow(
    clippy::pedantic,
    clippy::unwrap_used,
    clippy::panic,
    unreachable_pub,
    missing_docs,
    reason = "a figure that cannot be had ends the run"
)]

// A bench that cannot go on says so by panicking.
use std::time::Instant;

#[path = "generate.rs"]
mod generate;

use generate::{WriteAll, generate};
use hukun::graphql::{DocumentLimits, Engine};
use hukun::model::principal::Principal;
use hukun::service::{Limits, Service};
use hukun::store::Store;
use hukun::store::embedded::EmbeddedStore;

// As in the command: answers are many small allocations.
#[global_allocator]
static ALLOCATOR: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

const ROUNDS: usize = 31;

const CASES: &[(&str, &str)] = &[
    ("hello", "{ __typename }"),
    (
        "one entity",
        "{ node(id: \"fund:f0\") { id ... on Entity { name kind } } }",
    ),
    (
        "1,000 entities of 3 fields",
        "{ entities(first: 1000) { nodes { id name kind } } }",
    ),
    (
        "1,000 entities of 18 fields",
        "{ entities(first: 1000) { nodes { id name kind tags description validFrom validTo a: id b: name c: kind d: tags e: id f: name g: kind h: id i: name j: kind k: id } } }",
    ),
    (
        "1,000 relations with amounts",
        "{ relations(first: 1000) { nodes { id kind resource flow quantity { lower upper unit basis status } } } }",
    ),
    (
        "1,000 relations with statements",
        "{ relations(first: 1000) { nodes { id statements { quote assertion source { title } } } } }",
    ),
    (
        "10 → 20 → 5",
        "{ funds(first: 10) { nodes { id name related(first: 20) { edges { relation { quantity { lower } } node { id name related(first: 5) { nodes { id name } } } } } } } }",
    ),
    (
        "introspection",
        "{ __schema { types { name kind description fields { name description type { name kind ofType { name kind } } } } } }",
    ),
];

fn main() {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(async {
        let store = EmbeddedStore::temporary().unwrap();
        store.commit(WriteAll(generate(20_000, 100_000))).await.unwrap();
        let service = Service::new(store, Limits::default());
        let engine = Engine::new(service, DocumentLimits::default(), true, 1);
        for (name, query) in CASES {
            let mut took = Vec::new();
            let mut bytes = 0;
            for _ in 0..ROUNDS {
                let started = Instant::now();
                let question = engine.prepare(query, None, serde_json::Map::new());
                let Ok(question) = question else {
                    panic!("{name} is over a limit")
                };
                let answer = engine.execute(question, &Principal::anonymous()).await;
                assert!(
                    answer.response.errors.is_empty(),
                    "{name}: {:?}",
                    answer.response.errors
                );
                bytes = serde_json::to_vec(&answer.response).unwrap().len();
                took.push(started.elapsed());
            }
            took.sort();
            println!("{name:34} {:>10.1?}   {:>8} bytes", took[ROUNDS / 2], bytes);
        }
    });
}
