//! Figures of flows: `cargo bench --bench flows`, or with the largest layer, `cargo bench --bench flows -- 1000000`.
//!
//! Layers of 10^3 relations and ten times as many each time: money from regions to funds, from fund to fund, to projects and firms,
//! and a twentieth of it back, so that loops of all sizes close; three entities for ten relations. Every answer is timed by itself, and the
//! memory that is held once the flow is ready and asked for while a total is computed is counted at the allocator, work as the
//! budget counts it, for `ready` and one total.

#![allow(
    clippy::pedantic,
    clippy::unwrap_used,
    unreachable_pub,
    missing_docs,
    reason = "a figure that cannot be had ends the run"
)]

use std::alloc::System;
use std::time::{Duration, Instant};

use fastrand::Rng;
use hukun::flow::{EdgeFact, Flow, FlowEnds, Heading, LayerContribution, LayerFacts, MissingReason};
use hukun::model::Decimal;
use hukun::model::budget::WorkBudget;
use hukun::model::id::{EntityId, RelationId};
use stats_alloc::{INSTRUMENTED_SYSTEM, Region, StatsAlloc};

#[global_allocator]
static ALLOCATOR: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

const ROUNDS: usize = 5;

fn main() {
    let mut args = std::env::args().skip(1).filter(|arg| arg != "--bench");
    let largest: usize = args.next().and_then(|arg| arg.parse().ok()).unwrap_or(1_000_000);
    println!(
        "{:>10} {:>12} {:>12} {:>12} {:>12} {:>14} {:>12} {:>12} {:>12} {:>12}",
        "relations",
        "ready",
        "total",
        "by target",
        "sankey",
        "bounds a pair",
        "B/relation",
        "peak B/rel",
        "work/rel",
        "a read"
    );
    let mut count = 1_000;
    while count <= largest {
        exact(count);
        count *= 10;
    }
    println!(
        "\n{:>10} {:>10} {:>14} {:>14} {:>14} {:>14}",
        "relations", "uncertain", "few sources", "bounds", "most sources", "bounds"
    );
    for (count, uncertain) in [
        (10_000, 10),
        (10_000, 100),
        (10_000, 300),
        (10_000, 1_000),
        (10_000, 3_000),
        (100_000, 10),
        (100_000, 1_000),
        (1_000_000, 10),
    ] {
        if count <= largest.max(10_000) {
            outer(count, uncertain);
        }
    }
}

fn plenty() -> WorkBudget {
    WorkBudget::new(u64::MAX, Some(Instant::now() + Duration::from_secs(120)))
}

fn id(text: String) -> EntityId {
    EntityId::parse(&text).unwrap()
}

/// A layer of so many relations: entities are in ranks, and most of what flows goes up a rank. So many tenths of the first are sources.
fn layer(count: usize, uncertain: usize, tenths: usize) -> (LayerFacts, FlowEnds) {
    let mut random = Rng::with_seed(7);
    let ranks = ["region", "fund", "fund", "project", "company"];
    let of_rank = (count * 3 / 10 / ranks.len()).max(2);
    let name = |rank: usize, n: usize| id(format!("{}:{rank}-{n:06}", ranks[rank]));
    let edges = (0..count)
        .map(|n| {
            let rank = random.usize(0..ranks.len() - 1);
            let back = random.u8(0..20) == 0;
            let (low, high) = (
                name(rank, random.usize(0..of_rank)),
                name(rank + 1, random.usize(0..of_rank)),
            );
            let (from, to) = if back { (high, low) } else { (low, high) };
            let amount = Decimal::new(random.i64(100..=100_000_000), 2);
            let is_uncertain = n < uncertain;
            EdgeFact {
                relation: RelationId::parse(&format!("r:{n:07}")).unwrap(),
                from,
                to,
                contribution: LayerContribution {
                    heading: Heading::Forward,
                    lower: if is_uncertain { Decimal::ZERO } else { amount },
                    upper: (!is_uncertain || n % 3 > 0).then_some(amount),
                    missing: is_uncertain.then_some(MissingReason::BoundedAmount),
                },
            }
        })
        .collect();
    let ends = FlowEnds {
        sources: (0..of_rank * tenths / 10 + 1).map(|n| name(0, n)).collect(),
        targets: (0..of_rank).map(|n| name(4, n)).collect(),
        ..FlowEnds::default()
    };
    let facts = LayerFacts {
        edges,
        ..LayerFacts::default()
    };
    (facts, ends)
}

