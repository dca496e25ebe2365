//! Figures of the embedded store at a given size: `cargo bench --bench graph -- 100000 500000`.
//!
//! With a directory as third argument the store is kept there, and not filled again where it is already: so two builds
//! can be compared on the same file. All cases run in turn, round after round, so that whatever else the machine does falls
//! on all of them; printed are the least, which such noise hardly touches, the median, and the quartiles.

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
use std::time::{Duration, Instant};

use generate::{Generated, Random, WriteAll, generate};
use hukun::model::budget::WorkBudget;
use hukun::model::entity::EntityKind;
use hukun::model::id::EntityId;
use hukun::model::page::PageRequest;
use hukun::model::principal::Principal;
use hukun::model::selector::{
    EntityFilter, EntityOrder, EntityOrderField, RegionRole, RegionSelector, Selector,
};
use hukun::model::subgraph::Subgraph;
use hukun::model::walk::WalkRules;
use hukun::service::{Limits, Service, TraceInput};
use hukun::store::embedded::{EmbeddedReader, EmbeddedStore};
use hukun::store::{EntityQuery, Reader, Store, VisibilityFilter};

// As in the command: answers are many small allocations.
#[global_allocator]
static ALLOCATOR: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

const ROUNDS: usize = 31;

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
    let temporary = tempfile::tempdir().unwrap();
    let kept = std::env::args().nth(3).map(std::path::PathBuf::from);
    let home = kept.as_deref().unwrap_or(temporary.path());
    if !home.join("hukun.db").exists() {
        let watch = Watch::start();
        let generated = generate(entities, relations);
        println!(
            "generated {entities} entities, {relations} relations in {:.2?}",
            watch.took().wall
        );
        fill(&runtime, home, generated);
    }
    let store = EmbeddedStore::open(home).unwrap();
    let reader = runtime.block_on(store.reader(&VisibilityFilter::All)).unwrap();
    run(&runtime, &reader, cases(&runtime, &reader));
    drop(reader);
    use_cases(&runtime, store);
    open(home);
}

fn fill(runtime: &tokio::runtime::Runtime, home: &std::path::Path, generated: Generated) {
    let rows = generated.entities.len() + generated.relations.len();
    let store = EmbeddedStore::open(home).unwrap();
    let watch = Watch::start();
    runtime.block_on(store.commit(WriteAll(generated))).unwrap();
    let took = watch.took();
    println!(
        "commit of all in one change set: {:.2?}, of the processor {:.2?}, {:.0} rows/s",
        took.wall,
        took.processor,
        rows as f64 / took.wall.as_secs_f64()
    );
}

/// What the service answers, on the walk and the texts of a real question.
fn use_cases(runtime: &tokio::runtime::Runtime, store: EmbeddedStore) {
    let service = Service::new(store, Limits::default());
    let of = |n| Selector {
        region: Some(RegionSelector {
            region: id("region", n),
            role: RegionRole::Located,
        }),
        ..Selector::default()
    };
    let mut times: [Vec<Took>; 4] = Default::default();
    for round in 0..ROUNDS {
        let session = runtime
            .block_on(service.session(&Principal::operator("test")))
            .unwrap();
        for (text, index) in [("未来产业", 0), ("futuregreen", 1)] {
            let watch = Watch::start();
            let found = runtime
                .block_on(session.search(text, None, &PageRequest::first(10)))
                .unwrap();
            black_box(found.total);
            times[index].push(watch.took());
        }
        let input = TraceInput {
            max_length: 3,
            ..TraceInput::between(of(round % 30), of((round + 7) % 30))
        };
        let watch = Watch::start();
        let trace = runtime.block_on(session.trace(input)).unwrap();
        let count = runtime.block_on(trace.count()).unwrap();
        times[2].push(watch.took());
        let watch = Watch::start();
        black_box(runtime.block_on(trace.paths(&PageRequest::first(50))).unwrap());
        times[3].push(watch.took());
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
        print(name, times);
    }
}

