//! What a reader may not see is as if it had never been written, in both stores: a graph with restricted data sets, read without
//! them, answers as the graph that never had them.

mod answers;
mod cost;
mod questions;
mod story;
mod writing;

use std::collections::BTreeSet;

use hukun::store::embedded::EmbeddedStore;
use hukun::store::neo4j::Neo4jStore;
use hukun::store::{Reader, Store, VisibilityFilter};

use crate::conformance::fixture::write;
use crate::conformance::fresh;
use crate::store_parity::world::Dice;
use crate::support::soak;
use questions::{Asker, first_difference};
use story::{RESTRICTED, Story, dataset_id, story};

fn dice(seed: u64) -> Dice {
    Dice(fastrand::Rng::with_seed(seed))
}

fn seeing(datasets: &[&str]) -> VisibilityFilter {
    VisibilityFilter::Only(datasets.iter().map(|id| dataset_id(id)).collect::<BTreeSet<_>>())
}

/// Asks two readers the same, one of which never heard of what is hidden from the other.
async fn hold<A: Reader, B: Reader>(
    place: &str,
    story: &Story,
    [seed, rounds]: [u64; 2],
    without: &A,
    hidden: &B,
) {
    for round in 0..rounds {
        let asker = || Asker {
            dice: dice(seed * 1_000 + round),
            keys: &story.keys,
        };
        let expected = asker().round(without).await;
        let found = asker().round(hidden).await;
        if let Some(difference) = first_difference(&expected, &found) {
            panic!("{place}, seed {seed}, round {round}\n{difference}");
        }
    }
}

/// How often, and how much, is asked.
#[derive(Clone, Copy)]
struct Pace {
    /// After every so many writes, and after the last.
    every: usize,
    /// Rounds of questions; after the last write, so many more.
    rounds: [u64; 2],
}

/// Holds every view of a store against what never heard of the others.
async fn compare<S: Store>(name: &str, seed: u64, pace: Pace, store: &S) {
    let story = story(&mut dice(seed));
    let views: [&[&str]; 3] = [&[], &RESTRICTED[..1], &RESTRICTED];
    let told = views.map(|view| story.told(view));
    let references = views.map(|_| EmbeddedStore::temporary().unwrap());
    let steps = told[2].len();
    for step in 0..steps {
        for (reference, told) in references.iter().zip(&told) {
            if !told[step].is_empty() {
                write(reference, told[step].clone()).await;
            }
        }
        write(store, told[2][step].clone()).await;
        let last = step + 1 == steps;
        if story.open.contains(&step) || (!last && step % pace.every != 0) {
            continue;
        }
        let seeds = [seed, pace.rounds[0] + if last { pace.rounds[1] } else { 0 }];
        for (reference, view) in references.iter().zip(views) {
            let place = format!("{name}, step {step}, seeing {view:?}");
            let without = reference.reader(&VisibilityFilter::All).await.unwrap();
            let hidden = store.reader(&seeing(view)).await.unwrap();
            hold(&place, &story, seeds, &without, &hidden).await;
        }
        if last {
            let all = store.reader(&VisibilityFilter::All).await.unwrap();
            let whole = references[2].reader(&VisibilityFilter::All).await.unwrap();
            hold(&format!("{name}, all"), &story, [seed, 1], &whole, &all).await;
        }
    }
}

#[tokio::test]
async fn what_is_hidden_was_never_written_in_the_embedded_store() {
    let pace = Pace {
        every: 1,
        rounds: [1, 10],
    };
    for seed in 0..if soak() { 400 } else { 10 } {
        compare("embedded", seed, pace, &*fresh::embedded().await).await;
    }
}

#[tokio::test]
async fn what_is_hidden_was_never_written_in_neo4j() {
    let (seeds, pace) = if soak() {
        (
            40,
            Pace {
                every: 2,
                rounds: [1, 6],
            },
        )
    } else {
        (
            1,
            Pace {
                every: 4,
                rounds: [1, 1],
            },
        )
    };
    for seed in 0..seeds {
        let alone = fresh::neo4j().await;
        // What is compared is what is answered, however long a busy machine takes to plan it.
        let mut options = alone.options();
        options.limits.query_ms_max = 600_000;
        compare("neo4j", seed, pace, &Neo4jStore::open(options).await.unwrap()).await;
    }
}
