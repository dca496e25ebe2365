//! Bytes of memory that one relation takes, and one entity: `cargo bench --bench memory`, or with a size,
//! `cargo bench --bench memory -- 100000 500000`.
//!
//! Two stores with the same entities are opened, one with twice the relations of the other: what the one holds more, it holds
//! for relations alone, their places in the order and in the adjacency of both ends included. Counted is what is asked of the
//! allocator, without what it rounds up.

#![allow(
    clippy::pedantic,
    clippy::unwrap_used,
    unreachable_pub,
    missing_docs,
    reason = "a figure that cannot be had ends the run"
)]

mod generate;

use std::alloc::System;

use generate::{WriteAll, generate};
use hukun::store::Store;
use hukun::store::embedded::EmbeddedStore;
use stats_alloc::{INSTRUMENTED_SYSTEM, Region, StatsAlloc};

#[global_allocator]
static ALLOCATOR: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

fn main() {
    let sizes: Vec<usize> = std::env::args()
        .skip(1)
        .filter_map(|arg| arg.parse().ok())
        .collect();
    let (entities, relations) = match sizes[..] {
        [entities, relations] => (entities, relations),
        _ => (20_000, 100_000),
    };
    let (some, all) = (held(entities, relations / 2), held(entities, relations));
    let relation = (all - some) as f64 / (relations - relations / 2) as f64;
    let entity = (all as f64 - relation * relations as f64) / entities as f64;
    println!("{entities} entities, {relations} relations: {all} bytes held; with half the relations: {some}");
    println!("a relation takes {relation:.0} bytes, an entity with its names and their tokens {entity:.0}");
}

/// Bytes that an open store of this size holds.
fn held(entities: usize, relations: usize) -> usize {
    let home = tempfile::tempdir().unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let store = EmbeddedStore::open(home.path()).unwrap();
    let generated = generate(entities, relations);
    runtime.block_on(store.commit(WriteAll(generated))).unwrap();
    drop(store);
    let region = Region::new(ALLOCATOR);
    let store = EmbeddedStore::open(home.path()).unwrap();
    let change = region.change();
    drop(store);
    change.bytes_allocated - change.bytes_deallocated
}
