//! Figures of the embedded store at a given size: `cargo bench -- 100000 500000`.
//!
//! All cases run in turn, round after round, so that whatever else the machine does falls on all of them; printed are the
//! median and the spread between the quartiles.

#![allow(
    clippy::pedantic,
    clippy::unwrap_used,
    unreachable_pub,
    missing_docs,
    reason = "a figure that cannot be had ends the run"
)]

mod generate;

use std::collections::BTreeSet;
use std::hint::black_box;
use std::sync::Arc;
use std::time::Instant;

use generate::{Generated, Random, WriteAll, generate};
use hukun::model::budget::WorkBudget;
use hukun::model::entity::EntityKind;
use hukun::model::id::EntityId;
use hukun::model::page::PageRequest;
use hukun::model::selector::{EntityFilter, EntityOrder, EntityOrderField, InRegion, RegionRole, Selector};
use hukun::model::walk::Walk;
use hukun::service::{Limits, Service, TraceInput};
use hukun::store::embedded::{EmbeddedReader, EmbeddedStore};
use hukun::store::{EntityQuery, Reader, Store};

const ROUNDS: usize = 15;

type Case = (
    &'static str,
    Box<dyn FnMut(&tokio::runtime::Runtime, &EmbeddedReader)>,
);

fn main() {
    let sizes: Vec<usize> = std::env::args()
        .skip(1)
        .filter_map(|arg| arg.parse().ok())
        .collect();
    let (entities, relations) = match sizes[..] {
        [entities, relations] => (entities, relations),
        _ => (100_000, 500_000),
    };
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .unwrap();
    let home = tempfile::tempdir().unwrap();
    let started = Instant::now();
    let generated = generate(entities, relations);
    println!(
        "generated {entities} entities, {relations} relations in {:.2?}",
        started.elapsed()
    );
    fill(&runtime, home.path(), generated);
    memory(&runtime, home.path(), entities, relations);
    let store = Arc::new(EmbeddedStore::open(home.path()).unwrap());
    let reader = runtime.block_on(store.reader()).unwrap();
    run(&runtime, &reader, cases());
    drop(reader);
    use_cases(&runtime, store);
    open(home.path());
}

fn fill(runtime: &tokio::runtime::Runtime, home: &std::path::Path, generated: Generated) {
    let rows = generated.entities.len() + generated.relations.len();
    let store = EmbeddedStore::open(home).unwrap();
    let started = Instant::now();
    runtime.block_on(store.commit(WriteAll(Some(generated)))).unwrap();
    let took = started.elapsed();
    println!(
        "commit of all in one change set: {took:.2?}, {:.0} rows/s",
        rows as f64 / took.as_secs_f64()
    );
}

/// Resident memory with the graph open, less that of the process before.
fn memory(_runtime: &tokio::runtime::Runtime, home: &std::path::Path, entities: usize, relations: usize) {
    let before = resident();
    let store = EmbeddedStore::open(home).unwrap();
    let whole = resident().saturating_sub(before);
    println!(
        "memory of the open graph: {} MB, for {entities} entities and {relations} relations",
        whole / 1_000_000
    );
    drop(store);
}

fn resident() -> usize {
    let statm = std::fs::read_to_string("/proc/self/statm").unwrap_or_default();
    statm
        .split(' ')
        .nth(1)
        .and_then(|pages| pages.parse::<usize>().ok())
        .unwrap_or_default()
        * 4096
}

/// What the service answers, on the walk and the texts of a real question.
fn use_cases(runtime: &tokio::runtime::Runtime, store: Arc<EmbeddedStore>) {
    let service = Service::new(store, Limits::default());
    let of = |n| Selector {
        region: Some(InRegion {
            region: id("region", n),
            role: RegionRole::Located,
        }),
        ..Selector::default()
    };
    let mut times: [Vec<f64>; 4] = Default::default();
    for round in 0..ROUNDS {
        let session = runtime.block_on(service.session()).unwrap();
        for (text, index) in [("未来产业", 0), ("futuregreen", 1)] {
            let started = Instant::now();
            let found = runtime.block_on(session.search(text, None, 10, None)).unwrap();
            black_box(found.total);
            times_of(&mut times, index, started);
        }
        let input = TraceInput {
            max_length: 3,
            ..TraceInput::between(of(round % 30), of((round + 7) % 30))
        };
        let started = Instant::now();
        let trace = runtime.block_on(session.trace(input)).unwrap();
        let count = runtime.block_on(trace.count()).unwrap();
        times_of(&mut times, 2, started);
        let started = Instant::now();
        black_box(runtime.block_on(trace.paths(50, None)).unwrap());
        times_of(&mut times, 3, started);
        if round == 0 {
            println!(
                "  (a trace of length 3 between two regions: {} paths, exact: {})",
                count.value,
                count.is_exact()
            );
        }
    }
    let names = [
        "search 「未来产业」, first 10 of all verified",
        "search \"futuregreen\", likewise",
        "trace of length 3 between two regions, counted",
        "its first 50 paths",
    ];
    for (name, times) in names.iter().zip(&mut times) {
        print(name, times, "µs");
    }
}