fn open(home: &std::path::Path) {
    let mut times = Vec::new();
    for _ in 0..5 {
        let watch = Watch::start();
        let store = EmbeddedStore::open(home).unwrap();
        times.push(watch.took());
        drop(store);
    }
    print("open from disk", &mut times);
}

fn id(kind: &str, n: usize) -> EntityId {
    EntityId::parse(&format!("{kind}:e{n:06}")).unwrap()
}

fn in_region(n: usize) -> EntityFilter {
    EntityFilter {
        kinds: Some(vec![EntityKind::Fund]),
        region: Some(RegionSelector {
            region: id("region", n),
            role: RegionRole::Located,
        }),
        ..EntityFilter::default()
    }
}

fn cases(runtime: &tokio::runtime::Runtime, reader: &EmbeddedReader) -> Vec<Case> {
    let many = reader_ids(runtime, reader, 1000);
    let one = reader_ids(runtime, reader, 1);
    let mut first = true;
    let mut random = Random(11);
    let mut region = move || random.below(generate::REGIONS);
    let mut other = Random(13);
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
                page_of_50(runtime, reader, &query);
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
                page_of_50(runtime, reader, &query);
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
                page_of_50(runtime, reader, &query);
            }),
        ),
        (
            "three hops from 1,000 seeds",
            Box::new(move |runtime, reader| {
                let found = three_hops(runtime, reader, &many);
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
            Box::new(move |runtime, reader| {
                black_box(three_hops(runtime, reader, &one));
            }),
        ),
    ]
}

fn page_of_50(runtime: &tokio::runtime::Runtime, reader: &EmbeddedReader, query: &EntityQuery) {
    let page = runtime.block_on(reader.list_entities(query, &PageRequest::first(50)));
    black_box(page.unwrap());
}

fn three_hops(runtime: &tokio::runtime::Runtime, reader: &EmbeddedReader, seeds: &[EntityId]) -> Subgraph {
    let (walk, budget) = (WalkRules::default(), WorkBudget::new(u64::MAX, None));
    runtime
        .block_on(reader.expand(seeds, &BTreeSet::new(), &walk, 2, budget))
        .unwrap()
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
    let mut times: Vec<Vec<Took>> = vec![Vec::new(); cases.len()];
    for _ in 0..ROUNDS {
        for ((_, case), times) in cases.iter_mut().zip(&mut times) {
            let watch = Watch::start();
            case(runtime, reader);
            times.push(watch.took());
        }
    }
    for ((name, _), times) in cases.iter().zip(&mut times) {
        print(name, times);
    }
}

fn print(name: &str, times: &mut [Took]) {
    times.sort_by_key(|took| took.wall);
    let at = |part: f64| times[((times.len() - 1) as f64 * part).round() as usize].wall;
    let processor = times.iter().map(|took| took.processor).min().unwrap();
    println!(
        "{name}: least {:.1?}, median {:.1?} ({:.1?} … {:.1?}); of the processor, least {processor:.1?}",
        at(0.0),
        at(0.5),
        at(0.25),
        at(0.75)
    );
}

/// What something took, by the clock and of the processor.
#[derive(Clone, Copy)]
struct Took {
    wall: Duration,
    /// Of all threads; some milliseconds coarse. On a machine with other work it is the truer one.
    processor: Duration,
}

struct Watch {
    started: Instant,
    processor: Duration,
}

impl Watch {
    fn start() -> Self {
        let processor = processor_time();
        Self {
            started: Instant::now(),
            processor,
        }
    }

    fn took(&self) -> Took {
        Took {
            wall: self.started.elapsed(),
            processor: processor_time().saturating_sub(self.processor),
        }
    }
}

/// What the threads there are have had of the processor.
fn processor_time() -> Duration {
    let of_thread = |task: std::fs::DirEntry| {
        let stat = std::fs::read_to_string(task.path().join("schedstat")).ok()?;
        stat.split(' ').next()?.parse::<u64>().ok()
    };
    let tasks = std::fs::read_dir("/proc/self/task")
        .into_iter()
        .flatten()
        .flatten();
    Duration::from_nanos(tasks.filter_map(of_thread).sum())
}