fn timed<T>(work: impl Fn() -> T) -> (T, Duration) {
    let mut times = Vec::new();
    let mut done = None;
    for _ in 0..ROUNDS {
        // The last answer is let go of before the clock runs.
        drop(done.take());
        let started = Instant::now();
        let answer = work();
        times.push(started.elapsed());
        done = Some(answer);
    }
    times.sort();
    (done.unwrap(), times[ROUNDS / 2])
}

fn exact(count: usize) {
    let (facts, ends) = layer(count, 0, 1);
    let mut times: Vec<Duration> = (0..ROUNDS)
        .map(|_| {
            let (facts, ends) = (facts.clone(), ends.clone());
            let started = Instant::now();
            let flow = Flow::new(facts, ends, None, None, &mut plenty()).unwrap();
            let took = started.elapsed();
            drop(flow);
            took
        })
        .collect();
    times.sort();
    let ready = times[ROUNDS / 2];
    let before = Region::new(ALLOCATOR);
    let mut budget = plenty();
    let flow = Flow::new(facts, ends, None, None, &mut budget).unwrap();
    let held = before.change();
    let held = held.bytes_allocated as i64 - held.bytes_deallocated as i64 + held.bytes_reallocated as i64;
    flow.total(&mut budget).unwrap();
    let work = u64::MAX - budget.left();
    let during = Region::new(ALLOCATOR);
    let (total, total_took) = timed(|| flow.total(&mut plenty()).unwrap());
    let asked = during.change().bytes_allocated as f64 / ROUNDS as f64;
    assert!(
        total.bounds.truncated.is_none() && total.proportional.is_some(),
        "{total:?}"
    );
    let targets = if count <= 10_000 {
        format!("{:.1?}", timed(|| flow.by_target(&mut plenty()).unwrap()).1)
    } else {
        "–".into()
    };
    let (_, sankey) = timed(|| flow.sankey(&mut plenty()).unwrap());
    let pair = if count <= 100_000 {
        let pairs = flow.pairs(&mut WorkBudget::new(2_000_000, None)).pairs;
        let some: Vec<_> = pairs
            .iter()
            .step_by((pairs.len() / 20).max(1))
            .take(20)
            .cloned()
            .collect();
        let (amounts, took) = timed(|| flow.amounts_of(&some, &mut plenty()).unwrap());
        format!("{:.2?}", took / amounts.len().max(1) as u32)
    } else {
        "–".into()
    };
    println!(
        "{count:>10} {:>12} {:>12} {targets:>12} {:>12} {pair:>14} {:>12.0} {:>12.0} {:>12.1} {:>12}",
        format!("{ready:.1?}"),
        format!("{total_took:.1?}"),
        format!("{sankey:.1?}"),
        held as f64 / count as f64,
        asked / count as f64,
        work as f64 / count as f64,
        format!("{:.1?}", read(held as usize))
    );
}

/// What one read from a random place costs here, in so many bytes: what an algorithm linear in them pays more for in a larger
/// network, since less of it lies in the processor's cache.
fn read(bytes: usize) -> Duration {
    const READS: u32 = 2_000_000;
    let mut random = Rng::with_seed(7);
    let mut order: Vec<u32> = (0..(bytes / 64) as u32).collect();
    random.shuffle(&mut order);
    // Lines of the cache, each of which names the next.
    let mut lines = vec![[0_u32; 16]; order.len()];
    for (here, next) in order.iter().zip(order.iter().cycle().skip(1)) {
        lines[*here as usize][0] = *next;
    }
    let mut at = 0;
    let started = Instant::now();
    for _ in 0..READS {
        at = std::hint::black_box(lines[at as usize][0]);
    }
    started.elapsed() / READS
}

fn outer(count: usize, uncertain: usize) {
    let cells = [1, 9].map(|tenths| {
        let (facts, ends) = layer(count, uncertain, tenths);
        let flow = Flow::new(facts, ends, None, None, &mut plenty()).unwrap();
        let started = Instant::now();
        let bounds = flow.total(&mut plenty()).unwrap().bounds;
        let took = started.elapsed();
        let bounds = match (bounds.truncated, bounds.max) {
            (Some(reason), _) => reason.to_string(),
            (None, None) => "no end".into(),
            (None, Some(_)) if bounds.min.is_zero() => "an end".into(),
            (None, Some(_)) => "both ends".into(),
        };
        format!("{:>14} {bounds:>14}", format!("{took:.1?}"))
    });
    println!("{count:>10} {uncertain:>10} {} {}", cells[0], cells[1]);
}