fn times_of(times: &mut [Vec<f64>; 4], index: usize, started: Instant) {
    times[index].push(started.elapsed().as_secs_f64() * 1e6);
}

fn open(home: &std::path::Path) {
    let mut times = Vec::new();
    for _ in 0..5 {
        let started = Instant::now();
        let store = EmbeddedStore::open(home).unwrap();
        times.push(started.elapsed().as_secs_f64() * 1e3);
        drop(store);
    }
    print("open from disk", &mut times, "ms");
}

fn id(kind: &str, n: usize) -> EntityId {
    EntityId::parse(&format!("{kind}:e{n:06}")).unwrap()
}

fn in_region(n: usize) -> EntityFilter {
    EntityFilter {
        kinds: Some(vec![EntityKind::Fund]),
        region: Some(InRegion {
            region: id("region", n),
            role: RegionRole::Located,
        }),
        ..EntityFilter::default()
    }
}

fn cases() -> Vec<Case> {
    let mut random = Random(11);
    let mut region = move || random.below(generate::REGIONS);
    let mut other = Random(13);
    let mut first = true;
    let tagged = |n: usize| EntityFilter {
        tags: Some(vec![format!("t{n}")]),
        ..EntityFilter::default()
    };
    vec![
        (
            "page of 50 funds of a region, by name",
            Box::new(move |runtime, reader| {
                let order = vec![EntityOrder {
                    field: EntityOrderField::Name,
                    descending: false,
                }];
                let query = EntityQuery {
                    filter: in_region(region()),
                    at: None,
                    order,
                };
                black_box(
                    runtime
                        .block_on(reader.list_entities(&query, &PageRequest::first(50)))
                        .unwrap(),
                );
            }),
        ),
        (
            "page of 50 with a tag, by id",
            Box::new(move |runtime, reader| {
                let query = EntityQuery {
                    filter: tagged(other.below(50)),
                    at: None,
                    order: vec![],
                };
                black_box(
                    runtime
                        .block_on(reader.list_entities(&query, &PageRequest::first(50)))
                        .unwrap(),
                );
            }),
        ),
        (
            "page of 50 projects, by id",
            Box::new(|runtime, reader| {
                let filter = EntityFilter {
                    kinds: Some(vec![EntityKind::Project]),
                    ..EntityFilter::default()
                };
                let query = EntityQuery {
                    filter,
                    at: None,
                    order: vec![],
                };
                black_box(
                    runtime
                        .block_on(reader.list_entities(&query, &PageRequest::first(50)))
                        .unwrap(),
                );
            }),
        ),
        (
            "three hops from 1,000 seeds",
            Box::new(move |runtime, reader| {
                let seeds: Vec<EntityId> = reader_ids(runtime, reader, 1000);
                let started = Instant::now();
                let walk = Walk::default();
                let found = runtime
                    .block_on(reader.expand(
                        &seeds,
                        &BTreeSet::new(),
                        &walk,
                        2,
                        WorkBudget::new(u64::MAX, None),
                    ))
                    .unwrap();
                black_box(started.elapsed());
                if first {
                    println!(
                        "  (three hops from 1,000 seeds look at {} relations, {} entities)",
                        found.relations.len(),
                        found.entities.len()
                    );
                }
                first = false;
            }),
        ),
        (
            "three hops from 1 seed",
            Box::new(|runtime, reader| {
                let seeds = reader_ids(runtime, reader, 1);
                let walk = Walk::default();
                black_box(
                    runtime
                        .block_on(reader.expand(
                            &seeds,
                            &BTreeSet::new(),
                            &walk,
                            2,
                            WorkBudget::new(u64::MAX, None),
                        ))
                        .unwrap(),
                );
            }),
        ),
    ]
}

fn reader_ids(runtime: &tokio::runtime::Runtime, reader: &EmbeddedReader, count: usize) -> Vec<EntityId> {
    let filter = EntityFilter {
        kinds: Some(vec![EntityKind::Expert]),
        ..EntityFilter::default()
    };
    let query = EntityQuery {
        filter,
        at: None,
        order: vec![],
    };
    let page = runtime
        .block_on(reader.list_entities(&query, &PageRequest::first(count)))
        .unwrap();
    page.items.into_iter().map(|(key, _)| key.id).collect()
}

fn run(runtime: &tokio::runtime::Runtime, reader: &EmbeddedReader, mut cases: Vec<Case>) {
    let mut times: Vec<Vec<f64>> = vec![Vec::new(); cases.len()];
    for _ in 0..ROUNDS {
        for ((_, case), times) in cases.iter_mut().zip(&mut times) {
            let started = Instant::now();
            case(runtime, reader);
            times.push(started.elapsed().as_secs_f64() * 1e6);
        }
    }
    for ((name, _), times) in cases.iter().zip(&mut times) {
        print(name, times, "µs");
    }
}

fn print(name: &str, times: &mut [f64], unit: &str) {
    times.sort_by(f64::total_cmp);
    let at = |part: f64| times[((times.len() - 1) as f64 * part).round() as usize];
    println!(
        "{name}: {:.0} {unit} ({:.0} … {:.0})",
        at(0.5),
        at(0.25),
        at(0.75)
    );
}
